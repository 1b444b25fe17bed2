from collections.abc import Iterable

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api.serializers import (
    AttestationRow,
    BundleResponse,
    OpeningsResponse,
    ProofResponse,
    RevocationBody,
    RevocationResponse,
    VerificationResponse,
)
from attestations.models import Attestation
from attestations.services.exporting import FORMATS, export
from attestations.services.facts import openings_for, prove_fact
from attestations.services.references import find_attestation
from attestations.services.revocation import revoke_attestation
from attestations.services.verifying import verify_attestation, verify_bundle
from contributors.exceptions import Forbidden, InvalidInput
from contributors.models import Scope
from contributors.permissions import caller_of
from registry.services.references import resolve

_HASH = OpenApiParameter("hash", location="path", description="`0x` and 64 hex digits")


class OneMediaType(DefaultContentNegotiation):
    """``?format=`` is this endpoint's own parameter, and not DRF's choice of a renderer."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


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
    content_negotiation_class = OneMediaType

    @extend_schema(
        operation_id="get_attestation",
        parameters=[
            _HASH,
            OpenApiParameter(
                "format",
                enum=FORMATS,
                default=FORMATS[0],
                description="`in-toto` is the bundle. The others are made for provers and contracts of now: they are "
                "refused (409) where the attestation no longer holds, and (422) where something they need is missing.",
            ),
        ],
        responses=BundleResponse,
        tags=["attestations"],
    )
    def get(self, request: Request, hash: str) -> Response:
        """The bundle of one attestation: all that a stranger needs to verify it offline. Or another format of it."""
        return Response(export(find_attestation(hash), request.query_params.get("format", FORMATS[0])))


class VerifyView(APIView):
    @extend_schema(
        operation_id="verify_attestation", parameters=[_HASH], responses=VerificationResponse, tags=["attestations"]
    )
    def get(self, request: Request, hash: str) -> Response:
        """Verify an attestation, check by check: what `python -m attestations.verify` says offline."""
        return Response(VerificationResponse(verify_attestation(find_attestation(hash))).data)


class VerifyBundleView(APIView):
    public_writes = True

    @extend_schema(
        operation_id="verify_bundle", request=BundleResponse, responses=VerificationResponse, tags=["attestations"]
    )
    def post(self, request: Request) -> Response:
        """Verify a bundle that somebody gave you, and hear whether it was revoked since. Nothing is stored."""
        if not isinstance(request.data, dict):
            raise InvalidInput("Send a bundle: the JSON object that GET /api/attestations/{hash} answers.")
        return Response(VerificationResponse(verify_bundle(request.data)).data)


class ProofView(APIView):
    @extend_schema(
        operation_id="prove_fact",
        parameters=[
            _HASH,
            OpenApiParameter("pointer", required=True, description="RFC 6901, into the predicate: `/registrant`."),
        ],
        responses=ProofResponse,
        tags=["attestations"],
    )
    def get(self, request: Request, hash: str) -> Response:
        """Prove one fact of an attestation without the rest: a Merkle proof that a contract can check."""
        pointer = request.query_params.get("pointer", "")
        return Response(ProofResponse(prove_fact(find_attestation(hash), pointer)).data)


class OpeningsView(APIView):
    private = True

    @extend_schema(operation_id="get_openings", parameters=[_HASH], responses=OpeningsResponse, tags=["attestations"])
    def get(self, request: Request, hash: str) -> Response:
        """The salts that open the commitments to both scores: for the registrant and the contributors alone."""
        found = OpeningsResponse(openings_for(caller_of(request), find_attestation(hash))).data
        return Response(found, headers={"Cache-Control": "no-store"})


class RevocationView(APIView):
    write_scope = Scope.ATTESTATIONS_WRITE

    @extend_schema(
        operation_id="revoke_attestation",
        parameters=[_HASH],
        request=RevocationBody,
        responses={201: RevocationResponse},
        tags=["attestations"],
    )
    def post(self, request: Request, hash: str) -> Response:
        """Revoke an attestation for a reason that everybody can read. By operators."""
        body = RevocationBody(data=request.data)
        body.is_valid(raise_exception=True)
        caller = caller_of(request)
        if not caller.is_operator:
            raise Forbidden("Only an operator revokes an attestation.", code="operators_only")
        revocation = revoke_attestation(
            attestation=find_attestation(hash),
            reason=body.validated_data["reason"],
            operator=caller.user_name,
        )
        return Response(RevocationResponse(revocation).data, status=status.HTTP_201_CREATED)
