"""The log with four processes that append at once and are killed at random"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from attestations.log_tree import full_subtrees, leaf_hash, nodes_completed_by, range_hash
from attestations.models import LogEntry, LogHead, LogNode
from attestations.services.log import current_checkpoint
from tests.support.improvement import make_attestation

pytestmark = [pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parent.parent.parent
WORKERS = 4
KILLS = 12


def database_url() -> str:
    """The database of this test, for other processes."""
    chosen = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{chosen['NAME']}"
    return f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{chosen['NAME']}"


class Appender:
    """A process that appends; ``told`` is what it said it had committed."""

    def __init__(self, attestation_id: int, output: Path) -> None:
        self.output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.standalone", "tests.support.appender", str(attestation_id)],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": database_url(), "HOKUSAI_DATA_DIR": str(settings.HOKUSAI_DATA_DIR)},
                stdout=file,
            )

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def told(self) -> list[tuple[int, str]]:
        lines = self.output.read_text().split("\n")[:-1]
        return [(int(line.split()[0]), line.split()[1]) for line in lines]


def test_no_index_is_used_twice_or_skipped(tmp_path):
    attestation = make_attestation()
    random.seed(7)
    appenders = [Appender(attestation.pk, tmp_path / f"{number}") for number in range(WORKERS)]
    running = list(appenders)
    deadline = time.monotonic() + 60
    while LogEntry.objects.count() < 50 and time.monotonic() < deadline:
        time.sleep(0.05)
    for number in range(KILLS):
        time.sleep(random.uniform(0.0, 0.3))
        # One that is at it: a process takes a second to start.
        while not (busy := [appender for appender in running if appender.told()]):
            time.sleep(0.02)
        killed = random.choice(busy)
        killed.kill()
        running.remove(killed)
        running.append(Appender(attestation.pk, tmp_path / f"more {number}"))
        appenders.append(running[-1])
    while LogEntry.objects.count() < 400 and time.monotonic() < deadline:
        time.sleep(0.05)
    for appender in running:
        appender.kill()

    entries = list(LogEntry.objects.order_by("index").values_list("index", "leaf_data"))
    size = len(entries)
    assert size >= 400
    assert [index for index, _ in entries] == list(range(size))
    # Nothing that was told of as committed is lost or stands elsewhere.
    told = [row for appender in appenders for row in appender.told()]
    assert len(told) >= 300
    assert set(told) <= set(entries)
    nodes: dict = {}
    for index, data in entries:
        edge = {node: nodes[node] for node in full_subtrees(index)}
        nodes.update(nodes_completed_by(index, leaf_hash(bytes.fromhex(data)), edge))
    assert dict(LogNode.objects.values_list("pk", "hash")) == {
        LogNode.key(*node): digest.hex() for node, digest in nodes.items()
    }
    assert LogHead.objects.get().size == size
    assert current_checkpoint().root == range_hash((0, size), nodes.__getitem__)
