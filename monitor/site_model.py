"""The model that an office has trained for itself: where it lies, and what of it is in use.

In a folder, `model` in the data directory or as configured (`rules.model`):

    trained.bin   what `livewatch model train` made last
    shadow.bin    installed in the shadow: it reads along, and only what it would do is counted
    active.bin    in use instead of the model that ships
    previous.bin  in use before it; not there: the model that ships was
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from detectors.match.likeness import LikenessModel
from detectors.match.model_file import ModelError, open_model
from detectors.pack.rulebook import Rulebook

__all__ = [
    "ACTIVE",
    "NEXT",
    "PREVIOUS",
    "SHADOW",
    "TRAINED",
    "Installed",
    "folder_of",
    "model_in_use",
    "put",
    "read_model",
    "with_models",
]

TRAINED, SHADOW, ACTIVE, PREVIOUS = "trained.bin", "shadow.bin", "active.bin", "previous.bin"
#: What is written, and then put in use by its name.
NEXT = f".{ACTIVE}.next"


def folder_of(data: Path | None, configured: str | None) -> Path | None:
    """The folder of a site's models; ``None``: there is none."""
    if configured is not None:
        return Path(configured)
    return None if data is None else data / "model"


def read_model(path: Path) -> LikenessModel:
    """A model, every byte of it compared with its digest.

    Raises:
        OSError: it cannot be read.
        ModelError: it is no model, or damaged.
    """
    file = open_model(path)
    file.verify()
    return LikenessModel(file)


def with_models(rulebook: Rulebook, folder: Path | None) -> Rulebook:
    """Rules that read by the site's models, where it has any; a damaged one is told and passed over."""
    if folder is None:
        return rulebook
    site = model_in_use(folder)
    shadow = _usable(folder / SHADOW, "nothing runs in the shadow")
    return rulebook if site is shadow is None else rulebook.reading_with(site, shadow)


def model_in_use(folder: Path) -> LikenessModel | None:
    """The site's model that rules read by; ``None``: the one that ships, since there is none or it is damaged."""
    return _usable(folder / ACTIVE, "the model that ships is used")


def _usable(path: Path, instead: str) -> LikenessModel | None:
    try:
        model = read_model(path)
    except FileNotFoundError:
        return None
    except (OSError, ModelError) as error:
        if (log := _log()) is not None:
            log.warning("model_unusable", path=str(path), error=str(error), instead=instead)
        else:
            sys.stderr.write(f"livewatch: {path}: {error}: {instead}\n")
        return None
    if (log := _log()) is not None:
        log.info(
            "model", path=str(path), version=model.version[:12],
            decisions=model.file.head.of.decisions,
        )  # fmt: skip
    return model


class Installed:
    """Which models a folder had when a process began to read by them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._versions = self._read()

    def has_changed(self) -> bool:
        """Are others in use or in the shadow by now, so that the process needs a restart?"""
        return self._read() != self._versions

    def _read(self) -> list[str]:
        """The versions that the files name; empty: there is none, or it is damaged."""
        return [_named(self._folder / name) for name in (ACTIVE, SHADOW)] if self._folder else []


def _named(path: Path) -> str:
    try:
        return open_model(path).head.sha256
    except (OSError, ModelError):
        return ""


def put(data: bytes, path: Path) -> None:
    """Writes a model into the place of the one before, at one go: who has mapped that keeps it.

    Raises:
        OSError: it cannot be written; the file before stays, and the error names its path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            # What is written by its handle fails without a name.
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def _log() -> Any | None:
    """The log of a process that keeps one; ``None``: a command that runs once and has none.

    Without being set up, structlog writes to standard output, where such a command answers.
    """
    structlog = sys.modules.get("structlog")
    return structlog.get_logger(__name__) if structlog and structlog.is_configured() else None
