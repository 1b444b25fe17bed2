"""Issue a statement: sign it, store it and log it, all or nothing."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from attestations.eip712 import Domain
from attestations.keyring import current_signer
from attestations.models import Attestation, AttestationRequest, AttesterKey, LogEntry
from attestations.services.log import append_entry
from attestations.signing import Signer, improvement_message, sign_message
from attestations.statement import Statement
from contributors.exceptions import Conflict
from registry.canonical import canonical_bytes


class RetiredKey(Exception):
    """This process signs with a key that another has replaced; it is to be started anew."""


def issue(request: AttestationRequest, statement: Statement) -> tuple[Attestation, bool]:
    """The attestation of a statement, and whether it is new.

    Raises Conflict ``revoked`` where it was issued before and does not hold any more, or RetiredKey.
    """
    message = improvement_message(statement)
    signer = current_signer()
    domain = Domain(settings.HOKUSAI_DOMAIN_NAME, settings.HOKUSAI_DOMAIN_VERSION, settings.HOKUSAI_CHAIN_ID)
    while True:
        existing = Attestation.objects.select_related("revocation").filter(hash=message["statementHash"]).first()
        if existing is not None:
            if hasattr(existing, "revocation"):
                raise Conflict(
                    f"The attestation of this evidence, {existing.hash}, was revoked: {existing.revocation.reason}",
                    code="revoked",
                )
            return existing, False
        chain = Attestation.objects.filter(
            candidate_id=request.candidate_id,
            baseline_id=request.baseline_id,
            attestation_type=request.attestation_type,
        )
        _note_key(signer)
        try:
            with transaction.atomic():
                attestation = Attestation.objects.create(
                    hash=message["statementHash"],
                    attestation_type=request.attestation_type,
                    candidate_id=request.candidate_id,
                    baseline_id=request.baseline_id,
                    statement=canonical_bytes(statement).decode(),
                    evidence_root=message["evidenceRoot"],
                    domain_name=domain.name,
                    domain_version=domain.version,
                    chain_id=domain.chain_id,
                    signer=signer.address,
                    signature=sign_message(message, domain, signer),
                    supersedes=chain.current().first(),
                )
                append_entry(
                    attestation=attestation,
                    kind=LogEntry.Kind.ATTESTATION,
                    leaf_data=bytes.fromhex(attestation.hash[2:]),
                )
        except IntegrityError:
            # Another worker issued the same, or superseded the same one, first: look again.
            continue
        return attestation, True


def _note_key(signer: Signer) -> None:
    """Remember which key signs now. The first use of a new one ends the one before, which signs no more."""
    known = AttesterKey.objects.filter(address=signer.address).first()
    if known is None:
        now = timezone.now()
        with transaction.atomic():
            AttesterKey.objects.filter(valid_until=None).exclude(address=signer.address).update(valid_until=now)
            AttesterKey.objects.get_or_create(address=signer.address, defaults={"valid_from": now})
    elif known.valid_until is not None:
        raise RetiredKey(f"The attester key {signer.address} was replaced; start this process with the new one.")
