"""docs/schemas/performance-improvement-v1.json and what attestations.statement builds."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from attestations.statement import PREDICATE_TYPE, ContributorShare, build_statement
from tests.attestations.test_statement import IMPROVEMENT, SECRET, VECTOR, side
from tests.support.stack import ROOT
from tests.support.wallets import ALICE

SCHEMA = json.loads((ROOT / "docs" / "schemas" / "performance-improvement-v1.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
STATEMENT = json.loads(VECTOR["canonical"])


def values(metric: str, baseline: float, candidate: float, **more: Any) -> dict[str, Any]:
    return {
        "primary_metric": metric,
        "baseline": side("digits:1", **{metric: baseline}),
        "candidate": side("digits:2", **{metric: candidate}),
        **more,
    }


def test_it_works():
    Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(STATEMENT)
    assert SCHEMA["$id"] == PREDICATE_TYPE == STATEMENT["predicateType"]


@pytest.mark.parametrize(
    "variant",
    [
        {"shares": ()},
        {"shares": (ContributorShare(ALICE.address, 10_000, "ipfs://…"),)},
        {"best_before": None, "counted_gain_bps": Decimal(0)},
        {"best_before": -0.0, "counted_gain_bps": Decimal("0.0001")},
        {"primary_metric": "rmse"},
        {"baseline": replace(IMPROVEMENT.baseline, run_end_time=None)},
        {"candidate": replace(IMPROVEMENT.candidate, run_end_time="99999999999999999 ms")},
        values("accuracy", 80.0, 90.0),
        values("accuracy", 0.12345, 0.12355),
        values("rmse", 5e-324, 0.0),
        values("r2", -1e300, 1e300, counted_gain_bps=Decimal(10) ** 12),
        values("qualité 😀/~", 1e21, 1.5e21, directions={"qualité 😀/~": "higher"}),
    ],
    ids=lambda variant: next(iter(variant)),
)
def test_what_is_built_is_valid(variant):
    VALIDATOR.validate(build_statement(replace(IMPROVEMENT, **variant), SECRET))


#: A JSON pointer (RFC 6901) into the vector's statement, and values that may not stand there.
BROKEN: list[tuple[str, list[object]]] = [
    ("/_type", ["https://in-toto.io/Statement/v0.1"]),
    ("/predicateType", ["https://hokus.ai/attestations/performance-improvement/v2"]),
    ("/subject", [[], [STATEMENT["subject"][0]] * 2, {}]),
    ("/subject/0/name", ["digits", "digits:0", "digits:latest", " digits:1", "dig/its:1", ":1"]),
    ("/subject/0/digest/sha256", ["sha256:" + "0" * 64, "0" * 63, "A" * 64]),
    ("/predicate/attestation_type", ["performance_regression"]),
    ("/predicate/candidate/artifact_digest", ["0" * 64, "sha256:" + "0" * 65, "sha256:" + "F" * 64, ""]),
    ("/predicate/baseline/snapshot_digest", [None]),
    ("/predicate/baseline/mlflow_run_id", ["", "x" * 65, 1]),
    ("/predicate/baseline/run_end_time", ["2026-01-31T12:00:00Z", "2026-01-31", 1_700_000_000_000]),
    ("/predicate/metrics", [[]]),
    ("/predicate/metrics/0/name", ["", "m" * 251]),
    ("/predicate/metrics/0/direction", ["up"]),
    (
        "/predicate/metrics/0/delta",
        [0.1, "+0.1", "0.10", "1.50", ".1", "1.", "1e-1", "-0", "-0.0", "00.1", "01", "NaN", "1,5", ""],
    ),
    ("/predicate/primary_metric/direction", [None]),
    ("/predicate/primary_metric/is_proportion", ["true", 1, False]),
    ("/predicate/primary_metric/baseline_score_bps", [-1, 10_001, 8000.5, "8000"]),
    ("/predicate/counted/best_verified_before", ["0.850", 0.85]),
    ("/predicate/counted/gain_bps", ["-1", "0.00001", "10000000000000", None, 500]),
    ("/predicate/deltaone/gain_bps", [None, "0", "-100"]),
    ("/predicate/deltaone/achieved", [None]),
    ("/predicate/commitments/scheme", ["poseidon"]),
    ("/predicate/commitments/baseline", ["0x" + "0" * 63, "0x" + "A" * 64, "0" * 64]),
    ("/predicate/policy/deltaone_threshold_bps", [0, "100"]),
    ("/predicate/policy/evidence", ["none"]),
    ("/predicate/contributors", [None, [STATEMENT["predicate"]["contributors"][0]] * 101]),
    ("/predicate/contributors/0/address", ["0x" + "0" * 39, "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "alice.eth"]),
    ("/predicate/contributors/0/weight_bps", [0, 10_001, "5000"]),
    ("/predicate/contributors/0/data_hashes", [None, [""], ["0xbeef", "0xbeef"]]),
    ("/predicate/registrant", [None, ""]),
    ("/predicate/evidence_level", ["claimed"]),
]


def at(document: Any, pointer: str) -> tuple[Any, Any]:
    """What holds the value that a pointer leads to, and the value's place in it."""
    *parents, last = pointer.split("/")[1:]
    for part in parents:
        document = document[int(part) if isinstance(document, list) else part]
    return document, last


@pytest.mark.parametrize(("pointer", "value"), [(pointer, value) for pointer, row in BROKEN for value in row])
def test_what_is_broken_is_refused(pointer, value):
    statement = deepcopy(STATEMENT)
    holder, place = at(statement, pointer)
    holder[place] = value
    assert not VALIDATOR.is_valid(statement)


def objects(document: Any, pointer: str = "") -> Iterator[str]:
    """The pointer to every object of a document."""
    if isinstance(document, dict):
        yield pointer
    rows = enumerate(document) if isinstance(document, list) else document.items() if isinstance(document, dict) else ()
    for name, inner in rows:
        yield from objects(inner, f"{pointer}/{name}")


@pytest.mark.parametrize("pointer", [*objects(STATEMENT)])
def test_every_object_has_its_names_and_no_other(pointer):
    names, _ = at(STATEMENT, f"{pointer}/")
    for name in names:
        statement = deepcopy(STATEMENT)
        del at(statement, f"{pointer}/")[0][name]
        assert not VALIDATOR.is_valid(statement)
    statement = deepcopy(STATEMENT)
    at(statement, f"{pointer}/")[0]["more"] = 1
    assert not VALIDATOR.is_valid(statement)
