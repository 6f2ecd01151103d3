"""Which alerts are told, to whom, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detectors.alerts import Alert, Evidence, Sighting, Suppressed
from detectors.events import Chat, Party, Room
from monitor.errors import ConfigError
from tests.monitor.build import BASE_MS, alert
from tests.monitor.notify.bots import FeishuBot
from tests.monitor.notify.conftest import Office

pytestmark = pytest.mark.asyncio

HOUR = 3_600


def behind(uscc: str | None, address: str | None) -> Evidence:
    room = Room(
        id="r", platform="demo", room="1", at=BASE_MS, operator=Party(uscc=uscc, address=address)
    )
    return Evidence(
        trigger=[Chat(id="c", platform="demo", room="1", at=BASE_MS, text="喊")], facts=[room]
    )


def over_rooms(uscc: str) -> Evidence:
    """Nothing but what several rooms show together, one of whose operators is known."""
    rooms = [
        Sighting(platform="demo", room=room, at=BASE_MS, event="e", operator=operator)
        for room, operator in (("1", None), ("2", Party(uscc=uscc)))
    ]
    return Evidence(trigger=alert().evidence.trigger, rooms=rooms)


async def two(
    office: Office, routes: list[dict[str, Any]], **more: Any
) -> tuple[FeishuBot, FeishuBot]:
    """Two bots, `a` and `b`."""
    bots = FeishuBot(office.clock.seconds), FeishuBot(office.clock.seconds)
    channels = {name: await office.bot(name, bot) for name, bot in zip("ab", bots, strict=True)}
    office.start(channels, routes, **more)
    return bots


@pytest.mark.parametrize(
    ("route", "told", "passed_over"),
    [
        ({"levels": ["watch"]}, alert(level="watch"), alert(level="lead")),
        ({"rules": ["shout"]}, alert(level="lead"), alert(level="lead", rule="viewer")),
        ({"platforms": ["demo"]}, alert(level="lead"), alert(level="lead", platform="other")),
        # Administrative divisions: characters 3 to 8 of the code.
        (
            {"territories": ["3301"]},
            alert(level="lead", evidence=behind("91330106MA2XXXXX0A", None)),
            alert(level="lead", evidence=behind("91310000MA1XXXXX0B", None)),
        ),
        # Words of the address.
        (
            {"territories": ["杭州市"]},
            alert(level="lead", evidence=behind(None, "浙江省杭州市西湖区文三路 1 号")),
            alert(level="lead", evidence=behind(None, "上海市黄浦区")),
        ),
        # Who is behind the room is not known: a route for a territory is not for it.
        (
            {"territories": ["3301"]},
            alert(level="lead", evidence=behind("91330106MA2XXXXX0A", None)),
            alert(level="lead"),
        ),
        (
            {"territories": ["3301"]},
            alert(level="lead", room="", evidence=over_rooms("91330106MA2XXXXX0A")),
            alert(level="lead", room="", evidence=over_rooms("91310000MA1XXXXX0B")),
        ),
        (
            {"platforms": ["demo"]},
            alert(level="lead", platform="", evidence=over_rooms("")),
            alert(level="lead", platform="other"),
        ),
    ],
)
async def test_a_route_takes_what_fits(
    office: Office, route: dict[str, Any], told: Alert, passed_over: Alert
) -> None:
    await two(office, [{"channels": ["a"], **route}, {"channels": ["b"], **route}])
    passed_over.id += "x"
    office.raise_(told, passed_over)
    assert {(each.alert, each.channel) for each in office.deliveries()} == {
        (told.id, "a"),
        (told.id, "b"),
    }


@pytest.mark.slow
async def test_an_alert_is_told_once_and_again_when_it_rises(office: Office) -> None:
    a, _ = await two(office, [{"channels": ["a"], "levels": ["watch", "lead"]}])
    for hits in range(1, 4):
        office.raise_(alert("A", level="watch", hits=hits, t_s=hits))
        await office.pass_(1)
    assert len(a.texts) == 1
    office.raise_(alert("A", level="lead", hits=4, t_s=4))
    await office.pass_(1)
    assert [text.splitlines()[0][:4] for text in a.texts] == ["【关注】", "【线索】"]


@pytest.mark.slow
async def test_old_events_are_stored_and_not_told(office: Office) -> None:
    a, _ = await two(office, [{"channels": ["a"]}])
    office.raise_(alert("old", level="lead", t_s=-2 * HOUR), alert("new", level="lead", t_s=-60))
    await office.pass_(5)
    assert len(a.texts) == 1
    assert len(office.store.list_alerts().items) == 2
    # It is hit again, now: that is news.
    office.raise_(alert("old", level="lead", hits=2, t_s=1))
    await office.pass_(5)
    assert len(a.texts) == 2


async def test_what_a_site_suppressed_is_not_told(office: Office) -> None:
    a, _ = await two(office, [{"channels": ["a"]}])
    mark = Suppressed(by="x", reason="r", author="李", expires_on="2027-01-01")
    office.raise_(alert("A", level="lead", suppressed=mark))
    await office.pass_(5)
    assert a.texts == []


@pytest.mark.slow
async def test_what_somebody_handled_meanwhile_is_not_told(office: Office) -> None:
    a, _ = await two(office, [{"channels": ["a"]}])
    told = alert("A", level="lead")
    office.raise_(told)
    office.store.transition(told.id, "acknowledged", "李", office.clock.ms())
    await office.pass_(5)
    assert a.texts == []
    assert office.states() == {"dropped": 1}


@pytest.mark.slow
async def test_nobody_acknowledges_so_others_are_told(office: Office) -> None:
    routes = [{"channels": ["a"], "escalate_min": 30.0, "escalate_to": ["b"]}]
    a, b = await two(office, routes)
    left, taken = alert("left", level="lead"), alert("taken", level="lead")
    office.raise_(left, taken)
    await office.pass_(10 * 60)
    assert (len(a.texts), len(b.texts)) == (2, 0)
    office.store.transition(taken.id, "acknowledged", "李", office.clock.ms())
    await office.pass_(21 * 60)
    [text] = b.texts
    assert text.startswith("【无人确认】【线索】")
    assert left.id in text


@pytest.mark.slow
async def test_quiet_hours_hold_what_is_no_lead(office: Office) -> None:
    """BASE_MS is 20:00 in Beijing."""
    bot = FeishuBot(office.clock.seconds)
    channel = await office.bot("a", bot, quiet="19:30-22:15")
    office.start({"a": channel}, [{"channels": ["a"], "levels": ["lead", "watch"]}])
    office.raise_(alert("W", level="watch"), alert("L", level="lead"))
    await office.pass_(10)
    assert [text[:4] for text in bot.texts] == ["【线索】"]
    await office.pass_(2 * HOUR)
    assert len(bot.texts) == 1
    await office.pass_(HOUR // 2)
    assert [text[:4] for text in bot.texts] == ["【线索】", "【关注】"]


@pytest.mark.slow
async def test_a_kill_between_looking_and_telling_loses_nothing(office: Office) -> None:
    a, _ = await two(office, [{"channels": ["a"]}])
    office.raise_(alert("A", level="lead"))
    # The process is gone; another one starts over the same file.
    again = office.notifications.settings
    office.start(
        {name: _plain(channel) for name, channel in again.channels.items()}, [{"channels": ["a"]}]
    )
    office.look()
    await office.pass_(5)
    assert len(a.texts) == 1
    assert office.states() == {"sent": 1}


def _plain(channel: Any) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(channel)
    return plain


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ({"channels": ["none"]}, "there is no channel 'none'"),
        ({"channels": ["a"], "escalate_to": ["b"]}, "escalate_min and escalate_to go together"),
    ],
)
async def test_a_route_to_nowhere_is_refused(
    office: Office, route: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        await two(office, [route])
    office.start({}, [])


async def test_messages_are_forgotten_after_their_time_and_words_at_once(
    office: Office, tmp_path: Path
) -> None:
    await two(office, [{"channels": ["a"]}], kept_days=1.0)
    office.raise_(alert("A", level="lead", reason="一句不该久留的话"))
    await office.pass_(5)
    data = (tmp_path / "livewatch.db").read_bytes() + (tmp_path / "livewatch.db-wal").read_bytes()
    with office.store.database.read() as connection:
        bodies = connection.exec_driver_sql("SELECT body FROM outbox").scalars().all()
    assert bodies == [b""]
    assert data  # the alert itself is still there, packed
    office.clock.at += 2 * 24 * HOUR
    office.notifications._tidied = 0
    office.notifications._tidy()
    assert office.deliveries() == []
