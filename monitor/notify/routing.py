"""Which alerts go where, and when: routes, escalation, quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from monitor.errors import ConfigError
from monitor.notify.notice import BEIJING
from monitor.territory import codes_of, parties_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.alerts import Alert, Level
    from monitor.notify.settings import Notify, Route

__all__ = ["Due", "check", "destinations", "quiet_until"]

#: A channel, and how long after now it is told, ms; later means: if nobody has acknowledged by then.
Due = tuple[str, int]


def check(settings: Notify) -> None:
    """Raises:
    ConfigError: a route names a channel that is not there, or escalates to nobody.
    """
    for number, route in enumerate(settings.routes, 1):
        for name in (*route.channels, *route.escalate_to):
            if name not in settings.channels:
                raise ConfigError(f"notify.routes, the {number}.: there is no channel {name!r}")
        if (route.escalate_min is None) != (not route.escalate_to):
            raise ConfigError(
                f"notify.routes, the {number}.: escalate_min and escalate_to go together"
            )


def destinations(alert: Alert, routes: Iterable[Route]) -> tuple[list[str], list[Due]]:
    """Channels that are told at once, and those that are told if nobody acknowledges."""
    now: dict[str, None] = {}
    later: dict[str, int] = {}
    for route in routes:
        if not _fits(alert, route):
            continue
        now.update(dict.fromkeys(route.channels))
        if route.escalate_min is not None:
            wait_ms = round(route.escalate_min * 60_000)
            for name in route.escalate_to:
                later[name] = min(wait_ms, later.get(name, wait_ms))
    return list(now), list(later.items())


def _fits(alert: Alert, route: Route) -> bool:
    if alert.level not in route.levels:
        return False
    if route.rules and alert.rule not in route.rules:
        return False
    # An alert over several rooms has no platform of its own.
    platforms = {alert.platform, *(seen.platform for seen in alert.evidence.rooms)}
    if route.platforms and platforms.isdisjoint(route.platforms):
        return False
    if not route.territories:
        return True
    parties = parties_of(alert)
    codes, addresses = codes_of(parties), [one.address for one in parties if one.address]
    return any(
        any(code.startswith(wanted) for code in codes)
        if wanted.isdigit()
        else any(wanted in address for address in addresses)
        for wanted in route.territories
    )


def quiet_until(hours: str | None, always: Iterable[Level], level: Level, now: int) -> int | None:
    """Until when a message has to wait, ms; ``None``: it may go now.

    Args:
        hours: as of `settings.Hours`, Beijing time.
        always: levels that never wait.
    """
    if hours is None or level in always:
        return None
    first, _, last = hours.partition("-")
    begins, ends = time.fromisoformat(first), time.fromisoformat(last)
    at = datetime.fromtimestamp(now / 1000, UTC).astimezone(BEIJING)
    clock = at.time()
    over_midnight = begins > ends
    quiet = (clock >= begins or clock < ends) if over_midnight else begins <= clock < ends
    if not quiet:
        return None
    end = at.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    if end <= at:
        end += timedelta(days=1)
    return round(end.timestamp() * 1000)
