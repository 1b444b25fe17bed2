"""registry.tasks: what is due is sent again, and lost messages lose no work"""

import json
import socket
import threading
import time
from base64 import b64decode
from datetime import timedelta

import celery
import pytest
from django.conf import settings as project
from django.db import transaction
from django.utils import timezone
from redis import Redis

from registry import queue
from registry.models import ModelVersion
from registry.queue import enqueue
from registry.tasks import mirror_stage_task, pull_evidence_task, sweep
from tests.support.ports import free_port
from tests.support.registry_rows import make_version

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _broker_is_there(monkeypatch):
    monkeypatch.setitem(queue._broker, "away_until", 0.0)


@pytest.fixture
def messages():
    """The messages on the real broker, as (task, arguments); emptied first."""
    broker = Redis.from_url(project.REDIS_URL)
    broker.delete("celery")

    def read():
        sent = map(json.loads, broker.lrange("celery", 0, -1))
        return sorted((m["headers"]["task"], json.loads(b64decode(m["body"]))[0]) for m in sent)

    yield read
    broker.delete("celery")
    broker.close()


def row(**fields) -> int:
    version = make_version(verification="pending")
    ModelVersion.objects.filter(pk=version.pk).update(**fields)
    return version.pk


def test_it_works(messages):
    past, future = timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(hours=1)
    due = row(pull_due_at=past)
    lapsed = row(pull_due_at=past, pull_lease_until=past)
    row(pull_due_at=past, pull_lease_until=future)
    row(pull_due_at=future)
    row(pull_due_at=None)
    staged = row(mirror_due_at=past)
    row(mirror_due_at=future)
    assert sweep() == 3
    assert messages() == [
        ("registry.mirror_stage", [staged]),
        ("registry.pull_evidence", [due]),
        ("registry.pull_evidence", [lapsed]),
    ]


def test_the_longest_due_come_first(messages, monkeypatch):
    monkeypatch.setattr("registry.tasks._SWEEP_LIMIT", 2)
    ages = {row(pull_due_at=timezone.now() - timedelta(hours=age)): age for age in (1, 3, 2)}
    assert sweep() == 2
    assert {ages[args[0]] for _, args in messages()} == {3, 2}


def test_a_message_is_sent_after_the_commit_only(messages):
    with transaction.atomic():
        enqueue("registry.pull_evidence", 1)
        assert messages() == []
    assert messages() == [("registry.pull_evidence", [1])]
    with transaction.atomic():
        enqueue("registry.pull_evidence", 2)
        transaction.set_rollback(True)
    assert len(messages()) == 1


@pytest.fixture
def broken_broker():
    """A broker that closes every connection; gives how many there were."""
    listener = socket.create_server(("127.0.0.1", 0))
    attempts = []

    def refuse():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            attempts.append(1)
            connection.close()

    thread = threading.Thread(target=refuse, daemon=True)
    thread.start()
    before = celery.current_app._get_current_object()
    app = celery.Celery("broken", broker=f"redis://127.0.0.1:{listener.getsockname()[1]}/0", set_as_current=True)
    app.conf.broker_transport_options = project.CELERY_BROKER_TRANSPORT_OPTIONS
    yield attempts
    before.set_current()
    app.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_without_a_broker_nothing_raises_and_nothing_is_lost(broken_broker):
    rows = [row(pull_due_at=timezone.now()) for _ in range(30)]
    started = time.monotonic()
    assert sweep() == 30
    assert time.monotonic() - started < queue._RETRY_AFTER_SECONDS
    first = len(broken_broker)
    assert 1 <= first <= 3
    enqueue("registry.pull_evidence", rows[0])
    assert len(broken_broker) == first
    assert ModelVersion.objects.filter(pull_due_at__lte=timezone.now(), pull_lease_until=None).count() == 30


def test_the_broker_is_tried_again(broken_broker, messages):
    enqueue("registry.pull_evidence", 1)
    assert queue._broker["away_until"] > time.monotonic()
    queue._broker["away_until"] = time.monotonic()
    tried = len(broken_broker)
    enqueue("registry.pull_evidence", 2)
    assert len(broken_broker) > tried


@pytest.mark.parametrize("task", [pull_evidence_task, mirror_stage_task])
def test_a_task_swallows_that_mlflow_is_away(task, settings):
    settings.MLFLOW_TRACKING_URI = f"http://127.0.0.1:{free_port()}/mlflow"
    pk = row(pull_due_at=timezone.now(), mirror_due_at=timezone.now())
    task(pk)
    version = ModelVersion.objects.get(pk=pk)
    moved = version.pull_due_at if task is pull_evidence_task else version.mirror_due_at
    assert moved > timezone.now()
