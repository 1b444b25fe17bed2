"""Attestations verified in JavaScript, by the field's libraries and with none of our code."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from attestations.checkpoint import Checkpoint, LogKey, parse_checkpoint
from attestations.log_tree import consistency_ranges
from attestations.merkle import LEAF_TYPES, FactTree
from attestations.statement import Improvement, score_openings
from attestations.status import sign_status
from tests.attestations.test_statement import IMPROVEMENT, SECRET, side
from tests.support import bundles
from tests.support.bundles import FORGER, LOG_KEY, SIGNER, Log, make_bundle
from tests.support.improvement import make_attestation

OTHER_LOG = LogKey(LOG_KEY.name, bytes(32))
FOLDER = Path(__file__).parent.parent / "js"
UNICODE = "précision/~グラフ 😀"
MANY = {f"metric_{number}": number / 41 for number in range(40)} | {"accuracy": 0.8}


def values(metric: str, baseline: float, candidate: float) -> Improvement:
    sides = {"baseline": side("digits:1", **{metric: baseline}), "candidate": side("digits:2", **{metric: candidate})}
    return replace(IMPROVEMENT, primary_metric=metric, **sides)


VARIANTS = {
    "plain": IMPROVEMENT,
    "a metric in other letters": replace(
        IMPROVEMENT,
        primary_metric=UNICODE,
        directions={UNICODE: "higher"},
        baseline=side("digits:1", **{UNICODE: 1.5}),
        candidate=side("digits:2", **{UNICODE: 1e21}),
    ),
    "41 metrics": replace(
        IMPROVEMENT, baseline=side("digits:1", **MANY), candidate=side("digits:2", **{**MANY, "accuracy": 0.9})
    ),
    "no contributors": replace(IMPROVEMENT, shares=()),
    "lower is better": replace(IMPROVEMENT, primary_metric="rmse", counted_gain_bps=Decimal("1234.5678")),
    "percentages": values("accuracy", 80.0, 90.1),
    "scores at a half": values("accuracy", 0.12345, 0.12355),
    "a recurring gain": values("loss", -3.0, -4.0),
    "the largest gain": values("r2", -5e-324, 1e300),
    "a difference of more than 28 digits": values("r2", 1.2345678901234567e-10, 1e22),
}
CHECKS = (
    "shape", "statement", "arithmetic", "hash", "evidence_root", "zk", "typed_data", "signature", "attester",
    "checkpoint", "inclusion", "status", "revocation",
)  # fmt: skip


@pytest.fixture(scope="session")
def javascript() -> None:
    """The packages of tests/js, installed as its lock pins them."""
    # A newcomer has Python and make; CI installs Node, and must not pass without it.
    give_up: Callable[[str], Any] = pytest.fail if os.environ.get("CI") else pytest.skip
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            give_up(f"{program} is not installed: apt-get install nodejs npm")
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    with lock.open() as held:
        # Two runs of the suite do not install at once.
        fcntl.flock(held, fcntl.LOCK_EX)
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            done = subprocess.run(["npm", "ci"], cwd=FOLDER, capture_output=True, text=True, check=False)
            if done.returncode:
                give_up(f"npm ci: {done.stderr[-500:]}")


@pytest.fixture
def verify(javascript, tmp_path) -> Callable[..., list[str]]:
    """Run verify.mjs; gives the names of the checks that held, and FAIL with the first that did not."""

    def run(bundle: dict[str, Any], **more: object) -> list[str]:
        path = tmp_path / "input.json"
        given = {"bundle": bundle, "attester": SIGNER.address, "checkpoint_key": str(LOG_KEY.verifier), **more}
        path.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
        done = subprocess.run(
            ["node", FOLDER / "verify.mjs", path], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        lines = done.stdout.splitlines()
        assert done.stderr == ""
        assert done.returncode == int(lines[-1].startswith("FAIL"))
        return [line.split(":")[0].removeprefix("ok    ") for line in lines]

    return run


def bundle_of(improvement: Improvement, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(bundles, "IMPROVEMENT", improvement)
    return make_bundle()


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_works(verify, monkeypatch, variant):
    assert verify(bundle_of(VARIANTS[variant], monkeypatch)) == [*CHECKS]


def test_a_revoked_attestation_fails(verify):
    assert verify(make_bundle(revoked="A mistake — of ours"))[-1] == "FAIL  revocation"


def change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def apply(bundle: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        inner: Any = bundle
        for part in parents:
            inner = inner[int(part) if part.isdecimal() else part]
        inner[last] = value

    return apply


@pytest.mark.parametrize(
    ("tamper", "failing"),
    [
        (change("more", 1), "shape"),
        (change("statement/subject/0/name", "digits:3"), "statement"),
        (change("statement/predicate/metrics/1/delta", "-0.250"), "arithmetic"),
        (change("statement/predicate/metrics/0/candidate", "0.90"), "arithmetic"),
        (change("statement/predicate/metrics/0/direction", "lower"), "arithmetic"),
        (change("statement/predicate/primary_metric/candidate_score_bps", 9001), "arithmetic"),
        (change("statement/predicate/deltaone/gain_bps", "1000.1"), "arithmetic"),
        (change("statement/predicate/deltaone/achieved", False), "arithmetic"),
        (change("statement/predicate/counted/gain_bps", "-1"), "arithmetic"),
        (change("statement/predicate/contributors/0/weight_bps", 5001), "arithmetic"),
        (change("statement/predicate/counted/gain_bps", "501"), "hash"),
        (change("statement/predicate/more", 1), "hash"),
        (change("evidence_root", "0x" + "0" * 64), "evidence_root"),
        (change("zk/public_inputs", ["1", "2", "100", "3", "4"]), "zk"),
        (change("signature/typed_data/message/contributorsHash", "0x" + "0" * 64), "typed_data"),
        (change("signature/typed_data/domain/chainId", 2), "signature"),
        (change("log/checkpoint", OTHER_LOG.sign_checkpoint(Checkpoint(LOG_KEY.name, 5, bytes(32)))), "checkpoint"),
        (change("log/index", 3), "inclusion"),
        (change("log/inclusion_proof", []), "inclusion"),
        (change("status/warnings", ["none"]), "status"),
        (change("status/log_size", 6), "status"),
    ],
)
def test_a_changed_bundle_fails_at_the_first_false_check(verify, tamper, failing):
    bundle = make_bundle()
    tamper(bundle)
    assert verify(bundle)[-1] == f"FAIL  {failing}"


@pytest.mark.parametrize("change", [{"log_size": 4}, {"hash": "0x" + "0" * 64}])
def test_a_status_of_another_time_or_attestation_fails(verify, change):
    bundle = make_bundle()
    status = {**bundle["status"], **change}
    bundle |= {"status": status, "status_signature": sign_status(status, LOG_KEY)}
    assert verify(bundle)[-1] == "FAIL  status"


def test_a_checkpoint_may_bear_further_signatures(verify):
    bundle = make_bundle()
    text, own = bundle["log"]["checkpoint"].split("\n\n")
    *_, others = OTHER_LOG.sign_checkpoint(parse_checkpoint(f"{text}\n")).split("\n\n")
    bundle["log"]["checkpoint"] = f"{text}\n\n{others}{own}"
    assert verify(bundle) == [*CHECKS]


def test_a_stranger_is_no_attester(verify):
    assert verify(make_bundle(FORGER))[-1] == "FAIL  attester"


@pytest.mark.parametrize(("off", "outcome"), [(0, "opening"), (1, "FAIL  opening")])
@pytest.mark.parametrize("of", ["baseline", "candidate"])
def test_an_opening(verify, of, off, outcome):
    opening = score_openings(IMPROVEMENT, SECRET)[of]
    given = {"score_bps": opening.score_bps + off, "salt": str(opening.salt), "commitment": opening.commitment}
    assert verify(make_bundle(), opening=given)[-1] == outcome


@pytest.mark.parametrize(
    ("variant", "pointer"),
    [
        ("plain", "/counted/gain_bps"),
        ("plain", "/contributors/1/address"),
        ("a metric in other letters", "/primary_metric/name"),
        ("41 metrics", "/metrics/40/delta"),
        ("no contributors", "/contributors"),
    ],
)
def test_a_fact(verify, monkeypatch, variant, pointer):
    bundle = bundle_of(VARIANTS[variant], monkeypatch)
    tree = FactTree(bundle["statement"]["predicate"])
    value, proof = tree.prove(pointer)
    fact = {"pointer": pointer, "value": value, "proof": proof, "root": tree.root, "leaf_types": LEAF_TYPES}
    assert verify(bundle, fact=fact)[-1] == "fact"
    assert verify(bundle, fact={**fact, "value": "0.5"})[-1] == "FAIL  fact"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_consistency_with_a_checkpoint_that_was_kept(verify, size):
    bundle = make_bundle()
    hash_ = bytes.fromhex(bundle["hash"][2:])
    log = Log([b"\x01" * 32, b"\x02" * 32, hash_, b"\x04" * 32, b"\x05" * 32])
    proof = [log.hash(leaves).hex() for leaves in consistency_ranges(size, 5)]
    kept = LOG_KEY.sign_checkpoint(Log(log.entries[:size]).checkpoint())
    other = LOG_KEY.sign_checkpoint(Log([b"\x09" * 32] * size).checkpoint())
    assert verify(bundle, consistency={"kept": kept, "proof": proof})[-1] == "consistency"
    assert verify(bundle, consistency={"kept": other, "proof": proof})[-1] == "FAIL  consistency"
    assert verify(bundle, consistency={"kept": kept, "proof": [*proof, "0" * 64]})[-1] == "FAIL  consistency"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (lambda export: None, 0),
        (change("sig/message/recipient", FORGER.address), 1),
        (change("sig/uid", "0x" + "0" * 64), 1),
        (change("sig/domain/chainId", "2"), 1),
        (change("signer", FORGER.address), 1),
    ],
)
def test_an_export_for_eas_by_its_own_sdk(javascript, tmp_path, settings, tamper, code):
    settings.HOKUSAI_EAS_ADDRESS = "0xA1207F3BBa224E2c9c3c6D5aF63D0eb1582Ce587"
    export = Client().get(f"/api/attestations/{make_attestation().hash}?format=eas-offchain").json()
    tamper(export)
    path = tmp_path / "input.json"
    path.write_text(json.dumps({"attestation": export}))
    done = subprocess.run(["node", FOLDER / "eas.mjs", path], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr


def test_the_lock_has_hashes_and_no_addresses():
    text = (FOLDER / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    pinned = {path for path, row in packages.items() if path.startswith("node_modules/") and not row.get("link")}
    assert len(pinned) > 50
    assert {path for path in pinned if not packages[path].get("integrity", "").startswith("sha512-")} == set()
    assert "://" not in text
