"""Signing in with a provider that runs: what it says is believed, and what nobody said is not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from monitor.access.oidc import provider_of
from monitor.access.settings import OpenIdConnect, SignIn
from monitor.config import Config
from monitor.errors import ConfigError
from tests.deploy.tools import free_port
from tests.monitor.access.browser import Answer, Browser, Running
from tests.monitor.access.conftest import running
from tests.monitor.access.provider import CLIENT, SECRET, OidcProvider


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def provider(port: int) -> Iterator[OidcProvider]:
    started = OidcProvider(f"http://127.0.0.1:{port}/sign-in/oidc/back")
    yield started
    started.close()


@pytest.fixture(scope="module")
def vouched(
    tmp_path_factory: pytest.TempPathFactory, provider: OidcProvider, port: int
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("oidc")
    secret = folder / "secret"
    secret.write_text(SECRET + "\n")
    oidc = OpenIdConnect(
        issuer=provider.issuer, client_id=CLIENT, client_secret_file=str(secret),
        redirect=f"http://127.0.0.1:{port}/sign-in/oidc/back", label="统一认证",
        roles_claim="realm.roles", roles={"market-admin": "admin", "market-officer": "enforcement"},
        territories_claim="realm.areas", territories={"all": "*", "杭州": "330100", "上海": "31"},
    )  # fmt: skip
    with running(folder / "data", Config(sign_in=SignIn(oidc=oidc)), port=port) as desk:
        desk.access.add("first", "admin", "a phrase of the one", by="the tests")
        yield desk


@pytest.fixture(autouse=True)
def _as_before(provider: OidcProvider, vouched: Running) -> None:
    vouched.pace.forget()
    provider.bend = None
    provider.person = {
        "sub": "1001", "preferred_username": "赵刚",
        "realm": {"roles": ["market-officer", "x"], "areas": "all"},
    }  # fmt: skip


def go(browser: Browser, after: str = "") -> tuple[str, dict[str, list[str]]]:
    """To the provider and back: where it sends the browser, and what it was asked."""
    sent = browser.get(f"/sign-in/oidc{after}")
    assert sent.status == 303
    provider = Browser(sent.place.partition("/authorize")[0])
    back = provider.get(sent.place.removeprefix(provider.url))
    assert back.status == 302, back.text
    return back.place.partition("/sign-in/oidc/back?")[2], parse_qs(urlsplit(sent.place).query)


def come_back(browser: Browser, query: str) -> Answer:
    return browser.get(f"/sign-in/oidc/back?{query}")


@pytest.mark.slow
def test_a_person_signs_in_with_the_role_that_he_has_there(
    vouched: Running, provider: OidcProvider
) -> None:
    browser = Browser(vouched.url)
    assert "统一认证" in browser.get("/sign-in").text
    query, asked = go(browser, "?next=/alerts?level=lead")
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    done = come_back(browser, query)
    assert (done.status, done.place) == (303, "/alerts?level=lead")
    who = browser.get("/api/v1/session").json
    assert (who["name"], who["role"]) == ("赵刚", "enforcement")
    assert "livewatch_oidc" not in browser.cookies
    # The same person later, with another name and another role there.
    provider.person["preferred_username"], provider.person["realm"] = (
        "赵钢",
        {"roles": "market-admin"},
    )
    again = Browser(vouched.url)
    assert come_back(again, go(again)[0]).status == 303
    who = again.get("/api/v1/session").json
    assert (who["name"], who["role"]) == ("赵刚", "admin")
    assert browser.get("/api/v1/session").status == 401
    acts = [entry.act for entry in vouched.access.journal(4)]
    assert acts == ["signed-in", "role-changed", "signed-in", "user-added"]


@pytest.mark.slow
def test_who_signs_out_is_signed_out_at_the_provider_too(vouched: Running) -> None:
    browser = Browser(vouched.url)
    come_back(browser, go(browser)[0])
    left = browser.form("/account", "/sign-out", {})
    assert (left.status, left.place) == (303, "/sign-in?left=provider")
    assert browser.get("/api/v1/session").status == 401
    seconds, _, place = browser.get(left.place).headers["Refresh"].partition("; url=")
    parts = urlsplit(place)
    assert (seconds, parts.path) == ("0", "/leave")
    assert parse_qs(parts.query) == {
        "client_id": [CLIENT], "post_logout_redirect_uri": [f"{vouched.url}/sign-in"],
    }  # fmt: skip
    # Whoever came by a password goes no further, and nobody is sent away who asks for another page.
    local = Browser(vouched.url)
    assert local.sign_in("first", "a phrase of the one").status == 303
    assert local.form("/account", "/sign-out", {}).place == "/sign-in"
    assert "Refresh" not in browser.get("/sign-in").headers


def without_a_password(vouched: Running, name: str) -> bool:
    return vouched.access.find(name).password is None


@pytest.mark.slow
def test_nobody_else_gets_in_by_a_name(vouched: Running, provider: OidcProvider) -> None:
    provider.person = {"sub": "6666", "preferred_username": "first", "realm": {"roles": ["market-admin"]}}  # fmt: skip
    browser = Browser(vouched.url)
    assert come_back(browser, go(browser)[0]).status == 403
    assert browser.get("/api/v1/session").status == 401
    # Who signs in there has no password here.
    provider.person = {"sub": "7777", "preferred_username": "周杰", "realm": {"roles": ["market-officer"], "areas": ["all"]}}  # fmt: skip
    assert come_back(browser, go(browser)[0]).status == 303
    assert without_a_password(vouched, "周杰")
    assert Browser(vouched.url).sign_in("周杰", "").status == 401
    vouched.access.lock("周杰", by="first")
    assert come_back(browser, go(browser)[0]).status == 403


@pytest.mark.parametrize(
    "realm", [{}, {"roles": []}, {"roles": ["visitor"]}, {"roles": {"a": 1}}, "x"]
)
def test_nobody_gets_in_without_a_role(
    vouched: Running, provider: OidcProvider, realm: object
) -> None:
    provider.person = {"sub": "8888", "preferred_username": "无角色", "realm": realm}
    browser = Browser(vouched.url)
    assert come_back(browser, go(browser)[0]).status == 403
    assert "无角色" not in {user.name for user in vouched.access.users()}


@pytest.mark.slow
def test_a_person_is_bound_to_the_territories_that_he_has_there(
    vouched: Running, provider: OidcProvider
) -> None:
    realm: dict[str, Any] = {"roles": ["market-officer"], "areas": ["杭州", "elsewhere"]}
    provider.person = {"sub": "9999", "preferred_username": "孙悦", "realm": realm}

    def enter() -> Browser | None:
        browser = Browser(vouched.url)
        return browser if come_back(browser, go(browser)[0]).status == 303 else None

    first = enter()
    assert first is not None
    assert first.get("/api/v1/session").json["territories"] == [["3301"]]
    # Another place there is another one here, and what he had before has ended.
    realm["areas"] = ["杭州", "上海"]
    second = enter()
    assert second is not None
    assert second.get("/api/v1/session").json["territories"] == [["31", "3301"]]
    assert first.get("/api/v1/session").status == 401
    for areas in ([], ["elsewhere"], None, {"杭州": 1}, 33):
        realm["areas"] = areas
        assert enter() is None, areas
    realm["areas"] = "all"
    third = enter()
    assert third is not None
    assert third.get("/api/v1/session").json["territories"] == []
    # Whoever looks after the whole office is bound to none.
    realm["areas"] = ["杭州"]
    assert enter() is not None
    realm["roles"] = ["market-admin"]
    boss = enter()
    assert boss is not None
    who = boss.get("/api/v1/session").json
    assert (who["role"], who["territories"]) == ("admin", [])
    told = [
        one.detail for one in vouched.access.journal(20) if one.person == "孙悦" and one.by_whom
    ]
    assert told == [
        "admin, everywhere", "enforcement, territories 3301", "enforcement, everywhere",
        "enforcement, territories 31 3301", "enforcement, territories 3301",
    ]  # fmt: skip


def signed(head: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
    return jwt.encode(head, claims, key)


def unsigned(head: dict[str, Any], claims: dict[str, Any], _key: RSAKey) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({**head, "alg": "none"}, claims)
    ]
    return ".".join([*parts, ""])


def by_the_public_key(head: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
    public = OctKey.import_key(key.as_pem(private=False))
    return jwt.encode({**head, "alg": "HS256"}, claims, public, algorithms=["HS256"])


def by_the_secret(head: dict[str, Any], claims: dict[str, Any], _key: RSAKey) -> str:
    return jwt.encode(
        {**head, "alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"]
    )


def by_another(head: dict[str, Any], claims: dict[str, Any], _key: RSAKey) -> str:
    return jwt.encode(head, claims, RSAKey.generate_key(2048, {"kid": head["kid"]}))


def changed(head: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
    first, _, last = signed(head, claims, key).split(".")
    body = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "1"}).encode()).rstrip(b"=")
    return f"{first}.{body.decode()}.{last}"


def saying(**other: Any) -> Callable[[dict[str, Any], dict[str, Any], RSAKey], str]:
    def bend(head: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
        said = {key: value for key, value in {**claims, **other}.items() if value is not None}
        return signed(head, said, key)

    return bend


@pytest.mark.parametrize(
    "bend",
    [
        unsigned, by_the_public_key, by_the_secret, by_another, changed,
        saying(iss="https://evil.example"), saying(iss=None), saying(aud="another"), saying(aud=None),
        saying(aud=[CLIENT, "another"]), saying(aud=[CLIENT, "another"], azp="another"),
        saying(azp="another"), saying(exp=1), saying(exp=int(time.time()) - 120), saying(exp=None),
        saying(nonce="of another sign-in"), saying(nonce=None), saying(sub=None),
        saying(iat=int(time.time()) + 3_600), lambda *_: "no token", lambda *_: "a.b.c",
    ],
)  # fmt: skip
def test_what_does_not_hold_lets_nobody_in(
    vouched: Running, provider: OidcProvider, bend: Callable[..., str]
) -> None:
    provider.bend = bend
    browser = Browser(vouched.url)
    assert come_back(browser, go(browser)[0]).status == 403
    assert browser.get("/api/v1/session").status == 401
    assert vouched.access.journal(1)[0].detail.startswith("oidc: ")


@pytest.mark.parametrize("how", ["state", "cookie", "code", "verifier", "error", "iss", "twice"])
def test_an_answer_that_is_not_ours_lets_nobody_in(
    vouched: Running, provider: OidcProvider, how: str
) -> None:
    browser, query = Browser(vouched.url), {}
    given, _ = go(browser)
    query = {name: values[0] for name, values in parse_qs(given).items()}
    match how:
        case "state":
            query["state"] = "of another"
        case "cookie":  # the answer of somebody else's sign-in, put upon this browser
            browser = Browser(vouched.url)
        case "code":
            query["code"] = "guessed"
        case "verifier":
            name = "livewatch_oidc"
            kept = json.loads(base64.urlsafe_b64decode(browser.cookies[name]))
            kept["verifier"] = "another" * 8
            browser.cookies[name] = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
        case "error":
            query = {"error": "access_denied", "state": query["state"]}
        case "iss":
            query["iss"] = "https://evil.example"
        case "twice":
            assert come_back(browser, urlencode(query)).status == 303
            browser = Browser(vouched.url)
    assert come_back(browser, urlencode(query)).status == 403
    assert browser.get("/api/v1/session").status == 401


@pytest.mark.slow
def test_keys_that_were_changed_are_fetched_again(
    vouched: Running, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.access import oidc

    monkeypatch.setattr(oidc, "KNOWN_AT_LEAST_S", 0.0)
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    browser = Browser(vouched.url)
    assert come_back(browser, go(browser)[0]).status == 303


def test_what_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    good: dict[str, Any] = {
        "issuer": "https://id.example", "client_id": "x", "redirect": "https://desk.example/x",
        "roles": {"a": "viewer"},
    }  # fmt: skip
    provider_of(OpenIdConnect(**good))
    for wrong in (
        {"issuer": "http://id.example"}, {"redirect": "http://desk.example/x"}, {"roles": {}},
        {"client_secret_file": str(tmp_path / "none")}, {"ca_file": str(tmp_path / "none")},
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=r"sign_in\.oidc"):
            provider_of(OpenIdConnect(**{**good, **wrong}))
