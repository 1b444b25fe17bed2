from attestations.models.attestation import Attestation, Revocation
from attestations.models.attester_key import AttesterKey
from attestations.models.log import LogEntry, LogHead, LogNode
from attestations.models.request import AttestationRequest

__all__ = ["Attestation", "AttestationRequest", "AttesterKey", "LogEntry", "LogHead", "LogNode", "Revocation"]
