"""What was accepted is kept: Redis gone for ten seconds, a killed worker."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
import urllib3

from tests.support.stack import processes_of
from tests.support.wallets import Wallet

pytestmark = pytest.mark.e2e

WALLET = Wallet("0x" + "d2" * 32)
http = urllib3.PoolManager(retries=False)


def register(stack, runs, name):
    run_id = runs.finished_run({"accuracy": 0.9})
    response = http.request(
        "POST",
        f"{stack.url}/api/models/register",
        body=json.dumps(runs.body(run_id, model_name=name)),
        headers={"Content-Type": "application/json", **WALLET.headers()},
        timeout=20,
    )
    assert response.status == 201, response.data
    return response.json()["links"]["self"]


def wait_for_verified(stack, path, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        verification = http.request("GET", f"{stack.url}{path}", headers=WALLET.headers()).json()["verification"]
        if verification == "verified":
            return
        time.sleep(0.7)
    pytest.fail(f"{path} is {verification} after {seconds} s: {stack.log.read_text()[-2000:]}")


def test_redis_gone_for_ten_seconds(stack, mlflow_runs, redis_server):
    port = redis_server.port
    redis_server.stop()
    gone_since = time.monotonic()
    paths = []
    while time.monotonic() - gone_since < 10:
        paths.append(register(stack, mlflow_runs, "redis gone"))
        time.sleep(1)
    redis_server._desired_port = port
    redis_server.start()
    assert len(paths) >= 5
    for path in paths:
        wait_for_verified(stack, path)


def test_a_killed_worker_loses_nothing(stack, mlflow_runs):
    """The worker's processes die at once; those that its parent starts again find the work in rows."""
    paths = [register(stack, mlflow_runs, "worker killed") for _ in range(4)]
    kill_pool_children(stack)
    paths += [register(stack, mlflow_runs, "worker killed") for _ in range(4)]
    for path in paths:
        wait_for_verified(stack, path, seconds=180)


def kill_pool_children(stack) -> None:
    """SIGKILL every process of the worker but its parent, which replaces them."""
    data_dir = stack.log.parent
    assert any("celery" in command and "worker" in command for command in processes_of(data_dir))
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
            parent_command = (Path("/proc") / parent / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        ours = f"HOKUSAI_DATA_DIR={data_dir}\0".encode() in environment
        if ours and b"worker\0" in command and b"worker\0" in parent_command:
            os.kill(int(entry.name), signal.SIGKILL)
