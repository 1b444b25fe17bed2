"""An attestation of which every format can be made, and the call that asks for one."""

from typing import Any

from django.test import Client

from attestations.models import Attestation
from registry.models import ModelVersion
from tests.support.improvement import attest
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import ALICE, BOB

VERIFIER = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
EAS = "0xA1207F3BBa224E2c9c3c6D5aF63D0eb1582Ce587"

DETAILS: dict[str, Any] = {
    "chain_model_id": "42",
    "benchmark_spec_id": "digits-holdout/v1",
    "benchmark_type": "digits",
    "dataset_hash": "0x" + "d1" * 32,
    "dataset_size": 360,
    "total_samples": 359,
    "max_cost_usd_micro": 5_000_000,
    "actual_cost_usd_micro": 0,
    "pipeline_version": "1.4.0",
    "data_manifest": {"data_hash": "da" * 32, "row_count": 1797, "column_count": 65, "columns": ["p0", "label"]},
}


def make_exportable(
    name: str = "digits",
    *,
    before: dict[str, float] | None = None,
    after: dict[str, float] | None = None,
    details: dict[str, Any] | None = None,
    contributors: dict[str, int] | None = None,
    **model: Any,
) -> Attestation:
    """The attestation of an improvement from ``before`` to ``after``, by default of accuracy from 0.8 to 0.9."""
    given = DETAILS if details is None else details
    registered = make_model(name, chain_model_id=given.get("chain_model_id"), **model)
    baseline = make_version(registered, metrics=before or {"accuracy": 0.8})
    candidate = make_version(
        registered,
        metrics=after or {"accuracy": 0.9},
        contributors={BOB.address: 6_000, ALICE.address: 4_000} if contributors is None else contributors,
        registered_by=ALICE.address,
        export_details=given,
    )
    return attest(candidate, baseline)


def without(name: str) -> dict[str, Any]:
    """The details but for one."""
    return {key: value for key, value in DETAILS.items() if key != name}


def spoil(version: ModelVersion, **fields: Any) -> None:
    ModelVersion.objects.filter(pk=version.pk).update(**fields)


def get(attestation: Attestation, format_: str) -> Any:
    return Client().get(f"/api/attestations/{attestation.hash}", {"format": format_})
