"""An attestation in the formats of others. Pure: no clock, no key, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attestations.statement import Statement


@dataclass(frozen=True, slots=True)
class Facts:
    """What an export is made from. ``hash`` and ``evidence_root`` are ``0x`` and 64 hex digits.

    ``details`` are the candidate's export details, as far as there are any (registry/export_details.py).
    """

    hash: str
    statement: Statement
    evidence_root: str
    logged_at: datetime
    details: dict[str, Any]

    @property
    def predicate(self) -> dict[str, Any]:
        return dict(self.statement["predicate"])


def missing_details(facts: Facts, needed: Iterable[str]) -> dict[str, str]:
    """The needed export details that the candidate does not have: what is missing, and a sentence on it."""
    return {f"export_details.{name}": f"The version has no {name}." for name in needed if name not in facts.details}
