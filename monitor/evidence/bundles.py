"""Bundles that a running monitor or desk makes, one after the other, in a thread of its own.

What was asked for is in the database: after a kill or a restart, what was not finished is made anew.
Desks that share a database share what was asked for, too: whichever is free makes it, and no two make
the same.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from connectors.logger import logger
from monitor.archive.depot import DepotError
from monitor.errors import ConfigError
from monitor.evidence import approval
from monitor.evidence.approval import ApprovalMissing
from monitor.evidence.case import NoSuchAlert, Request
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cryptography import x509
    from sqlalchemy import Connection

    from detectors.pack.load import Rulebook
    from monitor.archive.depot import Depot
    from monitor.config import Config
    from monitor.evidence.frames import Late
    from monitor.evidence.keeper import Keeper
    from monitor.store.store import Store

__all__ = ["BundleRow", "Bundles", "State"]

log = logger()

#: Alerts of one bundle at most.
MOST_ALERTS = 200
#: How often a desk looks for what was asked for at another one, s.
LOOK_S = 10.0
#: How often other desks are told how far a bundle is, s.
TELL_S = 2.0
#: Two keys of advisory locks: this one for bundles, the other from the bundle's id.
LOCKS = 0x6C77_6576

State = Literal[
    "waiting",  # for a second person
    "making",
    "ready",
    "failed",
]


class BundleRow(Struct, kw_only=True):
    """A bundle as it stands."""

    id: str
    alerts: list[str]
    who: str
    why: str = ""
    case: str = ""
    redacted: bool = False
    state: State
    asked: int
    """ms"""
    done: int | None = None
    name: str = ""
    payload: str = ""
    size: int = 0
    """Bytes of the ZIP."""
    records: int = 0
    """Written so far; of one that is ready, all."""
    total: int = 0
    reason: str = ""
    """Why it failed, or what it lacks."""


class _Stopping(Exception):
    """The monitor ends; the bundle is made after the next start."""


if TYPE_CHECKING:
    #: Sees to it that the records of alerts are in the store before their bundle is made, and says in
    #: words what could not be had; it ends early when what it is given says that it has to.
    Collect = Callable[[Sequence[str], Callable[[], bool]], str]


class Bundles:
    """What was asked for, and the thread that makes it."""

    def __init__(
        self,
        store: Store,
        keeper: Keeper,
        rulebook: Rulebook,
        config: Config,
        folder: Path,
        clock: Callable[[], int],
        *,
        collect: Collect | None = None,
        depot: Depot | None = None,
        late: Late | None = None,
    ) -> None:
        """
        Args:
            folder: where bundles are kept.
            collect: where records are not in the store already.
            depot: of the archive, where the store does not lead to it.
            late: frames that wait for the archive elsewhere than in the database.
        """
        self._depot = depot
        self._late = late
        self._collect = collect
        self._store = store
        self._keeper = keeper
        self._rulebook = rulebook
        self._config = config
        self.folder = folder
        self._clock = clock
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._progress: dict[str, tuple[int, int]] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread, with what was not finished."""
        self._thread = threading.Thread(target=self._run, name="livewatch-bundles", daemon=True)
        self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """Ends between two records; what is not finished is made after the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def ask(self, request: Request) -> BundleRow:
        """Notes that a bundle is wanted; durable when it returns.

        Raises:
            NoSuchAlert: one of the alerts is none.
            ValueError: there are too many of them, or nobody is named.
        """
        alerts = sorted(set(request.alerts))
        if not 1 <= len(alerts) <= MOST_ALERTS:
            raise ValueError(f"a bundle has 1 to {MOST_ALERTS} alerts")
        if not request.who.strip() or len(request.who) > 80 or len(request.why) > 2_000:
            raise ValueError(
                "a bundle needs the name of who asks, and a reason of 2,000 characters at most"
            )
        for alert in alerts:
            if self._store.get_alert(alert) is None:
                raise NoSuchAlert(f"there is no alert {alert[:64]!r}")
        now = self._clock()
        second = self._config.evidence.two_persons and not request.redacted
        if second:
            approval.ask(self._store, alerts, request.who, request.why, now)
        row = BundleRow(
            id=secrets.token_hex(8), alerts=alerts, who=request.who, why=request.why,
            case=request.case, redacted=request.redacted,
            state="waiting" if second else "making", asked=now,
        )  # fmt: skip
        self._store.database.write(lambda connection: _insert(connection, row))
        self._wake.set()
        return row

    def approve(self, bundle: str, who: str) -> BundleRow | None:
        """A second person approves a bundle that waits for it; ``None``: there is no such bundle.

        Raises:
            ApprovalMissing: whoever asked may not approve.
        """
        row = self.get(bundle)
        if row is None or row.state != "waiting":
            return row
        approval.approve(self._store, row.alerts, who, "", self._clock())
        row.state = "making"
        self._save(row)
        self._wake.set()
        return row

    def get(self, bundle: str) -> BundleRow | None:
        """A bundle as it stands."""
        found = self._rows("SELECT * FROM bundles WHERE id = ?", bundle)
        return found[0] if found else None

    def of_alert(self, alert: str) -> list[BundleRow]:
        """The bundles that an alert is in, the newest first."""
        return self._rows(_OF_ALERT[self._store.database.url.get_backend_name()], alert)

    def certificates(self) -> list[x509.Certificate]:
        """Certificates of this monitor's own keys: what it sealed itself it trusts."""
        return self._keeper.certificates()

    def file(self, row: BundleRow) -> Path | None:
        """The ZIP of a bundle that is ready and still there."""
        path = self.folder / f"{row.name}.zip"
        return path if row.state == "ready" and path.is_file() else None

    def _rows(self, query: str, *values: object) -> list[BundleRow]:
        with self._store.database.read() as connection:
            rows = run(connection, query, values).fetchall()
        return [self._row(row) for row in rows]

    def _row(self, row: Any) -> BundleRow:
        records, total = self._progress.get(row.id, (row.records, row.records))
        return BundleRow(
            id=row.id, alerts=msgspec.json.decode(row.alerts), who=row.who, why=row.why,
            case=row.case_number, redacted=bool(row.redacted), state=row.state, asked=row.asked,
            done=row.done, name=row.name, payload=row.payload, size=row.size, records=records,
            total=total, reason=row.reason,
        )  # fmt: skip

    def _save(self, row: BundleRow) -> None:
        def job(connection: Connection) -> None:
            run(connection, "UPDATE bundles SET state = ?, done = ?, name = ?, payload = ?, size = ?,"
                " records = ?, reason = ? WHERE id = ?",
                (
                    row.state, row.done, row.name, row.payload, row.size, row.records, row.reason,
                    row.id,
                ),
            )  # fmt: skip

        self._store.database.write(job)

    # The thread

    def _run(self) -> None:
        shared = self._store.database.url.get_backend_name() != "sqlite"
        while not self._stopping.is_set():
            self._wake.wait(LOOK_S if shared else None)
            self._wake.clear()
            try:
                self.make_all()
            except Exception:
                log.exception("bundles_failed")

    def make_all(self) -> None:
        """Makes what is to be made. Tests call it without the thread."""
        for row in self._rows("SELECT * FROM bundles WHERE state = 'making' ORDER BY asked"):
            if self._stopping.is_set():
                return
            with self._alone(row) as alone:
                # Another desk may have made it meanwhile.
                found = self.get(row.id) if alone else None
                if found is not None and found.state == "making":
                    self._make(found)

    @contextlib.contextmanager
    def _alone(self, row: BundleRow) -> Iterator[bool]:
        """Is this the only desk that makes the bundle; a desk that is killed lets go of it."""
        if self._store.database.url.get_backend_name() == "sqlite":
            yield True  # the data directory is one process's
            return
        with self._store.database.read() as connection:
            own = int(row.id[:8], 16) - 2**31
            yield bool(
                run(connection, "SELECT pg_try_advisory_xact_lock(?, ?)", (LOCKS, own)).scalar_one()
            )

    def _make(self, row: BundleRow) -> None:
        from monitor.evidence.bundle import export

        told = time.monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal told
            self._progress[row.id] = (done, total)
            if self._stopping.is_set():
                raise _Stopping
            if time.monotonic() - told > TELL_S:
                told = time.monotonic()
                row.records = done
                self._save(row)

        request = Request(
            alerts=row.alerts, who=row.who, why=row.why, case=row.case, redacted=row.redacted
        )
        lacks = ""
        try:
            if self._collect is not None:
                lacks = self._collect(row.alerts, self._stopping.is_set)
            if self._stopping.is_set():
                return
            made = export(
                self._store, self._keeper, self._rulebook, self._config, request, self.folder,
                self._clock(), tell=tell, captures=self.folder.parent / "captures",
                depot=self._depot, late=self._late,
            )  # fmt: skip
        except _Stopping:
            return
        except (
            OSError, ValueError, ConfigError, DepotError, NoSuchAlert, ApprovalMissing,
        ) as error:  # fmt: skip
            log.warning("bundle_failed", bundle=row.id, reason=str(error))
            row.state, row.reason = "failed", str(error)
        except Exception as error:
            # Whatever it is: whoever asked has to see that there is none.
            log.exception("bundle_failed", bundle=row.id)
            row.state, row.reason = "failed", f"{type(error).__name__}: {error}"[:500]
        else:
            row.state, row.name, row.payload = "ready", made.id, made.payload
            row.size, row.records = made.bytes, made.records
            row.reason = "; ".join([lacks, *made.notes] if lacks else made.notes)
        row.done = self._clock()
        self._save(row)
        self._progress.pop(row.id, None)


#: Ids are kept as a list of JSON.
_OF_ALERT = {
    "sqlite": "SELECT * FROM bundles WHERE EXISTS"
    " (SELECT 1 FROM json_each(bundles.alerts) AS one WHERE one.value = ?)"
    " ORDER BY asked DESC LIMIT 50",
    "postgresql": "SELECT * FROM bundles WHERE EXISTS (SELECT 1 FROM"
    " json_array_elements_text(CAST(bundles.alerts AS json)) AS one WHERE one.value = ?)"
    " ORDER BY asked DESC LIMIT 50",
}


def _insert(connection: Connection, row: BundleRow) -> None:
    run(connection, "INSERT INTO bundles (id, alerts, who, why, case_number, redacted, state, asked)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id, msgspec.json.encode(row.alerts).decode(), row.who, row.why, row.case,
            int(row.redacted), row.state, row.asked,
        ),
    )  # fmt: skip
