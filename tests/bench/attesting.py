"""What one worker process attests a second: run by tests.support.standalone, with a registry's environment.

Prints JSON: attestations a second (build the statement, sign it, store and log it), log entries appended
a second until the log holds 100,000, and what verifying one bundle offline takes, in ms.
"""

import json
import time

from django.core.management import call_command
from django.db import transaction

from attestations.bundle import bundle
from attestations.keyring import commitment_secret, log_key
from attestations.merkle import facts_of
from attestations.models import Attestation, AttestationRequest, LogEntry
from attestations.services.build import describe
from attestations.services.issue import issue
from attestations.services.log import append_entry, lock_log
from attestations.statement import build_statement
from attestations.verification import Trust, run_checks
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import BOB

_ATTESTATIONS = 300
_ENTRIES = 100_000
_VERIFICATIONS = 200


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    seconds, facts = attest()
    report = {"attestations": _ATTESTATIONS, "seconds": seconds, "facts": facts}
    print(json.dumps(report | {"verify_ms": verify(), "entries": _ENTRIES, "append_seconds": append()}))


def attest() -> tuple[float, int]:
    """Seconds for all, and how many facts the tree of one has."""
    improvements = []
    for number in range(_ATTESTATIONS):
        model = make_model(f"model {number}")
        baseline = make_version(model, accuracy=0.8)
        candidate = make_version(model, accuracy=0.9, contributors={BOB.address: 10_000})
        request = AttestationRequest(candidate=candidate, baseline=baseline)
        improvements.append((request, describe(candidate, baseline)))
    started = time.perf_counter()
    for request, improvement in improvements:
        statement = build_statement(improvement, commitment_secret())
        with transaction.atomic():
            issue(lock_log(), request, statement)
    return time.perf_counter() - started, len(list(facts_of(statement["predicate"])))


def verify() -> float:
    """Milliseconds for one, the log included."""
    attestation = Attestation.objects.for_bundle().first()
    assert attestation is not None
    found, trust = bundle(attestation), Trust(frozenset({attestation.signer}), log_key().verifier)
    started = time.perf_counter()
    for _ in range(_VERIFICATIONS):
        assert all(check.ok for check in run_checks(found, trust))
    return (time.perf_counter() - started) / _VERIFICATIONS * 1000


def append() -> float:
    """Seconds until the log holds 100,000 entries."""
    attestation = Attestation.objects.first()
    assert attestation is not None
    size = LogEntry.objects.count()
    started = time.perf_counter()
    for number in range(size, _ENTRIES):
        with transaction.atomic():
            append_entry(
                lock_log(), attestation=attestation, kind=f"bench {number}", leaf_data=number.to_bytes(32, "big")
            )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
