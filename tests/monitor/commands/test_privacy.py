"""`livewatch privacy` as an operator uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.privacy import Pseudonyms
from detectors.events import Chat, decode
from monitor.cli import app
from monitor.pipeline.sqlite import SqliteLog
from monitor.runtime import claim
from monitor.store.database import Database
from tests.monitor.build import BASE_MS, chat, entry

KEY = "k1:0123456789abcdef"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stopped monitor's directory, with lines of two viewers."""
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pseudonym.key").write_text(KEY + "\n")
    database = Database(tmp_path / "livewatch.db")
    users = [Pseudonyms.from_text(KEY).of("demo", account) for account in ("7001", "7002")]
    lines = [entry(chat(user, user=user, text="在吗")) for user in users]
    SqliteLog(database).append(lines, source="t", now=BASE_MS).result()
    database.close()
    return tmp_path


def livewatch(*words: str, answer: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, ["privacy", *words], input=answer)
    return done.exit_code, done.output


def texts(data: Path) -> list[str]:
    database = Database(data / "livewatch.db")
    events = [decode(record.data) for record in SqliteLog(database).read(0, 100)]
    database.close()
    return [event.text for event in events if isinstance(event, Chat)]


@pytest.mark.slow
def test_a_key_is_rotated_and_the_old_one_destroyed_when_confirmed(data: Path) -> None:
    folder = str(data)
    status, said = livewatch("rotate", "--data", folder, "--who", "王")
    assert (status, said[:2]) == (0, "k2")
    assert livewatch("forget", "--key", "k2", "--yes", "--data", folder)[0] == 3
    assert livewatch("forget", "--unused-days", "1", "--yes", "--data", folder)[0] == 0
    assert livewatch("forget", "--key", "k1", "--data", folder, answer="n\n")[0] == 1
    assert KEY in (data / "pseudonym.key").read_text()
    assert livewatch("forget", "--key", "k1", "--data", folder, answer="y\n")[0] == 0
    assert KEY not in (data / "pseudonym.key").read_text()


@pytest.mark.slow
def test_an_account_is_forgotten_under_the_key_of_then(data: Path) -> None:
    livewatch("rotate", "--data", str(data))
    status, said = livewatch("forget", "--account", "demo:7001", "--yes", "--data", str(data))
    assert (status, said[:8]) == (0, "events 1")
    assert texts(data) == ["〔已删除〕", "在吗"]


@pytest.mark.slow
def test_a_pseudonym_is_forgotten_when_confirmed(data: Path) -> None:
    name = Pseudonyms.from_text(KEY).of("demo", "7002")
    arguments = ("forget", "--pseudonym", name, "--data", str(data))
    assert livewatch(*arguments, answer="n\n")[0] == 1
    assert texts(data) == ["在吗", "在吗"]
    assert livewatch(*arguments, answer="y\n")[0] == 0
    assert texts(data) == ["在吗", "〔已删除〕"]


@pytest.mark.slow
def test_nobody_is_forgotten_under_a_running_monitor(data: Path) -> None:
    with claim(data):
        status, _ = livewatch("forget", "--account", "demo:7001", "--yes", "--data", str(data))
    assert status == 4
    assert texts(data) == ["在吗", "在吗"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("forget",),
        ("forget", "--key", "k1", "--account", "demo:1"),
        ("forget", "--account", "7001", "--yes", "--data", "."),
        ("forget", "--pseudonym", "k1:%", "--yes", "--data", "."),
        ("forget", "--account", "demo:1", "--yes", "--data", "nowhere"),
    ],
)
def test_what_cannot_be_meant_is_refused(data: Path, words: tuple[str, ...]) -> None:
    assert livewatch(*words)[0] in (2, 3)
    assert texts(data) == ["在吗", "在吗"]


@pytest.mark.slow
def test_a_key_in_the_environment_is_not_rotated_in_a_file_that_nobody_reads(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEWATCH_PSEUDONYM_KEY", KEY)
    assert livewatch("rotate", "--data", str(data))[0] == 3
    assert (data / "pseudonym.key").read_text() == KEY + "\n"
