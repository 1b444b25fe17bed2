"""Run the suite on SQLite with the embedded Valkey, and on PostgreSQL with Redis where both answer.

``python -m tests.everywhere [pytest arguments]``. TEST_DATABASE_URL and TEST_REDIS_URL name servers
other than those on this machine's usual ports.
"""

import os
import subprocess
import sys

import psycopg
import redis

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


def main(arguments: list[str]) -> int:
    without = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    failed = run("SQLite and the embedded Valkey", without, arguments)
    silent = [name for name, why in (("PostgreSQL", postgres_fault()), ("Redis", redis_fault())) if why]
    if silent:
        print(f"\n=== Not run on PostgreSQL and Redis: {' and '.join(silent)} did not answer here ===", flush=True)
        return failed
    return run("PostgreSQL and Redis", {**without, "DATABASE_URL": POSTGRES, "REDIS_URL": REDIS}, arguments) or failed


def run(where: str, environment: dict[str, str], arguments: list[str]) -> int:
    print(f"\n=== The suite on {where} ===", flush=True)
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment, check=False).returncode


def postgres_fault() -> str | None:
    try:
        psycopg.connect(POSTGRES, connect_timeout=2).close()
    except psycopg.Error as error:
        return str(error)
    return None


def redis_fault() -> str | None:
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
