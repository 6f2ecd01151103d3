"""The command line as a shell sees it."""

from __future__ import annotations

import inspect
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from connectors.decoders.formats import FORMATS
from detectors import __version__
from monitor.cli import COMMANDS, app, recordings
from tests.connectors.importing import DATA
from tests.monitor.build import speech
from tests.patience import PATIENCE_S

LIVEWATCH = [sys.executable, "-m", "monitor.cli"]


def livewatch(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*LIVEWATCH, *arguments], input=stdin, capture_output=True, timeout=PATIENCE_S, check=False
    )


def test_help_names_the_commands_and_the_exit_statuses() -> None:
    shown = livewatch("--help").stdout.decode()

    for command in ("scan", "import", "replay", "rules", "serve"):
        assert re.search(rf"^  {command}\b", shown, re.MULTILINE)
    assert "Exit status: 0 done" in shown


def test_the_version_is_that_of_the_installed_package() -> None:
    done = livewatch("--version")

    assert done.returncode == 0
    assert done.stdout.decode() == f"livewatch {__version__}\n"


@pytest.mark.parametrize(
    "command", [["scan"], ["import"], ["replay"], ["rules", "list"], ["rules", "test"], ["serve"]]
)
@pytest.mark.slow
def test_every_command_says_its_exit_statuses(command: list[str]) -> None:
    assert "Exit status:" in CliRunner().invoke(app, [*command, "--help"]).output


@pytest.mark.slow
def test_the_list_of_commands_says_what_they_say_themselves() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    context = typer.Context(group)
    for name, (_, says) in COMMANDS.items():
        command = group.get_command(context, name)
        assert command is not None
        told = inspect.cleandoc(command.help or "").split("\n\n")[0]
        assert told.replace("\n", " ") == says, name
    shown = {
        line.split()[0]
        for line in livewatch("--help").stdout.decode().splitlines()
        if line[:2] == "  "
    }
    assert COMMANDS.keys() <= shown
    wrong = livewatch("evidnce")
    assert (wrong.returncode, b"Did you mean 'evidence'?" in wrong.stderr) == (2, True)


#: What no quick command loads.
HEAVY = {"aiohttp", "asyncio", "pydantic", "rich", "sqlalchemy", "structlog", "zipfile"}
#: Nor the list of commands: options are read from signatures, command by command.
HEAVIER = {"msgspec", "yaml", "monitor.cli.recordings", "monitor.cli.evidence", "monitor.config"}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan"]])
def test_it_answers_at_once_because_it_loads_nothing_heavy(
    arguments: list[str], tmp_path: Path
) -> None:
    # What takes time is what is imported; the clock of a busy machine proves nothing.
    heavy = HEAVY | HEAVIER
    if arguments == ["scan"]:
        recording = tmp_path / "one.jsonl"
        recording.write_bytes(speech("s1"))
        arguments, heavy = ["scan", str(recording)], HEAVY - {"asyncio", "zipfile"}
    probe = (
        f"import sys; sys.argv = ['livewatch', *{arguments}]\n"
        "import monitor.cli\n"
        "try: monitor.cli.main()\n"
        "except SystemExit: pass\n"
        f"heavy = {heavy} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, timeout=PATIENCE_S, check=False
    )

    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "arguments",
    [["scan"], ["scan", "no-such-file"], ["nonsense"], ["import", "x", "--format", "docx"],
     ["import", "x", "--map", "sku"], ["import", "x", "--speaker", "0=king"], ["rules", "test", "--rule", "nonsense"]],
)  # fmt: skip
@pytest.mark.slow
def test_bad_usage_is_two(arguments: list[str]) -> None:
    done = CliRunner().invoke(app, arguments)

    assert done.exit_code == 2
    assert done.stderr


@pytest.mark.slow
def test_a_shell_sees_that_bad_usage_is_two() -> None:
    done = livewatch("scan", "no-such-file")

    assert done.returncode == 2
    assert done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.slow(3)
@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["rules", "list"], ["config", "show"],
     ["rules", "evaluate", "labels"], ["scan", "talk.jsonl"], ["import", "talk.jsonl"]],
)  # fmt: skip
def test_output_that_cannot_be_written_is_two_and_one_line(
    arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "talk.jsonl").write_bytes(speech("s1", text="全网最低价"))
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "ordinary.jsonl").write_text('{"text":"好茶","label":false}\n')
    if arguments[0] == "scan":
        arguments = [*arguments, "--versions"]
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*LIVEWATCH, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE_S,
            cwd=tmp_path, check=False,
        )  # fmt: skip

    says = "cannot write to standard output: No space left on device"
    assert (done.returncode, done.stderr.decode().count(says)) == (2, 1)
    assert b"Traceback" not in done.stderr


@pytest.mark.slow(3)
@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("--version >&-", "livewatch: cannot write to standard output: it is closed"),
        ("rules list >&-", "livewatch: cannot write to standard output: it is closed"),
        ("rules list --json >&-", "livewatch: cannot write to standard output: it is closed"),
        ("scan talk.jsonl >&-", "livewatch: cannot write to standard output: it is closed"),
        ("import talk.jsonl >&-", "livewatch: cannot write to standard output: it is closed"),
        ("scan - <&-", "livewatch scan: standard input: it is closed"),
        ("import - <&-", "livewatch import: standard input: it is closed"),
        ("scan - <&- >&-", "livewatch scan: standard input: it is closed"),
        ("scan talk.jsonl 2>&- >&-", ""),  # nobody can be told
        ("scan no-such-file 2>&-", ""),
    ],
)
def test_a_stream_that_the_shell_closed_is_two_and_one_line(
    command: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "talk.jsonl").write_bytes(speech("s1", text="全网最低价"))
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {command}', "sh", *LIVEWATCH], stdin=subprocess.DEVNULL,
        capture_output=True, timeout=PATIENCE_S, cwd=tmp_path, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.decode().count("closed") == bool(says)
    assert says in done.stderr.decode().splitlines() or not says


@pytest.mark.slow
def test_an_error_output_that_is_closed_changes_no_status(tmp_path: Path) -> None:
    (tmp_path / "talk.jsonl").write_bytes(speech("s1", text="全网最低价"))
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" scan talk.jsonl 2>&-', "sh", *LIVEWATCH], capture_output=True,
        timeout=PATIENCE_S, cwd=tmp_path, check=False,
    )  # fmt: skip

    assert done.returncode == 0
    assert done.stdout.startswith(b'{"id":')


@pytest.mark.slow(2)
@pytest.mark.parametrize("encoding", ["ascii", "cp936"])
def test_a_character_that_the_output_does_not_have_is_two_and_one_line(
    encoding: str, tmp_path: Path
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    # Of an evaluation the rows that were decided otherwise are shown as they are written.
    (labels / "false-claim.dev.jsonl").write_text('{"text":"好茶😀","label":true}\n', "utf-8")
    done = subprocess.run(
        [*LIVEWATCH, "rules", "evaluate", str(labels), "--wrong"], capture_output=True,
        timeout=PATIENCE_S, check=False, env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip

    told = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert told[-1].startswith("livewatch: cannot write to standard output: ")
    assert re.search(r"has no '\\[uU][0-9a-f]+'; PYTHONIOENCODING=utf-8 writes all$", told[-1])
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
def test_a_reader_that_has_enough_is_told_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*LIVEWATCH, "rules", "list", "--json"], stdout=writer, stderr=subprocess.PIPE,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    os.close(writer)

    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.slow
def test_a_recording_goes_through_import_and_scan_in_a_pipe() -> None:
    talk = livewatch("import", str(DATA / "talk.vtt"), "--platform", "demo", "--room", "1",
                     "--start", "2026-09-01T19:30:00")  # fmt: skip
    done = livewatch("scan", "-", stdin=talk.stdout)

    assert talk.returncode == 0
    assert done.returncode == 0
    assert b"5 events of 1 rooms" in done.stderr


@pytest.mark.slow
def test_invalid_input_is_five_and_nothing_but_alerts_is_on_standard_output() -> None:
    done = livewatch("scan", "-", stdin=b"nonsense\n")

    assert done.returncode == 5
    assert done.stderr.startswith(b"standard input:1: ")
    assert done.stdout == b""
    assert b"\x1b" not in done.stderr  # no colours, no bar where nobody looks


@pytest.mark.slow
def test_an_interruption_is_130(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    # What a shell starts in the background ignores interruptions, and so would its children.
    with subprocess.Popen(
        [*LIVEWATCH, "scan", str(fifo)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        # Opening the other end returns when the command has opened the pipe and waits for events.
        writer = os.open(fifo, os.O_WRONLY)
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
            os.close(writer)

    assert process.returncode == 130


@pytest.mark.slow
def test_a_long_file_has_a_progress_bar_on_a_terminal_only(tmp_path: Path) -> None:
    line = '{"type":"chat","id":"c%d","platform":"p","room":"r","at":%d,"text":"来了"}\n'
    path = tmp_path / "long.jsonl"
    path.write_text(
        "".join(line % (at, 1_788_262_200_000 + at) for at in range(40_000)), encoding="utf-8"
    )
    terminal, end = pty.openpty()
    process = subprocess.Popen([*LIVEWATCH, "scan", str(path)], stdout=subprocess.PIPE, stderr=end)
    os.close(end)
    shown = b""
    try:
        while piece := os.read(terminal, 65_536):
            shown += piece
    except OSError:
        pass  # how a terminal says that the other side has gone
    out, _ = process.communicate(timeout=PATIENCE_S)
    os.close(terminal)

    assert process.returncode == 0
    assert b"100%" in shown
    assert b"40,000 events" in shown
    assert out == b""


def test_import_offers_every_format_that_there_is() -> None:
    # The command line names them itself, so that `--help` loads no decoder.
    annotation = get_type_hints(recordings.import_)["format_"]
    assert set(get_args(annotation)) == {"auto", *FORMATS}
