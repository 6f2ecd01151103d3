"""What an alert tells: its findings, which of them tells the story, and what makes a new version.

The gravest finding tells the story: level, reason, law, exemptions and figures come from it, never
some from one hit and some from another. Further hits are listed. All of it is a function of the
findings in the order of event time, however they were cut into batches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET

from detectors.alerts import (
    LEVEL_NAMES,
    MOST_FOUND,
    SEVERITY,
    Alert,
    EngineVersions,
    Found,
    Level,
    Number,
    Span,
)
from detectors.events import Event, Product
from detectors.match.likeness import LIKENESS
from detectors.pack.english import english
from detectors.pack.frames import Frame
from detectors.rule import Finding, RuleSpec
from detectors.speech.phrases import whole_brackets, whole_mark, whole_phrase

__all__ = [
    "Account",
    "account_of",
    "discretion",
    "found_in",
    "ground_of",
    "is_graver",
    "level_reason_of",
    "listed",
    "mark_of",
    "names_of",
    "note_version",
]  # fmt: skip

#: Characters of the reason that a list of findings shows of each.
SAYS_MAX = 240
#: Characters of the words that the reason of a level quotes.
MAX_QUOTED = 40
#: Figures of repetition and reach: they are facts of discretion, and as of the latest hit.
OF_DISCRETION = frozenset(
    ["times", "on_air_s", "viewers", "denials_on_air", "corrected_on_air_s", "confidence"]
)

#: What a sentence of the pack leaves open.
_OPEN = re.compile("{([a-z_]{1,40})}")

Account = tuple[Level, Found | None, list[tuple[str, str]]]


def found_in(spec: RuleSpec, finding: Finding, versions: EngineVersions) -> Found:
    """A finding as the alert lists it."""
    hit = finding.trigger[-1]
    span = finding.words or _marked(finding, hit.id)
    span = span and _closed(span, finding.trigger)
    at = hit.at
    if span is not None and span.event != hit.id:
        at = next((event.at for event in finding.trigger if event.id == span.event), at)
    says = finding.reason
    is_long = len(says) > SAYS_MAX
    return Found(
        at=at,
        event=span.event if span is not None else hit.id,
        field=span.field if span is not None else "",
        start=span.start if span is not None else 0,
        end=span.end if span is not None else 0,
        text=span.text if span is not None else "",
        by=finding.by or _by(spec, finding, versions, worded=span is not None),
        level=min(finding.level, spec.level, key=SEVERITY.__getitem__),
        says=says[: SAYS_MAX - 1] + "…" if is_long else says,
        # What is cut cannot be put into English later.
        says_en=finding.reason_en or (english(says, spec.english) if is_long else ""),
        extent=finding.extent or UNSET,
    )


def _closed(span: Span, trigger: Sequence[Event]) -> Span:
    """A quote with what closes the quotation marks and brackets that open in it."""
    event = next((one for one in trigger if one.id == span.event), None)
    text = getattr(event, span.field, None)
    if not isinstance(text, str):
        return span
    start, end = whole_brackets(text, span.start, span.end)
    return msgspec.structs.replace(span, start=start, end=end, text=text[start:end])


def mark_of(span: Span, event: Event | None) -> Span:
    """A span as it is marked in its event: it cuts no figure and no word."""
    text = getattr(event, span.field, None)
    if text is None and isinstance(event, Product):
        text = (event.attributes or {}).get(span.field.removeprefix("attributes."))
    if not isinstance(text, str):
        return span
    start, end = whole_mark(text, span.start, span.end)
    return msgspec.structs.replace(span, start=start, end=end, text=text[start:end])


def _marked(finding: Finding, hit: str) -> Span | None:
    """The words that a finding stands on: those of the hit, else the first that there are; all of
    them from the first to the last, where that is no more than can be quoted."""
    span = next(
        (one for one in finding.spans if one.event == hit),
        finding.spans[0] if finding.spans else None,
    )
    if span is None:
        return None
    event = next((one for one in finding.trigger if one.id == span.event), None)
    text = getattr(event, span.field, None)
    if not isinstance(text, str):
        return span
    beside = [one for one in finding.spans if (one.event, one.field) == (span.event, span.field)]
    low, high = min(one.start for one in beside), max(one.end for one in beside)
    if high - low > MAX_QUOTED:
        low, high = span.start, span.end
    low, high = whole_phrase(text, low, high)
    return Span(event=span.event, start=low, end=high, text=text[low:high], field=span.field)


def _by(spec: RuleSpec, finding: Finding, versions: EngineVersions, *, worded: bool) -> str:
    frame = finding.numbers.get("frame")
    if isinstance(frame, str):
        return f"frame:{frame}"
    if LIKENESS in finding.numbers:
        return f"model:{versions.model}"
    return f"{'pattern' if worded else 'fact'}:{spec.id}"


def is_graver(alert: Alert, found: Found) -> bool:
    """Does a finding tell more than the one that tells the story? Of equals the first in time does,
    though speech is judged only when it has ended."""
    if not alert.findings:
        return True
    told = alert.findings[alert.story]
    return (*_weight(found), -found.at) > (*_weight(told), -told.at)


def _weight(found: Found) -> tuple[int, bool, int]:
    """How grave a finding is; of the same level, words of the rule tell more than mere likeness."""
    return SEVERITY[found.level], not found.by.startswith("model:"), found.extent or 0


def listed(alert: Alert, found: Found, *, is_story: bool) -> None:
    """Adds a finding to the list, in the order of time; what is too much goes from the middle."""
    place = len(alert.findings)
    while place and alert.findings[place - 1].at > found.at:
        place -= 1
    findings = [*alert.findings[:place], found, *alert.findings[place:]]
    story = (
        place if is_story else alert.story + (place <= alert.story and place < len(findings) - 1)
    )
    if len(findings) > MOST_FOUND:
        gone = MOST_FOUND // 2
        gone += gone in (story, place)
        gone += gone in (story, place)
        del findings[gone]
        story -= gone < story
    alert.findings, alert.story = findings, story
    alert.findings_total += 1


def account_of(alert: Alert) -> Account:
    """What versions are told apart by: level, story, law."""
    story = alert.findings[alert.story] if alert.findings else None
    return alert.level, story, [(basis.law, basis.article) for basis in alert.law]


def note_version(alert: Alert, before: Account) -> bool:
    """Counts a new version where what an alert tells is not what it was; returns whether it is."""
    after = account_of(alert)
    changed = [
        name
        for name, old, new in zip(("level", "story", "law"), before, after, strict=True)
        if old != new
    ]
    if changed:
        alert.version += 1
        alert.changed = changed
    return bool(changed)


def discretion(numbers: Mapping[str, Number]) -> dict[str, Number]:
    """The figures that are facts of discretion, out of all figures of a finding."""
    return {name: value for name, value in numbers.items() if name in OF_DISCRETION}


def level_reason_of(spec: RuleSpec, alert: Alert, given: str) -> str:
    """Why an alert has its level and not the next, in one sentence.

    Args:
        given: what the rule says of the finding that tells the story; empty: nothing.
    """
    told = alert.findings[alert.story].level
    raised = alert.evidence.numbers.get("raised_for")
    if raised is not None:
        return f"同场另见“{raised}”，由{LEVEL_NAMES['watch']}上调为{LEVEL_NAMES[alert.level]}"
    if alert.level != told:
        step = next(
            (one for one in spec.escalation if one.level == alert.level and one.hits <= alert.hits),
            None,
        )
        if step is not None:
            return f"同一事项已见到 {step.hits} 次，按本规则由{LEVEL_NAMES[told]}上调为{LEVEL_NAMES[alert.level]}"
    return given or _by_likeness(alert) or _usual(spec, alert)


def ground_of(
    spec: RuleSpec, told: Found, because: Sequence[str], numbers: Mapping[str, Number]
) -> str:
    """What the pack says of the way in which a finding came by its level, behind the words that it is
    about; empty: nothing, or it only resembles what the rule looks for.

    Args:
        told: the finding that tells the story.
        because: what it names (`Finding.because`).
    """
    grounds = spec.levels.get(told.level, "")
    if LIKENESS in numbers or not grounds:
        return ""
    frame = _frame_of(spec, numbers)
    if isinstance(grounds, str):
        sentence = grounds
    else:
        named = names_of(spec, because, numbers)
        sentence = next(
            (one.says for one in grounds if not one.of or not named.isdisjoint(one.of)), ""
        )
    for name in _OPEN.findall(sentence):
        value = frame.says if name == "says" and frame is not None else numbers.get(name)
        if value is None:
            return ""
        sentence = sentence.replace(f"{{{name}}}", str(value))
    words = told.text
    return f"所见“{words}”：{sentence}" if sentence and 0 < len(words) <= MAX_QUOTED else sentence


def names_of(
    spec: RuleSpec, because: Sequence[str], numbers: Mapping[str, Number]
) -> frozenset[str]:
    """The names by which a pack speaks of a finding: its ways, its frame and the concept of that."""
    frame = _frame_of(spec, numbers)
    return frozenset((*because, *((frame.id, frame.concept) if frame is not None else ())))


def _frame_of(spec: RuleSpec, numbers: Mapping[str, Number]) -> Frame | None:
    """The frame that found it; ``None``: none did."""
    name = str(numbers.get("frame", "")).removeprefix(f"{spec.id}/")
    return next((frame for frame in spec.frames if frame.id == name), None)


def _by_likeness(alert: Alert) -> str:
    share = alert.evidence.numbers.get(LIKENESS)
    if not isinstance(share, int | float):
        return ""
    level = LEVEL_NAMES[alert.level]
    return (
        f"只是措辞与已标注的表述相近（相近度 {share:.2f}），未合于本规则的具体词句，最高定为{level}"
    )


def _usual(spec: RuleSpec, alert: Alert) -> str:
    level = LEVEL_NAMES[alert.level]
    if alert.level == "lead":
        return f"所见合于本规则定为{level}的条件；{level}是最高级别，是否违法由执法人员认定"
    if alert.level == spec.level:
        return f"本规则最高定为{level}：单凭直播中所见不能认定，尚缺的事实见“尚需取得的事实”"
    return f"所见尚不足本规则定为更高级别的条件，定为{level}"
