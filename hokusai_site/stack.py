"""The whole stack on one machine: which processes, on which ports, with which environment."""

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.management.base import CommandError
from honcho.environ import parse_procfile

PROCFILE = Path(__file__).resolve().parent.parent / "Procfile"


@dataclass(frozen=True, slots=True)
class StackPlan:
    """``environment`` for every process; ``commands`` by name, without what the operator brings."""

    environment: dict[str, str]
    commands: dict[str, str]

    @property
    def registry_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def mlflow_url(self) -> str:
        return self.environment["MLFLOW_TRACKING_URI"]


def plan_stack(given: Mapping[str, str], data_dir: Path) -> StackPlan:
    """Decide ports and addresses: what is given is used, and what is not is found or started.

    Raises CommandError where a given port is taken.
    """
    environment = dict(given)
    # The console scripts of the virtual environment, also when it is not activated.
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{given.get('PATH', '')}"
    environment["PYTHONUNBUFFERED"] = "1"
    environment["HOKUSAI_DATA_DIR"] = str(data_dir)
    environment["PORT"] = _port(given, "PORT", 8000)
    commands = dict(parse_procfile(PROCFILE.read_text()).processes)
    if given.get("REDIS_URL"):
        del commands["redis"]
    else:
        environment["REDIS_PORT"] = _port(given, "REDIS_PORT", 6390)
        environment["REDIS_URL"] = f"redis://127.0.0.1:{environment['REDIS_PORT']}/0"
    if given.get("MLFLOW_TRACKING_URI"):
        del commands["mlflow"]
    else:
        environment["MLFLOW_PORT"] = _port(given, "MLFLOW_PORT", 5000)
        environment["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{environment['MLFLOW_PORT']}/mlflow"
        # Job execution would start eight more processes and nearly two gigabytes for what nobody here uses.
        environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    return StackPlan(environment, commands)


def _port(given: Mapping[str, str], name: str, preferred: int) -> str:
    if given.get(name):
        text = given[name]
        if not text.isdecimal() or not 0 < int(text) < 65_536:
            raise CommandError(f"{name} must be a port number, not {text!r}.")
        if not _is_free(int(text)):
            raise CommandError(f"{name}={text} is taken; give another, or none to have a free one found.")
        return text
    return str(preferred if _is_free(preferred) else _free_port())


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
