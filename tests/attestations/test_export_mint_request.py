"""GET /api/attestations/{hash}?format=mint-request: the queue's message, signed for the DeltaVerifier"""

import hashlib
import json
import math
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from jsonschema import Draft202012Validator

from attestations.eip712 import Domain, Struct
from attestations.exports import Facts
from attestations.exports import mint_request as mint
from attestations.services.revocation import revoke_attestation
from attestations.signing import KeySigner
from attestations.statement import build_statement, rfc3339
from registry.metrics import gain
from registry.models import ModelVersion
from tests.attestations.test_statement import IMPROVEMENT, SECRET, side
from tests.support.exports import DETAILS, VERIFIER, get, make_exportable, spoil, without
from tests.support.improvement import attest
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_snapshot, make_version
from tests.support.wallets import ALICE, BOB

SCHEMA = json.loads((Path(__file__).parent.parent / "vectors" / "mint_request.schema.json").read_text())
HASH = "0x" + "ab" * 32
DOMAIN = Domain("HokusaiDeltaVerifier", "1", 1, VERIFIER)


def predicate(**changes: Any) -> dict[str, Any]:
    return {
        "candidate": {"model_id": "digits:2", "artifact_digest": "sha256:" + "01" * 32},
        "baseline": {"model_id": "digits:1", "artifact_digest": "sha256:" + "02" * 32},
        "primary_metric": {
            "name": "accuracy", "direction": "higher", "is_proportion": True,
            "baseline_score_bps": 8_000, "candidate_score_bps": 9_000,
        },
        "counted": {"gain_bps": "1000"},
        "deltaone": {"gain_bps": "1000"},
        "contributors": [
            {"address": ALICE.address, "weight_bps": 4_000}, {"address": BOB.address, "weight_bps": 6_000},
        ],
        **changes,
    }  # fmt: skip


def facts(**changes: Any) -> Facts:
    logged_at = datetime(2026, 1, 31, 12, 0, 10, 999_999, tzinfo=UTC)
    return Facts(HASH, {"predicate": predicate(**changes)}, "", logged_at, DETAILS)


MESSAGE = mint.build_message(facts(), 1_800_000_000)
TYPED = mint.typed_message(MESSAGE)


@pytest.fixture(autouse=True)
def _configured(settings):
    settings.HOKUSAI_DELTA_VERIFIER_ADDRESS = VERIFIER
    settings.HOKUSAI_CHAIN_ID = 8453


def digest_by_eth_account(document: dict[str, Any]) -> bytes:
    signable = encode_typed_data(full_message=document)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


@pytest.mark.django_db
def test_it_works():
    attestation = make_exportable()
    before = int(time.time())
    response = get(attestation, "mint-request")
    assert response.status_code == 200, response.content
    body = response.json()
    Draft202012Validator(SCHEMA).validate(body)
    assert body["eval_id"] == body["attestation_hash"] == attestation.hash
    assert (body["model_id"], body["model_id_uint"]) == ("digits:2", "42")
    assert body["timestamp"] == rfc3339(attestation.log_entries.get().logged_at)
    assert before <= body["deadline"] - 5 * 24 * 3600 <= time.time()
    assert body["candidate_commitment"] == f"0x{attestation.candidate.artifact_digest.removeprefix('sha256:')}"
    assert body["baseline_commitment"] == f"0x{attestation.baseline.artifact_digest.removeprefix('sha256:')}"
    assert body["evaluation"] == {
        "metric_name": "accuracy", "metric_family": "proportion", "baseline_score_bps": 8_000, "new_score_bps": 9_000,
        "max_cost_usd_micro": 5_000_000, "actual_cost_usd_micro": 0,
    }  # fmt: skip
    assert body["contributors"] == [
        {"wallet_address": ALICE.address, "weight_bps": 4_000},
        {"wallet_address": BOB.address, "weight_bps": 6_000},
    ]
    document = mint.MINT_REQUEST.document(Domain("HokusaiDeltaVerifier", "1", 8453, VERIFIER), mint.typed_message(body))
    (signature,) = body["attester_signatures"]
    recovered = Account.recover_message(encode_typed_data(full_message=document), signature=signature)
    assert recovered == attestation.signer


@pytest.mark.parametrize(
    ("struct", "type_hash"),
    [
        (mint.ANCHORS, "a818ce6f329a6af9beb66ef1c364c448339fc3a19db33e1b65bedceba7338b54"),
        (mint.CONTRIBUTOR, "e0247088fc96442dd11534497ef414a2cf540444b61acf7195ac994bacab0f6d"),
        (mint.PAYLOAD, "1a9438f877908dd6927ea70fbaab5844c626ba3a0330847e012187e2f6a0878c"),
        (mint.MINT_REQUEST, "a5c6527224c75badcb4e1a82be04f15efd442f427924c0dd3c6c80d4ff3b2c0e"),
    ],
)
def test_the_type_hashes_are_the_contracts(struct: Struct, type_hash: str):
    assert struct.type_hash.hex() == type_hash


def test_the_digest_is_the_one_that_wallets_compute():
    document = mint.MINT_REQUEST.document(DOMAIN, TYPED)
    assert mint.MINT_REQUEST.digest(DOMAIN, TYPED) == digest_by_eth_account(document)
    assert (
        mint.MINT_REQUEST.digest(DOMAIN, TYPED).hex()
        == "82e981d1a5614ff3253c2102955151f0b9550753767320228ec70d13837a25b4"
    )


def test_the_struct_says_what_the_message_says():
    anchors = TYPED["payload"]["anchors"]
    assert TYPED["modelId"] == 42
    assert TYPED["payload"]["pipelineRunId"] == anchors["attestationHash"] == HASH
    assert anchors["benchmarkSpecHash"] == f"0x{keccak(b'digits-holdout/v1').hex()}"
    assert (anchors["metricName"], anchors["metricFamily"]) == ("accuracy", "proportion")
    assert TYPED["payload"]["totalSamples"] == 359


def test_the_idempotency_key_has_the_hashs_digits_and_no_deadline():
    expected = f"0x{hashlib.sha256(('42:' + 'ab' * 32).encode()).hexdigest()}"
    assert mint.idempotency_key("42", HASH) == mint.idempotency_key("42", HASH.upper().replace("X", "x")) == expected
    assert mint.build_message(facts(), 1)["idempotency_key"] == MESSAGE["idempotency_key"] == expected


def test_the_message_id_hangs_on_hash_and_deadline():
    assert (
        MESSAGE["message_id"]
        == mint.build_message(facts(), 1_800_000_000)["message_id"]
        == "c338fe41-a5e1-5621-b360-9877c0a1055c"
    )
    assert mint.build_message(facts(), 1_800_000_001)["message_id"] != MESSAGE["message_id"]


def test_signatures_are_in_the_order_of_their_signers():
    digest = mint.MINT_REQUEST.digest(DOMAIN, TYPED)
    signers = [KeySigner("0x" + f"{number:02x}" * 32) for number in range(1, 9)]
    ordered = mint.in_order([signer.sign_digest(digest) for signer in signers], digest)
    by_address = sorted(signers, key=lambda signer: signer.address.lower())
    assert ordered == [signer.sign_digest(digest) for signer in by_address]


@pytest.mark.parametrize(
    "changes",
    [
        {"counted": {"gain_bps": "0"}},
        {"counted": {"gain_bps": "0"}, "deltaone": {"gain_bps": "0"}},
        {"counted": {"gain_bps": "999.9999"}},
        {"counted": {"gain_bps": "500"}, "deltaone": {"gain_bps": "500.0001"}},
        {"deltaone": {"gain_bps": None}},
        # Scores that are one in basis points: the contract would see no gain.
        {"primary_metric": {**predicate()["primary_metric"], "candidate_score_bps": 8_000}},
        # The contract's head would stay, and it would take the gain a second time.
        {"baseline": predicate()["candidate"]},
    ],
)
def test_a_gain_that_does_not_count_is_no_mint(changes):
    mint.check_mintable(predicate())
    with pytest.raises(mint.GainNotCounted):
        mint.check_mintable(predicate(**changes))


@pytest.mark.parametrize("changes", [{"is_proportion": False}, {"direction": "lower"}, {"direction": None}])
def test_what_is_no_proportion_or_better_when_lower_is_no_mint(changes):
    with pytest.raises(mint.NotAProportion):
        mint.check_mintable(predicate(primary_metric={**predicate()["primary_metric"], **changes}))


@pytest.mark.parametrize("count", [0, 1, 100, 101])
def test_the_contract_takes_1_to_100_contributors(count):
    rows = [{"address": f"0x{number:040x}", "weight_bps": 1} for number in range(1, count + 1)]
    assert ("contributors" in mint.missing(facts(contributors=rows))) == (count not in (1, 100))


@pytest.mark.django_db
def test_the_zero_address_is_no_contributor():
    attestation = make_exportable(contributors={"0x" + "00" * 20: 10_000})
    problem = assert_problem(get(attestation, "mint-request"), 422, "export_incomplete")
    assert [error["field"] for error in problem["errors"]] == ["contributors"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", mint.NEEDED)
def test_each_detail_that_is_missing_is_named(name):
    attestation = make_exportable(details=without(name))
    problem = assert_problem(get(attestation, "mint-request"), 422, "export_incomplete")
    assert [error["field"] for error in problem["errors"]] == [f"export_details.{name}"]


@pytest.mark.django_db
def test_all_that_is_missing_is_named_at_once(settings):
    settings.HOKUSAI_DELTA_VERIFIER_ADDRESS = ""
    problem = assert_problem(
        get(make_exportable(details={}, contributors={}), "mint-request"), 422, "export_incomplete"
    )
    expected = ["HOKUSAI_DELTA_VERIFIER_ADDRESS", *(f"export_details.{name}" for name in mint.NEEDED), "contributors"]
    assert [error["field"] for error in problem["errors"]] == expected


@pytest.mark.django_db
def test_a_gain_over_a_baseline_that_had_dropped_is_had_once():
    """0.85, then 0.8, then 0.9: 500 basis points count, and over the one before it would be 1000."""
    model = make_model(chain_model_id="42")
    best, dropped = make_version(model, accuracy=0.85), make_version(model, accuracy=0.8)
    candidate = make_version(model, accuracy=0.9, contributors={BOB.address: 10_000}, export_details=DETAILS)
    assert_problem(get(attest(candidate, dropped), "mint-request"), 409, "gain_not_counted")
    assert get(attest(candidate, best), "mint-request").status_code == 200


@pytest.mark.django_db
def test_a_recovery_is_no_mint():
    model = make_model()
    make_version(model, accuracy=0.95)
    dropped = make_version(model, accuracy=0.8)
    candidate = make_version(model, accuracy=0.9, contributors={BOB.address: 10_000}, export_details=DETAILS)
    assert_problem(get(attest(candidate, dropped), "mint-request"), 409, "gain_not_counted")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("metric", "before", "after", "model"),
    [
        ("rmse", 0.5, 0.25, {}),
        ("accuracy", 80.0, 90.0, {}),
        ("accuracy", 0.9, 0.8, {"metric_directions": {"accuracy": "lower"}}),
    ],
)
def test_a_metric_that_is_no_proportion_is_no_mint(metric, before, after, model):
    attestation = make_exportable(before={metric: before}, after={metric: after}, primary_metric=metric, **model)
    assert_problem(get(attestation, "mint-request"), 422, "not_a_proportion")


@pytest.mark.django_db
@pytest.mark.parametrize("format_", ["", "json", "mint_request", "IN-TOTO", "in-toto "])
def test_a_format_that_there_is_not(format_):
    problem = assert_problem(get(make_exportable(), format_), 400, "invalid")
    assert "in-toto, zk-output, eas-offchain, mint-request" in problem["errors"][0]["message"]


@pytest.mark.django_db
def test_in_toto_is_what_is_given_without_a_format():
    attestation = make_exportable()
    plain = Client().get(f"/api/attestations/{attestation.hash}").json()
    assert get(attestation, "in-toto").json() == plain
    assert set(plain) >= {"hash", "statement", "signature", "log", "status"}


@pytest.mark.django_db
def test_details_are_in_no_statement():
    assert "export_details" not in make_exportable().statement


@pytest.mark.django_db
def test_two_ancestors_of_one_value_are_one_mint():
    model = make_model(chain_model_id="42")
    first, second = make_version(model, accuracy=0.8), make_version(model, accuracy=0.8)
    candidate = make_version(model, accuracy=0.9, contributors={BOB.address: 10_000}, export_details=DETAILS)
    over_first, over_second = attest(candidate, first), attest(candidate, second)
    assert get(over_first, "mint-request").status_code == 200
    assert over_first.hash in assert_problem(get(over_second, "mint-request"), 409, "gain_not_counted")["detail"]
    # Whoever revokes one means the gain.
    revoke_attestation(attestation=over_first, reason="stolen", operator="x")
    assert_problem(get(over_second, "mint-request"), 409, "revoked")


@pytest.mark.django_db
def test_a_copy_is_not_minted_beside_what_was_attested():
    """The copy was verified first, while nothing was known of what its model had before; then it is known."""
    artifact = "sha256:" + "c0" * 32
    copied = make_model("copied", chain_model_id="7")
    start = make_version(copied, accuracy=0.1, verification="pending")
    copy = make_version(
        copied, accuracy=0.9, contributors={BOB.address: 10_000}, export_details=DETAILS, artifact_digest=artifact
    )
    own = make_model("own", chain_model_id="42")
    baseline = make_version(own, accuracy=0.8)
    candidate = make_version(
        own, accuracy=0.9, contributors={BOB.address: 10_000}, export_details=DETAILS, artifact_digest=artifact
    )
    attested = attest(candidate, baseline)
    assert get(attested, "mint-request").status_code == 200
    snapshot = make_snapshot(start, start.metrics)
    spoil(
        start,
        verification="verified",
        verified_at=timezone.now(),
        snapshot=snapshot,
        artifact_digest=snapshot.artifact_digest,
    )
    late = attest(copy, ModelVersion.objects.for_detail().get(pk=start.pk))
    assert late.statement_json["predicate"]["counted"]["gain_bps"] == "0"
    assert_problem(get(late, "mint-request"), 409, "gain_not_counted")
    assert get(attested, "mint-request").status_code == 200


@pytest.mark.parametrize(
    ("before", "after", "minted"),
    [(0.80004, 0.8001, False), (0.80005, 0.80995, False), (0.80006, 0.80996, True), (0.91234, 0.95678, True)],
)
def test_scores_are_rounded_and_gains_are_not(before, after, minted):
    """Each score by itself: they may differ by one basis point more than was gained, and never by one for nothing."""
    improvement = replace(
        IMPROVEMENT,
        baseline=side("digits:1", accuracy=before),
        candidate=side("digits:2", accuracy=after),
        best_before=before,
        counted_gain_bps=gain("accuracy", "higher", baseline=before, candidate=after).bps,
    )
    predicate = build_statement(improvement, SECRET)["predicate"]
    scores = predicate["primary_metric"]
    difference = scores["candidate_score_bps"] - scores["baseline_score_bps"]
    try:
        mint.check_mintable(predicate)
    except mint.GainNotCounted:
        assert not minted
        return
    assert minted
    assert difference <= math.ceil(Decimal(predicate["counted"]["gain_bps"]))
