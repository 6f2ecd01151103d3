"""The key under which viewers get their pseudonyms.

The same person has the same pseudonym only while the key stays the same, so that it is kept: in
the variable that `livewatch import` reads, too, in a file, or in the data directory.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.errors import NotAValue
from connectors.privacy import Pseudonyms
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KEY_FILE", "KEY_VARIABLE", "key_path", "pseudonyms_of"]

KEY_VARIABLE = "LIVEWATCH_PSEUDONYM_KEY"
KEY_FILE = "pseudonym.key"


def pseudonyms_of(
    data_dir: Path | None, environment: Mapping[str, str], key_file: str | None = None
) -> Pseudonyms:
    """The pseudonyms of this site: by the key of the variable, else of the file, else of the data
    directory, where one is made at the first need.

    Args:
        data_dir: ``None`` where several processes share no directory: then the variable or the
            file is needed.
        key_file: as configured.

    Raises:
        ConfigError: the key cannot be read, or is too short.
    """
    named = environment.get(KEY_VARIABLE)
    if named:
        return _read(KEY_VARIABLE, named)
    if key_file is None and data_dir is None:
        raise ConfigError(
            f"viewers need pseudonyms: set {KEY_VARIABLE} or collection.pseudonym_key_file, "
            "the same everywhere"
        )
    path = key_path(data_dir, key_file) or Path(KEY_FILE)
    try:
        return _read(str(path), path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if key_file is not None:
            raise ConfigError(f"collection.pseudonym_key_file: there is no {path}") from error
        text = f"k1:{secrets.token_urlsafe(32)}"
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return _read(str(path), text)


def key_path(data_dir: Path | None, key_file: str | None) -> Path | None:
    """Where the key lies, unless the variable holds it; ``None``: nothing says it."""
    if key_file is not None:
        return Path(key_file)
    return data_dir / KEY_FILE if data_dir is not None else None


def _read(where: str, text: str) -> Pseudonyms:
    try:
        return Pseudonyms.from_text(text)
    except NotAValue as error:
        raise ConfigError(f"{where}: {error.reason}") from error
