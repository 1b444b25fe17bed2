"""Start the stack, run the integration guide's journey against it, and stop it again."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from contributors.key_files import kept_secret
from hokusai_site.stack import PROCFILE, StackPlan, plan_stack

START_SECONDS = 180
EXAMPLE = "examples/third_party_integration.py"


class Command(BaseCommand):
    help = "Run the integration guide from end to end against a stack of its own."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(highlight=False)
        plan = plan_stack(os.environ, settings.HOKUSAI_DATA_DIR)
        log = settings.HOKUSAI_DATA_DIR / "demo.log"
        with log.open("wb") as output:
            stack = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                env=_chosen(plan),
                cwd=PROCFILE.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            with console.status("Starting the registry, its worker, MLflow and Redis …"):
                _wait_until_ready(plan.registry_url, stack, log)
            console.print(f"The stack is up: registry {plan.registry_url}, MLflow {plan.mlflow_url}\n")
            code = _run_example(plan)
        finally:
            with console.status("Stopping the stack …"):
                _stop(stack)
        if code:
            raise CommandError(f"The example ended with {code}; the stack's log is {log}.")
        console.print(
            "\nThe stack is stopped. Its data stays in "
            f"{settings.HOKUSAI_DATA_DIR}: run [bold]make up[/bold] to look at it in a browser.\n"
            "README.md says where things are; examples/third_party_integration.py is the program that just ran."
        )


def _chosen(plan: StackPlan) -> dict[str, str]:
    """The plan's ports as given ones, so that the stack takes the very same."""
    environment = dict(plan.environment)
    for name, process in (("REDIS_URL", "redis"), ("MLFLOW_TRACKING_URI", "mlflow")):
        if process in plan.commands:
            del environment[name]
    return environment


def _wait_until_ready(url: str, stack: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    answer = "nothing"
    while time.monotonic() < deadline:
        if stack.poll() is not None:
            raise CommandError(f"The stack ended before it was ready; its log is {log}.")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own loopback address
                return
        except urllib.error.HTTPError as error:
            answer = json.dumps(json.load(error).get("checks"))
        except OSError as error:
            answer = str(error)
        time.sleep(0.3)
    raise CommandError(f"The stack was not ready after {START_SECONDS} s ({answer}); its log is {log}.")


def _run_example(plan: StackPlan) -> int:
    environment = {
        **os.environ,
        "REGISTRY_URL": plan.registry_url,
        "MLFLOW_TRACKING_URI": plan.mlflow_url,
        # One wallet for all demos in this data directory: the model's name belongs to it.
        "ETH_PRIVATE_KEY": kept_secret(settings.HOKUSAI_DATA_DIR / "keys" / "demo_wallet"),
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.run([sys.executable, EXAMPLE], env=environment, cwd=PROCFILE.parent, check=False).returncode


def _stop(stack: "subprocess.Popen[bytes]") -> None:
    stack.send_signal(signal.SIGINT)
    try:
        stack.wait(timeout=30)
    except subprocess.TimeoutExpired:
        stack.kill()
