"""Every address of the registry."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from attestations.api.views import well_known
from hokusai_site import admin_login, health

urlpatterns = [
    # The attestation route comes first: registry's models/<name>/<version> would take it.
    path("api/", include("attestations.api.urls")),
    path("api/", include("registry.api.urls")),
    path("api/", include("contributors.api.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path(".well-known/hokusai-attesters.json", well_known.attesters, name="attesters"),
    path(".well-known/hokusai-log.json", well_known.log, name="log"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/login/", admin_login.login),
    path("admin/", admin.site.urls),
    path("", include("hokusai_site.dashboard.urls")),
]

admin.site.site_header = "Hokusai registry"
admin.site.site_title = "Hokusai registry"
admin.site.index_title = "Operations"

handler400 = "hokusai_site.errors.bad_request"
handler403 = "hokusai_site.errors.permission_denied"
handler404 = "hokusai_site.errors.not_found"
handler500 = "hokusai_site.errors.server_error"
