"""Slots of frames that are no lists of words: figures of several kinds, an account, a place of origin."""

from __future__ import annotations

from collections.abc import Iterator

from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.numerals import counts
from detectors.match.phrasing import phrasing
from detectors.match.places import places_in

__all__ = ["figure", "holds", "may_hold", "typed"]

_SHAPES = {
    "<number>": phrasing("typed", "number"),
    "<percent>": phrasing("typed", "percent"),
    "<span>": phrasing("typed", "span"),
    "<sum>": phrasing("typed", "sum"),
    "<times>": phrasing("typed", "times"),
    "<account>": re.compile(
        r"(?<![a-z\d])(?=[a-z\d_-]*[a-z])[a-z\d][a-z\d_-]{4,19}(?![a-z\d_-])|(?<!\d)[1-9]\d{6,10}(?!\d)"
    ),
    "<year>": phrasing("typed", "year"),
}
#: The same, whatever stands around it: a part of a text has less around it than the whole.
_ANYHOW = {
    **_SHAPES,
    "<sum>": phrasing("typed", "sum-anyhow"),
    "<account>": re.compile(r"[a-z\d_-]{5}"),
}
_ABOUT = re.compile("[一二两三四五六七八九]{2}(?![一二三四五六七八九十百千万])")


def typed(kind: str, text: str) -> list[Hit]:
    """The figures or places of a kind (`detectors.pack.frames.TYPED`) in a folded text, in their order.

    Raises:
        KeyError: no such kind.
    """
    return list(_found(kind, text))


def holds(kind: str, text: str) -> bool:
    """Does one of a kind stand in a folded text?

    Raises:
        KeyError: no such kind.
    """
    return next(_found(kind, text), None) is not None


def may_hold(kind: str, text: str) -> bool:
    """Can one of a kind stand in a folded text, or in a part of it?

    Raises:
        KeyError: no such kind.
    """
    return bool(places_in(text)) if kind == "<place>" else _ANYHOW[kind].search(text) is not None


def figure(text: str, hit: Hit) -> float | None:
    """How much a figure of a folded text is, a share in hundredths; ``None``: it tells no number (半).

    >>> [figure(text, typed(kind, text)[0]) for kind, text in [("<number>", "8万毫安"),
    ...     ("<number>", "两三度"), ("<percent>", "百分之九十九"), ("<percent>", "七成")]]
    [80000, 2, 99, 70]
    """
    said = hit.term.removeprefix("百分之")
    if _ABOUT.match(said):
        said = said[0]  # “两三度” are two at least.
    elif hit.group == "<number>":
        # Its multiple may be written behind it: “8万”.
        said = text[hit.start : hit.end + 1]
    found = counts(said)
    if not found:
        return None
    return found[0].value * 10 if said.endswith("成") else found[0].value


def _found(kind: str, text: str) -> Iterator[Hit]:
    if kind == "<place>":
        return (Hit(kind, place.name, place.start, place.end) for place in places_in(text))
    matches = _SHAPES[kind].finditer(text)
    return (Hit(kind, match.group(), match.start(), match.end()) for match in matches)
