"""Secrets in files that only their owner reads. Pure but for the disk."""

import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The 32 random bytes, in hex, in a file of mode 0600; made at first use.

    Several processes start at once: the file is written aside and linked into place, so exactly one
    of them makes it and nobody reads half of it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
