"""`livewatch rules explain`: what a rule made of a recording, and why it kept silent where it did."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from connectors.decoders.jsonl import ContractJsonl
from connectors.errors import UnreadableSource
from detectors.across.rule import AcrossRule
from detectors.calendar import BEIJING
from detectors.engine.room import RoomState
from detectors.events import Event
from detectors.lab.rerun import Rerun
from detectors.lab.trace import TracedFinding, Tracer, TraceStep
from detectors.pack.load import Rulebook
from detectors.rule import Rule
from monitor.commands.answer import indented, print_json
from monitor.commands.exits import Exit
from monitor.commands.history import Asked, inputs_of
from monitor.commands.progress import working
from monitor.errors import ConfigError
from monitor.rulebooks import rulebook_for
from monitor.silences import silence

__all__ = ["ExplainOptions", "read_events", "run"]

#: Entries of a collection in a rule's memory that are shown.
SHOWN = 12
MET = {True: "满足", False: "不满足", None: "未能判断"}
OUTCOMES = {
    "alert": "报出", "hit": "同一线索再次", "same": "同一次，不重复计", "amends": "补记有利事实",
    "inhibited": "被更强的规则压下", "shadow": "影子运行，只计数",
}  # fmt: skip


class ExplainOptions(Struct, frozen=True, kw_only=True):
    """What is shown, and with which rules."""

    packs: Sequence[Path] = ()
    config: Path | None = None
    lateness_s: float = 10.0
    limit: int = 200
    """Most steps that are printed."""
    decided: bool = False
    """Leave out the steps in which words stood and nothing came of them."""
    json: bool = False


def run(rule_id: str, files: Sequence[str], options: ExplainOptions) -> Exit:
    """Prints every step in which the rule had something to decide, then counts and memory."""
    try:
        with working("reading the rules"):
            rulebook = rulebook_for(options.config, options.packs)
    except ConfigError as error:
        return _fail(str(error), Exit.CONFIGURATION)
    if rule_id not in rulebook:
        return _fail(f"no rule {rule_id}; `livewatch rules list` names them", Exit.USAGE)
    if isinstance(rulebook[rule_id], AcrossRule):
        return _across(rule_id, rulebook, files, options)
    tracer = Tracer(
        _with_inhibitors(rulebook, rule_id),
        rule_id,
        lateness_ms=round(options.lateness_s * 1000),
        remembered_ids=1_000_000,
    )
    rooms: dict[tuple[str, str], RoomState] = {}
    try:
        for events in read_events(files):
            for event in events:
                key = (event.platform, event.room)
                if key not in rooms:
                    rooms[key] = tracer.open(*key)
                tracer.step(rooms[key], [event], now=event.at)
    except UnreadableSource as error:
        return _fail(str(error), Exit.USAGE)
    for state in rooms.values():
        tracer.finish(state, now=0)
    if options.json:
        print_json(_as_data(tracer, rooms))
    else:
        steps = [step for step in tracer.steps if not (options.decided and step.is_open)]
        _show(rulebook[rule_id], tracer, rooms, steps, options.limit)
    return Exit.DONE


def _across(
    rule_id: str, rulebook: Rulebook, files: Sequence[str], options: ExplainOptions
) -> Exit:
    """A rule over rooms judges what rooms signalled: what came of it, and why nothing did."""
    rerun = Rerun(rulebook, lateness_ms=round(options.lateness_s * 1000))
    try:
        for events in read_events(files):
            rerun.feed(events)
    except UnreadableSource as error:
        return _fail(str(error), Exit.USAGE)
    alerts = [alert for alert in rerun.finish() if alert.rule == rule_id]
    stats = rerun.stage.stats
    silent = {reason: count for (rule, reason), count in stats.declined.items() if rule == rule_id}
    if options.json:
        shown = {"rule": rule_id, "alerts": alerts, "silent": silent}
        print_json({**shown, "evaluations": stats.evaluations[rule_id]})
        return Exit.DONE
    _print(f"{rule_id} {rulebook[rule_id].spec.title}  judges over rooms")
    for alert in alerts[: options.limit]:
        rooms = "、".join(f"{one.platform}:{one.room}" for one in alert.evidence.rooms)
        _print(f"\n{_time(alert.last_at)}  报出  {alert.level} [{alert.subject}] {alert.reason}")
        _print(f"  直播间  {rooms}")
        for exemption in alert.exemptions:
            _print(f"        {MET[exemption.met]}  {exemption.clause}：{exemption.why}")
    _print(f"\n{stats.evaluations[rule_id]:,} evaluations of clusters; {len(alerts):,} alerts")
    for reason, count in sorted(silent.items()):
        _print(f"  silent  {reason}: {count:,}  {silence(reason)}")
    return Exit.DONE


def _with_inhibitors(rulebook: Rulebook, rule_id: str) -> Rulebook:
    """The rule and those that may mute it."""
    return rulebook.only(
        *(
            rule.id
            for rule in rulebook
            if rule.id == rule_id or rule_id in (*rule.spec.inhibits, *rule.spec.raises)
        )
    )


def read_events(files: Sequence[str], asked: Asked | None = None) -> Iterator[list[Event]]:
    """The events of some files, and of a monitor's history, one after the other; lines that are none
    are reported.

    Raises:
        UnreadableSource: a file cannot be read.
        NoHistory: there is no such monitor, or its archive has lost something.
        ConfigError: its configuration cannot be used.
    """
    with inputs_of(files, asked) as inputs:
        for file in inputs:
            decoder = ContractJsonl()
            for chunk in file.chunks():
                decoded = decoder.feed(chunk)
                _report(file.name, decoded.problems)
                yield decoded.events
            decoded = decoder.finish()
            _report(file.name, decoded.problems)
            yield decoded.events


def _report(name: str, problems: Sequence[Any]) -> None:
    for problem in problems:
        sys.stderr.write(f"{name}:{problem.place.removeprefix('line ')}: {problem.reason}\n")


def _counts(steps: Sequence[TraceStep]) -> tuple[Counter[str], Counter[str], int]:
    """Findings by outcome and level, silences by reason, texts of which nothing was made."""
    found = Counter(f"{one.outcome} {one.level}" for step in steps for one in step.found)
    silent = Counter(silence.reason for step in steps for silence in step.silences)
    return found, silent, sum(step.is_open for step in steps)


def _as_data(tracer: Tracer, rooms: dict[tuple[str, str], RoomState]) -> dict[str, Any]:
    found, silent, unclaimed = _counts(tracer.steps)
    return {
        "rule": tracer.rule_id,
        "steps": tracer.steps,
        "evaluations": tracer.stats.evaluations[tracer.rule_id],
        "found": dict(found),
        "silent": dict(silent),
        "no_claim": unclaimed,
        "failures": tracer.stats.failures,
        "rooms": [
            {
                "platform": platform,
                "room": room,
                "memory": tracer.memory(state),
                "timers": tracer.timers(state),
            }
            for (platform, room), state in rooms.items()
        ],
    }


def _show(
    rule: Rule,
    tracer: Tracer,
    rooms: dict[tuple[str, str], RoomState],
    steps: Sequence[TraceStep],
    limit: int,
) -> None:
    spec = rule.spec
    _print(f"{spec.id} {spec.title}  level ≤ {spec.level}, stage {spec.stage}, v{spec.version}")
    for name, threshold in spec.thresholds.items():
        _print(f"  {name} = {threshold.value:g}  [{threshold.origin}] {threshold.note}")
    for step in steps[:limit]:
        _show_step(step, many=len(rooms) > 1)
    if len(steps) > limit:
        _print(f"… {len(steps) - limit:,} steps more (--limit)")
    found, silent, unclaimed = _counts(tracer.steps)
    evaluations = tracer.stats.evaluations[tracer.rule_id]
    _print(f"\n{evaluations:,} evaluations; {len(tracer.steps):,} with something to decide")
    for outcome, count in sorted(found.items()):
        _print(f"  found   {outcome}: {count:,}")
    for reason, count in sorted(silent.items()):
        times = [
            step.at for step in tracer.steps if any(one.reason == reason for one in step.silences)
        ]
        _print(
            f"  silent  {reason}: {count:,}  {silence(reason)}, "
            f"{_time(times[0])} – {_time(times[-1])}"
        )
    if unclaimed:
        _print(f"  no claim in the words: {unclaimed:,}")
    for failure in tracer.stats.failures:
        _print(f"  FAULT   at event {failure.event}: {failure.error}")
    for (platform, room), state in rooms.items():
        memory, timers = tracer.memory(state), tracer.timers(state)
        if memory:
            _print(f"memory of {platform}:{room}\n{_indented(_shortened(memory))}")
        for key, due in timers.items():
            _print(f"timer {key} of {platform}:{room} due {_time(due)}")


def _show_step(step: TraceStep, *, many: bool) -> None:
    place = f"{step.platform}:{step.room} " if many else ""
    said = f" “{step.text}”" if step.text else ""
    _print(f"\n{_time(step.at)} {place}{step.kind} {step.event or ''}{said}")
    if step.words:
        words = "、".join(
            f"{word.text}（{word.group}{'' if word.form == 'plain' else '，' + word.form}）"
            for word in step.words
        )
        _print(f"  命中  {words}")
    for one, times in Counter(step.silences).items():
        about = f" [{one.subject}]" if one.subject else ""
        _print(
            f"  沉默  {one.reason} {silence(one.reason)}{about}{'：' + one.why if one.why else ''}"
            + (f"（{times} 处）" if times > 1 else "")
        )
    for found in step.found:
        _show_found(found)
    if step.is_open:
        _print("  未成  词在而不成一项宣称：没有与之相配的词、商品类别不符或属日常用语")


def _show_found(found: TracedFinding) -> None:
    _print(f"  {OUTCOMES[found.outcome]}  {found.level} [{found.subject}] {found.reason}")
    if found.numbers:
        numbers = ", ".join(f"{name}={value}" for name, value in found.numbers.items())
        _print(f"        数值  {numbers}")
    for exemption in found.exemptions:
        _print(f"        {MET[exemption.met]}  {exemption.clause}：{exemption.why}")


def _shortened(value: Any) -> Any:
    """Long collections cut, so that a memory can be read."""
    if isinstance(value, dict):
        if {"type", "id", "at"} <= value.keys():
            return f"{value['type']} {value['id']}"
        shown = {key: _shortened(one) for key, one in list(value.items())[-SHOWN:]}
        return shown if len(value) <= SHOWN else {"…": f"{len(value) - SHOWN} more", **shown}
    if isinstance(value, list):
        shown_items = [_shortened(one) for one in value[-SHOWN:]]
        return (
            shown_items if len(value) <= SHOWN else [f"… {len(value) - SHOWN} more", *shown_items]
        )
    return value


def _indented(value: Any) -> str:
    return "\n".join(f"  {line}" for line in indented(value).splitlines())


def _time(at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC).astimezone(BEIJING)
    return moment.strftime("%m-%d %H:%M:%S")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(reason: str, status: Exit) -> Exit:
    sys.stderr.write(f"livewatch rules explain: {reason}\n")
    return status
