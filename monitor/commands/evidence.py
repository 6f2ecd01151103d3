"""`livewatch evidence`: the log of evidence is checked, its keys are renewed and revoked."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from monitor.commands.answer import answer, print_json
from monitor.commands.exits import Exit
from monitor.errors import (
    BrokerError,
    ConfigError,
    DataDirBusy,
    MigrationError,
    StoreUnreachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from monitor.config import Config
    from monitor.store.store import Store

__all__ = ["keys_list", "keys_revoke", "keys_rotate", "log_verify", "opened"]


def log_verify(config: Path | None, data: Path, *, as_json: bool, topic: bool = False) -> Exit:
    """Checks tiles, heads, custody, and every record that is still there.

    Args:
        topic: those of the topic of events, too.
    """

    def work(store: Store, settings: Config) -> Exit:
        from monitor.evidence.audit import audit
        from monitor.evidence.keeper import captures_folder, keys_folder
        from monitor.evidence.keys import KeyFolder
        from monitor.evidence.stamps import roots_of

        roots = {one.name: roots_of(one) for one in settings.evidence.authorities}
        with store.database.read() as connection:
            found = audit(
                connection, KeyFolder(keys_folder(data, settings.evidence)), roots,
                captures_folder(data, settings.evidence),
            )  # fmt: skip
            if topic:
                from monitor.pipeline.kafka.topic_audit import audit_topic

                audit_topic(settings.kafka, connection, found)
        if as_json:
            print_json(found)
        else:
            print(
                f"log {found.origin or '(nothing yet)'}: {found.leaves:,} entries, "
                f"{found.heads:,} signed heads over {found.covered:,}\n"
                f"records checked {found.records:,}, of these changed by forgetting a viewer "
                f"{found.forgotten:,}; older than the log {found.before:,}\n"
                f"records of custody {found.custody:,}, versions of alerts {found.versions:,},"
                f" captures {found.captures:,}"
            )
            if found.uncounted:
                print(
                    f"{found.uncounted:,} heads do not count: their key was revoked, and no time stamp"
                    " shows that they were signed before"
                )
            for remark in found.remarks:
                print(f"REMARK {remark.says}\n注意　{remark.says_zh}")
            for problem in found.problems:
                print(f"PROBLEM {problem}")
            print("the log is not what it was" if found.problems else "all of it holds")
        return Exit.CHECK_FAILED if found.problems else Exit.DONE

    return opened("log-verify", config, data, work)


def keys_list(config: Path | None, data: Path, *, as_json: bool = False) -> Exit:
    """Prints the keys, the one in use last."""

    def work(settings: Config) -> Exit:
        from monitor.evidence.keeper import keys_folder
        from monitor.evidence.keys import KeyFolder

        found = KeyFolder(keys_folder(data, settings.evidence)).all()
        lines = []
        for entry in found:
            state = "in use"
            if entry.retired is not None:
                state = f"until {_day(entry.retired)}"
            if entry.revoked is not None:
                state = f"revoked {_day(entry.revoked)}: {entry.reason}"
            lines.append(f"{entry.id}  since {_day(entry.since)}  {state}  {entry.fingerprint}")
        answer(found, *lines, as_json=as_json)
        return Exit.DONE

    return _run("keys list", config, work)


def keys_rotate(
    config: Path | None, data: Path, who: str, key: Path | str | None, certificate: Path | None,
    *, as_json: bool = False,
) -> Exit:  # fmt: skip
    """Puts a new key into use: a file, one on a token by its URI, or one that is made now."""

    def work(store: Store, settings: Config) -> Exit:
        from monitor.evidence.hsm import TokenUri
        from monitor.evidence.keeper import keys_folder, own_keys

        now = _now()
        with store.database.read() as connection:
            folder = own_keys(connection, keys_folder(data, settings.evidence))
        own = TokenUri.parse(key) if isinstance(key, str) else key
        bring = None if own is None or certificate is None else (own, certificate)
        entry = folder.rotate(settings.evidence.organisation, now, bring)
        store.note_custody(
            "key-made", who=who, at=now, subject=f"key:{entry.id}",
            detail={"fingerprint": entry.fingerprint},
        )  # fmt: skip
        says = f"{entry.id} is the key in use: {entry.fingerprint}"
        answer(entry, says, as_json=as_json)
        return Exit.DONE

    return opened("keys rotate", config, data, work)


def keys_revoke(
    config: Path | None, data: Path, who: str, key: str, reason: str, *, as_json: bool = False
) -> Exit:
    """Says that others may have a key."""

    def work(store: Store, settings: Config) -> Exit:
        from monitor.evidence.keeper import keys_folder, own_keys

        now = _now()
        with store.database.read() as connection:
            folder = own_keys(connection, keys_folder(data, settings.evidence))
        entry = folder.revoke(key, reason, now)
        store.note_custody("key-revoked", who=who, at=now, subject=f"key:{key}", why=reason)
        answer(
            entry,
            f"{entry.id} is revoked: what it signed counts only where a time stamp shows that it "
            "was signed before. The next head is signed with another key",
            as_json=as_json,
        )
        return Exit.DONE

    return opened("keys revoke", config, data, work)


def opened(
    name: str, config: Path | None, data: Path, work: Callable[[Store, Config], Exit]
) -> Exit:
    """Does the work with the store of a data directory, which a monitor may be using."""

    def with_store(settings: Config) -> Exit:
        from monitor.commands.db import open_store
        from monitor.runtime import DATABASE

        if settings.store.url is None and not (data / DATABASE).is_file():
            print(f"livewatch evidence {name}: there is no database in {data}", file=sys.stderr)
            return Exit.USAGE
        store = open_store(settings, data)
        try:
            return work(store, settings)
        finally:
            store.close()

    return _run(name, config, with_store)


def _run(name: str, config: Path | None, work: Callable[[Config], Exit]) -> Exit:
    from monitor.config import load_config

    try:
        return work(load_config(config, os.environ))
    except ConfigError as error:
        print(f"livewatch evidence {name}: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (BrokerError, DataDirBusy, StoreUnreachable, MigrationError) as error:
        print(f"livewatch evidence {name}: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


def _now() -> int:
    from monitor.pipeline.worker import wall_clock_ms

    return wall_clock_ms()


def _day(at: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at / 1000))
