"""What became of an attestation, as of a size of the log: signed by the log's key. Pure.

The statement can never change; this is what the registry knows besides. It is bound to a size of the
log and not to a clock, so whoever holds a checkpoint can tell how old it is.
"""

import base64
from typing import Any

from attestations.checkpoint import InvalidCheckpoint, LogKey, Verifier
from registry.canonical import canonical_bytes

_CONTEXT = b"hokusai-attestation-status/v1\n"

Status = dict[str, Any]


def sign_status(status: Status, key: LogKey) -> str:
    """Base64 of the Ed25519 signature over a context line and the status's RFC 8785 bytes."""
    return base64.b64encode(key.sign(_CONTEXT + canonical_bytes(status))).decode()


def check_status(status: Status, signature: str, verifier: Verifier) -> None:
    """Raises InvalidCheckpoint."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError as error:
        raise InvalidCheckpoint("The status's signature is no base64.") from error
    if base64.b64encode(raw).decode() != signature:
        raise InvalidCheckpoint("The status's signature is no canonical base64.")
    verifier.check(_CONTEXT + canonical_bytes(status), raw)
