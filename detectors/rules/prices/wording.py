"""Amounts and times as they stand in a reason."""

from __future__ import annotations

from detectors.calendar import in_beijing

__all__ = ["day_and_time", "yuan"]


def day_and_time(at: int) -> str:
    """“10 月 1 日 20:00” in Beijing."""
    moment = in_beijing(at)
    return f"{moment.month} 月 {moment.day} 日 {moment:%H:%M}"


def yuan(fen: int) -> str:
    """“459.00”: an amount as it stands in a reason."""
    return f"{fen // 100:,}.{fen % 100:02d}" if fen >= 0 else f"-{yuan(-fen)}"
