"""Append-only rows: what the database itself refuses, whatever sends the SQL"""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from attestations.models import Attestation
from attestations.services.revocation import revoke_attestation
from registry.append_only import AppendOnlyModel
from registry.models import Contribution, EvidenceSnapshot, MetricClaim, StageTransition
from tests.support.improvement import make_attestation
from tests.support.registry_rows import make_version

pytestmark = pytest.mark.django_db

APPEND_ONLY = [m for m in apps.get_models() if issubclass(m, AppendOnlyModel)]


def assert_refused(sql: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture(autouse=True)
def _rows(bob):
    """One row at least of each append-only model."""
    attestation = make_attestation()
    revoke_attestation(attestation=attestation, reason="x", operator="x")
    version = attestation.candidate
    make_version(contributors={bob.address: 10_000})
    StageTransition.objects.create(version=version, from_stage="None", to_stage="Staging")


def test_it_is_all_of_them():
    assert {MetricClaim, EvidenceSnapshot, StageTransition, Contribution, Attestation} <= set(APPEND_ONLY)


@pytest.mark.parametrize("model", APPEND_ONLY, ids=lambda model: model.__name__)
def test_no_row_is_changed_or_deleted(model: type[Model]):
    table, key = model._meta.db_table, connection.ops.quote_name(model._meta.pk.column)
    count = model._base_manager.count()
    assert count > 0
    assert_refused(f"UPDATE {table} SET {key} = {key} + 1000")
    assert_refused(f"DELETE FROM {table}")
    assert model._base_manager.count() == count


def test_not_by_an_upsert_either():
    claim = MetricClaim.objects.first()
    forged = MetricClaim(pk=claim.pk, version=claim.version, metrics={"accuracy": 1}, claimed_by=claim.claimed_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        MetricClaim.objects.bulk_create(
            [forged], update_conflicts=True, update_fields=["metrics"], unique_fields=["id"]
        )


def test_nor_past_the_manager():
    with pytest.raises(IntegrityError), transaction.atomic():
        MetricClaim._base_manager.update(claimed_at=timezone.now())


def test_nor_by_replacing_or_emptying():
    if connection.vendor == "postgresql":
        # What the test itself inserted has its foreign keys checked first.
        connection.check_constraints()
        assert_refused("TRUNCATE registry_metricclaim CASCADE")
    else:
        assert_refused("INSERT OR REPLACE INTO registry_metricclaim SELECT * FROM registry_metricclaim")
