"""Pieces that no decoder knows: all are counted, and some of each kind are kept."""

from __future__ import annotations

from collections import Counter, OrderedDict

__all__ = ["OTHER", "Unknowns"]

#: Pieces of one kind that are kept in an hour: enough to write a decoder for them.
KEPT_AN_HOUR = 20
HOUR_MS = 3_600_000
#: Kinds that are told apart; strangers name them, so there must be an end.
MAX_KINDS = 1_000
#: Under this name the kinds beyond are counted.
OTHER = "other"


class Unknowns:
    """The unknown of one source."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, list[int]] = OrderedDict()
        self.counts: Counter[str] = Counter()
        """How often by kind; beyond 1,000 kinds under `other`."""

    def keep(self, kind: str, now: int) -> bool:
        """Counts one, and says whether its bytes are worth keeping."""
        if kind in self.counts or len(self.counts) < MAX_KINDS:
            self.counts[kind] += 1
        else:
            self.counts[OTHER] += 1
        began_and_kept = self._kept.get(kind)
        if began_and_kept is None or now - began_and_kept[0] >= HOUR_MS:
            began_and_kept = self._kept[kind] = [now, 0]
            self._kept.move_to_end(kind)
            if len(self._kept) > MAX_KINDS:
                self._kept.popitem(last=False)
        began_and_kept[1] += 1
        return began_and_kept[1] <= KEPT_AN_HOUR
