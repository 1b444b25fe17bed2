"""contributors/checks.py: the cryptography is the fast one."""

import pytest
from django.core.checks import ERROR, WARNING

from contributors import checks


def test_it_works(settings, monkeypatch):
    settings.HOKUSAI_ENV = "production"
    monkeypatch.setenv("ETH_HASH_BACKEND", "pysha3")
    assert checks.fast_signature_recovery() == []
    assert checks.fast_keccak() == []


@pytest.mark.parametrize(("environment", "level"), [("production", ERROR), ("development", WARNING)])
def test_without_coincurve(settings, monkeypatch, environment, level):
    settings.HOKUSAI_ENV = environment
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    [message] = checks.fast_signature_recovery()
    assert (message.id, message.level) == ("contributors.E001" if level == ERROR else "contributors.W002", level)


@pytest.mark.parametrize("backend", [None, "pycryptodome", ""])
def test_a_slow_keccak(monkeypatch, backend):
    monkeypatch.delenv("ETH_HASH_BACKEND", raising=False)
    if backend is not None:
        monkeypatch.setenv("ETH_HASH_BACKEND", backend)
    [message] = checks.fast_keccak()
    assert (message.id, message.level) == ("contributors.W001", WARNING)


def test_both_are_registered():
    from django.core.checks.registry import registry

    assert {checks.fast_signature_recovery, checks.fast_keccak} <= set(registry.get_checks())
