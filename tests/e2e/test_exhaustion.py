"""Clients that want to use the monitor up, against a real process: half requests, slow bodies,
readers that do not read, bodies that unpack to thousands of times their size."""

from __future__ import annotations

import contextlib
import gzip
import json
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from detectors.alerts import Evidence
from detectors.events import Chat
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.e2e.process import TOKEN, MonitorProcess
from tests.monitor.build import BASE_MS, alert, chat
from tests.patience import PATIENCE_S

pytestmark = [pytest.mark.slow]

MIB = 2**20
#: Short times, so that a test need not wait; long enough for a machine that is busy.
QUICK = {
    "LIVEWATCH__SERVER__HEADER_S": "2",
    "LIVEWATCH__SERVER__BODY_S": "2",
    "LIVEWATCH__SERVER__WRITE_S": "3",
}
#: What one alert of the tests weighs as JSON.
ALERT_BYTES = 28_000


@pytest.fixture(autouse=True)
def many_files() -> Iterator[None]:
    """The attacker needs files, too."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def started() -> Iterator[list[MonitorProcess]]:
    running: list[MonitorProcess] = []
    yield running
    for monitor in running:
        if monitor.process.poll() is None:
            monitor.kill()


def start(
    started: list[MonitorProcess], data: Path, files: int = 1_024, **environment: str
) -> MonitorProcess:
    monitor = MonitorProcess(data, environment={**QUICK, **environment}, files=files)
    started.append(monitor)
    return monitor


def fill(data: Path, alerts: int) -> None:
    """Alerts with evidence as long as that of a lively room."""
    data.mkdir()
    store = Store.open(data / "livewatch.db")
    texts = [f"第{number}条 " + "这个颜色好看吗多少钱一件怎么买" * 9 for number in range(60)]
    seen = [
        Chat(id=f"c{n}", platform="demo", room="1", at=BASE_MS, text=text)
        for n, text in enumerate(texts)
    ]
    made = [alert(f"{n}", evidence=Evidence(trigger=seen)) for n in range(alerts)]
    for begin in range(0, alerts, 50):
        store.commit(Outcome(alerts=made[begin : begin + 50]), BASE_MS)
    store.close()


class Attack:
    """Sockets that stay open until the end of the test."""

    def __init__(self, monitor: MonitorProcess) -> None:
        parts = urlsplit(monitor.url)
        self._address = (parts.hostname, parts.port)
        self.sockets: list[socket.socket] = []

    def open(self, sent: bytes, *, receive_bytes: int | None = None) -> socket.socket:
        one = socket.socket()
        self.sockets.append(one)
        if receive_bytes is not None:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        one.settimeout(PATIENCE_S)
        one.connect(self._address)
        with contextlib.suppress(ConnectionError):  # cut at once
            one.sendall(sent)
        return one

    def close(self) -> None:
        for one in self.sockets:
            one.close()


@pytest.fixture
def attacks() -> Iterator[list[Attack]]:
    made: list[Attack] = []
    yield made
    for attack in made:
        attack.close()


def attack_on(attacks: list[Attack], monitor: MonitorProcess) -> Attack:
    attacks.append(Attack(monitor))
    return attacks[-1]


def answer_of(one: socket.socket) -> bytes:
    """Everything that comes until the monitor ends the connection."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := one.recv(65_536):
            received += part
    return received


def until(monitor: MonitorProcess, series: str, least: float, within_s: float = PATIENCE_S) -> None:
    """Waits until a counter has come so far."""
    deadline = time.monotonic() + within_s
    while monitor.metric(series) < least:
        assert time.monotonic() < deadline, f"{series} is {monitor.metric(series)}, not {least}"
        time.sleep(0.2)


def answered(monitor: MonitorProcess, route: str) -> float:
    """Requests to an address that were answered, in whatever way."""
    lines = monitor.text("/metrics").splitlines()
    counts = [
        line for line in lines if line.startswith("livewatch_http_request_duration_seconds_count")
    ]
    return sum(float(line.rpartition(" ")[2]) for line in counts if f'route="{route}"' in line)


REFUSED = 'livewatch_http_connections_refused_total{reason="%s"}'
BUSY = 'livewatch_http_requests_refused_total{reason="%s",status="503"}'
HALF = b"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "


def test_more_half_requests_than_files_shut_nobody_out(
    tmp_path: Path, started: list[MonitorProcess], attacks: list[Attack]
) -> None:
    monitor = start(started, tmp_path / "data", LIVEWATCH__SERVER__HEADER_S="600")
    attack = attack_on(attacks, monitor)
    for number in range(1_100):
        attack.open(HALF)
        if number % 100 == 99:
            assert monitor.get("/healthz")["status"] == "ok"
            assert monitor.post([chat(f"c{number}", number)])["accepted"] == 1
    assert monitor.metric("livewatch_http_connections") <= 256
    assert monitor.metric(REFUSED % "evicted") >= 800


@pytest.mark.parametrize("files", [128, 256])
def test_however_few_files_there_are_some_are_left(
    tmp_path: Path, started: list[MonitorProcess], attacks: list[Attack], files: int
) -> None:
    monitor = start(started, tmp_path / "data", files, LIVEWATCH__SERVER__HEADER_S="600")
    attack = attack_on(attacks, monitor)
    for _ in range(200):
        attack.open(HALF)
    assert monitor.post([chat("c1", 1)])["accepted"] == 1
    assert monitor.request("GET", "/alerts")[0] == 200


def test_headers_that_do_not_come_are_answered_408(
    tmp_path: Path, started: list[MonitorProcess], attacks: list[Attack]
) -> None:
    monitor = start(started, tmp_path / "data")
    attack = attack_on(attacks, monitor)
    half, silent = attack.open(HALF), attack.open(b"")
    # A byte now and then buys no time.
    dripping = attack.open(HALF)

    def drip() -> None:
        with contextlib.suppress(OSError):
            for _ in range(200):
                time.sleep(0.1)
                dripping.send(b"a")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    assert answer_of(half).startswith(b"HTTP/1.1 408 ")
    assert answer_of(silent) == b""
    assert answer_of(dripping)[:13] in (b"HTTP/1.1 408 ", b"")
    thread.join(PATIENCE_S)
    assert monitor.metric(REFUSED % "slow_headers") == 3


@pytest.mark.parametrize(
    ("head", "length"),
    [
        (f"POST /api/v1/events HTTP/1.1\r\nAuthorization: Bearer {TOKEN}", 1_000_000),
        ("POST /api/v1/alerts/x/close HTTP/1.1\r\nContent-Type: application/json", 1_000),
        ("POST /alerts/x HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded", 1_000),
    ],
)
def test_a_body_that_does_not_come_is_answered_408(
    tmp_path: Path, started: list[MonitorProcess], attacks: list[Attack], head: str, length: int
) -> None:
    monitor = start(started, tmp_path / "data")
    attack = attack_on(attacks, monitor)
    slow = attack.open(f"{head}\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n{{".encode())
    assert answer_of(slow).startswith(b"HTTP/1.1 408 ")
    assert monitor.metric('livewatch_http_requests_refused_total{reason="body",status="408"}') == 1


def test_a_desk_takes_no_long_bodies(tmp_path: Path, started: list[MonitorProcess]) -> None:
    monitor = start(started, tmp_path / "data")
    status, _ = monitor.request(
        "POST",
        "/api/v1/alerts/x/close",
        b" " * MIB,
        {"Content-Type": "application/json"},
    )
    assert status == 413


@pytest.mark.slow(3)
def test_streams_that_nobody_reads_cost_little_and_are_cut(
    tmp_path: Path, started: list[MonitorProcess], attacks: list[Attack]
) -> None:
    data = tmp_path / "data"
    fill(data, 150)
    monitor = start(started, data, LIVEWATCH__SERVER__MAX_STREAMS_PER_ADDRESS="128")
    before = monitor.resident_bytes()
    monitor.forget_peak()
    attack = attack_on(attacks, monitor)
    for _ in range(200):
        attack.open(
            b"GET /api/v1/alerts/stream?last=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            receive_bytes=4_096,
        )
    until(monitor, BUSY % "streams", 72)
    until(monitor, 'livewatch_sse_streams_cut_total{reason="slow_reader"}', 128)
    assert monitor.get("/healthz")["status"] == "ok"
    assert monitor.peak_bytes() - before < 200 * MIB  # 5.97 GB before, of twice as many alerts
    # Whoever reads gets everything.
    reader = attack.open(b"GET /api/v1/alerts/stream?last=0 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    received = b""
    while b"event: hello" not in received:
        received += reader.recv(MIB)
    assert received.count(b"event: alert") == 150
    assert b"Content-Encoding" not in received
    assert len(received) > 150 * ALERT_BYTES


def test_lists_that_nobody_reads_cost_little(
    tmp_path: Path, started: list[MonitorProcess], attacks: list[Attack]
) -> None:
    data = tmp_path / "data"
    fill(data, 300)
    monitor = start(started, data, LIVEWATCH__SERVER__WRITE_S="600")
    assert len(monitor.get("/api/v1/alerts?limit=500")["items"]) < 300
    before = monitor.resident_bytes()
    monitor.forget_peak()
    attack = attack_on(attacks, monitor)
    for _ in range(150):
        attack.open(
            b"GET /api/v1/alerts?limit=500 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            receive_bytes=4_096,
        )
    # Each was answered or refused; most of an answer lies in the kernel, unread.
    deadline = time.monotonic() + PATIENCE_S
    while answered(monitor, "/api/v1/alerts") < 151:
        assert time.monotonic() < deadline, answered(monitor, "/api/v1/alerts")
        time.sleep(0.5)
    assert monitor.peak_bytes() - before < 250 * MIB, monitor.peak_bytes() - before
    # There is room for whoever reads.
    assert monitor.get("/api/v1/alerts?limit=3")["next"] is not None


#: What a body may unpack to here: a quarter of what is allowed otherwise, for it is all read.
MOST = 4 * MIB

#: Made when they are sent.
BOMBS: dict[str, Callable[[], bytes]] = {
    "lines": lambda: b"1\n" * (MOST // 2 - 1),
    "blank lines": lambda: b"\n" * (MOST - 1),
    "an array of numbers": lambda: b"[" + b"1," * (MOST // 2 - 2) + b"1]",
    "an array of objects": lambda: b"[" + b"{}," * (5 * MOST // 16) + b"{}]",
    "an array in arrays": lambda: b"[" + b"[[1]]," * (MOST // 8) + b"1]",
    "one string": lambda: b'"' + b"a" * (MOST - 2) + b'"',
    "an open array": lambda: b"[" * (MOST - 1),
}


@pytest.fixture(scope="module")
def unpacking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitorProcess]:
    """A monitor for all bodies: what one of them takes of memory is freed before the next."""
    running: list[MonitorProcess] = []
    monitor = start(
        running,
        tmp_path_factory.mktemp("unpacking") / "data",
        LIVEWATCH__INGEST__MAX_BODY_BYTES=str(MOST),
    )
    # What the first events take stays, whatever body they come in.
    monitor.post([chat("c1", 1)])
    yield monitor
    monitor.kill()


@pytest.mark.law(3)
@pytest.mark.parametrize("bomb", BOMBS)
def test_bodies_that_unpack_to_much_cost_little(unpacking: MonitorProcess, bomb: str) -> None:
    monitor = unpacking
    packed = gzip.compress(BOMBS[bomb]())
    assert len(packed) < 40_000
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Encoding": "gzip"}
    before = monitor.resident_bytes()
    monitor.forget_peak()
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        # With a longer patience than the tests': the two that are read at once share a machine.
        connection = socket.create_connection(
            urlsplit(monitor.url).netloc.split(":"), timeout=PATIENCE_S
        )
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(
            ["POST /api/v1/events HTTP/1.0", *lines, f"Content-Length: {len(packed)}", "", ""]
        )
        connection.sendall(head.encode() + packed)
        received = answer_of(connection)
        connection.close()
        answers.append((int(received.split(b" ", 2)[1]), received.partition(b"\r\n\r\n")[2]))

    # Many at once are tried with the kind that is read soonest: only two are read at a time.
    count = 6 if bomb == "one string" else 1
    threads = [threading.Thread(target=send) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in answers] == [202] * count
    for _, body in answers:
        assert len(body) < 50_000
        answer = json.loads(body)
        assert answer["accepted"] == 0
        assert len(answer["rejected"]) <= 100
    if bomb == "lines":
        assert json.loads(answers[0][1])["rejected_total"] == MOST // 2 - 1
    # 2.4 GB before. All six at once would take 50 MiB.
    most = {"one string": 40, "lines": 100}.get(bomb, 63)
    assert monitor.peak_bytes() - before < most * MIB


def test_answers_are_packed_where_the_client_takes_that(
    tmp_path: Path, started: list[MonitorProcess]
) -> None:
    data = tmp_path / "data"
    fill(data, 20)
    monitor = start(started, data)
    for path in ("/api/v1/alerts", "/alerts", "/metrics"):
        _, plain = monitor.request("GET", path)
        _, packed = monitor.request("GET", path, headers={"Accept-Encoding": "br, gzip;q=0.5"})
        assert len(packed) < len(plain) / 3
        assert len(gzip.decompress(packed)) > 1_000
        _, refused = monitor.request("GET", path, headers={"Accept-Encoding": "gzip;q=0"})
        assert refused[:2] != b"\x1f\x8b"
