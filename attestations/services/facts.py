"""What can be told of an attestation apart: one fact with its proof, and the openings to whom they are for."""

from dataclasses import dataclass
from typing import Any

from attestations.commitments import Opening, Side, salt
from attestations.keyring import commitment_secret
from attestations.merkle import LEAF_TYPES, FactTree
from attestations.models import Attestation
from contributors.caller import Caller
from contributors.exceptions import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Fact:
    """``value`` is RFC 8785 text; ``proof`` the sibling hashes from the leaf up to ``root``."""

    hash: str
    pointer: str
    value: str
    leaf_types: tuple[str, ...]
    proof: list[str]
    root: str


def prove_fact(attestation: Attestation, pointer: str) -> Fact:
    """Raises NotFound ``no_such_fact``."""
    tree = FactTree(attestation.statement_json["predicate"])
    try:
        value, proof = tree.prove(pointer)
    except KeyError as error:
        raise NotFound(
            f"The predicate has no value at {pointer[:200]!r}; a pointer leads to a single one, such as /registrant.",
            code="no_such_fact",
        ) from error
    return Fact(attestation.hash, pointer, value, LEAF_TYPES, proof, attestation.evidence_root)


def openings_for(caller: Caller, attestation: Attestation) -> dict[str, Any]:
    """What opens the commitments to both scores. Raises Forbidden ``not_party``."""
    predicate = attestation.statement_json["predicate"]
    parties = {predicate["registrant"], *(row["address"] for row in predicate["contributors"])}
    if caller.address not in parties:
        raise Forbidden(
            "The salts are for the registrant and the contributors of this attestation alone.", code="not_party"
        )
    ids = predicate["candidate"]["model_id"], predicate["baseline"]["model_id"]
    primary = predicate["primary_metric"]
    sides: tuple[Side, ...] = ("baseline", "candidate")
    openings = {side: Opening(primary[f"{side}_score_bps"], salt(commitment_secret(), *ids, side)) for side in sides}
    return {
        "hash": attestation.hash,
        "scheme": predicate["commitments"]["scheme"],
        **{
            side: {
                "score_bps": opening.score_bps,
                "salt": str(opening.salt),
                "commitment": predicate["commitments"][side],
                # Under another secret than the one it was made with, a commitment cannot be opened.
                "opens": opening.commitment == predicate["commitments"][side],
            }
            for side, opening in openings.items()
        },
    }
