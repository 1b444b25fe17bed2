from django.urls import path

from attestations.api.views import (
    AttestationRequestView,
    AttestationsView,
    AttestationView,
    RequestAttestationView,
    VerifyView,
)

urlpatterns = [
    path("models/<str:model_id>/attestation", RequestAttestationView.as_view(), name="request-attestation"),
    path("attestations", AttestationsView.as_view(), name="attestations"),
    path(
        "attestations/requests/<uuid:request_id>",
        AttestationRequestView.as_view(),
        name="attestation-request",
    ),
    path("attestations/<str:hash>", AttestationView.as_view(), name="attestation"),
    path("attestations/<str:hash>/verify", VerifyView.as_view(), name="verify-attestation"),
]
