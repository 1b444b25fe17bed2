"""Where a version comes from, and what came of it."""

from dataclasses import dataclass

from django.db import connection

from registry.models import ModelVersion

#: The most versions one answer lists in each direction.
LIMIT = 500

_ANCESTORS = """
    WITH RECURSIVE line(id, depth) AS (
        SELECT baseline_id, 1 FROM registry_modelversion WHERE id = %s AND baseline_id IS NOT NULL
        UNION ALL
        SELECT v.baseline_id, line.depth + 1 FROM registry_modelversion v JOIN line ON v.id = line.id
        WHERE v.baseline_id IS NOT NULL
    ) SELECT id, depth FROM line ORDER BY depth LIMIT %s
"""
_DESCENDANTS = """
    WITH RECURSIVE line(id, depth) AS (
        SELECT id, 1 FROM registry_modelversion WHERE baseline_id = %s
        UNION ALL
        SELECT v.id, line.depth + 1 FROM registry_modelversion v JOIN line ON v.baseline_id = line.id
    ) SELECT id, depth FROM line ORDER BY depth, id LIMIT %s
"""
_IS_ANCESTOR = """
    WITH RECURSIVE line(id) AS (
        SELECT baseline_id FROM registry_modelversion WHERE id = %s
        UNION ALL
        SELECT v.baseline_id FROM registry_modelversion v JOIN line ON v.id = line.id
    ) SELECT 1 FROM line WHERE id = %s LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Lineage:
    """``ancestors`` nearest first, up to the root; ``descendants`` nearest first."""

    ancestors: list[ModelVersion]
    descendants: list[ModelVersion]
    truncated: bool


def lineage_of(version: ModelVersion) -> Lineage:
    """A version's line, in four queries and without its own row. A baseline is always registered
    before what improves on it, so there are no cycles."""
    up, down = _ids(_ANCESTORS, version.pk), _ids(_DESCENDANTS, version.pk)
    rows = {
        v.pk: v
        for v in ModelVersion.objects.with_identity()
        .select_related("baseline__claim")
        .prefetch_related("contributions")
        .filter(pk__in=[*up[:LIMIT], *down[:LIMIT]])
    }
    return Lineage(
        ancestors=[rows[pk] for pk in up[:LIMIT]],
        descendants=[rows[pk] for pk in down[:LIMIT]],
        truncated=len(up) > LIMIT or len(down) > LIMIT,
    )


def is_ancestor(ancestor: ModelVersion, version: ModelVersion) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_ANCESTOR, [version.pk, ancestor.pk])
        return cursor.fetchone() is not None


def _ids(query: str, version_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, [version_id, LIMIT + 1])
        return [row[0] for row in cursor.fetchall()]
