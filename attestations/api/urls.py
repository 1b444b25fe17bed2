from django.urls import path

from attestations.api.views.attestations import (
    AttestationsView,
    AttestationView,
    OpeningsView,
    ProofView,
    RevocationView,
    VerifyBundleView,
    VerifyView,
)
from attestations.api.views.log import CheckpointView, ConsistencyView, InclusionView, LogEntriesView
from attestations.api.views.requests import AttestationRequestView, RequestAttestationView

urlpatterns = [
    path("models/<str:model_id>/attestation", RequestAttestationView.as_view(), name="request-attestation"),
    path("attestations", AttestationsView.as_view(), name="attestations"),
    path("attestations/verify", VerifyBundleView.as_view(), name="verify-bundle"),
    path("attestations/requests/<uuid:request_id>", AttestationRequestView.as_view(), name="attestation-request"),
    path("attestations/<str:hash>", AttestationView.as_view(), name="attestation"),
    path("attestations/<str:hash>/verify", VerifyView.as_view(), name="verify-attestation"),
    path("attestations/<str:hash>/proof", ProofView.as_view(), name="prove-fact"),
    path("attestations/<str:hash>/openings", OpeningsView.as_view(), name="openings"),
    path("attestations/<str:hash>/revocation", RevocationView.as_view(), name="revoke-attestation"),
    path("log/checkpoint", CheckpointView.as_view(), name="log-checkpoint"),
    path("log/inclusion", InclusionView.as_view(), name="log-inclusion"),
    path("log/consistency", ConsistencyView.as_view(), name="log-consistency"),
    path("log/entries", LogEntriesView.as_view(), name="log-entries"),
]
