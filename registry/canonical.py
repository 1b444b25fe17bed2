"""The only code that serialises and hashes. Pure.

RFC 8785 (JSON Canonicalization Scheme) and SHA-256. Everything that is hashed anywhere in the
registry and its attestations passes through here, so that equal evidence has equal bytes for ever.
"""

import hashlib
from decimal import Decimal
from typing import Any

import rfc8785


class NotCanonical(ValueError):
    """The value has no RFC 8785 form: NaN, infinity, an integer of 2^53 or more, a lone surrogate."""


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value. Raises NotCanonical."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise NotCanonical(str(error)) from error


def distinct_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """``object_pairs_hook`` for reading JSON: of a name that stands twice, readers differ on which counts.

    Raises ValueError.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A name stands twice in one JSON object.")
    return found


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical_digest(value: Any) -> str:
    """``sha256:<hex>`` of the RFC 8785 bytes of a JSON value. Raises NotCanonical."""
    return f"sha256:{sha256_hex(canonical_bytes(value))}"


def decimal_text(number: float) -> str:
    """A finite IEEE double as a plain decimal: the shortest that reads back as the same double.

    Metric values travel as this text, because two languages may print one double differently.
    """
    return plain_decimal(Decimal(repr(float(number))))


def plain_decimal(number: Decimal) -> str:
    """A decimal with no exponent, no trailing zeros and no negative zero: ``0.875``, ``-3``, ``0``."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
