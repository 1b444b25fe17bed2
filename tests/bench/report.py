"""What was found, as tables for people and JSON for programs."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.load import Series

REPORT = "bench.json"


@dataclass(frozen=True, slots=True)
class Goal:
    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    @property
    def bound(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


def print_series(console: Console, title: str, found: dict[str, Series]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("measured", min_width=34)
    for column in ("p50 ms", "p99 ms", "requests/s"):
        table.add_column(column, justify="right")
    for name, series in found.items():
        # A hundredth part of a dozen is no part.
        p99 = f"{series.p99:.2f}" if len(series.latencies) >= 100 else "–"
        table.add_row(name, f"{series.p50:.2f}", p99, f"{series.rate:.1f}")
    console.print(table)


def print_goals(console: Console, goals: list[Goal]) -> None:
    table = Table(title="Goals", title_justify="left")
    table.add_column("goal for")
    for column in ("found", "goal", ""):
        table.add_column(column, justify="right")
    for goal in goals:
        table.add_row(
            goal.name, f"{goal.value:.2f}", goal.bound, "[green]met[/green]" if goal.met else "[red]missed[/red]"
        )
    console.print(table)


def write_report(data_dir: Path, sections: dict[str, dict[str, Series]], goals: list[Goal]) -> Path:
    content: dict[str, Any] = {
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "measured": {
            title: {name: series.as_json() for name, series in found.items()} for title, found in sections.items()
        },
        "goals": [{**asdict(goal), "met": goal.met} for goal in goals],
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / REPORT
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return path
