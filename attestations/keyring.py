"""The registry's own secrets: the attester's key, the log's key, and what the commitments' salts come from.

In production each is a file that the operator names; elsewhere a development secret, made at first use
in the data directory. None of them is in a database or in a log.
"""

import logging
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from attestations.checkpoint import LogKey
from attestations.signing import KeySigner, Signer
from contributors.key_files import kept_secret

logger = logging.getLogger(__name__)

#: Each setting that names a secret's file, and the development secret in its place.
DEVELOPMENT_SECRETS = {
    "HOKUSAI_ATTESTER_KEY_FILE": "attester_development_key",
    "HOKUSAI_LOG_KEY_FILE": "log_development_key",
    "HOKUSAI_COMMITMENT_SECRET_FILE": "commitment_development_secret",
}


@cache
def current_signer() -> Signer:
    """The signer of this process. Raises ImproperlyConfigured where production gives no key."""
    if settings.HOKUSAI_ATTESTER_KEY:
        return KeySigner(_own(settings.HOKUSAI_ATTESTER_KEY, "HOKUSAI_ATTESTER_KEY"))
    signer = KeySigner(_secret("HOKUSAI_ATTESTER_KEY_FILE"))
    if not settings.HOKUSAI_ATTESTER_KEY_FILE:
        logger.warning("Attestations are signed by the development key %s; trust none of them.", signer.address)
    return signer


@cache
def log_key() -> LogKey:
    """The Ed25519 key of the transparency log. Raises ImproperlyConfigured."""
    return LogKey(settings.HOKUSAI_LOG_ORIGIN, bytes.fromhex(_secret("HOKUSAI_LOG_KEY_FILE")))


@cache
def commitment_secret() -> bytes:
    """What salts are made from; a statement made under another has another hash. Raises ImproperlyConfigured."""
    return bytes.fromhex(_secret("HOKUSAI_COMMITMENT_SECRET_FILE"))


def _secret(setting: str) -> str:
    """32 bytes in hex."""
    named = getattr(settings, setting)
    if not named:
        if settings.HOKUSAI_ENV == "production":
            raise ImproperlyConfigured(f"{setting} is not set; production needs a secret of its own.")
        logger.warning("%s is not set: a development secret is used. Trust nothing that hangs on it.", setting)
        return kept_secret(settings.HOKUSAI_DATA_DIR / "keys" / DEVELOPMENT_SECRETS[setting])
    path = Path(named)
    try:
        if path.stat().st_mode & 0o077:
            raise ImproperlyConfigured(f"{path} is readable by others; chmod 0600 it.")
        text = path.read_text().strip().removeprefix("0x")
    except OSError as error:
        raise ImproperlyConfigured(f"The secret {path} cannot be read: {error.strerror}.") from error
    if len(text) != 64 or not set(text) <= set("0123456789abcdefABCDEF"):
        raise ImproperlyConfigured(f"{path} must hold 32 bytes in hex.")
    return _own(text, str(path))


def _own(secret: str, where: str) -> str:
    """Production has no use for a development secret, wherever it was copied to."""
    if settings.HOKUSAI_ENV == "production":
        for name in DEVELOPMENT_SECRETS.values():
            path = settings.HOKUSAI_DATA_DIR / "keys" / name
            if path.exists() and path.read_text().strip() == secret.lower():
                raise ImproperlyConfigured(
                    f"{where} is the development secret {name}; production needs one of its own."
                )
    return secret
