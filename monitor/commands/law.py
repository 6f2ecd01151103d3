"""`livewatch law`: the articles that the rules stand on, as in force on a day."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import Any

from detectors.calendar import BEIJING
from detectors.pack.citation import Citation, cited
from detectors.pack.law import LawError, LawTable, Provision, builtin_law
from monitor.commands.answer import print_json
from monitor.commands.exits import Exit

__all__ = ["show", "show_list"]

STATUS_WORDS = {"verified": "已核对原文", "excerpt": "仅见摘录", "unverified": "尚未核对原文"}


def show(name: str, article: str | None, *, on: str | None, as_json: bool = False) -> Exit:
    """Prints what a statute or one of its articles says on a day, and how it is numbered on others."""
    day = _day(on)
    if day is None:
        _warn(f"livewatch law show: {on!r} is no day: write 2025-09-01")
        return Exit.USAGE
    law = _load()
    if law is None:
        return Exit.CONFIGURATION
    try:
        found = cited(law, name, article, day)
    except ValueError as error:
        _warn(f"livewatch law show: {error}; `livewatch law list` names them")
        return Exit.USAGE
    if not found:
        _warn(f"livewatch law show: {name} {article} is not in the law table; no rule stands on it")
        return Exit.USAGE
    if as_json:
        print_json([_as_data(citation, day) for citation in found])
        return Exit.DONE
    statute = found[0].statute
    _print(f"{statute.title}（{statute.short}）" + (f"\n  {statute.note}" if statute.note else ""))
    for citation in found:
        _print("\n" + "\n".join(_lines(citation, day)))
    return Exit.DONE


def show_list(*, on: str | None, as_json: bool = False) -> Exit:
    """Prints every statute of the table with its duties and the articles of a day."""
    day = _day(on)
    if day is None:
        _warn(f"livewatch law list: {on!r} is no day: write 2025-09-01")
        return Exit.USAGE
    law = _load()
    if law is None:
        return Exit.CONFIGURATION
    rows = [
        _as_data(citation, day)
        for short in sorted(law.statutes)
        for citation in cited(law, short, None, day)
    ]
    if as_json:
        print_json(rows)
        return Exit.DONE
    for row in rows:
        article = row["article"] or "未施行"
        _print(f"{row['ref']}\t{article}\t{row['status'] or ''}\t{row['law']}")
    return Exit.DONE


def _load() -> LawTable | None:
    try:
        return builtin_law()
    except LawError as error:
        _warn(f"livewatch law: {error}")
        return None


def _day(text: str | None) -> date | None:
    """A civil day in China, today by default; ``None``: the text is none."""
    if text is None:
        return datetime.now(UTC).astimezone(BEIJING).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _as_data(citation: Citation, day: date) -> dict[str, Any]:
    now = citation.in_force
    return {
        "ref": citation.ref,
        "law": citation.statute.title,
        "short": citation.statute.short,
        "note": citation.statute.note,
        **_provision(now),
        "status": citation.statute.status_on(now, day) if now else None,
        "others": [_provision(version) for version in citation.others],
    }


def _provision(version: Provision | None) -> dict[str, Any]:
    """A version as data; of none, every field is null."""
    return {
        "article": version.article if version else None,
        "gist": version.gist if version else None,
        "penalty": version.penalty if version else None,
        "status": version.status if version else None,
        "from": version.from_.isoformat() if version else None,
        "to": version.to.isoformat() if version and version.to else None,
        "lighter": version.lighter if version else None,
    }


def _lines(citation: Citation, day: date) -> list[str]:
    now = citation.in_force
    if now is None:
        lines = [f"{citation.ref}：{day} 没有施行的条文"]
    else:
        lines = [
            f"{citation.ref}：{now.article}",
            f"  要点  {now.gist}",
            f"  罚则  {now.penalty}",
            f"  依据  {STATUS_WORDS[citation.statute.status_on(now, day)]}；{_span(now)}",
        ]
    for other in citation.others:
        earlier = now is not None and other.from_ < now.from_
        what = "原为" if earlier else "后改为" if now is not None else "条文"
        lines.append(f"  {what}  {other.article}（{_span(other)}）；{other.penalty}")
        if other.lighter and not earlier:
            lines.append(f"        较轻之处适用新规定（行政处罚法第三十七条）：{other.lighter}")
    if now is not None and now.lighter:
        lines.append(f"  较轻  比原规定轻在：{now.lighter}")
    return lines


def _span(version: Provision) -> str:
    return f"自 {version.from_} 起" + (f"，至 {version.to} 前" if version.to else "")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _warn(text: str) -> None:
    sys.stderr.write(text + "\n")
