"""A Merkle tree over the facts of a document, so that one can be proved without the rest. Pure.

A fact is (JSON pointer, canonical value): the pointer is RFC 6901, the value the RFC 8785 text of a
scalar, or of an empty array or object. The tree is OpenZeppelin's StandardMerkleTree 1.0 with the leaf
types ``["string", "string"]``, which its Solidity and JavaScript libraries verify:
leaf = keccak256(keccak256(abi.encode(pointer, value))), node = keccak256(min(a, b) ‖ max(a, b)).
"""

from collections.abc import Iterator
from typing import Any

from eth_hash.auto import keccak

from attestations.abi import dynamic, word
from attestations.eip712 import hex_bytes
from registry.canonical import canonical_bytes

LEAF_TYPES = ("string", "string")

Fact = tuple[str, str]

# Anybody may have a bundle verified, and every pointer repeats the names that lead to it: 100 KB of JSON
# could ask for a gigabyte of tree.
_MAX_FACTS = 10_000
_MAX_POINTERS = 1_000_000


def facts_of(document: Any, pointer: str = "") -> Iterator[Fact]:
    """Every fact of a JSON document, in document order."""
    if isinstance(document, dict) and document:
        for name, inner in document.items():
            yield from facts_of(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(document, list) and document:
        for position, inner in enumerate(document):
            yield from facts_of(inner, f"{pointer}/{position}")
    else:
        yield pointer, canonical_bytes(document).decode()


def leaf_hash(fact: Fact) -> bytes:
    """32 bytes. Hashed twice, so that no leaf can be taken for a node."""
    pointer, value = (dynamic(text.encode()) for text in fact)
    head = word(64) + word(64 + len(pointer))
    return keccak(keccak(head + pointer + value))


class FactTree:
    """The tree over the facts of a document, in OpenZeppelin's layout. Raises ValueError for too many facts.

    ``nodes`` are 2n − 1 hashes: the root first, the children of node i at 2i + 1 and 2i + 2, and the
    leaves, in the order of their hashes, from the end.
    """

    def __init__(self, document: Any) -> None:
        hashed = sorted((leaf_hash(fact), fact) for fact in _limited(facts_of(document)))
        last = 2 * len(hashed) - 2
        self._place = {fact[0]: (last - order, fact) for order, (_, fact) in enumerate(hashed)}
        self.nodes = [b""] * (len(hashed) - 1) + [leaf for leaf, _ in reversed(hashed)]
        for i in range(len(hashed) - 2, -1, -1):
            self.nodes[i] = node_hash(self.nodes[2 * i + 1], self.nodes[2 * i + 2])

    @property
    def root(self) -> str:
        return f"0x{self.nodes[0].hex()}"

    def prove(self, pointer: str) -> tuple[str, list[str]]:
        """The canonical value at a pointer and its proof: sibling hashes from the leaf up.

        Raises KeyError where the document has no fact there.
        """
        place, (_, value) = self._place[pointer]
        proof = []
        while place > 0:
            sibling = place + 1 if place % 2 else place - 1
            proof.append(f"0x{self.nodes[sibling].hex()}")
            place = (place - 1) // 2
        return value, proof


def _limited(facts: Iterator[Fact]) -> Iterator[Fact]:
    """The same facts, as long as they are no more than a statement can have."""
    size = 0
    for count, fact in enumerate(facts, 1):
        size += len(fact[0])
        if count > _MAX_FACTS or size > _MAX_POINTERS:
            raise ValueError(f"A document of more than {_MAX_FACTS} facts, or of such long names, has no tree here.")
        yield fact


def node_hash(a: bytes, b: bytes) -> bytes:
    return keccak(a + b if a < b else b + a)


def root_from_proof(fact: Fact, proof: list[str]) -> str:
    """The root that a proof leads to. Raises ValueError for what is no hash."""
    found = leaf_hash(fact)
    for sibling in proof:
        found = node_hash(found, hex_bytes(sibling, 32))
    return f"0x{found.hex()}"
