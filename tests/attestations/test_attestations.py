"""GET /api/attestations, /{hash} and /{hash}/verify"""

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client

from attestations.bundle import bundle
from attestations.models import Attestation
from attestations.services.revocation import revoke_attestation
from registry.append_only import AppendOnlyViolation
from registry.models import ModelVersion
from tests.support.improvement import attest, make_attestation
from tests.support.intruder import unprotect_rows

pytestmark = pytest.mark.django_db


def test_it_works():
    attestation = make_attestation()
    bundle = Client().get(f"/api/attestations/{attestation.hash}").json()
    assert bundle["hash"] == attestation.hash
    assert bundle["statement"]["predicate"]["primary_metric"]["name"] == "accuracy"
    assert bundle["status"]["warnings"] == []


def test_verify_says_each_check():
    answer = Client().get(f"/api/attestations/{make_attestation().hash}/verify").json()
    assert answer["valid"] is True
    names = [check["name"] for check in answer["checks"]]
    assert names == [
        "shape", "statement", "arithmetic", "hash", "evidence_root", "zk", "typed_data", "signature", "attester",
        "checkpoint", "inclusion", "status", "revocation",
    ]  # fmt: skip


def test_verify_finds_a_forged_signature():
    attestation = make_attestation()
    unprotect_rows(connection, ["attestations_attestation"])
    QuerySet(Attestation).update(signature="0x" + "11" * 64 + "1b")
    answer = Client().get(f"/api/attestations/{attestation.hash}/verify").json()
    assert answer["valid"] is False
    assert answer["checks"][-1]["ok"] is False


@pytest.mark.parametrize("suffix", ["", "/verify", "/proof?pointer=/registrant"])
@pytest.mark.parametrize("hash_", ["0x" + "0" * 64, "0x0", "%00", "x" * 300])
def test_an_unknown_hash_is_404(hash_, suffix):
    response = Client().get(f"/api/attestations/{hash_}{suffix}")
    assert (response.status_code, response.json()["code"]) == (404, "attestation_not_found")


def test_an_unknown_request_is_404():
    response = Client().get("/api/attestations/requests/00000000-0000-0000-0000-000000000000")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_the_list_is_newest_first_and_filtered():
    first, second = make_attestation("one"), make_attestation("two")
    hashes = [row["hash"] for row in Client().get("/api/attestations").json()["results"]]
    assert hashes == [second.hash, first.hash]
    only = Client().get("/api/attestations", {"model_id": first.candidate.model_id}).json()["results"]
    assert [row["hash"] for row in only] == [first.hash]


def test_the_list_costs_the_same_for_more_rows(django_assert_num_queries):
    make_attestation("one")
    with django_assert_num_queries(1):
        Client().get("/api/attestations")
    for number in range(8):
        make_attestation(f"more {number}")
    with django_assert_num_queries(1):
        Client().get("/api/attestations")


def test_a_withdrawn_version_warns():
    attestation = make_attestation()
    ModelVersion.objects.filter(pk=attestation.candidate_id).update(withdrawn_at=attestation.issued_at)
    warnings = Client().get(f"/api/attestations/{attestation.hash}").json()["status"]["warnings"]
    assert "withdrawn" in warnings[0]


def test_an_attestation_is_never_changed():
    attestation = make_attestation()
    attestation.signature = "0x"
    with pytest.raises(AppendOnlyViolation):
        attestation.save()
    with pytest.raises(AppendOnlyViolation):
        Attestation.objects.all().delete()
    with pytest.raises(AppendOnlyViolation):
        Attestation.objects.update(hash="0x")


@pytest.mark.parametrize("what", ["revoked", "superseded"])
def test_a_status_tells_all_that_its_size_of_the_log_holds(what, monkeypatch):
    """The attestation was read, and then something became of it, and then the status was signed."""
    read = Attestation.objects.for_bundle().get(pk=make_attestation().pk)
    assert (read.supersedes, hasattr(read, "revocation"), hasattr(read, "superseded_by")) == (None, False, False)
    if what == "revoked":
        revoke_attestation(attestation=make_known(read), reason="stolen", operator="x")
    else:
        monkeypatch.setattr("attestations.statement.DELTAONE_THRESHOLD_BPS", 200)
        attest(read.candidate, read.baseline)
    status = bundle(read)["status"]
    assert status["log_size"] == 2
    assert (status["revocation"] is not None) == (what == "revoked")
    assert (status["superseded_by"] is not None) == (what == "superseded")


def make_known(attestation):
    return Attestation.objects.get(pk=attestation.pk)


def test_what_came_after_its_size_is_not_told_of(monkeypatch):
    attestation = make_attestation()
    revoke_attestation(attestation=attestation, reason="stolen", operator="x")
    monkeypatch.setattr("attestations.bundle.log_size", lambda: 1)
    assert bundle(make_known(attestation))["status"]["revocation"] is None
