"""The sentences of alerts in English: by templates in which quotes and figures are left open.

A sentence is looked up whole, with its quotes written “{}” and its figures `#`; else clause by
clause. What is quoted stays in the original: it is evidence.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

__all__ = ["article", "english", "templates"]

_FIGURE = re.compile(r"[0-9A-Za-z][0-9A-Za-z,.%:+‰/-]*")
_MARKS = re.compile("([，；：。])")
_JOINED = {"，": ", ", "；": "; ", "：": ": ", "。": ". "}
_OPEN = re.compile("“\\{\\}”|#")
#: “5 to 20×10,000”: what Chinese counts in 千 and 万, before it is written out.
_AMOUNT = re.compile(r"(?<![0-9.])(?:([0-9.]{1,12}) to )?([0-9.]{1,12}) ?×(10,000|1,000)")
_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")}
_PLACES = {"十": 10, "百": 100}
_KINDS = {"条": "article", "款": "paragraph", "项": "item"}


class _File(Struct, forbid_unknown_fields=True):
    sentences: dict[str, str]
    clauses: dict[str, str]


@functools.cache
def templates() -> Mapping[str, str]:
    """English by the Chinese of sentences and clauses, read once.

    Raises:
        ValueError: the file does not have its shape.
    """
    text = (Path(__file__).parent / "english.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    file = msgspec.convert(yaml.load(text, Loader=loader), _File)  # noqa: S506  a safe loader
    return {**file.clauses, **file.sentences}


@functools.lru_cache(maxsize=4_096)
def english(sentence: str) -> str:
    """A sentence in English; empty: nobody has put it into English yet.

    >>> english("同句未见转述观众提问或传言的词语")
    "No viewers' question or hearsay in the sentence"
    >>> english("可处 100 万元以下")
    'Up to 1,000,000 yuan'
    """
    template, filled = _template(sentence)
    whole = templates().get(template)
    if whole is None:
        parts = []
        for part in _MARKS.split(template):
            bare = part.strip()
            if part in _JOINED:
                parts.append(_JOINED[part])
            elif bare:
                known = (
                    bare
                    if _OPEN.sub("", bare) == ""
                    else (templates().get(bare) or article(bare) or None)
                )
                if known is None:
                    return ""
                parts.append(known)
        whole = "".join(parts).strip()
    values = iter(filled)
    told = _AMOUNT.sub(_written_out, _OPEN.sub(lambda _: next(values, ""), whole))
    return told[:1].upper() + told[1:]


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


def _template(sentence: str) -> tuple[str, list[str]]:
    """The sentence with its quotes and figures left open, and those in their order."""
    out: list[str] = []
    filled: list[str] = []
    depth = start = 0
    for place, mark in enumerate(sentence):
        if mark == "“":
            if not depth:
                out.append(_opened(sentence[start:place], filled))
                start = place
            depth += 1
        elif mark == "”" and depth:
            depth -= 1
            if not depth:
                filled.append(sentence[start : place + 1])
                out.append("“{}”")
                start = place + 1
    out.append(_opened(sentence[start:], filled))
    return "".join(out), filled


def _opened(text: str, filled: list[str]) -> str:
    filled += _FIGURE.findall(text)
    return _FIGURE.sub("#", text)
