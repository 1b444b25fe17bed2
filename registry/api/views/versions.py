import re
import threading
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contributors.permissions import caller_of
from registry.api.requests import DecisionRequest, RegisterRequest, TransitionRequestBody
from registry.api.responses import (
    LineageResponse,
    TransitionHistory,
    TransitionRequestResponse,
    TransitionResponse,
    VersionDetail,
    VersionResponse,
    lineage_data,
)
from registry.models import ModelVersion
from registry.names import is_name
from registry.services.lineage import lineage_of
from registry.services.references import resolve
from registry.services.registration import register_version
from registry.services.stages import decide_transition, request_transition
from registry.services.withdrawal import withdraw_version

_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
# Some kilobytes each, in every process.
_MAX_DETAILS = 1_000
_details: dict[int, tuple[tuple[Any, ...], Any]] = {}
_details_lock = threading.Lock()


class RegisterView(APIView):
    @extend_schema(
        operation_id="register_model_version",
        request=RegisterRequest,
        responses={
            201: VersionResponse,
            200: OpenApiResponse(VersionResponse, description="Registered before with the same content."),
        },
        tags=["models"],
    )
    def post(self, request: Request) -> Response:
        """Register a model version from a finished MLflow run.

        The claim is stored at once and verified by a worker: read `verification` again. The same run,
        name and content is the same version, so a repeated request does no harm.
        """
        body = RegisterRequest(data=request.data)
        body.is_valid(raise_exception=True)
        version, created = register_version(caller=caller_of(request), registration=body.registration())
        return Response(
            VersionResponse(version).data, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK
        )


class VersionView(APIView):
    @extend_schema(operation_id="get_model_version", responses=VersionDetail, tags=["models"])
    def get(self, request: Request, name: str, version: str) -> Response:
        """One version: its claim, what was found about it, and its artifact digest."""
        return Response(detail_of(name, version))

    @extend_schema(operation_id="withdraw_model_version", responses=VersionDetail, tags=["models"])
    def delete(self, request: Request, name: str, version: str) -> Response:
        """Withdraw a version: it stays readable, marked, and leaves all totals."""
        withdraw_version(caller=caller_of(request), version=find(name, version))
        return Response(VersionDetail(find(name, version)).data)


class LineageView(APIView):
    @extend_schema(operation_id="get_lineage", responses=LineageResponse, tags=["models"])
    def get(self, request: Request, name: str, version: str) -> Response:
        """Ancestors to the root and all descendants, with the contributors and delta of every edge."""
        queryset = ModelVersion.objects.for_detail().select_related(
            "registered_model__latest_version", "baseline__claim"
        )
        found = resolve(f"{name}:{version}", queryset=queryset)
        return Response(lineage_data(found, lineage_of(found), found.registered_model))


class TransitionView(APIView):
    @extend_schema(
        operation_id="transition_stage",
        request=TransitionRequestBody,
        responses={
            200: VersionResponse,
            202: OpenApiResponse(TransitionRequestResponse, description="Waits for somebody else's decision."),
        },
        tags=["stages"],
    )
    def post(self, request: Request, name: str, version: str) -> Response:
        """Change a version's stage, or ask for it where Production needs approval."""
        body = TransitionRequestBody(data=request.data)
        body.is_valid(raise_exception=True)
        outcome = request_transition(caller=caller_of(request), version=find(name, version), **body.validated_data)
        if outcome.waiting is not None:
            return Response(TransitionRequestResponse(outcome.waiting).data, status=status.HTTP_202_ACCEPTED)
        return Response(VersionResponse(outcome.version).data)


class TransitionsView(APIView):
    @extend_schema(operation_id="list_transitions", responses=TransitionHistory, tags=["stages"])
    def get(self, request: Request, name: str, version: str) -> Response:
        """Every change of a version's stage, newest first, and what waits or was refused."""
        found = find(name, version)
        data = {
            "transitions": TransitionResponse(found.transitions.order_by("-pk"), many=True).data,
            "requests": TransitionRequestResponse(found.transition_requests.order_by("-pk"), many=True).data,
        }
        return Response(data)


class DecisionView(APIView):
    @extend_schema(
        operation_id="decide_transition",
        request=DecisionRequest,
        responses=TransitionRequestResponse,
        tags=["stages"],
    )
    def post(self, request: Request, name: str, version: str, request_id: int, **_: Any) -> Response:
        """Approve or reject a waiting change; not by the one who asked for it."""
        body = DecisionRequest(data=request.data)
        body.is_valid(raise_exception=True)
        decided = decide_transition(
            caller=caller_of(request), version=find(name, version), request_id=request_id, **body.validated_data
        )
        return Response(TransitionRequestResponse(decided).data)


def detail_of(name: str, version: str) -> Any:
    """A version's VersionDetail, serialized anew only when the version's state has changed.

    Loading and serializing it are three queries and most of the time of a read; asking for its state
    is one. Nothing expires: an answer is given only for the very state that it was made from.
    """
    numbered = is_name(name) and _NUMBER.fullmatch(version)
    state = ModelVersion.objects.state_of(name, int(version)) if numbered else None
    if state is None:
        return VersionDetail(find(name, version)).data
    kept_state, kept = _details.get(state[0], (None, None))
    if kept_state == state:
        return kept
    data = VersionDetail(find(name, version)).data
    # What was loaded belongs to the state only if that is the same before and after.
    if ModelVersion.objects.state_of(name, int(version)) == state:
        with _details_lock:
            if len(_details) >= _MAX_DETAILS:
                _details.clear()
            _details[state[0]] = (state, data)
    return data


def find(name: str, version: str) -> ModelVersion:
    return resolve(f"{name}:{version}")
