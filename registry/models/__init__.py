from registry.models.evidence import EvidenceSnapshot, MetricClaim
from registry.models.registered_model import Maintainer, RegisteredModel
from registry.models.registration import RegistrationLease
from registry.models.stages import StageTransition, TransitionRequest
from registry.models.version import Contribution, ModelVersion, Verification

__all__ = [
    "Contribution",
    "EvidenceSnapshot",
    "Maintainer",
    "MetricClaim",
    "ModelVersion",
    "RegisteredModel",
    "RegistrationLease",
    "StageTransition",
    "TransitionRequest",
    "Verification",
]
