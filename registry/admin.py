"""The registry, as an operator sees it: evidence is shown, and only services change anything."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from contributors.caller import Caller
from contributors.exceptions import DomainError, InvalidInput
from contributors.read_only_admin import ReadOnlyAdmin, log_action, may_change
from registry.models import (
    Contribution,
    EvidenceSnapshot,
    Maintainer,
    MetricClaim,
    ModelVersion,
    RegisteredModel,
    RegistrationLease,
    StageTransition,
    TransitionRequest,
)
from registry.services.chain_models import set_chain_model
from registry.services.export_details import checked_export_details, set_export_details
from registry.services.models import update_model
from registry.services.operations import schedule_pull
from registry.services.stages import decide_transition

OPERATOR = Caller(address=None, method="session", is_operator=True)

_EDITABLE = ["owner", "description", "production_needs_approval"]
_OF_OPERATORS = ["chain_model_id"]
_FIXED = [
    "name", "model_type", "primary_metric", "metric_directions", "version_count", "latest_version", "created_at",
]  # fmt: skip


class MaintainerInline(admin.TabularInline):
    model = Maintainer
    fields = ["address", "added_at"]
    readonly_fields = ["added_at"]
    extra = 0


@admin.register(RegisteredModel)
class RegisteredModelAdmin(admin.ModelAdmin):
    """An operator hands over a model whose owner lost the wallet, and keeps its rules."""

    list_display = [
        "name", "owner", "model_type", "primary_metric", "version_count", "production_needs_approval", "created_at",
    ]  # fmt: skip
    list_filter = ["production_needs_approval", "created_at"]
    search_fields = ["name", "owner"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    show_full_result_count = False
    fields = [*_EDITABLE, *_OF_OPERATORS, *_FIXED]
    readonly_fields = _FIXED
    inlines = [MaintainerInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A model comes into being with its first registered version.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RegisteredModel | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: RegisteredModel, form: Any, change: bool) -> None:
        changed = {name: getattr(obj, name) for name in form.changed_data if name in _EDITABLE}
        update_model(caller=OPERATOR, model=obj, **changed)
        if "chain_model_id" in form.changed_data:
            set_chain_model(model=obj, chain_model_id=obj.chain_model_id or None)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        # Without commit: this only fills in the lists from which Django writes its log of changes.
        formset.save(commit=False)
        if formset.has_changed():
            removed = set(formset.deleted_forms)
            kept = [f.instance.address for f in formset.forms if f.instance.address and f not in removed]
            update_model(caller=OPERATOR, model=form.instance, maintainers=kept)


class ExportDetailsForm(forms.ModelForm):
    """The one thing about a version that an operator fills in or corrects."""

    class Meta:
        model = ModelVersion
        fields = ["export_details"]

    def clean_export_details(self) -> dict[str, Any]:
        try:
            return checked_export_details(self.cleaned_data["export_details"] or {})
        except InvalidInput as error:
            raise forms.ValidationError(error.detail) from error


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = [
        "model_id", "verification", "evidence_level", "primary_value", "stage",
        "registered_by", "registered_at", "pulled_at", "pull_failures", "withdrawn_at",
    ]  # fmt: skip
    list_select_related = ["registered_model"]
    list_filter = ["verification", "stage", ("withdrawn_at", admin.EmptyFieldListFilter), "registered_at"]
    search_fields = ["registered_model__name", "mlflow_run_id", "registered_by", "artifact_digest"]
    search_help_text = "Model name, run id, registrant or artifact digest"
    date_hierarchy = "registered_at"
    ordering = ["-pk"]
    actions = ["pull_again"]
    form = ExportDetailsForm

    def has_change_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return may_change(self, request)

    def get_readonly_fields(self, request: HttpRequest, obj: ModelVersion | None = None) -> list[str]:
        return [f.name for f in self.opts.get_fields() if f.concrete and f.name not in ("id", "export_details")]

    def save_model(self, request: HttpRequest, obj: ModelVersion, form: Any, change: bool) -> None:
        try:
            set_export_details(caller=OPERATOR, version=obj, details=form.cleaned_data["export_details"])
        except DomainError as error:
            self.message_user(request, error.detail, messages.ERROR)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> list[Any]:
        before, after = form.initial["export_details"], form.cleaned_data["export_details"]
        return [{"changed": {"fields": [f"export details from {json.dumps(before)} to {json.dumps(after)}"]}}]

    @admin.action(description="Pull the evidence again", permissions=["operate"])
    def pull_again(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        due = schedule_pull(version_ids=queryset.values_list("pk", flat=True))
        log_action(request, queryset, "Evidence to be pulled again.")
        self.message_user(request, f"Versions whose evidence workers pull now: {due}.")


@admin.register(Contribution)
class ContributionAdmin(ReadOnlyAdmin):
    list_display = ["version", "address", "named_by", "weight_bps", "samples", "data_hash"]
    list_select_related = ["version__registered_model"]
    search_fields = ["address", "version__registered_model__name", "data_hash"]
    ordering = ["-pk"]

    @admin.display(description="named by (registrant)")
    def named_by(self, contribution: Contribution) -> str:
        registrant = contribution.version.registered_by
        return f"{registrant} (the contributor)" if registrant == contribution.address else registrant


@admin.register(MetricClaim)
class MetricClaimAdmin(ReadOnlyAdmin):
    list_display = ["version", "metrics", "claimed_by", "claimed_at"]
    list_select_related = ["version__registered_model"]
    search_fields = ["version__registered_model__name", "claimed_by"]
    date_hierarchy = "claimed_at"
    ordering = ["-pk"]


@admin.register(EvidenceSnapshot)
class EvidenceSnapshotAdmin(ReadOnlyAdmin):
    list_display = ["version", "digest", "artifact_digest", "taken_at"]
    list_select_related = ["version__registered_model"]
    search_fields = ["digest", "artifact_digest", "version__registered_model__name", "version__mlflow_run_id"]
    date_hierarchy = "taken_at"
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EvidenceSnapshot]:
        # A snapshot may be megabytes of text, which only its own page reads.
        return super().get_queryset(request).defer("canonical_text")


@admin.register(StageTransition)
class StageTransitionAdmin(ReadOnlyAdmin):
    list_display = ["version", "from_stage", "to_stage", "requested_by", "approved_by", "comment", "happened_at"]
    list_select_related = ["version__registered_model"]
    list_filter = ["to_stage", "happened_at"]
    search_fields = ["version__registered_model__name", "requested_by", "approved_by"]
    date_hierarchy = "happened_at"
    ordering = ["-pk"]


@admin.register(TransitionRequest)
class TransitionRequestAdmin(ReadOnlyAdmin):
    list_display = ["version", "to_stage", "state", "requested_by", "requested_at", "comment", "decided_by"]
    list_select_related = ["version__registered_model"]
    list_filter = ["state", "to_stage", "requested_at"]
    search_fields = ["version__registered_model__name", "requested_by"]
    date_hierarchy = "requested_at"
    ordering = ["-pk"]
    actions = ["approve", "reject"]

    @admin.action(description="Approve", permissions=["operate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[TransitionRequest]) -> None:
        self._decide(request, queryset, approve=True)

    @admin.action(description="Reject", permissions=["operate"])
    def reject(self, request: HttpRequest, queryset: QuerySet[TransitionRequest]) -> None:
        self._decide(request, queryset, approve=False)

    def _decide(self, request: HttpRequest, queryset: QuerySet[TransitionRequest], *, approve: bool) -> None:
        """Decide each by itself: one that cannot be decided must not keep the others waiting."""
        decided = []
        for request_id in queryset.order_by("pk").values_list("pk", flat=True):
            # Read one by one: a decision changes the stage that the next one starts from.
            waiting = TransitionRequest.objects.select_related("version__registered_model").get(pk=request_id)
            try:
                decide_transition(
                    caller=OPERATOR,
                    version=waiting.version,
                    request_id=waiting.pk,
                    approve=approve,
                    comment=f"Decided in the admin by {request.user.get_username()}.",
                )
            except DomainError as error:
                self.message_user(request, f"{waiting.version} → {waiting.to_stage}: {error.detail}", messages.ERROR)
            else:
                decided.append(waiting.pk)
        if decided:
            word = "approved" if approve else "rejected"
            log_action(request, TransitionRequest.objects.filter(pk__in=decided), f"{word.capitalize()}.")
            self.message_user(request, f"Transition requests {word}: {len(decided)}.")


@admin.register(RegistrationLease)
class RegistrationLeaseAdmin(ReadOnlyAdmin):
    """Registrations under way; one left behind by a dead process lapses by itself."""

    list_display = ["model_name", "mlflow_run_id", "lease_until"]
    fields = ["model_name", "mlflow_run_id", "lease_until"]
    search_fields = ["model_name", "mlflow_run_id"]
    ordering = ["-pk"]
