"""Verify an attestation's bundle without trusting the registry. Pure: no Django, no network.

``python -m attestations.verify bundle.json --attester 0x…`` prints each check on its own line and
exits 1 at the first that fails.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attestations.signing import recover_attester, typed_data
from attestations.statement import PREDICATE_TYPE, STATEMENT_TYPE, statement_hash
from contributors.ethereum import checksum_address

Bundle = dict[str, Any]
Result = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str


def run_checks(bundle: Bundle, attesters: frozenset[str]) -> Iterator[Check]:
    """Every check in order, stopping after the first that fails; a malformed bundle fails a check.

    ``attesters`` are the EIP-55 addresses that the verifier trusts to sign for the registry.
    """
    for name, check in _CHECKS.items():
        try:
            ok, detail = check(bundle, attesters)
        except (LookupError, TypeError, ValueError, AttributeError, StopIteration) as error:
            ok, detail = False, f"malformed bundle: {type(error).__name__}: {error}"
        yield Check(name, ok, detail)
        if not ok:
            return


def _statement(bundle: Bundle, _: frozenset[str]) -> Result:
    statement = bundle["statement"]
    subject, candidate = statement["subject"][0], statement["predicate"]["candidate"]
    ok = (
        statement["_type"] == STATEMENT_TYPE
        and statement["predicateType"] == PREDICATE_TYPE
        and len(statement["subject"]) == 1
        and subject["name"] == candidate["model_id"]
        and f"sha256:{subject['digest']['sha256']}" == candidate["artifact_digest"]
    )
    return ok, f"is {'' if ok else 'not '}an in-toto Statement v1 about the candidate's artifacts"


def _hash(bundle: Bundle, _: frozenset[str]) -> Result:
    found = statement_hash(bundle["statement"])
    return found == bundle["hash"], f"SHA-256 of the RFC 8785 bytes is {found}"


def _typed_data(bundle: Bundle, _: frozenset[str]) -> Result:
    ok = bundle["signature"]["typed_data"] == typed_data(bundle["statement"], _chain_id(bundle))
    return ok, f"the signed EIP-712 data {'says' if ok else 'does not say'} what the statement says"


def _signature(bundle: Bundle, _: frozenset[str]) -> Result:
    signature = bundle["signature"]
    signer = recover_attester(bundle["statement"], _chain_id(bundle), signature["signature"])
    return signer == signature["signer"], f"signed by {signer}"


def _attester(bundle: Bundle, attesters: frozenset[str]) -> Result:
    signer = bundle["signature"]["signer"]
    trusted = signer in attesters
    return trusted, f"{signer} is {'' if trusted else 'not '}an attester you trust"


def _chain_id(bundle: Bundle) -> int:
    return int(bundle["signature"]["typed_data"]["domain"]["chainId"])


_CHECKS: dict[str, Callable[[Bundle, frozenset[str]], Result]] = {
    "statement": _statement,
    "hash": _hash,
    "typed_data": _typed_data,
    "signature": _signature,
    "attester": _attester,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m attestations.verify", description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path, help="the JSON of GET /api/attestations/{hash}")
    parser.add_argument(
        "--attester", action="append", required=True, type=checksum_address, help="an address you trust; repeatable"
    )
    options = parser.parse_args(arguments)
    try:
        bundle = json.loads(options.bundle.read_text())
    except (OSError, ValueError) as error:
        parser.error(f"{options.bundle}: {error}")
    ok = True
    for check in run_checks(bundle, frozenset(options.attester)):
        print(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}")
        ok = check.ok
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
