"""The read API and the stream: paging, resuming, refusing."""

from __future__ import annotations

import asyncio
import json
import re
from html import unescape
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, make_mocked_request
from msgspec.structs import replace
from yarl import URL

from detectors.alerts import Found, encode
from monitor.desk.page import preferences
from monitor.desk.security import CONTENT_SECURITY_POLICY
from monitor.store.rows import Outcome, RoomRow
from monitor.store.store import Store
from tests.monitor.desk import evening
from tests.monitor.desk.evening import NOW
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.asyncio
Desk = TestClient[web.Request, web.Application]


async def body(response: ClientResponse) -> Any:
    return json.loads(await response.read())


@pytest.mark.slow
async def test_pages_follow_each_other_newest_first(client: Desk, store: Store) -> None:
    evening.fill(store)
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        answer = await client.get("/api/v1/alerts", params={"limit": "3", "cursor": cursor})
        assert answer.status == 200
        found = await body(answer)
        seen += [item["id"] for item in found["items"]]
        cursor = found["next"]
    assert seen == [alert.id for alert in reversed(evening.evening())]


async def test_the_rooms_come_with_those_on_the_air_first(client: Desk, store: Store) -> None:
    rooms = [
        RoomRow(platform="demo", room="1", last_arrival_ms=NOW, ended="s1"),
        RoomRow(platform="demo", room="2", last_arrival_ms=NOW - 9_000, session="s2", title="茶"),
    ]
    store.commit(Outcome(rooms=rooms), NOW)
    items = (await body(await client.get("/api/v1/rooms")))["items"]
    assert [(item["room"], item["title"], item["session"]) for item in items] == [
        ("2", "茶", "s2"),
        ("1", None, None),
    ]


async def test_rooms_come_in_pages_and_none_is_missed(client: Desk, store: Store) -> None:
    rooms = [
        RoomRow(platform="a:b" if number % 2 else "禾播", room=f"r{number:02}", last_arrival_ms=NOW,
                session="s" if number % 5 == 0 else None)
        for number in range(23)
    ]  # fmt: skip
    store.commit(Outcome(rooms=rooms), NOW)
    seen: list[tuple[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await body(
            await client.get("/api/v1/rooms", params={"limit": "4", "cursor": cursor})
        )
        assert len(page["items"]) <= 4
        seen += [(item["platform"], item["room"]) for item in page["items"]]
        # Arrivals in between move no room to another page.
        store.commit(Outcome(rooms=[rooms[22]]), NOW)
        cursor = page["next"]
    assert sorted(seen) == sorted((room.platform, room.room) for room in rooms)
    on_air = (await body(await client.get("/api/v1/rooms?on_air=1")))["items"]
    assert [item["room"] for item in on_air] == [room for _, room in seen[:5]]


@pytest.mark.parametrize("query", ["cursor=x", "cursor=%21", "limit=0", "on_air=2", "sort=1"])
async def test_a_wrong_page_of_rooms_is_refused(client: Desk, query: str) -> None:
    assert (await client.get(f"/api/v1/rooms?{query}")).status == 400


@pytest.mark.slow
async def test_a_brief_list_leaves_out_what_is_long(client: Desk, store: Store) -> None:
    evening.fill(store)
    whole = await client.get("/api/v1/alerts")
    brief = await client.get("/api/v1/alerts?fields=brief")
    sizes = [len(await answer.read()) for answer in (whole, brief)]
    assert sizes[1] < sizes[0] / 4
    items = (await body(brief))["items"]
    assert items[0]["id"] == (await body(whole))["items"][0]["id"]
    assert {"level", "status", "seq", "title", "reason", "handling"} <= items[0].keys()
    assert not {"evidence", "law", "missing"} & items[0].keys()
    assert (await client.get("/api/v1/alerts?fields=few")).status == 400


@pytest.mark.slow
async def test_no_page_of_alerts_is_longer_than_its_bound(
    client: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.fill(store)
    longest = max(len(encode(alert)) for alert in evening.evening())
    bound = 2 * longest
    monkeypatch.setattr("monitor.desk.api.ANSWER_BYTES", bound)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await client.get("/api/v1/alerts", params={"limit": "500", "cursor": cursor})
        # A little more for how each was handled.
        assert len(await answer.read()) < bound + 1_000
        found = await body(answer)
        seen += [item["id"] for item in found["items"]]
        cursor = found["next"]
    assert seen == [alert.id for alert in reversed(evening.evening())]


@pytest.mark.slow
async def test_an_item_is_the_contracts_alert_with_its_status(client: Desk, store: Store) -> None:
    evening.fill(store, [evening.false_original_price()])
    item = (await body(await client.get("/api/v1/alerts")))["items"][0]
    for name in (
        "id", "rule", "rule_version", "level", "focus", "platform", "room", "session", "subject", "first_at",
        "last_at", "hits", "raised_at", "title", "reason", "law", "exemptions", "missing", "evidence",
    ):  # fmt: skip
        assert name in item, name
    assert item["status"] == "new"
    assert item["evidence"]["gaps"][0]["from"] < item["evidence"]["gaps"][0]["until"]


@pytest.mark.slow
async def test_all_versions_of_an_alert_are_answered(client: Desk, store: Store) -> None:
    first = evening.false_original_price()
    found = Found(at=first.first_at, event="p-1", by="fact:x", level="watch", says="先")
    first = replace(first, id="of-two", level="watch", findings=[found], findings_total=1)
    second = replace(
        first, level="lead", version=2, changed=["level"], hits=first.hits + 1, reason="后",
        raised_at=first.raised_at + 1,
    )  # fmt: skip
    evening.fill(store, [first])
    evening.fill(store, [second])
    answer = await client.get(f"/api/v1/alerts/{first.id}/versions")
    items = (await body(answer))["items"]
    assert [(one["version"], one["level"], one["changed"]) for one in items] == [
        (1, "watch", []), (2, "lead", ["level"]),
    ]  # fmt: skip
    assert (await client.get("/api/v1/alerts/none/versions")).status == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=0000000019",
        "limit=x",
        "cursor=zzz",
        "level=grave",
        "nonsense=1",
        "since=x",
    ],
)
async def test_a_bad_query_is_a_problem(client: Desk, query: str) -> None:
    answer = await client.get(f"/api/v1/alerts?{query}")
    assert answer.status == 400
    assert answer.content_type == "application/problem+json"
    assert (await body(answer))["status"] == 400


async def test_an_unknown_alert_is_a_problem(client: Desk) -> None:
    for answer in (
        await client.get("/api/v1/alerts/none"),
        await client.post("/api/v1/alerts/none/acknowledge", json={"who": "何敏"}),
        await client.get("/api/v1/nothing"),
    ):
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


@pytest.mark.slow
async def test_acknowledge_then_close_and_not_again(client: Desk, store: Store) -> None:
    evening.fill(store, [evening.alert()])
    path = f"/api/v1/alerts/{evening.alert().id}"
    taken = await client.post(f"{path}/acknowledge", json={"who": "何敏"})
    assert (taken.status, (await body(taken))["handling"]["who"]) == (200, "何敏")
    assert (await client.post(f"{path}/acknowledge", json={"who": "周楠"})).status == 409
    assert (await client.post(f"{path}/close", json={"who": "何敏"})).status == 422  # no reason
    assert (await client.post(f"{path}/close", json={"reason": "because"})).status == 422
    closed = await client.post(f"{path}/close", json={"who": "何敏", "reason": "duplicate"})
    assert (await body(closed))["status"] == "closed"


async def test_a_foreign_page_may_not_write(client: Desk, store: Store) -> None:
    evening.fill(store, [evening.alert()])
    path = f"/api/v1/alerts/{evening.alert().id}/acknowledge"
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        assert (await client.post(path, json={}, headers=headers)).status == 403
    # What a form can send without a script is no JSON.
    assert (
        await client.post(path, data="{}", headers={"Content-Type": "text/plain"})
    ).status == 415
    row = store.get_alert(evening.alert().id)
    assert row is not None
    assert row.status == "new"


@pytest.mark.slow
async def test_a_form_without_its_token_changes_nothing(client: Desk, store: Store) -> None:
    evening.fill(store, [evening.alert()])
    path = f"/alerts/{evening.alert().id}"
    await client.get(path)  # sets the cookie
    for data in ({"to": "acknowledged"}, {"to": "acknowledged", "token": "guessed"}):
        assert (await client.post(path, data=data)).status == 403
    row = store.get_alert(evening.alert().id)
    assert row is not None
    assert row.status == "new"


@pytest.mark.slow
async def test_a_form_leads_back_to_the_desk_only(client: Desk, store: Store) -> None:
    evening.fill(store, [evening.alert()])
    await client.get("/alerts")
    token = client.session.cookie_jar.filter_cookies(client.make_url("/"))["livewatch_form"].value
    answer = await client.post(
        "/alerts/handle",
        data={
            "token": token,
            "to": "acknowledged",
            "id": evening.alert().id,
            "back": "//evil.example/alerts?x=1",
        },
        allow_redirects=False,
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/alerts?done=acknowledged&n=1")
    kept = preferences(make_mocked_request("GET", "//evil.example/?lang=en"))
    assert kept is not None
    assert not kept.headers["Location"].startswith("//")


#: What a browser takes for, or may be led to take for, another host (WHATWG URL, 4.4).
ELSEWHERE = [
    "//evil.example/", "///evil.example/", "/%5Cevil.example/", "/%5c%5Cevil.example/",
    "/%09/evil.example/", "/%0A/evil.example/", "/%0d%0a/evil.example/", "/%09%5Cevil.example/",
    "/%2F%2Fevil.example/", "/%2Fevil.example/", "/%20//evil.example/", "/;@evil.example/",
    "/%E3%80%82//evil.example/", "/alerts/%0d%0aSet-Cookie:%20a=b", "/.//evil.example/",
    "/x/..//evil.example/", "/%00/evil.example/", "/%C2%85/evil.example/",
]  # fmt: skip
_CHARACTERS = re.compile(r"/(?!/)[A-Za-z0-9_.~%/:@!$&'()*+,;=?-]*")


@pytest.mark.parametrize("query", ["?lang=en", "?theme=dark&a=%0d%0a"])
async def test_no_address_leads_to_another_host(client: Desk, query: str) -> None:
    """Every `Location` and every link to the same page begins with one slash, and holds no
    character that a browser drops or takes for a slash."""
    root = str(client.make_url("/")).rstrip("/")
    for path in ELSEWHERE:
        client.session.cookie_jar.clear()
        url = URL(root + path + query, encoded=True)
        answer = await client.session.get(url, allow_redirects=False)
        assert answer.status in (303, 400, 404), path
        if answer.status == 303:
            assert _CHARACTERS.fullmatch(answer.headers["Location"]), path
        page = await client.session.get(URL(root + path, encoded=True), allow_redirects=False)
        for link in re.findall(r'href="([^"]*lang=[^"]*)"', await page.text()):
            assert _CHARACTERS.fullmatch(unescape(link)), path


@pytest.mark.slow
async def test_other_host_names_are_refused(client: Desk) -> None:
    """A name that a foreign page re-binds to this machine must not read the desk."""
    assert (await client.get("/alerts", headers={"Host": "evil.example"})).status == 421
    assert (await client.get("/alerts", headers={"Host": "localhost:1"})).status == 200


@pytest.mark.slow
async def test_every_answer_carries_the_headers(client: Desk, store: Store) -> None:
    evening.fill(store, [evening.alert()])
    paths = [
        "/alerts",
        "/rules",
        "/nothing",
        "/api/v1/alerts",
        "/api/v1/alerts/none",
        "/",
        f"/alerts/{evening.alert().id}",
    ]
    answers = [await client.get(path, allow_redirects=False) for path in paths]
    stream = await client.get("/api/v1/alerts/stream")
    for answer in [*answers, stream]:
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, answer.url
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert stream.headers["X-Accel-Buffering"] == "no"
    stream.close()


# The stream


class Messages:
    """A reader of server-sent events."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str, int, Any]:
        """Name, id and data of the next message; comments are passed over."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE_S):
            while True:
                line = (await self._response.content.readline()).decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    return fields["event"], int(fields["id"]), json.loads(fields["data"])
                else:
                    fields = {}

    async def alerts(self, count: int) -> list[tuple[int, str, int]]:
        found: list[tuple[int, str, int]] = []
        while len(found) < count:
            name, number, data = await self.next()
            if name == "alert":
                found.append((number, data["rule"], data["hits"]))
        return found


def commit(store: Store, rule: str, hits: int = 1) -> None:
    store.commit(Outcome(alerts=[evening.alert(rule, hits=hits, at=NOW + hits)]), NOW)


async def test_changes_arrive_with_their_number(client: Desk, store: Store) -> None:
    stream = await client.get("/api/v1/alerts/stream")
    messages = Messages(stream)
    assert (await messages.next())[0] == "hello"
    # One after the other has arrived: what changes twice before the stream looks arrives once.
    await asyncio.to_thread(commit, store, "medical-claim")
    (first,) = await messages.alerts(1)
    await asyncio.to_thread(commit, store, "medical-claim", 2)
    (second,) = await messages.alerts(1)
    assert first[1:] == ("medical-claim", 1)
    assert second[1:] == ("medical-claim", 2)
    assert first[0] < second[0]
    stream.close()


@pytest.mark.slow
async def test_a_reader_who_comes_back_misses_nothing_and_gets_nothing_twice(
    client: Desk, store: Store
) -> None:
    for rule in ("a", "b", "c"):
        await asyncio.to_thread(commit, store, rule)
    stream = await client.get("/api/v1/alerts/stream", headers={"Last-Event-ID": "1"})
    messages = Messages(stream)
    assert [rule for _, rule, _ in await messages.alerts(2)] == ["b", "c"]
    await asyncio.to_thread(commit, store, "d")
    ((last, rule, _),) = await messages.alerts(1)
    assert rule == "d"
    stream.close()
    for name in ("e", "f"):
        await asyncio.to_thread(commit, store, name)
    again = await client.get(f"/api/v1/alerts/stream?last={last}&fields=brief")
    assert [rule for _, rule, _ in await Messages(again).alerts(2)] == ["e", "f"]
    again.close()


async def test_a_number_from_another_store_asks_for_a_new_start(client: Desk, store: Store) -> None:
    stream = await client.get("/api/v1/alerts/stream", headers={"Last-Event-ID": "999"})
    assert (await Messages(stream).next())[0] == "resync"
    stream.close()
    assert (await client.get("/api/v1/alerts/stream", headers={"Last-Event-ID": "x"})).status == 400


async def test_a_reader_who_does_not_keep_up_is_told_to_start_anew(
    client: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        await asyncio.to_thread(commit, store, f"rule-{number}")
    monkeypatch.setattr("monitor.desk.sse.RESUME_MAX", 3)
    stream = await client.get("/api/v1/alerts/stream?last=2")
    messages = Messages(stream)
    assert (await messages.next())[:2] == ("resync", 8)
    # What changes after that still comes.
    await asyncio.to_thread(commit, store, "late")
    assert [rule for _, rule, _ in await messages.alerts(1)] == ["late"]
    stream.close()


@pytest.mark.slow
async def test_what_is_no_longer_at_hand_is_read_from_the_store(
    client: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.desk.broadcast.KEPT_BYTES", 1)
    stream = await client.get("/api/v1/alerts/stream?fields=brief")
    messages = Messages(stream)
    assert (await messages.next())[0] == "hello"
    rules = [f"rule-{number}" for number in range(40)]
    for rule in rules:
        await asyncio.to_thread(commit, store, rule)
    assert [rule for _, rule, _ in await messages.alerts(40)] == rules
    stream.close()


async def test_a_silent_stream_has_a_heartbeat(
    client: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.desk.sse.HEARTBEAT_S", 0.01)
    stream = await client.get("/api/v1/alerts/stream")
    async with asyncio.timeout(PATIENCE_S):
        while not (await stream.content.readline()).startswith(b":"):
            pass
    stream.close()
