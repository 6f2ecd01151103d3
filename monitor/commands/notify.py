"""`livewatch notify`: tests of channels, and who was told of what."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from monitor.commands.answer import answer, print_json
from monitor.commands.exits import Exit
from monitor.commands.monitor_api import MonitorApi, configured
from monitor.commands.readable import local_time, printable

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.notify.settings import Notify

__all__ = ["retry", "show", "try_channels"]


def try_channels(config: Path | None, names: list[str], *, as_json: bool = False) -> Exit:
    """Sends a test message to each channel, or to those that are named."""

    def work(settings: Config) -> Exit:
        notify = settings.notify
        unknown = [name for name in names if name not in notify.channels]
        if unknown:
            _say(f"there is no channel {', '.join(unknown)}")
            return Exit.USAGE
        chosen = names or list(notify.channels)
        if not chosen:
            _say("no channel is configured ([notify.channels.NAME] in livewatch.toml)")
        problems = asyncio.run(_try(notify, chosen))
        lines = [
            f"ok    {name}: it took the message; look whether it arrived"
            if problem is None
            else f"fail  {name}: {problem}"
            for name, problem in problems.items()
        ]
        told = [{"channel": name, "problem": problem} for name, problem in problems.items()]
        answer(told, *lines, as_json=as_json)
        return Exit.CHECK_FAILED if any(problems.values()) else Exit.DONE

    return configured("notify", config, work)


async def _try(settings: Notify, names: list[str]) -> dict[str, str | None]:
    """By channel why it did not take the message; `None`: it did."""
    from monitor.notify import routing
    from monitor.notify.channels import Http, Outgoing, channel_of
    from monitor.notify.errors import NotDelivered
    from monitor.notify.notice import cut, test_notice

    routing.check(settings)
    http = Http()
    problems: dict[str, str | None] = {}
    now = time.time_ns() // 1_000_000
    notice = test_notice(settings, now)
    for name in names:
        channel = channel_of(settings.channels[name], http, lambda: time.time_ns() // 1_000_000)
        text = cut(notice.text(), channel.text_bytes or 10_000)
        message = Outgoing(id=f"msg_test-{now}", text=text, notices=[notice], kind="test")
        try:
            await channel.send(message)
        except NotDelivered as error:
            problems[name] = error.reason
        else:
            problems[name] = None
    await http.close()
    return problems


def show(
    config: Path | None, url: str | None, state: str | None, limit: int, *, as_json: bool
) -> Exit:
    """Prints channels and messages."""

    def work(settings: Config) -> Exit:
        query = {"limit": str(limit), **({"state": state} if state else {})}
        found = MonitorApi(url, settings).get(f"/api/v1/notifications?{urlencode(query)}")
        if as_json:
            print_json(found)
            return Exit.DONE
        for channel in found["channels"]:
            wrong = f"  ! {printable(channel['problem'])}" if channel["problem"] else ""
            print(
                f"{channel['name']:<18} {channel['type']:<13} {channel['waiting']} waiting,"
                f" {channel['sent']} sent, {channel['dropped']} dropped, {channel['dead']} dead{wrong}"
            )
        for each in found["items"]:
            print(_line(each))
        return Exit.DONE

    return configured("notify", config, work)


def retry(
    config: Path | None, url: str | None, channel: str | None, *, as_json: bool = False
) -> Exit:
    """Dead messages wait again."""

    def work(settings: Config) -> Exit:
        body = {"channel": channel}
        count = MonitorApi(url, settings).post("/api/v1/notifications/retry", body)["queued"]
        answer({"queued": count}, f"{count} messages wait again", as_json=as_json)
        return Exit.DONE

    return configured("notify", config, work)


def _line(each: dict[str, Any]) -> str:
    made = local_time(each["created_at"])
    wrong = f"  ! {printable(each['problem'])}" if each["problem"] else ""
    about = each["alert"] or "test"
    return f"{made:%m-%d %H:%M:%S}  {each['state']:<8} {each['channel']:<18} {each['level']:<5} {about}{wrong}"


def _say(text: str) -> None:
    print(f"livewatch notify: {text}", file=sys.stderr)
