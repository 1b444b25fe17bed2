"""attestations.signing and attestations.eip712, against eth-account's own encoder, eth-abi and a known answer"""

import json
from pathlib import Path

import pytest
from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from attestations.eip712 import Domain, Struct
from attestations.signing import (
    IMPROVEMENT as STRUCT,
)
from attestations.signing import (
    KeySigner,
    contributors_hash,
    evidence_root,
    improvement_message,
    recover_attester,
    sign_message,
)
from attestations.statement import build_statement, statement_hash
from contributors.ethereum import HALF_CURVE_ORDER
from tests.attestations.test_statement import IMPROVEMENT, SECRET

VECTOR = json.loads((Path(__file__).parent.parent / "vectors" / "statement.json").read_text())
SIGNER = KeySigner("0x" + "11" * 32)
STATEMENT = build_statement(IMPROVEMENT, SECRET)
MESSAGE = improvement_message(STATEMENT, statement_hash(STATEMENT), evidence_root(STATEMENT))
DOMAIN = Domain("Hokusai Registry", "1", 1)


def test_it_works():
    signature = sign_message(MESSAGE, DOMAIN, SIGNER)
    assert signature == VECTOR["signature"]
    assert recover_attester(MESSAGE, DOMAIN, signature) == SIGNER.address == VECTOR["signer"]


def test_the_known_answers():
    assert STRUCT.digest(DOMAIN, MESSAGE).hex() == VECTOR["eip712_digest"]
    assert evidence_root(STATEMENT) == VECTOR["evidence_root"]


def digest_by_eth_account(document: dict) -> bytes:
    signable = encode_typed_data(full_message=document)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def test_the_digest_is_the_one_that_wallets_compute():
    assert STRUCT.digest(DOMAIN, MESSAGE) == digest_by_eth_account(STRUCT.document(DOMAIN, MESSAGE))


@given(
    name=st.text(max_size=40),
    chain_id=st.integers(1, 2**64),
    text=st.text(max_size=80),
    number=st.integers(0, 2**16 - 1),
    word=st.binary(min_size=32, max_size=32),
    address=st.binary(min_size=20, max_size=20),
)
def test_so_it_is_for_every_flat_struct(name, chain_id, text, number, word, address):
    struct = Struct("Thing", (("t", "string"), ("n", "uint16"), ("w", "bytes32"), ("a", "address")))
    domain = Domain(name, "1", chain_id)
    message = {"t": text, "n": number, "w": "0x" + word.hex(), "a": "0x" + address.hex()}
    assert struct.digest(domain, message) == digest_by_eth_account(struct.document(domain, message))


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", 2**16), ("n", -1), ("w", "0x00"), ("w", "00" * 32), ("a", "0x" + "00" * 21), ("t", None)],
)
def test_a_message_of_another_type_is_refused(field, value):
    struct = Struct("Thing", (("t", "string"), ("n", "uint16"), ("w", "bytes32"), ("a", "address")))
    message = {"t": "", "n": 1, "w": "0x" + "00" * 32, "a": "0x" + "00" * 20, field: value}
    with pytest.raises((ValueError, OverflowError, AttributeError)):
        struct.hash(message)


def test_the_signature_is_low_s_with_v_27_or_28():
    raw = bytes.fromhex(sign_message(MESSAGE, DOMAIN, SIGNER)[2:])
    assert raw[64] in (27, 28)
    assert int.from_bytes(raw[32:64], "big") <= HALF_CURVE_ORDER


@pytest.mark.parametrize(
    "domain", [Domain("Hokusai Registry", "1", 2), Domain("Hokusai Registry", "2", 1), Domain("Another", "1", 1)]
)
def test_another_domain_is_another_signature(domain):
    assert recover_attester(MESSAGE, domain, VECTOR["signature"]) != SIGNER.address


def test_contributors_hash_is_what_solidity_computes():
    rows = STATEMENT["predicate"]["contributors"]
    addresses, weights = [row["address"] for row in rows], [row["weight_bps"] for row in rows]
    assert contributors_hash(rows) == f"0x{keccak(encode(['address[]', 'uint256[]'], [addresses, weights])).hex()}"
    assert contributors_hash([]) == f"0x{keccak(encode(['address[]', 'uint256[]'], [[], []])).hex()}"


def test_contributors_hash_depends_on_order_and_weight():
    rows = STATEMENT["predicate"]["contributors"]
    swapped = [{**rows[0], "weight_bps": 4_999}, {**rows[1], "weight_bps": 5_001}]
    hashes = {contributors_hash(rows), contributors_hash(list(reversed(rows))), contributors_hash(swapped)}
    assert len(hashes) == 3


def test_the_twin_with_a_high_s_is_refused():
    """EIP-2: for every signature there is a second one that recovers to the same signer."""
    raw = bytes.fromhex(VECTOR["signature"][2:])
    order = 2 * HALF_CURVE_ORDER + 1
    high_s = order - int.from_bytes(raw[32:64], "big")
    twin = raw[:32] + high_s.to_bytes(32, "big") + bytes([55 - raw[64]])
    with pytest.raises(ValueError, match="high"):
        recover_attester(MESSAGE, DOMAIN, f"0x{twin.hex()}")


@pytest.mark.parametrize("signature", ["", "0x", "0x00", "0x" + "00" * 65, "0x" + "ff" * 65, "zz"])
def test_a_malformed_signature_is_a_value_error(signature):
    with pytest.raises(ValueError, match="signature"):
        recover_attester(MESSAGE, DOMAIN, signature)
