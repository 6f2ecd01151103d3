"""A claim weighed by the model: is it made here, and is the text around it like what the rule looks for?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.match.fold import fold
from detectors.match.letters import (
    AFTER,
    BEFORE,
    TALK_AFTER,
    TALK_BEFORE,
    letters_around,
    letters_of,
    logit_of,
    share_of,
)
from detectors.match.likeness import LIKENESS, LikenessModel
from detectors.match.phrasing import phrasing
from detectors.rule import Context
from detectors.rules.claims.memory import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.claims.wording import as_meant
from detectors.speech.pieces import piece_around

__all__ = ["is_unlike", "share_around", "share_beside_questions", "speaks_for", "told"]

#: Below this share even what a sufficient frame finds is unlike the rule's violations.
UNLIKE_FOR_SURE = 0.02
#: In a passage, of which only the context says where it begins, words may stand together that
#: belong to different sentences: at least so much like violations it must be as a whole, or a run of the clauses
#: around the claim must, where sentences end as likely as not at its ends.
UNLIKE_AMONG_OTHERS = 0.04
#: With fewer letters around it a claim is no part of talk, but of a line; a line of fewer letters says too little.
LEAST_AROUND, LEAST_LINE = 50, 12
#: A claim of so many characters that stands there again was said again, not by chance.
SAID_AGAIN = 6
#: Letters before and behind a claim of the clauses beside it.
NEAR_BEFORE, NEAR_AFTER = 14, 18
#: Below this logit, in thousandths, a claim in talk is not made. Chosen, as `STORY_OWN`, on 196 violations amid
#: ordinary lines and amid others, and 246 whole talks; the bounds below on 351 violations amid ordinary lines, 296 pairs
#: of them and 123 whole talks. Of none of these had the model learned.
MADE_IN_TALK = 1_200
#: The same where marks part the clauses beside the claim, so that less of them belongs to it.
MADE_AMONG_MARKS = 1_000
#: Who tells what others did, asked for or were punished for tells it at length: what stands around the claim is like
#: violations itself, of whatever rule, and asserts nothing. From this logit on, in thousandths, the claim must be made
#: plainer, by so much of what it is beyond, less what is asserted around it, and by so much at most; less so much
#: of its own likeness to the rule's violations, since who makes several claims in a breath tells no story.
STORY_FROM, STORY_COUNTS_FOR, STORY_MOST, STORY_OWN = -8_000, 0.5, 3_000, 0.35
#: For how much counts a claim's likeness to the rule's violations, and in talk what the words next to the claim
#: say.
LIKENESS_COUNTS_FOR, ASSERTED_IN_TALK = 0.4, 1.5
#: Marks that recognisers give who give any; a blank is none.
_MARKS = frozenset("，。！？；,!?;")
#: Those that end a sentence, and those that end a clause, blanks among them.
_ENDS, _CLAUSE_ENDS = re.compile("[。！？!?]"), re.compile("[，；、,;:： ]+")
#: A sentence that asks, looked for where one begins.
_QUESTIONS = re.compile("(?<![^。!?;])[^。!?;]*+[?]")
#: Cries of sellers, which say nothing about the claim beside them: “能治糖尿病全网最低价假一赔十”.
_CRIES = phrasing("scope", "cries-of-sellers")
#: A logit that is as good as certain.
_SURE = 6_000


def told(
    ctx: Context, rule: str, reading: Reading, claim: Claim, share: float | None, in_line: float
) -> float | None:
    """How surely a claim is made, 0 to 0.5, where by what is said before and after it, in whatever passage,
    it is not: it is denied, refused, told of others, explained.

    A host who refuses or tells does so in the same words whatever the rule, near the matter or far from
    it: a model knows that better than any list. In a line it is asked of the sentence; in talk of what
    stands farther off, too, and plainer where no marks part that from the claim. The more a text is like
    violations of the rule, the plainer it must be.

    Args:
        share: as of `share_around`.
        in_line: how surely a claim must be made that does not stand in talk, 0 to 1; 0: that is not asked.

    Returns:
        ``None``: the claim is made, or that cannot be said: facts stand beside the words, or the model knows
        nothing of talk.
    """
    utterance = reading.utterance
    if claim.beside or utterance.field != "text" or utterance.speaker == "card":
        return None
    model = ctx.likeness()
    if model is None:
        return None
    before, said, after = utterance.breath(claim.start, claim.end)
    if len(said) >= SAID_AGAIN:
        # Who says the same again says nothing about it.
        before, after = before.rpartition(said)[2], after.partition(said)[0]
    far_ahead, far_behind = letters_around(before, after, TALK_BEFORE, TALK_AFTER)
    if len(far_ahead) + len(far_behind) >= LEAST_AROUND:
        words = letters_of(fold(said).text)
        made = model.made_in_talk(far_ahead, words, far_behind)
        asserted = model.asserted(rule, f"{far_ahead[-BEFORE:]}{words}{far_behind[:AFTER]}")
        if made is None or asserted is None:
            return None
        weight = made + ASSERTED_IN_TALK * logit_of(asserted)
        has_marks = not _MARKS.isdisjoint(before[-BEFORE:] + after[:AFTER])
        least = MADE_AMONG_MARKS if has_marks else MADE_IN_TALK
        story = _more_in_story(model, rule, far_ahead + far_behind)
    else:
        asserted = _asserted_in_line(model, rule, reading, claim) if in_line else None
        if asserted is None:
            return None
        weight = logit_of(asserted)
        least, story = logit_of(in_line), 0
    low, high = _clauses(reading, claim)
    own = model.logit(rule, letters_of(reading.text[low:high])) or 0
    if share is not None:
        own = max(own, logit_of(share))
    least += max(0, story - round(STORY_OWN * max(0, own)))
    weight += LIKENESS_COUNTS_FOR * max(-_SURE, min(own, _SURE))
    return None if weight >= least else share_of(round(weight) - least)


def _more_in_story(model: LikenessModel, rule: str, around: str) -> int:
    """By how much plainer a claim must be made, a logit in thousandths, among letters that are like violations."""
    beyond = model.likeliest(around) - STORY_FROM
    asserted = model.asserted(rule, around)
    more = STORY_COUNTS_FOR * beyond - max(0, logit_of(asserted or 0.0))
    return min(STORY_MOST, max(0, round(more)))


def _asserted_in_line(
    model: LikenessModel, rule: str, reading: Reading, claim: Claim
) -> float | None:
    """How surely a claim is made, 0 to 1, by its sentence, or by its clause and those beside it, whichever says
    so more surely. ``None``: too little is said, or the rule is not known.

    A claim that is plainly made in its clauses is not drowned by ordinary words that go on behind a comma.
    """
    text, start, end = reading.text, claim.start, claim.end
    before = _ENDS.split(text[max(0, start - 2 * BEFORE) : start])[-1]
    after = _ENDS.split(text[end : end + 2 * AFTER], maxsplit=1)[0]
    words = letters_of(as_meant(reading, claim, start, end))
    ahead, behind = letters_of(before), letters_of(after)
    bare_ahead, bare_behind = (letters_of(_CRIES.sub("", one)) for one in (before, after))
    if len(bare_ahead) + len(words) + len(bare_behind) < LEAST_LINE:
        return None
    near_ahead = letters_of("".join(_CLAUSE_ENDS.split(before)[-2:]))
    near_behind = letters_of("".join(_CLAUSE_ENDS.split(after)[:2]))
    # Of a short line they are the same.
    said = {
        f"{ahead[-BEFORE:]}{words}{behind[:AFTER]}",
        f"{near_ahead[-NEAR_BEFORE:]}{words}{near_behind[:NEAR_AFTER]}",
        f"{bare_ahead[-BEFORE:]}{words}{bare_behind[:AFTER]}",
    }
    likely = [model.asserted(rule, one) for one in said]
    return max((one for one in likely if one is not None), default=None)


def _sentence_and_clauses(reading: Reading, claim: Claim) -> Iterator[str]:
    """The sentence in which a claim begins, and the clauses in which it stands, as they are meant."""
    yield as_meant(reading, claim, *reading.scope.sentence(claim.start))
    yield as_meant(reading, claim, *_clauses(reading, claim))


def _clauses(reading: Reading, claim: Claim) -> tuple[int, int]:
    """The half-open range of the clauses in which a claim stands."""
    return reading.scope.clause(claim.start)[0], reading.scope.clause(claim.end - 1)[1]


def speaks_for(ctx: Context, rule: str, reading: Reading, word: str | None) -> bool:
    """Does a word of denial speak for what a text is like, rather than against it: “没用过” of who
    praises?"""
    model = ctx.likeness() if word else None
    if model is None or word is None:
        return False
    place = reading.text.find(word)
    around = reading.text[max(0, place - 1) : place + len(word)]
    return place >= 0 and model.leaning(rule, around) > 0


def share_around(ctx: Context, rule: str, reading: Reading, claim: Claim) -> float | None:
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
        rule, as_meant(reading, claim, *piece_around(reading.text, claim.start, claim.end))
    )


def share_beside_questions(ctx: Context, rule: str, reading: Reading) -> float:
    """How much a text is like the rule's violations without the questions in it, 0 to 1: “要证书？我做一张发给你”.
    0: it has none, or too few letters are left."""
    model = ctx.likeness()
    told = _QUESTIONS.sub("", reading.text)
    return (model.share(rule, told) if model and told != reading.text else None) or 0.0


def is_unlike(
    ctx: Context, rule: str, reading: Reading, claim: Claim, share: float, unlike: float
) -> bool:
    """Is the text around a claim like nothing that the rule looks for, nor its sentence, nor its clauses?

    In a passage words of other sentences may stand before and behind, since where a sentence ends
    was guessed: then each run of the clauses around the claim is judged.

    Args:
        share: as of `share_around`.
        unlike: below it the text is like nothing.
    """
    least = min(unlike, UNLIKE_FOR_SURE) if claim.sufficient else unlike
    in_passage = reading.utterance.is_passage
    if in_passage and least and not claim.sufficient:
        least = max(least, UNLIKE_AMONG_OTHERS)
    table = ctx.likeness()
    if share >= least or table is None:
        return False
    near = (table.share(rule, words) for words in _sentence_and_clauses(reading, claim))
    if any(one is not None and one >= least for one in near):
        return False
    return not any(
        logit is not None and logit >= run.logit(logit_of(least))
        for run in reading.utterance.runs
        if run.start <= claim.start and claim.end <= run.end
        for logit in (table.logit(rule, letters_of(as_meant(reading, claim, run.start, run.end))),)
    )
