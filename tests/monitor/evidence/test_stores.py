"""The evidence of a store that follows Kafka: on a file and on a PostgreSQL server alike."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from detectors.alerts import Alert, Evidence, Found
from detectors.events import decode
from detectors.pack.load import load_rulebook
from detectors.pack.versions import Versions
from monitor.config import Authority, Config
from monitor.config import Evidence as Settings
from monitor.evidence import (
    custody,
    heads,
    holding,
    kept_rules,
    ledger,
    records,
    report,
    stamper,
)
from monitor.evidence.audit import Audit, audit
from monitor.evidence.bundle import Exported, export
from monitor.evidence.bundles import Bundles
from monitor.evidence.case import Request
from monitor.evidence.keeper import Keeper
from monitor.evidence.keys import KeyFolder
from monitor.evidence.records import Stored
from monitor.evidence.stamper import Stamper
from monitor.evidence.standing import standing_of
from monitor.evidence.verify import verify
from monitor.evidence.versions import of_alert
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.monitor.build import BASE_MS, alert, chat
from tests.monitor.evidence.matter import VIEWER, contents

LOGS = ("livewatch.events/0", "livewatch.events/1")
MINUTE = 60_000


def lines(first: int, count: int, room: str) -> list[tuple[int, int, bytes]]:
    """Records of a partition: position, arrival, bytes."""
    return [
        (n, BASE_MS + n, chat(f"c{n}", n, "这茶能降血压", user=VIEWER, room=room))
        for n in range(first, first + count)
    ]


class Desk:
    """A store with two partitions in it, a keeper and an alert over what it holds."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.config = Config(evidence=Settings(organisation="某局"))
        self.keeper = Keeper(store.database, folder / "keys", self.config.evidence)
        self.follow(LOGS[0], lines(7, 300, "1"))
        self.follow(LOGS[1], lines(0, 40, "2"))
        self.alert = self.raised(1, 10)
        self.keeper.tend(BASE_MS + MINUTE)

    def follow(self, log: str, some: list[tuple[int, int, bytes]]) -> int:
        return self.store.database.write(lambda connection: ledger.follow(connection, log, some))

    def raised(self, hits: int, position: int) -> Alert:
        """A version of the alert on room 1, and the record that it stands on."""
        [(_, arrived, data)] = lines(position, 1, "1")
        event = decode(data)
        found = Found(at=event.at, event=event.id, by="fact:x", level="lead", says="宣称疗效")
        made = alert(
            "K", hits=hits, t_s=position, evidence=Evidence(trigger=[event]), findings=[found],
            findings_total=hits, reason=f"第 {hits} 次",
        )  # fmt: skip
        self.store.commit(Outcome(alerts=[made]), BASE_MS + position)
        record = Stored(LOGS[0], position, "demo:1", "livewatch.events", arrived, data)
        self.store.database.write(
            lambda connection: holding.put(connection, made.id, [(record, event.id)])
        )
        return made

    def audit(self) -> Audit:
        with self.store.database.read() as connection:
            return audit(connection, KeyFolder(self.folder / "keys"))

    def export(self, folder: Path) -> Exported:
        request = Request(alerts=[self.alert.id], who="何敏", why="核查")
        return export(
            self.store, self.keeper, load_rulebook(), self.config, request, folder,
            BASE_MS + 60 * MINUTE,
        )  # fmt: skip

    def by_hand(self, statement: str) -> None:
        self.store.database.write(lambda connection: connection.exec_driver_sql(statement))


@pytest.fixture
def desk(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    return Desk(store, tmp_path)


@pytest.mark.slow
def test_each_partition_has_its_log_and_one_head_signs_all(desk: Desk) -> None:
    found = desk.audit()
    assert (found.leaves, found.covered, found.heads, found.problems) == (340, 340, 1, [])
    with desk.store.database.read() as connection:
        [stored] = heads.heads(connection)
        head = heads.read(stored.note)
        tiles = ledger.Tiles(connection, LOGS[0])
        assert tiles.leaf_of(7) == 0
        assert tiles.leaf_of(306) == 299
        assert tiles.leaf_of(6) is None
    assert {name: tree.size for name, tree in head.trees.items()} == {
        "custody": 1, "alerts": 1, LOGS[0]: 300, LOGS[1]: 40,
    }  # fmt: skip
    assert head.origin.endswith("/custody")
    desk.follow(LOGS[1], lines(40, 3, "2"))
    desk.keeper.tend(BASE_MS + 10 * MINUTE)
    assert (desk.audit().heads, desk.audit().covered, desk.audit().problems) == (2, 343, [])


def test_what_is_read_again_is_one_leaf_and_what_is_another_is_refused(desk: Desk) -> None:
    assert desk.follow(LOGS[0], lines(200, 120, "1")) == 13
    assert desk.follow(LOGS[0], lines(200, 120, "1")) == 0
    # The topic has let go of some: positions go on behind a hole.
    assert desk.follow(LOGS[0], lines(400, 5, "1")) == 5
    with desk.store.database.read() as connection:
        assert ledger.Tiles(connection, LOGS[0]).runs() == [(0, 7), (313, 400)]
    other = [(210, BASE_MS, b"another"), *lines(405, 2, "1")]
    with pytest.raises(ledger.Rewritten, match="at 210"):
        desk.follow(LOGS[0], other)
    assert desk.audit().leaves == 313 + 5 + 40
    assert desk.audit().problems == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE held_records SET arrived = arrived + 1",
        "UPDATE merkle_logs SET size = size - 1 WHERE log = 'livewatch.events/1'",
        "UPDATE merkle_tiles SET hashes = (SELECT hashes FROM merkle_tiles AS other WHERE"
        " other.log = 'livewatch.events/1' AND other.level = 0 AND other.number = 0)"
        " WHERE log = 'livewatch.events/0' AND level = 0 AND number = 0",
        "UPDATE alert_versions SET body = (SELECT data FROM held_records LIMIT 1)",
        "DELETE FROM alert_versions",
        "UPDATE alert_leaves SET written = written + 1",
    ],
)
def test_what_is_changed_by_hand_is_found(desk: Desk, statement: str) -> None:
    desk.by_hand(statement)
    assert desk.audit().problems != []


def test_heads_can_only_be_added_to(desk: Desk) -> None:
    for statement in ("UPDATE merkle_heads SET size = 7", "DELETE FROM merkle_heads"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            desk.by_hand(statement)


def test_every_version_that_is_written_is_a_leaf(desk: Desk) -> None:
    desk.raised(5, 20)
    with desk.store.database.read() as connection:
        [first, *_] = of_alert(connection, desk.alert.id).values()
        size = ledger.Tiles(connection, ledger.ALERTS).size
    # The second took the place of the first, which has its leaf all the same.
    assert (first.version, first.leaf, first.written, size) == (1, 1, BASE_MS + 20, 2)
    desk.raised(5, 20)
    assert desk.audit().versions == 1, "what says nothing new is not written"


@pytest.mark.slow
def test_a_bundle_holds_and_tells_the_versions_with_their_story(desk: Desk, tmp_path: Path) -> None:
    desk.raised(5, 20)
    made = desk.export(tmp_path / "out")
    files = contents(Path(made.path))
    found = verify(Path(made.path), trusted=desk.keeper.certificates())
    assert (found.verdict, found.findings) == ("valid", [])
    assert (found.records, found.proved, found.versions) == (2, 2, 1)
    [record, _] = [json.loads(one) for one in files["data/events/records.ndjson"].splitlines()]
    assert (record["log"], record["position"], record["leaf"]) == (LOGS[0], 10, 3)
    [version] = [json.loads(one) for one in files["data/alerts/versions.ndjson"].splitlines()]
    assert version["story"]["says"] == "宣称疗效"
    assert version["sha256"] == hashlib.sha256(files[version["file"]]).hexdigest()
    proved = [json.loads(data)["log"] for path, data in files.items() if "inclusion" in path]
    assert proved == [LOGS[0], "alerts"]


class BusyKeeper(Keeper):
    """A keeper beside whom the room goes on: right behind each head a record comes, and for the first
    time the alert is hit again, too."""

    desk: Desk
    covered = 0

    def cover(self, now: int) -> None:
        super().cover(now)
        self.covered += 1
        self.desk.follow(LOGS[0], lines(306 + self.covered, 1, "1"))
        record = Stored(
            LOGS[0], 306 + self.covered, "demo:1", "livewatch.events",
            *lines(306 + self.covered, 1, "1")[0][1:],
        )  # fmt: skip
        self.desk.store.database.write(
            lambda connection: holding.put(
                connection, self.desk.alert.id, [(record, f"c{306 + self.covered}")]
            )
        )
        if self.covered == 1:
            self.desk.alert = self.desk.raised(9, 20)


@pytest.mark.slow
def test_a_room_that_goes_on_while_its_bundle_is_made(desk: Desk, tmp_path: Path) -> None:
    desk.raised(2, 300)  # so that what comes lies within two minutes of the last hit
    desk.keeper = busy = BusyKeeper(desk.store.database, tmp_path / "keys", desk.config.evidence)
    busy.desk = desk
    made = desk.export(tmp_path / "out")
    found = verify(Path(made.path), trusted=busy.certificates())
    assert (found.verdict, found.findings, found.unproved) == ("valid", [], 0)
    assert found.proved == found.records >= 3
    files = contents(Path(made.path))
    assert json.loads(files[f"data/alerts/{desk.alert.id}/v001.json"])["hits"] == 9
    assert busy.covered == 2, "it was looked at again, since the alert had just changed"
    assert any("arrived while" in note for note in made.notes)


@pytest.mark.slow
def test_two_of_one_second_are_two_bundles(desk: Desk, tmp_path: Path) -> None:
    first, second = desk.export(tmp_path / "out"), desk.export(tmp_path / "out")
    assert (first.payload, first.id + "-2") == (second.payload, second.id)
    assert verify(Path(second.path)).verdict == "seal-untrusted"


def test_desks_that_share_a_database_make_a_bundle_once(desk: Desk, tmp_path: Path) -> None:
    if desk.store.database.url.get_backend_name() == "sqlite":
        pytest.skip("a file has one process")
    both = [
        Bundles(
            desk.store, desk.keeper, load_rulebook(), desk.config, tmp_path / "b", lambda: BASE_MS
        )
        for _ in range(2)
    ]
    asked = both[0].ask(Request(alerts=[desk.alert.id], who="何敏"))
    with both[0]._alone(asked) as first, both[1]._alone(asked) as second:
        assert (first, second) == (True, False)
        both[1].make_all()
        assert [one.state for one in both[1].of_alert(desk.alert.id)] == ["making"]
    # The first was killed: its connection is gone, and so is its claim.
    both[1].make_all()
    both[0].make_all()
    found = both[0].get(asked.id)
    assert found is not None
    assert found.state == "ready"
    assert both[0].file(found) is not None, "one folder for both"
    with desk.store.database.read() as connection:
        assert [one.act for one in custody.records(connection)] == ["key-made", "exported"]


@pytest.mark.slow
def test_standing_custody_and_the_list_of_bundles(desk: Desk, tmp_path: Path) -> None:
    with desk.store.database.read() as connection:
        standing = standing_of(connection, desk.alert)
        assert records.find(connection, "demo:1", "nosuch") is None
    assert (standing.kept, standing.collected, standing.fixed) == (
        1, BASE_MS + 10, BASE_MS + MINUTE,
    )  # fmt: skip
    bundles = Bundles(
        desk.store, desk.keeper, load_rulebook(), desk.config, tmp_path / "b", lambda: BASE_MS
    )
    asked = bundles.ask(Request(alerts=[desk.alert.id], who="何敏"))
    bundles.make_all()
    [row] = bundles.of_alert(desk.alert.id)
    assert (row.id, row.state, row.records) == (asked.id, "ready", 1)
    assert bundles.of_alert("nosuch") == []
    with desk.store.database.read() as connection:
        chain = custody.records(connection)
    assert custody.check(chain) is None
    assert [one.act for one in chain] == ["key-made", "exported"]


@pytest.mark.slow
def test_a_forgotten_viewer_is_told_with_log_and_position(desk: Desk) -> None:
    desk.store.transition(desk.alert.id, "closed", "何敏", BASE_MS, reason="rule-too-wide")
    desk.store.forget_viewer([VIEWER], who="王", at=BASE_MS)
    with desk.store.database.read() as connection:
        [record] = [one for one in custody.records(connection) if one.act == "forgotten"]
    assert record.detail["places"] == [[LOGS[0], 10]]
    found = desk.audit()
    assert (found.forgotten, found.problems) == (1, [])


def test_an_authority_that_is_away_is_asked_again(desk: Desk, tmp_path: Path) -> None:
    away = Authority(name="tsa", url="http://127.0.0.1:9/", roots_file=str(tmp_path / "none.pem"))
    queue = Stamper(desk.store.database, [away], lambda: BASE_MS)
    queue.round(BASE_MS)
    [state] = queue.states()
    assert (state.unstamped, state.attempts) == (1, 1)
    with desk.store.database.read() as connection:
        assert stamper.stamped(connection) == {}


def test_what_no_alert_is_there_for_goes(desk: Desk) -> None:
    assert holding.release(desk.store) == 0
    desk.by_hand("DELETE FROM alerts")
    assert holding.release(desk.store) == 1


@pytest.mark.slow
def test_rules_are_kept_once_and_go_with_the_last_alert_that_names_them(desk: Desk) -> None:
    database, now = desk.store.database, BASE_MS + MINUTE
    book = rulebook().only("absolute-term", "medical-claim")
    other = rulebook().only("absolute-term")

    def kept(rules: str) -> dict[str, bytes]:
        with database.read() as connection:
            return kept_rules.of(connection, rules)

    assert kept_rules.keep(database, book, now)
    assert not kept_rules.keep(database, book, now)
    assert kept_rules.keep(database, other, now)
    assert kept(book.digest) == book.documents()
    named = alert("R")
    named.engine = Versions(book).of(book["absolute-term"].spec)
    desk.store.commit(Outcome(alerts=[named]), now)
    assert kept_rules.release(database, other.digest, now) == 0
    desk.store.forget_alerts(BASE_MS * 2, ("lead", "watch", "info"), 10)
    assert kept_rules.release(database, other.digest, now) > 0
    assert kept(book.digest) == {}
    assert kept(other.digest) == other.documents()
    for configuration in ({"a": 1}, {"a": 1}, {"a": 2}):
        detail = {"process": "desk", "rules": other.digest, "configuration": configuration}
        database.write(partial(custody.begin, detail=detail, at=now))
    assert [one.detail["configuration"] for one in desk.store.custody_of("") if one.act == "started"] == [{"a": 1}, {"a": 2}]  # fmt: skip
