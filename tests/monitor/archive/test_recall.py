"""A bundle has everything that the verdict read, also when the log has let go of it long ago."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from monitor.archive import forgetting
from monitor.archive.archiver import Archiver
from monitor.archive.depot import FolderDepot
from monitor.config import Archive
from monitor.evidence import report
from monitor.evidence.verify import verify
from monitor.pipeline.log import Retention
from tests.monitor.archive.deposit import HOUR
from tests.monitor.build import BASE_MS
from tests.monitor.evidence.matter import VIEWER, Matter, contents, unpacked


@pytest.fixture
def matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Matter]:
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    opened = Matter(tmp_path / "m")
    settings = Archive(to="folder", folder=str(tmp_path / "kept"))
    opened.config = msgspec.structs.replace(opened.config, archive=settings)
    archiver = Archiver(
        opened.store.database, FolderDepot(tmp_path / "kept"), settings, opened.keeper,
        tmp_path / "work", lambda: BASE_MS + 2 * HOUR,
    )  # fmt: skip
    archiver.round(BASE_MS + 2 * HOUR)
    yield opened
    opened.close()


def trim(matter: Matter) -> None:
    matter.log.acknowledge(matter.log.head)
    matter.log.trim(Retention(max_age_ms=1, max_bytes=1), now=BASE_MS + 99 * HOUR)
    assert matter.log.read(0, 10) == []


@pytest.mark.slow
def test_the_payload_is_the_same_from_the_log_and_from_the_archive(
    matter: Matter, tmp_path: Path
) -> None:
    before = matter.export(tmp_path / "before")
    trim(matter)
    after = matter.export(tmp_path / "after")
    assert (after.records, after.payload, after.notes) == (
        before.records, before.payload, before.notes,
    )  # fmt: skip
    found = verify(Path(after.path))
    assert (found.verdict, found.proved, found.findings) == ("seal-untrusted", after.records, [])
    assert after.records > 20
    with matter.store.database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM sqlite_temp_master")
        assert left.scalar_one() == 0, "nothing is left in the connection that others use next"


@pytest.mark.slow
def test_what_is_held_and_what_is_archived_is_there_once(matter: Matter, tmp_path: Path) -> None:
    before = matter.export(tmp_path / "before")
    trim(matter)
    assert matter.export(tmp_path / "after").payload == before.payload


@pytest.mark.slow
def test_a_file_that_was_changed_is_not_believed_and_that_is_said(
    matter: Matter, tmp_path: Path
) -> None:
    trim(matter)
    [file] = (tmp_path / "kept").rglob("demo-1/*.parquet")
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)
    made = matter.export(tmp_path / "out")
    assert any("was changed" in note for note in made.notes)
    # What the alert names is held since its commit; the rest of the room is not to be had.
    records = contents(Path(made.path))["data/events/records.ndjson"].splitlines()
    assert len(records) == made.records == 3


@pytest.mark.slow
def test_an_archive_that_is_away_makes_no_bundle(matter: Matter, tmp_path: Path) -> None:
    from monitor.archive.depot import DepotError

    trim(matter)
    kept = tmp_path / "kept"
    [folder] = kept.rglob("demo-1")
    for file in folder.iterdir():
        file.unlink()
        file.mkdir()
    with pytest.raises(DepotError):
        matter.export(tmp_path / "out")
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


@pytest.mark.slow
def test_frames_are_in_the_bundle_byte_for_byte_and_never_in_a_redacted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    matter = Matter(tmp_path / "f", kept=tmp_path / "frames")
    before = matter.export(tmp_path / "before")
    archiver = Archiver(
        matter.store.database, FolderDepot(tmp_path / "frames"), matter.config.archive,
        matter.keeper, tmp_path / "work", lambda: BASE_MS + 2 * HOUR,
    )  # fmt: skip
    archiver.round(BASE_MS + 2 * HOUR)
    trim(matter)
    after = matter.export(tmp_path / "after")
    assert (after.payload, after.notes) == (before.payload, before.notes)
    files = contents(Path(after.path))
    lines = [msgspec.json.decode(one) for one in files["data/frames/frames.ndjson"].splitlines()]
    bodies = [base64.b64decode(one["data"]) for one in lines]
    assert bodies == [f"\0frame {n} 账号4711{n}".encode() * 9 for n in range(3)]
    named = {
        msgspec.json.decode(base64.b64decode(msgspec.json.decode(one)["data"])).get("raw")
        for one in files["data/events/records.ndjson"].splitlines()
    }
    assert named - {None} == {hashlib.sha256(one).hexdigest() for one in bodies}
    # The command of the text finds a frame that is not what its line says, and nothing else.
    command = re.findall(r"`(jq [^`]*)`", files["verify/VERIFY.en.md"].decode())[0]
    assert command in files["verify/VERIFY.zh-CN.md"].decode()
    for place, found in (
        (unpacked(files, tmp_path / "whole"), ""),
        (tmp_path / "bad", "changed: "),
    ):
        if found:
            lines[1]["data"] = base64.b64encode(b"another").decode()
            files["data/frames/frames.ndjson"] = b"\n".join(map(msgspec.json.encode, lines)) + b"\n"
            unpacked(files, place)
            found += lines[1]["sha256"] + "\n"
        ran = subprocess.run(["sh", "-c", command], cwd=place, capture_output=True, check=False)
        assert ran.stdout.decode() == found, ran.stderr
    redacted = matter.export(tmp_path / "redacted", redacted=True)
    files = contents(Path(redacted.path))
    assert not any(name.startswith("data/frames/") for name in files)
    assert "leaves them out" in files["verify/VERIFY.en.md"].decode()
    # A viewer who is forgotten is out of the frames, which the bundle says and verify counts.
    matter.store.forget_viewer([VIEWER], who="何敏", at=BASE_MS, archive=True)
    with matter.store.database.read() as connection:
        jobs = forgetting.open_jobs(connection)
    forgetting.carry_out(
        matter.store.database, FolderDepot(tmp_path / "frames"), jobs, BASE_MS + 2 * HOUR
    )
    forgotten = verify(Path(matter.export(tmp_path / "forgotten").path))
    assert (forgotten.verdict, forgotten.findings) == ("seal-untrusted", [])
    assert (forgotten.frames, forgotten.forgotten >= 3) == (3, True)
    matter.close()
