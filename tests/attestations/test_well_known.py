"""GET /.well-known/hokusai-attesters.json and hokusai-log.json, and keys that rotate"""

import pytest
from django.conf import settings
from django.test import Client

from attestations import keyring
from attestations.checkpoint import Verifier
from attestations.models import Attestation, AttesterKey
from attestations.services import issue
from attestations.services.attester_keys import RetiredKey
from attestations.signing import KeySigner
from tests.support.guide_calls import post
from tests.support.improvement import make_attestation

pytestmark = pytest.mark.django_db

NEW = KeySigner("0x" + "77" * 32)


def attesters():
    return Client().get("/.well-known/hokusai-attesters.json").json()["attesters"]


def valid(attestation) -> bool:
    return Client().get(f"/api/attestations/{attestation.hash}/verify").json()["valid"]


def test_it_works():
    attestation = make_attestation()
    (row,) = attesters()
    assert (row["address"], row["valid_until"]) == (attestation.signer, None)
    assert row["valid_from"].endswith("Z")


def test_the_log_says_its_key_and_size():
    make_attestation()
    found = Client().get("/.well-known/hokusai-log.json").json()
    assert (found["origin"], found["size"]) == (settings.HOKUSAI_LOG_ORIGIN, 1)
    note = Client().get("/api/log/checkpoint").content.decode()
    assert Verifier.parse(found["key"]).open(note).size == 1


def test_nothing_is_written_there():
    for path in ("/.well-known/hokusai-attesters.json", "/.well-known/hokusai-log.json"):
        assert Client().post(path).status_code == 405


def test_a_new_key_ends_the_old_and_both_are_listed(monkeypatch):
    old = make_attestation("before")
    monkeypatch.setattr(issue, "current_signer", lambda: NEW)
    new = make_attestation("after")
    assert (old.signer, new.signer) == (keyring.current_signer().address, NEW.address)
    first, second = attesters()
    assert (first["address"], first["valid_until"]) == (new.signer, None)
    assert (second["address"], second["valid_until"]) == (old.signer, first["valid_from"])
    assert valid(old)
    assert valid(new)


def test_a_key_that_was_replaced_signs_no_more(monkeypatch):
    make_attestation("before")
    monkeypatch.setattr(issue, "current_signer", lambda: NEW)
    make_attestation("after")
    monkeypatch.undo()
    with pytest.raises(RetiredKey):
        make_attestation("a worker that was not started anew")
    assert Attestation.objects.count() == 2


def test_a_signature_from_after_a_keys_end_is_not_valid():
    attestation = make_attestation()
    AttesterKey.objects.update(valid_until=attestation.issued_at)
    assert not valid(attestation)


def test_a_bundle_that_somebody_holds():
    attestation = make_attestation()
    bundle = Client().get(f"/api/attestations/{attestation.hash}").json()
    verdict = post("/api/attestations/verify", bundle, None).json()
    assert verdict["valid"] is True
    assert verdict["checks"][-1] == {"name": "registry", "ok": True, "detail": "holds now"}


@pytest.mark.parametrize("body", [{}, {"hash": 1}, {"statement": []}])
def test_a_bundle_that_is_none(body):
    verdict = post("/api/attestations/verify", body, None).json()
    assert verdict["valid"] is False
    assert verdict["checks"][-1]["ok"] is False


@pytest.mark.parametrize("body", [[], "x", None, 7])
def test_what_is_no_bundle_at_all(body):
    response = post("/api/attestations/verify", body, None)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")


def test_a_bundle_that_was_never_issued_here(monkeypatch):
    attestation = make_attestation()
    bundle = Client().get(f"/api/attestations/{attestation.hash}").json()
    monkeypatch.setattr("attestations.services.verifying.Attestation.objects", Attestation.objects.none())
    last = post("/api/attestations/verify", bundle, None).json()["checks"][-1]
    assert (last["name"], last["ok"]) == ("registry", False)
