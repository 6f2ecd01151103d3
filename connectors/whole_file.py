"""A file that appears only when it is complete, written over whatever stands under its name.

A regular file is written beside its place and renamed, so that a reader sees the old one or the new
one, and a full disk leaves the old one as it was. A rename would take the place of whatever is
there, though: of `/dev/null`, when done by root, for every program of the machine. So a device or a
pipe is written into and never replaced, a symbolic link stays and its target is written, and the
mode and the owner of a file stay as they are.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["keep_name", "whole_file"]

#: Names below these are doors to something else, whatever they lead to.
_DOORS = ("/dev/", "/proc/")


@contextmanager
def whole_file(
    path: str | Path, *, mode: int | None = None, durable: bool = True
) -> Iterator[BinaryIO]:
    """A file to write; at the end of the block it is at its place.

    Args:
        path: where it shall be.
        mode: of the file; ``None`` keeps that of the file that is there, else takes the usual one.
        durable: wait for the disk; what can be made again need not.

    Raises:
        OSError: it cannot be written, or a block device or a folder is there.
    """
    try:
        there = os.stat(path)  # noqa: PTH116 - of what the links lead to
    except FileNotFoundError:
        there = None
    if there is not None and stat.S_ISBLK(there.st_mode):
        # Writing would destroy the file system on it.
        raise OSError(f"{path} is a block device")
    if _is_door(path) or (there is not None and not stat.S_ISREG(there.st_mode)):
        with open(path, "wb") as file:  # noqa: PTH123 - the name may be that of a descriptor
            yield file
        return
    place = Path(os.path.realpath(path))
    beside = place.with_name(f".{place.name[:200]}.{secrets.token_hex(4)}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            if there is not None and (there.st_uid, there.st_gid) != (os.geteuid(), os.getegid()):
                # Only root may give a file away; for others it becomes theirs.
                with contextlib.suppress(PermissionError):
                    os.fchown(file.fileno(), there.st_uid, there.st_gid)
            os.fchmod(file.fileno(), _mode(mode, there))
            if durable:
                os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if durable:
        keep_name(place.parent)


def _is_door(path: str | Path) -> bool:
    return os.path.abspath(path).startswith(_DOORS)  # noqa: PTH100 - links must not be followed


def _mode(asked: int | None, there: os.stat_result | None) -> int:
    if asked is not None:
        return asked
    if there is not None:
        return stat.S_IMODE(there.st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def keep_name(folder: Path) -> None:
    """Makes the new name of a file in a folder durable.

    Raises:
        OSError: the disk does not say that it has it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
