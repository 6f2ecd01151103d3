"""What is said in a room, from real sound."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from connectors.contract.sources import assert_source_contract
from connectors.decoders.segments import Segment, Segments
from connectors.errors import Fatal, Retryable
from connectors.plan import Plan
from connectors.runner import Runner
from connectors.sink import MemorySink
from connectors.sources.speech import Speech, SpeechOptions
from detectors import events
from tests.connectors.lines import recording
from tests.connectors.sounds import BEGAN, BEGAN_MS, RATE, TINY_EN, needed, packed, spoken
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.asyncio


class Seconds:
    """Hears a word a second, in no time."""

    def __init__(self, slow_s: float = 0) -> None:
        self._slow_s = slow_s

    async def stream(self, pcm16k: AsyncIterator[bytes]) -> AsyncGenerator[Segment, None]:
        heard = said = 0
        async for piece in pcm16k:
            heard += len(piece)
            await asyncio.sleep(self._slow_s)
            while heard >= (said + 1) * RATE * 2:
                yield Segment(
                    start_ms=said * 1000, end_ms=said * 1000 + 900, text=f"word {said}",
                    model="seconds", model_sha256="00",
                )  # fmt: skip
                said += 1


def source(transcriber: Any = None, **options: Any) -> Speech:
    options = {"engine": "whisper", "model": TINY_EN, "language": "en", **options}
    return Speech(SpeechOptions(**options), recording(), transcriber)


@asynccontextmanager
async def streaming(data: bytes) -> AsyncIterator[tuple[str, Callable[[], Awaitable[None]]]]:
    """A live stream: its address, and what breaks it off. Nothing comes after the data."""
    watching: list[web.Request] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        watching.append(request)
        await response.write(data)
        await asyncio.sleep(60)
        return response

    async def break_off() -> None:
        for request in watching:
            if request.transport is not None:
                request.transport.abort()

    app = web.Application()
    app.router.add_get("/live/77001.flv", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/live/{{room}}.flv?sign=s3cret", break_off
    finally:
        await break_off()
        await runner.cleanup()


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    needed("ffmpeg")
    return spoken(
        tmp_path,
        "The price is forty dollars, and only ten pieces are left.",
        "Please follow the channel and leave a comment.",
    )


@pytest.mark.slow
async def test_english_becomes_speech_through_the_runner(wav: Path) -> None:
    def make(room: str) -> Any:
        return source(path=str(wav), began=BEGAN), Segments(recording(room))

    sink = MemorySink()
    runner = Runner(sink, random=random.Random(7))
    await runner.apply([Plan(name="sound", platform="demo", make=make, rooms=("77001",))])
    await runner.finished()
    await runner.stop()

    first, second = [event for event in sink.events if isinstance(event, events.Speech)]
    assert {"price", "only", "left"} <= set(first.text.lower().strip(".").split())
    assert "follow the channel" in second.text.lower()
    assert BEGAN_MS <= first.at < first.until < second.at  # type: ignore[operator]
    assert all(said.confidence is not None and said.confidence > 0.5 for said in (first, second))
    assert sink.letters == []


@pytest.mark.slow
async def test_it_keeps_the_contract(wav: Path) -> None:
    flv = packed(wav, "live.flv", "-c:a", "aac", "-ar", "44100").read_bytes()
    async with streaming(flv) as (url, break_off):
        await assert_source_contract(
            lambda: source(Seconds(), url=url),
            frames=3,
            interrupt=break_off,
            unreachable=lambda: source(Seconds(), url="http://127.0.0.1:9/live.flv"),
        )


@pytest.mark.slow
async def test_hls_is_read_from_its_newest_part_while_it_grows(wav: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hls"
    folder.mkdir()
    packed(
        wav, "hls/live.m3u8", "-c:a", "aac", "-f", "hls", "-hls_time", "2",
        "-hls_flags", "omit_endlist", "-hls_list_size", "0",
    )  # fmt: skip
    whole = (folder / "live.m3u8").read_text()
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        asked.append(name)
        if name != "live.m3u8":
            return web.Response(body=(folder / name).read_bytes())
        begun = whole.partition("live1.ts\n")
        return web.Response(text=whole if asked.count(name) > 2 else begun[0] + begun[1])

    app = web.Application()
    app.router.add_get("/{name}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    live = source(Seconds(), url=f"http://127.0.0.1:{runner.addresses[0][1]}/live.m3u8")
    try:
        await live.connect()
        async with asyncio.timeout(PATIENCE_S), contextlib.aclosing(aiter(live)) as deliveries:
            async for delivery in deliveries:
                if b"word 3" in delivery.frame:
                    break
    finally:
        await live.close()
        await runner.cleanup()
    assert "live0.ts" not in asked
    assert {"live1.ts", "live2.ts"} <= set(asked)
    assert asked.count("live.m3u8") < 20


@pytest.mark.slow
async def test_a_recording_ends_and_its_times_are_its_own(wav: Path) -> None:
    file = source(Seconds(), path=str(wav), began=BEGAN)
    await file.connect()
    decoder = Segments(recording())
    said = [
        event
        for each in [d async for d in file]
        for event in decoder.feed(each.frame, BEGAN_MS).events
    ]
    await file.close()

    assert file.resumes
    assert [event.at for event in said[:3]] == [BEGAN_MS, BEGAN_MS + 1000, BEGAN_MS + 2000]


@pytest.mark.slow
async def test_closing_ends_ffmpeg(wav: Path) -> None:
    flv = packed(wav, "live.flv", "-c:a", "aac", "-ar", "44100").read_bytes()
    async with streaming(flv) as (url, _):
        live = source(Seconds(), url=url)
        await live.connect()
        process = live._media._process
        assert process is not None
        os.kill(process.pid, 0)
        await live.close()
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)


@pytest.mark.slow
async def test_a_model_that_does_not_keep_up_is_not_believed_to_watch(wav: Path) -> None:
    flv = packed(wav, "live.flv", "-c:a", "aac", "-ar", "44100").read_bytes()
    async with streaming(flv) as (url, _):
        live = source(Seconds(slow_s=4), url=url, behind_s=1.5)
        await live.connect()
        with pytest.raises(Retryable, match="behind the stream") as caught:
            async for _ in live:
                pass
        await live.close()
    assert caught.value.since is not None


@pytest.mark.slow
async def test_what_is_missing_is_named(
    wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Fatal, match=r"model\.bin is missing"):
        await source(path=str(wav), began=BEGAN, model=str(tmp_path)).connect()
    with pytest.raises(Fatal, match=r"tokens\.txt"):
        await source(path=str(wav), began=BEGAN, model=str(tmp_path), engine="paraformer").connect()
    with pytest.raises(Retryable, match="there is no file"):
        await source(Seconds(), path=str(tmp_path / "no.wav"), began=BEGAN).connect()
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    broken = source(Seconds(), path=str(text), began=BEGAN)
    with pytest.raises(Fatal, match="Invalid data"):
        await broken.connect()
    await broken.close()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Fatal, match="apt-get install ffmpeg"):
        await source(Seconds(), path=str(wav), began=BEGAN).connect()


async def test_a_signed_address_stands_in_no_reason() -> None:
    needed("ffmpeg")
    live = source(Seconds(), url="http://user:s3cret@127.0.0.1:9/live.flv?sign=s3cret")
    with pytest.raises(Retryable) as caught:
        await live.connect()
    await live.close()

    assert "127.0.0.1/live.flv" in caught.value.reason
    assert "s3cret" not in caught.value.reason + live.name


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "http://a/b.flv", "path": "c"},
        {"url": "file:///etc/passwd"},
        {"path": "a.wav"},
        {"path": "a.wav", "began": "soon"},
    ],
)
async def test_options_that_do_not_fit_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(Fatal):
        source(Seconds(), **options)


async def test_an_address_in_a_file_is_read_anew_at_each_connection(tmp_path: Path) -> None:
    needed("ffmpeg")
    place = tmp_path / "77001"
    live = source(Seconds(), url_file=f"{tmp_path}/{{room}}")
    with pytest.raises(Retryable, match="no address"):
        await live.connect()
    place.write_text("ftp://elsewhere/live\n")
    with pytest.raises(Fatal, match="no address of a stream"):
        await live.connect()
    place.write_text("http://127.0.0.1:9/live.flv\n")
    with pytest.raises(Retryable, match="Connection refused"):
        await live.connect()
    await live.close()
