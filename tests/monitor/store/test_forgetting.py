"""A viewer is forgotten: his lines are marked, what is handled stays, and the rest is as it was."""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from pathlib import Path
from urllib.parse import quote

import brotli
import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders.bilibili_packets import COMMAND, make_packet
from detectors.alerts import Evidence, Span
from detectors.events import Chat, Event, decode
from monitor.store.forgetting import FORGOTTEN, MARK
from monitor.store.readings import readings, varint
from monitor.store.rows import AlertFilter, DeadLetter, Outcome
from monitor.store.store import Store
from monitor.store.tables import event_log, room_parts, room_shelf, transitions
from tests.monitor.build import BASE_MS, alert, chat, speech
from tests.monitor.pipeline.test_worker import Bench

WHO, OTHER = "k1:aaaaaaaaaaaaaaaa", "k1:bbbbbbbbbbbbbbbb"
SAID = "我住在那边的小楼里面"


def said(id_: str, user: str = WHO, text: str = SAID) -> Chat:
    event = decode(chat(id_, 0, text, user=user))
    assert isinstance(event, Chat)
    return event


def evidence() -> Evidence:
    events: list[Event] = [said("c1"), said("c2", OTHER, "多少钱")]
    return Evidence(
        trigger=events[:1],
        before=events[1:],
        spans=[Span(event="c1", start=0, end=3, text="我住在")],
    )


def save(store: Store, subject: str) -> str:
    one = alert(subject, evidence=evidence(), reason=f"有人说“{SAID[:6]}…”，另说{SAID}；问“多少钱”")
    store.commit(Outcome(alerts=[one]), BASE_MS)
    return one.id


def forget(store: Store, **named: str) -> dict[str, int]:
    done = store.forget_viewer([WHO], who="王", at=BASE_MS, **named)
    return msgspec.structs.asdict(done)


def test_his_lines_and_where_they_are_quoted_are_marked(store: Store) -> None:
    id_ = save(store, "A")
    before = store.seq
    assert forget(store) == {
        "events": 0,
        "alerts": 1,
        "alerts_held": 0,
        "parts": 0,
        "letters": 0,
        "frames": 0,
    }

    row = store.get_alert(id_)
    assert row is not None
    trigger, other = row.alert.evidence.trigger[0], row.alert.evidence.before[0]
    assert isinstance(trigger, Chat)
    assert (trigger.text, trigger.id, trigger.at) == (MARK, "c1", BASE_MS)
    assert trigger.user is not None
    assert trigger.user[:3] == "k1:"
    assert trigger.user != WHO
    assert other == said("c2", OTHER, "多少钱")
    assert row.alert.evidence.spans[0].text == MARK
    assert row.alert.reason == f"有人说“{MARK}”，另说{MARK}；问“多少钱”"
    assert store.list_alerts(AlertFilter(text=SAID)).items == []
    assert row.seq > before
    assert store.seq == row.seq


@pytest.mark.slow
def test_what_was_handled_stays_and_what_was_dismissed_does_not(store: Store) -> None:
    handled, confirmed, dismissed = (save(store, subject) for subject in "ABC")
    store.transition(handled, "acknowledged", "王", BASE_MS)
    store.transition(confirmed, "closed", "王", BASE_MS, reason="confirmed")
    store.transition(dismissed, "closed", "王", BASE_MS, reason="rule-too-wide")
    done = forget(store)
    assert (done["alerts"], done["alerts_held"]) == (1, 2)
    for id_, stays in ((handled, True), (confirmed, True), (dismissed, False)):
        row = store.get_alert(id_)
        assert row is not None
        assert (SAID.encode() in msgspec.json.encode(row.alert)) is stays


def test_who_did_it_when_and_how_much_is_in_the_chain_and_not_of_whom(store: Store) -> None:
    save(store, "A")
    forget(store, account="12345678")
    with store.database.read() as connection:
        row = connection.execute(sa.select(transitions)).one()
    assert (row.who, row.at, row.reason) == ("王", BASE_MS, FORGOTTEN)
    assert json.loads(row.note)["alerts"] == 1
    assert not any(word in str(row) for word in (WHO[3:], "12345678", SAID))
    assert store.verify_history() is None


def letter(data: bytes) -> DeadLetter:
    return DeadLetter(stage="decode", source="s", reason="r", data=data, first_at=1, last_at=1)


def test_dead_letters_with_him_are_taken_out_whole_and_no_others(store: Store) -> None:
    datas = [b'{"uid": 12345678}', b'{"uid": 123456789}', f'{{"user":"{WHO}"'.encode(), b"else"]
    store.bury([letter(data) for data in datas]).result()
    assert forget(store, account="12345678")["letters"] == 2
    assert {letter.data for letter in store.dead_letters()} == {datas[1], datas[3]}


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


HIS = "小明_8812"
LINE = json.dumps({"user": HIS, "text": "好"}, ensure_ascii=False).encode()
WRAPPED = {
    "in clear": LINE,
    "json": json.dumps({"user": HIS}).encode(),
    "json in json": json.dumps({"data": json.dumps({"user": HIS})}).encode(),
    "every character": f'{{"user": "{escaped(HIS)}"}}'.encode(),
    "percent": b"user=" + quote(HIS).encode(),
    "base64": json.dumps({"opcode": 2, "data": base64.b64encode(LINE).decode()}).encode(),
    "base64, its slashes escaped": json.dumps({"data": base64.b64encode(LINE * 9).decode()})
    .replace("/", "\\/")
    .encode(),
    "gzip in a frame": b"\x08\x01\x42" + gzip.compress(LINE),
    "zlib of bilibili": make_packet(COMMAND, zlib.compress(LINE), ver=2),
    "brotli of bilibili": make_packet(COMMAND, brotli.compress(LINE), ver=3),
    "a packet in a saved frame": json.dumps(
        {"data": base64.b64encode(make_packet(COMMAND, brotli.compress(LINE), ver=3)).decode()}
    ).encode(),
    "cut off": gzip.compress(LINE + bytes(range(256)) * 99)[:-300],
}


@pytest.mark.parametrize("how", WRAPPED)
def test_an_account_is_found_in_dead_letters_however_they_are_wrapped(
    store: Store, how: str
) -> None:
    other = WRAPPED[how].replace(LINE, b"{}") if how == "in clear" else b'{"user": "x"}'
    store.bury([letter(WRAPPED[how]), letter(other)]).result()
    assert forget(store, account=HIS)["letters"] == 1
    assert [one.data for one in store.dead_letters()] == [other]


def test_numbers_and_long_ids_are_found_as_protobuf_has_them(store: Store) -> None:
    long = "MS4wLjABAAAAfGhk2ZkVXHjKwQ9rLwW4Zk8m5cQ7uXqN0pRsTuVwXyZ1234567890abcdefgh"
    his, others = [write_varint(7_412_345_678)], [write_varint(7_412_345_679), b"\x01\x05"]
    store.bury([letter(data) for data in his + others]).result()
    assert forget(store, account="7412345678")["letters"] == 1
    store.bury([letter(b"\x0a" + bytes([len(long)]) + long.encode())]).result()
    assert forget(store, account=long)["letters"] == 1
    assert {one.data for one in store.dead_letters()} == {*others}


def write_varint(number: int) -> bytes:
    """A message of protobuf with this number in its first field."""
    return b"\x08" + varint(number) + b"\x12\x01x"


@pytest.mark.slow
@given(data=st.binary(max_size=300) | st.sampled_from([b"\\u", b"%", b"\x78\x9c", b"A" * 40]))
def test_no_bytes_break_the_search(data: bytes) -> None:
    assert next(readings(data)) == data
    assert sum(map(len, readings(data * 3))) < 64 << 20


@pytest.mark.slow
def test_what_is_built_to_cost_much_costs_little() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    began = time.process_time()
    for data in (
        bomb,
        base64.b64encode(bomb),
        b"\x78\x9c" * 200_000,
        b"AAAA" * 500_000,
        b"\\" * 500_000,
    ):
        assert sum(map(len, readings(data))) < 64 << 20
    assert time.process_time() - began < 5


def test_a_failure_leaves_everything_as_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = save(store, "A")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("monitor.store.forgetting.append_transition", fail)
    with pytest.raises(RuntimeError, match="disk"):
        forget(store)
    row = store.get_alert(id_)
    assert row is not None
    assert row.alert.evidence.trigger == [said("c1")]


@pytest.mark.slow
def test_log_and_states_of_rooms_are_marked_and_the_worker_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "livewatch.db"
    bench = Bench(path)
    lines = [
        chat("c1", 0, SAID, user=WHO),
        chat("c2", 1, "好", user=OTHER),
        speech("p1", 2, sku="A"),
        chat("c3", 3, "还有吗", user=WHO),
        speech("p2", 20, sku="A"),
    ]
    bench.send(*lines)
    bench.pass_time(30)
    bench.store.close()

    store = Store.open(path)
    with store.database.read() as connection:
        totals = connection.execute(sa.select(sa.func.sum(sa.func.length(event_log.c.data))))
        size = totals.scalar_one()
    done = forget(store)
    assert done["events"] == 2
    assert done["alerts"] == 1
    assert done["parts"] >= 1
    with store.database.read() as connection:
        stored = [
            decode(data) for data in connection.execute(sa.select(event_log.c.data)).scalars()
        ]
        states = list(connection.execute(sa.select(room_parts.c.data)).scalars())
        shelved = sa.select(room_shelf.c.data).where(room_shelf.c.part.startswith("raised:"))
        states += [zlib.decompress(data) for data in connection.execute(shelved).scalars()]
    assert any("苹果".encode() in state for state in states)
    with store.database.read() as connection:
        totals = connection.execute(sa.select(sa.func.sum(sa.func.length(event_log.c.data))))
        assert abs(totals.scalar_one() - size) <= len(MARK.encode())
    store.close()
    texts = [event.text for event in stored if isinstance(event, Chat)]
    assert texts == [MARK, "好", MARK]
    assert not any(SAID.encode() in state or WHO.encode() in state for state in states)
    # Nothing of it is left in the file, in pages that are free either.
    held = b"".join(one.read_bytes() for one in tmp_path.glob("livewatch.db*"))
    assert SAID.encode() not in held
    assert WHO.encode() not in held

    bench.start()
    bench.send(speech("p3", 40, sku="A"))
    bench.pass_time(30)
    (row,) = bench.store.list_alerts().items
    assert row.alert.hits >= 2
    assert SAID.encode() not in msgspec.json.encode(row.alert)
    assert bench.store.dead_letters() == []
    bench.store.close()
