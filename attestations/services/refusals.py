"""When the registry does not attest. Asked at the request, and again after the last pull."""

from contributors.exceptions import Conflict, DomainError, Unprocessable
from registry.metrics import direction_of, gain
from registry.models import ModelVersion, Verification
from registry.services.lineage import is_ancestor

_SPOILT = {
    Verification.MISMATCHED: "the claim differs from what MLflow holds",
    Verification.MISSING: "the run or its artifacts are gone",
    Verification.TAMPERED: "the run was changed after its evidence was frozen",
}


def refusal_as_error(code: str, detail: str) -> DomainError:
    """A stored refusal as the error it was."""
    kind = Unprocessable if code in ("no_improvement", "not_an_ancestor") else Conflict
    return kind(detail, code=code)


def check_attestable(candidate: ModelVersion, baseline: ModelVersion) -> None:
    """Raise Conflict (``mismatched``, ``missing``, ``tampered``, ``withdrawn``) or Unprocessable
    (``no_improvement``, ``not_an_ancestor``), in this order. Evidence not yet pulled is no refusal."""
    for version in (candidate, baseline):
        check_stands(version, "attestation")
    _check_improved(candidate, baseline)
    if not is_ancestor(baseline, candidate):
        raise Unprocessable(
            f"{baseline.model_id} is not an ancestor of {candidate.model_id}; see its lineage for those that are.",
            code="not_an_ancestor",
        )


def check_stands(version: ModelVersion, refused: str) -> None:
    """Raise Conflict (``mismatched``, ``missing``, ``tampered``, ``withdrawn``), naming what is refused."""
    reason = _SPOILT.get(Verification(version.verification))
    if reason is not None:
        raise Conflict(f"No {refused}: for {version.model_id} {reason}.", code=version.verification)
    if version.withdrawn_at is not None:
        raise Conflict(f"No {refused}: {version.model_id} was withdrawn.", code="withdrawn")


def _check_improved(candidate: ModelVersion, baseline: ModelVersion) -> None:
    model = candidate.registered_model
    metric = model.primary_metric
    if metric not in baseline.metrics:
        raise Unprocessable(
            f"{baseline.model_id} has no {metric}, the primary metric to compare by.", code="no_improvement"
        )
    gained = gain(
        metric,
        direction_of(metric, model.metric_directions),
        baseline=baseline.metrics[metric],
        candidate=candidate.metrics[metric],
    )
    if gained is None or gained.bps <= 0:
        raise Unprocessable(
            f"{metric} went from {baseline.metrics[metric]} to {candidate.metrics[metric]}, "
            "which is no improvement to attest.",
            code="no_improvement",
        )
