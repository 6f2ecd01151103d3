"""What a desk of an older version left on PostgreSQL, and this version that goes on with it."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from typer.testing import CliRunner

from detectors.pack.load import load_rulebook
from monitor.cli import app as commands
from monitor.config import Config, Evidence
from monitor.config import Store as Kept
from monitor.desk import setup
from monitor.desk.keys import ACCESS
from monitor.evidence.bundles import Bundles
from monitor.evidence.keeper import Keeper, keys_folder
from monitor.evidence.keys import KeyFolder
from monitor.store.migrate import shipped
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.monitor.build import BASE_MS, alert

pytestmark = pytest.mark.postgres

DATA = Path(__file__).parents[2] / "data" / "databases" / "postgresql"
[DUMP] = DATA.glob("*.sql.gz")
PASSWORD = "a phrase of the older version"
NOW = BASE_MS + 30_000
#: Tables of people, alerts and evidence, whose rows are to be there afterwards as they were.
KEPT = (
    "alerts", "alert_hits", "alert_leaves", "alert_versions", "api_tokens", "bundles", "custody",
    "dead_letters", "held_for", "held_records", "merkle_heads", "merkle_tiles", "rooms", "sign_ins",
    "transitions", "users",
)  # fmt: skip


@pytest.fixture
def left_behind(postgres_url: sa.URL) -> sa.URL:
    """The database as the older version left it."""
    plain = postgres_url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(gzip.decompress(DUMP.read_bytes()))
    return postgres_url


def rows(url: sa.URL, columns: dict[str, str] | None = None) -> dict[str, tuple[str, list[Any]]]:
    """Names of the columns, and rows, of each table; of the given columns, or of all."""
    engine = sa.create_engine(url)
    found = {}
    with engine.connect() as connection:
        for table in KEPT:
            names = (columns or {}).get(table, "*")
            answer = connection.exec_driver_sql(f"SELECT {names} FROM {table}")  # noqa: S608 - ours
            found[table] = (", ".join(answer.keys()), sorted(map(repr, answer)))
    engine.dispose()
    return found


async def read(client: TestClient[web.Request, web.Application], path: str, **headers: str) -> Any:
    answer = await client.get(path, headers=headers)
    assert answer.status == 200, (path, await answer.text())
    return msgspec.json.decode(await answer.read())


@pytest.mark.asyncio
async def test_every_row_is_there_and_all_that_is_chained_holds(
    left_behind: sa.URL, tmp_path: Path
) -> None:
    before = rows(left_behind)
    assert all(found for _, found in before.values())
    config = tmp_path / "livewatch.toml"
    url = left_behind.set(drivername="postgresql").render_as_string(hide_password=False)
    config.write_text(f"[store]\nurl = {json.dumps(url)}\n", encoding="utf-8")
    settings = Config(store=Kept(url=url), evidence=Evidence(organisation="某局"))
    keys = keys_folder(tmp_path, settings.evidence)
    keys.mkdir(parents=True, mode=0o700)
    for name in ("keys.json", "k1.crt"):
        shutil.copy(DATA / name, keys / name)

    def run(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(commands, [*words, "--config", str(config)])
        return answer.exit_code, answer.output

    def holds() -> None:
        for words in (("db", "check"), ("evidence", "log-verify", "--data", str(tmp_path))):
            status, says = run(*words)
            assert status == 0, says

    # What is missing is told, and made as a desk makes it when it starts.
    status, says = run("db", "status", "--json")
    done = len(shipped("postgresql")) - json.loads(says)["missing"]
    assert (status, done) == (1, 14)
    store = Store.connect(left_behind)
    assert store.database.migrated == [step.number for step in shipped("postgresql")[done:]]
    assert rows(left_behind, {table: names for table, (names, _) in before.items()}) == before
    assert run("db", "status")[0] == 0
    holds()

    # All of it is read as it was, by whom the older version let in.
    keeper = Keeper(store.database, keys, settings.evidence)
    bundles = Bundles(store, keeper, load_rulebook(), settings, tmp_path / "b", lambda: NOW)
    app = web.Application()
    setup(app, store=store, settings=settings, clock=lambda: NOW, bundles=bundles)
    async with TestClient(TestServer(app)) as client:
        token = (DATA / "token").read_text(encoding="ascii")
        bearer = {"Authorization": f"Bearer {token}"}
        items = (await read(client, "/api/v1/alerts?limit=100", **bearer))["items"]
        assert len(items) == len(before["alerts"][1]) == 21
        handled = {one["status"]: one["id"] for one in items if one["status"] != "new"}
        assert handled.keys() == {"acknowledged", "closed"}
        versions = 0
        for one in items:
            assert (await read(client, f"/api/v1/alerts/{one['id']}", **bearer))["id"] == one["id"]
            found = await read(client, f"/api/v1/alerts/{one['id']}/versions", **bearer)
            versions += len(found["items"])
        assert versions == len(before["alert_versions"][1])
        assert len((await read(client, "/api/v1/rooms", **bearer))["items"]) == 3

        page = await (await client.get("/sign-in")).text()
        form = page.partition('name="token" value="')[2].partition('"')[0]
        origin = {"Origin": str(client.make_url("/")).rstrip("/")}
        sent = {"token": form, "name": "王芳", "password": PASSWORD, "next": ""}
        answer = await client.post("/sign-in", data=sent, headers=origin, allow_redirects=False)
        assert answer.status == 303
        for one in items:
            answer = await client.get(f"/alerts/{one['id']}")
            text = await answer.text()
            assert (answer.status, one["id"] in text) == (200, True)
            assert ("何敏" in text) == (one["id"] in handled.values())
            assert ("已核查" in text) == (one["id"] == handled["closed"])
        people = (await read(client, "/api/v1/users"))["items"]
        assert {(one["name"], one["role"]) for one in people} == {
            ("王芳", "admin"), ("何敏", "enforcement"), ("李", "viewer"),
        }  # fmt: skip
        assert app[ACCESS].verify_journal() is None
        journal = (await read(client, "/api/v1/journal"))["items"]
        assert len(journal) == len(before["sign_ins"][1]) + 1
        custody = (await read(client, "/api/v1/custody"))["items"]
        assert len(custody) == len(before["custody"][1])

    # It goes on: an alert is hit again, and the next head covers what both versions wrote.
    again = store.get_alert(items[0]["id"])
    assert again is not None
    more = msgspec.structs.replace(again.alert, hits=again.alert.hits + 1, last_at=NOW)
    store.commit(Outcome(alerts=[more, alert("another")]), NOW)
    KeyFolder(keys).rotate("某局", NOW)
    keeper.cover_all(NOW + 3_600_000)
    store.close()
    holds()
    after = rows(left_behind)
    assert len(after["merkle_heads"][1]) == len(before["merkle_heads"][1]) + 1
    assert len(after["alerts"][1]) == 22
