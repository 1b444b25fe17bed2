"""Every check of an attestation's bundle, for whoever does not trust the registry. Pure: no Django, no network.

docs/attestation-format.md tells how to do the same without this program.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from attestations.arithmetic import check_arithmetic
from attestations.checkpoint import Checkpoint, InvalidCheckpoint, Verifier
from attestations.commitments import SCHEME, public_inputs
from attestations.eip712 import Domain
from attestations.log_tree import is_consistent, leaf_hash, root_from_inclusion
from attestations.signing import IMPROVEMENT, evidence_root, improvement_message, recover_attester
from attestations.statement import PREDICATE_TYPE, REVOCATION_TYPE, STATEMENT_TYPE, statement_hash
from attestations.status import check_status
from registry.canonical import canonical_bytes, distinct_names, sha256_hex

Bundle = dict[str, Any]


class CheckFailed(ValueError):
    """A check found something false; the text says what."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier trusts: ``attesters`` (EIP-55) to sign for the registry, and the key of its log.

    Without a log key the log is not checked.
    """

    attesters: frozenset[str]
    log: Verifier | None = None


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str


def run_checks(bundle: Bundle, trust: Trust) -> Iterator[Check]:
    """Every check in order, stopping after the first that fails; a malformed bundle fails a check."""
    checks = _CHECKS if trust.log is None else {**_CHECKS, **_LOG_CHECKS}
    for name, check in checks.items():
        try:
            detail = check(bundle, trust)
        except (CheckFailed, InvalidCheckpoint) as error:
            yield Check(name, False, printable(str(error)))
            return
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, StopIteration) as error:
            yield Check(name, False, printable(f"malformed bundle: {type(error).__name__}: {error}"))
            return
        yield Check(name, True, printable(detail))


def printable(text: str) -> str:
    """Text of a bundle on one line, with nothing that a terminal would obey or that has no UTF-8."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _shape(bundle: Bundle, _: Trust) -> str:
    """What is not said here is covered by a hash or a signature: nothing in a bundle is outside of all."""
    for part, names in _PARTS.items():
        found = bundle[part] if part else bundle
        _require(set(found) == names, f"{part or 'the bundle'} must have {', '.join(sorted(names))}, and nothing else")
    return "every part is there, and nothing else"


def _statement(bundle: Bundle, _: Trust) -> str:
    statement = bundle["statement"]
    subject, candidate = statement["subject"][0], statement["predicate"]["candidate"]
    _require(
        statement["_type"] == STATEMENT_TYPE
        and statement["predicateType"] == PREDICATE_TYPE
        and len(statement["subject"]) == 1
        and subject["name"] == candidate["model_id"]
        and f"sha256:{subject['digest']['sha256']}" == candidate["artifact_digest"],
        "this is no in-toto Statement v1 about the candidate's artifacts",
    )
    return "an in-toto Statement v1 about the candidate's artifacts"


def _arithmetic(bundle: Bundle, _: Trust) -> str:
    check_arithmetic(bundle["statement"]["predicate"])
    return "deltas, scores, verdict and weights follow from the values"


def _hash(bundle: Bundle, _: Trust) -> str:
    found = statement_hash(bundle["statement"])
    _require(found == bundle["hash"], f"SHA-256 of the RFC 8785 bytes is {found}, not the bundle's hash")
    return f"SHA-256 of the RFC 8785 bytes is {found}"


def _evidence_root(bundle: Bundle, _: Trust) -> str:
    found = evidence_root(bundle["statement"])
    _require(found == bundle["evidence_root"], f"the tree over the predicate's facts has the root {found}")
    return f"the tree over the predicate's facts has the root {found}"


def _zk(bundle: Bundle, _: Trust) -> str:
    predicate = bundle["statement"]["predicate"]
    threshold = predicate["policy"]["deltaone_threshold_bps"]
    found = public_inputs(predicate["commitments"], threshold, bundle["hash"])
    expected = {"scheme": SCHEME, "public_inputs": found}
    _require(predicate["commitments"]["scheme"] == SCHEME, "the commitments are of a scheme that nobody knows")
    _require(_same(bundle["zk"], expected), "the public inputs are not the statement's")
    return "the public inputs are the statement's, in circuit order"


def _typed_data(bundle: Bundle, _: Trust) -> str:
    expected = IMPROVEMENT.document(_domain(bundle), _message(bundle))
    _require(
        _same(bundle["signature"]["typed_data"], expected) and bundle["signature"]["scheme"] == "eip712",
        "the signed EIP-712 data does not say what the statement says",
    )
    return "the signed EIP-712 data says what the statement says"


def _signature(bundle: Bundle, _: Trust) -> str:
    signature = bundle["signature"]
    # One spelling: what is written otherwise is another text, if not another signature.
    _require(
        re.fullmatch(r"0x[0-9a-f]{128}1[bc]", signature["signature"]) is not None,
        "a signature is 0x and 130 digits in lower case, with v 27 or 28",
    )
    signer = recover_attester(_message(bundle), _domain(bundle), signature["signature"])
    _require(signer == signature["signer"], f"signed by {signer}, not by {signature['signer']}")
    return f"signed by {signer}"


def _attester(bundle: Bundle, trust: Trust) -> str:
    signer = bundle["signature"]["signer"]
    _require(signer in trust.attesters, f"{signer} is not an attester you trust")
    return f"{signer} is an attester you trust"


def _checkpoint(bundle: Bundle, trust: Trust) -> str:
    found = _opened(bundle, trust)
    return f"the log {found.origin} was of size {found.size} when this was made"


def _inclusion(bundle: Bundle, trust: Trust) -> str:
    log = bundle["log"]
    _check_included(bytes.fromhex(bundle["hash"][2:]), log, log["index"], _opened(bundle, trust))
    return f"the log has it as entry {log['index']}"


def _status(bundle: Bundle, trust: Trust) -> str:
    status = bundle["status"]
    check_status(status, bundle["status_signature"], _log(trust))
    _require(
        status["hash"] == bundle["hash"] and status["log_size"] == _opened(bundle, trust).size,
        "the status is another attestation's, or of another time",
    )
    newer = f"superseded by {status['superseded_by']}" if status["superseded_by"] else "current"
    return f"logged at {status['logged_at']}, {newer} at size {status['log_size']} of the log"


def _revocation(bundle: Bundle, trust: Trust) -> str:
    revocation = bundle["status"]["revocation"]
    if revocation is None:
        return "not revoked by then"
    document = revocation["document"]
    _require(
        document["type"] == REVOCATION_TYPE and document["attestation"] == bundle["hash"],
        "the revocation is another attestation's",
    )
    digest = bytes.fromhex(sha256_hex(canonical_bytes(document)))
    _check_included(digest, revocation, revocation["log_index"], _opened(bundle, trust))
    raise CheckFailed(f"revoked at {document['revoked_at']}: {document['reason']}")


def check_kept(kept: Checkpoint, newer: Checkpoint, proof: list[bytes]) -> None:
    """Hold a checkpoint that somebody kept against a newer one. Raises CheckFailed."""
    _require(kept.origin == newer.origin, f"one checkpoint is of {kept.origin}, the other of {newer.origin}")
    _require(
        is_consistent(kept.size, kept.root, newer.size, newer.root, proof),
        f"the log of {newer.size} entries has not grown from the one of {kept.size} that you kept",
    )


def _check_included(data: bytes, proof: dict[str, Any], index: int, checkpoint: Checkpoint) -> None:
    hashes = [bytes.fromhex(text) for text in proof["inclusion_proof"]]
    _require([digest.hex() for digest in hashes] == proof["inclusion_proof"], "a hash is written in lower case")
    root = root_from_inclusion(leaf_hash(data), _whole(index), checkpoint.size, hashes)
    _require(root == checkpoint.root, f"the log does not have it as entry {index}")


def _opened(bundle: Bundle, trust: Trust) -> Checkpoint:
    log = _log(trust)
    found = log.open(bundle["log"]["checkpoint"])
    _require(found.origin == log.name, f"the checkpoint is of the log {found.origin}")
    return found


def _log(trust: Trust) -> Verifier:
    if trust.log is None:
        raise CheckFailed("no key of the log was given")
    return trust.log


def _message(bundle: Bundle) -> dict[str, Any]:
    """The struct, with the hash and the root that the checks before have found to be the statement's."""
    return improvement_message(bundle["statement"], bundle["hash"], bundle["evidence_root"])


def _domain(bundle: Bundle) -> Domain:
    domain = bundle["signature"]["typed_data"]["domain"]
    return Domain(domain["name"], domain["version"], _whole(domain["chainId"]))


def _same(found: Any, expected: Any) -> bool:
    """Whether two JSON values are the same: for Python, true is 1."""
    return canonical_bytes(found) == canonical_bytes(expected)


def _whole(number: Any) -> int:
    _require(type(number) is int, f"{number!r} is no whole number")
    return int(number)


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise CheckFailed(otherwise)


_PARTS = {
    "": {"hash", "statement", "evidence_root", "signature", "zk", "log", "status", "status_signature"},
    "signature": {"scheme", "signer", "signature", "typed_data"},
    "log": {"index", "inclusion_proof", "checkpoint"},
}
_CHECKS: dict[str, Callable[[Bundle, Trust], str]] = {
    "shape": _shape,
    "statement": _statement,
    "arithmetic": _arithmetic,
    "hash": _hash,
    "evidence_root": _evidence_root,
    "zk": _zk,
    "typed_data": _typed_data,
    "signature": _signature,
    "attester": _attester,
}
_LOG_CHECKS: dict[str, Callable[[Bundle, Trust], str]] = {
    "checkpoint": _checkpoint,
    "inclusion": _inclusion,
    "status": _status,
    "revocation": _revocation,
}


def read_bundle(text: str) -> Bundle:
    """A bundle from its JSON. Raises ValueError, also for a name that stands twice in an object."""
    try:
        found = json.loads(text, object_pairs_hook=distinct_names)
    except RecursionError as error:
        raise ValueError("The JSON is nested too deeply.") from error
    if isinstance(found, dict):
        return found
    raise ValueError("A bundle is a JSON object.")
