"""Has the heads of the Merkle logs time-stamped, in a thread of its own.

Of each authority the newest head is what matters: a stamp over it covers every head before it, since
each goes on from the last. So nothing piles up while an authority is away; when it is back, one stamp
covers all that came meanwhile.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from connectors.logger import logger
from monitor.errors import ConfigError
from monitor.evidence import heads
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from monitor.config import Authority
    from monitor.store.database import Connections

__all__ = ["AuthorityState", "Stamper", "Token", "stamped", "tokens"]

log = logger()

#: Pauses after failures in a row, s; the last one repeats.
BACKOFF_S = (10, 30, 60, 120, 300, 600)
#: From one look to the next, s.
PACE_S = 2.0


class AuthorityState(Struct, kw_only=True):
    """How an authority does."""

    name: str
    unstamped: int
    """Heads that no stamp of it covers yet."""
    last_at: int | None
    """When it last gave a stamp, by our clock, ms."""
    attempts: int
    """Failures in a row."""
    next_at: int
    """When it is asked again, ms."""
    reason: str
    """Why the last attempt failed; empty: it did not."""


class Stamper:
    """Asks the authorities."""

    def __init__(
        self, database: Connections, authorities: Sequence[Authority], clock: Callable[[], int]
    ) -> None:
        self._database = database
        self._authorities = list(authorities)
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._failing: dict[str, tuple[int, int, str]] = {}
        """By authority: failures in a row, when it is asked again, why."""

    def start(self) -> None:
        """Starts the thread; none where there is nobody to ask."""
        if self._authorities:
            self._thread = threading.Thread(target=self._run, name="livewatch-stamper", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends; a request that is under way is not waited for longer than its own limit."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(PACE_S):
            try:
                self.round(self._clock())
            except Exception:
                log.exception("stamping_failed")

    def round(self, now: int) -> None:
        """Asks each authority whose turn it is for a stamp of the newest head."""
        with self._database.read() as connection:
            newest = heads.last_head(connection)
            done = stamped(connection)
        if newest is None:
            return
        for authority in self._authorities:
            if newest.number in done.get(authority.name, ()) or self._stopping.is_set():
                continue
            attempts, next_at, _ = self._failing.get(authority.name, (0, 0, ""))
            if now < next_at:
                continue
            self._ask(authority, newest, attempts, now)

    def _ask(self, authority: Authority, head: heads.StoredHead, attempts: int, now: int) -> None:
        from monitor.evidence.stamps import BadStamp, stamp

        try:
            token = stamp(authority, head.note)
        except (BadStamp, ConfigError) as error:
            pause_ms = BACKOFF_S[min(attempts, len(BACKOFF_S) - 1)] * 1_000
            with self._lock:
                self._failing[authority.name] = (attempts + 1, now + pause_ms, str(error))
            log.warning(
                "time_stamp_missing",
                authority=authority.name,
                reason=str(error),
                attempts=attempts + 1,
            )
            return
        # When the answer was here, not when it was asked for: the clock of this machine is held
        # against the authority's by it (`data/clock.json`).
        at = self._clock()

        def job(connection: Connection) -> None:
            run(
                connection,
                "INSERT INTO head_stamps (head, authority, at, token) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (head, authority) DO NOTHING",
                (head.number, authority.name, at, token),
            )

        self._database.write(job)
        with self._lock:
            self._failing.pop(authority.name, None)
        log.info("head_time_stamped", authority=authority.name, head=head.number)

    def states(self) -> list[AuthorityState]:
        """How each authority does: the queue."""
        with self._database.read() as connection:
            newest = heads.last_head(connection)
            rows = {
                row.authority: (int(row.head), int(row.at))
                for row in run(
                    connection,
                    "SELECT authority, max(head) AS head, max(at) AS at FROM head_stamps"
                    " GROUP BY authority",
                )
            }
        found = []
        for authority in self._authorities:
            head, at = rows.get(authority.name, (0, None))
            with self._lock:
                attempts, next_at, reason = self._failing.get(authority.name, (0, 0, ""))
            found.append(
                AuthorityState(
                    name=authority.name,
                    unstamped=(newest.number if newest is not None else 0) - head,
                    last_at=at,
                    attempts=attempts,
                    next_at=next_at,
                    reason=reason,
                )
            )
        return found


def stamped(connection: Connection) -> dict[str, set[int]]:
    """Numbers of the heads that each authority has stamped."""
    found: dict[str, set[int]] = {}
    for row in run(connection, "SELECT authority, head FROM head_stamps"):
        found.setdefault(str(row.authority), set()).add(int(row.head))
    return found


class Token(NamedTuple):
    """A stamp as it came."""

    at: int
    """When it was here, by our clock, ms."""
    token: bytes


def tokens(connection: Connection, head: int) -> dict[str, Token]:
    """The stamps of a head by authority."""
    rows = run(
        connection,
        "SELECT authority, at, token FROM head_stamps WHERE head = ? ORDER BY authority",
        (head,),
    )
    return {str(row.authority): Token(int(row.at), bytes(row.token)) for row in rows}
