"""`livewatch rules explain --text`: what every rule makes of one line, and why it keeps silent."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from msgspec import Struct

from detectors.across.rule import AcrossRule
from detectors.events import Category
from detectors.lab.evaluation import LabelledText, Role, text_events
from detectors.lab.trace import Tracer, TraceStep
from detectors.match.fold import fold
from detectors.match.likeness import LIKENESS, Example
from detectors.pack.load import Rulebook
from detectors.rule import SIGN, VIEWER, Rule
from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.commands.progress import progress, working
from monitor.errors import ConfigError
from monitor.rulebooks import rulebook_for
from monitor.silences import silence

__all__ = ["ROLES", "TextOptions", "Verdict", "explain_text", "verdict_of"]

#: How a speaker is named on the command line, and as labelled texts name the role.
ROLES: dict[str, Role] = {
    "host": "host_speech",
    "assistant": "assistant_speech",
    "viewer": "viewer_chat",
    "title": "product_title",
}
#: Group of words that every claim rule has, for corrections on air: nothing is claimed with them.
CORRECTION = "correction"
#: Words of a rule that are shown where none of them stands in the text.
SAMPLE = 8
#: From which likeness on the nearest labelled examples are shown, and how many.
SHOWN, EXAMPLES = 0.1, 3
#: A smaller likeness is none.
LEAST_LIKE = 0.001


class TextOptions(Struct, frozen=True, kw_only=True):
    """Who says the line about what, and which rules are asked."""

    text: str
    category: str | None = None
    """Class of the product on screen; ``None``: unknown."""
    role: str = "host"
    rule: str | None = None
    """Only this rule; ``None``: every rule."""
    silent: bool = True
    """Show the rules in which nothing of the line was found, too."""
    packs: Sequence[Path] = ()
    config: Path | None = None
    json: bool = False


class Verdict(Struct, kw_only=True):
    """What one rule made of the line."""

    rule: str
    title: str
    outcome: str
    """`raised`; `silent`: something was found and a stated gate or exemption decided; `no-claim`: words
    of the rule stand there and make no claim; `no-words`: none of its words stands there;
    `not-asked`: the rule reads no texts, or none of this role; `failed`."""
    why: str
    steps: list[TraceStep] = []
    likeness: float | None = None
    """How much the line is like the labelled violations of the rule, 0 to 1; ``None``: not measured."""
    likeness_from: float | None = None
    """The likeness from which on the rule watches a line without its words."""
    nearest: list[Example] = []
    """The labelled violations of the rule that the line is most like; where it is like them at all."""


def verdict_of(rulebook: Rulebook, rule: Rule, line: LabelledText) -> Verdict:
    """What a rule makes of a line, all other rules at work beside it.

    A rule that is a draft or in the shadow is put to work, as in its cases.
    """
    verdict = Verdict(rule=rule.id, title=rule.spec.title, outcome="not-asked", why="")
    if isinstance(rule, AcrossRule):
        verdict.why = "看多个直播间之间的相同之处，一句话不能判断"
        return verdict
    if not _reads(rule, line.role):
        verdict.why = f"不看这类文字；它看的是{_inputs(rule)}"
        return verdict
    tracer = Tracer(rulebook.on_trial(rule.id), rule.id, lateness_ms=10_000)
    events = text_events(line)
    state = tracer.open(events[0].platform, events[0].room)
    tracer.step(state, events, now=events[-1].at)
    tracer.finish(state, now=events[-1].at)
    verdict.steps = tracer.steps
    if LIKENESS in rule.spec.thresholds and line.role != "viewer_chat":
        model = rulebook.likeness
        if model is not None:
            text = fold(line.text).text
            if model.share(rule.id, text) is not None:
                like = model.read(text, LEAST_LIKE).get(rule.id)
                verdict.likeness = like.share if like is not None else 0.0
            if verdict.likeness is not None and verdict.likeness >= SHOWN:
                verdict.nearest = model.nearest(rule.id, text, EXAMPLES)
        verdict.likeness_from = float(rule.spec.threshold(LIKENESS))
    failures = [one for one in tracer.stats.failures if one.rule == rule.id]
    found = [one for step in tracer.steps for one in step.found]
    silences = [one for step in tracer.steps for one in step.silences]
    if failures:
        verdict.outcome, verdict.why = "failed", failures[0].error
    elif found:
        verdict.outcome, verdict.why = "raised", f"{found[-1].level}：{found[-1].reason}"
    elif silences:
        verdict.outcome = "silent"
        verdict.why = "；".join(
            dict.fromkeys(
                f"{one.reason} {silence(one.reason)}" + (f"：{one.why}" if one.why else "")
                for one in silences
            )
        )
    elif any(step.is_open for step in tracer.steps):
        words = dict.fromkeys(word.text for step in tracer.steps for word in step.words)
        verdict.outcome = "no-claim"
        verdict.why = (
            f"有“{'”“'.join(words)}”，但不成一项宣称：没有与之相配的词、商品类别不符或属日常用语"
        )
    else:
        verdict.outcome, verdict.why = "no-words", _unsaid(rule, line.role)
    return verdict


def explain_text(options: TextOptions) -> Exit:
    """Prints what every rule, or one, makes of a line."""
    if options.role not in ROLES:
        return _fail(f"no role {options.role!r}; there are {', '.join(ROLES)}", Exit.USAGE)
    if options.category is not None and options.category not in get_args(Category):
        known = ", ".join(get_args(Category))
        return _fail(f"no category {options.category!r}; there are {known}", Exit.USAGE)
    try:
        with working("reading the rules"):
            rulebook = rulebook_for(options.config, options.packs)
            rulebook.prepare()
    except ConfigError as error:
        return _fail(str(error), Exit.CONFIGURATION)
    if options.rule is not None and options.rule not in rulebook:
        return _fail(f"no rule {options.rule}; `livewatch rules list` names them", Exit.USAGE)
    line = LabelledText(options.text, True, ROLES[options.role], options.category)
    asked = [rule for rule in rulebook if options.rule in (None, rule.id)]
    verdicts = []
    with progress("rules", len(asked), always=True) as bar:
        for number, rule in enumerate(asked, 1):
            verdicts.append(verdict_of(rulebook, rule, line))
            bar(number, rule.id)
    if options.json:
        print_json(verdicts)
    else:
        _show(verdicts, options)
    return Exit.DONE


def _show(verdicts: Sequence[Verdict], options: TextOptions) -> None:
    order = ("raised", "failed", "silent", "no-claim", "no-words", "not-asked")
    names = {
        "raised": "报出", "failed": "出错", "silent": "沉默", "no-claim": "未成", "no-words": "无词",
        "not-asked": "不看",
    }  # fmt: skip
    category = options.category or "类别未知"
    _print(f"“{options.text}”  {options.role}, {category}")
    for outcome in order:
        alike = [one for one in verdicts if one.outcome == outcome]
        if not options.silent and outcome in ("no-words", "not-asked"):
            _print(f"{names[outcome]}  {len(alike)} 条规则")
            continue
        for one in alike:
            alike_to = (
                f"（与已标注的这类表述相近 {one.likeness:.2f}，单凭相近从 {one.likeness_from:.2f} 起关注"
                + "".join(f"；最近的是“{example.text}”" for example in one.nearest[:1])
                + "）"
                if one.likeness is not None and one.outcome != "raised"
                else ""
            )
            _print(f"{names[outcome]}  {one.rule} {one.title}：{one.why}{alike_to}")


def _reads(rule: Rule, role: Role) -> bool:
    """Does a rule read texts of this role at all?"""
    kind = type(rule)
    if role == "viewer_chat":
        return kind.on_viewer_text is not Rule.on_viewer_text or hasattr(rule, "on_chat")
    if kind.on_text is not Rule.on_text:
        return True
    return hasattr(rule, "on_product" if role == "product_title" else "on_speech")


def _inputs(rule: Rule) -> str:
    """What a rule looks at, in words."""
    kind = type(rule)
    parts = ["主播、助播的话和商品标题"] if kind.on_text is not Rule.on_text else []
    parts += ["观众弹幕里的词"] if kind.on_viewer_text is not Rule.on_viewer_text else []
    names = {
        "session": "开播下播", "room": "经营者公示", "chat": "弹幕", "speech": "口播", "product": "商品卡",
        "price": "价格", "counter": "计数", "order": "订单", "prize": "抽奖", "review": "评价", "gap": "断档",
    }  # fmt: skip
    parts += [name for kind_of, name in names.items() if hasattr(rule, f"on_{kind_of}")]
    return "、".join(parts) or "其他"


def _unsaid(rule: Rule, role: Role) -> str:
    """That no word of the rule stands in the text, with some that it looks for."""
    groups = rule.spec.patterns
    if role == "viewer_chat":
        leading = [group for group in groups if group.startswith(VIEWER)]
    else:
        leading = [
            group
            for group in groups
            if not group.startswith((VIEWER, SIGN)) and rule.leads(group) and group != CORRECTION
        ]
    words = [term for group in leading for term in groups[group][:2]][:SAMPLE]
    if not words:
        return "没有看到它要看的内容"
    return f"没有它要看的词，例如“{'”“'.join(words)}”"


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(reason: str, status: Exit) -> Exit:
    sys.stderr.write(f"livewatch rules explain: {reason}\n")
    return status
