"""Every command there is, walked: its help tells how it ends, it speaks JSON, and no fault of its
surroundings ends it in a way that it does not tell."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from monitor.cli import app
from monitor.commands.exits import Exit
from tests.monitor.commands.conftest import _made_once

__all__ = ["_made_once"]

#: Run until they are stopped, and print where they answer.
STAY = {"serve", "worker", "ingest", "desk", "demo", "run"}
#: Play a recording or write an evening: nothing of their surroundings makes them end early.
LONG = {"demo", "run"}
NOBODY = "http://127.0.0.1:1"
ROOT: Any = typer.main.get_command(app)


def leaves(command: Any, context: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its whole name."""
    if not hasattr(command, "list_commands"):
        yield " ".join(path), command
        return
    if command.invoke_without_command:
        yield " ".join(path), command
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        yield from leaves(inner, typer.Context(inner, parent=context), (*path, name))


ALL = dict(leaves(ROOT, typer.Context(ROOT), ()))


def options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


def told(command: Any) -> set[int]:
    """The statuses that its help lists."""
    _, found, statuses = inspect.cleandoc(command.help or "").partition("Exit status:")
    assert found, "its help names no exit statuses"
    return {int(number) for number in re.findall(r"(?:^|[;,])\s*(\d+)\s", statuses)}


@pytest.mark.parametrize("name", ALL)
def test_its_help_is_whole(name: str) -> None:
    command = ALL[name]
    statuses = told(command)
    assert statuses <= set(Exit)
    # Whoever may misspell an option, or loses patience, is told how that ends.
    assert {Exit.DONE, Exit.USAGE} <= statuses
    assert name in STAY or Exit.INTERRUPTED in statuses
    assert ("--config" in options(command)) <= (Exit.CONFIGURATION in statuses or name == "doctor")
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{parameter.name} is not explained"


@pytest.mark.parametrize("name", sorted(ALL.keys() - STAY))
def test_it_speaks_json(name: str) -> None:
    assert "--json" in options(ALL[name])


def required(command: Any, folder: Path) -> list[str]:
    """What has to be given, none of which is there."""
    words: list[str] = []
    for parameter in command.params:
        if not parameter.required or parameter.name == "data":
            continue
        kind = parameter.type
        choices = getattr(kind, "choices", None)
        is_path = "path" in kind.name.lower() or parameter.name in ("files", "file")
        value = choices[0] if choices else "1" if kind.name == "integer" else "x"
        value = str(folder / "missing") if is_path else getattr(value, "value", value)
        value = "2026-11-29T20:00" if parameter.name == "at" else str(value)
        words += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
    return words


def faults(command: Any, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """What may be wrong around a command, with the options that bring it about."""
    has = options(command)
    away = folder / "away.toml"
    away.write_text(
        "[server]\nport = 1\n[kafka]\nbrokers = '127.0.0.1:1'\ngive_up_s = 1\n"
        "[store]\nurl = 'postgresql://livewatch@127.0.0.1:1/livewatch'\n"
    )
    broken = folder / "broken.toml"
    broken.write_text("[server]\nprot = 1\n")
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    data = ["--data", str(empty)] if "--data" in has else []
    yield "an option that is none", ["--nonesuch"]
    if "--config" in has:
        yield "no configuration", [*data, "--config", str(folder / "missing.toml")]
        yield "a broken configuration", [*data, "--config", str(broken)]
        yield "nobody answers", [*data, "--config", str(away)]
    if "--url" in has and "--data" not in has:
        yield "nobody at the address", ["--url", NOBODY]
    if data:
        yield "an empty folder", data
        yield "a file for a folder", ["--data", str(broken)]
        junk = folder / "junk"
        junk.mkdir(mode=0o700)
        (junk / "livewatch.db").write_bytes(b"what was written here is no database" * 200)
        yield "a database that is none", ["--data", str(junk)]


@pytest.mark.slow  # eight seconds for all
@pytest.mark.parametrize("name", sorted(ALL.keys() - LONG))
def test_what_is_wrong_around_it_ends_it_as_its_help_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ALL[name]
    monkeypatch.chdir(tmp_path)
    for variable in ("LIVEWATCH_PSEUDONYM_KEY", "LIVEWATCH_INGEST_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    for fault, words in faults(command, tmp_path):
        if name in STAY and fault in (
            "an empty folder",
            "nobody answers",
            "a database that is none",
        ):
            continue  # they would start, or wait
        if name.startswith("rules") and fault == "nobody answers":
            continue  # they ask nobody, and would do all of their work
        asked = [*name.split(), *required(command, tmp_path), *words]
        done = CliRunner().invoke(app, asked + ["--json"] * ("--json" in options(command)))
        where = f"{fault}: {' '.join(asked)}\n{done.output}"
        assert done.exception is None or isinstance(done.exception, SystemExit), where
        assert done.exit_code in told(command), f"{done.exit_code} of {where}"
        if fault == "an option that is none":
            assert done.exit_code == Exit.USAGE, where
        if done.exit_code != Exit.DONE:
            assert done.stderr or done.stdout, where
            assert "Traceback" not in done.output, where
        if "--json" in options(command) and done.stdout:
            json.loads(done.stdout)
