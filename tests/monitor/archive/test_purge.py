"""What is purged is proved, what is held stays, and a purge that was interrupted is finished."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from monitor.archive import holds, index, purge
from monitor.archive.depot import DepotError, FolderDepot
from monitor.archive.purge import PurgeRecord
from monitor.config import Archive
from monitor.evidence.keys import KeyFolder
from monitor.evidence.seal import verify as verify_seal
from monitor.store.rows import Outcome
from tests import copies
from tests.monitor.archive.deposit import HOUR, Deposit
from tests.monitor.build import BASE_MS, alert

DAY = 24 * HOUR
POLICY = Archive(to="folder", events_days=1)


@pytest.fixture
def deposit(tmp_path: Path) -> Iterator[Deposit]:
    opened = Deposit(tmp_path / "d", settings=POLICY)
    opened.append(0)
    opened.append(1)
    opened.write(2)
    yield opened
    opened.close()


def by_policy(deposit: Deposit, now: int) -> list[PurgeRecord]:
    return purge.by_policy(deposit.store.database, deposit.depot, POLICY, deposit.keeper, now)


def parquet_files(deposit: Deposit) -> list[str]:
    return [name for name in deposit.files() if name.endswith(".parquet")]


@pytest.mark.slow
def test_a_purge_proves_what_it_took_out(deposit: Deposit) -> None:
    with deposit.store.database.read() as connection:
        before = list(index.entries(connection))
    assert by_policy(deposit, BASE_MS + DAY) == [], "no hour is a day old"
    [record] = by_policy(deposit, BASE_MS + DAY + HOUR)
    assert (record.records, len(record.files), record.refused) == (30, 3, [])
    assert [file.manifest for file in record.files] == [one.manifest for one in before[:3]]
    assert purge.check(record) is None
    assert len(parquet_files(deposit)) == 3
    [told] = deposit.store.custody_of(purge.subject(1))
    with deposit.store.database.read() as connection:
        row = connection.exec_driver_sql("SELECT record, seal, key FROM archive_purges").one()
    body = bytes(row.record)
    assert told.detail["record_sha256"] == hashlib.sha256(body).hexdigest()
    assert (told.detail["files"], told.detail["records"]) == (3, 30)
    verify_seal(
        row.seal, body, KeyFolder(deposit.folder / "evidence" / "keys").certificate(row.key)
    )
    [name] = [name for name in deposit.files() if name.startswith("purges/")]
    assert deposit.depot.get(name, "") == body
    found = deposit.check()
    assert (found.problems, found.files, found.purged, found.purges) == ([], 3, 3, 1)
    assert by_policy(deposit, BASE_MS + DAY + HOUR) == [], "what is gone is not purged again"


@pytest.mark.slow
@pytest.mark.parametrize("what", ["another file", "a count", "a head", "one left out"])
def test_a_record_that_was_changed_does_not_prove(deposit: Deposit, what: str) -> None:
    [record] = by_policy(deposit, BASE_MS + DAY + HOUR)
    first = record.files[0]
    assert record.proof is not None
    changed = {
        "another file": {"files": [msgspec.structs.replace(first, number=5), *record.files[1:]]},
        "a count": {
            "files": [
                msgspec.structs.replace(
                    first, manifest=msgspec.structs.replace(first.manifest, count=1)
                ),
                *record.files[1:],
            ]
        },
        "a head": {"proof": msgspec.structs.replace(record.proof, head="none")},
        "one left out": {"files": record.files[1:]},
    }[what]
    bad = msgspec.structs.replace(record, **changed)
    assert purge.check(bad) is not None
    body = msgspec.json.encode(bad, order="sorted") + b"\n"
    deposit.store.database.write(
        lambda connection: connection.exec_driver_sql(
            "UPDATE archive_purges SET record = ?", (body,)
        )
    )
    assert any("not the one that custody names" in one for one in deposit.check().problems)


@pytest.mark.slow
def test_a_file_that_was_deleted_by_hand_is_no_purge(deposit: Deposit) -> None:
    (deposit.folder / "kept" / parquet_files(deposit)[0]).unlink()
    assert any("is not there" in problem for problem in deposit.check().problems)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["room", "alert", "case"])
def test_what_is_held_stays_until_it_is_released(deposit: Deposit, kind: holds.HoldKind) -> None:
    database = deposit.store.database
    one = alert("C1", room="2")
    deposit.store.commit(Outcome(alerts=[one]), BASE_MS)
    deposit.store.note_custody(
        "exported", who="何敏", at=BASE_MS, detail={"case": "12号", "alerts": [one.id]}
    )
    subject = {"room": "demo:2", "alert": one.id, "case": "12号"}[kind]
    hold = database.write(
        lambda connection: holds.place(
            connection, kind, subject, who="何敏", why="立案", at=BASE_MS
        )
    )
    [record] = by_policy(deposit, BASE_MS + 3 * DAY)
    assert (
        sorted(file.manifest.room for file in record.files)
        == ["demo:1"] * 2 + ["demo:直播间 三"] * 2
    )
    assert all("demo-2" in name for name in parquet_files(deposit))
    # The alert itself stays as well, where the hold is on it.
    taken = deposit.store.forget_alerts(BASE_MS + 9_999 * DAY, ["info"])
    assert taken == (1 if kind == "room" else 0)
    told, *before = reversed(deposit.store.custody_of(f"{kind}:{subject}"))
    assert [one.act for one in before] == ["exported"] * (kind == "alert")
    assert (told.act, told.who, told.why, told.detail["rooms"]) == (
        "held",
        "何敏",
        "立案",
        ["demo:2"],
    )
    database.write(
        lambda connection: holds.release(
            connection, hold.number, who="赵强", why="结案", at=BASE_MS + DAY
        )
    )
    [record] = by_policy(deposit, BASE_MS + 3 * DAY)
    assert len(record.files) == 2
    assert parquet_files(deposit) == []
    assert deposit.check().problems == []
    assert [told.act for told in deposit.store.custody_of(f"{kind}:{subject}")][-2:] == [
        "held",
        "released",
    ]


@pytest.mark.slow
def test_a_hold_on_nothing_is_refused(deposit: Deposit) -> None:
    database = deposit.store.database

    def place(kind: holds.HoldKind, subject: str, why: str = "立案") -> None:
        database.write(
            lambda connection: holds.place(connection, kind, subject, who="何敏", why=why, at=1)
        )

    for kind, subject in (("alert", "none"), ("case", "none"), ("room", "no colon"), ("room", ":")):
        with pytest.raises(holds.HoldRefused):
            place(kind, subject)  # type: ignore[arg-type]
    with pytest.raises(holds.HoldRefused, match="reason"):
        place("room", "demo:1", " ")
    with pytest.raises(holds.HoldRefused, match="no hold 7"):
        database.write(lambda connection: holds.release(connection, 7, who="何敏", why="x", at=1))


class Interrupted(FolderDepot):
    """A place that is away after some deletes."""

    left = 3

    def remove(self, name: str, version: str) -> None:
        if self.left == 0:
            raise DepotError("the store is away")
        self.left -= 1
        super().remove(name, version)


@pytest.mark.slow
def test_a_purge_that_was_interrupted_is_finished_and_told_once(deposit: Deposit) -> None:
    broken = Interrupted(deposit.folder / "kept")
    with pytest.raises(DepotError):
        purge.by_policy(deposit.store.database, broken, POLICY, deposit.keeper, BASE_MS + 2 * DAY)
    assert any("begun and is not finished" in problem for problem in deposit.check().problems)
    [record] = by_policy(deposit, BASE_MS + 2 * DAY)
    assert (record.number, len(record.files)) == (1, 6)
    assert len(deposit.store.custody_of(purge.subject(1))) == 1
    assert (deposit.check().problems, parquet_files(deposit)) == ([], [])


@pytest.mark.slow
def test_what_is_held_while_a_purge_is_interrupted_stays(deposit: Deposit) -> None:
    broken = Interrupted(deposit.folder / "kept")
    with pytest.raises(DepotError):
        purge.by_policy(deposit.store.database, broken, POLICY, deposit.keeper, BASE_MS + 2 * DAY)
    deposit.store.database.write(
        lambda connection: holds.place(
            connection, "room", "demo:直播间 三", who="何敏", why="立案", at=BASE_MS
        )
    )
    [record] = by_policy(deposit, BASE_MS + 2 * DAY)
    assert len(record.files) == 4
    assert [one.says for one in record.refused] == ["held", "held"]
    assert len(parquet_files(deposit)) == 2
    assert deposit.check().problems == []


KILLED = """
import os, signal, sys
from pathlib import Path
from monitor.archive import depot, purge
from monitor.config import Archive
from tests.monitor.archive.deposit import Deposit

point, folder, now = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
deposit = Deposit(folder)
left = {"half": 3}.get(point, -1)

def dies(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

real_remove, real_put = depot.FolderDepot.remove, depot.FolderDepot.put
def remove(self, name, version):
    global left
    if left == 0:
        dies()
    left -= 1
    real_remove(self, name, version)
def put(self, name, data, *, held):
    real_put(self, name, data, held=held)
    if name.startswith("purges/") and point == "record":
        dies()
depot.FolderDepot.remove, depot.FolderDepot.put = remove, put
policy = Archive(to="folder", events_days=1)
purge.by_policy(deposit.store.database, deposit.depot, policy, deposit.keeper, now)
"""


@pytest.mark.slow
@pytest.mark.parametrize("point", ["half", "record"])
def test_a_kill_in_a_purge_is_finished_and_told_once(deposit: Deposit, point: str) -> None:
    now = BASE_MS + 2 * DAY
    assert copies.ended_by(KILLED, point, str(deposit.folder), str(now)) == -signal.SIGKILL
    problems = deposit.check().problems
    assert any("begun and is not finished" in problem for problem in problems)
    assert not any("no purge says so" in problem for problem in problems)
    [record] = by_policy(deposit, now)
    assert (record.number, len(record.files), record.records) == (1, 6, 60)
    assert purge.check(record) is None
    assert len(deposit.store.custody_of(purge.subject(1))) == 1
    assert (deposit.check().problems, parquet_files(deposit)) == ([], [])
    assert by_policy(deposit, now) == []
