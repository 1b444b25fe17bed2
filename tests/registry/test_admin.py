"""The admin of the registry: models are handed over, evidence is looked at, work is set going."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.models import (
    EvidenceSnapshot,
    MetricClaim,
    ModelVersion,
    RegisteredModel,
    RegistrationLease,
    StageTransition,
    TransitionRequest,
)
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import ALICE, BOB, CAROL

pytestmark = pytest.mark.django_db

READ_ONLY = [
    "contribution", "evidencesnapshot", "metricclaim", "modelversion",
    "registrationlease", "stagetransition", "transitionrequest",
]  # fmt: skip


@pytest.fixture
def sent(monkeypatch):
    """What is sent to the workers."""
    messages: list[tuple[object, ...]] = []
    for service in ("operations", "stages"):
        monkeypatch.setattr(f"registry.services.{service}.enqueue", lambda *message: messages.append(message))
    return messages


def make_rows(count: int = 1) -> None:
    """So many rows of every model that is shown read-only."""
    for _ in range(count):
        version = make_version(contributors={BOB.address: 10_000})
        StageTransition.objects.create(version=version, from_stage="None", to_stage="Staging")
        TransitionRequest.objects.create(version=version, to_stage="Production")
        RegistrationLease.objects.create(
            model_name="digits", mlflow_run_id=version.mlflow_run_id, token="t", lease_until=timezone.now()
        )


def first_pk(name: str) -> int:
    models = {m.__name__.lower(): m for m in (EvidenceSnapshot, MetricClaim, ModelVersion, StageTransition)}
    models |= {m.__name__.lower(): m for m in (TransitionRequest, RegistrationLease)}
    model = models.get(name) or ModelVersion.contributions.rel.related_model
    return model.objects.values_list("pk", flat=True).first()


def act(client: Client, name: str, action: str, *pks: int):
    return client.post(f"/admin/registry/{name}/", {"action": action, "_selected_action": pks}, follow=True)


def test_it_works(admin_client):
    make_version(accuracy=0.875)
    page = admin_client.get("/admin/registry/modelversion/").content.decode()
    assert "digits:1" in page
    assert "mlflow_verified" in page
    assert "0.875" in page


@pytest.mark.parametrize("name", READ_ONLY)
def test_is_read_only(admin_client, name):
    make_rows()
    path = f"/admin/registry/{name}/"
    pk = first_pk(name)
    assert admin_client.get(path).status_code == 200
    assert admin_client.get(f"{path}{pk}/change/").status_code == 200
    assert admin_client.get(f"{path}add/").status_code == 403
    if name != "modelversion":  # Of which one field may be changed: tests/registry/test_export_details.py.
        assert admin_client.post(f"{path}{pk}/change/", {}).status_code == 403
    assert admin_client.post(f"{path}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin_client.get(path).content.decode()


@pytest.mark.parametrize("name", [*READ_ONLY, "registeredmodel"])
def test_search_and_filters_work(admin_client, name):
    make_rows()
    path = f"/admin/registry/{name}/"
    assert admin_client.get(path, {"q": "digits"}).status_code == 200
    assert admin_client.get(path, {"q": "' \x00 %"}).status_code == 200


@pytest.mark.parametrize("name", [*READ_ONLY, "registeredmodel"])
def test_the_list_costs_the_same_for_2_rows_and_20(admin_client, name):
    counts = []
    for rows in (2, 20):
        make_rows(rows)
        for number in range(rows):
            make_model(f"model {rows} {number}")
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(f"/admin/registry/{name}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_snapshots_are_listed_without_their_text(admin_client):
    make_rows()
    with CaptureQueriesContext(connection) as queries:
        admin_client.get("/admin/registry/evidencesnapshot/")
    assert not any("canonical_text" in query["sql"] for query in queries)


def test_contributors_are_shown_beside_who_named_them(admin_client):
    make_version(contributors={BOB.address: 5000, ALICE.address: 5000})
    page = admin_client.get("/admin/registry/contribution/").content.decode()
    assert "named by (registrant)" in page.lower()
    assert f"{ALICE.address} (the contributor)" in page
    assert f"{BOB.address} (the contributor)" not in page


class TestModel:
    def change(self, client: Client, model: RegisteredModel, *maintainers: str, **fields):
        present = list(model.maintainers.order_by("pk"))
        form = {
            "owner": model.owner,
            "description": model.description,
            "maintainers-TOTAL_FORMS": len(present) + len(maintainers),
            "maintainers-INITIAL_FORMS": len(present),
        }
        for number, maintainer in enumerate(present):
            form |= {f"maintainers-{number}-id": maintainer.pk, f"maintainers-{number}-address": maintainer.address}
        for number, address in enumerate(maintainers, len(present)):
            form[f"maintainers-{number}-address"] = address
        return client.post(f"/admin/registry/registeredmodel/{model.pk}/change/", {**form, **fields})

    def test_is_handed_over(self, admin_client):
        model = make_model(description="Digits")
        assert self.change(admin_client, model, owner=BOB.address.lower()).status_code == 302
        model.refresh_from_db()
        assert model.owner == BOB.address
        assert model.description == "Digits"

    @pytest.mark.parametrize("owner", ["", "0x123", BOB.address.swapcase().replace("X", "x", 1)])
    def test_is_not_handed_to_what_is_no_address(self, admin_client, owner):
        model = make_model()
        assert self.change(admin_client, model, owner=owner).status_code == 200
        model.refresh_from_db()
        assert model.owner == ALICE.address

    def test_description_and_rule_are_editable(self, admin_client):
        model = make_model()
        self.change(admin_client, model, description="New", production_needs_approval="on")
        model.refresh_from_db()
        assert (model.description, model.production_needs_approval) == ("New", True)

    def test_the_rest_is_not(self, admin_client):
        model = make_model()
        self.change(admin_client, model, name="x", primary_metric="x", version_count="9", metric_directions="{}")
        model.refresh_from_db()
        assert (model.name, model.primary_metric, model.version_count) == ("digits", "accuracy", 0)

    def test_maintainers_are_added_and_removed(self, admin_client):
        model = make_model()
        self.change(admin_client, model, BOB.address.lower(), CAROL.address)
        assert set(model.maintainers.values_list("address", flat=True)) == {BOB.address, CAROL.address}
        assert self.change(admin_client, model, **{"maintainers-0-DELETE": "on"}).status_code == 302
        assert model.maintainers.count() == 1

    def test_a_maintainer_named_twice_is_one(self, admin_client):
        model = make_model()
        self.change(admin_client, model, BOB.address.lower(), BOB.address)
        assert [m.address for m in model.maintainers.all()] == [BOB.address]

    def test_is_neither_made_nor_deleted_here(self, admin_client):
        model = make_model()
        assert admin_client.get("/admin/registry/registeredmodel/add/").status_code == 403
        delete = f"/admin/registry/registeredmodel/{model.pk}/delete/"
        assert admin_client.post(delete, {"post": "yes"}).status_code == 403


class TestPullAgain:
    def test_makes_the_evidence_due_and_tells_the_workers(self, admin_client, sent):
        chosen, other = make_version(), make_version()
        ModelVersion.objects.filter(pk=chosen.pk).update(pull_failures=5)
        response = act(admin_client, "modelversion", "pull_again", chosen.pk)
        assert "Versions whose evidence workers pull now: 1." in response.content.decode()
        chosen.refresh_from_db()
        other.refresh_from_db()
        assert chosen.pull_due_at <= timezone.now()
        assert chosen.pull_failures == 0
        assert other.pull_due_at is None
        assert sent == [("registry.pull_evidence", chosen.pk)]
        assert LogEntry.objects.get().object_id == str(chosen.pk)


class TestDecision:
    def make_request(self, **fields) -> TransitionRequest:
        version = make_version()
        return TransitionRequest.objects.create(
            version=version, to_stage="Production", requested_by=ALICE.address, comment="Ready", **fields
        )

    def test_approving_changes_the_stage(self, admin_client, sent):
        waiting = self.make_request()
        response = act(admin_client, "transitionrequest", "approve", waiting.pk)
        assert "Transition requests approved: 1." in response.content.decode()
        waiting.refresh_from_db()
        assert (waiting.state, waiting.decided_by) == ("approved", None)
        assert waiting.decision_comment == "Decided in the admin by admin."
        assert waiting.version.stage == "Production"
        transition = StageTransition.objects.get()
        assert (transition.requested_by, transition.comment) == (ALICE.address, "Ready")
        assert sent == [("registry.mirror_stage", waiting.version_id)]

    def test_rejecting_changes_no_stage(self, admin_client, sent):
        waiting = self.make_request()
        act(admin_client, "transitionrequest", "reject", waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.state, waiting.version.stage) == ("rejected", "None")
        assert sent == []

    def test_one_that_was_decided_does_not_hold_up_the_others(self, admin_client, sent):
        decided, waiting = self.make_request(state="rejected"), self.make_request()
        page = act(admin_client, "transitionrequest", "approve", decided.pk, waiting.pk).content.decode()
        assert "This request was decided before." in page
        assert "Transition requests approved: 1." in page
        waiting.refresh_from_db()
        assert waiting.state == "approved"

    def test_two_of_one_version_are_decided_in_turn(self, admin_client, sent):
        first = self.make_request()
        second = TransitionRequest.objects.create(version=first.version, to_stage="Archived")
        act(admin_client, "transitionrequest", "approve", first.pk, second.pk)
        assert ModelVersion.objects.get().stage == "Archived"
        assert StageTransition.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "action"),
    [("modelversion", "pull_again"), ("transitionrequest", "approve"), ("transitionrequest", "reject")],
)
def test_an_operator_who_may_only_view_sets_nothing_going(django_user_model, sent, name, action):
    make_rows()
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename=f"view_{name}"))
    client = Client()
    client.force_login(viewer)
    assert client.get(f"/admin/registry/{name}/").status_code == 200
    act(client, name, action, first_pk(name))
    assert sent == []
    assert TransitionRequest.objects.get().state == "waiting"


def test_a_stranger_is_sent_to_sign_in():
    assert Client().get("/admin/registry/modelversion/").status_code == 302
