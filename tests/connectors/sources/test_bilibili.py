"""The open platform of Bilibili through the runner, against a platform with the true framing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import random
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import brotli
import pytest
from aiohttp import web

from connectors.connection import Connection
from connectors.decoders.bilibili import BilibiliFrames
from connectors.errors import Fatal, Retryable
from connectors.plan import Pace, Plan
from connectors.runner import Runner
from connectors.sink import MemorySink
from connectors.sources import bilibili
from connectors.sources.bilibili import OpenPlatform, OpenPlatformOptions
from connectors.sources.bilibili_api import signed_headers
from detectors.events import Chat, Gap, Price, Session
from tests.connectors.decoders.bilibili_frames import (
    CARD,
    brotlied,
    command,
    danmu,
    packet,
    plain,
    zlibbed,
)
from tests.connectors.importing import recording
from tests.connectors.lines import QUICK, until
from tests.connectors.platform import APP_ID, CODE, KEY_ID, ROOM, SECRET, Platform, platform
from tests.patience import UnderWay

pytestmark = pytest.mark.asyncio

Options = Callable[..., OpenPlatformOptions]


@pytest.fixture
def under_way() -> Iterator[UnderWay]:
    """From a push to its arrival, in one process."""
    with UnderWay(quiet_ms=100) as opened:
        yield opened


@pytest.fixture
def options(tmp_path: Path) -> Options:
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / f"{ROOM}.code").write_text(CODE)

    def made(served: Platform, **changed: Any) -> OpenPlatformOptions:
        said = {
            "access_key_id": KEY_ID, "secret_file": str(tmp_path / "secret"), "app_id": APP_ID,
            "code_file": str(tmp_path / "{room}.code"), "base_url": served.url, "hosts": ("127.0.0.1",),
            "heartbeat_s": 0.2, "project_heartbeat_s": 0.2,
        }  # fmt: skip
        return OpenPlatformOptions(**(said | changed))

    return made


class Running:
    """A runner with one room, and what has come of it."""

    def __init__(self, sink: MemorySink, runner: Runner) -> None:
        self.sink = sink
        self.runner = runner

    @property
    def connection(self) -> Connection:
        return self.runner.collections["bili"].connections[0]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.sink.events if isinstance(event, Chat)]

    @property
    def gaps(self) -> list[Gap]:
        return [event for event in self.sink.events if isinstance(event, Gap)]

    async def fails(self) -> str:
        await until(lambda: self.connection.state == "failed")
        return self.connection.problem or ""


@asynccontextmanager
async def running(wanted: OpenPlatformOptions, pace: Pace = QUICK) -> AsyncIterator[Running]:
    def make(room: str) -> tuple[OpenPlatform, BilibiliFrames]:
        about = recording(platform="bilibili", room=room, session=None)
        return OpenPlatform(wanted, about), BilibiliFrames(about)

    sink = MemorySink()
    runner = Runner(sink, random=random.Random(7))
    await runner.apply(
        [Plan(name="bili", platform="bilibili", make=make, rooms=(str(ROOM),), pace=pace)]
    )
    try:
        yield Running(sink, runner)
    finally:
        await runner.stop()


async def test_the_signature_is_over_the_headers_in_the_order_of_their_names() -> None:
    got = signed_headers("id", b"secret", b"{}", nonce="n", timestamp=1_700_000_000)
    text = (
        "x-bili-accesskeyid:id\n"
        "x-bili-content-md5:99914b932bd37a50b983c5e7c90ae93b\n"  # md5 of {}
        "x-bili-signature-method:HMAC-SHA256\n"
        "x-bili-signature-nonce:n\n"
        "x-bili-signature-version:1.0\n"
        "x-bili-timestamp:1700000000"
    )
    assert got["Authorization"] == hmac.new(b"secret", text.encode(), hashlib.sha256).hexdigest()


async def test_what_is_pushed_arrives_in_every_packing(options: Options) -> None:
    async with platform() as served, running(options(served)) as run:
        visit = await served.visit(1)
        await visit.push(plain(command("LIVE", live_key="9")))
        for number, pack in enumerate((plain, zlibbed, brotlied)):
            await visit.push(pack(danmu(f"第{number}句", id_=str(number))))
        await visit.push(zlibbed(command("SHOPPING_EXPLAIN_CARD", CARD)))
        await until(lambda: any(isinstance(event, Price) for event in run.sink.events))
        assert run.texts == ["第0句", "第1句", "第2句"]
        assert {event.session for event in run.sink.events} == {f"{ROOM}-9"}
        assert isinstance(run.sink.events[0], Session)
        assert run.gaps == []
    assert run.sink.letters == []


async def test_both_heartbeats_are_sent(options: Options) -> None:
    async with (
        platform() as served,
        running(options(served, heartbeat_s=0.05, project_heartbeat_s=0.05)),
    ):
        visit = await served.visit(1)
        await until(lambda: len(visit.heartbeats) >= 3 and served.requests.count("heartbeat") >= 3)
        assert set(visit.heartbeats) == {b"{}"}


@pytest.mark.slow
async def test_a_connection_that_answers_no_heartbeat_is_dead(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So long that none is dead by a machine that stands still for a moment.
    monkeypatch.setattr(bilibili, "ANSWER_S", 1.3)
    async with platform() as served, running(options(served)) as run:
        first = await served.visit(1)
        await first.push(plain(danmu("一", id_="1")))
        await until(lambda: run.texts)
        first.silent = True
        began = time.monotonic()
        second = await served.visit(2)
        # heartbeat_s + the time for an answer, and no sooner
        assert time.monotonic() - began > 1.3
        await second.push(plain(danmu("二", id_="2")))
        await until(lambda: len(run.texts) == 2)
        [gap] = run.gaps
        assert gap.reason == "nothing came for 1.5 s"
        assert gap.until - gap.from_ >= 1_300


@pytest.mark.slow
async def test_what_was_pushed_is_in_the_log_once_or_falls_into_a_gap(
    options: Options, under_way: UnderWay
) -> None:
    choose = random.Random(11)
    sent: dict[str, int] = {}
    safe: set[str] = set()
    async with platform() as served, running(options(served)) as run:
        for number in range(1, 31):
            visit = await served.visit(number)
            end = choose.choice(["reset", "cut", "goodbye"])
            for _ in range(choose.randrange(6)):
                text = f"第{len(sent)}句"
                if end == "goodbye":
                    safe.add(text)
                pack = choose.choice([plain, zlibbed, brotlied])
                sent[text] = time.time_ns() // 1_000_000
                await visit.push(pack(danmu(text, id_=f"m{len(sent)}")))
                if choose.random() < 0.5:
                    await asyncio.sleep(choose.uniform(0, 0.02))
            match end:
                case "reset":
                    visit.hang_up()
                case "cut":
                    await visit.cut(plain(danmu("halb" * 40, id_="x")))
                case _:
                    await visit.socket.close(code=1001)
            if choose.random() < 0.5 and len(served.visits) == number:
                # What is said in the room while nobody listens.
                sent[f"第{len(sent)}句"] = time.time_ns() // 1_000_000
        await served.visit(31)
        await until(lambda: len(run.gaps) >= 30)
        assert len(sent) > 50
        assert len(run.texts) == len(set(run.texts))
        # A reset throws away what was under way; a goodbye comes behind everything.
        lost = sent.keys() - set(run.texts)
        assert not lost & safe
        for text in lost:
            # The last message of a connection was under way for a moment: its sender's time is earlier.
            assert any(gap.from_ - under_way.ms <= sent[text] <= gap.until for gap in run.gaps), (
                text
            )
        assert 5 < len(lost) < len(sent) / 2
        print(f"{len(sent)} sent, {len(run.texts)} stored, {len(lost)} within {len(run.gaps)} gaps")
        # One project for all: a loss does not end it.
        assert served.requests.count("end") == served.requests.count("start") - 1
    assert run.sink.letters == []


async def test_hosts_take_turns_until_one_brings_something(options: Options) -> None:
    async with platform() as served:
        # One host that refuses us says nothing about the others.
        served.answers["sub0"] = [web.Response(status=403)]
        served.answers["sub1"] = [web.Response(status=503)]
        async with running(options(served)) as run:
            visit = await served.visit(1)
            assert visit.host == 2
            await visit.push(plain(danmu("一", id_="1")))
            await until(lambda: run.texts)
            visit.hang_up()
            # Something came: the next loss begins with the first host again.
            assert (await served.visit(2)).host == 0
            assert served.requests.count("start") == 1


async def test_after_a_round_in_vain_the_project_begins_anew(options: Options) -> None:
    async with platform() as served:
        for host in range(3):
            served.answers[f"sub{host}"] = [web.Response(status=502)]
        async with running(options(served)):
            await served.visit(1)
            assert [name for name in served.requests if name in ("start", "end")] == [
                "start",
                "end",
                "start",
            ]


async def test_a_key_that_has_expired_is_replaced(options: Options) -> None:
    async with platform() as served, running(options(served)) as run:
        first = await served.visit(1)
        served.expire_keys()
        first.hang_up()
        await until(lambda: len(served.visits) == 3)
        third = await served.visit(3)
        await third.push(plain(danmu("wieder da", id_="1")))
        await until(lambda: run.texts)
        assert [name for name in served.requests if name in ("start", "end")] == [
            "start",
            "end",
            "start",
        ]
        assert len(run.gaps) == 1


async def test_a_project_that_the_platform_ended_begins_anew(options: Options) -> None:
    async with platform() as served, running(options(served, project_heartbeat_s=0.05)) as run:
        await served.visit(1)
        served.end_project()
        second = await served.visit(2)
        await second.push(plain(danmu("weiter", id_="1")))
        await until(lambda: run.texts)
        assert "the platform ended the project" in (run.gaps[0].reason or "")


async def test_the_end_ends_the_project(options: Options) -> None:
    async with platform() as served:
        async with running(options(served)):
            await served.visit(1)
            assert served.games
        assert served.games == {}
        assert served.requests[-1] == "end"


HOSTILE = [
    packet(zlib.compress(bytes(64 << 20)), ver=2),
    packet(brotli.compress(bytes(64 << 20), quality=3), ver=3),
    packet(b"{}", length=2**31),
    packet(b"{}", length=3),
    packet(b"\xff\xff", ver=3),
    packet(brotlied(danmu("innen")), ver=3),
    b"",
    b"\0" * 7,
]


@pytest.mark.slow
async def test_hostile_frames_become_dead_letters_and_the_rest_goes_on(options: Options) -> None:
    async with platform() as served, running(options(served)) as run:
        visit = await served.visit(1)
        for number, frame in enumerate(HOSTILE):
            await visit.push(frame)
            await visit.push(zlibbed(danmu(f"第{number}句", id_=str(number))))
        await until(lambda: len(run.texts) == len(HOSTILE))
        assert run.gaps == []
        assert len(served.visits) == 1
    # The empty frame is nothing; every other one is kept with its bytes.
    assert [letter.frame for letter in run.sink.letters] == [frame for frame in HOSTILE if frame]


async def test_a_message_beyond_the_limit_costs_the_connection_and_is_a_gap(
    options: Options,
) -> None:
    async with platform() as served, running(options(served)) as run:
        first = await served.visit(1)
        with contextlib.suppress(ConnectionError):  # it does not read to the end
            await first.push(b"\0" * ((4 << 20) + 100))
        second = await served.visit(2)
        await second.push(plain(danmu("weiter", id_="1")))
        await until(lambda: run.texts)
        assert len(run.gaps) == 1


async def test_unknown_commands_are_kept(options: Options) -> None:
    async with platform() as served, running(options(served)) as run:
        visit = await served.visit(1)
        await visit.push(plain(command("BRAND_NEW", {"a": 1}), danmu("da", id_="1")))
        await until(lambda: run.texts and run.sink.letters)
        assert "unknown command BRAND_NEW" in run.sink.letters[0].reason
        assert run.runner.collections["bili"].stats.unknown == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"access_key_id": "wrong"}, "4001"),
        ({"app_id": 5}, "8002"),
        ({"hosts": ("bilibili.com",)}, "not trusted"),
    ],
)
async def test_what_trying_again_does_not_change_is_final(
    options: Options, changed: dict[str, Any], reason: str
) -> None:
    async with platform() as served:
        async with running(options(served, **changed)) as run:
            assert reason in await run.fails()
            assert served.requests[0] == "start"
            assert served.requests.count("start") == 1
        assert served.games == {}


async def test_a_wrong_secret_and_a_wrong_code_are_final(options: Options, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("wrong")
    async with platform() as served:
        async with running(options(served, secret_file=str(tmp_path / "other"))) as run:
            assert "4002" in await run.fails()
        async with running(options(served, code_file=str(tmp_path / "other"))) as run:
            assert "7007" in await run.fails()


async def test_the_code_of_another_room_is_final_and_its_project_is_ended(options: Options) -> None:
    async with platform() as served:
        served.room = 777
        async with running(options(served)) as run:
            assert f"that of room 777, not of {ROOM}" in await run.fails()
        assert served.games == {}


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=500),
        web.Response(status=200, body=b"\xffno json"),
        web.Response(status=200, body=b"[]"),
        web.Response(status=200, body=b'{"code":0,"data":{}}'),
        web.Response(status=200, body=b'{"code":0,"data":null}'),
        web.Response(status=200, body=b" " * ((1 << 20) + 10)),
        web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        web.json_response({"code": 7001, "message": "请求冷却期"}),
        web.json_response({"code": 5000, "message": "服务异常"}),
    ],
    ids=str,
)
async def test_what_may_pass_is_tried_again(options: Options, answer: web.Response) -> None:
    async with platform() as served:
        served.answers["start"] = [answer]
        async with running(options(served)):
            await served.visit(1)
            assert served.requests.count("start") == 2


@pytest.mark.slow
async def test_who_asks_too_often_waits_as_long_as_he_is_told(options: Options) -> None:
    async with platform() as served:
        served.answers["start"] = [web.Response(status=429, headers={"Retry-After": "1"})]
        began = time.monotonic()
        async with running(options(served)):
            await served.visit(1)
        assert time.monotonic() - began >= 1


@pytest.mark.parametrize("status", [401, 404])
async def test_an_address_that_is_not_the_platform_is_final(options: Options, status: int) -> None:
    async with platform() as served:
        served.answers["start"] = [web.Response(status=status)]
        async with running(options(served)) as run:
            assert f"status {status}" in await run.fails()


@pytest.mark.parametrize("status", [403, 412])
async def test_who_is_warded_off_is_silent_for_a_minute(options: Options, status: int) -> None:
    async with platform() as served:
        served.answers["start"] = [web.Response(status=status)]
        source = OpenPlatform(options(served), recording(room=str(ROOM)))
        with pytest.raises(Retryable) as caught:
            await source.connect()
        await source.close()
        assert caught.value.retry_after == 60


async def test_a_heartbeat_that_fails_once_costs_nothing(options: Options) -> None:
    async with platform() as served:
        served.answers["heartbeat"] = [web.Response(status=500), web.json_response({"code": 5000})]
        async with running(options(served, project_heartbeat_s=0.05)) as run:
            await served.visit(1)
            await until(lambda: served.requests.count("heartbeat") >= 4)
            assert len(served.visits) == 1
            assert run.gaps == []


@pytest.mark.parametrize("room", ["", "茶", "../../etc/passwd", "１２"])
async def test_a_room_is_a_number(options: Options, room: str) -> None:
    async with platform() as served:
        with pytest.raises(Fatal, match="number"):
            OpenPlatform(options(served), recording(room=room))


async def test_files_that_are_not_there_are_named(options: Options, tmp_path: Path) -> None:
    async with platform() as served:
        with pytest.raises(Fatal, match="cannot read"):
            OpenPlatform(options(served, secret_file=str(tmp_path / "none")), recording(room="1"))
        (tmp_path / "empty").write_text("\n")
        with pytest.raises(Fatal, match="is empty"):
            OpenPlatform(options(served, code_file=str(tmp_path / "empty")), recording(room="1"))
