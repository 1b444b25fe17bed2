"""The transparency log: append to it, and prove what is in it.

An entry and the nodes it completes are written in the transaction of what they are about, under a lock
on the log's one head row: an index is never used twice or skipped, whatever is killed when.
"""

import re
from dataclasses import dataclass

from django.utils import timezone

from attestations.checkpoint import Checkpoint
from attestations.keyring import log_key
from attestations.log_tree import (
    EMPTY_ROOT,
    NodeId,
    Range,
    consistency_ranges,
    full_subtrees,
    inclusion_ranges,
    leaf_hash,
    nodes_completed_by,
    range_hash,
    subtrees_of,
)
from attestations.models import Attestation, LogEntry, LogHead, LogNode
from contributors.exceptions import InvalidInput, NotFound

_HEAD = 1
_LEAF = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That ``entry`` is in the log of ``size``; ``proof`` are 32-byte hashes, from the leaf up."""

    entry: LogEntry
    size: int
    proof: list[bytes]


def lock_log() -> LogHead:
    """The log's head, locked until the transaction ends: whoever holds it is alone in issuing and revoking."""
    head, _ = LogHead.objects.select_for_update().get_or_create(pk=_HEAD)
    return head


def append_entry(head: LogHead, *, attestation: Attestation, kind: LogEntry.Kind, leaf_data: bytes) -> LogEntry:
    """Append 32 bytes in the transaction that holds ``head``; times never go back, whatever clocks do."""
    index = head.size
    edge = dict(zip(full_subtrees(index), map(bytes.fromhex, head.edge), strict=True))
    completed = nodes_completed_by(index, leaf_hash(leaf_data), edge)
    now = timezone.now()
    entry = LogEntry.objects.create(
        index=index,
        kind=kind,
        leaf_data=leaf_data.hex(),
        attestation=attestation,
        logged_at=max(now, head.logged_at or now),
    )
    LogNode.objects.bulk_create(LogNode(id=LogNode.key(*node), hash=digest.hex()) for node, digest in completed.items())
    known = edge | completed
    head.size, head.logged_at = index + 1, entry.logged_at
    head.edge = [known[node].hex() for node in full_subtrees(index + 1)]
    head.save(update_fields=["size", "edge", "logged_at"])
    return entry


def log_size() -> int:
    return LogHead.objects.filter(pk=_HEAD).values_list("size", flat=True).first() or 0


def checkpoint_at(size: int) -> Checkpoint:
    """The checkpoint of the log when it had this size, which it has or had. One query."""
    if size == 0:
        return Checkpoint(log_key().name, 0, EMPTY_ROOT)
    return Checkpoint(log_key().name, size, _hashes([(0, size)])[0])


def current_checkpoint() -> Checkpoint:
    return checkpoint_at(log_size())


def prove_inclusion(leaf_data: str, size: int) -> Inclusion:
    """Prove that 32 bytes, given in hex, are in the log of a size. Three queries.

    Raises NotFound ``not_logged`` (not at all, or only later) or InvalidInput (no such size).
    """
    _check_size(size, "size")
    entry = LogEntry.objects.filter(leaf_data=leaf_data).first() if _LEAF.fullmatch(leaf_data) else None
    if entry is None or entry.index >= size:
        raise NotFound("The log of this size has no entry of this hash.", code="not_logged")
    return prove_entry(entry, size)


def prove_entry(entry: LogEntry, size: int) -> Inclusion:
    """One query."""
    return Inclusion(entry, size, _hashes(inclusion_ranges(entry.index, size)))


def prove_consistency(first: int, second: int) -> list[bytes]:
    """Prove that the log of size ``second`` has grown from the one of size ``first``. Two queries.

    Raises InvalidInput.
    """
    _check_size(second, "second")
    try:
        ranges = consistency_ranges(first, second)
    except ValueError as error:
        raise InvalidInput.field("first", str(error)) from error
    return _hashes(ranges)


def _check_size(size: int, field: str) -> None:
    if size > log_size():
        raise InvalidInput.field(field, "The log is not that large yet; see its checkpoint.")


def _hashes(ranges: list[Range]) -> list[bytes]:
    """The hashes of ranges of leaves, from the stored subtrees: O(log n) of them, in one query."""
    wanted = {node for leaves in ranges for node in subtrees_of(leaves)}
    stored = LogNode.objects.in_bulk([LogNode.key(*node) for node in wanted]) if wanted else {}

    def node_hash(node: NodeId) -> bytes:
        return bytes.fromhex(stored[LogNode.key(*node)].hash)

    return [range_hash(leaves, node_hash) for leaves in ranges]
