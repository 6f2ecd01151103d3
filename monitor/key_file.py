"""The file of pseudonym keys: a new one is added, old ones are destroyed.

    k1:…
    # k2 since 2026-11-26T08:50:00Z
    k2:…

The highest version is in use. Old ones tell which pseudonyms an account had, until they are
destroyed: then nobody can lead those pseudonyms back to an account any more, or say that two of
different keys are one person. Every change is told, without any secret, in a log beside the file.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from connectors.errors import NotAValue
from connectors.privacy import Pseudonyms
from connectors.whole_file import keep_name
from detectors.calendar import DAY_MS
from monitor.errors import ConfigError

__all__ = ["Key", "KeyFile", "KeyInUse"]

_SINCE = re.compile(r"#\s*(k\d{1,6}) since (\S+)\s*")


class KeyInUse(ConfigError):
    """The key is in use, or there is none of this version."""


class Key(Struct, frozen=True):
    """One key."""

    version: str
    secret: str
    since_ms: int | None = None
    """When it was made; ``None``: the file does not say."""


class KeyFile:
    """A file of keys; nothing of it is kept between two calls."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[Key]:
        """All keys, the one in use last.

        Raises:
            ConfigError: the file cannot be read, or holds something else.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
            known = Pseudonyms.all_of(text)
        except (OSError, UnicodeError) as error:
            raise ConfigError(f"cannot read {self.path}: {error}") from error
        except NotAValue as error:
            raise ConfigError(f"{self.path}: {error.reason}") from error
        since = {
            found[1]: _ms(found[2]) for found in map(_SINCE.fullmatch, text.splitlines()) if found
        }
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        named = dict(line.split(":", 1) for line in lines if re.match(r"k\d{1,6}:", line))
        if not {one.version for one in known} <= named.keys():
            if len(lines) != 1:
                raise ConfigError(f"{self.path}: write the key on one line, k1: before it")
            named = {known[0].version: lines[0]}
        return [
            Key(one.version, named[one.version].strip(), since.get(one.version)) for one in known
        ]

    def pseudonyms_of(self, platform: str, account: str) -> list[str]:
        """What an account was called under each key that there is."""
        text = "\n".join(f"{key.version}:{key.secret}" for key in self.all())
        return [one.of(platform, account) for one in Pseudonyms.all_of(text)]

    def rotate(self, who: str, now_ms: int) -> str:
        """Adds a key, which is in use from now on; its version.

        Raises:
            ConfigError: the file cannot be read or written.
        """
        keys = self.all()
        made = Key(f"k{int(keys[-1].version[1:]) + 1}", secrets.token_urlsafe(32), now_ms)
        self._write([*keys, made])
        self._tell("rotated", who, now_ms, [made.version])
        return made.version

    def unused_for(self, days: float, now_ms: int) -> list[str]:
        """Keys that were replaced at least so long ago; where nothing says when, it is none."""
        keys = self.all()
        return [
            old.version
            for old, new in itertools.pairwise(keys)
            if new.since_ms is not None and now_ms - new.since_ms >= days * DAY_MS
        ]

    def destroy(self, versions: list[str], who: str, now_ms: int) -> None:
        """Takes keys out, and overwrites the file that held them.

        Raises:
            KeyInUse: one of them is in use, or there is none.
            ConfigError: the file cannot be read or written.
        """
        keys = self.all()
        for version in versions:
            if version == keys[-1].version:
                raise KeyInUse(f"{version} is the key in use: rotate first")
            if version not in {key.version for key in keys}:
                raise KeyInUse(f"{self.path} has no key {version}")
        with self.path.open("r+b") as held:
            size = os.fstat(held.fileno()).st_size
            self._write([key for key in keys if key.version not in versions])
            # The name is of the new file now; this is what it was before.
            held.write(b"\0" * size)
            held.flush()
            os.fsync(held.fileno())
        self._tell("destroyed", who, now_ms, versions)

    def _write(self, keys: list[Key]) -> None:
        """Puts a whole file in the place of the old one, with its owner and for its owner only."""
        # Of a symbolic link the target: the old keys stand there.
        place = Path(os.path.realpath(self.path))
        if not place.is_file():
            raise ConfigError(f"{self.path} is no regular file")
        beside = place.with_name(place.name + ".new")
        text = "".join(
            (
                f"# {key.version} since {_written(key.since_ms)}\n"
                if key.since_ms is not None
                else ""
            )
            + f"{key.version}:{key.secret}\n"
            for key in keys
        )
        try:
            # Two at a time would each lose the other's key.
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise ConfigError(
                f"{beside} is there: another change is under way, or was broken off; then delete it"
            ) from error
        except OSError as error:
            raise ConfigError(f"cannot write {beside}: {error.strerror}") from error
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                owner = self.path.stat()
                if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
                    os.chown(beside, owner.st_uid, owner.st_gid)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
            keep_name(place.parent)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise ConfigError(f"cannot write {self.path}: {error.strerror}") from error

    def _tell(self, what: str, who: str, now_ms: int, versions: list[str]) -> None:
        line = {"at": _written(now_ms), "who": who, "what": what, "keys": versions}
        log = self.path.with_name(self.path.name + ".log")
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _written(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ms(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1_000)
    except ValueError:
        return None
