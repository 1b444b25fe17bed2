"""Recompute the transparency log and hold it against a checkpoint somebody kept."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attestations.checkpoint import Verifier
from attestations.keyring import log_key
from attestations.services.log_audit import audit_log


class Command(BaseCommand):
    help = "Recompute every hash of the transparency log from what it is about; exits 1 at any fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--key", help="the log's public key, where this machine has not the private one")
        parser.add_argument("--checkpoint", type=Path, help="a signed note of this log that somebody kept")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["checkpoint"]
        try:
            kept = _verifier(options["key"]).open(path.read_text()) if path else None
        except (OSError, ValueError) as error:
            raise CommandError(f"{path}: {error}") from error
        found = audit_log(kept)
        for fault in found.faults:
            self.stderr.write(fault)
        if found.faults:
            raise CommandError(f"The log of {found.size} entries has {len(found.faults)} fault(s).")
        self.stdout.write(f"{found.size} entries, root {found.root.hex()}: every hash is what it must be.")
        if kept:
            self.stdout.write(f"It has grown from the {kept.size} entries of {path}.")


def _verifier(key: str | None) -> Verifier:
    return Verifier.parse(key) if key else log_key().verifier
