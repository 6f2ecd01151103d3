"""What differs between two sets of rules: in what they say, and in what they raise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from detectors.alerts import SEVERITY, Alert, Level
from detectors.pack.load import Rulebook
from detectors.rule import RuleSpec

__all__ = ["AlertDifference", "Change", "RuleDifference", "alert_differences", "rule_differences"]

#: Fields that decide what is raised and as what. The others are for people.
MEANING = frozenset(
    {"level", "law", "escalation", "unrepeated", "exemptions", "inhibits", "raises", "patterns", "disguised",
     "supporting", "shared", "kind", "words", "thresholds", "about", "exempt"}
)  # fmt: skip


class Change(Struct, frozen=True, kw_only=True):
    """One field, threshold or group of patterns."""

    field: str
    before: str
    after: str
    meaning: bool
    """Does it change what is raised?"""


class RuleDifference(Struct, kw_only=True):
    """One rule."""

    rule: str
    kind: Literal["added", "removed", "changed"]
    version_before: int | None = None
    version_after: int | None = None
    changes: list[Change] = []
    advice: str = ""
    """What the version should do."""


class AlertDifference(Struct, kw_only=True):
    """One alert, told by what it is about: ids differ from version to version."""

    kind: Literal["gained", "lost", "raised", "lowered", "hits"]
    rule: str
    platform: str
    room: str
    session: str
    subject: str
    first_at: int
    level_before: Level | None = None
    level_after: Level | None = None
    hits_before: int = 0
    hits_after: int = 0
    reason: str = ""


def rule_differences(before: Rulebook, after: Rulebook) -> list[RuleDifference]:
    """The rules that differ, by id."""
    found = []
    for rule_id in sorted({rule.id for rule in (*before, *after)}):
        old = before[rule_id].spec if rule_id in before else None
        new = after[rule_id].spec if rule_id in after else None
        if old is None or new is None:
            found.append(_alone(rule_id, old, new))
            continue
        changes = list(_changes(old, new))
        if changes or old.version != new.version:
            found.append(
                RuleDifference(
                    rule=rule_id,
                    kind="changed",
                    version_before=old.version,
                    version_after=new.version,
                    changes=changes,
                    advice=_advice(old, new, changes),
                )
            )
    return found


def _alone(rule_id: str, old: RuleSpec | None, new: RuleSpec | None) -> RuleDifference:
    if new is not None:
        return RuleDifference(rule=rule_id, kind="added", version_after=new.version)
    advice = "an id is never reused: set its stage to retired instead of removing it"
    version = old.version if old is not None else None
    return RuleDifference(rule=rule_id, kind="removed", version_before=version, advice=advice)


def _advice(old: RuleSpec, new: RuleSpec, changes: Iterable[Change]) -> str:
    meant = any(change.meaning for change in changes)
    if meant and new.version == old.version:
        return f"version {old.version} → {old.version + 1}: the meaning changed"
    if new.version < old.version:
        return f"version {new.version} is lower than {old.version}: versions only rise"
    if not meant and new.version > old.version:
        return f"version {old.version} is enough: nothing that decides has changed"
    return ""


def _changes(old: RuleSpec, new: RuleSpec) -> Iterable[Change]:
    for field in RuleSpec.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        # What slots say is shown as the patterns that they make.
        if before == after or field in ("id", "version", "slots"):
            continue
        if field == "thresholds":
            yield from _thresholds(old, new)
        elif field == "patterns":
            yield from _patterns(old, new)
        elif field == "frames":
            yield from _frames(old, new)
        elif field == "cases":
            yield Change(field=field, before=f"{len(before)}", after=f"{len(after)}", meaning=False)
        else:
            yield Change(
                field=field, before=_text(before), after=_text(after), meaning=field in MEANING
            )


def _thresholds(old: RuleSpec, new: RuleSpec) -> Iterable[Change]:
    for name in dict.fromkeys([*old.thresholds, *new.thresholds]):
        before, after = old.thresholds.get(name), new.thresholds.get(name)
        if before == after:
            continue
        same_value = before is not None and after is not None and before.value == after.value
        yield Change(
            field=f"thresholds.{name}",
            before=_text(before) if same_value else f"{before.value:g}" if before else "",
            after=_text(after) if same_value else f"{after.value:g}" if after else "",
            meaning=not same_value,
        )


def _patterns(old: RuleSpec, new: RuleSpec) -> Iterable[Change]:
    for group in dict.fromkeys([*old.patterns, *new.patterns]):
        before, after = old.patterns.get(group, []), new.patterns.get(group, [])
        if set(before) == set(after):
            continue
        yield Change(
            field=f"patterns.{group}",
            before=" ".join(term for term in before if term not in after),
            after=" ".join(term for term in after if term not in before),
            meaning=True,
        )


def _frames(old: RuleSpec, new: RuleSpec) -> Iterable[Change]:
    ours = {frame.id: frame for frame in old.frames}
    theirs = {frame.id: frame for frame in new.frames}
    for name in dict.fromkeys([*ours, *theirs]):
        before, after = ours.get(name), theirs.get(name)
        if before == after:
            continue
        # Its sentences are cases, and say nothing of what it finds.
        bare = [
            None if one is None else msgspec.structs.replace(one, fires=[], quiet=[])
            for one in (before, after)
        ]
        yield Change(
            field=f"frames.{name}",
            before=_text(before),
            after=_text(after),
            meaning=bare[0] != bare[1],
        )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def alert_differences(
    before: Iterable[Alert], after: Iterable[Alert], *, hits: bool = False
) -> list[AlertDifference]:
    """Alerts that were gained or lost, or whose level changed; by time.

    Args:
        before: final versions.
        after: the same recordings under the other rules.
        hits: tell of another number of hits, too.
    """
    olds = {_about(alert): alert for alert in before}
    news = {_about(alert): alert for alert in after}
    found = []
    for about in dict.fromkeys([*olds, *news]):
        old, new = olds.get(about), news.get(about)
        kind = _kind(old, new)
        if kind is None or (kind == "hits" and not hits):
            continue
        shown = new if new is not None else old
        if shown is None:
            continue
        found.append(
            AlertDifference(
                kind=kind,
                rule=shown.rule,
                platform=shown.platform,
                room=shown.room,
                session=shown.session,
                subject=shown.subject,
                first_at=shown.first_at,
                level_before=old.level if old is not None else None,
                level_after=new.level if new is not None else None,
                hits_before=old.hits if old is not None else 0,
                hits_after=new.hits if new is not None else 0,
                reason=shown.reason,
            )
        )
    return sorted(found, key=lambda one: (one.first_at, one.rule, one.room, one.subject))


def _about(alert: Alert) -> tuple[str, str, str, str, str]:
    return alert.rule, alert.platform, alert.room, alert.session, alert.subject


def _kind(
    old: Alert | None, new: Alert | None
) -> Literal["gained", "lost", "raised", "lowered", "hits"] | None:
    if old is None:
        return "gained"
    if new is None:
        return "lost"
    if old.level != new.level:
        return "raised" if SEVERITY[new.level] > SEVERITY[old.level] else "lowered"
    return "hits" if old.hits != new.hits else None
