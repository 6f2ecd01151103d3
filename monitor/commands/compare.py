"""`livewatch rules diff` and `rules backtest`: what a change of the packs changes."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from connectors.errors import UnreadableSource
from detectors.alerts import Alert
from detectors.calendar import BEIJING
from detectors.lab.difference import (
    AlertDifference,
    RuleDifference,
    alert_differences,
    rule_differences,
)
from detectors.lab.evaluation import wilson
from detectors.lab.rerun import Rerun
from detectors.pack.law import LawError
from detectors.pack.load import PackError, Rulebook, load_rulebook
from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.commands.explain import read_events
from monitor.commands.history import REACHED_NOT, Asked, NoHistory
from monitor.commands.progress import working
from monitor.errors import ConfigError
from monitor.rulebooks import rulebook_for

__all__ = ["BUILTIN", "backtest", "diff"]

#: What a side of a comparison is called that is the rules which ship with livewatch.
BUILTIN = "builtin"


class Verdict(Struct, frozen=True, kw_only=True):
    """What an officer found of an alert: a line of the file of labels."""

    rule: str
    platform: str
    room: str
    session: str
    subject: str
    confirmed: bool


def diff(before: str, after: str, *, recordings: Sequence[str] = (), as_json: bool = False) -> Exit:
    """Prints what differs between two packs or folders, and what that changes on recordings."""
    try:
        with working("comparing"):
            old, new = _sides(before, after)
            differences = rule_differences(old, new)
            changed = _on_recordings(old, new, recordings)
    except (PackError, LawError) as error:
        return _fail("diff", str(error), Exit.CONFIGURATION)
    except UnreadableSource as error:
        return _fail("diff", str(error), Exit.USAGE)
    if as_json:
        print_json({"rules": differences, "alerts": changed})
        return Exit.DONE
    for difference in differences:
        _show_rule(difference)
    if not differences:
        _print("no rule differs")
    if recordings:
        _show_alerts(changed)
    return Exit.DONE


def backtest(
    recordings: Sequence[str],
    *,
    packs: Sequence[Path],
    asked: Asked | None = None,
    labels: Path | None = None,
    rules: Sequence[str] = (),
    config: Path | None = None,
    as_json: bool = False,
) -> Exit:
    """Runs recordings under today's rules and under changed ones, and compares what is raised.

    Args:
        asked: what a monitor has had, too.
        rules: only these, with those that mute them; empty: all.
    """
    try:
        with working("reading the rules"):
            old = rulebook_for(config)
            new = rulebook_for(config, packs, replace=True)
    except ConfigError as error:
        return _fail("backtest", str(error), Exit.CONFIGURATION)
    unknown = [rule for rule in rules if rule not in old and rule not in new]
    if unknown:
        return _fail("backtest", f"no rule {', '.join(unknown)}", Exit.USAGE)
    if rules:
        old, new = _restricted(old, rules), _restricted(new, rules)
    try:
        verdicts = msgspec.json.Decoder(Verdict).decode_lines(labels.read_bytes()) if labels else []
        with working("running the recordings twice"):
            before, after = _raised(old, recordings, asked), _raised(new, recordings, asked)
    except REACHED_NOT as error:
        return _fail("backtest", str(error), Exit.UNREACHABLE)
    except ConfigError as error:
        return _fail("backtest", str(error), Exit.CONFIGURATION)
    except (NoHistory, UnreadableSource, OSError, msgspec.MsgspecError) as error:
        return _fail("backtest", str(error), Exit.USAGE)
    changed = alert_differences(before, after, hits=True)
    judged = _judged(before, after, verdicts)
    if as_json:
        print_json({"rules": _by_rule(before, after, changed), "alerts": changed, **judged})
    else:
        _show_table(_by_rule(before, after, changed))
        _show_alerts([one for one in changed if one.kind != "hits"])
        _show_judged(judged)
    if verdicts:
        return Exit.CHECK_FAILED if judged["lost"] else Exit.DONE
    return Exit.CHECK_FAILED if any(one.kind != "hits" for one in changed) else Exit.DONE


def _sides(*names: str) -> list[Rulebook]:
    """The sides of a comparison. As soon as packs of one change ours, all stand on ours."""
    try:
        return [_side(name) for name in names]
    except PackError as error:
        if "no such rule" not in str(error):
            raise
        return [_side(name, on_ours=True) for name in names]


def _side(name: str, *, on_ours: bool = False) -> Rulebook:
    if name == BUILTIN:
        return load_rulebook()
    path = Path(name)
    return load_rulebook(own=[path], replace=True) if on_ours else load_rulebook([path])


def _restricted(rulebook: Rulebook, rules: Sequence[str]) -> Rulebook:
    """Some rules of a book, with those that have a say in what becomes of their alerts."""
    return rulebook.only(
        *(
            rule.id
            for rule in rulebook
            if rule.id in rules
            or any(other in rules for other in (*rule.spec.inhibits, *rule.spec.raises))
        )
    )


def _on_recordings(
    old: Rulebook, new: Rulebook, recordings: Sequence[str]
) -> list[AlertDifference]:
    if not recordings:
        return []
    return alert_differences(_raised(old, recordings), _raised(new, recordings))


def _raised(
    rulebook: Rulebook, recordings: Sequence[str], asked: Asked | None = None
) -> list[Alert]:
    rerun = Rerun(rulebook)
    for events in read_events(recordings, asked):
        rerun.feed(events)
    return rerun.finish()


def _by_rule(
    before: Sequence[Alert], after: Sequence[Alert], changed: Sequence[AlertDifference]
) -> list[dict[str, Any]]:
    olds, news = Counter(alert.rule for alert in before), Counter(alert.rule for alert in after)
    kinds = Counter((one.rule, one.kind) for one in changed)
    return [
        {
            "rule": rule,
            "before": olds[rule],
            "after": news[rule],
            **{kind: kinds[rule, kind] for kind in ("gained", "lost", "raised", "lowered", "hits")},
        }
        for rule in sorted({*olds, *news})
    ]


def _judged(
    before: Sequence[Alert], after: Sequence[Alert], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    """Precision and recall against what officers found; what nobody judged is left out."""
    known = {
        (one.rule, one.platform, one.room, one.session, one.subject): one.confirmed
        for one in verdicts
    }
    confirmed = {about for about, is_true in known.items() if is_true}
    sides: dict[str, Any] = {}
    for name, alerts in (("before", before), ("after", after)):
        raised = {_about(alert) for alert in alerts}
        true = len(raised & confirmed)
        judged = len(raised & known.keys())
        sides[name] = {
            "precision": [true, judged, *wilson(true, judged)],
            "recall": [true, len(confirmed), *wilson(true, len(confirmed))],
        }
    lost = ({_about(alert) for alert in before} - {_about(alert) for alert in after}) & confirmed
    return {"labels": len(known), "measured": sides, "lost": sorted(lost)}


def _about(alert: Alert) -> tuple[str, str, str, str, str]:
    return alert.rule, alert.platform, alert.room, alert.session, alert.subject


def _show_rule(difference: RuleDifference) -> None:
    versions = f"v{difference.version_before or '–'} → v{difference.version_after or '–'}"
    _print(f"{difference.kind:8} {difference.rule}  {versions}")
    for change in difference.changes:
        mark = "*" if change.meaning else " "
        if change.field.startswith("patterns."):
            _print(f"  {mark} {change.field}: − {change.before or '–'}   + {change.after or '–'}")
        else:
            _print(f"  {mark} {change.field}: {change.before or '–'} → {change.after or '–'}")
    if difference.advice:
        _print(f"    {difference.advice}")


def _show_table(rows: Sequence[dict[str, Any]]) -> None:
    columns = ("before", "after", "gained", "lost", "raised", "lowered", "hits")
    _print(f"{'rule':28}" + "".join(f"{name:>9}" for name in columns))
    for row in rows:
        _print(f"{row['rule']:28}" + "".join(f"{row[name]:>9,}" for name in columns))


def _show_alerts(changed: Sequence[AlertDifference]) -> None:
    for one in changed:
        moment = datetime.fromtimestamp(one.first_at / 1000, UTC).astimezone(BEIJING)
        levels = f"{one.level_before or '–'} → {one.level_after or '–'}"
        _print(
            f"{one.kind:8} {one.rule} {levels}  {one.platform}:{one.room} "
            f"{moment:%m-%d %H:%M:%S} [{one.subject}] {one.reason}"
        )
    if not changed:
        _print("no alert is gained or lost, no level changes")


def _show_judged(judged: dict[str, Any]) -> None:
    if not judged["labels"]:
        return
    _print(f"\n{judged['labels']} judged alerts")
    for name, sides in judged["measured"].items():
        for measure, (true, of, low, high) in sides.items():
            _print(f"  {name:6} {measure:9} {true}/{of}  95 % {low:.2f}–{high:.2f}")
    for about in judged["lost"]:
        _print(f"  lost though confirmed: {' '.join(about)}")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(command: str, reason: str, status: Exit) -> Exit:
    sys.stderr.write(f"livewatch rules {command}: {reason}\n")
    return status
