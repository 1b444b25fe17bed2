from types import SimpleNamespace

import pytest


@pytest.fixture(autouse=True)
def _still_windows(monkeypatch) -> None:
    """The minute of the rate limits does not end in the middle of a test."""
    clock = SimpleNamespace(time=lambda: 1_800_000_000.0)
    monkeypatch.setattr("django_ratelimit.core.time", clock)
    monkeypatch.setattr("contributors.throttling.time", clock)
