"""The contract of a `FrameDecoder`, run on one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec

from connectors.contract.hostile import hopeless, hostile_frames
from connectors.contract.isolation import OutsideTouched, alone
from connectors.contract.report import Report
from connectors.decoders.decoded import MAX_EVIDENCE, Decoded, Problem
from connectors.source import FrameDecoder
from detectors.events import Event, decode, encode

__all__ = ["assert_decoder_contract"]

#: When the frames are said to have come, ms.
RECEIVED_AT = 1_788_231_600_000
#: Longest that one hostile frame may take, s of processor time: a machine may be busy with others.
SLOWEST_S = 5.0
#: A clock that somebody reads has moved meanwhile.
PAUSE_S = 0.02
SHOWN_BYTES = 120
_EVENT: Any = Event


def assert_decoder_contract(
    make_decoder: Callable[[], FrameDecoder],
    frames: Sequence[bytes],
    *,
    seed: int = 0,
    silent: bool = False,
) -> None:
    """Fails with all that is wrong with a decoder.

    Args:
        make_decoder: a new decoder each time.
        frames: some that it understands, in the order in which they came; real ones are best.
        seed: of the random changes.
        silent: none of the frames holds an event.

    Raises:
        ContractBroken: with every rule that was broken, and a frame that shows it.
    """
    report = Report(getattr(make_decoder, "__name__", repr(make_decoder)))
    first = _pass(make_decoder, frames, report)
    if not silent and not any(out.events for out in first):
        report.broken("the frames hold events", "none came out of any of them")
    for frame, out in zip(frames, first, strict=True):
        _check(out, frame, report)
    _repeat(make_decoder, frames, first, report)
    _survive(make_decoder, frames, Random(seed), report)  # noqa: S311  no secret
    report.close()


def _pass(
    make: Callable[[], FrameDecoder],
    frames: Sequence[bytes],
    report: Report,
    received_at: int = RECEIVED_AT,
    before: Sequence[bytes] = (),
) -> list[Decoded]:
    decoder = make()
    for frame in before:
        _feed(decoder, frame, received_at, report)
    return [
        _feed(decoder, frame, received_at + number * 1_000, report)
        for number, frame in enumerate(frames)
    ]


def _feed(decoder: FrameDecoder, frame: bytes, received_at: int, report: Report) -> Decoded:
    try:
        with alone():
            out = decoder.feed(frame, received_at)
    except OutsideTouched as error:
        report.broken(
            "it reads no clock, opens no file and no connection", f"{error}, {_of(frame)}"
        )
    except Exception as error:  # noqa: BLE001  that is what is looked for
        report.broken("it never raises", f"{type(error).__name__}: {error}, {_of(frame)}")
    else:
        if isinstance(out, Decoded):
            return out
        report.broken("it returns Decoded", f"{type(out).__name__}, {_of(frame)}")
    return Decoded()


def _check(out: Decoded, frame: bytes, report: Report) -> None:
    ids: dict[tuple[str, str, str], Event] = {}
    for event in out.events:
        if not isinstance(event, _EVENT):
            report.broken("events are events", f"{type(event).__name__}, {_of(frame)}")
            continue
        try:
            if decode(encode(event)) != event:
                report.broken("events are the same after JSON", f"{event!r:.200}")
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            report.broken("the contract takes its events", f"{error}, {_of(frame)}")
            continue
        key = (event.platform, event.room, event.id)
        if ids.setdefault(key, event) != event:
            report.broken("different events of a frame have different ids", f"{key}, {_of(frame)}")
    for problem in (*out.problems, *out.unknown):
        if not isinstance(problem, Problem) or not problem.reason:
            report.broken("problems say why", f"{problem!r:.200}")
        elif len(problem.data) > MAX_EVIDENCE:
            report.broken("problems carry at most 4 KiB", f"{len(problem.data)} bytes")
    if not all(isinstance(reply, bytes) for reply in out.replies):
        report.broken("replies are bytes", _of(frame))


def _repeat(
    make: Callable[[], FrameDecoder], frames: Sequence[bytes], first: list[Decoded], report: Report
) -> None:
    time.sleep(PAUSE_S)
    again = _pass(make, frames, report)
    later = _pass(make, frames, report, received_at=RECEIVED_AT + 86_400_000)
    shaken = _pass(make, frames, report, before=hopeless())
    for frame, one, two, three, four in zip(frames, first, again, later, shaken, strict=True):
        if _json(one) != _json(two):
            report.broken("the same frames give the same events", _of(frame))
        elif _ids_move(one, three):
            # Where the frame has no time, that of its arrival may be all that tells two apart.
            report.broken("ids of what has its own time do not depend on its arrival", _of(frame))
        elif _json(one) != _json(four):
            report.broken("a hopeless frame changes nothing for those after it", _of(frame))


def _survive(
    make: Callable[[], FrameDecoder], frames: Sequence[bytes], random: Random, report: Report
) -> None:
    decoder = make()
    for frame in hostile_frames(frames, random):
        began = time.process_time()
        out = _feed(decoder, frame, RECEIVED_AT, report)
        took_s = time.process_time() - began
        if took_s > SLOWEST_S:
            report.broken("a hostile frame costs little", f"{took_s:.1f} s, {_of(frame)}")
        _check(out, frame, report)


def _json(out: Decoded) -> list[bytes]:
    return [msgspec.json.encode(event) for event in out.events if isinstance(event, _EVENT)]


def _ids_move(one: Decoded, later: Decoded) -> bool:
    if len(one.events) != len(later.events):
        return True
    return any(
        first.at == second.at and first.id != second.id
        for first, second in zip(one.events, later.events, strict=True)
        if isinstance(first, _EVENT) and isinstance(second, _EVENT)
    )


def _of(frame: bytes) -> str:
    cut = "…" if len(frame) > SHOWN_BYTES else ""
    return f"with the frame {frame[:SHOWN_BYTES]!r}{cut} ({len(frame)} bytes)"
