"""A closed alert that is hit again: counted, marked, opened again by the office's own rule; matters."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from detectors.alerts import Alert, Evidence, Found, Related
from detectors.events import Party, Product, Room
from monitor.errors import BadCursor
from monitor.store.rows import AlertFilter, Outcome, Reopening
from monitor.store.store import Store
from tests.monitor.build import BASE_MS, alert


def told(hits: int, **fields: object) -> Alert:
    """A version with the finding that tells it."""
    found = Found(at=BASE_MS, event="c1", by="fact:x", level="info", says="喊")
    return alert(hits=hits, t_s=hits, findings=[found], findings_total=hits, **fields)


def write(store: Store, *versions: Alert) -> None:
    store.commit(Outcome(alerts=list(versions)), now=BASE_MS)


def closed(store: Store, one: Alert) -> None:
    write(store, one)
    store.transition(one.id, "closed", "何敏", BASE_MS, "minor")


def status(store: Store, one: Alert) -> tuple[str, int]:
    row = store.get_alert(one.id)
    assert row is not None
    return row.status, row.again


@pytest.mark.slow
def test_hits_after_the_closing_are_kept_counted_and_marked(store: Store) -> None:
    closed(store, told(2))
    write(store, told(5))
    write(store, told(9))
    assert status(store, told(1)) == ("closed", 7)
    versions = store.versions(told(1).id)
    assert [(one.version, one.changed, one.hits) for one in versions] == [
        (1, [], 2), (2, ["closed-and-hit-again"], 9),
    ]  # fmt: skip
    assert sum(store.counts(AlertFilter(again=True)).values()) == 1
    assert sum(store.counts(AlertFilter(again=False)).values()) == 0


def test_what_is_closed_once_more_begins_to_count_anew(store: Store) -> None:
    closed(store, told(2))
    write(store, told(5))
    store.transition(told(1).id, "new", "何敏", BASE_MS)
    closed(store, told(5))
    assert status(store, told(1)) == ("closed", 0)


def test_what_was_opened_again_by_itself_goes_on_counting_until_somebody_handles_it(
    store: Store,
) -> None:
    store.reopening = Reopening(hits=2)
    closed(store, told(2))
    write(store, told(4))
    write(store, told(7))
    assert status(store, told(1)) == ("new", 5)
    store.transition(told(1).id, "acknowledged", "何敏", BASE_MS)
    write(store, told(9))
    assert status(store, told(1)) == ("acknowledged", 0)


@pytest.mark.parametrize(
    ("rule", "version", "opens"),
    [
        (Reopening(), told(3, level="lead"), "level-raised"),
        (Reopening(level=False), told(3, level="lead"), ""),
        (Reopening(hits=3), told(4), ""),
        (Reopening(hits=3), told(5), "hit-again"),
        (Reopening(product=True), told(3), ""),
    ],
)
def test_what_opens_it_again_is_the_offices_to_say(
    store: Store, rule: Reopening, version: Alert, opens: str
) -> None:
    store.reopening = rule
    closed(store, told(2))
    write(store, version)
    assert status(store, version)[0] == ("new" if opens else "closed")
    reasons = [entry.reason for entry in store.history(version.id) if entry.who == "livewatch"]
    assert reasons == ([opens] if opens else [])


def test_another_product_opens_it_again_where_the_office_wants_that(store: Store) -> None:
    store.reopening = Reopening(product=True)

    def about(hits: int, *skus: str) -> Alert:
        cards = [
            Product(id=f"p{sku}", platform="demo", room="1", at=BASE_MS, sku=sku) for sku in skus
        ]
        return told(hits, evidence=Evidence(trigger=[*cards]))

    closed(store, about(1, "A"))
    write(store, about(2, "A"))
    assert status(store, told(1))[0] == "closed"
    write(store, about(3, "A", "B"))
    assert status(store, told(1))[0] == "new"


def test_alerts_of_one_utterance_are_one_matter_whichever_comes_first(store: Store) -> None:
    one, two, other = told(1), alert("B"), alert("C")
    write(store, one, other)
    write(store, replace(two, related=[Related(id=one.id, why="utterance")]))
    write(store, replace(other, hits=2, related=[Related(id=one.id, why="product")]))
    rows = store.list_alerts().items
    assert {row.alert.subject: row.matter for row in rows} == {
        "A": one.id, "B": one.id, "C": other.id,
    }  # fmt: skip
    # By product, too, it is one.
    assert {row.product_matter for row in rows} == {one.id}


def test_alerts_name_those_over_several_rooms_that_name_them(store: Store) -> None:
    """What rooms show together is concluded after what each shows: the versions of a room's own alerts,
    of whatever age, do not know of it. Whoever reads them is told."""
    one, two, apart = told(1), alert("B", room="2"), alert("C", room="3")
    two.related = [Related(id="elsewhere", why="product")]
    write(store, one, two, apart)
    named = [Related(id=one.id, why="utterance"), Related(id=two.id, why="product")]
    said = Evidence(trigger=[Product(id="p", platform="demo", room="1", at=BASE_MS, sku="A")])
    over = alert("script", platform="", room="", session="", related=named, evidence=said)
    write(store, over)
    expected = {
        one.id: [Related(id=over.id, why="utterance")],
        two.id: [*two.related, Related(id=over.id, why="product")],
        apart.id: [],
        over.id: named,
    }
    rooms = store.overview(AlertFilter(), 10).sections
    for rows in (
        store.list_alerts().items,
        store.list_alerts(AlertFilter(room="2")).items,
        store.changes_since(0),
        [row for section in rooms for entry in section.entries for row in entry.rows],
    ):
        assert rows
        for row in rows:
            assert row.alert.related == expected[row.alert.id]
    for id_, related in expected.items():
        row = store.get_alert(id_)
        assert row is not None
        assert row.alert.related == related
    # What is sealed stays as it was concluded.
    assert store.versions(one.id)[-1].related == []
    # It is named once, whichever of the two says so.
    write(store, replace(one, hits=2, related=expected[one.id]))
    row = store.get_alert(one.id)
    assert row is not None
    assert row.alert.related == expected[one.id]


def test_an_alert_that_begins_anew_is_not_deaf(store: Store) -> None:
    """The room has forgotten it: it counts from one again, later than all that is known."""
    closed(store, replace(told(9), first_at=BASE_MS, last_at=BASE_MS + 9_000))
    anew = replace(told(1), first_at=BASE_MS + 60_000, last_at=BASE_MS + 60_000)
    write(store, anew)
    assert status(store, anew) == ("closed", 1)
    assert sum(store.counts(AlertFilter(again=True)).values()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "禾香旗舰店",
        "小禾",
        "禾香茶业",
        "91440101ma5cxxxx01",
        "河西路 8 号",
        "0571-8800",
        "jy133",
        "lowered",
    ],
)
def test_an_alert_is_found_by_whatever_is_displayed_of_its_parties(store: Store, text: str) -> None:
    place = {"platform": "demo", "room": "1", "at": BASE_MS}
    facts = [
        Product(id="p1", sku="A", shop="禾香旗舰店", **place),
        Room(
            id="r1", host="小禾", **place,
            operator=Party(
                name="禾香茶业有限公司", uscc="91440101MA5CXXXX01", address="临江市河西路 8 号",
                phone="0571-88001234", licence="食品经营许可证 JY13301060123456",
            ),
        ),
    ]  # fmt: skip
    one = replace(told(1), reason_en="The price was lowered.")
    write(store, replace(one, evidence=replace(one.evidence, facts=facts)), alert("B"))
    found = store.list_alerts(AlertFilter(text=text)).items
    assert [row.alert.id for row in found] == [one.id]


def test_an_alert_is_found_by_its_id(store: Store) -> None:
    write(store, told(1), alert("B"))
    found = store.list_alerts(AlertFilter(text=told(1).id[:12])).items
    assert [row.alert.id for row in found] == [told(1).id]


def test_the_gravest_come_first_page_by_page(store: Store) -> None:
    levels = ("info", "watch", "lead")
    write(store, *(alert(f"S{n}", t_s=n, level=levels[n % 3]) for n in range(9)))
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    while True:
        page = store.list_alerts(None, 4, cursor, "grave")
        seen += [(row.alert.level, row.alert.last_at) for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    order = {"lead": 2, "watch": 1, "info": 0}
    assert len(seen) == 9
    assert seen == sorted(seen, key=lambda one: (order[one[0]], one[1]), reverse=True)
    with pytest.raises(BadCursor):
        store.list_alerts(None, 4, "1-2", "grave")
