"""The pages: / /contributors/{address} /models/{name} /models/{name}/{version} /attestations/{hash}"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.models import ModelVersion, StageTransition, TransitionRequest
from registry.services.attested import note_attestation
from tests.support.improvement import attest, make_attestation, make_improvement
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import ALICE, BOB, CAROL

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def show(path: str) -> str:
    response = Client().get(path, headers=BROWSER)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/html; charset=utf-8"
    return " ".join(response.content.decode().split())


@pytest.fixture
def attestation():
    made = make_attestation()
    note_attestation(version_id=made.candidate_id, baseline_id=made.baseline_id, attestation_hash=made.hash)
    return made


def query_count(path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        show(path)
    return len(queries)


def test_it_works(attestation):
    home = show("/")
    assert "digits:2" in home
    assert attestation.hash in home
    assert "MLflow verified" in home
    assert 'href="/docs"' in home


class TestContributor:
    def test_shows_values_gain_and_proof(self, attestation):
        page = show(f"/contributors/{BOB.address}")
        assert BOB.address in page
        for told in ("0.8 → 0.9", "+0.1", ">1000<", "Verified: the claim equals", "Evidence level: MLflow verified"):
            assert told in page
        assert f"/attestations/{attestation.hash}" in page
        assert "Named by the registrant" in page
        assert f"/contributors/{ALICE.address}" in page
        assert "is this contributor" not in page

    def test_marks_a_registrant_who_names_himself(self):
        make_version(contributors={ALICE.address: 10_000})
        assert "is this contributor" in show(f"/contributors/{ALICE.address}")

    @pytest.mark.parametrize("spelling", [CAROL.address, CAROL.address.lower(), "0x" + CAROL.address[2:].upper()])
    def test_an_address_never_seen_has_zeros(self, spelling):
        page = show(f"/contributors/{spelling}")
        assert CAROL.address in page
        assert "<dt>Versions improved</dt><dd>0</dd>" in page
        assert "0 basis points" in page

    def test_a_drop_counts_for_nothing(self):
        make_version(accuracy=0.9)
        make_version(accuracy=0.8, contributors={BOB.address: 10_000})
        page = show(f"/contributors/{BOB.address}")
        assert "−0.1" in page
        assert "<dt>Versions improved</dt><dd>0</dd>" in page

    def test_values_at_the_end_of_the_doubles(self):
        model = make_model("odd", model_type="regression", primary_metric="r2")
        make_version(model, metrics={"r2": -1.5e308})
        make_version(model, metrics={"r2": 1.5e308}, contributors={BOB.address: 10_000})
        assert "+3e+308" in show(f"/contributors/{BOB.address}")

    @pytest.mark.parametrize(
        ("address", "sentence"),
        [
            ("0x123", "An address is 0x followed by 40 hexadecimal digits."),
            (BOB.address.swapcase().replace("X", "x", 1), f"the right spelling is {BOB.address}."),
        ],
    )
    def test_a_malformed_address_is_a_404_page(self, address, sentence):
        response = Client().get(f"/contributors/{address}", headers=BROWSER)
        assert response.status_code == 404
        assert sentence in response.content.decode()


class TestModel:
    def test_shows_owner_and_versions_newest_first(self, attestation):
        page = show("/models/digits")
        assert ALICE.address in page
        assert page.index('href="/models/digits/2"') < page.index('href="/models/digits/1"')
        assert "as the registrant named them" in page
        assert attestation.hash in page

    def test_lists_the_newest_hundred(self):
        model = make_model()
        for _ in range(101):
            make_version(model, verification="pending")
        page = show("/models/digits")
        assert "The newest 100 of 101" in page
        assert 'href="/models/digits/101"' in page
        # Version 1 is still the baseline of version 2, and has no row of its own.
        assert 'href="/models/digits/1">1<' not in page

    def test_a_name_with_a_space(self):
        make_version(make_model("house prices"))
        assert 'href="/models/house%20prices/1"' in show("/models/house prices")


class TestVersion:
    def test_shows_claim_beside_snapshot(self, attestation):
        page = show("/models/digits/2")
        version = ModelVersion.objects.get(version=2)
        row = page[page.index("accuracy") :]
        assert row.index("0.9") < row.index("yes") < row.index("0.8") < row.index("+0.1")
        for told in (version.mlflow_run_id, version.artifact_digest, attestation.hash, "digits:1", "MLflow verified"):
            assert told in page
        assert "Named by the registrant" in page
        assert BOB.address in page

    def test_latest(self):
        make_improvement()
        assert "version 2" in show("/models/digits/latest")

    @pytest.mark.parametrize(
        ("verification", "detail", "told"),
        [
            ("pending", {}, "Pending: not yet held against MLflow"),
            ("unreachable", {"reason": "MLflow does not answer."}, "MLflow does not answer."),
            ("missing", {"reason": "The run is deleted."}, "The run is deleted."),
            (
                "mismatched",
                {"mismatches": [{"field": "metrics.accuracy", "claimed": 0.9, "mlflow": 0.71}]},
                '<td class="number">0.71</td>',
            ),
            (
                "tampered",
                {"changes": [{"field": "params.depth", "snapshot": "10", "mlflow": "12"}]},
                "<td>params.depth</td><td>10</td><td>12</td>",
            ),
        ],
    )
    def test_says_what_the_verification_found(self, verification, detail, told):
        make_version(verification=verification, verification_detail=detail)
        page = show("/models/digits/1")
        assert told in page
        assert "Claimed: only the registrant&#x27;s word" in page

    def test_a_claim_that_the_snapshot_does_not_bear_out(self):
        version = make_version(verification="mismatched", accuracy=0.8)
        claim = version.claims.create(metrics={"accuracy": 0.85}, claimed_by=ALICE.address)
        ModelVersion.objects.filter(pk=version.pk).update(claim=claim)
        page = show("/models/digits/1")
        row = page[page.index("<h2>Metrics</h2>") :]
        assert row.index("0.85") < row.index(">0.8<") < row.index(">no<")
        assert "replaced" in page

    def test_transitions_say_who_and_why(self):
        version = make_version()
        StageTransition.objects.create(
            version=version, from_stage="None", to_stage="Staging", requested_by=ALICE.address, comment="Holds up"
        )
        TransitionRequest.objects.create(version=version, to_stage="Production", requested_by=BOB.address)
        page = show("/models/digits/1")
        assert "None → Staging" in page
        assert "Holds up" in page
        assert "→ Production" in page
        assert "waiting" in page

    def test_marks_a_registrant_who_names_himself(self):
        make_version(contributors={ALICE.address: 10_000})
        assert "is the registrant" in show("/models/digits/1")

    def test_a_withdrawn_version_says_so(self):
        make_version(withdrawn_at=timezone.now(), withdrawn_by=ALICE.address)
        assert "it counts in no total" in show("/models/digits/1")
        assert "withdrawn" in show("/models/digits")

    def test_third_party_text_is_text(self):
        evil = "<script>alert(1)</script>"
        model = make_model(description=evil)
        version = make_version(
            model,
            metrics={"accuracy": 0.9, evil: 0.1},
            metadata={evil: evil},
            verification="missing",
            verification_detail={"reason": evil},
        )
        version.contributions.create(address=BOB.address, weight_bps=10_000, data_hash=evil)
        StageTransition.objects.create(version=version, from_stage="None", to_stage="Staging", comment=evil)
        for path in ("/", "/models/digits", "/models/digits/1", f"/contributors/{BOB.address}"):
            assert evil not in show(path)
        assert show("/models/digits/1").count("&lt;script&gt;") >= 5


class TestAttestation:
    def test_shows_the_statement(self, attestation):
        page = show(f"/attestations/{attestation.hash}")
        for told in (attestation.hash, attestation.signer, ">0.8<", ">0.9<", ">0.1<", "1000 basis points"):
            assert told in page
        assert f'href="/api/attestations/{attestation.hash}"' in page
        assert f'href="/api/attestations/{attestation.hash}/verify"' in page
        assert "Contributors are named by the registrant" in page
        assert "MLflow verified" in page
        assert 'class="warning"' not in page

    def test_the_links_it_gives_lead_somewhere(self, attestation):
        for path in (f"/api/attestations/{attestation.hash}", f"/api/attestations/{attestation.hash}/verify"):
            assert Client().get(path).status_code == 200

    def test_warns_of_what_became_of_the_evidence(self, attestation):
        ModelVersion.objects.filter(pk=attestation.candidate_id).update(verification="tampered")
        assert "was changed in MLflow after its evidence was frozen" in show(f"/attestations/{attestation.hash}")
        assert "warning" in show("/")

    def test_names_what_superseded_it(self, attestation, monkeypatch):
        monkeypatch.setattr("attestations.statement.DELTAONE_THRESHOLD_BPS", 200)
        newer = attest(attestation.candidate, attestation.baseline)
        assert newer.hash in show(f"/attestations/{attestation.hash}")
        assert attestation.hash in show(f"/attestations/{newer.hash}")


class TestNotThere:
    @pytest.mark.parametrize(
        "path",
        [
            "/models/nothing", "/models/nothing/1", "/models/digits/9", "/models/digits/x", "/models/a@b",
            "/models/digits%00/1", "/models/digits/99999999999999999999", "/attestations/0x12", "/nothing",
        ],
    )  # fmt: skip
    def test_is_a_page_for_a_browser_and_a_problem_for_a_program(self, path):
        make_version()
        page = Client().get(path, headers=BROWSER)
        assert page.status_code == 404
        assert page["Content-Type"] == "text/html; charset=utf-8"
        assert "Accept" in page["Vary"]
        assert "<h1>Not found</h1>" in page.content.decode()
        problem = Client().get(path, headers={"Accept": "*/*"})
        assert problem.status_code == 404
        assert problem["Content-Type"] == "application/problem+json"
        assert problem.json()["code"] == "not_found"

    @pytest.mark.parametrize("path", ["/api/nothing", "/api/models/nothing"])
    def test_the_api_answers_problems_to_everybody(self, path):
        response = Client().get(path, headers=BROWSER)
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"

    def test_what_the_address_says_is_text(self):
        response = Client().get("/models/<b>x", headers=BROWSER)
        assert response.status_code == 404
        assert "<b>x" not in response.content.decode()

    def test_a_foreign_host_is_a_400_page(self):
        response = Client().get("/", headers={**BROWSER, "Host": "evil.example"})
        assert response.status_code == 400
        assert "<h1>Bad request</h1>" in response.content.decode()

    def test_a_failure_is_a_500_page_without_its_cause(self, monkeypatch):
        def fail():
            raise RuntimeError("a secret")

        monkeypatch.setattr("hokusai_site.dashboard.queries.home_page", fail)
        response = Client(raise_request_exception=False).get("/", headers=BROWSER)
        assert response.status_code == 500
        assert "<h1>Internal server error</h1>" in response.content.decode()
        assert "secret" not in response.content.decode()


PATHS = ["/", f"/contributors/{BOB.address}", "/models/digits", "/models/digits/1", "/attestations/0x12", "/models/no"]


class TestWhoMayRead:
    @pytest.mark.parametrize("path", PATHS)
    def test_closed_to_strangers(self, settings, path):
        settings.HOKUSAI_PUBLIC_READ = False
        make_version()
        response = Client().get(path, headers=BROWSER)
        assert response.status_code == 302
        assert response["Location"] == f"/admin/login/?next={path}"

    def test_closed_to_accounts_that_are_no_operators(self, settings, django_user_model):
        settings.HOKUSAI_PUBLIC_READ = False
        client = Client()
        client.force_login(django_user_model.objects.create_user("someone"))
        assert client.get("/").status_code == 302

    def test_open_to_operators(self, settings, admin_client):
        settings.HOKUSAI_PUBLIC_READ = False
        make_version()
        for path in PATHS[:4]:
            assert admin_client.get(path).status_code == 200

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_pages_are_only_read(self, method):
        assert getattr(Client(), method)("/").status_code == 405


class TestQueries:
    """The number of queries does not grow with the rows."""

    @pytest.mark.parametrize(
        ("path", "expected"),
        [("/", 3), (f"/contributors/{BOB.address}", 5), ("/models/digits", 4), ("/models/digits/2", 7)],
    )
    def test_are_as_many_for_20_rows_as_for_2(self, path, expected):
        self.grow(2)
        few = query_count(path)
        self.grow(20)
        assert few == query_count(path) == expected

    def test_of_an_attestation(self, attestation):
        assert query_count(f"/attestations/{attestation.hash}") == 8

    def grow(self, rows: int) -> None:
        model = make_model()
        for _ in range(rows):
            model.refresh_from_db()
            accuracy = 0.5 + model.version_count / 1000
            candidate = make_version(model, accuracy=accuracy, contributors={BOB.address: 6000, CAROL.address: 4000})
            if candidate.baseline:
                attest(candidate, ModelVersion.objects.for_detail().get(pk=candidate.baseline_id))
        second = ModelVersion.objects.get(version=2)
        for _ in range(rows):
            StageTransition.objects.create(version=second, from_stage="None", to_stage="Staging")
            TransitionRequest.objects.create(version=second, to_stage="Staging", state="rejected")
            second.claims.create(metrics={"accuracy": 0.5}, claimed_by=ALICE.address)


def test_no_script_and_no_inline_style(attestation):
    for path in ("/", "/models/digits", "/models/digits/2", f"/attestations/{attestation.hash}"):
        response = Client().get(path, headers=BROWSER)
        page = response.content.decode()
        assert "<script" not in page
        assert "style=" not in page
        assert "<style" not in page
        assert "default-src 'self'" in response["Content-Security-Policy"]


def test_the_stylesheet_is_served():
    response = Client().get("/static/hokusai.css")
    assert response.status_code == 200
    assert b"prefers-color-scheme: dark" in b"".join(response)


def test_pages_are_counted_by_ip(attestation, settings):
    """One of an attestation verifies it whole, and anybody may ask."""
    settings.HOKUSAI_IP_RATE_LIMIT = 2
    path = f"/attestations/{attestation.hash}"
    answers = [Client().get(path, headers=BROWSER) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) >= 1
    assert "Too many requests" in answers[-1].content.decode()
    assert Client().get("/api/models").status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.9").get(path, headers=BROWSER).status_code == 200
