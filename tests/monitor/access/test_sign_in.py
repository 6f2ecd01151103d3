"""Signing in and out, as a browser sees it: cookies, forms, streams, and passwords that are tried."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from monitor.access.pace import FREE_ACCOUNT
from monitor.access.settings import SignIn
from monitor.commands.listening import tls_of
from monitor.commands.monitor_api import MonitorApi, Refused
from monitor.config import Config, Server
from monitor.errors import ConfigError
from monitor.store import tables
from tests.monitor.access.browser import Browser, Running
from tests.monitor.access.conftest import PASSWORDS, running
from tests.patience import PATIENCE_S, UnderWay

GOOD = PASSWORDS["analyst"]


@pytest.mark.slow
def test_a_person_signs_in_and_goes_where_he_wanted(desk: Running, browser: Browser) -> None:
    asked = browser.get("/alerts?level=lead")
    assert (asked.status, asked.place) == (303, "/sign-in?next=/alerts%3Flevel%3Dlead")
    assert browser.get("/api/v1/alerts").status == 401
    done = browser.sign_in("analyst", GOOD, "/alerts?level=lead")
    assert (done.status, done.place) == (303, "/alerts?level=lead")
    assert browser.get("/alerts").status == 200
    assert browser.get("/api/v1/session").json == {
        "name": "analyst", "role": "analyst", "acts": ["handle", "metrics", "read"], "by": "session",
        "territories": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "after",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "/%09/evil.example", "javascript:1",
     "/%5Cevil.example", "/\t/evil.example", "evil.example", "/sign-out", "\\\\evil.example"],
)  # fmt: skip
def test_nobody_is_led_elsewhere(desk: Running, browser: Browser, after: str) -> None:
    place = browser.sign_in("analyst", GOOD, after).place
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\", "/\t", "/sign-out"))


def test_the_cookie_is_for_this_host_and_no_script(desk: Running, browser: Browser) -> None:
    browser.sign_in("analyst", GOOD)
    [cookie] = [line for line in browser.set if line.startswith("livewatch_session=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    # A browser that came by TLS gets one that it shows by TLS only, and to this host only.
    other = Browser(desk.url)
    form = other.get("/sign-in").text.partition('name="token" value="')[2].partition('"')[0]
    values = {"token": form, "name": "analyst", "password": GOOD}
    host = desk.url.removeprefix("http://")
    other.send("/sign-in", values, Origin=f"https://{host}")
    [cookie] = [line for line in other.set if line.startswith("__Host-livewatch=")]
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))


def test_only_digests_are_stored(desk: Running, browser: Browser) -> None:
    browser.sign_in("analyst", GOOD)
    secret = browser.cookies["livewatch_session"]
    token = desk.bearer("analyst", "read")["Authorization"].split("_", 2)[2]
    with desk.runtime.store.database.read() as connection:
        stored = "".join(
            str(connection.execute(sa.select(table)).fetchall())
            for table in (tables.users, tables.sessions, tables.api_tokens, tables.sign_ins)
        )
    assert all(word not in stored for word in (secret, token, GOOD))
    assert "$argon2id$" in stored


@pytest.mark.slow
def test_the_session_is_another_after_each_sign_in(desk: Running, browser: Browser) -> None:
    browser.cookies["livewatch_session"] = "chosen by somebody else"
    browser.sign_in("analyst", GOOD)
    first = browser.cookies["livewatch_session"]
    assert first != "chosen by somebody else"
    browser.form("/account", "/sign-in", {"name": "analyst", "password": GOOD})
    second = browser.cookies["livewatch_session"]
    assert second != first
    assert browser.get("/alerts").status == 200
    browser.cookies["livewatch_session"] = first
    assert browser.get("/alerts").status == 303


@pytest.mark.slow
def test_whoever_signs_out_is_out(desk: Running, browser: Browser) -> None:
    browser.sign_in("analyst", GOOD)
    kept = dict(browser.cookies)
    assert browser.form("/account", "/sign-out", {}).place == "/sign-in"
    assert "livewatch_session" not in browser.cookies
    browser.cookies = kept
    assert browser.get("/api/v1/alerts").status == 401


@pytest.mark.slow
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "null"},
     {"Sec_Fetch_Site": "same-site"}],
)  # fmt: skip
def test_other_pages_change_nothing(
    desk: Running, browser: Browser, headers: dict[str, str]
) -> None:
    browser.sign_in("analyst", GOOD)
    alert = desk.alert
    body = browser.post(f"/api/v1/alerts/{alert}/close", {"reason": "minor"}, **headers)
    assert body.status == 403
    page = f"/alerts/{alert}"
    form = browser.form(page, page, {"to": "closed", "reason": "minor"}, **headers)
    assert form.status == 403
    row = desk.runtime.store.get_alert(alert)
    assert row is not None
    assert row.status != "closed"
    # Nor does one sign a reader in under a name of its own.
    assert Browser(desk.url).sign_in("viewer", PASSWORDS["viewer"], **headers).status == 403


def test_a_form_needs_the_token_of_this_browser(desk: Running, browser: Browser) -> None:
    browser.sign_in("analyst", GOOD)
    values = {"token": "guessed", "to": "closed", "reason": "minor"}
    assert browser.send(f"/alerts/{desk.alert}", values).status == 403
    browser.cookies.pop("livewatch_form", None)
    assert browser.send(f"/alerts/{desk.alert}", {**values, "token": ""}).status == 403


class Listening:
    """Reads a stream until it ends."""

    def __init__(self, browser: Browser, **headers: str) -> None:
        self._connection, self._response = browser.open(
            "GET", "/api/v1/alerts/stream?last=0", **headers
        )
        self._socket = self._connection.sock
        assert self._response.status == 200
        assert self._response.read1(100)
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def close(self) -> None:
        if not self.ended.is_set():
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _read(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            while self._response.read1(65_536):
                pass
        self.ended.set()
        self._response.close()
        self._connection.close()


@pytest.mark.slow
def test_a_token_that_does_not_hold_is_counted_and_seldom_logged(desk: Running) -> None:
    with capture_logs() as logged:
        for _ in range(4):
            refused = Browser(desk.url).ask("GET", "/api/v1/alerts", Authorization="Bearer lwt_no")
            assert refused.status == 401
    assert [one["route"] for one in logged if one["event"] == "token_refused"] == ["/api/v1/alerts"]
    assert "lwt_no" not in str(logged)
    good = desk.bearer("analyst", "metrics")
    shown = Browser(desk.url).ask("GET", "/metrics", **good).text
    assert "livewatch_tokens_refused_total 4.0" in shown


@pytest.mark.parametrize("how", ["sign-out", "revoked", "locked", "password", "token", "role"])
def test_what_is_revoked_ends_its_stream_and_no_other(desk: Running, how: str) -> None:
    name = f"stream {how}"
    desk.access.add(name, "viewer", "a phrase for a stream", by="the tests")
    browser, other = Browser(desk.url), Browser(desk.url)
    browser.sign_in(name, "a phrase for a stream")
    other.sign_in("analyst", GOOD)
    goes_on = Listening(other)
    ends = Listening(
        browser if how != "token" else Browser(desk.url),
        **(desk.bearer(name, "read") if how == "token" else {}),
    )
    assert not ends.ended.wait(0.5)
    # A second on a machine of its own.
    with UnderWay(quiet_ms=5_000) as allowed:
        match how:
            case "sign-out":
                browser.form("/account", "/sign-out", {})
            case "revoked":
                assert desk.access.revoke_sessions(name, by="the tests") == 1
            case "locked":
                desk.access.lock(name, by="the tests")
            case "password":
                desk.access.change_password(name, "another long phrase", by="the tests")
            case "role":
                desk.access.change_role(name, "auditor", by="the tests")
            case "token":
                [token] = desk.access.tokens(name)
                assert desk.access.revoke_token(token.id, by="the tests")
        began = time.monotonic()
        assert ends.ended.wait(PATIENCE_S)
        assert (time.monotonic() - began) * 1_000 < allowed.ms
    assert not goes_on.ended.is_set()
    goes_on.close()
    ends.close()


@pytest.mark.slow
def test_sessions_end_by_themselves(tmp_path: Path) -> None:
    now = [1_800_000_000_000]
    settings = Config(sign_in=SignIn(idle_s=600, session_s=3_600))
    with running(tmp_path, settings, clock=lambda: now[0]) as desk:
        desk.access.add("admin", "admin", "a phrase of the one", by="the tests")
        browser = Browser(desk.url)

        def minutes(count: float) -> None:
            now[0] += int(count * 60_000)

        browser.sign_in("admin", "a phrase of the one")
        minutes(9)
        assert browser.get("/alerts").status == 200
        minutes(9)
        # A page that is merely open keeps nobody signed in.
        assert browser.get("/watch").status == 200
        minutes(2)
        assert browser.get("/watch").status == 401
        assert browser.get("/alerts").status == 303
        browser.sign_in("admin", "a phrase of the one")
        for _ in range(7):
            minutes(8)
            assert browser.get("/alerts").status == 200
        minutes(5)
        assert browser.get("/alerts").status == 303


@pytest.mark.slow
def test_a_list_of_passwords_is_slowed_and_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, Config()) as desk:
        desk.access.add("李明", "admin", "一句自己才知道的话而且很长", by="the tests")
        browser = Browser(desk.url)
        known, unknown = [], []
        for number in range(FREE_ACCOUNT + 3):
            known.append(browser.sign_in("李明", f"password number {number}"))
            unknown.append(browser.sign_in("王芳", f"password number {number}"))
        codes = [answer.status for answer in known]
        assert codes[:FREE_ACCOUNT] == [401] * FREE_ACCOUNT
        assert 429 in codes[FREE_ACCOUNT:]
        slowed = next(answer for answer in known if answer.status == 429)
        assert int(slowed.headers["Retry-After"]) >= 1
        # Nobody learns whether there is such a person: neither by the status nor by the words.
        assert {answer.status for answer in unknown} == {401, 429}
        assert known[0].text.count("姓名或密码不对") == unknown[0].text.count("姓名或密码不对") == 1
        # While it is slowed the right password is not looked at either.
        codes = [browser.sign_in("李明", f"no {number}").status for number in range(3)]
        assert 429 in codes
        acts = [(entry.act, entry.person) for entry in desk.access.journal(100)]
        assert acts.count(("slowed", "李明")) >= 1
        assert acts.count(("refused", "李明")) >= FREE_ACCOUNT
        assert acts.count(("refused", "")) >= FREE_ACCOUNT
        assert not any("王芳" in str(entry) for entry in desk.access.journal(100))
        metrics = browser.get("/metrics").text
        assert 'livewatch_sign_ins_total{result="slowed"}' in metrics
        assert 'livewatch_sign_ins_total{result="slowed"} 0.0' not in metrics
    said = "".join(capfd.readouterr())
    assert "sign_in_slowed" in said
    assert "password number" not in said


@pytest.mark.slow
def test_nobody_has_to_sign_in_before_there_is_somebody(tmp_path: Path) -> None:
    with running(tmp_path, Config()) as desk:
        browser = Browser(desk.url)
        page = browser.get("/alerts")
        assert page.status == 200
        assert "未启用登录" in page.text
        assert browser.get("/api/v1/alerts").status == 200
        assert browser.get("/users").status == 403
        assert "livewatch users add" in browser.get("/sign-in").text
        stream = Listening(browser)
        desk.access.add("first", "admin", "a phrase of the one", by="the tests")
        assert stream.ended.wait(PATIENCE_S)
        stream.close()
        until = time.monotonic() + PATIENCE_S
        while browser.get("/api/v1/alerts").status == 200:
            assert time.monotonic() < until
        assert browser.get("/alerts").status == 303
        assert "未启用登录" not in browser.get("/sign-in").text
    with running(tmp_path, Config()) as desk:
        assert Browser(desk.url).get("/api/v1/alerts").status == 401


@pytest.mark.slow
def test_it_can_be_required_from_the_start(tmp_path: Path) -> None:
    with running(tmp_path, Config(sign_in=SignIn(required=True))) as desk:
        browser = Browser(desk.url)
        assert browser.get("/api/v1/alerts").status == 401
        assert browser.get("/no/such/page").status == 303
        assert browser.get("/sign-in").status == 200


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of its own for this machine, and its key."""
    folder.mkdir(exist_ok=True)
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-days", "2",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@pytest.mark.slow
def test_a_renewed_certificate_is_taken_at_the_next_connection(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    renewed, its_key = certificate(tmp_path / "renewed")

    def shown(url: str) -> str:
        port = int(url.rpartition(":")[2])
        return ssl.get_server_certificate(("127.0.0.1", port)).strip()

    first, second = cert.read_text().strip(), renewed.read_text().strip()
    settings = Config(server=Server(tls_cert=str(cert), tls_key=str(key)))
    with running(tmp_path / "data", settings) as desk:
        assert shown(desk.url) == first
        # A program that renews replaces one file after the other: between them nothing fits.
        its_key.replace(key)
        assert shown(desk.url) == first
        with capture_logs() as logs:
            renewed.rename(cert)
            assert shown(desk.url) == second
        assert [line["event"] for line in logs] == ["certificate_renewed"]
        assert shown(desk.url) == second
        with capture_logs() as logs:
            cert.unlink()
            assert shown(desk.url) == second
            assert shown(desk.url) == second
        assert [line["event"] for line in logs] == ["certificate_not_taken"]


@pytest.mark.slow
def test_an_own_certificate(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    settings = Config(server=Server(tls_cert=str(cert), tls_key=str(key)))
    with running(tmp_path / "data", settings) as desk:
        assert desk.url.startswith("https://")
        desk.access.add("admin", "admin", "a phrase of the one", by="the tests")
        browser = Browser(desk.url, ssl.create_default_context(cafile=str(cert)))
        assert browser.sign_in("admin", "a phrase of the one").status == 303
        assert "__Host-livewatch" in browser.cookies
        answer = browser.get("/alerts")
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        # By TLS no cookie is believed that came without.
        browser.cookies = {"livewatch_session": browser.cookies["__Host-livewatch"]}
        assert browser.get("/alerts").status == 303
        # The command line knows the certificate of its own configuration.
        port = int(desk.url.rpartition(":")[2])
        here = MonitorApi(
            None, Config(server=Server(port=port, tls_cert=str(cert), tls_key=str(key)))
        )
        assert here.get("/healthz")["status"] == "ok"
    for wrong in (Server(tls_cert=str(cert)), Server(tls_cert=str(key), tls_key=str(cert))):
        with pytest.raises(ConfigError, match=r"server\.tls_cert"):
            tls_of(wrong)


@pytest.mark.slow
def test_the_command_line_shows_a_token(
    desk: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused, match="LIVEWATCH_API_TOKEN_FILE"):
        MonitorApi(desk.url, Config()).get("/api/v1/alerts")
    file = tmp_path / "token"
    file.write_text(desk.bearer("analyst", "read", "handle")["Authorization"].partition(" ")[2])
    monkeypatch.setenv("LIVEWATCH_API_TOKEN_FILE", str(file))
    api = MonitorApi(desk.url, Config())
    assert api.get("/api/v1/alerts")["items"]
    assert api.get("/api/v1/session")["name"] == "analyst"
    monkeypatch.setenv("LIVEWATCH_API_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="LIVEWATCH_API_TOKEN_FILE"):
        MonitorApi(desk.url, Config())


@pytest.mark.slow
def test_forwarded_addresses_are_taken_from_proxies_that_are_named(tmp_path: Path) -> None:
    passed_on = {
        "X_Forwarded_For": "203.0.113.7, 198.51.100.9", "X_Forwarded_Proto": "https",
        "Origin": "",
    }  # fmt: skip

    def journal(settings: Config, folder: str) -> tuple[set[str], list[str]]:
        with running(tmp_path / folder, settings) as desk:
            desk.access.add("admin", "admin", "a phrase of the one", by="the tests")
            browser = Browser(desk.url)
            headers = dict(passed_on, Origin=desk.url.replace("http:", "https:"))
            form = browser.get("/sign-in", **headers).text
            token = form.partition('name="token" value="')[2].partition('"')[0]
            values = {"token": token, "name": "admin", "password": "a phrase of the one"}
            assert browser.send("/sign-in", values, **headers).status == 303
            # Whoever comes through a proxy is no program on this machine.
            assert browser.get("/metrics", **headers).status == 200
            nobody = Browser(desk.url)
            assert nobody.get("/metrics", **headers).status == 401
            assert nobody.get("/metrics").status == 200
            assert nobody.get("/healthz", **headers).json == {"status": "ok"}
            return {entry.address for entry in desk.access.journal(9) if entry.address}, browser.set

    addresses, _ = journal(Config(), "unnamed")
    assert addresses == {"127.0.0.1"}
    addresses, cookies = journal(Config(server=Server(trusted_proxies=["127.0.0.1"])), "named")
    assert addresses == {"198.51.100.9"}
    assert any(line.startswith("__Host-livewatch=") for line in cookies)
