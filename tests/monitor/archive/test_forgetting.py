"""A viewer who is forgotten is taken out of the archive, too, and what is left of it still holds."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.archive import forgetting, holds, index
from monitor.archive.depot import DepotError, FolderDepot
from monitor.archive.forgetting import Progress
from monitor.archive.frames import Frames, frame_of
from monitor.archive.parquet import Session, Stored
from monitor.archive.reading import opened, rows_of
from monitor.evidence.audit import audit
from monitor.evidence.keys import KeyFolder
from monitor.pipeline.log import Retention
from monitor.store.forgetting import MARK
from tests.monitor.archive.deposit import HOUR, Deposit, ended_by
from tests.monitor.build import BASE_MS
from tests.patience import PATIENCE_S

VIEWER = "k1:aaaabbbbccccdddd"
OTHER = "k1:eeeeffffgggghhhh"


@pytest.fixture
def deposit(tmp_path: Path) -> Iterator[Deposit]:
    made = filled(tmp_path / "d")
    yield made
    made.close()


def filled(folder: Path) -> Deposit:
    """Two hours of the viewer, one of another; the last one is not in the archive yet."""
    made = Deposit(folder)
    made.append(0, user=VIEWER)
    made.append(1, user=OTHER)
    made.append(2, user=VIEWER)
    made.write(3)
    made.append(3, user=VIEWER)
    return made


def ask(deposit: Deposit, **more: str) -> None:
    deposit.store.forget_viewer(
        [VIEWER], who="何敏", at=deposit.now, archive=True, account=more.get("account")
    )


def go_on(deposit: Deposit) -> Progress:
    with deposit.store.database.read() as connection:
        jobs = forgetting.open_jobs(connection)
    [done] = forgetting.carry_out(deposit.store.database, deposit.depot, jobs, deposit.now)
    return done


def bodies(deposit: Deposit) -> list[bytes]:
    with deposit.store.database.read() as connection, Session() as session:
        return [
            row.data
            for entry in index.entries(connection)
            for row in rows_of(opened(deposit.depot, entry), session)
        ]


def asked_names(deposit: Deposit) -> list[str]:
    with deposit.store.database.read() as connection:
        return list(connection.exec_driver_sql("SELECT names FROM archive_forgets").scalars())


@pytest.mark.slow
def test_he_is_taken_out_of_every_file_and_the_archive_still_holds(deposit: Deposit) -> None:
    before = bodies(deposit)
    others = [one for one in deposit.files() if "/13/" in one]
    ask(deposit)
    done = go_on(deposit)
    assert (done.files, done.records, done.is_done, done.left) == (6, 60, True, [])
    after = bodies(deposit)
    assert len(after) == len(before) == 90
    assert not any(VIEWER.encode() in one for one in after)
    assert sum(MARK.encode() in one for one in after) == 60
    assert sum(OTHER.encode() in one for one in after) == 30
    # The files of the others are what they were; of his nothing lies there any more.
    assert [one for one in deposit.files() if "/13/" in one] == others
    kept = deposit.folder / "kept"
    assert len(list(kept.rglob("*.parquet"))) == 9
    found = deposit.check()
    assert (found.problems, found.files, found.records, found.forgotten) == ([], 9, 90, 60)
    deposit.keeper.tend(deposit.now)
    with deposit.store.database.read() as connection:
        checked = audit(connection, KeyFolder(deposit.folder / "evidence" / "keys"))
        files = [one for one in index.entries(connection) if one.manifest.replaces]
        total = index.totals(connection)[0]
    assert checked.problems == []
    assert (total.files, total.records, total.purged, total.refused) == (9, 90, 0, 0)
    # Custody names each record of each file; whom it was about stands nowhere any more.
    told = [one for one in deposit.store.latest_custody(50) if one.act == "forgotten"]
    assert sum(len(one.detail.get("places", ())) for one in told) == 60
    assert [one.detail["files"] for one in told if one.subject] == [6]
    assert {one.detail["file"] for one in told if "file" in one.detail} == {
        one.manifest.name for one in files
    }
    assert asked_names(deposit) == [""]
    # The hour that was still in the log comes into the archive without him.
    deposit.write(4)
    assert not any(VIEWER.encode() in one for one in bodies(deposit))
    assert deposit.check().problems == []


@pytest.mark.slow
def test_a_record_that_custody_does_not_name_is_still_found(deposit: Deposit) -> None:
    ask(deposit)
    go_on(deposit)
    with deposit.store.database.read() as connection, Session() as session:
        [entry] = index.entries(connection, "room = 'demo:1' AND replaces = ''")
        rows: list[Stored] = [*rows_of(opened(deposit.depot, entry), session)]
        rows[0] = (*rows[0][:5], b"{}")
        data = session.packed(rows)
    (deposit.folder / "kept" / entry.manifest.name).write_bytes(data)
    assert any("was changed" in problem for problem in deposit.check().problems)


@pytest.mark.slow
def test_a_held_room_is_left_and_told_until_the_hold_is_released(deposit: Deposit) -> None:
    database = deposit.store.database
    hold = database.write(
        lambda connection: holds.place(
            connection, "room", "demo:2", who="何敏", why="立案", at=BASE_MS
        )
    )
    ask(deposit)
    done = go_on(deposit)
    assert (done.files, len(done.held), done.is_done) == (4, 2, False)
    assert all("demo-2" in name for name in done.held)
    assert sum(VIEWER.encode() in one for one in bodies(deposit)) == 20
    assert deposit.check().problems == []
    assert VIEWER in asked_names(deposit)[0]
    deposit.archiver.turn()
    assert deposit.archiver.problem is None
    assert sum(VIEWER.encode() in one for one in bodies(deposit)) == 20
    database.write(
        lambda connection: holds.release(
            connection, hold.number, who="何敏", why="结案", at=BASE_MS
        )
    )
    deposit.archiver.turn()
    assert not any(VIEWER.encode() in one for one in bodies(deposit))
    assert (deposit.check().problems, asked_names(deposit)) == ([], [""])


@pytest.mark.slow
def test_a_store_that_is_away_delays_it(deposit: Deposit) -> None:
    ask(deposit)

    class Away(FolderDepot):
        def put(self, name: str, data: bytes, *, held: bool) -> str:
            raise DepotError("the store is away")

    with deposit.store.database.read() as connection:
        jobs = forgetting.open_jobs(connection)
    with pytest.raises(DepotError):
        forgetting.carry_out(
            deposit.store.database, Away(deposit.folder / "kept"), jobs, deposit.now
        )
    deposit.archiver.turn()
    assert deposit.archiver.problem is None
    assert not any(VIEWER.encode() in one for one in bodies(deposit))


@pytest.mark.slow
def test_two_viewers_are_taken_out_in_one_pass(
    deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = deposit.store.database
    hold = database.write(
        lambda connection: holds.place(
            connection, "room", "demo:1", who="何敏", why="立案", at=BASE_MS
        )
    )
    # The first comes to the files that are held; the second is asked for when they are released.
    ask(deposit)
    assert len(go_on(deposit).held) == 2
    database.write(
        lambda connection: holds.release(
            connection, hold.number, who="何敏", why="结案", at=BASE_MS
        )
    )
    deposit.store.forget_viewer([OTHER], who="何敏", at=deposit.now, archive=True)
    read: list[str] = []
    real = FolderDepot.get

    def get(self: FolderDepot, name: str, version: str) -> bytes:
        read.append(name)
        return real(self, name, version)

    with monkeypatch.context() as patched:
        patched.setattr(FolderDepot, "get", get)
        deposit.archiver.turn()
    assert deposit.archiver.problem is None
    assert len(read) == len(set(read)) == 9, "each file is read once for both"
    assert not any(name.encode() in one for one in bodies(deposit) for name in (VIEWER, OTHER))
    assert (deposit.check().problems, asked_names(deposit)) == ([], ["", ""])


@pytest.mark.slow
def test_frames_of_his_events_go_whole(tmp_path: Path) -> None:
    deposit = Deposit(tmp_path / "d")
    frames = [f"frame {n} of account 4711{n}".encode() for n in range(4)]
    digests = [hashlib.sha256(one).hexdigest() for one in frames]
    deposit.append(0, 3, user=VIEWER, raw=digests[0])
    deposit.append(1, 3, user=OTHER, raw=digests[1])
    keep = Frames(deposit.store.database)
    for hour, some in ((0, frames[:3]), (5, frames[3:])):
        entries = [frame_of("demo:1", one) for one in some]
        keep.keep(entries, source="relay", now=BASE_MS + hour * HOUR).result(PATIENCE_S)
    deposit.write(2)
    # By his events the first, by his account the third; the last waits for its hour to end.
    ask(deposit, account="47112")
    done = go_on(deposit)
    assert done.is_done
    with deposit.store.database.read() as connection, Session() as session:
        [entry] = index.entries(connection, "kind = 'raw'")
        rows = list(rows_of(opened(deposit.depot, entry), session))
    assert [row.data for row in rows] == [MARK.encode(), frames[1], MARK.encode()]
    assert [row.event for row in rows] == digests[:3]
    assert deposit.check().problems == []
    deposit.store.forget_viewer([OTHER], account="47113", who="何敏", at=1, archive=True)
    with deposit.store.database.read() as connection:
        waiting = connection.exec_driver_sql("SELECT data FROM raw_frames").scalars().all()
    assert waiting == [MARK.encode()]
    deposit.write(6)
    assert deposit.check().problems == []
    deposit.close()


@pytest.mark.slow
def test_the_hour_turned_between_a_frame_and_its_events(tmp_path: Path) -> None:
    """Only his events lead to it, and its file was written, and is looked at, before theirs."""
    deposit = Deposit(tmp_path / "d")
    data = b"frame of account 4711"
    digest = hashlib.sha256(data).hexdigest()
    entries = [frame_of("demo:1", data), frame_of("demo:1", b"of another")]
    keep = Frames(deposit.store.database)
    keep.keep(entries, source="relay", now=BASE_MS).result(PATIENCE_S)
    deposit.write(1)
    deposit.append(1, 3, user=VIEWER, raw=digest)
    deposit.write(2)
    # The log has let go of them: the archive alone knows.
    trimmed = deposit.log.trim(Retention(max_age_ms=1, max_bytes=1), now=deposit.now)
    assert trimmed.events == 3
    ask(deposit)
    assert go_on(deposit).is_done
    with deposit.store.database.read() as connection, Session() as session:
        [entry] = index.entries(connection, "kind = 'raw'")
        rows = list(rows_of(opened(deposit.depot, entry), session))
    assert [row.data for row in rows] == [MARK.encode(), b"of another"]
    assert (deposit.check().problems, asked_names(deposit)) == ([], [""])
    deposit.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from monitor.archive import depot, forgetting
from tests.monitor.archive.deposit import Deposit

point, folder = sys.argv[1], Path(sys.argv[2])
deposit = Deposit(folder)

def dies(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

if point == "put":
    real = depot.FolderDepot.put
    def put(self, name, data, *, held):
        real(self, name, data, held=held)
        if name.endswith(".json"):
            dies()
    depot.FolderDepot.put = put
elif point == "noted":
    depot.FolderDepot.remove = dies
elif point == "end":
    forgetting._finish = dies
with deposit.store.database.read() as connection:
    jobs = forgetting.open_jobs(connection)
forgetting.carry_out(deposit.store.database, deposit.depot, jobs, deposit.now)
"""


@pytest.mark.slow
@pytest.mark.parametrize("point", ["put", "noted", "end"])
def test_a_kill_in_the_middle_is_gone_on_from(tmp_path: Path, point: str) -> None:
    deposit = filled(tmp_path / "d")
    ask(deposit)
    deposit.close()
    assert ended_by(KILLED, point, tmp_path / "d") == -signal.SIGKILL
    again = Deposit(tmp_path / "d")
    again.now = BASE_MS + 4 * HOUR
    # Every record can be read, from one file.
    assert len(bodies(again)) == 90
    again.archiver.turn()
    assert again.archiver.problem is None
    again.write(4)
    assert len(bodies(again)) == 120
    assert not any(VIEWER.encode() in one for one in bodies(again))
    found = again.check()
    assert (found.problems, found.forgotten) == ([], 90)
    assert asked_names(again) == [""]
    for file in (tmp_path / "d" / "kept").rglob("*.parquet"):
        assert VIEWER.encode() not in file.read_bytes()
    again.close()
