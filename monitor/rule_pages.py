"""Pages about the rules, for officers and lawyers: made from the packs, so that they say the same.

A page names every version of an article with its days, never only today's: the same packs make
the same bytes on any day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from detectors.alerts import LEVEL_NAMES
from detectors.pack.law import LawTable, Provision, Statute
from detectors.pack.load import Rulebook
from detectors.pack.unseen import Unseen
from detectors.rule import LawRef, RuleSpec
from monitor.silences import silence

__all__ = ["FOCUS", "pages"]

FOCUS = {
    "F1": "网络交易监管", "F2": "反不正当竞争", "F3": "广告监管", "F4": "产品质量与知识产权",
    "F5": "食品安全", "F6": "价格监管", "F7": "投诉举报", "F8": "执法办案",
}  # fmt: skip
STAGES = {
    "draft": "草稿（只跑案例）", "shadow": "影子（只计数，不提示）", "trial": "试行", "stable": "稳定",
    "retired": "停用",
}  # fmt: skip
STATUS = {"verified": "已核对原文", "excerpt": "仅见摘录", "unverified": "尚未核对原文"}
ORIGINS = {"law": "法定", "engineering": "工程"}
CATEGORIES = {
    "food": "食品", "fresh_produce": "生鲜农产品", "health_food": "保健食品", "infant_food": "婴幼儿食品",
    "alcohol": "酒类", "tobacco": "烟草", "cosmetics": "化妆品", "special_cosmetics": "特殊化妆品",
    "drug": "药品", "medical_device": "医疗器械", "clothing": "服装", "jewellery": "珠宝",
    "collectible": "收藏品", "electronics": "电子产品", "home": "家居用品",
    "agricultural_input": "农资", "education": "教育培训", "finance": "金融产品", "service": "服务",
    "other": "其他商品",
}  # fmt: skip
#: Examples of each side on a page.
RAISED, QUIET = 4, 8
#: Events of an example that are written out.
EVENTS = 12
GENERATED = "<!-- 由 `livewatch rules pages` 生成，改规则包后重新生成，不要手改。 -->\n"


def pages(rulebook: Rulebook, unseen: Iterable[Unseen] = ()) -> dict[str, str]:
    """The text of each page by the name of its file: one a rule, and `README.md`."""
    made = {f"{rule.id}.md": _page(rule.spec, rulebook) for rule in rulebook}
    made["README.md"] = _index(rulebook, [one for one in unseen if one.id not in rulebook])
    return dict(sorted(made.items()))


def _index(rulebook: Rulebook, unseen: list[Unseen]) -> str:
    specs = sorted((rule.spec for rule in rulebook), key=lambda spec: (spec.focus, spec.id))
    parts = [
        GENERATED,
        "# 规则\n",
        f"{len(specs)} 条规则，按监管重点排列。每条一页：看什么、依据、不算的情形、参数、还要取得什么、"
        "已知误报、正反例。系统只给线索，是否违法由执法人员认定。\n",
    ]
    for focus, title in FOCUS.items():
        mine = [spec for spec in specs if spec.focus == focus]
        if not mine:
            continue
        rows = [
            (
                f"[{spec.title}]({spec.id}.md)",
                f"`{spec.id}`",
                LEVEL_NAMES[spec.level],
                STAGES[spec.stage],
                STATUS[spec.status] if spec.law else "统计信号，无条文",
                f"{_raising(spec)} + {len(spec.cases) - _raising(spec)}",
            )
            for spec in mine
        ]
        parts += [
            f"## {focus} {title}\n",
            _table(("规则", "编号", "最高级别", "阶段", "依据", "案例（报 + 不报）"), rows),
        ]
    if unseen:
        known = [(one.title, f"`{one.id}`", one.reason, one.needs) for one in unseen]
        heads = ("情形", "编号", "为什么看不到", "需要什么")
        parts += ["## 事件里看不到的\n", _table(heads, known)]
    return "\n".join(parts)


def _page(spec: RuleSpec, rulebook: Rulebook) -> str:
    facts = [
        f"最高级别：{LEVEL_NAMES[spec.level]}（{spec.level}）",
        f"监管重点：{spec.focus} {FOCUS[spec.focus]}",
        f"阶段：{STAGES[spec.stage]}",
        f"版本：{spec.version}",
        f"依据：{STATUS[spec.status]}" if spec.law else "依据：统计信号，不依条文",
    ]
    if spec.code:
        facts.append(f"违法表现代码：{spec.code}")
    parts = [
        GENERATED,
        f"# {spec.title}\n",
        f"`{spec.id}` · {spec.title_en}\n",
        " · ".join(facts) + "\n",
        "## 看什么\n",
        (spec.description or f"{spec.title}。") + "\n",
        _looks(spec),
        _law(spec, rulebook.law),
        _exemptions(spec),
        _thresholds(spec),
        _levels(spec, rulebook),
        _list("执法人员还要取得", spec.missing),
        _list("已知误报", spec.falsepositives),
        _evidence(spec),
        _examples(spec),
    ]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def _raising(spec: RuleSpec) -> int:
    """How many of its cases must raise it."""
    return sum(1 for case in spec.cases if case.get("expect"))


def _looks(spec: RuleSpec) -> str:
    terms = sum(len(words) for words in spec.patterns.values())
    if not terms:
        return ""
    return f"词语 {len(spec.patterns)} 组 {terms} 个，拆字、谐音、拼音等写法也找。\n"


def _law(spec: RuleSpec, law: LawTable) -> str:
    if not spec.law:
        return "## 依据\n\n没有条文：只是统计信号，不指违法。\n"
    rows = [row for basis in spec.law for row in _bases(basis, law)]
    heads = ("法规", "条款", "施行", "罚则", "适用于", "核对")
    return "## 依据\n\n" + _table(heads, rows)


def _bases(basis: LawRef, law: LawTable) -> list[tuple[str, ...]]:
    statute = law.statutes[basis.ref.partition("/")[0]]
    versions = sorted(law.versions(basis.ref), key=lambda version: version.from_, reverse=True)
    return [
        (
            statute.title,
            version.article,
            _days(version),
            version.penalty
            + (
                f"（比旧规定轻：{version.lighter}；行政处罚法第三十七条）"
                if version.lighter
                else ""
            ),
            basis.when,
            STATUS[version.status] + _unread(statute, version),
        )
        for version in versions
    ]


def _unread(statute: Statute, version: Provision) -> str:
    """Since when its text was not read, where an amendment is in force or may be."""
    day = statute.read_to
    is_in_doubt = day is not None and statute.status_on(version, day) != version.status
    return f"，{day} 起的文本未核对" if is_in_doubt else ""


def _days(version: Provision) -> str:
    if version.to is None:
        return f"{version.from_} 起"
    return f"{version.from_} 至 {version.to - timedelta(days=1)}"


def _exemptions(spec: RuleSpec) -> str:
    if not spec.exemptions:
        return ""
    rows = [
        (
            one.clause,
            one.gist,
            "、".join(f"`{code}` {silence(code)}" for code in one.silences),
        )
        for one in spec.exemptions
    ]
    return "## 不算的情形\n\n" + _table(("条款或情形", "内容", "沉默时记为"), rows)


def _thresholds(spec: RuleSpec) -> str:
    if not spec.thresholds:
        return ""
    rows = [
        (f"`{name}`", f"{limit.value:g}", ORIGINS[limit.origin], limit.note)
        for name, limit in spec.thresholds.items()
    ]
    return "## 参数\n\n" + _table(("名称", "值", "来源", "说明"), rows)


def _levels(spec: RuleSpec, rulebook: Rulebook) -> str:
    lines = [
        f"- 同一线索达到 {step.hits} 次，升为{LEVEL_NAMES[step.level]}。"
        for step in spec.escalation
    ]
    if spec.unrepeated:
        says = {frame.id: frame.says for frame in spec.frames}
        named = "、".join(f"“{says.get(name, name)}”" for name in spec.unrepeated)
        lines.append(f"- 重复不使级别上调：{named}。")
    for muted in spec.inhibits:
        title = rulebook[muted].spec.title if muted in rulebook else muted
        lines.append(f"- 报出后十分钟内，同一对象的“{title}”（`{muted}`）不另报。")
    for raised in spec.raises:
        title = rulebook[raised].spec.title if raised in rulebook else raised
        lines.append(f"- 同一场直播里，与它并见的“{title}”（`{raised}`）由关注升为线索。")
    if not lines:
        return ""
    return "## 级别\n\n" + "\n".join(lines) + "\n"


def _list(title: str, entries: list[str]) -> str:
    if not entries:
        return ""
    return f"## {title}\n\n" + "\n".join(f"- {entry}" for entry in entries) + "\n"


def _evidence(spec: RuleSpec) -> str:
    window = spec.evidence
    return (
        f"## 固定的证据\n\n触发的事件、之前 {window.before_s} 秒、之后 {window.after_s} 秒，"
        "所依的数值、词句位置、已知的商品与直播间情况、未监测的时段。\n"
    )


# Examples ---------------------------------------------------------------------------------------


def _examples(spec: RuleSpec) -> str:
    raised = [case for case in spec.cases if case.get("expect")]
    quiet = [case for case in spec.cases if not case.get("expect")]
    parts = ["## 举例\n", "会报：\n", *(_example(case) for case in raised[:RAISED])]
    parts += ["\n不会报：\n", *(_example(case) for case in quiet[:QUIET])]
    left = len(spec.cases) - min(len(raised), RAISED) - min(len(quiet), QUIET)
    if left:
        parts.append(f"\n另有 {left} 例在规则包里。\n")
    return "\n".join(parts)


def _example(case: Mapping[str, Any]) -> str:
    name = _plain(str(case.get("name") or ""))
    words = case.get("text")
    if words is not None:
        texts = words if isinstance(words, list) else [words]
        said = "　".join(f"“{_plain(text)}”" for text in texts)
        about = _about(case)
        line = f"- {name}：{said}{about}" if name else f"- {said}{about}"
    else:
        line = f"- {name}"
    outcome = _outcome(case)
    rows = [_event(row) for row in case.get("events", [])]
    if len(rows) > EVENTS:
        rows = [*rows[:EVENTS], f"… 另有 {len(rows) - EVENTS} 条"]
    shown = "\n".join(f"  {row}" for row in rows)
    return f"{line}{outcome}" + (f"\n\n  ```text\n{shown}\n  ```" if rows else "")


def _about(case: Mapping[str, Any]) -> str:
    facts = []
    if "category" in case:
        facts.append(CATEGORIES.get(case["category"], "类别未知"))
    if case.get("product"):
        facts.append(f"商品“{case['product']}”")
    if case.get("host_kind"):
        facts.append({"seller": "自播", "influencer": "达人"}.get(case["host_kind"], "虚拟主播"))
    return f"（{'，'.join(facts)}）" if facts else ""


def _outcome(case: Mapping[str, Any]) -> str:
    wishes = case.get("expect") or []
    if not wishes:
        code = case.get("declined")
        return f" → 不报（`{code}` {silence(code)}）" if code else " → 不报"
    levels = [LEVEL_NAMES[wish["level"]] for wish in wishes if "level" in wish]
    return f" → {'、'.join(levels)}" if levels else " → 报出"


def _event(row: Mapping[str, Any]) -> str:
    fields = [f"{name}={_value(value)}" for name, value in row.items() if name not in ("t", "type")]
    return " ".join([f"{row.get('t', '0s')!s:>6}", str(row.get("type", "?")), *fields])


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return "null" if value is None else str(value)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Words as they stand: nothing of them is markup."""
    return re.sub(r"([*_<>`\[\]|#~])", r"\\\1", text.replace("\n", " "))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ") or "–"
