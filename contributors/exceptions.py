"""What can go wrong, in the domain's words.

Each error carries a stable machine-readable ``code`` and a sentence that says what to do. None of
them knows HTTP: the composition root maps each class to one status (see hokusai_site/errors.py).
"""

from collections.abc import Sequence
from typing import TypedDict


class FieldError(TypedDict):
    field: str
    code: str
    message: str


class DomainError(Exception):
    """Base of all errors that a caller is told about."""

    code = "error"

    def __init__(self, detail: str, *, code: str | None = None, errors: Sequence[FieldError] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.errors = list(errors or [])


class InvalidInput(DomainError):
    code = "invalid"

    @classmethod
    def field(cls, name: str, message: str, code: str = "invalid") -> "InvalidInput":
        return cls(message, errors=[{"field": name, "code": code, "message": message}])


class Unauthenticated(DomainError):
    code = "unauthenticated"


class Forbidden(DomainError):
    code = "forbidden"


class NotFound(DomainError):
    code = "not_found"


class Conflict(DomainError):
    code = "conflict"


class Unprocessable(DomainError):
    code = "unprocessable"


class TooLarge(DomainError):
    code = "too_large"


class RetryLater(DomainError):
    """Base of the errors that pass by themselves; ``retry_after`` is in seconds."""

    def __init__(self, detail: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = max(1, retry_after)


class RateLimited(RetryLater):
    code = "rate_limited"


class Unavailable(RetryLater):
    code = "unavailable"
