"""Every read costs the same number of queries at 2 rows and at 30."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.models import MetricClaim, ModelVersion
from tests.registry.calls import send
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import ALICE, BOB, CAROL

pytestmark = pytest.mark.django_db

PEOPLE = {ALICE.address: 2000, BOB.address: 3000, CAROL.address: 5000}


def fill(count: int) -> None:
    """A line of versions, each with a model of its own beside it, contributors, claims and transitions."""
    for number in range(count):
        version = make_version(accuracy=number / 100, contributors=PEOPLE)
        MetricClaim.objects.create(version=version, metrics={"accuracy": 0.1}, claimed_by=ALICE.address)
        make_version(make_model(f"model {number}"), baseline=version, accuracy=0.5, contributors=PEOPLE)
    first = ModelVersion.objects.get(registered_model__name="digits", version=1)
    for number in range(count):
        wallet_stage = "Staging" if number % 2 else "Archived"
        first.transitions.create(from_stage="None", to_stage=wallet_stage, requested_by=ALICE.address)
        MetricClaim.objects.create(version=first, metrics={"accuracy": 0.1}, claimed_by=ALICE.address)


def queries(path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = send("GET", path)
    assert response.status_code == 200, response.content
    return len(captured)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/models?page_size=200", 1),
        ("/api/models/digits", 2),
        ("/api/models/digits/versions?page_size=200", 3),
        ("/api/models/digits/1", 5),
        ("/api/models/digits/1/lineage", 6),
        ("/api/models/digits/1/transitions", 4),
        ("/api/models/compare?model1=digits:1&model2=digits:2", 4),
        (f"/api/contributors/{BOB.address}/impact", 5),
    ],
)
def test_it_works(path, most):
    fill(2)
    few = queries(path)
    assert few <= most
    fill(28)
    assert queries(path) == few
