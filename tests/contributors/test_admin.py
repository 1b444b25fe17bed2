"""The admin of API keys and used signatures."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributors.exceptions import Unauthenticated
from contributors.models import ApiKey, UsedSignature
from contributors.services.api_keys import check_key, issue_key
from tests.support.wallets import ALICE

pytestmark = pytest.mark.django_db

LIST = "/admin/contributors/apikey/"


def make_key(name: str = "ci") -> tuple[ApiKey, str]:
    return issue_key(address=ALICE.address, name=name, scopes=["models:read"])


def revoke(client: Client, *keys: ApiKey):
    return client.post(LIST, {"action": "revoke", "_selected_action": [k.pk for k in keys]}, follow=True)


def test_it_works(admin_client):
    key, _ = make_key()
    page = admin_client.get(LIST).content.decode()
    assert key.prefix in page
    assert "Hokusai registry" in page


@pytest.mark.parametrize("app", ["contributors", "registry", "attestations"])
def test_every_model_has_its_place(app):
    shown = {inline.model for model_admin in admin.site._registry.values() for inline in model_admin.inlines}
    shown |= set(admin.site._registry)
    assert set(apps.get_app_config(app).get_models()) <= shown


def test_the_digest_is_nowhere(admin_client):
    key, _ = make_key()
    for path in (LIST, f"{LIST}{key.pk}/change/", f"{LIST}?q={key.prefix}"):
        assert key.digest not in admin_client.get(path).content.decode()


def test_revoking_takes_effect_at_once(admin_client):
    key, token = make_key()
    other, other_token = make_key("other")
    response = revoke(admin_client, key)
    assert "API keys revoked: 1." in response.content.decode()
    with pytest.raises(Unauthenticated) as refused:
        check_key(token=token, ip="127.0.0.1")
    assert refused.value.code == "key_revoked"
    assert check_key(token=other_token, ip="127.0.0.1").pk == other.pk
    assert LogEntry.objects.get().change_message == "Revoked."


def test_revoking_twice_keeps_the_first_moment(admin_client):
    key, _ = make_key()
    revoke(admin_client, key)
    first = ApiKey.objects.get().revoked_at
    assert "API keys revoked: 0." in revoke(admin_client, key).content.decode()
    assert ApiKey.objects.get().revoked_at == first


@pytest.mark.parametrize(("typed", "stored"), [("250", 250), ("", None)])
def test_the_rate_limit_is_editable(admin_client, typed, stored):
    key, _ = make_key()
    ApiKey.objects.filter(pk=key.pk).update(rate_limit=7)
    assert admin_client.post(f"{LIST}{key.pk}/change/", {"rate_limit": typed}).status_code == 302
    assert ApiKey.objects.get().rate_limit == stored


def test_saving_the_rate_limit_touches_nothing_else(admin_client, monkeypatch):
    """A key revoked while its form is being saved stays revoked."""
    key, _ = make_key()
    real = admin.site.get_model_admin(ApiKey).save_form

    def revoked_meanwhile(*arguments, **options):
        ApiKey.objects.update(revoked_at=timezone.now())
        return real(*arguments, **options)

    monkeypatch.setattr(admin.site.get_model_admin(ApiKey), "save_form", revoked_meanwhile)
    admin_client.post(f"{LIST}{key.pk}/change/", {"rate_limit": "5", "name": "other", "digest": "0" * 64})
    after = ApiKey.objects.get()
    assert after.revoked_at is not None
    assert (after.rate_limit, after.name, after.digest) == (5, key.name, key.digest)


def test_keys_are_neither_made_nor_deleted_here(admin_client):
    key, _ = make_key()
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": key.pk, "post": "yes"})
    assert ApiKey.objects.count() == 1


def test_used_signatures_are_read_only(admin_client):
    used = UsedSignature.objects.create(
        address=ALICE.address, message="Hokusai API Access - …", request_digest="0", expires_at=timezone.now()
    )
    path = f"/admin/contributors/usedsignature/{used.pk}/"
    assert admin_client.get(f"{path}change/").status_code == 200
    assert admin_client.post(f"{path}change/", {"released": "on"}).status_code == 403
    assert admin_client.post(f"{path}delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get("/admin/contributors/usedsignature/add/").status_code == 403
    used.refresh_from_db()
    assert used.released is False


def test_an_operator_who_may_only_view_cannot_revoke(django_user_model):
    key, _ = make_key()
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client = Client()
    client.force_login(viewer)
    assert client.get(LIST).status_code == 200
    revoke(client, key)
    assert ApiKey.objects.get().revoked_at is None


def test_a_stranger_is_sent_to_sign_in():
    assert Client().get(LIST)["Location"] == f"/admin/login/?next={LIST}"


def test_the_list_costs_the_same_for_2_keys_and_20(admin_client):
    counts = []
    for rows in (2, 20):
        for number in range(rows):
            make_key(str(number))
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
