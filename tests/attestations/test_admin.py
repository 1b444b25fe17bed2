"""The admin of attestations and the requests for them: looked at, never touched."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attestations.models import Attestation, AttestationRequest, LogEntry, Revocation
from tests.support.improvement import attest, make_attestation

pytestmark = pytest.mark.django_db

NAMES = ["attestation", "attestationrequest"]


def make_rows(count: int = 1, state: str = "done") -> None:
    for _ in range(count):
        attestation = make_attestation(name=f"model {Attestation.objects.count()}")
        AttestationRequest.objects.create(
            candidate=attestation.candidate,
            baseline=attestation.baseline,
            state=state,
            attestation=attestation,
            due_at=None,
        )


def first_pk(name: str) -> object:
    model = Attestation if name == "attestation" else AttestationRequest
    return model.objects.values_list("pk", flat=True).first()


def test_it_works(admin_client):
    make_rows()
    page = admin_client.get("/admin/attestations/attestation/").content.decode()
    assert Attestation.objects.get().hash in page
    assert "model 0:2" in page


@pytest.mark.parametrize("name", NAMES)
def test_is_read_only(admin_client, name):
    make_rows()
    path = f"/admin/attestations/{name}/"
    pk = first_pk(name)
    assert admin_client.get(f"{path}{pk}/change/").status_code == 200
    assert admin_client.get(f"{path}add/").status_code == 403
    assert admin_client.post(f"{path}{pk}/change/", {"signer": "x"}).status_code == 403
    assert admin_client.post(f"{path}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin_client.get(path).content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_search_and_filters_work(admin_client, name):
    make_rows()
    filters = (
        {"q": "model", "superseded_by__isempty": "1"} if name == "attestation" else {"q": "model", "state": "done"}
    )
    response = admin_client.get(f"/admin/attestations/{name}/", filters)
    assert response.status_code == 200
    assert "1 result" in response.content.decode()


def test_a_superseded_attestation_is_not_current(admin_client, monkeypatch):
    make_rows()
    path = "/admin/attestations/attestation/"
    superseded = '<td class="field-is_current"><img src="/static/admin/img/icon-no'
    assert superseded not in admin_client.get(path).content.decode()
    monkeypatch.setattr("attestations.statement.DELTAONE_THRESHOLD_BPS", 200)
    old = Attestation.objects.get()
    attest(old.candidate, old.baseline)
    assert superseded in admin_client.get(path).content.decode()


def revoke(client, **fields):
    chosen = list(Attestation.objects.values_list("pk", flat=True))
    return client.post("/admin/attestations/attestation/", {"action": "revoke", "_selected_action": chosen, **fields})


def test_revoking_asks_for_a_reason_first(admin_client):
    make_rows(2)
    page = revoke(admin_client)
    assert page.status_code == 200
    assert Attestation.objects.first().hash in page.content.decode()
    assert not Revocation.objects.exists()
    assert revoke(admin_client, reason="the data were stolen").status_code == 302
    assert set(Revocation.objects.values_list("reason", "revoked_by")) == {("the data were stolen", "admin")}
    assert LogEntry.objects.filter(kind="revocation").count() == 2


def test_an_empty_reason_revokes_nothing(admin_client):
    make_rows()
    revoke(admin_client, reason="  ")
    assert not Revocation.objects.exists()


def test_who_only_looks_does_not_revoke(django_user_model):
    make_rows()
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_attestation"))
    client = Client()
    client.force_login(viewer)
    revoke(client, reason="no")
    assert not Revocation.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_the_list_costs_the_same_for_2_rows_and_20(admin_client, name):
    counts = []
    for rows in (2, 20):
        make_rows(rows)
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(f"/admin/attestations/{name}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_is_sent_to_sign_in(name):
    assert Client().get(f"/admin/attestations/{name}/").status_code == 302
