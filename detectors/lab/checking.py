"""What can be wrong with packs that load: checked without a recording, by rule and clause."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from detectors.across.rule import AcrossRule
from detectors.alerts import SEVERITY
from detectors.claims.frame import FrameMatcher
from detectors.events import Speech
from detectors.lab.cases import CaseError, case_events, name_of
from detectors.lab.sentences import sentences_added, sentences_of
from detectors.lab.trace import Tracer
from detectors.match.fold import fold
from detectors.match.lexicon import Lexicon
from detectors.match.patterns import Pattern
from detectors.match.phrasing import files, load_phrasings, phrasing
from detectors.pack.citation import article_numbers
from detectors.pack.completion import clauses_of
from detectors.pack.definitions import as_data
from detectors.pack.english import english, open_places
from detectors.pack.frames import kinds_of
from detectors.pack.law import LawTable
from detectors.pack.load import Rulebook
from detectors.rule import Rule, RuleSpec, covers, registered
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

__all__ = ["Problem", "check_entries", "check_phrasings", "check_rulebook", "check_suppressions"]

_CHINESE = re.compile("[\u4e00-\u9fff]")
#: How a text says that it is not written yet: 待定, 待定：宣称了什么, 不算的情形（待定）.
_OPEN = re.compile("^待定|（待定）")
#: A suppression that holds longer than this is a change of the rule in disguise.
LONG_DAYS = 366


class Problem(Struct, frozen=True, kw_only=True):
    """Something that should not stay as it is."""

    severity: Literal["error", "warning"]
    rule: str
    what: str


def check_rulebook(rulebook: Rulebook, day: date, only: Collection[str] = ()) -> list[Problem]:
    """Everything that is wrong with the rules as of a civil day in China.

    Args:
        rulebook: the rules, all of them: one may name others.
        day: of law and suppressions.
        only: ids of the rules that are looked at; empty: all, and the phrasings that they share.
    """
    problems = check_entries(rulebook, day, only)
    for rule in _of(rulebook, only):
        problems += _check_exemptions(rulebook, rule)
    suppressed = check_suppressions(rulebook, day)
    if only:
        return [*problems, *(one for one in suppressed if one.rule in only)]
    return [*problems, *check_phrasings(), *suppressed]


def check_entries(rulebook: Rulebook, day: date, only: Collection[str] = ()) -> list[Problem]:
    """What is wrong with what the rules' entries say, without a look at what their cases raise."""
    problems: list[Problem] = []
    for rule in _of(rulebook, only):
        problems += _check_law(rule.spec, rulebook.law, day)
        problems += _check_entry(rule.spec, rulebook)
        problems += _check_frames(rulebook, rule)
        problems += _check_english(rule.spec, rulebook)
    return problems


def _of(rulebook: Rulebook, only: Collection[str]) -> list[Rule]:
    return [rule for rule in rulebook if not only or rule.id in only]


def check_phrasings() -> Iterator[Problem]:
    """Has each phrasing sentences of its own, and is it found in those and in no other? Is said what a table tells?"""
    for file in files():
        for name, told in load_phrasings(file).tables.items():
            if not told.means or not told.words:
                yield _error(file, f"table {name}: needs `means` and `words`")
        for name, one in load_phrasings(file).phrasings.items():
            where, found = f"phrasing {name}", phrasing(file, name)
            if not one.means or not one.fires:
                yield _error(file, f"{where}: needs `means` and `fires`")
            for text in one.fires:
                if not found.search(text):
                    yield _error(file, f"{where}: does not find its own “{text}”")
            for text in one.quiet:
                if found.search(text):
                    yield _error(file, f"{where}: stands in “{text}”, which is none")


def check_suppressions(rulebook: Rulebook, day: date) -> list[Problem]:
    """Suppressions that have expired, or that name no rule."""
    problems = []
    for entry in rulebook.suppressions:
        where = f"suppression {entry.id}"
        if entry.rule not in rulebook:
            problems.append(_error(entry.rule, f"{where}: no such rule"))
        if not entry.holds_on(day):
            problems.append(_error(entry.rule, f"{where}: expired on {entry.expires_on}"))
        elif entry.expires_on > day + timedelta(days=LONG_DAYS):
            problems.append(
                _warning(entry.rule, f"{where}: holds for more than a year, to {entry.expires_on}")
            )
        if not entry.reason.strip() or not entry.author.strip():
            problems.append(_error(entry.rule, f"{where}: reason and author are needed"))
    return problems


def _check_law(spec: RuleSpec, law: LawTable, day: date) -> Iterator[Problem]:
    in_force = 0
    for basis in spec.law:
        versions = sorted(law.versions(basis.ref), key=lambda version: version.from_)
        for earlier, later in pairwise(versions):
            if earlier.to != later.from_:
                yield _error(spec.id, f"{basis.ref}: no version from {earlier.to} to {later.from_}")
        if any(version.in_force(day) for version in versions):
            in_force += 1
        elif versions[-1].to is not None and versions[-1].to <= day:
            yield _warning(spec.id, f"{basis.ref}: no longer in force since {versions[-1].to}")
    if spec.law and not in_force:
        yield _error(spec.id, f"none of its bases is in force on {day}")
    if not spec.law and spec.level != "info":
        yield _error(spec.id, "accuses without a legal basis")


def _check_entry(spec: RuleSpec, rulebook: Rulebook) -> Iterator[Problem]:
    for name, threshold in spec.thresholds.items():
        if not threshold.note.strip():
            yield _error(spec.id, f"threshold {name} has no note")
        elif threshold.origin == "law" and not article_numbers(threshold.note):
            yield _error(spec.id, f"threshold {name} is of the law, but its note names no article")
    for kind, names in (("disguised", spec.disguised), ("supporting", spec.supporting)):
        for name in names:
            if not any(covers(name, group) for group in spec.patterns):
                yield _error(spec.id, f"{kind}: no group {name!r} among the patterns")
    for verb, others in (("inhibits", spec.inhibits), ("raises", spec.raises)):
        for other in others:
            if other not in rulebook:
                yield _error(spec.id, f"{verb} {other}, which is no rule")
    for step in spec.escalation:
        if SEVERITY[step.level] > SEVERITY[spec.level]:
            yield _error(spec.id, f"escalates to {step.level}, above its level {spec.level}")
    if spec.unrepeated and not spec.escalation:
        yield _error(spec.id, "nothing is raised by repetition (`unrepeated`)")
    for group, words in spec.patterns.items():
        for word in words:
            # Two things in a row are said (成人、儿童), a list of three is hardly.
            if "，" in word or word.strip("、").count("、") > 1:
                mark = "，" if "，" in word else "、"
                what = f"“{word}” is one word: between two of them write , for {mark}"
                yield _warning(spec.id, f"{group}: {what}")
    if not spec.missing and spec.level != "info":
        yield _error(spec.id, "says nothing of what an officer has to obtain (`missing`)")
    yield from _check_clauses(spec)
    tell = _warning if spec.stage in ("draft", "shadow", "retired") else _error
    for where, text in _open_texts(as_data(spec)):
        yield tell(spec.id, f"{where}: “{text}” is left to be filled in")
    for name, times in Counter(map(name_of, spec.cases)).items():
        if times > 1:
            yield _error(spec.id, f"{times} cases are called {name}: which one fails is not told")
    for case in spec.cases:
        name = name_of(case)
        for other in case.get("silent", []):
            if other not in rulebook:
                yield _error(spec.id, f"case {name}: {other} must stay silent, but is no rule")
        try:
            case_events(case)
        except CaseError as error:
            yield _error(spec.id, f"case {name}: {error}")


def _open_texts(said: object, where: str = "") -> Iterator[tuple[str, str]]:
    """What `rules new` left to its author, with the field in which it stands; words and cases say what
    others say."""
    if isinstance(said, dict):
        for key, inner in said.items():
            if where or key not in ("patterns", "cases", "english"):
                yield from _open_texts(inner, f"{where}.{key}" if where else key)
    elif isinstance(said, list):
        for number, inner in enumerate(said):
            yield from _open_texts(inner, f"{where}[{number}]")
    elif isinstance(said, str) and _OPEN.search(said):
        yield where, said


def _check_clauses(spec: RuleSpec) -> Iterator[Problem]:
    """Does an exemption bear one name where its words are looked for, and where it is explained?

    Code of the rule's own may name clauses, so only rules without any are looked at.
    """
    if not spec.kind or spec.id in registered():
        return
    named = dict.fromkeys(clauses_of(spec))
    listed = {one.clause: bool(one.silences) for one in spec.exemptions}
    lost = [clause for clause, shows in listed.items() if not shows and clause not in named]
    for clause in named:
        like = [one for one in lost if one in clause or clause in one]
        like = like or get_close_matches(clause, lost, n=1)
        if clause not in listed and like:
            what = (
                f"`exempt` names “{clause}”, `exemptions` has “{like[0]}”: write the same in both"
            )
            yield _error(spec.id, what)


def _check_frames(rulebook: Rulebook, rule: Rule) -> Iterator[Problem]:
    """Has each frame sentences from both sides, and does it find its own?

    That the whole rule raises on the one side and is silent on the other, its cases show.
    """
    if not rule.spec.frames:
        return
    lexicon = _lexicon(rulebook, rule)
    for frame in rule.spec.frames:
        # What only the cases show: a word in disguise, a card that says otherwise.
        is_shown = frame.hidden or (frame.card is not None and not frame.card.example)
        if not frame.quiet or not (frame.fires or is_shown):
            yield _error(rule.id, f"frame {frame.id}: needs `fires` and `quiet`, a sentence each")
        matcher = FrameMatcher(frame)
        slots = {slot for name in frame.every_slot for slot in kinds_of(rule.spec.patterns, name)}
        for text in frame.fires:
            folded = fold(text)
            hits = [hit for hit in lexicon.spot(folded.text).get(rule.id, []) if hit.group in slots]
            speech = Speech(id="case", platform="", room="", at=0, text=text)
            reading = Reading(Utterance(speech, "text", folded, None, "host"), hits)
            # What must stand in disguise is told by the cases.
            if not frame.hidden and not any(matcher.find(reading)):
                yield _error(rule.id, f"frame {frame.id}: does not find its own “{text}”")


def _check_english(spec: RuleSpec, rulebook: Rulebook) -> Iterator[Problem]:
    """Is what an own rule, or a change of ours, has in English complete, and does it leave open what the
    Chinese does?"""
    for chinese, told in spec.english.items():
        if open_places(chinese) != open_places(told) or _holes(chinese) != _holes(told):
            yield _error(spec.id, f"english of “{chinese}”: leaves other quotes and figures open")
        if _CHINESE.search(told):
            yield _error(spec.id, f"english of “{chinese}”: is Chinese in part")
    if spec.english:
        changes = [one for one in rulebook.overrides.get(spec.id, ()) if one.english]
        said = sentences_added(spec, changes) if changes else sentences_of(spec, rulebook.law)
        for sentence in dict.fromkeys(said):
            if sentence and not english(sentence, spec.english):
                yield _warning(spec.id, f"no English of “{sentence}”")


def _holes(template: str) -> int:
    return template.count("〈〉") + template.count("〔〕")


def _lexicon(rulebook: Rulebook, rule: Rule) -> Lexicon:
    """The words of all rules where they are made anyway, else those of this rule."""
    if rule in rulebook.active:
        return rulebook.lexicon
    return Lexicon.of(
        Pattern(rule.id, group, word)
        for group, words in rule.spec.patterns.items()
        for word in words
    )


def _check_exemptions(rulebook: Rulebook, rule: Rule) -> Iterator[Problem]:
    """Has each exemption a case in which it holds, and one in which it does not?

    Only what the rule writes down can be told: clauses that it never names are left alone.
    """
    if not rule.spec.exemptions or isinstance(rule, AcrossRule):
        return
    shown = _considered(rulebook, rule)
    for exemption in rule.spec.exemptions:
        holds = any(
            _same_clause(exemption.clause, clause) or clause in exemption.silences
            for clause in shown.met
        )
        # One that shows by its silences alone does not hold wherever the rule raises.
        fails = any(_same_clause(exemption.clause, clause) for clause in shown.unmet) or (
            bool(exemption.silences) and shown.raises
        )
        if any(_same_clause(exemption.clause, clause) for clause in shown.undecided):
            continue  # what it rests on is for the officer to establish: no events show that it holds
        if fails and not holds:
            yield _warning(rule.id, f"exemption {exemption.clause}: no case in which it holds")
        elif holds and not fails:
            yield _warning(rule.id, f"exemption {exemption.clause}: no case in which it fails")


class _Considered(Struct):
    """The clauses of exemptions in the cases of a rule: that held, did not hold, and were left open."""

    met: set[str] = set()
    unmet: set[str] = set()
    undecided: set[str] = set()
    raises: bool = False


def _considered(rulebook: Rulebook, rule: Rule) -> _Considered:
    # With all rules on: their lexicon is shared, one of this rule alone would have to be made.
    tracer = Tracer(rulebook.on_trial(rule.id), rule.id, lateness_ms=10_000)
    for case in rule.spec.cases:
        try:
            events = case_events(case)
        except CaseError:
            continue
        state = tracer.open("demo", "1")
        tracer.step(state, sorted(events, key=lambda event: event.at), now=0)
        tracer.finish(state, now=0)
    shown = _Considered()
    sides = {True: shown.met, False: shown.unmet, None: shown.undecided}
    for step in tracer.steps:
        for found in step.found:
            shown.raises = True
            for exemption in found.exemptions:
                sides[exemption.met].add(exemption.clause)
        for silence in step.silences:
            # A silence by a clause names it before the colon; others are told by their codes.
            shown.met.update((silence.why.partition("：")[0], silence.reason))
    return shown


def _same_clause(wanted: str, named: str) -> bool:
    """“绝对化指南第六条” covers “绝对化指南第六条第四项”."""
    return named.startswith(wanted)


def _error(rule: str, what: str) -> Problem:
    return Problem(severity="error", rule=rule, what=what)


def _warning(rule: str, what: str) -> Problem:
    return Problem(severity="warning", rule=rule, what=what)
