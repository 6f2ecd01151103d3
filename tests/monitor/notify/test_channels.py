"""Each way to people, against a server that is as strict as the real one."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import time
from typing import Any

import pytest
from aiohttp import web

from connectors.signatures import new_secret, parse_secret, signed, verify
from tests.deploy.tools import free_port, program
from tests.e2e.alerting import asked, wait_for
from tests.monitor.build import BASE_MS, alert
from tests.monitor.notify.bots import Bot, DingTalkBot, FeishuBot, WeComBot
from tests.monitor.notify.conftest import Office
from tests.monitor.notify.smtp import MailServer

pytestmark = pytest.mark.asyncio

LEADS = [{"channels": ["out"]}]


def bots(office: Office) -> list[Bot]:
    seconds = office.clock.seconds
    return [
        WeComBot(seconds),
        DingTalkBot(seconds, secret="SEC9f", keyword="直播监测"),
        FeishuBot(seconds, secret="geheim"),
    ]


@pytest.mark.parametrize("number", [0, 1, 2], ids=["wecom", "dingtalk", "feishu"])
async def test_a_bot_gets_what_an_officer_needs(office: Office, number: int) -> None:
    bot = bots(office)[number]
    channel = await office.bot("out", bot)
    office.start({"out": channel}, LEADS, console="https://desk.example/")
    told = alert(
        "茶叶", level="lead", title="涉嫌虚假原价", reason="划线价 459.00 元", t_s=0, hits=3
    )
    office.raise_(told)
    await office.pass_(2)
    assert bot.broken == []
    [text] = bot.texts
    assert "【线索】涉嫌虚假原价" in text
    assert "demo 直播间 1" in text
    assert "10-01 20:00:00" in text  # BASE_MS, Beijing time
    assert "划线价 459.00 元" in text
    assert text.endswith(f"https://desk.example/alerts/{told.id}")
    assert office.states() == {"sent": 1}


@pytest.mark.parametrize("number", [0, 1, 2], ids=["wecom", "dingtalk", "feishu"])
@pytest.mark.parametrize(
    "reason",
    [
        # Three bytes a character: 2,048 is no multiple of three.
        "一" * 3_000,
        # Four bytes, and quotation marks that JSON writes with two.
        "🛒" * 3_000,
        '"\\' * 3_000,
        # What programs could read as a command.
        '<at user_id="all">所有人</at>' * 100,
        "\x00\x1b[2J\u202e" * 500,
    ],
    ids=["chinese", "emoji", "quotes", "commands", "controls"],
)
async def test_long_and_hostile_texts_fit_to_the_byte(
    office: Office, number: int, reason: str
) -> None:
    bot = bots(office)[number]
    office.start({"out": await office.bot("out", bot)}, LEADS)
    office.raise_(alert("A", level="lead", reason=reason, title="题" * 400))
    await office.pass_(2)
    assert bot.broken == []
    assert len(bot.texts) == 1
    assert "\ufffd" not in bot.texts[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer",
    [
        500,
        # Answered with 200, and not taken.
        {"errcode": 45009, "errmsg": "api freq out of limit"},
        {"errcode": -1, "errmsg": "system busy"},
    ],
)
async def test_what_was_not_taken_is_sent_again(office: Office, answer: Any) -> None:
    bot = WeComBot(office.clock.seconds)
    bot.failing.extend([answer, answer])
    office.start({"out": await office.bot("out", bot)}, LEADS)
    office.raise_(alert("A", level="lead"))
    await office.pass_(1)
    assert bot.texts == []
    [waiting] = office.deliveries()
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert str(answer if isinstance(answer, int) else answer["errcode"]) in (waiting.problem or "")
    [problem] = office.notifications.problems()
    assert problem.kind == "notifications"
    assert "out" in problem.says
    await office.pass_(400)
    assert len(bot.texts) == 1
    assert office.states() == {"sent": 1}
    assert office.notifications.problems() == []


@pytest.mark.slow
async def test_a_busy_platform_is_left_alone_for_a_while(office: Office) -> None:
    """飞书 answers 11232 at full hours; 钉钉 mutes whoever was too quick."""
    bot = FeishuBot(office.clock.seconds)
    bot.failing.append({"code": 11232, "msg": "frequency limited"})
    office.start({"out": await office.bot("out", bot)}, LEADS)
    office.raise_(alert("A", level="lead"))
    await office.pass_(29)
    assert len(bot._came) == 1
    await office.pass_(3)
    assert len(bot.texts) == 1


async def test_a_mute_of_ten_minutes_is_waited_for(office: Office) -> None:
    bot = DingTalkBot(office.clock.seconds)
    office.start({"out": await office.bot("out", bot)}, LEADS)
    office.raise_(alert("A", level="lead"))
    bot.muted_until = 600.0
    await office.pass_(0.5)
    # Muted from the beginning: the answer is the same, and nothing was sent meanwhile.
    broken = list(bot.broken)
    await office.pass_(620)
    assert bot.broken == broken
    assert len(bot.texts) == 1


@pytest.mark.slow
async def test_after_a_day_it_is_dead_and_can_be_woken(office: Office) -> None:
    bot = WeComBot(office.clock.seconds)
    office.start({"out": await office.bot("out", bot)}, LEADS, give_up_h=1.0)
    bot.failing.extend([500] * 100)
    office.raise_(alert("A", level="lead"))
    await office.pass_(4 * 3_600)
    [dead] = office.deliveries()
    assert (dead.state, dead.problem) == ("dead", "HTTP 500")
    bot.failing.clear()
    assert office.notifications.retry("out") == 1
    await office.pass_(3_700)
    assert len(bot.texts) == 1


@pytest.mark.slow
async def test_a_key_that_was_mended_is_taken_up(office: Office) -> None:
    bot = WeComBot(office.clock.seconds)
    channel = await office.bot("out", bot)
    url = office.read("out.url")
    office.secret("out.url", url.replace("key=K", "key=OLD"))
    office.start({"out": channel}, LEADS)
    office.raise_(alert("A", level="lead"))
    await office.pass_(1)
    [waiting] = office.deliveries()
    assert "invalid webhook url" in (waiting.problem or "")
    # The address holds the key: it is in no message of ours.
    assert "OLD" not in (waiting.problem or "")
    office.secret("out.url", url)
    await office.pass_(400)
    assert len(bot.texts) == 1


@pytest.mark.slow
async def test_a_webhook_is_signed_by_each_secret_and_410_ends_it(office: Office) -> None:
    old, new = (new_secret(secrets.token_bytes(32)) for _ in range(2))
    heard: list[dict[str, Any]] = []
    status = [204]

    async def hook(request: web.Request) -> web.Response:
        body = await request.read()
        now_s = office.clock.ms() / 1_000
        for secret in (old, new):
            assert verify([parse_secret(secret)], signed(request.headers, now_s), body)
        heard.append({"id": request.headers["webhook-id"], **json.loads(body)})
        return web.Response(status=status[0])

    url = await office.serve(hook)
    file = office.secret("hook.secret", f"{old}\n{new}")
    office.start({"out": {"type": "webhook", "url": url, "secret_file": file}}, LEADS)
    told = alert("A", level="lead")
    office.raise_(told)
    await office.pass_(1)
    assert heard[0]["type"] == "alert.alert"
    assert heard[0]["data"]["alert"] == told.id
    status[0] = 503
    office.raise_(alert("B", level="lead"))
    await office.pass_(120)
    attempts = [one["id"] for one in heard[1:]]
    assert len(attempts) > 2
    assert len(set(attempts)) == 1, "the id is the same in every attempt"
    status[0] = 410
    await office.pass_(7_200)
    count = len(heard)
    office.raise_(alert("C", level="lead"))
    await office.pass_(7_200)
    assert len(heard) == count, "nothing more is sent there"
    [problem] = office.notifications.problems()
    assert "410" in problem.says


async def test_no_redirect_is_followed(office: Office) -> None:
    asked_there: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked_there.append(request.path)
        return web.json_response({"errcode": 0})

    async def here(_request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": await office.serve(elsewhere)})

    url = office.secret("url", await office.serve(here))
    office.start({"out": {"type": "wecom", "url_file": url}}, LEADS)
    office.raise_(alert("A", level="lead"))
    await office.pass_(1)
    assert asked_there == []
    assert "307" in (office.deliveries()[0].problem or "")


@pytest.mark.slow
async def test_mail_has_text_and_html_and_a_thread(office: Office) -> None:
    server = MailServer()
    await server.start()
    channel = {
        "type": "mail", "host": "127.0.0.1", "port": server.port, "security": "none",
        "sender": "livewatch@bureau.example", "to": ["li@bureau.example", "wang@bureau.example"],
    }  # fmt: skip
    routes = [{"channels": ["out"], "levels": ["watch", "lead"]}]
    office.start({"out": channel}, routes, console="https://desk.example")
    subject, hostile = "A", "<script>alert(1)</script>\r\nBcc: all@example"
    office.raise_(alert(subject, level="watch", title=hostile, hits=1))
    await office.pass_(1)
    office.raise_(alert(subject, level="lead", title="涉嫌虚假原价", hits=2, t_s=1))
    await office.pass_(1)
    await server.close()
    first, second = server.mails
    assert first["To"] == "li@bureau.example, wang@bureau.example"
    assert first["Bcc"] is None
    assert "涉嫌虚假原价" in second["Subject"]
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    body = first.get_body(("html",))
    assert body is not None
    assert "<script>" not in body.get_content()
    plain = second.get_body(("plain",))
    assert plain is not None
    assert f"https://desk.example/alerts/{alert(subject).id}" in plain.get_content()


@pytest.mark.slow
async def test_who_gets_no_mail_does_not_keep_it_from_the_others(office: Office) -> None:
    server = MailServer()
    server.refused.add("gone@bureau.example")
    await server.start()
    channel = {
        "type": "mail", "host": "127.0.0.1", "port": server.port, "security": "none",
        "sender": "livewatch@bureau.example", "to": ["gone@bureau.example", "li@bureau.example"],
    }  # fmt: skip
    office.start({"out": channel}, LEADS)
    office.raise_(alert("A", level="lead"))
    await office.pass_(120)
    await server.close()
    assert len(server.mails) == 1
    assert office.states() == {"sent": 1}


@pytest.mark.slow
async def test_alertmanager_holds_an_alert_until_somebody_handles_it(
    office: Office,
) -> None:
    """Debian's Alertmanager: by real time, since it has its own clock."""
    office.clock.ms = lambda: round(time.time() * 1_000)  # type: ignore[method-assign]
    url = f"http://127.0.0.1:{free_port()}"
    configuration = office.folder / "am.yml"
    configuration.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    process = subprocess.Popen(  # noqa: ASYNC220  at once, and it stays
        [
            program("alertmanager", "prometheus-alertmanager", package="prometheus-alertmanager"),
            f"--config.file={configuration}", f"--storage.path={office.folder}/am",
            f"--web.listen-address={url.removeprefix('http://')}", "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: asked(f"{url}/api/v2/status"), "Alertmanager does not start")
        # A replica that is not there keeps nobody from hearing of it.
        channel = {"type": "alertmanager", "urls": ["http://127.0.0.1:1", url], "resend_s": 1.0}
        office.start({"out": channel}, LEADS, max_age_min=10_000)
        at_s = office.clock.ms() / 1_000 - BASE_MS / 1_000
        told = alert("A", level="lead", title="涉嫌虚假原价", t_s=at_s)
        office.raise_(told)
        lane = office.notifications.lanes["out"]
        await lane.round()
        [found] = asked(f"{url}/api/v2/alerts")
        assert found["labels"] == {
            "alertname": "shout", "rule": "shout", "level": "lead", "platform": "demo",
            "session": "s1", "alert": told.id,
        }  # fmt: skip
        assert "涉嫌虚假原价" in found["annotations"]["summary"]
        assert found["generatorURL"].endswith(f"/alerts/{told.id}")
        # It holds, also after a restart, as long as nobody has handled it.
        office.start({"out": channel}, LEADS, max_age_min=10_000)
        lane = office.notifications.lanes["out"]
        manager: Any = lane.channel
        manager.remember(office.notifications._told_before("out"))
        await asyncio.sleep(1.1)
        await manager.follow(office.notifications._handled(manager.held))
        assert len(asked(f"{url}/api/v2/alerts")) == 1
        office.store.transition(told.id, "acknowledged", "李", office.clock.ms())
        await manager.follow(office.notifications._handled(manager.held))
        wait_for(lambda: not asked(f"{url}/api/v2/alerts"), "it does not end")
    finally:
        process.terminate()
        process.wait()
