"""The stack as `make up` runs it, in processes of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import urllib3
from psycopg import sql

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 120
_http = urllib3.PoolManager(retries=False)


@dataclass(frozen=True)
class Stack:
    url: str
    process: "subprocess.Popen[bytes]"
    log: Path


@contextmanager
def running_stack(data_dir: Path, environment: Mapping[str, str]) -> Iterator[Stack]:
    """`manage.py up` with this environment, from ready to stopped."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = data_dir / "stack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env={**os.environ, **environment, "PORT": str(port), "HOKUSAI_DATA_DIR": str(data_dir)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    stack = Stack(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_until_ready(stack)
        yield stack
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@contextmanager
def database_of_its_own(data_dir: Path) -> Iterator[str]:
    """A DATABASE_URL for a stack: on PostgreSQL when the suite runs there, else SQLite."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{data_dir / 'hokusai.sqlite3'}"
        return
    name = f"hokusai_stack_{os.getpid()}_{free_port()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{server.rsplit('/', 1)[0]}/{name}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def processes_of(data_dir: Path) -> list[str]:
    """Command lines of the living processes whose environment names this data directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if f"HOKUSAI_DATA_DIR={data_dir}\0".encode() in environment and command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def _wait_until_ready(stack: Stack) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and stack.process.poll() is None:
        try:
            if _http.request("GET", f"{stack.url}/readyz", timeout=5).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"The stack was not ready: {stack.log.read_text()[-3000:]}")
