"""Send work to the workers, by task name and after commit.

A message is a hint, never the record: what is to be done stands in a row, and the sweep finds it when
the message was lost or Redis is away.
"""

import logging
import time
from datetime import timedelta

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = 2.0
_broker = {"away_until": 0.0}


def backoff(failures: int) -> timedelta:
    """How long to wait after this many failures in a row: 2 s, doubled each time, 10 minutes at most."""
    return min(timedelta(seconds=2 * 2 ** min(failures, 12)), timedelta(minutes=10))


def enqueue(task_name: str, *args: object) -> None:
    """Send a task once the surrounding transaction has committed."""
    transaction.on_commit(lambda: _send(task_name, args), robust=True)


def _send(task_name: str, args: tuple[object, ...]) -> None:
    # While the broker is away only one request in two seconds pays for finding out.
    if time.monotonic() < _broker["away_until"]:
        return
    try:
        current_app.send_task(task_name, args=args, retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as error:
        _broker["away_until"] = time.monotonic() + _RETRY_AFTER_SECONDS
        logger.warning("The broker does not answer (%s); the sweep will pick up %s%r.", error, task_name, args)
