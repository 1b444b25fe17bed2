from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api.pagination import OldestFirst
from attestations.api.serializers import ConsistencyResponse, InclusionResponse, LogEntryRow
from attestations.keyring import log_key
from attestations.models import LogEntry
from attestations.services.log import checkpoint_at, current_checkpoint, log_size, prove_consistency, prove_inclusion
from contributors.exceptions import InvalidInput


class CheckpointView(APIView):
    @extend_schema(operation_id="get_checkpoint", responses={(200, "text/plain"): str}, tags=["log"])
    def get(self, request: Request) -> HttpResponse:
        """The log's size and root as a signed note (C2SP tlog-checkpoint). Keep one: nothing before it can be changed
        unseen."""
        note = log_key().sign_checkpoint(current_checkpoint())
        return HttpResponse(note, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


class InclusionView(APIView):
    @extend_schema(
        operation_id="prove_inclusion",
        parameters=[
            OpenApiParameter("hash", required=True, description="An attestation's hash, or a revocation's digest."),
            OpenApiParameter(
                "size", int, description="The log's size in your checkpoint; the current one if left out."
            ),
        ],
        responses=InclusionResponse,
        tags=["log"],
    )
    def get(self, request: Request) -> Response:
        """Prove that the log has an entry (RFC 6962, 2.1.1)."""
        leaf = request.query_params.get("hash", "").lower().removeprefix("0x")
        size = _size(request, "size") if "size" in request.query_params else log_size()
        found = prove_inclusion(leaf, size)
        return Response(
            InclusionResponse(
                {
                    "index": found.entry.index,
                    "size": size,
                    "kind": found.entry.kind,
                    "logged_at": found.entry.logged_at,
                    "proof": [digest.hex() for digest in found.proof],
                    "root": checkpoint_at(size).root.hex(),
                }
            ).data
        )


class ConsistencyView(APIView):
    @extend_schema(
        operation_id="prove_consistency",
        parameters=[
            OpenApiParameter("first", int, required=True, description="The size in the checkpoint that you kept."),
            OpenApiParameter("second", int, required=True, description="The size in a newer checkpoint."),
        ],
        responses=ConsistencyResponse,
        tags=["log"],
    )
    def get(self, request: Request) -> Response:
        """Prove that the log has only grown since a checkpoint (RFC 6962, 2.1.2)."""
        first, second = _size(request, "first"), _size(request, "second")
        proof = [digest.hex() for digest in prove_consistency(first, second)]
        return Response({"first": first, "second": second, "proof": proof})


class LogEntriesView(GenericAPIView[LogEntry]):
    serializer_class = LogEntryRow
    queryset = LogEntry.objects.select_related("attestation")
    pagination_class = OldestFirst

    @extend_schema(operation_id="list_log_entries", responses=LogEntryRow(many=True), tags=["log"])
    def get(self, request: Request) -> Response:
        """All entries of the log, oldest first: enough to compute every root again."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(LogEntryRow(page, many=True).data)


def _size(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InvalidInput.field(name, f"Give {name}, a number of entries.", code="required")
    return int(text)
