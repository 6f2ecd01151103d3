"""A whole simulation: rooms, evenings, campaigns, and the order in which it all arrives."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detectors import events
from detectors.calendar import DAY_MS, MINUTE_MS
from monitor.simulation.accounts import NAMINGS, Accounts
from monitor.simulation.campaign import Campaign
from monitor.simulation.campaigns import CAMPAIGNS
from monitor.simulation.crowd import gather
from monitor.simulation.display import display
from monitor.simulation.evening import Evening
from monitor.simulation.ordinary import BEFORE, ORDINARY
from monitor.simulation.ordinary.trade import buy_again
from monitor.simulation.plan import PRICE_KINDS, Plan
from monitor.simulation.prices import LAWFUL, SWINGS
from monitor.simulation.shop import PLATFORM, THEMES, Shop, open_shop
from monitor.simulation.truth import Span, TrueCampaign, TrueRoom, Truth

__all__ = ["GAPS", "SISTERS", "TRANSPORT", "Setting", "World", "rooms_of"]

#: Longest delay between an event and its capture, within the lateness of every source.
DELAY_MS = 1_800
#: Traits of the way from the platform to us.
TRANSPORT = ("out-of-order", "duplicates")
#: Nothing was watched for some minutes; no trait of campaigns, whose every event is in the truth.
GAPS = "gaps"
#: Ordinary kinds that make a campaign impossible to tell from what is lawful.
_HIDES = {
    "sold-leap": ("sold-elsewhere", "reset-counters"),
    "spoken-figures": ("sold-elsewhere", "reset-counters"),
    "buying-lines": ("system-lines",),
    "viewers-straight": ("frozen-counters",),
    "likes-detached": ("like-goal",),
}
#: Campaigns of orders, which a room has to show.
_ORDERED = ("timed-orders", "order-ring", "mass-refund", "buying-lines", "touring-ring")
#: Accounts that go from room to room, of each way of naming.
NEIGHBOURS = 500
#: The operator has another room on the air at the same time.
SISTERS = "sister-rooms"
#: Sizes of rooms that hire somebody: none is empty, few are among the largest.
HIRING = (60, 4_000)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is asked for."""

    seed: int
    rooms: int
    """Ordinary rooms."""
    histories: int
    """Rooms with a lawful price history."""
    plans: Sequence[Plan]
    minutes: float
    start: int
    """When the first evening begins, in ms since the epoch."""
    viewers: int | None = None
    """Size of every crowd; else by chance."""
    ordinary: Sequence[str] = ()
    """Traits that every ordinary room has; else a few by chance."""
    generation: int = 0
    operators: int = 0
    """Ordinary operators with several rooms over several evenings."""
    operator_rooms: int = 3
    evenings: int = 3


class World:
    """Writes the rooms one after the other; `truth` is complete when all are written."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._taken: set[str] = set()
        accounts = Accounts(_rng(setting, "neighbours"), self._taken)
        self._neighbours = {naming: accounts.several(naming, NEIGHBOURS) for naming in NAMINGS}
        self.truth = Truth(
            seed=setting.seed, generation=setting.generation, platform=PLATFORM, events=0,
            rooms=[], campaigns=[],
        )  # fmt: skip

    def evenings(self) -> Iterator[list[tuple[int, bytes]]]:
        """The events of one room or group of rooms after the other, as time of arrival and line."""
        setting = self.setting
        for number in range(setting.rooms):
            yield self._ordinary(f"s{number:04}")
        for number in range(setting.operators):
            yield self._operator(f"o{number:04}")
        for number in range(setting.histories):
            yield self._history(f"h{number:04}", list(LAWFUL)[number % len(LAWFUL)])
        for room, plan in zip(rooms_of(setting.plans), setting.plans, strict=True):
            yield self._campaign(room, plan)

    def _ordinary(self, room: str) -> list[tuple[int, bytes]]:
        rng, plan = _rng(self.setting, room), _rng_of_shop(self.setting, room)
        shop = open_shop(plan, room, viewers=self.setting.viewers)
        known = [*ORDINARY, *TRANSPORT, GAPS, SISTERS]
        shop.traits = tuple(self.setting.ordinary) or tuple(plan.sample(known, plan.randint(3, 7)))
        nights = 3 if "regulars" in shop.traits else 1
        lines = self._finish(rng, shop, self._hold(rng, shop, nights), "ordinary")
        if SISTERS in shop.traits:
            # What is the same in the operator's other room: regulars, and what assistants paste.
            other = open_shop(plan, f"{room}-2", viewers=self.setting.viewers, sibling=shop)
            other.traits, other.regulars, other.canned = shop.traits, shop.regulars, shop.canned
            lines += self._finish(rng, other, self._hold(rng, other, nights), "ordinary")
        return lines

    def _operator(self, name: str) -> list[tuple[int, bytes]]:
        """All rooms of an ordinary operator: the same trade, regulars, assistants and kinds of
        evening; its regulars follow it from room to room, and some of them buy in each."""
        rng, plan = _rng(self.setting, name), _rng_of_shop(self.setting, name)
        theme = plan.choice(THEMES)
        known = [*ORDINARY, *TRANSPORT, GAPS]
        traits = tuple(self.setting.ordinary) or tuple(plan.sample(known, plan.randint(3, 7)))
        shops: list[Shop] = []
        for number in range(self.setting.operator_rooms):
            shop = open_shop(
                plan, f"{name}-{number + 1}", viewers=self.setting.viewers, theme=theme,
                sibling=shops[0] if shops else None,
            )  # fmt: skip
            shop.traits = traits
            shops.append(shop)
        usual = sorted(shop.viewers for shop in shops)[len(shops) // 2]
        count = max(3, round(min(80, usual * plan.uniform(0.02, 0.08))))
        fans = Accounts(rng, self._taken).several(shops[0].naming, count)
        lines: list[tuple[int, bytes]] = []
        for shop in shops:
            # Most of them are at home in one room and look into the others.
            shop.regulars = [fan for fan in fans if plan.random() < 0.6]
            shop.canned = shops[0].canned
            held = self._hold(rng, shop, self.setting.evenings)
            for evening in held:
                buy_again(evening)
            lines += self._finish(rng, shop, held, "ordinary")
        return lines

    def _history(self, room: str, kind: str) -> list[tuple[int, bytes]]:
        rng, plan = _rng(self.setting, room), _rng_of_shop(self.setting, room)
        shop = open_shop(plan, room, viewers=self.setting.viewers or plan.randint(15, 400))
        shop.traits = (kind,)
        shop.order_feed = False
        held = self._hold(rng, shop, 1)
        return self._finish(rng, shop, held, "history")

    def _campaign(self, name: str, plan: Plan) -> list[tuple[int, bytes]]:
        rng, chance = _rng(self.setting, name), _rng_of_shop(self.setting, name)
        prices = plan.kind in PRICE_KINDS
        shops: list[Shop] = []
        for number in range(plan.rooms):
            viewers = self.setting.viewers or (
                chance.randint(15, 400) if prices else round(_between(chance, *HIRING))
            )
            room = name if plan.rooms == 1 else f"{name}-{number + 1}"
            shop = open_shop(chance, room, viewers=viewers, sibling=shops[0] if shops else None)
            if plan.kind in _ORDERED:
                shop.order_feed = True
            if prices:
                # What customers paid would have to follow the price: these rooms show the page.
                shop.order_feed = False
            else:
                hides = _HIDES.get(plan.kind, ())
                known = [trait for trait in (*ORDINARY, *TRANSPORT) if trait not in hides]
                shop.traits = tuple(chance.sample(known, chance.randint(1, 3)))
            shops.append(shop)
        held = [self._hold(rng, shop, plan.evenings) for shop in shops]
        # By time, then by room.
        together = [evening for night in zip(*held, strict=True) for evening in night]
        campaign = Campaign(plan, rng, together)
        (SWINGS if prices else CAMPAIGNS)[plan.kind](campaign)
        lines: list[tuple[int, bytes]] = []
        for shop, evenings in zip(shops, held, strict=True):
            lines += self._finish(rng, shop, evenings, "campaign")
        self.truth.campaigns.append(_true(name, campaign))
        return lines

    def _hold(self, rng: random.Random, shop: Shop, nights: int) -> list[Evening]:
        """The evenings of a room, with their crowd and what is ordinary about it."""
        setting = self.setting
        start = setting.start + rng.randrange(0, 40) * MINUTE_MS + rng.randrange(60_000)
        accounts = Accounts(rng, self._taken)
        shop.neighbours = self._neighbours[shop.naming]
        if not shop.regulars and (nights > 1 or {"regulars", SISTERS} & set(shop.traits)):
            count = max(3, round(min(60, shop.viewers * 0.06)))
            shop.regulars = accounts.several(shop.naming, count)
        held = []
        for night in range(nights):
            begin = start + night * DAY_MS + rng.randrange(600_000)
            evening = Evening(rng, shop, accounts, start=begin, minutes=setting.minutes)
            for trait in shop.traits:
                if trait in BEFORE:
                    ORDINARY[trait](evening)
            gather(evening)
            for trait, add in (*ORDINARY.items(), *LAWFUL.items()):
                if trait in shop.traits and trait not in BEFORE:
                    add(evening)
            held.append(evening)
        return held

    def _finish(
        self, rng: random.Random, shop: Shop, held: Sequence[Evening], role: str
    ) -> list[tuple[int, bytes]]:
        """Closes the evenings and sends their events on their way."""
        lines: list[tuple[int, bytes]] = []
        longest = DELAY_MS if "out-of-order" in shop.traits else 300
        twice = 0.03 if "duplicates" in shop.traits else 0.0
        encode = events.encode
        for evening in held:
            display(evening)
            if GAPS in shop.traits:
                for _ in range(rng.randint(1, 2)):
                    lost = evening.moment(0.1, 0.85)
                    evening.lose(lost, lost + rng.randrange(1, 6) * MINUTE_MS)
            for event in evening.close():
                event.seen = event.at + 20 + int(rng.random() ** 3 * longest)
                line = encode(event)
                lines.append((event.seen, line))
                if twice and rng.random() < twice:
                    lines.append((event.seen + rng.randrange(1, 200), line))
        self.truth.events += len(lines)
        self.truth.rooms.append(
            TrueRoom(
                room=shop.room,
                operator=shop.operator,
                viewers=shop.viewers,
                minutes=self.setting.minutes,
                evenings=len(held),
                ordinary=list(shop.traits),
                role=role,
                events=len(lines),
            )
        )
        return lines


def rooms_of(plans: Sequence[Plan]) -> list[str]:
    """The name of each campaign, which is that of its room or begins that of its rooms."""
    return [f"c{number:04}" for number in range(len(plans))]


def _true(name: str, campaign: Campaign) -> TrueCampaign:
    """What a campaign did, once its events have their ids."""
    ids: dict[str, list[str]] = {}
    for event in campaign.injected:
        ids.setdefault(event.room, []).append(event.id)
    lines = sum(isinstance(event, events.Chat) for event in campaign.injected)
    total = sum(
        isinstance(event, events.Chat) for evening in campaign.evenings for event in evening.events
    )
    spans = [Span(i.room, i.session, i.start, i.end) for i in campaign.intervals]
    plan = campaign.plan
    return TrueCampaign(
        id=name, kind=plan.kind, strength=plan.strength, generation=plan.generation,
        rooms=list(dict.fromkeys(evening.shop.room for evening in campaign.evenings)),
        spans=spans, start=min(s.start for s in spans), end=max(s.end for s in spans),
        accounts=list(dict.fromkeys(campaign.accounts)), events=ids,
        share_of_lines=round(lines / total, 4) if total else 0.0, plan=plan,
    )  # fmt: skip


def _between(rng: random.Random, low: float, high: float) -> float:
    """A size by chance, as likely to be in any doubling as in any other."""
    return float(low * (high / low) ** rng.random())


def _rng_of_shop(setting: Setting, name: str) -> random.Random:
    """Chance of what a room is: the same in every generation."""
    return random.Random(f"{setting.seed}/{name}/shop")  # noqa: S311  a play, no secret


def _rng(setting: Setting, name: str) -> random.Random:
    """Chance of what happens in a room, the same whatever the other rooms are."""
    return random.Random(f"{setting.seed}/{setting.generation}/{name}")  # noqa: S311  a play, no secret
