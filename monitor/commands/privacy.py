"""`livewatch privacy`: keys of pseudonyms are renewed and destroyed, a viewer is forgotten."""

from __future__ import annotations

import os
import re
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import unquote

from monitor.commands.answer import answer
from monitor.commands.exits import Exit
from monitor.errors import ConfigError, DataDirBusy, MigrationError, StoreUnreachable
from monitor.key_file import KeyFile
from monitor.pseudonyms import KEY_VARIABLE, key_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from monitor.archive.forgetting import Progress
    from monitor.config import Config
    from monitor.store.store import Store

__all__ = ["forget_account", "forget_keys", "forget_pseudonym", "rotate"]

_PSEUDONYM = re.compile(r"k\d{1,6}:[a-z2-7]{16}")


def rotate(config: Path | None, data: Path | None, who: str, *, as_json: bool = False) -> Exit:
    """Makes a new key, in use from now on."""

    def work(settings: Config) -> Exit:
        version = _key_file(settings, data).rotate(who, _now())
        answer(
            {"key": version},
            f"{version} is the key in use. Running processes take it up within "
            f"{settings.collection.reload_s:g} s or on SIGHUP; on other machines, copy the file.\n"
            "The same person has another pseudonym from now on: rules that count people count those "
            "twice who write on both sides of this moment.",
            as_json=as_json,
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
    as_json: bool = False,
) -> Exit:
    """Destroys one old key, or all that were replaced so long ago."""

    def work(settings: Config) -> Exit:
        file = _key_file(settings, data)
        versions = [key] if key else file.unused_for(unused_days or 0, _now())
        if not versions:
            answer({"destroyed": []}, "no key was replaced so long ago", as_json=as_json)
            return Exit.DONE
        names = ", ".join(versions)
        if not confirm(f"destroy {names} for good? Nobody can tell their pseudonyms any more."):
            answer({"destroyed": []}, "nothing was changed", as_json=as_json)
            return Exit.CHECK_FAILED
        file.destroy(versions, who, _now())
        answer(
            {"destroyed": versions},
            f"destroyed: {names}. Copies of {file.path}, in backups too, are yours to destroy.",
            as_json=as_json,
        )
        return Exit.DONE

    return _run(config, work)


def forget_account(
    config: Path | None,
    data: Path | None,
    who: str,
    account: str,
    confirm: Callable[[str], bool],
    *,
    as_json: bool = False,
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
        return _forget(settings, data, who, names, id_, confirm, as_json=as_json)

    return _run(config, work)


def forget_pseudonym(
    config: Path | None,
    data: Path | None,
    who: str,
    name: str,
    confirm: Callable[[str], bool],
    *,
    as_json: bool = False,
) -> Exit:
    """Takes out what a pseudonym wrote."""

    def work(settings: Config) -> Exit:
        if not _PSEUDONYM.fullmatch(name):
            print("livewatch privacy: a pseudonym is written k3: and 16 letters", file=sys.stderr)
            return Exit.USAGE
        return _forget(settings, data, who, [name], None, confirm, as_json=as_json)

    return _run(config, work)


def _forget(
    settings: Config,
    data: Path | None,
    who: str,
    names: list[str],
    account: str | None,
    confirm: Callable[[str], bool],
    *,
    as_json: bool,
) -> Exit:
    from pathlib import Path

    from monitor.commands.db import open_store
    from monitor.runtime import DATABASE, claim

    if settings.store.url is None and (data is None or not (data / DATABASE).is_file()):
        print("livewatch privacy: no database: give --data or set store.url", file=sys.stderr)
        return Exit.USAGE
    if not confirm("take out for good what this viewer wrote?"):
        answer({"forgotten": None}, "nothing was changed", as_json=as_json)
        return Exit.CHECK_FAILED
    with ExitStack() as stack:
        if settings.store.url is None and data is not None:
            # A running worker has states of rooms in memory, and would write them again.
            stack.enter_context(claim(data))
        store = open_store(settings, data or Path(), claimed=True)
        stack.callback(store.close)
        archive = settings.archive.to != "off"
        done = store.forget_viewer(names, account=account, who=who, at=_now(), archive=archive)
        found = _forget_in_archive(settings, data or Path(), store) if archive else []
        answer(
            {"forgotten": done, "archive": found},
            f"events {done.events}, alerts {done.alerts}, states of rooms {done.parts}, "
            f"dead letters {done.letters}, frames {done.frames}; left because they are handled: "
            f"{done.alerts_held} alerts",
            *(line for one in found or () for line in _lines(one)),
            as_json=as_json,
        )
        return Exit.UNREACHABLE if found is None else Exit.DONE


def _forget_in_archive(settings: Config, data: Path, store: Store) -> list[Progress] | None:
    """Takes out of the archive whom it has to forget; what cannot be done now the monitor goes on
    with. ``None``: the archive cannot be reached."""
    from monitor.archive import forgetting
    from monitor.archive.archiver import LOCK
    from monitor.archive.depot import DepotError, depot_of

    depot = depot_of(settings.archive, data)
    if depot is None:
        return []
    try:
        with store.database.alone(LOCK) as mine:
            if not mine:
                print(
                    "livewatch privacy: a desk writes the archive just now, and will take him out of it",
                    file=sys.stderr,
                )
                return []
            with store.database.read() as connection:
                jobs = forgetting.open_jobs(connection)
            return forgetting.carry_out(store.database, depot, jobs, _now())
    except (DepotError, OSError) as error:
        print(
            f"livewatch privacy: the archive cannot be reached: {error}. What it has of him is taken"
            " out as soon as the monitor runs and can reach it",
            file=sys.stderr,
        )
        return None


def _lines(found: Progress) -> Iterator[str]:
    yield f"archive: {found.records} records in {found.files} files written anew"
    for name in found.held:
        yield f"  held until the hold is released: {name}"
    for line in found.left:
        yield f"  not read any more, and not deleted by the store: {line}"
    if found.waits:
        yield (
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
