"""System checks: the cryptography that requests are checked with is the fast one."""

import os
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register
def fast_signature_recovery(**_: Any) -> list[CheckMessage]:
    """Recovering a signer takes 0.3 ms with coincurve and 15 ms without."""
    if find_spec("coincurve") is not None:
        return []
    problem, hint = "coincurve is not installed.", "Install requirements.lock."
    if settings.HOKUSAI_ENV == "production":
        return [Error(problem, hint=hint, id="contributors.E001")]
    return [Warning(problem, hint=hint, id="contributors.W002")]


@register
def fast_keccak(**_: Any) -> list[CheckMessage]:
    """eth-hash takes the slow backend when both are installed, unless the environment decides."""
    if os.environ.get("ETH_HASH_BACKEND") == "pysha3":
        return []
    return [Warning("ETH_HASH_BACKEND is not pysha3.", hint="Unset it.", id="contributors.W001")]
