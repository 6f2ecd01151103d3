"""What only a server has: several writers, connections that break, databases that do not fit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from detectors.alerts import Input
from monitor.errors import StoreUnreachable, TransitionRefused
from monitor.store.dialects import StoredText
from monitor.store.migrate import shipped
from monitor.store.postgres import server_url
from monitor.store.queries import alert_page_query, conditions, place_columns
from monitor.store.rows import AlertFilter, Order, Outcome
from monitor.store.scope import Scope
from monitor.store.store import Store
from monitor.store.tables import alerts, metadata
from tests.monitor.build import BASE_MS, alert
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.postgres

ORDERS: list[Order] = ["latest", "grave"]
#: Tables of the embedded runtime alone.
EMBEDDED = {"event_log", "room_parts", "room_shelf"}


def test_the_schema_is_the_one_that_the_code_sees(postgres_store: Store) -> None:
    engine = sa.create_engine(postgres_store.database.url)
    inspector = sa.inspect(engine)
    assert set(inspector.get_table_names()) == set(metadata.tables) - EMBEDDED | {"schema_versions"}
    for table in metadata.tables.values():
        if table.name in EMBEDDED:
            continue
        columns = {column["name"]: column for column in inspector.get_columns(table.name)}
        assert list(columns) == [column.name for column in table.c], table.name
        for column in table.c:
            found = columns[column.name]
            kind = column.type.impl if isinstance(column.type, StoredText) else column.type
            assert found["nullable"] == column.nullable, f"{table.name}.{column.name}"
            assert isinstance(found["type"], type(kind)), f"{table.name}.{column.name}"
    engine.dispose()


FILTERS = [
    AlertFilter(),
    AlertFilter(rule=["shout"]),
    AlertFilter(status=["new", "acknowledged"], not_rule=["shout"]),
    AlertFilter(scope=Scope((("330106",),))),
]


def test_lists_and_counts_are_read_from_indices(postgres_url: sa.URL) -> None:
    """No sequential scan, and no whole rows, which have a kilobyte of searched words; as on SQLite."""
    with closing(Store.connect(postgres_url)) as store:
        store.commit(Outcome(alerts=[alert("A")]), now=BASE_MS)
    own = {"number": "number + n", "seq": "seq + n", "words": "repeat('字', 300)"}
    own |= {name: f"{name} || n" for name in ("id", "room", "matter", "product_matter")}
    names = [column.name for column in alerts.c]
    values = ", ".join(own.get(name, name) for name in names)
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    sums = sa.func.count(), sa.func.sum(alerts.c.hits), sa.func.max(alerts.c.last_at)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO alerts ({', '.join(names)}) SELECT {values} FROM alerts,"  # noqa: S608  ours
            " generate_series(1, 4000) n"
        )
        # While another session looks at the table, its pages are not yet known to be seen by all.
        until = time.monotonic() + PATIENCE_S
        seen = False
        while not seen and time.monotonic() < until:
            connection.exec_driver_sql("VACUUM ANALYZE alerts")
            told = "SELECT relallvisible >= relpages FROM pg_class WHERE oid = 'alerts'::regclass"
            seen = bool(connection.exec_driver_sql(told).scalar())
        assert seen
        for wanted in FILTERS:
            queries: list[sa.Select[Any]] = [alert_page_query(wanted, 51, "1000")]
            for order in ORDERS:
                place = place_columns(order)
                listed = sa.select(*place).where(*conditions(wanted)).limit(51)
                queries.append(listed.order_by(*(one.desc() for one in place)))
            for column in (alerts.c.level, alerts.c.room, alerts.c.matter, alerts.c.product_matter):
                keys = [alerts.c.platform, column] if column is alerts.c.room else [column]
                queries.append(sa.select(*keys, *sums).where(*conditions(wanted)).group_by(*keys))
            for query in queries:
                text = query.compile(
                    dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy's
                    compile_kwargs={"literal_binds": True},
                )
                asked = f"EXPLAIN {text}".replace("%", "%%")
                while True:
                    plan = "\n".join(row[0] for row in connection.exec_driver_sql(asked))
                    # A new index is not used beside a transaction that is older, of whatever database.
                    if "Index Only Scan" in plan or time.monotonic() > until:
                        break
                    time.sleep(0.1)
                assert "Index Only Scan" in plan, plan
                assert "Seq Scan" not in plan, plan
    engine.dispose()


def test_both_dialects_have_the_same_steps() -> None:
    steps = [(step.number, step.name) for step in shipped("postgresql")]
    assert steps == [(step.number, step.name) for step in shipped("sqlite")]


def test_desks_that_start_together_make_each_step_once(postgres_url: sa.URL) -> None:
    with ThreadPoolExecutor(3) as pool:
        stores = list(pool.map(Store.connect, [postgres_url] * 3))
    made = [number for store in stores for number in store.database.migrated]
    assert made == [step.number for step in shipped("postgresql")]
    for store in stores:
        store.close()


def test_desks_that_write_at_once_keep_one_order_and_one_chain(postgres_url: sa.URL) -> None:
    stores = [Store.connect(postgres_url) for _ in range(3)]
    written, changed = threading.Event(), threading.Event()
    seen: list[int] = []

    def write(store: Store) -> None:
        for turn in range(12):
            # Three alerts for all desks, so that they meet on the same rows.
            store.commit(Outcome(alerts=[alert("ABC"[turn % 3], hits=turn + 1)]), now=BASE_MS)
            changed.set()
            name = alert(f"own-{id(store)}-{turn}")
            store.commit(Outcome(alerts=[name]), now=BASE_MS)
            changed.set()
            store.transition(name.id, "closed", "李", BASE_MS, "minor")
            changed.set()

    def follow() -> None:
        """As a console does: a change whose number was passed already would never be shown."""
        for row in reader.changes_since(seen[-1] if seen else 0):
            if row.alert.subject.startswith("own-") and row.status == "closed":
                told.add(row.alert.id)
            seen.append(row.seq)

    told: set[str] = set()
    reader = Store.connect(postgres_url)
    with ThreadPoolExecutor(4) as pool:
        reading = pool.submit(follow_until, written, changed, follow)
        try:
            for done in [pool.submit(write, store) for store in stores]:
                done.result(PATIENCE_S)
        finally:
            written.set()
            changed.set()
        reading.result(PATIENCE_S)
    follow()
    assert seen == sorted(seen)
    assert len(told) == 36  # no change was overtaken by a later number
    assert reader.verify_history() is None
    rows = {row.alert.subject: row.alert.hits for row in reader.list_alerts(limit=500).items}
    assert (rows["A"], rows["B"], rows["C"]) == (10, 11, 12)
    for store in (*stores, reader):
        store.close()


def follow_until(
    end: threading.Event, changed: threading.Event, follow: Callable[[], None]
) -> None:
    """Looks after each change, while others write on."""
    while not end.is_set():
        assert changed.wait(PATIENCE_S)
        changed.clear()
        follow()


def test_of_two_who_close_an_alert_at_once_one_is_refused(postgres_url: sa.URL) -> None:
    stores = [Store.connect(postgres_url) for _ in range(2)]
    stores[0].commit(Outcome(alerts=[alert()]), now=BASE_MS)
    together = threading.Barrier(2)

    def close(store: Store) -> bool:
        together.wait(PATIENCE_S)
        try:
            store.transition(alert().id, "closed", "李", BASE_MS, "minor")
        except TransitionRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(close, stores)) == [False, True]
    assert len(stores[0].history(alert().id)) == 1
    for store in stores:
        store.close()


def test_a_writer_goes_on_after_its_connection_broke(postgres_store: Store) -> None:
    postgres_store.commit(Outcome(alerts=[alert("A")]), now=BASE_MS)
    own = postgres_store.database.write(
        lambda connection: connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    )
    foreign = sa.create_engine(postgres_store.database.url)
    with foreign.begin() as connection:
        # Waits until that backend is gone.
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({own}, 10000)")
    foreign.dispose()
    with pytest.raises(sa.exc.OperationalError):
        postgres_store.commit(Outcome(alerts=[alert("B")]), now=BASE_MS)
    postgres_store.commit(Outcome(alerts=[alert("C")]), now=BASE_MS)
    assert [row.alert.subject for row in postgres_store.list_alerts().items] == ["C", "A"]


def test_readers_cannot_write_and_see_one_state(postgres_store: Store) -> None:
    count = "SELECT count(*) FROM alerts"
    with postgres_store.database.read() as connection:
        assert connection.exec_driver_sql(count).scalar_one() == 0
        postgres_store.commit(Outcome(alerts=[alert()]), now=BASE_MS)
        assert connection.exec_driver_sql(count).scalar_one() == 0
        with pytest.raises(sa.exc.DBAPIError, match="read-only"):
            connection.exec_driver_sql("DELETE FROM alerts")
    assert len(postgres_store.list_alerts().items) == 1


def test_a_nul_in_what_people_write_breaks_neither_row_nor_chain(postgres_store: Store) -> None:
    odd = alert(title="涉嫌\0虚构", room="1\0", inputs=[Input(event="e\0")])
    postgres_store.commit(Outcome(alerts=[odd]), now=BASE_MS)
    postgres_store.transition(odd.id, "closed", "李", BASE_MS, "minor", "看\0过")
    assert postgres_store.verify_history() is None
    row = postgres_store.get_alert(odd.id)
    assert row is not None
    assert row.alert.title == "涉嫌\0虚构"


def test_a_database_of_ctype_c_is_refused(postgres_server: sa.URL) -> None:
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS livewatch_test_c")
        connection.exec_driver_sql(
            "CREATE DATABASE livewatch_test_c TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        )
        with pytest.raises(StoreUnreachable, match="ctype C,"):
            Store.connect(postgres_server.set(database="livewatch_test_c"))
        connection.exec_driver_sql("DROP DATABASE livewatch_test_c")
    engine.dispose()


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    url = server_url("postgresql://u:secret@127.0.0.1:1/livewatch")
    with pytest.raises(StoreUnreachable, match=r"u:\*\*\*@127\.0\.0\.1:1/livewatch") as caught:
        Store.connect(url)
    assert "secret" not in str(caught.value)
