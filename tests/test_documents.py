"""What the documents say is there, is there."""

import ast
import re
import tomllib

import pytest
from rest_framework.exceptions import APIException

from attestations.services.refusals import _SPOILT
from hokusai_site.environment import HOKUSAI_SETTINGS
from hokusai_site.errors import _STATUS
from tests.support.stack import ROOT

DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
TARGET = re.compile(r"(?:^|`)make ([a-z]+)\b", re.MULTILINE)
PACKAGES = ("contributors", "registry", "attestations", "hokusai_site")


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


def test_every_error_code_is_documented_and_no_other():
    problems, in_errors, computed = _error_codes()
    # The codes that no call spells out: a version's verification, and a refusal that was stored.
    assert computed == {"Conflict(version.verification)", "kind(code)", "__init__(code)"}
    problems |= {(str(verification), 409) for verification in _SPOILT}
    page = text("docs/authentication.md")
    rows = re.findall(r"^\| (`[^|]+`) \| (\d{3}) \|", page, re.MULTILINE)
    documented = {(code, int(status)) for codes, status in rows for code in re.findall(r"`(\w+)`", codes)}
    frameworks = {(kind.default_code, kind.status_code) for kind in APIException.__subclasses__()}
    assert problems - documented == set()
    assert documented - problems - frameworks == set()
    _, _, fields = page.partition("| code in `errors` |")
    rows = re.findall(r"^\| (`[^|]+`) \|", fields, re.MULTILINE)
    assert {code for codes in rows for code in re.findall(r"`(\w+)`", codes)} == in_errors


def _error_codes() -> tuple[set[tuple[str, int]], set[str], set[str]]:
    """From the source: problems' codes with their status, codes in ``errors``, and calls that compute a code."""
    kinds = {kind.__name__: (kind.code, status) for kind, status, _ in _STATUS}
    problems, in_errors, computed = set(kinds.values()), set(), set()
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    for node in (node for path in sources for node in ast.walk(ast.parse(path.read_text()))):
        if isinstance(node, ast.Dict):
            row = {key.value: value for key, value in zip(node.keys, node.values, strict=True) if _is_constant(key)}
            if {"field", "code"} <= set(row) and _is_constant(row["code"]):
                in_errors.add(row["code"].value)
        if not isinstance(node, ast.Call):
            continue
        *_, owner, name = ["", *ast.unparse(node.func).split(".")]
        code = next((keyword.value for keyword in node.keywords if keyword.arg == "code"), None)
        if name in ("problem", "_page_or_problem"):
            given = [argument.value for argument in node.args if _is_constant(argument)]
            problems |= {(given[1], given[0])} if len(given) > 1 else set()
        elif code is not None and not _is_constant(code):
            computed.add(f"{name}({ast.unparse(code)})")
        elif name == "ValidationError" or (owner, name) == ("InvalidInput", "field"):
            in_errors.add(code.value if code else "invalid")
        elif name in kinds or code:
            # A call of something else with a code fails here: then say above what it is.
            problems.add((code.value if code else kinds[name][0], kinds[name][1]))
    return problems, in_errors, computed


def _is_constant(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant)
