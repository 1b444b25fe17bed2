"""examples/third_party_integration.py against real servers and a real worker process."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from tests.support.stack import ROOT
from tests.support.wallets import Wallet

pytestmark = pytest.mark.e2e


OWNER = Wallet("0x" + "e1" * 32)
STRANGER = Wallet("0x" + "e2" * 32)


def run_example(stack, name: str, wallet: Wallet) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "examples/third_party_integration.py"],
        cwd=ROOT,
        env={
            **os.environ,
            "REGISTRY_URL": stack.url,
            "MLFLOW_TRACKING_URI": settings.MLFLOW_TRACKING_URI,
            "ETH_PRIVATE_KEY": wallet.private_key,
            "MODEL_NAME": name,
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_it_works_and_repeats_itself(stack):
    first, again = (run_example(stack, "example", OWNER) for _ in range(2))
    assert first.returncode == 0, first.stdout + first.stderr
    assert again.returncode == 0, again.stdout + again.stderr
    for line in ("Baseline Model ID: example:1", "Improved Model ID: example:2", "example:2: verified"):
        assert line in first.stdout
    assert re.search(r"Attestation Hash: 0x[0-9a-f]{64}\n", first.stdout)
    assert delta(first.stdout) == delta(again.stdout) > 0.05
    # The same gain a second time counts for nothing.
    assert "1 version(s) improved, 750.00 basis points" in first.stdout
    assert "1 version(s) improved, 750.00 basis points" in again.stdout


def test_a_stranger_is_told_to_choose_another_name(stack):
    done = run_example(stack, "example", STRANGER)
    assert done.returncode == 1
    assert "not_owner" in done.stderr
    assert "another name" in done.stderr


def delta(output: str) -> float:
    match = re.search(r"accuracy .*→ .*\s([+-]\d\.\d+)\n", output)
    assert match, output
    return float(match[1])
