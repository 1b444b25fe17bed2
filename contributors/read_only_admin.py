"""What the admin of all three apps shares: rows that are looked at and never edited by hand."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows to whoever may view them; nobody adds, changes or deletes one, superusers included.

    Actions of a subclass that call a service declare ``permissions=["operate"]``: for those who hold
    the model's change permission.
    """

    # Counting all rows beside the filtered ones is one more scan of the largest tables.
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return may_change(self, request)


def may_change(model_admin: admin.ModelAdmin, request: HttpRequest) -> bool:
    """Whether the operator holds the change permission on the model."""
    options = model_admin.opts
    return request.user.has_perm(f"{options.app_label}.change_{options.model_name}")


def log_action(request: HttpRequest, queryset: QuerySet[Any], message: str) -> None:
    """Remember who did it: Django logs edited forms by itself, and actions not."""
    LogEntry.objects.log_actions(str(request.user.pk), queryset, CHANGE, change_message=message)
