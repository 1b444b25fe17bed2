"""Poseidon commitments to the two scores, so that a proof can be made about them later. Pure.

commitment = poseidon(score_bps, salt) over the scalar field of BN254, with circomlib's parameters, as a
circuit computes it. A salt is known to the registry and to whom it gives it; it hangs on nothing but
the secret, the two versions and the side, so the same evidence has the same commitments for ever.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Literal

from light_poseidon_python import poseidon_hash

#: The order of BN254's scalar field, in which circuits over it reckon (EIP-197 calls it the group order).
FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617
SCHEME = "poseidon-bn254"

Side = Literal["baseline", "candidate"]


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: ``score_bps`` 0..10000 and ``salt``, a number below FIELD."""

    score_bps: int
    salt: int

    @property
    def commitment(self) -> str:
        """``0x`` and 64 hex digits."""
        return f"0x{int(poseidon_hash([self.score_bps, self.salt])):064x}"


def salt(secret: bytes, candidate: str, baseline: str, side: Side) -> int:
    """HMAC-SHA-512 of the two model ids and the side (RFC 2104), reduced into the field.

    512 bits, so that the reduction shows nothing of a bias. A model id holds no line break.
    """
    message = f"{candidate}\n{baseline}\n{side}".encode()
    return int.from_bytes(hmac.digest(secret, message, hashlib.sha512), "big") % FIELD


def public_inputs(commitments: dict[str, Any], threshold_bps: int, statement_hash: str) -> list[str]:
    """What a circuit for "candidate − baseline ≥ threshold" is public about, in its order, as decimals.

    The commitment to the baseline's score, the one to the candidate's, the threshold in basis points,
    and the statement's hash as its high and its low 128 bits: the field is smaller than 256 bits.
    """
    high, low = divmod(int(statement_hash, 16), 1 << 128)
    numbers = [int(commitments["baseline"], 16), int(commitments["candidate"], 16), threshold_bps, high, low]
    return [str(number) for number in numbers]
