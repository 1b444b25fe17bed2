"""What one worker process attests and logs a second, and what a stranger needs to verify it."""

import json

from tests.bench.report import Goal
from tests.bench.servers import Servers


def measure_attesting(servers: Servers) -> list[Goal]:
    found = json.loads(servers.run("attesting", "tests.bench.attesting"))
    attested = found["attestations"] / found["seconds"]
    return [
        Goal(f"attestations/s, one process, {found['facts']} facts each", attested, at_least=200),
        Goal(f"log entries/s, up to {found['entries']:,}", found["entries"] / found["append_seconds"], at_least=500),
        Goal("ms to verify a bundle offline, after start-up", found["verify_ms"], at_most=5),
    ]
