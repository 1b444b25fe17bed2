"""Issue a statement: sign it, store it and log it, all or nothing."""

from typing import Any

from django.conf import settings

from attestations.eip712 import Domain
from attestations.keyring import current_signer
from attestations.models import Attestation, AttestationRequest, LogEntry, LogHead
from attestations.services.attester_keys import use_key
from attestations.services.log import append_entry
from attestations.signing import evidence_root, improvement_message, sign_message
from attestations.statement import Statement, statement_hash
from contributors.exceptions import Conflict
from registry.canonical import canonical_bytes
from registry.services.attested import note_attestation, note_attested_gain


def issue(head: LogHead, request: AttestationRequest, statement: Statement) -> tuple[Attestation, bool]:
    """The attestation of a statement, and whether it is new; the candidate shows it from then on.

    In the transaction that holds the log's ``head``. Raises
    Conflict ``revoked`` where it was issued before and does not hold any more, or RetiredKey.
    """
    message = improvement_message(statement, statement_hash(statement), evidence_root(statement))
    attestation = Attestation.objects.select_related("revocation").filter(hash=message["statementHash"]).first()
    new = attestation is None
    if attestation is None:
        attestation = _sign(request, statement, message)
        append_entry(
            head,
            attestation=attestation,
            kind=LogEntry.Kind.ATTESTATION,
            leaf_data=bytes.fromhex(attestation.hash[2:]),
        )
        if statement["predicate"]["counted"]["gain_bps"] != "0":
            note_attested_gain(version_id=attestation.candidate_id)
    elif hasattr(attestation, "revocation"):
        raise Conflict(
            f"The attestation of this evidence, {attestation.hash}, was revoked: {attestation.revocation.reason}",
            code="revoked",
        )
    note_attestation(
        version_id=attestation.candidate_id,
        baseline_id=attestation.baseline_id,
        attestation_hash=attestation.hash,
    )
    return attestation, new


def _sign(request: AttestationRequest, statement: Statement, message: dict[str, Any]) -> Attestation:
    signer = current_signer()
    use_key(signer.address)
    domain = Domain(settings.HOKUSAI_DOMAIN_NAME, settings.HOKUSAI_DOMAIN_VERSION, settings.HOKUSAI_CHAIN_ID)
    chain = Attestation.objects.filter(
        candidate_id=request.candidate_id,
        baseline_id=request.baseline_id,
        attestation_type=request.attestation_type,
    )
    return Attestation.objects.create(
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
