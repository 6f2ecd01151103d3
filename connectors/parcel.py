"""A decoded and checked frame on its way from the connection to the log."""

from __future__ import annotations

from itertools import repeat
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from connectors.decoders.decoded import Decoded
from connectors.sink import Cause, Letter, Observed
from connectors.source import Delivery, FrameDecoder
from connectors.unknowns import Unknowns
from detectors.events import (
    Event,
    InvalidEvent,
    check_arrivals,
    decode,
    decode_lines,
    encode,
    encode_lines,
)

__all__ = ["Origin", "Parcel", "observe", "unpack"]

#: Memory that a queued parcel costs beside its bytes, estimated.
OVERHEAD_BYTES = 512
#: Reasons that the dead letter of one frame lists; the rest are counted.
MAX_REASONS = 10


class Origin(Protocol):
    """Where a frame came from."""

    @property
    def source_name(self) -> str: ...

    @property
    def room(self) -> str: ...


From = TypeVar("From", bound=Origin)


class Parcel(Struct, Generic[From], frozen=True):
    """What one frame became: events, a dead letter, or both."""

    events: list[Observed]
    letter: Letter | None = None
    delivery: Delivery | None = None
    """Acknowledged once stored; ``None``: a gap, which no sender waits for."""
    connection: From | None = None

    @property
    def weight(self) -> int:
        """Estimated memory, bytes."""
        frame = len(self.delivery.frame) if self.delivery is not None else 0
        return OVERHEAD_BYTES + frame + sum(len(observed.data) for observed in self.events)


def observe(event: Event, arrived: int, frame: bytes = b"") -> Observed:
    """The event with its JSON.

    Args:
        arrived: the moment of arrival, ms.
        frame: what it was read from.

    Raises:
        InvalidEvent: the event breaks the contract.
    """
    try:
        data = encode(event)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidEvent(str(error)) from error
    # Structs do not validate on construction, so a decoder may have built an invalid event.
    decode(data, arrived)
    return Observed(event, data, frame)


def _observe_all(
    events: list[Event], arrived: int, frame: bytes, *, checked: bool
) -> list[Observed]:
    """Same as `observe` for each event, in a third of the time.

    Args:
        checked: the decoder has validated the events; only “too far in the future” remains to check.

    Raises:
        InvalidEvent: at least one event breaks the contract.
    """
    try:
        block = encode_lines(events)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidEvent(str(error)) from error
    if checked:
        check_arrivals(events, arrived)
    else:
        decode_lines(block, arrived)
    # JSON escapes line ends, so each line is one event.
    return list(map(Observed, events, block.split(b"\n"), repeat(frame)))


def unpack(
    decoder: FrameDecoder, delivery: Delivery, connection: From, unknowns: Unknowns
) -> tuple[Parcel[From], Decoded]:
    """Decodes a frame; never raises, whatever the decoder does."""
    reasons: list[str] = []
    events: list[Observed] = []
    cause: Cause = "invalid"
    try:
        decoded = decoder.feed(delivery.frame, delivery.received_at)
    except Exception as error:  # noqa: BLE001  a stranger's decoder must not end the connection
        decoded, cause = Decoded(), "decoder"
        reasons.append(f"the decoder raised {type(error).__name__}: {error}")
    try:
        events = _observe_all(
            decoded.events,
            delivery.received_at,
            delivery.frame,
            checked=getattr(decoder, "checked", False),
        )
    except InvalidEvent:
        for event in decoded.events:
            try:
                events.append(observe(event, delivery.received_at, delivery.frame))
            except InvalidEvent as error:
                reasons.append(f"the decoder made no event of the contract: {error}")
    reasons += [f"{problem.place}: {problem.reason}" for problem in decoded.problems]
    kind = ""
    for piece in decoded.unknown:
        if unknowns.keep(piece.reason, delivery.received_at):
            if not reasons:
                # The frame is well-formed; it is kept as a sample for whoever extends the decoder.
                cause, kind = "unknown", piece.kind
            reasons.append(f"{piece.place}: {piece.reason}")
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
            cause,
            kind,
        )
    return Parcel(events, letter, delivery, connection), decoded
