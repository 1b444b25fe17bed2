from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api.serializers import AttestationRequestBody, AttestationRequestResponse, BundleResponse
from attestations.bundle import bundle
from attestations.models import AttestationRequest
from attestations.services.requests import outcome, request_attestation, wait_for
from contributors.exceptions import InvalidInput, NotFound
from contributors.models import Scope
from contributors.permissions import caller_of
from registry.services.references import resolve


class RequestAttestationView(APIView):
    write_scope = Scope.ATTESTATIONS_WRITE

    @extend_schema(
        operation_id="request_attestation",
        request=AttestationRequestBody,
        responses={
            201: BundleResponse,
            200: OpenApiResponse(BundleResponse, description="Attested before: the same attestation."),
            202: OpenApiResponse(AttestationRequestResponse, description="Being built; poll `Location`."),
        },
        tags=["attestations"],
    )
    def post(self, request: Request, model_id: str) -> Response:
        """Attest a version's improvement over a baseline (the registered one, unless another is named).

        A worker pulls the evidence again first. The answer waits up to 10 s for it; with
        `Prefer: respond-async` (RFC 7240) it does not wait.
        """
        body = AttestationRequestBody(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        candidate = resolve(model_id)
        if data["model_id"] is not None and resolve(data["model_id"]).pk != candidate.pk:
            raise InvalidInput.field("model_id", "The body and the URL name different models.", code="differs")
        queued, new = request_attestation(
            caller=caller_of(request),
            candidate=candidate,
            baseline_reference=data["baseline_model_id"],
            attestation_type=data["attestation_type"],
            client_metadata=data["metadata"] or {},
        )
        if "respond-async" not in request.headers.get("Prefer", ""):
            queued = wait_for(queued)
        attestation = outcome(queued)
        if attestation is None:
            headers = {"Location": f"/api/attestations/requests/{queued.pk}", "Retry-After": "2"}
            return Response(AttestationRequestResponse(queued).data, status=status.HTTP_202_ACCEPTED, headers=headers)
        created = new and queued.issued_new
        return Response(bundle(attestation), status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)


class AttestationRequestView(APIView):
    @extend_schema(operation_id="get_attestation_request", responses=AttestationRequestResponse, tags=["attestations"])
    def get(self, request: Request, request_id: str) -> Response:
        """How far a request for an attestation is."""
        found = (
            AttestationRequest.objects.select_related(
                "candidate__registered_model", "baseline__registered_model", "attestation"
            )
            .filter(pk=request_id)
            .first()
        )
        if found is None:
            raise NotFound("There is no such attestation request.")
        return Response(AttestationRequestResponse(found).data)
