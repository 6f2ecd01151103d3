"""Do events have the fields that rules need? Counted by source, kind of event and field.

A platform that renames a field breaks nothing that can be seen: cards still come, without their
prices, and the rules on prices fall silent. So it is counted how many events have each field, and a
change is a problem of the source: a field or a kind of event that used to come and has stopped.
What it used to be is learnt from the source itself (`absence`).
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, get_args

from msgspec import Struct

from connectors.absence import Absence, Lack, of_field, of_kind, of_sort
from connectors.rule_fields import FIELDS, SORTS, STEADY, VITAL, Share
from connectors.unread import Unread
from detectors.events import Event, Gap, Price, Product

__all__ = ["Presence"]

#: A number that the platform rounds has its bounds instead.
_INSTEAD = {("counter", "value"): ("value", "low", "high")}
_NO_ATTRIBUTE = frozenset({("product", "sku"), ("order", "sku"), ("order", "status")})
#: Missing fields and kinds that a source's problem text lists.
PROBLEMS = 5
#: Products of a recording that are told apart.
MAX_PRODUCTS = 100_000
#: Rooms of which it is remembered what came.
MAX_ROOMS = 10_000


def _log() -> Any:
    """The logger; loaded when there is something to say, for it loads what draws tracebacks."""
    from connectors.logger import logger

    return logger()


class _Fields:
    """Finds the fields that an event of one kind lacks."""

    def __init__(self, kind: str) -> None:
        self._names = [field for field in FIELDS[kind] if (kind, field) not in _NO_ATTRIBUTE]
        self._groups = [_INSTEAD.get((kind, field), (field,)) for field in self._names]
        flat = [attribute for group in self._groups for attribute in group]
        # With two names or more it gives a tuple: the last one stands twice.
        self._values = attrgetter(*flat, flat[-1])
        self._known: dict[tuple[bool, ...], frozenset[str]] = {}

    def missing(self, event: Event) -> frozenset[str]:
        """The fields of which nothing is known, and texts that are empty: both say nothing."""
        pattern = tuple([value is None or value == "" for value in self._values(event)])
        found = self._known.get(pattern)
        if found is None:
            absent, place = set(), 0
            for name, group in zip(self._names, self._groups, strict=True):
                if all(pattern[place : place + len(group)]):
                    absent.add(name)
                place += len(group)
            found = self._known[pattern] = frozenset(absent)
        return found


_READERS = {
    each: (str(each.__struct_config__.tag), _Fields(str(each.__struct_config__.tag)))
    for each in get_args(Event)
    if each is not Gap
}
_PRICE = frozenset({"price"})
_OF_PRODUCT, _OF_PRICE = frozenset(FIELDS["product"]), frozenset(FIELDS["price"])
_Product = tuple[str, str, str]
#: A kind of event, what sort it is of (the status of a card, the role of a chat line) and the fields
#: that it lacks.
_Pattern = tuple[str, str | None, frozenset[str]]


class _Watched(Struct, frozen=True):
    """What may stop coming: a field of one kind (or one sort) of event, or the kind itself."""

    kind: str
    field: str
    """Empty: the kind itself."""
    absence: Absence
    bit: int

    @property
    def lack(self) -> Lack | None:
        return self.absence.lack(self.kind, self.field)


class Presence:
    """Which fields the events of one source have, over all its rooms."""

    def __init__(self, source: str = "", *, whole: bool = False) -> None:
        """
        Args:
            source: its name, in log lines.
            whole: the source is one recording: each product is counted once, with the fields of all
                its cards and prices, and nothing is expected to continue.
        """
        self._source = source
        self._whole = whole
        self._events: Tally[_Pattern] = Tally()
        """Events by their kind and the fields that they lack."""
        self._lacked: Tally[tuple[str, str]] = Tally()
        """Pieces that became no event, by kind and field."""
        self._watched: dict[tuple[str, str | None], list[_Watched]] = {}
        """What is watched, by kind and sort of event; sort ``None``: all sorts of the kind together."""
        self._kinds: dict[str, _Watched] = {}
        """The watched kinds."""
        self._bits = 0
        """Number of watched items; each has a bit."""
        self._products: dict[_Product, frozenset[str]] = {}
        """Fields that were seen of each product of a recording."""
        self._combinations: dict[frozenset[str], frozenset[str]] = {}
        """Products with the same fields share one set of them."""
        self._carded: set[_Product] = set()
        """Products of which there was a card."""
        self._rooms: dict[str, int] = {}
        """Per room, the bits of the watched items that it ever had; the oldest room is dropped first."""
        self._has_sessions = False
        self.unread = Unread()
        """Columns of its tables that were not read."""

    def take(
        self,
        events: Sequence[Event],
        lacking: Iterable[tuple[str, str]] = (),
        *,
        at: int,
        strange: bool = False,
        unread: Mapping[str, Sequence[str]] | None = None,
        room: str = "",
    ) -> None:
        """Counts the events of one frame; logs a problem that begins or ends.

        Args:
            lacking: kind and field of pieces that became no event for the lack of the field.
            at: when it arrived, ms since the epoch.
            strange: there was something in it that the decoder could not read.
            unread: columns of a table that were not read, with their first values.
            room: the room of its connection; empty: the events name their rooms.
        """
        if unread and (new := self.unread.add(unread)):
            _log().warning("columns_unread", source=self._source, columns=new)
        lacked = [(kind, field) for kind, field in lacking if field in FIELDS.get(kind, ())]
        for key in lacked:
            self._lacked[key] += 1
        seen = self._seen(events)
        for pattern, count in seen.items():
            self._events[pattern] += count
        if self._whole or not (seen or lacked or strange):
            return
        # Events of a room that is off the air do not show what a broadcast carries.
        if events:
            on_air = any(event.session for event in events)
            if not on_air and self._has_sessions:
                return
            self._has_sessions = on_air
        rooms = {room} if room else {f"{event.platform}/{event.room}" for event in events}
        for watched in self._follow(seen, lacked, rooms, at):
            kind, field, lack = watched.kind, watched.field, watched.lack
            if lack is not None:
                _log().warning(
                    "source_lacks", source=self._source, type=kind, field=field, problem=str(lack)
                )
            elif not any((lack.kind, lack.field) == (kind, field) for lack in self.lacks):
                _log().info("source_has_again", source=self._source, type=kind, field=field)

    def shares(self) -> dict[str, dict[str, Share]]:
        """How many events have each field, by kind."""
        counted: Tally[_Pattern] = Tally(dict(self._events))
        for product in self._carded:
            counted["product", None, _OF_PRODUCT - self._products[product]] += 1
        found: dict[str, dict[str, Share]] = {}
        for (kind, _, missing), count in counted.items():
            shares = found.setdefault(kind, {field: Share() for field in FIELDS[kind]})
            for field, share in shares.items():
                if field in missing:
                    share.missing += count
                else:
                    share.present += count
        for (kind, field), count in dict(self._lacked).items():
            shares = found.setdefault(kind, {name: Share() for name in FIELDS[kind]})
            shares[field].missing += count
        return found

    @property
    def problems(self) -> list[str]:
        """What is wrong with what comes, in words."""
        lacks = self.lacks
        found = [str(lack) for lack in lacks[:PROBLEMS]]
        if len(lacks) > PROBLEMS:
            found.append(f"{len(lacks) - PROBLEMS} more fields do not come")
        return found + ([f"columns that are not read: {self.unread}"] if self.unread else [])

    @property
    def lacks(self) -> list[Lack]:
        """Fields and kinds that stopped coming or never came; each field of a kind once."""
        found: dict[tuple[str, str], Lack] = {}
        for several in (*list(self._watched.values()), list(self._kinds.values())):
            for watched in several:
                if (lack := watched.lack) is not None:
                    found.setdefault((lack.kind, lack.field), lack)
        return list(found.values())

    def _seen(self, events: Sequence[Event]) -> dict[_Pattern, int]:
        seen: dict[_Pattern, int] = {}
        priced: set[str] | None = None
        for event in events:
            kind, reader = _READERS.get(type(event), ("", None))
            if reader is None:
                continue  # a gap
            missing = reader.missing(event)
            sort = getattr(event, SORTS[kind]) if kind in SORTS else None
            if kind == "product" and isinstance(event, Product) and event.price is None:
                # A price with conditions comes as a `price` event beside the card.
                if priced is None:
                    priced = {
                        each.sku
                        for each in events
                        if isinstance(each, Price) and each.price is not None
                    }
                if event.sku in priced:
                    missing -= _PRICE
            if self._whole and isinstance(event, Product | Price) and self._note(event, missing):
                continue
            pattern = (kind, sort, missing)
            seen[pattern] = seen.get(pattern, 0) + 1
        return seen

    def _note(self, event: Product | Price, missing: frozenset[str]) -> bool:
        """Adds the fields of a product in a recording; true if the product itself is counted instead."""
        key = (event.platform, event.room, event.sku)
        known = self._products.get(key)
        if known is None:
            if len(self._products) >= MAX_PRODUCTS:
                return False
            known = frozenset()
        is_price = isinstance(event, Price)
        known |= (_OF_PRICE if is_price else _OF_PRODUCT) - missing
        self._products[key] = self._combinations.setdefault(known, known)
        if is_price:
            return False
        self._carded.add(key)
        return True

    def _follow(
        self,
        seen: dict[_Pattern, int],
        lacked: list[tuple[str, str]],
        rooms: set[str],
        at: int,
    ) -> list[_Watched]:
        """Takes what came and what did not; returns that of which a problem began or ended."""
        missed: dict[tuple[str, str | None], frozenset[str]] = {}
        for kind, sort, missing in seen:
            for key in ((kind, sort), (kind, "")):
                missed[key] = missed[key] & missing if key in missed else missing
        frame: list[tuple[_Watched, bool]] = []
        for (kind, sort), missing in missed.items():
            frame += [(watched, watched.field not in missing) for watched in self._of(kind, sort)]
        for kind, field in lacked:
            if (kind, "") in missed:
                continue
            # Nobody knows of which sort it would have been.
            self._of(kind, "")
            for (other, _), several in self._watched.items():
                if other == kind:
                    frame += [(each, False) for each in several if each.field == field]
        for kind in STEADY:
            came = (kind, "") in missed
            if came and kind not in self._kinds:
                self._kinds[kind] = self._watch(kind, "", of_kind())
            if kind in self._kinds:
                frame.append((self._kinds[kind], came))
        before = self._note_rooms(rooms, frame)
        return [
            watched
            for watched, hit in frame
            # A room that never had it says nothing of whether it still comes: rooms differ.
            if (hit or not rooms or before & watched.bit or not watched.absence.hits)
            and watched.absence.take(hit, at)
        ]

    def _note_rooms(self, rooms: set[str], frame: list[tuple[_Watched, bool]]) -> int:
        """What came of these rooms in earlier frames, as bits; adds what came now."""
        now = before = 0
        for watched, hit in frame:
            if hit:
                now |= watched.bit
        for room in rooms:
            bits = self._rooms.get(room, 0)
            before |= bits
            if bits | now != bits:
                self._rooms[room] = bits | now
        while len(self._rooms) > MAX_ROOMS:
            del self._rooms[next(iter(self._rooms))]
        return before

    def _of(self, kind: str, sort: str | None) -> list[_Watched]:
        watched = self._watched.get((kind, sort))
        if watched is None:
            watched = self._watched[kind, sort] = [
                self._watch(
                    kind,
                    field,
                    of_field(vital=field in VITAL.get(kind, ())) if sort == "" else of_sort(),
                )
                for field in FIELDS[kind]
            ]
        return watched

    def _watch(self, kind: str, field: str, absence: Absence) -> _Watched:
        self._bits += 1
        return _Watched(kind, field, absence, 1 << self._bits)
