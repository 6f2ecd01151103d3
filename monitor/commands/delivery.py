"""Delivery of events to a running monitor: `POST /api/v1/events`, again until it has answered."""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    import ssl

__all__ = [
    "BATCH_BYTES",
    "BATCH_EVENTS",
    "TIMEOUT_S",
    "Delivery",
    "DeliveryRefused",
    "Unreachable",
]

#: Largest request.
BATCH_EVENTS = 2_000
BATCH_BYTES = 1 << 20
#: Waits between attempts: full jitter under a limit that doubles.
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 15.0
TIMEOUT_S = 60.0
#: When people are told for the second time that a batch waits; then after twice the time each.
FIRST_TOLD_S = 30.0
_WHO_SENDS = (
    ". Say --token, or set LIVEWATCH_INGEST_TOKEN; the monitor keeps its token in ingest.token of "
    "its data folder, unless it was given one."
)


class DeliveryRefused(Exception):
    """The monitor will not take this, now or later: a wrong token, a wrong address."""


class Unreachable(Exception):
    """The monitor took nothing for longer than the sender wants to wait."""


class _Rejection(Struct):
    line: int
    reason: str = ""


class _Answer(Struct):
    accepted: int
    rejected: list[_Rejection] = []
    rejected_total: int = 0
    """How many there were, where only the first are listed."""


class Delivery:
    """Sends batches one after another, so that order is kept."""

    def __init__(
        self,
        url: str,
        token: str | None,
        give_up_after_s: float,
        tls: ssl.SSLContext | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """
        Args:
            give_up_after_s: how long one batch is tried, whether nothing answers or the monitor says
                again and again that it should be sent later.
            timeout_s: how long one attempt may take to connect, or to be answered.
            tell: takes a line for people when a batch was not taken and is sent again: the first
                time, and then more and more seldom.
            tls: whom a monitor with a certificate is trusted by; the system's authorities by default.

        Raises:
            ValueError: the address is no http or https URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is no address: write it as http://127.0.0.1:8080")
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=timeout_s, context=tls
            )
        else:
            self._connection = http.client.HTTPConnection(
                parts.hostname, parts.port, timeout=timeout_s
            )
        self._address = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/") + "/api/v1/events"
        self._headers = {"Content-Type": "application/x-ndjson"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._give_up_after_s = give_up_after_s
        self._tell = tell
        self.accepted = 0
        self.rejected = 0

    def send(self, lines: Sequence[bytes]) -> list[tuple[int, str]]:
        """Sends a batch; returns index and reason of what the monitor rejected.

        Raises:
            DeliveryRefused: repeating cannot help.
            Unreachable: it was not taken for too long.
        """
        body = b"\n".join(lines) + b"\n"
        began = time.monotonic()
        attempt = 0
        tell_at_s = 0.0
        while True:
            try:
                self._connection.request("POST", self._path, body, self._headers)
                response = self._connection.getresponse()
                status, data = response.status, response.read()
                retry_after = response.getheader("Retry-After")
                trouble = f"status {status}"
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                status, data, retry_after = 0, b"", None
                trouble = str(error) or type(error).__name__
            except ValueError as error:
                # What Python says of a header would show the token.
                raise DeliveryRefused(
                    f"{self._address}: its path or the token has characters that no request can carry"
                ) from error
            if status in (200, 202):
                return self._count(data)
            if status == 413 and len(lines) > 1:
                half = len(lines) // 2
                later = self.send(lines[:half])
                return later + [(index + half, reason) for index, reason in self.send(lines[half:])]
            if status and status not in (408, 429) and status < 500:
                raise DeliveryRefused(
                    f"{self._address} refuses the events: {_words(data) or 'no reason given'} "
                    f"(status {status})" + (_WHO_SENDS if status in (401, 403) else "")
                )
            waited_s = time.monotonic() - began
            if waited_s >= self._give_up_after_s:
                raise Unreachable(self._untaken(waited_s, trouble, status, data))
            if self._tell is not None and waited_s >= tell_at_s:
                self._tell(
                    f"{self._address} has not taken the events: {trouble}. They are sent again "
                    + ("when it said, " if retry_after is not None else "")
                    + f"for {self._give_up_after_s - waited_s:.0f} s at most"
                )
                tell_at_s = max(FIRST_TOLD_S, 2 * waited_s)
            attempt += 1
            time.sleep(min(_wait_s(attempt, retry_after), self._give_up_after_s - waited_s))

    def _untaken(self, waited_s: float, trouble: str, status: int, data: bytes) -> str:
        """Why it is given up, and what to do."""
        again = "What was not taken can be sent again."
        if not status:
            return (
                f"no answer from {self._address} for {waited_s:.0f} s: {trouble}. Is livewatch "
                f"running there? {again}"
            )
        return (
            f"{self._address} has taken nothing for {waited_s:.0f} s: "
            f"{_words(data) or 'no reason given'} ({trouble}). {again}"
        )

    def _count(self, data: bytes) -> list[tuple[int, str]]:
        try:
            answer = msgspec.json.decode(data, type=_Answer)
        except msgspec.MsgspecError as error:
            raise DeliveryRefused(f"{self._address} is no livewatch monitor: {error}") from error
        self.accepted += answer.accepted
        self.rejected += max(len(answer.rejected), answer.rejected_total)
        return [(rejection.line - 1, rejection.reason) for rejection in answer.rejected]

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def _wait_s(attempt: int, retry_after: str | None) -> float:
    """How long to wait before the next attempt: what the monitor says, else full jitter."""
    jitter_s = random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt, 10)))  # noqa: S311  no secret
    if retry_after is None:
        return jitter_s
    try:
        said_s = float(retry_after)
    except ValueError:
        try:
            said_s = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except ValueError:
            return jitter_s
    # A little later than the others that were told the same.
    return max(0.0, min(said_s, 300.0)) + random.uniform(0, FIRST_WAIT_S)  # noqa: S311  no secret


class _Problem(Struct):
    """Why a request was not carried out, as RFC 9457 problem details."""

    detail: str


def _words(data: bytes) -> str:
    """The monitor's reason; of another server's answer, the beginning."""
    try:
        return msgspec.json.decode(data, type=_Problem).detail
    except msgspec.MsgspecError:
        return data[:200].decode("utf-8", "replace").strip()
