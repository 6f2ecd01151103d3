"""The Merkle log beside the event log: kept in one transaction, signed, checked, never rewritten."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import Connection
from typer.testing import CliRunner

from monitor.cli import app
from monitor.commands.evidence import log_verify
from monitor.commands.exits import Exit
from monitor.config import Evidence
from monitor.errors import ConfigError
from monitor.evidence import custody, heads, ledger
from monitor.evidence.audit import Audit, audit
from monitor.evidence.keeper import Keeper
from monitor.evidence.keys import KeyFolder
from monitor.evidence.merkle import leaf_hash, root_of
from monitor.pipeline.log import Entry, Retention
from monitor.pipeline.sqlite import SqliteLog
from monitor.store.database import Database
from monitor.store.store import Store
from tests.monitor.build import BASE_MS, chat
from tests.monitor.evidence.test_merkle import Listed
from tests.patience import PATIENCE_S

MINUTE = 60_000
DAY = 86_400_000


class Kept:
    """A database with its log and keeper."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "livewatch.db"
        self.database = Database(self.path)
        self.log = SqliteLog(self.database)
        self.keys = KeyFolder(folder / "keys")
        self.keeper = Keeper(self.database, folder / "keys", Evidence(organisation="某局"))

    def append(self, first: int, count: int, *, now: int = BASE_MS, each: int = 1_000) -> None:
        names = [f"e{number}" for number in range(first, first + count)]
        for start in range(0, count, each):
            some = [
                Entry("demo:1", name, chat(name, 0, "好")) for name in names[start : start + each]
            ]
            self.log.append(some, source="test", now=now).result(PATIENCE_S)

    def audit(self) -> Audit:
        with self.database.read() as connection:
            return audit(connection, self.keys)

    def by_hand(self, *statements: str) -> None:
        """What somebody with a shell and the file can do."""
        with sqlite3.connect(self.path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    opened = Kept(tmp_path)
    yield opened
    opened.database.close()


def leaves(kept: Kept) -> list[bytes]:
    """The leaves as `docs/evidence.md` says them, from the table of events itself."""
    with kept.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT position, arrived, data FROM event_log ORDER BY position"
        ).fetchall()
    return [
        json.dumps(
            {
                "arrived": row.arrived,
                "log": "events",
                "position": row.position,
                "sha256": hashlib.sha256(row.data).hexdigest(),
            },
            separators=(",", ":"),
            sort_keys=True,
        ).encode()
        for row in rows
    ]


@pytest.mark.slow
@pytest.mark.parametrize("each", [1, 7, 300])
def test_the_tiles_hold_the_tree_over_the_records(kept: Kept, each: int) -> None:
    kept.append(0, 700, each=each)
    made = Listed(leaves(kept))
    with kept.database.read() as connection:
        tiles = ledger.Tiles(connection, ledger.EVENTS)
        assert tiles.size == 700
        for size in (1, 2, 255, 256, 257, 512, 699, 700):
            assert root_of(size, tiles.subtree) == made.mth(made.leaves[:size]), size
        assert [tiles.leaf(tiles.leaf_of(9) or 0)] == [leaf_hash(made.leaves[8])]
    assert kept.audit().problems == []


@pytest.mark.slow
def test_a_third_level_of_tiles(kept: Kept) -> None:
    """65,536 leaves fill a tile of roots of tiles."""
    count = 65_536 + 300
    with kept.database.read() as connection:
        assert ledger.Tiles(connection, "x").size == 0
    hashes = [leaf_hash(str(number).encode()) for number in range(count)]

    def job(connection: Connection) -> None:
        for start in range(0, count, 1_000):
            ledger.append(connection, "x", hashes[start : start + 1_000], position=start + 1)

    kept.database.write(job)
    made = Listed([str(number).encode() for number in range(count)])
    with kept.database.read() as connection:
        tiles = ledger.Tiles(connection, "x")
        assert root_of(count, tiles.subtree) == made.mth(made.leaves)
        assert tiles.damaged_tiles() == []


def test_what_comes_twice_has_one_leaf(kept: Kept) -> None:
    kept.append(0, 10)
    kept.append(5, 10)
    with kept.database.read() as connection:
        assert ledger.Tiles(connection, ledger.EVENTS).size == kept.log.head == 15
    assert kept.audit().records == 15


def test_a_database_that_is_older_than_the_log_begins_where_it_stands(kept: Kept) -> None:
    kept.append(0, 3)
    kept.by_hand("DELETE FROM merkle_logs", "DELETE FROM merkle_runs", "DELETE FROM merkle_tiles")
    kept.append(3, 4)
    found = kept.audit()
    assert (found.before, found.records, found.leaves, found.problems) == (3, 4, 4, [])


def test_the_log_outlives_what_is_trimmed(kept: Kept) -> None:
    kept.append(0, 600)
    kept.log.acknowledge(600)
    kept.log.trim(Retention(max_age_ms=1, max_bytes=1), now=BASE_MS + MINUTE)
    kept.append(600, 5)
    found = kept.audit()
    assert (found.leaves, found.records, found.problems) == (605, 5, [])


def test_a_head_is_signed_when_something_was_appended(kept: Kept) -> None:
    kept.keeper.tend(BASE_MS)
    assert stored(kept) == []
    kept.append(0, 5)
    kept.keeper.tend(BASE_MS)
    kept.append(5, 5)
    kept.keeper.tend(BASE_MS + MINUTE)  # too soon
    kept.keeper.tend(BASE_MS + 6 * MINUTE)
    kept.keeper.tend(BASE_MS + 20 * MINUTE)  # nothing new
    first, second = stored(kept)
    assert (first.size, first.at, second.size, second.at) == (
        5, BASE_MS, 10, BASE_MS + 6 * MINUTE,
    )  # fmt: skip
    found = kept.audit()
    assert (found.heads, found.covered, found.custody, found.problems) == (2, 10, 1, [])
    head = heads.read(second.note)
    assert head.trees[ledger.EVENTS].root == Listed([]).mth(leaves(kept))
    assert head.trees[custody.LOG].size == 1


def test_openssl_checks_the_signature_of_a_head(kept: Kept, tmp_path: Path) -> None:
    kept.append(0, 5)
    kept.keeper.close(BASE_MS)
    [stored_head] = stored(kept)
    head = heads.read(stored_head.note)
    public = kept.keys.certificate("k1").public_key()
    (tmp_path / "key.pub").write_bytes(
        public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    (tmp_path / "signature").write_bytes(head.signature)
    (tmp_path / "signed").write_bytes(head.signed)
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "key.pub", "-signature", "signature", "signed"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "Verified OK"


def stored(kept: Kept) -> list[heads.StoredHead]:
    with kept.database.read() as connection:
        return heads.heads(connection)


TAMPERED = {
    "a record's bytes": ["UPDATE event_log SET data = replace(data, 'a', 'b') WHERE position = 3"],
    "a record's time": ["UPDATE event_log SET arrived = arrived + 1 WHERE position = 3"],
    "a leaf": ["UPDATE merkle_tiles SET hashes = zeroblob(length(hashes)) WHERE number = 1 AND level = 0"],
    "a full tile": ["UPDATE merkle_tiles SET hashes = zeroblob(length(hashes)) WHERE number = 0 AND level = 0"],
    "a tile of tiles": ["UPDATE merkle_tiles SET hashes = zeroblob(length(hashes)) WHERE level = 1"],
    "the end of the log": [
        "DELETE FROM event_log WHERE position > 250",
        "UPDATE merkle_logs SET size = 250 WHERE log = 'events'",
    ],
    "a head": [
        "DROP TRIGGER heads_are_not_changed",
        "UPDATE merkle_heads SET note = replace(note, '300', '299') WHERE number = 1",
    ],
    "who acted": ["DROP TRIGGER custody_is_not_changed", "UPDATE custody SET who = 'nobody'"],
    "custody": ["DROP TRIGGER custody_is_not_deleted", "DELETE FROM custody"],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_changed_by_hand_is_found(kept: Kept, what: str) -> None:
    kept.append(0, 300)
    kept.keeper.close(BASE_MS)
    kept.append(300, 10)
    kept.keeper.close(BASE_MS + MINUTE)
    assert kept.audit().problems == []
    kept.by_hand(*TAMPERED[what])
    assert kept.audit().problems != []


def test_no_head_is_signed_over_a_log_that_was_rewritten(kept: Kept) -> None:
    kept.append(0, 30)
    kept.keeper.close(BASE_MS)
    kept.by_hand("UPDATE merkle_tiles SET hashes = zeroblob(length(hashes)) WHERE log = 'events'")
    kept.append(30, 5)
    kept.keeper.tend(BASE_MS + 10 * MINUTE)
    assert len(stored(kept)) == 1
    assert "it was changed" in (kept.keeper.problem or "")


def test_heads_and_custody_can_only_be_added_to(kept: Kept) -> None:
    kept.append(0, 1)
    kept.keeper.close(BASE_MS)
    for statement in (
        "UPDATE merkle_heads SET size = 7", "DELETE FROM merkle_heads",
        "UPDATE custody SET who = 'x'", "DELETE FROM custody",
    ):  # fmt: skip
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            kept.by_hand(statement)


def test_a_forgotten_viewer_breaks_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "livewatch.db")
    log = SqliteLog(store.database)
    who = "k1:aaaaaaaaaaaaaaaa"
    some = [Entry("demo:1", f"c{n}", chat(f"c{n}", n, "我住在那边", user=who)) for n in range(3)]
    log.append(some, source="test", now=BASE_MS).result(PATIENCE_S)
    store.forget_viewer([who], who="王", at=BASE_MS)
    with store.database.read() as connection:
        found = audit(connection, KeyFolder(tmp_path / "keys"))
        [record] = custody.records(connection)
    store.close()
    assert (found.forgotten, found.problems) == (3, [])
    assert (record.act, record.who, record.detail["positions"]) == ("forgotten", "王", [1, 2, 3])


def test_a_job_that_is_rolled_back_leaves_no_leaf(kept: Kept) -> None:
    kept.append(0, 3)

    def fails(connection: Connection) -> None:
        ledger.append_events(connection, 4, BASE_MS, [b"x"] * 300)
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        kept.database.write(fails)
    kept.append(3, 3)
    found = kept.audit()
    assert (found.leaves, found.problems) == (6, [])


def test_a_clock_that_went_back_is_told_and_is_no_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten days ahead at first, then set right."""
    kept = Kept(tmp_path)
    for number, now in enumerate((BASE_MS + 10 * DAY, BASE_MS, BASE_MS + MINUTE)):
        kept.append(number, 1, now=now)
        kept.keeper.close(now)
    found = kept.audit()
    kept.database.close()
    assert found.problems == []
    [told] = found.remarks
    assert told.what == "clock"
    first, second = "2026-10-11 20:00:00.000", "2026-10-01 20:00:00.000"
    for words in (told.says, told.says_zh):
        assert words.index("head 1") < words.index(first) < words.index("head 2")
        assert words.index("head 2") < words.index(second)
    (tmp_path / "keys").rename(tmp_path / "K")
    settings = tmp_path / "livewatch.toml"
    settings.write_text(f'[evidence]\nkeys = "{tmp_path / "K"}"\n')
    assert log_verify(settings, tmp_path, as_json=False) == Exit.DONE
    shown = capsys.readouterr().out
    assert told.says in shown
    assert told.says_zh in shown


# Keys


def test_keys_are_for_their_owner_only_and_live_on(kept: Kept) -> None:
    kept.append(0, 1)
    kept.keeper.close(BASE_MS)
    private = kept.keys.folder / "k1.pem"
    assert private.stat().st_mode & 0o777 == 0o600
    assert kept.keys.folder.stat().st_mode & 0o777 == 0o700
    before = private.read_bytes()
    kept.append(1, 1)
    kept.keeper.close(BASE_MS + MINUTE)
    assert private.read_bytes() == before
    assert [head.key for head in stored(kept)] == ["k1", "k1"]


def test_a_new_key_signs_and_the_old_one_still_checks(kept: Kept) -> None:
    kept.append(0, 1)
    kept.keeper.close(BASE_MS)
    kept.keys.rotate("某局", BASE_MS + 1)
    kept.append(1, 1)
    kept.keeper.close(BASE_MS + MINUTE)
    assert [head.key for head in stored(kept)] == ["k1", "k2"]
    assert kept.audit().problems == []


def test_what_a_key_signs_after_it_was_revoked_does_not_count(kept: Kept) -> None:
    kept.append(0, 1)
    kept.keeper.close(BASE_MS)
    thief = kept.keys.current("某局", BASE_MS)
    kept.keys.revoke("k1", "the disk was stolen", BASE_MS + 1)
    kept.append(1, 1)
    kept.keeper.close(BASE_MS + MINUTE)
    assert [head.key for head in stored(kept)] == ["k1", "k2"]
    assert kept.audit().problems == []
    with kept.database.read() as connection:
        note = heads.sign(
            ledger.origin(connection, "events") or "", BASE_MS + 2, heads.trees(connection), thief
        )
    with sqlite3.connect(kept.path) as connection:
        connection.execute(
            "INSERT INTO merkle_heads VALUES (3, 'events', 2, ?, 'k1', ?)", (BASE_MS + 2, note)
        )
    connection.close()
    assert any("revoked" in problem for problem in kept.audit().problems)


def test_keys_of_the_office_come_as_a_pair(kept: Kept, tmp_path: Path) -> None:
    other = KeyFolder(tmp_path / "other")
    other.rotate("甲局", BASE_MS)
    other.rotate("甲局", BASE_MS)
    own = (other.folder / "k1.pem", other.folder / "k1.crt")
    entry = kept.keys.rotate("某局", BASE_MS, own)
    assert entry.fingerprint == other.all()[0].fingerprint
    with pytest.raises(ConfigError, match="is not the certificate of"):
        kept.keys.rotate("某局", BASE_MS, (own[0], other.folder / "k2.crt"))


def test_no_key_is_made_where_another_one_signed_the_heads(kept: Kept, tmp_path: Path) -> None:
    kept.append(0, 1)
    kept.keeper.close(BASE_MS)
    kept.append(1, 1)
    wrong = Keeper(kept.database, tmp_path / "wrong", Evidence())
    for work in (wrong.cover, wrong.cover_all, wrong.key):
        with pytest.raises(ConfigError, match=r"k1 \([0-9a-f]{8}….*--config.*evidence\.keys"):
            work(BASE_MS + MINUTE)
    wrong.tend(BASE_MS + 10 * MINUTE)
    assert "--config" in (wrong.problem or "")
    assert not (tmp_path / "wrong").exists()
    # Nor does one sign that was made for another log, under the same id.
    KeyFolder(tmp_path / "wrong").rotate("别局", BASE_MS)
    with pytest.raises(ConfigError, match="does not have the key"):
        wrong.cover(BASE_MS + MINUTE)
    assert len(stored(kept)) == 1
    kept.keeper.cover(BASE_MS + MINUTE)
    assert kept.audit().problems == []


def test_a_folder_of_keys_that_was_lost_begins_anew_with_the_old_certificate(
    kept: Kept, tmp_path: Path
) -> None:
    kept.append(0, 1)
    kept.keeper.close(BASE_MS)
    [old] = kept.keys.all()
    keys = KeyFolder(tmp_path / "new")
    keys.folder.mkdir()
    (keys.folder / "k1.crt").write_bytes((kept.keys.folder / "k1.crt").read_bytes())
    listed = [{"id": "k1", "fingerprint": old.fingerprint, "since": 0}]
    (keys.folder / "keys.json").write_text(json.dumps(listed))
    keys.rotate("某局", BASE_MS + 1)
    kept.append(1, 1)
    Keeper(kept.database, keys.folder, Evidence()).cover(BASE_MS + MINUTE)
    assert [head.key for head in stored(kept)] == ["k1", "k2"]
    kept.keys = keys
    assert kept.audit().problems == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda note: note.replace(b"time 2", b"time 3"),
        lambda note: note.replace(b"\n\n", b"\n"),
        lambda note: note[:-1],
        lambda note: note + b"x\n",
        lambda note: b"",
        lambda note: note.replace(b"log custody", b"log events"),
        lambda note: note.replace("—".encode(), b"-"),
        lambda note: b"\xff" + note,
    ],
)
def test_no_head_is_read_from_anything_else(kept: Kept, damage: object) -> None:
    kept.append(0, 1)
    kept.keeper.close(BASE_MS)
    [one] = stored(kept)
    changed = damage(one.note)  # type: ignore[operator]  # a function of the list above
    try:
        head = heads.read(changed)
    except heads.BadHead:
        return
    assert not head.signed_by(kept.keys.certificate("k1"))


# The command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor.cli", "evidence", *arguments],
        capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip


def ends(*arguments: str) -> tuple[int, str]:
    """The same command in this process, where it need not start."""
    ended = CliRunner().invoke(app, ["evidence", *arguments])
    return ended.exit_code, ended.stdout


@pytest.mark.slow
def test_the_command_says_whether_all_of_it_holds(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.append(0, 5)
    kept.keeper = Keeper(kept.database, tmp_path / "evidence" / "keys", Evidence())
    kept.keeper.close(BASE_MS)
    kept.database.close()
    done = run("log-verify", "--data", str(tmp_path))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (Exit.DONE, "all of it holds")
    kept.by_hand("UPDATE event_log SET arrived = 1 WHERE position = 2")
    code, told = ends("log-verify", "--data", str(tmp_path), "--json")
    assert code == Exit.CHECK_FAILED
    assert json.loads(told)["problems"] == ["record 2 is not the one that arrived: it was changed"]
    assert ends("log-verify", "--data", str(tmp_path / "none"))[0] == Exit.USAGE


@pytest.mark.slow
def test_keys_are_renewed_and_revoked_by_command(tmp_path: Path) -> None:
    Kept(tmp_path).database.close()
    assert run("keys", "rotate", "--data", str(tmp_path), "--who", "王").returncode == Exit.DONE
    revoke = ("keys", "revoke", "k1", "--data", str(tmp_path), "--reason", "丢失", "--who", "王")
    assert ends(*revoke)[0] == Exit.DONE
    assert "revoked" in ends("keys", "list", "--data", str(tmp_path))[1]
    gone = ("keys", "revoke", "k9", "--data", str(tmp_path), "--reason", "x")
    assert ends(*gone)[0] == Exit.CONFIGURATION
    with Database(tmp_path / "livewatch.db").read() as connection:
        acts = [(one.act, one.who, one.why) for one in custody.records(connection)]
    assert acts == [("key-made", "王", ""), ("key-revoked", "王", "丢失")]


KILLED = """
import sys
from pathlib import Path
from monitor.pipeline.log import Entry
from monitor.pipeline.sqlite import SqliteLog
from monitor.store.database import Database
log = SqliteLog(Database(Path(sys.argv[1])))
print("ready", flush=True)
for number in range(10**9):
    some = [Entry("demo:1", f"{number}-{n}", b"x" * 50) for n in range(40)]
    log.append(some, source="test", now=number)
"""


@pytest.mark.slow
def test_a_kill_leaves_as_many_leaves_as_records(tmp_path: Path) -> None:
    path = tmp_path / "livewatch.db"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with sqlite3.connect(path) as connection:
            [count] = connection.execute("SELECT count(*) FROM event_log").fetchone()
        connection.close()
        if count > 1_000:
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    kept = Kept(tmp_path)
    found = kept.audit()
    kept.database.close()
    assert found.leaves == found.records > 1_000
    assert found.problems == []
