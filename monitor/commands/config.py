"""`livewatch config`: checked with all that it names, printed without secrets, described."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.commands.answer import answer, print_json
from monitor.commands.exits import Exit
from monitor.commands.preconditions import problems_of, warnings_of
from monitor.config import Config, load_config
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["check", "openapi", "redacted", "schema", "show"]

#: Names of values that are secrets; files of secrets end in `_file` and may be named.
_SECRET = re.compile(
    r"(token|password|passwd|passphrase|secret|key|pin|credential|authorization|auth|cookie|sessdata|signature)s?$",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY = re.compile(
    r"(?<=[?&])([A-Za-z_]*(?:key|token|secret|sign|passw|auth|credential)[A-Za-z_]*)=[^&\s]+"
)
HIDDEN = "…"


def check(config: Path | None, *, as_json: bool = False) -> Exit:
    """Says what is wrong, all of it."""
    try:
        settings = load_config(config, os.environ)
    except ConfigError as error:
        print(f"livewatch: {error}", file=sys.stderr)
        if as_json:
            print_json({"problems": [str(error)]})
        return Exit.CONFIGURATION
    found, warnings = list(problems_of(settings)), list(warnings_of(settings))
    for problem in found:
        print(f"livewatch: {problem}", file=sys.stderr)
    for warning in warnings:
        print(f"livewatch: warning: {warning}", file=sys.stderr)
    if found:
        if as_json:
            print_json({"problems": found, "warnings": warnings})
        return Exit.CONFIGURATION
    counts = {
        "sources": sum(source.enabled for source in settings.sources),
        "senders": len(settings.ingest.senders),
        "channels": len(settings.notify.channels),
        "packs": len(settings.rules.packs),
    }
    fine = ", ".join(f"{count} {what}" for what, count in counts.items())
    answer({"problems": [], "warnings": warnings, **counts}, f"fine: {fine}", as_json=as_json)
    return Exit.DONE


def show(config: Path | None, *, as_json: bool) -> Exit:
    """Prints what is in force."""
    try:
        settings = load_config(config, os.environ)
    except ConfigError as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    values = redacted(settings)
    if as_json:
        print_json(values)
    else:
        for line in _toml(values):
            print(line)
    return Exit.DONE


def openapi() -> Exit:
    """Prints the document of the API."""
    from monitor.desk.openapi import document

    print_json(document())
    return Exit.DONE


def schema() -> Exit:
    """Prints the JSON Schema."""
    print_json(msgspec.json.schema(Config))
    return Exit.DONE


def redacted(settings: Config) -> dict[str, Any]:
    """The configuration as plain values, with “…” for each secret."""
    found: dict[str, Any] = _hide(msgspec.to_builtins(settings))
    return found


def _hide(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _hide(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hide(inner, name) for inner in value]
    if isinstance(value, str):
        if value and _SECRET.search(name):
            return HIDDEN
        return _QUERY.sub(rf"\1={HIDDEN}", _USER_INFO.sub(f"{HIDDEN}@", value))
    return value


def _toml(values: dict[str, Any]) -> Iterator[str]:
    """As TOML: dotted keys, then tables that may come several times."""
    later: list[tuple[str, list[dict[str, Any]]]] = []
    for name, value in _dotted(values, ""):
        if isinstance(value, list) and value and isinstance(value[0], dict):
            later.append((name, value))
        else:
            yield f"{name} = {_value(value)}"
    for name, tables in later:
        for table in tables:
            yield ""
            yield f"[[{name}]]"
            for key, value in _dotted(table, ""):
                yield f"{key} = {_value(value)}"


def _dotted(values: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)
        if isinstance(value, dict) and value:
            yield from _dotted(value, f"{prefix}{name}.")
        elif value is not None and value != {}:
            yield f"{prefix}{name}", value


def _value(value: Any) -> str:
    """A value; strings and numbers of JSON are those of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return msgspec.json.encode(value).decode()
