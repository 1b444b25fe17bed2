from django.urls import path

from registry.api.views.models import CompareView, ImpactView, ModelsView, ModelVersionsView, ModelView
from registry.api.views.versions import (
    DecisionView,
    LineageView,
    RegisterView,
    TransitionsView,
    TransitionView,
    VersionView,
)

urlpatterns = [
    path("models", ModelsView.as_view(), name="models"),
    path("models/register", RegisterView.as_view(), name="register"),
    path("models/compare", CompareView.as_view(), name="compare"),
    path("models/<str:name>", ModelView.as_view(), name="model"),
    path("models/<str:name>/versions", ModelVersionsView.as_view(), name="model-versions"),
    path("models/<str:name>/<str:version>", VersionView.as_view(), name="version"),
    path("models/<str:name>/<str:version>/lineage", LineageView.as_view(), name="lineage"),
    path("models/<str:name>/<str:version>/transition", TransitionView.as_view(), name="transition"),
    path("models/<str:name>/<str:version>/transitions", TransitionsView.as_view(), name="transitions"),
    path(
        "models/<str:name>/<str:version>/transitions/<int:request_id>/decision",
        DecisionView.as_view(),
        name="decision",
    ),
    path("contributors/<str:address>/impact", ImpactView.as_view(), name="impact"),
]
