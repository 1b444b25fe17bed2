"""What docs/attestation-format.md says is so: its lists, its example, its names."""

import json
import re

import pytest

from attestations import verification
from attestations.checkpoint import LogKey
from attestations.eip712 import Domain
from attestations.merkle import facts_of, leaf_hash
from attestations.signing import IMPROVEMENT as STRUCT
from attestations.signing import evidence_root, improvement_message
from attestations.statement import score_openings, statement_hash
from registry.metrics import PROPORTIONS
from tests.attestations.test_statement import IMPROVEMENT, SECRET, VECTOR
from tests.support.bundles import make_bundle
from tests.support.stack import ROOT

TEXT = (ROOT / "docs" / "attestation-format.md").read_text()
STATEMENT = json.loads(VECTOR["canonical"])
PREDICATE = STATEMENT["predicate"]
MESSAGE = improvement_message(STATEMENT, statement_hash(STATEMENT), evidence_root(STATEMENT))
LEAF = leaf_hash(("/counted/gain_bps", '"500"'))
OPENING = score_openings(IMPROVEMENT, SECRET)["baseline"]


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    return [
        name for cell in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", cell)
    ]


@pytest.mark.parametrize(
    "number",
    [
        VECTOR["hash"],
        VECTOR["evidence_root"],
        VECTOR["signer"],
        f"0x{VECTOR['eip712_digest']}",
        f"0x{STRUCT.type_hash.hex()}",
        f"0x{Domain('Hokusai Registry', '1', 1).separator().hex()}",
        MESSAGE["contributorsHash"],
        f"0x{LEAF.hex()}",
        f"Poseidon({OPENING.score_bps}, {OPENING.salt}) | {PREDICATE['commitments']['baseline']}",
        str(LogKey("registry.example/log", bytes(range(32))).verifier),
        f"of {len([*facts_of(PREDICATE)])} facts",
        f"{len(VECTOR['canonical'].encode())} bytes",
    ],
)
def test_the_example(number):
    assert number in section("An example")


def test_the_checkpoint():
    assert make_bundle()["log"]["checkpoint"] in section("The log")


def test_the_struct():
    fields = ",".join(f"{kind} {name}" for name, kind in STRUCT.fields)
    assert f"\n{STRUCT.name}({fields})\n" in section("The signature")


def test_the_proportions():
    listed = section("The statement").split("Proportions: ")[1].split(".\n")[0]
    assert set(re.findall(r"`([a-z0-9_]+)`", listed)) == PROPORTIONS
    assert set(re.findall(r"[a-z0-9_]+", (ROOT / "tests" / "js" / "arithmetic.mjs").read_text())) >= PROPORTIONS


def test_every_part_of_the_bundle():
    assert [*make_bundle()] == first_cells(TEXT.split("\n## ")[0])


def test_every_field_of_the_statement():
    named = {
        word for quoted in re.findall(r"`([^`]+)`", section("The statement")) for word in re.findall(r"\w+", quoted)
    }
    assert fields_of(STATEMENT) - named == set()


def fields_of(document: object) -> set[str]:
    if isinstance(document, dict):
        return set(document).union(*map(fields_of, document.values()))
    return set().union(*map(fields_of, document)) if isinstance(document, list) else set()


def test_every_field_of_the_status():
    assert set(make_bundle()["status"]) == set(first_cells(section("The status"))) - {"status"}


def test_every_check_in_order():
    checks = [*verification._CHECKS, *verification._LOG_CHECKS, "consistency"]
    assert first_cells(section("Verifying")) == checks
