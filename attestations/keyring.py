"""Which key signs for the registry now.

In production a file that the operator names; elsewhere a development key, made at first use in the
data directory, that says what it is. The key is in no database and in no log.
"""

import logging
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from attestations.signing import KeySigner, Signer
from contributors.key_files import kept_secret

logger = logging.getLogger(__name__)

DEVELOPMENT_KEY = "attester_development_key"


@cache
def current_signer() -> Signer:
    """The signer of this process. Raises ImproperlyConfigured where production names no key file."""
    if settings.HOKUSAI_ATTESTER_KEY_FILE:
        return KeySigner(_read(Path(settings.HOKUSAI_ATTESTER_KEY_FILE)))
    if settings.HOKUSAI_ENV == "production":
        raise ImproperlyConfigured("HOKUSAI_ATTESTER_KEY_FILE is not set; production needs an attester key.")
    signer = KeySigner(kept_secret(settings.HOKUSAI_DATA_DIR / "keys" / DEVELOPMENT_KEY))
    logger.warning("Attestations are signed by the development key %s; trust none of them.", signer.address)
    return signer


def _read(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise ImproperlyConfigured(f"{path} is readable by others; chmod 0600 it.")
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"The attester key file {path} cannot be read: {error.strerror}.") from error
