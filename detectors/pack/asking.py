"""Finds the rules that a text may concern, by the kinds of its words.

Most words of a text say something only beside others: a frame needs all of its slots. So rules name
the groups that must be hit together (`Rule.combinations`), and those are looked up by the word that
is rarest among them: a rule of which no combination stands in a text is never touched.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from operator import or_
from typing import NamedTuple

from detectors.match.found import AsWritten, View, Words
from detectors.match.lexicon import Lexicon
from detectors.match.patterns import Pairs
from detectors.match.typed import may_hold
from detectors.pack.frames import SHOWN, SUFFICES, TYPED, kinds_above
from detectors.rule import Rule

__all__ = ["ALL_LED", "Asking", "Led"]

#: The groups that a text must hold, as bits; the kinds of figures that it must, too; and the rule to which
#: it says something then, as a bit; and whether it does whatever the text hints at.
_Combination = tuple[int, tuple[str, ...], int, bool]

#: What combinations name that is no group; figures and cards, that are looked for; and what makes a combination say
#: something whatever the text hints at.
_FIGURES, _SURE = frozenset((*TYPED, SHOWN)), frozenset((SHOWN, SUFFICES))
_TOLD = _FIGURES | _SURE


class Led(NamedTuple):
    """The rules to which words may say something where they stand, as bits of the lexicon."""

    written: int
    """By the words as they are written …"""
    spelled: int
    """… and in another spelling."""
    is_suspect: bool
    """May the text be so much like violations that this alone says something?"""


ALL_LED = Led(-1, -1, is_suspect=True)
"""All that look for the words."""


class Asking:
    """The tables of some rules."""

    def __init__(self, lexicon: Lexicon, rules: Sequence[Rule]) -> None:
        self._lexicon = lexicon
        #: The turns of the rules when several are asked of a text.
        self._turns: dict[str, int] = {}
        #: Rules that name no combinations: any hit may say something to them.
        self._loose = 0
        #: By owner and group, what is looked up by it.
        keyed: dict[tuple[str, str], list[tuple[frozenset[str], str]]] = {}
        for turn, rule in enumerate(rules):
            self._turns[rule.id] = turn
            combinations = rule.combinations()
            if combinations is None:
                self._loose |= lexicon.bits.get(rule.id, 0)
                continue
            for key, needs in combinations:
                keyed.setdefault((rule.id, key), []).append((needs, rule.id))
        groups = {
            pair
            for (owner, _), combined in keyed.items()
            for needs, _ in combined
            for pair in ((owner, group) for group in needs - _TOLD)
        }
        #: By owner and group, a bit for the group.
        numbers = {pair: 1 << number for number, pair in enumerate(sorted(groups))}
        combinations_of = {
            pair: [
                (
                    sum(numbers[pair[0], group] for group in needs - _TOLD),
                    tuple(sorted(needs & _FIGURES)),
                    lexicon.bits.get(owner, 0),
                    not needs.isdisjoint(_SURE),
                )
                for needs, owner in combined
            ]
            for pair, combined in keyed.items()
        }

        def groups_of(pairs: Pairs) -> int:
            bits = 0
            for owner, group in pairs:
                for kind in kinds_above(group):
                    bits |= numbers.get((owner, kind), 0)
            return bits

        def looked_up(pairs: Pairs) -> tuple[_Combination, ...]:
            return tuple(one for pair in pairs for one in combinations_of.get(pair, ()))

        #: By the kind of a word, the groups to which it belongs and the slots of which these are kinds,
        #: as bits.
        self._groups: Sequence[int] = lexicon.table(groups_of)
        heeded = {rule.id: rule.heeds for rule in rules}
        #: … the rules to which it says something whatever the text hints at, as bits of the lexicon …
        self._heeded: Sequence[int] = lexicon.table(
            lambda pairs: lexicon.mask(
                {owner for owner, group in pairs if group in heeded.get(owner, ())}
            )
        )
        #: … and what is looked up by it …
        self._combinations: Sequence[tuple[_Combination, ...]] = lexicon.table(looked_up)
        #: … for which rules, as bits of the lexicon: those that it may say something to by what the text hints
        #: at, and whatever that does.
        self._led, self._sure = (
            [
                functools.reduce(or_, (rule for *_, rule, is_sure in one if is_sure is of), 0)
                for one in self._combinations
            ]
            for of in (False, True)
        )

    def heeding(self, words: Words) -> int:
        """The rules to which a word of a text says something whatever that hints at (`Rule.heeds`), as bits of
        the lexicon."""
        heeded, mask = self._heeded, 0
        for kind in words.kinds:
            mask |= heeded[kind]
        return mask

    def rules(
        self, words: Words, led: Led = ALL_LED, *, among: int = -1, is_shown: bool = True
    ) -> list[str]:
        """The rules to which a text may say something, in their turns: more than it does, at most.

        Args:
            led: those that are looked at; of others only what suffices whatever the text hints at.
            among: those that may be asked, as bits of the lexicon.
            is_shown: whether a card shows attributes of the goods.
        """
        lexicon = self._lexicon
        leads = words.leads & among
        mask = (
            self._mask(words.kinds, words.folded.text, leads, leads & led.written, is_shown)
            if leads
            else 0
        )
        if words.differing & among & ~mask:
            reading: dict[int, tuple[View | AsWritten, int]] = {}
            for owner, view in words.views.items():
                if owner in self._turns:
                    _, others = reading.get(id(view), (view, 0))
                    reading[id(view)] = view, others | lexicon.bits[owner]
            for view, theirs in reading.values():
                # What is spelled out is looked at for those that the text says nothing to as it is written.
                if theirs := theirs & among & ~mask:
                    leads = lexicon.leads_of(view.kinds) & theirs
                    mask |= self._mask(view.kinds, view.text, leads, leads & led.spelled, is_shown)
        owners, found = lexicon.owners, []
        while mask:
            bit = mask & -mask
            mask ^= bit
            owner = owners[bit.bit_length() - 1]
            if owner in self._turns:
                found.append(owner)
        if len(found) > 1:
            found.sort(key=self._turns.__getitem__)
        return found

    def _mask(self, kinds: Sequence[int], text: str, leads: int, led: int, is_shown: bool) -> int:
        """Of a text in one spelling with words of some kinds, as bits of the lexicon.

        Args:
            leads: those that are looked at of the owners of the words.
            led: those of them for which more than what suffices is looked up.
        """
        mask = self._loose & led
        left = leads & ~mask
        if not left:
            return mask
        by_hint, sure = self._led, self._sure
        telling = [kind for kind in kinds if by_hint[kind] & led or sure[kind] & left]
        if not telling:
            return mask
        groups_of, combinations = self._groups, self._combinations
        groups = 0
        for kind in kinds:
            groups |= groups_of[kind]
        held = {SHOWN: is_shown}
        for kind in telling:
            for needs, figures, rule, is_sure in combinations[kind]:
                if not rule & left or needs & groups != needs:
                    continue
                if not (is_sure or rule & led):
                    continue
                for figure in figures:
                    if figure not in held:
                        held[figure] = may_hold(figure, text)
                    if not held[figure]:
                        break
                else:
                    mask |= rule
                    left ^= rule
        return mask
