"""registry.artifacts"""

import hashlib
import os
import subprocess
import sys

import pytest

from registry.artifacts import CHUNK_BYTES, RefusedArtifact, artifact_digest, folder_digest, hash_chunks


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "MLmodel").write_bytes(b"flavors")
    (tmp_path / "data" / "weights.bin").write_bytes(b"\x00\x01")
    return tmp_path


def expected(folder) -> str:
    """The digest by hand: RFC 8785 of two ASCII names is sorted and without spaces."""
    one, two = (hashlib.sha256(data).hexdigest() for data in (b"flavors", b"\x00\x01"))
    return "sha256:" + hashlib.sha256(f'{{"MLmodel":"{one}","data/weights.bin":"{two}"}}'.encode()).hexdigest()


def test_it_works(folder):
    assert folder_digest(folder) == expected(folder)


def test_anybody_can_repeat_it(folder):
    printed = subprocess.run(
        [sys.executable, "-m", "registry.artifacts", folder], capture_output=True, text=True, check=True
    )
    assert printed.stdout == expected(folder) + "\n"


def test_empty_folders_do_not_count(folder):
    (folder / "empty").mkdir()
    assert folder_digest(folder) == expected(folder)


@pytest.mark.parametrize("change", ["content", "name", "further"])
def test_every_change_shows(folder, change):
    if change == "content":
        (folder / "MLmodel").write_bytes(b"flavorz")
    elif change == "name":
        (folder / "MLmodel").rename(folder / "MLmodel2")
    else:
        (folder / "more").touch()
    assert folder_digest(folder) != expected(folder)


@pytest.mark.parametrize("target", ["MLmodel", "data", "/etc/hostname", "nowhere"])
def test_a_symbolic_link_is_refused(folder, target):
    (folder / "link").symlink_to(target)
    with pytest.raises(RefusedArtifact, match="symbolic link"):
        folder_digest(folder)


def test_a_pipe_is_refused(folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(RefusedArtifact, match="regular"):
        folder_digest(folder)


def test_no_files_are_no_model(tmp_path):
    for empty in (lambda: folder_digest(tmp_path), lambda: artifact_digest({})):
        with pytest.raises(RefusedArtifact, match="no files"):
            empty()


def test_a_stream_is_hashed_in_chunks():
    data = os.urandom(CHUNK_BYTES + 7)
    assert hash_chunks([data[:5], b"", data[5:]]) == (hashlib.sha256(data).hexdigest(), len(data))
