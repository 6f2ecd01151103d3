"""`livewatch config`: checked with all that it names, printed without secrets, described."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.commands.answer import answer, print_json
from monitor.commands.exits import Exit
from monitor.config import Config, load_config
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.sources.files import Missing

__all__ = ["check", "openapi", "problems_of", "redacted", "schema", "show"]

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
    found = list(problems_of(settings))
    warnings = []
    model = settings.rules.model
    if model is not None and not Path(model).is_dir():
        warnings.append(f"rules.model: there is no folder {model}; the model that ships is used")
    for key, missing in _missing(settings):
        if missing.awaited:
            warnings.append(f"{key}: {missing}")
        else:
            found.append(f"{key}: {missing}")
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


def problems_of(settings: Config) -> Iterator[str]:
    """What keeps a configuration that can be read from being used, but for files of its sources."""
    from connectors.errors import ConnectorError
    from monitor.archive.depot import depot_of
    from monitor.commands.listening import tls_of
    from monitor.notify import routing
    from monitor.notify.service import check_files
    from monitor.pseudonyms import pseudonyms_of
    from monitor.rulebooks import rulebook_of
    from monitor.senders import senders_of
    from monitor.sources.inspection import trial_pseudonyms
    from monitor.sources.plans import plans_of

    def rules() -> None:
        # What is missing is named below, each by its key; the rest is checked all the same.
        there = [name for name in settings.rules.packs if Path(name).exists()]
        named = settings.rules.suppressions
        suppressions = named if named is not None and Path(named).is_file() else None
        rulebook_of(
            msgspec.structs.replace(settings.rules, packs=there, suppressions=suppressions),
            warn=False,
        )

    def tls() -> None:
        files = (settings.server.tls_cert, settings.server.tls_key)
        if all(name is None or Path(name).is_file() for name in files):
            tls_of(settings.server)

    def pseudonyms() -> None:
        if settings.collection.pseudonym_key_file is not None:
            pseudonyms_of(None, os.environ, settings.collection.pseudonym_key_file)

    def sources() -> None:
        if settings.sources:
            plans_of(settings.sources, trial_pseudonyms(), settings.collection.share)

    def senders() -> None:
        if settings.ingest.senders:
            senders_of(settings.ingest.senders, trial_pseudonyms())

    def channels() -> None:
        routing.check(settings.notify)
        check_files(settings.notify)

    def archive() -> None:
        depot_of(settings.archive, Path())

    for step in (tls, rules, pseudonyms, sources, senders, channels, archive):
        try:
            step()
        except (ConfigError, ConnectorError) as error:
            yield str(error)
    for name in settings.rules.packs:
        if not Path(name).exists():
            yield f"rules.packs: there is no file or folder {name}"
    for key, name in _files(settings):
        if not Path(name).is_file():
            yield f"{key}: there is no file {name}"


def _files(settings: Config) -> Iterator[tuple[str, str]]:
    """Files that no step opens, or that it passes over."""
    if settings.rules.suppressions is not None:
        yield "rules.suppressions", settings.rules.suppressions
    sections = {
        "store": settings.store, "kafka": settings.kafka, "evidence": settings.evidence,
        "server": settings.server, "ingest": settings.ingest, "sign_in.oidc": settings.sign_in.oidc,
    }  # fmt: skip
    for section, values in sections.items():
        for field in msgspec.structs.fields(type(values)) if values is not None else ():
            value = getattr(values, field.name)
            if value is None or (field.name == "token_file" and settings.ingest.token):
                continue
            if field.name.endswith("_file") or field.name in {"tls_cert", "tls_key"}:
                yield f"{section}.{field.name}", value
    for authority in settings.evidence.authorities:
        yield f"evidence.authorities {authority.name}: roots_file", authority.roots_file


def _missing(settings: Config) -> Iterator[tuple[str, Missing]]:
    """Files and folders that its sources name and that do not exist, each with its key."""
    from monitor.sources.files import missing_files

    for source in settings.sources:
        if source.enabled:
            # Options that do not fit are told as a problem.
            with contextlib.suppress(ConfigError):
                for missing in missing_files(source):
                    yield f"sources.{source.name}.options.{missing.option}", missing


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
