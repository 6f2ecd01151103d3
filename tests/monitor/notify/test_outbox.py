"""The outbox on either store: nothing is lost, sent twice, or told after it was handled."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.store import outbox
from monitor.store.store import Store
from tests.monitor.build import alert
from tests.monitor.notify.bots import FeishuBot
from tests.monitor.notify.conftest import Office

pytestmark = pytest.mark.asyncio

HOUR = 3_600


async def test_messages_survive_a_restart_are_tried_again_given_up_and_revived(
    store: Store, tmp_path: Path
) -> None:
    office = Office(tmp_path, store)
    bot = FeishuBot(office.clock.seconds)
    channels = {"a": await office.bot("a", bot)}
    routes = [{"channels": ["a"], "levels": ["lead", "watch"]}]
    office.start(channels, routes)
    office.raise_(alert("A", level="watch"), alert("B", level="lead"))
    assert office.states() == {"waiting": 2}
    # Another process goes on where this one stood, and looks at nothing twice.
    office.start(channels, routes)
    office.look()
    await office.pass_(30)
    assert (office.states(), len(bot.texts)) == ({"sent": 2}, 2)
    office.raise_(alert("A", level="lead", hits=2, t_s=1))
    await office.pass_(30)
    assert len(bot.texts) == 3, "it rose"
    # What somebody has handled is dropped; what the other side refuses for good is dead.
    office.raise_(alert("C", level="lead", t_s=60))
    office.store.transition(alert("C").id, "closed", "何敏", office.clock.ms(), "minor")
    await office.pass_(30)
    assert office.states() == {"sent": 3, "dropped": 1}
    with store.database.read() as connection:
        assert outbox.counts(connection)["a", "dropped"][0] == 1
        assert set(outbox.levels_told(connection, [alert("A").id, "none"]).values()) == {"lead"}
    numbers = [each.number for each in office.deliveries()]
    now = office.clock.ms()
    store.database.write(
        lambda connection: outbox.finish(connection, numbers[:1], "dead", now=now, problem="away")
    )
    assert store.database.write(lambda connection: outbox.revive(connection, None, now)) == 1
    assert office.states()["waiting"] == 1
    later = now + 400 * 24 * HOUR * 1_000
    gone = store.database.write(lambda connection: outbox.forget(connection, later, later))
    assert gone == 3, "what still waits stays"
    await office.close()
