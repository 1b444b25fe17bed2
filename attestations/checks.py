"""System checks: production signs with a key of its own."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from attestations.attester import DEVELOPMENT_KEY


@register
def attester_key(**_: Any) -> list[CheckMessage]:
    if settings.HOKUSAI_ENV != "production":
        return []
    path = settings.HOKUSAI_ATTESTER_KEY_FILE
    if not path:
        return [
            Error(
                "HOKUSAI_ATTESTER_KEY_FILE is not set.",
                hint="Name a file (0600) with 32 random bytes in hex.",
                id="attestations.E001",
            )
        ]
    if Path(path).name == DEVELOPMENT_KEY:
        return [Error("The attester key is the development key.", id="attestations.E002")]
    return []
