"""`shared-crowd`: the same accounts buy, or praise, in several rooms of one operator, or again together.

An order ring places few orders in each room, and hired accounts write few lines in each: no room
shows anything. Regulars follow an operator into its other rooms, too, so their number is held
against how many buy there, and *together* counts for itself: accounts that did so within the same
minutes of two broadcasts, more of them than would meet there by chance if four fifths of all buyers came
again (pairs of windows: CopyCatch, Beutel et al. 2013; the windows' sizes as in the hypergeometric
model of SynchroTrap, Cao et al. 2014). Accounts are pseudonyms, the same in all rooms of a platform;
those of different platforms never meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from detectors.across.cluster import Cluster
from detectors.across.rule import Conclusion, Inconclusive
from detectors.alerts import (
    CrowdAccount,
    CrowdAct,
    CrowdEvidence,
    CrowdSignal,
    Level,
    undecided,
)
from detectors.events import Chat, Order
from detectors.facts.crowd import PRAISED, Crowd
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.across.baskets import BUY, EVENING_MS, MORE, SEVERAL, filled_again
from detectors.rules.across.handover import Broadcast, Entry, Handover, Pending, broadcasts
from detectors.rules.across.meeting import Meeting, meetings
from detectors.stats.tails import poisson_tail, surprise

__all__ = ["SHOWN", "SharedCrowd", "evidence", "overlapping"]

PRAISE, HIRED = "praise", "hired"
#: What the accounts of a kind have in common, by the name of the signal.
SHARED = {BUY: "buying-again", PRAISE: "praising-again", HIRED: "hired-again"}
TOGETHER = "together"
BASKETS = "baskets-again"
ACTS = {BUY: "order", PRAISE: "chat", SEVERAL: "order", MORE: "order"}
#: Kinds of batches that an alert shows; what hired accounts wrote is among the praise.
SHOWN_KINDS = (BUY, SEVERAL, MORE, PRAISE)
#: Accounts that are in two rooms by chance, beside the regulars; and in three.
BASE, WIDE_BASE = {BUY: 1.0, PRAISE: 0.3, HIRED: 0.1}, 0.1
#: The same, in three rooms within `EVENING_MS`.
EVENING_BASE = {BUY: 0.3, PRAISE: 0.1, HIRED: 0.05}
#: Characters of a line that are shown.
SHOWN = 60
#: Accounts that are named in words, and that an alert lists.
NAMED, LISTED = 12, 300


class Overlap(Struct):
    """Accounts that are in several rooms, and how many would be without an arrangement."""

    names: list[str]
    expected: float


@rule
class SharedCrowd(Handover):
    id = "shared-crowd"
    crowd_notices = PRAISED

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.least = {
            BUY: spec.count("accounts"), PRAISE: spec.count("praising_accounts"),
            HIRED: spec.count("hired_accounts"),
        }  # fmt: skip
        self.wide = spec.count("wide_accounts")
        self.rooms_for_lead = spec.count("rooms_for_lead")
        self.regulars = {
            BUY: spec.threshold("regulars_share"), PRAISE: spec.threshold("praising_share"),
            HIRED: spec.threshold("hired_per_thousand") / 1000,
        }  # fmt: skip
        wide = spec.threshold("wide_regulars_share")
        self.wide_regulars = {BUY: wide, PRAISE: wide, HIRED: self.regulars[HIRED]}
        self.hired_from = spec.threshold("hired_ratio")
        self.tail = 10 ** -spec.threshold("surprise")
        self.basket_accounts = spec.count("basket_accounts")
        self.basket_share = spec.threshold("basket_share")
        self.fond = spec.threshold("basket_times")
        self.together = spec.count("together_accounts")
        self.comes_again = spec.threshold("comes_again_share")
        self.together_tail = 10 ** -spec.threshold("together_surprise")

    # In the rooms -------------------------------------------------------------------------

    def on_crowd(self, ctx: Context, event: Chat) -> None:
        crowd = ctx.room.crowd
        account = crowd.praised
        if account is None or not event.user:
            return
        self.note(ctx, PRAISE, event, Entry(event.user, words=event.text[:SHOWN]))
        if crowd.mixture.weight(account.kinds) >= self.hired_from:
            # Of few who write this can be said, so the crowd that it is held against is all of them.
            entry = Entry(event.user, words=event.text[:SHOWN])
            self.note(ctx, HIRED, event, entry, size=crowd.people)

    def on_order(self, ctx: Context, event: Order) -> None:
        if event.user and event.status in ("placed", "paid"):
            kinds: dict[str, Pending] = ctx.state.kinds
            several = kinds[SEVERAL].size if SEVERAL in kinds else 0
            self.note(ctx, BUY, event, Entry(event.user), of=several)
            others = _other_products(ctx.room.crowd, event)
            if others:
                kind = SEVERAL if others == 1 else MORE
                self.note(ctx, kind, event, Entry(event.user), of=kinds[BUY].size)

    # Over the rooms -----------------------------------------------------------------------

    def judge(self, cluster: Cluster) -> Conclusion | Inconclusive:
        shown = broadcasts(cluster.in_order())
        wide: set[str] = set()
        groups: dict[str, set[str]] = {}
        signals: list[CrowdSignal] = []
        for kind, name in SHARED.items():
            places = _places(shown, kind)
            two = overlapping(
                _sizes(places, 2), self.least[kind], self.tail,
                share=self.regulars[kind], base=BASE[kind],
            )  # fmt: skip
            three = overlapping(
                _sizes(places, self.rooms_for_lead), self.wide, self.tail,
                share=self.wide_regulars[kind], base=WIDE_BASE,
            )  # fmt: skip
            names = set()
            evening = self._one_evening(shown, kind)
            for found in (two, three, evening):
                if found is not None:
                    names.update(found.names)
            for found in (three, evening):
                if found is not None:
                    wide.update(found.names)
            strongest = two or three or evening
            if strongest is not None:
                groups[name] = names
                value, expected = len(strongest.names), strongest.expected
                tail = poisson_tail(value, expected)
                signals.append(_signal(name, value, expected, tail))
        met = self._together(shown)
        if met:
            best = _most_unusual(met)
            groups[TOGETHER] = set().union(*(one.names for one in met))
            signals.append(_signal(TOGETHER, len(best.names), best.expected, best.tail))
        baskets = filled_again(
            shown, regulars=self.regulars[BUY], usual=self.basket_share, fond=self.fond,
            least=self.basket_accounts, tail=self.tail,
        )  # fmt: skip
        if baskets is not None:
            groups[BASKETS] = set(baskets.names)
            signals.append(_signal(BASKETS, len(baskets.names), baskets.expected, baskets.tail))
        if not groups:
            return Inconclusive("too-few-accounts")
        return self._conclude(cluster, shown, groups, signals, wide, met)

    def _one_evening(self, shown: list[Broadcast], kind: str) -> Overlap | None:
        """Accounts that did the same in three rooms within one evening.

        Over a week many regulars have bought in all rooms, of one evening few: their number goes
        with the smallest of the crowds, where that of the week goes with the greatest.
        """
        sizes = [
            (size, name)
            for name, acts in _visits(shown, kind).items()
            if (size := _within_evening(acts, self.rooms_for_lead)) is not None
        ]
        return overlapping(
            sizes, self.wide, self.tail, share=self.wide_regulars[kind], base=EVENING_BASE[kind]
        )

    def _together(self, shown: list[Broadcast]) -> list[Meeting]:
        """Accounts that did the same within the same minutes of several broadcasts."""
        return [
            meeting
            for kind in (BUY, PRAISE)
            for meeting in meetings(
                shown, kind, least=self.together, comes_again=self.comes_again,
                tail=self.together_tail,
            )
        ]  # fmt: skip

    def _conclude(
        self, cluster: Cluster, shown: list[Broadcast], groups: dict[str, set[str]],
        signals: list[CrowdSignal], wide: set[str], met: list[Meeting],
    ) -> Conclusion:  # fmt: skip
        everybody = set().union(*groups.values())
        involved = [
            one
            for one in shown
            if any(entry.name in everybody for _, entry in one.acts(*SHOWN_KINDS))
        ]
        rooms = len({one.room for one in involved})
        often = max((len(one.broadcasts) for one in met), default=0)
        level: Level = (
            "lead" if len(wide) >= self.least[PRAISE] or often >= self.rooms_for_lead else "watch"
        )
        parts = []
        buying, praising = groups.get(SHARED[BUY], set()), groups.get(SHARED[PRAISE], set())
        if buying:
            parts.append(f"{len(buying)} 个账号在两个以上直播间下单")
        if praising:
            parts.append(f"{len(praising)} 个账号在两个以上直播间反复发好评")
        hired = groups.get(SHARED[HIRED], set())
        if hired:
            parts.append(
                f"{len(hired)} 个账号在两个以上直播间所写多为好评或长句，与各直播间的其他账号不同"
            )
        baskets = groups.get(BASKETS, set())
        if baskets:
            parts.append(f"{len(baskets)} 个账号同一晚在两个直播间共买了四种以上商品")
        together = groups.get(TOGETHER, set())
        if met:
            best = _most_unusual(met)
            parts.append(
                f"{len(together)} 个账号一再于同样的几分钟内出现（其中 {len(best.names)} 个在 "
                f"{len(best.broadcasts)} 场直播里如此，各自随意来约 {best.expected:.2g} 个）"
            )
        operator = involved[0].first.operator
        names = sorted(everybody)
        times = [
            at
            for one in involved
            for at, entry in one.acts(*SHOWN_KINDS)
            if entry.name in everybody
        ]
        return Conclusion(
            level=level,
            because=["accounts" if len(wide) >= self.least[PRAISE] else "times"],
            hits=len(involved),
            sightings=[one.first for one in involved],
            accounts=len(names),
            first_at=min(times),
            last_at=max(times),
            subject_title=(operator.name if operator and operator.name else "同一运营者")
            + "的直播间",
            reason=f"同一运营者的 {rooms} 个直播间、{len(involved)} 场直播里，{'；'.join(parts)}"
            + (f"，其中 {len(wide)} 个出现在 {self.rooms_for_lead} 个以上直播间" if wide else "")
            + "；模拟的普通场次中很少如此。",
            numbers={
                "accounts": len(names),
                "buying": len(buying),
                "praising": len(praising),
                "hired": len(hired),
                "baskets": len(baskets),
                "together": len(together),
                "wide": len(wide),
                "rooms": rooms,
                "broadcasts": len(involved),
                "names": "、".join(names[:NAMED]) + ("等" if len(names) > NAMED else ""),
                "counted_in_full": not cluster.full,
            },
            exemptions=[
                undecided("老顾客在同一商家的几个直播间购买", "是否老顾客须核对订单与物流")
            ],
            missing=["各账号的订单、物流、支付与退款（向平台调取）"],
            crowd=evidence(involved, groups, signals, SHOWN_KINDS),
        )


def _other_products(crowd: Crowd, event: Order) -> int:
    """How many other products this buyer ordered this evening; the crowd's book has the order already."""
    account = crowd.accounts.get(event.user or "")
    if account is None or len(account.skus) < 2:
        return 0
    others = set()
    for placed in crowd.orders_of(account.number):
        if event.at - placed.at > EVENING_MS:
            break
        if placed.order != event.order:
            if placed.sku == event.sku:
                return 0
            others.add(placed.sku)
    return len(others)


def overlapping(
    sizes: list[tuple[int, str]], least: int, tail: float, *, share: float, base: float
) -> Overlap | None:
    """The accounts of an overlap that ordinary ones do not explain; ``None``: they do.

    Args:
        sizes: of each shared account, how large the crowds were when it became one.
        least: accounts at least.
        tail: how unlikely their number has to be.
        share: of a crowd that is shared ordinarily, beside `base` accounts.
    """
    ordered = sorted(sizes)
    for many in range(len(ordered), least - 1, -1):
        expected = base + share * ordered[many - 1][0]
        if many > expected and poisson_tail(many, expected) <= tail:
            return Overlap([name for _, name in ordered[:many]], expected)
    return None


def evidence(
    involved: list[Broadcast], groups: Mapping[str, Iterable[str]], signals: list[CrowdSignal],
    kinds: tuple[str, ...],
) -> CrowdEvidence:  # fmt: skip
    """The accounts by broadcast, as an alert carries them; those with most in common first."""
    members = {name: set(names) for name, names in groups.items()}
    wanted = set().union(*members.values())
    acts: dict[str, list[CrowdAct]] = {}
    said: dict[str, dict[str, None]] = {}
    people = set()
    for place, one in enumerate(involved):
        for kind in kinds:
            for at, entry in one.acts(kind):
                people.add((place, entry.name))
                if entry.name in wanted:
                    act = CrowdAct(broadcast=place, at=at, kind=ACTS.get(kind, "chat"))
                    acts.setdefault(entry.name, []).append(act)
                    if entry.words:
                        said.setdefault(entry.name, {})[entry.words] = None
    accounts = []
    for name in wanted & acts.keys():
        mine = sorted(acts[name], key=lambda act: (act.at, act.broadcast))
        accounts.append(
            CrowdAccount(
                name=name,
                first=mine[0].at,
                last=mine[-1].at,
                lines=sum(act.kind == "chat" for act in mine),
                orders=sum(act.kind == "order" for act in mine),
                said=list(said.get(name, ())),
                groups=[group for group, names in members.items() if name in names],
                acts=mine,
            )
        )
    accounts.sort(
        key=lambda one: (-len(one.groups), one.groups, -len(one.acts), one.first, one.name)
    )
    return CrowdEvidence(
        accounts=accounts[:LISTED],
        of=len(accounts),
        people=len({name for _, name in people}),
        signals=signals,
        broadcasts=[one.shown(*kinds) for one in involved],
    )


def _places(shown: list[Broadcast], kind: str) -> dict[str, dict[str, int]]:
    """By account and room: how many had done so in the room when it first did."""
    found: dict[str, dict[str, int]] = {}
    for one in shown:
        for _, batch in one.batches:
            if batch.kind == kind:
                for entry in batch.entries:
                    rooms = found.setdefault(entry.name, {})
                    rooms[one.room] = min(rooms.get(one.room, batch.so_far), batch.so_far)
    return found


def _visits(shown: list[Broadcast], kind: str) -> dict[str, list[tuple[int, str, int]]]:
    """By account: when it did so, in which room, and how many had in that broadcast."""
    found: dict[str, list[tuple[int, str, int]]] = {}
    for one in shown:
        for at, batch in one.batches:
            if batch.kind == kind:
                for entry in batch.entries:
                    found.setdefault(entry.name, []).append((at - entry.at, one.room, batch.size))
    return {name: sorted(acts) for name, acts in found.items() if len(acts) > 1}


def _within_evening(acts: list[tuple[int, str, int]], rooms: int) -> int | None:
    """The size of the smallest crowd, where an account was in so many rooms within an evening."""
    best: int | None = None
    for place, (start, _, _) in enumerate(acts):
        crowds: dict[str, int] = {}
        for at, room, size in acts[place:]:
            if at - start > EVENING_MS:
                break
            crowds.setdefault(room, size)
        if len(crowds) >= rooms:
            smallest = min(crowds.values())
            best = smallest if best is None else min(best, smallest)
    return best


def _sizes(places: dict[str, dict[str, int]], rooms: int) -> list[tuple[int, str]]:
    """Of each account in so many rooms: the size of the crowds, the greatest of the least ones."""
    return [
        (sorted(where.values())[rooms - 1], name)
        for name, where in places.items()
        if len(where) >= rooms
    ]


def _most_unusual(met: list[Meeting]) -> Meeting:
    return min(met, key=lambda one: (one.tail, -len(one.names)))


def _signal(name: str, value: int, expected: float, tail: float) -> CrowdSignal:
    return CrowdSignal(name=name, value=value, expected=round(expected, 2), surprise=surprise(tail))
