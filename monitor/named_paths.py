"""Files and folders that the configuration names: whether they are there, and if not, why."""

from __future__ import annotations

import os
from stat import S_ISREG

__all__ = ["why_no_file", "why_nothing"]


def why_nothing(name: str) -> str | None:
    """Why nothing is found at a path: nothing is there, or it may not be looked for; ``None``: something is."""
    found = _mode(name)
    if isinstance(found, str):
        return found
    return None if found else f"there is no file or folder {name}"


def why_no_file(name: str) -> str | None:
    """Why a path names no file, or none that may be looked for; ``None``: it names one."""
    found = _mode(name)
    if isinstance(found, str):
        return found
    return None if S_ISREG(found) else f"there is no file {name}"


def _mode(name: str) -> int | str:
    """The mode of what is there; 0: nothing is. Where that cannot be told, the reason."""
    try:
        return os.stat(name).st_mode  # noqa: PTH116 - names may be no paths at all
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as error:
        return f"cannot look at {name}: {error.strerror}"
    except ValueError as error:  # a NUL in it
        return f"{name!r} is no path: {error}"
