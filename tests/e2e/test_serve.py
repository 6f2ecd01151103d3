"""`livewatch serve` as the command that people start, in a process of its own."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.pipeline.sqlite import SqliteLog
from monitor.store.database import Database
from tests import copies
from tests.copies import SHIPPED, SMALL
from tests.e2e.process import MonitorProcess
from tests.monitor.build import chat
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

CANARY = "canary-token-5f2c"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def monitor(data: Path) -> Iterator[MonitorProcess]:
    started = MonitorProcess(data, token=CANARY)
    yield started
    if started.process.poll() is None:
        started.kill()


def refused(data: Path, *more: str) -> tuple[int, str]:
    """Status and standard error of a monitor that does not start."""
    errors = data.parent / f"{data.name}.refused"
    arguments = ["serve", "--data", str(data), "--port", "0", *more]
    process = copies.start(SMALL, arguments, errors=errors)
    status = process.wait(PATIENCE_S)
    assert process.stdout is not None
    process.stdout.close()
    return status, errors.read_text(encoding="utf-8")


@pytest.mark.slow(5)
def test_it_answers_at_the_address_that_it_prints(data: Path) -> None:
    monitor = MonitorProcess(data, module=SHIPPED, anew=True)
    assert monitor.url.startswith("http://127.0.0.1:")
    assert monitor.get("/healthz")["status"] == "ok"
    assert monitor.get("/api/v1/alerts") == {"items": [], "next": None}
    assert "<html" in monitor.text("/alerts")
    assert monitor.text("/metrics").startswith("# HELP livewatch_")
    monitor.kill()


@pytest.mark.slow(4)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_on_a_signal_with_everything_committed(
    monitor: MonitorProcess, data: Path, number: signal.Signals
) -> None:
    lines = [chat(f"c{index}", index) for index in range(3_000)]
    assert monitor.post(lines, CANARY)["accepted"] == 3_000
    assert monitor.stop(number) == 0
    database = Database(data / "livewatch.db")
    log = SqliteLog(database)
    assert log.head == 3_000
    # The worker ended after a whole batch, wherever it was.
    assert 0 <= log.position <= log.head
    rows = database.write(
        lambda connection: connection.exec_driver_sql("SELECT sum(events) FROM rooms").scalar_one()
    )
    assert (rows or 0) == log.position
    database.close()


@pytest.mark.slow(3)
def test_an_open_stream_does_not_keep_it_alive(monitor: MonitorProcess) -> None:
    port = int(monitor.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as reader:
        reader.sendall(b"GET /api/v1/alerts/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert reader.recv(100).startswith(b"HTTP/1.1 200")
        assert monitor.stop() == 0


def test_its_log_is_json_without_the_token_or_chat(monitor: MonitorProcess, data: Path) -> None:
    monitor.post([chat("c", text="悄悄话"), b"{bad"], CANARY)
    monitor.stop()
    text = (data.parent / "data.stderr").read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    assert {"listening", "stopped"} <= {event["event"] for event in events}
    assert all(event["timestamp"].endswith("Z") for event in events)
    assert CANARY not in text
    assert "悄悄话" not in text


@pytest.mark.slow(3)
def test_a_second_monitor_on_the_same_data_is_refused(monitor: MonitorProcess, data: Path) -> None:
    status, said = refused(data)
    assert (status, str(data) in said) == (4, True)
    assert monitor.get("/healthz")["status"] == "ok"


def test_a_port_in_use_is_refused(monitor: MonitorProcess, tmp_path: Path) -> None:
    port = monitor.url.rsplit(":", 1)[1]
    status, said = refused(tmp_path / "other", "--port", port)
    assert (status, port in said) == (4, True)


ALL = "0.0.0.0"  # noqa: S104 - that it is refused is what is tested


@pytest.mark.parametrize("host", [ALL, "::", "192.0.2.7", "monitor.example", ""])
def test_an_address_that_others_reach_is_refused_until_it_is_allowed(
    tmp_path: Path, host: str
) -> None:
    status, said = refused(tmp_path / "data", "--host", host)
    assert status == 3
    assert "server.allow_remote = true" in said
    assert "neither sign-in nor encryption" in said
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_allowed_is_bound(tmp_path: Path) -> None:
    monitor = MonitorProcess(
        tmp_path / "data",
        "--host",
        ALL,
        environment={"LIVEWATCH__SERVER__ALLOW_REMOTE": "true"},
    )
    assert monitor.url.startswith(f"http://{ALL}:")
    assert monitor.stop() == 0


@pytest.mark.slow(4)
def test_the_token_comes_from_a_file_and_the_command_line_is_warned_of(
    data: Path, tmp_path: Path, monitor: MonitorProcess
) -> None:
    monitor.stop()
    said = (data.parent / "data.stderr").read_text(encoding="utf-8")
    assert "ingest_token_is_visible" in said
    assert CANARY not in said
    file = tmp_path / "token"
    file.write_text(CANARY + "\n", encoding="utf-8")
    other = MonitorProcess(
        tmp_path / "other", "--ingest-token-file", str(file), token=None, anew=True
    )
    assert other.post([chat("c1", 1)], CANARY)["accepted"] == 1
    command = Path(f"/proc/{other.process.pid}/cmdline").read_bytes()
    assert CANARY.encode() not in command
    other.stop()
    assert "ingest_token_is_visible" not in (tmp_path / "other.stderr").read_text()
    status, told = refused(tmp_path / "third", "--ingest-token-file", "/no/such/file")
    assert (status, "/no/such/file" in told, "--ingest-token-file" in told) == (3, True, True)


def test_a_bad_configuration_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "livewatch.toml"
    file.write_text("[server]\nprot = 1\n", encoding="utf-8")
    status, said = refused(tmp_path / "data", "--config", str(file))
    assert (status, "prot" in said) == (3, True)
    assert "Traceback" not in said


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    database = Database(data / "livewatch.db")
    database.write(
        lambda connection: (
            connection.exec_driver_sql("INSERT INTO schema_versions VALUES (99, 'later', 'x')")
            and None
        )
    )
    database.close()
    status, said = refused(data)
    assert (status, "newer" in said) == (4, True)


def test_a_file_that_is_no_database_is_refused_in_words_and_left_alone(tmp_path: Path) -> None:
    foreign = tmp_path / "livewatch.db"
    foreign.write_text("somebody's notes", encoding="utf-8")
    status, words = refused(tmp_path)
    assert status == 4
    assert "not a database" in words
    assert "Traceback" not in words
    assert foreign.read_text(encoding="utf-8") == "somebody's notes"


def test_without_a_token_one_is_made_in_the_data_directory(data: Path) -> None:
    monitor = MonitorProcess(data, token=None)
    try:
        token = (data / "ingest.token").read_text(encoding="utf-8").strip()
        assert monitor.post([chat("c")], token)["accepted"] == 1
    finally:
        monitor.kill()
