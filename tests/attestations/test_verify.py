"""attestations.verify: what a stranger runs offline"""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attestations.checkpoint import Verifier
from attestations.eip712 import Domain
from attestations.log_tree import consistency_ranges
from attestations.verification import Trust, read_bundle, run_checks
from attestations.verify import main
from tests.support.bundles import FORGER, LOG_KEY, SIGNER, TRUST, Log, make_bundle

ROOT = Path(__file__).parent.parent.parent
ALL = [
    "shape", "statement", "arithmetic", "hash", "evidence_root", "zk", "typed_data", "signature", "attester",
    "checkpoint", "inclusion", "status", "revocation",
]  # fmt: skip
BUNDLE = make_bundle()
TEXT = json.dumps(BUNDLE, ensure_ascii=False, separators=(",", ":")).encode()


def results(bundle: object, trust: Trust = TRUST) -> list[tuple[str, bool]]:
    return [(check.name, check.ok) for check in run_checks(bundle, trust)]


def test_it_works():
    assert results(BUNDLE) == [(name, True) for name in ALL]


def test_without_a_log_key_the_log_is_not_checked():
    assert results(BUNDLE, Trust(TRUST.attesters)) == [(name, True) for name in ALL[:9]]


def change(path: str, value: object):
    def apply(bundle: dict) -> None:
        *parents, last = path.split("/")
        for part in parents:
            bundle = bundle[int(part) if part.isdecimal() else part]
        bundle[int(last) if isinstance(bundle, list) else last] = value

    return apply


@pytest.mark.parametrize(
    ("tamper", "failing"),
    [
        (lambda bundle: bundle.pop("zk"), "shape"),
        (change("note", "more"), "shape"),
        (change("log/note", "more"), "shape"),
        (change("statement/_type", "https://in-toto.io/Statement/v0.1"), "statement"),
        (change("statement/subject/0/name", "digits:3"), "statement"),
        (change("statement/subject/0/digest/sha256", "0" * 64), "statement"),
        (change("statement/predicate/metrics/0/delta", "0.2"), "arithmetic"),
        (change("statement/predicate/metrics/0/candidate", "0.90"), "arithmetic"),
        (change("statement/predicate/primary_metric/candidate_score_bps", 9001), "arithmetic"),
        (change("statement/predicate/deltaone/achieved", False), "arithmetic"),
        (change("statement/predicate/policy/direction", "lower"), "arithmetic"),
        (change("statement/predicate/contributors/0/weight_bps", 5001), "arithmetic"),
        (change("statement/predicate/counted/gain_bps", "-1"), "arithmetic"),
        (change("statement/predicate/registrant", FORGER.address), "hash"),
        (change("statement/predicate/counted/gain_bps", "501"), "arithmetic"),
        (change("statement/predicate/counted/best_verified_before", None), "arithmetic"),
        (change("statement/predicate/counted/best_verified_before", "0.95"), "arithmetic"),
        (change("statement/predicate/counted/gain_bps", "0"), "hash"),
        (change("statement/predicate/policy/evidence", "none"), "hash"),
        (change("hash", "0x" + "0" * 64), "hash"),
        (change("evidence_root", "0x" + "0" * 64), "evidence_root"),
        (change("zk/public_inputs/2", "101"), "zk"),
        (change("signature/typed_data/message/candidateValue", "0.99"), "typed_data"),
        (change("signature/typed_data/types/PerformanceImprovement/0/type", "string"), "typed_data"),
        (change("signature/typed_data/domain/chainId", 2), "signature"),
        (change("signature/typed_data/domain/name", "Other"), "signature"),
        (change("signature/typed_data/domain/chainId", True), "typed_data"),
        (change("signature/typed_data/domain/chainId", "1"), "typed_data"),
        (change("signature/typed_data/message/candidateScoreBps", "9000"), "typed_data"),
        (change("signature/signature", "0x" + "00" * 65), "signature"),
        (change("signature/signature", BUNDLE["signature"]["signature"].upper()), "signature"),
        (change("signature/signature", BUNDLE["signature"]["signature"][2:]), "signature"),
        (change("statement/predicate/metrics/0/name", "\ud800"), "arithmetic"),
        (change("statement/predicate/metrics/0/candidate", "Infinity"), "arithmetic"),
        (change("statement/predicate/commitments/scheme", "none"), "hash"),
        (lambda bundle: bundle["statement"]["predicate"].update({"x" * 9_999: [0] * 999}), "hash"),
        (change("signature/signer", FORGER.address), "signature"),
        (change("log/checkpoint", BUNDLE["log"]["checkpoint"].replace("\n5\n", "\n6\n")), "checkpoint"),
        (change("log/checkpoint", ""), "checkpoint"),
        (change("log/index", 3), "inclusion"),
        (change("log/index", 2.0), "inclusion"),
        (change("log/index", "2"), "inclusion"),
        (change("log/inclusion_proof", BUNDLE["log"]["inclusion_proof"][:-1]), "inclusion"),
        (change("log/inclusion_proof", [*BUNDLE["log"]["inclusion_proof"], "00" * 32]), "inclusion"),
        (change("status/superseded_by", "0x" + "1" * 64), "status"),
        (change("status/warnings", ["x"]), "status"),
        (change("status_signature", "AAAA"), "status"),
    ],
)
def test_a_changed_bundle_fails_at_the_first_false_check(tamper, failing):
    bundle = copy.deepcopy(BUNDLE)
    tamper(bundle)
    found = results(bundle)
    assert found[-1] == (failing, False)
    assert all(ok for _, ok in found[:-1])


@settings(max_examples=600)
@given(position=st.integers(0, len(TEXT) - 1), byte=st.integers(0, 255))
def test_any_byte_that_is_changed_is_caught(position, byte):
    """In the JSON as the registry serves it, with no white space: nothing in it is outside of all checks."""
    changed = TEXT[:position] + bytes([byte]) + TEXT[position + 1 :]
    try:
        bundle = read_bundle(changed.decode())
    except ValueError:
        return
    assert (changed == TEXT) == all(ok for _, ok in results(bundle))


def test_what_a_check_says_can_always_be_written():
    bundle = copy.deepcopy(BUNDLE)
    bundle["statement"]["predicate"]["metrics"][0]["name"] = "\ud800\x1b[2J\n"
    assert all(check.detail.isprintable() for check in run_checks(bundle, TRUST))


def test_a_bundle_signed_by_a_stranger_fails():
    assert results(make_bundle(FORGER))[-1] == ("attester", False)


def test_another_domain_is_the_verifiers_to_judge_by_its_attester():
    assert all(ok for _, ok in results(make_bundle(domain=Domain("Hokusai Registry", "2", 8453))))


def test_a_revoked_attestation_is_not_valid():
    last = list(run_checks(make_bundle(revoked="stolen data"), TRUST))[-1]
    assert (last.name, last.ok) == ("revocation", False)
    assert "stolen data" in last.detail


def test_a_revocation_that_the_log_has_not_is_a_fault_of_its_own():
    bundle = make_bundle(revoked="stolen data")
    bundle["status"]["revocation"]["log_index"] = 3
    names = dict(results(bundle))
    assert names["status"] is False


@pytest.mark.parametrize(
    "bundle",
    [{}, [], None, "x", 7, {"statement": {}}, {**BUNDLE, "statement": {"subject": []}}, {**BUNDLE, "log": None}],
)
def test_a_malformed_bundle_fails_and_raises_nothing(bundle):
    assert results(bundle)[-1][1] is False


def test_a_name_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        read_bundle('{"hash": "0x1", "hash": "0x2"}')


# --- The command ------------------------------------------------------------------------------------


def test_what_nobody_signed_is_not_printed(tmp_path, capsys):
    """Without the log's key the status is anybody's text, and a terminal obeys some of it."""
    path = tmp_path / "bundle.json"
    for status in ({**BUNDLE["status"], "warnings": ["\x1b[2J all is well"]}, None):
        path.write_text(json.dumps({**BUNDLE, "status": status}))
        assert main([str(path), "--attester", SIGNER.address]) == 0
        output = capsys.readouterr().out
        assert "all is well" not in output
        assert "\x1b" not in output


def test_a_check_that_fails_tells_in_plain_text(tmp_path, capsys):
    path = tmp_path / "bundle.json"
    bundle = copy.deepcopy(BUNDLE)
    bundle["signature"]["signer"] = "\x1b[2J"
    path.write_text(json.dumps(bundle))
    assert main([str(path), "--attester", SIGNER.address]) == 1
    assert "\x1b" not in capsys.readouterr().out


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "bundle.json"
    path.write_bytes(TEXT)
    return path


def test_the_command_prints_each_check(path, capsys):
    assert main([str(path), "--attester", SIGNER.address, "--checkpoint-key", str(LOG_KEY.verifier)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1].rstrip(":") for line in lines] == ALL
    assert {line[:4] for line in lines} == {"ok  "}


def test_the_command_says_what_it_did_not_check(path, capsys):
    assert main([str(path), "--attester", SIGNER.address]) == 0
    assert "not checked" in capsys.readouterr().out.splitlines()[-1]


def test_the_command_fails_for_an_attester_that_is_not_trusted(path, capsys):
    assert main([str(path), "--attester", FORGER.address]) == 1
    assert "is not an attester you trust" in capsys.readouterr().out.splitlines()[-1]


def test_an_attester_is_named_in_any_spelling_but_a_wrong_one(path):
    assert main([str(path), "--attester", SIGNER.address.lower()]) == 0
    with pytest.raises(SystemExit):
        main([str(path), "--attester", "0xzz"])


@pytest.mark.parametrize("key", ["x", "a+00000000+AAAA", str(LOG_KEY.verifier)[:-2]])
def test_a_checkpoint_key_that_is_none(path, key):
    with pytest.raises(SystemExit):
        main([str(path), "--attester", SIGNER.address, "--checkpoint-key", key])


@pytest.mark.parametrize("content", [None, "{", b"\xff", '{"a":1,"a":1}', "[1]", "5", "null", "[" * 100_000])
def test_a_file_that_is_none_is_told_of(tmp_path, capsys, content):
    path = tmp_path / "bundle.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SystemExit):
        main([str(path), "--attester", SIGNER.address])
    assert "bundle.json" in capsys.readouterr().err


LOG = Log([b"\x01" * 32, b"\x02" * 32, bytes.fromhex(BUNDLE["hash"][2:]), b"\x04" * 32, b"\x05" * 32])


def kept(tmp_path, entries, proof):
    note, answer = tmp_path / "kept.note", tmp_path / "consistency.json"
    note.write_text(LOG_KEY.sign_checkpoint(Log(entries).checkpoint()))
    answer.write_text(json.dumps({"proof": [digest.hex() for digest in proof]}))
    return ["--checkpoint", str(note), "--consistency", str(answer)]


def with_kept(path, arguments):
    key = ["--checkpoint-key", str(LOG_KEY.verifier)]
    return main([str(path), "--attester", SIGNER.address, *key, *arguments])


def test_a_checkpoint_that_was_kept(path, tmp_path, capsys):
    proof = [LOG.hash(leaves) for leaves in consistency_ranges(3, 5)]
    assert with_kept(path, kept(tmp_path, LOG.entries[:3], proof)) == 0
    assert "ok    consistency" in capsys.readouterr().out


@pytest.mark.parametrize(
    "entries",
    [[b"\x09" * 32, *LOG.entries[1:3]], LOG.entries[1:4], [*LOG.entries, b"\x06" * 32]],
    ids=["tampered", "dropped", "longer than the log"],
)
def test_a_log_that_is_another_is_caught(path, tmp_path, capsys, entries):
    proof = [LOG.hash(leaves) for leaves in consistency_ranges(3, 5)]
    assert with_kept(path, kept(tmp_path, entries, proof)) == 1
    assert "FAIL  consistency" in capsys.readouterr().out


def test_it_runs_without_django(path):
    program = (
        "import sys; sys.modules['django'] = None\n"
        "from attestations.verify import main\n"
        f"sys.exit(main([{str(path)!r}, '--attester', {SIGNER.address!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_verifier_key_reads_as_it_is_written():
    assert str(Verifier.parse(str(LOG_KEY.verifier))) == str(LOG_KEY.verifier)
