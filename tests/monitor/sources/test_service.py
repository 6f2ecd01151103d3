"""Sources in a running monitor: their events become alerts, and changes are followed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web

from connectors.signatures import new_secret, parse_secret, sign
from detectors.events import Chat, Gap, decode
from detectors.match.likeness import MODEL
from monitor.app import build_runner
from monitor.commands.surroundings import address
from monitor.config import Config, Server, load_config
from monitor.errors import ConfigError, Overloaded
from monitor.key_file import KeyFile
from monitor.runtime import Runtime
from monitor.site_model import ACTIVE, put
from monitor.sources.embedded import sources_of
from tests.connectors.decoders.bilibili_frames import danmu, plain
from tests.connectors.decoders.protobuf_frames import saved
from tests.connectors.lines import Caller, line, serving, until
from tests.monitor.rules import rulebook
from tests.monitor.sources.plugin import install_lines, toml_of
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.asyncio
QUICK = "[collection]\nreload_s = 0.05\n"


def replace(path: Path, text: str) -> None:
    """Writes a file at one stroke: a thread of the monitor may be reading it."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


class Site:
    """A monitor over a configuration that the test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "livewatch.toml"
        self.runtime: Runtime
        self.url = ""

    def write(self, text: str) -> None:
        replace(self.config, QUICK + text)

    @asynccontextmanager
    async def running(
        self,
        loaded: Callable[[], None] = lambda: None,
        made: Callable[[], None] = lambda: None,
    ) -> AsyncIterator[None]:
        """Runs it; what is given is called when the configuration, and when all files are read."""
        settings = load_config(self.config, {})
        loaded()
        self.runtime = Runtime(self.folder / "data", settings, rulebook=rulebook())
        self.sources = sources_of(self.runtime, self.config)
        made()
        runner = build_runner(self.runtime, token="T", sources=self.sources)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()

    def stored(self) -> list[str]:
        return [decode(record.data).id for record in self.runtime.log.read(0, 10_000)]

    def gaps(self) -> list[Gap]:
        events = [decode(record.data) for record in self.runtime.log.read(0, 10_000)]
        return [event for event in events if isinstance(event, Gap)]

    async def get(self, path: str) -> bytes:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return await answer.read()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    install_lines(tmp_path / "site", monkeypatch)
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    return Site(tmp_path)


async def talk(caller: Caller) -> None:
    await caller.say(*[line(number, room=caller.room) for number in range(3)])
    await caller.hear()


@pytest.mark.slow
async def test_events_reach_the_log_and_the_figures_their_series(site: Site) -> None:
    async with serving(talk) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: site.stored() == ["c-0", "c-1", "c-2"])
            health = msgspec.json.decode(await site.get("/healthz"))
            metrics = (await site.get("/metrics")).decode()
    assert health["status"] == "ok"
    assert health["sources"]["lines"]["connections"] == {"connected": 1}
    assert health["sources"]["lines"]["problem"] is None
    for series in (
        'livewatch_source_up{source="lines"} 1.0',
        'livewatch_source_messages_total{source="lines"} 3.0',
        'livewatch_source_events_total{source="lines"} 3.0',
        'livewatch_source_rooms{source="lines",state="connected"} 1.0',
        'livewatch_events_ingested_total{source="lines",type="chat"} 3.0',
    ):
        assert series in metrics
    # A room is never a label; a time may have any digits.
    assert not [line for line in metrics.splitlines() if "77001" in line.rpartition(" ")[0]]


@pytest.mark.slow
async def test_a_dead_letter_and_a_gap_reach_the_store(site: Site) -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(b"no event\n", line(caller.count))
        if caller.count == 0:
            caller.hang_up()
        await caller.hear()

    async with serving(serve) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: len(site.stored()) == 3)
            (gap,) = site.gaps()
            letters = site.runtime.store.dead_letters()
            metrics = (await site.get("/metrics")).decode()
    assert (gap.room, gap.source) == ("77001", "lines")
    assert [(letter.source, letter.data, letter.attempts) for letter in letters] == [
        ("lines/77001", b"no event\n", 2)
    ]
    counted = [row for row in metrics.splitlines() if "capture_gap_seconds_total{" in row]
    assert len(counted) == 1
    assert float(counted[0].split()[1]) == pytest.approx((gap.until - gap.from_) / 1000)
    assert 'source="lines"' in counted[0]


@pytest.mark.slow
async def test_the_time_in_which_nothing_ran_is_a_gap(site: Site) -> None:
    async with serving(talk) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: len(site.stored()) == 3)
        async with site.running():
            await until(lambda: site.gaps())
            (gap,) = site.gaps()
    assert gap.reason == "livewatch was not running, or not told to watch"
    assert 0 < gap.until - gap.from_ < 20_000


@pytest.mark.slow
async def test_a_change_while_it_starts_is_followed(site: Site) -> None:
    async with serving(talk) as server:
        rooms = site.folder / "rooms.txt"
        rooms.write_text("1\n")
        listed = toml_of(server.port, rooms="[]", more=f'rooms_file = "{rooms}"\n')
        site.write(listed)
        async with site.running(made=lambda: replace(rooms, "1\n2\n")):
            await until(lambda: sorted(server.calls) == ["1", "2"])
        server.calls.clear()
        more = toml_of(server.port, rooms='["3"]', more=f'rooms_file = "{rooms}"\n')
        async with site.running(loaded=lambda: site.write(more)):
            await until(lambda: sorted(server.calls) == ["1", "2", "3"])


@pytest.mark.slow
async def test_a_new_room_starts_a_removed_one_stops_and_the_others_go_on(site: Site) -> None:
    async with serving(talk) as server:
        rooms = site.folder / "rooms.txt"
        rooms.write_text("1\n2\n")
        more = f'rooms_file = "{rooms}"\n'
        site.write(toml_of(server.port, rooms="[]", more=more))
        async with site.running():
            await until(lambda: sorted(server.calls) == ["1", "2"])
            replace(rooms, "2\n3\n")
            await until(lambda: sorted(server.calls) == ["1", "2", "3"])
            collection = site.sources.runner.collections["lines"]
            await until(lambda: collection.stats.rooms["connected"] == 2)
            assert sorted(c.room for c in collection.connections) == ["2", "3"]
            # A room that comes back was not watched in between.
            replace(rooms, "1\n2\n3\n")
            await until(lambda: site.gaps())
    assert [gap.room for gap in site.gaps()] == ["1"]
    assert sorted(server.calls) == ["1", "1", "2", "3"]


@pytest.mark.slow
async def test_a_changed_source_starts_anew_and_a_removed_one_stops(site: Site) -> None:
    async with serving(talk) as server:
        keep, change, drop = (
            toml_of(server.port, rooms=f'["{name}"]', name=name)
            for name in ("keep", "change", "drop")
        )
        site.write(keep + change + drop)
        async with site.running():
            await until(lambda: len(server.calls) == 3)
            added = toml_of(server.port, rooms='["add"]', name="add")
            site.write(keep + change + "resumes = true\n" + added)
            await until(lambda: len(server.calls) == 5)
            assert sorted(site.sources.names) == ["add", "change", "keep"]
    assert sorted(server.calls) == ["add", "change", "change", "drop", "keep"]


@pytest.mark.slow
async def test_a_configuration_with_a_fault_is_not_followed_and_shown(site: Site) -> None:
    async with serving(talk) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: len(site.stored()) == 3)
            site.write(toml_of(server.port) + "prot = 1\n")
            await until(lambda: site.sources.reloading.refused)
            health = msgspec.json.decode(await site.get("/healthz"))
            assert "sources.lines.options" in health["configuration"]
            assert "prot" in health["configuration"]
            site.write(toml_of(server.port, rooms='["77001", "77002"]'))
            await until(lambda: "77002" in server.calls)
            assert site.sources.reloading.refused is None
            # What takes a restart is shown as well, and is no fault.
            assert health["restart_needed"] == []
            more = "[retention]\nlog_days = 6\n"
            site.write(toml_of(server.port, rooms='["77001", "77002"]') + more)
            await until(lambda: site.sources.reloading.waiting)
            health = msgspec.json.decode(await site.get("/healthz"))
            assert (health["status"], health["restart_needed"]) == ("ok", ["retention"])
            server_of_it = Server(port=int(site.url.rpartition(":")[2]))
            doctor = await asyncio.to_thread(lambda: list(address(Config(server=server_of_it))))
            assert (doctor[0].verdict, "retention" in doctor[0].says) == ("warn", True)
            # So does a model that was installed since.
            put(MODEL.read_bytes(), site.folder / "data" / "model" / ACTIVE)
            health = msgspec.json.decode(await site.get("/healthz"))
            assert health["restart_needed"] == ["retention", "model"]
        assert server.calls == ["77001", "77002"]


@pytest.mark.slow
async def test_a_signal_makes_it_look_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tests.monitor.sources.test_service.QUICK", "[collection]\nreload_s = 3600.0\n"
    )
    async with serving(talk) as server:
        site.write(toml_of(server.port))
        async with site.running():
            await until(lambda: server.calls == ["77001"])
            # It looks once when it begins, for what has changed since it was made.
            await asyncio.sleep(0.5)
            site.write(toml_of(server.port, rooms='["77001", "77002"]'))
            await asyncio.sleep(0.2)
            assert server.calls == ["77001"]
            site.sources.reload()
            await until(lambda: server.calls == ["77001", "77002"])


class Gate:
    """A server that refuses while it is closed."""

    closed = True

    async def serve(self, caller: Caller) -> None:
        if self.closed:
            await caller.say(b"GO AWAY\n")
        await talk(caller)


async def _signal(site: Site) -> None:
    site.sources.reload()


async def _configure(site: Site) -> None:
    text = site.config.read_text()
    site.write(text.removeprefix(QUICK) + "# somebody was here\n")


async def _renew_the_key(site: Site) -> None:
    replace(site.folder / "77001.key", "new")
    replace(site.folder / "77002.key", "new")


@pytest.mark.slow
@pytest.mark.parametrize("touch", [_signal, _configure, _renew_the_key])
async def test_what_was_refused_is_tried_again_when_somebody_has_done_something(
    site: Site, touch: Callable[[Site], Awaitable[None]]
) -> None:
    gate = Gate()
    rooms = '["77001", "77002"]'
    async with serving(gate.serve) as server:
        for room in ("77001", "77002"):
            (site.folder / f"{room}.key").write_text("old")
        text = toml_of(server.port, rooms=rooms) + f'key_file = "{site.folder}/{{room}}.key"\n'
        site.write(text)
        await asyncio.sleep(0.02)  # the keys are older than the connections
        async with site.running():
            stats = site.sources.runner.collections["lines"].stats
            await until(lambda: stats.rooms["failed"] == 2)
            gate.closed = False
            await asyncio.sleep(0.3)
            assert len(server.calls) == 2  # of itself it does not knock again
            await touch(site)
            await until(lambda: stats.rooms["connected"] == 2)
            assert site.sources.runner.collections["lines"].retry_at is None
            # From the refusal on nobody watched.
            await until(lambda: len(site.gaps()) == 2)
            assert {gap.room for gap in site.gaps()} == {"77001", "77002"}


@pytest.mark.slow
async def test_only_whose_key_is_new_is_tried_again_and_no_list_of_rooms_makes_it_knock(
    site: Site,
) -> None:
    gate = Gate()
    listed = site.folder / "rooms.txt"
    listed.write_text("77001\n77002\n")
    for room in ("77001", "77002"):
        (site.folder / f"{room}.key").write_text("old")
    async with serving(gate.serve) as server:
        more = f'rooms_file = "{listed}"\n'
        text = toml_of(server.port, rooms="[]", more=more)
        site.write(text + f'key_file = "{site.folder}/{{room}}.key"\n')
        await asyncio.sleep(0.02)
        async with site.running():
            stats = site.sources.runner.collections["lines"].stats
            await until(lambda: stats.rooms["failed"] == 2)
            replace(listed, "77001\n77002\n# seen\n")
            await asyncio.sleep(0.3)
            assert sorted(server.calls) == ["77001", "77002"]
            gate.closed = False
            replace(site.folder / "77002.key", "new")
            await until(lambda: stats.rooms["connected"] == 1)
            await until(lambda: server.calls[2:])  # a connection stands before it has said its room
            assert server.calls[2:] == ["77002"]
            metrics = (await site.get("/metrics")).decode()
            health = json.loads(await site.get("/healthz"))["sources"]["lines"]
            assert stats.rooms["failed"] == 1
    (left,) = [row for row in metrics.splitlines() if row.startswith("livewatch_source_refused_re")]
    assert 3_000 < float(left.rpartition(" ")[2]) < 4_000
    assert health["retry_at_ms"] is not None


@pytest.mark.slow
async def test_when_the_monitor_can_take_no_more_reading_stops_and_nothing_is_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True

    def check() -> None:
        if full:
            raise Overloaded("the disk is nearly full", 0)

    async with serving(talk) as server:
        site.write(toml_of(server.port))
        settings = load_config(site.config, {})
        assert settings.sources
        async with site.running():
            await until(lambda: len(site.stored()) == 3)
            monkeypatch.setattr(site.runtime.admission, "check", check)
            site.write(toml_of(server.port, rooms='["77001", "77002"]'))
            collection = site.sources.runner.collections["lines"]
            await until(lambda: collection.blocked)
            assert "nearly full" in (collection.problem or "")
            assert (
                'livewatch_source_up{source="lines"} 0.0' in (await site.get("/metrics")).decode()
            )
            full = False
            await until(lambda: len(site.stored()) == 6)
            # The writing thread is done before the loop hears of it.
            await until(lambda: collection.problem is None)


@pytest.mark.slow
async def test_an_event_that_is_too_long_is_a_letter_and_the_others_are_stored(site: Site) -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(1, text="长" * 5_000), line(2))
        await caller.hear()

    async with serving(serve) as server:
        site.write(toml_of(server.port) + "[ingest]\nmax_line_bytes = 4096\n")
        async with site.running():
            await until(lambda: site.stored() == ["c-2"])
            (letter,) = site.runtime.store.dead_letters()
    assert letter.reason == "the event is longer than 4096 bytes"


async def test_a_broken_record_of_what_was_watched_ends_the_start(site: Site) -> None:
    (site.folder / "data").mkdir()
    (site.folder / "data" / "watched.json").write_text("{]")
    site.write("")
    with pytest.raises(ConfigError, match=r"watched_file: .*watched\.json.*delete it"):
        async with site.running():
            pass
    site.runtime.stop()


@pytest.mark.slow
async def test_without_sources_nothing_is_made(site: Site) -> None:
    site.write("")
    async with site.running():
        health = msgspec.json.decode(await site.get("/healthz"))
    assert health["sources"] == {}
    assert not (site.folder / "data" / "pseudonym.key").exists()


@pytest.mark.slow
async def test_secrets_of_senders_are_rotated_while_it_runs(site: Site) -> None:
    secrets = site.folder / "platform.secrets"
    old, new = new_secret(bytes(32)), new_secret(b"\x01" * 32)
    secrets.write_text(old)
    site.write(f'[ingest.senders.platform]\nsecrets_file = "{secrets}"\n')

    async def post(secret: str, number: int) -> int:
        now, body = int(time.time()), line(number)
        headers = {
            "webhook-id": f"m{number}",
            "webhook-timestamp": str(now),
            "webhook-signature": sign(parse_secret(secret), f"m{number}", now, body),
        }
        url = f"{site.url}/api/v1/events/platform"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            return answer.status

    async def taken(secret: str, number: int, status: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while await post(secret, number) != status:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

    async with site.running():
        assert (await post(old, 1), await post(new, 2)) == (202, 401)
        replace(secrets, f"{new}\n{old}\n")
        await taken(new, 3, 202)
        assert await post(old, 4) == 202
        replace(secrets, "whsec_short\n")
        await until(lambda: site.sources.reloading.refused)
        assert await post(new, 5) == 202  # what was right goes on
        replace(secrets, new)
        await taken(old, 6, 401)
        assert await post(new, 7) == 202
        assert site.sources.reloading.refused is None


@pytest.mark.slow
async def test_a_rotated_key_is_taken_up_by_sources_and_senders(site: Site) -> None:
    (site.folder / "data").mkdir()
    key = site.folder / "data" / "pseudonym.key"
    key.write_text("k1:0123456789abcdef\n")
    sender = '[ingest.senders.here]\ndecoder = "frames"\nloopback = true\n'

    async with serving(talk) as server, aiohttp.ClientSession() as session:
        site.write(sender + toml_of(server.port))

        async def post(text: str) -> None:
            frame = saved(plain(danmu(text, uid=7))) | {"room": "1"}
            url = f"{site.url}/api/v1/events/here"
            async with session.post(url, json=frame) as answer:
                assert answer.status == 202

        async with site.running():
            await until(lambda: len(server.calls) == 1)
            await post("在吗")
            KeyFile(key).rotate("王", 1_788_262_200_000)
            await until(lambda: len(server.calls) == 2)
            await post("还在吗")
            events = [decode(record.data) for record in site.runtime.log.read(0, 100)]
    users = {event.text: event.user or "" for event in events if isinstance(event, Chat)}
    assert (users["在吗"][:3], users["还在吗"][:3]) == ("k1:", "k2:")
