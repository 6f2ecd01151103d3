"""`operator-undisclosed`: who operates the room, or who sells, is not shown.

直播办法 25 (the account's page) and 26 (the broadcast page), 电商法 15. A look at which something
was seen to be absent is a check; more than two of them, well apart, are a lead. What no look
showed is unknown. A page that loads late is no check, and who need not register (电商法 10) shows
an address and a contact instead.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

from detectors.alerts import Level, Number, unmet
from detectors.calendar import MINUTE_MS
from detectors.events import Party, Room, Session
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.identity.party import (
    SIDES,
    Side,
    absent_fields,
    is_firm,
    is_unregistered,
    party_of,
)

__all__ = ["OperatorUndisclosed"]

#: Checks of one side that are kept: the first and the latest.
MAX_CHECKS = 12
_NAMES = {
    "": "全部信息", "name": "名称（姓名）", "uscc": "统一社会信用代码", "address": "经营地址（住所）",
    "phone": "联系方式", "licence": "营业执照、许可信息", "substitute": "无须登记者应当公示的地址、联系方式",
}  # fmt: skip
#: Without these nobody can tell who it is.
_DECISIVE = frozenset({"", "name", "uscc", "substitute"})
_BASES: dict[Side, list[str]] = {
    "operator": ["直播办法/主页公示", "电商法/主页公示", "直播办法/平台核验运营者"],
    "seller": ["直播办法/直播页展示", "直播办法/核验销售者"],
}
_MISSING: dict[Side, list[str]] = {
    "operator": ["账号主页及其链接标识跳转后的页面"],
    "seller": ["链接标识跳转后的页面（至多一跳、没有强制关注）", "商品销售页面的经营者信息"],
}


class Check(Struct):
    """A look at which something was absent."""

    event: Room
    items: list[str]


class SideSeen(Struct):
    """What the looks at one side showed in this broadcast; at most 12 checks."""

    checks: list[Check] = []
    absent: int = 0
    shown: int = 0
    pending: Check | None = None
    """The latest, until the page has had time to load."""


class Disclosure(Struct):
    """Both sides in the broadcast that is on air."""

    session: str = ""
    sides: dict[str, SideSeen] = {}


@rule
class OperatorUndisclosed(Rule):
    id = "operator-undisclosed"
    State: ClassVar[type[Struct]] = Disclosure

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.checks = spec.count("checks")
        self.apart_ms = spec.duration_ms("apart_min")
        self.grace_ms = spec.duration_ms("page_load_s")
        self.steady = spec.threshold("steady_share")

    def on_session(self, ctx: Context, event: Session) -> None:
        memory: Disclosure = ctx.state
        if memory.session != event.session:
            memory.session = event.session
            memory.sides.clear()

    def on_room(self, ctx: Context, event: Room) -> None:
        memory: Disclosure = ctx.state
        if memory.session != event.session:
            memory.session = event.session
            memory.sides.clear()
        for side in SIDES:
            absent = absent_fields(event, side)
            if absent is None:
                if event.operator is None and event.seller is None:
                    ctx.decline("not-looked-at", side)
                continue
            known = memory.sides.setdefault(side, SideSeen())
            self._look(ctx, known, side, Check(event, self._due(ctx, event, side, absent)))

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        """The page has had time to load."""
        known = ctx.state.sides.get(key)
        if known is not None and known.pending is not None:
            self._count(ctx, known, _side(key))

    def holds_back(self, memory: Any, key: str) -> bool:
        return True

    def _due(self, ctx: Context, event: Room, side: Side, absent: list[str]) -> list[str]:
        """What of the absent fields this side must show."""
        party = party_of(event, side)
        if side == "seller":
            return self._due_of_seller(ctx, absent)
        if "" in absent:
            return [""]
        statement = is_unregistered(party)
        if statement is not None:
            lacking = [name for name in ("address", "phone") if name in absent]
            if lacking:
                return ["substitute"]
            if absent:
                ctx.decline("exempt", side, f"电商法第十条：“{statement}”，并公示了地址、联系方式")
            return []
        if _is_person(party) and "uscc" in absent and not {"address", "phone"} & set(absent):
            # A person without a code who shows address and contact: perhaps one who need not register.
            ctx.decline(
                "perhaps-unregistered", side, "自然人公示了地址、联系方式，是否无须登记未说明"
            )
            return []
        if absent == ["licence"]:
            # Name and code are what the business licence says; a permit is due for some goods only.
            ctx.decline("permit-perhaps-not-due", side)
            return []
        return [name for name in ("name", "uscc", "address", "licence") if name in absent]

    def _due_of_seller(self, ctx: Context, absent: list[str]) -> list[str]:
        kind = ctx.room.host_kind
        if kind != "influencer":
            if absent:
                # In an own room the operator is the seller.
                ctx.decline("own-room" if kind == "seller" else "host-unknown", "seller")
            return []
        if "" in absent:
            return [""]
        if "name" in absent:
            return ["name"]
        return [name for name in _NAMES if name in ("address", "phone") and name in absent]

    def _look(self, ctx: Context, known: SideSeen, side: Side, check: Check) -> None:
        event = check.event
        if not check.items:
            known.shown += 1
            if known.pending is not None:
                ctx.decline("page-loaded-late", side)
                known.pending = None
                ctx.cancel_timer(side)
            return
        last = known.pending or (known.checks[-1] if known.checks else None)
        if last is not None and event.at - last.event.at < self.apart_ms:
            ctx.decline("same-check", side)
            return
        if known.pending is not None:
            self._count(ctx, known, side)
        known.pending = check
        ctx.set_timer(event.at + self.grace_ms, side)

    def _count(self, ctx: Context, known: SideSeen, side: Side) -> None:
        check = known.pending
        known.pending = None
        if check is None:
            return
        known.absent += 1
        known.checks.append(check)
        if len(known.checks) > MAX_CHECKS:
            del known.checks[MAX_CHECKS // 2]
        if known.absent <= self.checks:
            ctx.decline("few-checks", side)
            return
        self._raise(ctx, known, side)

    def _raise(self, ctx: Context, known: SideSeen, side: Side) -> None:
        latest = known.checks[-1]
        items = [name for name in _NAMES if any(name in one.items for one in known.checks)]
        share = known.absent / (known.absent + known.shown)
        decisive = bool(_DECISIVE & set(items)) or {"address", "phone"} <= set(items)
        level: Level = "lead" if decisive and share >= self.steady else "watch"
        words = "、".join(_NAMES[name] for name in items)
        minutes = (latest.event.at - known.checks[0].event.at) // MINUTE_MS
        numbers: dict[str, Number] = {
            "absent_checks": known.absent,
            "shown_checks": known.shown,
            "checked_min": minutes,
            "items": words,
        }
        ctx.raise_alert(
            Finding(
                subject=SIDES[side],
                subject_title=f"{SIDES[side]}：{words}",
                level=level,
                because=["shown" if decisive else "minor"],
                reason=f"{minutes} 分钟内 {known.absent + known.shown} 次检查中 {known.absent} 次观察到"
                f"{SIDES[side]}的{words}未公示。",
                trigger=[check.event for check in known.checks],
                numbers=numbers,
                exemptions=[
                    unmet("电商法第十条（无须登记）", "地址、联系方式也未公示" if "substitute" in items else "未见属于无须登记情形的公示"),
                    unmet("无须许可的商品", "所缺还有许可以外的信息"),
                    unmet("页面延迟加载", f"观察到未公示后 {self.grace_ms // 1000} 秒内没有补上"),
                ],
                law=_BASES[side],
                missing=_MISSING[side],
            )
        )  # fmt: skip


def _is_person(party: Party | None) -> bool:
    """Is the party a natural person, by its name?"""
    return party is not None and bool(party.name) and not is_firm(party.name)


def _side(key: str) -> Side:
    return "seller" if key == "seller" else "operator"
