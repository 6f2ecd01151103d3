"""`livewatch rules new`: a pack with one rule of words and its cases, ready to load and to change."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import yaml
from msgspec import Struct

from detectors.events import Category
from detectors.lab.cases import run_cases
from detectors.pack.load import PackError, load_rulebook
from detectors.rule import Focus
from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.commands.progress import working

__all__ = ["NewRule", "pack_of", "run"]

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
#: Classes of goods for the case that must not raise: the first of which the rule is not.
_OTHERS: tuple[Category, ...] = ("home", "education")


class NewRule(Struct, frozen=True, kw_only=True):
    """What an author knows of a rule before it is written."""

    id: str
    find: list[str]
    requires: list[str] = []
    exempt: list[str] = []
    category: list[str] = []
    title: str = "待定"
    title_en: str = "To be named"
    focus: str = "F2"
    law: list[str] = []


def pack_of(rule: NewRule) -> str:
    """The pack as YAML, with a comment at every place that its author has to fill.

    The cases say what the words do: the line that raises, its denial, goods of another class, the
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
    other = next((one for one in _OTHERS if one not in rule.category), None)
    if rule.category and other is not None:
        cases.append(
            {"name": "别的商品", "text": f"家人们这款就是{said}", "category": other, "expect": []}
        )
    exempt = []
    if rule.exempt:
        exempt = [{"group": "exempt", "clause": "待定：不算的情形", "why": "待定"}]
        cases.append(
            {
                "name": "不算的情形",
                "text": f"这款就是{said}，{rule.exempt[0]}",
                **goods,
                "expect": [],
                "declined": "exempt",
            }
        )
    entry: dict[str, Any] = {
        "id": rule.id,
        "kind": "words",
        "version": 1,
        "title": rule.title,
        "title_en": rule.title_en,
        "focus": rule.focus,
        "level": "watch",
        "stage": "shadow",
        "status": "unverified",
        "description": "待定：看什么，为什么。",
        "law": [{"ref": ref, "when": "待定：由什么事实决定"} for ref in rule.law],
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
        **({"exemptions": [{"clause": "待定：不算的情形", "gist": "待定"}]} if exempt else {}),
        "missing": ["待定：执法人员还要取得什么"],
        "falsepositives": ["待定：什么时候会误报"],
        "cases": cases,
    }
    shown = yaml.safe_dump(
        {"rules": [entry]}, allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
    )
    return (
        "# Every 待定 is to be filled. docs/rules.md says what each field means; then\n"
        "#   livewatch rules check --packs FILE    and    livewatch rules test --packs FILE\n"
        "# `shadow` counts what the rule would raise and raises nothing; `trial` raises alerts.\n"
        + shown
    )


def run(rule: NewRule, output: Path | None, *, as_json: bool = False) -> Exit:
    """Prints the pack, or writes it to a new file, once it has loaded and its cases hold."""
    unknown = sorted(set(rule.category) - set(get_args(Category)))
    for wrong, said in (
        (not _ID.fullmatch(rule.id), f"{rule.id!r} is no id: lower-case words joined by hyphens"),
        (unknown, f"no category {', '.join(unknown)}; there are {', '.join(get_args(Category))}"),
        (
            rule.focus not in get_args(Focus),
            f"no focus {rule.focus}; there are {', '.join(get_args(Focus))}",
        ),
        (output is not None and output.exists(), f"{output} exists; name a new file"),
    ):
        if wrong:
            return _fail(str(said), Exit.USAGE)
    text = pack_of(rule)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pack.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            with working("trying the pack"):
                rulebook = load_rulebook(own=[path])
        except PackError as error:
            return _fail(str(error), Exit.CONFIGURATION)
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
    for result in failed:
        sys.stderr.write(
            f"its case {result.name!r} does not hold yet, change its words: {result.message}\n"
        )
    return Exit.DONE


def _fail(reason: str, status: Exit) -> Exit:
    sys.stderr.write(f"livewatch rules new: {reason}\n")
    return status
