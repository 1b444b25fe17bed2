"""The bundle: all that a stranger needs to verify an attestation, as JSON."""

from typing import Any

from attestations.commitments import public_inputs
from attestations.keyring import log_key
from attestations.models import Attestation, LogEntry
from attestations.services.log import checkpoint_at, log_size, prove_entry
from attestations.signing import IMPROVEMENT, improvement_message
from attestations.statement import rfc3339
from attestations.status import Status, sign_status
from registry.models import ModelVersion, Verification

Bundle = dict[str, Any]


def bundle(attestation: Attestation) -> Bundle:
    """Statement, signature with its typed data, its place in the log, and what became of it.

    Every byte of it is covered: by the statement's hash, by the attester's signature, or by the log's.
    """
    statement = attestation.statement_json
    message = improvement_message(statement, attestation.hash, attestation.evidence_root)
    predicate = statement["predicate"]
    # Before all else: what came later than this size is not told of, and what came before is read anew.
    size = log_size()
    logged = attestation.log_entries.get(kind=LogEntry.Kind.ATTESTATION)
    status = _status(attestation, logged, size)
    return {
        "hash": attestation.hash,
        "statement": statement,
        "evidence_root": attestation.evidence_root,
        "signature": {
            "scheme": "eip712",
            "signer": attestation.signer,
            "signature": attestation.signature,
            "typed_data": IMPROVEMENT.document(attestation.domain, message),
        },
        "zk": {
            "scheme": predicate["commitments"]["scheme"],
            "public_inputs": public_inputs(
                predicate["commitments"], predicate["policy"]["deltaone_threshold_bps"], attestation.hash
            ),
        },
        "log": {
            "index": logged.index,
            "inclusion_proof": [digest.hex() for digest in prove_entry(logged, size).proof],
            "checkpoint": log_key().sign_checkpoint(checkpoint_at(size)),
        },
        "status": status,
        "status_signature": sign_status(status, log_key()),
    }


def warnings(attestation: Attestation) -> list[str]:
    """What is known now and was not when the statement was signed."""
    found = [_warning(version) for version in (attestation.candidate, attestation.baseline)]
    return [warning for warning in found if warning]


def _status(attestation: Attestation, logged: LogEntry, size: int) -> Status:
    newer = Attestation.objects.filter(supersedes=attestation, log_entries__index__lt=size).first()
    revoked = (
        LogEntry.objects.select_related("attestation__revocation")
        .filter(attestation=attestation, kind=LogEntry.Kind.REVOCATION, index__lt=size)
        .first()
    )
    return {
        "hash": attestation.hash,
        "log_size": size,
        "logged_at": rfc3339(logged.logged_at),
        "supersedes": attestation.supersedes.hash if attestation.supersedes else None,
        "superseded_by": newer.hash if newer else None,
        "revocation": None
        if revoked is None
        else {
            "document": revoked.attestation.revocation.document_json,
            "log_index": revoked.index,
            "inclusion_proof": [digest.hex() for digest in prove_entry(revoked, size).proof],
        },
        "warnings": warnings(attestation),
    }


def _warning(version: ModelVersion) -> str | None:
    if version.withdrawn_at is not None:
        return f"{version.model_id} was withdrawn."
    if version.verification == Verification.TAMPERED:
        return f"The run of {version.model_id} was changed in MLflow after its evidence was frozen."
    if version.verification == Verification.MISSING:
        return f"The run or the artifacts of {version.model_id} are gone from MLflow."
    return None
