"""A baseline and an improved version as the registry's services would leave them, and their attestation."""

from typing import Any

from django.conf import settings

from attestations.attester import current_signer
from attestations.models import Attestation
from attestations.services.build import describe
from attestations.signing import sign_statement
from attestations.statement import build_statement, statement_hash
from registry.canonical import canonical_bytes
from registry.models import ModelVersion
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import ALICE, BOB


def make_improvement(name: str = "digits") -> tuple[ModelVersion, ModelVersion]:
    """A verified baseline (accuracy 0.8) and, with Bob's data, a verified 0.9 by Alice."""
    model = make_model(name)
    baseline = make_version(model, accuracy=0.8)
    return baseline, make_version(model, accuracy=0.9, contributors={BOB.address: 10_000}, registered_by=ALICE.address)


def make_attestation(name: str = "digits", **changes: Any) -> Attestation:
    """The attestation of such an improvement; ``changes`` are to the row's own fields."""
    baseline, candidate = make_improvement(name=name)
    statement = build_statement(describe(candidate, baseline))
    signer = current_signer()
    fields = {
        "hash": statement_hash(statement),
        "candidate": candidate,
        "baseline": baseline,
        "statement": canonical_bytes(statement).decode(),
        "chain_id": settings.HOKUSAI_CHAIN_ID,
        "signer": signer.address,
        "signature": sign_statement(statement, settings.HOKUSAI_CHAIN_ID, signer),
    }
    return Attestation.objects.create(**{**fields, **changes})
