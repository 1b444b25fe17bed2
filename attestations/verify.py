"""Verify an attestation's bundle without trusting the registry. Pure: no Django, no network.

``python -m attestations.verify bundle.json --attester 0x…`` prints each check on its own line and
exits 1 at the first that fails.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attestations.signing import recover_attester, typed_data
from attestations.statement import PREDICATE_TYPE, STATEMENT_TYPE, statement_hash


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str


def run_checks(bundle: dict[str, Any], attesters: frozenset[str]) -> Iterator[Check]:
    """Every check in order, stopping after the first that fails.

    ``attesters`` are the EIP-55 addresses that the verifier trusts to sign for the registry.
    """
    for check in _CHECKS:
        result = _guarded(check, bundle, attesters)
        yield result
        if not result.ok:
            return


def is_valid(bundle: dict[str, Any], attesters: frozenset[str]) -> bool:
    return all(check.ok for check in run_checks(bundle, attesters))


def _statement_form(bundle: dict[str, Any], _: frozenset[str]) -> Check:
    statement = bundle["statement"]
    subject, candidate = statement["subject"][0], statement["predicate"]["candidate"]
    ok = (
        statement["_type"] == STATEMENT_TYPE
        and statement["predicateType"] == PREDICATE_TYPE
        and len(statement["subject"]) == 1
        and subject["name"] == candidate["model_id"]
        and f"sha256:{subject['digest']['sha256']}" == candidate["artifact_digest"]
    )
    return Check("statement", ok, "an in-toto Statement v1 about the candidate's artifacts")


def _statement_hash(bundle: dict[str, Any], _: frozenset[str]) -> Check:
    found = statement_hash(bundle["statement"])
    return Check("hash", found == bundle["hash"], f"SHA-256 of the RFC 8785 bytes is {found}")


def _signed_data(bundle: dict[str, Any], _: frozenset[str]) -> Check:
    signature = bundle["signature"]
    chain_id = signature["typed_data"]["domain"]["chainId"]
    ok = signature["typed_data"] == typed_data(bundle["statement"], chain_id)
    return Check("typed_data", ok, "the signed EIP-712 data says what the statement says")


def _signature(bundle: dict[str, Any], _: frozenset[str]) -> Check:
    signature = bundle["signature"]
    chain_id = signature["typed_data"]["domain"]["chainId"]
    signer = recover_attester(bundle["statement"], chain_id, signature["signature"])
    return Check("signature", signer == signature["signer"], f"signed by {signer}")


def _attester(bundle: dict[str, Any], attesters: frozenset[str]) -> Check:
    signer = bundle["signature"]["signer"]
    return Check("attester", signer in attesters, f"{signer} is an attester you trust")


_CHECKS = (_statement_form, _statement_hash, _signed_data, _signature, _attester)


def _guarded(check: Any, bundle: dict[str, Any], attesters: frozenset[str]) -> Check:
    try:
        result: Check = check(bundle, attesters)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration) as error:
        name = check.__name__.lstrip("_").replace("signed_data", "typed_data")
        return Check(name, ok=False, detail=f"malformed bundle: {type(error).__name__}: {error}")
    return result


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m attestations.verify", description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path, help="the JSON of GET /api/attestations/{hash}")
    parser.add_argument("--attester", action="append", required=True, help="an address you trust; repeatable")
    options = parser.parse_args(arguments)
    bundle = json.loads(options.bundle.read_text())
    ok = True
    for check in run_checks(bundle, frozenset(options.attester)):
        print(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}")
        ok = check.ok
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
