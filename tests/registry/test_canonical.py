"""registry.canonical"""

import hashlib
import json
import math
import struct
from decimal import Decimal
from pathlib import Path

import pytest

from registry.canonical import NotCanonical, canonical_bytes, canonical_digest, decimal_text, plain_decimal

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "canonical.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["documents"])
def test_it_works(vector):
    data = canonical_bytes(vector["value"])
    assert data.decode() == vector["canonical"]
    digest = vector.get("sha256", hashlib.sha256(vector["canonical"].encode()).hexdigest())
    assert canonical_digest(vector["value"]) == f"sha256:{digest}"


@pytest.mark.parametrize(("bits", "text"), VECTORS["numbers"])
def test_numbers_of_the_rfc(bits, text):
    assert canonical_bytes(struct.unpack(">d", bytes.fromhex(bits))[0]).decode() == text


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 2**53, -(2**53), "\ud800", {"\udfff": 1}, {1: 2}, {"a": object()}, [b"x"]], ids=repr
)
def test_what_has_no_canonical_form(value):
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"), (-0.0, "0"), (1.0, "1"), (-3, "-3"), (0.875, "0.875"), (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e21, "1" + "0" * 21), (1e-7, "0.0000001"), (5e-324, "0." + "0" * 323 + "5"),
        (123456789.125, "123456789.125"),
        (100, "100"), (1e22, "1" + "0" * 22),
    ],
)  # fmt: skip
def test_decimal_text(number, text):
    assert decimal_text(number) == text
    assert float(text) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E+3", "1000"),
        ("1.500", "1.5"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("100", "100"),
        ("1E-3", "0.001"),
        ("-2.50", "-2.5"),
    ],
)
def test_plain_decimal(number, text):
    assert plain_decimal(Decimal(number)) == text
