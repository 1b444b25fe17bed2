"""GET /api/attestations/{hash}?format=eas-offchain: EAS off-chain attestations, version 2"""

from datetime import UTC, datetime

import pytest
from eth_abi import encode
from eth_abi.packed import encode_packed
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from attestations.eip712 import Domain
from attestations.exports import Facts, eas
from attestations.models import LogEntry
from attestations.signing import improvement_message
from tests.support.exports import EAS, get, make_exportable
from tests.support.problems import assert_problem
from tests.support.wallets import ALICE

#: A struct of the registry's, with what its export takes from it.
IMPROVEMENT = {
    "statementHash": "0x" + "ab" * 32,
    "evidenceRoot": "0x" + "cd" * 32,
    "candidateArtifactDigest": "0x" + "01" * 32,
    "baselineArtifactDigest": "0x" + "02" * 32,
    "metric": "accuracy",
    "baselineScoreBps": 8_000,
    "candidateScoreBps": 9_000,
    "countedGainBps": 1_000,
    "contributorsHash": "0x" + "ef" * 32,
    "registrant": "0x9cb3B68f99Dd49E42367Abef6F79F61E708402b9",
}
FACTS = Facts(IMPROVEMENT["statementHash"], {}, "", datetime(2026, 1, 31, 12, 0, 10, 999_999, tzinfo=UTC), {})
MESSAGE = eas.attest_message(FACTS, IMPROVEMENT)
DOMAIN = Domain("EAS Attestation", "0.26", 1, EAS)


@pytest.fixture(autouse=True)
def _configured(settings):
    settings.HOKUSAI_EAS_ADDRESS = EAS
    settings.HOKUSAI_CHAIN_ID = 8453


def as_typed_data(sig: dict) -> dict:
    """What eth-account's general encoder takes."""
    domain = [("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address")]
    return {
        "types": {"EIP712Domain": [{"name": name, "type": kind} for name, kind in domain], **sig["types"]},
        "primaryType": sig["primaryType"],
        "domain": {**sig["domain"], "chainId": int(sig["domain"]["chainId"])},
        "message": {name: int(v) if name in ("time", "expirationTime") else v for name, v in sig["message"].items()},
    }


@pytest.mark.django_db
def test_it_works():
    attestation = make_exportable()
    response = get(attestation, "eas-offchain")
    assert response.status_code == 200, response.content
    body = response.json()
    sig, message = body["sig"], body["sig"]["message"]
    assert set(body) == {"sig", "signer"}
    assert set(sig) == {"version", "uid", "domain", "primaryType", "types", "message", "signature"}
    assert (sig["version"], sig["primaryType"], sig["uid"]) == (2, "Attest", eas.uid(message))
    assert sig["domain"] == {
        "name": "EAS Attestation", "version": "0.26", "chainId": "8453", "verifyingContract": EAS,
    }  # fmt: skip
    logged = LogEntry.objects.get().logged_at
    assert message["time"] == str(int(logged.timestamp()))
    assert (message["recipient"], message["revocable"]) == (ALICE.address, True)
    assert (message["refUID"], message["expirationTime"]) == ("0x" + "00" * 32, "0")
    assert message["data"].startswith(attestation.hash + attestation.evidence_root[2:])
    signature = bytes.fromhex(sig["signature"]["r"][2:] + sig["signature"]["s"][2:]) + bytes([sig["signature"]["v"]])
    recovered = Account.recover_message(encode_typed_data(full_message=as_typed_data(sig)), signature=signature)
    assert recovered == body["signer"] == attestation.signer


@pytest.mark.django_db
def test_it_is_the_same_each_time():
    attestation = make_exportable()
    assert get(attestation, "eas-offchain").json() == get(attestation, "eas-offchain").json()


def test_the_known_answers():
    """Each from EAS's SDK 2.10: SchemaRegistry.getSchemaUID, Offchain.getOffchainUID, ethers' TypedDataEncoder."""
    assert eas.schema_uid() == "0x517a35b1064e7629823a0e9ca0ca5e6f14875c21aa3887d425458b4c2d29f6b2"
    assert eas.uid(MESSAGE) == "0x502cf207bb83cd8d19ff26ee93c09afa9359139b9b1a150ebaf307d12b826fd5"
    assert (
        eas.ATTEST.digest(DOMAIN, MESSAGE).hex() == "538ad3f780f43957cde1ad9a41f1875ca3d709a8e4d415d752ba5fd89138fa35"
    )


def test_the_salt_hangs_on_the_attestation_alone():
    assert MESSAGE["salt"] == "0xea8e0890b669211cfcafea78b38fecdc88c8fc4b77ec68c5898eb4c37d2dc77d"


def test_the_digest_is_the_one_that_wallets_compute():
    sig = eas.offchain_attestation(MESSAGE, DOMAIN, EAS, "0x" + "11" * 64 + "1b")["sig"]
    signable = encode_typed_data(full_message=as_typed_data(sig))
    expected = keccak(b"\x19" + signable.version + signable.header + signable.body)
    assert eas.ATTEST.digest(DOMAIN, MESSAGE) == expected


def test_the_uid_is_what_solidity_packs():
    kinds = [
        "uint16",
        "string",
        "address",
        "address",
        "uint64",
        "uint64",
        "bool",
        "bytes32",
        "bytes",
        "bytes32",
        "uint32",
    ]
    values = [
        2, MESSAGE["schema"], MESSAGE["recipient"], "0x" + "00" * 20, int(MESSAGE["time"]), 0, True,
        bytes(32), bytes.fromhex(MESSAGE["data"][2:]), bytes.fromhex(MESSAGE["salt"][2:]), 0,
    ]  # fmt: skip
    assert eas.uid(MESSAGE) == f"0x{keccak(encode_packed(kinds, values)).hex()}"


@pytest.mark.parametrize("metric", ["accuracy", "", "é" * 20, "m" * 32, "m" * 33])
def test_the_data_is_what_solidity_encodes(metric):
    improvement = {**IMPROVEMENT, "metric": metric}
    kinds = [kind for kind, _ in eas.FIELDS]
    values = [
        bytes.fromhex(improvement[name][2:]) if kind == "bytes32" else improvement[name] for kind, name in eas.FIELDS
    ]
    assert eas.encode_data(improvement) == encode(kinds, values)


def test_seconds_are_not_rounded_up():
    assert MESSAGE["time"] == "1769860810"


@pytest.mark.parametrize(
    "field", ["time", "expirationTime", "recipient", "revocable", "refUID", "data", "salt", "schema"]
)
def test_the_uid_covers_every_field(field):
    other = {"time": "1", "expirationTime": "1", "recipient": EAS, "revocable": False}.get(field, "0x" + "77" * 32)
    assert eas.uid({**MESSAGE, field: other}) != eas.uid(MESSAGE)


@pytest.mark.django_db
def test_without_the_contracts_address(settings):
    settings.HOKUSAI_EAS_ADDRESS = ""
    problem = assert_problem(get(make_exportable(), "eas-offchain"), 422, "export_incomplete")
    assert [error["field"] for error in problem["errors"]] == ["HOKUSAI_EAS_ADDRESS"]


@pytest.mark.django_db
def test_a_metric_that_is_no_proportion_has_no_scores():
    attestation = make_exportable(before={"rmse": 0.5}, after={"rmse": 0.25}, primary_metric="rmse")
    improvement = improvement_message(attestation.statement_json, attestation.hash, attestation.evidence_root)
    assert (improvement["baselineScoreBps"], improvement["candidateScoreBps"]) == (0, 0)
    assert (
        get(attestation, "eas-offchain").json()["sig"]["message"]["data"].endswith(eas.encode_data(improvement).hex())
    )
