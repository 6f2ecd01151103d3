"""Room states in parts, room summaries, dead letters."""

from __future__ import annotations

import pytest

from monitor.store import dead_letters
from monitor.store.rows import DeadLetter, Outcome, RoomRow
from monitor.store.store import Store
from tests.monitor.build import BASE_MS
from tests.patience import PATIENCE_S


def row(room: str, **fields: object) -> RoomRow:
    values = {"platform": "demo", "room": room, "last_arrival_ms": BASE_MS, **fields}
    return RoomRow(**values)  # type: ignore[arg-type]


def letter(data: bytes, at: int = BASE_MS, **fields: object) -> DeadLetter:
    values = {"stage": "ingest", "source": "http", "reason": "no JSON", "data": data}
    return DeadLetter(**(values | {"first_at": at, "last_at": at} | fields))  # type: ignore[arg-type]


def test_only_changed_parts_are_replaced_and_gone_ones_taken_out(embedded_store: Store) -> None:
    first = {"facts": b"1", "ids:0": b"2", "recent": b"3"}
    embedded_store.commit(Outcome(rooms=[row("1")], parts={"demo:1": dict(first)}), now=BASE_MS)
    embedded_store.commit(
        Outcome(rooms=[row("1")], parts={"demo:1": {"recent": b"4", "ids:0": None}}), now=BASE_MS
    )
    found = embedded_store.load_room("demo", "1")
    assert found is not None
    assert found[1] == {"facts": b"1", "recent": b"4"}


def test_a_rewritten_room_keeps_nothing_of_before(embedded_store: Store) -> None:
    embedded_store.commit(Outcome(rooms=[row("1")], parts={"demo:1": {"old": b"1"}}), now=BASE_MS)
    outcome = Outcome(rooms=[row("1")], parts={"demo:1": {"new": b"2"}}, rewritten=["demo:1"])
    embedded_store.commit(outcome, now=BASE_MS)
    found = embedded_store.load_room("demo", "1")
    assert found is not None
    assert found[1] == {"new": b"2"}


def test_a_room_that_was_never_seen(embedded_store: Store) -> None:
    assert embedded_store.load_room("demo", "9") is None


def test_the_summary_comes_back_as_it_was_written(store: Store) -> None:
    written = row(
        "1", title="茶", host="阿明", operator="某某茶业", session="s1", ended="s0", viewers=1200,
        watched_since=BASE_MS - 5, last_event_at=BASE_MS, events=17, due_at=BASE_MS + 2_000,
    )  # fmt: skip
    store.commit(Outcome(rooms=[written]), now=BASE_MS)
    [found] = store.rooms()
    assert found == written
    assert found.on_air


def test_rooms_on_the_air_come_first_then_the_latest(store: Store) -> None:
    rows = [
        row("off", last_arrival_ms=BASE_MS + 9),
        row("quiet", session="s", last_arrival_ms=BASE_MS),
        row("lively", session="s", last_arrival_ms=BASE_MS + 5),
    ]
    store.commit(Outcome(rooms=rows), now=BASE_MS)
    assert [found.room for found in store.rooms()] == ["lively", "quiet", "off"]


def test_rooms_that_wait_are_listed_by_time(store: Store) -> None:
    rows = [row("1", due_at=30), row("2"), row("3", due_at=10)]
    store.commit(Outcome(rooms=rows), now=BASE_MS)
    assert store.rooms_due() == [(10, "demo", "3"), (30, "demo", "1")]


def test_the_same_letter_again_raises_its_attempts(store: Store) -> None:
    store.bury([letter(b"{bad", BASE_MS)]).result(PATIENCE_S)
    store.bury([letter(b"{bad", BASE_MS + 7), letter(b"other")]).result(PATIENCE_S)
    other, bad = store.dead_letters()
    assert (bad.data, bad.attempts, bad.first_at, bad.last_at) == (b"{bad", 2, BASE_MS, BASE_MS + 7)
    assert (other.data, other.attempts) == (b"other", 1)


def test_letters_about_other_rules_are_other_letters(store: Store) -> None:
    same = {"stage": "rule", "event": "e1"}
    store.bury([letter(b"x", rule="a", **same), letter(b"x", rule="b", **same)]).result(PATIENCE_S)
    assert {found.rule for found in store.dead_letters()} == {"a", "b"}


def test_letters_are_bounded_in_length_and_number(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "LETTERS_MAX", 3)
    monkeypatch.setattr(dead_letters, "DATA_MAX", 4)
    for number in range(5):
        store.bury([letter(b"%d-long" % number)]).result(PATIENCE_S)
    assert [found.data for found in store.dead_letters()] == [b"4-lo", b"3-lo", b"2-lo"]


def test_who_floods_takes_out_letters_of_its_own(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "LETTERS_MAX", 10)
    store.bury([letter(b"mine %d" % n, source="quiet/77001") for n in range(3)]).result(PATIENCE_S)
    for number in range(40):  # another room of the sender each time: they share its bound
        flood = [letter(b"%d" % number, source=f"loud/{number}")]
        store.bury(flood).result(PATIENCE_S)
    left = store.dead_letters()
    assert [found.source for found in left if found.source.startswith("quiet")] == [
        "quiet/77001"
    ] * 3
    assert [found.data for found in left if found.source.startswith("loud")] == [
        b"%d" % number for number in range(39, 32, -1)
    ]


def test_a_flood_of_one_request_leaves_the_letters_of_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "LETTERS_MAX", 10)
    store.bury([letter(b"mine", source="quiet")]).result(PATIENCE_S)
    store.bury([letter(b"%d" % n, source="loud") for n in range(100)]).result(PATIENCE_S)
    left = store.dead_letters()
    assert len(left) == 10
    assert left[-1].source == "quiet"


def test_of_more_senders_than_there_is_space_for_the_oldest_letters_go(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "LETTERS_MAX", 3)
    for number in range(8):
        store.bury([letter(b"x", source=f"s{number}")]).result(PATIENCE_S)
    assert [found.source for found in store.dead_letters()] == ["s7", "s6", "s5"]


def test_bytes_are_shared_out_among_senders_too(store: Store) -> None:
    store.bury([letter(b"a" * 40, source="quiet")]).result(PATIENCE_S)
    flood = [letter(b"%3d" % n + b"b" * 97, source="loud") for n in range(20)]
    store.bury(flood).result(PATIENCE_S)
    assert store.forget_letters(0, 540) == 15
    assert [found.source for found in store.dead_letters()] == ["loud"] * 5 + ["quiet"]
