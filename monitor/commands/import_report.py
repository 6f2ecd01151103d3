"""What `livewatch import` tells of the files: what was not used and why, what is not there.

However many messages a file has, few lines are printed: the first of each kind of fault, then
counts. All pieces that were not used can be kept in files.
"""

from __future__ import annotations

import re
import sys
from collections import Counter as Tally
from collections.abc import Iterable, Sequence

from msgspec.json import encode as encode_json

from connectors.decoders.decoded import Decoded, Problem
from connectors.presence import Presence
from connectors.rule_fields import FIELDS, TOLD, Share, missing_fields
from connectors.unread import Unread
from detectors.events import Event
from monitor.commands.readable import printable

__all__ = ["Kept", "Report"]

#: Faults that are told one by one, of a run and of one reason; the others are counted.
MAX_TOLD, MAX_OF_A_REASON = 20, 5
#: Kinds, reasons and notes that are named one by one.
MAX_KINDS = 20
#: Files of which it is told apart what they lack.
MAX_FILES = 20
#: Bytes of pieces that are kept for a file.
MAX_KEPT_BYTES = 64 << 20
#: What differs between faults of one reason: what they quote, and numbers.
_OWN = re.compile(r"“[^”]{0,400}”|\d[\d.,]{0,40}")


class Kept:
    """Pieces that were not used, as JSON lines with their bytes in base64, at most 64 MiB."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._bytes = 0

    def add(self, name: str, piece: Problem) -> None:
        """Keeps a piece of a file."""
        line = encode_json(
            {"file": name, "place": piece.place, "reason": piece.reason, "data": piece.data}
        )
        self._bytes += len(line)
        if self._bytes <= MAX_KEPT_BYTES:
            self.lines.append(line + b"\n")


class Report:
    """Of one run over all files."""

    def __init__(self, *, keeps_unknown: bool, keeps_rejected: bool) -> None:
        """
        Args:
            keeps_unknown, keeps_rejected: somebody asked for a file of these pieces.
        """
        self._keeps_unknown, self._keeps_rejected = keeps_unknown, keeps_rejected
        self.unknown_pieces = Kept()
        self.rejected_pieces = Kept()
        self._events: Tally[str] = Tally()
        """Events by file."""
        self.problems = 0
        self._told = 0
        self._reasons: Tally[str] = Tally()
        self._examples: dict[str, str] = {}
        self._skipped: Tally[str] = Tally()
        self._unknown: Tally[str] = Tally()
        self._notes: set[tuple[str, str]] = set()
        self._presence: dict[str, Presence] = {}
        self._unread: dict[str, Unread] = {}

    def take(self, name: str, decoded: Decoded, events: Sequence[Event]) -> None:
        """Notes what came of a piece of a file."""
        for problem in decoded.problems:
            self.problem(name, problem)
        for note in decoded.notes:
            if (name, note) not in self._notes and len(self._notes) < MAX_KINDS:
                self._notes.add((name, note))
                say(f"{name}: note: {note}")
        self._skipped.update(decoded.skipped)
        for piece in decoded.unknown:
            self._unknown[piece.reason] += 1
            self.unknown_pieces.add(name, piece)
        self._events[name] += len(events)
        presence = self._presence.get(name)
        if presence is None:
            presence = self._presence[name] = Presence(whole=True)
        presence.take(events, decoded.lacking.elements(), at=0)
        if decoded.unread:
            self._unread.setdefault(name, Unread()).add(decoded.unread)

    def problem(self, name: str, problem: Problem) -> None:
        """Reports a piece that was not used."""
        self.problems += 1
        self.rejected_pieces.add(name, problem)
        reason = _OWN.sub("…", problem.reason)
        self._reasons[reason] += 1
        if self._told < MAX_TOLD and self._reasons[reason] <= MAX_OF_A_REASON:
            self._told += 1
            say(f"{name}: {problem.place}: {problem.reason}")

    @property
    def nothing_of(self) -> list[str]:
        """Files of which no event came."""
        return [name for name, count in self._events.items() if not count]

    @property
    def prices_unread(self) -> bool:
        """Has a list a column that by its name holds prices, and no product got one?"""
        return any(
            unread.prices and not _any_price(self._presence[name].shares())
            for name, unread in self._unread.items()
        )

    def tell(self, written: int, repeated: int) -> None:
        """Prints the sums, what was left out, and what is not there."""
        skipped, unknown = self._skipped.total(), self._unknown.total()
        pieces = written + repeated + self.problems + skipped + unknown
        say(
            f"{pieces:,} pieces = {written:,} events written + {repeated:,} duplicates + "
            f"{self.problems:,} rejected + {skipped:,} passed over + {unknown:,} of unknown kinds"
        )
        if self.problems > self._told:
            hint = "" if self._keeps_rejected else "; --rejected FILE keeps them"
            say(f"rejected, by reason: {_by_kind(self._reasons)}{hint}")
        if self._skipped:
            say(f"passed over, by kind: {_by_kind(self._skipped)}")
        if self._unknown:
            hint = "" if self._keeps_unknown else "; --unknown FILE keeps them"
            say(f"not understood: {_by_kind(self._unknown)}{hint}")
        for place, lines in (*self._missing(), *self._columns()):
            for line in lines:
                say(f"{place}{line}")
        for name in self.nothing_of[:MAX_FILES]:
            say(f"{name}: nothing was understood: no event came of it")

    def _missing(self) -> Iterable[tuple[str, list[str]]]:
        """What events of each file do not have."""
        many = len(self._presence) > 1
        for name, presence in list(self._presence.items())[:MAX_FILES]:
            place = f"{name}: " if many else ""
            shares = presence.shares()
            yield place, missing_fields(shares)
            yield place, _others(shares)
        if len(self._presence) > MAX_FILES:
            yield "", [f"what {len(self._presence) - MAX_FILES} more files lack is not listed"]

    def _columns(self) -> Iterable[tuple[str, list[str]]]:
        for name, unread in list(self._unread.items())[:MAX_FILES]:
            yield f"{name}: ", [f"columns that were not read: {unread}"]


def _any_price(shares: dict[str, dict[str, Share]]) -> bool:
    found = [shares[kind]["price"] for kind in ("product", "price", "order") if kind in shares]
    return any(share.present for share in found)


def _others(shares: dict[str, dict[str, Share]]) -> list[str]:
    """The fields that few files have, on one line."""
    told = [
        f"{kind}.{field} {share.missing:,} of {share.all:,}"
        for kind in FIELDS
        for field, share in shares.get(kind, {}).items()
        if share.missing and field not in TOLD.get(kind, ())
    ]
    return [f"also not there: {', '.join(told)}"] if told else []


def _by_kind(counts: Tally[str]) -> str:
    """Counts by name, the most first; of many kinds the first twenty."""
    named = [f"{name} {count:,}" for name, count in counts.most_common(MAX_KINDS)]
    others = sum(counts.values()) - sum(count for _, count in counts.most_common(MAX_KINDS))
    return ", ".join([*named, f"others {others:,}"] if others else named)


def say(text: str) -> None:
    """A line on standard error; it may hold words of the files."""
    sys.stderr.write(printable(text) + "\n")
