"""The sentences of alerts in English: by templates in which quotes and figures are left open.

A sentence is looked up whole, with its quotes written “{}” and its figures and places in a law `#`;
else clause by clause. `#/#` in the English is a month and a day. A clause may leave open 〈〉, terms
that stand in English themselves, and 〔〕, a name that stays as it is. What is quoted stays in the
original: it is evidence.

A rule of an office's own pack carries its sentences itself (`RuleSpec.english`), whole or as templates
and clauses; they go before ours.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from detectors.document import read_document
from detectors.match.keeping import keeping

__all__ = ["article", "english", "open_places", "templates"]

_PLACE = "(?:第[零一二三四五六七八九十百]{1,7}[条款项]){1,3}"
#: Figures, and places in a law.
_FIGURE = re.compile(rf"[0-9A-Za-z][0-9A-Za-z,.%:+‰/-]*|{_PLACE}")
_MARKS = re.compile("([，；：。])")
_JOINED = {"，": ", ", "；": "; ", "：": ": ", "。": ". "}
_OPEN = re.compile("“\\{\\}”|#")
#: The same, and `#/#`: month and day, in this order in the Chinese.
_FILLED = re.compile(f"(#/#)|{_OPEN.pattern}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: “5 to 20×10,000”: what Chinese counts in 千 and 万, before it is written out.
_AMOUNT = re.compile(r"(?<![0-9.])(?:([0-9.]{1,12}) to )?([0-9.]{1,12}) ?×(10,000|1,000)")
#: What is counted, where there is one of it: “1 parties” is 1 party, and it was and has.
_ONE = re.compile(r"(?<![\w.,:/+-])1 ((?:[a-z]+ ){0,3}?)([a-z]+s)\b( [a-z]+)?")
_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")}
_PLACES = {"十": 10, "百": 100}
_KINDS = {"条": "article", "款": "paragraph", "项": "item"}


#: What a template leaves open beside quotes and figures: terms, or a name.
_HOLE = re.compile("(〈〉|〔〕)")


class _One(Struct, forbid_unknown_fields=True):
    """How a count of one is told."""

    counted: frozenset[str]
    between: frozenset[str]
    """What may stand before them."""
    agrees: dict[str, str]
    """Verbs that follow, of several and of one."""


class _File(Struct, forbid_unknown_fields=True):
    sentences: dict[str, str]
    clauses: dict[str, str]
    former: dict[str, str]
    """Of both kinds, no rule says them any more: alerts do that were raised when one did."""
    terms: dict[str, str]
    one: _One


class _Open(NamedTuple):
    """A template with holes: what stands between them, what each takes, and the English."""

    between: list[str]
    holes: list[str]
    told: str


@functools.cache
@keeping
def _file() -> _File:
    return msgspec.convert(read_document(Path(__file__).with_name("english.yaml")), _File)


@functools.cache
def templates() -> Mapping[str, str]:
    """English by the Chinese of sentences and clauses, read once.

    Raises:
        ValueError: the file does not have its shape.
    """
    return {**_file().former, **_file().clauses, **_file().sentences}


class _Known(NamedTuple):
    """What is looked up: ours, with what a rule has itself before it."""

    templates: Mapping[str, str]
    open: list[_Open]


@functools.lru_cache(maxsize=64)
def _known(own: tuple[tuple[str, str], ...]) -> _Known:
    if not own:
        return _Known(templates(), _open(templates()))
    ours, theirs = _known(()), dict(own)
    return _Known({**ours.templates, **theirs}, [*_open(theirs), *ours.open])


def _open(told_by: Mapping[str, str]) -> list[_Open]:
    """The templates with holes, those first that leave the least open."""
    found = []
    for chinese, told in told_by.items():
        pieces = _HOLE.split(chinese)
        if len(pieces) > 1:
            found.append(_Open(pieces[::2], pieces[1::2], told))
    return sorted(found, key=lambda one: -sum(map(len, one.between)))


def english(sentence: str, own: Mapping[str, str] | None = None) -> str:
    """A sentence in English; empty: nobody has put it into English yet.

    Args:
        own: sentences, templates and clauses of the rule that says it.

    >>> english("同句未见转述观众提问或传言的词语")
    "No viewers' question or hearsay in the sentence"
    >>> english("可处 100 万元以下")
    'Up to 1,000,000 yuan'
    >>> english("10 分钟内说到 1 次")
    'Within 10 minutes spoken of 1 time'
    >>> english("应于 12 月 2 日 20:30 结束")
    'Due to end on 2 Dec 20:30'
    >>> english("同句未见老客户的话", {"同句未见老客户的话": "no word of regular customers in the sentence"})
    'No word of regular customers in the sentence'
    """
    return _english(sentence, tuple(own.items()) if own else ())


@functools.lru_cache(maxsize=4_096)
def _english(sentence: str, own: tuple[tuple[str, str], ...]) -> str:
    known_by = _known(own)
    templates = known_by.templates
    if own and sentence in templates and open_places(sentence) == 0:
        return _begun(templates[sentence])
    template, filled = _template(sentence)
    head, colon, rest = template.partition("：")
    whole = templates.get(template)
    if whole is None and colon and rest in templates and (told := _clause(head, known_by)):
        whole = f"{told}: {templates[rest]}"
    if whole is None:
        parts = []
        for part in _MARKS.split(template):
            bare = part.strip()
            if part in _JOINED:
                parts.append(_JOINED[part])
            elif bare:
                known = _clause(bare, known_by)
                if not known:
                    return ""
                begins = not parts or parts[-1] == _JOINED["。"]
                parts.append(_begun(known) if begins else known)
        whole = "".join(parts).strip()
    values = iter(filled)
    told = _FILLED.sub(
        lambda mark: _day(next(values, ""), next(values, "")) if mark[1] else next(values, ""),
        whole,
    )
    return _begun(_ONE.sub(_of_one, _AMOUNT.sub(_written_out, told)))


def _day(month: str, day: str) -> str:
    """“2 Dec”, which nobody reads as the twelfth of February; what is no month stays a figure."""
    known = month.isascii() and month.isdigit() and 1 <= int(month) <= 12
    return f"{day} {_MONTHS[int(month) - 1]}" if known else f"{month}/{day}"


def open_places(template: str) -> int:
    """How many quotes and figures a template leaves open."""
    return len(_OPEN.findall(template))


def _begun(told: str) -> str:
    return told[:1].upper() + told[1:]


def _of_one(found: re.Match[str]) -> str:
    """A count of one in the singular."""
    one = _file().one
    between, counted, verb = found[1], found[2], found[3] or ""
    if counted not in one.counted or not one.between.issuperset(between.split()):
        return found[0]
    noun = "party" if counted == "parties" else counted.removesuffix("s")
    follows = one.agrees.get(verb.strip())
    return f"1 {between}{noun}{verb if follows is None else f' {follows}'}"


def _clause(bare: str, known_by: _Known) -> str:
    """A clause in English, its quotes and figures still open; empty: it is not known."""
    if _OPEN.sub("", bare).strip("、等 ") == "":
        told = bare.removesuffix("等").replace("、", ", ")
        return f"{told} and others" if bare.endswith("等") else told
    known = known_by.templates.get(bare) or article(bare) or _filled(bare, known_by)
    known = known or _terms(bare, known_by)
    if not known and bare.endswith("）"):
        head, _, aside = bare[:-1].rpartition("（")
        told, beside = _clause(head, known_by), _terms(aside, known_by)
        known = f"{told} ({beside})" if told and beside else ""
    return known


def _filled(bare: str, known_by: _Known) -> str:
    """A clause by a template with holes; empty: none fits."""
    for one in known_by.open:
        found = _between(bare, one.between)
        if found is None:
            continue
        told = [
            text if hole == "〔〕" else _terms(text, known_by)
            for hole, text in zip(one.holes, found, strict=True)
        ]
        if all(told):
            return "".join(chain(*zip_longest(_HOLE.split(one.told)[::2], told, fillvalue="")))
    return ""


def _between(text: str, literals: list[str]) -> list[str] | None:
    """What stands between literals that a text consists of; ``None``: it does not."""
    first, *rest = literals
    if not text.startswith(first):
        return None
    found, place = [], len(first)
    for last, literal in enumerate(rest, 1 - len(rest)):
        end = text.find(literal, place + 1) if last else len(text) - len(literal)
        if end <= place or not text.startswith(literal, end):
            return None
        found.append(text[place:end])
        place = end + len(literal)
    return found


def _terms(text: str, known_by: _Known) -> str:
    """Terms that are listed with “、” in English; empty: one is not known."""
    terms, templates = _file().terms, known_by.templates
    parts = [text] if text in terms or text in templates else text.split("、")
    told = [terms.get(one, "") or templates.get(one, "") or _filled(one, known_by) for one in parts]
    return ", ".join(told) if all(told) else ""


def article(text: str) -> str:
    """Where something stands: “第九条第三项” as “article 9, item 3”; empty: it is no such place.

    >>> article("第一百二十五条第一款第二项")
    'article 125, paragraph 1, item 2'
    """
    found = re.findall("第([零一二三四五六七八九十百]+)([条款项])", text)
    if "".join(f"第{number}{kind}" for number, kind in found) != text:
        return ""
    return ", ".join(f"{_KINDS[kind]} {_number(number)}" for number, kind in found)


def _written_out(found: re.Match[str]) -> str:
    """“5 to 20×10,000” as “50,000 to 200,000”."""
    unit = int(found[3].replace(",", ""))
    return " to ".join(f"{float(one) * unit:,.0f}" for one in found.groups()[:2] if one)


def _number(text: str) -> int:
    total, digit = 0, 0
    for mark in text:
        if mark in _PLACES:
            total += (digit or 1) * _PLACES[mark]
            digit = 0
        else:
            digit = _DIGITS[mark]
    return total + digit


def _template(sentence: str, most: int = 9) -> tuple[str, list[str]]:
    """The sentence with its quotes and figures left open, and those in their order.

    What is quoted may hold quotation marks that have no partner: such a quote ends where the
    sentence goes on with a colon, or with the last mark that closes one.

    Args:
        most: how deep quotes may stand in one another.
    """
    out: list[str] = []
    filled: list[str] = []
    begins: list[tuple[int, int]] = []
    depth = start = 0
    for place, mark in enumerate(sentence):
        if mark == "“":
            if not depth:
                out.append(_opened(sentence[start:place], filled))
                begins.append((place, len(out)))
                start = place
            depth = min(depth + 1, most)
        elif mark == "”" and (depth or begins):
            if not depth:
                # One that nothing opened belongs to the quote before.
                start, kept = begins[-1]
                quotes = [one for one in filled if one.startswith("“")]
                filled = filled[: filled.index(quotes[-1])]
                out = out[:kept]
                depth = 1
            depth = 0 if sentence[place + 1 : place + 2] in ("", "：") else depth - 1
            if not depth:
                filled.append(sentence[start : place + 1])
                out.append("“{}”")
                start = place + 1
    if depth and most > 1:
        return _template(sentence, most=1)
    out.append(_opened(sentence[start:], filled))
    return "".join(out), filled


def _opened(text: str, filled: list[str]) -> str:
    filled += (article(one) or one for one in _FIGURE.findall(text))
    return _FIGURE.sub("#", text)
