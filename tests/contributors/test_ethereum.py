"""contributors/ethereum.py: addresses and signatures."""

import json
from pathlib import Path

import pytest

from contributors.ethereum import (
    HALF_CURVE_ORDER,
    InvalidAddress,
    InvalidSignature,
    checksum_address,
    recover_signer,
)
from tests.support.wallets import ALICE, BOB

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "ethereum.json").read_text())
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

MESSAGE = "Hokusai API Access - 2026-01-31T12:00:00.000000"
SIGNATURE = ALICE.sign(MESSAGE)
R, S, V = SIGNATURE[:64], SIGNATURE[64:128], SIGNATURE[128:]
ZERO = "00" * 32


def with_v(v: int) -> str:
    return f"{R}{S}{v:02x}"


def high_s(signature: str) -> str:
    """The other signature of the same message by the same key: n − s, and the other v (EIP-2)."""
    s, v = int(signature[64:128], 16), int(signature[128:], 16)
    return f"{signature[:64]}{CURVE_ORDER - s:064x}{55 - v:02x}"


def test_it_works():
    assert recover_signer(MESSAGE, SIGNATURE) == ALICE.address


@pytest.mark.parametrize("vector", VECTORS["eip191"], ids=lambda v: v["name"])
def test_known_answers(vector):
    assert recover_signer(vector["message"], vector["signature"]) == vector["address"]


@pytest.mark.parametrize("address", VECTORS["eip55"])
@pytest.mark.parametrize("spelling", ["as it is", "lower", "upper", "upper with 0X"])
def test_checksum_of_every_spelling(address, spelling):
    given = {
        "as it is": address,
        "lower": address.lower(),
        "upper": "0x" + address[2:].upper(),
        "upper with 0X": address.upper(),
    }[spelling]
    assert checksum_address(given) == address


@pytest.mark.parametrize("address", VECTORS["eip55_mixed"])
def test_wrong_checksum_is_refused_and_told_right(address):
    """Exchange the case of one letter: EIP-55 exists to see that."""
    at = next(i for i, c in enumerate(address) if i > 1 and c.isalpha())
    wrong = address[:at] + address[at].swapcase() + address[at + 1 :]
    with pytest.raises(InvalidAddress, match=address):
        checksum_address(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "52908400098527886E0F7030069857D2E4169EE7",
        "0x52908400098527886E0F7030069857D2E4169EE",
        "0x52908400098527886E0F7030069857D2E4169EE77",
        "0x52908400098527886E0F7030069857D2E4169EEg",
        " 0x52908400098527886E0F7030069857D2E4169EE7",
        "0x52908400098527886E0F7030069857D2E4169EE7\n",
        "0x5290840009852788६E0F7030069857D2E4169EE7",
        "0x５2908400098527886E0F7030069857D2E4169EE7",
        "vitalik.eth",
        None,
        0x52908400098527886E0F7030069857D2E4169EE7,
        b"0x52908400098527886E0F7030069857D2E4169EE7",
    ],
)
def test_what_is_no_address(text):
    with pytest.raises(InvalidAddress):
        checksum_address(text)


@pytest.mark.parametrize("prefix", ["", "0x", "0X"])
@pytest.mark.parametrize("offset", [0, 27])
def test_both_forms_of_v_with_and_without_prefix(prefix, offset):
    parity = int(V, 16) - 27
    assert recover_signer(MESSAGE, prefix + with_v(parity + offset)) == ALICE.address


def test_upper_case_hex():
    assert recover_signer(MESSAGE, SIGNATURE.upper()) == ALICE.address


def test_the_other_parity_is_another_signer():
    assert recover_signer(MESSAGE, with_v(55 - int(V, 16))) != ALICE.address


def test_another_message_is_another_signer():
    assert recover_signer(MESSAGE + "Z", SIGNATURE) != ALICE.address


def test_half_of_the_curve_order():
    assert HALF_CURVE_ORDER == CURVE_ORDER // 2


def test_high_s_is_refused():
    """It is a valid signature, and eth-account itself takes it: the same approval in another spelling."""
    from eth_account import Account
    from eth_account.messages import encode_defunct

    twin = high_s(SIGNATURE)
    assert Account.recover_message(encode_defunct(text=MESSAGE), signature=bytes.fromhex(twin)) == ALICE.address
    with pytest.raises(InvalidSignature, match="EIP-2"):
        recover_signer(MESSAGE, twin)


@pytest.mark.parametrize("v", [2, 3, 26, 29, 30, 35, 36, 37, 38, 255])
def test_v_outside_of_the_four(v):
    """35 and more are EIP-155's, for transactions."""
    with pytest.raises(InvalidSignature, match="v, must be"):
        recover_signer(MESSAGE, with_v(v))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "0x",
        SIGNATURE[:-1],
        SIGNATURE[:-2],
        SIGNATURE + "00",
        "0x0x" + SIGNATURE,
        SIGNATURE[:-1] + "g",
        SIGNATURE[:-1] + "\n",
        SIGNATURE + "\n",
        " " + SIGNATURE,
        SIGNATURE[:10] + " " + SIGNATURE[11:],
        SIGNATURE[:10] + "٣" + SIGNATURE[11:],
        SIGNATURE[:10] + "３" + SIGNATURE[11:],
        SIGNATURE[:10] + "_" + SIGNATURE[11:],
        "é" * 130,
    ],
)
def test_what_is_no_signature(signature):
    with pytest.raises(InvalidSignature, match="130 hexadecimal digits"):
        recover_signer(MESSAGE, signature)


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (ZERO, ZERO),
        (ZERO, S),
        (R, ZERO),
        ("ff" * 32, S),
        (f"{CURVE_ORDER:064x}", S),
        # x = 5 lies on no point of secp256k1.
        (f"{5:064x}", S),
    ],
    ids=["all zero", "r = 0", "s = 0", "r over the field", "r = n", "r no point's x"],
)
@pytest.mark.parametrize("v", ["1b", "1c"])
def test_what_no_key_can_have_made(r, s, v):
    with pytest.raises(InvalidSignature, match="No key"):
        recover_signer(MESSAGE, r + s + v)


@pytest.mark.parametrize("message", ["", "a" * 100_000, "é ü 鯨", "\x00", "\x19Ethereum Signed Message:\n1a"])
def test_any_text_can_be_signed(message):
    assert recover_signer(message, BOB.sign(message)) == BOB.address
