"""From a claim that was found to a finding: the gates that all claim rules share, in order.

Speaker (the engine), negation, target, product class (the rules), recognition, repetition and
reach, level. What was considered is written into the alert; what silences is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Level, Number, unmet
from detectors.match.lexicon import Hit
from detectors.match.likeness import LIKENESS, Likeness
from detectors.match.phrasing import phrasing, word_list
from detectors.rule import Context, Declined, RuleSpec
from detectors.rules.claims.answers import HearsAnswers
from detectors.rules.claims.gates import ASKED, CATEGORY_NAMES, DENYING, QUOTING
from detectors.rules.claims.memory import Claim, ClaimMemory
from detectors.rules.claims.names import name_around
from detectors.rules.claims.reading import HEARD, Reading, is_chance, is_put_in
from detectors.rules.claims.retraction import tells_for
from detectors.rules.claims.weighing import (
    is_unlike,
    share_around,
    share_beside_questions,
    speaks_for,
    told,
)
from detectors.rules.claims.wording import QUOTED
from detectors.speech.scope import Scope
from detectors.speech.utterance import Utterance

__all__ = [
    "ALIKE",
    "CATEGORY_NAMES",
    "PLAINLY",
    "SURELY",
    "TELLING",
    "Claim",
    "ClaimMemory",
    "ClaimRule",
]

#: The concept of a text that is only like violations.
ALIKE = "措辞近似"
#: Where only the whole is like a claim, whoever warns claims nothing: “胃溃疡的人不要喝”.
_WARNS = phrasing("scope", "warned-off")
#: A text so much like violations is one as a whole: it tells of goods of the rule's class, where no card
#: does, and outweighs single words in it that exempt or only sound like others (of 69 unseen lines that
#: such words had let pass, and that are told so, 64 were violations).
TELLING = 0.8
#: So much that the text can hardly be read otherwise.
PLAINLY = 0.95
#: So much that even words by which one denies, warns or tells what others say are part of it: “写赖的一分没有”.
#: Of lines set aside that do deny or quote, 30 violations and 1 lawful line are so much alike.
SURELY = 0.97
#: Why words alone let a claim pass. A denial is none of these until the text is like violations to `SURELY`.
_BY_WORDS = frozenset({"homophone", "unlike", "everyday"})
#: Where a run of clauses begins and ends a sentence does, by this logit at least (`speech.passages.Run`), that words
#: beyond take nothing back.
_ALONE = -260
#: “No knife is …”: nothing is claimed of any.
_OF_NONE = phrasing("scope", "of-none")


class ClaimRule(HearsAnswers):
    """What the claim rules share. A subclass finds claims; the gates are here."""

    State = ClaimMemory
    worded: ClassVar[bool] = True
    reads_passages: ClassVar[bool] = True
    takes_back: ClassVar[frozenset[str]] = DENYING | {"quote-denied"}
    #: Kinds of groups of which one must be hit before a text is read at all.
    strong: ClassVar[frozenset[str]] = frozenset()
    #: Kinds of groups that mean something to it without those.
    heeded: ClassVar[frozenset[str]] = frozenset({"correction"})
    #: Is it about what is said of others? To warn of them takes nothing back then.
    accuses: ClassVar[bool] = False
    #: What a text is worth that is only like violations.
    likeness_level: Level = "watch"
    #: Does it make the same of a text beside claims, however speech is cut, since it heeds the event's own words?
    follows_stream: ClassVar[bool] = False
    #: Do figures decide, whatever is said around them: the date on the card, against the one that was said?
    by_figures: ClassVar[bool] = False
    #: Why it lets claims pass of which it only misses something: a further word, the shop's price, a field of the
    #: card. No fact speaks against them.
    lacking: ClassVar[frozenset[str]] = frozenset()
    #: Does a text say nothing to it that has neither a claim nor a word of a heeded kind, and for which it
    #: does not wait?
    heeds_only: ClassVar[bool] = False

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.likeness = spec.threshold(LIKENESS)
        self.unlike = spec.threshold("unlike")
        self.made_in_line = spec.threshold("made_in_line")
        # What takes a claim back is never outweighed, though words of a frame may be named as it is.
        unless = {one.why for frame in spec.frames for one in frame.unless}
        self._by_words = _BY_WORDS | (unless - self.takes_back)
        #: The exemptions that a text has by its own words alone, by no card and nothing said around it.
        self._worded = {
            exempt.clause
            for exempt in spec.exempt
            if not (exempt.card or exempt.firm)
            and all(one.within != "breath" for one in (exempt, *exempt.also))
        }
        self._strong_groups = frozenset(
            group for group in spec.patterns if group.partition(".")[0] in self.strong
        )
        self._heeded_groups = frozenset(
            group for group in spec.patterns if group.partition(".")[0] in self.heeded
        )
        #: Does it make nothing of a text but claims?
        only_claims = (
            type(self).on_text is ClaimRule.on_text and type(self).take_note is ClaimRule.take_note
        )
        self._is_led = only_claims or self.heeds_only or self.heeds_events
        # What else a rule makes of a text beside claims, it makes of each text alone.
        self.joins_speech = only_claims or self.follows_stream or self.heeds_events
        self.least_hint = spec.threshold("hint")
        self.heeds = self._heeded_groups

    def leads(self, group: str) -> bool:
        if not super().leads(group):
            return False
        # A weak word is heard of only beside a strong one, unless the pack has the strong one wait.
        return (
            group in self._strong_groups
            or group.partition(".")[0] in self.heeded
            or any(map(self.spec.is_supporting, self._strong_groups))
        )

    def awaits(self, memory: ClaimMemory) -> bool:
        return bool(memory.pending or memory.recent)

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        """Is the product, as far as its class is known, one that this rule looks at?"""
        return True

    def may_concern(self, text: str, hits: list[Hit]) -> bool:
        if not self._is_led or self.may_claim(text, hits):
            return True
        heeded = self._heeded_groups
        return not self.heeds_events and any(hit.group in heeded for hit in hits)

    def combinations(self) -> Iterable[tuple[str, frozenset[str]]] | None:
        if not self._is_led:
            return None
        heeded = () if self.heeds_events else sorted(self._heeded_groups)
        return *self.claiming(), *((group, frozenset([group])) for group in heeded)

    def claiming(self) -> Iterable[tuple[str, frozenset[str]]]:
        """The sets of groups without one of which there is no claim, as of `combinations`."""
        return ((group, frozenset([group])) for group in sorted(self._strong_groups))

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        """Can there be a claim in a text with these hits, whatever the room shows?

        A quick look before it is asked.
        """
        strong = self._strong_groups
        return any(hit.group in strong for hit in hits)

    def is_worth(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> bool:
        """Can there be one in this room? A quick look before it is read."""
        return self.may_claim(utterance.folded.text, hits)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        """The claims in a text that belong to this rule, most serious first."""
        raise NotImplementedError

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes what a text says to it beside claims, before these are judged, whatever the text hints at."""

    def on_heeded(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        self.take_note(ctx, utterance, hits)
        self._note_correction(ctx, utterance, hits)

    def _note_correction(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        memory: ClaimMemory = ctx.state
        if memory.latest and utterance.has_new("correction", hits):
            self.retractions.corrected(ctx, memory, utterance)

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        if not self.heeds_events:
            self.take_note(ctx, utterance, hits)
        memory: ClaimMemory = ctx.state
        if self.awaits(memory):
            self._settle(ctx, memory, utterance)
        if not self.heeds_events:
            self._note_correction(ctx, utterance, hits)
        strong = self._strong_groups
        is_led = any(hit.group in strong for hit in hits)
        like = self._likeness_of(utterance)
        if (not is_led and like is None) or not self.concerns(ctx, utterance):
            return
        if memory.session != utterance.event.session:
            memory.session = utterance.event.session
            memory.known.clear()
            memory.doubtful.clear()
            memory.latest.clear()
            memory.recent.clear()
            memory.denial = None
            memory.denials = 0
        declined, aside = len(ctx.declined), 0
        share = like.share if like is not None else 0.0
        outweighs = share >= TELLING
        if is_led and self.is_worth(ctx, utterance, hits):
            reading = Reading(utterance, hits)
            claims = self.find(ctx, reading)
            reading.claimed = [(hit.start, hit.end) for claim in claims for hit in claim.hits]
            for claim in claims:
                if utterance.goes_on(claim.start, claim.end):
                    break  # The gravest of them is judged where its last words are said.
                if claim.start < utterance.fresh or not utterance.is_new(claim.end):
                    continue  # It was raised among words that are read again, or belongs to others.
                if not memory.may_look(utterance.event.id, utterance.first):
                    ctx.decline("crowded")
                    break
                if self._judge(ctx, memory, reading, claim):
                    # One utterance is one act: further claims in it stand in the quoted words.
                    break
            outweighs = outweighs and self._is_by_words(ctx, reading, ctx.declined[declined:], like)
            if not outweighs and reading.denied is not None and tells_for(reading.denied):
                self.retractions.denied(ctx, memory, utterance)
            if (claims or reading.is_weighed) and not outweighs:
                return
            aside = reading.aside
        if like is None or ctx.findings:
            return
        refused = ctx.declined[declined:]
        if len(refused) <= aside:
            refused = []  # They say nothing of the whole.
        whole = Reading(utterance, hits)
        if not refused:
            self._judge_whole(ctx, memory, whole, like)
            refused = ctx.declined[declined + aside :]
            outweighs = share >= SURELY and self._is_by_words(ctx, whole, refused, like)
        if refused and outweighs:
            self._outweigh(ctx, memory, whole, like, refused)

    def _likeness_of(self, utterance: Utterance) -> Likeness | None:
        """What a text is like, if that says something here that was not said before."""
        like = utterance.likeness.get(self.id)
        # A title names goods or a shop, in the words that claims about them are made of.
        if like is None or utterance.speaker in ("guest", "card"):
            return None
        is_new = like.start >= utterance.fresh and utterance.is_new(like.end)
        return like if is_new and like.share >= self.likeness else None

    def _judge_whole(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, like: Likeness
    ) -> None:
        """Judges a text in which no words of the rule made a claim, and nothing was weighed and let pass."""
        if like.run is not None and like.apart >= _ALONE:
            # What was said in one go is taken back in it; what else stands around it `told` weighs as a whole.
            reading.scope = Scope.inside(reading.text, *like.run)
        warning = _WARNS.search(reading.scope.text)
        refusal = (warning and warning.group()) or reading.scope.refused(max(1, like.start))
        if refusal and not speaks_for(ctx, self.id, reading, refusal):
            ctx.decline("disclaimed", why=f"劝阻或免责：“{refusal}”")
            return
        alike = self._like(ctx, reading, like)
        if alike is not None:
            self._judge(ctx, memory, reading, alike)

    def _outweigh(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, like: Likeness,
        refused: Sequence[Declined],
    ) -> None:  # fmt: skip
        """Judges a text in which single words let a claim pass, and which is too much like violations as a
        whole for these to decide."""
        alike = self._like(ctx, reading, like)
        if alike is None:
            return
        alike.outweighs = frozenset(one.reason for one in refused)
        # What was to be answered is told now.
        memory.pending = [
            one for one in memory.pending if one.event.id != reading.utterance.event.id
        ]
        del ctx.declined[-len(refused) :]
        quoted = (word for one in refused for word in QUOTED.findall(one.why))
        against = "".join(f"“{word}”" for word in dict.fromkeys(quoted))
        alike.exemptions.append(
            unmet(
                "字面上的例外",
                f"{f'话里有{against}，' if against else ''}单看字面不算；整句与已标注的问题表述相近（相近度 {like.share:.2f}），是否成立须核实",
            )
        )
        self._judge(ctx, memory, reading, alike)

    def _is_by_words(
        self, ctx: Context, reading: Reading, refused: Sequence[Declined], like: Likeness | None
    ) -> bool:
        """Did nothing but single words of a text stand against a claim, no fact of the room?

        Args:
            like: how much the text is like the rule's violations.
        """
        let_pass = self._by_words
        if like is not None and like.share >= PLAINLY:
            let_pass |= self.lacking
        if (
            like is not None
            and like.share >= SURELY
            and like.apart >= _ALONE
            and not _WARNS.search(reading.text)
        ):
            let_pass |= DENYING | QUOTING
            if any(one.reason == "quoted" and one.why.startswith(ASKED) for one in refused):
                let_pass -= {"quoted"}  # A question waits for its answer.
        if (
            any(one.reason == "quoted" for one in refused)
            and share_beside_questions(ctx, self.id, reading) >= TELLING
        ):
            let_pass |= {"quoted"}
        return bool(refused) and all(
            one.reason in let_pass
            or (one.reason == "exempt" and one.why.partition("：")[0] in self._worded)
            for one in refused
        )

    def grounds_of(
        self, ctx: Context, reading: Reading, place: int, of: Sequence[str] = ()
    ) -> list[Exemption]:
        """What would exempt a claim at a place, whatever words it is made in."""
        return []

    def bases_of_goods(self, ctx: Context, reading: Reading) -> list[str] | None:
        """The bases that hold for the goods that are spoken of; ``None``: all."""
        return None

    def _like(self, ctx: Context, reading: Reading, like: Likeness) -> Claim | None:
        """A claim that no words of the rule make, in a text much like its labelled violations;
        ``None``: the goods are not the rule's, as declined."""
        places = like.telling or ((like.start, like.end),)
        hits = [Hit(LIKENESS, reading.text[low:high], low, high) for low, high in places]
        model = ctx.likeness()
        low, high = like.run or (0, len(reading.text))
        nearest = model.nearest(self.id, reading.text[low:high]) if model is not None else []
        numbers: dict[str, Number] = {
            "likeness": round(like.share, 2), "likeness_least": self.likeness,
        }  # fmt: skip
        if nearest:
            # The nearest of many explains little, and quoted here it would read as what was said.
            numbers["likeness_example"] = nearest[0].text
        return Claim(
            concept=ALIKE,
            hits=hits,
            level=self.likeness_level,
            says=f"措辞与本规则已标注的问题表述相近（相近度 {like.share:.2f}，{self.likeness:g} 起提示），未合于本规则的具体词句，须逐句核实",
            exemptions=self.grounds_of(ctx, reading, like.start),
            law=self.bases_of_goods(ctx, reading),
            missing=["人工判断：该表述由措辞的相近程度提示，是否属于此类情形须逐句核实"],
            numbers=numbers,
        )

    # Gates --------------------------------------------------------------------------------

    def _judge(self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim) -> bool:
        """Passes a claim through the gates; true if it was raised."""
        utterance, scope = reading.utterance, reading.scope
        subject = self._subject(memory, utterance.sku, claim.concept, reading, claim)
        met = next((exemption for exemption in claim.exemptions if exemption.met), None)
        if met is not None and not claim.outweighs:
            ctx.decline("exempt", subject, f"{met.clause}：{met.why}")
            return False
        if any(hit.form == "echo" for hit in claim.hits):
            # Only the sound is right, of no character: too little for an accusation.
            ctx.decline("homophone", subject, "字面各字都只是同音")
            return False
        if not claim.heard and all(
            is_chance(hit) and not is_put_in(hit, utterance) for hit in claim.hits
        ):
            # Any two characters sound like some word or other: one such word alone is a chance.
            ctx.decline("homophone", subject, "只有两字同音，别无佐证")
            return False
        name = self._displayed(ctx, reading, claim)
        if name is not None:
            ctx.decline("homophone", subject, f"同音的字在所示名称“{name}”之中")
            return False
        start, end = claim.start, claim.end
        quoted = scope.quoted(start)
        if quoted is None and claim.asks and scope.asked(start, end):
            quoted = ASKED
        if (
            quoted is not None
            and utterance.speaker != "card"
            and not claim.own
            and not claim.outweighs
        ):
            return self._quoted(ctx, memory, reading, claim, subject, quoted)
        if claim.outweighs:
            return self._asserted(ctx, memory, reading, claim, subject, None)
        # A negation between the words of an admission is part of it: “不能说是哪家”.
        places = [start] if claim.own else sorted({hit.start for hit in claim.hits})
        negations = [scope.negated(place) for place in places]
        if claim.concept == ALIKE:
            negations = [word for word in negations if not speaks_for(ctx, self.id, reading, word)]
        if claim.ungated:
            unsaid = set(word_list("scope", "unsaid"))
            if self.accuses:
                # To have others distrusted takes nothing back that is said against them.
                unsaid.difference_update(word_list("scope", "distrust"))
            negations = [word for word in negations if word in unsaid]
            if _OF_NONE.search(reading.text[max(0, start - 10) : start]):
                negations.append("没有……是")
        if any(negations):
            negation = next(filter(None, negations))
            ctx.decline("negated", subject, f"否定：“{negation}”")
            reading.denied = negation
            return False
        refusal = None if claim.admits else scope.refused(end)
        if claim.concept == ALIKE and speaks_for(ctx, self.id, reading, refusal):
            refusal = None
        if refusal is None and not self.accuses and utterance.speaker != "card":
            refusal = scope.denounced(start, end)
        if refusal is not None:
            ctx.decline("disclaimed", subject, f"劝阻或免责：“{refusal}”")
            reading.denied = refusal
            return False
        share = share_around(ctx, self.id, reading, claim)
        if share is not None and is_unlike(ctx, self.id, reading, claim, share, self.unlike):
            # The words are there, and the whole is nothing like what they are looked for.
            ctx.decline("unlike", subject, f"整句与此类表述不相近（相近度 {share:.3f}）")
            return False
        return self._asserted(ctx, memory, reading, claim, subject, share)

    def _asserted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        share: float | None,
    ) -> bool:  # fmt: skip
        """Raises a claim that no word takes back, if what stands around it does not either as a whole.

        Args:
            share: how much the text around it is like the rule's violations, where that says something.
        """
        is_worded = "frame" in claim.numbers or LIKENESS in claim.numbers
        is_reckoned = self.by_figures and "frame" not in claim.numbers
        in_line = self.made_in_line if is_worded and not claim.sufficient else 0.0
        conceded = reading.scope.conceded(claim.start, claim.end)
        made = (
            None if is_reckoned or conceded else told(ctx, self.id, reading, claim, share, in_line)
        )
        if made is not None:
            why = f"连同前后的话，更像否认、拒绝、转述或如实说明（像是在宣称的程度 {made:.2f}）"
            ctx.decline("told", subject, why)
            return False
        considered = self._considered(ctx, reading, claim, None)
        return self._raise(ctx, memory, reading, claim, subject, considered)

    def _displayed(self, ctx: Context, reading: Reading, claim: Claim) -> str | None:
        """The displayed name of which a part only sounds like a word of the claim."""
        utterance = reading.utterance
        guessed = [
            hit for hit in claim.hits if hit.form in HEARD or reading.is_guessed(hit)
        ]  # fmt: skip
        names = (
            name_around(ctx, utterance, utterance.span(hit.start, hit.end).text) for hit in guessed
        )
        return next(filter(None, names), None)
