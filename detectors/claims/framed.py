"""Rules that consist of frames: what they look for, where, and what exempts stands in the pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from detectors.alerts import SEVERITY, Exemption, unmet
from detectors.claims.beside import Surroundings
from detectors.claims.card_check import Shown, shown_against
from detectors.claims.described import GoodsOfRule, by_goods
from detectors.claims.frame import FrameMatcher
from detectors.events import Product
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.likeness import LIKENESS, Likeness
from detectors.match.phrasing import word_list
from detectors.match.typed import holds
from detectors.pack.frames import (
    REPORTED,
    SHOWN,
    SUFFICES,
    TYPED,
    Exempt,
    Frame,
    kinds_above,
    kinds_of,
)
from detectors.rule import Context, RuleSpec, kind
from detectors.rules.claims.claim import TELLING, Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.gates import ASKED
from detectors.rules.claims.reading import Reading, is_chance
from detectors.speech.utterance import Utterance

__all__ = ["FramedRule"]

#: Spellings in which a short word may stand by chance.
_GUESSED = frozenset({"sound", "echo", "initial", "shape"})
#: Characters of a text that may be a mere list of functions.
_TERSE = 20


@kind("frames")
class FramedRule(ClaimRule):
    """A claim rule that is its pack entry: `slots`, `frames`, `exempt` and `about`."""

    lacking = frozenset({"not-shown"})

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._matchers = [FrameMatcher(frame) for frame in spec.frames]
        self.goods = GoodsOfRule(spec)
        #: A text is brought here by the rarest slot of a frame; the others say nothing alone.
        #: By that slot, its frames by their places in the pack.
        self._keyed: dict[str, list[tuple[int, FrameMatcher]]] = {}
        for place, (matcher, key) in enumerate(zip(self._matchers, spec.keys, strict=True)):
            for group in kinds_of(spec.patterns, key):
                self._keyed.setdefault(group, []).append((place, matcher))
        self._keys = frozenset(self._keyed)
        #: All kinds that frames ask for.
        self._asked = self._keys.union(*(matcher.needs for matcher in self._matchers))
        #: Or by words that the rule's Python reads, of the kinds that it names as `strong`.
        self._told = self._strong_groups
        self._strong_groups = self._keys | self._told
        #: What is only like its violations is worth no more than what its frames find.
        self.likeness_level = min(
            ("watch", max((frame.level for frame in spec.frames), key=SEVERITY.__getitem__)),
            key=SEVERITY.__getitem__,
        )
        self.surroundings = Surroundings(spec)

    def is_hidden(self, hit: Hit) -> bool:
        return super().is_hidden(hit) and not self._is_guessed(hit)

    def leads(self, group: str) -> bool:
        return group in self._strong_groups or group in self._heeded_groups

    def claiming(self) -> Iterator[tuple[str, frozenset[str]]]:
        for group in sorted(self._told):
            yield group, frozenset([group])
        for key, keyed in self._keyed.items():
            for needs in dict.fromkeys(
                one.needs.union(one.figures, _told_otherwise(one.frame)) for _, one in keyed
            ):
                yield key, needs | {key}

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return any(hit.group in self._told for hit in hits) or self.may_be_framed(text, hits)

    def may_be_framed(self, text: str, hits: list[Hit]) -> bool:
        """Can one of its frames stand in a text with these hits?"""
        kinds: dict[str, list[Hit]] = {}
        for hit in hits:
            for one in kinds_above(hit.group):
                if one in self._asked:
                    kinds.setdefault(one, []).append(hit)
        return next(self._standing_frames(text, kinds), None) is not None

    def _standing_frames(self, text: str, kinds: Mapping[str, Sequence[Hit]]) -> Iterator[int]:
        """The frames of which all words and figures stand in a text, by their places in the pack."""
        held: dict[str, bool] = {}
        for one in kinds:
            for place, matcher in self._keyed.get(one, ()):
                if not (matcher.needs <= kinds.keys() and matcher.may_stand(kinds)):
                    continue
                for figure in matcher.figures:
                    if figure not in held:
                        held[figure] = holds(figure, text)
                    if not held[figure]:
                        break
                else:
                    yield place

    def grounds_of(
        self, ctx: Context, reading: Reading, place: int, of: Sequence[str] = (), end: int = 0
    ) -> list[Exemption]:
        return [
            self._looked_at(ctx, exempt, reading, place, end)
            for exempt in self.spec.exempt
            if (exempt.likeness if not of else not exempt.of or not set(of).isdisjoint(exempt.of))
        ]

    def _like(self, ctx: Context, reading: Reading, like: Likeness) -> Claim | None:
        about = self.spec.about
        worth = self.likeness_level
        if about is not None and about.goods:
            level = self.goods.level(ctx, reading, about.goods)
            if level is None and not self.goods.are_others(ctx, reading):
                # Of goods of which nothing is known the whole says what they are, if it is like enough.
                level = "watch" if like.share >= TELLING else None
            if level is None:
                ctx.decline(about.why, LIKENESS)
                return None
            worth = level
        claim = super()._like(ctx, reading, like)
        if claim is not None:
            claim.level = min((claim.level, worth), key=SEVERITY.__getitem__)
            # A question within what is so much like violations was weighed with the rest of it; what
            # ends as one asks.
            end = len(reading.text)
            claim.asks = like.share < TELLING or reading.scope.asked(end - 1, end)
            law = self._law_of(str(claim.numbers.get("likeness_example", "")))
            claim.law = self.goods.bases_held(ctx, reading, law)
        return claim

    def _law_of(self, example: str) -> list[str] | None:
        """The bases of the frames whose words a labelled text has; of none: those that are not
        particular; ``None``: all."""
        text = fold(example).text
        frames = [
            frame
            for frame in self.spec.frames
            if all(self.has_word(slot, text) for slot in frame.slots)
        ]
        if frames and all(frame.law for frame in frames):
            return list(dict.fromkeys(ref for frame in frames for ref in frame.law))
        return [basis.ref for basis in self.spec.law if not basis.particular]

    def has_word(self, slot: str, text: str) -> bool:
        """Has a folded text a word of a slot, whatever stands around it?"""
        return self.spec.has_word(slot, text)

    def card_of(self, ctx: Context, utterance: Utterance) -> Product | None:
        """The card that is held against what is said."""
        return ctx.room.cards.get(utterance.sku or "")

    def agreed(self, ctx: Context, reading: Reading, shown: Shown) -> None:
        """Takes up that a field of the card says what is said."""

    def contradicted(
        self, ctx: Context, reading: Reading, frame: Frame, claim: Claim, shown: Shown
    ) -> Claim:
        """A claim beside the field of the card that shows otherwise."""
        claim.says += f"，而商品卡的{shown.name}写有“{shown.words}”"
        return claim

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        """The claim as facts beside the words leave it; ``None``: it is none, as declined."""
        return claim

    def _looked_at(
        self, ctx: Context, exempt: Exempt, reading: Reading, place: int, end: int
    ) -> Exemption:
        every = (exempt, *exempt.also)
        told = (self.surroundings.standing(one, reading, place, end) for one in every)
        found = next((words for words in told if words is not None), None)
        why = exempt.unmet if found is None else f"{exempt.met}：“{found}”"
        card = ctx.room.cards.get(reading.utterance.sku or "")
        brand = (card.brand if card is not None and exempt.brand else None) or ""
        if found is None and place < end and reading.text[place:end] in brand.lower():
            found, why = brand, f"是商品卡上的品牌名：“{brand}”"
        if found is None and exempt.card:
            words = [word for slot in exempt.card for word in self.spec.words_of(slot)]
            for name, value in ((card.attributes if card is not None else None) or {}).items():
                if value and any(word in name for word in words):
                    found, why = name, f"商品卡写有{name}：“{value}”"
        return Exemption(clause=exempt.clause, met=found is not None, why=why)

    def _subject(
        self, memory: ClaimMemory, sku: str | None, concept: str, reading: Reading, claim: Claim
    ) -> str:
        if self.spec.subject == "product":
            return sku or concept
        return super()._subject(memory, sku, concept, reading, claim)

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        is_spread = claim.spread and not any(
            word in quoted for word in word_list("scope", "of-asking")
        )
        if is_spread or (quoted != ASKED and _is_reported(reading, claim.start)):
            kind = "也是散布" if is_spread else "的是查处、通报一类的话"
            heard = unmet("转述他人", f"转述（“{quoted}”）{kind}")
            considered = [
                heard if one.clause == heard.clause else one
                for one in self._considered(ctx, reading, claim, None)
            ]
            return self._raise(ctx, memory, reading, claim, subject, considered)
        return super()._quoted(ctx, memory, reading, claim, subject, quoted)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims: list[Claim] = []
        memory: ClaimMemory = ctx.state
        event, place = reading.utterance.event.id, reading.utterance.first
        places = sorted(self._standing_frames(reading.text, reading.kinds))
        for matcher in map(self._matchers.__getitem__, places):
            if not self.goods.is_concerned(ctx, reading, matcher.frame):
                continue
            for hits in matcher.find(reading):
                if not memory.may_look(event, place):
                    ctx.decline("crowded")
                    return claims
                claim = self._claim(ctx, reading, matcher, hits)
                if claim is not None:
                    claims.append(claim)
        claims.sort(
            key=lambda claim: (any(one.met for one in claim.exemptions), claim.level != "lead")
        )
        return claims

    def _claim(
        self, ctx: Context, reading: Reading, matcher: FrameMatcher, hits: Sequence[Hit]
    ) -> Claim | None:
        """What a frame found; ``None``: here it means something else, as declined."""
        frame = matcher.frame
        start, end = hits[0].start, max(hit.end for hit in hits)
        if frame.where and not any(
            self.surroundings.standing(one, reading, start, end) for one in frame.where
        ):
            return None
        if frame.alone and not _is_terse(reading, hits):
            return None
        worth = self.goods.worth(ctx, reading, frame)
        if worth is None:
            if frame.elsewhere or self.goods.are_others(ctx, reading):
                reading.is_weighed = True
            else:
                reading.aside += 1
            return None
        if any(_is_by_chance(frame, hit) for hit in hits) or any(map(self._is_guessed, hits)):
            ctx.decline("homophone", frame.concept)
            reading.aside += 1
            return None
        concept = next((_kind(hit) for hit in hits if _is_of(hit, frame.concept)), frame.concept)
        for unless in frame.unless:
            found = self.surroundings.standing(unless, reading, start, end)
            if found is not None:
                ctx.decline(unless.why, concept, f"{frame.id}：“{found}”")
                reading.aside += not unless.likeness
                reading.is_weighed |= unless.likeness
                return None
        shown = None
        if frame.card is not None:
            card = self.card_of(ctx, reading.utterance)
            shown = shown_against(self.spec, frame.card, hits, reading.text, card)
            if shown is None or shown.agrees:
                reading.is_weighed = True
                if shown is not None:
                    self.agreed(ctx, reading, shown)
                else:
                    ctx.decline("not-shown", concept, frame.id)
                return None
        doubt = next(
            (
                one
                for one in frame.doubts
                if self.surroundings.standing(one, reading, start, end) is not None
            ),
            None,
        )
        quoted = _quoted_words(reading, start, end)
        category = ctx.room.category(reading.utterance.sku)
        about = self.spec.about
        goods = self.goods.fitting(ctx, reading, about.goods) if about is not None else None
        told = (goods.says if goods is not None else "") or by_goods(category, worth)
        level_reason = told if worth != frame.level else ""
        if doubt is not None and worth == "lead":
            worth, level_reason = "watch", doubt.says
        claim = Claim(
            concept=concept,
            hits=list(hits),
            level=worth,
            law=self.goods.bases_held(ctx, reading, frame.law),
            says=f"{quoted}{frame.says}",
            exemptions=self.grounds_of(
                ctx, reading, start, (concept, frame.concept, frame.id), end
            ),
            missing=[
                *(goods.missing if goods is not None else ()),
                *(doubt.missing if doubt is not None else ()),
                *frame.missing,
            ],
            level_reason=level_reason,
            heard=len(hits) == 1 and not _is_unheard(frame, hits[0]),
            ungated=frame.negation == "own" or frame.admission,
            asks=frame.question == "asks" and not frame.admission,
            own=frame.admission,
            numbers={"frame": f"{self.id}/{frame.id}"},
            # What a notice finds of a claim takes nothing back: “宣称…，该奖项不存在”.
            admits=frame.admission or frame.spreads or _is_reported(reading, start),
            spread=frame.spreads,
            sufficient=frame.sufficient,
        )
        if shown is not None:
            claim = self.contradicted(ctx, reading, frame, claim, shown)
        judged = self.judged(ctx, reading, frame, claim)
        if judged is None:
            reading.is_weighed = True
        elif judged.says.startswith(quoted):
            # What facts add to the claim is quoted with it: “国美卖六百九”.
            whole = _quoted_words(reading, judged.start, judged.end)
            judged.says = whole + judged.says.removeprefix(quoted)
        return judged

    def _is_guessed(self, hit: Hit) -> bool:
        """True if a short word matched only by sound or shape and the pack does not mark it as disguised (磨码 in
        “M码”)."""
        return (
            hit.form in _GUESSED
            and len(hit.term) <= 2
            and hit.group not in TYPED
            and not self.spec.is_disguised(hit.group)
        )


def _is_by_chance(frame: Frame, hit: Hit) -> bool:
    """True if the hit is a short homophone and the frame does not accept homophones (`heard`)."""
    return is_chance(hit) and _is_unheard(frame, hit)


def _is_unheard(frame: Frame, hit: Hit) -> bool:
    return set(kinds_above(hit.group)).isdisjoint(frame.heard)


def _is_terse(reading: Reading, hits: Sequence[Hit]) -> bool:
    """True if the text is little more than these words, like a label, list or notice."""
    signs = sum(character.isalnum() for character in reading.text)
    covered = {place for hit in hits for place in range(hit.start, hit.end)}
    return signs <= _TERSE and 2 * len(covered) >= signs


def _is_of(hit: Hit, concept: str) -> bool:
    """True if the hit belongs to the slot that names the claim's concept."""
    return hit.group.startswith(f"{concept}.")


def _kind(hit: Hit) -> str:
    return hit.group.rpartition(".")[2]


def _quoted_words(reading: Reading, start: int, end: int) -> str:
    """The words of a claim as a reason begins with them."""
    words = reading.utterance.quote(*reading.phrase(start, end))
    if words.count("“") != words.count("”"):
        # Of what is quoted inside, a piece would be taken for the end of it.
        words = reading.utterance.quote(start, end)
    return f"“{words}”，"


def _is_reported(reading: Reading, place: int) -> bool:
    """True if a notice reports that somebody else made the claim at this place."""
    low, high = reading.scope.sentence(place)
    return any(low <= hit.start < high for hit in reading.kind(REPORTED))


def _told_otherwise(frame: Frame) -> Iterator[str]:
    """What must be there for a frame beside words, or makes its words suffice."""
    if frame.card is not None:
        yield SHOWN
    if frame.sufficient:
        yield SUFFICES
