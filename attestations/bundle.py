"""The bundle: all that a stranger needs to verify an attestation, as JSON."""

from typing import Any

from attestations.models import Attestation
from attestations.signing import typed_data
from registry.models import ModelVersion, Verification


def bundle(attestation: Attestation) -> dict[str, Any]:
    """Statement, signature with its typed data, and, outside the signed bytes, what became of it."""
    statement = attestation.statement_json
    superseded_by = getattr(attestation, "superseded_by", None)
    return {
        "hash": attestation.hash,
        "model_id": attestation.candidate.model_id,
        "baseline_model_id": attestation.baseline.model_id,
        "attestation_type": attestation.attestation_type,
        "statement": statement,
        "signature": {
            "scheme": "eip712",
            "signer": attestation.signer,
            "signature": attestation.signature,
            "typed_data": typed_data(statement, attestation.chain_id),
        },
        "issued_at": f"{attestation.issued_at:%Y-%m-%dT%H:%M:%S.%f}Z",
        "supersedes": attestation.supersedes.hash if attestation.supersedes else None,
        "superseded_by": superseded_by.hash if superseded_by else None,
        "warnings": warnings(attestation),
    }


def warnings(attestation: Attestation) -> list[str]:
    """What is known now and was not when the statement was signed."""
    found = [_warning(version) for version in (attestation.candidate, attestation.baseline)]
    return [warning for warning in found if warning]


def _warning(version: ModelVersion) -> str | None:
    if version.withdrawn_at is not None:
        return f"{version.model_id} was withdrawn."
    if version.verification == Verification.TAMPERED:
        return f"The run of {version.model_id} was changed in MLflow after its evidence was frozen."
    if version.verification == Verification.MISSING:
        return f"The run or the artifacts of {version.model_id} are gone from MLflow."
    return None
