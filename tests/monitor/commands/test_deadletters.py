"""`livewatch deadletters list`: which letters, how many, and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.store.rows import Cause, DeadLetter, Stage
from monitor.store.store import Store
from tests.connectors.lines import AT


def letter(
    data: bytes, cause: Cause | None = None, *, stage: Stage = "decode", kind: str = "",
    source: str = "recorder/77001", reason: str = "reason", rule: str | None = None,
) -> DeadLetter:  # fmt: skip
    return DeadLetter(
        stage=stage, source=source, reason=reason, data=data, first_at=AT, last_at=AT,
        cause=cause, kind=kind, rule=rule,
    )  # fmt: skip


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    store = Store.open(folder / "livewatch.db")
    store.bury(
        [
            letter(b"a", "unknown", kind="command NEW_VOTE", reason="x: unknown command NEW_VOTE"),
            letter(b"b", "unknown", kind="command NEW_VOTE", source="recorder/77002"),
            letter(b"c", "unknown", kind="command OTHER", source="relay"),
            letter(b"d", reason="line 1: no JSON"),
            letter(b"e", "too_large", stage="ingest", source="http"),
            letter(b"f", stage="rule", source="demo:77001", rule="false-claim"),
        ]
    ).result()
    # The same bytes once more: one letter, two attempts.
    store.bury([letter(b"b", "unknown", kind="command NEW_VOTE", source="recorder/77002")]).result()
    store.close()
    return folder


def listed(data: Path, *arguments: str) -> list[dict[str, object]]:
    answer = CliRunner().invoke(
        app, ["deadletters", "list", "--data", str(data), "--json", *arguments]
    )
    assert answer.exit_code == 0, answer.output
    found: list[dict[str, object]] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ([], [1, 2, 3, 4, 5, 6]),
        (["--cause", "unknown"], [1, 2, 3]),
        (["--cause", "invalid"], [4]),
        (["--cause", "fault"], [6]),
        (["--kind", "new_vote"], [1, 2]),
        (["--kind", "nothing"], []),
        (["--source", "recorder"], [1, 2, 4]),
        (["--source", "recorder/77002"], [2]),
        (["--source", "record"], []),
        (["--stage", "ingest"], [5]),
        (["--reason", "no json"], [4]),
        (["--rule", "false-claim"], [6]),
        (["--source", "recorder", "--cause", "unknown"], [1, 2]),
    ],
)
def test_letters_are_chosen(data: Path, arguments: list[str], numbers: list[int]) -> None:
    assert [found["number"] for found in listed(data, *arguments)] == numbers


def test_a_letter_for_programs_says_what_is_known_of_it(data: Path) -> None:
    (found,) = listed(data, "--source", "recorder/77002")
    assert (found["cause"], found["kind"], found["attempts"]) == ("unknown", "command NEW_VOTE", 2)
    assert (found["stage"], found["bytes"], found["first_at"]) == ("decode", 1, AT)


def test_letters_are_counted_by_what_they_have_in_common(data: Path) -> None:
    counted = listed(data, "--counts")
    assert counted[0] == {
        "letters": 2, "attempts": 3, "stage": "decode", "cause": "unknown",
        "source": "recorder", "kind": "command NEW_VOTE",
    }  # fmt: skip
    assert sum(int(str(row["letters"])) for row in counted) == 6
    assert {row["kind"] for row in counted if row["cause"] == "fault"} == {"false-claim"}


@pytest.mark.slow
def test_people_read_columns(data: Path) -> None:
    def text(*arguments: str) -> list[list[str]]:
        answer = CliRunner().invoke(app, ["deadletters", "list", "--data", str(data), *arguments])
        return [line.split("\t") for line in answer.stdout.splitlines()]

    assert text()[0][:5] == ["1", "decode", "recorder/77001", "unknown", "command NEW_VOTE"]
    assert text("--counts", "--cause", "invalid") == [
        ["1", "1", "decode", "invalid", "recorder", ""]
    ]


def test_a_cause_that_does_not_exist_is_bad_usage(data: Path) -> None:
    arguments = ["deadletters", "list", "--data", str(data), "--cause", "weather"]
    assert CliRunner().invoke(app, arguments).exit_code == 2


@pytest.mark.parametrize(
    "kept",
    [
        letter(b"a", "unknown", kind="command NEW_VOTE"),
        letter(b"b", stage="rule", rule="false-claim"),
        letter(b"c", "too_large", stage="ingest", source="http"),
    ],
)
def test_a_letter_in_kafka_says_the_same(kept: DeadLetter) -> None:
    pytest.importorskip("aiokafka")
    from monitor.pipeline.kafka.dead_letters import letter_of, message_of

    message = message_of("letters", kept, None)
    record = SimpleNamespace(
        headers=message.headers, value=message.value, timestamp=AT, offset=kept.number, key=b""
    )
    assert letter_of(record) == kept


def test_a_letter_of_an_older_version_has_the_cause_of_its_stage() -> None:
    pytest.importorskip("aiokafka")
    from monitor.pipeline.kafka.dead_letters import letter_of

    record = SimpleNamespace(
        headers=[("stage", b"engine"), ("source", b"demo:1")], value=b"x", timestamp=AT, offset=3
    )
    assert (letter_of(record).cause, letter_of(record).kind) == ("fault", "")
