"""`livewatch privacy`: keys of pseudonyms are renewed and destroyed, a viewer is forgotten."""

from __future__ import annotations

import os
import re
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import unquote

from monitor.commands.exits import Exit
from monitor.errors import ConfigError, DataDirBusy, MigrationError, StoreUnreachable
from monitor.key_file import KeyFile
from monitor.pseudonyms import KEY_VARIABLE, key_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from monitor.archive.forgetting import Progress
    from monitor.config import Config
    from monitor.store.store import Store

__all__ = ["forget_account", "forget_keys", "forget_pseudonym", "rotate"]

_PSEUDONYM = re.compile(r"k\d{1,6}:[a-z2-7]{16}")


def rotate(config: Path | None, data: Path | None, who: str) -> Exit:
    """Makes a new key, in use from now on."""

    def work(settings: Config) -> Exit:
        version = _key_file(settings, data).rotate(who, _now())
        print(
            f"{version} is the key in use. Running processes take it up within "
            f"{settings.collection.reload_s:g} s or on SIGHUP; on other machines, copy the file.\n"
            "The same person has another pseudonym from now on: rules that count people count those "
            "twice who write on both sides of this moment."
        )
        return Exit.DONE

    return _run(config, work)


def forget_keys(
    config: Path | None,
    data: Path | None,
    who: str,
    *,
    key: str | None,
    unused_days: float | None,
    confirm: Callable[[str], bool],
) -> Exit:
    """Destroys one old key, or all that were replaced so long ago."""

    def work(settings: Config) -> Exit:
        file = _key_file(settings, data)
        versions = [key] if key else file.unused_for(unused_days or 0, _now())
        if not versions:
            print("no key was replaced so long ago")
            return Exit.DONE
        names = ", ".join(versions)
        if not confirm(f"destroy {names} for good? Nobody can tell their pseudonyms any more."):
            print("nothing was changed")
            return Exit.CHECK_FAILED
        file.destroy(versions, who, _now())
        print(f"destroyed: {names}. Copies of {file.path}, in backups too, are yours to destroy.")
        return Exit.DONE

    return _run(config, work)


def forget_account(
    config: Path | None, data: Path | None, who: str, account: str, confirm: Callable[[str], bool]
) -> Exit:
    """Takes out what an account wrote, under every key that there is."""

    def work(settings: Config) -> Exit:
        platform, colon, id_ = account.partition(":")
        if not (platform and colon and id_):
            print("livewatch privacy: an account is written PLATFORM:ID", file=sys.stderr)
            return Exit.USAGE
        # As in the key of a room: a colon within the platform's name is written %3A.
        platform = unquote(platform)
        if os.environ.get(KEY_VARIABLE):
            from connectors.privacy import Pseudonyms

            keys = Pseudonyms.all_of(os.environ[KEY_VARIABLE])
            names = [one.of(platform, id_) for one in keys]
        else:
            names = _key_file(settings, data).pseudonyms_of(platform, id_)
        return _forget(settings, data, who, names, id_, confirm)

    return _run(config, work)


def forget_pseudonym(
    config: Path | None, data: Path | None, who: str, name: str, confirm: Callable[[str], bool]
) -> Exit:
    """Takes out what a pseudonym wrote."""

    def work(settings: Config) -> Exit:
        if not _PSEUDONYM.fullmatch(name):
            print("livewatch privacy: a pseudonym is written k3: and 16 letters", file=sys.stderr)
            return Exit.USAGE
        return _forget(settings, data, who, [name], None, confirm)

    return _run(config, work)


def _forget(
    settings: Config,
    data: Path | None,
    who: str,
    names: list[str],
    account: str | None,
    confirm: Callable[[str], bool],
) -> Exit:
    from pathlib import Path

    from monitor.commands.db import open_store
    from monitor.runtime import DATABASE, claim

    if settings.store.url is None and (data is None or not (data / DATABASE).is_file()):
        print("livewatch privacy: no database: give --data or set store.url", file=sys.stderr)
        return Exit.USAGE
    if not confirm("take out for good what this viewer wrote?"):
        print("nothing was changed")
        return Exit.CHECK_FAILED
    with ExitStack() as stack:
        if settings.store.url is None and data is not None:
            # A running worker has states of rooms in memory, and would write them again.
            stack.enter_context(claim(data))
        store = open_store(settings, data or Path())
        stack.callback(store.close)
        archive = settings.archive.to != "off"
        done = store.forget_viewer(names, account=account, who=who, at=_now(), archive=archive)
        print(
            f"events {done.events}, alerts {done.alerts}, states of rooms {done.parts}, "
            f"dead letters {done.letters}, frames {done.frames}; left because they are handled: "
            f"{done.alerts_held} alerts"
        )
        return _forget_in_archive(settings, data or Path(), store) if archive else Exit.DONE


def _forget_in_archive(settings: Config, data: Path, store: Store) -> Exit:
    """Takes out of the archive whom it has to forget; what cannot be done now the monitor goes on
    with."""
    from monitor.archive import forgetting
    from monitor.archive.archiver import LOCK
    from monitor.archive.depot import DepotError, depot_of

    depot = depot_of(settings.archive, data)
    if depot is None:
        return Exit.DONE
    try:
        with store.database.alone(LOCK) as mine:
            if not mine:
                print("archive: a desk writes it just now, and will take him out of it")
                return Exit.DONE
            with store.database.read() as connection:
                jobs = forgetting.open_jobs(connection)
            for job in jobs:
                _tell(forgetting.carry_out(store.database, depot, job, _now()))
    except (DepotError, OSError) as error:
        print(
            f"livewatch privacy: the archive cannot be reached: {error}. What it has of him is taken"
            " out as soon as the monitor runs and can reach it",
            file=sys.stderr,
        )
        return Exit.UNREACHABLE
    return Exit.DONE


def _tell(found: Progress) -> None:
    print(f"archive: {found.records} records in {found.files} files written anew")
    for name in found.held:
        print(f"  held until the hold is released: {name}")
    for line in found.left:
        print(f"  not read any more, and not deleted by the store: {line}")
    if found.waits:
        print(
            f"  {', '.join(found.waits)}: what he wrote is taken out while the desk puts it into the"
            " archive"
        )


def _key_file(settings: Config, data: Path | None) -> KeyFile:
    if os.environ.get(KEY_VARIABLE):
        raise ConfigError(
            f"{KEY_VARIABLE} holds the key, and goes before any file: change it there"
        )
    path = key_path(data, settings.collection.pseudonym_key_file)
    if path is None:
        raise ConfigError("where is the key: give --data or set collection.pseudonym_key_file")
    return KeyFile(path)


def _now() -> int:
    from monitor.pipeline.worker import wall_clock_ms

    return wall_clock_ms()


def _run(config: Path | None, work: Callable[[Config], Exit]) -> Exit:
    from monitor.config import load_config

    try:
        return work(load_config(config, os.environ))
    except ConfigError as error:
        print(f"livewatch privacy: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (DataDirBusy, StoreUnreachable, MigrationError) as error:
        print(f"livewatch privacy: {error}", file=sys.stderr)
        return Exit.UNREACHABLE
