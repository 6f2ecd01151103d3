"""Writes what a desk of an older livewatch leaves behind on PostgreSQL: run with that version first in the path.

    git worktree add --detach /tmp/older REVISION
    cd /tmp/older && python .../tests/data/databases/postgresql/write.py FOLDER

It writes `FOLDER/NAME.sql.gz`, the certificate of the key that signed its heads, and a token of somebody.
The desk has alerts in several versions, some of them handled, letters, people, a session that was revoked,
the records that its alerts name, a partition under signed heads, and a bundle.
"""

from __future__ import annotations

import gzip
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

NAME = "0.2.0-2026-11-29"
SCHEMA = "left_behind"
PASSWORD = "a phrase of the older version"
TOPIC = "livewatch.events/0"


def evening() -> Any:
    """What the embedded versions were given."""
    spec = importlib.util.spec_from_file_location("write", Path(__file__).parents[1] / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(folder: Path) -> None:
    sys.path.insert(0, str(Path.cwd()))
    import sqlalchemy as sa

    from tests.postgres import running_server

    with running_server() as server, tempfile.TemporaryDirectory() as work:
        engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        engine.dispose()
        fill(server.update_query_dict({"options": f"-csearch_path={SCHEMA}"}), Path(work))
        host = str(server.query["host"])
        dumped = subprocess.run(
            ["pg_dump", "-h", host, "-U", "postgres", "-n", SCHEMA, "-O", "-x",
             "--rows-per-insert=200", "postgres"],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("evidence/keys.json", "evidence/k1.crt", "token"):
            shutil.copyfile(Path(work) / name, folder / Path(name).name)
    # Into whatever schema the tests choose; what sets the session up is pg_dump's own.
    kept = [
        line.replace(f"{SCHEMA}.", "")
        for line in dumped.splitlines()
        if not re.match(rf"--|SET |SELECT pg_catalog|CREATE SCHEMA {SCHEMA}|\\", line)
    ]
    text = re.sub(r"\n{2,}", "\n", "\n".join(kept)).strip() + "\n"
    (folder / f"{NAME}.sql.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def fill(url: Any, work: Path) -> None:
    """Lets an embedded monitor find alerts, and gives them to the desk as the topics do."""
    import structlog

    from detectors.events import decode, room_key
    from monitor.access.service import Access
    from monitor.access.settings import SignIn
    from monitor.config import Config, Evidence
    from monitor.evidence import holding, ledger
    from monitor.evidence.bundles import Bundles
    from monitor.evidence.case import Request
    from monitor.evidence.keeper import Keeper
    from monitor.evidence.records import Stored
    from monitor.pipeline.log import Entry
    from monitor.runtime import Runtime
    from monitor.store.rows import AlertFilter, Outcome
    from monitor.store.store import Store
    from tests.monitor.rules import rulebook

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    told = evening()
    now = told.BASE_MS
    config = Config(evidence=Evidence(organisation="某局"))
    desk = Store.connect(url)
    keeper = Keeper(desk.database, work / "evidence", config.evidence)
    access = Access(desk.database, SignIn(), lambda: now)
    for person, role in (("王芳", "admin"), ("何敏", "enforcement"), ("李", "viewer")):
        access.add(person, role, PASSWORD, by="the installation")
    token, _ = access.make_token("何敏", "a script", ["read"], 90, by="何敏")
    (work / "token").write_text(token, encoding="ascii")
    user = access.check("李", PASSWORD, address="192.0.2.7")
    access.begin(user, method="password", address="192.0.2.7", agent="tests")
    access.revoke_sessions("李", by="王芳")

    runtime = Runtime(work / "data", config, rulebook=rulebook(), clock=lambda: now)
    runtime.worker._ticks_from = 0
    records: dict[tuple[str, str], Stored] = {}
    position = 0
    for number in range(30):
        now = told.BASE_MS + number * 1_000
        lines = told.events(number, number + 1)
        decoded = [(decode(line), line) for line in lines]
        keys = [room_key(one.platform, one.room) for one, _ in decoded]
        entries = [Entry(key, one.id, line) for key, (one, line) in zip(keys, decoded, strict=True)]
        runtime.log.append(entries, source="http", now=now).result()
        runtime.worker.round()
        arrived = []
        for key, (one, line) in zip(keys, decoded, strict=True):
            records[key, one.id] = Stored(TOPIC, position, key, "livewatch.events", now, line)
            arrived.append((position, now, line))
            position += 1
        follow(desk, ledger, arrived)
        alerts = [row.alert for row in runtime.store.list_alerts(AlertFilter(), 500).items]
        rooms = runtime.store.rooms()
        desk.commit(Outcome(alerts=alerts, rooms=rooms, dead=[]), now)
        if number % 10 == 9:
            keeper.tend(now + number * 60_000)
    desk.commit(Outcome(dead=runtime.store.dead_letters()), now)
    for alert in alerts:
        named = [
            (records[room, event], event)
            for room, event in holding.named_by(alert)
            if (room, event) in records
        ]
        desk.database.write(lambda connection, a=alert.id, n=named: holding.put(connection, a, n))
    handled = [alert.id for alert in alerts]
    desk.transition(handled[0], "acknowledged", "何敏", now)
    desk.transition(handled[1], "closed", "何敏", now, "minor", "已核查")
    runtime.store.close()
    bundles = Bundles(desk, keeper, rulebook(), config, work / "bundles", lambda: now)
    bundles.ask(Request(alerts=[handled[1]], who="何敏", why="核查"))
    bundles.make_all()
    keeper.close(now + 3_600_000)
    desk.close()


def follow(desk: Any, ledger: Any, arrived: list[tuple[int, int, bytes]]) -> None:
    desk.database.write(lambda connection: ledger.follow(connection, TOPIC, arrived))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
