"""The registry's own answer to "is this valid?": what anybody can compute, check by check."""

from dataclasses import dataclass
from typing import Any

from attestations.bundle import Bundle, bundle
from attestations.keyring import log_key
from attestations.models import Attestation, AttesterKey
from attestations.verification import Check, Trust, run_checks


@dataclass(frozen=True, slots=True)
class Verdict:
    checks: list[Check]
    warnings: list[str]

    @property
    def valid(self) -> bool:
        return all(check.ok for check in self.checks)


def verify_attestation(attestation: Attestation) -> Verdict:
    """Verify one as the registry has it now."""
    found = bundle(attestation)
    keys = AttesterKey.objects.valid_at(attestation.issued_at)
    return Verdict(list(run_checks(found, _trust(keys))), found["status"]["warnings"])


def verify_bundle(found: Bundle) -> Verdict:
    """Verify a bundle that somebody holds, and what became of it since."""
    checks = list(run_checks(found, _trust(AttesterKey.objects.all())))
    if not all(check.ok for check in checks):
        return Verdict(checks, [])
    # Its hash has been checked by now.
    known = Attestation.objects.for_bundle().filter(hash=found["hash"]).first()
    if known is None:
        return Verdict([*checks, Check("registry", False, "this registry never issued it")], [])
    now = verify_attestation(known)
    last = now.checks[-1]
    since = Check("registry", now.valid, "holds now" if now.valid else f"{last.name}: {last.detail}")
    return Verdict([*checks, since], now.warnings)


def _trust(keys: Any) -> Trust:
    return Trust(frozenset(keys.values_list("address", flat=True)), log_key().verifier)
