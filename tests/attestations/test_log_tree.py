"""attestations.log_tree: RFC 6962's tree and proofs"""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attestations.log_tree import (
    EMPTY_ROOT,
    consistency_ranges,
    full_subtrees,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    node_hash,
    nodes_completed_by,
    range_hash,
    root_from_inclusion,
    subtrees_of,
)

# The inputs and roots that Certificate Transparency's implementations test themselves with.
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZE = 70
ENTRIES = [bytes([number]) * 32 for number in range(SIZE)]


def plain_root(entries):
    """RFC 6962, 2.1, as it stands there."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return node_hash(plain_root(entries[:half]), plain_root(entries[half:]))


def grown(entries):
    nodes = {}
    for index, data in enumerate(entries):
        edge = {node: nodes[node] for node in full_subtrees(index)}
        nodes.update(nodes_completed_by(index, leaf_hash(data), edge))
    return nodes


NODES = grown(ENTRIES)
PLAIN = [plain_root(ENTRIES[:size]) for size in range(SIZE + 1)]


def proof(ranges):
    return [range_hash(leaves, NODES.__getitem__) for leaves in ranges]


@pytest.mark.parametrize("size", range(1, 9))
def test_it_works(size):
    nodes = grown(INPUTS[:size])
    assert range_hash((0, size), nodes.__getitem__).hex() == ROOTS[size - 1]


def test_the_empty_log():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert range_hash((0, 0), {}.__getitem__) == EMPTY_ROOT


def test_each_size_has_its_root():
    assert [range_hash((0, size), NODES.__getitem__) for size in range(SIZE + 1)] == PLAIN


def test_a_log_of_n_entries_has_2n_minus_its_full_subtrees_nodes():
    assert len(NODES) == 2 * SIZE - len(full_subtrees(SIZE))


def test_every_entry_is_proved_in_every_size():
    for size in range(1, SIZE + 1):
        for index in range(size):
            found = root_from_inclusion(leaf_hash(ENTRIES[index]), index, size, proof(inclusion_ranges(index, size)))
            assert found == PLAIN[size]


def test_every_size_is_proved_to_have_grown_from_every_other():
    for second in range(1, SIZE + 1):
        for first in range(1, second + 1):
            path = proof(consistency_ranges(first, second))
            assert is_consistent(first, PLAIN[first], second, PLAIN[second], path)


@given(data=st.data())
def test_no_other_proof_will_do(data):
    second = data.draw(st.integers(2, SIZE))
    first = data.draw(st.integers(1, second - 1))
    path = proof(consistency_ranges(first, second))
    spoilt = data.draw(st.sampled_from(["shorter", "longer", "changed", "other root", "other sizes"]))
    roots = [PLAIN[first], PLAIN[second]]
    if spoilt == "shorter":
        path = path[:-1]
    elif spoilt == "longer":
        path = [*path, b"\0" * 32]
    elif spoilt == "changed":
        path = [b"\0" * 32 if i == len(path) // 2 else digest for i, digest in enumerate(path)]
    elif spoilt == "other root":
        roots[data.draw(st.integers(0, 1))] = b"\0" * 32
    else:
        first, second = second, first
    assert not is_consistent(first, roots[0], second, roots[1], path)


@pytest.mark.parametrize("change", ["shorter", "longer", "index", "leaf"])
def test_no_other_inclusion_proof_leads_to_the_root(change):
    for size in range(2, 20):
        for index in range(size):
            path, leaf, place = proof(inclusion_ranges(index, size)), leaf_hash(ENTRIES[index]), index
            if change == "shorter":
                path = path[:-1]
            elif change == "longer":
                path = [*path, b"\0" * 32]
            elif change == "index":
                place = (index + 1) % size
            else:
                leaf = leaf_hash(b"another")
            try:
                assert root_from_inclusion(leaf, place, size, path) != PLAIN[size]
            except ValueError:
                assert change in ("shorter", "longer", "index")


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (7, 3)])
def test_an_entry_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="no entry"):
        inclusion_ranges(index, size)
    with pytest.raises(ValueError, match="no entry"):
        root_from_inclusion(b"", index, size, [])


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 1), (2, 1), (-1, 1)])
def test_sizes_that_do_not_follow(first, second):
    with pytest.raises(ValueError, match="first size"):
        consistency_ranges(first, second)
    assert not is_consistent(first, EMPTY_ROOT, second, EMPTY_ROOT, [])


def test_a_proof_reads_few_nodes():
    """O(log n): a million entries need no more than forty subtrees for any proof."""
    for index in (0, 1, 524_287, 524_288, 999_999):
        assert sum(len(subtrees_of(leaves)) for leaves in inclusion_ranges(index, 1_000_000)) <= 40
    for first in (1, 2, 524_288, 999_999):
        assert sum(len(subtrees_of(leaves)) for leaves in consistency_ranges(first, 1_000_000)) <= 40
