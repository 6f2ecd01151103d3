"""`livewatch alerts`: lists, shows and handles the alerts of a running monitor by its API."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from detectors.alerts import LEVEL_NAMES
from monitor.commands.answer import answer, print_json
from monitor.commands.exits import Exit
from monitor.commands.monitor_api import MonitorApi, Refused, configured
from monitor.commands.readable import local_time, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Wanted", "handle", "show_all", "show_one"]

#: Alerts of one request.
PAGE = 200
Form = Literal["table", "json", "ndjson"]


class Wanted(Struct, kw_only=True):
    """Which alerts."""

    status: list[str]
    level: list[str] = []
    rule: list[str] = []
    platform: str | None = None
    room: str | None = None
    text: str | None = None
    limit: int = 50

    def query(self) -> list[tuple[str, str]]:
        """As the API takes it."""
        lists = (("status", self.status), ("level", self.level), ("rule", self.rule))
        found = [(name, ",".join(values)) for name, values in lists if values]
        single = (("platform", self.platform), ("room", self.room), ("text", self.text))
        return found + [(name, value) for name, value in single if value is not None]


def show_all(config: Path | None, url: str | None, wanted: Wanted, form: Form) -> Exit:
    """Prints alerts, newest first."""

    def work(api: MonitorApi) -> Exit:
        if form == "ndjson":
            for alert in _pages(api, wanted, "all"):
                sys.stdout.buffer.write(msgspec.json.encode(alert) + b"\n")
            sys.stdout.buffer.flush()
        elif form == "json":
            print_json(list(_pages(api, wanted, "all")))
        else:
            for alert in _pages(api, wanted, "brief"):
                print(_line(alert))
        return Exit.DONE

    return _with_api(config, url, work)


def show_one(config: Path | None, url: str | None, alert: str, *, as_json: bool) -> Exit:
    """Prints one alert."""

    def work(api: MonitorApi) -> Exit:
        try:
            found = api.get(f"/api/v1/alerts/{quote(alert, safe='')}")
        except Refused as error:
            if error.status != 404:
                raise
            _say(str(error))
            return Exit.USAGE
        if as_json:
            print_json(found)
            return Exit.DONE
        told = api.get(f"/api/v1/notifications?alert={quote(alert, safe='')}")["items"]
        print("\n".join(_whole(found, told)))
        return Exit.DONE

    return _with_api(config, url, work)


def handle(
    config: Path | None,
    url: str | None,
    alerts: list[str],
    act: Literal["acknowledge", "close"],
    *,
    who: str | None,
    note: str | None,
    reason: str | None = None,
    as_json: bool = False,
) -> Exit:
    """Acknowledges or closes alerts; the others go on where one is refused."""

    def work(api: MonitorApi) -> Exit:
        body = {"who": who or _login(), "note": note, **({"reason": reason} if reason else {})}
        done, told = Exit.DONE, []
        for alert in dict.fromkeys(alerts):
            try:
                found = api.post(f"/api/v1/alerts/{quote(alert, safe='')}/{act}", body)
            except Refused as error:
                if error.of_all:
                    raise
                told.append({"alert": alert, "refused": str(error)})
                done = Exit.CHECK_FAILED
            else:
                told.append({"alert": alert, "status": found["status"]})
        lines = [
            f"{one['alert']}: {one.get('status') or 'refused: ' + one['refused']}" for one in told
        ]
        answer(told, *lines, as_json=as_json)
        return done

    return _with_api(config, url, work)


def _pages(api: MonitorApi, wanted: Wanted, fields: str) -> Iterator[dict[str, Any]]:
    left, cursor = wanted.limit, None
    while left > 0:
        query = [*wanted.query(), ("limit", str(min(PAGE, left))), ("fields", fields)]
        if cursor is not None:
            query.append(("cursor", cursor))
        page = api.get(f"/api/v1/alerts?{urlencode(query)}")
        for alert in page["items"][:left]:
            yield alert
            left -= 1
        cursor = page["next"]
        if cursor is None:
            return


def _line(alert: dict[str, Any]) -> str:
    place = f"{alert['platform']}:{alert['room']}" if alert["room"] else "(rooms)"
    return printable(
        f"{alert['id']}  {local_time(alert['last_at']):%m-%d %H:%M:%S}  {LEVEL_NAMES[alert['level']]}"
        f"  {alert['status']:<12} {place}  {alert['title']}  {alert['subject_title'] or alert['subject']}"
    )


def _whole(alert: dict[str, Any], told: list[dict[str, Any]]) -> Iterator[str]:
    yield _line(alert)
    yield f"  rule {alert['rule']} {alert['rule_version']}, {alert['hits']} hits since {local_time(alert['first_at']):%Y-%m-%d %H:%M:%S}"
    yield f"  {printable(alert['reason'])}"
    for basis in alert["law"]:
        yield f"  《{printable(basis['law'])}》{printable(basis['article'])}  {printable(basis.get('when') or '')}".rstrip()
    for missing in alert["missing"]:
        yield f"  尚缺：{printable(missing)}"
    handling = alert["handling"]
    if handling.get("who"):
        yield f"  {alert['status']} by {printable(handling['who'])} at {local_time(handling['at']):%Y-%m-%d %H:%M:%S}  {printable(handling.get('note') or '')}".rstrip()
    for each in told:
        yield f"  told: {each['channel']} {each['state']} {local_time(each['created_at']):%m-%d %H:%M:%S}"


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"


def _with_api(config: Path | None, url: str | None, work: Callable[[MonitorApi], Exit]) -> Exit:
    return configured("alerts", config, lambda settings: work(MonitorApi(url, settings)))


def _say(text: str) -> None:
    print(f"livewatch alerts: {text}", file=sys.stderr)
