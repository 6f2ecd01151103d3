"""The door for captures: a file is hashed and bounded on its way in, and lies in its place whole or not."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from connectors.whole_file import keep_name
from monitor.errors import LivewatchError
from monitor.evidence.bag import algorithms
from monitor.evidence.media import HEAD, Media, media_of
from monitor.store.permissions import make_folder

__all__ = ["Door", "NotTaken"]

BLOCK = 2**20


class NotTaken(LivewatchError):
    """A capture that is refused, with the reason; nothing of it is kept."""

    def __init__(self, kind: str, says: str) -> None:
        super().__init__(says)
        self.kind = kind
        """`bad-body`, `no-such-alert`, `too-large`, `bad-type`, `no-room`."""


def _unwritten(error: OSError) -> NotTaken:
    return NotTaken("no-room", f"it cannot be written: {error.strerror}")


class Door:
    """One file that comes in: written beside its place, hashed and bounded on its way."""

    def __init__(self, folder: Path, least_free: int) -> None:
        self._folder = folder
        self._least_free = least_free
        descriptor, name = tempfile.mkstemp(".partial", ".capture-", str(folder))
        self._file = os.fdopen(descriptor, "wb")
        self._path: Path | None = Path(name)
        self._hashers = {"sha256": hashlib.sha256()}
        if "sm3" in algorithms():
            self._hashers["sm3"] = hashlib.new("sm3")
        self._head = b""
        self.media: Media | None = None
        self.size = 0

    def write(self, block: bytes) -> None:
        """Takes the next bytes.

        Raises:
            NotTaken: it is no file that a capture may be, it is too long, or the disk is full.
        """
        if self.media is None:
            self._head += block[: HEAD - len(self._head)]
            if len(self._head) >= HEAD:
                self._tell()
        self.size += len(block)
        if self.media is not None and self.size > self.media.most:
            raise NotTaken("too-large", f"{self.media.type} has {self.media.most:,} bytes at most")
        for hasher in self._hashers.values():
            hasher.update(block)
        try:
            self._file.write(block)
            if self.size // BLOCK != (self.size - len(block)) // BLOCK:
                self._check_disk()
        except OSError as error:
            raise _unwritten(error) from error

    def _tell(self) -> Media:
        found = self.media = media_of(self._head)
        if found is None:
            raise NotTaken(
                "bad-type",
                "a capture is PNG, JPEG, WebP, HEIC, MP4, QuickTime, WebM, Matroska or FLV, by its"
                " first bytes",
            )
        self._check_disk()
        return found

    def _check_disk(self) -> None:
        if shutil.disk_usage(self._folder).free < self._least_free:
            raise NotTaken("no-room", "the disk is nearly full (ingest.min_free_bytes)")

    def digest(self, algorithm: str) -> str:
        """Of all that came in; empty where this machine cannot compute it."""
        found = self._hashers.get(algorithm)
        return "" if found is None else found.hexdigest()

    def end(self) -> Media:
        """All has come: brings it to the disk.

        Raises:
            NotTaken: it is no file that a capture may be, or the disk is full.
        """
        media = self.media or self._tell()
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise _unwritten(error) from error
        return media

    def place(self, target: Path) -> None:
        """Puts the file into its place; the same bytes may lie there already.

        Raises:
            NotTaken: there is no room for its name.
        """
        try:
            make_folder(target.parent)
            if self._path is not None:
                self._path.replace(target)
                self._path = None
            keep_name(target.parent)
        except OSError as error:
            raise _unwritten(error) from error

    def close(self) -> None:
        """Leaves nothing of what was not put into its place."""
        with contextlib.suppress(OSError):
            self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
