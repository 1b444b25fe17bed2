"""A registration as it was sent, validated."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Registration:
    """What a registrant sends, validated. ``contributors`` rows: address, weight_bps, data_hash, samples."""

    model_name: str
    model_type: str
    mlflow_run_id: str
    model_uri: str
    metrics: dict[str, float]
    metadata: dict[str, Any] = field(default_factory=dict)
    contributors: list[dict[str, Any]] = field(default_factory=list)
    baseline_reference: str = ""
    primary_metric: str = ""
    export_details: dict[str, Any] = field(default_factory=dict)
