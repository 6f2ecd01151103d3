"""How far clocks are apart, as far as records and time stamps show it: `data/clock.json`."""

from __future__ import annotations

import statistics
from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from monitor.evidence.stamps import BadStamp, states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.events import Event
    from monitor.evidence.heads import StoredHead
    from monitor.evidence.report import SetBack

__all__ = ["Clocks"]

#: What is measured of each source; the first two only of events that say when they were captured.
_MEASURES = ("seen_minus_at", "arrived_minus_seen", "arrived_minus_at")


class Clocks:
    """Measures them over the records and heads of a bundle; ms."""

    def __init__(self) -> None:
        self._delays: dict[str, dict[str, array[int]]] = defaultdict(
            lambda: {name: array("q") for name in _MEASURES}
        )
        self._against: dict[str, dict[str, int]] = {}
        """The clock of this machine against those of authorities."""
        self.went_back: Sequence[SetBack] = ()
        """Where it went back between two heads of the bundle."""

    @property
    def sources(self) -> list[str]:
        """Those of which there are records."""
        return sorted(self._delays)

    def note(self, source: str, event: Event, arrived: int) -> None:
        """Takes an event: the platform's clock, the collector's, the monitor's."""
        delays = self._delays[source]
        delays["arrived_minus_at"].append(arrived - event.at)
        if event.seen is not None:
            delays["seen_minus_at"].append(event.seen - event.at)
            delays["arrived_minus_seen"].append(arrived - event.seen)

    def compare(self, authority: str, head: StoredHead, at: int, token: bytes) -> None:
        """Holds this machine's clock against an authority's: a head was signed before it was stamped, and
        the stamp was here after.

        Args:
            at: when the stamp was here.
        """
        try:
            stamped = states(token, head.note)
        except BadStamp:
            return
        # One that states whole seconds was made within the second.
        within = 0 if stamped % 1_000 else 999
        known = self._against.get(authority)
        behind, ahead = stamped + within - head.at, at - stamped
        self._against[authority] = {
            "stamps": 1 + (known["stamps"] if known else 0),
            "at_most_behind": min(behind, known["at_most_behind"]) if known else behind,
            "at_most_ahead": min(ahead, known["at_most_ahead"]) if known else ahead,
        }

    def told(self) -> dict[str, Any]:
        """What `data/clock.json` says."""
        return {
            "unit": "ms",
            "meaning": (
                "seen_minus_at: capture minus the platform's time of the event; "
                "arrived_minus_seen: arrival here minus capture; arrived_minus_at: arrival here minus "
                "the platform's time. Each is a difference of two clocks plus a delay, so the least is "
                "an upper bound of how far the first clock is ahead. unknown: no event of the source "
                "says when it was captured"
            ),
            "collecting_host": {
                "meaning": (
                    "how far the clock of the machine that collected may be behind or ahead of that of "
                    "a time-stamp authority: from when heads were signed, stamped, and the stamp was here"
                ),
                "authorities": dict(sorted(self._against.items())),
            }
            if self._against
            else "unknown: no head in this bundle is time-stamped by an authority",
            "went_back": {
                "meaning": "heads, by number, that say an earlier time than the one before them",
                "heads": self.went_back,
            },
            "sources": {
                source: {
                    name: {
                        "count": len(values), "least": min(values),
                        "median": statistics.median_low(values), "most": max(values),
                    }
                    if values
                    else "unknown"
                    for name, values in delays.items()
                }
                for source, delays in sorted(self._delays.items())
            },
        }  # fmt: skip
