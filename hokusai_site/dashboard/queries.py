"""What each page shows, read in a number of queries that does not grow with its rows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from attestations.bundle import warnings
from attestations.models import Attestation, LogEntry, Revocation
from attestations.services.references import find_attestation
from attestations.services.verifying import Verdict, verify_attestation
from registry.evidence import number_text
from registry.metrics import Direction, direction_of, exact_difference
from registry.models import MetricClaim, ModelVersion, RegisteredModel, StageTransition, TransitionRequest
from registry.services.impact import ContributionImpact, Impact, contributor_impact
from registry.services.references import get_model, resolve

NEWEST = 10
VERSIONS = 100
CONTRIBUTIONS = 500
HISTORY = 100


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in a list, judged by its model's primary metric."""

    version: ModelVersion

    @property
    def metric(self) -> str:
        return self.version.registered_model.primary_metric

    @property
    def contributors(self) -> list[tuple[str, bool]]:
        """Each contributor's address, and whether it is the registrant's own."""
        return [(a, a == self.version.registered_by) for a in self.version.contributor_addresses]


@dataclass(frozen=True, slots=True)
class AttestationRow:
    """An attestation with the signed statement's own words, taken apart."""

    attestation: Attestation
    predicate: dict[str, Any]
    warnings: list[str]

    @classmethod
    def of(cls, attestation: Attestation) -> "AttestationRow":
        return cls(attestation, attestation.statement_json["predicate"], warnings(attestation))

    @property
    def revocation(self) -> Revocation | None:
        return getattr(self.attestation, "revocation", None)

    @property
    def superseded_by(self) -> Attestation | None:
        return getattr(self.attestation, "superseded_by", None)


@dataclass(frozen=True, slots=True)
class HomePage:
    versions: list[VersionRow]
    attestations: list[AttestationRow]


def home_page() -> HomePage:
    """The newest versions and attestations. Three queries, however many rows."""
    versions = ModelVersion.objects.with_identity().prefetch_related("contributions").order_by("-pk")
    attestations = Attestation.objects.for_bundle().order_by("-pk")
    return HomePage(
        [VersionRow(v) for v in versions[:NEWEST]],
        [AttestationRow.of(a) for a in attestations[:NEWEST]],
    )


@dataclass(frozen=True, slots=True)
class ContributionRow:
    """One version that an address contributed to, with both values of its primary metric."""

    impact: ContributionImpact
    address: str

    @property
    def version(self) -> ModelVersion:
        return self.impact.version

    @property
    def metric(self) -> str:
        return self.version.registered_model.primary_metric

    @property
    def value(self) -> float | None:
        return self.version.primary_value

    @property
    def baseline_value(self) -> float | None:
        return self.version.baseline.metrics.get(self.metric) if self.version.baseline else None

    @property
    def delta(self) -> Decimal | None:
        before, after = self.baseline_value, self.value
        return None if before is None or after is None else exact_difference(before, after)

    @property
    def is_registrant(self) -> bool:
        return self.version.registered_by == self.address


@dataclass(frozen=True, slots=True)
class ContributorPage:
    impact: Impact
    rows: list[ContributionRow]
    by_metric: dict[str, Decimal]
    by_evidence_level: dict[str, Decimal]


def contributor_page(address: str) -> ContributorPage:
    """What an EIP-55 address contributed, newest first; the totals count also what is not listed.
    Five queries at the most."""
    impact = contributor_impact(address)
    return ContributorPage(
        impact,
        [ContributionRow(c, address) for c in impact.contributions[:CONTRIBUTIONS]],
        impact.totals_by("metric"),
        impact.totals_by("evidence_level"),
    )


@dataclass(frozen=True, slots=True)
class ModelPage:
    model: RegisteredModel
    direction: Direction | None
    versions: list[VersionRow]


def model_page(name: str) -> ModelPage:
    """A model and its newest versions. Four queries. Raises NotFound."""
    model = get_model(name)
    versions = ModelVersion.objects.with_identity().prefetch_related("contributions").filter(registered_model=model)
    return ModelPage(
        model,
        direction_of(model.primary_metric, model.metric_directions),
        [VersionRow(v) for v in versions.order_by("-pk")[:VERSIONS]],
    )


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One claimed metric beside what the frozen snapshot holds; ``agrees`` is None before a snapshot."""

    name: str
    is_primary: bool
    direction: Direction | None
    claimed: float
    logged: str | None
    agrees: bool | None
    baseline: float | None

    @property
    def delta(self) -> Decimal | None:
        before, after = self.baseline, self.claimed
        return None if before is None or after is None else exact_difference(before, after)


@dataclass(frozen=True, slots=True)
class VersionPage:
    version: ModelVersion
    metrics: list[MetricRow]
    snapshot_metric_count: int
    metadata: str
    claims: list[MetricClaim]
    transitions: list[StageTransition]
    requests: list[TransitionRequest]
    attestations: list[AttestationRow]


def version_page(name: str, version: str) -> VersionPage:
    """A version, its claim, evidence and history. Seven queries. Raises NotFound or InvalidInput."""
    found = resolve(f"{name}:{version}", queryset=ModelVersion.objects.for_detail().select_related("baseline__claim"))
    logged = found.snapshot.content["metrics"] if found.snapshot else None
    attestations = Attestation.objects.for_bundle().filter(candidate=found).order_by("-pk")
    return VersionPage(
        version=found,
        metrics=list(_metric_rows(found, logged)),
        snapshot_metric_count=len(logged or {}),
        metadata=json.dumps(found.metadata, indent=2, ensure_ascii=False) if found.metadata else "",
        claims=list(found.claims.order_by("-pk")[:HISTORY]),
        transitions=list(found.transitions.order_by("-pk")[:HISTORY]),
        requests=list(found.transition_requests.order_by("-pk")[:HISTORY]),
        attestations=[AttestationRow.of(a) for a in attestations[:HISTORY]],
    )


def _metric_rows(version: ModelVersion, logged: dict[str, Any] | None) -> Iterable[MetricRow]:
    model = version.registered_model
    before = version.baseline.metrics if version.baseline else {}
    # The primary metric first, the others by name.
    for name, claimed in sorted(version.metrics.items(), key=lambda m: (m[0] != model.primary_metric, m[0])):
        held = (logged or {}).get(name, {}).get("value")
        yield MetricRow(
            name=name,
            is_primary=name == model.primary_metric,
            direction=direction_of(name, model.metric_directions),
            claimed=claimed,
            logged=held,
            agrees=None if logged is None else held == number_text(claimed),
            baseline=before.get(name),
        )


@dataclass(frozen=True, slots=True)
class AttestationPage:
    """An attestation, every check of it, and its place in the log."""

    row: AttestationRow
    verdict: Verdict
    log_entry: LogEntry


def attestation_page(hash_: str) -> AttestationPage:
    """An attestation by its hash, in any case. Eight queries, nine when it was revoked. Raises NotFound."""
    found = find_attestation(hash_)
    verdict = verify_attestation(found)
    entry = found.log_entries.get(kind=LogEntry.Kind.ATTESTATION)
    return AttestationPage(AttestationRow.of(found), verdict, entry)
