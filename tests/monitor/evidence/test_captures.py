"""Screenshots and clips: taken at the door from people, programs and senders, and part of bundles."""

from __future__ import annotations

import asyncio
import hashlib
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import msgspec
import pytest
from typer.testing import CliRunner

from connectors.signatures import new_secret, parse_secret, sign
from detectors.alerts import Evidence, Sighting
from monitor.cli import app
from monitor.config import Config, Ingest
from monitor.config import Evidence as Settings
from monitor.config import Sender as SenderConfig
from monitor.evidence import capture_rows, custody, media
from monitor.evidence.audit import audit
from monitor.evidence.captures import Captures, Supplied
from monitor.evidence.door import NotTaken
from monitor.evidence.keys import KeyFolder
from monitor.evidence.media import media_of, pixels_of
from monitor.evidence.verify import verify
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.monitor.build import BASE_MS, chat, speech
from tests.monitor.conftest import Serve, Served
from tests.monitor.evidence.matter import MINUTE, Matter, contents, packed, picture
from tests.patience import PATIENCE_S

SECRET = new_secret(bytes(range(32)))
DAY_MS = 86_400_000


# What it is


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (picture(), "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm"),
        (b"FLV\x01\x05\x00\x00\x00\x09", "video/x-flv"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<html><script>alert(1)</script>", None),
        (b"PK\x03\x04", None),
        (b"MZ\x90\x00", None),
        (b"\x89PNG\r\n\x1a\nno header here", None),
        (b"\x00\x00\x00\x18ftypevil\x00\x00", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_and_not_the_name(head: bytes, kind: str | None) -> None:
    found = media_of(head)
    assert (found.type if found else None) == kind


def test_a_picture_says_how_large_it_is() -> None:
    assert pixels_of(picture(side=12)) == 144
    frame = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x20\x00\x10\x01"
    assert pixels_of(frame) == 32 * 16
    assert pixels_of(b"\xff\xd8\xff\xda") is None


def test_what_is_refused_leaves_nothing(matter: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(matter.captures.folder.rglob("*"))
    for data, says in ((b"<svg/>", "by its first bytes"), (b"", "by its first bytes")):
        with pytest.raises(NotTaken, match=says):
            matter.supply(data)
    for fields, says in (
        ({"who": " "}, "who supplies"),
        ({"at": 5}, "`at`"),
        ({"at": BASE_MS + 3 * DAY_MS}, "`at`"),
        ({"until": BASE_MS - 1}, "`until`"),
        ({"room": ""}, "platform and room"),
        ({"alert": "nosuch"}, "no alert"),
        ({"note": "x" * 2_001}, "2,000"),
        ({"sent": 2**60}, "milliseconds"),
    ):
        with pytest.raises(NotTaken, match=says):
            matter.supply(picture(1), **fields)
    monkeypatch.setattr(media, "_PNG", media.Media("image/png", "png", 50))
    with pytest.raises(NotTaken, match="50 bytes at most"):
        matter.supply(picture(2) + b"x" * 8_192)
    full = Captures(matter.store, matter.captures.folder, lambda: BASE_MS, least_free=2**60)
    with full.door() as door:
        door.write(picture()[:40])
        with pytest.raises(NotTaken, match="disk is nearly full"):
            door.end()
    assert sorted(matter.captures.folder.rglob("*")) == before
    place = matter.captures.folder / hashlib.sha256(picture(3)).hexdigest()[:2]
    place.touch()
    with pytest.raises(NotTaken, match="cannot be written") as refused:
        matter.supply(picture(3))
    assert refused.value.kind == "no-room"
    place.unlink()
    assert sorted(matter.captures.folder.rglob("*")) == before


# Where it lies


def test_it_is_kept_for_its_owner_alone_and_once(matter: Matter) -> None:
    [row] = matter.captures.of_alert(matter.alert)
    path = matter.captures.file(row)
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    made = row.capture
    assert (made.sha256, made.bytes) == (hashlib.sha256(picture()).hexdigest(), len(picture()))
    assert made.sm3 == hashlib.new("sm3", picture()).hexdigest()
    assert (made.who, made.note, made.clock_ahead) == ("何敏", "结算页", 1_500)
    again = matter.supply(picture(), at=BASE_MS + 35_000, note="anything else")
    assert again == row, "what comes again is the one that is there"
    other = matter.supply(picture(), at=BASE_MS + 36_000)
    assert other.number == row.number + 1, "of another time it is another, with the same file"
    assert [one.act for one in matter.store.custody_of(f"capture:{made.id}")] == ["supplied"]


def test_on_a_file_and_on_a_server(store: Store, tmp_path: Path) -> None:
    captures = Captures(store, tmp_path / "c", lambda: BASE_MS)
    supplied = Supplied(who="何\0敏", way="api", platform="demo", room="1", at=BASE_MS, note="a\nb")
    with captures.door() as door:
        door.write(picture())
        row, new = captures.add(door, supplied)
    assert (new, row.capture.who, row.capture.note) == (True, "何\ufffd敏", "a b")
    with store.database.read() as connection:
        found = audit(connection, KeyFolder(tmp_path / "keys"), {}, tmp_path / "c")
        assert custody.check(custody.records(connection)) is None
    assert (found.captures, found.problems) == (1, [])
    assert captures.sweep(1) == 0, "it is of today"
    later = Captures(store, tmp_path / "c", lambda: BASE_MS + 2 * DAY_MS)
    assert later.sweep(0) == 0
    assert (later.sweep(1), later.get(row.capture.id), later.file(row)) == (1, None, None)
    with store.database.read() as connection:
        found = audit(connection, KeyFolder(tmp_path / "keys"), {}, tmp_path / "c")
    assert (found.captures, found.problems) == (0, []), "its leaf stays"
    [_, told] = store.custody_of(f"capture:{row.capture.id}")
    assert (told.act, told.detail) == ("purged", {"sha256": row.sha256})


def test_retention_leaves_what_an_alert_is_there_for(matter: Matter) -> None:
    matter.supply(picture(4), at=BASE_MS + 90 * MINUTE, room="9")
    later = Captures(matter.store, matter.captures.folder, lambda: BASE_MS + 400 * DAY_MS)
    left = matter.captures.folder / ".capture-x.partial"
    left.write_bytes(b"of an upload that was killed")
    assert later.sweep(365) == 1
    assert [row.capture.room for row in later.all()] == ["1"]
    assert not left.exists()


def test_retention_goes_past_what_stays(matter: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many stay, those behind them go; an alert over rooms of several platforms keeps some, too."""
    monkeypatch.setattr(capture_rows, "MOST", 1)
    both = matter.supply(picture(4), at=BASE_MS + 90 * MINUTE, room="8")
    matter.supply(picture(5), at=BASE_MS + 90 * MINUTE, room="9")
    seen = [
        Sighting(platform=platform, room="8", at=BASE_MS + 90 * MINUTE, event="e")
        for platform in ("demo", "douyin")
    ]
    across = msgspec.structs.replace(
        matter.alert, id="across", platform="", room="", first_at=seen[0].at, last_at=seen[0].at,
        evidence=Evidence(trigger=[], rooms=seen),
    )  # fmt: skip
    matter.store.commit(Outcome(alerts=[across]), BASE_MS)
    assert matter.captures.of_alert(across) == [both]
    later = Captures(matter.store, matter.captures.folder, lambda: BASE_MS + 400 * DAY_MS)
    assert later.sweep(365) == 1
    assert [later.get(row) is not None for row in _ids(matter)] == [True, True, False]


def _ids(matter: Matter) -> list[str]:
    with matter.store.database.read() as connection:
        query = "SELECT id FROM captures ORDER BY number"
        return list(connection.exec_driver_sql(query).scalars())


@pytest.mark.parametrize("what", ["file", "gone", "note", "leaf"])
def test_what_is_changed_behind_its_back_is_found(matter: Matter, what: str) -> None:
    [row] = matter.captures.of_alert(matter.alert)
    path = matter.captures.file(row)
    assert path is not None
    match what:
        case "file":
            path.write_bytes(picture(9))
        case "gone":
            path.unlink()
        case "note":
            matter.store.database.write(
                lambda c: c.exec_driver_sql(
                    "UPDATE captures SET body = replace(body, '何敏', '甲')"
                )
            )
        case "leaf":
            matter.store.database.write(
                lambda c: c.exec_driver_sql("UPDATE captures SET received = received + 1")
            )
    with matter.store.database.read() as connection:
        keys = KeyFolder(matter.folder / "evidence" / "keys")
        [problem] = audit(connection, keys, {}, matter.captures.folder).problems
    assert "capture 1" in problem


# In bundles


@pytest.mark.slow
def test_a_bundle_has_them_with_who_when_and_clock(matter: Matter, tmp_path: Path) -> None:
    matter.supply(b"FLV\x01" + bytes(200), at=BASE_MS - 10 * MINUTE, until=BASE_MS, room="1")
    matter.supply(picture(5), at=BASE_MS - 90 * MINUTE, note="of long before")
    matter.supply(picture(6), at=BASE_MS - 90 * MINUTE, alert=matter.alert.id, note="named")
    made = matter.export(tmp_path / "out")
    found = verify(Path(made.path), trusted=matter.keeper.certificates())
    assert (found.verdict, found.findings, found.captures) == ("valid", [], 3)
    files = contents(Path(made.path))
    lines = [json.loads(line) for line in files["data/captures/captures.ndjson"].splitlines()]
    told = [json.loads(files[line["record"]]) for line in lines]
    assert [one["note"] for one in told] == ["结算页", "", "named"]
    assert files[lines[0]["file"]] == picture()
    assert files[lines[1]["file"]].startswith(b"FLV")
    roles = {one["path"]: one["role"] for one in json.loads(files["data/files.json"])}
    assert roles[lines[0]["file"]] == roles[lines[0]["record"]] == "original"
    page = files["data/report/report.html"].decode()
    assert page.count("data:image/png;base64,") == 2, "the clip is named, not shown"
    for words in ("何敏", "经命令行", "设备时钟快 1.500 秒", "结算页", lines[0]["sha256"]):
        assert words in page
    chain = [json.loads(line) for line in files["custody/custody.jsonl"].splitlines()]
    assert [one["act"] for one in chain].count("supplied") == 3


@pytest.mark.slow
def test_a_redacted_copy_leaves_them_out_and_says_so(matter: Matter, tmp_path: Path) -> None:
    made = matter.export(tmp_path / "out", redacted=True)
    found = verify(Path(made.path), trusted=matter.keeper.certificates())
    assert (found.verdict, found.captures) == ("valid", 1), "that it is there is shown"
    files = contents(Path(made.path))
    assert [path for path in files if "captures/" in path] == ["data/captures/captures.ndjson"]
    page = files["data/report/report.html"].decode()
    assert "1 件截图、录像未收入脱敏副本" in page
    assert "data:image" not in page
    assert any("left out" in note for note in made.notes)


@pytest.mark.slow
def test_a_file_that_was_changed_is_not_believed(matter: Matter, tmp_path: Path) -> None:
    [row] = matter.captures.of_alert(matter.alert)
    path = matter.captures.file(row)
    assert path is not None
    path.write_bytes(picture(8))
    made = matter.export(tmp_path / "out")
    assert verify(Path(made.path), trusted=matter.keeper.certificates()).verdict == "valid"
    assert any("is not what it was" in note for note in made.notes)
    assert "文件已不在或者已被改动" in contents(Path(made.path))["data/report/report.html"].decode()


@pytest.mark.slow
def test_another_file_under_new_manifests_is_found(matter: Matter, tmp_path: Path) -> None:
    """Whoever exchanges a screenshot and makes all manifests anew is found by the leaf."""
    files = contents(Path(matter.export(tmp_path / "out").path))
    [name] = [path for path in files if path.endswith(".png")]
    files[name] = picture(7)
    for kind in ("manifest", "tagmanifest"):
        for algorithm in ("sha256", "sha512", "sm3"):
            wanted = [
                path for path in sorted(files)
                if path.startswith("data/") == (kind == "manifest")
                and not path.startswith(("seal/", "tagmanifest"))
            ]  # fmt: skip
            files[f"{kind}-{algorithm}.txt"] = "".join(
                f"{hashlib.new(algorithm, files[path]).hexdigest()}  {path}\n" for path in wanted
            ).encode()
    found = verify(packed(files, tmp_path / "b.zip"))
    assert (name, "changed") in {(one.path, one.what) for one in found.findings}


# Over HTTP


def form(**fields: Any) -> aiohttp.FormData:
    made = aiohttp.FormData()
    file = fields.pop("file", picture())
    for name, value in fields.items():
        made.add_field(name, str(value))
    if file is not None:
        made.add_field("file", file, filename="a b.exe", content_type="text/html")
    return made


async def sent(served: Served, data: Any, path: str = "", **headers: str) -> tuple[int, Any]:
    async with served.session.post(
        f"{served.url}/api/v1/captures{path}", data=data, headers=headers, allow_redirects=False
    ) as answer:
        body = await answer.read()
        return answer.status, msgspec.json.decode(body) if body[:1] == b"{" else body


async def an_alert(served: Served) -> dict[str, Any]:
    await served.post(b"\n".join([chat("c1"), speech("s"), chat("c", 10)]))
    [alert, *_] = await served.alerts(1)
    return alert


@pytest.mark.slow
@pytest.mark.asyncio
async def test_people_and_programs_supply_and_fetch_them(serve: Serve) -> None:
    served = await serve()
    alert = await an_alert(served)
    fields = {
        "room": "demo:1", "at": "2026-09-01T12:00:30", "who": "何敏", "note": "<b>结算页</b>",
        "sent": BASE_MS, "clock_ahead": -20,
    }  # fmt: skip
    status, made = await sent(served, form(**fields))
    assert (status, made["type"], made["way"], made["who"]) == (200, "image/png", "api", "何敏")
    assert made["at"] == 1_788_235_230_000, "Beijing's"
    assert unquote(made["name"]) == "a b.exe", "kept as it was said"
    assert (made["new"], (await sent(served, form(**fields)))[1]["new"]) == (True, False)
    fields["at"] = alert["first_at"]
    status, made = await sent(served, form(**fields))
    assert status == 200
    status, body = await served.get(f"/api/v1/captures?alert={alert['id']}")
    assert made["id"] in [one["id"] for one in json.loads(body)["items"]]
    async with served.session.get(f"{served.url}{made['file']}?who=%E5%91%A8") as answer:
        assert await answer.read() == picture()
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert (
            answer.headers["Content-Disposition"] == f'attachment; filename="{made["sha256"]}.png"'
        )
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    acts = [(one.act, one.who) for one in served.runtime.store.custody_of(f"capture:{made['id']}")]
    assert acts == [("supplied", "何敏"), ("viewed", "周")]
    _, page = await served.get(f"/alerts/{alert['id']}")
    assert "&lt;b&gt;结算页&lt;/b&gt;" in page.decode()
    # As the form of the console sends it.
    back = {"back": alert["id"], "alert": alert["id"], "at": alert["last_at"], "who": "何"}
    status, _ = await sent(served, form(file=picture(2), **back))
    assert status == 303
    status, page = await sent(served, form(file=b"<svg/>", **back))
    assert status == 415
    assert "没有收下这个文件" in page.decode()


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_time_without_a_zone_is_beijings_to_the_command_as_to_the_api(
    serve: Serve, tmp_path: Path, elsewhere: None
) -> None:
    served = await serve()
    image, at = tmp_path / "shot.png", "2026-09-01T12:00:30"
    image.write_bytes(picture())
    status, made = await sent(served, form(room="demo:1", at=at, who="何敏"))
    assert status == 200
    done = await asyncio.to_thread(
        CliRunner().invoke,
        app,
        [
            "evidence", "capture", str(image), "--data", str(served.runtime.data_dir), "--json",
            "--room", "demo:1", "--at", at, "--until", "2026-09-01T12:01:30", "--who", "何敏",
        ],
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert not told["new"], "one file, room, person and time"
    assert told["capture"]["at"] == made["at"] == 1_788_235_230_000


@pytest.mark.slow
@pytest.mark.asyncio
async def test_what_is_no_capture_is_refused_in_words(serve: Serve) -> None:
    served = await serve()
    good = {"room": "demo:1", "at": BASE_MS}
    for data, wanted in (
        (form(**good, file=b"<html>"), 415),
        (form(**good, file=None), 422),
        (form(room="demo:1"), 422),
        (form(at="yesterday", room="demo:1"), 422),
        (form(at="９" * 5, room="demo:1"), 422),
        (form(at=BASE_MS), 422),
        (form(**good, alert="nosuch"), 404),
        (form(**good, who="x" * 9_000), 422),
        (form(**good, admin="1"), 422),
        (form(**good, clock_ahead="1e9"), 422),
        (b"room=demo", 422),
    ):
        status, told = await sent(served, data)
        assert status == wanted, told
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b"--x\r\nA: " + b"b" * 70_000,
        b"--x\r\n" * 900,
        b"\0" * 4_000,
    ):
        status, told = await sent(
            served, body, **{"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert status == 422, (body[:40], told)
    status, told = await sent(served, form(**good), Origin="http://evil.example")
    assert status == 403
    assert served.runtime.captures.all() == []
    assert list(served.runtime.captures.folder.rglob("*.partial")) == []
    assert (await served.get("/api/v1/captures/nosuch/file"))[0] == 404
    assert (await served.get("/api/v1/captures?alert=nosuch"))[0] == 404


@pytest.mark.slow
@pytest.mark.asyncio
async def test_senders_supply_them_as_they_send_events(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "s").write_text(SECRET + "\n")
    (tmp_path / "t").write_text("a-secret-in-the-address\n")
    sender = SenderConfig(
        decoder="frames", secrets_file=str(tmp_path / "s"), token_file=str(tmp_path / "t")
    )
    served = await serve(Config(ingest=Ingest(senders={"officer": sender}), evidence=Settings()))
    url = "https://live.douyin.com/77001"
    packed_ = form(at=BASE_MS, url=url, room="77001")()
    body = await _bytes(packed_)
    kind = {"Content-Type": packed_.content_type}
    now_s = served.runtime.clock() // 1_000
    signed = {
        "webhook-id": "msg_1", "webhook-timestamp": str(now_s),
        "webhook-signature": sign(parse_secret(SECRET), "msg_1", now_s, body),
    }  # fmt: skip
    status, made = await sent(served, body, "/officer", **kind, **signed)
    assert status == 200, made
    assert (made["platform"], made["room"], made["way"]) == ("douyin", "77001", "sender:officer")
    assert not (await sent(served, body, "/officer", **kind, **signed))[1]["new"]
    changed = body.replace(b"77001", b"77002")
    for path, data, headers in (
        ("/officer", changed, signed),
        ("/officer", body, {}),
        ("/nobody", body, signed),
        ("/officer/wrong-secret-in-the-address", body, {}),
    ):
        assert (await sent(served, data, path, **kind, **headers))[0] == 401
    other = form(at=BASE_MS, url=url, room="77001", file=picture(3))()
    data = await _bytes(other)
    status, made = await sent(
        served, data, "/officer/a-secret-in-the-address", **{"Content-Type": other.content_type}
    )
    assert (status, made["who"]) == (200, "officer")


@pytest.mark.slow
@pytest.mark.asyncio
async def test_forms_that_do_not_come_keep_nobody_waiting(serve: Serve, tmp_path: Path) -> None:
    """Whoever begins a form and sends no more of it has shown nothing yet, and holds no place."""
    (tmp_path / "s").write_text(SECRET + "\n")
    sender = SenderConfig(decoder="frames", secrets_file=str(tmp_path / "s"))
    served = await serve(Config(ingest=Ingest(senders={"officer": sender}), evidence=Settings()))
    now_s = served.runtime.clock() // 1_000

    def headers(name: str, body: bytes, type_: str) -> dict[str, str]:
        return {
            "Content-Type": type_, "webhook-id": name, "webhook-timestamp": str(now_s),
            "webhook-signature": sign(parse_secret(SECRET), name, now_s, body),
        }  # fmt: skip

    begun = [asyncio.Event() for _ in range(3)]

    async def stalls(one: asyncio.Event) -> AsyncIterator[bytes]:
        yield b"--x\r\n"
        one.set()
        await asyncio.Event().wait()

    stalled = [
        asyncio.create_task(
            sent(
                served,
                stalls(one),
                "/officer",
                **headers(f"m{n}", b"--x\r\n", "multipart/form-data"),
            )
        )
        for n, one in enumerate(begun)
    ]
    await asyncio.gather(*(one.wait() for one in begun))
    packed_ = form(at=BASE_MS, url="https://live.douyin.com/77001", room="77001")()
    body = await _bytes(packed_)
    async with asyncio.timeout(PATIENCE_S):
        status, made = await sent(
            served, body, "/officer", **headers("m", body, packed_.content_type)
        )
    assert status == 200, made
    for one in stalled:
        one.cancel()
    await asyncio.gather(*stalled, return_exceptions=True)


async def _bytes(payload: Any) -> bytes:
    class Sink:
        data = b""

        async def write(self, block: bytes) -> None:
            self.data += block

    sink = Sink()
    await payload.write(sink)
    return sink.data
