"""An alert over several rooms on the console and in the API: no room is its room, all are named."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from detectors.alerts import Alert, Evidence, Sighting
from detectors.events import Party
from monitor.store.rows import AlertFilter, Outcome
from monitor.store.store import Store
from tests.monitor.desk import evening
from tests.monitor.desk.evening import MINUTE, NOW, speech

Desk = TestClient[web.Request, web.Application]

pytestmark = pytest.mark.asyncio

SCRIPT = "这款茶喝上一个月高血压自己就降下来了"


def shared_script() -> Alert:
    own = evening.alert("medical-claim")
    return evening.alert(
        "shared-script",
        room=("", ""),
        session="",
        subject="0123456789abcdef@2026-11-23",
        subject_title=f"“{SCRIPT}”",
        title="涉嫌多个直播间使用同一宣传话术",
        level="watch",
        hits=3,
        evidence=Evidence(
            trigger=[speech(NOW - 9 * MINUTE, SCRIPT, id="same"), speech(NOW, SCRIPT, id="same")],
            numbers={"rooms": 3, "parties": 3, "counted_in_full": True},
            rooms=[
                Sighting(
                    platform="禾播", room="77001", at=NOW - 9 * MINUTE, event="same", words=SCRIPT,
                    operator=Party(name="青禾县陈记茶业有限公司", uscc="91440101MA5CXXXX01"),
                    rule="medical-claim", alert=own.id,
                ),
                Sighting(platform="快逛", room="555", at=NOW - 5 * MINUTE, event="same", words=SCRIPT, host="小丁"),
                Sighting(platform="快逛", room="666<b>", at=NOW, event="same", words="<i>喝</i>"),
            ],
        ),
    )  # fmt: skip


def fill(store: Store) -> None:
    evening.fill(store, [evening.alert()])
    store.commit(Outcome(alerts=[shared_script()]), NOW)


async def text(client: Desk, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return await answer.text()


@pytest.mark.slow
async def test_the_list_has_a_group_of_its_own_for_what_rooms_show_together(
    client: Desk, store: Store
) -> None:
    fill(store)
    page = await text(client, "/alerts")
    assert page.count('class="group"') == 2
    # A watch before a lead: what rooms show together comes first.
    assert page.index("<h2>跨直播间</h2>") < page.index("<h2>山里老陈的茶铺</h2>")
    assert "未公示运营者" not in page.partition("<h2>跨直播间</h2>")[2].partition("</summary>")[0]
    assert "<small>跨直播间</small>" in await text(client, "/alerts?group=none")
    english = await text(client, "/alerts?lang=en")
    assert "<h2>Across rooms</h2>" in english


@pytest.mark.slow
async def test_the_page_names_every_room_with_its_people_words_and_own_alert(
    client: Desk, store: Store
) -> None:
    one = shared_script()
    fill(store)
    page = await text(client, f"/alerts/{one.id}")
    for words in (
        "涉及的直播间", "3 个直播间", "山里老陈的茶铺", "青禾县陈记茶业有限公司", "91440101MA5CXXXX01", "快逛 555",
        "小丁", "运营者、主播未见公示", f'href="/alerts/{evening.alert("medical-claim").id}"', f"“{SCRIPT}”",
    ):  # fmt: skip
        assert words in page
    assert "666&lt;b&gt;" in page
    assert "<i>喝" not in page
    # Lines of several rooms are no conversation, and no single party stands beside them.
    assert 'id="context"' not in page
    assert 'id="party"' not in page
    assert "/alerts?room=" not in page.partition("</header>")[0]
    assert "<td>不同主体</td>" in page
    assert "Rooms concerned" in await text(client, f"/alerts/{one.id}?lang=en")


async def test_the_api_gives_the_rooms_and_filters_leave_the_alert_alone(
    client: Desk, store: Store
) -> None:
    fill(store)
    body = await (await client.get(f"/api/v1/alerts/{shared_script().id}")).json()
    assert body["room"] == ""
    assert [one["room"] for one in body["evidence"]["rooms"]] == ["77001", "555", "666<b>"]
    found = store.list_alerts(AlertFilter(room="77001")).items
    assert [row.alert.rule for row in found] == ["medical-claim"]
    listed = await (await client.get("/api/v1/alerts?rule=shared-script")).json()
    assert len(listed["items"]) == 1
