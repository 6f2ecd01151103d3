"""A frame on its way from the connection to the log: decoded and checked, not stored yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from connectors.decoders.decoded import Decoded
from connectors.sink import Letter, Observed
from detectors.events import Event, InvalidEvent, decode, encode

if TYPE_CHECKING:
    from connectors.connection import Connection
    from connectors.source import Delivery, FrameDecoder
    from connectors.unknowns import Unknowns

__all__ = ["Parcel", "observe", "unpack"]

#: What an entry of the queue costs beside its bytes.
OVERHEAD_BYTES = 512
#: Reasons of one frame that its letter names.
MAX_REASONS = 10


class Parcel(Struct, frozen=True):
    """What one frame became."""

    events: list[Observed]
    letter: Letter | None = None
    delivery: Delivery | None = None
    """``None``: a gap, of which nobody waits to hear."""
    connection: Connection | None = None

    @property
    def weight(self) -> int:
        """Bytes that it holds, about."""
        frame = len(self.delivery.frame) if self.delivery is not None else 0
        return OVERHEAD_BYTES + frame + sum(len(observed.data) for observed in self.events)


def observe(event: Event) -> Observed:
    """The event with its JSON.

    Raises:
        InvalidEvent: the contract does not take it.
    """
    try:
        data = encode(event)
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError) as error:
        raise InvalidEvent(str(error)) from error
    # A decoder may build what the contract refuses: structs check nothing when they are made.
    decode(data)
    return Observed(event, data)


def unpack(
    decoder: FrameDecoder, delivery: Delivery, connection: Connection, unknowns: Unknowns
) -> tuple[Parcel, Decoded]:
    """Decodes a frame; never raises, whatever the decoder does."""
    reasons: list[str] = []
    events: list[Observed] = []
    try:
        decoded = decoder.feed(delivery.frame, delivery.received_at)
    except Exception as error:  # noqa: BLE001  a stranger's decoder must not end the connection
        decoded = Decoded()
        reasons.append(f"the decoder raised {type(error).__name__}: {error}")
    for event in decoded.events:
        try:
            events.append(observe(event))
        except InvalidEvent as error:
            reasons.append(f"the decoder made no event of the contract: {error}")
    reasons += [f"{problem.place}: {problem.reason}" for problem in decoded.problems]
    reasons += [
        f"{problem.place}: {problem.reason}"
        for problem in decoded.unknown
        if unknowns.keep(problem.reason, delivery.received_at)
    ]
    letter = None
    if reasons:
        named = "; ".join(reasons[:MAX_REASONS])
        more = f"; {len(reasons) - MAX_REASONS} more" if len(reasons) > MAX_REASONS else ""
        letter = Letter(
            connection.source_name,
            named + more,
            delivery.frame,
            delivery.received_at,
            connection.room,
        )
    return Parcel(events, letter, delivery, connection), decoded
