"""A baseline and an improved version, as the registry's services would leave them."""

from registry.models import ModelVersion
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import ALICE, BOB


def make_improvement(name: str = "digits") -> tuple[ModelVersion, ModelVersion]:
    """A verified baseline (accuracy 0.8) and, with Bob's data, a verified 0.9 by Alice."""
    model = make_model(name)
    baseline = make_version(model, accuracy=0.8)
    return baseline, make_version(model, accuracy=0.9, contributors={BOB.address: 10_000}, registered_by=ALICE.address)
