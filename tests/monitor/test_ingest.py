"""`POST /api/v1/events`, over a real connection."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from typing import Any

import pytest

from monitor.config import Config, Ingest, Pipeline
from monitor.parsing import parse_events
from monitor.store.database import Database
from tests.monitor.build import BASE_MS, chat, speech
from tests.monitor.conftest import TOKEN, Serve

pytestmark = pytest.mark.asyncio
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.slow
async def test_accepted_events_are_durable_when_the_answer_comes(serve: Serve) -> None:
    served = await serve()
    status, answer, _ = await served.post(chat("a") + b"\n" + chat("b", 1) + b"\n")
    assert (status, answer) == (202, {"accepted": 2, "rejected": []})
    # Read by a connection of its own, as another process would.
    assert [record.data for record in served.runtime.log.read(0, 10)] == [chat("a"), chat("b", 1)]


@pytest.mark.slow
async def test_events_lead_to_an_alert(serve: Serve) -> None:
    served = await serve()
    await served.post(b"\n".join([speech("s1", sku="T1"), chat("c", 10)]))
    [alert] = await served.alerts(1)
    assert (alert["rule"], alert["subject"], alert["hits"]) == ("shout", "T1", 1)


@pytest.mark.slow
async def test_the_same_events_again_are_harmless(serve: Serve) -> None:
    served = await serve()
    body = b"\n".join([speech("s1"), speech("s2", 1), chat("c", 10)])
    for _ in range(3):
        status, answer, _ = await served.post(body)
        assert (status, answer["accepted"]) == (202, 3)
    await served.post(b"\n".join([speech("s3", 20), chat("d", 30)]))
    await served.alerts(1)
    assert served.runtime.log.head == 5
    _, metrics = await served.get("/metrics")
    assert b'events_rejected_total{reason="duplicate",source="http"} 6.0' in metrics


@pytest.mark.slow
async def test_a_bad_line_costs_that_line_only(serve: Serve) -> None:
    served = await serve()
    body = b"\n".join(
        [
            chat("a"),
            b"",
            b"{no json",
            b'{"type":"hologram","id":"x"}',
            b"   ",
            chat("b", -2e9),
            chat("c"),
        ]
    )
    status, answer, _ = await served.post(body)
    assert (status, answer["accepted"]) == (202, 2)
    rejected = {item["line"]: item["reason"] for item in answer["rejected"]}
    assert list(rejected) == [3, 4, 6]  # counted from 1, blank lines too
    assert "hologram" in rejected[4]
    assert "$.at" in rejected[6]
    letters = served.runtime.store.dead_letters()
    assert {letter.data for letter in letters} >= {b"{no json", b'{"type":"hologram","id":"x"}'}
    assert {letter.stage for letter in letters} == {"ingest"}


@pytest.mark.slow
async def test_every_bad_line_has_its_letter_however_many_there_are(serve: Serve) -> None:
    served = await serve()
    lines = [
        b'{"type":"hologram","id":"%d","platform":"p","room":"r","at":1}' % n for n in range(350)
    ]
    short = [b"{%d" % n for n in range(250)]
    status, answer, _ = await served.post(b"\n".join([*lines, *short, *short, chat("a")]))
    assert (status, answer["accepted"], answer["rejected_total"]) == (202, 1, 850)
    assert [item["line"] for item in answer["rejected"]] == list(range(1, 101))
    letters = {one.data: one for one in served.runtime.store.dead_letters(limit=1_000)}
    assert letters.keys() == {*lines, *short}
    assert {letters[line].attempts for line in lines} == {1}
    assert {letters[line].attempts for line in short} == {2}
    assert all(one.reason for one in letters.values())


async def test_of_a_flood_of_bad_lines_all_bytes_are_kept_in_few_letters() -> None:
    lines = [b"%d" % n for n in range(1_000_000, 1_300_000)]
    letters = parse_events(b"\n".join(lines), 2**20, BASE_MS).letters
    assert len(letters) < 10_100
    assert b"\n".join(one.data for one in letters).split(b"\n") == lines
    assert max(len(one.data) for one in letters) <= 64 * 2**10
    assert letters[10_000].reason.startswith("8192 bad lines, 10001 to 18192; the first: ")


async def test_a_flood_of_bad_lines_takes_a_few_times_its_size() -> None:
    body = b"".join(b"%06x\n" % n for n in range(2**17))
    tracemalloc.start()
    try:
        letters = parse_events(body, 2**20, BASE_MS).letters
        assert sum(len(one.data) for one in letters) >= len(body) - 20_000
        assert tracemalloc.get_traced_memory()[1] < 5 * len(body) + 6 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.slow
async def test_what_lies_ahead_of_its_arrival_is_refused_with_the_reason(serve: Serve) -> None:
    served = await serve(clock=lambda: BASE_MS)
    body = b"\n".join([chat("a"), chat("b", 86_400), chat("c", 86_401), chat("d", 8e9)])
    status, answer, _ = await served.post(body)
    assert (status, answer["accepted"]) == (202, 2)
    assert [item["line"] for item in answer["rejected"]] == [3, 4]
    assert all(
        "a day after the event arrived - at `$.at`" in r["reason"] for r in answer["rejected"]
    )
    letters = {letter.data: letter.reason for letter in served.runtime.store.dead_letters()}
    assert letters.keys() == {chat("c", 86_401), chat("d", 8e9)}


@pytest.mark.slow
async def test_rooms_whose_names_have_colons_are_kept_apart(serve: Serve) -> None:
    served = await serve()
    one = speech("s", platform="a:b", room="c")
    other = speech("s", platform="a", room="b:c")
    status, answer, _ = await served.post(one + b"\n" + other + b"\n" + chat("t", 10))
    assert (status, answer) == (202, {"accepted": 3, "rejected": []})
    assert served.runtime.log.head == 3
    assert served.runtime.log.find("a%3Ab:c", "s") == one
    assert served.runtime.log.find("a:b:c", "s") == other


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        (b"", 0),
        (b"\n\n \r\n", 0),
        (chat("a") + b"\r\n" + chat("b") + b"\r\n", 2),  # as Windows writes lines
        (b"\xef\xbb\xbf" + chat("a"), 1),  # with a byte order mark
    ],
)
async def test_what_counts_as_a_line(serve: Serve, body: bytes, accepted: int) -> None:
    served = await serve()
    status, answer, _ = await served.post(body)
    assert (status, answer) == (202, {"accepted": accepted, "rejected": []})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": f"Bearer {TOKEN}x"},
    ],
)
async def test_without_the_token_nothing_is_taken(serve: Serve, headers: dict[str, str]) -> None:
    served = await serve()
    status, answer, got = await served.post(chat("a"), headers=headers)
    assert status == 401
    assert got["Content-Type"].startswith("application/problem+json")
    assert got["WWW-Authenticate"].startswith("Bearer")
    assert answer["status"] == 401
    assert served.runtime.log.head == 0


@pytest.mark.slow
async def test_a_body_beyond_the_limit_is_refused(serve: Serve) -> None:
    served = await serve(Config(ingest=Ingest(max_body_bytes=2_000)))
    fits = chat("a", text="长" * 100)
    assert (await served.post(fits))[0] == 202
    status, answer, headers = await served.post(b"\n".join([fits] * 40))
    assert status == 413
    assert headers["Content-Type"].startswith("application/problem+json")
    assert "2000" in answer["detail"]


@pytest.mark.slow
async def test_a_body_without_a_length_is_bounded_too(serve: Serve) -> None:
    served = await serve(Config(ingest=Ingest(max_body_bytes=2_000)))

    async def chunks() -> Any:
        for _ in range(100):
            yield b"x" * 1_000

    url = f"{served.url}/api/v1/events"
    async with served.session.post(url, data=chunks(), headers=BEARER) as response:
        assert response.status == 413


@pytest.mark.slow
async def test_packed_bodies(serve: Serve) -> None:
    served = await serve()
    packed = {**BEARER, "Content-Encoding": "gzip"}
    body = b"\n".join(chat(f"c{number}", number) for number in range(500))
    status, answer, _ = await served.post(gzip.compress(body), headers=packed)
    assert (status, answer["accepted"]) == (202, 500)


@pytest.mark.slow
async def test_a_packed_body_is_bounded_by_what_it_unpacks_to(serve: Serve) -> None:
    served = await serve(Config(ingest=Ingest(max_body_bytes=1_000_000)))
    packed = {**BEARER, "Content-Encoding": "gzip"}
    bomb = gzip.compress(b"\n" * 200_000_000, compresslevel=1)
    assert len(bomb) < 1_000_000
    assert (await served.post(bomb, headers=packed))[0] == 413
    exact = gzip.compress(b"\n" * 1_000_000)
    assert (await served.post(exact, headers=packed))[0] == 202


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", b"no gzip at all", 400),
        ("gzip", gzip.compress(chat("a"))[:-6], 400),  # cut off
        ("gzip", gzip.compress(chat("a")) + b"more", 400),
        ("br", chat("a"), 415),
        ("deflate", zlib.compress(chat("a")), 415),
    ],
)
async def test_bodies_that_are_not_what_they_say(
    serve: Serve, encoding: str, body: bytes, status: int
) -> None:
    served = await serve()
    got, answer, headers = await served.post(body, headers={**BEARER, "Content-Encoding": encoding})
    assert (got, answer["status"]) == (status, status)
    assert headers["Content-Type"].startswith("application/problem+json")
    assert served.runtime.log.head == 0


@pytest.mark.slow
async def test_a_line_beyond_the_limit_is_rejected_alone(serve: Serve) -> None:
    served = await serve(Config(ingest=Ingest(max_line_bytes=1_000)))
    long = chat("long", text="x" * 2_000)
    _, answer, _ = await served.post(b"\n".join([long, chat("a")]))
    assert answer["accepted"] == 1
    assert [item["line"] for item in answer["rejected"]] == [1]


@pytest.mark.slow
async def test_senders_are_asked_to_wait_while_evaluation_lags(serve: Serve) -> None:
    served = await serve(
        Config(ingest=Ingest(max_lag_events=100), pipeline=Pipeline(interval_ms=1, batch_events=10))
    )
    served.runtime.worker.stop()
    body = b"\n".join(chat(f"c{number}", number) for number in range(101))
    assert (await served.post(body))[0] == 202
    status, answer, headers = await served.post(chat("more"))
    assert (status, answer["status"]) == (429, 429)
    assert int(headers["Retry-After"]) >= 1
    assert "101" in answer["detail"]


@pytest.mark.slow
async def test_senders_are_asked_to_wait_when_the_disk_is_short(serve: Serve) -> None:
    served = await serve(Config(ingest=Ingest(min_free_bytes=2**62)))
    status, answer, headers = await served.post(chat("a"))
    assert status == 429
    assert "disk" in answer["detail"]
    assert int(headers["Retry-After"]) >= 1


@pytest.mark.slow
async def test_a_failing_write_is_not_answered_as_accepted(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve()

    def full(self: Database, _job: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "submit", full)
        status, _, headers = await served.post(chat("a"))
    assert (status, headers["Retry-After"]) == (429, "5")
    assert (await served.post(chat("a")))[0] == 202


@pytest.mark.slow
async def test_many_senders_at_once_share_the_disk(serve: Serve) -> None:
    served = await serve()

    async def send(sender: int) -> None:
        for number in range(10):
            body = b"\n".join(
                chat(f"{sender}-{number}-{index}", number, room=str(sender)) for index in range(5)
            )
            status, answer, _ = await served.post(body)
            assert (status, answer["accepted"]) == (202, 5)

    await asyncio.gather(*(send(sender) for sender in range(20)))
    assert served.runtime.log.head == 1_000


@pytest.mark.slow
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_other_methods_are_refused(serve: Serve, method: str) -> None:
    served = await serve()
    async with served.session.request(method, f"{served.url}/api/v1/events") as response:
        assert response.status == 405


async def test_parsed_lines_keep_their_bytes() -> None:
    data = chat("a", extra_field="kept")
    [entry] = parse_events(b"  " + data + b" \n", 10_000, BASE_MS).entries
    assert (entry.room, entry.event, entry.data) == ("demo:1", "a", data)
