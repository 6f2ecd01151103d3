"""Every route against every role, without a sign-in, with a session that has ended, a revoked token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.access.permissions import ROUTES, Route
from monitor.access.roles import MAY, ROLES, Act, Role
from monitor.evidence import custody
from tests.monitor.access.browser import Answer, Browser, Running
from tests.monitor.access.conftest import PASSWORDS
from tests.monitor.evidence.matter import packed

#: Refused, whatever else may be wrong with a request.
NO = {401, 403}


@pytest.fixture(scope="module")
def signed_in(desk: Running) -> dict[Role, Browser]:
    found = {}
    for role in ROLES:
        found[role] = Browser(desk.url)
        assert found[role].sign_in(role, PASSWORDS[role]).status == 303
    return found


def ask(desk: Running, browser: Browser, route: Route, **headers: str) -> int:
    """The status of a request that has all that the route asks for, but perhaps the right."""
    path = route.path
    for name, value in {
        "{id}": desk.alert, "{bundle}": "none", "{capture}": "none", "{name}": "mark.svg", "{edition}": "abc",
        "{sender}": "nobody", "{secret}": "none", "{unmasking}": "none",
    }.items():  # fmt: skip
        path = path.replace(name, value)
    if path.endswith("/stream"):
        connection, response = browser.open("GET", path, **headers)
        connection.close()
        return response.status
    if route.method == "GET":
        return browser.get(path, **headers).status
    if route.method == "POST" and path == "/api/v1/captures":
        return browser.ask(
            "POST", path, b"--x--", Content_Type="multipart/form-data; boundary=x", **headers
        ).status
    if route.program and "bundles/check" not in path:
        return browser.post(path, {}, **headers).status
    if route.program:
        return browser.ask(
            "POST", path, b"no zip", Content_Type="application/zip", **headers
        ).status
    # A token of a form that is not of this browser: refused by the form, not by the right.
    return form_status(browser.send(path, {"token": "wrong"}, **headers))


def form_status(answer: Answer) -> int:
    """A form that was refused for its token alone got past the right."""
    return 499 if answer.status == 403 and "表单没有提交" in answer.text else answer.status


def allowed(route: Route, acts: frozenset[Act]) -> bool:
    match route.needs:
        case "nothing" | "probe" | "here" | "sender":  # a program on this machine asks
            return True
        case "sign-in":
            return True
        case act:
            return act in acts


#: Ingestion and forms have an answer of their own to what is no token of theirs.
OWN = {route for route in ROUTES.values() if route.needs in ("sender",)}


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_route_with_every_role(
    desk: Running, signed_in: dict[Role, Browser], role: Role
) -> None:
    wrong = {}
    for route in set(ROUTES.values()) - OWN:
        if route.path == "/sign-out":
            continue
        status = ask(desk, signed_in[role], route)
        if (status not in NO) != allowed(route, MAY[role]):
            wrong[route.method, route.path] = status
    assert wrong == {}


@pytest.mark.slow
def test_every_route_without_a_sign_in(desk: Running) -> None:
    let_in, wrong = {"nothing", "probe", "here"}, {}
    for route in ROUTES.values():
        answer = ask(desk, Browser(desk.url), route)
        refused = answer in NO or answer == 303
        if route.path in ("/sign-in", "/sign-out", "/favicon.ico"):
            continue
        if refused == (route.needs in let_in):
            wrong[route.method, route.path] = answer
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["session", "token"])
def test_every_route_with_what_has_ended(desk: Running, how: str) -> None:
    browser = Browser(desk.url)
    headers: dict[str, str] = {}
    if how == "session":
        browser.sign_in("enforcement", PASSWORDS["enforcement"])
        assert browser.get("/alerts").status == 200
        desk.access.revoke_sessions("enforcement", by="the tests")
    else:
        headers = desk.bearer("enforcement", "read", "handle", "export")
        [token, *_] = desk.access.tokens("enforcement")
        assert browser.get("/api/v1/alerts", **headers).status == 200
        assert desk.access.revoke_token(token.id, by="the tests")
    for route in ROUTES.values():
        if route.needs not in ("nothing", "probe", "here"):
            assert ask(desk, browser, route, **headers) in (401, 303), route
    # Revoked for every other browser of his, too: the module's own signs in again elsewhere.


@pytest.mark.slow
def test_the_table_has_every_route_and_no_other(desk: Running) -> None:
    from monitor.app import build_app
    from tests.monitor.access.conftest import TOKEN

    app = build_app(desk.runtime, token=TOKEN)
    served = {
        ("GET" if route.method == "HEAD" else route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
    }
    assert served == set(ROUTES)


@pytest.mark.slow
def test_a_token_has_no_more_rights_than_its_scopes_and_its_person(desk: Running) -> None:
    browser = Browser(desk.url)
    alert = f"/api/v1/alerts/{desk.alert}"
    reads = desk.bearer("enforcement", "read")
    assert browser.get(alert, **reads).status == 200
    assert browser.post(f"{alert}/acknowledge", {}, **reads).status == 403
    more = desk.bearer("viewer", "read", "handle", "export")
    assert browser.get(alert, **more).status == 200
    assert browser.post(f"{alert}/acknowledge", {}, **more).status == 403
    assert browser.get("/account", **reads).status == 200
    assert browser.get("/users", **desk.bearer("admin", "read", "journal")).status == 403


@pytest.mark.parametrize("act", ["acknowledge", "close"])
@pytest.mark.slow
def test_who_acts_is_who_has_signed_in(desk: Running, act: str) -> None:
    desk.runtime.store.transition(desk.alert, "closed", "前", 1, "minor")
    desk.runtime.store.transition(desk.alert, "new", "前", 2)
    browser = Browser(desk.url)
    browser.sign_in("analyst", PASSWORDS["analyst"])
    body: dict[str, Any] = {"who": "局长"} | ({"reason": "minor"} if act == "close" else {})
    answer = browser.post(f"/api/v1/alerts/{desk.alert}/{act}", body)
    assert answer.status == 200
    assert answer.json["handling"]["who"] == "analyst"
    if act == "acknowledge":
        page = f"/alerts/{desk.alert}"
        sent = browser.form(page, page, {"to": "closed", "reason": "minor", "who": "局长"})
        assert sent.status == 303
    [*_, last] = desk.runtime.store.history(desk.alert)
    assert (last.new, last.who) == ("closed", "analyst")
    desk.runtime.store.transition(desk.alert, "new", "前", 3)


@pytest.mark.slow
def test_bundles_are_asked_for_and_approved_under_ones_own_name(desk: Running) -> None:
    asking = Browser(desk.url)
    asking.sign_in("enforcement", PASSWORDS["enforcement"])
    made = asking.post("/api/v1/bundles", {"alerts": [desk.alert], "who": "局长"})
    assert made.status == 202
    bundle = msgspec.json.decode(made.body)
    assert (bundle["who"], bundle["state"]) == ("enforcement", "waiting")
    # Nobody is a second person by giving a second name.
    again = asking.post(f"/api/v1/bundles/{bundle['id']}/approve", {"who": "科长"})
    assert again.status == 409
    names = {role: user.name for role, user in ((u.role, u) for u in desk.access.users())}
    if "second" not in {user.name for user in desk.access.users()}:
        desk.access.add("second", "enforcement", "the second of the two", by=names["admin"])
    second = Browser(desk.url)
    second.sign_in("second", "the second of the two")
    done = second.post(f"/api/v1/bundles/{bundle['id']}/approve", {"who": "enforcement"})
    assert done.status == 200


@pytest.mark.slow
def test_who_checks_a_bundle_is_noted_in_custody_and_what_came_of_it(
    desk: Running, tmp_path: Path
) -> None:
    told = [
        custody.CustodyRecord(
            number=n, at=1, act="exported", who="x", subject=subject, previous="0" * 64
        )
        for n, subject in enumerate((f"alert:{desk.alert}", "alert:nosuch", "room:demo:1"), 1)
    ]
    # It says that it is about this alert; whoever made it, it holds nothing.
    lines = b"".join(custody.line(one) + b"\n" for one in told)
    forged = packed({"custody/custody.jsonl": lines}, tmp_path / "b.zip").read_bytes()
    browser = Browser(desk.url)
    browser.sign_in("enforcement", PASSWORDS["enforcement"])
    path = "/api/v1/bundles/check"
    answer = browser.ask("POST", path, forged, Content_Type="application/zip", Origin=desk.url)
    assert (answer.status, answer.json["verdict"]) == (200, "invalid")
    [noted] = [
        one for one in desk.runtime.store.custody_of(f"alert:{desk.alert}") if one.act == "checked"
    ]
    assert (noted.who, noted.detail["verdict"]) == ("enforcement", "invalid")
    assert desk.runtime.store.custody_of("alert:nosuch") == []


@pytest.mark.slow
def test_what_is_not_allowed_is_not_shown(desk: Running) -> None:
    def page(role: Role, path: str) -> str:
        browser = Browser(desk.url)
        browser.sign_in(role, PASSWORDS[role])
        return browser.get(path).text

    alert = f"/alerts/{desk.alert}"
    viewer, analyst = page("viewer", alert), page("analyst", alert)
    assert 'id="handle-form"' not in viewer
    assert 'id="bundle-form"' not in viewer
    assert 'id="handle-form"' in analyst
    assert 'name="who"' not in analyst
    assert 'id="bundle-form"' not in analyst
    assert 'id="bundle-form"' in page("enforcement", alert)
    assert 'id="bulk"' not in page("viewer", "/alerts")
    assert 'id="bulk"' in page("analyst", "/alerts")
    assert 'href="/users"' in page("admin", "/alerts")
    assert 'href="/users"' not in page("analyst", "/alerts")
    auditor = page("auditor", "/journal")
    assert 'href="/alerts"' not in auditor
    assert "enforcement" in auditor
