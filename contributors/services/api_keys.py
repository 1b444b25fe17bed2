"""API keys: issue, rotate, revoke, check."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from contributors.exceptions import Conflict, NotFound, Unauthenticated
from contributors.models import ApiKey

# 26 bytes: 12 hex digits name the key in lists and logs, the other 40 are 160 random bits.
_SECRET_BYTES = 26
_PREFIX_HEX = 12
_TOKEN = re.compile(r"hk_[a-z]{1,8}_[0-9a-f]{52}", re.ASCII)

_LAST_USED_PRECISION = timedelta(minutes=1)


def issue_key(
    *,
    address: str,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    allowed_networks: Iterable[str] = (),
) -> tuple[ApiKey, str]:
    """Make a key for an EIP-55 address; gives the row and, this once, the key itself."""
    token = f"hk_{settings.HOKUSAI_KEY_ENVIRONMENT}_{secrets.token_hex(_SECRET_BYTES)}"
    key = ApiKey.objects.create(
        address=address,
        name=name,
        prefix=_prefix(token),
        digest=_digest(token),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        allowed_networks=list(allowed_networks),
    )
    return key, token


@transaction.atomic
def rotate_key(*, address: str, key_id: int, grace: timedelta) -> tuple[ApiKey, str]:
    """Replace a key by a new one with the same rights; the old one goes on for ``grace``.

    Raises NotFound (no such key of this address) or Conflict (already revoked, expired or rotated).
    """
    old = _own_key(address, key_id)
    new, token = issue_key(
        address=old.address,
        name=old.name,
        scopes=old.scopes,
        expires_at=old.expires_at,
        allowed_networks=old.allowed_networks,
    )
    ApiKey.objects.filter(pk=new.pk).update(rate_limit=old.rate_limit)
    ends = timezone.now() + grace
    claimed = (
        ApiKey.objects.active()
        .filter(pk=old.pk, rotated_to=None)
        .update(rotated_to=new, expires_at=min(ends, old.expires_at) if old.expires_at else ends)
    )
    if not claimed:
        raise Conflict("This key is revoked, expired or already rotated; issue a new one.", code="key_inactive")
    return new, token


def revoke_key(*, address: str, key_id: int) -> None:
    """End a key at once. Raises NotFound. Revoking twice is no error."""
    key = _own_key(address, key_id)
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


def revoke_keys(*, key_ids: Iterable[int]) -> int:
    """End keys at once, whoever they belong to: for operators. Gives how many were not revoked before."""
    return ApiKey.objects.filter(pk__in=list(key_ids), revoked_at=None).update(revoked_at=timezone.now())


def set_rate_limit(*, key_id: int, rate_limit: int | None) -> None:
    """Give a key a limit of its own, in requests a minute; None: its address's. For operators."""
    ApiKey.objects.filter(pk=key_id).update(rate_limit=rate_limit)


def check_key(*, token: str, ip: str) -> ApiKey:
    """The active key behind a bearer token. One query.

    Raises Unauthenticated with code ``invalid_key``, ``key_revoked``, ``key_expired`` or
    ``network_not_allowed``.
    """
    if not _TOKEN.fullmatch(token):
        raise Unauthenticated(
            "The bearer token is no Hokusai API key; keys look like hk_<env>_<secret>.", code="invalid_key"
        )
    # Raw, because every request asks it: the ORM takes three times as long to write the same SQL anew.
    found = ApiKey.objects.raw("SELECT * FROM contributors_apikey WHERE prefix = %s", [_prefix(token)])
    key = next(iter(found), None)
    if key is None or not hmac.compare_digest(key.digest, _digest(token)):
        raise Unauthenticated("This API key is unknown; check it or issue a new one.", code="invalid_key")
    if key.revoked_at is not None:
        raise Unauthenticated("This API key was revoked; issue a new one.", code="key_revoked")
    if not key.is_active:
        raise Unauthenticated("This API key has expired; issue a new one.", code="key_expired")
    if key.allowed_networks and not any(ip_address(ip) in ip_network(network) for network in key.allowed_networks):
        raise Unauthenticated(
            f"This API key may not be used from {ip}; use it from its allowed networks.",
            code="network_not_allowed",
        )
    return key


def note_use(key: ApiKey) -> None:
    """Remember that a key was used, to the minute: one write a minute and not one a request."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at >= _LAST_USED_PRECISION:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _LAST_USED_PRECISION)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def _own_key(address: str, key_id: int) -> ApiKey:
    key = ApiKey.objects.filter(pk=key_id, address=address).first()
    if key is None:
        raise NotFound("You have no API key with this id; list yours at GET /api/keys.")
    return key


def _prefix(token: str) -> str:
    return token[: token.rindex("_") + 1 + _PREFIX_HEX]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
