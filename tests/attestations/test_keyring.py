"""Which key signs, and which must not."""

import logging
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from attestations.attester import DEVELOPMENT_KEY, current_signer
from attestations.checks import attester_key

KEY = "11" * 32


@pytest.fixture(autouse=True)
def _fresh_signer():
    current_signer.cache_clear()
    yield
    current_signer.cache_clear()


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "attester"
    path.write_text(f"{KEY}\n")
    path.chmod(0o600)
    return path


def test_it_works(settings, key_file):
    settings.HOKUSAI_ATTESTER_KEY_FILE = str(key_file)
    assert current_signer().address == "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"


def test_a_development_key_is_made_once_and_says_so(settings, tmp_path, caplog):
    settings.HOKUSAI_DATA_DIR = tmp_path
    caplog.set_level(logging.WARNING, logger="attestations.attester")
    first = current_signer().address
    assert "development key" in caplog.text
    current_signer.cache_clear()
    assert current_signer().address == first
    path = tmp_path / "keys" / DEVELOPMENT_KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() not in caplog.text


def test_a_key_that_others_can_read_is_refused(settings, key_file):
    key_file.chmod(0o640)
    settings.HOKUSAI_ATTESTER_KEY_FILE = str(key_file)
    with pytest.raises(ImproperlyConfigured, match="chmod 0600"):
        current_signer()


def test_a_missing_key_file_is_named(settings, tmp_path):
    settings.HOKUSAI_ATTESTER_KEY_FILE = str(tmp_path / "nowhere")
    with pytest.raises(ImproperlyConfigured, match="nowhere"):
        current_signer()


def test_production_has_no_development_key(settings):
    settings.HOKUSAI_ENV = "production"
    with pytest.raises(ImproperlyConfigured, match="HOKUSAI_ATTESTER_KEY_FILE"):
        current_signer()


@pytest.mark.parametrize(
    ("environment", "path", "ids"),
    [
        ("development", "", []),
        ("production", "", ["attestations.E001"]),
        ("production", f"/keys/{DEVELOPMENT_KEY}", ["attestations.E002"]),
        ("production", "/keys/attester", []),
    ],
)
def test_the_system_check(settings, environment, path, ids):
    settings.HOKUSAI_ENV = environment
    settings.HOKUSAI_ATTESTER_KEY_FILE = path
    assert [message.id for message in attester_key()] == ids
