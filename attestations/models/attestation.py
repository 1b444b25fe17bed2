import json
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from attestations.eip712 import Domain
from attestations.statement import ATTESTATION_TYPE
from contributors.fields import AddressField
from registry.append_only import AppendOnlyModel, AppendOnlyQuerySet
from registry.models import ModelVersion


class AttestationQuerySet(AppendOnlyQuerySet["Attestation"]):
    def for_bundle(self) -> "AttestationQuerySet":
        return self.select_related(
            "candidate__registered_model", "baseline__registered_model", "supersedes", "superseded_by", "revocation"
        )

    def current(self) -> "AttestationQuerySet":
        return self.filter(superseded_by=None)


class Attestation(AppendOnlyModel):
    """A signed statement. ``statement`` is its RFC 8785 text, as it was hashed and signed.

    For each (candidate, baseline, type) the rows form one chain: the first supersedes nothing, and
    each row is superseded at most once; so exactly one is current.
    """

    hash = models.CharField(max_length=66, unique=True)
    attestation_type = models.CharField(max_length=64, default=ATTESTATION_TYPE)
    candidate = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="attestations")
    baseline = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    statement = models.TextField()
    evidence_root = models.CharField(max_length=66)
    domain_name = models.CharField(max_length=100)
    domain_version = models.CharField(max_length=20)
    chain_id = models.PositiveBigIntegerField()
    signer = AddressField()
    signature = models.CharField(max_length=132)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    issued_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[AttestationQuerySet] = AttestationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "baseline", "attestation_type"],
                condition=Q(supersedes=None),
                name="one_chain_of_attestations",
            ),
        ]

    def __str__(self) -> str:
        return self.hash

    @property
    def domain(self) -> Domain:
        """Where the signature is meant for."""
        return Domain(self.domain_name, self.domain_version, self.chain_id)

    @property
    def statement_json(self) -> dict[str, Any]:
        return dict(json.loads(self.statement))


class Revocation(AppendOnlyModel):
    """An operator's word that an attestation no longer holds; the attestation itself stays.

    ``document`` is RFC 8785 text and ``digest`` its SHA-256 (hex), which the log has.
    """

    attestation = models.OneToOneField(Attestation, on_delete=models.PROTECT, related_name="revocation")
    document = models.TextField()
    digest = models.CharField(max_length=64)
    reason = models.TextField()
    revoked_by = models.CharField(max_length=150, help_text="The operator's user name.")
    revoked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"revocation of {self.attestation_id}"

    @property
    def document_json(self) -> dict[str, Any]:
        return dict(json.loads(self.document))
