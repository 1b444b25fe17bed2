"""Signed requests: check the signature, and let each signed message be used once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from contributors.ethereum import InvalidAddress, InvalidSignature, checksum_address, recover_signer
from contributors.exceptions import Unauthenticated
from contributors.models import UsedSignature
from contributors.request_signing import VALIDITY, InvalidMessage, check_fresh, message_time

# Written out, because every signed request asks them: the ORM takes several times as long to write the
# same SQL anew, and a refused insert would need a savepoint around it, two statements more.
_FIND = "SELECT * FROM contributors_usedsignature WHERE address = %s AND message = %s"
_REMEMBER = """
    INSERT INTO contributors_usedsignature (address, message, request_digest, expires_at, released)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT (address, message) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message whose signature was verified; ``address`` in EIP-55."""

    address: str
    message: str
    expires_at: datetime


def request_digest(*, method: str, path: str, body: bytes) -> str:
    """What a used signature is remembered with: SHA-256 over method, path with query, and body."""
    head = f"{method}\n{path}\n".encode()
    return hashlib.sha256(head + hashlib.sha256(body).digest()).hexdigest()


def verify_message(*, address: str, message: str, signature: str) -> SignedMessage:
    """Check the three X-ETH headers. No query.

    Raises Unauthenticated with code ``malformed_credentials``, ``invalid_message`` (form or time) or
    ``invalid_signature``.
    """
    try:
        claimed = checksum_address(address)
        stated = message_time(message)
        check_fresh(stated, timezone.now())
        signer = recover_signer(message, signature)
    except InvalidAddress as error:
        raise Unauthenticated(f"X-ETH-Address: {error}", code="malformed_credentials") from error
    except InvalidMessage as error:
        raise Unauthenticated(str(error), code="invalid_message") from error
    except InvalidSignature as error:
        raise Unauthenticated(f"X-ETH-Signature: {error}", code="invalid_signature") from error
    if signer != claimed:
        raise Unauthenticated(
            "The signature was not made by X-ETH-Address over X-ETH-Message; sign that very text (EIP-191).",
            code="invalid_signature",
        )
    return SignedMessage(claimed, message, stated + VALIDITY)


def check_unused(signed: SignedMessage, digest: str) -> None:
    """Raise Unauthenticated ``replayed`` if the message was used. Read-only."""
    found = UsedSignature.objects.raw(_FIND, [signed.address, signed.message])
    used = next(iter(found), None)
    if used is not None and not (used.released and used.request_digest == digest):
        raise _replayed()


def consume(signed: SignedMessage, digest: str) -> None:
    """Use the message up. Exactly one of any number of concurrent callers succeeds.

    Raises Unauthenticated ``replayed``.
    """
    if _remember(signed, digest, released=False):
        return
    reclaimed = UsedSignature.objects.filter(
        address=signed.address, message=signed.message, request_digest=digest, released=True
    ).update(released=False)
    if not reclaimed:
        raise _replayed()


def release(signed: SignedMessage, digest: str) -> None:
    """Let the same request, and no other, use the message again: it was answered 429 or 5xx.

    Only for the one whose ``consume`` succeeded: a repetition that was refused while the first is
    still being served must not free the message for a third.
    """
    UsedSignature.objects.filter(address=signed.address, message=signed.message, request_digest=digest).update(
        released=True
    )


def reserve(signed: SignedMessage, digest: str) -> None:
    """Keep a message that was not consumed for the same request, and no other: it was answered 429."""
    # Reserved before, or in use, it is not this request's to change: then nothing is written.
    _remember(signed, digest, released=True)


def purge_expired() -> int:
    """Delete what is refused as stale anyway; gives how many rows went.

    A row outlives its message by as long as that was valid: a request whose signature was verified
    in the last moment, and then waited, still meets it.
    """
    deleted, _ = UsedSignature.objects.filter(expires_at__lt=timezone.now() - VALIDITY).delete()
    return deleted


def _remember(signed: SignedMessage, digest: str, *, released: bool) -> bool:
    """Insert the row, unless the message has one: whether it was inserted."""
    expires_at = connection.ops.adapt_datetimefield_value(signed.expires_at)
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [signed.address, signed.message, digest, expires_at, released])
        return bool(cursor.rowcount == 1)


def _replayed() -> Unauthenticated:
    return Unauthenticated("This signed message was used before; sign a new one for every request.", code="replayed")
