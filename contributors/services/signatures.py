"""Signed requests: check the signature, and let each signed message be used once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from contributors.ethereum import InvalidAddress, InvalidSignature, checksum_address, recover_signer
from contributors.exceptions import Unauthenticated
from contributors.models import UsedSignature
from contributors.request_signing import VALIDITY, InvalidMessage, check_fresh, message_time


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
    used = UsedSignature.objects.filter(address=signed.address, message=signed.message).first()
    if used is not None and not (used.released and used.request_digest == digest):
        raise _replayed()


def consume(signed: SignedMessage, digest: str) -> None:
    """Use the message up. Exactly one of any number of concurrent callers succeeds.

    Raises Unauthenticated ``replayed``.
    """
    try:
        # A savepoint, so that PostgreSQL can go on after the refused insert.
        with transaction.atomic():
            _remember(signed, digest, released=False)
    except IntegrityError:
        reclaimed = UsedSignature.objects.filter(
            address=signed.address, message=signed.message, request_digest=digest, released=True
        ).update(released=False)
        if not reclaimed:
            raise _replayed() from None


def release(signed: SignedMessage, digest: str) -> None:
    """Let the same request, and no other, use the message again: it was answered 429 or 5xx."""
    if UsedSignature.objects.filter(address=signed.address, message=signed.message, request_digest=digest).update(
        released=True
    ):
        return
    try:
        with transaction.atomic():
            _remember(signed, digest, released=True)
    except IntegrityError:
        return  # Another request owns the message: there is nothing to release for this one.


def purge_expired() -> int:
    """Delete what would be refused as stale anyway; gives how many rows went."""
    deleted, _ = UsedSignature.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted


def _remember(signed: SignedMessage, digest: str, *, released: bool) -> None:
    UsedSignature.objects.create(
        address=signed.address,
        message=signed.message,
        request_digest=digest,
        expires_at=signed.expires_at,
        released=released,
    )


def _replayed() -> Unauthenticated:
    return Unauthenticated("This signed message was used before; sign a new one for every request.", code="replayed")
