"""POST /admin/login/: an operator's password is not guessed all day"""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _operator(settings):
    settings.HOKUSAI_FAILED_AUTH_LIMIT = 3
    get_user_model().objects.create_superuser("operator", password=PASSWORD)


def sign_in(password, **headers):
    return Client(headers=headers).post("/admin/login/", {"username": "operator", "password": password})


def test_it_works():
    assert Client().get("/admin/login/").status_code == 200
    for _ in range(5):
        assert sign_in(PASSWORD).status_code == 302


def test_after_too_many_failures_the_right_password_waits_too():
    for _ in range(3):
        assert sign_in("wrong").status_code == 200
    response = sign_in(PASSWORD, accept="text/html")
    assert response.status_code == 429
    assert response["Content-Type"].startswith("text/html")
    assert int(response["Retry-After"]) >= 1
    assert "sessionid" not in response.cookies


def test_another_client_is_not_kept_out(settings):
    for _ in range(4):
        sign_in("wrong")
    answer = Client(REMOTE_ADDR="192.0.2.9").post("/admin/login/", {"username": "operator", "password": PASSWORD})
    assert answer.status_code == 302


def test_failures_over_the_api_count_too():
    for _ in range(3):
        Client().get("/api/models", headers={"Authorization": "Bearer nonsense"})
    assert sign_in(PASSWORD).status_code == 429
