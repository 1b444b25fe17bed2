"""attestations.statement: pure, and the same for ever."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from attestations.statement import (
    ContributorShare,
    Improvement,
    VersionEvidence,
    aggregate,
    build_statement,
    primary_gain_bps,
    statement_hash,
)
from registry.canonical import canonical_bytes

VECTOR = json.loads((Path(__file__).parent.parent / "vectors" / "statement.json").read_text())

ALICE = "0x9cb3B68f99Dd49E42367Abef6F79F61E708402b9"
SECRET = bytes(range(32))
BOB = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def side(name: str, **metrics: float) -> VersionEvidence:
    return VersionEvidence(
        model_id=name,
        mlflow_run_id=f"run-of-{name}",
        artifact_digest="sha256:" + name.encode().hex().ljust(64, "0"),
        snapshot_digest="sha256:" + name.encode().hex().ljust(64, "1"),
        run_end_time="2026-01-31T12:00:00.000Z",
        metrics=metrics,
    )


IMPROVEMENT = Improvement(
    candidate=side("digits:2", accuracy=0.9, rmse=0.25),
    baseline=side("digits:1", accuracy=0.8, rmse=0.5, other=1.0),
    primary_metric="accuracy",
    directions={},
    best_before=0.85,
    counted_gain_bps=Decimal(500),
    registrant=ALICE,
    shares=(
        ContributorShare(BOB, 4_000, "0xbeef"),
        ContributorShare(ALICE, 5_000),
        ContributorShare(BOB, 1_000, "0xcafe"),
    ),
    evidence_level="mlflow_verified",
)


def test_it_works():
    statement = build_statement(IMPROVEMENT, SECRET)
    assert canonical_bytes(statement).decode() == VECTOR["canonical"]
    assert statement_hash(statement) == VECTOR["hash"]


def test_it_is_an_in_toto_statement_about_the_candidates_artifacts():
    statement = build_statement(IMPROVEMENT, SECRET)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    digest = IMPROVEMENT.candidate.artifact_digest.removeprefix("sha256:")
    assert statement["subject"] == [{"name": "digits:2", "digest": {"sha256": digest}}]


def test_shared_metrics_only_as_exact_decimals():
    rows = build_statement(IMPROVEMENT, SECRET)["predicate"]["metrics"]
    assert rows == [
        {"name": "accuracy", "direction": "higher", "baseline": "0.8", "candidate": "0.9", "delta": "0.1"},
        {"name": "rmse", "direction": "lower", "baseline": "0.5", "candidate": "0.25", "delta": "-0.25"},
    ]


@pytest.mark.parametrize(
    ("primary", "baseline", "candidate", "expected"),
    [
        ("accuracy", 0.8, 0.9, (True, 8000, 9000)),
        ("accuracy", 0.12345, 0.12355, (True, 1234, 1236)),  # 1234.5 and 1235.5: half to even
        ("accuracy", 80.0, 90.0, (False, 0, 0)),  # percentages are no proportions
        ("rmse", 0.5, 0.25, (False, 0, 0)),
    ],
)
def test_scores_in_basis_points(primary, baseline, candidate, expected):
    improvement = replace(
        IMPROVEMENT,
        primary_metric=primary,
        baseline=side("digits:1", **{primary: baseline}),
        candidate=side("digits:2", **{primary: candidate}),
    )
    row = build_statement(improvement, SECRET)["predicate"]["primary_metric"]
    assert (row["is_proportion"], row["baseline_score_bps"], row["candidate_score_bps"]) == expected


@pytest.mark.parametrize(
    ("baseline", "candidate", "achieved"), [(0.80, 0.81, True), (0.80, 0.8099, False), (0.28, 0.29, True)]
)
def test_deltaone(baseline, candidate, achieved):
    improvement = replace(
        IMPROVEMENT, baseline=side("digits:1", accuracy=baseline), candidate=side("digits:2", accuracy=candidate)
    )
    assert build_statement(improvement, SECRET)["predicate"]["deltaone"]["achieved"] is achieved


def test_contributors_are_one_row_an_address():
    assert aggregate(IMPROVEMENT.shares) == [
        {"address": BOB, "weight_bps": 5_000, "data_hashes": ["0xbeef", "0xcafe"]},
        {"address": ALICE, "weight_bps": 5_000, "data_hashes": []},
    ]


def test_the_order_of_rows_changes_nothing():
    other = replace(IMPROVEMENT, shares=tuple(reversed(IMPROVEMENT.shares)))
    assert statement_hash(build_statement(other, SECRET)) == statement_hash(build_statement(IMPROVEMENT, SECRET))


@pytest.mark.parametrize(
    "change",
    [
        {"registrant": BOB},
        {"best_before": None},
        {"counted_gain_bps": Decimal("500.0001")},
        {"evidence_level": "claimed"},
        {"candidate": replace(IMPROVEMENT.candidate, snapshot_digest="sha256:" + "2" * 64)},
        {"baseline": replace(IMPROVEMENT.baseline, run_end_time=None)},
        {"shares": (ContributorShare(BOB, 10_000),)},
    ],
)
def test_every_piece_of_evidence_is_in_the_hash(change):
    assert statement_hash(build_statement(replace(IMPROVEMENT, **change), SECRET)) != VECTOR["hash"]


def test_the_gain_of_a_lower_is_better_metric():
    assert primary_gain_bps(replace(IMPROVEMENT, primary_metric="rmse")) == 5_000
