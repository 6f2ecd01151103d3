"""Finding what a person cites: “反不正当竞争法 9”, by the number of a day or of another."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from msgspec import Struct

from detectors.match.amounts import number
from detectors.pack.law import LawTable, Provision, Statute

__all__ = ["Citation", "article_numbers", "cited", "statute_of"]

_ARTICLE = re.compile(
    r"第([零〇一二三四五六七八九十百千]+|\d+)条(?:至第([零〇一二三四五六七八九十百千]+|\d+)条)?"
)
_ASKED = re.compile(r"第?([零〇一二三四五六七八九十百千]+|\d+)条?(?:之[一二三四五])?(?:[(（].*)?")
#: What a penalty begins with that stands in the same text.
_OWN_PENALTY = re.compile("第[^条]{1,9}条")
#: What titles begin with and nobody says.
_REPUBLIC = "中华人民共和国"


class Citation(Struct, frozen=True, kw_only=True):
    """A duty with its versions, looked at from one day."""

    ref: str
    statute: Statute
    versions: list[Provision]
    """The oldest first."""
    in_force: Provision | None
    """The version of that day."""

    @property
    def others(self) -> list[Provision]:
        """The versions of other days."""
        return [version for version in self.versions if version is not self.in_force]


class _Numbers:
    """The numbers that a version of a duty bears, and that of its penalty in the same text."""

    def __init__(self, version: Provision) -> None:
        self.numbers = article_numbers(version.article)
        own = _OWN_PENALTY.match(version.penalty)
        self.penalty_numbers = article_numbers(own[0]) if own else ()


def article_numbers(article: str) -> tuple[int, ...]:
    """The numbers in an article's name.

    >>> article_numbers("第九条第三项"), article_numbers("第九条至第十一条")
    ((9,), (9, 10, 11))
    >>> article_numbers("条文序号待核对")
    ()
    """
    found: list[int] = []
    for match in _ARTICLE.finditer(article):
        first = _number(match[1])
        found += range(first, (_number(match[2]) if match[2] else first) + 1)
    return tuple(found)


def _number(text: str) -> int:
    return int(number(text) or 0)


def statute_of(law: LawTable, name: str) -> Statute | None:
    """A statute by its short name, its title, or its title as it is said; ``None``: unknown.

    A reference (“反法/虚假宣传”) names its statute too.
    """
    name = name.partition("/")[0].strip("《》 ")
    for statute in law.statutes.values():
        titles = (statute.title, statute.title.removeprefix(_REPUBLIC))
        if name == statute.short or name in titles or name in statute.aliases:
            return statute
    return None


def cited(law: LawTable, name: str, article: str | None, day: date) -> list[Citation]:
    """The duties of a statute that somebody cites, those first that bear the number on that day.

    Args:
        name: a statute, or a reference to one of its duties.
        article: “9”, “第九条”, “9(3)”; ``None``: all of them. The number may be that of an
            older or newer version of the text, or of the penalty.
        day: civil day in China.

    Raises:
        ValueError: no such statute or duty, or no article's number.
    """
    statute = statute_of(law, name)
    if statute is None:
        raise ValueError(f"no statute {name!r} in the law table")
    duty = name.partition("/")[2]
    if duty and duty not in statute.duties:
        raise ValueError(f"{statute.short} has no duty {duty!r}")
    wanted = None
    if article is not None:
        match = _ASKED.fullmatch(article.strip())
        if match is None:
            raise ValueError(f"no article's number: {article!r}")
        wanted = _number(match[1])
    found = _bearing(statute, duty, day, lambda one: wanted is None or wanted in one.numbers)
    # A number that no duty has may be that of what follows from breaking one.
    return found or _bearing(statute, duty, day, lambda one: wanted in one.penalty_numbers)


def _bearing(
    statute: Statute, duty: str, day: date, bears: Callable[[_Numbers], bool]
) -> list[Citation]:
    found: list[tuple[bool, Citation]] = []
    for title, provisions in statute.duties.items():
        if duty and title != duty:
            continue
        versions = sorted(provisions, key=lambda version: version.from_)
        bearing = [version for version in versions if bears(_Numbers(version))]
        if not bearing:
            continue
        in_force = next((version for version in versions if version.in_force(day)), None)
        citation = Citation(
            ref=f"{statute.short}/{title}", statute=statute, versions=versions, in_force=in_force
        )
        found.append((in_force not in bearing, citation))
    return [citation for _, citation in sorted(found, key=lambda entry: entry[0])]
