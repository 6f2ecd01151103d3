"""The contract of decoders lets good ones pass, and names what is wrong with each bad one."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.contract.decoders import assert_decoder_contract
from connectors.contract.report import ContractBroken
from connectors.decoders.decoded import Decoded, Occurrences, Problem
from connectors.decoders.framed import jsonl
from connectors.source import FrameDecoder
from detectors.events import Chat, Event
from tests.connectors.lines import AT, Talkative, line, recording

FRAMES = [line(1), line(2), line(3, at=AT + 5_000)]


class Simple:
    """Good: one chat line a frame, of JSON with `t` and `text`."""

    def __init__(self) -> None:
        self._occurrences = Occurrences()

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        out = Decoded()
        try:
            said = json.loads(frame)
            at, text = said["t"], said["text"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            out.bad("byte 0", f"no line of chat: {error}", frame)
            return out
        if isinstance(at, int) and isinstance(text, str):
            for event in self.events(at, text, frame, received_at):
                out.take(event, "byte 0", frame)
        else:
            out.bad("byte 0", "t or text is missing", frame)
        return out

    def events(self, at: int, text: str, frame: bytes, received_at: int) -> list[Event]:
        return [self.chat(self.identity(at, text, frame, received_at), at, text)]

    def identity(self, at: int, text: str, frame: bytes, received_at: int) -> str:
        return self._occurrences.id("c", at, text)

    def chat(self, identity: str, at: int, text: str) -> Chat:
        return Chat(id=identity, platform="demo", room="77001", at=at, text=text)


SAID = [
    json.dumps({"t": AT + number, "text": text}).encode()
    for number, text in enumerate(["好", "好", "多少钱"])
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "frames"),
    [
        (Simple, SAID),
        (lambda: jsonl(recording()), FRAMES),
        (lambda: Talkative(recording()), [*FRAMES, b"PING\n", b"NEW vote\n"]),
    ],
)
def test_good_ones_pass(make: Callable[[], FrameDecoder], frames: list[bytes]) -> None:
    if make is not Simple and b"PING\n" in frames:
        # The test's own decoder has a fault on purpose, that only one word brings out.
        frames = frames[:3]
    assert_decoder_contract(make, frames)


class Raises(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        said = json.loads(frame)
        return Decoded(events=[self.chat("c", said["t"], said["text"])])


class RaisesOnDepth(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        if frame.startswith(b"[[["):
            raise RecursionError("too deep")
        return super().feed(frame, received_at)


class BuildsWhatTheContractRefuses(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        out = super().feed(frame, received_at)
        out.events = [self.chat("c", event.at // 1_000, "好") for event in out.events]
        return out


class RandomIds(Simple):
    def identity(self, at: int, text: str, frame: bytes, received_at: int) -> str:
        return f"c-{random.random()}"


class IdsByArrival(Simple):
    def identity(self, at: int, text: str, frame: bytes, received_at: int) -> str:
        return f"c-{received_at}"


class OneIdForAll(Simple):
    def events(self, at: int, text: str, frame: bytes, received_at: int) -> list[Event]:
        return [self.chat("c", at, text), self.chat("c", at, "另一句")]


class ReadsAClock(Simple):
    def identity(self, at: int, text: str, frame: bytes, received_at: int) -> str:
        return f"c-{time.time_ns()}"


class HidesItsClock(Simple):
    """Took the function before anybody could watch it."""

    clock = staticmethod(time.time_ns)

    def chat(self, identity: str, at: int, text: str) -> Chat:
        seen = HidesItsClock.clock() // 1_000_000
        return Chat(id=identity, platform="demo", room="77001", at=at, seen=seen, text=text)


class OpensAFile(Simple):
    def identity(self, at: int, text: str, frame: bytes, received_at: int) -> str:
        try:
            return Path("/etc/hostname").read_text()
        except Exception:  # noqa: BLE001  a decoder that hides its fault
            return "c"


class Connects(Simple):
    def identity(self, at: int, text: str, frame: bytes, received_at: int) -> str:
        with socket.socket() as peer:
            peer.connect_ex(("127.0.0.1", 1))
        return "c"


class UnpacksBombs(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        if frame.startswith(b"\x1f\x8b") and len(frame) > 1_000:
            with contextlib.suppress(OSError, EOFError):
                gzip.decompress(frame)
        return super().feed(frame, received_at)


class LosesItselfOnAnEmptyFrame(Simple):
    lost = False

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        self.lost |= not frame
        return Decoded() if self.lost else super().feed(frame, received_at)


class AnswersText(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        out = super().feed(frame, received_at)
        out.replies.append("PONG")  # type: ignore[arg-type]
        return out


class CarriesTooMuch(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        out = super().feed(frame, received_at)
        out.problems.append(Problem("byte 0", "everything", b"x" * 10_000))
        return out


class SaysNotWhy(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        out = super().feed(frame, received_at)
        out.problems.append(Problem("byte 0", ""))
        return out


class ReturnsNothing(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        return None  # type: ignore[return-value]


class FindsNothing(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        return Decoded()


class ReturnsDictionaries(Simple):
    def feed(self, frame: bytes, received_at: int) -> Decoded:
        return Decoded(events=[{"type": "chat"}])  # type: ignore[list-item]


BAD = [
    (Raises, "it never raises"),
    (RaisesOnDepth, "it never raises: RecursionError"),
    (BuildsWhatTheContractRefuses, "the contract takes its events"),
    (RandomIds, "the same frames give the same events"),
    (IdsByArrival, "ids of what has its own time do not depend on its arrival"),
    (OneIdForAll, "different events of a frame have different ids"),
    (ReadsAClock, "reads no clock, .*time_ns"),
    (HidesItsClock, "the same frames give the same events"),
    (OpensAFile, "opens no file .*: open"),
    (Connects, "no connection: socket"),
    (LosesItselfOnAnEmptyFrame, "a hopeless frame changes nothing"),
    (AnswersText, "replies are bytes"),
    (CarriesTooMuch, "at most 4 KiB: 10000 bytes"),
    (SaysNotWhy, "problems say why"),
    (ReturnsNothing, "it returns Decoded: NoneType"),
    (FindsNothing, "the frames hold events"),
    (ReturnsDictionaries, "events are events: dict"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "named"), BAD, ids=lambda case: getattr(case, "__name__", ""))
def test_a_bad_one_is_named_with_what_is_wrong(make: type[Simple], named: str) -> None:
    with pytest.raises(ContractBroken, match=named) as caught:
        assert_decoder_contract(make, SAID)
    assert str(caught.value).startswith(f"{make.__name__} breaks the contract:")


@pytest.mark.slow
def test_a_bomb_that_is_unpacked_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.contract.decoders.SLOWEST_S", 0.05)
    with pytest.raises(ContractBroken, match="a hostile frame costs little"):
        assert_decoder_contract(UnpacksBombs, SAID)


@pytest.mark.slow
def test_all_that_is_wrong_is_told_at_once() -> None:
    class Many(AnswersText, IdsByArrival):
        pass

    with pytest.raises(ContractBroken) as caught:
        assert_decoder_contract(Many, SAID)
    assert len(caught.value.findings) == 2


@pytest.mark.slow
def test_a_decoder_whose_frames_hold_no_events_says_so() -> None:
    assert_decoder_contract(FindsNothing, [b"heartbeat"], silent=True)


def test_the_clock_works_again_afterwards() -> None:
    with pytest.raises(ContractBroken):
        assert_decoder_contract(ReadsAClock, SAID)
    assert time.time_ns() > 0
    assert Path(__file__).read_text(encoding="utf-8")
