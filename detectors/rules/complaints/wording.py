"""Is a viewer's line a complaint, and about what?

Questions, worries, praise and talk about other shops use the same words. A line counts when it
tells of something that happened to whoever writes it, or says that a complaint is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing

__all__ = ["KINDS", "kind_of"]

#: Lines of which the answer is kept: two rules ask it, and many lines of a chat come again.
LINES = 4_096
#: Kinds of complaints as the 12315 desk sorts them, the most telling first.
KINDS = {
    "complain": "要投诉举报",
    "harm": "食用或使用后不适",
    "fake": "反映假货",
    "cheat": "反映受骗",
    "refund": "反映退款或补差遭拒",
    "delivery": "反映不发货",
    "different": "反映货不对板",
    "spoiled": "反映质量问题",
    "service": "反映客服不理",
}

_ASKED = phrasing("complaints", "asked")
#: A question, and what has not happened, in the clause of the words.
_ASKED_THERE = phrasing("complaints", "asked-there")
_FORESEEN = phrasing("complaints", "foreseen")
_CLAUSE_ENDS = re.compile("[。!?！？，,；;~～ ]")
_DENIED = phrasing("complaints", "denied")
_ELSEWHERE = phrasing("complaints", "elsewhere")
#: What was only seen, heard or read is nobody's own complaint.
_HEARSAY = phrasing("complaints", "hearsay")
#: Words of one's own case, which a mild word needs.
_OWN = phrasing("complaints", "own-case")
#: Kinds whose words stand by themselves.
_PLAIN = frozenset({"complain", "fake", "cheat", "refund", "service"})
_LATE = phrasing("complaints", "late")
#: What happened, by kind: wherever the words stand in a line.
_TOLD = tuple((kind, phrasing("complaints", f"told-{kind}")) for kind in KINDS)
#: What went wrong with what was bought, in words that name no kind.
_BOUGHT = phrasing("complaints", "bought")
_WENT_WRONG = phrasing("complaints", "went-wrong")
#: In which way it did, by kind; the first that is found decides.
_WRONG = tuple(
    (kind, phrasing("complaints", f"wrong-{kind}"))
    for kind in ("harm", "refund", "delivery", "different", "service", "cheat")
)
#: What is false of what stands before it: goods, or a promise.
_FALSE = phrasing("complaints", "untrue")
_PAIN = phrasing("complaints", "pain")
#: An order that was returned is a matter of its money.
_SENT_BACK = phrasing("complaints", "sent-back")
_SENTENCE = re.compile("[。!?！？]")
_HOTLINE = phrasing("complaints", "hotline")
#: Kinds of which a question may tell, where it tells of something that happened.
_LONG_OR_HAD = phrasing("complaints", "told-though-asked")
_PRAISED = phrasing("complaints", "praised")
_BUT = phrasing("complaints", "but")
#: What is no goods, and false where it is not kept: “保价是假的”.
_NOT_GOODS = phrasing("complaints", "no-goods")
#: A guess at what goods are, or whether they are taken back, by whoever has not got them; its kinds.
_GUESSED = phrasing("complaints", "guessed")
_GUESSES = frozenset({"fake", "refund"})


def kind_of(text: str, hits: Sequence[Hit]) -> str | None:
    """The kind of complaint that a line is; ``None``: it is none.

    Args:
        hits: words of the groups `viewer.<kind>[.…]`; places in `text`.
    """
    return _kind_of(text, tuple(hits))


@lru_cache(maxsize=LINES)
def _kind_of(text: str, hits: tuple[Hit, ...]) -> str | None:
    if _ELSEWHERE.search(text) or _HEARSAY.search(text):
        return None
    asked = _ASKED.search(text) is not None
    found = _named(text, hits, asked=asked)
    if not (asked and not _LONG_OR_HAD.search(text)) and not (
        _PRAISED.search(text) and not _BUT.search(text)
    ):
        found |= {
            _of_goods(kind, text, match.start())
            for kind, pattern in _TOLD
            if (match := pattern.search(text)) is not None
            and not _DENIED.search(text[max(0, match.start() - 6) : match.start()])
            and not _is_asked(text, match.start(), match.end())
        }
    if not found and not asked and not _PRAISED.search(text):
        if _HOTLINE.search(text):
            found.add("complain")
        elif (wrong := _went_wrong(text)) is not None:
            found.add(_kind_by(wrong, text))
    return next((kind for kind in KINDS if kind in found), None)


def _is_asked(text: str, start: int, end: int) -> bool:
    """Does the clause of these words ask, or speak of what may happen, rather than tell what did?"""
    low = max((mark.end() for mark in _CLAUSE_ENDS.finditer(text, 0, start)), default=0)
    mark = _CLAUSE_ENDS.search(text, end)
    clause = text[low : len(text) if mark is None else mark.start()]
    if _FORESEEN.search(clause):
        return True
    return _ASKED_THERE.search(clause) is not None and not _LONG_OR_HAD.search(text)


def _of_goods(kind: str, text: str, place: int) -> str:
    """Fake are goods; a promise or a figure that is false is a fraud."""
    is_none = kind == "fake" and _NOT_GOODS.search(
        _FALSE.split(text[max(0, place - 8) : place + 2], maxsplit=1)[0]
    )
    return "cheat" if is_none else kind


def _went_wrong(text: str) -> str | None:
    """What went wrong with what was bought. Pain has to stand in the sentence of the goods:
    “是拍的,然后修的。这工作量就胃疼” is about no goods."""
    wrong = _WENT_WRONG.search(text) if _BOUGHT.search(text) else None
    if wrong is not None and _is_asked(text, wrong.start(), wrong.end()):
        return None
    if wrong is None or _PAIN.fullmatch(wrong.group()) is None:
        return None if wrong is None else wrong.group()
    parts = _SENTENCE.split(text)
    return wrong.group() if any(_BOUGHT.search(p) and wrong.group() in p for p in parts) else None


def _kind_by(wrong: str, text: str) -> str:
    """The kind of complaint that goods or seller went wrong in this way."""
    return next(
        (
            kind
            for kind, pattern in _WRONG
            if pattern.search(wrong) or (kind == "refund" and _SENT_BACK.search(text))
        ),
        "spoiled",
    )


def _named(text: str, hits: Sequence[Hit], *, asked: bool) -> set[str]:
    """Kinds by the words that name them."""
    found: set[str] = set()
    for hit in hits:
        kind = hit.group.split(".")[1]
        if kind not in KINDS or _DENIED.search(text[max(0, hit.start - 8) : hit.start]):
            continue
        if asked and not (kind == "complain" and "12315" in hit.term and _OWN.search(text)):
            continue
        if _is_asked(text, hit.start, hit.end):
            continue
        if kind == "delivery":
            # “还没发货” alone asks when; too late is a complaint.
            if not (hit.group.endswith(".never") or _LATE.search(text)):
                continue
        elif kind not in _PLAIN and not _OWN.search(text):
            continue
        if kind in _GUESSES and _GUESSED.search(text) and not _LONG_OR_HAD.search(text):
            continue
        found.add(_of_goods(kind, text, hit.start))
    return found
