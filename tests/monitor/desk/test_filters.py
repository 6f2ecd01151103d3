"""The address is the whole state of the feed, and the store and the page mean the same by it."""

from __future__ import annotations

import itertools
from urllib.parse import parse_qsl, urlsplit

import pytest

from monitor.desk.filters import BadFilter, matches, parse
from monitor.store.rows import AlertFilter
from monitor.store.store import Store
from tests.monitor.desk import evening
from tests.monitor.desk.evening import MINUTE, NOW


def round_trip(address: str) -> str:
    return parse(parse_qsl(urlsplit(address).query)).address()


@pytest.mark.parametrize(
    "address",
    [
        "/alerts",  # what is open
        "/alerts?status=any",  # everything
        "/alerts?status=closed",
        "/alerts?not_status=closed",
        "/alerts?level=lead,watch&rule=a,b&room=77001",
        "/alerts?not_level=info&not_rule=price-swing",
        "/alerts?focus=F6&platform=%E7%A6%BE%E6%92%AD&since=1795524391000",
        "/alerts?text=%E9%99%8D+%E8%A1%80%E5%8E%8B,",  # a comma belongs to the text
    ],
)
def test_an_address_comes_back_as_it_was(address: str) -> None:
    assert round_trip(address) == address


def test_what_a_menu_sends_becomes_the_short_address() -> None:
    sent = [("level", "info"), ("level", "lead"), ("is_level_add", "not")]
    assert parse(sent).address() == "/alerts?not_level=lead,info"


def test_without_a_status_the_feed_shows_what_is_open_and_the_api_everything() -> None:
    assert parse({}).store_filter().status == ["new", "acknowledged"]
    assert parse({}, api=True).store_filter().status is None


def test_a_negated_set_is_the_rest_of_it() -> None:
    assert parse({"not_level": "info", "status": "any"}).store_filter() == AlertFilter(
        level=["lead", "watch"], not_rule=["complaint-intent"]
    )
    assert parse({"not_level": "info"}, api=True).store_filter() == AlertFilter(
        level=["lead", "watch"]
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"level": "grave"},
        {"since": "9" * 15},
        {"status": "gone"},
        {"focus": "F9"},
        {"since": "yesterday"},
        {"since": "１２"},  # full-width digits are no number of an address
        {"text": "x" * 101},
        {"level": "lead", "not_level": "info"},
        {"rule": ",".join(str(number) for number in range(61))},
    ],
)
def test_what_cannot_be_read_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(BadFilter):
        parse(parameters)


@pytest.mark.slow
def test_a_row_matches_exactly_when_the_store_lists_it(store: Store) -> None:
    evening.fill(store)
    store.transition(evening.false_original_price().id, "acknowledged", "何敏", NOW)
    every = store.list_alerts(AlertFilter()).items
    assert len(every) == 7
    choices = {
        "status": [["new"], ["acknowledged", "closed"], []],
        "level": [["lead"], ["watch", "info"]],
        "rule": [["medical-claim", "scripted-chat"]],
        "not_rule": [["medical-claim"]],
        "focus": ["F6"],
        "platform": ["快逛"],
        "room": ["77001"],
        "since": [NOW - 10 * MINUTE],
        "until": [NOW - 5 * MINUTE],
        "text": ["涉嫌 T1", "无此词"],
    }
    # A row has to meet each condition: what up to three of them do to each other is looked at, and
    # all at once. Of four to nine there are four thousand combinations.
    few = [names for count in range(4) for names in itertools.combinations(choices, count)]
    asked = [
        dict(zip(names, values, strict=True))
        for names in (*few, tuple(choices))
        for values in itertools.product(*(choices[name] for name in names))
    ]
    assert len(asked) > 300
    for conditions in asked:
        wanted = AlertFilter(**conditions)  # type: ignore[arg-type]
        listed = {row.alert.id for row in store.list_alerts(wanted).items}
        assert {row.alert.id for row in every if matches(row, wanted)} == listed, wanted
