"""The document of the API, and a running desk that answers as it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from monitor.access.permissions import ROUTES
from monitor.access.roles import MAY, ROLES
from monitor.cli import app
from monitor.desk.openapi import OPERATIONS, document
from tests.monitor.access.browser import Answer, Browser, Running
from tests.monitor.access.conftest import PASSWORDS, TOKEN
from tests.monitor.evidence.matter import picture

DOCUMENT = document()
#: Documented, and answered by no desk of these tests: it goes on for as long as somebody reads.
STREAM = "/api/v1/alerts/stream"


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method.lower()]
    return found


def held(answer: Answer, method: str, path: str) -> list[str]:
    """What is wrong with an answer."""
    found = operation(method, path)["responses"].get(str(answer.status))
    if found is None:
        return [f"{answer.status} is not in the document"]
    media = answer.headers.get_content_type()
    if media == "application/openmetrics-text":
        media = "text/plain"
    if media not in found["content"]:
        return [f"{answer.status} is {media}"]
    if not media.endswith("json"):
        return []
    schema = found["content"][media]["schema"]
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    wrong = [
        f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(answer.json)
    ]
    return wrong + undocumented(answer.json, schema)


def undocumented(value: Any, schema: dict[str, Any], place: str = "$") -> list[str]:
    """Members that no schema names: a document that says too little holds against anything."""
    named = whole(schema, value)
    if isinstance(value, list) and "items" in named:
        return [says for one in value for says in undocumented(one, named["items"], f"{place}[]")]
    if not isinstance(value, dict) or not named.get("properties"):
        return []
    found = []
    for name, one in value.items():
        if name in named["properties"]:
            found += undocumented(one, named["properties"][name], f"{place}.{name}")
        elif named.get("title") != "Health":
            found.append(f"{place}.{name} is not in the document")
    return found


def whole(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """A schema with what it refers to; of alternatives the one that says most of a value."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {"title": name, **whole(DOCUMENT["components"]["schemas"][name], value)}
    if "anyOf" in schema:
        said = value if isinstance(value, dict) else {}
        some = [whole(one, value) for one in schema["anyOf"]]
        return max(some, key=lambda one: len(one.get("properties", {}).keys() & said.keys()))
    if "allOf" in schema:
        parts = [whole(one, value) for one in schema["allOf"]]
        return {
            **parts[0],
            "properties": {k: v for one in parts for k, v in one["properties"].items()},
        }
    return schema


@pytest.mark.slow
def test_the_document_is_one_of_openapi_3_1() -> None:
    pytest.importorskip("openapi_spec_validator")
    from openapi_spec_validator import OpenAPIV31SpecValidator, validate

    validate(DOCUMENT, cls=OpenAPIV31SpecValidator)


def test_it_has_every_address_of_the_api_and_what_it_needs() -> None:
    api = {
        key: route
        for key, route in ROUTES.items()
        if route.path.startswith(("/api/", "/metrics", "/healthz", "/readyz"))
    }
    assert set(OPERATIONS) == set(api)
    for (method, path), route in api.items():
        found = operation(method, path)
        assert found["x-livewatch-needs"] == route.needs
        roles = [role for role in ROLES if route.needs in MAY[role]]
        assert route.needs == "sign-in" or found.get("x-livewatch-roles", []) == roles
        in_path = {one["name"] for one in found.get("parameters", ()) if one["in"] == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}
    names = [one["operationId"] for path in DOCUMENT["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))


@pytest.mark.slow
def test_the_command_and_the_desk_give_the_same(desk: Running) -> None:
    printed = CliRunner().invoke(app, ["config", "openapi"])
    assert printed.exit_code == 0
    served = Browser(desk.url).get("/api/v1/openapi.json")
    assert json.loads(printed.stdout) == served.json == json.loads(json.dumps(DOCUMENT))


#: A screenshot: fields first, then the file.
FORM = b"\r\n".join(
    [
        b'--x\r\nContent-Disposition: form-data; name="alert"\r\n\r\nALERT',
        b'--x\r\nContent-Disposition: form-data; name="at"\r\n\r\n2026-09-01T12:00:00',
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n',
        picture(),
        b"--x--\r\n",
    ]
)


def address(desk: Running, path: str, bundle: str, capture: str = "", unmasking: str = "") -> str:
    path = path.replace("{id}", desk.alert).replace("{bundle}", bundle)
    return path.replace("{capture}", capture).replace("{unmasking}", unmasking)


@pytest.mark.slow
def test_every_get_answers_as_the_document_says(desk: Running) -> None:
    officer = Browser(desk.url)
    officer.sign_in("enforcement", PASSWORDS["enforcement"])
    asked = officer.post("/api/v1/bundles", {"alerts": [desk.alert]})
    assert held(asked, "POST", "/api/v1/bundles") == []
    bundle = asked.json["id"]
    supplied = officer.ask(
        "POST", "/api/v1/captures", FORM.replace(b"ALERT", desk.alert.encode()),
        Content_Type="multipart/form-data; boundary=x", Origin=desk.url,
    )  # fmt: skip
    assert held(supplied, "POST", "/api/v1/captures") == []
    assert supplied.status == 200
    capture = supplied.json["id"]
    analyst = Browser(desk.url)
    analyst.sign_in("analyst", PASSWORDS["analyst"])
    asking = {"why": "x", "case": "1"}
    unmasking = analyst.post(f"/api/v1/alerts/{desk.alert}/unmaskings", asking).json["id"]
    paths = sorted(path for method, path in OPERATIONS if method == "GET" and path != STREAM)
    wrong, fine = {}, set()
    for role in ROLES:
        browser = Browser(desk.url)
        browser.sign_in(role, PASSWORDS[role])
        for path in paths:
            for queried in ("", "?limit=0", "?limit=1", "?nonsense=1", f"?alert={desk.alert}"):
                answer = browser.get(address(desk, path, bundle, capture, unmasking) + queried)
                fine |= {path} if answer.status == 200 else set()
                for says in held(answer, "GET", path):
                    wrong[role, path + queried] = says
    assert wrong == {}
    # The file of a bundle that a second person has not approved, and a crowd that is none.
    assert set(paths) - fine == {
        "/api/v1/bundles/{bundle}/file",
        "/api/v1/alerts/{id}/accounts",
    }
    # In the short form, by hand, and of what is not there.
    assert held(officer.get("/api/v1/alerts?fields=brief"), "GET", "/api/v1/alerts") == []
    for path in ("/api/v1/alerts/{id}", "/api/v1/bundles/{bundle}"):
        answer = officer.get(path.replace("{id}", "none").replace("{bundle}", "none"))
        assert (answer.status, held(answer, "GET", path)) == (404, [])
    nobody = Browser(desk.url)
    for path in paths:
        assert held(nobody.get(address(desk, path, bundle, capture)), "GET", path) == [], path


@pytest.mark.slow
def test_every_list_refuses_what_it_does_not_know(desk: Running) -> None:
    browsers = {role: Browser(desk.url) for role in ("enforcement", "auditor")}
    for role, browser in browsers.items():
        browser.sign_in(role, PASSWORDS[role])
    lists = {}
    for method, path in OPERATIONS:
        for one in operation(method, path).get("parameters", ()):
            if one["name"] == "limit":
                lists[path] = one["schema"]["maximum"]
    assert len(lists) == 6
    for path, most in lists.items():
        needs = ROUTES["GET", path].needs
        browser = next(browser for role, browser in browsers.items() if needs in MAY[role])
        assert browser.get(f"{path}?limit={most}").status == 200
        for query, kind in (
            ("limit=0", "bad-limit"),
            (f"limit={most + 1}", "bad-limit"),
            ("limit=0000000019", "bad-limit"),
            ("limit=", "bad-limit"),
            ("limit=x", "bad-limit"),
            ("limit=x&nonsense=1", "unknown-parameter"),
        ):
            answer = browser.get(f"{path}?{query}")
            said = (answer.status, answer.json["type"])
            assert said == (400, f"urn:livewatch:problem:{kind}"), (path, query)


@pytest.mark.slow
def test_what_is_handled_answers_as_the_document_says(desk: Running) -> None:
    officer = Browser(desk.url)
    officer.sign_in("enforcement", PASSWORDS["enforcement"])
    for act, body in (
        ("acknowledge", {}),
        ("acknowledge", {"nobody": 1}),
        ("close", {"reason": "minor"}),
        ("close", {}),
    ):
        path = f"/api/v1/alerts/{{id}}/{act}"
        assert held(officer.post(address(desk, path, ""), body), "POST", path) == [], (act, body)
    admin = Browser(desk.url)
    admin.sign_in("admin", PASSWORDS["admin"])
    for body in ({}, {"channel": "none"}):
        for act in ("test", "retry"):
            path = f"/api/v1/notifications/{act}"
            assert held(admin.post(path, body), "POST", path) == []
    posted = {"Authorization": f"Bearer {TOKEN}"}
    for body in (b"{}", b"not JSON"):
        answer = Browser(desk.url).ask("POST", "/api/v1/events", body, **posted)
        assert (answer.status, held(answer, "POST", "/api/v1/events")) == (202, [])
