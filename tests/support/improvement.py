"""A baseline and an improved version as the registry's services would leave them, and their attestation."""

from django.db import transaction

from attestations.keyring import commitment_secret
from attestations.models import Attestation, AttestationRequest
from attestations.services.build import describe
from attestations.services.issue import issue
from attestations.services.log import lock_log
from attestations.statement import build_statement
from registry.models import ModelVersion
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import ALICE, BOB


def make_improvement(name: str = "digits") -> tuple[ModelVersion, ModelVersion]:
    """A verified baseline (accuracy 0.8) and, with Bob's data, a verified 0.9 by Alice."""
    model = make_model(name)
    baseline = make_version(model, accuracy=0.8)
    return baseline, make_version(model, accuracy=0.9, contributors={BOB.address: 10_000}, registered_by=ALICE.address)


def make_attestation(name: str = "digits") -> Attestation:
    """The attestation of such an improvement, signed and logged."""
    baseline, candidate = make_improvement(name=name)
    return attest(candidate, baseline)


def attest(candidate: ModelVersion, baseline: ModelVersion) -> Attestation:
    statement = build_statement(describe(candidate, baseline), commitment_secret())
    with transaction.atomic():
        attestation, _ = issue(lock_log(), AttestationRequest(candidate=candidate, baseline=baseline), statement)
    return attestation
