"""Lines of the chat, handed out in runs: all go to the crowd's book, and few of them to rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from detectors.engine.room import RoomState
from detectors.engine.stats import EngineStats, RuleFailure, reason_of
from detectors.engine.viewers import ViewerLines
from detectors.events import Chat
from detectors.facts.crowd.reading import Readings, Telling
from detectors.match.automaton import having, which
from detectors.rule import Rule

__all__ = ["ChatRuns"]


class ChatRuns:
    """Hands lines to the crowd's book of a room, and to rules those at which there is something to look at."""

    def __init__(
        self, rules: Sequence[Rule], viewers: ViewerLines, stats: EngineStats, *, asks_each: bool
    ) -> None:
        """
        Args:
            viewers: tells which lines rules heed.
            stats: counts what failed.
            asks_each: whether a rule takes each line of the chat.
        """
        self._stats = stats
        self.reads_crowd = any(rule.reads_crowd for rule in rules)
        """Does any rule ask what the crowd's book knows?"""
        self.asks_each = asks_each or not self.reads_crowd
        """Is a rule asked about each line?"""
        tones = next((rule.tones for rule in rules if rule.tones is not None), None)
        heeded = viewers.heeded if viewers.are_heeded else None
        self._readings = Readings(tones, heeded, _telling(rules))

    def ahead(self, lines: Sequence[Chat]) -> None:
        """Reads lines that will be handed out."""
        if self.reads_crowd:
            self._readings.ahead(lines)

    def hear(self, state: RoomState, lines: Sequence[Chat], deliver: Callable[[Chat], None]) -> int:
        """Hands out lines in their order, up to one by which a rule has set a timer.

        Args:
            deliver: hands a line to the rules.

        Returns:
            How many.
        """
        crowd, place, many = state.crowd, 0, len(lines)
        passed = self._readings.passed
        while place < many:
            try:
                looks = crowd.listen(lines, place, many, self._readings)
            except Exception as error:  # noqa: BLE001  one event must not stop the room
                faulty = crowd.place
                reason = reason_of(error)
                self._stats.failures.append(RuleFailure("", lines[faulty].id, state.key, reason))
                _remember(state, lines[place:faulty])
                place = faulty + 1
                continue
            looks = looks or self.asks_each
            at_hand = min(crowd.place, many - 1) if looks else many
            _remember(state, lines[place:at_hand])
            if looks:
                deliver(lines[at_hand])
            place = at_hand + 1
            if state._first_due is None:
                break
        for reasons in passed:
            self._stats.declined.update(reasons)
        passed.clear()
        return min(place, many)


def _remember(state: RoomState, lines: Sequence[Chat]) -> None:
    """Keeps lines that no rule was asked about, as they may stand before or after a trigger."""
    if state._following.open:
        for line in lines:
            state._following.take(line)
    state._recent_chat.extend(lines)


def _telling(rules: Iterable[Rule]) -> Telling | None:
    """What tells which lines of the platform say something to rules; ``None``: any may."""
    asked = [rule for rule in rules if hasattr(rule, "on_platform_chat")]
    if any(rule.platform_words is None for rule in asked):
        return None
    says: dict[str, int] = {}
    for rule in asked:
        for word, bits in (rule.platform_words or {}).items():
            says[word] = says.get(word, 0) | bits
    words_in, bits_of = which(says), list(says.values())

    def telling(texts: Sequence[str]) -> dict[int, int]:
        words: list[int] = []

        def begins(text: str) -> list[int]:
            matches = words_in(text)
            words.extend(word for word, _, _ in matches)
            return [start for _, start, _ in matches]

        told = dict[int, int]()
        for place, numbers in having(texts, begins).items():
            for number in numbers:
                told[place] = told.get(place, 0) | bits_of[words[number]]
        return told

    return telling
