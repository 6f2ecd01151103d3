"""`livewatch alerts unmask`: seeing the accounts of an alert by case, by the API of a running monitor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from monitor.commands.answer import answer
from monitor.commands.exits import Exit
from monitor.commands.monitor_api import MonitorApi, Refused, configured
from monitor.commands.readable import minute, printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["act", "ask", "show_all"]


def ask(
    config: Path | None, url: str | None, alert: str, why: str, case: str, *, as_json: bool
) -> Exit:
    """Asks, and prints the request."""
    place = f"/api/v1/alerts/{quote(alert, safe='')}/unmaskings"
    return _one(config, url, place, {"why": why, "case": case}, as_json=as_json)


def act(
    config: Path | None, url: str | None, request: str, what: Literal["approve", "refuse", "end"],
    body: dict[str, object], *, as_json: bool,
) -> Exit:  # fmt: skip
    """Decides about a request, or ends it, and prints how it stands."""
    place = f"/api/v1/unmaskings/{quote(request, safe='')}/{what}"
    return _one(config, url, place, body, as_json=as_json)


def show_all(
    config: Path | None, url: str | None, alert: str | None, state: str | None, *, as_json: bool
) -> Exit:
    """Prints requests, newest first."""
    wanted = [(name, value) for name, value in (("alert", alert), ("state", state)) if value]

    def work(api: MonitorApi) -> Exit:
        found = api.get(f"/api/v1/unmaskings?{urlencode(wanted)}")["items"]
        answer(found, *map(_line, found), as_json=as_json)
        return Exit.DONE

    return _run(config, url, work)


def _one(
    config: Path | None, url: str | None, place: str, body: dict[str, object], *, as_json: bool
) -> Exit:
    def work(api: MonitorApi) -> Exit:
        found = api.post(place, body)
        answer(found, _line(found), as_json=as_json)
        return Exit.DONE

    return _run(config, url, work)


def _run(config: Path | None, url: str | None, work: Callable[[MonitorApi], Exit]) -> Exit:
    def with_api(api: MonitorApi) -> Exit:
        try:
            return work(api)
        except Refused as error:
            if error.of_all:
                raise
            print(f"livewatch alerts unmask: {error}", file=sys.stderr)
            return Exit.CHECK_FAILED

    return configured("alerts unmask", config, lambda settings: with_api(MonitorApi(url, settings)))


def _line(one: dict[str, Any]) -> str:
    decided = f" by {one['decided_by']}" if one["decided_by"] else ""
    until = f" until {minute(one['until'])}" if one["until"] else ""
    return printable(
        f"{one['id']}  {minute(one['asked_at'])}  {one['state']}{decided}{until}  alert {one['alert']}"
        f"  asked by {one['person']}, case {one['case']}: {one['why']}"
    )
