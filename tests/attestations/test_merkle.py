"""attestations.merkle, against an implementation of OpenZeppelin's StandardMerkleTree that is not ours."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from murky_tree import StandardMerkleTree

from attestations.merkle import LEAF_TYPES, FactTree, facts_of, root_from_proof
from registry.canonical import canonical_bytes

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.text(max_size=40)
# Names with RFC 6901's two signs come up often, and letters of one to four bytes.
NAMES = st.text(st.sampled_from('~/01aé字😀 "\\\x00'), max_size=6) | TEXTS
DOCUMENTS = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=24,
)


def oracle(document: Any) -> tuple[StandardMerkleTree, list[list[str]]]:
    values = [list(fact) for fact in facts_of(document)]
    return StandardMerkleTree.of(values, list(LEAF_TYPES)), values


@pytest.mark.parametrize(
    "document",
    [
        "one fact alone",
        {"a": 1},
        {"a": 1, "b": 2},
        {"a": [1, 2, 3], "b": {"c": None, "d": [], "e": {}}},
        {"a/b": {"~": "ü"}, "字": "😀", "": {"": ""}},
        [[[[]]], {}],
        {str(number): number / 7 for number in range(100)},
    ],
    ids=lambda document: str(document)[:30],
)
def test_it_works(document):
    theirs, values = oracle(document)
    tree = FactTree(document)
    assert tree.root == theirs.root
    for pointer, value in values:
        assert tree.prove(pointer) == (value, theirs.get_proof([pointer, value]))


@given(DOCUMENTS)
def test_roots_and_proofs_are_openzeppelins(document):
    theirs, values = oracle(document)
    tree = FactTree(document)
    assert tree.root == theirs.root
    assert len(tree.nodes) == 2 * len(values) - 1
    for pointer, value in values:
        assert tree.prove(pointer) == (value, theirs.get_proof([pointer, value]))


@given(DOCUMENTS)
def test_every_proof_leads_to_the_root(document):
    tree = FactTree(document)
    for pointer, value in facts_of(document):
        _, proof = tree.prove(pointer)
        assert root_from_proof((pointer, value), proof) == tree.root


@given(DOCUMENTS, st.data())
def test_what_is_false_does_not_lead_to_the_root(document, data):
    tree = FactTree(document)
    pointer, value = data.draw(st.sampled_from([*facts_of(document)]))
    _, proof = tree.prove(pointer)
    other = data.draw(TEXTS)
    assume(other not in {pointer, value})
    assert root_from_proof((pointer, other), proof) != tree.root
    assert root_from_proof((other, value), proof) != tree.root
    assert root_from_proof((value, pointer), proof) != tree.root
    assert root_from_proof((pointer, value), [*proof, tree.root]) != tree.root
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        assert root_from_proof((pointer, value), proof[:place] + proof[place + 1 :]) != tree.root
        assert root_from_proof((pointer, value), [*proof[:place], "0x" + "5a" * 32, *proof[place + 1 :]]) != tree.root


@given(DOCUMENTS)
def test_the_order_of_names_changes_nothing(document):
    assert FactTree(_reversed(document)).root == FactTree(document).root


def _reversed(document: Any) -> Any:
    if isinstance(document, dict):
        return {name: _reversed(document[name]) for name in reversed(document)}
    return [_reversed(inner) for inner in document] if isinstance(document, list) else document


@given(DOCUMENTS)
def test_a_pointer_leads_where_rfc_6901_says(document):
    for pointer, value in facts_of(document):
        found = document
        for token in pointer.split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found[name]
        assert canonical_bytes(found).decode() == value


@pytest.mark.parametrize(
    ("document", "facts"),
    [
        ({"a": {"b": [True, "x"]}}, [("/a/b/0", "true"), ("/a/b/1", '"x"')]),
        ({"a/b": 1, "m~n": 2, "~1": 3}, [("/a~1b", "1"), ("/m~0n", "2"), ("/~01", "3")]),
        ({"": {"": 1}, " ": 2}, [("//", "1"), ("/ ", "2")]),
        ({"e": [], "o": {}}, [("/e", "[]"), ("/o", "{}")]),
        ({"text": 'é\n"', "number": 1e21}, [("/text", '"é\\n\\""'), ("/number", "1e+21")]),
        (None, [("", "null")]),
        ([], [("", "[]")]),
    ],
)
def test_facts(document, facts):
    assert [*facts_of(document)] == facts


@pytest.mark.parametrize("pointer", ["", "/", "a", "/a", "/a/", "/a/2", "/a/-", "/a/00", "/b/c", "/b", "/~", "/x"])
def test_a_pointer_to_no_single_value(pointer):
    tree = FactTree({"a": [1, 2], "b": {"d": 1}})
    with pytest.raises(KeyError):
        tree.prove(pointer)


def test_one_fact_is_its_own_root():
    value, proof = FactTree({"a": 1}).prove("/a")
    assert (value, proof) == ("1", [])
    assert root_from_proof(("/a", "1"), []) == FactTree({"a": 1}).root


@pytest.mark.parametrize("sibling", ["0x" + "zz" * 32, "0x123"])
def test_a_proof_of_what_is_no_hash(sibling):
    with pytest.raises(ValueError, match="hex"):
        root_from_proof(("/a", "1"), [sibling])


def test_names_without_end_are_refused_before_they_cost_anything():
    """Each pointer repeats the name: 100 KB of JSON would ask for 10 MB of pointers, and hash them."""
    with pytest.raises(ValueError, match="no tree"):
        FactTree({"x" * 50_000: [0] * 200})
    with pytest.raises(ValueError, match="no tree"):
        FactTree([0] * 10_001)
