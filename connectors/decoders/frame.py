"""One captured frame or answer while it is decoded, and what all its events share.

Ids are the platform's own message ids where it gives one, else the hash of the frame and the
place in it. Times are the platform's, in whatever unit it writes them; where it gives none, the
moment of the capture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from connectors.decoders.decoded import Decoded, Recording, Role, chat_text, digest, fits, sha256
from connectors.errors import NotAValue
from connectors.numbers import Amount, count_of, parse_amount
from detectors.events import Chat, Counter, Event, Order, Price, Product, Room, Session

__all__ = ["NO_ROOM", "Broadcast", "CardStatus", "Frame", "OrderStatus", "Place", "yuan_of"]

CounterName = Literal["viewers", "visits", "likes", "followers", "sold", "stock", "orders"]
PriceKind = Literal["asking", "transaction", "coupon", "deposit"]
CardStatus = Literal["listed", "explaining", "sold_out", "removed"]
OrderStatus = Literal["placed", "paid", "refunded", "cancelled"]

#: Broadcasts of one capture whose rooms are remembered.
MAX_PLACES = 1_000
NO_ROOM = "nothing says which room it is from: say --room"
#: Longest position that an id spells out, in characters; a longer one is hashed.
MAX_PLACE = 64
#: Marks that tell an amount in yuan from a bare number, which may be yuan or 分.
_YUAN_MARKS = frozenset("¥￥元.起")


class Place(Struct):
    """Room and host account of a broadcast, as far as known."""

    room: str
    host_account: str = ""
    """The platform's account id of the host."""


class Broadcast:
    """The broadcast that the frames of one capture belong to, as the frames tell it.

    A person may go from room to room during one capture: later frames belong to the room entered
    last.
    """

    def __init__(self) -> None:
        self.session = ""
        self.room = ""
        self.host_account = ""
        self._known: dict[str, Place] = {}
        """Places by session, the latest `MAX_PLACES`."""

    def enter(self, session: str, place: Place | None = None) -> bool:
        """Switches to a broadcast; true if another one was current before.

        Without a known room the session id stands for the room.
        """
        if place is not None:
            self._known.pop(session, None)
            self._known[session] = place
            while len(self._known) > MAX_PLACES:
                del self._known[next(iter(self._known))]
        elif session == self.session:
            return False
        known = self._known.get(session, Place(session))
        other = self.session not in ("", session)
        self.session, self.room, self.host_account = session, known.room, known.host_account
        return other


class Frame:
    """The context of one frame, and the events decoded from it so far."""

    def __init__(
        self,
        recording: Recording,
        data: bytes,
        received_at: int,
        broadcast: Broadcast | None = None,
    ) -> None:
        self.recording = recording
        self.received_at = received_at
        self.raw = sha256(data)
        self.out = Decoded()
        self._fits: tuple[str, str] | None = None
        """Room and session of an event of this frame that was validated in full."""
        self.broadcast = broadcast if broadcast is not None else Broadcast()

    def id(self, *position: object) -> str:
        """An id for an item without a platform id: hash of the frame, and the item's position in it."""
        where = "-".join(map(str, position))
        # A deep position is long, so it is hashed.
        return f"{self.raw[:32]}-{where if len(where) <= MAX_PLACE else digest(where)}"

    def observation(self, *position: object, at: int | None = None) -> str:
        """An id for a momentary observation: the same content at another time gets another id."""
        return self.id(at if at is not None else self.received_at, *position)

    def enter(self, session: str, place: Place | None = None) -> None:
        """Switches to a broadcast; adds a note if a person named one room for the whole capture."""
        if self.broadcast.enter(session, place) and self.recording.room:
            self.out.notes.append(
                f"goes on with broadcast {session[:64]}: also taken for room {self.recording.room}"
            )

    @property
    def has_room(self) -> bool:
        """True if the room id is known."""
        return bool(self.recording.room or self.broadcast.room)

    def sample(self, text: str) -> bytes:
        """The first characters of a text as bytes, for a `Problem`."""
        return text[:4_096].encode("utf-8", "replace")

    def chat(
        self,
        event_id: str,
        text: str,
        account: str | None = None,
        *,
        author: str | None = None,
        at: int | None = None,
        role: Role | None = "viewer",
        data: bytes = b"",
    ) -> bool:
        """Adds a chat line, or a platform notice (`role` `system`); true if it is valid.

        Args:
            author: displayed name; used only to see whether the line may be the host's.
        """
        if account and account == self.broadcast.host_account:
            role = "host"
        elif role == "viewer" and author is not None and author == self.recording.host:
            # Names are not unique: it may be the host or a viewer of the same name, so the role is unknown.
            role = None
        recording, broadcast, received_at = self.recording, self.broadcast, self.received_at
        happened = at if at is not None else received_at
        room = recording.room or broadcast.room
        session = recording.session or broadcast.session
        line = Chat(
            id=event_id,
            platform=recording.platform,
            room=room,
            session=session,
            at=happened,
            seen=received_at if received_at > happened else None,
            raw=self.raw,
            user=recording.account(account) if account else None,
            role=role,
            text=chat_text(text, role),
        )
        if (room, session) == self._fits and fits(line):
            # The shared fields were validated with an earlier event of this frame.
            self.out.events.append(line)
            return True
        return self._take_first(line, room, session, data)

    def counter(
        self,
        event_id: str,
        name: CounterName,
        shown: object,
        *,
        at: int | None = None,
        sku: str | None = None,
    ) -> None:
        """Adds a counter as displayed; a value that is no number is skipped and counted."""
        if isinstance(shown, bool) or not isinstance(shown, int | str):
            return
        try:
            count = count_of(shown)
        except NotAValue:
            self.out.skip(f"{name} that is no number")
            return
        exact = count.value is not None
        happened = at if at is not None else self.received_at
        room = self.recording.room or self.broadcast.room
        session = self.recording.session or self.broadcast.session
        number = Counter(
            id=event_id,
            platform=self.recording.platform,
            room=room,
            session=session,
            at=happened,
            seen=self.received_at if self.received_at > happened else None,
            raw=self.raw,
            name=name,
            sku=sku,
            value=count.value,
            low=None if exact else count.low,
            high=None if exact else count.high,
        )
        if sku is None and (room, session) == self._fits and fits(number):
            self.out.events.append(number)
        else:
            self._take_first(number, room, session)

    def card(
        self,
        event_id: str,
        sku: str,
        *,
        at: int | None = None,
        title: str | None = None,
        price_fen: int | None = None,
        status: CardStatus | None = None,
        stock: int | None = None,
        url: str | None = None,
    ) -> None:
        """Adds a product card."""
        self.take(
            Product(
                **self._shared(event_id, at),
                sku=sku,
                title=title,
                price=price_fen,
                status=status,
                stock=stock,
                url=url,
            )
        )

    def price(
        self,
        event_id: str,
        sku: str,
        kind: PriceKind,
        low_fen: int,
        *,
        at: int | None = None,
        high_fen: int | None = None,
        conditions: Sequence[str] = (),
        reference_fen: int | None = None,
        reference_label: str | None = None,
    ) -> None:
        """Adds a price; of a range the lowest, with the range among the conditions."""
        said = list(conditions)
        if high_fen is not None and high_fen > low_fen:
            said.append(f"¥{_yuan(low_fen)}-¥{_yuan(high_fen)}")
        self.take(
            Price(
                **self._shared(event_id, at),
                sku=sku,
                kind=kind,
                price=low_fen,
                conditions=said or None,
                reference_price=reference_fen,
                reference_label=reference_label if reference_fen is not None else None,
            )
        )

    def order(
        self,
        event_id: str,
        order: str,
        sku: str,
        status: OrderStatus,
        *,
        at: int | None = None,
        account: str | None = None,
    ) -> None:
        """Adds an order."""
        self.take(
            Order(
                **self._shared(event_id, at),
                order=order,
                sku=sku,
                status=status,
                user=self.recording.account(account) if account else None,
            )
        )

    def host(self, event_id: str, name: str) -> None:
        """Adds the name of the room's host, as displayed."""
        self.take(Room(**self._shared(event_id, None), host=name))

    def phase(
        self, event_id: str, phase: Literal["started", "ended"], *, at: int | None = None
    ) -> None:
        """Adds the start or end of the broadcast."""
        self.take(Session(**self._shared(event_id, at), phase=phase))

    def take(self, event: Event, data: bytes = b"") -> bool:
        """Adds a valid event and returns true. Without a known room it adds a problem, once a frame."""
        if not event.room:
            if not any(problem.reason == NO_ROOM for problem in self.out.problems):
                self.out.bad("frame", NO_ROOM, data)
            return False
        return self.out.take(event, "frame", data)

    def _take_first(self, event: Event, room: str, session: str, data: bytes = b"") -> bool:
        """Adds an event after full validation, and remembers the fields that others share with it."""
        if not self.take(event, data):
            return False
        self._fits = (room, session)
        return True

    def _shared(self, event_id: str, at: int | None) -> dict[str, Any]:
        return {"id": event_id, **self.shared(at)}

    def shared(self, at: int | None = None) -> dict[str, Any]:
        """The fields that all events of this frame share; ids are their own."""
        happened = at if at is not None else self.received_at
        return {
            "platform": self.recording.platform,
            "room": self.recording.room or self.broadcast.room,
            "session": self.recording.session or self.broadcast.session,
            "at": happened,
            "seen": self.received_at if self.received_at != happened else None,
            "raw": self.raw,
        }


def yuan_of(text: str) -> Amount | None:
    """An amount that is surely in yuan; ``None`` for a bare number, which may be 分.

    >>> yuan_of("¥39.9-129.9").low_fen, yuan_of("3990"), yuan_of("3990-12990")
    (3990, None, None)
    """
    if not _YUAN_MARKS & {*text}:
        return None
    try:
        return parse_amount(text)
    except NotAValue:
        return None


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"
