"""manage.py verify_log: whatever is changed in the log, dropped from it or forked is found"""

import copy
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, QuerySet
from django.test import Client

from attestations.checkpoint import LogKey
from attestations.keyring import log_key
from attestations.log_tree import is_consistent
from attestations.models import Attestation, LogEntry, LogHead, LogNode, Revocation
from attestations.services.log import append_entry, current_checkpoint, lock_log
from attestations.services.revocation import revoke_attestation
from registry.row_protection import append_only_tables
from tests.support.improvement import make_attestation
from tests.support.intruder import unprotect_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def made():
    attestations = [make_attestation(f"model {number}") for number in range(5)]
    revoke_attestation(attestation=attestations[1], reason="stolen data", operator="operator")
    return attestations


@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "kept.note"
    path.write_text(log_key().sign_checkpoint(current_checkpoint()))
    return path


def verify(*arguments):
    output = StringIO()
    call_command("verify_log", *map(str, arguments), stdout=output, stderr=StringIO())
    return output.getvalue()


def faults(*arguments):
    errors = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_log", *map(str, arguments), stdout=StringIO(), stderr=errors)
    return errors.getvalue()


def test_it_works(kept):
    assert "6 entries" in verify()
    make_attestation("later")
    assert f"grown from the 6 entries of {kept}" in verify("--checkpoint", kept)


def rows(model) -> QuerySet:
    """Rows as somebody with SQL has them."""
    unprotect_rows(connection, append_only_tables(apps.get_app_config("attestations")))
    return QuerySet(model)


@pytest.mark.parametrize(
    ("intrusion", "told"),
    [
        (lambda: rows(Attestation).filter(pk=made_pk(2)).update(statement="{}"), "The statement of"),
        (lambda: rows(LogEntry).filter(index=2).update(leaf_data="00" * 32), "Entry 2 is not of the attestation"),
        (lambda: rows(LogEntry).filter(index=5).delete(), "The head says 6 entries, and there are 5"),
        (lambda: rows(LogEntry).filter(index=2).delete(), "Entry 2 is missing"),
        (lambda: rows(LogNode).filter(pk=LogNode.key(1, 0)).update(hash="00" * 32), "level 1 and index 0"),
        (lambda: rows(LogNode).filter(pk=LogNode.key(0, 3)).delete(), "level 0 and index 3"),
        (lambda: rows(LogNode).create(id=LogNode.key(9, 9), hash="00" * 32), "nodes that no entry makes"),
        (lambda: rows(LogHead).update(size=F("size") + 1), "The head says 7"),
        (lambda: rows(LogHead).update(edge=[]), "The head's hashes"),
        (lambda: rows(LogEntry).filter(index=0).update(logged_at="2100-01-01T00:00:00Z"), "logged before the one"),
        (lambda: rows(Revocation).update(document="{}"), "Entry 5 is not of the revocation"),
        (lambda: rows(Revocation).delete(), "Entry 5 is not of the revocation"),
    ],
)
def test_whatever_is_changed_is_told_of(intrusion, told):
    intrusion()
    assert told in faults()


def made_pk(index):
    return LogEntry.objects.get(index=index).attestation_id


def test_an_attestation_that_was_never_logged():
    made = Attestation.objects.get(pk=made_pk(4))
    rows(LogNode).filter(pk=LogNode.key(0, 4)).delete()
    rows(LogEntry).filter(attestation=made).delete()
    assert f"The attestation {made.hash} is not in the log" in faults()


def has_grown(kept):
    """What a stranger finds over HTTP who kept a checkpoint."""
    verifier = log_key().verifier
    old, now = verifier.open(kept.read_text()), verifier.open(Client().get("/api/log/checkpoint").content.decode())
    answer = Client().get("/api/log/consistency", {"first": old.size, "second": now.size}).json()
    proof = [bytes.fromhex(digest) for digest in answer["proof"]]
    return is_consistent(old.size, old.root, now.size, now.root, proof)


def test_a_tampered_entry_is_caught_by_whoever_kept_a_checkpoint(made, kept):
    later = make_attestation("later")
    assert has_grown(kept)
    # The intruder changes an entry, and makes every hash anew that hangs on it.
    rows(Revocation).delete()
    rebuild([made[0], made[2], made[1], *made[3:], later, make_attestation("two")])
    verify()
    assert not has_grown(kept)


def rebuild(hashes):
    """The intruder makes a log of other entries that is consistent in itself."""
    for model in (LogNode, LogEntry, LogHead):
        rows(model).delete()
    for attestation in hashes:
        append_entry(
            lock_log(),
            attestation=attestation,
            kind=LogEntry.Kind.ATTESTATION,
            leaf_data=bytes.fromhex(attestation.hash[2:]),
        )


def test_a_forked_log_is_caught_by_whoever_kept_a_checkpoint(made, kept):
    rows(Revocation).delete()
    rebuild([*reversed(made), make_attestation("one more")])
    # The fork itself is without a fault: only what was kept tells of it.
    assert "6 entries" in verify()
    assert "The first 6 entries are not those of the checkpoint that was kept" in faults("--checkpoint", kept)
    make_attestation("after the fork")
    assert not has_grown(kept)


def test_a_dropped_entry_is_caught_by_whoever_kept_a_checkpoint(made, kept):
    rows(Revocation).delete()
    rebuild(made)
    verify()
    assert "has 6 entries, and the log has 5" in faults("--checkpoint", kept)
    make_attestation("in its place")
    make_attestation("and another")
    assert not has_grown(kept)


def test_a_backdated_entry_is_caught_by_whoever_kept_a_checkpoint(made, kept):
    rows(Revocation).delete()
    late = make_attestation("late")
    rebuild([made[0], late, *made[1:]])
    assert "are not those of the checkpoint" in faults("--checkpoint", kept)
    make_attestation("after it")
    assert not has_grown(kept)


def test_with_the_public_key_alone(kept):
    """As whoever audits does it: the private key is with the web processes."""
    assert "6 entries" in verify("--checkpoint", kept, "--key", str(log_key().verifier))
    other = LogKey(log_key().name, bytes(32)).verifier
    with pytest.raises(CommandError, match="no signature"):
        call_command("verify_log", "--checkpoint", str(kept), "--key", str(other), stdout=StringIO())


@pytest.mark.parametrize("content", [None, "", "localhost/hokusai-log\n6\nAA==\n"])
def test_a_checkpoint_that_is_none(tmp_path, content):
    path = tmp_path / "kept.note"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=r"kept\.note"):
        call_command("verify_log", "--checkpoint", str(path), stdout=StringIO())


def test_a_checkpoint_of_another_log(tmp_path):
    path = tmp_path / "kept.note"
    path.write_text(LogKey(log_key().name, bytes(32)).sign_checkpoint(copy.copy(current_checkpoint())))
    with pytest.raises(CommandError, match="no signature"):
        call_command("verify_log", "--checkpoint", str(path), stdout=StringIO())
