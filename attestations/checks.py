"""System checks: production signs, logs and commits with secrets of its own."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from attestations.keyring import DEVELOPMENT_SECRETS


@register
def own_secrets(**_: Any) -> list[CheckMessage]:
    """In production each secret is named, and is not a development one."""
    if settings.HOKUSAI_ENV != "production":
        return []
    found: list[CheckMessage] = []
    for setting, development in DEVELOPMENT_SECRETS.items():
        named = getattr(settings, setting)
        if setting == "HOKUSAI_ATTESTER_KEY_FILE" and settings.HOKUSAI_ATTESTER_KEY:
            continue
        if not named:
            hint = "Name a file (0600) with 32 random bytes in hex."
            found.append(Error(f"{setting} is not set.", hint=hint, id="attestations.E001"))
        elif Path(named).name == development:
            found.append(Error(f"{setting} names a development secret.", id="attestations.E002"))
    return found
