from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from contributors.api.serializers import (
    ApiKeySerializer,
    IssuedApiKeySerializer,
    NewApiKeySerializer,
    RotateApiKeySerializer,
)
from contributors.exceptions import Forbidden
from contributors.models import ApiKey
from contributors.permissions import NotByApiKey, ScopedAccess, caller_of
from contributors.services.api_keys import issue_key, revoke_key, rotate_key


class ApiKeyView(GenericAPIView[ApiKey]):
    """What the views of API keys share: a wallet asks for its own keys."""

    serializer_class = ApiKeySerializer
    queryset = ApiKey.objects.none()
    private = True
    permission_classes = [ScopedAccess, NotByApiKey]

    def wallet(self, request: Request) -> str:
        address = caller_of(request).address
        if address is None:
            raise Forbidden("API keys belong to an Ethereum address; sign the request with its wallet.")
        return address

    def issued(self, key: ApiKey, token: str) -> Response:
        key.key = token  # type: ignore[attr-defined]
        return Response(IssuedApiKeySerializer(key).data, status=status.HTTP_201_CREATED)


class ApiKeysView(ApiKeyView):
    @extend_schema(operation_id="list_api_keys", responses=ApiKeySerializer(many=True), tags=["keys"])
    def get(self, request: Request) -> Response:
        """List your API keys, newest first, without their secrets."""
        page = self.paginate_queryset(ApiKey.objects.of_address(self.wallet(request)))
        return self.get_paginated_response(ApiKeySerializer(page, many=True).data)

    @extend_schema(
        operation_id="issue_api_key",
        request=NewApiKeySerializer,
        responses={201: IssuedApiKeySerializer},
        tags=["keys"],
    )
    def post(self, request: Request) -> Response:
        """Issue an API key. The answer shows it, this once."""
        body = NewApiKeySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self.issued(*issue_key(address=self.wallet(request), **body.validated_data))


class RotateApiKeyView(ApiKeyView):
    @extend_schema(
        operation_id="rotate_api_key",
        request=RotateApiKeySerializer,
        responses={201: IssuedApiKeySerializer},
        tags=["keys"],
    )
    def post(self, request: Request, key_id: int) -> Response:
        """Replace a key; the old one goes on for `grace_seconds` (a day)."""
        body = RotateApiKeySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        grace = timedelta(seconds=body.validated_data["grace_seconds"])
        return self.issued(*rotate_key(address=self.wallet(request), key_id=key_id, grace=grace))


class ApiKeyDetailView(ApiKeyView):
    @extend_schema(operation_id="revoke_api_key", responses={204: None}, tags=["keys"])
    def delete(self, request: Request, key_id: int, **_: Any) -> Response:
        """Revoke a key, effective at once."""
        revoke_key(address=self.wallet(request), key_id=key_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
