from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contributors.ethereum import InvalidAddress, checksum_address
from contributors.exceptions import InvalidInput
from contributors.permissions import caller_of
from registry.api.requests import UpdateModelRequest
from registry.api.responses import (
    ComparisonResponse,
    ImpactResponse,
    ModelDetail,
    ModelResponse,
    VersionSummary,
    comparison_data,
)
from registry.comparison import compare
from registry.models import ModelVersion, RegisteredModel, Verification
from registry.names import InvalidName, parse_stage
from registry.services.impact import contributor_impact
from registry.services.models import update_model
from registry.services.references import get_model, resolve


def _query(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, description=description, required=required)


class ModelsView(GenericAPIView[RegisteredModel]):
    serializer_class = ModelResponse
    queryset = RegisteredModel.objects.for_list()

    @extend_schema(
        operation_id="list_models",
        parameters=[
            _query("owner", "Only models of this address."),
            _query("model_type", "Only models of this type."),
            _query("name", "Only models whose name contains this, in any case."),
        ],
        responses=ModelResponse(many=True),
        tags=["models"],
    )
    def get(self, request: Request) -> Response:
        """All registered models, newest first."""
        queryset = self.get_queryset()
        parameters = request.query_params
        if "owner" in parameters:
            queryset = queryset.filter(owner=read_address(parameters["owner"], "owner"))
        if "model_type" in parameters:
            queryset = queryset.filter(model_type=read_text(parameters["model_type"], "model_type"))
        if "name" in parameters:
            queryset = queryset.filter(name__icontains=read_text(parameters["name"], "name"))
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(ModelResponse(page, many=True).data)


class ModelView(APIView):
    @extend_schema(operation_id="get_model", responses=ModelDetail, tags=["models"])
    def get(self, request: Request, name: str) -> Response:
        """One registered model: its owner, and how its versions are judged."""
        return Response(ModelDetail(get_model(name)).data)

    @extend_schema(operation_id="update_model", request=UpdateModelRequest, responses=ModelDetail, tags=["models"])
    def patch(self, request: Request, name: str) -> Response:
        """Change the description, and, as its owner, maintainers, owner, approval rule and the primary
        metric's direction."""
        model = get_model(name)
        body = UpdateModelRequest(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(ModelDetail(update_model(caller=caller_of(request), model=model, **body.validated_data)).data)


class ModelVersionsView(GenericAPIView[ModelVersion]):
    serializer_class = VersionSummary
    queryset = ModelVersion.objects.none()

    @extend_schema(
        operation_id="list_model_versions",
        parameters=[
            _query("stage", "Only versions in this stage."),
            _query("verification", "Only versions in this state of verification."),
        ],
        responses=VersionSummary(many=True),
        tags=["models"],
    )
    def get(self, request: Request, name: str) -> Response:
        """A model's versions, newest first."""
        queryset = ModelVersion.objects.with_identity().filter(registered_model=get_model(name))
        parameters = request.query_params
        if "stage" in parameters:
            queryset = queryset.filter(stage=read_stage(parameters["stage"]))
        if "verification" in parameters:
            queryset = queryset.filter(verification=read_verification(parameters["verification"]))
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(VersionSummary(page, many=True).data)


class CompareView(APIView):
    @extend_schema(
        operation_id="compare_models",
        parameters=[
            _query("model1", "The baseline's model id.", required=True),
            _query("model2", "The candidate's model id.", required=True),
        ],
        responses=ComparisonResponse,
        tags=["models"],
    )
    def get(self, request: Request) -> Response:
        """Compare two versions: every shared metric, and whether the primary one gained a DeltaOne."""
        ids = [request.query_params.get(name, "") for name in ("model1", "model2")]
        for name, value in zip(("model1", "model2"), ids, strict=True):
            if not value:
                raise InvalidInput.field(name, f"Give {name}, a model id such as my_model:1.", code="required")
        baseline, candidate = resolve(ids[0], field="model1"), resolve(ids[1], field="model2")
        compared = compare(
            baseline.metrics,
            candidate.metrics,
            primary_metric=candidate.registered_model.primary_metric,
            directions=candidate.registered_model.metric_directions,
        )
        return Response(comparison_data(baseline, candidate, compared))


class ImpactView(APIView):
    @extend_schema(operation_id="get_contributor_impact", responses=ImpactResponse, tags=["contributors"])
    def get(self, request: Request, address: str) -> Response:
        """What an address's data did, from verified evidence only; zeros for one never seen."""
        impact = contributor_impact(read_address(address, "address"))
        return Response(ImpactResponse(impact).data)


def read_address(text: str, field: str) -> str:
    try:
        return checksum_address(text)
    except InvalidAddress as error:
        raise InvalidInput.field(field, str(error), code="invalid_address") from error


def read_text(text: str, field: str) -> str:
    if "\0" in text:
        raise InvalidInput.field(field, "Text must not hold NUL characters.")
    return text


def read_stage(text: str) -> str:
    try:
        return parse_stage(text)
    except InvalidName as error:
        raise InvalidInput.field("stage", str(error), code="invalid_stage") from error


def read_verification(text: str) -> str:
    if text not in Verification.values:
        raise InvalidInput.field("verification", f"Give one of {', '.join(Verification.values)}.")
    return text
