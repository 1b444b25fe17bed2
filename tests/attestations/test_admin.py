"""The admin of attestations and the requests for them: looked at, never touched."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attestations.models import Attestation, AttestationRequest
from tests.support.improvement import make_improvement

pytestmark = pytest.mark.django_db

NAMES = ["attestation", "attestationrequest"]


def make_rows(count: int = 1, state: str = "done") -> None:
    for _ in range(count):
        baseline, candidate = make_improvement(name=f"model {Attestation.objects.count()}")
        attestation = Attestation.objects.create(
            hash=f"0x{Attestation.objects.count():064x}",
            candidate=candidate,
            baseline=baseline,
            statement='{"predicate":{}}',
            chain_id=1,
            signer=candidate.registered_by,
            signature="0x",
        )
        AttestationRequest.objects.create(
            candidate=candidate, baseline=baseline, state=state, attestation=attestation, due_at=None
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


def test_a_superseded_attestation_is_not_current(admin_client):
    make_rows()
    old = Attestation.objects.get()
    assert "icon-no" not in admin_client.get("/admin/attestations/attestation/").content.decode()
    Attestation.objects.create(
        hash="0x" + "f" * 64, candidate=old.candidate, baseline=old.baseline, statement="{}",
        chain_id=1, signer=old.signer, signature="0x", supersedes=old,
    )  # fmt: skip
    assert "icon-no" in admin_client.get("/admin/attestations/attestation/").content.decode()


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
