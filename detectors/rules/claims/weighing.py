"""A claim weighed by the model: is it made here, and is the text around it like what the rule looks for?"""

from __future__ import annotations

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
from detectors.match.likeness import LIKENESS
from detectors.rule import Context
from detectors.rules.claims.memory import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.claims.wording import as_meant
from detectors.speech.pieces import piece_around

__all__ = ["is_unlike", "share_around", "speaks_for", "told"]

#: In a passage, of which only the context says where it begins, words may stand together that
#: belong to different sentences: it must be so much like violations as a whole.
UNLIKE_AMONG_OTHERS = 0.06
#: Or the clauses around it must be: the logit of the run of them that is most like violations, in
#: thousandths, where sentences end as likely as not at its ends.
LIKE_IN_CLAUSES = -1_000
#: The same of words between which nothing ends.
LIKE_TOGETHER = -3_000
#: Fewer letters around a claim are no talk: of 273 lines alone that came so far 269 were violations.
LEAST_AROUND = 50
#: Below these, logits in thousandths, a claim is not made; what only the whole is like must be more plainly
#: made. What the claim's own words say of that and its likeness to the rule's violations count for a part.
MADE, MADE_ALIKE = 1_700, 2_600
ASSERTED_COUNTS_FOR, LIKENESS_COUNTS_FOR = 0.4, 0.2
#: Marks that recognisers give who give any; a blank is none.
_MARKS = frozenset("，。！？；,!?;")
#: A logit that is as good as certain.
_SURE = 6_000


def told(
    ctx: Context, rule: str, reading: Reading, claim: Claim, share: float | None
) -> float | None:
    """How surely a claim is made, 0 to 0.5, where by what is said before and after it, in whatever passage,
    it is not: it is denied, refused, told of others, explained.

    A host who refuses or tells does so in the same words whatever the rule, near the matter or far from
    it: in a talk without marks a model knows that better than any list. The more a text is like
    violations of the rule, the plainer it must be.

    Args:
        share: as of `share_around`.

    Returns:
        ``None``: the claim is made, or that cannot be said: facts stand beside the words, hardly
        anything is said around it, or marks show what belongs to it.
    """
    utterance = reading.utterance
    if claim.beside or utterance.field != "text" or utterance.speaker == "card":
        return None
    model = ctx.likeness()
    if model is None:
        return None
    before, said, after = utterance.breath(claim.start, claim.end)
    far_ahead, far_behind = letters_around(before, after, TALK_BEFORE, TALK_AFTER)
    if len(far_ahead) + len(far_behind) < LEAST_AROUND:
        return None
    if not _MARKS.isdisjoint(before[-BEFORE:] + after[:AFTER]):
        return None
    words = letters_of(fold(said).text)
    near_ahead, near_behind = far_ahead[-BEFORE:], far_behind[:AFTER]
    asserted = model.asserted(rule, f"{near_ahead}{words}{near_behind}")
    made = model.made_in_talk(far_ahead, words, far_behind)
    if asserted is None or made is None:
        return None
    own = model.logit(rule, letters_of(_clauses(reading, claim))) or 0
    if share is not None:
        own = max(own, logit_of(share))
    weight = made + ASSERTED_COUNTS_FOR * logit_of(asserted)
    weight += LIKENESS_COUNTS_FOR * max(-_SURE, min(own, _SURE))
    least = MADE_ALIKE if LIKENESS in claim.numbers else MADE
    return None if weight >= least else share_of(round(weight) - least)


def _clauses(reading: Reading, claim: Claim) -> str:
    """The clauses in which a claim stands."""
    low, high = reading.scope.clause(claim.start)[0], reading.scope.clause(claim.end - 1)[1]
    return reading.text[low:high]


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


def is_unlike(
    ctx: Context, rule: str, reading: Reading, claim: Claim, share: float, unlike: float
) -> bool:
    """Is the text around a claim like nothing that the rule looks for?

    In a passage words of other sentences may stand before and behind, since where a sentence ends
    was guessed: then the clauses around the claim are judged, too.

    Args:
        share: as of `share_around`.
        unlike: below it the text is like nothing.
    """
    least = 0.0 if claim.sufficient else unlike
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
        for logit in (table.logit(rule, letters_of(as_meant(reading, claim, run.start, run.end))),)
    )
