"""The settings: what makes no sense stops the start, with a sentence."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = secrets.token_hex(32)


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these HOKUSAI_ settings and no others."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOKUSAI_")}
    environment.pop("ETH_HASH_BACKEND", None)
    environment |= {"DJANGO_SETTINGS_MODULE": "hokusai_site.settings", **settings}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def start(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    given = {"HOKUSAI_DATA_DIR": str(folder), **settings}
    return run("-c", "from django.conf import settings; print('started', settings.HOKUSAI_ENV)", **given)


def production(folder: Path, **settings: str) -> dict[str, str]:
    key = folder / "attester.hex"
    key.write_text(secrets.token_hex(32))
    key.chmod(0o600)
    return {
        "HOKUSAI_DATA_DIR": str(folder),
        "HOKUSAI_ENV": "production",
        "HOKUSAI_SECRET_KEY": SECRET,
        "HOKUSAI_ALLOWED_HOSTS": "registry.example",
        "HOKUSAI_ATTESTER_KEY_FILE": str(key),
        "HOKUSAI_LOG_KEY_FILE": str(key),
        "HOKUSAI_COMMITMENT_SECRET_FILE": str(key),
        **settings,
    }


def test_it_works(tmp_path):
    result = start(tmp_path)
    assert result.stdout == "started development\n", result.stderr
    secret = tmp_path / "keys" / "django_secret"
    assert len(secret.read_text()) == 64
    assert secret.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["HOKUSAI_RATELIMIT", "HOKUSAI_", "HOKUSAI_DEBUG"])
def test_an_unknown_setting_stops_the_start(name, tmp_path):
    result = start(tmp_path, **{name: "1"})
    assert result.returncode != 0
    assert f"Unknown settings: {name}." in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HOKUSAI_ENV", "prod", "HOKUSAI_ENV must be one of development, production, not 'prod'."),
        ("HOKUSAI_ENV", "", "HOKUSAI_ENV must be one of"),
        ("HOKUSAI_RATE_LIMIT", "many", "HOKUSAI_RATE_LIMIT must be a whole number of 1 or more, not 'many'."),
        ("HOKUSAI_RATE_LIMIT", "0", "HOKUSAI_RATE_LIMIT must be a whole number"),
        ("HOKUSAI_RATE_LIMIT", "-1", "HOKUSAI_RATE_LIMIT must be a whole number"),
        ("HOKUSAI_RATE_LIMIT", "1e3", "HOKUSAI_RATE_LIMIT must be a whole number"),
        ("HOKUSAI_RATE_LIMIT", "", "HOKUSAI_RATE_LIMIT must be a whole number"),
        ("HOKUSAI_MAX_BODY_BYTES", "1 MB", "HOKUSAI_MAX_BODY_BYTES must be a whole number"),
        ("HOKUSAI_PUBLIC_READ", "no", "HOKUSAI_PUBLIC_READ must be 0 or 1, not 'no'."),
        ("HOKUSAI_PUBLIC_READ", "false", "HOKUSAI_PUBLIC_READ must be 0 or 1"),
        ("HOKUSAI_TRUSTED_PROXIES", "proxy.local", "HOKUSAI_TRUSTED_PROXIES must be IP networks"),
        ("HOKUSAI_TRUSTED_PROXIES", "10.0.0.1/8", "HOKUSAI_TRUSTED_PROXIES must be IP networks"),
        ("HOKUSAI_LOG_LEVEL", "loud", "HOKUSAI_LOG_LEVEL must be one of"),
        ("HOKUSAI_EAS_ADDRESS", "0x123", "HOKUSAI_EAS_ADDRESS must be the address of a contract"),
        ("HOKUSAI_EAS_ADDRESS", "0x" + "0" * 40, "HOKUSAI_EAS_ADDRESS must be the address of a contract, and not"),
        ("HOKUSAI_DELTA_VERIFIER_ADDRESS", "0x5FBDB2315678afecb367f032d93F642f64180aa3", "right spelling is 0x5FbDB"),
    ],
)
def test_a_value_that_makes_no_sense(name, value, sentence, tmp_path):
    result = start(tmp_path, **{name: value})
    assert result.returncode != 0
    assert sentence in result.stderr


def test_production_needs_a_secret_of_its_own(tmp_path):
    result = start(tmp_path, **production(tmp_path, HOKUSAI_SECRET_KEY=""))
    assert result.returncode != 0
    assert "HOKUSAI_SECRET_KEY is not set; production needs one of its own." in result.stderr
    assert not (tmp_path / "keys").exists()


def check_deploy(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return run("manage.py", "check", "--deploy", "--fail-level", "ERROR", **settings)


def test_production_passes_its_checks(tmp_path):
    result = check_deploy(production(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "security.W" not in result.stderr


def test_production_needs_an_attester_key(tmp_path):
    result = check_deploy(production(tmp_path, HOKUSAI_ATTESTER_KEY_FILE=""))
    assert result.returncode != 0
    assert "attestations.E001" in result.stderr


def test_a_contracts_address_is_checksummed(tmp_path):
    script = "from django.conf import settings as s; print(s.HOKUSAI_EAS_ADDRESS, s.HOKUSAI_DELTA_VERIFIER_ADDRESS)"
    given = {"HOKUSAI_DATA_DIR": str(tmp_path), "HOKUSAI_EAS_ADDRESS": "0x5fbdb2315678afecb367f032d93f642f64180aa3"}
    assert run("-c", script, **given).stdout == "0x5FbDB2315678afecb367f032d93F642f64180aa3 \n"


def test_debug_is_off_and_nothing_turns_it_on(tmp_path):
    script = "from django.conf import settings; print(settings.DEBUG)"
    for variables in ({"HOKUSAI_DATA_DIR": str(tmp_path), "DEBUG": "1", "DJANGO_DEBUG": "1"}, production(tmp_path)):
        assert run("-c", script, **variables).stdout == "False\n"


def test_production_serves_the_api_over_https_only(tmp_path):
    """And the probes, which come from inside, over http too; pages are redirected."""
    script = (
        "import django; django.setup();"
        "from django.test import Client; c = Client(headers={'host': 'registry.example'});"
        "print([c.get(p).status_code for p in ('/healthz', '/docs', '/api/schema')],"
        " c.post('/api/keys').json()['code'], c.get('/api/schema', secure=True).status_code)"
    )
    result = run("-c", script, **production(tmp_path))
    assert result.stdout == "[200, 301, 403] https_required 200\n", result.stderr


def test_keys_say_where_they_belong(tmp_path):
    script = "from django.conf import settings; print(settings.HOKUSAI_KEY_ENVIRONMENT)"
    assert run("-c", script, HOKUSAI_DATA_DIR=str(tmp_path)).stdout == "dev\n"
    assert run("-c", script, **production(tmp_path)).stdout == "live\n"


def test_the_fast_keccak_backend(tmp_path):
    """eth-hash takes pycryptodome, five times slower, where both are installed and nothing is said."""
    script = "{}from eth_hash.auto import keccak; keccak(b''); print(type(keccak.hasher).__module__, keccak.hasher)"
    without = run("-c", script.format(""), HOKUSAI_DATA_DIR=str(tmp_path))
    assert "pycryptodome" in without.stdout, without
    with_settings = run("-c", script.format("import hokusai_site.settings; "), HOKUSAI_DATA_DIR=str(tmp_path))
    assert "pysha3" in with_settings.stdout, with_settings
