"""Keeps the evidence of a running monitor: signs a head of the Merkle logs every few minutes.

Before a head is signed, the one before it is held against the tree: if it does not lie in it, the
log was changed behind the monitor's back, and nothing is signed over that.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.errors import ConfigError
from monitor.evidence import custody, kept_rules, ledger
from monitor.store.dialects import run
from monitor.store.rows import MONITOR

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509
    from sqlalchemy import Connection

    from detectors.pack.rulebook import Rulebook
    from monitor.config import Config, Evidence
    from monitor.evidence.keys import KeyEntry, KeyFolder, SigningKey
    from monitor.store.database import Connections

__all__ = [
    "FOLDER",
    "KEYS",
    "Keeper",
    "captures_folder",
    "evidence_folder",
    "keys_folder",
    "own_keys",
]

log = logger()

#: Folder of bundles and captures within the data directory.
FOLDER = "evidence"
#: Folder of the keys within the data directory.
KEYS = "evidence/keys"
#: How often custody is told how many events the log has let go of, ms.
TRIMMED_MS = 86_400_000


def keys_folder(data_dir: Path, settings: Evidence) -> Path:
    """Where the keys are."""
    from pathlib import Path

    return Path(settings.keys) if settings.keys else data_dir / KEYS


def evidence_folder(data_dir: Path, settings: Evidence) -> Path:
    """Where bundles and captures are kept."""
    from pathlib import Path

    return Path(settings.folder) if settings.folder else data_dir / FOLDER


def captures_folder(data_dir: Path, settings: Evidence) -> Path:
    """Where the files of captures are."""
    return evidence_folder(data_dir, settings) / "captures"


def own_keys(connection: Connection, folder: Path) -> KeyFolder:
    """The folder of keys, if it is the one of this log: it knows a key that signed a head, or no head was
    signed yet. A key that another folder made would spoil the log for good.

    Raises:
        ConfigError: it is another folder, or its list cannot be read.
    """
    from monitor.evidence import heads
    from monitor.evidence.keys import KeyFolder

    keys = KeyFolder(folder)
    signers: set[tuple[str, str]] = set()
    for head in (heads.first_head(connection), heads.last_head(connection)):
        # One that somebody changed is told when the log is checked.
        with contextlib.suppress(heads.BadHead):
            signers |= {(head.key, heads.read(head.note).key.hex())} if head else set()
    if signers and not signers & {(entry.id, entry.fingerprint[:8]) for entry in keys.all()}:
        named = ", ".join(f"{key} ({print_}…)" for key, print_ in sorted(signers))
        raise ConfigError(
            f"{folder} does not have the key that signed the heads of this log, {named}, and no other is"
            " made in its stead: name the monitor's own configuration (--config), whose evidence.keys"
            " says where its keys are, or give that folder back from its safe place"
        )
    return keys


class Keeper:
    """Sees to the evidence in one database; every call blocks."""

    def __init__(self, database: Connections, folder: Path, settings: Evidence) -> None:
        """
        Args:
            folder: of the keys.
        """
        self._database = database
        self._folder = folder
        self._settings = settings
        self._lock = threading.Lock()
        self._trimmed = 0
        self._told_at: int | None = None
        self._beginning: tuple[str, Rulebook, Config] | None = None
        """What has begun and is not noted yet."""
        self.problem: str | None = None
        """Why no head could be signed; ``None``: all is well."""

    def size(self) -> int:
        """Entries of the logs of what arrived."""
        with self._database.read() as connection:
            logs = ledger.of_events(connection)
            return sum(ledger.Tiles(connection, log).size for log in logs)

    def begin(self, what: str, rulebook: Rulebook, config: Config, now: int) -> None:
        """A process begins: its rules are kept, and custody is told with which program, rules and
        configuration, unless it was so already. What cannot be written now is with the next head.

        Args:
            what: `monitor` or `desk`.
        """
        with self._lock:
            self._beginning = (what, rulebook, config)
            self._note_beginning(now)

    def _note_beginning(self, now: int) -> None:
        if self._beginning is None:
            return
        from monitor.evidence.provenance import code_digest, settings_of

        what, rulebook, config = self._beginning
        try:
            kept_rules.keep(self._database, rulebook, now)
            detail = {
                "process": what, "rules": rulebook.digest, "code": code_digest(),
                "configuration": settings_of(config),
            }  # fmt: skip
            self._database.write(lambda connection: custody.begin(connection, detail, now))
            self._beginning = None
        except Exception as error:
            self.problem = f"the rules in force are not kept for evidence: {error}"
            log.exception("rules_not_kept")

    def trimmed(self, events: int) -> None:
        """The log has let go of so many events; custody is told once a day, and at the end."""
        self._trimmed += events

    def _tell(self, now: int) -> None:
        if self._trimmed:
            detail = {"events": self._trimmed}
            self._database.write(
                lambda connection: custody.append(
                    connection, "purged", who=MONITOR, at=now, why="retention", detail=detail
                )
            )
            self._trimmed = 0
        self._told_at = now

    def tend(self, now: int) -> None:
        """Signs a head if the last one is old enough and something was appended since.

        Args:
            now: wall clock, ms.
        """
        with self._lock:
            from monitor.evidence import heads

            self._note_beginning(now)
            if self._told_at is None or now - self._told_at >= TRIMMED_MS:
                self._tell(now)
            with self._database.read() as connection:
                last = heads.last_head(connection)
            if last is not None and 0 <= now - last.at < self._settings.head_s * 1_000:
                return
            self._try(now)

    def cover(self, now: int) -> None:
        """Sees to it that every event and every version of an alert lies under a signed head.

        Raises:
            ValueError: the log does not hold what its last head says.
            ConfigError: the key cannot be read, or it is not one of this log.
        """
        with self._lock:
            from monitor.evidence import heads

            with self._database.read() as connection:
                last = heads.last_head(connection)
                logs = [name for name in ledger.names(connection) if name != ledger.CUSTODY]
                sizes = {name: ledger.Tiles(connection, name).size for name in logs}
            gone = {key.id for key in self.entries() if key.revoked is not None}
            grown = any(size > (last.size_of(name) if last else 0) for name, size in sizes.items())
            if grown or (last is not None and last.key in gone):
                self._sign(now)

    def cover_all(self, now: int) -> None:
        """The same of every log: what custody and the archive were given lies under a head, too.

        Raises:
            ValueError: the log does not hold what its last head says.
            ConfigError: the key cannot be read, or it is not one of this log.
        """
        with self._lock:
            self._sign(now)

    def key(self, now: int) -> SigningKey:
        """The key in use; made if no head was signed yet.

        Raises:
            ConfigError: it cannot be read, or the folder has none of the keys that signed the heads.
        """
        with self._database.read() as connection:
            folder = own_keys(connection, self._folder)
        return folder.current(self._settings.organisation, now)

    def entries(self) -> list[KeyEntry]:
        """What is known of all keys, the one in use last.

        Raises:
            ConfigError: the list cannot be read.
        """
        from monitor.evidence.keys import KeyFolder

        return KeyFolder(self._folder).all()

    def certificate(self, key: str) -> x509.Certificate:
        """Certificate of a key, also of an old one.

        Raises:
            ConfigError: it cannot be read.
        """
        from monitor.evidence.keys import KeyFolder

        return KeyFolder(self._folder).certificate(key)

    def certificates(self) -> list[x509.Certificate]:
        """Certificates of the keys that were not revoked.

        Raises:
            ConfigError: one cannot be read.
        """
        from monitor.evidence.keys import KeyFolder

        folder = KeyFolder(self._folder)
        return [folder.certificate(key.id) for key in folder.all() if key.revoked is None]

    def close(self, now: int) -> None:
        """Signs a head over what came since the last one."""
        with self._lock:
            self._tell(now)
            self._try(now)

    def _try(self, now: int) -> None:
        try:
            self._sign(now)
            self.problem = None
        except Exception as error:
            # Without a head the log is still kept; whoever runs the monitor has to know.
            self.problem = f"no head of the evidence log was signed: {error}"
            log.exception("head_not_signed")

    def _sign(self, now: int) -> None:
        from monitor.evidence import heads
        from monitor.evidence.merkle import root_of

        with self._database.read() as connection:
            last = heads.last_head(connection)
            logs = run(connection, "SELECT log, size FROM merkle_logs")
            sizes = {str(row.log): int(row.size) for row in logs}
            if not any(size for name, size in sizes.items() if name != ledger.CUSTODY):
                return
            before = heads.read(last.note) if last is not None else None
            if before is not None and {n: t.size for n, t in before.trees.items()} == sizes:
                return
            for name, tree in before.trees.items() if before is not None else ():
                tiles = ledger.Tiles(connection, name)
                if tree.size and (
                    tiles.size < tree.size or root_of(tree.size, tiles.subtree) != tree.root
                ):
                    raise ValueError(
                        f"the log {name} does not hold what its last head of "
                        f"{tree.size} entries says: it was changed"
                    )
        known = self.entries()
        key = self.key(now)
        made = key.entry.id not in {entry.id for entry in known}

        def job(connection: Connection) -> int:
            if made:
                custody.append(
                    connection, "key-made", who=MONITOR, at=now, subject=f"key:{key.entry.id}",
                    detail={"fingerprint": key.entry.fingerprint},
                )  # fmt: skip
            origin = heads.origin_of(connection)
            if origin is None:
                custody.append(connection, "started", who=MONITOR, at=now)
                origin = heads.origin_of(connection) or ""
            found = heads.trees(connection)
            note = heads.sign(origin, now, found, key)
            main = origin.partition("/")[2]
            last = heads.last_head(connection)
            run(
                connection,
                "INSERT INTO merkle_heads (number, log, size, at, key, note)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (last.number + 1 if last else 1, main, found[main].size, now, key.entry.id, note),
            )
            return sum(found[name].size for name in ledger.of_events(connection))

        size = self._database.write(job)
        log.info("head_signed", size=size, key=key.entry.id)
