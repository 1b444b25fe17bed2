"""``python -m attestations.verify``: check a bundle offline, trusting nobody but the keys you name.

Prints each check on its own line and exits 1 at the first that fails. Needs no Django and no network.
"""

import argparse
import json
import sys
from pathlib import Path

from attestations.checkpoint import InvalidCheckpoint, Verifier
from attestations.verification import Check, CheckFailed, Trust, check_kept, printable, read_bundle, run_checks
from contributors.ethereum import checksum_address


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m attestations.verify", description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path, help="the JSON of GET /api/attestations/{hash}")
    parser.add_argument(
        "--attester", action="append", required=True, type=checksum_address, help="an address you trust; repeatable"
    )
    parser.add_argument(
        "--checkpoint-key", type=Verifier.parse, help="the log's key, <name>+<hash>+<base64>; without it no log check"
    )
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint of the log that you kept earlier")
    parser.add_argument(
        "--consistency", type=Path, help="the JSON of GET /api/log/consistency from the kept size to the bundle's"
    )
    options = parser.parse_args(arguments)
    if options.checkpoint and not options.checkpoint_key:
        parser.error("--checkpoint needs --checkpoint-key")
    try:
        bundle = read_bundle(options.bundle.read_text())
    except (OSError, ValueError) as error:
        parser.error(f"{options.bundle}: {error}")
    ok = True
    for check in run_checks(bundle, Trust(frozenset(options.attester), options.checkpoint_key)):
        ok = tell(check)
    if ok and options.checkpoint:
        ok = tell(kept_checkpoint(options, bundle["log"]["checkpoint"]))
    if ok and options.checkpoint_key:
        # Signed, and checked by now.
        for warning in bundle["status"]["warnings"]:
            print(f"note  {printable(warning)}")
    elif ok:
        print("note  the log and the status were not checked: no --checkpoint-key")
    return 0 if ok else 1


def kept_checkpoint(options: argparse.Namespace, newer: str) -> Check:
    """Whether the bundle's log has grown from the one that was kept."""
    try:
        kept = options.checkpoint_key.open(options.checkpoint.read_text())
        proof = json.loads(options.consistency.read_text())["proof"] if options.consistency else []
        check_kept(kept, options.checkpoint_key.open(newer), [bytes.fromhex(text) for text in proof])
    except (CheckFailed, InvalidCheckpoint, OSError, ValueError, LookupError, TypeError) as error:
        return Check("consistency", False, printable(str(error)))
    return Check("consistency", True, f"the log has grown from the {kept.size} entries that you kept")


def tell(check: Check) -> bool:
    print(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}")
    return check.ok


if __name__ == "__main__":
    sys.exit(main())
