"""`make demo` and `make up`, with the embedded Redis and MLflow that they start themselves."""

import os
import re
import socket
import subprocess
import sys

import pytest

from tests.support.stack import ROOT, database_of_its_own, processes_of

pytestmark = pytest.mark.e2e


def environment_without(*names: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names}


def run_demo(data_dir, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = environment_without("REDIS_URL", "MLFLOW_TRACKING_URI", "DATABASE_URL", "PORT", "MLFLOW_PORT")
    return subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env={**given, "HOKUSAI_DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_it_works_and_leaves_nothing_running(tmp_path):
    data_dir = tmp_path / "data"
    with database_of_its_own(tmp_path) as database_url:
        done = run_demo(data_dir, DATABASE_URL=database_url)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("third_party_classifier:1", "third_party_classifier:2", "Performance Delta:", "accuracy"):
        assert line in done.stdout
    assert re.search(r"Attestation Hash: 0x[0-9a-f]{64}", done.stdout)
    assert "make up" in done.stdout
    assert processes_of(data_dir) == []


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run_demo(tmp_path, PORT=port)
    assert done.returncode == 1
    assert f"PORT={port} is taken" in done.stderr
