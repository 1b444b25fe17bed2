"""GET /api/attestations/{hash}?format=: what every format but the bundle refuses"""

import pytest

from attestations.models import AttesterKey
from attestations.services.revocation import revoke_attestation
from tests.support.exports import EAS, VERIFIER, get, make_exportable, spoil
from tests.support.improvement import attest
from tests.support.problems import assert_problem

pytestmark = pytest.mark.django_db

FORMATS = ["zk-output", "eas-offchain", "mint-request"]


@pytest.fixture(autouse=True)
def _contracts(settings):
    settings.HOKUSAI_EAS_ADDRESS, settings.HOKUSAI_DELTA_VERIFIER_ADDRESS = EAS, VERIFIER


@pytest.mark.parametrize("format_", FORMATS)
def test_a_superseded_one_is_refused(format_):
    attestation = make_exportable()
    spoil(attestation.candidate, artifact_digest="sha256:" + "5" * 64)
    attestation.candidate.refresh_from_db()
    newer = attest(attestation.candidate, attestation.baseline)
    assert newer.hash in assert_problem(get(attestation, format_), 409, "superseded")["detail"]
    assert get(newer, format_).status_code == 200


@pytest.mark.parametrize("format_", FORMATS)
def test_a_revoked_one_is_refused(format_):
    attestation = make_exportable()
    revoke_attestation(attestation=attestation, reason="An error of ours.", operator="operator")
    assert "An error of ours" in assert_problem(get(attestation, format_), 409, "revoked")["detail"]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("side", ["candidate", "baseline"])
@pytest.mark.parametrize("code", ["tampered", "missing", "mismatched", "withdrawn"])
def test_what_does_not_stand_any_more_is_refused(code, side, format_):
    attestation = make_exportable()
    change = {"withdrawn_at": attestation.issued_at} if code == "withdrawn" else {"verification": code}
    spoil(getattr(attestation, side), **change)
    assert_problem(get(attestation, format_), 409, code)


@pytest.mark.parametrize("format_", ["eas-offchain", "mint-request"])
def test_a_key_that_was_replaced_signs_nothing(format_):
    attestation = make_exportable()
    AttesterKey.objects.update(valid_until=attestation.issued_at)
    assert_problem(get(attestation, format_), 503, "attester_retired")
