"""How long the desk's lists take with many alerts, on a file and on PostgreSQL.

Two thousand alerts of the demo's evening are written as the runtime hands them over, every fifth of
one matter with another; the rest are copies of their rows. Of several runs of each list the quickest
counts. `python -m tests.benchmarks.bench_lists 200000` makes so many; PostgreSQL is left out where it is
not installed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from detectors.alerts import Alert, Related
from monitor.demo.recording import FIXED_START_MS
from monitor.store.rows import AlertFilter, Outcome
from monitor.store.store import Store
from monitor.store.tables import alert_hits, alert_versions, alerts
from tests.benchmarks.bench_store import stores, versions

WRITTEN = 2_000
RUNS = 5
OPEN = AlertFilter(status=["new", "acknowledged"])
NOWHERE = AlertFilter(text="没有这样的词")


def written(evening: list[Alert]) -> list[Alert]:
    """The alerts that are written one by one."""
    found = []
    for number in range(WRITTEN):
        alert = evening[number % len(evening)]
        why = Related(id=f"A{number - 1:07d}", why="utterance")
        found.append(
            msgspec.structs.replace(
                alert,
                id=f"A{number:07d}",
                room=f"r{number % 400}",
                last_at=alert.last_at + number * 1_000,
                related=[why] if number % 5 == 4 else [],
            )
        )
    return found


def fill(store: Store, evening: list[Alert], count: int) -> None:
    """Writes them, and copies their rows."""
    some = written(evening)
    for start in range(0, WRITTEN, 500):
        store.commit(Outcome(alerts=some[start : start + 500]), now=FIXED_START_MS)

    def copy(connection: sa.Connection) -> None:
        for turn in range(1, count // WRITTEN):
            own = dict.fromkeys(("number", "seq"), f"+ {turn * WRITTEN}")
            own |= dict.fromkeys(("id", "alert", "matter", "product_matter"), f"|| '-{turn}'")
            own["last_at"] = f"+ {turn * WRITTEN * 1_000}"
            for table, which in ((alerts, "id"), (alert_versions, "alert"), (alert_hits, "alert")):
                names = [column.name for column in table.c]
                values = ", ".join(f"{name} {own.get(name, '')}" for name in names)
                connection.exec_driver_sql(
                    f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {values}"  # noqa: S608  ours
                    f" FROM {table.name} WHERE length({which}) = 8"
                )

    store.database.write(copy)
    if store.database.url.get_backend_name() == "postgresql":
        engine = sa.create_engine(store.database.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
        engine.dispose()


def lists(store: Store, count: int) -> dict[str, Callable[[], object]]:
    """What is timed."""
    return {
        "the newest 50": lambda: store.list_alerts(),
        "50 open ones": lambda: store.list_alerts(OPEN),
        "50 by last hit": lambda: store.list_alerts(order="latest"),
        "50 by level": lambda: store.list_alerts(order="grave"),
        "counts by level": lambda: store.counts(OPEN),
        "counts by rule": lambda: store.counts_by_rule(OPEN),
        "the feed by rooms": lambda: store.overview(OPEN, 50),
        "the feed, one list, folded": lambda: store.overview(
            OPEN, 50, by_room=False, fold="matter"
        ),
        "a word that stands nowhere": lambda: store.list_alerts(NOWHERE),
        "500 changes": lambda: store.changes_since(count - 500),
        "one alert": lambda: store.get_alert("A0000001"),
    }


def main() -> None:
    """Prints the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    evening = [alert for alert in versions() if alert.platform]
    print(f"{count:,} alerts, the quickest of {RUNS}, ms")
    with stores() as opened:
        took: dict[str, list[float]] = {}
        for _, store in opened:
            fill(store, evening, count)
            for name, ask in lists(store, count).items():
                runs = []
                for _ in range(RUNS):
                    began = time.perf_counter()
                    ask()
                    runs.append(time.perf_counter() - began)
                took.setdefault(name, []).append(min(runs))
        print(f"{'':28}" + "".join(f"{name:>28}" for name, _ in opened))
        for name, found in took.items():
            print(f"{name:28}" + "".join(f"{one * 1_000:28,.1f}" for one in found))


if __name__ == "__main__":
    main()
