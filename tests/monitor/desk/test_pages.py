"""Pages as the server writes them: states of the feed, errors, and what no page may contain."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from detectors.alerts import Related
from monitor.desk import assets
from monitor.desk.page import TEMPLATES
from monitor.store.rows import AlertFilter, Outcome
from monitor.store.store import Store
from tests.monitor.desk import evening
from tests.monitor.desk.evening import NOW

Desk = TestClient[web.Request, web.Application]


async def text(client: Desk, path: str, status: int = 200) -> str:
    answer = await client.get(path)
    assert answer.status == status
    return await answer.text()


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_sum_of_the_groups_is_the_list(client: Desk, store: Store) -> None:
    evening.fill(store)
    page = await text(client, "/alerts")
    assert page.count('class="row"') == 7 == page.count('data-part="when"')
    assert page.count('class="group"') == 3
    # What the room's header says is not said again in its rows.
    assert page.count("青禾县陈记茶业有限公司") == 1


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_second_page_goes_on_where_the_first_ended(client: Desk, store: Store) -> None:
    evening.fill(store, [evening.alert(f"rule-{number}", at=NOW - number) for number in range(60)])
    first = await text(client, "/alerts?group=none")
    assert "第 1–50 条，共 60 条" in first
    (address,) = re.findall(r'<a href="([^"]+)" rel="next"', first)
    second = await text(client, address.replace("&amp;", "&"))
    assert "第 51–60 条，共 60 条" in second
    ids = [set(re.findall(r'data-id="(\w+)"', page)) for page in (first, second)]
    assert len(ids[0] | ids[1]) == 60


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_room_is_not_divided_and_says_how_many_more_it_has(
    client: Desk, store: Store
) -> None:
    """Its header is of all its alerts: a page that cut it said 3 leads and showed one."""
    several = [
        evening.alert(f"rule-{number}", at=NOW - number, hits=2, room=room)
        for room in (evening.TEA, evening.CREAM, evening.JADE)
        for number in range(25)
    ]
    evening.fill(store, several)
    first = await text(client, "/alerts")
    assert "第 1–3 组，共 3 组、75 条" in first
    assert first.count('class="row"') == 60
    heads = re.findall(r'<summary class="grouphead">.*?</summary>', first, re.DOTALL)
    assert all("</span> 25</span>" in head and "<b>50</b>" in head for head in heads)
    (rest, *_) = re.findall(r'<p class="more"><a href="([^"]+)">此直播间另有 5 条', first)
    every = await text(client, rest.replace("&amp;", "&"))
    assert every.count('class="row"') == 25


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_way_of_looking_stays_when_the_filter_changes(client: Desk, store: Store) -> None:
    evening.fill(store)
    page = await text(client, "/alerts?group=none&sort=latest&fold=matter&rows=one")
    look = "group=none&amp;sort=latest&amp;fold=matter&amp;rows=one"
    assert f'href="/alerts?status=any&amp;{look}"' in page  # the chip is taken off
    for name, value in (("group", "none"), ("sort", "latest"), ("fold", "matter"), ("rows", "one")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert 'href="/api/v1/alerts?status=new,acknowledged&amp;sort=latest"' in page


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_matter_is_one_row_that_says_what_all_of_it_comes_to(
    client: Desk, store: Store
) -> None:
    one = evening.alert("medical-claim", hits=3)
    other = evening.alert("health-food-claim", level="watch", hits=4)
    other.related = [Related(id=one.id, why="utterance")]
    goods = evening.alert("absolute-term", level="info", hits=5)
    goods.related = [Related(id=one.id, why="product")]
    evening.fill(store, [one, other, goods])
    for fold, total, hits in (("matter", 2, 7), ("product", 3, 12)):
        for group in ("room", "none"):
            page = await text(client, f"/alerts?fold={fold}&group={group}")
            (strip,) = re.findall(r'<summary class="strip">.*?</summary>', page, re.DOTALL)
            assert f"同一事项共 {total} 条" in strip
            assert f"<b>{hits}</b>" in strip
            assert page.count('class="row"') == 3
            folded = page.partition(strip)[2].partition("</details>")[0]
            assert folded.count('class="row"') == total - 1
            assert one.id not in folded
    await text(client, f"/alerts?matter={one.id}")
    both = await (await client.get(f"/api/v1/alerts?matter={one.id}&sort=grave")).json()
    assert [item["id"] for item in both["items"]] == [one.id, other.id]
    # What changes while it is folded: the server says what the matter comes to now.
    seq = store.seq
    again = evening.alert("health-food-claim", level="watch", hits=9)
    again.related = other.related
    store.commit(Outcome(alerts=[again]), NOW)
    told = await (await client.get(f"/alerts/fresh?fold=matter&seq={seq}&number=9")).json()
    assert "<b>17</b>" in told["groups"][0]["html"]
    assert [(entry["matter"], "<b>12</b>" in entry["html"]) for entry in told["matters"]] == [
        (one.id, True)
    ]


@pytest.mark.slow
@pytest.mark.asyncio
async def test_complaints_have_a_feed_of_their_own(client: Desk, store: Store) -> None:
    complaint = evening.alert("complaint-intent", level="info", subject="u1/refund", focus="F7")
    evening.fill(store, [evening.alert(), complaint])
    alerts = await text(client, "/alerts?status=any")
    assert alerts.count('class="row"') == 1
    assert f'data-id="{complaint.id}"' not in alerts
    assert re.search(
        r'href="/alerts\?rule=complaint-intent">观众诉求 <span class="number" data-number="complaints">1<',
        alerts,
    )
    entries = await text(client, "/alerts?rule=complaint-intent")
    assert re.findall(r'data-id="(\w+)"', entries) == [complaint.id]
    assert re.search(r'rule=complaint-intent" aria-current="page"', entries)
    assert "<h1>观众诉求</h1>" in entries
    # What is turned around shows neither what is named nor what stands beside.
    assert 'class="row"' not in await text(client, "/alerts?not_rule=medical-claim")
    everything = await (await client.get("/api/v1/alerts")).json()
    assert len(everything["items"]) == 2


@pytest.mark.slow
@pytest.mark.asyncio
async def test_an_empty_list_says_why(client: Desk, store: Store) -> None:
    assert "还没有事件流入" in await text(client, "/alerts")
    evening.fill(store, [evening.alert()])
    assert "级别条件“提示”排除了 1 条" in await text(client, "/alerts?level=info")
    # Quotation marks are put once, and those that are searched for stand within them.
    assert "检索条件“他说‘好’”排除了 1 条" in await text(client, "/alerts?text=他说“好”")
    assert "规则条件“不是 普通商品涉疾病治疗”排除了 1 条" in await text(
        client, "/alerts?not_rule=medical-claim"
    )
    english = await text(client, "/alerts?text=没有&lang=en")
    assert "Search “没有” excludes 1 alert." in english
    await text(client, "/alerts?lang=zh")
    store.transition(evening.alert().id, "closed", "何敏", NOW, "duplicate")
    assert "没有待处理的告警" in await text(client, "/alerts")
    assert store.counts(AlertFilter(status=["closed"]))["lead"] == 1


@pytest.mark.slow
@pytest.mark.asyncio
async def test_an_empty_search_says_what_lies_under_complaints(client: Desk, store: Store) -> None:
    complaint = evening.alert("complaint-intent", level="info", subject="u1/refund", focus="F7")
    evening.fill(store, [evening.alert(), complaint])
    page = await text(client, "/alerts?focus=F7&status=any")
    assert "没有符合条件的告警" in page
    assert "“观众诉求”中有 1 条符合条件" in page
    [address] = re.findall(r'href="([^"]*)">查看观众诉求', page)
    assert complaint.id in await text(client, html.unescape(address))
    assert "holds 1 entry that meets" in await text(client, "/alerts?focus=F7&lang=en")
    assert "观众诉求”中" not in await text(client, "/alerts?focus=F8")
    assert "观众诉求”中" not in await text(client, "/alerts?focus=F7&rule=rumour")


@pytest.mark.slow
@pytest.mark.asyncio
async def test_an_operator_that_is_absent_is_not_one_that_is_unknown(
    client: Desk, store: Store
) -> None:
    room = evening.ROOMS[2]
    evening.fill(store, [evening.alert(room=evening.JADE)], [room])
    assert "经营者未公示" in await text(client, "/alerts")
    unknown = type(room)(platform=room.platform, room=room.room, last_arrival_ms=NOW)
    evening.fill(store, [], [unknown])
    assert "经营者未知" in await text(client, "/alerts")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "没有这个页面"),
        ("/alerts/none", 404, "没有这条告警"),
        ("/alerts?level=grave", 400, "筛选条件无法读取"),
        ("/alerts?cursor=x", 400, "页码无法读取"),
        ("/static/000/../routes.py", 404, "没有这个页面"),
    ],
)
async def test_errors_have_the_tone_of_the_house(
    client: Desk, path: str, status: int, words: str
) -> None:
    page = await text(client, path, status)
    assert words in page
    assert "未受影响" in page


@pytest.mark.asyncio
async def test_a_failing_store_still_gives_a_page(
    client: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk gone")

    for name in ("list_alerts", "rooms", "counts"):
        monkeypatch.setattr(store, name, fail)
    page = await text(client, "/alerts", 500)
    assert "页面没有生成" in page
    assert "disk gone" not in page


@pytest.mark.asyncio
async def test_quiet_rooms_on_the_air_turn_the_watch_to_a_warning(
    client: Desk, store: Store
) -> None:
    room = evening.ROOMS[0]
    late = type(room)(
        platform=room.platform, room=room.room, session="s", last_arrival_ms=NOW - 61_000
    )
    evening.fill(store, [], [late])
    assert 'class="warn"' in (await (await client.get("/watch")).json())["html"]


@pytest.mark.asyncio
async def test_static_files_are_kept_by_their_content(client: Desk) -> None:
    answer = await client.get(assets.address("tokens.css"))
    assert "immutable" in answer.headers["Cache-Control"]
    old = await client.get("/static/0123456789ab/tokens.css")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")


# Sources

FILES = sorted(
    [*TEMPLATES.rglob("*.html"), *assets.STATIC.rglob("*.css"), *assets.STATIC.rglob("*.js")]
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_source_asks_another_host_or_opens_a_hole(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}/", source, re.IGNORECASE)
    if path.suffix == ".html":
        assert not re.search(
            r"\|\s*safe\b|autoescape false|\sstyle=|\son[a-z]+=|javascript:", source
        )
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style", source)
    if path.suffix == ".js":
        # One door for markup, see html.js.
        sinks = re.findall(
            r"insertAdjacentHTML|outerHTML\s*=|\.innerHTML\s*=(?!=)|document\.write|eval\(|new Function",
            source,
        )
        assert sinks == ([".innerHTML ="] if path.name == "html.js" else [])


def test_dark_names_every_colour_of_light() -> None:
    names = [
        set(re.findall(r"(--[a-z0-9-]+): #", (assets.STATIC / name).read_text(encoding="utf-8")))
        for name in ("tokens.css", "dark.css")
    ]
    assert names[0] == names[1]


def test_colours_stand_in_the_tokens_alone() -> None:
    for path in assets.STATIC.glob("*.css"):
        if path.name not in ("tokens.css", "dark.css", "print.css"):
            assert not re.search(r"#[0-9A-Fa-f]{3,6}\b", path.read_text(encoding="utf-8")), (
                path.name
            )


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.glob("*.html")), ids=lambda template: template.stem
)
def test_what_a_page_stands_in_has_a_style_on_that_page(template: Path) -> None:
    """The session's page stood at the very edge of the window: its wrapper was another page's."""
    source = template.read_text(encoding="utf-8")
    wrapper = re.search(r"{% block main %}.*?<(?:div|article) class=\"([\w-]+)", source, re.DOTALL)
    if wrapper is None:
        return
    sheets = ["base.css", "parts.css", *re.findall(r"asset\('([\w-]+\.css)'\)", source)]
    styles = "".join((assets.STATIC / name).read_text(encoding="utf-8") for name in sheets)
    assert re.search(rf"\.{wrapper[1]}\b", styles), wrapper[1]
