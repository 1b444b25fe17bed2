"""GET /api/log/checkpoint, /inclusion, /consistency, /entries"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from attestations.keyring import log_key
from attestations.log_tree import is_consistent, leaf_hash, root_from_inclusion
from attestations.models import LogEntry
from attestations.services.log import append_entry, lock_log
from tests.support.improvement import make_attestation
from tests.support.problems import assert_problem

pytestmark = pytest.mark.django_db


def get(path, **fields):
    return Client().get(f"/api/log/{path}", fields)


def checkpoint():
    return log_key().verifier.open(get("checkpoint").content.decode())


def grow(count):
    return [make_attestation(f"model {number}") for number in range(count)]


def test_it_works():
    made = grow(5)
    found = checkpoint()
    assert (found.origin, found.size) == ("localhost/hokusai-log", 5)
    for index, attestation in enumerate(made):
        answer = get("inclusion", hash=attestation.hash).json()
        assert (answer["index"], answer["size"], answer["kind"]) == (index, 5, "attestation")
        assert answer["logged_at"].endswith("Z")
        proof = [bytes.fromhex(digest) for digest in answer["proof"]]
        leaf = leaf_hash(bytes.fromhex(attestation.hash[2:]))
        assert root_from_inclusion(leaf, index, 5, proof) == found.root == bytes.fromhex(answer["root"])


def test_the_empty_log():
    assert checkpoint().size == 0
    assert get("entries").json()["results"] == []


def test_a_checkpoint_is_plain_text_that_nobody_keeps_for_long():
    response = get("checkpoint")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"


def test_what_was_kept_has_grown():
    grow(3)
    kept = checkpoint()
    for number in range(4):
        make_attestation(f"later {number}")
        now = checkpoint()
        answer = get("consistency", first=kept.size, second=now.size).json()
        proof = [bytes.fromhex(digest) for digest in answer["proof"]]
        assert is_consistent(kept.size, kept.root, now.size, now.root, proof)
        assert not is_consistent(kept.size, now.root, now.size, now.root, proof)


def test_an_earlier_size():
    first, _, third = grow(3)
    assert get("inclusion", hash=first.hash, size=1).json()["proof"] == []
    assert_problem(get("inclusion", hash=third.hash, size=2), 404, "not_logged")


def test_entries_are_oldest_first_and_enough_to_compute_the_root():
    made = grow(3)
    rows = get("entries").json()["results"]
    assert [row["index"] for row in rows] == [0, 1, 2]
    assert [f"0x{row['leaf_data']}" for row in rows] == [row["attestation"] for row in rows] == [a.hash for a in made]
    page = get("entries", page_size=2).json()
    assert len(Client().get(page["next"]).json()["results"]) == 1


@pytest.mark.parametrize(
    ("path", "fields", "status", "code"),
    [
        ("inclusion", {}, 404, "not_logged"),
        ("inclusion", {"hash": "0x" + "0" * 64}, 404, "not_logged"),
        ("inclusion", {"hash": "\0"}, 404, "not_logged"),
        ("inclusion", {"hash": "x", "size": "one"}, 400, "invalid"),
        ("consistency", {}, 400, "invalid"),
        ("consistency", {"first": 0, "second": 1}, 400, "invalid"),
        ("consistency", {"first": 2, "second": 1}, 400, "invalid"),
        ("consistency", {"first": 1, "second": 9}, 400, "invalid"),
        ("consistency", {"first": "-1", "second": 1}, 400, "invalid"),
        ("consistency", {"first": 2**48, "second": 2**48 + 1}, 400, "invalid"),
        ("consistency", {"first": 9, "second": 9}, 400, "invalid"),
        ("consistency", {"first": "1" * 20, "second": 1}, 400, "invalid"),
    ],
)
def test_what_cannot_be_proved(path, fields, status, code):
    grow(2)
    assert_problem(get(path, **fields), status, code)


def test_a_size_that_the_log_never_had():
    made = grow(2)
    assert_problem(get("inclusion", hash=made[0].hash, size=3), 400, "invalid")


@pytest.mark.parametrize("path", ["checkpoint", "inclusion", "consistency"])
def test_a_proof_costs_the_same_for_a_longer_log(path, django_assert_num_queries):
    attestation = grow(2)[0]

    def ask(size):
        return get(path, hash=attestation.hash, size=size, first=1, second=size)

    queries = {"checkpoint": 2, "inclusion": 4, "consistency": 2}[path]
    with django_assert_num_queries(queries):
        assert ask(2).status_code == 200
    grow_log(200, attestation)
    with django_assert_num_queries(queries):
        assert ask(200).status_code == 200


def grow_log(size, attestation):
    """Entries that are of nothing: the tree does not know what its leaves are."""
    for number in range(LogEntry.objects.count(), size):
        append_entry(lock_log(), attestation=attestation, kind=f"test {number}", leaf_data=number.to_bytes(32, "big"))


def test_times_in_the_log_never_go_back():
    """Whatever the clock of the process says that appends next."""
    attestation = make_attestation()
    later = timezone.now() + timedelta(hours=1)
    head = lock_log()
    head.logged_at = later
    entry = append_entry(head, attestation=attestation, kind="test", leaf_data=b"\1" * 32)
    assert entry.logged_at == later
    assert lock_log().logged_at == later
