"""From a request's headers to its caller."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from contributors.caller import Caller
from contributors.exceptions import Unauthenticated
from contributors.models import ApiKey
from contributors.services.api_keys import check_key
from contributors.services.signatures import SignedMessage, verify_message

CHALLENGE = 'Bearer realm="hokusai", EthereumSignature realm="hokusai"'

_SIGNATURE_HEADERS = ("X-ETH-Address", "X-ETH-Message", "X-ETH-Signature")


def has_credentials(request: HttpRequest) -> bool:
    return "Authorization" in request.headers or has_signature(request)


def has_signature(request: HttpRequest) -> bool:
    return any(header in request.headers for header in _SIGNATURE_HEADERS)


def check_credentials(request: HttpRequest, ip: str) -> tuple[Caller, SignedMessage | None, ApiKey | None]:
    """Check every credential that a request carries; at least one must be there.

    Each is checked, and two must name the same address. Raises Unauthenticated.
    """
    signed = _signed_message(request)
    key = _api_key(request, ip)
    if signed and key and signed.address != key.address:
        raise Unauthenticated(
            "The API key and the signature belong to different addresses; send one of them.",
            code="conflicting_credentials",
        )
    if key:
        caller = Caller(
            address=key.address,
            method="api_key",
            scopes=frozenset(key.scopes),
            api_key_id=key.pk,
            rate_limit=key.rate_limit,
        )
        return caller, signed, key
    if signed:
        return Caller(address=signed.address, method="signature"), signed, None
    raise Unauthenticated("This request carries no credential.")


class CallerAuthentication(BaseAuthentication):
    """Hands DRF the caller that admission (hokusai_site/admission.py) found on the request."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        caller = getattr(request._request, "caller", None)
        return (caller, None) if caller else None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class StaffSessionAuthentication(SessionAuthentication):
    """Staff signed in to the admin; writes need the CSRF token. Some of them only look: what an
    operator may do takes the permission for it."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        result = super().authenticate(request)
        if result is None or not result[0].is_staff:
            return None
        user = result[0]
        caller = Caller(
            address=None,
            method="session",
            is_operator=user.has_perm("contributors.operate"),
            user_name=user.get_username(),
        )
        return caller, None


def _signed_message(request: HttpRequest) -> SignedMessage | None:
    given = [request.headers.get(name) for name in _SIGNATURE_HEADERS]
    if not any(value is not None for value in given):
        return None
    address, message, signature = given
    if address is None or message is None or signature is None:
        raise Unauthenticated(
            "A signed request carries all of X-ETH-Address, X-ETH-Message and X-ETH-Signature.",
            code="malformed_credentials",
        )
    return verify_message(address=address, message=message, signature=signature)


def _api_key(request: HttpRequest, ip: str) -> ApiKey | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("Authorization must read 'Bearer hk_<env>_<secret>'.", code="malformed_credentials")
    return check_key(token=token.strip(), ip=ip)
