from dataclasses import asdict

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api.serializers import (
    AttestationRequestBody,
    AttestationRequestResponse,
    AttestationRow,
    BundleResponse,
    VerificationResponse,
)
from attestations.attester import current_signer
from attestations.bundle import bundle
from attestations.models import Attestation, AttestationRequest
from attestations.services.requests import outcome, request_attestation, wait_for
from attestations.verify import run_checks
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


class AttestationsView(GenericAPIView[Attestation]):
    serializer_class = AttestationRow
    queryset = Attestation.objects.for_bundle()

    @extend_schema(
        operation_id="list_attestations",
        parameters=[OpenApiParameter("model_id", description="Only attestations of this version.")],
        responses=AttestationRow(many=True),
        tags=["attestations"],
    )
    def get(self, request: Request) -> Response:
        """All attestations, newest first."""
        queryset = self.get_queryset()
        if "model_id" in request.query_params:
            queryset = queryset.filter(candidate=resolve(request.query_params["model_id"]))
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(AttestationRow(page, many=True).data)


class AttestationView(APIView):
    @extend_schema(operation_id="get_attestation", responses=BundleResponse, tags=["attestations"])
    def get(self, request: Request, hash: str) -> Response:
        """The bundle of one attestation."""
        return Response(bundle(find(hash)))


class VerifyView(APIView):
    @extend_schema(operation_id="verify_attestation", responses=VerificationResponse, tags=["attestations"])
    def get(self, request: Request, hash: str) -> Response:
        """Verify an attestation, check by check: what `python -m attestations.verify` says offline."""
        found = bundle(find(hash))
        checks = [asdict(check) for check in run_checks(found, frozenset({current_signer().address}))]
        return Response(
            {"valid": all(check["ok"] for check in checks), "checks": checks, "warnings": found["warnings"]}
        )


def find(hash_: str) -> Attestation:
    attestation = Attestation.objects.for_bundle().filter(hash=hash_.lower()).first()
    if attestation is None:
        raise NotFound("No attestation has this hash; GET /api/attestations lists them.")
    return attestation
