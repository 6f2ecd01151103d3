"""Caddy and nginx before a running monitor, with the shipped configurations: TLS, a name and a password."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.tools import DEPLOY, free_port, program
from tests.e2e.process import TOKEN, MonitorProcess
from tests.monitor.build import chat, speech
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

PASSWORD = "a long password of the tests"
BASIC = "Basic " + base64.b64encode(f"desk:{PASSWORD}".encode()).decode()


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
    running = MonitorProcess(tmp_path / "data")
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
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True
    ).stdout
    (folder / "livewatch.htpasswd").write_text(f"desk:{hashed}")
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
    hashed = subprocess.run(
        [tool, "hash-password", "--plaintext", PASSWORD], check=True, capture_output=True, text=True
    ).stdout.strip()
    # Its own authority is made for the test, and trusted by nobody else.
    own = f"{{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n\thttp_port {free_port()}\n}}\n"
    file = folder / "Caddyfile"
    file.write_text(own + (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8"))
    upstream = monitor.url.removeprefix("http://")
    environment = {
        **os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "share"),
        "XDG_CONFIG_HOME": str(folder / "config"), "LIVEWATCH_SITE": f"https://localhost:{port}",
        "LIVEWATCH_HASH": hashed, "LIVEWATCH_DESK": upstream, "LIVEWATCH_INGEST": upstream,
    }  # fmt: skip
    with (folder / "caddy.log").open("wb") as log:
        arguments = [tool, "run", "--config", str(file), "--adapter", "caddyfile"]
        process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
    return Proxy(port, process)


def test_only_who_is_known_gets_through(proxy: Proxy, monitor: MonitorProcess) -> None:
    for path in ("/alerts", "/api/v1/alerts", "/api/v1/alerts/stream", "/api/v1/rooms", "/rules"):
        assert proxy.status("GET", path) == 401, path
        assert proxy.status("GET", path, Authorization="Basic ZGVzazp4") == 401, path
    answer = proxy.ask("GET", "/alerts", Authorization=BASIC)
    assert answer.status == 200
    assert "max-age" in (answer.getheader("Strict-Transport-Security") or "")
    assert "livewatch" in answer.read().decode()
    # Metrics and probes are for the machine itself.
    for path in ("/metrics", "/healthz", "/readyz"):
        assert proxy.status("GET", path, Authorization=BASIC) == 404, path


def test_senders_show_their_own_token_and_events_arrive_as_they_come(
    proxy: Proxy, monitor: MonitorProcess
) -> None:
    stream = proxy.ask("GET", "/api/v1/alerts/stream?last=0", Authorization=BASIC)
    assert stream.status == 200
    body = b"\n".join([speech("s"), chat("c", 20)])
    assert proxy.status("POST", "/api/v1/events", body) == 401
    assert proxy.status("POST", "/api/v1/events", body, Authorization=f"Bearer {TOKEN}") == 202
    # Not when the stream ends, which it never does.
    data = b""
    while b'"rule":"shout"' not in data:
        data += stream.read1(4_096)
    stream.close()
    found = proxy.ask("GET", "/api/v1/alerts", Authorization=BASIC)
    [alert] = json.loads(found.read())["items"]
    # What a page of the console sends: of the same origin.
    handled = proxy.status(
        "POST", f"/api/v1/alerts/{alert['id']}/acknowledge", b"{}",
        Authorization=BASIC, Content_Type="application/json", Origin=f"https://localhost:{proxy.port}",
    )  # fmt: skip
    assert handled == 200
    foreign = proxy.status(
        "POST", f"/api/v1/alerts/{alert['id']}/close", b'{"reason": "minor"}',
        Authorization=BASIC, Content_Type="application/json", Origin="https://evil.example",
    )  # fmt: skip
    assert foreign == 403
