"""The contract of docs/attestation-format.md: compiled by solc, and called in an EVM."""

import json
import re
import subprocess
from typing import Any

import pytest

from attestations.eip712 import Domain
from attestations.merkle import FactTree
from attestations.signing import IMPROVEMENT as STRUCT
from tests.attestations import test_javascript
from tests.attestations.test_format_document import section
from tests.attestations.test_javascript import FOLDER, VARIANTS, bundle_of
from tests.support.bundles import DOMAIN, FORGER, SIGNER, make_bundle

javascript = test_javascript.javascript

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ZERO = "0x" + "0" * 64


def call_of(bundle: dict[str, Any], pointer: str = "/evidence_level") -> dict[str, Any]:
    """What somebody gives to the contract: the struct, its signature, and a fact."""
    value, proof = FactTree(bundle["statement"]["predicate"]).prove(pointer)
    signed = bundle["signature"]
    message = signed["typed_data"]["message"]
    return {"message": message, "signature": signed["signature"], "pointer": pointer, "value": value, "proof": proof}


def other(kind: str, value: Any) -> Any:
    """Another value of a Solidity type."""
    others = {"bytes32": ZERO, "address": FORGER.address, "string": f"{value}0"}
    return others[kind] if kind in others else value + 1


def malleable(signature: str) -> str:
    """The same signature with a high s, which ecrecover takes too."""
    r, s, v = signature[2:66], int(signature[66:130], 16), int(signature[130:], 16)
    return f"0x{r}{ORDER - s:064x}{27 + 28 - v:x}"


BUNDLE = make_bundle()
CALL = call_of(BUNDLE)
MESSAGE, SIGNATURE, PROOF = CALL["message"], CALL["signature"], CALL["proof"]
ELSEWHERE = call_of(BUNDLE, "/counted/gain_bps")

ACCEPTED = {
    "the document's example": CALL,
    "a number": call_of(BUNDLE, "/primary_metric/candidate_score_bps"),
    "a text": ELSEWHERE,
}
ANOTHER_ATTESTER = {
    **{
        f"another {field}": {**CALL, "message": {**MESSAGE, field: other(kind, MESSAGE[field])}}
        for field, kind in STRUCT.fields
    },
    "a stranger's signature": call_of(make_bundle(FORGER)),
    "another chain": call_of(make_bundle(domain=Domain(DOMAIN.name, DOMAIN.version, 2))),
    "another version": call_of(make_bundle(domain=Domain(DOMAIN.name, "2", 1))),
    "another registry": call_of(make_bundle(domain=Domain("Another Registry", DOMAIN.version, 1))),
    "a contract's domain": call_of(make_bundle(domain=Domain(DOMAIN.name, DOMAIN.version, 1, SIGNER.address))),
}
NO_SUCH_FACT = {
    "another value": {**CALL, "value": '"self_reported"'},
    "a value that is not canonical": {**CALL, "value": CALL["value"].strip('"')},
    "another pointer": {**CALL, "pointer": "/attestation_type"},
    "another fact's proof": {**CALL, "proof": ELSEWHERE["proof"]},
    "a changed proof": {**CALL, "proof": [*PROOF[:-1], ZERO]},
    "a proof too short": {**CALL, "proof": PROOF[:-1]},
    "a proof too long": {**CALL, "proof": [*PROOF, ZERO]},
    "no proof": {**CALL, "proof": []},
}
BAD_SIGNATURE = {
    "ECDSAInvalidSignature": {**CALL, "signature": f"{SIGNATURE[:-2]}00"},
    "ECDSAInvalidSignatureLength": {**CALL, "signature": SIGNATURE[:-2]},
    "ECDSAInvalidSignatureS": {**CALL, "signature": malleable(SIGNATURE)},
}
CASES = {
    **{name: (call, "ok") for name, call in ACCEPTED.items()},
    **{name: (call, "AnotherAttester") for name, call in ANOTHER_ATTESTER.items()},
    **{name: (call, "NoSuchFact") for name, call in NO_SUCH_FACT.items()},
    **{error: (call, error) for error, call in BAD_SIGNATURE.items()},
}


@pytest.fixture
def answers(javascript, tmp_path):
    """Compile the document's contract, and give what it answers to each call."""

    def run(calls: list[dict[str, Any]]) -> list[str]:
        [solidity] = re.findall(r"```solidity\n(.+?)```", section("In a contract"), re.DOTALL)
        [struct] = re.findall(r"```\n(PerformanceImprovement\(.+?\))\n```", section("The signature"))
        given = {"solidity": solidity, "struct": struct, "domain": DOMAIN.as_json(), "attester": SIGNER.address}
        path = tmp_path / "input.json"
        path.write_text(json.dumps({**given, "calls": calls}))
        done = subprocess.run(
            ["node", FOLDER / "solidity.mjs", path], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        assert done.returncode == 0
        return done.stdout.splitlines()

    return run


def test_the_contract_accepts_what_is_right_and_refuses_the_rest(answers):
    found = answers([call for call, _ in CASES.values()])
    assert dict(zip(CASES, found, strict=True)) == {name: answer for name, (_, answer) in CASES.items()}


def test_it_accepts_every_attestation(answers, monkeypatch):
    calls = [call_of(bundle_of(improvement, monkeypatch), "/primary_metric/name") for improvement in VARIANTS.values()]
    assert answers(calls) == ["ok"] * len(VARIANTS)
