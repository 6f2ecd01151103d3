"""Claims that are composed of slots: which words, near which others, and what exempts them.

A rule of this family is a table. Its slots are groups of words in the pack; a `Make` says how
they join to a claim, a `Ground` what would exempt it. So a new way of saying a thing is a word
more in a group, not another sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, NamedTuple

from detectors.alerts import Exemption, Level
from detectors.engine.room import RoomState
from detectors.events import Category
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.sought import Sought
from detectors.rule import Context, RuleSpec
from detectors.rules.claims.claim import Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.reading import Reading, is_chance

__all__ = ["ComposedRule", "Ground", "Make", "is_about"]

#: A word that begins so negates by itself; a negation before it is looked at with more care.
_NEGATING = ("不", "没", "无", "零", "0", "非", "别", "未")

#: Characters of a question that is asked to be answered at once, at most.
ASIDE = 12

#: A notice or a report tells what the party said.
_REPORTED = re.compile(
    "当事人|经查|涉事|该(?:直播间|主播|店铺|公司|广告)|主播(?:在|多次|宣称|声称)|直播(?:中|时|间)[^,。!?]{0,4}(?:宣)?称|(?:无法|未能|不能)(?:提供|出示)|与(?:实际|事实)不符|无(?:任何)?(?:事实)?依据|误导(?:消费者|公众)|违反|擅自"
)


class Make(NamedTuple):
    """How a claim is made: of one word, or of two that stand near each other."""

    concept: str
    """The claim's identity; empty: the name of the first word's group, else the word."""
    says: str
    """What is alleged, for the reason; follows the quoted words."""
    first: tuple[str, ...]
    second: tuple[str, ...] = ()
    after: int = 8
    """Most characters between, when the second word follows; -1: it must not."""
    before: int = -1
    """Most characters between, when the second word comes first; -1: it must not."""
    marks: int = 0
    """Most clause marks between the two."""
    level: Level = "lead"
    where: re.Pattern[str] | None = None
    """What must stand in the same sentence."""
    unless: re.Pattern[str] | None = None
    """What must not stand in the same sentence, or it is another thing that is said."""
    ungated: bool = False
    """Negations belong to the claim."""
    asks: bool = True
    """Whether a question about it is no claim."""
    whole: bool = False
    """What `where` finds is the claim itself; the word only says that it is worth looking."""


class Ground(NamedTuple):
    """A reason for which a claim is exempt, and where its words must stand."""

    clause: str
    pattern: re.Pattern[str]
    met: str
    unmet: str
    within: Literal["clause", "sentence", "text"] = "sentence"

    def considered(self, reading: Reading, place: int) -> Exemption:
        """The exemption, met or not, with what decided."""
        text = reading.text
        if self.within != "text":
            text = (
                reading.sentence(place)
                if self.within == "sentence"
                else reading.scope.clause_text(place)
            )
        match = self.pattern.search(text)
        why = f"{self.met}：“{match.group()}”" if match is not None else self.unmet
        return Exemption(clause=self.clause, met=match is not None, why=why)


class ComposedRule(ClaimRule):
    """A claim rule that is its table. Subclasses narrow it by `judged`."""

    #: The pack says which words are looked for in disguise: many here sound like innocent ones.
    worded = False
    makes: ClassVar[Sequence[Make]] = ()
    grounds: ClassVar[Sequence[Ground]] = ()

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        kinds = {kind for make in self.makes for kind in make.first}
        self._wheres = [
            (make, None if make.where is None else Sought(make.where)) for make in self.makes
        ]
        #: By the group of its first word, what else a claim needs.
        self._joins: dict[str, list[tuple[tuple[str, ...], Sought | None]]] = {}
        for group in spec.patterns:
            kind = group.partition(".")[0]
            for make, where in self._wheres:
                if kind in make.first:
                    self._joins.setdefault(group, []).append((make.second, where))
        self._strong_groups = frozenset(
            group for group in spec.patterns if group.partition(".")[0] in kinds
        )

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        kinds: set[str] | None = None
        for hit in hits:
            for second, where in self._joins.get(hit.group, ()):
                if where is not None and not where.may_match(text):
                    continue
                if not second:
                    return True
                if kinds is None:
                    kinds = {one.group.partition(".")[0] for one in hits}
                if not kinds.isdisjoint(second):
                    return True
        return False

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        """The level of a claim that was found; ``None``: in this place it is none, as declined."""
        return make.level

    def grounds_of(
        self, ctx: Context, reading: Reading, place: int, of: Sequence[str] = ()
    ) -> list[Exemption]:
        return [ground.considered(reading, place) for ground in self.grounds]

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        """What must still be obtained about such a claim."""
        return []

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        if quoted != "设问" and _REPORTED.search(reading.sentence(claim.start)):
            # What a notice reports was said by the party it is about.
            considered = self._considered(ctx, reading, claim, None)
            return self._raise(ctx, memory, reading, claim, subject, considered)
        return super()._quoted(ctx, memory, reading, claim, subject, quoted)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = []
        found = reading.kinds
        for make, where in self._wheres:
            if found.isdisjoint(make.first):
                continue
            if where is not None and not where.may_match(reading.text):
                continue
            for hits in _found(make, reading):
                if self._only_resembles(hits[0]):
                    continue
                if any(map(is_chance, hits)) or (make.whole and _holds_chance(reading, hits[0])):
                    ctx.decline("homophone")
                    continue
                level = self.judged(ctx, reading, make, hits)
                if level is None:
                    reading.is_weighed = True
                    continue
                start, end = min(hit.start for hit in hits), max(hit.end for hit in hits)
                first, last = reading.utterance.folded.to_original(start, end)
                words = reading.utterance.folded.original[first:last]
                negating = any(hit.term.startswith(_NEGATING) for hit in hits)
                claims.append(
                    Claim(
                        concept=make.concept or _concept(hits[0]),
                        hits=list(hits),
                        level=level,
                        says=f"“{words}”{make.says}",
                        exemptions=self.grounds_of(ctx, reading, start),
                        missing=self.asked_for(ctx, reading, make),
                        ungated=make.ungated or negating,
                        asks=make.asks,
                        numbers={"term": hits[0].term},
                    )
                )
        claims.sort(
            key=lambda claim: (any(one.met for one in claim.exemptions), claim.level != "lead")
        )
        return claims

    def _only_resembles(self, hit: Hit) -> bool:
        """Is it a word that nobody hides, and not what was said, only like it?"""
        return (
            hit.form in ("sound", "echo", "initial", "shape")
            and len(hit.term) <= 2
            and not self.spec.is_disguised(hit.group)
        )


def is_about(
    room: RoomState,
    reading: Reading,
    classes: frozenset[Category],
    words: re.Pattern[str],
) -> bool:
    """Is it about goods of some classes: by the card's class, its title, or the words said?"""
    sku = reading.utterance.sku
    category = room.category(sku)
    if category in classes:
        return True
    card = room.cards.get(sku) if sku else None
    if card is not None and card.title and words.search(card.title.lower()):
        return True
    return words.search(reading.text) is not None


def _holds_chance(reading: Reading, whole: Hit) -> bool:
    """Does what an expression found end in a word that only sounds so?"""
    return any(
        is_chance(hit) and whole.start <= hit.start and hit.end == whole.end for hit in reading.hits
    )


def _concept(hit: Hit) -> str:
    return hit.group.partition(".")[2] or hit.term


def _found(make: Make, reading: Reading) -> Iterator[tuple[Hit, ...]]:
    first = reading.kind(*make.first)
    if not first:
        return
    found: list[tuple[Hit, ...]] = [(hit,) for hit in first]
    if make.second:
        found = [
            (pair.first, pair.second)
            for pair in reading.pairs(
                first, reading.kind(*make.second),
                after=make.after, before=make.before, marks=make.marks,
            )
        ]  # fmt: skip
    if make.whole and make.where is not None:
        yield from _spelled_out(make, make.where, reading, first)
        return
    for hits in found:
        if make.where is not None or make.unless is not None:
            sentence = reading.sentence(hits[0].start)
            if make.where is not None and not make.where.search(sentence):
                continue
            if make.unless is not None and make.unless.search(sentence):
                continue
        yield hits


def _spelled_out(
    make: Make, where: re.Pattern[str], reading: Reading, first: Sequence[Hit]
) -> Iterator[tuple[Hit, ...]]:
    """What the expression finds in the sentences in which a word of the group stands."""
    done = set()
    for hit in first:
        low, high = reading.scope.sentence(hit.start)
        if low in done:
            continue
        done.add(low)
        if (
            reading.text[high : high + 1] == "?"
            and high - low <= ASIDE
            and high + 1 < len(reading.text)
        ):
            # One asks to answer oneself.
            high = reading.scope.sentence(high + 1)[1]
        if make.unless is not None and make.unless.search(reading.text, low, high):
            continue
        for match in where.finditer(reading.text, low, high):
            yield (Hit(hit.group, match.group(), match.start(), match.end(), hit.form),)
