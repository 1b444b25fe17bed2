"""Attestations and the requests for them, as an operator sees them: nothing here is edited."""

from django.contrib import admin

from attestations.models import Attestation, AttestationRequest
from contributors.read_only_admin import ReadOnlyAdmin

_VERSIONS = ["candidate__registered_model", "baseline__registered_model"]


@admin.register(Attestation)
class AttestationAdmin(ReadOnlyAdmin):
    list_display = ["hash", "candidate", "baseline", "attestation_type", "is_current", "signer", "issued_at"]
    list_select_related = [*_VERSIONS, "superseded_by"]
    list_filter = ["issued_at", ("superseded_by", admin.EmptyFieldListFilter)]
    search_fields = ["hash", "signer", "candidate__registered_model__name"]
    date_hierarchy = "issued_at"
    ordering = ["-pk"]

    @admin.display(boolean=True, description="current")
    def is_current(self, attestation: Attestation) -> bool:
        return getattr(attestation, "superseded_by", None) is None


@admin.register(AttestationRequest)
class AttestationRequestAdmin(ReadOnlyAdmin):
    list_display = [
        "id", "candidate", "baseline", "state", "refusal_code", "requested_by", "requested_at", "failures",
    ]  # fmt: skip
    list_select_related = _VERSIONS
    list_filter = ["state", "requested_at"]
    search_fields = ["candidate__registered_model__name", "requested_by", "refusal_code"]
    date_hierarchy = "requested_at"
    ordering = ["-requested_at"]
    readonly_fields = ["id"]
