"""What the documents say is there, is there."""

import re
import tomllib

import pytest

from hokusai_site.environment import HOKUSAI_SETTINGS
from tests.support.stack import ROOT

DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
TARGET = re.compile(r"(?:^|`)make ([a-z]+)\b", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text()


def test_every_setting_is_documented_and_no_other():
    documented = set(re.findall(r"^\| `(HOKUSAI_[A-Z_]+)` \|", text("docs/settings.md"), re.MULTILINE))
    assert documented == HOKUSAI_SETTINGS


def test_every_setting_is_read():
    source = "".join(text(f"hokusai_site/{name}.py") for name in ("settings", "environment"))
    unread = {name for name in HOKUSAI_SETTINGS if source.count(f'"{name}"') < 2}
    assert unread == set()


def test_every_dependency_has_its_reason():
    project = tomllib.loads(text("pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[<>=\[ ]", requirement)[0] for requirement in wanted}
    first_cells = re.findall(r"^\| ([^|]+) \|", text("docs/dependencies.md"), re.MULTILINE)
    listed = {re.split(r"[ <]", name.strip())[0] for cell in first_cells for name in cell.split(",")}
    assert names - listed == set()


def test_the_lock_has_hashes_and_no_addresses():
    lock = text("requirements.lock")
    pinned = re.findall(r"^[a-z0-9][^=\n]*==", lock, re.MULTILINE)
    assert len(pinned) > 100
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert "://" not in lock
    assert "index-url" not in lock


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    broken = [link for link in LINK.findall(path.read_text()) if not (path.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_targets_exist(path):
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(TARGET.findall(path.read_text())) <= targets
