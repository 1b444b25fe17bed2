"""attestations.keyring: which secrets are used, and which must not be"""

import logging
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from attestations.checks import own_secrets
from attestations.keyring import DEVELOPMENT_SECRETS, commitment_secret, current_signer, log_key

KEY = "11" * 32


def forget() -> None:
    for secret in (current_signer, log_key, commitment_secret):
        secret.cache_clear()


@pytest.fixture(autouse=True)
def _fresh_secrets():
    forget()
    yield
    forget()


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
    caplog.set_level(logging.WARNING, logger="attestations.keyring")
    first = current_signer().address
    assert "development key" in caplog.text
    current_signer.cache_clear()
    assert current_signer().address == first
    path = tmp_path / "keys" / DEVELOPMENT_SECRETS["HOKUSAI_ATTESTER_KEY_FILE"]
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


def test_a_key_from_the_environment(settings):
    settings.HOKUSAI_ENV = "production"
    settings.HOKUSAI_ATTESTER_KEY = KEY
    assert current_signer().address == "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"


@pytest.mark.parametrize("renamed", ["attester", "given in the environment"])
def test_production_refuses_a_development_key_by_what_it_is(settings, tmp_path, renamed):
    settings.HOKUSAI_DATA_DIR = tmp_path
    current_signer()
    forget()
    development = tmp_path / "keys" / DEVELOPMENT_SECRETS["HOKUSAI_ATTESTER_KEY_FILE"]
    settings.HOKUSAI_ENV = "production"
    if renamed == "attester":
        copied = tmp_path / "attester"
        copied.write_text(development.read_text().upper())
        copied.chmod(0o600)
        settings.HOKUSAI_ATTESTER_KEY_FILE = str(copied)
    else:
        settings.HOKUSAI_ATTESTER_KEY = development.read_text()
    with pytest.raises(ImproperlyConfigured, match="development secret"):
        current_signer()


@pytest.mark.parametrize("content", ["", "zz" * 32, "11" * 31, "11" * 33])
def test_a_file_that_holds_no_secret(settings, key_file, content):
    key_file.write_text(content)
    settings.HOKUSAI_COMMITMENT_SECRET_FILE = str(key_file)
    with pytest.raises(ImproperlyConfigured, match="32 bytes"):
        commitment_secret()


def test_the_logs_key_is_the_same_in_every_process(settings, tmp_path):
    settings.HOKUSAI_DATA_DIR = tmp_path
    first = str(log_key().verifier)
    forget()
    assert str(log_key().verifier) == first
    assert first.startswith("localhost/hokusai-log+")


@pytest.mark.parametrize("setting", DEVELOPMENT_SECRETS)
@pytest.mark.parametrize(
    ("environment", "path", "ids"),
    [
        ("development", "", []),
        ("production", "", ["attestations.E001"]),
        ("production", "/keys/{development}", ["attestations.E002"]),
        ("production", "/keys/own", []),
    ],
)
def test_the_system_check(settings, setting, environment, path, ids):
    settings.HOKUSAI_ENV = environment
    for other in DEVELOPMENT_SECRETS:
        setattr(settings, other, "/keys/own")
    setattr(settings, setting, path.format(development=DEVELOPMENT_SECRETS[setting]))
    assert [message.id for message in own_secrets()] == ids
