"""`livewatch evidence archive`: what is kept for years, whether it is whole, who holds it, what went."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from detectors.calendar import DAY_MS
from monitor.commands.answer import answer, print_json
from monitor.commands.evidence import opened
from monitor.commands.exits import Exit
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from monitor.archive.depot import Depot
    from monitor.archive.holds import Hold, HoldKind
    from monitor.archive.purge import PurgeRecord
    from monitor.config import Config
    from monitor.store.store import Store

__all__ = ["export", "hold", "holds", "purge", "release", "status", "verify"]


def _with_archive(
    name: str, config: Path | None, data: Path, work: Callable[[Store, Config, Depot], Exit]
) -> Exit:
    """Does the work where there is an archive; what keeps it from being reached is exit status 4."""

    def with_depot(store: Store, settings: Config) -> Exit:
        from monitor.archive.depot import DepotError, depot_of

        depot = depot_of(settings.archive, data)
        if depot is None:
            raise ConfigError(
                'there is no archive: archive.to = "folder" or "s3" (docs/evidence.md)'
            )
        try:
            return work(store, settings, depot)
        except DepotError as error:
            print(f"livewatch evidence archive {name}: {error}", file=sys.stderr)
            return Exit.UNREACHABLE

    return opened(f"archive {name}", config, data, with_depot)


def status(config: Path | None, data: Path, *, as_json: bool) -> Exit:
    """Prints how much there is, what waits, what is held."""

    def work(store: Store, settings: Config, depot: Depot) -> Exit:
        from monitor.archive import index
        from monitor.archive.holds import all_holds
        from monitor.archive.window import KINDS, due_at, oldest
        from monitor.pipeline.kafka.topic_supply import waiting as waiting_in_topic

        place = depot.look()
        with store.database.read() as connection:
            totals = index.totals(connection)
            embedded = connection.dialect.name == "sqlite"
            waiting = [oldest(connection, kind) for kind in KINDS if embedded]
            in_topic = waiting_in_topic(connection)
            held = [one for one in all_holds(connection) if one.released is None]
        behind = max([0, *(_now() - due_at(one) for one in waiting if one is not None)])
        if as_json:
            found = {
                "place": place, "behind_ms": behind, "waiting": in_topic, "kinds": totals,
                "holds": held,
            }  # fmt: skip
            print_json(found)
            return Exit.DONE
        print(place)
        for one in totals:
            days = {"events": settings.archive.events_days, "raw": settings.archive.raw_days}
            kept = f"kept {days[one.kind]:g} days" if days[one.kind] else "kept for ever"
            print(
                f"{one.kind}: {one.records:,} records in {one.files:,} files, {one.size:,} bytes,"
                f" {_hour(one.first_hour)} to {_hour(one.last_hour)}; {kept}; purged {one.purged:,}"
                + (f"; {one.refused:,} the store did not delete" if one.refused else "")
            )
        if not totals:
            print("nothing was written yet")
        if not in_topic:
            late = f"behind: {behind / 60_000:,.0f} min"
            print(late if behind else "every hour that is over is in it")
        for log, count in in_topic.items():
            print(f"{log}: {count:,} records are not in it yet, those of this hour among them")
        for hold in held:
            print(_hold_line(hold))
        return Exit.DONE

    return _with_archive("status", config, data, work)


def verify(config: Path | None, data: Path, *, as_json: bool) -> Exit:
    """Reads every byte of the archive and holds it against manifests, leaves and purges."""

    def work(store: Store, settings: Config, depot: Depot) -> Exit:
        from monitor.archive.check import check
        from monitor.commands.progress import progress
        from monitor.evidence.keeper import keys_folder
        from monitor.evidence.keys import KeyFolder

        keys = KeyFolder(keys_folder(data, settings.evidence))
        with store.database.read() as connection, progress("files", 0) as show:
            found = check(connection, depot, keys, tell=lambda number, _: show(number))
        if as_json:
            print_json(found)
        else:
            print(
                f"{found.files:,} files with {found.records:,} records under the Merkle log, of "
                f"these changed by forgetting a viewer {found.forgotten:,}; older than the log "
                f"{found.before:,}\n{found.purged:,} files purged in {found.purges:,} purges, "
                f"{found.refused:,} that the store did not delete"
            )
            for problem in found.problems:
                print(f"PROBLEM {problem}")
            print("the archive is not what it was" if found.problems else "all of it holds")
        return Exit.CHECK_FAILED if found.problems else Exit.DONE

    return _with_archive("verify", config, data, work)


def purge(
    config: Path | None,
    data: Path,
    who: str,
    *,
    kind: str | None,
    days: float | None,
    why: str,
    dry_run: bool,
    as_json: bool = False,
) -> Exit:
    """Takes out what has had its time, by the configuration or by what is asked."""

    def work(store: Store, settings: Config, depot: Depot) -> Exit:
        from monitor.archive import purge as purging
        from monitor.evidence.keeper import Keeper, keys_folder

        now = _now()
        kinds = {"events": settings.archive.events_days, "raw": settings.archive.raw_days}
        chosen = {
            name: kept if days is None else days
            for name, kept in kinds.items()
            if kind in (None, name)
        }
        if dry_run:
            with store.database.read() as connection:
                due = [
                    entry.manifest
                    for name, kept in chosen.items()
                    if kept
                    for entry in purging.candidates(connection, name, now - int(kept * DAY_MS))
                ]
            files = [{"name": one.name, "records": one.count} for one in due]
            lines = [f"{one.name}  {one.count:,} records" for one in due]
            answer({"files": files}, *lines, as_json=as_json)
            return Exit.DONE
        depot.look()
        keeper = Keeper(store.database, keys_folder(data, settings.evidence), settings.evidence)
        made = purging.finish(store.database, depot, keeper, now)
        for name, kept in chosen.items():
            if not kept:
                continue
            made += _purge_all(store, depot, keeper, name, kept, who, why, now)
        lines = []
        for record in made:
            lines.append(
                f"purge {record.number}: {len(record.files):,} files, {record.records:,} records, "
                f"{record.size:,} bytes"
            )
            lines += [f"NOT DELETED {refusal.name}: {refusal.says}" for refusal in record.refused]
        answer({"purges": made}, *(lines or ["nothing has had its time"]), as_json=as_json)
        refused = any(record.refused for record in made)
        return Exit.CHECK_FAILED if refused else Exit.DONE

    return _with_archive("purge", config, data, work)


def _purge_all(
    store: Store, depot: Depot, keeper: Any, kind: str, days: float, who: str, why: str, now: int
) -> list[PurgeRecord]:
    from monitor.archive.purge import MOST
    from monitor.archive.purge import purge as one_purge

    made: list[PurgeRecord] = []
    while True:
        record = one_purge(
            store.database, depot, keeper, kind=kind, before=now - int(days * DAY_MS), who=who,
            why=why or "retention", policy={"kind": kind, "days": days}, now=now,
            # What was refused a moment ago is not asked for again in the same command.
            asked=now if made else None,
        )  # fmt: skip
        if record is None:
            return made
        made.append(record)
        if len(record.files) + len(record.refused) < MOST:
            return made


def hold(
    config: Path | None, data: Path, who: str, kind: HoldKind, subject: str, why: str, *,
    as_json: bool = False,
) -> Exit:  # fmt: skip
    """Puts a legal hold on something."""

    def work(store: Store, _: Config, depot: Depot) -> Exit:
        from monitor.archive import holds as holding

        try:
            made = store.database.write(
                lambda connection: holding.place(
                    connection, kind, subject, who=who, why=why, at=_now()
                )
            )
        except (holding.HoldRefused, ValueError) as error:
            print(f"livewatch evidence archive hold: {error}", file=sys.stderr)
            return Exit.USAGE
        with store.database.read() as connection:
            rooms = holding.rooms_of(connection, made)
        told = holding.apply(store.database, depot, rooms)
        answer(
            {"hold": made, "rooms": sorted(rooms), "files": told},
            _hold_line(made),
            f"{told:,} files of {', '.join(sorted(rooms))} are held; those to come will be, too",
            as_json=as_json,
        )
        return Exit.DONE

    return _with_archive("hold", config, data, work)


def release(
    config: Path | None, data: Path, who: str, number: int, why: str, *, as_json: bool = False
) -> Exit:
    """Ends a hold."""

    def work(store: Store, _: Config, depot: Depot) -> Exit:
        from monitor.archive import holds as holding

        try:
            ended = store.database.write(
                lambda connection: holding.release(connection, number, who=who, why=why, at=_now())
            )
        except (holding.HoldRefused, ValueError) as error:
            print(f"livewatch evidence archive release: {error}", file=sys.stderr)
            return Exit.USAGE
        with store.database.read() as connection:
            rooms = holding.rooms_of(connection, ended)
        holding.apply(store.database, depot, rooms)
        says = f"hold {number} is released: {ended.kind} {ended.subject}"
        answer({"hold": ended}, says, as_json=as_json)
        return Exit.DONE

    return _with_archive("release", config, data, work)


def holds(config: Path | None, data: Path, *, as_json: bool) -> Exit:
    """Lists every hold that was ever placed."""

    def work(store: Store, _: Config) -> Exit:
        from monitor.archive.holds import all_holds

        with store.database.read() as connection:
            found = all_holds(connection)
        answer(found, *map(_hold_line, found), as_json=as_json)
        return Exit.DONE

    return opened("archive holds", config, data, work)


def export(
    config: Path | None,
    data: Path,
    out: Path | None,
    *,
    rooms: Sequence[str],
    since: int | None,
    until: int | None,
    who: str,
    why: str,
) -> Exit:
    """Writes events of the archive as JSON lines, for `scan`, `replay` and whoever reads them; custody is
    told who took them."""

    def work(store: Store, _: Config, depot: Depot) -> Exit:
        from monitor.archive.history import History
        from monitor.archive.reading import Reader

        count = 0
        with store.database.read() as connection, Reader(depot) as reader:
            history = History(connection, reader, rooms, since=since, until=until)
            target = out.open("wb") if out is not None else sys.stdout.buffer
            try:
                for data in history.archived():
                    target.write(data.rstrip() + b"\n")
                    count += 1
            finally:
                target.flush()
                if out is not None:
                    target.close()
        store.note_custody(
            "exported", who=who, at=_now(), subject="archive", why=why,
            detail={
                "rooms": list(rooms), "since": since, "until": until, "events": count,
                "to": str(out) if out is not None else "-",
            },
        )  # fmt: skip
        for one in reader.lacking:
            print(f"livewatch evidence archive export: left out: {one}", file=sys.stderr)
        print(f"{count:,} events", file=sys.stderr)
        return Exit.CHECK_FAILED if reader.lacking else Exit.DONE

    return _with_archive("export", config, data, work)


def _hold_line(one: Hold) -> str:
    line = (
        f"hold {one.number}  {one.kind} {one.subject}  since {_day(one.at)} by {one.who}: {one.why}"
    )
    if one.released is not None:
        line += f"; released {_day(one.released)} by {one.released_by}: {one.released_why}"
    return line


def _now() -> int:
    from monitor.pipeline.worker import wall_clock_ms

    return wall_clock_ms()


def _day(at: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at / 1000))


def _hour(at: int | None) -> str:
    return "–" if at is None else time.strftime("%Y-%m-%d %H:00Z", time.gmtime(at / 1000))
