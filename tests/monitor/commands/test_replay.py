"""`livewatch replay`, against a monitor that answers by a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from detectors.events import Chat, Event, Gap, Prize, Speech, decode, encode_lines
from monitor.commands import delivery
from monitor.commands.exits import Exit
from monitor.commands.replay import Pace, ReplayOptions, moved, run

BASE_MS = 1_788_262_200_000


class Monitor(ThreadingHTTPServer):
    """Accepts events; first it goes through its script of troubles."""

    daemon_threads = True

    def __init__(self, script: list[int | str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.bodies: list[list[bytes]] = []
        self.reject: set[str] = set()
        self.largest = 1 << 30
        self.token = "secret"
        self.retry_after = "0"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def ids(self) -> list[str]:
        return [json.loads(line)["id"] for body in self.bodies for line in body]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Monitor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        trouble = self.server.script.pop(0) if self.server.script else None
        if trouble == "hang up":
            self.close_connection = True
            return
        if trouble == "hang up after taking":
            self.server.bodies.append(body.splitlines())
            self.close_connection = True
            return
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self.answer(401, {})
        elif self.path != "/api/v1/events":
            self.answer(404, {})
        elif isinstance(trouble, int) and trouble != 202:
            self.answer(
                trouble, {}, {"Retry-After": self.server.retry_after} if trouble == 429 else {}
            )
        elif len(body) > self.server.largest:
            self.answer(413, {})
        else:
            lines = body.splitlines()
            self.server.bodies.append(lines)
            rejected = [
                {"line": number, "reason": "no"}
                for number, line in enumerate(lines, 1)
                if json.loads(line)["id"] in self.server.reject
            ]
            self.answer(202, {"accepted": len(lines) - len(rejected), "rejected": rejected})

    def answer(
        self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests look at what arrived."""


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_WAIT_S", 0.001)


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    with Monitor([]) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def chat(name: str, at: int) -> Chat:
    return Chat(id=name, platform="demo", room="1", session="s1", at=BASE_MS + at, text="来了")


def write(path: Path, *events: Event) -> Path:
    path.write_bytes(encode_lines(events))
    return path


def play(monitor: Monitor, *files: Path, **options: Any) -> Exit:
    said = {"url": monitor.url, "token": "secret", "speed": 0.0} | options
    return run([str(file) for file in files], ReplayOptions(**said))


@pytest.mark.slow
def test_everything_arrives_once_and_in_order(
    monitor: Monitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.jsonl", *(chat(f"c{number}", number) for number in range(5_000)))

    assert play(monitor, file) == Exit.DONE
    assert monitor.ids == [f"c{number}" for number in range(5_000)]
    assert capsys.readouterr().out == "accepted 5,000, rejected 0\n"


def test_files_are_merged_by_time_and_keep_their_own_order(
    monitor: Monitor, tmp_path: Path
) -> None:
    first = write(tmp_path / "a.jsonl", chat("a1", 1), chat("a5", 5), chat("a4", 4), chat("a9", 9))
    second = write(tmp_path / "b.jsonl", chat("b2", 2), chat("b7", 7))

    play(monitor, first, second)
    assert monitor.ids == ["a1", "b2", "a5", "a4", "b7", "a9"]


@pytest.mark.parametrize("script", [[429, 429], [503], ["hang up"], [500, "hang up", 429]])
def test_what_was_not_answered_is_sent_again(
    monitor: Monitor, tmp_path: Path, script: list[int | str]
) -> None:
    monitor.script = script
    file = write(tmp_path / "a.jsonl", *(chat(f"c{number}", number) for number in range(2_500)))

    assert play(monitor, file) == Exit.DONE
    assert monitor.ids == [f"c{number}" for number in range(2_500)]


def test_an_answer_that_was_lost_costs_a_repetition_and_no_event(
    monitor: Monitor, tmp_path: Path
) -> None:
    monitor.script = ["hang up after taking"]
    file = write(tmp_path / "a.jsonl", chat("c1", 1), chat("c2", 2))

    assert play(monitor, file) == Exit.DONE
    assert monitor.ids == ["c1", "c2", "c1", "c2"]


@pytest.mark.slow
def test_a_batch_that_is_too_large_is_sent_in_parts(monitor: Monitor, tmp_path: Path) -> None:
    monitor.largest = 2_000
    monitor.reject = {"c77"}
    file = write(tmp_path / "a.jsonl", *(chat(f"c{number}", number) for number in range(100)))

    assert play(monitor, file) == Exit.INVALID_INPUT
    assert monitor.ids == [f"c{number}" for number in range(100)]


def test_rejected_and_invalid_lines_are_named_by_file_and_line(
    monitor: Monitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monitor.reject = {"c2"}
    file = write(tmp_path / "a.jsonl", chat("c1", 1), chat("c2", 2))
    file.write_bytes(b"nonsense\n" + file.read_bytes())

    assert play(monitor, file) == Exit.INVALID_INPUT
    out, said = capsys.readouterr()
    assert f"{file}:1: " in said
    assert f"{file}:3: rejected: no" in said
    assert out == "accepted 1, rejected 2\n"


def test_a_wrong_token_or_address_is_bad_usage(
    monitor: Monitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.jsonl", chat("c1", 1))

    assert play(monitor, file, token="wrong") == Exit.USAGE
    assert "Say --token" in capsys.readouterr().err
    assert play(monitor, file, url=monitor.url + "/elsewhere") == Exit.USAGE
    assert play(monitor, file, url="ftp://127.0.0.1") == Exit.USAGE
    for wrong in ({"token": "令牌"}, {"token": "gehe\nim"}, {"url": f"{monitor.url}/别处"}):
        capsys.readouterr()
        assert play(monitor, file, **wrong) == Exit.USAGE
        said = capsys.readouterr().err
        assert "no request can carry" in said
        assert "gehe" not in said
    assert play(monitor, tmp_path / "missing") == Exit.USAGE


def test_a_monitor_that_never_answers_is_unreachable(tmp_path: Path) -> None:
    with Monitor([]) as server:
        url = server.url
    file = write(tmp_path / "a.jsonl", chat("c1", 1))

    assert (
        run([str(file)], ReplayOptions(url=url, speed=0, give_up_after_s=0.01)) == Exit.UNREACHABLE
    )


class Clock:
    """Time that passes in sleep alone."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 1e-6)  # no sleep is so short that no time passes


@pytest.mark.parametrize(("give_up_s", "lines"), [(5, 1), (120, 3), (3_600, 8)])
def test_who_waits_is_told_and_given_up_at_the_time_asked_for(
    give_up_s: float,
    lines: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Monitor([]) as server:
        url = server.url
    file = write(tmp_path / "a.jsonl", chat("c1", 1))
    clock = Clock()
    monkeypatch.setattr(delivery, "time", clock)

    options = ReplayOptions(url=url, speed=0, give_up_after_s=give_up_s)
    assert run([str(file)], options) == Exit.UNREACHABLE
    assert clock.now == pytest.approx(1_000 + give_up_s, abs=0.1)
    told = [line for line in capsys.readouterr().err.splitlines() if "sent again for" in line]
    assert told[0] == (
        f"livewatch replay: {url} has not taken the events: [Errno 111] Connection refused. They are "
        f"sent again for {give_up_s} s at most"
    )
    assert abs(len(told) - lines) <= 1


@pytest.mark.parametrize("retry_after", ["2", "7", "300"])
def test_a_monitor_that_says_later_for_ever_is_given_up_at_the_time_asked_for(
    retry_after: str,
    monitor: Monitor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monitor.retry_after = retry_after
    # The time counts anew from what was taken: the first batch waits, too, and is taken.
    monitor.script = [429, 202, *[429] * 10_000]
    file = write(tmp_path / "a.jsonl", *(chat(f"c{number}", number) for number in range(2_500)))
    clock = Clock()
    monkeypatch.setattr(delivery, "time", clock)

    assert play(monitor, file, give_up_after_s=40) == Exit.UNREACHABLE
    began = 1_000 + min(float(retry_after), 40)
    assert clock.now == pytest.approx(began + 40, abs=0.6)
    assert len(monitor.ids) == 2_000
    said = capsys.readouterr().err
    assert "has taken nothing for 40 s" in said
    assert "(status 429). What was not taken can be sent again." in said
    assert "accepted 2,000" in said


def test_a_monitor_that_takes_all_at_once_is_not_talked_about(
    monitor: Monitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.jsonl", chat("c1", 1))

    assert play(monitor, file) == Exit.DONE
    assert "sent again" not in capsys.readouterr().err


def test_a_recording_can_be_moved_so_that_it_ends_now(monitor: Monitor, tmp_path: Path) -> None:
    import time

    file = write(tmp_path / "a.jsonl", chat("c1", 0), chat("c2", 60_000))
    before = time.time_ns() // 1_000_000
    play(monitor, file, shift_to_now="last", session="again")
    after = time.time_ns() // 1_000_000
    first, last = (decode(line) for line in monitor.bodies[0])

    assert before <= last.at <= after
    assert last.at - first.at == 60_000
    assert first.session == "again"
    assert first.id != "c1"


def test_all_times_of_an_event_move_together() -> None:
    speech = Speech(
        id="s", platform="p", room="r", at=BASE_MS, seen=BASE_MS + 5, until=BASE_MS + 900, text=""
    )
    gap = Gap(id="g", platform="p", room="r", at=BASE_MS, from_=BASE_MS, until=BASE_MS + 10)
    prize = Prize(
        id="z",
        platform="p",
        room="r",
        at=BASE_MS,
        prize="z",
        phase="announced",
        ends_at=BASE_MS + 7,
    )

    shifted = moved(speech, 1_000, None)
    assert isinstance(shifted, Speech)
    assert (shifted.at, shifted.seen, shifted.until) == (
        BASE_MS + 1_000,
        BASE_MS + 1_005,
        BASE_MS + 1_900,
    )
    assert moved(gap, 1_000, None).from_ == BASE_MS + 1_000  # type: ignore[union-attr]
    assert moved(prize, 1_000, None).ends_at == BASE_MS + 1_007  # type: ignore[union-attr]


def test_the_pace_follows_the_recording() -> None:
    now = 100.0
    pace = Pace(2.0, None, clock=lambda: now)

    assert pace.wait_s(BASE_MS) == 0
    assert pace.wait_s(BASE_MS + 3_000) == 1.5  # 3 s at twice the speed
    now = 101.0
    assert pace.wait_s(BASE_MS + 3_000) == 0.5
    now = 110.0  # the sender was held up: it catches up
    assert pace.wait_s(BASE_MS + 4_000) == 0
    assert pace.wait_s(BASE_MS + 2_000) == 0  # out of order: at once


def test_a_long_pause_can_be_cut() -> None:
    pace = Pace(1.0, 2.0, clock=lambda: 0.0)

    assert pace.wait_s(BASE_MS) == 0
    assert pace.wait_s(BASE_MS + 3_600_000) == 2.0
    assert pace.wait_s(BASE_MS + 3_600_500) == 2.5


def test_speed_zero_never_waits() -> None:
    pace = Pace(0, None, clock=lambda: 0.0)

    assert [pace.wait_s(BASE_MS + at) for at in (0, 10_000)] == [0, 0]
