"""People who are bound to territories: every route as somebody who is bound elsewhere, and the store."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, get_args
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from detectors.alerts import Evidence, Related, Sighting
from detectors.events import Party, Room
from monitor.access.permissions import ROUTES, About, Route
from monitor.config import Config
from monitor.notify.settings import Notify, WebhookChannel
from monitor.notify.settings import Route as Told
from monitor.store import tables
from monitor.store.rows import AlertFilter, Outcome, RoomRow
from monitor.store.scope import EVERYWHERE, Scope
from monitor.store.scoped import ScopedStore
from monitor.store.store import Store
from monitor.store.territories import fill
from tests.monitor.access.browser import Answer, Browser, Running
from tests.monitor.access.conftest import running
from tests.monitor.access.test_openapi import FORM
from tests.monitor.build import BASE_MS, alert, line, speech
from tests.patience import PATIENCE_S

PHRASE = "a phrase of somebody in the field"
#: Of 西湖区 in 杭州, of 静安区 in 上海, and what shows no code.
CODES = {"west": "91330106MA2B2JNT0L", "east": "91310106MA1FY5GN9U", "nowhere": None}
#: What stands in pages and answers about each.
SIGNS = {
    "west": ("西湖茶行", "room-west"),
    "east": ("静安茶行", "room-east"),
    "nowhere": ("无名茶行", "room-nowhere"),
}


def behind(name: str, id_: str = "r", room: str = "1") -> Evidence:
    party = Party(name=SIGNS[name][0], uscc=CODES[name])
    return Evidence(
        facts=[Room(id=id_, platform="demo", room=room, at=BASE_MS, operator=party)],
        trigger=alert().evidence.trigger,
    )


# The store


SCOPES = [
    EVERYWHERE,
    Scope((("33",),)),
    Scope((("3301", "3101"),)),
    Scope((("330106",), ("31", "33"))),
    Scope((("33",), ("31",))),
    Scope((("unknown",),)),
    Scope((("unknown", "310106"),)),
    Scope((("3302",),)),
    # The same digits elsewhere in a code are another division.
    Scope((("30",),)),
    Scope((("06",),)),
]


@pytest.mark.slow
def test_lists_counts_and_changes_are_those_of_the_territories(store: Store) -> None:
    names = ["west", "east", "nowhere"]
    rows = [
        RoomRow(platform="demo", room=SIGNS[name][1], title=name, last_arrival_ms=BASE_MS, session="s",
                territories=" ".join(filter(None, [(CODES[name] or "")[2:8]])))
        for name in names
    ]  # fmt: skip
    raised = [alert(name, room=SIGNS[name][1], evidence=behind(name)) for name in names]
    # Of both: its rooms lie in two territories.
    both = [
        Sighting(platform="demo", room=SIGNS[name][1], at=BASE_MS, event="e", alert=one.id,
                 operator=Party(uscc=CODES[name]))
        for name, one in zip(names, raised, strict=True)
    ]  # fmt: skip
    across = alert(
        "both", room="", evidence=Evidence(trigger=raised[0].evidence.trigger, rooms=both)
    )
    # What names no party itself is where its room is.
    bare = alert("bare", room=SIGNS["east"][1])
    store.commit(Outcome(rooms=rows), BASE_MS)
    store.commit(Outcome(alerts=[*raised, across, bare]), BASE_MS)
    whole = store.list_alerts(limit=50).items
    assert {row.alert.subject: row.territories for row in whole} == {
        "west": "330106", "east": "310106", "nowhere": "", "both": "310106 330106", "bare": "310106",
    }  # fmt: skip
    for scope in SCOPES:
        seen = ScopedStore(store, scope)
        ids = {row.alert.id for row in whole if scope.covers(row.territories)}
        assert {row.alert.id for row in seen.list_alerts(limit=50).items} == ids, scope
        assert {row.alert.id for row in seen.list_alerts(limit=50, order="grave").items} == ids
        assert {row.alert.id for row in seen.changes_since(0)} == ids
        assert sum(seen.counts().values()) == len(ids)
        assert seen.visible(one.alert.id for one in whole) == ids
        assert {one.alert.id for one in whole if seen.get_alert(one.alert.id)} == ids
        assert {one.alert.id for one in whole if seen.versions(one.alert.id)} == ids
        wanted = {row.room for row in rows if scope.covers(row.territories)}
        assert {room.room for room in seen.rooms()} == wanted
        assert {room.room for room in seen.room_page(9, None, False)[0]} == wanted
        assert {room.room for room in seen.named_rooms(("demo", r.room) for r in rows)} == wanted
        assert {r.room for r in rows if seen.rooms_called(r.room)} == wanted
        assert seen.count_rooms()[:2] == (len(wanted), len(wanted))
        for by_room in (True, False):
            page = seen.overview(AlertFilter(), 50, by_room=by_room)
            listed = [x for one in page.sections for each in one.entries for x in each.rows]
            assert {x.alert.id for x in listed} == ids
            assert sum(page.counts.values()) == len(ids)
        place = ("demo", SIGNS["west"][1])
        sums = seen.sums_of_rooms(AlertFilter(), [place])
        assert bool(sums) == (raised[0].id in ids)
        assert bool(seen.room_hits(AlertFilter(), [place]).get(place)) == (raised[0].id in ids)
    # A later version that shows nobody is where the alert was.
    store.commit(Outcome(alerts=[alert("west", room=SIGNS["west"][1], hits=2, t_s=9)]), BASE_MS)
    again = store.get_alert(raised[0].id)
    assert again is not None
    assert again.territories == "330106"


def test_an_alert_is_placed_when_its_room_comes_to_be_known(store: Store) -> None:
    def commit(codes: str, **more: Any) -> list[str | None]:
        row = RoomRow(platform="demo", room="1", last_arrival_ms=1, territories=codes)
        store.commit(Outcome(rooms=[row], **more), BASE_MS)
        return [row.territories for row in store.list_alerts().items]

    elsewhere = alert("other", room="2")
    assert commit("", alerts=[alert("bare"), elsewhere]) == ["", ""]
    assert commit("330106") == ["", "330106"]
    # In one batch with its room; and what has a place keeps it.
    named = alert("named", evidence=behind("east"))
    assert commit("440100", alerts=[named, alert("late")])[:2] == ["440100", "310106"]
    assert commit("") == ["440100", "310106", "", "330106"]


def test_rows_of_an_older_version_are_shown_to_nobody_who_is_bound_until_they_are_looked_at(
    store: Store,
) -> None:
    store.commit(
        Outcome(
            rooms=[RoomRow(platform="demo", room="1", last_arrival_ms=1)],
            alerts=[alert("west", evidence=behind("west")), alert("nobody")],
        ),
        BASE_MS,
    )

    def forget(connection: sa.Connection) -> None:
        connection.execute(sa.update(tables.alerts).values(territories=None))

    store.database.write(forget)
    bound, unknown = Scope((("3301",),)), Scope((("unknown",),))
    for scope in (bound, unknown):
        assert ScopedStore(store, scope).list_alerts().items == []
        assert ScopedStore(store, scope).rooms() == []
    assert len(store.list_alerts().items) == 2
    assert fill(store.database) == 2
    assert fill(store.database) == 0
    [row] = ScopedStore(store, bound).list_alerts().items
    assert row.alert.subject == "west"
    assert [row.alert.subject for row in ScopedStore(store, unknown).list_alerts().items] == [
        "nobody"
    ]
    assert [room.room for room in ScopedStore(store, bound).rooms()] == ["1"]


# The desk


class Office:
    """A desk with alerts in three places, and people who are bound to some."""

    def __init__(self, desk: Running) -> None:
        self.desk = desk
        self.access = desk.access
        self.access.add("boss", "admin", PHRASE, by="tests")
        self.access.add("all", "enforcement", PHRASE, by="tests")
        self.access.add("asker", "analyst", PHRASE, by="tests")
        for name, code in (("west", "330100"), ("east", "3101"), ("nowhere", "unknown")):
            self.access.add(name, "enforcement", PHRASE, by="tests", territories=[code])
        lines = []
        for name, (shop, room) in SIGNS.items():
            party = {"name": shop} | ({"uscc": CODES[name]} if CODES[name] else {})
            lines.append(line("room", f"r-{name}", room=room, operator=party))
            lines.append(speech(f"s-{name}", 1, room=room))
        desk.send(b"\n".join(lines), alerts=len(SIGNS))
        store = desk.runtime.store
        self.alerts = {
            name: row.alert.id
            for row in store.list_alerts().items
            for name, signs in SIGNS.items()
            if signs[1] == row.alert.room
        }
        # One of the west that names one of the east, and one over rooms of both.
        related = [Related(id=self.alerts["east"], why="product")]
        rooms = [
            Sighting(platform="demo", room="r", at=BASE_MS, event="e", alert=self.alerts[name],
                     operator=Party(uscc=CODES[name]))
            for name in ("west", "east")
        ]  # fmt: skip
        across = Evidence(trigger=alert().evidence.trigger, rooms=rooms)
        store.commit(
            Outcome(
                alerts=[
                    alert("naming", room="w2", evidence=behind("west"), related=related),
                    alert("across", room="", evidence=across),
                ]
            ),
            BASE_MS,
        )
        self.browsers = {name: self.sign_in(name) for name in ("boss", "all", "asker", *SIGNS)}
        self.captures: dict[str, str] = {}
        self.bundles: dict[str, str] = {}
        self.unmaskings: dict[str, str] = {}
        for name, one in self.alerts.items():
            self.captures[name] = self.supply(self.browsers["all"], one).json["id"]
            made = self.browsers["all"].post("/api/v1/bundles", {"alerts": [one]})
            self.bundles[name] = made.json["id"]
            asked = self.browsers["asker"].post(
                f"/api/v1/alerts/{one}/unmaskings", {"why": "x", "case": "1"}
            )
            self.unmaskings[name] = asked.json["id"]
        assert self.captures.keys() == self.bundles.keys() == SIGNS.keys()

    def sign_in(self, name: str) -> Browser:
        browser = Browser(self.desk.url)
        assert browser.sign_in(name, PHRASE).status == 303
        # As somebody at another machine: programs on this one are asked for nothing at /metrics.
        browser.headers["X-Forwarded-For"] = "192.0.2.7"
        return browser

    def supply(self, browser: Browser, one: str) -> Answer:
        return browser.ask(
            "POST", "/api/v1/captures", FORM.replace(b"ALERT", one.encode()),
            Content_Type="multipart/form-data; boundary=x", Origin=self.desk.url,
        )  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    secret = folder / "secret"
    secret.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    # Nobody listens there: the messages wait.
    channel = WebhookChannel(url="http://127.0.0.1:9/", secret_file=str(secret))
    notify = Notify(
        channels={"hook": channel}, max_age_min=10_000,
        routes=[Told(channels=["hook"], levels=("lead", "watch", "info"))],
    )  # fmt: skip
    ahead = time.time_ns() // 1_000_000 - BASE_MS - 60_000
    config = Config(notify=notify)
    with running(
        folder / "data", config, clock=lambda: time.time_ns() // 1_000_000 - ahead
    ) as desk:
        yield Office(desk)


def text_of(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")


def tells_of(office: Office, text: str, name: str) -> list[str]:
    """What a text has of somebody's alerts and rooms."""
    ids = (office.alerts, office.captures, office.bundles, office.unmaskings)
    signs = [*SIGNS[name], *(some[name] for some in ids)]
    return [sign for sign in signs if sign in text]


def path_of(office: Office, route: Route, name: str) -> str:
    path = route.path
    for part, value in {
        "{id}": office.alerts[name], "{bundle}": office.bundles[name],
        "{capture}": office.captures[name], "{unmasking}": office.unmaskings[name],
        "{name}": "mark.svg" if "static" in path else "all", "{edition}": "abc",
    }.items():  # fmt: skip
        path = path.replace(part, value)
    return path


def ask(office: Office, browser: Browser, route: Route, name: str) -> Answer:
    """A request about somebody's alert, with all that it needs but perhaps the territory."""
    path = path_of(office, route, name)
    if path.endswith("/stream"):
        # It goes on for as long as somebody reads: what comes at once.
        connection, response = browser.open("GET", f"{path}?last=0")
        answer = Answer.__new__(Answer)
        answer.status, answer.headers, answer.body = response.status, response.headers, b""
        while b"event: hello" not in answer.body and (some := response.read1(65_536)):
            answer.body += some
        connection.close()
        return answer
    if route.path == "/alerts/fresh":
        path += "?seq=0&number=0&status=any"
    if route.path in ("/alerts", "/api/v1/alerts"):
        path += "?status=any" if route.path == "/alerts" else "?limit=500"
    if route.method == "GET":
        return browser.get(f"{path}?alert={office.alerts[name]}" if "captures" in path else path)
    if route.path == "/api/v1/captures":
        return office.supply(browser, office.alerts[name])
    if route.path == "/api/v1/bundles/check":
        return browser.ask("POST", path, b"no zip", Content_Type="application/zip")
    if route.program:
        body: dict[str, Any] = {}
        if route.path == "/api/v1/bundles":
            body = {"alerts": [office.alerts[name]]}
        elif route.path.startswith("/api/v1/bundles/") and route.path.endswith("/approve"):
            body = {"who": "x"}
        elif route.path.endswith("/close"):
            body = {"reason": "minor"}
        return browser.post(path, body)
    fields = {
        "/alerts/handle": {"id": office.alerts[name], "to": "acknowledged"},
        "/alerts/{id}": {"to": "acknowledged"},
    }.get(route.path, {})
    return browser.form("/account", path, fields)


def walked(office: Office, route: Route) -> None:
    """Fails where somebody who is bound to the west hears of the east by a route."""
    west, everyone = office.browsers["west"], office.browsers["all"]
    match route.about:
        case "nothing":
            if route.method == "GET" and "static" not in route.path:
                assert not tells_of(office, text_of(ask(office, west, route, "east")), "east")
        case "within":
            answer = ask(office, west, route, "east")
            if answer.status == 200:
                for other in ("east", "nowhere"):
                    assert not tells_of(office, text_of(answer), other)
            if route.path in ("/alerts", "/alerts/fresh", "/api/v1/alerts", "/api/v1/rooms",
                              "/api/v1/alerts/stream", "/api/v1/notifications", "/notifications", "/unmaskings", "/api/v1/unmaskings"):  # fmt: skip
                # It does tell of his own; and of the other to whoever is bound to nothing.
                assert tells_of(office, text_of(answer), "west")
                assert tells_of(office, text_of(ask(office, everyone, route, "east")), "east")
        case "alert" | "bundle" | "capture" | "unmasking":
            for other in ("east", "nowhere"):
                answer = ask(office, west, route, other)
                assert answer.status == 404, (route, answer.status)
                text = text_of(answer)
                for asked in (office.alerts, office.bundles, office.captures, office.unmaskings):
                    text = text.replace(asked[other], "")
                assert not tells_of(office, text, other)
            # The same of a name that is none: that there is one elsewhere is not told either.
            nothing = ask(office, west, route, "east")
            kept, office.alerts["east"] = office.alerts["east"], "0" * len(office.alerts["east"])
            assert ask(office, west, route, "east").status == nothing.status
            office.alerts["east"] = kept
            if route.method == "GET":
                own = ask(office, west, route, "west").status
                assert own == ask(office, everyone, route, "west").status
        case "named":
            before = office.desk.runtime.store.get_alert(office.alerts["east"])
            answer = ask(office, west, route, "east")
            assert answer.status in (303, 404), route
            assert office.desk.runtime.store.get_alert(office.alerts["east"]) == before
            assert ask(office, west, route, "west").status in (200, 202, 303)
        case "whole":
            assert ask(office, west, route, "east").status in (200, 403)
            if route.method == "GET":
                assert not tells_of(office, text_of(ask(office, west, route, "east")), "east")
        case "sender":
            pass


@pytest.mark.parametrize("about", get_args(About))
@pytest.mark.slow
def test_every_route_tells_somebody_of_his_territories_alone(office: Office, about: About) -> None:
    routes = [one for one in ROUTES.values() if one.about == about and one.path != "/sign-out"]
    assert routes
    # What changes something comes last, and a capture before the alert that it is of is closed.
    for route in sorted(routes, key=lambda one: (one.method, one.path)):
        walked(office, route)


@pytest.mark.slow
def test_who_is_bound_gets_no_figures_of_the_whole_office(office: Office) -> None:
    west, everyone = office.browsers["west"], office.browsers["all"]
    assert west.get("/metrics").status == 403
    assert everyone.get("/metrics").status == 200
    assert west.get("/healthz").json.keys() == {"status"}
    assert len(everyone.get("/healthz").json) > 1
    told = west.get("/api/v1/notifications").json
    assert (
        0
        < told["channels"][0]["waiting"]
        < len(everyone.get("/api/v1/notifications").json["items"])
    )
    # By the names of others, and in words that only they have.
    for words in ("静安", "310106", "room-east", office.alerts["east"]):
        query = urlencode({"text": words})
        found = west.get(f"/api/v1/alerts?{query}").json["items"]
        # The one over rooms of both is his, too, and has the other's code.
        assert {one["subject"] for one in found} <= {"across"}
        assert everyone.get(f"/api/v1/alerts?{query}").json["items"] != []
    assert west.get("/api/v1/alerts?room=room-east").json["items"] == []


@pytest.mark.slow
def test_other_alerts_are_not_named_where_they_are_not_there(office: Office) -> None:
    def named(who: str, subject: str) -> list[str]:
        found = office.browsers[who].get("/api/v1/alerts?limit=50").json["items"]
        [one] = [each for each in found if each["subject"] == subject]
        whole = office.browsers[who].get(f"/api/v1/alerts/{one['id']}").json
        assert (whole["related"], whole["evidence"]) == (one["related"], one["evidence"])
        return [each["id"] for each in one["related"]] + [
            each["alert"] for each in one["evidence"].get("rooms", []) if each.get("alert")
        ]

    east, west = office.alerts["east"], office.alerts["west"]
    assert named("all", "naming") == [east]
    assert named("west", "naming") == []
    assert named("all", "across") == [west, east]
    assert (named("west", "across"), named("east", "across")) == ([west], [east])
    # A bundle of both is whole, so it is for nobody who is bound to one.
    pair = {"alerts": [west, east]}
    assert office.browsers["west"].post("/api/v1/bundles", pair).status == 404
    made = office.browsers["all"].post("/api/v1/bundles", pair).json["id"]
    assert office.browsers["west"].get(f"/api/v1/bundles/{made}").status == 404
    assert made not in office.browsers["west"].get(f"/alerts/{west}").text
    assert made in office.browsers["all"].get(f"/alerts/{west}").text


@pytest.mark.slow
def test_what_has_no_known_territory_is_for_whoever_is_bound_to_nothing_or_to_that(
    office: Office,
) -> None:
    for who, count in (("all", 1), ("nowhere", 1), ("west", 0), ("east", 0)):
        found = office.browsers[who].get("/api/v1/alerts?room=room-nowhere").json["items"]
        assert len(found) == count, who
    found = office.browsers["nowhere"].get("/api/v1/alerts").json["items"]
    assert {one["room"] for one in found} == {"room-nowhere"}


@pytest.mark.slow
def test_a_token_sees_what_both_it_and_its_person_are_bound_to(office: Office) -> None:
    def seen(person: str, *territories: str) -> set[str]:
        text, _ = office.access.make_token(
            person, "t", ["read"], 1, by="tests", territories=territories
        )
        bearer = {"Authorization": f"Bearer {text}"}
        assert Browser(office.desk.url).get("/api/v1/session", **bearer).status == 200
        found = Browser(office.desk.url).get("/api/v1/rooms", **bearer).json["items"]
        return {one["room"] for one in found}

    assert seen("all") >= {"room-west", "room-east", "room-nowhere"}
    assert seen("all", "33") == {"room-west"}
    assert seen("west") == {"room-west"}
    assert seen("west", "330106", "3101") == {"room-west"}
    assert seen("west", "3101") == set()


def ends_with(headers: dict[str, str], browser: Browser, change: Callable[[], object]) -> bool:  # fmt: skip
    """Does an open stream end with a change, and not before?"""
    connection, response = browser.open("GET", "/api/v1/alerts/stream?last=0", **headers)
    ended = threading.Event()

    def read() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            while response.read1(65_536):
                pass
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    early = ended.wait(0.5)
    change()
    late = ended.wait(PATIENCE_S)
    with contextlib.suppress(OSError):
        connection.sock.shutdown(socket.SHUT_RDWR)
    thread.join()
    connection.close()
    return late and not early


def with_token(office: Office, name: str) -> dict[str, str]:
    text, _ = office.access.make_token(name, "t", ["read"], 1, by="tests")
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.slow
def test_who_is_bound_anew_hears_of_the_old_place_no_more(office: Office) -> None:
    for how in ("session", "token"):
        name = f"moving {how}"
        office.access.add(name, "analyst", PHRASE, by="tests", territories=["33"])
        browser = Browser(office.desk.url)
        headers = with_token(office, name) if how == "token" else {}
        if how == "session":
            browser.sign_in(name, PHRASE)
        moved = partial(office.access.change_territories, name, ["3101"], by="boss")
        assert ends_with(headers, browser, moved), how
        if how == "token":
            found = Browser(office.desk.url).get("/api/v1/rooms", **headers).json["items"]
            assert {one["room"] for one in found} == {"room-east"}
    [last] = [one for one in office.access.journal(9) if one.act == "territories-changed"][:1]
    assert (last.person, last.by_whom, last.detail) == ("moving token", "boss", "territories 3101")


@pytest.mark.slow
def test_a_token_whose_person_has_another_role_hears_no_more_under_the_old_one(
    office: Office,
) -> None:
    """Who saw accounts must not go on seeing them by a stream that is open."""
    office.access.add("lowered", "enforcement", PHRASE, by="tests")
    headers = with_token(office, "lowered")
    lowered = partial(office.access.change_role, "lowered", "viewer", by="boss")
    assert ends_with(headers, Browser(office.desk.url), lowered)


def refused(work: Callable[[], object]) -> str:
    from monitor.access.users import UserRefused

    with pytest.raises(UserRefused) as error:
        work()
    return error.value.why


@pytest.mark.slow
def test_people_are_bound_by_codes_and_by_the_page(office: Office) -> None:
    access = office.access
    for wrong in ("杭州", "3", "33011", "3301061", "00", "33 01", "*", "３３"):
        add = partial(access.add, "x", "viewer", None, by="t", territories=[wrong])
        assert refused(add) == "territory"
    assert refused(lambda: access.add("x", "admin", None, by="t", territories=["33"])) == "whole"
    made = access.add("field", "viewer", None, by="t", territories=["330000", "310106", "33"])
    assert made.territories == "310106 33"
    # Rights over people are for nobody who is bound.
    assert refused(lambda: access.change_role("field", "admin", by="t")) == "whole"
    boss = office.browsers["boss"]
    sent = boss.form("/users", "/users/field", {"act": "territories", "territories": "3302 3303"})
    assert sent.status == 303
    assert access.find("field").territories == "3302 3303"
    wrong = boss.form("/users", "/users/field", {"act": "territories", "territories": "宁波"})
    assert wrong.status == 422
    assert "行政区划" in wrong.text
    [person] = [one for one in boss.get("/api/v1/users").json["items"] if one["name"] == "field"]
    assert person["territories"] == ["3302", "3303"]
    page = office.browsers["west"].get("/account").text
    assert "属地 3301" in page


@pytest.mark.slow
def test_a_matter_is_named_by_an_alert_that_is_there(office: Office) -> None:
    began = office.alerts["east"]
    # More than stand in a row: the others are asked for by the matter.
    related = [Related(id=began, why="product")]
    several = [
        alert(f"part {n}", room="w3", evidence=behind("west"), related=related) for n in range(25)
    ]
    office.desk.runtime.store.commit(Outcome(alerts=several), BASE_MS)
    for group in ("room", "none"):
        page = f"/alerts?status=any&group={group}&fold=product"
        assert f"product_matter={began}" in office.browsers["all"].get(page).text
        text = office.browsers["west"].get(page).text
        assert began not in text
        found = set(re.findall(r"product_matter=([0-9a-z]+)", text))
        assert found
        for name in found:
            assert office.browsers["west"].get(f"/api/v1/alerts/{name}").status == 200
            answer = (
                office.browsers["west"].get(f"/api/v1/alerts?product_matter={name}&limit=50").json
            )
            assert {one.id for one in several} <= {one["id"] for one in answer["items"]}
    # The parts that a page asks for have the same names.
    fresh = office.browsers["west"].get("/alerts/fresh?seq=0&number=9999&status=any&fold=product")
    assert began not in fresh.text
    assert found <= {one["matter"] for one in fresh.json["matters"]}
