"""Materials and their shares, as spoken and as displayed: “百分之九十羊毛”, “棉60% 聚酯纤维40%”."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.phrasing import load_phrasings, phrasing, word_list

__all__ = ["Material", "materials", "related"]

_SHARE = r"(?P<{0}>\d{{1,12}}(?:\.\d{{1,12}})?)\s{{0,8}}%|百分之(?P<{0}w>百|[一二三四五六七八九十零百点\d]{{1,12}})|(?P<{0}c>[一二三四五六七八九])成(?P<{0}d>[一二三四五六七八九])?(?!新)|(?P<{0}all>百分百)"
#: What is like a material, or named after it, is not made of it.
_SIMILE = phrasing("cards", "likened-behind")
_SIMILE_BEFORE = phrasing("cards", "likened-before")
_PART = phrasing("cards", "part")


@cache
def _paths() -> dict[str, tuple[str, ...]]:
    """The families of the names of materials, from the wide to the narrow name."""
    families = load_phrasings("materials").lists.items()
    return {word: tuple(family.split("/")) for family, words in families for word in words}


@cache
def _material() -> re.Pattern[str]:
    """A name of a material, with a share before or behind it."""
    names = "|".join(sorted(map(re.escape, _paths()), key=len, reverse=True))
    leads, of, amounts_to, pure = (
        "|".join(word_list("cards", f"share-{name}")) for name in ("before", "of", "is", "pure")
    )
    return re.compile(
        rf"(?:(?:{_SHARE.format('b')})\s{{0,8}}(?:{leads})?\s{{0,8}})?(?P<pure>{pure})?(?P<word>{names})"
        rf"(?:的?(?:{of})?(?:{amounts_to})?\s{{0,8}}(?:{_SHARE.format('a')}))?"
    )


class Material(NamedTuple):
    """A material named in a text; half-open offsets."""

    word: str
    path: tuple[str, ...]
    share: float | None
    """Per cent; ``None``: not said."""
    start: int
    end: int
    part: bool = False
    """Said of a part (lining, handle) only."""


def materials(text: str, *, shown: bool = False) -> list[Material]:
    """The materials in folded text; `shown`: the text is a displayed composition, not speech.

    >>> [(m.word, m.share) for m in materials("棉60% 聚酯纤维40%", shown=True)]
    [('棉', 60.0), ('聚酯纤维', 40.0)]
    >>> [(m.word, m.share) for m in materials("百分之九十羊毛的，里面纯棉")]
    [('羊毛', 90.0), ('棉', 100.0)]
    >>> materials("羊绒手感，奶白色")
    []
    """
    found = []
    for match in _material().finditer(text):
        word = match["word"]
        if not shown:
            at = match.start("word")
            if _SIMILE.match(text[match.end("word") :]) or _SIMILE_BEFORE.search(
                text[max(0, at - 3) : match.start()]
            ):
                continue
        share = _share(match, "a")
        if share is None:
            share = _share(match, "b")
        if share is None and (match["pure"] or word.startswith(word_list("cards", "all-of-it"))):
            share = 100.0
        part = bool(_PART.search(text[max(0, match.start() - 10) : match.start()]))
        found.append(Material(word, _paths()[word], share, match.start(), match.end(), part))
    return found


def _share(match: re.Match[str], name: str) -> float | None:
    if match[name]:
        return float(match[name])
    if match[f"{name}all"]:
        return 100.0
    if match[f"{name}w"]:
        words = match[f"{name}w"]
        return 100.0 if words == "百" else number(words)
    if match[f"{name}c"]:
        tens = number(match[f"{name}c"]) or 0.0
        return tens * 10 + (number(match[f"{name}d"] or "零") or 0.0)
    return None


def related(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """May two names mean the same material, one being perhaps only the wider name?"""
    return all(first == second for first, second in zip(one, other, strict=False))
