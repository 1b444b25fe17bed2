"""What a caller's credentials allow, before anything is known of the thing asked for."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from contributors.caller import Caller
from contributors.exceptions import Forbidden, Unauthenticated
from contributors.models import Scope


def caller_of(request: Request) -> Caller:
    """The authenticated caller. Raises Unauthenticated where there is none."""
    if not isinstance(request.user, Caller):
        raise Unauthenticated("Send an API key or sign the request.")
    return request.user


class ScopedAccess(BasePermission):
    """Reads are open to all unless closed by HOKUSAI_PUBLIC_READ=0; writes need a credential.

    A credential must hold the view's ``read_scope`` or ``write_scope``. A view with
    ``public_writes`` computes something from its body and stores nothing.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        reading = request.method in SAFE_METHODS
        caller = request.user
        if not isinstance(caller, Caller):
            return bool(
                (reading and settings.HOKUSAI_PUBLIC_READ and not getattr(view, "private", False))
                or getattr(view, "public_writes", False)
            )
        scope = (
            getattr(view, "read_scope", Scope.MODELS_READ)
            if reading
            else getattr(view, "write_scope", Scope.MODELS_WRITE)
        )
        if scope not in caller.scopes:
            raise Forbidden(
                f"This API key lacks the scope {scope.value}; issue one that has it.",
                code="insufficient_scope",
            )
        return True


class NotByApiKey(BasePermission):
    """Keys are managed by the wallet itself: a leaked key must not make itself a successor."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.user, Caller) and request.user.method == "api_key":
            raise Forbidden(
                "API keys are managed by a wallet signature, not by another key.", code="signature_required"
            )
        return True
