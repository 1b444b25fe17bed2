"""The Merkle tree of an append-only log, its proofs, and their verification. Pure.

Source: RFC 6962 section 2.1 (tree and proofs), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (verification).
SHA-256; a leaf is hashed with the prefix 0x00, a node with 0x01. A perfect subtree of 2^level leaves
never changes once it is full, so its hash is stored under (level, index), index counting the subtrees
of that level from the left; everything else follows from those.
"""

import hashlib
from collections.abc import Callable, Iterator

NodeId = tuple[int, int]
Range = tuple[int, int]

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def full_subtrees(size: int) -> list[NodeId]:
    """The perfect subtrees that a log of this size is made of, largest first."""
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


def nodes_completed_by(index: int, leaf: bytes, edge: dict[NodeId, bytes]) -> dict[NodeId, bytes]:
    """The subtrees that become full with the leaf at ``index``, itself included.

    ``edge`` holds the full subtrees of the log before it (see ``full_subtrees``).
    """
    level, found = 0, {(0, index): leaf}
    while index & 1:
        found[(level + 1, index >> 1)] = node_hash(edge[(level, index - 1)], found[(level, index)])
        level, index = level + 1, index >> 1
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges of leaves whose hashes are the inclusion proof PATH(index, D[size]), in order.

    Raises ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"There is no entry {index} in a log of {size}.")
    return list(_path(index, 0, size))


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The ranges of leaves whose hashes are the consistency proof PROOF(first, D[second]), in order.

    Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError("The first size must be 1 or more, and at most the second.")
    return [] if first == second else list(_subproof(first, 0, second, complete=True))


def subtrees_of(leaves: Range) -> list[NodeId]:
    """The perfect subtrees whose hashes the hash of a range is made from. The range is one of a proof's."""
    start, end = leaves
    if _is_full(start, end):
        return [((end - start).bit_length() - 1, start // (end - start))]
    middle = start + _split(end - start)
    return [*subtrees_of((start, middle)), *subtrees_of((middle, end))]


def range_hash(leaves: Range, node: Callable[[NodeId], bytes]) -> bytes:
    """MTH over a range of leaves, from the hashes of perfect subtrees."""
    start, end = leaves
    if start == end:
        return EMPTY_ROOT
    if _is_full(start, end):
        return node(((end - start).bit_length() - 1, start // (end - start)))
    middle = start + _split(end - start)
    return node_hash(range_hash((start, middle), node), range_hash((middle, end), node))


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to. Raises ValueError for a proof of the wrong length."""
    if not 0 <= index < size:
        raise ValueError(f"There is no entry {index} in a log of {size}.")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ValueError("The inclusion proof is too long.")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("The inclusion proof is too short.")
    return found


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: list[bytes]) -> bool:
    """Whether a log of size ``second`` has grown from the one of size ``first`` by appending alone."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _path(index: int, start: int, end: int) -> Iterator[Range]:
    if end - start == 1:
        return
    middle = start + _split(end - start)
    if index < middle:
        yield from _path(index, start, middle)
        yield middle, end
    else:
        yield from _path(index, middle, end)
        yield start, middle


def _subproof(first: int, start: int, end: int, *, complete: bool) -> Iterator[Range]:
    if first == end:
        if not complete:
            yield start, end
        return
    middle = start + _split(end - start)
    if first <= middle:
        yield from _subproof(first, start, middle, complete=complete)
        yield middle, end
    else:
        yield from _subproof(first, middle, end, complete=False)
        yield start, middle


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _is_full(start: int, end: int) -> bool:
    size = end - start
    return size & (size - 1) == 0 and start % size == 0
