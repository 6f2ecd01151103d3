"""Simulated evenings: the same for the same seed, valid, and as the truth says."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise

import msgspec
import pytest

from detectors import events
from monitor.simulation.ordinary import ORDINARY
from monitor.simulation.phrasebook import data
from monitor.simulation.plan import KINDS, PRICE_KINDS, STRENGTHS, plan_of
from monitor.simulation.prices import LAWFUL
from monitor.simulation.truth import Truth
from monitor.simulation.world import GAPS, SISTERS, TRANSPORT, Setting, World

START = 1_788_264_000_000  # 2026-09-01 20:00 in China
HALF_HOUR = 30


def write(
    *kinds: str, strength: str = "clear", rooms: int = 0, histories: int = 0, seed: int = 5,
    viewers: int | None = 120, ordinary: tuple[str, ...] = (), generation: int = 0,
) -> tuple[list[tuple[int, bytes]], Truth]:  # fmt: skip
    plans = [plan_of(kind, strength) for kind in kinds]  # type: ignore[arg-type]  # a strength
    world = World(
        Setting(
            seed=seed,
            rooms=rooms,
            histories=histories,
            plans=plans,
            minutes=HALF_HOUR,
            start=START,
            viewers=viewers,
            ordinary=ordinary,
            generation=generation,
        )
    )
    lines = [line for some in world.evenings() for line in some]
    return lines, world.truth


def decoded(lines: list[tuple[int, bytes]]) -> list[events.Event]:
    return events.decode_lines(b"\n".join(line for _, line in lines))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_gives_others() -> None:
    first = write("slot-praise", rooms=1)
    again = write("slot-praise", rooms=1)
    other = write("slot-praise", rooms=1, seed=6)

    assert first[0] == again[0]
    assert msgspec.json.encode(first[1]) == msgspec.json.encode(again[1])
    assert first[0] != other[0]


@pytest.mark.slow
def test_a_room_does_not_depend_on_the_rooms_beside_it() -> None:
    alone, _ = write("drip-praise")
    beside, _ = write("drip-praise", rooms=1)
    of_room = [event.id for event in decoded(beside) if event.room == "c0000"]

    # Names are unique on the platform, so that only they may differ.
    assert [event.id for event in decoded(alone)] == of_room


@pytest.mark.parametrize("kind", KINDS)
def test_the_truth_names_what_the_campaign_did(kind: str) -> None:
    lines, truth = write(kind)
    (campaign,) = truth.campaigns
    known = {(event.room, event.id): event for event in decoded(lines)}
    injected = [known[room, name] for room, names in campaign.events.items() for name in names]

    assert injected
    assert set(campaign.events) <= set(campaign.rooms) == {room.room for room in truth.rooms}
    assert sum(room.events for room in truth.rooms) == truth.events == len(lines)
    for event in injected:
        spans = [span for span in campaign.spans if span.room == event.room]
        begun = min(span.start for span in spans)
        # Aged accounts wrote before it began; who is told to browse first comes 7 minutes earlier.
        assert event.at <= max(span.end for span in spans) + 3 * 60_000
        assert event.at >= begun - 7 * 60_000 or campaign.plan.aged
        user = getattr(event, "user", None)
        if user is not None and campaign.accounts:
            assert user in campaign.accounts


@pytest.mark.parametrize("kind", KINDS)
def test_a_campaign_is_the_weaker_the_more_careful_it_is(kind: str) -> None:
    plans = [plan_of(kind, strength) for strength in STRENGTHS]

    for louder, softer in pairwise(plans):
        assert louder != softer
        assert louder.actions >= softer.actions or kind in ("sold-leap", "price-creep")
        assert louder.factor >= softer.factor
        assert louder.jitter <= softer.jitter


@pytest.mark.parametrize("trait", [*ORDINARY, *LAWFUL, *TRANSPORT, GAPS, SISTERS])
def test_every_ordinary_kind_gives_valid_events_with_unique_ids(trait: str) -> None:
    lines, truth = write(rooms=1, ordinary=(trait,))
    room = truth.rooms[0]
    seen: dict[tuple[str, str], events.Event] = {}
    for event in decoded(lines):
        # A repeated id is the same observation.
        assert seen.setdefault((event.room, event.id), event) == event
        assert event.seen is not None
        assert 0 <= event.seen - event.at < 2_000

    assert room.ordinary == [trait]
    assert truth.campaigns == []


@pytest.mark.slow
def test_what_is_ordinary_leaves_its_trace() -> None:
    def chats(trait: str) -> Counter[str]:
        return Counter(
            event.text
            for event in decoded(write(rooms=1, ordinary=(trait,), viewers=600)[0])
            if isinstance(event, events.Chat)
        )

    def orders(trait: str) -> list[events.Order]:
        return [
            event
            for seed in range(4)
            for event in decoded(write(rooms=1, ordinary=(trait,), viewers=600, seed=seed)[0])
            if isinstance(event, events.Order)
        ]

    bags = [
        (event.passphrase, heard)
        for seed in range(4)
        for heard in [decoded(write(rooms=1, ordinary=("passphrase",), viewers=600, seed=seed)[0])]
        for event in heard
        if isinstance(event, events.Prize) and event.phase == "announced"
    ]
    # Of some bags the page does not show what everybody writes.
    assert {word is None for word, _ in bags} == {True, False}
    for word, heard in bags:
        if word:
            assert sum(isinstance(one, events.Chat) and one.text == word for one in heard) > 20
    sixes = {trait: sum(n for text, n in chats(trait).items() if set(text) == {"6"}) for trait in ("wave-666", "steady-polls")}  # fmt: skip
    assert sixes["wave-666"] > sixes["steady-polls"] + 10
    back = Counter(order.status for order in orders("returns"))
    assert 0.25 < back["refunded"] / back["paid"] < 0.55
    times = [order.at for order in orders("fetched-orders")]
    assert len(set(times)) < 0.9 * len(times)
    sizes = Counter((order.user, order.sku) for order in orders("sizes") if order.status == "paid")
    assert sum(many > 1 for many in sizes.values()) > 5
    buyers = Counter(order.user for order in orders("wholesale"))
    assert buyers.most_common(1)[0][1] >= 8
    twice = Counter(event.id for event in decoded(write(rooms=1, ordinary=("duplicates",))[0]))
    assert max(twice.values()) == 2
    assert max(Counter(event.id for event in decoded(write(rooms=1, ordinary=("quiz",))[0])).values()) == 1  # fmt: skip


def test_nothing_is_seen_in_a_gap_and_the_gap_says_so() -> None:
    for seed in range(3):
        heard = decoded(write(rooms=1, ordinary=("gaps",), seed=seed)[0])
        gaps = [event for event in heard if isinstance(event, events.Gap)]
        assert gaps
        for gap in gaps:
            assert 60_000 <= gap.until - gap.from_ <= 300_000
            within = [e for e in heard if gap.from_ <= e.at < gap.until and not isinstance(e, events.Gap)]  # fmt: skip
            assert within == []


def test_sister_rooms_share_regulars_and_canned_lines_and_are_both_ordinary() -> None:
    lines, truth = write(rooms=1, ordinary=("sister-rooms", "canned-assistant"), viewers=300)
    wrote: defaultdict[str, set[str | None]] = defaultdict(set)
    canned: defaultdict[str, set[str]] = defaultdict(set)
    for event in decoded(lines):
        if isinstance(event, events.Chat):
            wrote[event.room].add(event.user)
            if event.text in data("host")["assistant"] or len(event.text) > 18:
                canned[event.room].add(event.text)

    assert [room.role for room in truth.rooms] == ["ordinary", "ordinary"]
    assert len({room.operator for room in truth.rooms}) == 1
    first, second = wrote["s0000"] - {None}, wrote["s0000-2"] - {None}
    assert len(first & second) >= 10
    assert canned["s0000"] & canned["s0000-2"]


@pytest.mark.slow
def test_counters_add_up_in_an_ordinary_room() -> None:
    shop = next(seed for seed in range(30) if _has_orders(seed))
    sold: defaultdict[str, int] = defaultdict(int)
    shown: dict[str, list[int]] = defaultdict(list)
    for event in decoded(write(rooms=1, ordinary=("chant",), viewers=800, seed=shop)[0]):
        if isinstance(event, events.Order) and event.status == "paid":
            sold[event.sku] += event.quantity or 0
        if isinstance(event, events.Counter) and event.name == "sold" and event.sku:
            shown[event.sku].append(event.value or 0)
    assert sold
    for sku, values in shown.items():
        assert values == sorted(values)
        assert values[-1] - values[0] <= sold[sku]


def _has_orders(seed: int) -> bool:
    lines, _ = write(rooms=1, ordinary=("chant",), viewers=800, seed=seed)
    return any(isinstance(event, events.Order) for event in decoded(lines))


@pytest.mark.slow
def test_what_was_sold_is_missing_on_stock() -> None:
    for trait in ("steady-polls", "sold-elsewhere"):
        low: dict[str, int] = {}
        for event in decoded(write(rooms=1, ordinary=(trait,), viewers=3_000, seed=2)[0]):
            if isinstance(event, events.Product) and event.status == "listed":
                low[event.sku] = event.stock or 0
            if isinstance(event, events.Counter) and event.name == "stock" and event.sku:
                assert event.value is not None
                assert event.value <= low[event.sku]
                low[event.sku] = event.value
        assert low


def test_every_evening_is_a_session_of_its_own_wherever_midnight_falls() -> None:
    for minutes_before_midnight in (0, 5, 45):
        world = World(
            Setting(
                seed=3, rooms=1, histories=0, plans=[], minutes=15, viewers=30,
                ordinary=("regulars",), start=1_788_220_800_000 - 60_000 * minutes_before_midnight,
            )
        )  # fmt: skip
        heard = [event for some in world.evenings() for event in decoded(some)]
        assert len({event.session for event in heard if event.session}) == 3
        assert len({event.id for event in heard}) == len(heard)


@pytest.mark.slow
def test_an_auction_shows_no_price_but_bids() -> None:
    prices = [
        event
        for seed in range(3)
        for event in decoded(write(rooms=1, ordinary=("price-auction",), seed=seed)[0])
        if isinstance(event, events.Product | events.Price) and event.sku == "s0000-1" and event.price
    ]  # fmt: skip
    assert prices
    for event in prices:
        assert isinstance(event, events.Price)
        assert event.conditions == ["拍卖", "价高者得"]


@pytest.mark.slow
def test_nobody_watches_who_never_came() -> None:
    for trait in ("push", "raid", "chant"):
        viewers: list[events.Counter] = []
        visits: list[events.Counter] = []
        for event in decoded(write(rooms=1, ordinary=(trait,), viewers=2_000)[0]):
            if isinstance(event, events.Counter):
                {"viewers": viewers, "visits": visits}.get(event.name, []).append(event)
        values = [event.value or 0 for event in visits]
        assert values == sorted(values)
        most, least = max(viewers, key=_value), min(viewers, key=_value)
        if most.at > least.at:
            came = [event.value or 0 for event in visits if event.at > most.at]
            assert came[0] >= _value(most) - _value(least) - 0.1 * _value(most)


def _value(event: events.Counter) -> int:
    return event.value or 0


def test_a_ring_orders_each_product_after_it_is_shown() -> None:
    lines, truth = write("order-ring", strength="blatant")
    crew, shown, waits = set(truth.campaigns[0].accounts), {}, []
    for event in sorted(decoded(lines), key=lambda event: event.at):
        if isinstance(event, events.Product):
            shown[event.sku] = event.at
        if isinstance(event, events.Order) and event.user in crew and event.status == "paid":
            waits.append(event.at - shown[event.sku])

    assert len(waits) > 60
    assert max(waits) < 90_000


@pytest.mark.slow
def test_a_spoken_figure_is_more_than_the_counter_ever_showed() -> None:
    for seed in range(4):
        lines, truth = write("spoken-figures", strength="clear", seed=seed)
        told = set(truth.campaigns[0].events["c0000"])
        most: dict[str, int] = defaultdict(int)
        said: list[tuple[str, float]] = []
        for event in decoded(lines):
            if isinstance(event, events.Counter) and event.name == "sold" and event.sku:
                most[event.sku] = max(most[event.sku], event.value or event.high or 0)
            if isinstance(event, events.Speech) and event.id in told:
                number, unit = re.findall(r"(\d+(?:\.\d)?)(万?)[单份]", event.text)[0]
                said.append((event.sku or "", float(number) * (10_000 if unit else 1)))
        assert len(said) == 6
        assert all(number > 1.2 * most[sku] for sku, number in said)


def test_a_leap_of_the_sold_counter_has_no_orders_behind_it() -> None:
    lines, truth = write("sold-leap", strength="blatant", viewers=400)
    marked = set(truth.campaigns[0].events["c0000"])
    heard = [event for event in decoded(lines) if event.id in marked]
    (sku,) = {event.sku for event in heard if isinstance(event, events.Counter)}
    values = [event.value or event.low or 0 for event in heard if isinstance(event, events.Counter)]
    ordered = sum(
        event.quantity or 0
        for event in decoded(lines)
        if isinstance(event, events.Order) and event.sku == sku and event.status == "paid"
    )

    assert values[-1] - values[0] > 3 * max(1, ordered)


@pytest.mark.parametrize("kind", [kind for kind in PRICE_KINDS if kind != "price-creep"])
def test_a_swing_moves_the_price_by_its_factor(kind: str) -> None:
    lines, truth = write(kind, strength="moderate")
    (campaign,) = truth.campaigns
    prices = [event for event in decoded(lines) if isinstance(event, events.Price) and event.sku == "c0000-1"]  # fmt: skip
    before = {event.price for event in prices if event.at < campaign.start}
    within = {event.price for event in prices if event.id in set(campaign.events["c0000"])}
    (usual,) = before
    assert usual
    ratios = {max(usual / price, price / usual) for price in within if price}
    assert max(ratios) == pytest.approx(campaign.plan.factor, rel=0.02)


def test_mass_refunds_come_back_and_honest_orders_mostly_do_not() -> None:
    lines, truth = write("mass-refund", strength="blatant", viewers=400)
    crew = set(truth.campaigns[0].accounts)
    status: Counter[tuple[bool, str]] = Counter()
    for event in decoded(lines):
        if isinstance(event, events.Order):
            status[event.user in crew, event.status] += 1

    assert status[True, "refunded"] == status[True, "paid"] == 90


@pytest.mark.slow
def test_one_crew_works_in_all_rooms_of_the_operator() -> None:
    lines, truth = write("shared-accounts", strength="blatant")
    crew = set(truth.campaigns[0].accounts)
    rooms = {
        event.room for event in decoded(lines) if isinstance(event, events.Chat) and event.user in crew
    }  # fmt: skip

    assert rooms == set(truth.campaigns[0].rooms)
    assert len(rooms) == 4
    assert len({room.operator for room in truth.rooms}) == 1
