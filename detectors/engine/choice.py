"""Chooses which candidate rules are asked about a text; some test its words first (`Rule.may_concern`)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from detectors.engine.leads import Leads
from detectors.engine.read import Asked, Read, Seen
from detectors.match.fold import Folded
from detectors.match.lexicon import Hit
from detectors.pack.load import Rulebook
from detectors.rule import Rule

__all__ = ["Choice", "Chosen"]

#: The rules that are asked about a text, and those that were looked at for that, in their turns.
Chosen = tuple[tuple[Asked, ...], tuple[str, ...]]


class Choice:
    """Chooses among the rules of a rulebook."""

    def __init__(self, rulebook: Rulebook, leads: Leads) -> None:
        self._leads = leads
        self._rules: dict[str, Rule] = {rule.id: rule for rule in rulebook.readers}
        self.turns = {rule: turn for turn, rule in enumerate(self._rules)}
        """Their turns when several are asked of a text."""
        #: Those that look at a text before they are asked.
        self._looking = {
            rule.id for rule in rulebook.readers if type(rule).may_concern is not Rule.may_concern
        }

    def concerns(self, rule_id: str, folded: Folded, hits: list[Hit]) -> bool:
        """True if a rule is asked about a text. If its test raises, it is asked, and fails there."""
        if rule_id not in self._looking or rule_id == self._leads.always:
            return True
        try:
            return self._rules[rule_id].may_concern(folded.text, hits)
        except Exception:  # noqa: BLE001  one rule's fault must not stop the others
            return True

    def among(
        self, views: Mapping[str, Seen], like: Container[str], waiting: Container[str] = frozenset(), *,
        known: dict[str, bool] | None = None,
    ) -> Chosen:  # fmt: skip
        """Chooses among some rules.

        Args:
            views: by rule, the text as it reads it, and its hits in that.
            like: the rules that are asked for its likeness.
            waiting: those that wait for what is said next.
            known: of a whole text, which rules it was found to concern; ``None``: it is a part of one.
        """
        counted = sorted(views, key=self.turns.__getitem__) if len(views) > 1 else [*views]
        asked = []
        for rule_id in counted:
            view, hits = views[rule_id]
            # What a rule is told of a whole text, no look at the words can spare it, either.
            is_asked = rule_id in waiting or rule_id in like
            if not is_asked:
                answer = known.get(rule_id) if known is not None else None
                is_asked = self.concerns(rule_id, view, hits) if answer is None else answer
                if known is not None:
                    known[rule_id] = is_asked
            if is_asked:
                asked.append(Asked(rule_id, view, hits))
        return tuple(asked), tuple(counted)

    def joined(self, chosen: Chosen, others: Iterable[Asked], counted: Iterable[str]) -> Chosen:
        """What was chosen with other rules that are asked, and those that were looked at for them."""
        turn = self.turns.__getitem__
        return (
            tuple(sorted((*chosen[0], *others), key=lambda one: turn(one.rule))),
            tuple(sorted({*chosen[1], *counted}, key=turn)),
        )

    def told(
        self, read: Read, rules: Iterable[str], *, waiting: Container[str], whole: bool
    ) -> Read:
        """The reading of a text with further rules that are asked whatever stands in it.

        Args:
            waiting: those that wait for what is said next: no look at the words can spare them it.
            whole: whether the text is one that is read for its likeness, too.
        """
        readers = read.rules
        if not whole:
            views = dict(read.found)
            for rule_id in rules:
                views.setdefault(rule_id, (read.folded, []))
            if readers is not None:
                views = {rule: seen for rule, seen in views.items() if rule in readers}
            return read.instead(*self.among(views, {}, waiting), {})
        # What it is like was found out already, and who is asked stays asked.
        known = {one.rule for one in read.asked}
        views = {
            rule_id: read.found.get(rule_id) or (read.folded, [])
            for rule_id in rules
            if rule_id not in known and (readers is None or rule_id in readers)
        }
        if not views:
            return read
        chosen = self.joined((read.asked, read.counted), *self.among(views, {}, waiting))
        return read.instead(*chosen, read.likeness)
