"""`shared-crowd`: the same accounts buy, or praise, in several rooms of one operator.

An order ring places few orders in each room, and hired accounts write few lines in each: no room
shows anything. Of ordinary evenings no account bought in two rooms of one operator, and visitors
who follow a host into a sister room chat there without praising in both (`docs/crowd.md`). Accounts
are pseudonyms, the same in all rooms of a platform; those of different platforms never meet.
"""

from __future__ import annotations

from msgspec import Struct

from detectors.across.cluster import Cluster
from detectors.across.rule import AcrossRule, Conclusion, Declined, first_of_each_room
from detectors.across.signal import Clue, Signal
from detectors.alerts import Exemption, Level
from detectors.events import Chat, Event, Order, Session
from detectors.facts.crowd import Account
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.across.operator import clusters_of

__all__ = ["SharedCrowd"]

#: Accounts of one clue; clues of one broadcast and kind.
BATCH, MAX_BATCHES = 25, 60
#: A clue is given this long after its first account, whatever it has, ms.
WAIT_MS = 300_000
BUY, PRAISE = "buy", "praise"
#: Accounts that are named.
NAMED = 12


class Waiting(Struct):
    """Accounts that are not handed over yet, by what they did."""

    names: dict[str, list[str]] = {}
    since: dict[str, int] = {}
    given: dict[str, int] = {}


@rule
class SharedCrowd(AcrossRule):
    id = "shared-crowd"
    State = Waiting
    reads_crowd = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.accounts = spec.count("accounts")
        self.praisers = spec.count("praising_accounts")
        self.wide = spec.count("wide_accounts")
        self.rooms_for_lead = spec.count("rooms_for_lead")

    # In the rooms -------------------------------------------------------------------------

    def on_chat(self, ctx: Context, event: Chat) -> None:
        account = ctx.room.crowd.praised
        if account is not None:
            self._note(ctx, PRAISE, account, event)

    def on_order(self, ctx: Context, event: Order) -> None:
        account = ctx.room.crowd.accounts.get(event.user or "")
        if account is not None and event.status in ("placed", "paid") and account.orders == 1:
            self._note(ctx, BUY, account, event)

    def on_session(self, ctx: Context, event: Session) -> None:
        waiting: Waiting = ctx.state
        for kind in list(waiting.names):
            self._give(ctx, kind, event)
        waiting.given = {}

    def _note(self, ctx: Context, kind: str, account: Account, event: Event) -> None:
        waiting: Waiting = ctx.state
        names = waiting.names.setdefault(kind, [])
        if account.name in names or waiting.given.get(kind, 0) >= MAX_BATCHES:
            return
        names.append(account.name)
        since = waiting.since.setdefault(kind, event.at)
        if len(names) >= BATCH or event.at - since >= WAIT_MS:
            self._give(ctx, kind, event)

    def _give(self, ctx: Context, kind: str, event: Event) -> None:
        waiting: Waiting = ctx.state
        names = waiting.names.pop(kind, [])
        waiting.since.pop(kind, None)
        operator = ctx.room.operator
        if not names or operator is None:
            return
        waiting.given[kind] = waiting.given.get(kind, 0) + 1
        for cluster in clusters_of(operator)[:1]:
            ctx.clue(
                Clue(
                    to=self.id,
                    cluster=f"{ctx.room.platform}-{cluster}",
                    event=event,
                    shape="\n".join([kind, *names]),
                )
            )

    # Over the rooms -----------------------------------------------------------------------

    def place(self, signal: Signal) -> str:
        return f"{super().place(signal)}\t{signal.event.id}\t{signal.shape[:6]}"

    def judge(self, cluster: Cluster) -> Conclusion | Declined:
        sightings = cluster.in_order()
        rooms: dict[str, dict[str, set[str]]] = {BUY: {}, PRAISE: {}}
        for one in sightings:
            kind, *names = one.shape.split("\n")
            for name in names:
                rooms.setdefault(kind, {}).setdefault(name, set()).add(one.room)
        shared = {
            kind: {name: places for name, places in found.items() if len(places) > 1}
            for kind, found in rooms.items()
        }
        counted = {
            kind: names
            for kind, names in shared.items()
            if len(names) >= (self.praisers if kind == PRAISE else self.accounts)
            or sum(len(where) >= self.rooms_for_lead for where in names.values()) >= self.wide
        }
        if not counted:
            return Declined("too-few-accounts")
        places: dict[str, set[str]] = {}
        for names_of in counted.values():
            for name, where in names_of.items():
                places.setdefault(name, set()).update(where)
        wide = sum(len(where) >= self.rooms_for_lead for where in places.values())
        level: Level = "lead" if wide >= self.praisers else "watch"
        involved = set().union(*places.values())
        group = [
            one
            for one in sightings
            if one.room in involved and any(name in places for name in one.shape.split("\n")[1:])
        ]
        first = first_of_each_room(group)
        buying, praising = len(counted.get(BUY, ())), len(counted.get(PRAISE, ()))
        parts = []
        if buying:
            parts.append(f"{buying} 个账号在两个以上直播间下单")
        if praising:
            parts.append(f"{praising} 个账号在两个以上直播间反复发好评")
        operator = first[0].operator
        names = sorted(places)
        return Conclusion(
            level=level,
            hits=len(first),
            sightings=first,
            subject_title=(operator.name if operator and operator.name else "同一运营者")
            + "的直播间",
            reason=f"同一运营者的 {len(first)} 个直播间里，{'；'.join(parts)}"
            + (f"，其中 {wide} 个出现在 {self.rooms_for_lead} 个以上直播间" if wide else "")
            + "；普通观众很少如此。",
            numbers={
                "accounts": len(places),
                "buying": buying,
                "praising": praising,
                "wide": wide,
                "rooms": len(first),
                "names": "、".join(names[:NAMED]) + ("等" if len(names) > NAMED else ""),
                "counted_in_full": not cluster.full,
            },
            exemptions=[
                Exemption(
                    clause="老顾客在同一商家的几个直播间购买",
                    met=False,
                    why="人数超过普通情形，但是否老顾客须核对订单与物流",
                )
            ],
            missing=["各账号的订单、物流、支付与退款（向平台调取）"],
        )
