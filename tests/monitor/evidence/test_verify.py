"""Each file of a bundle is changed, removed, renamed, added beside: who finds it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import struct
import subprocess
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bagit
import msgspec
import pytest

from monitor.commands import evidence_bundle
from monitor.commands.exits import Exit
from monitor.evidence import custody, seal
from monitor.evidence import report as pages
from monitor.evidence.custody import CustodyRecord
from monitor.evidence.keys import KeyFolder, SigningKey
from monitor.evidence.unpack import BadBundle, Limits, Opened
from monitor.evidence.verify import verify
from monitor.store.chain import digest
from tests.monitor.build import BASE_MS
from tests.monitor.evidence.matter import HOW, Matter, contents, damaged, packed, unpacked


class Sample:
    """One bundle, and who may have sealed it."""

    def __init__(self, folder: Path) -> None:
        matter = Matter(folder / "m", kept=folder / "kept")
        matter.keeper.begin("monitor", matter.rulebook, matter.config, matter.now)
        self.path = Path(matter.export(folder / "out").path)
        matter.close()
        self.files = contents(self.path)
        self.keys = KeyFolder(folder / "m" / "evidence" / "keys")
        self.certificate = self.keys.certificate("k1")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    patch = pytest.MonkeyPatch()
    patch.setattr(pages, "has_pdf", lambda: False)
    yield Sample(tmp_path_factory.mktemp("sample"))
    patch.undo()


def test_nothing_is_found_where_nothing_was_done(sample: Sample) -> None:
    found = verify(sample.path)
    assert (found.verdict, found.findings) == ("seal-untrusted", [])
    assert found.proved - found.frames == found.records > 20
    assert found.frames == 3
    assert found.heads == sorted(found.heads)
    assert (len(found.heads), found.versions) == (3, 2)
    assert found.gaps == 2
    assert verify(sample.path, trusted=[sample.certificate]).verdict == "valid"


def test_packing_it_anew_changes_nothing(sample: Sample, tmp_path: Path) -> None:
    assert verify(packed(sample.files, tmp_path / "b.zip")).verdict == "seal-untrusted"


def test_a_folder_of_another_name_does_not_rename_the_bundle(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = sample.path.stem
    assert (verify(sample.path).bundle, verify(sample.path).remarks) == (own, [])
    path = packed(sample.files, tmp_path / "b.zip", name="EV-other-20260101T000000Z")
    found = verify(path, trusted=[sample.certificate])
    assert (found.verdict, found.bundle) == ("valid", own)
    [told] = found.remarks
    assert told.what == "renamed"
    for words in (told.says, told.says_zh):
        assert own in words
        assert "EV-other-20260101T000000Z" in words
    evidence_bundle.verify_bundle(path, [], [], None, as_json=False)
    assert told.says_zh in capsys.readouterr().out


def test_another_office_is_not_trusted(sample: Sample, tmp_path: Path) -> None:
    other = KeyFolder(tmp_path).current("别局", BASE_MS).certificate
    assert verify(sample.path, trusted=[other]).verdict == "seal-untrusted"


def by_bagit(folder: Path) -> bool:
    """Does bagit find something."""
    try:
        bagit.Bag(str(folder)).validate()
    except (bagit.BagError, OSError, ValueError):
        return True
    return False


def by_shell(folder: Path) -> bool:
    """Does `verify.sh` find something, with coreutils and openssl alone."""
    # The reader has the script from elsewhere: what lies in the bundle may be changed, too.
    from importlib.resources import files

    script = files("monitor.evidence").joinpath("templates/verify.sh").read_text()
    done = subprocess.run(
        ["sh", "-c", script.replace('cd "$(dirname "$0")/.." || exit 1', "")],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode != 0


def changed(folder: Path, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Makes one state of a folder of another."""
    for path in before.keys() - after.keys():
        (folder / path).unlink()
    for path, data in after.items():
        if before.get(path) != data:
            (folder / path).write_bytes(data)


def may_be_silent(path: str, how: str) -> bool:
    """What bagit need not find: it does not look at unlisted tag files, nor at its own manifests."""
    return path.startswith(("seal/", "tagmanifest-")) or (
        how == "added beside" and not path.startswith("data/")
    ) or path == "manifest-sm3.txt"  # fmt: skip


def silent_shell(path: str, how: str) -> bool:
    """What the script need not find: a missing SM3 is none to it, nor is an empty line to the tools."""
    return path.startswith("tagmanifest-sm3") or (
        how == "one byte appended" and path.startswith(("tagmanifest-sha512", "seal/"))
    )


@pytest.mark.slow(8)
def test_every_change_of_every_file_is_found(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table: list[tuple[str, str, str, str, str]] = []
    missed: list[tuple[str, str, str]] = []
    folder = unpacked(sample.files, tmp_path / "EV")
    assert not by_bagit(folder)
    assert not by_shell(folder)
    seen: set[str] = set()
    for path in sorted(sample.files):
        # To the tools of others the files of a folder are alike: of each they have one.
        place = path.rpartition("/")[0]
        alike = place in seen and place not in {"", "seal"}
        seen.add(place)
        for how in HOW:
            files = damaged(sample.files, path, how)
            found = verify(packed(files, tmp_path / "b.zip"))
            ours = found.verdict if found.findings else "missed"
            if alike:
                table.append((path, how, ours, "", ""))
                if ours not in ("invalid", "incomplete"):
                    missed.append((path, how, "livewatch"))
                continue
            changed(folder, sample.files, files)
            bag, shell = by_bagit(folder), by_shell(folder)
            changed(folder, files, sample.files)
            table.append((path, how, ours, "found" if bag else "-", "found" if shell else "-"))
            if ours not in ("invalid", "incomplete"):
                missed.append((path, how, "livewatch"))
            if not bag and not may_be_silent(path, how):
                missed.append((path, how, "bagit"))
            if not shell and not silent_shell(path, how):
                missed.append((path, how, "shell"))
    with capsys.disabled():
        print()
        for row in table:
            print("{:56} {:18} {:11} bagit {:6} sha/openssl {}".format(*row))
        print(Counter(row[2] for row in table))
    assert missed == []


def test_a_file_whose_name_begins_that_of_another_is_found(sample: Sample, tmp_path: Path) -> None:
    """Nor does the script take a part of a listed name for the whole."""
    beside = {"data/report/report.htm": b"x", "verify/verify": b"x"}
    for path, data in beside.items():
        files = sample.files | {path: data}
        assert verify(packed(files, tmp_path / "b.zip")).verdict == "invalid"
        assert by_shell(unpacked(files, tmp_path / path / "EV"))


@pytest.mark.parametrize(
    "name",
    [
        "bagit.txt bagit.txt", "[b]agit.txt", "*", "data/?", "data/report/a b.html", "报告.html",
        "data/报告 1.html", "data/report/report.html\ndata/rooms.json", "\n", "-n", "verify/.x", ".x",
        "seal/.x", "seal/x.sha256", "seal/a b.tsr", "data/a\\b", "data/report/report.html\n", "$(id)",
        "data/\udcff", "manifest-sha256.txt ", "seal/x/tagmanifest-sha256.txt.p7s",
    ],
)  # fmt: skip
def test_the_script_finds_an_added_file_whatever_its_name(
    sample: Sample, tmp_path: Path, name: str
) -> None:
    folder = unpacked(sample.files, tmp_path / "某 案" / "EV")
    assert not by_shell(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    digest = hashlib.sha256(sample.files["bagit.txt"]).hexdigest()
    (folder / name).write_text(f"{digest}  bagit.txt\n")
    assert by_shell(folder)


def test_the_script_reads_no_links(sample: Sample, tmp_path: Path) -> None:
    folder = unpacked(sample.files, tmp_path / "EV")
    (folder / "data" / "link").symlink_to("/etc/passwd")
    assert by_shell(folder)
    (folder / "data" / "link").unlink()
    os.mkfifo(folder / "data" / "pipe")
    assert by_shell(folder)
    (folder / "data" / "pipe").unlink()
    for path in ("data/report/report.html", "trust", "seal"):
        (folder / path).rename(tmp_path / "copy")
        (folder / path).symlink_to(tmp_path / "copy")
        assert by_shell(folder)
        (folder / path).unlink()
        (tmp_path / "copy").rename(folder / path)
    assert not by_shell(folder)


def test_the_script_takes_listed_names_with_blanks_and_of_chinese(
    sample: Sample, tmp_path: Path
) -> None:
    files = dict(sample.files)
    files["data/现场 照片 [1] *.txt"] = b"x"
    payload = sorted(path for path in files if path.startswith("data/"))
    for name in ("sha256", "sha512", "sm3"):
        text = "".join(f"{hashlib.new(name, files[one]).hexdigest()}  {one}\n" for one in payload)
        files[f"manifest-{name}.txt"] = text.encode()
    files = sealed_anew(with_tags(files), sample.keys.current("", BASE_MS))
    folder = unpacked(files, tmp_path / "EV")
    assert not by_shell(folder)
    (folder / "data" / "现场 照片 [1] a.txt").write_bytes(b"x")
    assert by_shell(folder)


def test_a_seal_that_was_taken_off_leaves_an_incomplete_bundle(
    sample: Sample, tmp_path: Path
) -> None:
    files = damaged(sample.files, "seal/tagmanifest-sha256.txt.p7s", "removed")
    del files["seal/tagmanifest-sha256.txt.p7s.sha256"]
    found = verify(packed(files, tmp_path / "b.zip"))
    assert (found.verdict, [one.what for one in found.findings]) == ("incomplete", ["gone"])


@pytest.mark.slow
def test_every_byte_of_the_seal_counts(sample: Sample) -> None:
    data = sample.files["tagmanifest-sha256.txt"]
    signature = sample.files["seal/tagmanifest-sha256.txt.p7s"]
    seal.verify(signature, data, sample.certificate)
    for place in range(len(signature)):
        changed = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
        with pytest.raises(seal.BadSeal):
            seal.verify(changed, data, sample.certificate)


def test_a_bundle_that_somebody_else_sealed_anew_is_not_trusted(
    sample: Sample, tmp_path: Path
) -> None:
    """Whoever changes all of it and seals it with a key of his own gets no further than that."""
    from cryptography.hazmat.primitives.serialization import Encoding

    key = KeyFolder(tmp_path / "k").current("假局", BASE_MS)
    files = dict(sample.files)
    files["trust/seal.crt"] = key.certificate.public_bytes(Encoding.PEM)
    files = sealed_anew(with_tags(files), key)
    found = verify(packed(files, tmp_path / "b.zip"), trusted=[sample.certificate])
    # The heads of the log were signed with the true key, which is not in the bundle any more.
    assert found.verdict == "invalid"
    assert {one.what for one in found.findings} == {"proof"}


CUSTODY = "custody/custody.jsonl"


def hashed(line: bytes, **changes: Any) -> bytes:
    """A record that somebody changed, with the hash that goes with it."""
    record = msgspec.structs.replace(msgspec.json.decode(line, type=CustodyRecord), **changes)
    record.hash = digest(record)
    return custody.line(record)


def of_another(line: bytes, **detail: str) -> bytes:
    record = msgspec.json.decode(line, type=CustodyRecord)
    return hashed(line, detail=record.detail | detail)


#: What can be done with the lines of custody by whoever has the office's key.
SEALED_ANEW: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "empty": lambda lines: [],
    "reordered": lambda lines: [lines[1], lines[0], *lines[2:]],
    "twice": lambda lines: [lines[0], *lines],
    "without the first": lambda lines: lines[1:],
    "without a middle one": lambda lines: [*lines[:1], *lines[2:]],
    "without the export": lambda lines: lines[:-1],
    "another who": lambda lines: [hashed(lines[0], who="别人"), *lines[1:]],
    "another number": lambda lines: [*lines[:-1], hashed(lines[-1], number=99), lines[-1]],
    "a field more": lambda lines: [lines[0][:-1] + b',"x":1}', *lines[1:]],
    "of another bundle": lambda lines: [*lines[:-1], of_another(lines[-1], bundle="EV-other")],
    "of another payload": lambda lines: [
        *lines[:-1], of_another(lines[-1], payload_sha256="0" * 64),
    ],
    "no JSON": lambda lines: [b"[]", *lines[1:]],
}  # fmt: skip


def with_custody(files: dict[str, bytes], lines: list[bytes], key: SigningKey) -> dict[str, bytes]:
    """The bundle with these records, sealed with a key."""
    changed = files | {CUSTODY: b"".join(line + b"\n" for line in lines)}
    return sealed_anew(with_tags(changed), key)


@pytest.mark.parametrize("how", SEALED_ANEW)
def test_custody_that_was_changed_is_found_though_the_office_sealed_it(
    sample: Sample, tmp_path: Path, how: str
) -> None:
    lines = sample.files[CUSTODY].splitlines()
    assert len(lines) == 4
    key = sample.keys.current("", BASE_MS)
    name = sample.path.stem
    files = with_custody(sample.files, lines, key)
    found = verify(packed(files, tmp_path / "a.zip", name=name), trusted=[sample.certificate])
    assert (found.verdict, found.remarks, found.custody) == ("valid", [], 4)
    files = with_custody(sample.files, SEALED_ANEW[how](lines), key)
    found = verify(packed(files, tmp_path / "b.zip", name=name), trusted=[sample.certificate])
    assert found.verdict == "invalid"
    assert {(one.path, one.what) for one in found.findings} == {(CUSTODY, "custody")}


def as_released(lines: list[bytes]) -> list[bytes]:
    """As an older version wrote them: the export does not state what stands before it."""
    record = msgspec.json.decode(lines[-1], type=CustodyRecord)
    del record.detail["custody"]
    return [*lines[:-1], hashed(lines[-1], detail=record.detail)]


def test_what_an_older_bundle_cannot_show_of_custody_is_told(
    sample: Sample, tmp_path: Path
) -> None:
    key = sample.keys.current("", BASE_MS)
    lines = as_released(sample.files[CUSTODY].splitlines())
    for some, elsewhere in ((lines, 0), ([lines[0], *lines[2:]], 1)):
        files = with_custody(sample.files, some, key)
        path = packed(files, tmp_path / "b.zip", name=sample.path.stem)
        found = verify(path, trusted=[sample.certificate])
        assert (found.verdict, found.custody_elsewhere) == ("valid", elsewhere)
        assert [one.what for one in found.remarks] == ["custody"]
    files = with_custody(sample.files, [lines[0], *lines[2:]][::-1], key)
    assert verify(packed(files, tmp_path / "b.zip")).verdict == "invalid"


def flooded(files: dict[str, bytes]) -> dict[str, bytes]:
    """With more sums of time stamps that are not there than findings are told."""
    names = (f"seal/tagmanifest-sha256.txt.t{n}.tsr.sha256" for n in range(60))
    return files | dict.fromkeys(names, b"x")


def test_no_flood_of_findings_hides_another(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of a kind that makes a bundle incomplete, before what makes it invalid is looked at."""
    lines = sample.files[CUSTODY].splitlines()
    changed = [hashed(lines[0], who="别人"), *lines[1:]]
    key = sample.keys.current("", BASE_MS)
    files = flooded(with_custody(sample.files, changed, key))
    found = verify(packed(files, tmp_path / "b.zip", name=sample.path.stem))
    assert found.verdict == "invalid"
    assert {one.what for one in found.findings} == {"gone", "custody"}
    assert (len(found.findings), found.kinds["gone"]) == (50, 60)
    evidence_bundle.verify_bundle(tmp_path / "b.zip", [], [], None, as_json=False)
    assert f"另有 {sum(found.kinds.values()) - 50} 个" in capsys.readouterr().out
    # Where nothing else is wrong, nothing else is said.
    files = flooded(sample.files)
    assert verify(packed(files, tmp_path / "c.zip")).verdict == "incomplete"


def sealed_anew(files: dict[str, bytes], key: SigningKey) -> dict[str, bytes]:
    """Its manifest of tag files sealed by whoever has a key."""
    name = "seal/tagmanifest-sha256.txt.p7s"
    made = seal.seal(files["tagmanifest-sha256.txt"], key)
    line = f"{hashlib.sha256(made).hexdigest()}  {name}\n".encode()
    return files | {name: made, f"{name}.sha256": line}


def with_tags(files: dict[str, bytes]) -> dict[str, bytes]:
    tags = sorted(path for path in files if not path.startswith(("data/", "seal/", "tagmanifest-")))
    for name in ("sha256", "sha512", "sm3"):
        text = "".join(f"{hashlib.new(name, files[path]).hexdigest()}  {path}\n" for path in tags)
        files[f"tagmanifest-{name}.txt"] = text.encode()
    return files


@pytest.mark.slow
def test_a_record_that_was_put_in_has_no_proof(sample: Sample, tmp_path: Path) -> None:
    """Even with all manifests made anew by whoever has the key."""
    files = dict(sample.files)
    lines = files["data/events/records.ndjson"].splitlines(keepends=True)
    for changed in (
        [*lines[:-1], lines[-1].replace(b'"position":', b'"position":1')],
        [*lines, lines[-1].replace(b'"leaf":', b'"leaf":9')],
        lines[:-1],
        [lines[1], *lines[1:]],
    ):
        files["data/events/records.ndjson"] = b"".join(changed)
        payload = sorted(path for path in files if path.startswith("data/"))
        for name in ("sha256", "sha512", "sm3"):
            text = "".join(
                f"{hashlib.new(name, files[path]).hexdigest()}  {path}\n" for path in payload
            )
            files[f"manifest-{name}.txt"] = text.encode()
        found = verify(packed(with_tags(files), tmp_path / "b.zip"))
        assert "proof" in {one.what for one in found.findings}


# Hostile files


def zip_of(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return made.getvalue()


def entry(name: str, *, mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    made.compress_type = method
    return made


def renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    """The same ZIP with another name in it, as the library would not write it."""
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new)


def lying() -> bytes:
    """An entry that claims to be short and unpacks to more."""
    data = bytearray(zip_of(("EV/bagit.txt", b"x" * 100_000)))
    for at in (22, data.rindex(b"PK\x01\x02") + 24):
        struct.pack_into("<I", data, at, 10)
    return bytes(data)


def behind_the_stream(*, hidden: bytes, claims: bytes) -> bytes:
    """An entry in whose packed bytes there is more than the directory says of it: bytes behind the end of
    the stream, or a longer stream whose beginning is claimed to be all."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    if claims == b"x" * 1_000:
        raw = packer.compress(claims) + packer.flush() + hidden
    else:
        raw = packer.compress(claims + hidden) + packer.flush()
    data = bytearray(zip_of((entry("EV/bagit.txt", method=zipfile.ZIP_STORED), raw)))
    directory = data.rindex(b"PK\x01\x02")
    for at in (8, directory + 10):
        struct.pack_into("<H", data, at, zipfile.ZIP_DEFLATED)
    for at in (14, directory + 16):
        struct.pack_into("<III", data, at, zlib.crc32(claims), len(raw), len(claims))
    return bytes(data)


#: What is seen only when the file is read.
HIDDEN: dict[str, Callable[[], bytes]] = {
    "a program behind the stream": lambda: behind_the_stream(
        hidden=b"#!/bin/sh\n" * 9, claims=b"x" * 1_000
    ),
    "much behind the stream": lambda: behind_the_stream(
        hidden=b"\0" * 700_000, claims=b"x" * 1_000
    ),
    "a stream that goes on": lambda: behind_the_stream(hidden=b"secret", claims=b"x" * 999),
    "a stream that goes on for long": lambda: behind_the_stream(
        hidden=b"secret" * 100_000, claims=b"x" * 999
    ),
}


def with_extra(*, local: bool) -> bytes:
    """A field beside a file in the directory, or in its local header alone."""
    one = entry("EV/a")
    one.extra = struct.pack("<HH", 0x4C57, 6) + b"secret"
    data = zip_of((one, b"x"))
    at = data.index(b"PK\x01\x02")
    if local:
        data = bytearray(data)
        del data[at + 46 + 4 : at + 46 + 14]
        struct.pack_into("<H", data, at + 30, 0)
        end = data.rindex(b"PK\x05\x06")
        struct.pack_into("<I", data, end + 12, end - at)
        return bytes(data)
    made = bytearray(data)
    del made[30 + 4 : 30 + 14]
    struct.pack_into("<H", made, 28, 0)
    struct.pack_into("<I", made, made.rindex(b"PK\x05\x06") + 16, at - 10)
    return bytes(made)


def with_comment() -> bytes:
    one = entry("EV/a")
    one.comment = b"secret"
    return zip_of((one, b"x"))


def with_header(at: int, value: int) -> bytes:
    """A local header that says something else than the directory."""
    data = bytearray(zip_of(("EV/a", b"x" * 100)))
    struct.pack_into("<H", data, at, value)
    return bytes(data)


def overlapping() -> bytes:
    """Two entries of the directory over the same bytes."""
    data = zip_of(("EV/a", b"x" * 1_000), ("EV/b", b"x" * 1_000))
    at = data.rindex(b"PK\x01\x02")
    made = bytearray(data)
    struct.pack_into("<I", made, at + 42, 0)
    return bytes(made)


def between() -> bytes:
    """An entry that the directory does not name; what does not go by the directory finds it."""
    data = bytearray(zip_of(("EV/a", b"x"), ("EV/b", b"y"), ("EV/c", b"z")))
    first, second, third = (at.start() for at in re.finditer(rb"PK\x01\x02", data))
    del data[second:third]
    end = data.rindex(b"PK\x05\x06")
    struct.pack_into("<HHI", data, end + 8, 2, 2, end - first)
    return bytes(data)


def commented() -> bytes:
    """Something in the comment, which no digest covers."""
    made = io.BytesIO(zip_of(("EV/a", b"x")))
    with zipfile.ZipFile(made, "a") as archive:
        archive.comment = b"#!/bin/sh"
    return made.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "no zip": lambda: b"MZ" + b"\0" * 100,
    "nothing": lambda: b"",
    "an empty zip": lambda: zip_of(),
    "a way out": lambda: zip_of(("EV/../../etc/passwd", b"x")),
    "an absolute name": lambda: zip_of(("/etc/passwd", b"x")),
    "a drive": lambda: zip_of(("EV/C:/x", b"x")),
    "a network name": lambda: renamed(zip_of(("EV/aaxxb", b"x")), b"EV/aaxxb", b"\\\\host\\b"),
    "a backslash": lambda: renamed(zip_of(("EV/a-b", b"x")), b"EV/a-b", b"EV/a\\b"),
    "a NUL in a name": lambda: renamed(zip_of(("EV/a-b", b"x")), b"EV/a-b", b"EV/a\0b"),
    "a name that is not ASCII": lambda: zip_of(("EV/报告.html", b"x")),
    "a name that ends with a dot": lambda: zip_of(("EV/x.", b"x")),
    "the same name twice": lambda: renamed(zip_of(("EV/a", b"x"), ("EV/b", b"y")), b"EV/b", b"EV/a"),
    "names that differ in case": lambda: zip_of(("EV/a", b"x"), ("EV/A", b"y")),
    "two folders": lambda: zip_of(("EV/a", b"x"), ("EW/a", b"y")),
    "no folder": lambda: zip_of(("a", b"x")),
    "a folder as an entry": lambda: zip_of(("EV/a/", b"")),
    "a link": lambda: zip_of((entry("EV/a", mode=stat.S_IFLNK | 0o777), b"/etc/passwd")),
    "a device": lambda: zip_of((entry("EV/a", mode=stat.S_IFCHR | 0o600), b"")),
    "a bomb": lambda: zip_of(("EV/a", b"\0" * 30_000_000)),
    "packed otherwise": lambda: zip_of((entry("EV/a", method=zipfile.ZIP_LZMA), b"x" * 100)),
    "overlapping entries": overlapping,
    "a program before it": lambda: b"MZ" + b"\0" * 100 + zip_of(("EV/a", b"x")),
    "a file between the files": between,
    "something behind it": lambda: zip_of(("EV/a", b"x")) + b"more",
    "something in the comment": commented,
    "a comment of a file": with_comment,
    "a field in the directory": lambda: with_extra(local=False),
    "a field in a header": lambda: with_extra(local=True),
    "a header with another name": lambda: zip_of(("EV/a", b"x")).replace(b"EV/a", b"EV/b", 1),
    "a header with another size": lambda: with_header(22, 99),
    "a header with another method": lambda: with_header(8, zipfile.ZIP_STORED),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_and_nothing_is_written(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(HOSTILE[kind]())
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadBundle):
        verify(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_entry_that_is_longer_than_it_claims_is_found(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(lying())
    assert verify(path).verdict == "invalid"


@pytest.mark.parametrize("kind", HIDDEN)
def test_bytes_that_no_digest_sees_are_found(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(HIDDEN[kind]())
    with Opened(path) as opened, pytest.raises(BadBundle, match=r"behind the packed|longer"):
        opened.read("bagit.txt")
    found = verify(path)
    assert "changed" in [one.what for one in found.findings if one.path == "bagit.txt"]


def test_what_stands_beside_very_large_files_is_no_field_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(entry("EV/a"), "w", force_zip64=True) as file:
            file.write(b"x" * 1_000_000)
        archive.writestr(entry("EV/b", method=zipfile.ZIP_STORED), b"y" * 600_000)
        archive.writestr("EV/c", b"")
    with Opened(path) as opened:
        sizes = {name: len(opened.read(name)) for name in opened.paths}
    assert sizes == {"a": 1_000_000, "b": 600_000, "c": 0}


def test_more_files_and_bytes_than_a_bundle_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(zip_of(*((f"EV/{n}", b"xx") for n in range(20))))
    with pytest.raises(BadBundle, match="1 to 10 files"):
        verify(path, limits=Limits(entries=10))
    with pytest.raises(BadBundle, match="unpack to more"):
        verify(path, limits=Limits(total_bytes=30))
    with Opened(path) as opened, pytest.raises(BadBundle, match="there is no"):
        opened.read("nosuch")


def test_what_is_no_file_or_too_large_is_refused_before_it_is_read(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/zero"), tmp_path / "pipe", tmp_path):
        assert evidence_bundle.verify_bundle(path, [], [], None, as_json=False) == Exit.USAGE
        assert "not a file" in capsys.readouterr().err
    size = sample.path.stat().st_size
    with pytest.raises(BadBundle, match=f"has {size:,} bytes, a bundle at most 1,000"):
        verify(sample.path, limits=Limits(packed_bytes=1_000))
    with pytest.raises(BadBundle, match="directory is larger"):
        verify(sample.path, limits=Limits(directory_bytes=1_000))
    found = verify(sample.path, limits=Limits(whole_bytes=50_000))
    assert any("larger than such a file" in one.says for one in found.findings)
    # A hole of 40 GB, and a directory that claims to have nearly all of it.
    large = tmp_path / "b.zip"
    with large.open("wb") as file:
        file.truncate(40 * 2**30)
    with pytest.raises(BadBundle, match="at most"):
        verify(large)
    with large.open("wb") as file:
        file.truncate(3 * 2**30)
        file.seek(0, os.SEEK_END)
        file.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, 3 * 2**30, 0, 0))
    with pytest.raises(BadBundle, match="directory is larger"):
        verify(large)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, 0.99])
def test_a_bundle_that_was_cut_off_is_refused(sample: Sample, tmp_path: Path, cut: float) -> None:
    data = sample.path.read_bytes()
    (tmp_path / "b.zip").write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(BadBundle):
        verify(tmp_path / "b.zip")


@pytest.mark.parametrize("value", [b"", b"\xff" * 40, b"{}", b"[" * 5_000, b"null"])
@pytest.mark.parametrize(
    "path",
    [
        "data/proofs/inclusion.json", "data/events/records.ndjson", "data/gaps.json",
        "custody/custody.jsonl", "trust/seal.crt", "seal/tagmanifest-sha256.txt.p7s",
        "manifest-sha256.txt", "tagmanifest-sha256.txt", "bag-info.txt", "data/proofs/head-000001.txt",
    ],
)  # fmt: skip
def test_whatever_stands_in_a_file_gets_a_verdict(
    sample: Sample, tmp_path: Path, path: str, value: bytes
) -> None:
    found = verify(packed(sample.files | {path: value}, tmp_path / "b.zip"))
    assert found.verdict == "invalid"
