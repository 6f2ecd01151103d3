"""A room's state as bytes: named parts, each with its version, so that only what changed is written."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from detectors.calendar import MINUTE_MS
from detectors.engine.chunks import SIZES, Chunk
from detectors.engine.counted import Day, Latest
from detectors.engine.following import After
from detectors.engine.raised import Mark, Tracked
from detectors.engine.room import Facts, RoomState, Sequence
from detectors.engine.shelf import Stored, is_shelved
from detectors.events import Event, Product
from detectors.speech.stream import Stream
from detectors.stats.price_history import PriceHistory

__all__ = ["FORGOTTEN", "SnapshotError", "changed_parts", "newest_forgotten", "parts", "restore"]

#: Name of the part with the times of which ids were forgotten.
FORGOTTEN = "forgotten"

#: Version of the encoding of a room's state.
STATE_VERSION = 1
_place = attrgetter("at", "rank", "id")


class SnapshotError(ValueError):
    """Bytes that are no state of a room, or one of another version."""


class _Part(Struct, array_like=True):
    version: int
    body: msgspec.Raw


def changed_parts(state: RoomState) -> dict[str, bytes | None]:
    """The parts that changed since the last call, encoded; ``None``: the part is gone."""
    _renew(state)
    changed = sorted(state._changed)
    encoded = {name: _encode(state, name) for name in changed if not is_shelved(name)}
    for name in changed:
        # A rule that hears a kind of event mostly learns nothing from the one at hand.
        if name.startswith("rule:"):
            _leave_out_unchanged(state, name, encoded)
    # The shelf hands out once, so it comes after all that may fail.
    encoded |= {name: state._shelf.written(name) for name in changed if is_shelved(name)}
    state._changed.clear()
    return encoded


def _leave_out_unchanged(state: RoomState, name: str, encoded: dict[str, bytes | None]) -> None:
    body = encoded[name]
    written = hash(body)
    if body is not None and state._written.get(name) == written:
        del encoded[name]
    else:
        state._written[name] = written


def parts(state: RoomState) -> dict[str, bytes]:
    """All parts, encoded; of the shelved ones those that are not stored."""
    state._changed.update(("recent:chat", "recent:other"))
    _renew(state)
    crowd = state._crowd.part_names() if state._crowd is not None else ()
    names = [
        "sequence", "facts", "contexts", "streams",
        *(f"{kind}/{slot}" for kind, one in state._chunks.items() for slot in sorted(one.slots)),
        *(f"card:{sku}" for sku in state.cards),
        *(f"price:{sku}" for sku in state.prices),
        *(f"crowd:{part}" for part in crowd),
        *(f"rule:{rule}" for rule, memory in state._memory.items() if memory.__struct_fields__),
        *(f"mark:{alert}" for alert in state._raised.marks),
        *(f"following:{run}" for run in state._following.runs()),
        *(f"latest:{chunk}" for chunk in state._counted.latest),
        *(f"ids:{chunk}" for chunk in state._counted.legacy),
        *(f"day:{day}" for day in state._counted.days),
        FORGOTTEN,
    ]  # fmt: skip
    encoded = {name: _encode(state, name) for name in names} | state._shelf.waiting
    return {name: body for name, body in encoded.items() if body is not None}


def restore(
    parts: Mapping[str, bytes],
    memories: Mapping[str, type[Struct]],
    forgotten: dict[str, str] | None = None,
    stored: Stored | None = None,
) -> RoomState:
    """The state that was written as parts; `memories` are the types of the rules' memories.

    The memory of a rule that another version wrote, and that cannot be read any more, is left
    out; `forgotten` is told why, by rule. Shelved parts are read from `stored`, when needed.

    Raises:
        SnapshotError: another part cannot be read, or is of another version.
    """
    if "facts" not in parts:
        raise SnapshotError("a state without facts")
    state = RoomState(_decode(parts["facts"], Facts), stored)
    counted, following = state._counted, state._following
    state._changed.clear()
    crowd_parts: list[str] = []
    unread: dict[str, str] = {}
    for name, data in parts.items():
        kind, _, key = name.partition(":")
        match kind:
            case "sequence":
                state._sequence = _decode(data, Sequence)
            case "recent" if "/" not in key:
                # As it was written before there were chunks; what came later is in those.
                kept = state._recent_chat if key == "chat" else state._recent_other
                kept.extend(_decode(data, list[Event]))
            case "card":
                state.cards[key] = _decode(data, Product)
            case "price":
                state.prices[key] = _decode(data, PriceHistory)
            case "streams":
                state._streams = _decode(data, dict[str, Stream])
            case "rule":
                if key in memories:
                    try:
                        state._memory[key] = _decode(data, memories[key])
                        state._written[name] = hash(data)
                    except SnapshotError as error:
                        if forgotten is None:
                            raise
                        forgotten[key] = str(error)
                        state._changed.add(name)
            case "crowd":
                crowd_parts.append(name)
                if "crowd" in unread:
                    continue
                try:
                    state.crowd.take_part(key, _body(data))
                except (SnapshotError, msgspec.MsgspecError) as error:
                    unread["crowd"] = str(error)
            case "alert":
                # As it was written when every alert was at hand; from now on it is shelved.
                state._raised.note(key, _decode(data, Tracked))
                state._changed.add(name)
            case "mark":
                state._raised.marks[key] = _decode(data, Mark)
            case "after":
                # As it was written when each context kept its own events.
                following.open[key] = _decode(data, After)
                state._changed.update((name, "contexts"))
            case "contexts":
                following.open |= _decode(data, dict[str, After])
            case "following":
                try:
                    following.restore(int(key), _decode(data, bytes | list[msgspec.Raw]))
                except (zlib.error, msgspec.MsgspecError) as error:
                    raise SnapshotError(str(error)) from error
            case "latest":
                counted.restore(int(key), _decode(data, Latest))
            case "ids":
                # As they were written before the times of the events were kept with them.
                counted.legacy[int(key)] = _decode(data, list[str])
            case "day":
                counted.days[int(key)] = _decode(data, Day)
            case "forgotten":
                counted.forgotten = _decode(data, list[tuple[int, int]])
            case "minute" | "raised":
                state._shelf.waiting[name] = data
            case _:
                chunked, _, slot = name.partition("/")
                if chunked in SIZES:
                    state.chunks(chunked).slots[int(slot)] = _decode(data, Chunk)
    if unread:
        # One book: without one of its parts the rest says nothing certain.
        state._crowd = None
        state._changed.update(crowd_parts)
        if forgotten is None:
            raise SnapshotError(unread["crowd"])
        forgotten |= unread
    if state._crowd is not None:
        state._crowd.settle()
    for chunked, recent in (
        ("recent:chat", state._recent_chat),
        ("recent:other", state._recent_other),
    ):
        if chunked in state._chunks:
            recent.clear()
            recent.extend(state.chunks(chunked).events())
    sequence = state._sequence
    if sequence.buffer:
        # Written whole, as it was before: now it goes into chunks.
        state._changed.add("sequence")
    if "waiting" in state._chunks:
        waiting = state.chunks("waiting").events()
        sequence.buffer.extend(event for event in waiting if event.at >= sequence.watermark)
        sequence.buffer.sort(key=_place)
    following.restored()
    counted.restored(state.facts.watched_since, sequence.watermark)
    state._raised.restored(sequence.arrived)
    return state


def newest_forgotten(data: bytes) -> int:
    """Event time, ms, at which the times end of which the part `FORGOTTEN` speaks."""
    ranges = _decode(data, list[tuple[int, int]])
    return (ranges[-1][1] + 1) * MINUTE_MS if ranges else 0


def _renew(state: RoomState) -> None:
    """Brings the parts to what there is now, and notes which of them changed.

    The context is looked at where an event was added to it.
    """
    state._counted.put_away()
    state._raised.put_away()
    changed = state._changed
    for kind, events in (
        ("waiting", state._sequence.buffer),
        ("recent:chat", state._recent_chat),
        ("recent:other", state._recent_other),
    ):
        if kind in changed or (kind == "waiting" and (events or kind in state._chunks)):
            changed.update(f"{kind}/{slot}" for slot in state.chunks(kind).renew(events))
    if state._crowd is not None:
        changed.update(f"crowd:{part}" for part in state._crowd.take_changes())
    changed -= {"recent:chat", "recent:other"}


def _encode(state: RoomState, name: str) -> bytes | None:
    kind, _, key = name.partition(":")
    body: Any
    match kind:
        case "sequence":
            # What waits is written in chunks.
            body = msgspec.structs.replace(state._sequence, buffer=[])
        case "facts":
            body = state.facts
        case "card":
            body = state.cards.get(key)
        case "price":
            body = state.prices.get(key)
        case "streams":
            body = state._streams or None
        case "crowd":
            body = state._crowd.part(key) if state._crowd is not None else None
        case "rule":
            body = state._memory.get(key)
        case "alert" | "after":
            body = None
        case "contexts":
            body = state._following.open or None
        case "following":
            body = state._following.run(int(key))
        case "mark":
            body = state._raised.marks.get(key)
        case "latest":
            body = state._counted.chunk(int(key))
        case "ids":
            body = state._counted.legacy.get(int(key))
        case "day":
            body = state._counted.days.get(int(key))
        case "forgotten":
            body = state._counted.forgotten or None
        case _:
            chunked, _, slot = name.partition("/")
            body = state.chunks(chunked).slots.get(int(slot))
    if body is None:
        return None
    return msgspec.msgpack.encode((STATE_VERSION, body))


def _body(data: bytes) -> msgspec.Raw:
    part = msgspec.msgpack.decode(data, type=_Part)
    if part.version != STATE_VERSION:
        raise SnapshotError(f"state of version {part.version}, this is {STATE_VERSION}")
    return part.body


def _decode(data: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(_body(data), type=kind)
    except msgspec.MsgspecError as error:
        raise SnapshotError(str(error)) from error
