"""What is owed under a price promise: the promise itself, and which later price makes it due."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from detectors.alerts import Exemption, Span, undecided, unmet
from detectors.events import Chat, Event, Price, Product
from detectors.rules.prices.conditions import (
    is_conditional,
    is_deposit,
    is_limited,
    is_promoted,
    spec_of,
)

__all__ = ["MAX_REFUSALS", "Guarantee", "considered", "missing", "not_comparable"]

#: Viewers whose report of a refusal is kept.
MAX_REFUSALS = 12


class Guarantee(Struct):
    """A promise, the price that it is about, and what came of it."""

    sku: str
    kind: Literal["guard", "refund", "genuine"]
    until: int
    days: float
    open_ended: bool
    factor: float
    excluded: str
    event: Event
    words: str
    span: Span | None = None
    price_fen: int = 0
    """0: not seen yet."""
    price_event: Event | None = None
    unit: str | None = None
    spec: str | None = None
    due_fen: int = 0
    """The lowest price seen within the time, below the promised one; 0: none."""
    due_event: Event | None = None
    reported_fen: int = 0
    refusals: list[Chat] = []
    """Different viewers who report a refusal; at most 12."""
    met: str = ""
    """Words that say that the difference is paid."""


def not_comparable(
    promise: Guarantee, event: Price | Product, conditions: list[str] | None, unit: str | None
) -> str:
    """Why a lower price does not make the promise due; empty: it does."""
    if is_conditional(conditions):
        return "conditional"
    if is_deposit(conditions):
        return "deposit"
    if unit is not None and promise.unit is not None and unit != promise.unit:
        return "other-unit"
    spec = spec_of(event)
    if spec is not None and promise.spec is not None and spec != promise.spec:
        return "other-spec"
    if promise.excluded and (is_limited(conditions) or is_promoted(conditions)):
        return "excluded"
    return ""


def considered(promise: Guarantee, refused: int) -> list[Exemption]:
    """The exemptions of a promise that is due, none of them met."""
    left_out = (
        f"承诺另称“{promise.excluded}”，所见低价未标为该类" if promise.excluded else "承诺未作排除"
    )
    return [
        unmet("已兑现价格承诺", "未见退差、补差的说明"),
        unmet("会员价、拼团价、首单券、国补等条件价不算降价", "所见较低售价未附此类条件"),
        unmet("承诺中排除的活动价", left_out),
        undecided("同行集中恶意留言", "只按账号互不相同计，是否同批账号须核实" if refused else "未以观众留言为据"),
    ]  # fmt: skip


def missing(promise: Guarantee, refused: int) -> list[str]:
    """What an officer still has to obtain."""
    found = [] if refused else ["买家申请退差的处理结果（向平台、买家调取）"]
    if promise.unit is None:
        found.append("计价单位与规格是否前后一致")
    if promise.open_ended:
        found.append("承诺的期限")
    return found
