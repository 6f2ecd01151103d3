"""Where the files of the archive lie: a folder, or a bucket of S3."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from connectors.whole_file import keep_name
from monitor.archive.manifest import Manifest, manifest_name
from monitor.errors import DepotError
from monitor.store.permissions import FILE, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.config import Archive

__all__ = [
    "PARTIAL",
    "Depot",
    "DepotError",
    "FolderDepot",
    "Locked",
    "Missing",
    "depot_of",
    "put_both",
    "remove_both",
]

#: Folder of files that are being written, within the archive.
PARTIAL = ".partial"
#: Of the archive within the data directory, where no other is named.
FOLDER = "evidence/archive"


class Missing(DepotError):
    """There is no such file."""


class Locked(DepotError):
    """The store refuses to delete a file: a lock or a legal hold of its own."""


class Depot(Protocol):
    """What the archive needs of a place. Every call blocks."""

    def put(self, name: str, data: bytes, *, held: bool) -> str:
        """Puts a file in its place, whole or not at all; one with the same bytes may be there.

        Args:
            held: under a legal hold, where the place has such.

        Returns:
            the version that the place has given it, empty where it gives none.

        Raises:
            DepotError: it could not be put.
        """
        ...

    def get(self, name: str, version: str) -> bytes:
        """
        Raises:
            Missing: it is not there.
            DepotError: it cannot be read.
        """
        ...

    def remove(self, name: str, version: str) -> None:
        """Takes a file out for good; one that is not there is no error.

        Raises:
            Locked: the store refuses.
            DepotError: it could not be taken out.
        """
        ...

    def hold(self, name: str, version: str, on: bool) -> None:
        """Sets or lifts the legal hold of a file, where the place has such.

        Raises:
            DepotError: it could not be.
        """
        ...

    def names(self) -> Iterator[str]:
        """What lies there, in order.

        Raises:
            DepotError: it cannot be listed.
        """
        ...

    def look(self) -> str:
        """What kind of place it is, once it was found to be there.

        Raises:
            DepotError: it is not, or cannot be what the configuration says.
        """
        ...


class FolderDepot:
    """A folder: each file is written beside the others, brought to the disk, then renamed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._partial = folder / PARTIAL

    def put(self, name: str, data: bytes, *, held: bool) -> str:
        """A file of the same bytes that is there is left; one of others is an error."""
        path = self.folder / name
        try:
            if path.exists():
                if path.read_bytes() == data:
                    return ""
                raise DepotError(f"{path} is there, with other bytes")
            there = next(above for above in path.parents if above.exists() or above == self.folder)
            make_folder(path.parent)
            make_folder(self._partial)
            beside = (
                self._partial / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}-{os.getpid()}"
            )
            try:
                _write(beside, data)
                beside.replace(path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
            # Its entry in the folder, and those of folders that were made for it in theirs.
            for above in path.parents:
                keep_name(above)
                if above == there:
                    break
        except OSError as error:
            raise DepotError(f"cannot write {path}: {error.strerror or error}") from error
        return ""

    def get(self, name: str, version: str) -> bytes:
        """The bytes of a file."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError as error:
            raise Missing(f"{name} is not there") from error
        except OSError as error:
            raise DepotError(f"cannot read {self.folder / name}: {error.strerror}") from error

    def remove(self, name: str, version: str) -> None:
        """Takes it out, and the folders that are empty then."""
        path = self.folder / name
        try:
            path.unlink(missing_ok=True)
            for above in path.parents:
                if above == self.folder or not above.is_dir() or any(above.iterdir()):
                    break
                above.rmdir()
        except PermissionError as error:
            # Such as a file that `chattr +i` protects.
            raise Locked(f"{path}: {error.strerror}") from error
        except OSError as error:
            raise DepotError(f"cannot delete {path}: {error.strerror}") from error

    def hold(self, name: str, version: str, on: bool) -> None:
        """A folder has no holds: the purge alone respects them."""

    def names(self) -> Iterator[str]:
        """Whole files; what is being written is passed over."""
        try:
            found = sorted(
                path.relative_to(self.folder).as_posix()
                for path in self.folder.rglob("*")
                if path.is_file()
            )
        except OSError as error:
            raise DepotError(f"cannot read {self.folder}: {error.strerror}") from error
        yield from (name for name in found if not name.startswith(PARTIAL))

    def look(self) -> str:
        """Makes the folder, and clears what a process that was killed had begun to write."""
        try:
            make_folder(self.folder)
            make_folder(self._partial)
            for left in self._partial.iterdir():
                process = left.name.rpartition("-")[2]
                if process.isdigit() and not Path(f"/proc/{process}").exists():
                    left.unlink(missing_ok=True)
        except OSError as error:
            raise DepotError(f"cannot use {self.folder}: {error.strerror}") from error
        return f"folder {self.folder}"


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def put_both(depot: Depot, manifest: Manifest, data: bytes, *, held: bool) -> tuple[str, str]:
    """Puts a file and then its manifest in their places; the versions of both.

    Raises:
        DepotError: one of them could not be put.
    """
    version = depot.put(manifest.name, data, held=held)
    return version, depot.put(manifest_name(manifest.name), manifest.encode(), held=held)


def remove_both(depot: Depot, name: str, versions: tuple[str, str]) -> str:
    """Takes out a file and its manifest; in what words the store refuses, empty where it does not.

    Raises:
        DepotError: the store is away.
    """
    try:
        depot.remove(name, versions[0])
        depot.remove(manifest_name(name), versions[1])
    except Locked as error:
        return str(error) or "locked"
    return ""


def depot_of(settings: Archive, data_dir: Path) -> Depot | None:
    """The place that the configuration names; ``None``: there is no archive.

    Raises:
        ConfigError: what is needed is not installed, or a key is missing.
    """
    if settings.to == "off":
        return None
    from monitor.archive.parquet import require

    require()
    if settings.to == "folder":
        return FolderDepot(Path(settings.folder) if settings.folder else data_dir / FOLDER)
    from monitor.archive.s3 import S3Depot

    return S3Depot.of(settings)
