from django.urls import path

from hokusai_site.dashboard import views

app_name = "dashboard"

urlpatterns = [
    path("", views.home, name="home"),
    path("contributors/<str:address>", views.contributor, name="contributor"),
    path("models/<str:name>", views.model, name="model"),
    path("models/<str:name>/<str:version>", views.version, name="version"),
    path("attestations/<str:hash_>", views.attestation, name="attestation"),
]
