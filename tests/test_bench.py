"""The bench goes on running: it fills databases past the services, and a new column breaks that unseen."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_registry_can_be_filled(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.standalone", "tests.bench.rows", "100"],
        cwd=ROOT,
        env={**environment, "HOKUSAI_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("hk_dev_")
