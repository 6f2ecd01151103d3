"""JSON messages of a program that relays a room, read by a mapping.

A mapping says by which fields a message names its kind, its id, its time and its broadcast, and
for each kind what becomes of it. The paths are names with dots; of several, the first that holds
something counts. A frame is one JSON object or a list of them. The mappings of known programs
are in `relay_mappings`; another program needs another mapping and an entry point of its own::

    def my_relay(recording: Recording) -> RelayFrames:
        return RelayFrames(recording, read_mapping(MAPPING))
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from connectors.decoders.decoded import (
    LIVE_OCCURRENCES,
    Decoded,
    Occurrences,
    Recording,
    Role,
    chat_text,
    sha256,
)
from connectors.decoders.fields import Fields
from connectors.decoders.whole import BAD_JSON
from connectors.errors import DecodeError
from detectors.events import Chat, Counter, Event, Price, Product, Session

__all__ = ["RelayFrames", "RelayMapping", "Rule", "read_mapping"]

#: Messages of one frame that are read.
MAX_MESSAGES = 5_000
#: So long after the end of a broadcast messages of it may still come, ms.
LATE_MS = 60_000
_list = msgspec.json.Decoder(list[msgspec.Raw])
Paths = tuple[str, ...]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a kind of message."""

    event: Literal["chat", "counter", "product", "price", "ended"]
    suffix: str = ""
    """Behind the id, where one message becomes several events."""
    when: dict[str, list[str]] = {}
    """Paths, and words of which each must hold one; a number is compared as it is written."""
    text: Paths = ()
    account: Paths = ()
    """Of a chat line, whose it is; made a pseudonym."""
    author: Paths = ()
    """The displayed name of who wrote it: of one who has the host's, the role is unknown."""
    role: Role | None = None
    counter: Literal["viewers", "visits", "likes", "followers", "sold", "orders"] = "viewers"
    value: Paths = ()
    sku: Paths = ()
    title: Paths = ()
    fen: Paths = ()
    """A price in 分."""
    kind: Literal["asking", "coupon"] = "asking"
    status: Literal["listed", "explaining", "sold_out", "removed"] | None = None
    sold_out: Paths = ()
    """A field that is true when nothing is left."""


class RelayMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the messages of one program are read."""

    names: list[Paths]
    """Fields that name the kind, joined by “/”; the first list of which all are there counts."""
    id: Paths
    at: Paths
    session: Paths = ()
    """What tells one broadcast from the next."""
    title: Paths = ()
    host: Paths = ()
    on_the_air: list[str] = []
    """Kinds that say that the broadcast goes on or begins."""
    ended: list[str] = []
    off_the_air: list[str] = []
    passed_over: list[str] = []
    """Kinds without a place in the contract."""
    plain: list[str] = []
    """Messages that are no JSON, as they are: answers to heartbeats."""
    messages: dict[str, list[Rule]] = {}


def read_mapping(text: str) -> RelayMapping:
    """A mapping written in TOML.

    Raises:
        DecodeError: it is none; says what is wrong.
    """
    try:
        return msgspec.convert(tomllib.loads(text), RelayMapping)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DecodeError(f"no mapping: {error}", text.encode()) from error


class RelayFrames:
    """A `FrameDecoder` for one room."""

    def __init__(self, recording: Recording, mapping: RelayMapping) -> None:
        self._recording = recording
        self._mapping = mapping
        self._occurrences = Occurrences(LIVE_OCCURRENCES)
        self.broadcast = recording.session
        """``None``: not known yet; empty: off the air."""
        self._over: str | None = None
        """The broadcast that has ended: what still comes of it is not on the air."""
        self._over_at = 0
        """When that was heard, ms."""
        self._heard = False
        """Has anything come of the broadcast that the configuration named?"""
        # Such a program tells the end of a broadcast, and neither its beginning nor its name.
        self._nameless = (
            not mapping.session and not mapping.on_the_air and recording.session is None
        )
        self._announced: tuple[int, Fields] | None = None
        """A broadcast that goes on, as long as no message has said which."""
        self._passed_over = frozenset(mapping.passed_over)

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """What is in one message of the relay."""
        out = Decoded()
        if frame.decode("utf-8", "replace") in self._mapping.plain:
            out.skip(frame.decode("utf-8", "replace"))
            return out
        for number, data in enumerate(_members(frame, out), 1):
            if number > MAX_MESSAGES:
                out.bad(f"message {number}", "too many messages in a frame", frame)
                break
            self._message(data, f"message {number}", received_at, out)
        return out

    def _message(self, data: bytes, place: str, received_at: int, out: Decoded) -> None:
        try:
            fields = Fields.read(data)
        except DecodeError as error:
            out.bad(place, error.reason, data)
            return
        kind = self._kind(fields)
        if kind is None:
            out.bad(place, "a message that does not name its kind", data)
            return
        at = fields.millis(*self._mapping.at) or received_at
        said = fields.id(*self._mapping.session)
        events = self._follow(said, at, received_at) if said is not None else []
        common = self._common(fields, data, at, received_at)
        if kind in self._mapping.on_the_air:
            self._announced = (at, fields)
            events += self._follow(self._recording.session, at, received_at)
        elif kind in self._mapping.off_the_air:
            # While nobody listened, the broadcast that was known has ended.
            if self._heard or self.broadcast != self._recording.session:
                events += self._end(common, received_at)
            self.broadcast, self._announced = "", None
        elif kind in self._mapping.ended:
            events += self._end(common, received_at)
        elif kind in self._passed_over:
            out.skip(kind)
        elif kind in self._mapping.messages:
            made: list[Event] = []
            for rule in self._mapping.messages[kind]:
                made += self._apply(rule, fields, common, received_at)
            if not made and all(rule.event == "counter" for rule in self._mapping.messages[kind]):
                out.skip(f"{kind} without content")
            elif not made:
                out.strange(place, f"shape of {kind}", data)
                for rule in self._mapping.messages[kind]:
                    # A notice of the platform is not in every message that could have one.
                    if rule.event == "chat" and rule.role == "viewer":
                        out.lack("chat", "text")
                    elif rule.event == "product":
                        out.lack("product", "sku")
            events += made
        else:
            out.strange(place, f"message {kind}", data)
        self._heard = self._heard or bool(events)
        for event in events:
            out.take(event, place, data)

    def _kind(self, fields: Fields) -> str | None:
        for paths in self._mapping.names:
            parts = [fields.some_text(path) for path in paths]
            if all(parts):
                return "/".join(str(part) for part in parts)
        return None

    def _common(self, fields: Fields, data: bytes, at: int, received_at: int) -> dict[str, Any]:
        raw = sha256(data)
        id_ = fields.id(*self._mapping.id) or self._occurrences.id("r", raw, at)
        return {
            "id": id_,
            "platform": self._recording.platform,
            "room": self._recording.room,
            "session": self._session_at(received_at),
            "at": at,
            "seen": received_at if received_at != at else None,
            "raw": raw,
        }

    # The broadcast ------------------------------------------------------------------------

    def _session_at(self, received_at: int) -> str:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=received_at)
        day = moment.astimezone(self._recording.zone)
        if self.broadcast is None:
            return f"{self._recording.room}-{day:%Y%m%d}"
        if not self.broadcast and self._nameless and received_at - self._over_at > LATE_MS:
            # Too late for what was still under way: the next broadcast has begun.
            self.broadcast = f"{self._recording.room}-{day:%Y%m%dT%H%M%S}"
        return self.broadcast

    def _follow(self, said: str | None, at: int, received_at: int) -> list[Event]:
        """A message says which broadcast it is of; begins one that was announced."""
        session = self._recording.session or said
        if session is None or session == self._over:
            return []
        self.broadcast = session
        if self._announced is None:
            return []
        began, fields = self._announced
        self._announced = None
        return [
            Session(
                id=f"live-{session}",
                platform=self._recording.platform,
                room=self._recording.room,
                session=session,
                at=min(began, at),
                seen=received_at,
                phase="started",
                title=fields.some_text(*self._mapping.title),
                host=self._recording.host or fields.some_text(*self._mapping.host),
            )
        ]

    def _end(self, common: dict[str, Any], received_at: int) -> list[Event]:
        session = self.broadcast if self.broadcast is not None else common["session"]
        self._announced = None
        self.broadcast, self._over, self._over_at = "", session, received_at
        if not session:
            return []
        return [Session(**(common | {"id": f"end-{session}", "session": session}), phase="ended")]

    # Messages -----------------------------------------------------------------------------

    def _apply(
        self, rule: Rule, fields: Fields, common: dict[str, Any], received_at: int
    ) -> list[Event]:
        for path, words in rule.when.items():
            text = fields.text(path) or ""
            number = text.lstrip("-").isdigit()
            if not any(word == text if number else word in text for word in words):
                return []
        common = common | {"id": f"{common['id']}{rule.suffix}"}
        match rule.event:
            case "chat":
                return self._chat(rule, fields, common)
            case "counter":
                return _counter(rule, fields, common)
            case "ended":
                return self._end(common, received_at)
        sku = fields.id(*rule.sku)
        if sku is None:
            return []
        fen = fields.fen(*rule.fen) or None
        if rule.event == "price":
            return [Price(**common, sku=sku, price=fen, kind=rule.kind)] if fen else []
        gone = any(fields.get(path) is True for path in rule.sold_out)
        status = "sold_out" if gone else rule.status
        title = fields.some_text(*rule.title)
        return [Product(**common, sku=sku, title=title, status=status, price=fen)]

    def _chat(self, rule: Rule, fields: Fields, common: dict[str, Any]) -> list[Event]:
        text = fields.some_text(*rule.text)
        if text is None:
            return []
        account = fields.id(*rule.account)
        host = self._recording.host or fields.some_text(*self._mapping.host)
        author = fields.some_text(*rule.author)
        # Names are not unique there: it may be the host, or a viewer who calls himself so.
        role = None if author is not None and author == host else rule.role
        return [
            Chat(
                **common,
                user=self._recording.account(account) if account else None,
                role=role,
                text=chat_text(text, role),
            )
        ]


def _counter(rule: Rule, fields: Fields, common: dict[str, Any]) -> list[Event]:
    for path in rule.value:
        count = fields.count(path)
        # The wire leaves out what is 0, and a relay may write it all the same.
        if count is not None and count.low:
            exact = count.value
            return [
                Counter(
                    **common,
                    name=rule.counter,
                    value=exact,
                    low=count.low if exact is None else None,
                    high=count.high if exact is None else None,
                    sku=fields.id(*rule.sku),
                )
            ]
    return []


def _members(frame: bytes, out: Decoded) -> list[bytes]:
    """The frame, or the members of the list that it is."""
    if not frame.lstrip().startswith(b"["):
        return [frame]
    try:
        return [bytes(member) for member in _list.decode(frame)]
    except BAD_JSON as error:
        out.bad("frame", f"no JSON: {error}", frame)
        return []
