"""The inline cases of the packs: small recordings that must, and must not, raise a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from detectors.alerts import Alert
from detectors.events import Event, InvalidEvent
from detectors.lab.rerun import Rerun
from detectors.pack.load import Rulebook
from detectors.pack.rows import BASE_MS, CaseError, event_of, relative_ms

__all__ = [
    "BASE_MS",
    "CaseError",
    "CaseResult",
    "case_events",
    "name_of",
    "play_cases",
    "relative_ms",
    "run_case",
    "run_cases",
]


class CaseResult(Struct, frozen=True):
    """The outcome of one case; `message` says what differed."""

    rule: str
    name: str
    ok: bool
    message: str = ""


def case_events(case: Mapping[str, Any]) -> list[Event]:
    """The events of a case, its shorthand expanded.

    Raises:
        CaseError: a time or an event is not well formed.
    """
    rows: list[dict[str, Any]] = []
    if "text" in case:
        category = case.get("category")
        rows.append({"t": "-20s", "type": "session", "phase": "started"})
        if case.get("host_kind"):
            rows.append({"t": "-19s", "type": "room", "host_kind": case["host_kind"]})
        rows.append(
            {"t": "-18s", "type": "product", "sku": "A", "title": case.get("product", "商品"),
             "category": category, "attributes": case.get("attributes"), "status": "explaining"}
        )  # fmt: skip
        texts = case["text"] if isinstance(case["text"], list) else [case["text"]]
        rows += [
            {"t": f"{6 * index}s", "type": "speech", "speaker": case.get("speaker", "host"),
             "sku": "A", "text": text}
            for index, text in enumerate(texts)
        ]  # fmt: skip
    rows += case.get("events", [])
    if "rooms" in case:
        # The same in several rooms; what names its own room stays there.
        own = [row for row in rows if "room" in row]
        rows = [{**row, "room": str(number)} for number in range(1, case["rooms"] + 1)
                for row in rows if "room" not in row] + own  # fmt: skip
    events = []
    for index, row in enumerate(rows):
        try:
            events.append(event_of(row, index))
        except InvalidEvent as error:
            raise CaseError(f"event {index}: {error}") from error
    return events


def run_case(rulebook: Rulebook, rule_id: str, case: Mapping[str, Any]) -> CaseResult:
    """Runs one case with all rules on, so that rules that mute each other are seen too."""
    return next(play_cases(rulebook, rule_id, [case]))[0]


def play_cases(
    rulebook: Rulebook, rule_id: str, cases: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[CaseResult, list[Alert]]]:
    """Plays cases of a rule as `run_case` does, and gives the final version of each alert that any
    rule raises, by time, with each result.

    One engine plays them all, and another those that state why the rule is silent, which it says only of what it is
    asked: making one takes about as long as playing a case.
    """
    book = rulebook.on_trial(rule_id)
    reruns = {False: Rerun(book)}
    for case in cases:
        is_stated = bool(case.get("declined"))
        if is_stated not in reruns:
            reruns[True] = Rerun(book)
            reruns[True].show(rule_id)
        rerun = reruns[is_stated]
        name = name_of(case)
        try:
            events = case_events(case)
        except CaseError as error:
            yield CaseResult(rule_id, name, ok=False, message=str(error)), []
            continue
        rerun.begin()
        rerun.feed(sorted(events, key=lambda event: event.at))
        alerts = rerun.finish()
        message = _differs(rule_id, case, alerts, rerun)
        yield CaseResult(rule_id, name, ok=not message, message=message), alerts


def name_of(case: Mapping[str, Any]) -> str:
    """What a case is called: its name, else what is said in it."""
    return str(case.get("name") or case.get("text") or "?")


def run_cases(rulebook: Rulebook, rule_ids: Iterable[str] | None = None) -> list[CaseResult]:
    """Runs the inline cases of all rules, or of those named."""
    wanted = None if rule_ids is None else set(rule_ids)
    return [
        result
        for rule in rulebook
        if wanted is None or rule.id in wanted
        for result, _ in play_cases(rulebook, rule.id, rule.spec.cases)
    ]


def _differs(rule_id: str, case: Mapping[str, Any], alerts: list[Alert], rerun: Rerun) -> str:
    engine, stage = rerun.engine, rerun.stage
    failures = [
        *((failure.rule, failure.error) for failure in engine.stats.failures),
        *((failure.rule, failure.error) for failure in stage.stats.failures),
    ]
    if failures:
        return "a rule failed: {}: {}".format(*failures[0])
    mine = [alert for alert in alerts if alert.rule == rule_id]
    for other in case.get("silent", []):
        if any(alert.rule == other for alert in alerts):
            return f"{other} must stay silent"
    expected: list[dict[str, Any]] = case.get("expect", [])
    if len(mine) != len(expected):
        found = [f"{alert.level} {alert.subject!r}: {alert.reason}" for alert in mine]
        return f"{len(expected)} alerts expected, {len(mine)} raised {found}"
    left = list(mine)
    for wish in expected:
        match = next((alert for alert in left if _matches(msgspec.to_builtins(alert), wish)), None)
        if match is None:
            shown = [
                {"level": alert.level, "subject": alert.subject, "hits": alert.hits,
                 "numbers": alert.evidence.numbers}
                for alert in left
            ]  # fmt: skip
            return f"no alert like {wish} among {shown}"
        left.remove(match)
    declined = case.get("declined")
    stated = engine.stats.declined + stage.stats.declined
    if declined and not stated[rule_id, declined]:
        reasons = sorted(reason for rule, reason in stated if rule == rule_id)
        return f"not declined as {declined!r}, but as {reasons}"
    return ""


def _matches(alert: dict[str, Any], wish: dict[str, Any]) -> bool:
    for key, value in wish.items():
        if key == "numbers":
            if not _contains(alert["evidence"]["numbers"], value):
                return False
        elif key in ("reason", "level_reason"):
            if str(value) not in alert[key]:
                return False
        elif alert.get(key) != value:
            return False
    return True


def _contains(numbers: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(name in numbers and numbers[name] == value for name, value in wanted.items())
