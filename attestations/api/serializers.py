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
    scheme = serializers.CharField()
    signer = serializers.CharField()
    signature = serializers.CharField()
    typed_data = serializers.DictField()


class BundleResponse(serializers.Serializer[Any]):
    """What a stranger verifies offline; only `statement` is signed, the rest is this registry's word."""

    hash = serializers.CharField(help_text="0x + SHA-256 of the statement's RFC 8785 bytes")
    model_id = serializers.CharField()
    baseline_model_id = serializers.CharField()
    attestation_type = serializers.CharField()
    statement = serializers.DictField(help_text="An in-toto Statement v1")
    signature = SignatureResponse()
    issued_at = serializers.CharField()
    supersedes = serializers.CharField(allow_null=True)
    superseded_by = serializers.CharField(allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField())


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
