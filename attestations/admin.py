"""Attestations, the log, and the requests, as an operator sees them: nothing is edited, a reason revokes."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from attestations.models import Attestation, AttestationRequest, AttesterKey, LogEntry, LogHead, LogNode, Revocation
from attestations.services.revocation import revoke_attestation
from contributors.exceptions import DomainError
from contributors.read_only_admin import ReadOnlyAdmin, log_action

_VERSIONS = ["candidate__registered_model", "baseline__registered_model"]


@admin.register(Attestation)
class AttestationAdmin(ReadOnlyAdmin):
    list_display = [
        "hash",
        "candidate",
        "baseline",
        "attestation_type",
        "is_current",
        "is_revoked",
        "signer",
        "issued_at",
    ]
    list_select_related = [*_VERSIONS, "superseded_by", "revocation"]
    list_filter = [
        "issued_at",
        ("superseded_by", admin.EmptyFieldListFilter),
        ("revocation", admin.EmptyFieldListFilter),
    ]
    search_fields = ["hash", "signer", "candidate__registered_model__name"]
    date_hierarchy = "issued_at"
    ordering = ["-pk"]
    actions = ["revoke"]

    @admin.display(boolean=True, description="current")
    def is_current(self, attestation: Attestation) -> bool:
        return getattr(attestation, "superseded_by", None) is None

    @admin.display(boolean=True, description="revoked")
    def is_revoked(self, attestation: Attestation) -> bool:
        return hasattr(attestation, "revocation")

    @admin.action(description="Revoke, for a reason that everybody can read", permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Attestation]) -> HttpResponse | None:
        """Ask for the reason first; there is no way back."""
        if "reason" not in request.POST:
            return render(request, "admin/revoke.html", {**self.admin_site.each_context(request), "chosen": queryset})
        revoked = []
        for attestation in queryset:
            try:
                revoke_attestation(
                    attestation=attestation, reason=request.POST["reason"], operator=request.user.get_username()
                )
            except DomainError as error:
                self.message_user(request, f"{attestation.hash}: {error.detail}", messages.ERROR)
            else:
                revoked.append(attestation.pk)
        if revoked:
            log_action(request, Attestation.objects.filter(pk__in=revoked), f"Revoked: {request.POST['reason']}")
            self.message_user(request, f"Attestations revoked: {len(revoked)}.")
        return None


@admin.register(Revocation)
class RevocationAdmin(ReadOnlyAdmin):
    list_display = ["attestation", "reason", "revoked_by", "revoked_at"]
    list_select_related = ["attestation"]
    search_fields = ["attestation__hash", "reason", "revoked_by"]
    date_hierarchy = "revoked_at"
    ordering = ["-pk"]


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


@admin.register(AttesterKey)
class AttesterKeyAdmin(ReadOnlyAdmin):
    list_display = ["address", "valid_from", "valid_until"]
    search_fields = ["address"]
    ordering = ["-pk"]


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ["index", "kind", "leaf_data", "logged_at"]
    list_filter = ["kind", "logged_at"]
    search_fields = ["leaf_data"]
    date_hierarchy = "logged_at"
    ordering = ["-pk"]


@admin.register(LogNode)
class LogNodeAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "hash"]
    search_fields = ["hash"]
    ordering = ["-pk"]


@admin.register(LogHead)
class LogHeadAdmin(ReadOnlyAdmin):
    list_display = ["__str__"]
    ordering = ["-pk"]
