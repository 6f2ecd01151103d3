"""`livewatch rules new`: a pack with one rule and its cases, ready to load and to change."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, get_args

import yaml
from msgspec import Struct

from detectors.events import Category
from detectors.lab.cases import run_cases
from detectors.pack.law import LawError
from detectors.pack.load import PackError, load_rulebook
from detectors.rule import Focus
from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.commands.progress import working
from monitor.config import load_config
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NewRule", "pack_of", "run"]

_KINDS = ("words", "frames")

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
#: Classes of goods for the case that must not raise: the first of which the rule is not.
_OTHERS: tuple[Category, ...] = ("home", "education")
#: Letters that may stand between the words of a frame, at least: its sentence is one of many.
_GAP = 4
_COMMAS = re.compile("[,，、 ]")
_ENDS = re.compile("[。！？!?;；…]")


class NewRule(Struct, frozen=True, kw_only=True):
    """What an author knows of a rule before it is written."""

    id: str
    kind: str = "words"
    find: list[str]
    requires: list[str] = []
    exempt: list[str] = []
    fires: list[str] = []
    """Of frames: sentences that make the claim."""
    quiet: list[str] = []
    """Of frames: lawful sentences that look like it."""
    category: list[str] = []
    title: str = "待定"
    title_en: str = "To be named"
    focus: str = "F2"
    law: list[str] = []


def pack_of(rule: NewRule) -> str:
    """The pack as YAML, with 待定 at every place that its author has to fill.

    Raises:
        ValueError: a sentence of a frame does not have its words.
    """
    entry = _frames(rule) if rule.kind == "frames" else _words(rule)
    shown = yaml.safe_dump(
        {"rules": [entry]}, allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
    )
    return (
        "# Every 待定 is to be filled. docs/rules.md says what each field means; then\n"
        "#   livewatch rules check --packs FILE    and    livewatch rules test --packs FILE\n"
        "# `shadow` counts what the rule would raise and raises nothing; `trial` raises alerts.\n"
        + shown
    )


def _head(rule: NewRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "version": 1,
        "title": rule.title,
        "title_en": rule.title_en,
        "focus": rule.focus,
        "level": "watch",
        "stage": "shadow",
        "status": "unverified",
        "description": "待定：看什么，为什么。",
        "law": [{"ref": ref, "when": "待定：由什么事实决定"} for ref in rule.law],
    }


def _foot(rule: NewRule, cases: list[dict[str, Any]]) -> dict[str, Any]:
    gist = {"exemptions": [{"clause": "不算的情形（待定）", "gist": "待定"}]} if rule.exempt else {}
    return {
        **gist,
        "missing": ["待定：执法人员还要取得什么"],
        "falsepositives": ["待定：什么时候会误报"],
        "cases": cases,
    }


def _other_goods(rule: NewRule) -> Category | None:
    """A class of goods that the rule is not about, where it is about some."""
    others = (one for one in _OTHERS if one not in rule.category)
    return next(others, None) if rule.category else None


def _frames(rule: NewRule) -> dict[str, Any]:
    """A frame for each order in which the sentences have the words, with room for what stands between.

    The cases say the first sentence as it is, about goods of another class, and with an exemption.

    Raises:
        ValueError: a sentence does not have the words.
    """
    first = rule.fires[0]
    slots = {"find": rule.find, **({"near": rule.requires} if rule.requires else {})}
    ways: dict[tuple[str, ...], list[tuple[str, int, int]]] = {}
    for text in rule.fires:
        order, gap, marks = _order(slots, text)
        ways.setdefault(order, []).append((text, gap, marks))
    goods = {"category": rule.category[0]} if rule.category else {}
    # The frame's own sentences are cases, too; this one shows what else a case may ask.
    cases: list[dict[str, Any]] = [
        {"name": "说了", "text": f"家人们，{first}", **goods, "expect": [{"level": "watch"}]}
    ]
    other = _other_goods(rule)
    if other is not None:
        cases.append({"name": "别的商品", "text": first, "category": other, "expect": []})
    if rule.exempt:
        said = f"{first.rstrip('。！!')}，{rule.exempt[0]}"
        cases.append(
            {"name": "不算的情形", "text": said, **goods, "expect": [], "declined": "exempt"}
        )
    about = {"goods": [{"category": rule.category}], "why": "other-class"}
    return {
        **_head(rule),
        **({"about": about} if rule.category else {}),
        "slots": {**slots, **({"exempt": rule.exempt} if rule.exempt else {})},
        "disguised": list(slots),
        "shared": ["others"],
        "frames": [
            {
                "id": "said" if not place else f"said-{place + 1}",
                "seq": _seq(order, told),
                "concept": rule.title,
                "says": "待定：宣称了什么",
                "level": "watch",
                "fires": [text for text, *_ in told],
                "quiet": rule.quiet,
            }
            for place, (order, told) in enumerate(ways.items())
        ],
        **({"exempt": [_EXEMPT]} if rule.exempt else {}),
        **_foot(rule, cases),
    }


def _seq(order: Sequence[str], told: Sequence[tuple[str, int, int]]) -> list[Any]:
    """The slots of a frame, and between two as much as in the widest of its sentences."""
    if len(order) == 1:
        return list(order)
    gap, marks = max(gap for _, gap, _ in told), max(marks for *_, marks in told)
    return [order[0], {"gap": max(_GAP, gap), **({"marks": marks} if marks else {})}, order[1]]


def _order(slots: dict[str, list[str]], text: str) -> tuple[tuple[str, ...], int, int]:
    """The slots as their words stand in a sentence, and the letters and commas between the two.

    Raises:
        ValueError: a slot has no word there, or a sentence ends between them.
    """
    places: list[tuple[int, int, str]] = []
    for slot, words in slots.items():
        said = max((word for word in words if word in text), key=len, default=None)
        if said is None:
            raise ValueError(f"“{text}” has none of the words {', '.join(words)}")
        places.append((text.index(said), text.index(said) + len(said), slot))
    places.sort()
    between = text[places[0][1] : places[-1][0]]
    if _ENDS.search(between):
        raise ValueError(f"“{text}”: a sentence ends between its words")
    return tuple(slot for *_, slot in places), len(between), len(_COMMAS.findall(between))


_EXEMPT = {
    "clause": "不算的情形（待定）", "within": "sentence", "any": ["exempt"],
    "met": "待定：说的是什么", "unmet": "待定：同句未见什么",
}  # fmt: skip


def _words(rule: NewRule) -> dict[str, Any]:
    """The cases say what the words do: the line that raises, its denial, goods of another class, the
    exemption, and the first word without what has to stand near.
    """
    said = f"{rule.find[0]}{rule.requires[0] if rule.requires else ''}"
    goods = {"category": rule.category[0]} if rule.category else {}
    cases: list[dict[str, Any]] = [
        {"name": "说了", "text": f"家人们这款就是{said}", **goods, "expect": [{"level": "watch"}]},
        {"name": "否定", "text": f"这款不是{said}", **goods, "expect": []},
    ]
    if rule.requires:
        cases.append(
            {"name": "旁边没有相配的词", "text": f"这款就是{rule.find[0]}", **goods, "expect": []}
        )
    other = _other_goods(rule)
    if other is not None:
        cases.append(
            {"name": "别的商品", "text": f"家人们这款就是{said}", "category": other, "expect": []}
        )
    exempt = []
    if rule.exempt:
        exempt = [{"group": "exempt", "clause": "不算的情形（待定）", "why": "待定"}]
        cases.append(
            {
                "name": "不算的情形",
                "text": f"这款就是{said}，{rule.exempt[0]}",
                **goods,
                "expect": [],
                "declined": "exempt",
            }
        )
    return {
        **_head(rule),
        "words": {
            "find": ["find"],
            **({"requires": ["near"], "within": 10} if rule.requires else {}),
            **({"exempt": exempt} if exempt else {}),
            **({"category": rule.category} if rule.category else {}),
            "level": "watch",
            "says": "待定：宣称了什么",
        },
        "patterns": {
            "find": rule.find,
            **({"near": rule.requires} if rule.requires else {}),
            **({"exempt": rule.exempt} if rule.exempt else {}),
        },
        **_foot(rule, cases),
    }


def run(
    rule: NewRule, output: Path | None, *, packs: Sequence[Path] = (), config: Path | None = None,
    as_json: bool = False,
) -> Exit:  # fmt: skip
    """Prints the pack, or writes it to a new file, once it has loaded; says which cases do not hold.

    Args:
        packs: own packs, of which the rule may use the law, beside those of the configuration.
        config: as of `load_config`.
    """
    unknown = sorted(set(rule.category) - set(get_args(Category)))
    for wrong, said in (
        (not _ID.fullmatch(rule.id), f"{rule.id!r} is no id: lower-case words joined by hyphens"),
        (unknown, f"no category {', '.join(unknown)}; there are {', '.join(get_args(Category))}"),
        (
            rule.focus not in get_args(Focus),
            f"no focus {rule.focus}; there are {', '.join(get_args(Focus))}",
        ),
        (rule.kind not in _KINDS, f"no kind {rule.kind}; there are {', '.join(_KINDS)}"),
        (
            rule.kind == "frames" and not (rule.fires and rule.quiet),
            "a frame has sentences from both sides: name them by --fires and --quiet",
        ),
        (
            rule.kind == "words" and (rule.fires or rule.quiet),
            "--fires and --quiet are sentences of --kind frames",
        ),
        (output is not None and output.exists(), f"{output} exists; name a new file"),
    ):
        if wrong:
            return _fail(str(said), Exit.USAGE)
    try:
        text = pack_of(rule)
    except ValueError as error:
        return _fail(str(error), Exit.USAGE)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pack.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            configured = load_config(config, os.environ).rules.packs
            with working("trying the pack"):
                rulebook = load_rulebook(own=[*map(Path, configured), *packs, path])
        except (ConfigError, LawError, PackError) as error:
            # The pack lies nowhere yet.
            said = re.sub(rf"{re.escape(str(path))}: (line \d+: )?", "", str(error))
            return _fail(said, Exit.CONFIGURATION)
        failed = [result for result in run_cases(rulebook, [rule.id]) if not result.ok]
    if output is not None:
        output.write_text(text, encoding="utf-8")
    if as_json:
        file = None if output is None else str(output)
        print_json({"file": file, "pack": text, "failed": failed})
    elif output is None:
        sys.stdout.write(text)
    else:
        sys.stderr.write(f"wrote {output}: a rule in the shadow with its cases\n")
    if not rule.law:
        sys.stderr.write("it has no basis yet, without which `rules check` refuses it: --law REF\n")
    mend = "change its words" if rule.kind == "words" else "change slots, gap or `unless`"
    for result in failed:
        sys.stderr.write(f"its case {result.name!r} does not hold yet, {mend}: {result.message}\n")
    return Exit.DONE


def _fail(reason: str, status: Exit) -> Exit:
    sys.stderr.write(f"livewatch rules new: {reason}\n")
    return status
