"""Pages are looked at politely, and every way not to have one is told apart."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from connectors.clock import WallClock
from connectors.decoders.product_page import ProductPage
from connectors.deliveries import deliveries_of
from connectors.errors import Fatal, Retryable
from connectors.plan import Pace, Plan
from connectors.rates import HostLimit, HostRates
from connectors.runner import Runner
from connectors.sink import MemorySink
from connectors.source import Delivery, FrameDecoder, Source
from connectors.sources.product_pages import ProductPages, ProductPagesOptions
from detectors.events import Gap, Price
from tests.connectors.importing import recording
from tests.connectors.lines import until
from tests.connectors.shop import PAGE, Handler, page, shop, source
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.asyncio


async def read(pages: ProductPages, count: int) -> list[Delivery]:
    """Connects, and takes so many pages; each is acknowledged."""
    taken: list[Delivery] = []
    try:
        async with asyncio.timeout(PATIENCE_S):
            await pages.connect()
            async with deliveries_of(pages) as deliveries:
                async for delivery in deliveries:
                    taken.append(delivery)
                    await delivery.ack()
                    if len(taken) == count:
                        break
    finally:
        await pages.close()
    return taken


def answering(status: int, **headers: str) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=named)

    return answer


async def test_pages_become_prices_with_the_names_that_the_room_has_for_them() -> None:
    async with shop() as served:
        pages = source(
            served.port, "http://shop.example:PORT/tea#top 架上1号", "http://shop.example:PORT/cup"
        )
        taken = await read(pages, 2)
    decoder = ProductPage(recording(platform="shop", room=""))
    events = [each for one in taken for each in decoder.feed(one.frame, one.received_at).events]
    prices = [event for event in events if isinstance(event, Price)]
    assert [(each.sku, each.price) for each in prices] == [("架上1号", 8_990), ("T1", 8_990)]
    assert getattr(events[0], "url", None) == f"http://shop.example:{served.port}/tea"
    agent = served.asked[0].headers["User-Agent"]
    assert agent == "livewatch (+desk@example.cn)"
    assert "Cookie" not in served.asked[1].headers
    assert "Authorization" not in served.asked[1].headers


async def test_what_has_not_changed_is_not_sent_again_once_it_is_stored() -> None:
    async with shop() as served:

        async def tagged(request: web.Request) -> web.StreamResponse:
            named = {"ETag": '"a"', "Last-Modified": "Tue, 01 Sep 2026 04:00:00 GMT"}
            if request.headers.get("If-None-Match") == '"a"' and len(served.asked) < 5:
                assert request.headers["If-Modified-Since"] == named["Last-Modified"]
                return web.Response(status=304, headers=named)
            return web.Response(body=PAGE, content_type="text/html", headers=named)

        served.answer = tagged
        taken = await read(source(served.port), 2)
        assert (len(taken), len(served.asked)) == (2, 5)

        lost = source(served.port)  # nothing is acknowledged
        await lost.connect()
        async with deliveries_of(lost) as deliveries:
            await anext(deliveries)
            await anext(deliveries)
        await lost.close()
        assert "If-None-Match" not in served.asked[-1].headers


async def test_robots_are_asked_once_and_obeyed() -> None:
    async with shop() as served:
        served.robots = (
            "User-agent: *\nDisallow: /\n\nUser-agent: livewatch\nDisallow: /*/secret$\nAllow: /\n"
        )
        pages = source(
            served.port, "http://shop.example:PORT/a/secret", "http://shop.example:PORT/a/secret/1"
        )
        taken = await read(pages, 3)
        assert len(taken) == 3
        assert set(served.paths) == {"/a/secret/1"}
        assert served.robots_asked == 1
        served.asked.clear()
        with pytest.raises(Fatal, match=r"robots\.txt does not allow /a/secret"):
            await read(source(served.port, "http://shop.example:PORT/a/secret"), 1)
        assert served.asked == []


@pytest.mark.parametrize("robots", [500, 503, 429])
async def test_where_robots_cannot_be_had_nothing_is_asked(robots: int) -> None:
    async with shop() as served:
        served.robots = robots
        with pytest.raises(Retryable, match=r"robots\.txt cannot be had"):
            await read(source(served.port), 1)
        assert served.asked == []


@pytest.mark.parametrize("robots", [404, 403, 410])
async def test_where_there_are_no_robots_all_may_be_asked(robots: int) -> None:
    async with shop() as served:
        served.robots = robots
        assert len(await read(source(served.port), 1)) == 1


async def test_rules_that_take_long_to_search_are_none_that_allow() -> None:
    async with shop() as served:
        served.robots = "User-agent: *\nAllow: /" + "*a" * 50 + "\n"
        with pytest.raises(Retryable):
            await read(source(served.port, "http://shop.example:PORT/" + "a" * 500), 1)


async def test_robots_are_asked_again_after_a_day_and_old_ones_hold_while_they_are_away() -> None:
    async with shop() as served:
        served.robots = "User-agent: *\nDisallow: /no\n"
        pages = source(served.port)
        now = [0.0]
        pages._web.now = lambda: now[0]
        pages._web.open()
        address = f"http://shop.example:{served.port}/tea"
        for at, robots, asked in (
            (0.0, served.robots, 1),
            (86_000.0, served.robots, 1),
            (86_500.0, 500, 2),
            (86_900.0, "User-agent: *\nDisallow: /\n", 3),
        ):
            now[0], served.robots = at, robots
            if asked < 3:
                assert (await pages._web.get(address, {})).status == 200
            assert served.robots_asked == min(asked, 2)
        with pytest.raises(Exception, match="does not allow"):
            await pages._web.get(address, {})
        await pages.close()


@pytest.mark.slow
async def test_a_hosts_delay_is_kept_and_does_not_hold_up_others() -> None:
    async with shop() as served:
        served.robots = "User-agent: *\nCrawl-delay: 1.5\n"
        pages = source(
            served.port,
            "http://a.example:PORT/1",
            "http://a.example:PORT/2",
            "http://b.example:PORT/3",
        )
        loop = asyncio.get_running_loop()
        times: dict[str, float] = {}  # in the order of the requests

        async def timed(request: web.Request) -> web.StreamResponse:
            times.setdefault(request.path, loop.time())
            return await page(request)

        served.answer = timed
        await read(pages, 3)
    assert list(times) == ["/1", "/3", "/2"]
    assert times["/2"] - times["/1"] >= 1.4


async def test_rooms_take_turns_at_a_host() -> None:
    async with shop() as served:

        async def slow(request: web.Request) -> web.StreamResponse:
            await asyncio.sleep(0.03)
            return await page(request)

        served.answer = slow
        rates = HostRates(WallClock())
        rooms = [source(served.port, f"http://shop.example:PORT/{n}") for n in range(5)]
        for room in rooms:
            room.limit = HostLimit(rates, room.host, per_s=1_000, burst=100)
        await asyncio.gather(*(read(room, 2) for room in rooms))
    assert len(served.asked) >= 10
    assert served.most_busy == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answering(503, Retry_After="7"), "answers 503"),
        (answering(429, Retry_After="7"), "answers 429"),
        (answering(500), "answers 500"),
        (answering(302, Location="/tea"), "sent on more than 5 times"),
    ],
)
async def test_a_host_that_cannot_now_is_asked_later(answer: Handler, reason: str) -> None:
    async with shop() as served:
        served.answer = answer
        with pytest.raises(Retryable, match=reason) as raised:
            await read(source(served.port), 1)
    assert raised.value.retry_after == (7.0 if "503" in reason or "429" in reason else None)


@pytest.mark.parametrize("status", [401, 403, 451])
async def test_a_host_that_does_not_want_us_is_left_alone(status: int) -> None:
    async with shop() as served:
        served.answer = answering(status)
        with pytest.raises(Fatal, match=f"answers {status}"):
            await read(source(served.port), 1)
        assert len(served.asked) == 1


def packed(body: bytes, encoding: str, kind: str = "text/html") -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": kind} | ({"Content-Encoding": encoding} if encoding else {})
        return web.Response(body=body, headers=headers)

    return answer


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (packed(b"x" * 70_000, ""), "more than 65536 bytes"),
        (packed(gzip.compress(b"\x00" * (64 << 20)), "gzip"), "unpacks to more than"),
        (packed(gzip.compress(PAGE)[:-9], "gzip"), "cut off"),
        (packed(PAGE, "gzip"), "cannot be unpacked"),
        (packed(gzip.compress(gzip.compress(PAGE)), "gzip"), "packed twice"),
        (packed(PAGE, "br"), "packed as br"),
    ],
)
async def test_an_answer_that_is_too_much_is_not_taken(answer: Handler, reason: str) -> None:
    async with shop() as served:
        served.answer = answer
        with pytest.raises(Retryable, match=reason):
            await read(source(served.port, max_bytes=65_536), 1)


async def test_a_packed_page_is_unpacked_and_a_picture_is_passed_over() -> None:
    async with shop() as served:
        served.answer = packed(gzip.compress(PAGE), "gzip")
        [delivery] = await read(source(served.port), 1)
        assert delivery.frame.endswith(PAGE)

        async def first_a_picture(request: web.Request) -> web.StreamResponse:
            kind = "image/png" if len(served.asked) < 3 else "text/html"
            return web.Response(body=PAGE, content_type=kind)

        served.asked.clear()
        served.answer = first_a_picture
        await read(source(served.port), 1)
        assert len(served.asked) == 3


async def test_an_answer_that_drips_is_cut_off() -> None:
    async with shop() as served:

        async def drip(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/html"})
            await response.prepare(request)
            for _ in range(100):
                await response.write(b" ")
                await asyncio.sleep(0.05)
            return response

        served.answer = drip
        with pytest.raises(Retryable, match="TimeoutError"):
            await read(source(served.port, request_s=0.3), 1)


async def test_one_page_that_fails_does_not_cost_the_others() -> None:
    async with shop() as served:

        async def one_bad(request: web.Request) -> web.StreamResponse:
            if request.path == "/bad":
                return web.Response(status=500)
            return await page(request)

        served.answer = one_bad
        pages = source(served.port, "http://shop.example:PORT/bad", "http://shop.example:PORT/good")
        assert len(await read(pages, 4)) == 4
    assert "/bad" in served.paths


async def test_a_page_that_is_gone_tells_nothing_and_is_no_loss() -> None:
    async with shop() as served:

        async def gone(request: web.Request) -> web.StreamResponse:
            return web.Response(status=404) if len(served.asked) < 3 else await page(request)

        served.answer = gone
        assert len(await read(source(served.port), 1)) == 1
    assert len(served.asked) == 3


async def test_the_runner_stores_prices_and_tells_when_nobody_looked() -> None:
    sink = MemorySink()
    async with shop() as served:

        def make(room: str) -> tuple[Source, FrameDecoder]:
            about = recording(platform="shop", room=room)
            return source(served.port), ProductPage(about)

        runner = Runner(sink)
        pace = Pace(first_wait_s=0.01, longest_wait_s=0.01, connects_per_s=1_000)
        plan = Plan(name="pages", platform="shop", make=make, pace=pace)
        await runner.apply([plan])

        def count(kind: type[object]) -> Callable[[], bool]:
            return lambda: any(isinstance(event, kind) for event in sink.events)

        await until(count(Price))
        served.hang_ups = 2
        await until(count(Gap))
        seen = len(served.asked)
        await until(lambda: len(served.asked) > seen)
        await runner.stop()
    [gap] = [event for event in sink.events if isinstance(event, Gap)]
    assert (gap.room, gap.source) == (f"shop.example:{served.port}/tea", "pages")
    assert {event.room for event in sink.events} == {gap.room}
    assert sink.letters == []


@pytest.mark.parametrize(
    "changes",
    [
        {"contact": " "},
        {"contact": "desk\r\nX: y"},
        {"pages": ()},
        {"pages": ("# none",)},
        {"pages": ("ftp://shop.example/",)},
        {"pages": ("http://127.0.0.1/",)},
        {"pages": ("http://intranet/",)},
        {"pages": ("http://shop.example/ a\x07b",)},
        {"pages": ("http://[::1",)},
        {"pages_file": "/nowhere/at/all"},
        {"allow_private": ("10.0.0.1/8",)},
    ],
)
async def test_options_that_cannot_work_say_so(changes: dict[str, object]) -> None:
    settings = {"contact": "desk@example.cn", "pages": ("http://shop.example/",)} | changes
    with pytest.raises(Fatal):
        ProductPages(ProductPagesOptions(**settings), recording(room=""))  # type: ignore[arg-type]


async def test_pages_are_listed_in_a_file(tmp_path: Path) -> None:
    text = "# tea\nhttps://shop.example/1 T1\n\nhttps://shop.example/2\nhttps://shop.example/1\n"
    (tmp_path / "pages").write_text(text, encoding="utf-8")
    options = ProductPagesOptions(
        contact="https://desk.example.cn/", pages_file=f"{tmp_path}/pages"
    )
    pages = ProductPages(options, recording(room=""))
    assert [(each.address, each.sku) for each in pages._pages] == [
        ("https://shop.example/1", "T1"),
        ("https://shop.example/2", ""),
    ]


async def test_a_page_is_no_part_of_a_live_room() -> None:
    options = ProductPagesOptions(contact="desk@example.cn", pages=("https://shop.example/1",))
    with pytest.raises(Fatal, match="leave out `rooms`"):
        ProductPages(options, recording(room="77001"))
