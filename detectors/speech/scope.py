"""What the words around a hit make of it: clause, negation, question, quotation, warning.

Offsets are those of folded text. Everything here is asked only of candidates, so it may be
slower than the search for them.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from detectors.match.phrasing import phrasing, word_list

__all__ = ["Answer", "Reply", "Scope", "reply", "reply_later"]

#: Ends of clauses: punctuation, and a blank between two stretches of Chinese, which stands for
#: a comma in many transcripts. “、” joins a list and ends nothing.
_CLAUSE = re.compile(
    r"[,!?;。…\n]|(?<!\d)\.|\.(?!\d)|(?<=[\u4e00-\u9fff]{2}) +(?=[\u4e00-\u9fff]{2})"
)
_SENTENCE = re.compile(r"[!?;。…\n]|(?<!\d)\.(?!\d)")
#: Words with a negating character that negate nothing: “好不好” …
_EITHER = re.compile("([\u4e00-\u9fff])不\\1")
#: … and those of the list.
_NEUTRAL = phrasing("scope", "neutral")
_NEGATION = phrasing("scope", "negation")
_DENIES = phrasing("scope", "negating")
_HOW = phrasing("scope", "how")
#: “…人群不适宜本品不能|代替药物”: what is denied at once is denied, whatever was before.
_AT_ONCE = phrasing("scope", "denied-at-once")
#: A bare one negates only what follows at once.
_NEAR = phrasing("scope", "denied-next")
_REFUSED = phrasing("scope", "refused")
_TWICE = phrasing("scope", "negated-twice")
_QUESTION_MARK = phrasing("scope", "question-mark")
#: “谁说不能治”: who denies it is wrong.
_WRONGLY_DENIED = phrasing("scope", "wrongly-denied")
#: “不是不能治，就是慢一点”: what is conceded of how affirms that.
_CONCEDED = phrasing("scope", "conceded")
#: A wink: what may not be said is meant all the same.
_WINK = phrasing("scope", "wink")
#: Said in one breath with what follows: “…能治胃病吗能的”.
_GOES_ON = phrasing("scope", "goes-on")
#: “嘛” asks with such a word so many characters before it at most; “热闹嘛” asks nothing, nor does “本来就是嘛”.
_MAY_ASK, _MAY_ASK_WITHIN = phrasing("scope", "may-ask"), 8
_OBVIOUS = phrasing("scope", "obvious")
_QUESTION = phrasing("scope", "question")
#: “一点副作用都没有” asks nothing.
_NONE_AT_ALL = phrasing("scope", "none-at-all")
#: “还没造出来呢” tells how it is.
_STILL = phrasing("scope", "still")
#: “呢” ends a question that has such a word, or that is no longer than “那孕妇呢”.
_INTERROGATIVE, _BARE_QUESTION = phrasing("scope", "interrogative"), 6
#: “治不治”, “有没有”.
_OR_NOT = re.compile(r"(.)[不没]\1")
_RHETORICAL = phrasing("scope", "rhetorical")
_ASKED = phrasing("scope", "viewer-asks")
_TOLD = phrasing("scope", "others-say")
_WARNED = phrasing("scope", "warned")

#: Who says so is exposed, before the words: “谁跟你说…”, “凡是讲…”, “别听人说…”.
_DENOUNCED = phrasing("scope", "denounced")
#: What is to be done about whoever says so, or what they are, after the words.
_EXPOSED = phrasing("scope", "exposed")
#: Characters before and behind such words in which it stands.
_EXPOSED_BEFORE, _EXPOSED_AFTER = 26, 30
_WHOEVER = phrasing("scope", "whoever")
#: Words that are spoken of as words, and are none to be used: “…这四个字法律不让写”, “…那套不碰”.
_MENTIONED = phrasing("scope", "mentioned")

#: Where something is said again.
_FIRST = re.compile("[^,。!?;. ]")

Reply = Literal["yes", "no"]
#: What an affirmation begins with, and of that what is no word.
_YES_BEGINS, _MURMURS = phrasing("scope", "yes-begins"), re.compile("[,。!?;. ]{0,9}嗯{0,9}[, ]?")
#: A short word that affirms where what follows lets it, one that does so alone, and other words for it.
_YES_SHORT, _YES_ALONE = phrasing("scope", "yes-short"), phrasing("scope", "yes-alone")
_YES = phrasing("scope", "affirmation")
#: What stands behind a short word that affirms: “能的啊”, “能，…”; “能拍的赶紧拍” affirms nothing.
_AFFIRMED = phrasing("scope", "affirmed-by")
#: The affirmation is itself asked: “是真的吗”.
_ASKED_BACK = phrasing("scope", "asked-back")
#: An affirmation that is a clause of its own, and says nothing else: “可以的姐妹，…”.
_FIRMLY = phrasing("scope", "affirmed-firmly")
#: What may still belong to a question behind the words that it is about.
_REST = phrasing("scope", "rest-of-question")
#: Who asked has been answered before these words.
_ANSWERED = phrasing("scope", "answered")
_NO = phrasing("scope", "denial")
#: Who asked may be answered so many sentences and clauses later, in so many letters (`reply_later`).
LATER_SENTENCES, LATER_CLAUSES, LATER = 2, 3, 60
#: A question that affirms.
_HOW_NOT = phrasing("scope", "how-not")


class Answer(NamedTuple):
    """What a host answers to a question, and where in the text: a half-open range."""

    reply: Reply
    start: int
    end: int


def reply(text: str, asked: str = "") -> Reply | None:
    """What a text says to a question asked just before it; ``None``: it does not answer.

    Args:
        asked: the question, whose words an answer may repeat.

    >>> reply("能的啊"), reply("能治", "能不能治"), reply("能拍的赶紧拍", "能不能治")
    ('yes', 'yes', None)
    """
    text = _HOW_NOT.sub("当然能", text)
    no = _NO.search(text)
    if no is not None and no.start() <= 24:
        return "no"
    again = _again(text, asked)
    if again is not None:
        return again
    return _affirmed(text, asked)


def reply_later(text: str, asked: str) -> Answer | None:
    """An affirmation in a later clause of what is said behind a question: “先扣个关注。可以的姐妹，好多人都好了”.

    What stands between may neither ask nor deny; the affirmation must be a clause of its own, or repeat what was
    asked: “可以的赶紧拍” is none.

    >>> reply_later("先扣个关注。可以的姐妹,好多人都好了", "能治鼻炎吗").start
    6
    >>> reply_later("能便宜吗。可以的姐妹,便宜五块", "能治鼻炎吗")
    """
    text = text[:LATER]
    scope = Scope(text)
    clauses = _cut(text, _CLAUSE)
    for low, high in clauses[: LATER_CLAUSES + 1]:
        clause = text[low:high]
        if len(_SENTENCE.findall(text[:low])) > LATER_SENTENCES:
            break
        if low and _is_firm(text[low:], asked):
            return Answer("yes", low, high)
        if scope.asked(low, high) or _ASKED.search(clause) or _NO.search(clause):
            break
    return None


def _is_firm(text: str, asked: str) -> bool:
    """Does a text begin with an affirmation that can be of nothing else but what was asked?"""
    if _FIRMLY.match(text) is not None:
        return True
    able = next((word for word in word_list("scope", "able") if text.startswith(word)), "")
    rest = text.removeprefix(able)
    return (
        bool(able)
        and rest[:1].isalpha()
        and able[-1] + rest[0] in asked
        and _NO.match(text) is None
    )


def _affirmed(text: str, asked: str) -> Reply | None:
    """Does a text affirm what is asked?"""
    for begins in (_YES_BEGINS, _MURMURS):
        opening = begins.match(text)
        place = opening.end() if opening is not None else 0
        word_of_one = _YES_SHORT.match(text, place) or _YES_ALONE.match(text, place)
        found = word_of_one or _YES.match(text, place)
        if found is None:
            continue
        if _ASKED_BACK.match(text, found.end()):
            return None
        if word_of_one is None or _AFFIRMED.match(text, found.end()):
            return "yes"
        # “能拍的赶紧拍” affirms nothing, “能治” does where just that is asked.
        word = "可以" if found.group().endswith("可以") else found.group()[-1]
        again = text[found.end() - len(word) : found.end() + 1]
        return "yes" if word in word_list("scope", "able") and again in asked else None
    return None


def _again(text: str, asked: str) -> Reply | None:
    """What the last words of a question say when they are said again: “保不保本|保本的”."""
    begins = _FIRST.search(text)
    if begins is None:
        return None
    place = begins.start()
    denied = text[place] in "不没"
    place += denied
    for size in (4, 3, 2):
        word = asked[-size:]
        if len(word) == size and text.startswith(word, place) and not _is_no_word(word):
            if denied:
                return "no"
            return "yes" if _AFFIRMED.match(text, place + size) else None
    return None


def _is_no_word(word: str) -> bool:
    """Is this no word that could be repeated as an answer?"""
    return _FIRST.match(word) is None or word[-1] in word_list("scope", "no-answer")


class Scope:
    """A folded text cut into clauses and sentences, and questions about a place in it."""

    __slots__ = ("_clauses", "_sentences", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._clauses: list[tuple[int, int]] | None = None
        self._sentences: list[tuple[int, int]] | None = None

    @classmethod
    def inside(cls, text: str, start: int, end: int) -> Scope:
        """A text as if sentences ended where a range of it begins and ends."""
        return cls(f"{'。' * start}{text[start:end]}{'。' * (len(text) - end)}")

    def clause(self, place: int) -> tuple[int, int]:
        """Half-open range of the clause around a place."""
        if self._clauses is None:
            self._clauses = _cut(self.text, _CLAUSE)
        return _around(self._clauses, place)

    def sentence(self, place: int) -> tuple[int, int]:
        """Half-open range of the sentence around a place."""
        if self._sentences is None:
            self._sentences = _cut(self.text, _SENTENCE)
        return _around(self._sentences, place)

    def negated(self, start: int, reach: int = 8) -> str | None:
        """The negation before a place, within `reach` characters of the same clause.

        An even number of negations (“不是不能治”) negates nothing.
        """
        if _HOW.search(self.text[max(0, start - 3) : start]) and self.clause(start)[1] - start <= 4:
            return "怎么"  # “零食怎么减肥”
        low = max(self.clause(start)[0], start - reach)
        if _WRONGLY_DENIED.search(self.text[max(self.clause(start)[0], start - 14) : start]):
            return None
        if _AT_ONCE.search(self.text[max(low, start - 6) : start]):
            return "不能"
        # Neutral words may begin before the window, so they are blanked in the whole clause.
        clause = self.clause(start)[0]
        before = _blank(self.text[clause:start])[low - clause :]
        found = list(_NEGATION.finditer(before))
        strong = [match for match in found if match.group() != "不"]
        if not strong:
            near = _NEAR.search(before)
            return near.group() if near is not None else None
        return strong[-1].group() if len(found) % 2 else None

    def conceded(self, start: int, end: int) -> bool:
        """Is what is denied twice conceded to work, only slowly: “不是不能治，就是慢一点”?"""
        low, high = self.sentence(start)
        return _CONCEDED.search(self.text, max(low, start - 14), min(high, end + 24)) is not None

    def denies(self, start: int, end: int) -> bool:
        """Does something stand in a range by which words may be denied?"""
        return _DENIES.search(_blank(self.text), start, end) is not None

    def refused(self, end: int, reach: int = 16) -> str | None:
        """What takes the words back after them, in the same sentence: “…那都是骗人的”."""
        low, high = self.sentence(end - 1)
        if _WINK.search(self.text[low:high]) or _TWICE.search(self.text, max(low, end - 14), end):
            return None
        after = self.text[end : min(high, end + reach)]
        found = _REFUSED.search(_blank(after))
        if found is None:
            nearby = self.text[end : end + 10]
            question = _QUESTION_MARK.match(nearby)
            if question is None:
                return None
            found = _REFUSED.search(self.text, end, min(len(self.text), end + reach))
        return found.group() if found is not None else None

    def denounced(self, start: int, end: int) -> str | None:
        """What exposes whoever says these words, or says that one does not: “谁跟你说…你就举报”."""
        low, _ = self.sentence(start)
        _, high = self.sentence(end - 1)
        found = _DENOUNCED.search(self.text[max(low, start - _EXPOSED_BEFORE) : start])
        if found is None:
            stop = min(len(self.text), max(high, end) + 1, end + _EXPOSED_AFTER)
            found = _EXPOSED.search(self.text, end, stop) or _MENTIONED.match(self.text, end, stop)
        if found is None:
            found = _WHOEVER.search(self.text, max(low, start - 12), min(high, end + 12))
        return found.group() if found is not None else None

    def asked(self, start: int, end: int) -> bool:
        """Is the clause of these words a question?"""
        low, _ = self.clause(start)
        _, high = self.clause(end - 1)
        clause = self.text[low:high].rstrip(" ")
        if _RHETORICAL.search(clause):
            return False
        if self.text[high : high + 1] == "?" or _GOES_ON.match(self.text, end, high):
            return True
        found = _QUESTION.search(clause)
        if found is not None and _ANSWERED.search(clause, found.end(), max(0, start - low)):
            return False
        if found is not None and found.group() == "嘛":
            begins = max(0, found.start() - _MAY_ASK_WITHIN)
            if _OBVIOUS.search(clause) or not _MAY_ASK.search(clause, begins, found.start()):
                return False
        if found is not None and found.group() == "没有" and _NONE_AT_ALL.search(clause):
            return False
        if found is not None and found.group() == "呢":
            is_bare = len(clause) <= _BARE_QUESTION or _OR_NOT.search(clause)
            if _STILL.search(clause) or not (is_bare or _INTERROGATIVE.search(clause)):
                return False
        return found is not None and not (
            found.group() in word_list("scope", "ask-of-much") and len(clause) < 4
        )

    def quoted(self, start: int) -> str | None:
        """Who is quoted with these words: a viewer who asks, or people who say so."""
        low = self.sentence(start)[0]
        before = self.text[max(low, start - 28) : start]
        for pattern in (_ASKED, _TOLD):
            found = None
            for match in pattern.finditer(before):
                found = match
            if found is None or before[found.end() :].count(",") > 1:
                continue
            if _ANSWERED.search(before, found.end()) is None:
                return found.group()
        return None

    def warned(self, start: int, end: int) -> str | None:
        """A warning in the same sentence: “糖尿病人不要买”, “先问医生”."""
        low, high = self.sentence(start)
        found = _WARNED.search(self.text[max(low, start - 12) : min(high, end + 20)])
        return found.group() if found is not None else None

    def answer(self, end: int, stop: int | None = None) -> Answer | None:
        """The answer that follows a quoted question in the same text, within two sentences: in one
        breath with it, or behind the end of its clause.

        Args:
            end: where the words of the claim that is asked about end.
            stop: where what may answer ends; ``None``: where the text does.
        """
        low, high = self.clause(end - 1)
        rest = _REST.match(self.text, end, max(end, high))
        for place in (rest.end() if rest is not None else high, high):
            last = min(len(self.text) if stop is None else stop, place + 60)
            told = reply(self.text[place:last], self.text[low:place])
            if told is not None:
                begins = _FIRST.search(self.text, place)
                start = begins.start() if begins is not None else place
                return Answer(told, start, max(start + 1, min(last, self.clause(start)[1])))
        last = min(len(self.text) if stop is None else stop, high + LATER)
        later = reply_later(self.text[high:last], self.text[low:high])
        return later and Answer(later.reply, high + later.start, high + later.end)


def _blank(text: str) -> str:
    for words in (_EITHER, _NEUTRAL):
        text = words.sub(lambda match: "\u3000" * len(match.group()), text)
    return text


def _cut(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    ranges = []
    start = 0
    for match in pattern.finditer(text):
        if match.start() > start:
            ranges.append((start, match.start()))
        start = match.end()
    if start < len(text):
        ranges.append((start, len(text)))
    return ranges or [(0, len(text))]


def _around(ranges: list[tuple[int, int]], place: int) -> tuple[int, int]:
    for start, end in ranges:
        if place < end:
            return (start, end) if place >= start else (place, end)
    return ranges[-1]
