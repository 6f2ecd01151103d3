"""Which fields come, and how it is told that they have stopped to come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from connectors.absence import Lack
from connectors.presence import Presence
from connectors.rule_fields import FIELDS, TOLD, VITAL, Share, missing_fields
from detectors.events import Chat, Counter, Event, Gap, Order, Price, Product, Session, decode_lines
from monitor.cli import app
from tests.connectors.lines import AT


def common(number: int, session: str = "s1") -> dict[str, Any]:
    return {"id": f"e-{number}", "platform": "demo", "room": "1", "session": session, "at": AT}


def card(price: int | None = 3990, *, sku: str = "A", number: int = 0, **more: Any) -> Product:
    return Product(**common(number), sku=sku, price=price, title=more.pop("title", "茶"), **more)


def chat(text: str = "好", session: str = "s1") -> Chat:
    return Chat(**common(0, session), text=text, user="k1:a", role="viewer")


def feed(presence: Presence, frames: Sequence[Sequence[Event]], at: int = AT) -> None:
    for frame in frames:
        presence.take(frame, at=at)


def test_the_fields_are_those_of_the_contract() -> None:
    structs = {str(each.__struct_config__.tag): each for each in (Chat, Product, Price, Order)}
    for kind, struct in structs.items():
        assert {*FIELDS[kind]} <= {*struct.__struct_fields__}
    for table in (TOLD, VITAL):
        for kind, fields in table.items():
            assert {*fields} <= {*FIELDS[kind]}


@pytest.mark.parametrize(
    ("events", "kind", "field", "share"),
    [
        ([card(), card(None)], "product", "price", Share(1, 1)),
        # A price of 0 and an observed status are there; an empty title says nothing.
        ([card(0)], "product", "price", Share(1, 0)),
        ([card(title="")], "product", "title", Share(0, 1)),
        # A price that has conditions stands beside its card, of the same frame and product.
        (
            [card(None), Price(**common(1), sku="A", price=3990, kind="asking")],
            "product", "price", Share(1, 0),
        ),
        (
            [card(None), Price(**common(1), sku="B", price=3990, kind="asking")],
            "product", "price", Share(0, 1),
        ),
        # A number that the platform rounds has its bounds.
        ([Counter(**common(1), name="viewers", low=100)], "counter", "value", Share(1, 0)),
        ([Counter(**common(1), name="viewers")], "counter", "value", Share(0, 1)),
        ([Order(**common(1), order="o", sku="A", status="paid")], "order", "price", Share(0, 1)),
        ([Session(**common(1), phase="started", host="茶姐")], "session", "host", Share(1, 0)),
    ],
)  # fmt: skip
def test_events_are_counted_with_and_without_a_field(
    events: list[Event], kind: str, field: str, share: Share
) -> None:
    presence = Presence()
    presence.take(events, at=AT)
    assert presence.shares()[kind][field] == share


def test_a_gap_carries_nothing_and_is_not_missed() -> None:
    presence = Presence()
    presence.take([Gap(**common(1), from_=AT, until=AT + 1)], at=AT)
    assert presence.shares() == {}


def test_pieces_that_became_no_event_for_the_lack_of_a_field_are_counted_with_it() -> None:
    presence = Presence()
    presence.take([chat()], [("chat", "text"), ("chat", "text"), ("weather", "text")], at=AT)
    shares = presence.shares()
    assert shares["chat"]["text"] == Share(1, 2)
    # Of such a piece nothing else is known.
    assert shares["chat"]["user"] == Share(1, 0)
    assert missing_fields(shares) == ["2 of 3 chat lines have no text"]


def test_what_is_missing_in_words() -> None:
    presence = Presence()
    presence.take([card(None, stock=3, sku=f"A{number}") for number in range(4)], at=AT)
    assert missing_fields(presence.shares()) == ["4 of 4 products have no price"]
    one = Presence()
    one.take([card(stock=1, title=None)], at=AT)
    assert missing_fields(one.shares()) == ["1 of 1 product has no title"]


def test_in_a_recording_a_product_counts_once_with_all_that_is_said_of_it() -> None:
    presence = Presence(whole=True)
    # Three cards and a price in other frames: of two products, one has a price, both a title.
    feed(presence, [[card(None, sku="A", title=None)], [card(None, sku="B")], [card(None)],
                    [Price(**common(1), sku="A", price=100, kind="asking")]])  # fmt: skip
    shares = presence.shares()["product"]
    assert (shares["price"], shares["title"]) == (Share(1, 1), Share(2, 0))


def test_a_field_that_stops_to_come_is_a_problem_and_is_over_when_it_comes_again() -> None:
    presence = Presence("shop")
    with capture_logs() as logs:
        feed(presence, [[card()]] * 40, at=AT)
        feed(presence, [[card(None)]] * 29, at=AT + 60_000)
        assert presence.problems == []
        feed(presence, [[card(None)]], at=AT + 60_000)
        assert presence.lacks == [Lack("product", "price", "gone", AT, 30)]
        (problem,) = presence.problems
        assert problem.startswith("products have no price since 20")
        feed(presence, [[card()]] * 2)
        assert presence.problems != []
        feed(presence, [[card()]])
        assert presence.problems == []
    told = [(line["event"], line["type"], line["field"]) for line in logs]
    assert told == [
        ("source_lacks", "product", "price"), ("source_has_again", "product", "price"),
    ]  # fmt: skip
    assert logs[0]["source"] == "shop"


@pytest.mark.slow
def test_what_comes_and_goes_is_no_problem_and_lines_are_few() -> None:
    presence = Presence()
    with capture_logs() as logs:
        # Cards without a price in runs of 20, as long as any before.
        feed(presence, ([[card()]] * 20 + [[card(None)]] * 20) * 50)
    assert presence.problems == []
    assert logs == []
    with capture_logs() as logs:
        # Each run would have to be four times longer than the one before.
        feed(presence, ([[card()]] * 20 + [[card(None)]] * 100) * 50)
    assert len(logs) == 2


@pytest.mark.parametrize(
    ("frames", "problems"),
    [
        # A card without a price is no fault of a source that never had one for long.
        ([[card(None)]] * 49, 0),
        ([[card(None)]] * 50, 1),
        # Stock is shown by few platforms: that it never comes is counted, and no problem.
        ([[card()]] * 1_000, 0),
        # That it stops is.
        ([[card(stock=1)]] * 20 + [[card()]] * 30, 1),
    ],
)
def test_only_what_rules_cannot_do_without_is_missed_when_it_never_came(
    frames: list[list[Event]], problems: int
) -> None:
    presence = Presence()
    feed(presence, frames)
    assert len(presence.problems) == problems


def test_a_field_that_most_had_and_few_have_is_a_problem() -> None:
    presence = Presence()
    feed(presence, [[card()]] * 400)
    # One in ten still has it, so that no run is long.
    feed(presence, ([[card(None)]] * 9 + [[card()]]) * 12)
    (problem,) = presence.problems
    assert problem.startswith("few products have a price now: ")
    feed(presence, [[card()]] * 60)
    assert presence.problems == []


def test_a_kind_that_stops_to_come_is_a_problem() -> None:
    presence = Presence()
    viewers = Counter(**common(1), name="viewers", value=5)
    feed(presence, [[chat()], [viewers]] * 60)
    feed(presence, [[viewers]] * 298)
    assert presence.problems == []
    feed(presence, [[viewers]])
    assert presence.lacks == [Lack("chat", "", "gone", AT, 300)]
    assert presence.problems[0].startswith("no chat lines since 20")
    feed(presence, [[chat()]] * 3)
    assert presence.problems == []


def test_frames_of_kinds_that_nobody_knows_count_as_frames_without_what_came_before() -> None:
    presence = Presence()
    feed(presence, [[chat()]] * 60)
    for _ in range(300):
        presence.take([], at=AT, strange=True)
    assert [lack.kind for lack in presence.lacks] == ["chat"]


def test_what_comes_off_the_air_says_nothing() -> None:
    presence = Presence()
    viewers = Counter(**common(1, session=""), name="viewers", value=5)
    feed(presence, [[chat()]] * 60 + [[viewers]] * 2_000)
    assert presence.problems == []


def test_columns_that_are_not_read_are_told_once_and_stay_a_problem() -> None:
    presence = Presence("lists")
    with capture_logs() as logs:
        for _ in range(3):
            presence.take([card()], at=AT, unread={"直播专享价": ["¥39.9"]})
    assert presence.problems == ["columns that are not read: 直播专享价 (¥39.9)"]
    assert [line["event"] for line in logs] == ["columns_unread"]


def test_cards_that_are_explained_without_a_price_hide_nothing_and_raise_nothing() -> None:
    presence = Presence()
    explained = card(None, status="explaining")
    # A shelf is listed with its prices, and explained for long without them.
    feed(presence, ([[card(status="listed")]] * 5 + [[explained]] * 60) * 8)
    assert presence.problems == []
    # Once the prices are gone, thirty listed cards are enough, however much is explained.
    feed(presence, ([[card(None, status="listed")]] * 5 + [[explained]] * 60) * 6)
    assert [(lack.field, lack.what) for lack in presence.lacks] == [("price", "gone")]


def test_a_room_that_never_had_a_field_is_no_sign_that_it_has_gone() -> None:
    presence = Presence()
    other = card(None)
    other.room = "2"
    feed(presence, [[card()]] * 40 + [[other]] * 400)
    assert presence.problems == []
    # By the connection as by the events.
    for _ in range(30):
        presence.take([other], at=AT, room="demo/1")
    assert len(presence.problems) == 1


@pytest.mark.slow
def test_ordinary_evenings_of_many_rooms_raise_nothing(tmp_path: Path) -> None:
    # Without price histories: of days with prices each hour and evenings without any, prices have gone.
    options = ["--rooms", "4", "--histories", "0", "--campaign", "none", "--minutes", "30"]
    made = CliRunner().invoke(app, ["simulate", "-o", str(tmp_path), "--seed", "7", *options])
    assert made.exit_code == 0
    events = decode_lines((tmp_path / "events.jsonl").read_bytes())
    assert len(events) > 4_000
    with capture_logs() as logs:
        for size in (1, 20):
            presence = Presence()
            feed(presence, [events[start : start + size] for start in range(0, len(events), size)])
            assert presence.shares()["chat"]["text"].missing == 0
    assert logs == []
