"""The pages. They read what the API reads, and are open or closed with it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from contributors.client_ip import client_ip
from contributors.ethereum import InvalidAddress, checksum_address
from contributors.exceptions import InvalidInput, NotFound, RateLimited
from contributors.throttling import count_visit
from hokusai_site.dashboard import queries
from hokusai_site.errors import too_many_requests

View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """A page to read: for operators only while public reading is closed; what is not there is a 404
    that says why."""

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if not settings.HOKUSAI_PUBLIC_READ and not request.user.is_staff:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        try:
            count_visit(client_ip(request.META, settings.HOKUSAI_TRUSTED_PROXIES))
            return view(request, **arguments)
        except RateLimited as error:
            return too_many_requests(request, error)
        except (NotFound, InvalidInput) as error:
            raise Http404(error.detail) from error
        except InvalidAddress as error:
            raise Http404(str(error)) from error

    return guarded


@page
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/home.html", {"page": queries.home_page()})


@page
def contributor(request: HttpRequest, address: str) -> HttpResponse:
    found = queries.contributor_page(checksum_address(address))
    return render(request, "dashboard/contributor.html", {"page": found})


@page
def model(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "dashboard/model.html", {"page": queries.model_page(name)})


@page
def version(request: HttpRequest, name: str, version: str) -> HttpResponse:
    return render(request, "dashboard/version.html", {"page": queries.version_page(name, version)})


@page
def attestation(request: HttpRequest, hash_: str) -> HttpResponse:
    return render(request, "dashboard/attestation.html", {"page": queries.attestation_page(hash_)})
