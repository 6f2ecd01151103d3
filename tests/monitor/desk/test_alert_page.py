"""The page of one alert, as the server writes it."""

from __future__ import annotations

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from detectors.alerts import EngineVersions, Found, Related
from detectors.events import Party, Room
from monitor.store.store import Store
from tests.monitor.desk import evening
from tests.monitor.desk.evening import NOW

Desk = TestClient[web.Request, web.Application]
pytestmark = pytest.mark.asyncio


async def page_of(client: Desk, alert: str, query: str = "") -> str:
    return await text(client, f"/alerts/{alert}{query}")


async def text(client: Desk, address: str) -> str:
    answer = await client.get(address)
    assert answer.status == 200
    return await answer.text()


def section(page: str, name: str) -> str:
    """The words of a section."""
    (found,) = re.findall(rf'<section aria-labelledby="{name}">.*?</section>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


@pytest.mark.slow
async def test_who_is_behind_the_room_is_as_it_was_displayed(client: Desk, store: Store) -> None:
    """The room's own entry may be older or emptier than the alert's evidence: the page said that the
    operator was unknown and gave its credit code."""
    one = evening.alert(room=("禾播", "5"))
    one.evidence.facts = [
        Room(
            id="r1", platform="禾播", room="5", at=NOW - 9_000, host="小禾", host_kind="influencer",
            operator=Party(name="禾香茶业有限公司", uscc="91440101MA5CXXXX01", phone="0571-88001234"),
        ),
        # Later the platform shows the seller alone: that says nothing of the operator.
        Room(id="r2", platform="禾播", room="5", at=NOW - 5_000, seller=Party(name="陈记", uscc="")),
    ]  # fmt: skip
    evening.fill(store, [one])
    words = section(await page_of(client, one.id), "party")
    for line in (
        "经营者 禾香茶业有限公司", "统一社会信用代码 91440101MA5CXXXX01", "地址 未知", "电话 0571-88001234",
        "许可 未知", "销售者 陈记", "统一社会信用代码 未公示", "主播 小禾", "主播类型 达人",
    ):  # fmt: skip
        assert line in words
    english = section(await page_of(client, one.id, "?lang=en"), "party")
    assert "Credit code not shown" in english
    assert "Address unknown" in english


@pytest.mark.slow
async def test_what_was_seen_to_be_absent_is_not_unknown(client: Desk, store: Store) -> None:
    """An alert that says that nothing of the operator was shown said "unknown" of it beside that, and
    "room details changed" where it was seen."""
    looks = [
        Room(
            id="r1", platform="禾播", room="5", at=NOW - 9_000, absent=["operator"], ai_label=False,
        ),
        Room(
            id="r2", platform="禾播", room="5", at=NOW - 5_000, seller=Party(name="陈记"),
            absent=["seller.licence"], host_kind="ai",
        ),
    ]  # fmt: skip
    one = evening.alert("operator-undisclosed", room=("禾播", "5"), trigger=list(looks))
    evening.fill(store, [one])
    page = await page_of(client, one.id)
    words = section(page, "party")
    for line in ("经营者 未公示", "电话 未公示", "销售者 陈记", "许可 未公示", "主播 未知"):
        assert line in words
    seen = section(page, "context")
    for line in ("经营者 未公示", "未见人工智能标识", "销售者 陈记", "许可 未公示"):
        assert line in seen


@pytest.mark.slow
async def test_alerts_of_one_matter_know_of_each_other_on_both_pages(
    client: Desk, store: Store
) -> None:
    """What rooms show together names their alerts; theirs, which were raised before, name it as well, on
    the page and for programs."""
    one = evening.alert("medical-claim")
    across = evening.alert("shared-script", room=("", ""), session="")
    across.related = [Related(id=one.id, why="utterance")]
    evening.fill(store, [one, across])
    assert f'href="/alerts/{one.id}"' in await page_of(client, across.id)
    page = await page_of(client, one.id)
    assert f'href="/alerts/{across.id}"' in page
    assert "同一段话" in section(page, "related")
    answer = await client.get(f"/api/v1/alerts/{one.id}")
    assert (await answer.json())["related"] == [{"id": across.id, "why": "utterance"}]
    listed = await text(client, f"/alerts?matter={one.id}&status=any&group=none")
    assert listed.count('class="row"') == 2


@pytest.mark.slow
async def test_thresholds_are_written_with_their_units_and_digests_in_full(
    client: Desk, store: Store
) -> None:
    one = evening.alert("price-cap")
    one.engine = EngineVersions(
        livewatch="0.2.0", pack="c" * 64,
        thresholds={"cap_fen": 5_000_000, "answer_s": 15, "likeness": 0.5},
    )  # fmt: skip
    evening.fill(store, [one])
    page = await page_of(client, one.id)
    words = section(page, "rule")
    for value in ("50,000.00 元", "15 秒", "0.5"):
        assert value in words
    assert "5e+06" not in page
    assert ">" + "c" * 64 + "<" in page


@pytest.mark.slow
async def test_names_are_not_put_into_english(client: Desk, store: Store) -> None:
    """A viewer u3 was called U3, who may be somebody else."""
    one = evening.alert("complaint-intent", subject="u3/refund", subject_title="u3")
    salt = evening.alert("rumour", subject="salt", subject_title="食盐要涨价的说法")
    evening.fill(store, [one, salt])
    feed = await text(client, "/alerts?lang=en&rule=complaint-intent,rumour")
    for page in (feed, await page_of(client, one.id, "?lang=en")):
        assert ">u3<" in page
        assert "U3" not in page
    for page in (feed, await page_of(client, salt.id, "?lang=en")):
        assert "What is said of salt going up" in page


@pytest.mark.slow
async def test_a_finding_says_what_was_found_beside_its_words(client: Desk, store: Store) -> None:
    """The page gave the words alone, and three rows that were alike: what was wrong with them stood
    nowhere."""

    def found(at: int, says: str, text: str = "最后三单") -> Found:
        return Found(
            at=at, event="s1", field="text", text=text, by="pattern:fake-scarcity", level="watch",
            says=says,
        )  # fmt: skip

    one = evening.alert("fake-scarcity")
    one.findings = [
        found(NOW, "“最后三单”说了 3 次，库存未减"),
        found(NOW, "“最后三单”说了 4 次，库存未减"),
        found(NOW, "“最后三单”说了 5 次，库存未减"),
        found(NOW, "称“最后三单”后又上架"),
        found(NOW + 60_000, "倒计时结束后重新开始", text="倒计时三分钟"),
    ]
    one.story, one.findings_total = 2, 5
    evening.fill(store, [one])
    page = await page_of(client, one.id)
    (table,) = re.findall(r'<table class="found">.*?</table>', page, re.DOTALL)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", table))
    assert table.count("<tr") == 3
    assert "此处共 4 次" in words
    assert "“最后三单” “最后三单”说了 5 次，库存未减 称“最后三单”后又上架" in words
    assert "“倒计时三分钟” 倒计时结束后重新开始" in words
    assert "3 次" not in words
    assert table.index('class="observed"') < table.index("倒计时")
    assert "共 5 处，列出 5 处" in page
    assert "found 4 times here" in await page_of(client, one.id, "?lang=en")
