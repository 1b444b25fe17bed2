"""attestations.checkpoint: C2SP signed notes"""

import pytest

from attestations.checkpoint import Checkpoint, InvalidCheckpoint, LogKey, Verifier, parse_checkpoint

KEY = LogKey("registry.example/log", bytes(range(32)))
OTHER = LogKey("registry.example/log", bytes(32))
CHECKPOINT = Checkpoint("registry.example/log", 5, bytes(range(32)))
NOTE = KEY.sign_checkpoint(CHECKPOINT)


def test_it_works():
    assert NOTE.startswith(
        "registry.example/log\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— registry.example/log "
    )
    assert KEY.verifier.open(NOTE) == CHECKPOINT


def test_a_note_of_the_go_implementation():
    """The example of Go's golang.org/x/mod/sumdb/note, whose keys and notes these are."""
    verifier = Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    with pytest.raises(InvalidCheckpoint, match="origin, size"):
        # The signature holds; what it signs is no checkpoint.
        verifier.open(f"{text}\n— PeterNeumann {signature}\n")
    with pytest.raises(InvalidCheckpoint, match="not signed"):
        verifier.open(f"{text.replace('answer', 'problem')}\n— PeterNeumann {signature}\n")


def test_other_signatures_are_passed_over():
    witness = OTHER.sign_checkpoint(CHECKPOINT).split("\n\n")[1].replace("registry.example/log ", "witness.example ")
    head, own = NOTE.split("\n\n")
    assert KEY.verifier.open(f"{head}\n\n{witness}{own}") == CHECKPOINT


def test_the_same_is_the_same():
    assert KEY.sign_checkpoint(CHECKPOINT) == NOTE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n5\n", "\n6\n"),
        lambda note: note.replace("registry", "other"),
        lambda note: note[:-1],
        lambda note: note + "x",
        lambda note: note + "x\n",
        lambda note: note[:-2] + "\r",
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("— ", "- "),
        lambda note: note.split("\n\n")[0] + "\n\n",
        lambda note: "",
        lambda note: OTHER.sign_checkpoint(CHECKPOINT),
    ],
)
def test_a_note_that_is_not_the_logs(spoil):
    with pytest.raises(InvalidCheckpoint):
        KEY.verifier.open(spoil(NOTE))


@pytest.mark.parametrize(
    "text",
    ["", "a\n1\n", "a\n01\nAA==\n", "a\n-1\nAA==\n", "a\nx\nAA==\n", "a\n1\nAA==\n", "\n1\n" + "A" * 43 + "=\n"],
)
def test_what_is_no_checkpoint(text):
    with pytest.raises(InvalidCheckpoint):
        parse_checkpoint(text)


@pytest.mark.parametrize("text", ["", "a", "a+b+c", "a+00000000+AAAA", str(KEY.verifier).replace("+", "-")])
def test_what_is_no_key(text):
    with pytest.raises(InvalidCheckpoint):
        Verifier.parse(text)
