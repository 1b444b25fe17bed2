"""Revoke an attestation: it stays, the log says so for ever, and every verification from now on."""

from django.db import transaction
from django.utils import timezone

from attestations.models import Attestation, LogEntry, Revocation
from attestations.services.log import append_entry, lock_log
from attestations.statement import revocation_document, rfc3339
from contributors.exceptions import Conflict, InvalidInput
from registry.canonical import canonical_bytes, sha256_hex
from registry.services.attested import forget_attestation

_MAX_REASON = 2_000


def revoke_attestation(*, attestation: Attestation, reason: str, operator: str) -> Revocation:
    """Revoke for a reason that everybody may read. For operators.

    Raises InvalidInput (no reason) or Conflict ``already_revoked``.
    """
    reason = reason.strip()
    if not reason or len(reason) > _MAX_REASON:
        raise InvalidInput.field("reason", f"Give a reason of at most {_MAX_REASON} characters; everybody can read it.")
    with transaction.atomic():
        head = lock_log()
        if Revocation.objects.filter(attestation=attestation).exists():
            raise Conflict("This attestation was revoked before.", code="already_revoked")
        now = timezone.now()
        document = canonical_bytes(revocation_document(attestation.hash, reason, rfc3339(now)))
        digest = sha256_hex(document)
        revocation = Revocation.objects.create(
            attestation=attestation,
            document=document.decode(),
            digest=digest,
            reason=reason,
            revoked_by=operator,
            revoked_at=now,
        )
        forget_attestation(version_id=attestation.candidate_id, attestation_hash=attestation.hash)
        append_entry(head, attestation=attestation, kind=LogEntry.Kind.REVOCATION, leaf_data=bytes.fromhex(digest))
    return revocation
