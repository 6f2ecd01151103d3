"""What the passages of a text are like, by the rules' models of their violations."""

from __future__ import annotations

from collections.abc import Mapping

from detectors.engine.part import Part
from detectors.engine.read import UNLIKE
from detectors.match.likeness import SHORTEST, Likeness, LikenessModel, Weighed
from detectors.speech.passages import Run

__all__ = ["Likes"]

#: What its logit, in thousandths, must be above what a text must have to be watched, where sentences
#: end as likely as not at its ends.
ABOVE = 500


class Likes:
    """What the passages of a text are like, in whatever spelling: most are the same in all of them."""

    def __init__(self, table: LikenessModel, least: float, bars: Mapping[str, int]) -> None:
        """
        Args:
            least: the likeness, 0 to 1, from which on that of a passage says something.
            bars: by rule, the logit in thousandths from which on a text is watched.
        """
        self._table = table
        self._least = least
        self._bars = bars
        self._weighed: dict[str, Weighed] = {}
        self._known: dict[tuple[str, tuple[int, ...], tuple[Run, ...]], dict[str, Likeness]] = {}

    def of(self, part: Part, read_to: int, first: int, last: int) -> Mapping[str, Likeness]:
        """By rule, what a passage is like, or a run of its clauses that is more so.

        Args:
            read_to: the place of the text up to which runs were read in passages before.
            first, last: the half-open range of the original in which runs end that are no others'.
        """
        view, low, high = part.view, part.low, part.high
        if high - low < SHORTEST:
            return UNLIKE
        runs = tuple(
            run
            for run in part.runs(SHORTEST, read_to)
            if first < view.to_original(low, low + run.end)[1] <= last
        )
        key = view.text[low:high], tuple(place - low for place in part.commas), runs
        like = self._known.get(key)
        if like is None:
            weighed = self._weighed.get(view.text)
            if weighed is None:
                weighed = self._weighed[view.text] = self._table.weigh(view.text)
            like = self._known[key] = weighed.read(low, high, part.text, self._least)
            for run in runs:
                if weighed.suspects(low + run.start, low + run.end):
                    self._read_run(like, weighed, part, run)
        return like

    def _read_run(self, like: dict[str, Likeness], weighed: Weighed, part: Part, run: Run) -> None:
        """Adds what a run of clauses of a part of a text is like."""

        def shown() -> tuple[str, int, int]:
            placed = part.shown(run)
            return part.folded.text, placed.start, placed.end

        found = weighed.read_run(
            part.low + run.start, part.low + run.end, shown, self._bars, run.logit(ABOVE)
        )  # fmt: skip
        for rule, one in found.items():
            if rule not in like or like[rule].share < one.share:
                like[rule] = one
