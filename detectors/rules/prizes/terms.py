"""The terms of a prize draw: what is not told, and what a later change makes of them.

反法 11(1)(2): what can be won, how many or with what chance, on what conditions, and when. A field
that was not observed says nothing; only what was observed to be absent, or left empty, is lacking.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from detectors.calendar import MINUTE_MS
from detectors.events import Prize
from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.fold import fold
from detectors.rules.prices.wording import day_and_time, yuan

__all__ = ["Item", "TermChange", "chance", "changes", "conditions_of", "lacking", "merged"]

Item = Literal["奖品", "数量或中奖概率", "参与或兑奖条件", "开奖时间"]
#: An end that is moved by less was rounded, or is another sight of the same countdown.
END_SLACK_MS = MINUTE_MS
_FIELDS = ("name", "value", "count", "odds", "conditions", "ends_at", "passphrase")
_FRACTION = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s?/\s?(\d{1,12}(?:\.\d{1,12})?)")
_PERCENT = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s?%")
_IN_WORDS = re.compile(r"([百千万])分之([\d.零一二两三四五六七八九十百点]{1,12})")
_PARTS = {"百": 100, "千": 1_000, "万": 10_000}
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,12})?")


class TermChange(NamedTuple):
    """A term that is not what it was."""

    item: str
    words: str
    """“数量由 10 份减为 3 份”"""
    favours: bool | None
    """Whether it favours who takes part; ``None``: that cannot be told from what was seen."""
    numbers: dict[str, int | float | str]


def lacking(prize: Prize) -> list[Item]:
    """What was observed not to be told."""
    found: list[Item] = []
    if _empty(prize, "name"):
        found.append("奖品")
    if _empty(prize, "count") and _empty(prize, "odds"):
        found.append("数量或中奖概率")
    if _empty(prize, "conditions") and not prize.passphrase:
        found.append("参与或兑奖条件")
    if _empty(prize, "ends_at"):
        found.append("开奖时间")
    return found


def _empty(prize: Prize, field: str) -> bool:
    value = getattr(prize, field)
    return value in ("", []) or (value is None and field in (prize.absent or ()))


def merged(before: Prize, after: Prize) -> Prize:
    """The newer sight, with what it leaves unknown taken from the older one."""
    absent = after.absent or ()
    kept = {
        field: getattr(before, field)
        for field in _FIELDS
        if getattr(after, field) is None and field not in absent
    }
    if after.name and before.name and _plain(after.name) != _plain(before.name):
        kept.pop("value", None)  # what another prize is worth was not seen
    known = {**{field: getattr(after, field) for field in _FIELDS}, **kept}
    gone = [
        field
        for field in dict.fromkeys([*(before.absent or ()), *absent])
        if known.get(field) is None
    ]
    return msgspec.structs.replace(after, **kept, absent=gone or None)


def changes(before: Prize, after: Prize) -> list[TermChange]:
    """What is otherwise than before; what was not known on both sides has not changed."""
    found = [
        change
        for change in (
            _of_prize(before, after),
            _of_count(before, after),
            _of_odds(before, after),
            *_of_conditions(before, after),
            _of_end(before, after),
        )
        if change is not None
    ]
    return found


def _of_prize(before: Prize, after: Prize) -> TermChange | None:
    old, new = before.value, after.value
    names = (before.name or "", after.name or "")
    renamed = bool(names[0] and names[1]) and _plain(names[0]) != _plain(names[1])
    if old is not None and new is not None and old != new:
        numbers: dict[str, int | float | str] = {"before_prize_fen": old, "prize_fen": new}
        what = f"“{names[0]}”改为“{names[1]}”，" if renamed else ""
        words = f"{what}奖品价值由 {yuan(old)} 元变为 {yuan(new)} 元"
        return TermChange("奖品", words, new > old, numbers)
    if not renamed:
        return None
    if _plain(names[0]) in _plain(names[1]):
        return TermChange("奖品", f"奖品增为“{names[1]}”", True, {})
    # The same worth on both sides is no worse; one that was not seen may be.
    favours = True if old is not None and old == new else None
    return TermChange("奖品", f"奖品由“{names[0]}”换成“{names[1]}”", favours, {})


def _of_count(before: Prize, after: Prize) -> TermChange | None:
    old, new = before.count, after.count
    if old is None or new is None or old == new:
        return None
    return TermChange(
        "数量", f"数量由 {old} 份变为 {new} 份", new > old, {"before_count": old, "prize_count": new}
    )  # fmt: skip


def _of_odds(before: Prize, after: Prize) -> TermChange | None:
    old, new = chance(before.odds), chance(after.odds)
    if old is None or new is None or old == new:
        return None
    words = f"中奖概率由“{before.odds}”变为“{after.odds}”"
    # Displayed odds fall by themselves as more people join: whether somebody changed them is open.
    favours = True if new > old else None
    return TermChange("中奖概率", words, favours, {"before_chance": old, "chance": new})


def _of_conditions(before: Prize, after: Prize) -> list[TermChange]:
    if before.conditions is None or after.conditions is None:
        return []
    old, new = conditions_of(before), conditions_of(after)
    gone = [words for words in old if words not in new]
    found = []
    for words in new:
        if words in old:
            continue
        shape = _NUMBER.sub("#", words)
        eased = next((known for known in gone if _NUMBER.sub("#", known) == shape), None)
        if eased is not None and _NUMBER.search(words) and _first(words) <= _first(eased):
            found.append(TermChange("条件", f"条件由“{eased}”放宽为“{words}”", True, {}))
        else:
            found.append(TermChange("条件", f"增加条件“{words}”", False, {}))
    if not found and gone:
        found.append(TermChange("条件", f"取消条件“{'、'.join(gone)}”", True, {}))
    return found


def _of_end(before: Prize, after: Prize) -> TermChange | None:
    old, new = before.ends_at, after.ends_at
    if old is None or new is None or abs(new - old) < END_SLACK_MS:
        return None
    words = f"开奖时间由 {day_and_time(old)} 改为 {day_and_time(new)}"
    # A later end leaves more time to take part, and lets those wait who did: it is open.
    return TermChange(
        "开奖时间", words, None if new > old else False, {"before_ends_at": old, "ends_at": new}
    )  # fmt: skip


def conditions_of(prize: Prize) -> list[str]:
    """The conditions as a list of folded texts."""
    known = prize.conditions
    if not known:
        return []
    return [fold(words).text for words in ([known] if isinstance(known, str) else known) if words]


def chance(odds: str | None) -> float | None:
    """The chance in words like “1/50”, “2%”, “百分之二”; ``None``: no figure.

    >>> chance("1/50"), chance("2%"), chance("千分之一"), chance("按参与人数随机抽取")
    (0.02, 0.02, 0.001, None)
    """
    text = fold(odds or "").text
    if match := _FRACTION.search(text):
        return float(match[1]) / float(match[2]) if float(match[2]) else None
    if match := _PERCENT.search(text):
        return float(match[1]) / 100
    if match := _IN_WORDS.search(text):
        part = number(match[2])
        return part / _PARTS[match[1]] if part is not None else None
    return None


def _plain(name: str) -> str:
    return fold(name).text.replace(" ", "")


def _first(words: str) -> float:
    match = _NUMBER.search(words)
    return float(match.group()) if match is not None else 0.0
