"""A real Celery worker in a thread of the test process: real broker, real messages, real tasks."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery.contrib.testing.worker import start_worker

from hokusai_site.celery import app


@contextmanager
def running_worker() -> Iterator[None]:
    app.loader.import_default_modules()
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, shutdown_timeout=30):
        yield
