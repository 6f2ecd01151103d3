"""What a working monitor says is wrong: a refused configuration, sources that are silent, rooms that
nobody watches."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.stats import SourceStats
from detectors.events import Session
from monitor.commands import sources as command
from monitor.commands.exits import Exit
from monitor.condition import Patience, is_silent, source_problems
from monitor.intake import Intake
from tests.connectors.lines import Caller, line, serving, until
from tests.monitor.sources import test_service
from tests.monitor.sources.plugin import toml_of
from tests.monitor.sources.test_service import Site, talk

site = test_service.site
HOUR_MS = 3_600_000
#: Nothing listens there.
CLOSED = 1


async def health(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(await site.get("/healthz"))
    return found


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_refused_configuration_degrades_until_it_is_mended(site: Site) -> None:
    async with serving(talk) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: len(site.stored()) == 3)
            site.write(toml_of(server.port) + "prot = 1\n")
            await until(lambda: site.sources.reloading.refused)
            told = await health(site)
            assert told["status"] == "degraded"
            [problem] = told["problems"]
            assert problem.startswith("a change of the configuration was refused: ")
            assert "prot" in problem
            metrics = (await site.get("/metrics")).decode()
            assert 'livewatch_problem{kind="configuration"} 1.0' in metrics
            assert 'livewatch_config_reloads_total{outcome="refused"} 1.0' in metrics
            site.write(toml_of(server.port, rooms='["77001", "77002"]'))
            await until(lambda: "77002" in server.calls)
            assert (await health(site))["status"] == "ok"
            metrics = (await site.get("/metrics")).decode()
            assert 'livewatch_config_reloads_total{outcome="followed"} 1.0' in metrics


@pytest.mark.slow
@pytest.mark.asyncio
async def test_rooms_that_nobody_watches_are_named(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(talk) as server:
        lost = toml_of(CLOSED, rooms='["88001", "88002"]', name="gone")
        site.write(toml_of(server.port) + lost)
        async with site.running():
            await until(lambda: len(site.stored()) >= 3)
            gone = site.sources.runner.collections["gone"]
            await until(lambda: all(each.problem for each in gone.connections))
            rooms = msgspec.json.decode(await site.get("/api/v1/unwatched"))["items"]
            page = (await site.get("/unwatched")).decode()
            feed = (await site.get("/alerts")).decode()
            told = await health(site)
            metrics = (await site.get("/metrics")).decode()
            shown = await asyncio.to_thread(command.unwatched, site.config, site.url, as_json=False)
            text = capsys.readouterr().out
            await asyncio.to_thread(command.unwatched, site.config, site.url, as_json=True)
            printed = capsys.readouterr().out
    assert [(room["source"], room["platform"], room["room"]) for room in rooms] == [
        ("gone", "demo", "88001"),
        ("gone", "demo", "88002"),
    ]
    assert all(room["state"] == "waiting" and room["problem"] for room in rooms)
    # The monitor of the test logs to standard output, too.
    listed = json.loads(printed[printed.index("[\n") :])
    assert {room["room"] for room in listed} == {"88001", "88002"}
    assert shown == Exit.CHECK_FAILED
    assert "demo:88001  waiting" in text
    assert "88001" in page
    assert "88002" in page
    assert "77001" not in page
    assert 'href="/unwatched">未在监看 <span class="number" data-number="unwatched">2<' in feed
    assert told["status"] == "degraded"
    assert "source gone: " in told["problems"][0]
    # The names are told where people look, and are no labels.
    assert "88001" not in metrics
    assert 'livewatch_problem{kind="source"} 1.0' in metrics


@pytest.mark.slow
@pytest.mark.asyncio
async def test_when_all_are_watched_nothing_is_named(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(talk) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: len(site.stored()) == 3)
            assert msgspec.json.decode(await site.get("/api/v1/unwatched")) == {"items": []}
            assert "所有已配置的直播间均在监看" in (await site.get("/unwatched")).decode()
            assert 'href="/unwatched"' not in (await site.get("/alerts")).decode()
            status = await asyncio.to_thread(
                command.unwatched, site.config, site.url, as_json=False
            )
    assert status == Exit.DONE


@pytest.mark.slow
def test_without_a_monitor_nobody_knows(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{CLOSED}"
    (tmp_path / "livewatch.toml").write_text("")
    assert command.unwatched(tmp_path / "livewatch.toml", url, as_json=False) == Exit.UNREACHABLE


def sender(last: int | None, *, occasional: bool = False) -> Intake:
    intake = Intake("hook", occasional=occasional)
    intake.stats = SourceStats(last_message_ms=last)
    return intake


@pytest.mark.parametrize(
    ("intake", "quiet_s", "told"),
    [
        # The last request an hour and a minute ago.
        (sender(39 * 60_000), 3_600, ["source hook: nothing came for 61 min"]),
        (sender(41 * 60_000), 3_600, []),
        # None since the start, which was 100 minutes ago.
        (sender(None), 3_600, ["source hook: nothing came for 100 min"]),
        # No silence is too long.
        (sender(39 * 60_000), 0, []),
        # Imports over HTTP: nobody waits for them.
        (sender(39 * 60_000, occasional=True), 3_600, []),
    ],
)
def test_a_silent_source_is_named(intake: Intake, quiet_s: float, told: list[str]) -> None:
    patience = Patience(quiet_s=quiet_s, off_air_s=86_400)
    found = source_problems({"hook": intake}, patience=patience, since=1, now=100 * 60_000 + 1)
    assert [problem.says for problem in found] == told
    assert all(problem.kind == "source" for problem in found)


@pytest.mark.parametrize(
    ("ends", "hours", "told"),
    [
        # On the air, as far as is known: an hour and a half is too long.
        (False, 1.5, True),
        # The broadcast was seen to end: the night is quiet, and a day is not a night.
        (True, 1.5, False),
        (True, 23, False),
        (True, 25, True),
    ],
)
def test_at_night_nobody_is_silent(ends: bool, hours: float, told: bool) -> None:
    intake = sender(1)
    broadcast = Session(
        id="e", platform="demo", room="1", session="s", at=1, phase="ended" if ends else "started"
    )
    intake.airtime.take([broadcast])
    patience = Patience(quiet_s=3_600, off_air_s=86_400)
    assert is_silent(intake, patience, since=0, now=int(hours * HOUR_MS)) is told


@pytest.mark.asyncio
@pytest.mark.slow
async def test_who_lists_the_sources_is_told_of_silence_as_the_metric_is(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    evening = asyncio.Event()

    async def serve(caller: Caller) -> None:
        await caller.say(line(0), line(1, type="session", phase="ended"))
        await evening.wait()
        await caller.say(line(2, session="s2"))
        await caller.hear()

    async def told() -> tuple[bool, bool, bool]:
        """By the metric, by the list as JSON, and by the list as it is printed."""
        metrics = (await site.get("/metrics")).decode()
        for as_json in (True, False):
            await asyncio.to_thread(command.show_all, site.config, site.url, as_json=as_json)
        out = capsys.readouterr().out
        # The monitor of this process writes its log there, too.
        listing, ends = json.JSONDecoder().raw_decode(out, out.index("{\n"))
        (source,) = listing["configured"]
        return (
            'livewatch_source_silent{source="lines"} 1.0' in metrics,
            source["running"]["silent"],
            "! silent: nothing came since" in out[ends:],
        )

    async with serving(serve) as server:
        site.write("quiet_s = 0.001\n" + toml_of(server.port))
        async with site.running():
            await until(lambda: len(site.stored()) == 2)
            assert await told() == (False, False, False)
            evening.set()
            await until(lambda: len(site.stored()) == 3)
            assert await told() == (True, True, True)
