"""Handed down from the attestations floor: which attestation a version shows."""

from django.utils import timezone

from registry.models import ModelVersion


def note_attestation(*, version_id: int, baseline_id: int, attestation_hash: str) -> None:
    """The current attestation against the registered baseline; one against another is not shown."""
    ModelVersion.objects.filter(pk=version_id, baseline_id=baseline_id).update(attestation_hash=attestation_hash)


def note_attested_gain(*, version_id: int) -> None:
    """A counted gain of this version is attested: it is the one of all its copies that earns, from now on."""
    ModelVersion.objects.filter(pk=version_id, gain_attested_at=None).update(gain_attested_at=timezone.now())


def forget_attestation(*, version_id: int, attestation_hash: str) -> None:
    """It was revoked: a version that shows it shows none."""
    ModelVersion.objects.filter(pk=version_id, attestation_hash=attestation_hash).update(attestation_hash="")
