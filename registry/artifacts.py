"""The artifact digest: one SHA-256 for all the files of a model. Pure.

SHA-256 of the RFC 8785 bytes of ``{"<path relative to the model's folder, POSIX>": "<SHA-256 of the
file, hex>", …}``, written ``sha256:<hex>``. Anyone who downloads the model can repeat it:
``python -m registry.artifacts FOLDER`` prints it.
"""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from registry.canonical import canonical_digest

CHUNK_BYTES = 1024 * 1024


class RefusedArtifact(ValueError):
    """A file that must not be hashed as if it were the model's: a symlink, a device, none at all."""


def artifact_digest(file_hashes: dict[str, str]) -> str:
    """The digest of a model whose files, by relative POSIX path, have these SHA-256 (hex)."""
    if not file_hashes:
        raise RefusedArtifact("The model has no files.")
    return canonical_digest(file_hashes)


def hash_chunks(chunks: Iterable[bytes]) -> tuple[str, int]:
    """SHA-256 (hex) and size of a stream, never whole in memory."""
    sha256, size = hashlib.sha256(), 0
    for chunk in chunks:
        sha256.update(chunk)
        size += len(chunk)
    return sha256.hexdigest(), size


def folder_digest(folder: Path) -> str:
    """The artifact digest of a folder on disk. Raises RefusedArtifact for anything but regular files."""
    hashes: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise RefusedArtifact(f"{relative} is a symbolic link.")
        if path.is_dir():
            continue
        if not path.is_file():
            raise RefusedArtifact(f"{relative} is no regular file.")
        with path.open("rb") as file:
            hashes[relative], _ = hash_chunks(iter(lambda: file.read(CHUNK_BYTES), b""))
    return artifact_digest(hashes)


if __name__ == "__main__":
    print(folder_digest(Path(sys.argv[1])))
