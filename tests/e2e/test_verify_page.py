"""`verify.html` from the disk, in Chromium: every change of every file is found, without network."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.desk.formats import SHANGHAI
from monitor.evidence import custody, custody_file
from monitor.evidence import report as pages
from monitor.evidence.custody import CustodyRecord
from monitor.evidence.keys import KeyFolder
from monitor.evidence.unpack import BadBundle
from monitor.evidence.verify import verify
from tests.monitor.build import BASE_MS, chat
from tests.monitor.evidence.matter import HOW, VIEWER, Matter, contents, damaged, packed, unpacked
from tests.monitor.evidence.test_verify import (
    CUSTODY,
    HIDDEN,
    HOSTILE,
    SEALED_ANEW,
    as_released,
    flooded,
    hashed,
    with_custody,
    with_tags,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    patch = pytest.MonkeyPatch()
    patch.setattr(pages, "has_pdf", lambda: False)
    folder = tmp_path_factory.mktemp("bundle")
    matter = Matter(folder / "m")
    # Its `started` record has the configuration, with numbers such as 7.0.
    matter.keeper.begin("monitor", matter.rulebook, matter.config, matter.now)
    yield Path(matter.export(folder / "out").path)
    matter.close()
    patch.undo()


@pytest.fixture(scope="module")
def page(
    browser: Browser, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    place = tmp_path_factory.mktemp("page") / "verify.html"
    place.write_bytes(contents(bundle)["verify/verify.html"])
    opened = browser.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(place.as_uri())
    yield opened
    assert asked == [place.as_uri()], "the page asks the network for something"
    opened.close()


def verdict(page: Page, path: Path) -> str:
    page.set_input_files("#zip", [])
    page.set_input_files("#zip", path)
    shown = page.locator("#verdict[data-verdict]")
    # `expect` looks again after 100 and 250 ms, `wait_for` at the next frame.
    shown.wait_for()
    return shown.get_attribute("data-verdict") or ""


def test_a_whole_bundle_is_valid(page: Page, bundle: Path) -> None:
    assert verdict(page, bundle) == "valid", page.locator("#findings").inner_text()
    facts = page.locator("#facts").inner_text()
    assert "何敏" in facts
    assert "有包含证明" in facts
    # Times as the office reads them, and no word of a machine.
    rows = dict(row.split("\t", 1) for row in facts.splitlines())
    told = re.search(r"^Livewatch-Exported: (.*)$", contents(bundle)["bag-info.txt"].decode(), re.M)
    assert told
    local = datetime.fromisoformat(told[1]).astimezone(SHANGHAI)
    assert rows["导出时间"] == f"{local:%Y-%m-%d %H:%M:%S} +08:00（北京时间）"
    assert re.fullmatch(r"\d+ 个：\S+ \S+ \+08:00 至 \S+ \S+ \+08:00（北京时间）", rows["日志头"])
    assert rows["脱敏副本"] == "否"


def test_the_page_and_the_command_agree_on_what_was_changed_in_the_store(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "has_pdf", lambda: False)
    matter = Matter(tmp_path / "m")
    matter.store.forget_viewer([VIEWER], who="王", at=BASE_MS)
    lawful = Path(matter.export(tmp_path / "lawful").path)
    key = matter.keeper.key(matter.now)
    matter.store.database.write(
        lambda connection: connection.exec_driver_sql(
            "UPDATE event_log SET data = CAST(replace(data, '129', '能治病') AS BLOB) WHERE event = 's1'"
        )
    )
    unlawful = Path(matter.export(tmp_path / "unlawful").path)
    matter.close()
    assert (verdict(page, lawful), verify(lawful).verdict) == ("valid", "seal-untrusted")
    shown = page.locator("#verdict").inner_text()
    assert "未发现改动" not in shown
    assert "因依法删除观众信息而改动" in shown
    assert (verdict(page, unlawful), verify(unlawful).verdict) == ("invalid", "invalid")
    assert "与收到时不符，原因不明" in page.locator("#findings").inner_text()
    # Without the record of custody that names them they are changed, and only an older bundle has none.
    files = contents(lawful)
    lines = files[CUSTODY].splitlines()
    others = [one for one in lines if b'"act":"forgotten"' not in one]
    stated = custody_file.stated(b"".join(one + b"\n" for one in others[:-1]))
    last = msgspec.json.decode(others[-1], type=CustodyRecord)
    for detail, wanted in (
        (last.detail | {"custody": stated}, ("invalid", "invalid")),
        ({name: last.detail[name] for name in last.detail.keys() - {"forgotten"}} | {"custody": stated},
         ("valid", "seal-untrusted")),
    ):  # fmt: skip
        some = [*others[:-1], hashed(others[-1], detail=detail)]
        path = packed(with_custody(files, some, key), tmp_path / "b.zip", name=lawful.stem)
        assert (verdict(page, path), verify(path).verdict) == wanted


def test_neither_findings_nor_remarks_hide_what_is_wrong(
    page: Page, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = contents(bundle)
    broken = files | {CUSTODY: files[CUSTODY].replace("何敏".encode(), "何某".encode())}
    path = packed(flooded(with_tags(broken)), tmp_path / "a.zip", name=bundle.stem)
    assert (verdict(page, path), verify(path).verdict) == ("invalid", "invalid")
    assert "没有逐个列出" in page.locator("#findings").inner_text()
    # A clock that goes back between any two heads of many.
    monkeypatch.setattr(pages, "has_pdf", lambda: False)
    matter = Matter(tmp_path / "m")
    for n in range(56):
        matter._write([chat(f"more{n}", 35, f"第{n}句", room="1")])
        matter.keeper.cover(BASE_MS - n * 1_000)
    whole = Path(matter.export(tmp_path / "out").path)
    matter.close()
    assert (verdict(page, whole), len(verify(whole).heads) > 55) == ("valid", True)
    files = contents(whole)
    broken = files | {CUSTODY: files[CUSTODY].replace("何敏".encode(), "何某".encode())}
    path = packed(with_tags(broken), tmp_path / "b.zip", name=whole.stem)
    assert (verdict(page, path), verify(path).verdict) == ("invalid", "invalid")
    shown = page.locator("#findings").inner_text()
    assert "被改动" in shown
    assert "倒退" in shown


def test_a_folder_is_as_good_as_a_zip(page: Page, bundle: Path, tmp_path: Path) -> None:
    folder = unpacked(contents(bundle), tmp_path / "EV-x")
    page.set_input_files("#folder", folder)
    shown = page.locator("#verdict[data-verdict]")
    expect(shown).to_be_visible()
    found = page.locator("#findings").inner_text()
    assert shown.get_attribute("data-verdict") == "valid", found
    # The sealed id is shown, whatever the folder is called.
    assert page.locator("#facts tr").first.inner_text() == f"证据包\t{bundle.stem}"
    assert "文件夹名为 EV-x" in found


def test_the_hash_of_custody_is_over_numbers_and_keys_as_they_are_written(page: Page) -> None:
    detail = {
        "log_days": 7.0, "small": 1e-7, "large": 1e22, "10": -0.0, "9": 2**53 + 1, "𠮷": 1, "\uff21": 2,
        "text": 'a"b\\ {[,:]} 中\n', "deep": [{"b": [], "a": {}}, [None, True]],
    }  # fmt: skip
    record = CustodyRecord(
        number=1, at=1, act="started", who="李", detail=detail, previous="0" * 64
    )
    record.hash = "f" * 64
    text = page.evaluate("(line) => ordered(line, 'hash')", custody.line(record).decode())
    assert '"log_days":7.0' in text
    record.hash = hashlib.sha256(text.encode()).hexdigest()
    assert custody.is_intact(record)


@pytest.mark.slow(10)
def test_every_change_of_every_file_is_found(
    page: Page, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = contents(bundle)
    table = {
        (path, how): verdict(page, packed(damaged(files, path, how), tmp_path / "b.zip"))
        for path in sorted(files)
        for how in HOW
    }
    with capsys.disabled():
        print()
        for (path, how), found in table.items():
            print(f"{path:56} {how:18} verify.html {found}")
    assert {
        key: found for key, found in table.items() if found not in ("invalid", "incomplete")
    } == {}


@pytest.mark.parametrize("kind", sorted(HOSTILE.keys() - {"nothing", "a folder as an entry"}))
def test_a_hostile_file_is_refused(page: Page, tmp_path: Path, kind: str) -> None:
    (tmp_path / "b.zip").write_bytes(HOSTILE[kind]())
    assert verdict(page, tmp_path / "b.zip") == "invalid"


@pytest.mark.parametrize("kind", HIDDEN)
def test_bytes_that_no_digest_sees_are_found(page: Page, tmp_path: Path, kind: str) -> None:
    (tmp_path / "b.zip").write_bytes(HIDDEN[kind]())
    assert verdict(page, tmp_path / "b.zip") == "invalid"
    assert "bagit.txt\t不能解开" in page.locator("#findings").inner_text()


def test_a_zip_that_was_written_as_a_stream_is_read(
    page: Page, bundle: Path, tmp_path: Path
) -> None:
    """Its headers have no sizes; these stand behind each file."""

    class Pipe(io.RawIOBase):
        def __init__(self, path: Path) -> None:
            self.file = path.open("wb")

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return self.file.write(data)

        def close(self) -> None:
            self.file.close()

    path = tmp_path / "b.zip"
    pipe = Pipe(path)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[type-var]
        for name, data in contents(bundle).items():
            archive.writestr(f"{bundle.stem}/{name}", data)
    pipe.close()
    assert verdict(page, path) == "valid", page.locator("#findings").inner_text()
    assert verify(path).findings == []
    data = path.read_bytes()
    at = data.index(b"PK\7\x08")
    path.write_bytes(data[: at + 12] + b"\x99" + data[at + 13 :])
    assert verdict(page, path) == "invalid"
    with pytest.raises(BadBundle):
        verify(path)


@pytest.mark.parametrize("how", SEALED_ANEW)
def test_custody_that_was_changed_is_found_though_the_office_sealed_it(
    page: Page, bundle: Path, tmp_path: Path, how: str
) -> None:
    files = contents(bundle)
    key = KeyFolder(bundle.parents[1] / "m" / "evidence" / "keys").current("", 0)
    lines = files[CUSTODY].splitlines()
    changed = with_custody(files, SEALED_ANEW[how](lines), key)
    assert verdict(page, packed(changed, tmp_path / "b.zip", name=bundle.stem)) == "invalid"
    for row in page.locator("#findings tr").all():
        assert row.inner_text().startswith(f"{CUSTODY}\t")
    older = with_custody(files, as_released(lines), key)
    assert verdict(page, packed(older, tmp_path / "b.zip", name=bundle.stem)) == "valid"
    assert page.locator("#findings").inner_text().startswith("注意\t本包由较早的版本制作")


def test_a_clock_that_went_back_is_told(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "has_pdf", lambda: False)
    matter = Matter(tmp_path / "m")
    path = Path(matter.export(tmp_path / "out", now=BASE_MS + 90_000).path)
    matter.close()
    assert verdict(page, path) == "valid"
    assert "3 个：2026-10-01 20:01:00 +08:00 至 2026-10-01 20:01:30 +08:00（北京时间）" in (
        page.locator("#facts").inner_text()
    )
    found = page.locator("#findings").inner_text()
    assert (
        "head-000002.txt（2026-10-01 20:02:00 +08:00）与 head-000003.txt（2026-10-01 20:01:30 +08:00）"
        in found
    )
    assert "went back" in found
