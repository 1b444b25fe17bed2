"""Recompute the whole log from what it is about, and hold everything stored against that."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from attestations.checkpoint import Checkpoint
from attestations.log_tree import EMPTY_ROOT, NodeId, full_subtrees, leaf_hash, nodes_completed_by, range_hash
from attestations.models import Attestation, LogEntry, LogHead, LogNode, Revocation

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Audit:
    """``root`` is over ``size`` entries; ``faults`` are sentences, none where all is as it must be."""

    size: int
    root: bytes
    faults: list[str]


def audit_log(kept: Checkpoint | None = None) -> Audit:
    """Read every entry, node, attestation and revocation. ``kept`` is a checkpoint that somebody kept."""
    edge: dict[NodeId, bytes] = {}
    computed: dict[NodeId, bytes] = {}
    before: datetime | None = None
    size, faults = 0, []
    kept_root = EMPTY_ROOT if kept and kept.size == 0 else None
    for entry in LogEntry.objects.select_related("attestation__revocation").order_by("index").iterator(_CHUNK):
        if entry.index != size:
            faults.append(f"Entry {size} is missing; the next one there is {entry.index}.")
            break
        faults += _entry_faults(entry)
        if before and entry.logged_at < before:
            faults.append(f"Entry {entry.index} says that it was logged before the one in front of it.")
        before = entry.logged_at
        completed = nodes_completed_by(size, leaf_hash(bytes.fromhex(entry.leaf_data)), edge)
        size += 1
        known = edge | completed
        edge = {node: known[node] for node in full_subtrees(size)}
        computed |= completed
        if kept and kept.size == size:
            kept_root = _root(size, edge)
        if len(computed) >= _CHUNK:
            faults += _node_faults(computed)
            computed = {}
    faults += _node_faults(computed)
    faults += _total_faults(size, edge)
    if kept:
        faults += _kept_faults(kept, size, kept_root)
    return Audit(size, _root(size, edge), faults)


def _entry_faults(entry: LogEntry) -> Iterator[str]:
    attestation = entry.attestation
    if entry.kind == LogEntry.Kind.ATTESTATION:
        if attestation.hash != f"0x{entry.leaf_data}":
            yield f"Entry {entry.index} is not of the attestation {attestation.hash}."
        if hashlib.sha256(attestation.statement.encode()).hexdigest() != attestation.hash[2:]:
            yield f"The statement of {attestation.hash} was changed."
        return
    revocation = getattr(attestation, "revocation", None)
    found = hashlib.sha256(revocation.document.encode()).hexdigest() if revocation else None
    if found != entry.leaf_data:
        yield f"Entry {entry.index} is not of the revocation of {attestation.hash}."


def _node_faults(computed: dict[NodeId, bytes]) -> Iterator[str]:
    stored = LogNode.objects.in_bulk([LogNode.key(*node) for node in computed])
    for node, digest in computed.items():
        row = stored.get(LogNode.key(*node))
        if row is None or row.hash != digest.hex():
            yield f"The node of level {node[0]} and index {node[1]} is not what its leaves make."


def _total_faults(size: int, edge: dict[NodeId, bytes]) -> Iterator[str]:
    head = LogHead.objects.first()
    if (head.size if head else 0) != size:
        yield f"The head says {head.size if head else 0} entries, and there are {size}."
    elif head and head.edge != [edge[node].hex() for node in full_subtrees(size)]:
        yield "The head's hashes are not what the entries make."
    # A log of n leaves has 2n − (number of its full subtrees) nodes.
    if LogNode.objects.count() != 2 * size - len(edge):
        yield "There are nodes that no entry makes."
    unlogged = Attestation.objects.exclude(log_entries__kind=LogEntry.Kind.ATTESTATION)
    for hash_ in unlogged.values_list("hash", flat=True):
        yield f"The attestation {hash_} is not in the log."
    unlogged_revocations = Revocation.objects.exclude(attestation__log_entries__kind=LogEntry.Kind.REVOCATION)
    for hash_ in unlogged_revocations.values_list("attestation__hash", flat=True):
        yield f"The revocation of {hash_} is not in the log."


def _kept_faults(kept: Checkpoint, size: int, kept_root: bytes | None) -> Iterator[str]:
    if kept_root is None:
        yield f"The checkpoint that was kept has {kept.size} entries, and the log has {size}."
    elif kept_root != kept.root:
        yield f"The first {kept.size} entries are not those of the checkpoint that was kept."


def _root(size: int, edge: dict[NodeId, bytes]) -> bytes:
    return range_hash((0, size), edge.__getitem__)
