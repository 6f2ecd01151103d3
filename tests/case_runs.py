"""What the inline cases of the shipped rules come to: each is read once in a run of the tests."""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from detectors.alerts import Alert
from detectors.lab.cases import CaseResult, play_cases
from tests.detectors.build import rulebook

__all__ = ["CaseRuns"]

Runs = list[tuple[CaseResult, list[Alert]]]


class CaseRuns:
    """By rule, the results of its cases and all that they raise.

    Whichever process of the run asks first for those of a rule plays them, and leaves them to the
    others in a file: to play all takes fifteen seconds of processor time, and several laws are about all.
    """

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: that of the run, the same for all of its processes.
        """
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._known: dict[str, Runs] = {}

    def of(self, rule_id: str) -> Runs:
        """Those of a rule, in the order of its cases."""
        if rule_id not in self._known:
            with self._turn(rule_id) as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                self._take(rule_id)
        return self._known[rule_id]

    def all(self) -> Iterator[tuple[Mapping[str, Any], list[Alert]]]:
        """Each case of each rule, and what it raises."""
        # First those that no other process is at.
        for rule in rulebook():
            if rule.id not in self._known:
                with self._turn(rule.id) as turn:
                    try:
                        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        continue
                    self._take(rule.id)
        for rule in rulebook():
            for case, (_, alerts) in zip(rule.spec.cases, self.of(rule.id), strict=True):
                yield case, alerts

    def _turn(self, rule_id: str) -> TextIO:
        return (self._folder / f"{rule_id}.turn").open("w")

    def _take(self, rule_id: str) -> None:
        """Reads the runs of a rule, or makes them; its turn is ours."""
        path = self._folder / f"{rule_id}.runs"
        if path.exists():
            self._known[rule_id] = pickle.loads(path.read_bytes())  # noqa: S301  written by this run
            return
        book = rulebook()
        runs = list(play_cases(book, rule_id, book[rule_id].spec.cases))
        path.write_bytes(pickle.dumps(runs))
        self._known[rule_id] = runs
