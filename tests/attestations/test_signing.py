"""attestations.signing: EIP-712, against eth-account's own encoder and a known answer."""

import json
from pathlib import Path

import pytest
from eth_account.messages import encode_typed_data

from attestations.signing import KeySigner, contributors_hash, recover_attester, sign_statement, typed_data
from attestations.statement import build_statement
from contributors.ethereum import HALF_CURVE_ORDER
from tests.attestations.test_statement import IMPROVEMENT

VECTOR = json.loads((Path(__file__).parent.parent / "vectors" / "statement.json").read_text())
SIGNER = KeySigner("0x" + "11" * 32)
STATEMENT = build_statement(IMPROVEMENT)


def test_it_works():
    signature = sign_statement(STATEMENT, 1, SIGNER)
    assert signature == VECTOR["signature"]
    assert recover_attester(STATEMENT, 1, signature) == SIGNER.address == VECTOR["signer"]


def test_the_digest_is_the_known_one():
    signable = encode_typed_data(full_message=typed_data(STATEMENT, 1))
    assert (signable.header + signable.body).hex() == VECTOR["eip712"]


def test_the_signature_is_low_s_with_v_27_or_28():
    raw = bytes.fromhex(sign_statement(STATEMENT, 1, SIGNER)[2:])
    assert raw[64] in (27, 28)
    assert int.from_bytes(raw[32:64], "big") <= HALF_CURVE_ORDER


def test_another_chain_is_another_signature():
    assert recover_attester(STATEMENT, 2, VECTOR["signature"]) != SIGNER.address


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
        recover_attester(STATEMENT, 1, f"0x{twin.hex()}")


@pytest.mark.parametrize("signature", ["", "0x", "0x00", "0x" + "00" * 65, "0x" + "ff" * 65, "zz"])
def test_a_malformed_signature_is_a_value_error(signature):
    with pytest.raises(ValueError, match="signature"):
        recover_attester(STATEMENT, 1, signature)
