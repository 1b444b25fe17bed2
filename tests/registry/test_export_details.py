"""Export details: sent with a registration, shown with the version, corrected by operators alone."""

import json
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from contributors.caller import Caller
from contributors.exceptions import Forbidden, InvalidInput
from registry.export_details import ExportDetails
from registry.models import ModelVersion, RegisteredModel
from registry.services.export_details import set_export_details
from tests.registry.calls import at_once, register, send
from tests.support.exports import DETAILS
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_version

OPERATOR = Caller(address=None, method="session", is_operator=True)
MANIFEST = DETAILS["data_manifest"]


@pytest.mark.django_db(transaction=True)
class TestRegistration:
    def test_it_works(self, mlflow_runs, alice):
        body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="details", export_details=DETAILS)
        assert register(alice, body).status_code == 201
        assert send("GET", "/api/models/details/1").json()["export_details"] == DETAILS

    def test_none_are_an_empty_object(self, mlflow_runs, alice):
        run_id = mlflow_runs.finished_run()
        body = mlflow_runs.body(run_id, model_name="no details")
        assert register(alice, {**body, "export_details": None}).status_code == 201
        assert send("GET", "/api/models/no details/1").json()["export_details"] == {}
        assert register(alice, body).status_code == 200

    def test_the_same_again_is_the_same_version(self, mlflow_runs, alice):
        body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="same details", export_details=DETAILS)
        assert [register(alice, body).status_code for _ in range(2)] == [201, 200]

    @pytest.mark.parametrize("first", [DETAILS, {}])
    def test_others_of_the_same_run_are_refused(self, mlflow_runs, alice, first):
        name = f"other details {len(first)}"
        body = mlflow_runs.body(mlflow_runs.finished_run(), model_name=name, export_details=first)
        assert register(alice, body).status_code == 201
        changed = {**body, "export_details": {**DETAILS, "chain_model_id": "43"}}
        problem = assert_problem(register(alice, changed), 409, "already_registered")
        assert [error["field"] for error in problem["errors"]] == ["export_details"]
        assert ModelVersion.objects.get().export_details == first

    def test_what_an_operator_filled_in_is_no_conflict(self, mlflow_runs, alice):
        body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="filled in")
        register(alice, body)
        set_export_details(caller=OPERATOR, version=ModelVersion.objects.get(), details=DETAILS)
        assert register(alice, body).status_code == 200
        assert ModelVersion.objects.get().export_details == DETAILS


@pytest.mark.django_db(transaction=True)
class TestChainModel:
    def named(self, runs, wallet, name, number):
        body = runs.body(runs.finished_run(), model_name=name, export_details={"chain_model_id": number})
        return register(wallet, body)

    def test_a_number_is_one_models(self, mlflow_runs, alice, bob):
        assert self.named(mlflow_runs, alice, "chain one", "7").status_code == 201
        assert_problem(self.named(mlflow_runs, bob, "chain two", "7"), 409, "chain_model_taken")
        assert not ModelVersion.objects.filter(registered_model__name="chain two").exists()
        assert self.named(mlflow_runs, alice, "chain one", "7").status_code == 201

    def test_and_a_model_has_one(self, mlflow_runs, alice):
        assert self.named(mlflow_runs, alice, "chain three", "8").status_code == 201
        assert_problem(self.named(mlflow_runs, alice, "chain three", "9"), 409, "chain_model_differs")

    def test_of_many_at_once_one_has_it(self, mlflow_runs, alice):
        names = [f"chain race {number}" for number in range(4)]
        answers = at_once(*(partial(self.named, mlflow_runs, alice, name, "10") for name in names))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]

    def test_an_operator_takes_it_from_one_and_gives_it_to_another(self, mlflow_runs, alice, admin_client):
        self.named(mlflow_runs, alice, "chain squatter", "11")
        rightful = make_version(make_model("rightful"))
        change = {"export_details": '{"chain_model_id": "11"}'}
        page = admin_client.post(f"/admin/registry/modelversion/{rightful.pk}/change/", change, follow=True)
        assert "Another registered model is model 11" in page.content.decode()
        squatter = RegisteredModel.objects.get(name="chain squatter")
        form = {
            "owner": squatter.owner, "description": "", "chain_model_id": "",
            "maintainers-TOTAL_FORMS": 0, "maintainers-INITIAL_FORMS": 0,
        }  # fmt: skip
        url = f"/admin/registry/registeredmodel/{squatter.pk}/change/"
        assert admin_client.post(url, form).status_code == 302
        admin_client.post(f"/admin/registry/modelversion/{rightful.pk}/change/", change)
        assert RegisteredModel.objects.get(chain_model_id="11").name == "rightful"


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ([], ""),
        ("x", ""),
        ({"colour": 1}, "colour"),
        ({"chain_model_id": "0"}, "chain_model_id"),
        ({"chain_model_id": "-1"}, "chain_model_id"),
        ({"chain_model_id": "01"}, "chain_model_id"),
        ({"chain_model_id": "0x1"}, "chain_model_id"),
        ({"chain_model_id": "1.0"}, "chain_model_id"),
        ({"chain_model_id": "١"}, "chain_model_id"),
        ({"chain_model_id": ""}, "chain_model_id"),
        ({"chain_model_id": str(2**256)}, "chain_model_id"),
        ({"chain_model_id": None}, "chain_model_id"),
        ({"benchmark_spec_id": " "}, "benchmark_spec_id"),
        ({"benchmark_spec_id": "x" * 201}, "benchmark_spec_id"),
        ({"benchmark_spec_id": "x\0"}, "benchmark_spec_id"),
        ({"benchmark_type": ""}, "benchmark_type"),
        ({"pipeline_version": {}}, "pipeline_version"),
        ({"dataset_hash": "d1" * 32}, "dataset_hash"),
        ({"dataset_hash": "0x" + "D1" * 32}, "dataset_hash"),
        ({"dataset_hash": "0x" + "d1" * 31}, "dataset_hash"),
        ({"dataset_size": 0}, "dataset_size"),
        ({"dataset_size": True}, "dataset_size"),
        ({"dataset_size": 1.5}, "dataset_size"),
        ({"dataset_size": 2**53}, "dataset_size"),
        ({"total_samples": 0}, "total_samples"),
        ({"max_cost_usd_micro": -1}, "max_cost_usd_micro"),
        ({"actual_cost_usd_micro": -1}, "actual_cost_usd_micro"),
        ({"data_manifest": {}}, "data_manifest.data_hash"),
        ({"data_manifest": []}, "data_manifest"),
        ({"data_manifest": {**MANIFEST, "colour": 1}}, "data_manifest.colour"),
        ({"data_manifest": {**MANIFEST, "data_hash": "0x" + "da" * 32}}, "data_manifest.data_hash"),
        ({"data_manifest": {**MANIFEST, "row_count": -1}}, "data_manifest.row_count"),
        ({"data_manifest": {**MANIFEST, "columns": "x"}}, "data_manifest.columns"),
        ({"data_manifest": {**MANIFEST, "null_counts": {"x": -1}}}, "data_manifest.null_counts.x"),
        ({"data_manifest": {**MANIFEST, "columns": ["x" * 900] * 100}}, ""),
        ({"data_manifest": {**MANIFEST, "dtypes": {"x": "\ud800"}}}, "data_manifest.dtypes.x"),
        ({"data_manifest": {**MANIFEST, "dtypes": {"\ud800": "x"}}}, ""),
        ({"data_manifest": {**MANIFEST, "dtypes": {"\0": "x"}}}, ""),
    ],
)
@pytest.mark.django_db
def test_what_makes_no_sense_is_refused(alice, details, field):
    body = {
        "model_name": "digits",
        "model_type": "classification",
        "mlflow_run_id": "a" * 32,
        "model_uri": f"runs:/{'a' * 32}/model",
        "metrics": {"accuracy": 0.9},
        "export_details": details,
    }
    problem = assert_problem(register(alice, body), 400, "invalid")
    named = [error["field"] for error in problem["errors"]]
    assert f"export_details.{field}".rstrip(".") in named, problem


@pytest.mark.parametrize("chain_model_id", ["1", str(2**256 - 1)])
def test_the_limits_of_a_uint256(chain_model_id):
    assert ExportDetails(data={"chain_model_id": chain_model_id}).is_valid()


def test_the_whole_manifest():
    whole = {
        **MANIFEST, "source_path": "data/a.csv", "dtypes": {"p0": "float64"}, "null_counts": {"p0": 0},
        "unique_counts": {"p0": 17},
    }  # fmt: skip
    form = ExportDetails(data={"data_manifest": whole})
    assert form.is_valid(), form.errors
    assert form.validated_data == {"data_manifest": whole}


def test_space_around_a_name_goes():
    """Two implementations that hash it would not agree whether it counts."""
    form = ExportDetails(data={"benchmark_spec_id": " digits \n"})
    assert form.is_valid()
    assert form.validated_data == {"benchmark_spec_id": "digits"}


@pytest.mark.django_db
class TestOperator:
    def change(self, client: Client, version: ModelVersion, text: str):
        return client.post(f"/admin/registry/modelversion/{version.pk}/change/", {"export_details": text})

    def test_corrects_them(self, admin_client):
        version = make_version(export_details={"dataset_size": 1})
        assert send("GET", "/api/models/digits/1").json()["export_details"] == {"dataset_size": 1}
        assert self.change(admin_client, version, json.dumps(DETAILS)).status_code == 302
        assert send("GET", "/api/models/digits/1").json()["export_details"] == DETAILS
        entry = LogEntry.objects.get()
        assert entry.object_id == str(version.pk)
        assert 'from {"dataset_size": 1} to {"chain_model_id": "42"' in entry.get_change_message()

    @pytest.mark.parametrize("text", ["", "{}"])
    def test_takes_them_away(self, admin_client, text):
        version = make_version(export_details=DETAILS)
        assert self.change(admin_client, version, text).status_code == 302
        version.refresh_from_db()
        assert version.export_details == {}

    @pytest.mark.parametrize("text", ["x", "[1]", '{"colour": 1}', '{"chain_model_id": "0"}', '{"data_manifest": {}}'])
    def test_is_told_what_makes_no_sense(self, admin_client, text):
        version = make_version(export_details=DETAILS)
        assert self.change(admin_client, version, text).status_code == 200
        version.refresh_from_db()
        assert version.export_details == DETAILS
        assert not LogEntry.objects.exists()

    def test_changes_nothing_else(self, admin_client):
        version = make_version(accuracy=0.8)
        form = {"export_details": "{}", "stage": "Production", "verification": "pending", "artifact_digest": "x"}
        before = ModelVersion.objects.values().get()
        assert admin_client.post(f"/admin/registry/modelversion/{version.pk}/change/", form).status_code == 302
        assert ModelVersion.objects.values().get() == before

    def test_who_may_only_view_changes_nothing(self, django_user_model):
        version = make_version()
        viewer = django_user_model.objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_modelversion"))
        client = Client()
        client.force_login(viewer)
        assert client.get(f"/admin/registry/modelversion/{version.pk}/change/").status_code == 200
        assert self.change(client, version, json.dumps(DETAILS)).status_code == 403
        version.refresh_from_db()
        assert version.export_details == {}


@pytest.mark.django_db
def test_the_owner_does_not_change_them_afterwards(alice):
    version = make_version()
    with pytest.raises(Forbidden):
        set_export_details(caller=Caller(address=alice.address, method="signature"), version=version, details=DETAILS)
    version.refresh_from_db()
    assert version.export_details == {}


@pytest.mark.django_db
def test_the_service_says_which_name_makes_no_sense():
    with pytest.raises(InvalidInput, match="data_manifest: row_count: A valid integer"):
        set_export_details(
            caller=OPERATOR, version=make_version(), details={"data_manifest": {**MANIFEST, "row_count": "many"}}
        )
