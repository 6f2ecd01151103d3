"""The alerts of a room that may be hit again: a few at hand, the others on the shelf.

An alert is tens of kilobytes of evidence, and a hit touches one. So between two batches a room has
at hand only those that were hit last; of each other one it keeps a `Mark`, from which it sees what
mutes and what raises what, and the alert itself is read when it is hit again (`detectors.engine.shelf`).
It goes on with its first evidence, its hits and its level, however many alerts came in between.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from detectors.alerts import Alert, Level
from detectors.calendar import HOUR_MS
from detectors.match.likeness import LIKENESS

if TYPE_CHECKING:
    from detectors.engine.shelf import Shelf

__all__ = ["Mark", "Raised", "Tracked", "pack", "skus_of", "unpack"]

#: Version of the encoding of an alert on the shelf.
VERSION = 1
#: Alerts at hand between two batches, and marks, of one room at most; the one that was hit longest
#: ago goes first. An alert without a mark begins anew when it is hit again.
AT_HAND = 2
MARKS = 10_000
#: Wall clock for which one that is not hit stays at hand, ms.
HELD_MS = 10_000
#: Wall clock from one look for marks that have had their time to the next, ms.
LOOK_MS = HOUR_MS


class Tracked(Struct):
    """An alert of this room that may be repeated."""

    alert: Alert
    hits: list[str] = []
    """Identities of the latest hits, at most `tracker.MAX_HIT_IDS`."""
    told: list[str] = []
    """Ids of the events on which the finding that tells the story stands."""
    amended: list[str] = []
    """Clauses and figures that were added in the operator's favour."""
    unrepeated: int = 0
    """Hits that do not count where repetition raises the level."""
    passed: list[Alert] = []
    """Versions of this step that later ones have replaced already; empty between steps."""

    @property
    def repeated(self) -> int:
        """The hits that count where repetition raises the level."""
        return self.alert.hits - self.unrepeated


class Mark(Struct, array_like=True):
    """What has to be known of an alert that is not at hand."""

    rule: str
    session: str
    level: Level
    hits: int
    last_at: int
    arrived: int
    """Wall clock, ms, of its last change."""
    likeness: bool
    """It stands on likeness alone."""
    raised: bool
    """Another alert has raised its level."""
    skus: list[str]
    """The products that its events are about, as far as they say."""
    event: str = ""
    """Id of the event by which it was last hit."""
    related: int = 0
    """How many other alerts it names."""


class Raised:
    """The alerts of one room, by their ids."""

    __slots__ = ("_about", "_changed", "_dirty", "_looked", "_shelf", "at_hand", "marks")

    def __init__(self, changed: set[str], shelf: Shelf) -> None:
        """
        Args:
            changed: the state's own names of parts that have to be written.
            shelf: where the alerts lie that are not at hand.
        """
        self._changed = changed
        self._shelf = shelf
        self._dirty: set[str] = set()
        #: Ids of alerts by the event that hit them last (no name) and by product.
        self._about: dict[str, dict[str, None]] = {}
        self._looked = 0
        self.at_hand: dict[str, Tracked] = {}
        """The one that was hit longest ago first."""
        self.marks: dict[str, Mark] = {}
        """Of all of them, in the same order."""

    def get(self, identity: str) -> Tracked | None:
        """An alert, read from the shelf where it is not at hand; ``None``: there is none."""
        tracked = self.at_hand.get(identity)
        if tracked is None and identity in self.marks:
            body = self._shelf.get(f"raised:{identity}")
            if body is not None:
                tracked = self.at_hand[identity] = unpack(body)
        return tracked

    def note(self, identity: str, tracked: Tracked, *, hit: bool = False) -> None:
        """Takes up that an alert has changed, or is new; a hit makes it the latest one."""
        known = self.marks.pop(identity, None) if hit else self.marks.get(identity)
        if hit:
            self.at_hand.pop(identity, None)
        self.at_hand[identity] = tracked
        alert = tracked.alert
        numbers = alert.evidence.numbers
        if known is not None:
            self._leave(identity, known)
        trigger = alert.evidence.trigger
        mark = self.marks[identity] = Mark(
            rule=alert.rule,
            session=alert.session,
            level=alert.level,
            hits=alert.hits,
            last_at=alert.last_at,
            arrived=known.arrived if known is not None else 0,
            likeness=LIKENESS in numbers,
            raised="raised_for" in numbers,
            skus=sorted(skus_of(alert)),
            event=trigger[-1].id if trigger else "",
            related=len(alert.related),
        )
        self._join(identity, mark)
        self._dirty.add(identity)
        self._changed.add(f"mark:{identity}")

    def beside(
        self, identity: str, events: Iterable[str], skus: Iterable[str]
    ) -> list[tuple[str, Literal["utterance", "product"]]]:
        """Other alerts that were last hit by one of these events, then those about these products,
        the latest first."""
        found: dict[str, Literal["utterance", "product"]] = {}
        for event in events:
            found.update(dict.fromkeys(self._about.get(f"event:{event}", ()), "utterance"))
        for sku in skus:
            for other in self._about.get(f"sku:{sku}", ()):
                found.setdefault(other, "product")
        found.pop(identity, None)
        marks = self.marks
        return sorted(
            found.items(), key=lambda one: (one[1] == "product", -marks[one[0]].last_at, one[0])
        )

    def _join(self, identity: str, mark: Mark) -> None:
        for name in _about(mark):
            self._about.setdefault(name, {})[identity] = None

    def _leave(self, identity: str, mark: Mark) -> None:
        for name in _about(mark):
            others = self._about.get(name)
            if others is not None:
                others.pop(identity, None)
                if not others:
                    del self._about[name]

    def settle(self, identities: list[str], now: int) -> list[str]:
        """Ends a step, in which these have changed; returns those for which there was no space.

        Args:
            now: wall clock, ms.
        """
        for identity in identities:
            mark = self.marks.get(identity)
            if mark is not None:
                mark.arrived = now
        gone = []
        while len(self.marks) > MARKS:
            gone.append(next(iter(self.marks)))
            self._drop(gone[-1])
        at_hand = len(self.at_hand)
        for identity in list(self.at_hand):
            if at_hand <= AT_HAND and self.marks[identity].arrived >= now - HELD_MS:
                continue
            self._put_away(identity)
            del self.at_hand[identity]
            at_hand -= 1
        return gone

    def expire(self, now: int, kept_ms: int) -> None:
        """Forgets the alerts that have not changed for so long; looks once an hour."""
        if now - self._looked < LOOK_MS:
            return
        self._looked = now
        for identity, mark in list(self.marks.items()):
            if mark.arrived < now - kept_ms:
                self._drop(identity)

    def put_away(self) -> None:
        """Hands what has changed to the shelf; it stays at hand."""
        for identity in list(self._dirty):
            self._put_away(identity)

    def restored(self, arrived: int) -> None:
        """Brings everything in order after the parts were read.

        Args:
            arrived: wall clock of the room's last arrival; of an alert that was written before
                there were marks nothing later is known.
        """
        for mark in self.marks.values():
            mark.arrived = mark.arrived or arrived
        self.marks = dict(sorted(self.marks.items(), key=lambda item: (item[1].last_at, item[0])))
        self._about.clear()
        for identity, mark in self.marks.items():
            self._join(identity, mark)

    def _put_away(self, identity: str) -> None:
        if identity in self._dirty:
            self._dirty.discard(identity)
            self._shelf.put(f"raised:{identity}", pack(self.at_hand[identity]))

    def _drop(self, identity: str) -> None:
        self._leave(identity, self.marks.pop(identity))
        self.at_hand.pop(identity, None)
        self._dirty.discard(identity)
        self._changed.add(f"mark:{identity}")
        self._shelf.remove(f"raised:{identity}")


def _about(mark: Mark) -> list[str]:
    return [f"event:{mark.event}", *(f"sku:{sku}" for sku in mark.skus)]


def pack(tracked: Tracked) -> bytes:
    """An alert as it lies on the shelf."""
    return zlib.compress(msgspec.msgpack.encode((VERSION, tracked)), 1)


def unpack(body: bytes) -> Tracked:
    """The alert of `pack`.

    Raises:
        ValueError: the bytes are none, or of another version.
    """
    try:
        version, tracked = msgspec.msgpack.decode(
            zlib.decompress(body), type=tuple[int, msgspec.Raw]
        )
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"no alert: {error}") from error
    if version != VERSION:
        raise ValueError(f"an alert of version {version}, this is {VERSION}")
    return msgspec.msgpack.decode(tracked, type=Tracked)


def skus_of(alert: Alert) -> set[str]:
    """The products that an alert's events are about, as far as they say."""
    return {sku for event in alert.evidence.trigger if (sku := getattr(event, "sku", None))}
