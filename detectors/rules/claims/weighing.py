"""A claim weighed by the model: is it made here, and is the text around it like what the rule looks for?"""

from __future__ import annotations

from detectors.alerts import Level
from detectors.match.fold import fold
from detectors.match.letters import AFTER, BEFORE, letters_around, letters_of, logit_of
from detectors.match.likeness import LIKENESS
from detectors.match.phrasing import phrasing
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
#: Fewer letters around a claim say nothing about it that its own words do not.
LEAST_AROUND = 15
#: Below these, logits in thousandths, a claim is not made: plain words must be plainly told, and what only
#: the whole is like must be plainly made. The likeness of its clauses to the rule's violations counts for a
#: part. Of 66 lawful talks that were not learned from 17 are alarmed so, 27 without; of 66 violations in
#: talks 63 are found either way.
MADE: dict[Level, int] = {"lead": -1_200, "watch": -500, "info": -500}
MADE_ALIKE, LIKENESS_COUNTS_FOR = 1_000, 0.4
#: Words that refuse, condemn, or tell of what became of somebody, near a claim.
_REJECTED = phrasing("scope", "rejected")
#: Who speaks of fines in a low voice fears them.
_HUSHED = phrasing("scope", "hushed")
REJECTED_COUNTS_FOR = 5_200
#: Marks that recognisers give who give any; a blank is none.
_MARKS = frozenset("，。！？；,!?;")
#: A logit that is as good as certain.
_SURE = 6_000


def told(
    ctx: Context, rule: str, reading: Reading, claim: Claim, share: float | None
) -> float | None:
    """How surely a claim is made, 0 to 1, where by what is said before and after it, in whatever passage,
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
    ahead, behind = letters_around(before, after)
    near_before, near_after = before[-BEFORE:], after[:AFTER]
    if len(ahead) + len(behind) < LEAST_AROUND or not _MARKS.isdisjoint(near_before + near_after):
        return None
    made = model.asserted(rule, f"{ahead}{fold(said).text}{behind}")
    if made is None:
        return None
    own = model.logit(rule, letters_of(_clauses(reading, claim))) or 0
    if share is not None:
        own = max(own, logit_of(share))
    is_alike = LIKENESS in claim.numbers
    weight = logit_of(made) + LIKENESS_COUNTS_FOR * max(-_SURE, min(own, _SURE))
    around = [fold(one).text for one in (near_before, said + near_after)]
    if any(map(_REJECTED.search, around)) and not any(map(_HUSHED.search, around)):
        weight -= REJECTED_COUNTS_FOR
    return made if weight < (MADE_ALIKE if is_alike else MADE[claim.level]) else None


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
