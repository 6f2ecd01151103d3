"""Finds the rules that a text may concern, by its words and its likeness (`match.hints`)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from functools import cached_property

from detectors.engine.read import Asked
from detectors.match.found import Words
from detectors.match.hints import Hints
from detectors.match.phrasing import word_list
from detectors.pack.asking import ALL_LED, Led
from detectors.pack.load import Rulebook

__all__ = ["Leads"]

#: With these somebody tells what was asked, in so many characters and up to as many more.
_ASKED, HEARD = re.compile("|".join(word_list("scope", "of-asking"))), 12


class Leads:
    """Looks up the rules of a rulebook."""

    def __init__(self, rulebook: Rulebook, bars: Mapping[str, int]) -> None:
        """
        Args:
            bars: by rule, the logit in thousandths from which on a text is watched for its likeness.
        """
        self.always = ""
        """A rule to which any text with its words says something: what it makes of them is shown."""
        self._rulebook = rulebook
        self._bars = bars
        self._rules = {rule.id: rule for rule in rulebook.readers}
        self.heeding_events = frozenset(
            rule for rule, one in self._rules.items() if one.heeds_events
        )
        """Those that heed words event by event, whether they are asked about them or not."""

    @cached_property
    def _hints(self) -> Hints | None:
        """Tells at what texts hint; ``None``: there is no model that can."""
        book = self._rulebook
        if book.likeness is None:
            return None
        least = {rule: one.least_hint for rule, one in self._rules.items() if one.least_hint}
        return Hints(book.likeness, book.lexicon.bits, least, self._bars)

    def led(self, found: Words, waiting: Set[str] = frozenset()) -> Led:
        """Those to which the words of a text may say something by what it hints at.

        Args:
            waiting: rules that wait for what is said next: to those they do anyway.
        """
        hints = self._hints
        if hints is None:
            return ALL_LED
        hinted = hints.of(found.folded.text)
        asked = {match.start() // HEARD for match in _ASKED.finditer(found.folded.text)}

        def rules(place: int) -> int:
            # What somebody asked is like nothing, and the host may answer it.
            step = place // HEARD
            return -1 if asked and (step in asked or step - 1 in asked) else hinted.beside(place)

        everywhere = hinted.rules
        led = ~hints.known
        if asked or everywhere:
            led |= found.led_by(rules)
        if waiting or self.always:
            led |= self._rulebook.lexicon.mask((*waiting, self.always))
        spelled, is_suspect = led | everywhere, hinted.is_suspect
        others = [view.text for view in found.views.values()]
        if found.written is not None:
            others.append(found.written.text)
        for text in dict.fromkeys(others):
            other = hints.of(text)
            spelled |= other.rules
            is_suspect |= other.is_suspect
        return Led(led, spelled, is_suspect)

    def asking(
        self, found: Words, led: Led, *, is_shown: bool = True, among: int = -1
    ) -> Sequence[str]:
        """Those to which the words of a text may say something, in their turns.

        Args:
            is_shown: whether a card shows attributes of the goods.
            among: those that may be asked, as bits of the lexicon.
        """
        asking = self._rulebook.asking.rules(found, led, among=among, is_shown=is_shown)
        if self.always and self.always not in asking and self.always in found:
            asking.append(self.always)
        found.gather(asking)
        return asking

    def heeded(
        self, found: Words, asking: Iterable[str], rules: Container[str] | None = None
    ) -> tuple[Asked, ...]:
        """Those to which some words of a text say something whatever it hints at, with these; who heeds words
        event by event, with all of them.

        Args:
            asking: those to which all may.
            rules: those that may be asked; ``None``: all.
        """
        lexicon = self._rulebook.lexicon
        by_event = self.heeding_events
        asking = [rule for rule in asking if rule not in by_event]
        heeding = self._rulebook.asking.heeding(found) & ~lexicon.mask(asking)
        if not heeding:
            return ()
        owners = [one for one in lexicon.owners_in(heeding) if rules is None or one in rules]
        found.gather(owners)
        asked = []
        for rule_id in owners:
            view, hits = found.get(rule_id) or (found.folded, [])
            heeds = self._rules[rule_id].heeds
            heeded = [hit for hit in hits if hit.group in heeds]
            if heeded:
                asked.append(Asked(rule_id, view, hits if rule_id in by_event else heeded))
        return tuple(asked)
