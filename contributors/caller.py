"""Who makes a request, once the credentials have been checked. Pure."""

from dataclasses import dataclass

ALL_SCOPES = frozenset({"models:read", "models:write", "mlflow:read", "mlflow:write", "attestations:write"})


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller.

    ``address`` is EIP-55, or None for staff signed in to the admin, who have a ``user_name``. ``method`` is
    ``signature``, ``api_key`` or ``session``. ``rate_limit`` is this caller's own limit in requests
    a minute, where an operator set one.
    """

    address: str | None
    method: str
    scopes: frozenset[str] = ALL_SCOPES
    is_operator: bool = False
    user_name: str = ""
    api_key_id: int | None = None
    rate_limit: int | None = None

    # What Django and DRF ask of a user.
    is_authenticated = True
    is_anonymous = False
    is_active = True

    @property
    def pk(self) -> str:
        return self.address or "staff"

    def __str__(self) -> str:
        return self.address or "staff"
