"""attestations.commitments"""

import hashlib
import hmac

import pytest
from light_poseidon_python import poseidon_hash

from attestations.commitments import FIELD, Opening, public_inputs, salt

SECRET = bytes(range(32))
NAMES = ("digits:2", "digits:1")
HASH = "0x" + "0123456789abcdef" * 2 + "fedcba9876543210" * 2


def test_it_is_circomlibs_poseidon():
    # The known answer of circomlibjs' own tests.
    assert int(poseidon_hash([1, 2])) == 0x115CC0F5E7D690413DF64C6B9662E9CF2A3617F2743245519E19607A4417189A
    assert Opening(1, 2).commitment == "0x115cc0f5e7d690413df64c6b9662e9cf2a3617f2743245519e19607a4417189a"


def test_the_field_is_bn254s():
    x = 4965661367192848881  # the curve's parameter
    assert 36 * x**4 + 36 * x**3 + 18 * x**2 + 6 * x + 1 == FIELD


@pytest.mark.parametrize(
    ("opening", "other"),
    [
        (Opening(8000, 7), Opening(8001, 7)),
        (Opening(8000, 7), Opening(8000, 8)),
        (Opening(8000, 7), Opening(7, 8000)),
        (Opening(0, 0), Opening(0, FIELD - 1)),
    ],
)
def test_a_commitment_hangs_on_the_score_and_on_the_salt(opening, other):
    assert opening.commitment != other.commitment


def test_a_commitment_has_64_digits_also_where_the_first_is_zero():
    commitments = [Opening(number, 0).commitment for number in range(40)]
    assert any(commitment.startswith("0x00") for commitment in commitments)
    for number, commitment in enumerate(commitments):
        assert len(commitment) == 66
        assert int(commitment, 16) == int(poseidon_hash([number, 0])) < FIELD


def test_a_salt_is_an_hmac_of_the_names_and_the_side():
    expected = hmac.new(SECRET, b"digits:2\ndigits:1\nbaseline", hashlib.sha512).digest()
    assert salt(SECRET, *NAMES, "baseline") == int.from_bytes(expected, "big") % FIELD


def test_a_salt_is_the_same_for_ever():
    assert salt(SECRET, *NAMES, "candidate") == (
        9391619964951991328880252193653683660545163219025333318436772123218809732098
    )


@pytest.mark.parametrize(
    "other",
    [
        (b"\x01" * 32, *NAMES, "baseline"),
        (SECRET, "digits:3", "digits:1", "baseline"),
        (SECRET, "digits:2", "digits:3", "baseline"),
        (SECRET, "digits:1", "digits:2", "baseline"),
        (SECRET, *NAMES, "candidate"),
    ],
)
def test_a_salt_hangs_on_everything_it_is_made_from(other):
    assert salt(SECRET, *NAMES, "baseline") != salt(*other)


def test_salts_are_numbers_of_the_field():
    salts = {salt(SECRET, f"digits:{number}", "digits:1", "baseline") for number in range(200)}
    assert len(salts) == 200
    assert all(0 <= number < FIELD for number in salts)


def test_public_inputs_are_in_the_circuits_order():
    commitments = {"scheme": "poseidon-bn254", "baseline": "0x" + "0" * 62 + "0a", "candidate": "0x" + "0" * 62 + "0b"}
    assert public_inputs(commitments, 100, HASH) == [
        "10",
        "11",
        "100",
        str(0x0123456789ABCDEF0123456789ABCDEF),
        str(0xFEDCBA9876543210FEDCBA9876543210),
    ]


@pytest.mark.parametrize(
    "hash_", ["0x" + "f" * 64, "0x" + "0" * 64, "0x" + "0" * 32 + "f" * 32, "0x" + "f" * 32 + "0" * 32]
)
def test_the_hash_goes_in_as_two_numbers_of_the_field(hash_):
    commitments = {"baseline": "0x1", "candidate": "0x2"}
    *_, high, low = (int(text) for text in public_inputs(commitments, 100, hash_))
    assert (high << 128) + low == int(hash_, 16)
    assert max(high, low) < 1 << 128 < FIELD
