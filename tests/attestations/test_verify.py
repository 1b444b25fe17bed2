"""attestations.verify: what a stranger runs offline."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from attestations.signing import KeySigner, sign_statement, typed_data
from attestations.statement import build_statement, statement_hash
from attestations.verify import main, run_checks
from tests.attestations.test_statement import IMPROVEMENT

SIGNER = KeySigner("0x" + "11" * 32)
FORGER = KeySigner("0x" + "22" * 32)
ROOT = Path(__file__).parent.parent.parent


def make_bundle(signer: KeySigner = SIGNER, chain_id: int = 1) -> dict:
    statement = build_statement(IMPROVEMENT)
    return {
        "hash": statement_hash(statement),
        "statement": statement,
        "signature": {
            "scheme": "eip712",
            "signer": signer.address,
            "signature": sign_statement(statement, chain_id, signer),
            "typed_data": typed_data(statement, chain_id),
        },
    }


def names(bundle: object) -> list[tuple[str, bool]]:
    return [(check.name, check.ok) for check in run_checks(bundle, frozenset({SIGNER.address}))]


def test_it_works():
    checks = ["statement", "hash", "typed_data", "signature", "attester"]
    assert names(make_bundle()) == [(name, True) for name in checks]


def change(path: str, value: object):
    def apply(bundle: dict) -> None:
        *parents, last = path.split("/")
        for part in parents:
            bundle = bundle[int(part) if part.isdecimal() else part]
        bundle[last] = value

    return apply


@pytest.mark.parametrize(
    ("tamper", "failing"),
    [
        (change("statement/_type", "https://in-toto.io/Statement/v0.1"), "statement"),
        (change("statement/subject/0/name", "digits:3"), "statement"),
        (change("statement/subject/0/digest/sha256", "0" * 64), "statement"),
        (change("statement/predicate/registrant", FORGER.address), "hash"),
        (change("statement/predicate/counted/gain_bps", "501"), "hash"),
        (change("hash", "0x" + "0" * 64), "hash"),
        (change("signature/typed_data/message/candidateValue", "0.99"), "typed_data"),
        (change("signature/typed_data/domain/chainId", 2), "signature"),
        (change("signature/typed_data/domain/name", "Other"), "typed_data"),
        (change("signature/signature", "0x" + "00" * 65), "signature"),
        (change("signature/signer", FORGER.address), "signature"),
    ],
)
def test_a_changed_bundle_fails_at_the_first_false_check(tamper, failing):
    bundle = make_bundle()
    tamper(bundle)
    results = names(bundle)
    assert results[-1] == (failing, False)
    assert all(ok for _, ok in results[:-1])


def test_a_bundle_signed_by_a_stranger_fails():
    assert names(make_bundle(FORGER))[-1] == ("attester", False)


@pytest.mark.parametrize("bundle", [{}, [], None, {"statement": {}}, {"statement": {"subject": []}}])
def test_a_malformed_bundle_fails_and_raises_nothing(bundle):
    assert names(bundle)[-1] == ("statement", False)


def test_the_command_prints_each_check(tmp_path, capsys):
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(make_bundle()))
    assert main([str(path), "--attester", SIGNER.address]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in lines] == ["ok  "] * 5


def test_the_command_fails_for_an_attester_that_is_not_trusted(tmp_path, capsys):
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(make_bundle()))
    assert main([str(path), "--attester", FORGER.address]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("FAIL  attester")


def test_an_attester_is_named_in_any_spelling_but_a_wrong_one(tmp_path, capsys):
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(make_bundle()))
    assert main([str(path), "--attester", SIGNER.address.lower()]) == 0
    with pytest.raises(SystemExit):
        main([str(path), "--attester", "0xzz"])


@pytest.mark.parametrize("content", [None, "{", b"\xff"])
def test_a_file_that_is_none_is_told_of(tmp_path, capsys, content):
    path = tmp_path / "bundle.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SystemExit):
        main([str(path), "--attester", SIGNER.address])
    assert "bundle.json" in capsys.readouterr().err


def test_it_runs_without_django(tmp_path):
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(make_bundle()))
    program = (
        "import sys; sys.modules['django'] = None\n"
        "from attestations.verify import main\n"
        f"sys.exit(main([{str(path)!r}, '--attester', {SIGNER.address!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
