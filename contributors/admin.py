"""Credentials, as an operator sees them: never a key, nor the digest of one."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from contributors.models import ApiKey, UsedSignature
from contributors.read_only_admin import ReadOnlyAdmin, log_action, may_change
from contributors.services.api_keys import revoke_keys, set_rate_limit

_FIXED = [
    "prefix", "name", "address", "scopes", "allowed_networks",
    "created_at", "expires_at", "last_used_at", "revoked_at", "rotated_to",
]  # fmt: skip


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """Keys are issued by their wallet; an operator ends one, or gives it a limit of its own."""

    list_display = ["prefix", "name", "address", "rate_limit", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["prefix", "name", "address"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    fields = ["rate_limit", *_FIXED]
    readonly_fields = _FIXED
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A key made here would have no secret.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return may_change(self, request)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        # Not obj.save(): that writes the whole row back, over a revocation made meanwhile.
        set_rate_limit(key_id=obj.pk, rate_limit=obj.rate_limit)

    @admin.action(description="Revoke, effective at once", permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = revoke_keys(key_ids=queryset.values_list("pk", flat=True))
        log_action(request, queryset, "Revoked.")
        self.message_user(request, f"API keys revoked: {revoked}.")


@admin.register(UsedSignature)
class UsedSignatureAdmin(ReadOnlyAdmin):
    list_display = ["address", "message", "expires_at", "released"]
    list_filter = ["released"]
    search_fields = ["address", "message"]
    ordering = ["-pk"]
