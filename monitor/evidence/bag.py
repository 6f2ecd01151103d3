"""A BagIt 1.0 folder (RFC 8493) in a ZIP, written once, forwards, hashing as it goes.

Names are ASCII, times fixed, nothing is a link: the same contents give the same bytes. The file is
written beside its place and renamed when all of it is on the disk, so a half one is never offered.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import zipfile
from typing import TYPE_CHECKING

from connectors.whole_file import keep_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["ALGORITHMS", "BagWriter", "add_later", "algorithms", "writing"]

#: All that a manifest may be of, the first ones always; SM3 (GB/T 32905) where OpenSSL has it.
ALGORITHMS = ("sha256", "sha512", "sm3")
#: The time of every entry: the ZIP's own is of no account, the manifests and stamps are.
EPOCH = (1980, 1, 1, 0, 0, 0)
LEVEL = 4
#: Suffix of a bag that is being written.
PARTIAL = ".partial"
#: Bytes that are hashed and packed at a time.
BLOCK = 64 * 2**10


def algorithms() -> tuple[str, ...]:
    """Those that this machine can compute."""
    return tuple(name for name in ALGORITHMS if name in hashlib.algorithms_available)


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces: each is hashed three times and packed, which costs more than the
    work where the pieces are lines."""
    some: list[bytes] = []
    size = 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size >= BLOCK:
            yield b"".join(some)
            some, size = [], 0
    yield b"".join(some)


class BagWriter:
    """Writes one bag; payload first, then tag files, then `seal`."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        """
        Args:
            name: of the folder within the ZIP.
        """
        self._archive = archive
        self._name = name
        self._digests: dict[str, dict[str, str]] = {}
        self.sizes: dict[str, int] = {}

    def add(self, path: str, data: bytes | Iterable[bytes]) -> None:
        """Adds a file: of the payload if its path begins with `data/`, else a tag file."""
        if not path.isascii() or path in self._digests or path.startswith("/"):
            raise ValueError(f"no path of a bag: {path!r}")
        hashers = {name: hashlib.new(name) for name in algorithms()}
        size = 0
        large = not isinstance(data, bytes)
        with self._archive.open(self._entry(path), "w", force_zip64=large) as file:
            for piece in [data] if isinstance(data, bytes) else _blocks(data):
                file.write(piece)
                size += len(piece)
                for hasher in hashers.values():
                    hasher.update(piece)
        self._digests[path] = {name: hasher.hexdigest() for name, hasher in hashers.items()}
        self.sizes[path] = size

    def digest(self, path: str, algorithm: str = "sha256") -> str:
        """Digest of a file that was added."""
        return self._digests[path][algorithm]

    @property
    def payload(self) -> list[str]:
        """Paths of the payload, sorted."""
        return sorted(path for path in self._digests if path.startswith("data/"))

    def add_payload_manifests(self) -> None:
        """Adds the manifests of the payload; nothing may be added to the payload after them."""
        for algorithm in algorithms():
            self.add(f"manifest-{algorithm}.txt", self._manifest(algorithm, self.payload))

    def add_tag_manifests(self) -> bytes:
        """Adds the manifests of the tag files; returns that of SHA-256, which is what is sealed."""
        tags = sorted(path for path in self._digests if not path.startswith("data/"))
        made = {algorithm: self._manifest(algorithm, tags) for algorithm in algorithms()}
        for algorithm, text in made.items():
            with self._archive.open(self._entry(f"tagmanifest-{algorithm}.txt"), "w") as file:
                file.write(text)
        return made["sha256"]

    def add_seal(self, path: str, data: bytes) -> None:
        """Adds what seals the manifests, and so cannot stand in them; with a sum of its own.

        That sum protects from nobody who means it. It shows every accident, also in bytes that no
        signature covers and that tools pass over.
        """
        line = f"{hashlib.sha256(data).hexdigest()}  {path}\n".encode()
        for name, content in ((path, data), (f"{path}.sha256", line)):
            with self._archive.open(self._entry(name), "w") as file:
                file.write(content)

    def _manifest(self, algorithm: str, paths: list[str]) -> bytes:
        return "".join(f"{self.digest(path, algorithm)}  {path}\n" for path in paths).encode()

    def _entry(self, path: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"{self._name}/{path}", EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry._compresslevel = LEVEL  # type: ignore[attr-defined]  # public only from 3.13 on
        entry.create_system = 3
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        return entry


@contextlib.contextmanager
def writing(target: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP that is at `target` when all of it is on the disk, and nowhere before.

    Raises:
        OSError: the folder cannot be written, or the disk is full; nothing is left then.
    """
    beside = target.with_name(f".{target.name}{PARTIAL}")
    _clear(target.parent)
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            # For as long as the process lives; what nobody holds was left by one that was killed.
            fcntl.flock(file, fcntl.LOCK_EX)
            with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        beside.rename(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    keep_name(target.parent)


def _clear(folder: Path) -> None:
    """Takes out bags that were being written when their process was killed."""
    for left in folder.glob(f".EV-*{PARTIAL}"):
        with contextlib.suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def add_later(bundle: Path, path: str, data: bytes) -> None:
    """Adds a file to the folder of a bundle that is whole; it takes the place of the old one whole.

    Raises:
        OSError: it cannot be read or written; the old one is as it was.
    """
    from monitor.evidence.unpack import Opened

    beside = bundle.with_name(f".{bundle.name}{PARTIAL}")
    with Opened(bundle) as opened:
        name = opened.name
    try:
        shutil.copyfile(bundle, beside)
        beside.chmod(0o600)
        with zipfile.ZipFile(beside, "a") as archive:
            BagWriter(archive, name).add_seal(path, data)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.rename(bundle)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
