"""A contributor's impact, from verified evidence only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from registry.impact import ZERO, CountedGain, VerifiedVersion, counted_gains, weighted
from registry.metrics import difference, direction_of
from registry.models import Contribution, ModelVersion, Verification


@dataclass(frozen=True, slots=True)
class ContributionImpact:
    """One version that an address contributed to; weights of several rows are added up."""

    version: ModelVersion
    weight_bps: int
    counted: CountedGain

    @property
    def score(self) -> Decimal:
        return weighted(self.counted.bps, self.weight_bps)

    @property
    def delta(self) -> float | None:
        """The primary metric, this version minus its baseline, as claimed."""
        baseline = self.version.baseline
        metric = self.version.registered_model.primary_metric
        if baseline is None or metric not in baseline.metrics:
            return None
        return difference(baseline.metrics[metric], self.version.metrics[metric])


@dataclass(frozen=True, slots=True)
class Impact:
    """All that an address's data did. Scores are in basis points."""

    address: str
    contributions: list[ContributionImpact]

    @property
    def total_models_improved(self) -> int:
        return sum(1 for c in self.contributions if c.score > 0)

    @property
    def total_improvement_score(self) -> Decimal:
        return sum((c.score for c in self.contributions), ZERO)

    @property
    def first_contribution(self) -> datetime | None:
        return self.contributions[-1].version.registered_at if self.contributions else None

    @property
    def last_contribution(self) -> datetime | None:
        return self.contributions[0].version.registered_at if self.contributions else None

    def totals_by(self, key: str) -> dict[str, Decimal]:
        """Scores added up by ``metric`` or by ``evidence_level``."""
        totals: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for contribution in self.contributions:
            version = contribution.version
            name = version.registered_model.primary_metric if key == "metric" else version.evidence_level
            totals[name] += contribution.score
        return dict(totals)


def contributor_impact(address: str) -> Impact:
    """The impact of an EIP-55 address, newest contribution first. Five queries, however many rows."""
    weights: dict[int, int] = defaultdict(int)
    for version_id, weight in Contribution.objects.filter(address=address).values_list("version_id", "weight_bps"):
        weights[version_id] += weight
    if not weights:
        return Impact(address, [])
    versions = list(
        ModelVersion.objects.with_identity()
        .select_related("baseline__claim")
        .prefetch_related("contributions")
        .contributed_by(address)
        .order_by("-pk")
    )
    gains = gains_of(versions)
    nothing = CountedGain(ZERO, None)
    return Impact(
        address,
        [ContributionImpact(v, weights[v.pk], gains.get(v.pk, nothing)) for v in versions],
    )


def gains_of(versions: Iterable[ModelVersion]) -> dict[int, CountedGain]:
    """The counted gain of each version that was ever verified, by primary key. Two queries."""
    wanted = list(versions)
    own_models = {v.registered_model_id for v in wanted}
    same_evidence = Q(mlflow_run_id__in={v.mlflow_run_id for v in wanted}) | Q(
        artifact_digest__in={v.artifact_digest for v in wanted if v.artifact_digest}
    )
    copies = ModelVersion.objects.ever_verified().filter(same_evidence)
    models = own_models | set(copies.values_list("registered_model_id", flat=True))
    return counted_gains(_verified(models))


def _verified(models: set[int]) -> Iterable[VerifiedVersion]:
    rows: Any = (
        ModelVersion.objects.ever_verified()
        .filter(registered_model_id__in=models)
        .values_list(
            "pk",
            "registered_model_id",
            "standing",
            "verified_at",
            "gain_attested_at",
            "registered_model__primary_metric",
            "registered_model__metric_directions",
            "primary_value",
            "mlflow_run_id",
            "artifact_digest",
            "verification",
            "withdrawn_at",
        )
    )
    for (
        pk, model, standing, verified_at, attested_at, metric, directions, value, run_id, digest, verification,
        withdrawn_at,
    ) in rows:  # fmt: skip
        yield VerifiedVersion(
            version=pk,
            model=model,
            standing=standing,
            verified_at=verified_at,
            attested_at=attested_at,
            metric=metric,
            direction=direction_of(metric, directions),
            value=value,
            run_id=run_id,
            artifact_digest=digest,
            counts=verification == Verification.VERIFIED and withdrawn_at is None,
        )
