"""Signing in to the admin: failures are counted by IP, with all other failed authentications."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from contributors.client_ip import client_ip
from contributors.exceptions import RateLimited
from contributors.throttling import check_failures, note_failure
from hokusai_site.errors import too_many_requests


def login(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return admin.site.login(request)
    ip = client_ip(request.META, settings.HOKUSAI_TRUSTED_PROXIES)
    try:
        check_failures(ip)
    except RateLimited as error:
        return too_many_requests(request, error)
    response = admin.site.login(request)
    # A sign-in that succeeds is redirected; one that fails shows the form again.
    if response.status_code == 200:
        note_failure(ip)
    return response
