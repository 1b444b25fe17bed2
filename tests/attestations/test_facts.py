"""GET /api/attestations/{hash}/proof and /openings"""

import json

import pytest
from django.test import Client

from attestations.commitments import Opening
from attestations.merkle import root_from_proof
from tests.support.improvement import make_attestation
from tests.support.problems import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def attestation():
    return make_attestation()


def prove(attestation, pointer):
    return Client().get(f"/api/attestations/{attestation.hash}/proof", {"pointer": pointer})


def openings(attestation, wallet):
    headers = wallet.headers() if wallet else {}
    return Client().get(f"/api/attestations/{attestation.hash}/openings", headers=headers)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/primary_metric/name", "accuracy"), ("/contributors/0/weight_bps", 10_000), ("/deltaone/achieved", True)],
)
def test_it_works(attestation, pointer, value):
    found = prove(attestation, pointer).json()
    assert json.loads(found["value"]) == value
    assert (found["hash"], found["leaf_types"]) == (attestation.hash, ["string", "string"])
    assert root_from_proof((pointer, found["value"]), found["proof"]) == found["root"] == attestation.evidence_root


@pytest.mark.parametrize(
    "pointer", ["", "/", "/nothing", "/contributors", "registrant", "/contributors/9/address", "\0"]
)
def test_what_is_no_single_fact(attestation, pointer):
    assert_problem(prove(attestation, pointer), 404, "no_such_fact")


def test_the_openings_are_for_registrant_and_contributors(attestation, alice, bob, carol):
    for party in (alice, bob):
        found = openings(attestation, party).json()
        commitments = attestation.statement_json["predicate"]["commitments"]
        assert (found["baseline"]["score_bps"], found["candidate"]["score_bps"]) == (8000, 9000)
        for side in ("baseline", "candidate"):
            opened = Opening(found[side]["score_bps"], int(found[side]["salt"])).commitment
            assert opened == found[side]["commitment"] == commitments[side]
            assert found[side]["opens"] is True
    assert_problem(openings(attestation, carol), 403, "not_party")
    assert_problem(openings(attestation, None), 401, "not_authenticated")


def test_not_for_an_operator_either(attestation, admin_client):
    assert_problem(admin_client.get(f"/api/attestations/{attestation.hash}/openings"), 403, "not_party")


def test_the_salt_is_nowhere_else(attestation, alice):
    salt = openings(attestation, alice).json()["candidate"]["salt"]
    for path in ("", "/verify", "/proof?pointer=/commitments/candidate"):
        answer = Client().get(f"/api/attestations/{attestation.hash}{path}").content.decode()
        assert salt not in answer
        assert f"{int(salt):x}" not in answer
