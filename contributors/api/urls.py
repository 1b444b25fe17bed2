from django.urls import path

from contributors.api.views import ApiKeyDetailView, ApiKeysView, RotateApiKeyView

urlpatterns = [
    path("keys", ApiKeysView.as_view(), name="api-keys"),
    path("keys/<int:key_id>", ApiKeyDetailView.as_view(), name="api-key"),
    path("keys/<int:key_id>/rotate", RotateApiKeyView.as_view(), name="rotate-api-key"),
]
