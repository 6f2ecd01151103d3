"""Caddy and nginx before a running monitor, with the shipped configurations: TLS, and who asks."""

from __future__ import annotations

import http.client
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.access.journal import entries
from monitor.commands import users
from monitor.commands.users import Place
from monitor.store.store import Store
from tests.deploy.tools import DEPLOY, free_port, program
from tests.e2e.process import TOKEN, MonitorProcess
from tests.monitor.access.browser import Answer, Browser
from tests.monitor.build import chat, speech
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

PASSWORD = "a long password of the tests"
SETTINGS = """
[server]
trusted_proxies = ["127.0.0.1"]
[sign_in]
required = true
"""


class Proxy:
    """A proxy on a port of its own, and a client that does not check its certificate."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process
        # Made for the test, and trusted by nobody.
        self._context = ssl._create_unverified_context()  # noqa: S323
        self._opened: list[http.client.HTTPSConnection] = []

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=PATIENCE_S, context=self._context
        )
        self._opened.append(connection)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, given)
        return connection.getresponse()

    def close(self) -> None:
        for connection in self._opened:
            connection.close()
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:  # Caddy waits for a stream that is still open
            self.process.kill()
            self.process.wait(PATIENCE_S)

    def status(self, method: str, path: str, body: bytes | None = None, **headers: str) -> int:
        answer = self.ask(method, path, body, **headers)
        answer.read()
        return answer.status

    def wait(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.status("GET", "/healthz")
            except OSError:
                assert time.monotonic() < until, "the proxy does not answer"
                assert self.process.poll() is None, "the proxy has ended"
                time.sleep(0.1)
            else:
                return


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[MonitorProcess]:
    settings, secret = tmp_path / "livewatch.toml", tmp_path / "password"
    settings.write_text(SETTINGS)
    secret.write_text(PASSWORD)
    running = MonitorProcess(tmp_path / "data", "--config", str(settings))
    place = Place(tmp_path / "data", None)
    for name, role in (("李明", "analyst"), ("老陈", "admin")):
        assert users.add(place, name, role, secret, generate=False) == 0
    yield running
    running.kill()


@pytest.fixture(params=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, monitor: MonitorProcess, tmp_path: Path
) -> Iterator[Proxy]:
    start = {"nginx": nginx, "caddy": caddy}[request.param]
    started = start(monitor, tmp_path)
    try:
        started.wait()
        yield started
    finally:
        started.close()


def nginx(monitor: MonitorProcess, folder: Path) -> Proxy:
    tool = program("nginx", "/usr/sbin/nginx", package="nginx")
    port = free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "livewatch.key",
         "-out", folder / "livewatch.pem", "-subj", "/CN=localhost", "-days", "2"],
        check=True, capture_output=True,
    )  # fmt: skip
    site = (DEPLOY / "nginx" / "livewatch.conf").read_text("utf-8")
    site = site.replace("/etc/nginx/", f"{folder}/").replace(
        "listen 443", f"listen 127.0.0.1:{port}"
    )
    site = site.replace("http://127.0.0.1:8080", monitor.url)
    (folder / "site.conf").write_text(site)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off;\n{user}pid {folder}/nginx.pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {folder}/site.conf;\n}}\n"
    )
    arguments = [tool, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    return Proxy(port, subprocess.Popen([*arguments, "-e", str(folder / "nginx.log")]))


def caddy(monitor: MonitorProcess, folder: Path) -> Proxy:
    tool = program("caddy", package="caddy")
    port = free_port()
    # Its own authority is made for the test, and trusted by nobody else.
    own = f"{{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n\thttp_port {free_port()}\n}}\n"
    file = folder / "Caddyfile"
    file.write_text(own + (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8"))
    upstream = monitor.url.removeprefix("http://")
    environment = {
        **os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "share"),
        "XDG_CONFIG_HOME": str(folder / "config"), "LIVEWATCH_SITE": f"https://localhost:{port}",
        "LIVEWATCH_DESK": upstream, "LIVEWATCH_INGEST": upstream,
    }  # fmt: skip
    with (folder / "caddy.log").open("wb") as log:
        arguments = [tool, "run", "--config", str(file), "--adapter", "caddyfile"]
        process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
    return Proxy(port, process)


def signed_in(proxy: Proxy, name: str) -> Browser:
    context = ssl._create_unverified_context()  # noqa: S323  # made for the test
    browser = Browser(f"https://localhost:{proxy.port}", context)
    assert browser.sign_in(name, PASSWORD).status == 303
    return browser


def test_only_who_has_signed_in_gets_through(
    proxy: Proxy, monitor: MonitorProcess, tmp_path: Path
) -> None:
    for path in ("/api/v1/alerts", "/api/v1/alerts/stream", "/api/v1/rooms"):
        assert proxy.status("GET", path) == 401, path
    for path in ("/alerts", "/rules"):
        assert proxy.status("GET", path) == 303, path
    browser = signed_in(proxy, "李明")
    answer = browser.get("/alerts")
    assert answer.status == 200
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    # What it shows goes by TLS to this host only, and the monitor knows who asks.
    assert set(browser.cookies) >= {"__Host-livewatch"}
    # Whatever a client says of itself, the proxy says who it is.
    lying = signed_in_as_another(proxy)
    assert lying.status == 303
    store = Store.open(tmp_path / "data" / "livewatch.db")
    with store.database.read() as connection:
        addresses = {entry.address for entry in entries(connection, 9) if entry.address}
    store.close()
    assert addresses <= {"127.0.0.1", "::1"}
    # Metrics and probes are for the machine itself.
    for path in ("/metrics", "/healthz", "/readyz"):
        assert browser.get(path).status == 404, path


def signed_in_as_another(proxy: Proxy) -> Answer:
    context = ssl._create_unverified_context()  # noqa: S323  # made for the test
    browser = Browser(f"https://localhost:{proxy.port}", context)
    return browser.sign_in(
        "李明", PASSWORD, X_Forwarded_For="203.0.113.66", Forwarded="for=1.2.3.4"
    )


def test_senders_show_their_own_token_and_events_arrive_as_they_come(
    proxy: Proxy, monitor: MonitorProcess
) -> None:
    browser = signed_in(proxy, "李明")
    connection, stream = browser.open("GET", "/api/v1/alerts/stream?last=0")
    assert stream.status == 200
    body = b"\n".join([speech("s"), chat("c", 20)])
    assert proxy.status("POST", "/api/v1/events", body) == 401
    assert proxy.status("POST", "/api/v1/events", body, Authorization=f"Bearer {TOKEN}") == 202
    # Not when the stream ends, which it never does.
    data = b""
    while b'"rule":"shout"' not in data:
        data += stream.read1(4_096)
    stream.close()
    connection.close()
    [alert] = browser.get("/api/v1/alerts").json["items"]
    # What a page of the console sends: of the same origin.
    handled = browser.post(f"/api/v1/alerts/{alert['id']}/acknowledge", {"who": "局长"})
    assert handled.status == 200
    assert handled.json["handling"]["who"] == "李明"
    foreign = browser.post(
        f"/api/v1/alerts/{alert['id']}/close", {"reason": "minor"}, Origin="https://evil.example"
    )
    assert foreign.status == 403
