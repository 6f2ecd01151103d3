"""2,500 alerts in a minute, to bots that enforce what their makers document."""

from __future__ import annotations

import re

import pytest

from detectors.alerts import Alert
from monitor.store.rows import Outcome
from tests.monitor.build import alert
from tests.monitor.notify.bots import Bot, DingTalkBot, FeishuBot, WeComBot
from tests.monitor.notify.conftest import Office

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

ALERTS = 2_500
LEVELS = ("lead", "watch", "watch", "info", "info")


def storm(second: int) -> list[Alert]:
    """What is raised within one of the sixty seconds."""
    begin, end = ALERTS * second // 60, ALERTS * (second + 1) // 60
    return [
        alert(
            f"商品-{number:05}", t_s=second, level=LEVELS[number % len(LEVELS)], room=str(number % 300),
            title=f"涉嫌第{number % 40}种表述", reason="主播称" + "全网最低价，" * 200,
        )
        for number in range(begin, end)
    ]  # fmt: skip


@pytest.mark.slow(4)
@pytest.mark.whole
async def test_no_limit_is_broken_no_lead_is_lost_and_digests_say_what_was_folded(
    office: Office,
) -> None:
    clock = office.clock
    bots: dict[str, Bot] = {
        "wecom": WeComBot(clock.seconds),
        "dingtalk": DingTalkBot(clock.seconds, secret="SEC1", keyword="直播"),
        "feishu": FeishuBot(clock.seconds, secret="s"),
    }
    channels = {name: await office.bot(name, bot) for name, bot in bots.items()}
    routes = [{"channels": [*bots], "levels": ["lead", "watch", "info"]}]
    office.start(channels, routes)
    for second in range(60):
        office.store.commit(Outcome(alerts=storm(second)), clock.ms())
        office.look()
        await office.pass_(1.0)
    assert len(office.deliveries()) == 3 * ALERTS
    minutes = 0
    while office.states() != {"sent": 3 * ALERTS}:
        await office.pass_(60.0)
        minutes += 1
        assert minutes < 15, office.states()
    for name, bot in bots.items():
        assert bot.broken == [], name
        text = "\n".join(bot.texts)
        leads = set(re.findall(r"商品-(\d{5})", text))
        wanted = {f"{number:05}" for number in range(0, ALERTS, len(LEVELS))}
        assert wanted <= leads, f"{name}: {len(wanted - leads)} leads are in no message"
        # Each alert is told once: on its own, or in the number of one digest.
        digests = [one for one in bot.texts if "【汇总】" in one]
        folded = sum(
            int(found) for one in digests for found in re.findall(r"过去 .+? (\d+) 条", one)
        )
        assert folded + len(bot.texts) - len(digests) == ALERTS, name
        for one in digests:
            head = one[one.index("【汇总】") :].splitlines()[0]
            total = int(re.findall(r"过去 .+? (\d+) 条", head)[0])
            assert sum(map(int, re.findall(r"(?:线索|关注|提示) (\d+) 条", head))) == total
            assert one.rstrip().endswith("/alerts")
        below = [one for one in digests if "关注 " in one or "提示 " in one]
        assert all("未逐条列出：涉嫌第" in one for one in below)
    # Nor is a bot left alone: about every four seconds it says what came.
    assert all(len(bot.texts) >= 15 for bot in bots.values())


async def test_a_restart_in_the_middle_breaks_no_limit(office: Office) -> None:
    """The other side remembers what was sent before the restart."""
    bot = DingTalkBot(office.clock.seconds)
    channels = {"ding": await office.bot("ding", bot)}
    routes = [{"channels": ["ding"], "levels": ["lead", "watch", "info"]}]
    for restart in range(6):
        office.start(channels, routes)
        await office.notifications.lanes["ding"]._recall()
        office.raise_(
            *(alert(f"{restart}-{n}", t_s=office.clock.at, level="lead") for n in range(12))
        )
        await office.pass_(8.0)
        await office.notifications._http.close()
    office.start(channels, routes)
    await office.notifications.lanes["ding"]._recall()
    await office.pass_(300.0)
    assert bot.broken == []
    assert office.states() == {"sent": 72}
