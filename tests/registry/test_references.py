"""registry.services.references"""

from datetime import timedelta

import pytest
from django.utils import timezone

from contributors.exceptions import InvalidInput, NotFound
from registry.models import ModelVersion
from registry.services.references import get_model, resolve
from tests.support.registry_rows import make_model, make_version

pytestmark = pytest.mark.django_db


def test_it_works():
    first, second = make_version(), make_version()
    make_version(make_model("digits.2"))
    assert resolve("digits:1") == first
    assert resolve("digits:latest") == second


def test_latest_is_the_newest_registered_not_the_highest_number():
    make_version(version=9)
    newest = make_version(version=2)
    assert resolve("digits:latest") == newest


def test_a_stage_means_who_entered_it_last():
    versions = [make_version(stage="Production") for _ in range(3)]
    now = timezone.now()
    for version, hours in zip(versions, (2, 1, 3), strict=True):
        ModelVersion.objects.filter(pk=version.pk).update(staged_at=now - timedelta(hours=hours))
    assert resolve("digits@production") == versions[1]


@pytest.mark.parametrize("text", ["digits:3", "other:1", "other:latest", "digits@Staging"])
def test_what_is_not_there(text):
    make_version()
    with pytest.raises(NotFound) as caught:
        resolve(text)
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize("text", ["digits", "digits:x", "", "a/b:1"])
def test_what_is_no_reference(text):
    with pytest.raises(InvalidInput) as caught:
        resolve(text, field="model1")
    assert caught.value.errors[0]["field"] == "model1"


def test_a_model_by_name():
    model = make_model()
    assert get_model("digits") == model
    for name in ("Digits", "digits ", "a\0b", ""):
        with pytest.raises(NotFound):
            get_model(name)
