"""What sources and senders carry is counted, shown, and told when it stops to come."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from connectors.decoders.bilibili_packets import COMMAND, make_packet
from monitor.commands import sources as command
from monitor.config import load_config
from monitor.errors import ConfigError
from monitor.runtime import Runtime
from monitor.sources.embedded import sources_of
from tests.connectors.lines import AT, Caller, line, serving, until
from tests.monitor.rules import rulebook
from tests.monitor.sources.plugin import install_lines, toml_of
from tests.monitor.sources.test_service import Site

pytestmark = pytest.mark.asyncio

SENDERS = """
[ingest.senders.console]
decoder = "wxlivespy"
platform = "wechat"
loopback = true

[ingest.senders.lists]
decoder = "csv"
platform = "shop"
room = "r"
loopback = true
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    install_lines(tmp_path / "site", monkeypatch)
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    return Site(tmp_path)


def card(number: int, price: int | None) -> bytes:
    event: dict[str, Any] = {
        "type": "product", "id": f"p-{number}", "platform": "demo", "room": "77001",
        "session": "s1", "at": AT + number, "sku": "A", "title": "茶",
    }  # fmt: skip
    return json.dumps(event | ({"price": price} if price is not None else {})).encode() + b"\n"


async def health(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(await site.get("/healthz"))
    return found


async def post(site: Site, path: str, body: bytes, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{site.url}/api/v1/events{path}", data=body, headers=headers) as answer,
    ):
        return answer.status


@pytest.mark.slow
async def test_a_platform_that_moves_its_prices_is_told_everywhere_and_so_is_their_return(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    turn = asyncio.Event()

    async def serve(caller: Caller) -> None:
        await caller.say(*[card(number, 3_990) for number in range(40)])
        await caller.say(*[card(number, None) for number in range(40, 80)])
        await turn.wait()
        await caller.say(*[card(number, 3_990) for number in range(80, 90)])
        await caller.hear()

    async with serving(serve) as server:
        site.write(toml_of(server.port))
        async with site.running():
            stats = site.sources.runner.collections["lines"].stats
            await until(lambda: stats.events == 80)
            state = (await health(site))["sources"]["lines"]
            metrics = (await site.get("/metrics")).decode()
            await asyncio.to_thread(command.show_all, site.config, site.url, as_json=False)
            shown = capsys.readouterr().out
            turn.set()
            await until(lambda: stats.events == 90)
            after = (await health(site))["sources"]["lines"]
            metrics_after = (await site.get("/metrics")).decode()
    assert state["problem"].startswith("products have no price since 20")
    assert state["fields"]["product"]["all"] == 80
    assert state["fields"]["product"]["price"] == 40
    assert state["fields"]["product"]["title"] == 80
    for series in (
        'fields_total{field="price",presence="present",source="lines",type="product"} 40.0',
        'fields_total{field="price",presence="missing",source="lines",type="product"} 40.0',
        'lacking{field="price",source="lines",type="product"} 1.0',
    ):
        assert f"livewatch_source_{series}" in metrics
    (row,) = [row for row in shown.splitlines() if row.startswith("  lines ")]
    assert "! products have no price since" in row
    assert "product 80: price 40, title 80, stock 0" in shown
    assert "40 of 80 products have no price" in shown
    # Nothing of it is left once prices come again.
    assert after["problem"] is None
    assert "livewatch_source_lacking{" not in metrics_after


@pytest.mark.slow
async def test_a_source_that_carries_all_has_no_problem(site: Site) -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(*[card(number, 3_990) for number in range(200)])
        await caller.hear()

    async with serving(serve) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: site.sources.runner.collections["lines"].stats.events == 200)
            state = (await health(site))["sources"]["lines"]
    assert state["problem"] is None
    assert state["unknown"] == {}


@pytest.mark.slow
async def test_kinds_that_nobody_knows_are_counted_apart_from_faults(site: Site) -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(*[b"NEW vote\n"] * 3, b"NEW gift\n", b"no event\n", b"CRASH\n", line(1))
        await caller.hear()

    async with serving(serve) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: site.stored() == ["c-1"])
            state = (await health(site))["sources"]["lines"]
            metrics = (await site.get("/metrics")).decode()
            letters = site.runtime.store.dead_letters()
    assert state["unknown"] == {"NEW vote": 3, "NEW gift": 1}
    assert {(letter.data.strip(), letter.cause, letter.kind) for letter in letters} == {
        (b"NEW vote", "unknown", "NEW vote"),
        (b"NEW gift", "unknown", "NEW gift"),
        (b"no event", "invalid", ""),
        (b"CRASH", "decoder", ""),
    }
    for series in (
        'livewatch_source_unknown_kinds_total{kind="NEW vote",source="lines"} 3.0',
        'livewatch_dead_letters_total{cause="unknown",stage="decode"} 4.0',
        'livewatch_dead_letters_total{cause="invalid",stage="decode"} 1.0',
        'livewatch_dead_letters_total{cause="decoder",stage="decode"} 1.0',
        'livewatch_dead_letters_total{cause="fault",stage="engine"} 0.0',
    ):
        assert series in metrics


@pytest.mark.slow
async def test_kinds_with_a_series_have_an_end(site: Site) -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(*[b"NEW %d\n" % number for number in range(200)], line(1))
        await caller.hear()

    async with serving(serve) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: site.stored() == ["c-1"])
            metrics = (await site.get("/metrics")).decode()
    kinds = [row for row in metrics.splitlines() if row.startswith("livewatch_source_unknown_k")]
    assert len(kinds) == 51
    assert 'livewatch_source_unknown_kinds_total{kind="other",source="lines"} 150.0' in kinds


def forwarded(*events: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "host_info": {"wechat_uin": "77"},
            "live_info": {"live_id": "L", "nickname": "茶姐"},
            "events": list(events),
        }
    ).encode()


@pytest.mark.slow
async def test_senders_are_in_the_same_figures_as_sources(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.write(SENDERS)
    said = {"decoded_type": "comment", "msg_id": "m", "msg_time": AT, "decoded_openid": "o"}
    async with site.running():
        good = forwarded(said | {"content": "多少钱"})
        moved = forwarded({**said, "contentText": "多少钱"})
        new = forwarded({"decoded_type": "vote", "msg_time": AT})
        for body in (good, *[moved] * 60, new):
            assert await post(site, "/console", body) == 202
        assert await post(site, "", line(1) + b"no event\n", token="T") == 202
        found = await health(site)
        metrics = (await site.get("/metrics")).decode()
        await asyncio.to_thread(command.show_all, site.config, site.url, as_json=False)
        letters = site.runtime.store.dead_letters()
    console = found["senders"]["console"]
    assert (console["requests"], console["events"]) == (62, 1)
    assert console["fields"]["chat"] == {"all": 61, "text": 1, "user": 1, "role": 1}
    assert console["unknown"] == {"event type vote": 1}
    assert found["senders"]["http"]["fields"]["chat"]["text"] == 1
    assert found["senders"]["http"]["problem"] is None
    for series in (
        'livewatch_source_messages_total{source="console"} 62.0',
        'livewatch_source_skipped_total{source="console"} 60.0',
        'livewatch_source_unknown_total{source="console"} 1.0',
        'livewatch_source_unknown_kinds_total{kind="event type vote",source="console"} 1.0',
        'livewatch_source_dead_letters_total{source="console"} 1.0',
        'livewatch_source_dead_letters_total{source="http"} 1.0',
        'livewatch_source_messages_total{source="lists"} 0.0',
        'livewatch_dead_letters_total{cause="unknown",stage="ingest"} 1.0',
        'livewatch_dead_letters_total{cause="invalid",stage="ingest"} 1.0',
        'fields_total{field="text",presence="missing",source="console",type="chat"} 60.0',
    ):
        assert series in metrics
    assert 'last_message_age_seconds{source="console"}' in metrics
    assert {(letter.source, letter.cause) for letter in letters} == {
        ("console", "unknown"),
        ("http", "invalid"),
    }
    shown = capsys.readouterr().out.partition("senders:")[2]
    assert "62 requests, 1 events" in shown
    assert "unknown event type vote 1" in shown


@pytest.mark.slow
async def test_a_sender_whose_texts_moved_has_a_problem_and_one_that_is_well_has_none(
    site: Site,
) -> None:
    site.write(SENDERS)
    async with site.running():
        for number in range(100):
            said = {"decoded_type": "comment", "msg_id": f"m{number}", "msg_time": AT + number}
            text = {"content": "多少钱"} if number < 60 else {"contentText": "多少钱"}
            assert await post(site, "/console", forwarded(said | text)) == 202
            if number == 59:
                well = (await health(site))["senders"]["console"]["problem"]
        problem = (await health(site))["senders"]["console"]["problem"]
    assert well is None
    assert problem.startswith("chat lines have no text since 20")


@pytest.mark.slow
async def test_many_pieces_of_one_unknown_kind_do_not_push_other_letters_out(site: Site) -> None:
    site.write(SENDERS)
    async with site.running():
        new = [{"decoded_type": "vote", "msg_time": AT + number} for number in range(70)]
        assert await post(site, "/console", forwarded(*new)) == 202
        letters = site.runtime.store.dead_letters()
        found = await health(site)
    # Of one body: twenty samples of a kind an hour, which here have the same bytes.
    assert sum(letter.attempts for letter in letters) == 20
    assert found["senders"]["console"]["unknown"] == {"event type vote": 70}


@pytest.mark.slow
async def test_columns_that_a_posted_list_has_and_nobody_read_are_a_problem(site: Site) -> None:
    site.write(SENDERS)
    async with site.running():
        body = "商品ID,标题,直播专享价,时间\nA1,茶,¥39.9,2026-09-01 19:30\n".encode()
        assert await post(site, "/lists", body) == 202
        problem = (await health(site))["senders"]["lists"]["problem"]
    assert problem == "columns that are not read: 直播专享价 (¥39.9)"


@pytest.mark.slow
async def test_a_file_that_is_not_there_is_a_problem_also_beside_one_that_is(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "1.jsonl").write_bytes(line(1))
    site.write(
        '[[sources]]\nname = "files"\ntype = "file"\nplatform = "demo"\nrooms = ["1", "2"]\n'
        "first_wait_s = 0.01\nlongest_wait_s = 0.02\n"
        f'[sources.options]\npath = "{tmp_path}/{{room}}.jsonl"\n'
    )
    async with site.running():
        stats = site.sources.runner.collections["files"].stats
        await until(lambda: stats.reconnects > 0 and stats.events == 1)
        state = (await health(site))["sources"]["files"]
        assert state["problem"] == (
            f"the connection of room 2: there is no file {tmp_path}/2.jsonl"
        )
        (tmp_path / "2.jsonl").write_bytes(line(2))
        await until(lambda: stats.events == 2)
        assert (await health(site))["sources"]["files"]["problem"] is None


@pytest.mark.slow
async def test_a_source_and_a_sender_cannot_share_a_name(site: Site) -> None:
    site.write(toml_of(1, name="console") + SENDERS)
    runtime = Runtime(site.folder / "data", load_config(site.config, {}), rulebook=rulebook())
    try:
        with pytest.raises(ConfigError, match="'console' is also a sender"):
            sources_of(runtime, site.config)
    finally:
        runtime.stop()


async def test_cards_of_a_platform_that_renamed_its_price(site: Site) -> None:
    """Through the decoder of Bilibili, whose frames are bytes."""
    from connectors.decoders.bilibili import BilibiliFrames
    from connectors.presence import Presence
    from connectors.rule_fields import missing_fields
    from tests.connectors.lines import recording

    def shares(key: str) -> list[str]:
        decoder, presence = BilibiliFrames(recording()), Presence()
        for number in range(4):
            card = {"goods_id": f"7{number}", "goods_name": "茶", key: "39.9"}
            body = json.dumps({"cmd": "SHOPPING_EXPLAIN_CARD", "data": card}).encode()
            out = decoder.feed(make_packet(COMMAND, body), AT + number)
            presence.take(out.events, out.lacking.elements(), at=AT)
        return missing_fields(presence.shares())

    assert "4 of 4 products have no price" in shares("goods_price_v2")
    assert not any("price" in told for told in shares("goods_price"))
