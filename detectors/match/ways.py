"""One reading of a text in disguise: its pieces, and the text as they are meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from detectors.match.fold import Folded
from detectors.match.sighting import Form

__all__ = ["Way", "spelled"]


class Way(NamedTuple):
    """A reading up to a place."""

    cost: int
    two: str
    """Its last two characters, as the language knows them."""
    is_kept: bool
    """Does the last piece stand for itself?"""
    before: Way | None
    start: int
    end: int
    meant: str
    form: Form = "plain"


def spelled(folded: Folded, pieces: Sequence[Way], places: list[int] | None) -> Folded:
    """The text as its pieces are meant, with the way back to the original."""
    meant: list[str] = []
    first: list[int] = []
    last: list[int] = []
    forms: list[Form] = []
    for piece in pieces:
        if not piece.meant:
            continue
        inside = (
            range(piece.start, piece.end) if places is None else places[piece.start : piece.end]
        )
        if len(piece.meant) == len(inside):
            spans = [folded.to_original(place, place + 1) for place in inside]
        else:
            # What stands there as it is meant has its own place; the rest shares what is between.
            head, tail = _same("".join([folded.text[place] for place in inside]), piece.meant)
            behind = len(inside) - tail
            core = folded.to_original(inside[head], inside[behind - 1] + 1)
            spans = [
                *(folded.to_original(place, place + 1) for place in inside[:head]),
                *[core] * (len(piece.meant) - head - tail),
                *(folded.to_original(place, place + 1) for place in inside[behind:]),
            ]
        meant.append(piece.meant)
        first += [low for low, _ in spans]
        last += [high for _, high in spans]
        forms += [piece.form] * len(piece.meant)
    return Folded("".join(meant), folded.original, first, last, forms)


def _same(written: str, meant: str) -> tuple[int, int]:
    """How many characters stand as they are meant before and behind the rest, of which at least one is left."""
    most = min(len(written), len(meant)) - 1
    head = tail = 0
    while head < most and written[head] == meant[head]:
        head += 1
    while tail < most - head and written[-1 - tail] == meant[-1 - tail]:
        tail += 1
    return head, tail
