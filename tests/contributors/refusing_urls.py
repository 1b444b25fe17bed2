"""Routes that refuse with a status, for test_single_use.py."""

from django.http import HttpResponse
from django.urls import include, path


def refusing(request, status):
    return HttpResponse(status=status)


urlpatterns = [path("api/refusing/<int:status>", refusing), path("", include("hokusai_site.urls"))]
