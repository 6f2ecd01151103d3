"""The rules by id, with the law they refer to and a site's changes."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from detectors.match import expression
from detectors.match.decipher import Decipherer, load_decipherer
from detectors.match.expression import Expression
from detectors.match.image import Image, Sections, prefixed
from detectors.match.keeping import keeping
from detectors.match.language import Language, load_language
from detectors.match.lexicon import Lexicon, lexicon_of
from detectors.match.likeness import LIKENESS, LikenessModel, load_likeness
from detectors.match.patterns import VOCABULARY, Pattern, lexicon
from detectors.match.vocabulary import words_in
from detectors.pack import definitions
from detectors.pack.asking import Asking
from detectors.pack.definitions import Contents, Ruled
from detectors.pack.frames import CLASS, kinds_of
from detectors.pack.law import LawTable
from detectors.pack.override import Override
from detectors.pack.suppression import Suppression
from detectors.rule import SIGN, VIEWER, Rule, RuleSpec

__all__ = ["Rulebook"]

HERE = Path(__file__).parents[1]


def _expressions(rule: Rule) -> list[Expression]:
    """The expressions that a rule and its family ask a text with.

    Not those of the scope of words: nobody disguises a denial, and an innocent word that
    sounds like one (蜡能, 哪能) would deny what was said.
    """
    families = {
        base.__module__.rpartition(".")[0] for base in type(rule).__mro__ if issubclass(base, Rule)
    }
    modules = [
        module
        for name, module in sorted(sys.modules.items())
        if name.startswith(f"{HERE.name}.rules.") and name.rpartition(".")[0] in families
    ]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, (expression.Pattern, re.Pattern))
    ]


def _is_hidden(rule: Rule) -> bool:
    """True if words of the rule are searched in disguise; of rules of frames the pack says so."""
    return bool(rule.spec.disguised) or (rule.worded and not rule.spec.frames)


class Rulebook:
    """Rules by id, the law they refer to, and a site's changes."""

    def __init__(
        self,
        rules: Sequence[Rule],
        law: LawTable,
        *,
        suppressions: Sequence[Suppression] = (),
        sources: Mapping[str, str] | None = None,
        overrides: Mapping[str, Sequence[Override]] | None = None,
        compiled: Callable[[Rulebook], Image] | None = None,
        ruled: Mapping[str, Ruled] | None = None,
    ) -> None:
        """
        Args:
            ruled: the documents of rules whose digests are known.
            suppressions: marks for alerts, as of the site's own file.
            sources: the pack that a rule stands in, by rule.
            overrides: what was changed of a rule that ships with livewatch, by rule.
            compiled: gives what `compiled_sections` makes of this book; asked when a text is first
                read. ``None``: it is made in memory, part by part.
        """
        # Rules that inhibit others are asked first.
        ordered = sorted(rules, key=lambda rule: (not rule.spec.inhibits, rule.id))
        self._rules = {rule.id: rule for rule in ordered}
        self._trials: dict[str, Rulebook] = {}
        self._ruled = {rule: (self._rules[rule].spec, one) for rule, one in (ruled or {}).items()}
        self._compiled = compiled
        #: Another book that reads with the same language …
        self._whole: Rulebook | None = None
        #: … and one of whose rules these are some, which reads with the same words, too.
        self._part_of: Rulebook | None = None
        self.site_model: LikenessModel | None = None
        """A model that the office has trained, in use instead of the one that ships."""
        self.shadow_model: LikenessModel | None = None
        """A model that is only evaluated: what it would decide is counted."""
        self.law = law
        self.suppressions = list(suppressions)
        self.sources = dict(sources or {})
        self.overrides = {rule: list(changes) for rule, changes in (overrides or {}).items()}

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def __len__(self) -> int:
        return len(self._rules)

    def __getitem__(self, rule_id: str) -> Rule:
        return self._rules[rule_id]

    def __contains__(self, rule_id: str) -> bool:
        return rule_id in self._rules

    @property
    def active(self) -> list[Rule]:
        """The rules that run: not drafts, not retired ones."""
        return [rule for rule in self if rule.spec.stage in ("shadow", "trial", "stable")]

    @property
    def readers(self) -> list[Rule]:
        """The active rules that read texts of the seller's side."""
        return [rule for rule in self.active if type(rule).on_text is not Rule.on_text]

    # What the rules say, as documents ------------------------------------------------------

    def ruled(self, spec: RuleSpec) -> Ruled:
        """The documents of an entry of this book by their digests; each is made once."""
        known = self._ruled.get(spec.id)
        if known is None or known[0] is not spec:
            made = Ruled(
                pack=definitions.digest_of(definitions.entry(spec)),
                slots=definitions.digest_of(definitions.words(spec)),
            )
            known = self._ruled[spec.id] = (spec, made)
        return known[1]

    def _beside(self) -> dict[str, bytes]:
        """The documents beside those of the rules, by what they are to the list."""
        return {
            "law": definitions.document(list(self.law.statutes.values())),
            "suppressions": definitions.document(self.suppressions),
            "overrides": definitions.document(self.overrides),
        }

    @functools.cached_property
    def contents(self) -> Contents:
        """The list of the documents of this book."""
        return Contents(
            **{name: definitions.digest_of(one) for name, one in self._beside().items()},
            rules={rule.id: self.ruled(rule.spec) for rule in self},
        )

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of that list, by which alerts name the rules that concluded them."""
        return definitions.digest_of(definitions.document(self.contents))

    def documents(self) -> dict[str, bytes]:
        """All documents of this book by their digests, the list first."""
        made = [definitions.document(self.contents), *self._beside().values()]
        for rule in self:
            made += [definitions.entry(rule.spec), definitions.words(rule.spec)]
        return {definitions.digest_of(one): one for one in made}

    @property
    def model(self) -> str:
        """Version of the model that reads texts for their likeness; empty: none does."""
        return self.likeness.version if self.likeness is not None else ""

    @functools.cached_property
    def _image(self) -> Image | None:
        return self._compiled(self) if self._compiled is not None else None

    @functools.cached_property
    @keeping
    def lexicon(self) -> Lexicon:
        """What is looked for in the texts of the seller's side, by the active rules.

        Read once, whatever number of engines use it.
        """
        if self._part_of is not None:
            return self._part_of.lexicon.of_owners(self._rules)
        image = self._image
        return (
            Lexicon(image.under("lexicon"), lambda: self.language)
            if image
            else lexicon_of(self._patterns())
        )

    @functools.cached_property
    @keeping
    def asking(self) -> Asking:
        """Which rules a text may say something to, by its words; made once, as the words are."""
        return Asking(self.lexicon, self.readers)

    def _patterns(self) -> tuple[Pattern, ...]:
        readers = self.readers
        named = []
        for rule in readers:
            asides = rule.spec.asides
            is_hidden = _is_hidden(rule)
            slots = (slot for frame in rule.spec.frames for slot in frame.heard)
            heard = {kind for slot in slots for kind in kinds_of(rule.spec.patterns, slot)}
            for group, terms in rule.spec.patterns.items():
                if group.startswith((VIEWER, f"{CLASS}.")):
                    continue
                hides = not group.startswith(SIGN) and group not in asides
                # Whoever disguises some words disguises all; a long word does not match by chance.
                hides_short = hides and is_hidden
                supporting = not rule.leads(group)
                for term in terms:
                    is_sought = hides_short or (hides and len(term) > 2)
                    named.append(
                        Pattern(rule.id, group, term, is_sought, supporting, group in heard)
                    )
        expressions = dict.fromkeys(
            expression for rule in readers if _is_hidden(rule) for expression in _expressions(rule)
        )
        # These hits belong to no rule, so each word is needed once.
        asked = [Pattern("", VOCABULARY, word) for word in dict.fromkeys(words_in(expressions))]
        return (*named, *asked)

    @functools.cached_property
    @keeping
    def likeness(self) -> LikenessModel | None:
        """What reads texts for their likeness; ``None``: no active rule asks for it."""
        if self.least_likeness >= 1:
            return None
        return self.site_model or load_likeness()

    @functools.cached_property
    @keeping
    def language(self) -> Language:
        """The model of the language, which tells likely wordings."""
        if self._whole is not None:
            return self._whole.language
        image = self._image
        return Language(image.under("language")) if image else load_language()

    @functools.cached_property
    @keeping
    def decipherer(self) -> Decipherer:
        """Reads texts in disguise."""
        if self._whole is not None:
            return self._whole.decipherer
        return Decipherer(self.language) if self._image else load_decipherer()

    @functools.cached_property
    def least_likeness(self) -> float:
        """The likeness from which on some rule looks at a text, 0 to 1."""
        return min(self.likeness_thresholds.values(), default=1.0)

    @functools.cached_property
    def likeness_thresholds(self) -> dict[str, float]:
        """By active rule, the likeness from which it watches a text, 0 to 1; 1: it watches none."""
        return {
            rule.id: float(rule.spec.threshold(LIKENESS))
            for rule in self.active
            if LIKENESS in rule.spec.thresholds
        }

    @functools.cached_property
    def viewer_lexicon(self) -> Lexicon:
        """The words that are searched in viewers' lines."""
        if self._part_of is not None:
            return self._part_of.viewer_lexicon.of_owners(self._rules)
        image = self._image
        return Lexicon(image.under("viewers")) if image else lexicon_of(self._viewer_patterns())

    def _viewer_patterns(self) -> tuple[Pattern, ...]:
        return tuple(
            Pattern(rule.id, group, term, supporting=rule.spec.is_supporting(group))
            for rule in self.active
            if type(rule).on_viewer_text is not Rule.on_viewer_text
            for group, terms in rule.spec.patterns.items()
            if group.startswith(VIEWER)
            for term in terms
        )

    @keeping
    def compiled_sections(self, earlier: Image | None = None) -> Sections:
        """What reading texts needs of these rules, as sections of an image.

        Args:
            earlier: of other rules, made by the same code: what is the same is taken over.
        """
        made: Sections = {}
        for name, patterns in (("lexicon", self._patterns), ("viewers", self._viewer_patterns)):
            before = earlier.under(name) if earlier is not None else None
            made |= prefixed(name, lexicon(patterns(), before))
        return made

    def prepare(self) -> None:
        """Builds all tables now that the first texts would otherwise wait for."""
        _ = self.likeness
        _ = self.viewer_lexicon
        self.lexicon.prepare()
        _ = self.asking
        self.decipherer.prepare()

    def on_trial(self, rule_id: str) -> Rulebook:
        """A rulebook with this rule at work even if it is a draft or in the shadow.

        For its cases and for measuring it: what it would raise is seen nowhere else.

        Raises:
            KeyError: no such rule.
        """
        rule = self._rules[rule_id]
        if rule.spec.stage not in ("draft", "shadow"):
            return self
        if rule_id not in self._trials:
            spec = msgspec.structs.replace(rule.spec, stage="trial")
            rules = {**self._rules, rule_id: type(rule)(spec)}
            self._trials[rule_id] = self._with(rules.values())
        return self._trials[rule_id]

    def only(self, *rule_ids: str) -> Rulebook:
        """A rulebook of some of these rules.

        Where this one has an image, a text is read as all of its rules read it together.

        Raises:
            KeyError: no such rule.
        """
        book = self._with([self._rules[rule_id] for rule_id in rule_ids])
        # Without an image, the words of all rules take seconds to compile, those of some less.
        whole = self._part_of or self
        book._part_of = whole if whole._compiled is not None else None
        return book

    def reading_with(self, site: LikenessModel | None, shadow: LikenessModel | None) -> Rulebook:
        """A rulebook that reads with the office's own models.

        Args:
            site: in use instead of the one that ships; ``None``: that one.
            shadow: reads along, and what it would do is counted; ``None``: none does.
        """
        book = self._with(self._rules.values())
        book.site_model, book.shadow_model = site, shadow
        book._compiled, book._part_of = self._compiled, self._part_of
        return book

    def _with(self, rules: Iterable[Rule]) -> Rulebook:
        book = Rulebook(
            list(rules),
            self.law,
            suppressions=self.suppressions,
            sources=self.sources,
            overrides=self.overrides,
        )
        book._whole = self
        book._ruled = dict(self._ruled)
        book.site_model, book.shadow_model = self.site_model, self.shadow_model
        return book
