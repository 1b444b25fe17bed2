from typing import Any

from rest_framework import serializers

from attestations.models import Attestation, AttestationRequest
from attestations.statement import ATTESTATION_TYPE
from registry.serializer_fields import MetadataField


class AttestationRequestBody(serializers.Serializer[Any]):
    model_id = serializers.CharField(max_length=200, required=False, allow_null=True, default=None)
    baseline_model_id = serializers.CharField(max_length=200, required=False, allow_null=True, default=None)
    attestation_type = serializers.CharField(max_length=64, required=False, default=ATTESTATION_TYPE)
    metadata = MetadataField(
        required=False, allow_null=True, default=dict, help_text="Kept with the request, and never hashed."
    )


class SignatureResponse(serializers.Serializer[Any]):
    scheme = serializers.CharField(help_text="eip712")
    signer = serializers.CharField()
    signature = serializers.CharField()
    typed_data = serializers.DictField()


class ZkResponse(serializers.Serializer[Any]):
    scheme = serializers.CharField()
    public_inputs = serializers.ListField(
        child=serializers.CharField(),
        help_text="Baseline's commitment, candidate's commitment, threshold in basis points, high and low 128 bits of "
        "the hash: decimals, in circuit order",
    )


class LogPlaceResponse(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    inclusion_proof = serializers.ListField(child=serializers.CharField())
    checkpoint = serializers.CharField(help_text="A signed note (C2SP tlog-checkpoint)")


class RevocationEntry(serializers.Serializer[Any]):
    document = serializers.DictField()
    log_index = serializers.IntegerField()
    inclusion_proof = serializers.ListField(child=serializers.CharField())


class StatusResponse(serializers.Serializer[Any]):
    """What became of it, as of a size of the log."""

    hash = serializers.CharField()
    log_size = serializers.IntegerField()
    logged_at = serializers.CharField()
    supersedes = serializers.CharField(allow_null=True)
    superseded_by = serializers.CharField(allow_null=True)
    revocation = RevocationEntry(allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField())


class BundleResponse(serializers.Serializer[Any]):
    """All that a stranger needs to verify an attestation offline; docs/attestation-format.md says how."""

    hash = serializers.CharField(help_text="0x + SHA-256 of the statement's RFC 8785 bytes")
    statement = serializers.DictField(help_text="An in-toto Statement v1")
    evidence_root = serializers.CharField(help_text="Root of the Merkle tree over the predicate's facts")
    signature = SignatureResponse()
    zk = ZkResponse()
    log = LogPlaceResponse()
    status = StatusResponse()
    status_signature = serializers.CharField(help_text="Base64 of the log key's Ed25519 signature of the status")


class ProofResponse(serializers.Serializer[Any]):
    hash = serializers.CharField()
    pointer = serializers.CharField()
    value = serializers.CharField(help_text="RFC 8785 text")
    leaf_types = serializers.ListField(child=serializers.CharField())
    proof = serializers.ListField(child=serializers.CharField())
    root = serializers.CharField()  # type: ignore[assignment] # on a class it means the outermost serializer


class OpeningResponse(serializers.Serializer[Any]):
    score_bps = serializers.IntegerField()
    salt = serializers.CharField(help_text="A decimal below the order of BN254's scalar field")
    commitment = serializers.CharField()
    opens = serializers.BooleanField()


class OpeningsResponse(serializers.Serializer[Any]):
    hash = serializers.CharField()
    scheme = serializers.CharField()
    baseline = OpeningResponse()
    candidate = OpeningResponse()


class RevocationBody(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2_000)


class RevocationResponse(serializers.Serializer[Any]):
    attestation = serializers.CharField(source="attestation.hash")
    reason = serializers.CharField()
    revoked_at = serializers.DateTimeField()
    digest = serializers.CharField(help_text="SHA-256 of the revocation's document: what the log has")


class InclusionResponse(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    size = serializers.IntegerField()
    kind = serializers.CharField()
    logged_at = serializers.DateTimeField()
    proof = serializers.ListField(child=serializers.CharField())
    root = serializers.CharField()  # type: ignore[assignment] # on a class it means the outermost serializer


class ConsistencyResponse(serializers.Serializer[Any]):
    first = serializers.IntegerField()
    second = serializers.IntegerField()
    proof = serializers.ListField(child=serializers.CharField())


class LogEntryRow(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    kind = serializers.CharField()
    leaf_data = serializers.CharField(help_text="32 bytes in hex: a leaf is SHA-256(0x00 ‖ these)")
    attestation = serializers.CharField(source="attestation.hash")
    logged_at = serializers.DateTimeField()


class AttestationRow(serializers.Serializer[Any]):
    hash = serializers.CharField()
    model_id = serializers.CharField(source="candidate.model_id")
    baseline_model_id = serializers.CharField(source="baseline.model_id")
    attestation_type = serializers.CharField()
    signer = serializers.CharField()
    issued_at = serializers.DateTimeField()
    current = serializers.SerializerMethodField()

    def get_current(self, attestation: Attestation) -> bool:
        return getattr(attestation, "superseded_by", None) is None


class AttestationRequestResponse(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField()
    model_id = serializers.CharField(source="candidate.model_id")
    baseline_model_id = serializers.CharField(source="baseline.model_id")
    requested_at = serializers.DateTimeField()
    refusal_code = serializers.CharField()
    detail = serializers.CharField(help_text="Why it was refused, or still waits.")
    attestation = serializers.SerializerMethodField(help_text="The hash, once it is done.")

    def get_attestation(self, request: AttestationRequest) -> str | None:
        return request.attestation.hash if request.attestation else None


class CheckRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    ok = serializers.BooleanField()
    detail = serializers.CharField()


class VerificationResponse(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    checks = CheckRow(many=True)
    warnings = serializers.ListField(child=serializers.CharField())
