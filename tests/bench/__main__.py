"""Measure the registry against a bare DRF view, against MLflow, and against itself when it is full.

``python -m tests.bench``: about four minutes, on the loopback alone. Goals are reported, not enforced.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from tests.bench.attestations import measure_attesting
from tests.bench.filling import fill_mlflow
from tests.bench.lists import list_goals, measure_lists
from tests.bench.names import LARGE, SMALL
from tests.bench.reads import measure_reads, read_goals
from tests.bench.registration import measure_registrations
from tests.bench.report import print_goals, print_series, write_report
from tests.bench.servers import Servers


def main() -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hokusai-bench-") as folder, Servers(Path(folder)) as servers:
        with console.status(
            f"Filling MLflow with {SMALL:,} versions, and two registries with {SMALL:,} and {LARGE:,} …"
        ):
            key = prepare(servers)
        bare, small, large = servers.start_bare(), servers.start_registry("small"), servers.start_registry("large")
        with console.status("Reading one version …"):
            reads = measure_reads(registry=small, bare=bare, mlflow=servers.mlflow, key=key)
        with console.status("Reading lists …"):
            lists = measure_lists(small=small, large=large)
        with console.status("Registering …"):
            servers.start_worker("small")
            registrations = measure_registrations(registry=small, mlflow=servers.mlflow, key=key)
        with console.status("Attesting, and appending to the log …"):
            attesting = measure_attesting(servers)
    sections = {
        **{f"One version, {clients} at a time": series for clients, series in reads.items()},
        "A page of a list, 1 at a time": lists,
        "Registration, 1 at a time": registrations,
    }
    goals = [*read_goals(reads), *list_goals(lists), *attesting]
    for title, series in sections.items():
        print_series(console, title, series)
    print_goals(console, goals)
    path = write_report(Path(os.environ.get("HOKUSAI_DATA_DIR", "var")).resolve(), sections, goals)
    console.print(f"{time.monotonic() - started:.0f} s in all. Written to {path}")


def prepare(servers: Servers) -> str:
    """Fill all three, side by side; gives the small registry's API key."""
    fillers = [servers.fill("small", SMALL), servers.fill("large", LARGE)]
    servers.start_mlflow()
    fill_mlflow(servers.mlflow)
    key, _ = [finished(filler) for filler in fillers]
    return key


def finished(filler: "subprocess.Popen[str]") -> str:
    output, _ = filler.communicate(timeout=120)
    if filler.returncode:
        raise RuntimeError("A registry could not be filled; see above.")
    return output.strip()


if __name__ == "__main__":
    main()
