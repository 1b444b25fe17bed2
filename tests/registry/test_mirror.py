"""registry.services.mirror: stages as aliases and tags in a real MLflow"""

import pytest

from registry.models import ModelVersion
from registry.services import mirror
from registry.services.mirror import mirror_stage
from registry.tracking import set_alias
from registry.tracking_rest import TrackingUnavailable
from tests.registry.calls import registered, send
from tests.registry.mlflow_calls import aliases, call, stage_tag
from tests.support.ports import free_port

pytestmark = [pytest.mark.django_db(transaction=True)]


def move(wallet, name: str, version: int, stage: str, *, archive: bool = False) -> int:
    body = {"stage": stage, "archive_existing_versions": archive}
    response = send("POST", f"/api/models/{name}/{version}/transition", body, wallet)
    assert response.status_code == 200, response.content
    return ModelVersion.objects.get(registered_model__name=name, version=version).pk


def settle() -> None:
    for pk in ModelVersion.objects.exclude(mirror_due_at=None).values_list("pk", flat=True):
        mirror_stage(pk)
    assert not ModelVersion.objects.exclude(mirror_due_at=None).exists()


def test_it_works(mlflow_runs, alice):
    registered(mlflow_runs, alice, model_name="mirror")
    pk = move(alice, "mirror", 1, "Production")
    assert ModelVersion.objects.get(pk=pk).mirror_due_at is not None
    settle()
    assert aliases(mlflow_runs, "mirror") == {"production": "1"}
    assert stage_tag(mlflow_runs, "mirror", 1) == "Production"


def test_an_alias_follows_the_stage(mlflow_runs, alice):
    for _ in range(2):
        registered(mlflow_runs, alice, model_name="follows")
    move(alice, "follows", 1, "Staging")
    settle()
    move(alice, "follows", 1, "Production")
    settle()
    assert aliases(mlflow_runs, "follows") == {"production": "1"}
    move(alice, "follows", 2, "Production", archive=True)
    settle()
    assert aliases(mlflow_runs, "follows") == {"production": "2"}
    assert [stage_tag(mlflow_runs, "follows", n) for n in (1, 2)] == ["Archived", "Production"]
    move(alice, "follows", 2, "None")
    settle()
    assert aliases(mlflow_runs, "follows") == {}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 1, 0, 2, 0)])
def test_late_and_repeated_mirrors_converge(mlflow_runs, alice, order):
    name = f"late {len(order)}{order[0]}"
    for _ in range(3):
        registered(mlflow_runs, alice, model_name=name)
    rows = [move(alice, name, n, "Production") for n in (1, 2, 3)]
    move(alice, name, 2, "Staging")
    for position in order:
        mirror_stage(rows[position])
    assert aliases(mlflow_runs, name) == {"production": "3", "staging": "2"}
    assert [stage_tag(mlflow_runs, name, n) for n in (1, 2, 3)] == ["Production", "Staging", "Production"]


def test_a_mirror_overtaken_in_the_middle_comes_round_again(mlflow_runs, alice, monkeypatch):
    """One worker has read who holds the alias; before it writes, another version is promoted and mirrored."""
    for _ in range(2):
        registered(mlflow_runs, alice, model_name="overtaken")
    slow = move(alice, "overtaken", 1, "Production")
    overtaken = []

    def overtake_first(name, alias, version):
        if not overtaken:
            overtaken.append(version)
            mirror_stage(move(alice, "overtaken", 2, "Production"))
        set_alias(name, alias, version)

    monkeypatch.setattr(mirror, "set_alias", overtake_first)
    mirror_stage(slow)
    assert ModelVersion.objects.get(pk=slow).mirror_due_at is not None
    settle()
    assert aliases(mlflow_runs, "overtaken") == {"production": "2"}


def test_mlflow_away_leaves_it_due(mlflow_runs, alice, settings):
    registered(mlflow_runs, alice, model_name="mirror away")
    pk = move(alice, "mirror away", 1, "Staging")
    there, before = settings.MLFLOW_TRACKING_URI, ModelVersion.objects.get(pk=pk).mirror_due_at
    settings.MLFLOW_TRACKING_URI = f"http://127.0.0.1:{free_port()}/mlflow"
    with pytest.raises(TrackingUnavailable):
        mirror_stage(pk)
    assert ModelVersion.objects.get(pk=pk).mirror_due_at > before
    settings.MLFLOW_TRACKING_URI = there
    settle()
    assert aliases(mlflow_runs, "mirror away") == {"staging": "1"}


def test_a_version_that_mlflow_no_longer_has_is_left_alone(mlflow_runs, alice):
    registered(mlflow_runs, alice, model_name="unmirrored")
    move(alice, "unmirrored", 1, "Production")
    call(mlflow_runs, "DELETE", "mlflow/model-versions/delete", {"name": "unmirrored", "version": "1"})
    settle()
