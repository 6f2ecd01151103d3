"""`livewatch scan`."""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detectors.events import Chat, Event, Speech, encode, encode_lines
from detectors.lab.cases import case_events
from monitor.commands.exits import Exit
from monitor.commands.scan import in_time_order, run
from monitor.images import cache_folder
from tests.benchmarks.bench_start import CASES, ended, two_events
from tests.detectors.build import rulebook
from tests.monitor.every_rule import every_rule

DAY_MS = 86_400_000
Scan = Callable[..., tuple[Exit, list[dict[str, Any]], str]]


@pytest.fixture
def scan(capfdbinary: pytest.CaptureFixture[bytes]) -> Scan:
    """Runs the command: status, alerts, and what was said on standard error."""

    def scan(*files: Path | str, **options: Any) -> tuple[Exit, list[dict[str, Any]], str]:
        status = run([str(file) for file in files], **options)
        sys.stderr.flush()
        out, said = capfdbinary.readouterr()
        return status, [json.loads(line) for line in out.splitlines()], said.decode()

    return scan


@pytest.fixture(scope="module")
def recording() -> list[Event]:
    return every_rule()


@pytest.fixture
def file(tmp_path: Path, recording: list[Event]) -> Path:
    path = tmp_path / "evening.jsonl"
    path.write_bytes(encode_lines(recording))
    return path


def identity(alerts: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [(alert["id"], alert["rule"], alert["level"], alert["hits"]) for alert in alerts]


@pytest.fixture(scope="module")
def _known() -> list[list[dict[str, Any]]]:
    """What `plainly` has scanned."""
    return []


@pytest.fixture
def plainly(scan: Scan, file: Path, _known: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The alerts of the recording, scanned once for all tests of the same in another shape."""
    if not _known:
        _known.append(scan(file)[1])
    return _known[0]


@pytest.mark.slow
def test_every_rule_is_found_in_a_recording_of_many_rooms(scan: Scan, file: Path) -> None:
    status, alerts, said = scan(file)

    assert status == Exit.DONE
    found = {alert["rule"] for alert in alerts if alert["room"] in (alert["rule"], "")}
    assert found == {rule.id for rule in rulebook()}
    assert f"{len(alerts):,} alerts" in said


@pytest.mark.slow
def test_alerts_come_by_their_first_trigger(plainly: list[dict[str, Any]]) -> None:
    places = [(alert["first_at"], alert["id"]) for alert in plainly]
    assert places == sorted(places)


@pytest.mark.slow
def test_a_file_with_a_copy_of_itself_behind_it_is_the_same_recording(
    scan: Scan, file: Path, tmp_path: Path, plainly: list[dict[str, Any]]
) -> None:
    double = tmp_path / "double.jsonl"
    double.write_bytes(file.read_bytes() * 2)
    _, twice, said = scan(double)

    assert identity(twice) == identity(plainly)
    assert f"{len(file.read_bytes().splitlines()):,} duplicates" in said


@pytest.mark.slow
def test_a_file_named_twice_is_the_same_recording(
    scan: Scan, file: Path, plainly: list[dict[str, Any]]
) -> None:
    assert identity(scan(file, file)[1]) == identity(plainly)


@pytest.mark.slow
def test_a_recording_in_parts_by_kind_is_the_same_recording(
    scan: Scan, tmp_path: Path, recording: list[Event], plainly: list[dict[str, Any]]
) -> None:
    parts = []
    for kind in ("speech", "rest"):
        part = tmp_path / f"{kind}.jsonl"
        part.write_bytes(
            encode_lines(
                event for event in recording if isinstance(event, Speech) == (kind == "speech")
            )
        )
        parts.append(part)

    assert identity(scan(*parts)[1]) == identity(plainly)


@pytest.mark.slow
def test_events_out_of_order_within_the_lateness_change_nothing(
    scan: Scan, tmp_path: Path, recording: list[Event], plainly: list[dict[str, Any]]
) -> None:
    rng = random.Random(7)
    shuffled = sorted(recording, key=lambda event: event.at + rng.uniform(0, 9_000))
    path = tmp_path / "shuffled.jsonl"
    path.write_bytes(encode_lines(shuffled))

    assert identity(scan(path)[1]) == identity(plainly)


@pytest.mark.slow
def test_a_compressed_file_and_standard_input_are_read(
    scan: Scan,
    file: Path,
    tmp_path: Path,
    plainly: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed = tmp_path / "evening.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    expected = identity(plainly)
    assert identity(scan(packed)[1]) == expected

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    assert identity(scan("-")[1]) == expected


@pytest.mark.slow
def test_bad_lines_are_reported_by_file_and_line_and_do_not_stop_the_scan(
    scan: Scan, file: Path, plainly: list[dict[str, Any]]
) -> None:
    good = file.read_bytes()
    middle = good.index(b"\n", len(good) // 2) + 1
    number = good[:middle].count(b"\n") + 1
    file.write_bytes(good[:middle] + b'{"type":"chat"}\n\n\xff\n' + good[middle:])
    status, alerts, said = scan(file)

    assert status == Exit.INVALID_INPUT
    assert identity(alerts) == identity(plainly)
    assert f"{file}:{number}: " in said
    assert f"{file}:{number + 2}: " in said
    assert "2 invalid lines" in said


@pytest.mark.slow
def test_versions_of_an_alert_are_printed_as_they_were_raised(scan: Scan, tmp_path: Path) -> None:
    # Two hits of one price, far enough apart for two blocks of reading.
    rule = next(rule for rule in rulebook() if rule.id == "false-original-price")
    case = next(case for case in rule.spec.cases if case.get("expect"))
    (*_, last) = case_events(case)
    path = tmp_path / "prices.jsonl"
    filler = [
        Speech(id=f"f{number}", platform=last.platform, room=last.room, session=last.session,
               at=last.at + 1_000 + number, text="大家晚上好" * 20)
        for number in range(9_000)
    ]  # fmt: skip
    again = case_events(case)
    for event in again:
        event.id += "-again"
        event.at += 60_000
    path.write_bytes(encode_lines([*case_events(case), *filler, *again]))
    _, final, _ = scan(path, rules=["false-original-price"])
    _, versions, _ = scan(path, versions=True, rules=["false-original-price"])

    assert len(versions) > len(final)
    assert identity([versions[-1]])[0] in identity(final)


@pytest.mark.slow
def test_one_rule_can_be_chosen(scan: Scan, file: Path) -> None:
    _, alerts, _ = scan(file, rules=["false-original-price"])

    assert {alert["rule"] for alert in alerts} == {"false-original-price"}


def test_a_rule_that_does_not_exist_is_bad_usage(scan: Scan, file: Path) -> None:
    status, alerts, said = scan(file, rules=["no-such-rule"])

    assert (status, alerts) == (Exit.USAGE, [])
    assert "no-such-rule" in said


@pytest.mark.slow
def test_a_file_that_cannot_be_read_is_bad_usage(scan: Scan, file: Path, tmp_path: Path) -> None:
    assert scan(file, tmp_path / "missing.jsonl")[0] == Exit.USAGE
    assert scan(tmp_path)[0] == Exit.USAGE


def test_an_empty_file_is_a_recording_without_events(scan: Scan, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")

    assert scan(empty)[:2] == (Exit.DONE, [])


def test_streams_are_merged_by_the_time_they_have_reached() -> None:
    def events(name: str, *times: int) -> list[Event]:
        return [
            Speech(id=f"{name}{at}", platform="p", room="r", at=1_788_262_200_000 + at, text="")
            for at in times
        ]

    merged = in_time_order(
        [iter([events("a", 1, 5), events("a", 4, 9)]), iter([events("b", 2, 3, 7)]), iter([])]
    )

    # 4 came behind 5 in its own file: it stays there.
    assert [event.id for block in merged for event in block] == [
        "a1",
        "b2",
        "b3",
        "a5",
        "a4",
        "b7",
        "a9",
    ]


@pytest.mark.slow
def test_the_same_recording_gives_the_same_bytes_but_for_the_clock(
    scan: Scan, file: Path, plainly: list[dict[str, Any]]
) -> None:
    def without_clock(alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {name: value for name, value in alert.items() if name != "raised_at"}
            for alert in alerts
        ]

    assert without_clock(scan(file)[1]) == without_clock(plainly)


@pytest.mark.slow
def test_a_line_is_an_event_whatever_its_encoding_of_text(
    scan: Scan, tmp_path: Path, recording: list[Event], plainly: list[dict[str, Any]]
) -> None:
    escaped = tmp_path / "escaped.jsonl"
    escaped.write_text(
        "\ufeff" + "".join(json.dumps(json.loads(encode(event))) + "\r\n" for event in recording),
        encoding="utf-8",
    )

    status, alerts, _ = scan(escaped)
    assert status == Exit.DONE
    assert identity(alerts) == identity(plainly)


def test_events_of_the_days_to_come_are_refused_line_by_line(scan: Scan, tmp_path: Path) -> None:
    path = tmp_path / "ahead.jsonl"
    now = time.time_ns() // 1_000_000
    events = [
        Chat(id=f"{n}", platform="d", room="1", at=now + n * DAY_MS, text="好") for n in (0, 3, 0.5)
    ]
    for event in events:
        event.at = int(event.at)
    path.write_bytes(encode_lines(events))
    status, _, said = scan(path)
    assert status == Exit.INVALID_INPUT
    assert f"{path}:2: Expected `int` <=" in said
    assert "2 events of 1 rooms" in said
    assert "1 invalid lines" in said


@pytest.mark.parametrize(("name", "told"), [("price", False), ("prise", True)])
def test_goods_without_what_rules_read_are_told_at_the_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, told: bool
) -> None:
    card = '{"type":"product","id":"p%d","platform":"d","room":"1","at":1788262200000,"sku":"A%d"'
    recording = tmp_path / "in.jsonl"
    recording.write_text(
        "".join(card % (n, n) + f',"title":"茶","{name}":3990}}\n' for n in range(4)),
        encoding="utf-8",
    )
    assert run([str(recording)]) == Exit.DONE
    assert ("4 of 4 products have no price" in capfd.readouterr().err) == told


#: Most that a scan of two events may have resident, MB, pages of mapped files included.
MOST_MB = 120


@pytest.mark.slow
@pytest.mark.parametrize("case", ["ordinary", "a claim"])
def test_two_events_take_little_memory(tmp_path: Path, case: str) -> None:
    recording = tmp_path / "two.jsonl"
    recording.write_bytes(two_events(CASES[case]))
    # The first may have to compile the rules, in a process of its own that has more.
    peaks = [ended(["scan", "--quiet", str(recording)], cache_folder().parent) for _ in range(2)]
    assert peaks[-1].peak_mb <= MOST_MB
