"""A price promise in a host's words: “保价七天”, “买贵必赔，30天内降价赔双倍差价”, “假一赔十”."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Literal, NamedTuple

from detectors.calendar import DAY_MS, beijing_date, day_end_ms
from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing, table
from detectors.speech.scope import Scope

__all__ = ["Guaranteed", "guaranteed"]

Kind = Literal["guard", "refund", "genuine"]

#: Letters between a fall of the price and what is paid then; before a promise, of whom it is told;
#: around “保价”, that it is freight; from a promise to its length of time.
BETWEEN, BEFORE, AROUND, TO_LENGTH = 16, 14, 6, 24
_LENGTH = phrasing("times", "promised-for")
_DATE = re.compile(
    r"(?P<month>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?P<day>[0-3]?\d|[一二三]?十?[一二三四五六七八九十])[号日]"
)
_FACTOR = phrasing("price-tags", "times-the-difference")
_GENUINE_FACTOR = phrasing("price-tags", "times-for-a-fake")


class Guaranteed(NamedTuple):
    """What was promised; half-open offsets of the words."""

    kind: Kind
    until: int
    """ms; how long the price is promised for."""
    days: float
    open_ended: bool
    """No end was named: the promise is followed for the rule's own time."""
    factor: float
    """How many times the difference, or the price, is to be paid."""
    everything: bool
    """It is for all products of the room."""
    excluded: str
    """The words that leave something out of the promise; empty: none."""
    start: int
    end: int


def guaranteed(
    text: str, hits: Sequence[Hit], words: Mapping[str, Sequence[str]], at: int, open_ms: int
) -> Guaranteed | str | None:
    """The promise in a folded text; a string: why it is none; ``None``: nothing there.

    Args:
        hits: words of the slots of `price-promise-broken`.
        words: the words of its slots, by name.
        open_ms: for how long a promise without an end is followed.
    """
    scope = Scope(text)
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.group, []).append(hit)

    def stands(group: str, low: int, high: int) -> bool:
        return any(low <= hit.start and hit.end <= high for hit in groups.get(group, ()))

    def paid(fall: Hit, pay: Hit) -> bool:
        low, high = min(fall.end, pay.end), max(fall.start, pay.start)
        near = high - low <= BETWEEN and scope.sentence(fall.start) == scope.sentence(pay.start)
        return near and not stands("fault", low, high)

    pairs = product(groups.get("fall", ()), groups.get("pay", ()))
    ways: list[tuple[Kind, list[tuple[Hit, ...]]]] = [
        ("genuine", [(hit,) for hit in groups.get("genuine", ())]),
        ("refund", [(fall, pay) for fall, pay in pairs if paid(fall, pay)]),
        ("guard", [(hit,) for hit in groups.get("guard", ())]),
        ("refund", [(hit,) for hit in groups.get("settled", ())]),
    ]
    kind, both = next(((kind, found[0]) for kind, found in ways if found), ("guard", ()))
    if not both:
        return None
    start, end = min(hit.start for hit in both), max(hit.end for hit in both)
    clause, sentence = scope.clause(start)[0], scope.sentence(start)[0]
    if kind == "guard" and stands("freight", start - AROUND, end + AROUND):
        return "freight-insurance"
    if stands("elsewhere", max(sentence, start - BEFORE), start):
        return "not-their-own"
    if any(text.endswith(tuple(words["denies"]), clause, hit.start) for hit in both):
        return "denied"
    if stands("past", clause, start):
        return "past"
    if scope.quoted(start) is not None or scope.asked(start, end):
        answer = scope.answer(end)
        behind = text[scope.clause(end - 1)[1] :].lstrip(",。!?;. ")
        if (answer is None or answer.reply != "yes") and not behind.startswith(
            tuple(words["accepts"])
        ):
            return "question"
    until, length = _until(text, at)
    factor = (_GENUINE_FACTOR if kind == "genuine" else _FACTOR).search(text)
    said = (factor["n"] or factor["m"]) if factor is not None else "一"
    if length is not None and abs(length.start() - start) <= TO_LENGTH:
        start, end = min(start, length.start()), max(end, length.end())
    return Guaranteed(
        kind,
        until or at + open_ms,
        round(((until or at + open_ms) - at) / DAY_MS, 1),
        not until,
        2.0 if said == "双" else float(number(said) or (10 if said == "十" else 1)),
        bool(groups.get("everything")),
        groups["excluded"][0].term if groups.get("excluded") else "",
        start,
        end,
    )


def _until(text: str, at: int) -> tuple[int, re.Match[str] | None]:
    """Until when it is promised, and the words that say so; 0: no time is named."""
    match = _DATE.search(text)
    if match is not None:
        end = _end_of(int(number(match["month"]) or 0), int(number(match["day"]) or 0), at)
        if end:
            return end, match
    match = _LENGTH.search(text)
    if match is not None:
        length = 0.5 if match["n"] == "半" else number(match["n"]) or 0
        hours = table("times", "hours-of", int).get(match["unit"], 30 * 24)
        days = (length + (0.5 if match["half"] else 0)) * hours / 24
        if days:
            return at + round(days * DAY_MS), match
    feasts = table("times", "feasts", tuple[int, int])
    match = re.search("|".join(feasts), text)
    end = _end_of(*feasts[match.group()], at) if match is not None else 0
    return end, match if end else None


def _end_of(month: int, day: int, at: int) -> int:
    """Midnight at the end of the next such day in Beijing; 0: there is no such day."""
    today = beijing_date(at)
    if not month:
        following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        return day_end_ms(at) + (following - timedelta(days=1) - today).days * DAY_MS
    for year in (today.year, today.year + 1):
        try:
            ends_on = date(year, month, day)
        except ValueError:
            return 0
        if ends_on >= today:
            return day_end_ms(at) + (ends_on - today).days * DAY_MS
    return 0
