"""From a claim that was found to a finding: the gates that all claim rules share, in order.

Speaker (the engine), negation, target, product class (the rules), recognition, repetition and
reach, level. What was considered is written into the alert; what silences is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Level, Number, Span
from detectors.events import Chat, Product, Session, Speech
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.likeness import LIKENESS, Likeness, letters_of
from detectors.match.numerals import whole_figures
from detectors.rule import Context, Declined, Finding, Rule, RuleSpec
from detectors.rules.claims.gates import (
    ASKED,
    CATEGORY_NAMES,
    answer_gate,
    class_gate,
    level_reason,
    negation_gate,
    reach_gate,
    recognition_gates,
    speaker_gate,
    target_gate,
)
from detectors.rules.claims.memory import MAX_PENDING, Claim, ClaimMemory, Pending
from detectors.rules.claims.names import name_around
from detectors.rules.claims.reading import Reading, is_chance, is_put_in
from detectors.rules.claims.retraction import Retractions, tells_for
from detectors.speech.phrases import whole_brackets, whole_mark, whole_word
from detectors.speech.pieces import piece_around
from detectors.speech.scope import reply
from detectors.speech.speaker import says, speaker_name
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep

__all__ = ["ALIKE", "CATEGORY_NAMES", "Claim", "ClaimMemory", "ClaimRule"]

_QUOTED = re.compile("“([^“”]{1,200})”")
#: The words of a claim before what is alleged: of a question they stand in what was asked.
_BEGINS_QUOTED = re.compile("^“[^“”]{1,200}”，")
#: Characters of a quote that is carried back over an end of a clause that is only guessed.
SHORT_QUOTE = 12
#: The concept of a text that is only like violations.
ALIKE = "措辞近似"
#: Negations of saying, which also silence a claim that is itself worded as a negation.
_UNSAID = frozenset(
    [
        "不敢",
        "不能",
        "不说",
        "不吹",
        "不提",
        "不保证",
        "不承诺",
        "不可能",
        "没说",
        "没敢",
        "别信",
        "别听",
        "谁敢",
        "哪敢",
        "哪有",
    ]
)
#: To have others distrusted takes nothing back that is said against them.
_DISTRUST = frozenset(["别信", "别听"])
#: Where only the whole is like a claim, whoever warns claims nothing: “胃溃疡的人不要喝”.
_WARNS = re.compile(
    "(?:不要|别|不能|不可以?|不建议|不宜|不适合|禁止|严禁|慎|谨慎|少|千万)(?:再|去|乱|随便)?(?:喝|吃|用|买|拍|碰|信|服|食|抹|戴|参加|转账|下单|上当)"
    "|谨防|警惕|当心|小心(?:被|受)|反诈|举报|骗局|是骗(?:人|子)"
)
#: In a passage, of which only the context says where it begins, words may stand together that
#: belong to different sentences: it must be so much like violations as a whole.
UNLIKE_AMONG_OTHERS = 0.06
#: Or the clauses around it must be: the logit of the run of them that is most like violations, in
#: thousandths, where sentences end as likely as not at its ends.
LIKE_IN_CLAUSES = -1_000
#: The same of words between which nothing ends.
LIKE_TOGETHER = -3_000
#: A text so much like violations is one as a whole, whatever single words in it exempt or only sound
#: like: of 69 unseen lines that such words had let pass, and that are told so, 64 were violations.
OUTWEIGHS = 0.8
#: Why words alone let a claim pass. A denial is none of these: letters and pairs tell too little of it
#: (“我们这个茶不能治高血压的” is like violations to 0.97).
_BY_WORDS = frozenset({"homophone", "unlike", "everyday"})
#: Spellings that only sound like a word.
_HEARD = frozenset({"sound", "echo"})
#: “No knife is …”: nothing is claimed of any.
_OF_NONE = re.compile("没有?(?!副)[^,。!?]{1,5}(?:是|能|会|可以)$")


class ClaimRule(Rule):
    """What the claim rules share. A subclass finds claims; the gates are here."""

    State = ClaimMemory
    worded: ClassVar[bool] = True
    reads_passages: ClassVar[bool] = True
    takes_back: ClassVar[frozenset[str]] = frozenset({"negated", "disclaimed", "quote-denied"})
    #: Whether two characters that sound like a word are enough: where everybody knows them for it.
    hears_short: ClassVar[bool] = False
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
    #: Does a text say nothing to it that has neither a claim nor a word of a heeded kind, and for which it
    #: does not wait?
    heeds_only: ClassVar[bool] = False

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.wait_ms = round(spec.threshold("answer_s") * 1000)
        self.low_confidence = spec.threshold("low_confidence")
        self.fair_confidence = spec.threshold("fair_confidence")
        self.similarity = spec.threshold("similarity")
        self.likeness = spec.threshold(LIKENESS)
        self.unlike = spec.threshold("unlike")
        self._by_words = _BY_WORDS | {
            unless.why for frame in spec.frames for unless in frame.unless
        }
        #: The exemptions that a text has by its own words alone, by no card and nothing said around it.
        self._worded = {
            exempt.clause
            for exempt in spec.exempt
            if not exempt.card and all(one.within != "breath" for one in (exempt, *exempt.also))
        }
        self.retractions = Retractions(round(spec.threshold("correction_s") * 1000), self.alert_of)
        self._strong_groups = frozenset(
            group for group in spec.patterns if group.partition(".")[0] in self.strong
        )
        self._heeded_groups = frozenset(
            group for group in spec.patterns if group.partition(".")[0] in self.heeded
        )
        #: Does it make nothing of a text but claims?
        only_claims = type(self).on_text is ClaimRule.on_text
        self._is_led = only_claims or self.heeds_only
        # What else a rule makes of a text beside claims, it makes of each text alone.
        self.joins_speech = only_claims or self.follows_stream

    def leads(self, group: str) -> bool:
        if not super().leads(group):
            return False
        # A weak word is heard of only beside a strong one, unless the pack has the strong one wait.
        return (
            group in self._strong_groups
            or group.partition(".")[0] in self.heeded
            or any(map(self.spec.is_supporting, self._strong_groups))
        )

    def alert_of(self, subject: str) -> str:
        """The subject of the alert that a claim with a subject belongs to."""
        return subject

    def awaits(self, memory: ClaimMemory) -> bool:
        return bool(memory.pending or memory.recent)

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        """Is the product, as far as its class is known, one that this rule looks at?"""
        return True

    def may_concern(self, text: str, hits: list[Hit]) -> bool:
        if not self._is_led or self.may_claim(text, hits):
            return True
        heeded = self._heeded_groups
        return any(hit.group in heeded for hit in hits)

    def combinations(self) -> Iterable[tuple[str, frozenset[str]]] | None:
        if not self._is_led:
            return None
        return (
            *self.claiming(),
            *((group, frozenset([group])) for group in sorted(self._heeded_groups)),
        )

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

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        memory: ClaimMemory = ctx.state
        if self.awaits(memory):
            self._settle(ctx, memory, utterance)
        if memory.latest and utterance.has_new("correction", hits):
            self.retractions.corrected(ctx, memory, utterance)
        strong = self._strong_groups
        is_led = any(hit.group in strong for hit in hits)
        like = utterance.likeness.get(self.id)
        if like is not None and (
            like.share < self.likeness
            or like.start < utterance.fresh
            or not utterance.is_new(like.end)
            # A title names goods or a shop, in the words that claims about them are made of.
            or utterance.speaker in ("guest", "card")
        ):
            like = None
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
        outweighs = like is not None and like.share >= OUTWEIGHS
        if is_led and self.is_worth(ctx, utterance, hits):
            reading = Reading(utterance, hits)
            claims = self.find(ctx, reading)
            reading.claimed = [(hit.start, hit.end) for claim in claims for hit in claim.hits]
            for claim in claims:
                if utterance.goes_on(claim.start, claim.end):
                    break  # The gravest of them is judged where its last words are said.
                if claim.start < utterance.fresh or not utterance.is_new(claim.end):
                    continue  # It was raised among words that are read again, or belongs to others.
                if self._judge(ctx, memory, reading, claim):
                    # One utterance is one act: further claims in it stand in the quoted words.
                    break
            if reading.denied is not None and tells_for(reading.denied):
                self.retractions.denied(ctx, memory, utterance)
            outweighs = outweighs and self._is_by_words(ctx.declined[declined:])
            if (claims or reading.is_weighed) and not outweighs:
                return
            aside = reading.aside
        if like is None or ctx.findings:
            return
        refused = ctx.declined[declined:]
        if len(refused) <= aside:
            refused = []  # They say nothing of the whole.
        if refused and not outweighs:
            return
        # No words of the rule, and nothing that it weighed and let pass; or what let it pass were
        # single words, and the whole is too much like violations for these to decide.
        reading = Reading(utterance, hits)
        if not refused:
            warning = _WARNS.search(reading.text)
            refusal = (warning and warning.group()) or reading.scope.refused(max(1, like.start))
            if refusal and not self._is_of_it(ctx, reading, refusal):
                ctx.decline("disclaimed", why=f"劝阻或免责：“{refusal}”")
                return
        alike = self._like(ctx, reading, like)
        if alike is None:
            return
        alike.outweighs = bool(refused)
        if refused:
            del ctx.declined[declined:]
            quoted = (word for one in refused for word in _QUOTED.findall(one.why))
            against = "".join(f"“{word}”" for word in dict.fromkeys(quoted))
            alike.exemptions.append(
                Exemption(
                    clause="字面上的例外",
                    met=False,
                    why=f"{f'话里有{against}，' if against else ''}单看字面不算；整句与已标注的问题表述相近（相近度 {like.share:.2f}），是否成立须核实",
                )
            )
        self._judge(ctx, memory, reading, alike)

    def _is_by_words(self, refused: Sequence[Declined]) -> bool:
        """Did nothing but single words of a text stand against a claim, no fact of the room?"""
        return bool(refused) and all(
            one.reason in self._by_words
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
        if not self.hears_short and all(
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
        if quoted is not None and utterance.speaker != "card" and not claim.own:
            return self._quoted(ctx, memory, reading, claim, subject, quoted)
        if claim.outweighs:
            considered = self._considered(ctx, reading, claim, None)
            return self._raise(ctx, memory, reading, claim, subject, considered)
        # A negation between the words of an admission is part of it: “不能说是哪家”.
        places = [start] if claim.own else sorted({hit.start for hit in claim.hits})
        negations = [scope.negated(place) for place in places]
        if claim.concept == ALIKE:
            negations = [word for word in negations if not self._is_of_it(ctx, reading, word)]
        if claim.ungated:
            unsaid = _UNSAID - _DISTRUST if self.accuses else _UNSAID
            negations = [word for word in negations if word in unsaid]
            if _OF_NONE.search(reading.text[max(0, start - 10) : start]):
                negations.append("没有……是")
        if any(negations):
            negation = next(filter(None, negations))
            ctx.decline("negated", subject, f"否定：“{negation}”")
            reading.denied = negation
            return False
        refusal = None if claim.admits else scope.refused(end)
        if claim.concept == ALIKE and self._is_of_it(ctx, reading, refusal):
            refusal = None
        if refusal is None and not self.accuses and utterance.speaker != "card":
            refusal = scope.denounced(start, end)
        if refusal is not None:
            ctx.decline("disclaimed", subject, f"劝阻或免责：“{refusal}”")
            reading.denied = refusal
            return False
        share = self._share(ctx, reading, claim)
        if share is not None and self._is_unlike(ctx, reading, claim, share):
            # The words are there, and the whole is nothing like what they are looked for.
            ctx.decline("unlike", subject, f"整句与此类表述不相近（相近度 {share:.3f}）")
            return False
        considered = self._considered(ctx, reading, claim, None)
        return self._raise(ctx, memory, reading, claim, subject, considered)

    def _is_of_it(self, ctx: Context, reading: Reading, word: str | None) -> bool:
        """Does a word of denial speak for what a text is like, rather than against it: “没用过” of who
        praises?"""
        model = ctx.likeness()
        place = reading.text.find(word) if word else -1
        return (
            model is not None
            and word is not None
            and place >= 0
            and model.leaning(self.id, reading.text[max(0, place - 1) : place + len(word)]) > 0
        )

    def _displayed(self, ctx: Context, reading: Reading, claim: Claim) -> str | None:
        """The displayed name of which a part only sounds like a word of the claim."""
        utterance = reading.utterance
        guessed = [
            hit for hit in claim.hits if hit.form in _HEARD or reading.is_guessed(hit)
        ]  # fmt: skip
        names = (
            name_around(ctx, utterance, utterance.span(hit.start, hit.end).text) for hit in guessed
        )
        return next(filter(None, names), None)

    def _share(self, ctx: Context, reading: Reading, claim: Claim) -> float | None:
        """How much the text around a claim, its hidden words as they are meant, is like the rule's
        violations; ``None``: that decides nothing, since facts stand beside the words."""
        if LIKENESS in claim.numbers or claim.beside:
            return None
        if reading.utterance.field not in ("text", "title"):
            return None
        table = ctx.likeness()
        if table is None:
            return None
        # A claim must not drown in ordinary words before and after it.
        return table.share(
            self.id, _as_meant(reading, claim, *piece_around(reading.text, claim.start, claim.end))
        )

    def _is_unlike(self, ctx: Context, reading: Reading, claim: Claim, share: float) -> bool:
        """Is the text around a claim like nothing that the rule looks for?

        In a passage words of other sentences may stand before and behind, since where a sentence ends
        was guessed: then the clauses around the claim are judged, too.
        """
        least = 0.0 if claim.sufficient else self.unlike
        if not least or not reading.utterance.is_passage:
            return share < least
        table = ctx.likeness()
        if share >= max(least, UNLIKE_AMONG_OTHERS) or table is None:
            return False
        runs = reading.utterance.runs
        # Words between which nothing ends were said together.
        is_one = not any(claim.start < run.start < claim.end for run in runs)
        among = LIKE_TOGETHER if is_one else LIKE_IN_CLAUSES
        return not any(
            logit is not None and logit >= run.logit(among)
            for run in runs
            if run.start <= claim.start and claim.end <= run.end
            for logit in (
                table.logit(self.id, letters_of(_as_meant(reading, claim, run.start, run.end))),
            )
        )

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        utterance = reading.utterance
        is_open = any(one.is_of(utterance.event, subject) for one in memory.pending)
        # Who answers in the next event has the words of that event as evidence, too.
        answer = reading.scope.answer(claim.end, utterance.news_range[1])
        asked = ASKED if quoted == ASKED else f"转述（“{quoted}”）"
        if answer is not None and is_open:
            # The passage before ended with the question, this one has the answer, too.
            memory.pending = [
                one for one in memory.pending if not one.is_of(utterance.event, subject)
            ]
        if answer is not None and answer.reply == "yes":
            claim.asked, claim.answer = quoted, (answer.start, answer.end)
            considered = self._considered(ctx, reading, claim, quoted)
            return self._raise(ctx, memory, reading, claim, subject, considered)
        if answer is not None:
            memory.deny(utterance.event.id, utterance.span(claim.start, claim.end).end)
            ctx.decline("quote-denied", subject, f"{asked}之后随即否认")
            reading.denied = quoted
            return False
        ctx.decline("quoted", subject, f"{asked}，等主播作答")
        if is_open:
            return False  # asked in two ways at once, it is answered once
        is_guessed = any(map(reading.is_guessed, claim.hits))
        level = _lower(claim.level) if is_guessed else claim.level
        memory.pending.append(
            Pending(
                event=utterance.event,
                until=utterance.at + self.wait_ms,
                subject=subject,
                title=self._title(ctx, utterance, self._quote(reading, claim)),
                level=level,
                says=_BEGINS_QUOTED.sub("", _as_written(reading, claim)),
                words=self._quote(reading, claim),
                asked=quoted,
                spans=self._spans(reading, claim),
                whole=self._words(reading, claim),
                considered=[
                    one
                    for one in (
                        *self._considered(ctx, reading, claim, quoted),
                        class_gate(ctx.room.category(utterance.sku)),
                    )
                    if one.clause != "转述他人"
                ],
                law=claim.law,
                missing=list(claim.missing),
                numbers=dict(claim.numbers),
                because=[*claim.because, claim.concept],
                level_reason=level_reason(level, claim.level, ["字面经变体书写"])
                or claim.level_reason,
                beside=[*claim.beside, *self._said(reading, claim)[:-1]],
            )
        )
        del memory.pending[:-MAX_PENDING]
        return False

    def _settle(self, ctx: Context, memory: ClaimMemory, utterance: Utterance) -> None:
        """What was waited for may be said now."""
        if memory.recent:
            self.retractions.heard(ctx, memory, utterance)
        if memory.pending:
            self._answer(ctx, memory, utterance)

    def _answer(self, ctx: Context, memory: ClaimMemory, utterance: Utterance) -> None:
        """Settles questions that a host quoted just before, by what is said now."""
        memory.pending = [one for one in memory.pending if one.until >= utterance.at]
        if not memory.pending or utterance.speaker == "card":
            return
        if any(one.is_in(utterance) for one in memory.pending):
            return  # What is asked in these words is not answered by them.
        answer = reply(utterance.own, "，".join(one.words for one in memory.pending))
        if answer is None:
            return
        if answer == "no":
            memory.denials += len({one.event.id for one in memory.pending})
            self.retractions.denied(ctx, memory, utterance)
        for pending in memory.pending:
            if answer == "no":
                ctx.decline("quote-denied", pending.subject)
                continue
            words = utterance.original.strip()
            memory.count(pending.subject, pending.words, utterance.at, utterance.sku)
            numbers = {**self._numbers(ctx, memory, utterance, pending.subject), **pending.numbers}
            ctx.raise_alert(
                Finding(
                    subject=pending.subject,
                    subject_title=pending.title,
                    level=pending.level,
                    reason=f"{_how_asked(pending.asked)}“{pending.words}”之后，{speaker_name(utterance.event)}"
                    f"以“{words}”予以肯定：{pending.says}。",
                    trigger=[*pending.beside, pending.event, utterance.event],
                    numbers=numbers,
                    spans=[*pending.spans, utterance.span(*utterance.news_range)],
                    words=pending.whole,
                    exemptions=[
                        *pending.considered,
                        answer_gate(self.wait_ms, _how_asked(pending.asked)),
                        reach_gate(numbers),
                        *self.retractions.before(memory, utterance),
                    ],
                    missing=list(pending.missing),
                    law=pending.law,
                    because=pending.because,
                    level_reason=pending.level_reason,
                    first_at=pending.event.at,
                )
            )
        memory.pending = []

    # Findings -----------------------------------------------------------------------------

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        utterance = reading.utterance
        event = utterance.event
        level = claim.level
        trigger = self._said(reading, claim)
        confidence = _confidence(trigger)
        missing = list(claim.missing)
        doubts: list[str] = []
        if confidence is not None and confidence < self.fair_confidence:
            doubts.append(f"识别置信度只有 {confidence:g}")
        if confidence is not None and confidence < self.low_confidence:
            earlier = memory.doubtful.pop(subject, None)
            if earlier is not None and earlier.id == event.id:
                memory.doubtful[subject] = earlier
                return False
            if earlier is None and subject not in memory.known:
                if isinstance(event, Speech):
                    keep(memory.doubtful, subject, event, MAX_PENDING)
                ctx.decline(
                    "low-confidence",
                    subject,
                    f"识别置信度 {confidence} 低于 {self.low_confidence}，且只听到一次",
                )
                return False
            if earlier is not None:
                trigger = [earlier, *trigger]
            level = _lower(level)
        elif confidence is not None and confidence < self.fair_confidence:
            level = _lower(level)
            missing.append("核听原声：识别置信度不高")
        if any(hit.form == "sound" for hit in claim.hits):
            level = _lower(level)
            doubts.append("字面只是同音字")
            missing.append(
                "核听原声：字面为同音字，须排除识别错误"
                if isinstance(event, Speech)
                else "核对原文：字面为同音字，须核实其所指"
            )
        elif any(map(reading.is_guessed, claim.hits)):
            level = _lower(level)
            doubts.append("字面经变体书写")
            missing.append("核对原文：字面经变体书写，按上下文读出，须核实其所指")
        words = self._quote(reading, claim)
        memory.count(subject, words, utterance.at, utterance.sku)
        self.retractions.note(memory, reading, subject, claim.hits)
        numbers = {
            **self._numbers(ctx, memory, utterance, subject),
            **claim.numbers,
        }
        for hit in claim.hits:
            if numbers.get("term") == hit.term:
                # As it was said, not as it is folded.
                numbers["term"] = utterance.span(hit.start, hit.end).text
                break
        if confidence is not None:
            numbers["confidence"] = confidence
        alleged = _as_written(reading, claim).removeprefix(f"“{words}”，")
        where = f"{says(event, utterance.field)}“{words}”"
        if claim.answer is not None:
            # What was asked is no statement; that it was affirmed makes it one.
            said = utterance.quote(*claim.answer).strip(" ，,。")
            who = speaker_name(event, utterance.field)
            where = f"{_how_asked(claim.asked)}“{words}”之后，{who}以“{said}”予以肯定"
            alleged = _BEGINS_QUOTED.sub("", alleged)
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=self._title(ctx, utterance, words),
                level=level,
                reason=f"{where}：{alleged}。",
                trigger=[*claim.beside, *trigger],
                numbers=numbers,
                spans=self._spans(reading, claim),
                words=self._words(reading, claim),
                exemptions=[*considered, *self._passed(ctx, memory, reading, claim, numbers)],
                missing=missing,
                law=claim.law,
                by=self._by(claim),
                because=[*claim.because, claim.concept],
                level_reason=level_reason(level, claim.level, doubts) or claim.level_reason,
            )
        )
        return True

    def _by(self, claim: Claim) -> str:
        """The group of patterns that found it, where neither a frame nor the model did."""
        if LIKENESS in claim.numbers or "frame" in claim.numbers or not claim.hits:
            return ""
        return f"pattern:{self.id}/{claim.hits[0].group}"

    def _considered(
        self, ctx: Context, reading: Reading, claim: Claim, quoted: str | None
    ) -> list[Exemption]:
        """The first gates: speaker, negation, target and what exempts."""
        sku = reading.utterance.sku
        return [
            *speaker_gate(reading.utterance.speaker, quoted),
            _negation(reading, claim),
            target_gate(ctx.room.title_of(sku).removeprefix(f"{sku} ") if sku else None),
            *claim.exemptions,
        ]

    def _passed(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim,
        numbers: Mapping[str, Number],
    ) -> list[Exemption]:  # fmt: skip
        """The later ones: class, recognition, repetition and reach."""
        utterance = reading.utterance
        event = utterance.event
        return [
            class_gate(ctx.room.category(utterance.sku)),
            *recognition_gates(
                _confidence(self._said(reading, claim)),
                is_spoken=isinstance(event, Speech),
                hits=[hit._replace(form=reading.spelling(hit)) for hit in claim.hits],
                written=[
                    "".join(span.text for span in utterance.spans(hit.start, hit.end))
                    for hit in claim.hits
                ],
            ),
            reach_gate(numbers),
            *self.retractions.before(memory, utterance),
        ]

    def _subject(
        self, memory: ClaimMemory, sku: str | None, concept: str, reading: Reading, claim: Claim
    ) -> str:
        """The same claim has the same subject: by its concept, else by likeness of its words."""
        return memory.subject_of(sku, concept, self._quote(reading, claim), self.similarity)

    def _numbers(
        self, ctx: Context, memory: ClaimMemory, utterance: Utterance, subject: str
    ) -> dict[str, Number]:
        """Repetition and reach: facts of discretion (绝对化指南 9, 10)."""
        known = memory.known[subject]
        numbers: dict[str, Number] = {
            "times": known.hits,
            "on_air_s": (max(utterance.at, known.last_at) - known.first_at) // 1000,
        }
        if ctx.room.viewers is not None:
            numbers["viewers"] = ctx.room.viewers
        if memory.denials:
            numbers["denials_on_air"] = memory.denials
        return numbers

    def _title(self, ctx: Context, utterance: Utterance, words: str) -> str:
        quoted = f"“{words if len(words) <= 40 else words[:39] + '…'}”"
        return f"{ctx.room.title_of(utterance.sku)} {quoted}" if utterance.sku else quoted

    def _quote(self, reading: Reading, claim: Claim) -> str:
        """The clauses around the claim, as they were said."""
        words = reading.utterance.quote(*_clauses(reading, claim))
        return words if len(words) <= 60 else words[:59] + "…"

    def _words(self, reading: Reading, claim: Claim) -> Span:
        """The words of a claim from the first to the last; what is like others is so as a whole."""
        if LIKENESS in claim.numbers:
            return reading.utterance.span(*_clauses(reading, claim))
        return reading.utterance.span(*_phrase(reading, claim))

    def _spans(self, reading: Reading, claim: Claim) -> list[Span]:
        """The words of a claim, then those of further claims in the same sentence."""
        if LIKENESS in claim.numbers:
            return reading.utterance.spans(*_clauses(reading, claim))
        own = sorted({(hit.start, hit.end) for hit in claim.hits} | {*filter(None, [claim.answer])})
        low, high = reading.scope.sentence(claim.start)
        others = sorted(
            place
            for place in set(reading.claimed).difference(own)
            if low <= place[0] and place[1] <= high and reading.utterance.is_new(place[1])
        )
        return [
            span
            for one in (*own, *others)
            for span in reading.utterance.spans(*whole_figures(reading.text, *one))
        ]

    def _said(self, reading: Reading, claim: Claim) -> list[Speech | Chat | Product | Session]:
        """The events whose words are quoted for a claim; that in which it ends is the last."""
        return reading.utterance.events(reading.scope.clause(claim.start)[0], claim.end)


def _as_meant(reading: Reading, claim: Claim, low: int, high: int) -> str:
    """A range of a text around a claim, with its hidden words as they are meant."""
    text, first = reading.text[:high], high
    for hit in sorted(claim.hits, key=lambda hit: -hit.start):
        # One spelling may stand for several words: each rule judges the one it looks for.
        if hit.form != "plain" and hit.end <= first:
            text, first = text[: hit.start] + hit.term + text[hit.end :], hit.start
    return text[low:]


def _phrase(reading: Reading, claim: Claim) -> tuple[int, int]:
    """The words of a claim as a phrase, without the answer to it."""
    first, last = reading.phrase(claim.start, claim.end)
    if claim.answer is not None and claim.end <= claim.answer[0]:
        last = min(last, claim.answer[0])
    return first, last


def _clauses(reading: Reading, claim: Claim) -> tuple[int, int]:
    """Where the clauses around a claim stand.

    A clause that the next event goes on with has no end yet: it is quoted to the end of the phrase.
    Where the end of a clause is only guessed, short ones are quoted with what stands before them.
    """
    scope = reading.scope
    first, last = _phrase(reading, claim)
    low, high = min(scope.clause(claim.start)[0], first), scope.clause(claim.end - 1)[1]
    news, folded = reading.utterance.news_range, reading.utterance.folded
    while last - low < SHORT_QUOTE and low - 1 > news[0] and folded.is_put_in(low - 1):
        low = max(scope.clause(low - 2)[0], news[0])
    if claim.answer is not None:
        high = min(high, claim.answer[0])
    return low, last if high > news[1] else max(high, last)


def _negation(reading: Reading, claim: Claim) -> Exemption:
    """What the gate of negation saw: words that deny may belong to what is claimed."""
    if not claim.ungated:
        return negation_gate(None)
    scope = reading.scope
    if scope.denies(claim.start, claim.end):
        return negation_gate("within")
    before = max(scope.clause(claim.start)[0], claim.start - 8)
    return negation_gate("before" if scope.denies(before, claim.start) else None)


def _as_written(reading: Reading, claim: Claim) -> str:
    """What is alleged, with the words that it quotes as they stand in the original.

    Words are looked for in a folded text, and read out of disguises; the reading of a disguise
    stands among the preconditions.
    """
    utterance = reading.utterance

    def original(found: re.Match[str]) -> str:
        words = found[1]
        if found.start() == 0 and claim.says.startswith("，", found.end()):
            # What is alleged follows the words that it is about: they are quoted as a phrase.
            place = reading.text.find(words, max(0, claim.start - len(words)))
            if place >= 0:
                folded, phrase = utterance.folded, reading.phrase(place, place + len(words))
                if len(utterance.spans(*phrase)) > 1:
                    return f"“{utterance.quote(*phrase)}”"
                first, last = whole_brackets(folded.original, *folded.to_original(*phrase))
                return f"“{folded.original[first:last]}”"
        for hit in claim.hits:
            if words in (hit.term, reading.text[hit.start : hit.end]):
                return f"“{utterance.quote(*_whole(reading.text, hit.start, hit.end))}”"
        if words == reading.text[claim.start : claim.end]:
            return f"“{utterance.quote(*reading.phrase(claim.start, claim.end))}”"
        place = utterance.original.find(words)
        if place >= 0:
            low, high = _whole(utterance.original, place, place + len(words))
            return f"“{utterance.original[low:high]}”"
        place = reading.text.find(words)
        if place < 0:
            return found[0]
        return f"“{utterance.quote(place, place + len(words))}”"

    return _QUOTED.sub(original, claim.says)


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """A term as it is quoted, without cutting a figure or a word."""
    return whole_mark(text, *whole_word(text, start, end))


def _how_asked(quoted: str) -> str:
    """In a word, how a question was put that its asker, or somebody else, affirmed."""
    return ASKED if quoted == ASKED else "转述"


def _confidence(events: Sequence[Speech | Chat | Product | Session]) -> float | None:
    """The least that a recogniser says of events; ``None``: none says anything."""
    told = [
        event.confidence
        for event in events
        if isinstance(event, Speech) and event.confidence is not None
    ]
    return min(told, default=None)


def _lower(level: Level) -> Level:
    return "watch" if level == "lead" else level
