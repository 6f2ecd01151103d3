"""The archive in S3, with a real server: locks that refuse, a store that is away and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from monitor.archive import archiver as archiver_module
from monitor.archive import forgetting, holds, index, purge
from monitor.archive.depot import DepotError, Locked, Missing
from monitor.archive.parquet import Session
from monitor.archive.reading import opened, rows_of
from monitor.archive.s3 import S3Depot
from monitor.config import Archive
from monitor.errors import ConfigError
from monitor.pipeline.log import Retention
from tests.monitor.archive.deposit import HOUR, Deposit
from tests.monitor.archive.gateway import Gateway
from tests.monitor.build import BASE_MS

pytestmark = [pytest.mark.slow]

DAY = 24 * HOUR


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    running = Gateway(tmp_path_factory.mktemp("s3"))
    running.bucket("plain", lock=False)
    running.bucket("locked", lock=True)
    yield running
    running.stop()


@pytest.fixture
def plain(gateway: Gateway, request: pytest.FixtureRequest) -> Archive:
    return gateway.settings(bucket="plain", prefix=f"{request.node.name[:40]}/")


@pytest.fixture
def locked(gateway: Gateway, request: pytest.FixtureRequest) -> Archive:
    return gateway.settings(
        bucket="locked", prefix=f"{request.node.name[:40]}/", lock="compliance", lock_days=30
    )


def test_objects_come_back_byte_for_byte_and_are_not_written_over(plain: Archive) -> None:
    depot = S3Depot.of(plain)
    assert "bucket plain" in depot.look()
    name = "events/2026-10-01/12/demo-1/1-2-ab.parquet"
    depot.put(name, bytes(range(256)) * 9, held=False)
    depot.put(name, bytes(range(256)) * 9, held=False)
    with pytest.raises(DepotError, match="other bytes"):
        depot.put(name, b"others", held=False)
    assert depot.get(name, "") == bytes(range(256)) * 9
    assert list(depot.names()) == [name]
    depot.remove(name, "")
    with pytest.raises(Missing):
        depot.get(name, "")
    depot.remove(name, "")


def test_a_wrong_key_and_a_bucket_that_is_not_there_are_told(plain: Archive) -> None:
    with pytest.raises(DepotError, match="is the key right"):
        S3Depot.of(msgspec.structs.replace(plain, secret_key="another")).look()
    with pytest.raises(DepotError, match="404"):
        S3Depot.of(msgspec.structs.replace(plain, bucket="no-such-bucket")).look()
    with pytest.raises(DepotError, match="without Object Lock"):
        S3Depot.of(msgspec.structs.replace(plain, lock="governance", lock_days=1)).look()
    with pytest.raises(ConfigError, match="lock_days"):
        S3Depot.of(msgspec.structs.replace(plain, lock="governance"))
    with pytest.raises(ConfigError, match="bucket"):
        S3Depot.of(msgspec.structs.replace(plain, bucket=None))


def test_a_store_that_is_down_delays_and_loses_nothing(
    gateway: Gateway, plain: Archive, tmp_path: Path
) -> None:
    deposit = Deposit(tmp_path / "d", S3Depot.of(plain), plain)
    lines = deposit.append(0)
    deposit.now = BASE_MS + HOUR + 120_000
    gateway.stop()
    deposit.archiver.turn()
    assert "does not answer" in (deposit.archiver.problem or "")
    everything = Retention(max_age_ms=1, max_bytes=1)
    late = BASE_MS + 100 * HOUR
    assert deposit.log.trim(everything, now=late, until=deposit.archiver.reached).events == 0
    deposit.now += 5 * HOUR
    assert deposit.archiver.state().behind_ms > 4 * HOUR
    gateway.start()
    deposit.archiver.turn()
    assert deposit.archiver.problem is None
    assert deposit.archiver.state().behind_ms == 0
    with deposit.store.database.read() as connection:
        found = [
            (row.position, row.data)
            for entry in index.entries(connection)
            for row in rows_of(opened(deposit.depot, entry), Session())
        ]
    assert [data for _, data in sorted(found)] == lines
    assert deposit.check().problems == []
    assert deposit.log.trim(everything, now=late, until=deposit.archiver.reached).events == 30
    deposit.close()


def test_a_store_that_goes_down_in_the_middle_leaves_no_half_file_and_no_half_purge(
    gateway: Gateway, plain: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = Deposit(tmp_path / "d", S3Depot.of(plain), plain)
    lines = deposit.append(0)
    deposit.now = BASE_MS + HOUR + 120_000
    calls = [0]

    def until(real: Callable[..., object], third: int) -> Callable[..., object]:
        def counted(*values: object, **named: object) -> object:
            calls[0] += 1
            if calls[0] == third:
                gateway.stop()
            return real(*values, **named)

        return counted

    with monkeypatch.context() as patched:
        patched.setattr(S3Depot, "put", until(S3Depot.put, 4))
        deposit.archiver.turn()
    assert "does not answer" in (deposit.archiver.problem or "")
    gateway.start()
    # What is noted is whole; what is not will be.
    with deposit.store.database.read() as connection:
        noted = list(index.entries(connection))
        assert [len(list(rows_of(opened(deposit.depot, one), Session()))) for one in noted] == [10]
    assert deposit.archiver.reached == 0
    deposit.now += HOUR
    deposit.archiver.turn()
    assert deposit.archiver.problem is None
    assert deposit.check().problems == []
    calls[0] = 0
    policy = msgspec.structs.replace(plain, events_days=1)
    late = BASE_MS + 3 * DAY
    with monkeypatch.context() as patched:
        patched.setattr(S3Depot, "remove", until(S3Depot.remove, 3))
        with pytest.raises(DepotError):
            purge.by_policy(deposit.store.database, deposit.depot, policy, deposit.keeper, late)
    gateway.start()
    assert any("is not finished" in problem for problem in deposit.check().problems)
    [record] = purge.by_policy(deposit.store.database, deposit.depot, policy, deposit.keeper, late)
    assert (len(record.files), record.records) == (3, len(lines))
    assert deposit.check().problems == []
    assert [name for name in deposit.files() if not name.startswith("purges/")] == []
    deposit.close()


def test_what_was_put_before_a_kill_is_found_and_not_put_twice(
    plain: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = Deposit(tmp_path / "d", S3Depot.of(plain), plain)
    deposit.append(0)
    deposit.now = BASE_MS + HOUR + 120_000

    def gone(*_: object) -> int:
        raise OSError("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(archiver_module.index, "add", gone)
        deposit.archiver.turn()
    # Files are noted together: all of the hour were put, and none was noted.
    assert (len(deposit.files()), deposit.archiver.written) == (6, 0)
    deposit.now += HOUR
    deposit.archiver.turn()
    assert len(deposit.files()) == 6
    assert deposit.check().problems == []
    deposit.close()


def test_object_lock_refuses_the_delete_and_that_is_told(locked: Archive, tmp_path: Path) -> None:
    depot = S3Depot.of(locked)
    assert "locked (compliance) for 30 days" in depot.look()
    deposit = Deposit(tmp_path / "d", depot, locked)
    # The store locks by its own clock.
    deposit.append(0)
    deposit.write(1)
    with deposit.store.database.read() as connection:
        files = list(index.entries(connection))
    assert all(entry.versions[0] for entry in files)
    with pytest.raises(Locked, match="locked until 20"):
        depot.remove(files[0].manifest.name, files[0].versions[0])
    made = purge.purge(
        deposit.store.database, depot, deposit.keeper, kind="events", before=BASE_MS + DAY,
        who="何敏", why="到期", policy={"kind": "events", "days": 0}, now=deposit.now,
    )  # fmt: skip
    assert made is not None
    assert (len(made.files), len(made.refused)) == (0, 3)
    assert "locked until" in made.refused[0].says
    [told] = deposit.store.custody_of(purge.subject(made.number))
    assert (told.act, told.detail["refused"], told.detail["files"]) == ("purged", 3, 0)
    found = deposit.check()
    assert (found.problems, found.files, found.refused) == ([], 3, 3)
    for entry in files:
        assert len(list(rows_of(opened(depot, entry), Session()))) == 10
    # The policy does not ask again each day, and does not ask for what it has locked itself.
    assert purge.by_policy(deposit.store.database, depot, locked, deposit.keeper, deposit.now) == []
    deposit.close()


def test_a_legal_hold_is_set_in_the_store_too_and_lifted(locked: Archive, tmp_path: Path) -> None:
    depot = S3Depot.of(locked)
    deposit = Deposit(tmp_path / "d", depot, locked)
    database = deposit.store.database
    deposit.append(0)
    hold = database.write(
        lambda connection: holds.place(
            connection, "room", "demo:1", who="何敏", why="立案", at=BASE_MS
        )
    )
    deposit.write(1)
    with database.read() as connection:
        files = {entry.manifest.room: entry for entry in index.entries(connection)}
    held, other = files["demo:1"], files["demo:2"]
    with pytest.raises(Locked, match="under legal hold"):
        depot.remove(held.manifest.name, held.versions[0])
    with pytest.raises(Locked) as refused:
        depot.remove(other.manifest.name, other.versions[0])
    assert "under legal hold" not in str(refused.value)
    database.write(
        lambda connection: holds.release(
            connection, hold.number, who="何敏", why="结案", at=BASE_MS
        )
    )
    assert holds.apply(database, depot, ["demo:1"]) == 1
    with pytest.raises(Locked) as refused:
        depot.remove(held.manifest.name, held.versions[0])
    assert "under legal hold" not in str(refused.value)
    deposit.close()


def test_a_viewer_who_is_forgotten_is_not_read_any_more_where_the_old_file_is_locked(
    locked: Archive, tmp_path: Path
) -> None:
    viewer = "k1:aaaabbbbccccdddd"
    deposit = Deposit(tmp_path / "d", S3Depot.of(locked), locked)
    deposit.append(0, 3, user=viewer)
    deposit.write(1)
    deposit.store.forget_viewer([viewer], who="何敏", at=deposit.now, archive=True)
    with deposit.store.database.read() as connection:
        jobs = forgetting.open_jobs(connection)
    [done] = forgetting.carry_out(deposit.store.database, deposit.depot, jobs, deposit.now)
    assert (done.files, done.is_done, len(done.left)) == (3, True, 3)
    assert all("locked until 20" in line for line in done.left)
    with deposit.store.database.read() as connection, Session() as session:
        read = [
            row.data
            for entry in index.entries(connection)
            for row in rows_of(opened(deposit.depot, entry), session)
        ]
    assert len(read) == 3
    assert not any(viewer.encode() in one for one in read)
    found = deposit.check()
    assert (found.problems, found.files, found.refused, found.forgotten) == ([], 6, 3, 3)
    told = deposit.store.custody_of("archive:1")
    assert [len(one.detail["left"]) for one in told] == [3]
    deposit.close()


def test_a_hold_alone_refuses_the_delete_until_it_is_lifted(locked: Archive) -> None:
    depot = S3Depot.of(locked)
    answer = depot._ask("put_object", "events/free.parquet", Body=b"not locked")
    version = answer["VersionId"]
    depot.hold("events/free.parquet", version, True)
    with pytest.raises(Locked, match="under legal hold"):
        depot.remove("events/free.parquet", version)
    depot.hold("events/free.parquet", version, False)
    depot.remove("events/free.parquet", version)
    with pytest.raises(Missing):
        depot.get("events/free.parquet", version)
