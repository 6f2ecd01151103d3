"""Seeing accounts by case: who may ask, who may approve, for which alert and how long, and what is left."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from monitor.access.principal import Principal
from monitor.access.roles import MAY, Role
from monitor.access.service import Access
from monitor.access.settings import SignIn, Unmasking
from monitor.access.unmasking import MOST_WAITING, STATES, WAITS_MS, UnmaskRefused
from monitor.cli import app
from monitor.config import Config, Evidence, load_config
from monitor.errors import ConfigError
from monitor.evidence import custody
from monitor.store.rows import Outcome
from monitor.store.scope import EVERYWHERE
from monitor.store.store import Store
from tests.monitor.access.browser import Browser, Running
from tests.monitor.access.conftest import running
from tests.monitor.access.test_masking import ACCOUNTS, crowd_alert
from tests.monitor.access.test_openapi import FORM, held
from tests.monitor.build import BASE_MS, alert
from tests.patience import PATIENCE_S

PHRASE = "a phrase of whoever it is"
PEOPLE: dict[str, Role] = {
    "赵敏": "analyst", "钱进": "analyst", "孙悦": "enforcement", "李军": "enforcement",
    "周看": "viewer", "吴管": "admin",
}  # fmt: skip


def principal(name: str, role: Role | None = None) -> Principal:
    role = role or PEOPLE[name]
    return Principal(name=name, role=role, acts=MAY[role] - {"unmask"}, by="session")


class Clock:
    now = BASE_MS

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def office(store: Store) -> tuple[Access, Clock]:
    clock = Clock()
    access = Access(store.database, SignIn(unmasking=Unmasking(hold_min=60)), clock)
    for name, role in PEOPLE.items():
        access.add(name, role, None, by="tests")
    store.commit(Outcome(alerts=[alert("a"), alert("b")]), BASE_MS)
    return access, clock


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(UnmaskRefused) as error:
        work()
    return error.value.why


@pytest.mark.slow
def test_a_request_from_its_beginning_to_its_end(
    office: tuple[Access, Clock], store: Store
) -> None:
    access, clock = office
    asked = access.unmaskings
    one, other = (row.alert.id for row in store.list_alerts().items)
    made = asked.ask(principal("赵敏"), one, why="核对同一账号", case="市监案〔2026〕1号")
    assert asked.granted(["赵敏"]) == {}
    # The same once more, and what cannot be asked.
    assert refused(lambda: asked.ask(principal("赵敏"), one, why="x", case="1")) == "already"
    assert refused(lambda: asked.ask(principal("赵敏"), "none", why="x", case="1")) == "alert"
    assert refused(lambda: asked.ask(principal("赵敏"), other, why=" ", case="1")) == "empty"
    assert refused(lambda: asked.ask(principal("赵敏"), other, why="x", case="")) == "empty"
    assert refused(lambda: asked.ask(principal("周看"), other, why="x", case="1")) == "asker"
    # Nobody decides about his own, under no spelling and no role of his name.
    for name in ("赵敏", " 赵敏"):
        decide = partial(asked.decide, principal(name, "enforcement"), made.id)
        assert refused(partial(decide, approve=True)) == "same"
        assert refused(partial(decide, approve=False)) == "same"
    done = asked.decide(principal("孙悦"), made.id, approve=True, note="同意", minutes=30)
    assert (done.state, done.decided_by, done.until) == ("approved", "孙悦", BASE_MS + 1_800_000)
    assert asked.granted(["赵敏", "钱进", "孙悦"]) == {"赵敏": {one}}
    # Who was second, is late.
    assert refused(lambda: asked.decide(principal("李军"), made.id, approve=False)) == "state"
    clock.now += 1_800_000
    assert asked.granted(["赵敏"]) == {}
    shown = asked.get(made.id)
    assert shown is not None
    assert shown.state == "lapsed"
    assert refused(lambda: asked.end(principal("赵敏"), made.id)) == "state"
    # It may be asked again; longer than is configured nobody approves.
    again = asked.ask(principal("赵敏"), one, why="再核", case="1")
    assert asked.decide(principal("李军"), again.id, approve=True, minutes=9_999).until == clock.now + 3_600_000  # fmt: skip
    assert refused(lambda: asked.end(principal("钱进"), again.id)) == "same"
    assert asked.end(principal("孙悦"), again.id).state == "ended"
    assert asked.granted(["赵敏"]) == {}
    third = asked.ask(principal("赵敏"), one, why="三核", case="1")
    assert asked.decide(principal("李军"), third.id, approve=False, note="不必").state == "refused"
    # A request that nobody looks at does not hold for ever.
    late = asked.ask(principal("赵敏"), one, why="迟", case="1")
    clock.now += WAITS_MS
    assert refused(lambda: asked.decide(principal("李军"), late.id, approve=True)) == "state"
    states = {state: asked.listed(EVERYWHERE, state=state) for state in STATES}
    assert {state: [x.id for x in found] for state, found in states.items()} == {
        "waiting": [], "approved": [], "refused": [third.id], "ended": [again.id],
        "lapsed": [late.id, made.id],
    }  # fmt: skip
    told = store.custody_of(f"alert:{one}")
    assert [(x.act, x.who) for x in told] == [
        ("unmask-asked", "赵敏"), ("unmask-approved", "孙悦"),
        ("unmask-asked", "赵敏"), ("unmask-approved", "李军"), ("unmask-ended", "孙悦"),
        ("unmask-asked", "赵敏"), ("unmask-refused", "李军"), ("unmask-asked", "赵敏"),
    ]  # fmt: skip
    assert told[0].why == "核对同一账号"
    assert told[1].detail == {"request": made.id, "case": made.case, "asked": "赵敏", "until": done.until}  # fmt: skip
    with store.database.read() as connection:
        assert custody.check(custody.records(connection)) is None


@pytest.mark.slow
@pytest.mark.parametrize("how", ["locked", "role"])
def test_who_may_not_any_more_has_lost_it_at_once_and_for_good(
    office: tuple[Access, Clock], store: Store, how: str
) -> None:
    access, _ = office
    asked = access.unmaskings
    one, other = (row.alert.id for row in store.list_alerts().items)
    made = asked.ask(principal("赵敏"), one, why="x", case="1")
    asked.decide(principal("孙悦"), made.id, approve=True)
    waits = asked.ask(principal("赵敏"), other, why="x", case="1")
    kept = asked.ask(principal("钱进"), one, why="x", case="1")
    asked.decide(principal("孙悦"), kept.id, approve=True)
    if how == "locked":
        access.lock("赵敏", by="吴管")
        access.unlock("赵敏", by="吴管")
    else:
        access.change_role("赵敏", "viewer", by="吴管")
        access.change_role("赵敏", "analyst", by="吴管")
    assert asked.granted(["赵敏", "钱进"]) == {"钱进": {one}}
    assert refused(lambda: asked.decide(principal("孙悦"), waits.id, approve=True)) == "state"
    ended = [x for x in store.custody_of(f"alert:{one}", f"alert:{other}") if x.act == "unmask-ended"]  # fmt: skip
    assert [(x.who, x.detail["asked"]) for x in ended] == [("吴管", "赵敏")] * 2


@pytest.mark.slow
def test_of_several_who_decide_at_once_one_does(office: tuple[Access, Clock], store: Store) -> None:
    access, _ = office
    one = store.list_alerts().items[0].alert.id
    made = access.unmaskings.ask(principal("赵敏"), one, why="x", case="1")

    def decide(number: int) -> str:
        try:
            who = principal(("孙悦", "李军")[number % 2])
            return access.unmaskings.decide(who, made.id, approve=number % 3 > 0).state
        except UnmaskRefused as error:
            return error.why

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(decide, range(6)))
    assert sorted(done)[1:] == ["state"] * 5
    decided = [x for x in store.custody_of(f"alert:{one}") if x.act != "unmask-asked"]
    assert len(decided) == 1
    # And nobody fills the list of those who decide.
    store.commit(Outcome(alerts=[alert(f"n{n}") for n in range(MOST_WAITING + 1)]), BASE_MS)
    names = [row.alert.id for row in store.list_alerts(limit=100).items][: MOST_WAITING + 1]
    ask = partial(access.unmaskings.ask, principal("钱进"), why="x", case="1")
    for name in names[:-1]:
        ask(name)
    assert refused(partial(ask, names[-1])) == "many"


def test_what_is_configured(tmp_path: Path, embedded_store: Store) -> None:
    off = Access(embedded_store.database, SignIn(unmasking=Unmasking(by_case=False)), Clock())
    off.add("赵敏", "analyst", None, by="tests")
    embedded_store.commit(Outcome(alerts=[alert("a")]), BASE_MS)
    one = embedded_store.list_alerts().items[0].alert.id
    assert refused(lambda: off.unmaskings.ask(principal("赵敏"), one, why="x", case="1")) == "off"
    # By case alone, a bundle must not be the way around.
    file = tmp_path / "livewatch.toml"
    file.write_text("[sign_in.unmasking]\nby_role = false\n")
    with pytest.raises(ConfigError, match="two_persons"):
        load_config(file, {})
    file.write_text("[sign_in.unmasking]\nby_role = false\n[evidence]\ntwo_persons = true\n")
    assert not load_config(file, {}).sign_in.unmasking.by_role


# The desk


class Desk:
    """A desk at which accounts are seen by case alone, with an alert on a crowd."""

    def __init__(self, desk: Running) -> None:
        self.desk = desk
        for name, role in PEOPLE.items():
            desk.access.add(name, role, PHRASE, by="tests")
        self.crowd = crowd_alert().id
        other = msgspec.structs.replace(crowd_alert(), id="o" * 26)
        desk.runtime.store.commit(Outcome(alerts=[crowd_alert(), other]), BASE_MS)
        self.browsers = {name: self.sign_in(name) for name in PEOPLE}

    def sign_in(self, name: str) -> Browser:
        browser = Browser(self.desk.url)
        assert browser.sign_in(name, PHRASE).status == 303
        return browser

    def sees(self, browser: Browser, alert: str, **headers: str) -> dict[str, bool]:
        """Where accounts of an alert are shown to somebody; 403 is no."""
        found = {}
        for path in (
            f"/alerts/{alert}", f"/api/v1/alerts/{alert}", f"/api/v1/alerts/{alert}/versions",
            f"/alerts/{alert}/accounts.csv", f"/api/v1/alerts/{alert}/accounts",
        ):  # fmt: skip
            answer = browser.get(path, **headers)
            assert answer.status in (200, 403), path
            found[path.replace(alert, "ID")] = ACCOUNTS[0] in answer.text
        return found


@pytest.fixture(scope="module")
def desk_by_case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    config = Config(
        sign_in=SignIn(unmasking=Unmasking(by_role=False)), evidence=Evidence(two_persons=True)
    )
    with running(tmp_path_factory.mktemp("case"), config) as desk:
        yield Desk(desk)


class Reading:
    """A stream, and what came of each alert last."""

    def __init__(self, browser: Browser, **headers: str) -> None:
        self.connection, self.response = browser.open(
            "GET", "/api/v1/alerts/stream?last=0", **headers
        )
        self.socket = self.connection.sock
        self.data = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            while some := self.response.read1(65_536):
                self.data += some
        except (OSError, ValueError, http.client.HTTPException):
            pass

    def close(self) -> None:
        """Goes."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.connection.close()

    def shows(self, alert: str, seq: int) -> bool:
        """Does the message of this change show accounts; waits for it."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for message in self.data.split(b"\n\n")[:-1]:
                if b"id: %d\n" % seq in message and alert.encode() in message:
                    return ACCOUNTS[0].encode() in message
            time.sleep(0.02)
        raise AssertionError(f"change {seq} did not come")


@pytest.mark.slow
def test_two_people_at_two_browsers(desk_by_case: Desk) -> None:
    desk, crowd = desk_by_case.desk, desk_by_case.crowd
    analyst, officer, second = (desk_by_case.browsers[name] for name in ("赵敏", "孙悦", "李军"))
    bearer = desk.bearer("赵敏", "read", "unmask")
    narrow = desk.bearer("赵敏", "read", "handle")
    streams = [Reading(analyst), Reading(Browser(desk.url), **bearer)]
    # Nobody sees them, whatever his role.
    for name, browser in desk_by_case.browsers.items():
        assert not any(desk_by_case.sees(browser, crowd).values()), name
    page = analyst.get(f"/alerts/{crowd}").text
    assert 'id="unmask-form"' in page
    for name in ("周看", "吴管"):
        assert "unmask-form" not in desk_by_case.browsers[name].get(f"/alerts/{crowd}").text
    sent = analyst.form(
        f"/alerts/{crowd}", f"/alerts/{crowd}/unmaskings", {"why": "核对账号", "case": "2026-17"}
    )
    assert (sent.status, sent.place) == (303, f"/alerts/{crowd}#unmasking")
    [one] = analyst.get("/api/v1/unmaskings").json["items"]
    assert (one["state"], one["person"], one["case"]) == ("waiting", "赵敏", "2026-17")
    # He does not approve it himself, by no way; another analyst neither, who is not even shown it.
    place = f"/unmaskings/{one['id']}"
    assert analyst.post(f"/api/v1{place}/approve", {}).status == 403
    assert analyst.form("/account", f"{place}/approve", {}).status == 403
    other = desk_by_case.browsers["钱进"]
    assert other.get(f"/api/v1{place}").status == 404
    assert other.post(f"/api/v1{place}/end", {}).status == 404
    assert other.get("/api/v1/unmaskings").json["items"] == []
    # Who may decide is told that it waits, by whom and why.
    waiting = officer.get("/unmaskings").text
    assert all(words in waiting for words in ("赵敏", "核对账号", "2026-17", f"{place}/approve"))
    assert not any(desk_by_case.sees(analyst, crowd).values())
    done = officer.form("/unmaskings", f"{place}/approve", {"minutes": "5", "note": "同意"})
    assert (done.status, done.place) == (303, f"/alerts/{crowd}#unmasking")
    assert all(desk_by_case.sees(analyst, crowd).values())
    # For him, for this alert, for tokens that are for it; for nobody else.
    assert not any(desk_by_case.sees(analyst, "o" * 26).values())
    assert all(desk_by_case.sees(Browser(desk.url), crowd, **bearer).values())
    assert not any(desk_by_case.sees(Browser(desk.url), crowd, **narrow).values())
    assert not any(desk_by_case.sees(officer, crowd).values())
    listed = analyst.get("/api/v1/alerts?limit=500").json["items"]
    shown = {each["id"]: ACCOUNTS[0] in str(each) for each in listed}
    assert (shown[crowd], shown["o" * 26]) == (True, False)
    page = analyst.get(f"/alerts/{crowd}").text
    assert "孙悦" in page
    assert "可查看至" in page
    assert "unmask-form" not in page
    # Screenshots of this alert's room and time, too.
    posted = FORM.replace(b"ALERT", crowd.encode())
    taken = other.ask(
        "POST", "/api/v1/captures", posted, Content_Type="multipart/form-data; boundary=x",
        Origin=desk.url,
    )  # fmt: skip
    file = taken.json["file"]
    assert (analyst.get(file).status, other.get(file).status, officer.get(file).status) == (200, 403, 403)  # fmt: skip

    def change() -> int:
        store = desk.runtime.store
        row = store.get_alert(crowd)
        assert row is not None
        match row.status:
            case "new":
                return store.transition(crowd, "acknowledged", "tests", BASE_MS).seq
            case "acknowledged":
                return store.transition(crowd, "closed", "tests", BASE_MS, "minor").seq
            case "closed":
                return store.transition(crowd, "new", "tests", BASE_MS).seq

    # Streams that were open before show them from then on, and no more when it is taken back.
    until = time.monotonic() + PATIENCE_S
    while not all(stream.shows(crowd, seq) for seq in [change()] for stream in streams):
        assert time.monotonic() < until
    assert second.post(f"/api/v1{place}/end", {}).status == 200
    seq = change()
    assert [stream.shows(crowd, seq) for stream in streams] == [False, False]
    assert not any(desk_by_case.sees(analyst, crowd).values())
    assert analyst.get(file).status == 403
    for stream in streams:
        stream.close()
    acts = [(x.act, x.who) for x in desk.runtime.store.custody_of(f"alert:{crowd}")]
    assert acts[:2] == [("unmask-asked", "赵敏"), ("unmask-approved", "孙悦")]
    assert acts[-1] == ("unmask-ended", "李军")
    assert acts.count(("viewed", "赵敏")) >= 6
    assert not [act for act in acts if act[0] == "viewed" and act[1] != "赵敏"]


@pytest.mark.slow
def test_answers_are_as_the_document_says_and_the_clock_ends_it(desk_by_case: Desk) -> None:
    desk, crowd = desk_by_case.desk, desk_by_case.crowd
    analyst, officer = desk_by_case.browsers["钱进"], desk_by_case.browsers["孙悦"]
    asking = "/api/v1/alerts/{id}/unmaskings"
    place = asking.replace("{id}", crowd)
    for body in ({}, {"why": "", "case": ""}, {"why": "x", "case": "1", "minutes": 9}):
        answer = analyst.post(place, body)
        assert (answer.status, held(answer, "POST", asking)) == (422, [])
    made = analyst.post(place, {"why": "核对", "case": "1"})
    assert (made.status, held(made, "POST", asking)) == (201, [])
    again = analyst.post(place, {"why": "核对", "case": "1"})
    assert (again.status, held(again, "POST", asking)) == (409, [])
    assert analyst.post(place.replace(crowd, "none"), {"why": "x", "case": "1"}).status == 404
    for query in ("", "?state=waiting", "?state=x", "?limit=0", "?alert=none", "?x=1"):
        assert held(officer.get(f"/api/v1/unmaskings{query}"), "GET", "/api/v1/unmaskings") == []
    one = "/api/v1/unmaskings/{unmasking}"
    own = one.replace("{unmasking}", made.json["id"])
    assert held(officer.get(own), "GET", one) == []
    assert officer.post(f"{own}/approve", {"minutes": 0}).status == 422
    done = officer.post(f"{own}/approve", {"minutes": 1})
    assert (done.json["state"], held(done, "POST", f"{one}/approve")) == ("approved", [])
    for act in ("approve", "refuse"):
        answer = officer.post(f"{own}/{act}", {})
        assert (answer.status, held(answer, "POST", f"{one}/{act}")) == (409, [])
    assert all(desk_by_case.sees(analyst, crowd).values())
    kept = desk.access._clock
    later = done.json["until"]
    desk.access._clock = desk.access.unmaskings._clock = lambda: later
    try:
        assert not any(desk_by_case.sees(analyst, crowd).values())
        assert officer.get(own).json["state"] == "lapsed"
    finally:
        desk.access._clock = desk.access.unmaskings._clock = kept
    assert held(analyst.post(f"{own}/end", {}), "POST", f"{one}/end") == []


@pytest.mark.slow
def test_an_approver_who_is_bound_elsewhere_hears_nothing(desk_by_case: Desk) -> None:
    desk = desk_by_case.desk
    desk.access.add("外地", "enforcement", PHRASE, by="tests", territories=["65"])
    made = desk_by_case.browsers["赵敏"].post(
        f"/api/v1/alerts/{desk_by_case.crowd}/unmaskings", {"why": "x", "case": "1"}
    )
    away = desk_by_case.sign_in("外地")
    place = f"/api/v1/unmaskings/{made.json['id']}"
    assert away.get("/api/v1/unmaskings").json["items"] == []
    assert made.json["id"] not in away.get("/unmaskings").text
    for act in ("approve", "refuse", "end"):
        assert away.post(f"{place}/{act}", {}).status == 404
        assert away.form("/account", f"/unmaskings/{made.json['id']}/{act}", {}).status == 404
    assert desk_by_case.browsers["赵敏"].post(f"{place}/end", {}).json["state"] == "ended"


@pytest.mark.slow
def test_by_the_command_line(desk_by_case: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, crowd = desk_by_case.desk, desk_by_case.crowd

    def run(name: str, *args: str) -> tuple[int, str]:
        token = desk.bearer(name, "read", "handle", "approve")["Authorization"].split()[1]
        monkeypatch.setenv("LIVEWATCH_API_TOKEN", token)
        done = CliRunner().invoke(app, ["alerts", "unmask", *args, "--url", desk.url])
        return done.exit_code, done.output

    status, said = run("赵敏", "ask", crowd, "--reason", "核对", "--case", "7", "--json")
    assert status == 0
    request = msgspec.json.decode(said)["id"]
    assert run("赵敏", "approve", request)[0] == 1
    status, said = run("孙悦", "list", "--state", "waiting")
    assert (status, request in said, "核对" in said) == (0, True, True)
    status, said = run("孙悦", "approve", request, "--minutes", "3", "--note", "可")
    assert (status, "approved by 孙悦 until" in said) == (0, True)
    status, said = run("赵敏", "end", request)
    assert (status, "ended by 赵敏" in said) == (0, True)
    assert run("孙悦", "refuse", request)[0] == 1
