"""Are the fields there that rules live on? By source, kind of event and field.

A platform that renames a field breaks nothing that can be seen: cards still come, without their
prices, and the rules on prices fall silent. So it is counted how many events have each field, and a
change is a problem of the source: a field or a kind of event that used to come and has stopped.

What is "used to" is learnt from the source itself. Frames without a field come in runs also in a
healthy source; a field has gone when such a run is several times longer than any before. A second
alarm needs a run that is several times longer than the first, so nothing flaps.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Literal, get_args

import structlog
from msgspec import Struct

from connectors.unread import Unread
from detectors.events import Event, Gap, Price, Product

__all__ = ["FIELDS", "NOUNS", "TOLD", "Lack", "Presence", "Share", "missing_fields"]

log = structlog.get_logger(__name__)

#: Fields by kind of event that rules read, the most needed first. `sku` and `status` are missing
#: only in pieces that became no event for the lack of them.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "chat": ("text", "user", "role"),
    "speech": ("text", "speaker", "confidence"),
    "product": ("price", "title", "stock", "sku", "reference_price", "sold", "shop", "category",
                "attributes"),
    "price": ("price", "reference_price"),
    "order": ("status", "sku", "price", "quantity", "user"),
    "counter": ("value",),
    "room": ("operator", "seller", "host"),
    "session": ("title", "host"),
    "prize": ("value", "count", "odds", "conditions"),
    "review": ("text", "rating", "user"),
}  # fmt: skip
#: Of these it is also a problem when they never come, and of the others only when they stop.
VITAL: Mapping[str, frozenset[str]] = {
    "chat": frozenset({"text"}),
    "speech": frozenset({"text"}),
    "product": frozenset({"price", "title", "sku"}),
    "price": frozenset({"price"}),
    "order": frozenset({"status", "sku", "price"}),
    "counter": frozenset({"value"}),
    "review": frozenset({"text"}),
}
#: Kinds that are missed when they stop; the others are rare by nature.
_STEADY = ("chat", "speech", "product", "price", "order", "counter")
#: One and many, as people read them.
NOUNS: Mapping[str, tuple[str, str]] = {
    "chat": ("chat line", "chat lines"), "speech": ("utterance", "utterances"),
    "product": ("product", "products"), "price": ("price", "prices"),
    "order": ("order", "orders"), "counter": ("counter", "counters"),
    "room": ("room", "rooms"), "session": ("session", "sessions"),
    "prize": ("prize", "prizes"), "review": ("review", "reviews"),
}  # fmt: skip
#: A number that the platform rounds has its bounds instead.
_INSTEAD = {("counter", "value"): ("value", "low", "high")}
_NO_ATTRIBUTE = frozenset({("product", "sku"), ("order", "sku"), ("order", "status")})

#: Frames with a field before its absence says anything, and frames without it in a row that do.
ENOUGH, RUN = 20, 30
#: The same of a kind of event, in frames with any event.
ENOUGH_FRAMES, RUN_FRAMES = 50, 300
#: So many times longer than any run before has a run to be.
LONGER, LONGER_FRAMES = 4, 8
#: Frames of a kind without a vital field, when none ever had it.
NEVER = 50
#: Frames with the field after which the problem is over.
BACK = 3
#: The latest frames, of which few have a field that most had before.
WINDOW, MOST_BEFORE, FEW_NOW, MANY_AGAIN = 100, 0.8, 20, 50
#: Fields and kinds that have gone, of which the problem of a source tells.
PROBLEMS = 5
#: Products of a recording that are told apart.
MAX_PRODUCTS = 100_000


#: Of these it is told at the end of an import that they are not there.
TOLD: Mapping[str, tuple[str, ...]] = {
    "chat": ("text", "user"),
    "speech": ("text",),
    "product": ("price", "title", "stock", "sku"),
    "price": ("price",),
    "order": ("status", "sku", "price", "quantity", "user"),
    "counter": ("value",),
    "prize": ("value",),
    "review": ("text",),
}


class Share(Struct):
    """How many have a field."""

    present: int = 0
    missing: int = 0

    @property
    def all(self) -> int:
        return self.present + self.missing


class Lack(Struct, frozen=True):
    """A field, or a kind of event, that stopped to come or never came."""

    kind: str
    field: str
    """Empty: the kind itself."""
    what: Literal["gone", "never", "few"]
    since: int | None
    """When it last came, wall clock, ms; ``None``: never."""
    missed: int
    """Frames without it since; of `few`, among the latest hundred."""

    def __str__(self) -> str:
        many = NOUNS[self.kind][1]
        since = ""
        if self.since is not None:
            moment = dt.datetime.fromtimestamp(self.since / 1000, dt.UTC).astimezone()
            since = f" since {moment:%Y-%m-%d %H:%M}"
        if not self.field:
            return f"no {many}{since}: {self.missed} frames brought only other things"
        if self.what == "few":
            return f"few {many} have a {self.field} now: {WINDOW - self.missed} of {WINDOW} frames"
        if self.what == "never":
            return f"no {self.field} so far in {self.missed} frames with {many}"
        return f"{many} have no {self.field}{since}: {self.missed} frames"


def missing_fields(shares: Mapping[str, Mapping[str, Share]], *, vital: bool = False) -> list[str]:
    """What events do not have, in words.

    Args:
        vital: only what rules cannot do without.

    >>> missing_fields({"product": {"price": Share(0, 4), "title": Share(4, 0)}})
    ['4 of 4 products have no price']
    """
    return [
        f"{share.missing:,} of {share.all:,} {NOUNS[kind][share.all > 1]} "
        f"{'have' if share.all > 1 else 'has'} no {field}"
        for kind, fields in TOLD.items()
        for field in fields
        if (share := shares.get(kind, {}).get(field)) is not None
        and share.missing
        and (not vital or field in VITAL.get(kind, ()))
    ]


class _Run:
    """Whether something comes, frame by frame."""

    def __init__(self, *, enough: int, run: int, longer: int, never: int | None) -> None:
        self._enough, self._shortest, self._longer, self._never = enough, run, longer, never
        self._hits = 0
        self._misses = 0
        """In a row, since the latest hit."""
        self._longest = 0
        self._last_at: int | None = None
        self._back = 0
        self._recent = 0
        """The latest frames as bits."""
        self._frames = 0
        self.what: Literal["gone", "never", "few"] | None = None

    def take(self, hit: bool, at: int) -> bool:
        """Takes a frame; did it begin or end a problem?"""
        self._frames += 1
        self._recent = ((self._recent << 1) | hit) & ((1 << WINDOW) - 1)
        if hit:
            self._hits += 1
            if self._misses > self._longest:
                self._longest = self._misses
            self._misses, self._last_at = 0, at
        else:
            self._misses += 1
        if self.what is not None:
            return self._end(hit)
        return not hit and self._begin()

    def lack(self, kind: str, field: str) -> Lack | None:
        """The problem that there is."""
        if self.what is None:
            return None
        few = self.what == "few"
        missed = WINDOW - self._recent.bit_count() if few else self._misses
        return Lack(kind, field, self.what, self._last_at, missed)

    def _begin(self) -> bool:
        if self._hits >= self._enough and self._misses >= max(
            self._shortest, self._longer * self._longest
        ):
            self.what = "gone"
        elif self._never is not None and not self._hits and self._misses >= self._never:
            self.what = "never"
        elif self._frames >= 3 * WINDOW and self._hits >= MOST_BEFORE * (self._frames - WINDOW):
            recent = self._recent.bit_count()
            if recent <= FEW_NOW and self._hits - recent >= MOST_BEFORE * (self._frames - WINDOW):
                self.what = "few"
        self._back = 0
        return self.what is not None

    def _end(self, hit: bool) -> bool:
        self._back += hit
        if self.what == "few":
            if self._recent.bit_count() < MANY_AGAIN:
                return False
        elif self._back < BACK:
            return False
        self.what = None
        return True


class _Fields:
    """Which fields an event of one kind lacks."""

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
_Product = tuple[str, str, str]
#: A kind of event and the fields that it lacks.
_Pattern = tuple[str, frozenset[str]]


class Presence:
    """The fields of one source, of all its rooms together."""

    def __init__(self, source: str = "", *, whole: bool = False) -> None:
        """
        Args:
            source: its name, in log lines.
            whole: it is one recording. Each product is counted once, with what all its cards and
                prices say together, and nothing is expected to go on.
        """
        self._source = source
        self._whole = whole
        self._events: Tally[_Pattern] = Tally()
        """Events by their kind and the fields that they lack."""
        self._lacked: Tally[tuple[str, str]] = Tally()
        """Pieces that became no event, by kind and field."""
        self._runs: dict[tuple[str, str], _Run] = {}
        self._products: dict[_Product, set[str]] = {}
        """Fields that were seen of each product of a recording."""
        self._carded: set[_Product] = set()
        """Products of which there was a card."""
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
    ) -> None:
        """Takes what one frame became; a problem that begins or ends is logged.

        Args:
            lacking: kind and field of pieces that became no event for the lack of the field.
            at: when it arrived, ms since the epoch.
            strange: there was something in it that the decoder could not read.
            unread: columns of a table that were not read, with their first values.
        """
        if unread and (new := self.unread.add(unread)):
            log.warning("columns_unread", source=self._source, columns=new)
        lacked = [(kind, field) for kind, field in lacking if field in FIELDS.get(kind, ())]
        for key in lacked:
            self._lacked[key] += 1
        seen = self._seen(events)
        for pattern, count in seen.items():
            self._events[pattern] += count
        if self._whole or not (seen or lacked or strange):
            return
        # What comes while a room is off the air says nothing of what a broadcast carries.
        if events:
            on_air = any(event.session for event in events)
            if not on_air and self._has_sessions:
                return
            self._has_sessions = on_air
        for kind, field in self._follow(seen, lacked, at):
            lack = self._runs[kind, field].lack(kind, field)
            if lack is not None:
                log.warning(
                    "source_lacks", source=self._source, type=kind, field=field, problem=str(lack)
                )
            else:
                log.info("source_has_again", source=self._source, type=kind, field=field)

    def shares(self) -> dict[str, dict[str, Share]]:
        """How many events have each field, by kind."""
        counted: Tally[_Pattern] = Tally(dict(self._events))
        for product in self._carded:
            counted["product", frozenset(FIELDS["product"]) - self._products[product]] += 1
        found: dict[str, dict[str, Share]] = {}
        for (kind, missing), count in counted.items():
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
        """What has stopped to come, or never came."""
        found = [run.lack(*key) for key, run in list(self._runs.items())]
        return [lack for lack in found if lack is not None]

    def _seen(self, events: Sequence[Event]) -> dict[_Pattern, int]:
        seen: dict[_Pattern, int] = {}
        priced: set[str] | None = None
        for event in events:
            kind, reader = _READERS.get(type(event), ("", None))
            if reader is None:
                continue  # a gap
            missing = reader.missing(event)
            if kind == "product" and isinstance(event, Product) and event.price is None:
                # A price that has conditions stands beside the card.
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
            seen[kind, missing] = seen.get((kind, missing), 0) + 1
        return seen

    def _note(self, event: Product | Price, missing: frozenset[str]) -> bool:
        """Adds to what is known of a product; is it counted by that?"""
        key = (event.platform, event.room, event.sku)
        known = self._products.get(key)
        if known is None:
            if len(self._products) >= MAX_PRODUCTS:
                return False
            known = self._products[key] = set()
        if isinstance(event, Price):
            known |= {"price", "reference_price"} - missing
            return False
        known |= {*FIELDS["product"]} - missing
        self._carded.add(key)
        return True

    def _follow(
        self,
        seen: dict[_Pattern, int],
        lacked: list[tuple[str, str]],
        at: int,
    ) -> list[tuple[str, str]]:
        missed: dict[str, frozenset[str]] = {}
        for kind, missing in seen:
            missed[kind] = missed[kind] & missing if kind in missed else missing
        turned = [
            (kind, field)
            for kind, missing in missed.items()
            for field in FIELDS[kind]
            if self._run(kind, field).take(field not in missing, at)
        ]
        turned += [
            (kind, field)
            for kind, field in lacked
            if kind not in missed and self._run(kind, field).take(False, at)
        ]
        for kind in _STEADY:
            came = kind in missed
            if (came or (kind, "") in self._runs) and self._run(kind, "").take(came, at):
                turned.append((kind, ""))
        return turned

    def _run(self, kind: str, field: str) -> _Run:
        run = self._runs.get((kind, field))
        if run is None:
            if field:
                never = NEVER if field in VITAL.get(kind, ()) else None
                run = _Run(enough=ENOUGH, run=RUN, longer=LONGER, never=never)
            else:
                run = _Run(enough=ENOUGH_FRAMES, run=RUN_FRAMES, longer=LONGER_FRAMES, never=None)
            self._runs[kind, field] = run
        return run
