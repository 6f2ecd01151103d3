"""`livewatch import`."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape  # writes, does not parse

import pytest

from detectors.events import Chat, Event, decode_lines
from monitor.commands import scan
from monitor.commands.exits import Exit
from monitor.commands.importing import ImportOptions, run
from monitor.pseudonyms import KEY_VARIABLE
from tests.connectors.decoders.protobuf_frames import har, har_entry, kuaishou, saved, write
from tests.connectors.decoders.test_exports import PRICES, book
from tests.connectors.decoders.test_har import capture, lines
from tests.connectors.importing import DATA
from tests.connectors.lines import line


@pytest.fixture(autouse=True)
def _kept_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k2:0123456789abcdef")


def imported(tmp_path: Path, *names: str, **options: object) -> tuple[Exit, list[Event]]:
    output = tmp_path / "out.jsonl"
    files = [name if Path(name).is_absolute() else str(DATA / name) for name in names]
    status = run(files, ImportOptions(output=str(output), **options))  # type: ignore[arg-type]
    return status, decode_lines(output.read_bytes()) if output.exists() else []


def test_files_of_many_kinds_become_one_recording_in_the_order_of_time(tmp_path: Path) -> None:
    status, events = imported(
        tmp_path, "talk.vtt", "danmaku.xml", "history_dmy.csv",
        room="77001", session="s1", start="2026-09-01T19:30:00", constants={"sku": "A"},
    )  # fmt: skip

    assert status == Exit.DONE
    assert {type(event).__name__ for event in events} == {"Session", "Chat", "Speech", "Price"}
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert {(event.platform, event.room, event.session) for event in events} == {
        ("bilibili", "77001", "s1")
    }


def test_recordings_that_overlap_give_each_message_once(tmp_path: Path) -> None:
    status, events = imported(
        tmp_path, "youtube_live.json", "youtube_replay.json", room="r", start="2026-09-01T19:30:00"
    )

    ids = [event.id for event in events]
    assert status == Exit.DONE
    assert ids.count("m2") == 1
    assert len(ids) == 5


def test_bad_pieces_are_reported_with_file_and_place_and_make_the_status_five(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, events = imported(tmp_path, "prices_gbk.csv", room="r")

    assert status == Exit.INVALID_INPUT
    assert len(events) == 14
    said = capsys.readouterr().err
    assert f"{DATA / 'prices_gbk.csv'}: line 4: “面议” is no price in yuan" in said
    assert "3 pieces could not be used" in said


def test_a_session_that_nobody_named_is_the_room_and_the_day(tmp_path: Path) -> None:
    _, events = imported(tmp_path, "talk.srt", room="r", start="2026-09-01T19:30:00")

    assert {event.session for event in events} == {"r-20260901"}


@pytest.mark.parametrize(("pause_s", "sessions"), [(60, 1), (3_600, 2)])
def test_files_that_a_recorder_cut_are_one_broadcast(
    tmp_path: Path, pause_s: int, sessions: int
) -> None:
    # The fixture's last line was sent 9 s after the start of its recording.
    start = 1_788_262_209 + pause_s
    second = tmp_path / "second.xml"
    second.write_text(
        f'<i><BililiveRecorderRecordInfo roomid="77001" start_time="{start}"/>'
        f'<d p="1,1,25,0,{start + 1}000,0,9,0" user="a">还在吗</d></i>',
        encoding="utf-8",
    )
    _, events = imported(tmp_path, "danmaku.xml", str(second))

    assert len({event.session for event in events}) == sessions


def test_a_price_list_belongs_to_no_session(tmp_path: Path) -> None:
    _, events = imported(tmp_path, "prices_utf8.csv", room="r")

    assert {event.session for event in events} == {""}


def test_pseudonyms_carry_the_version_of_the_key_of_the_environment(tmp_path: Path) -> None:
    _, events = imported(tmp_path, "danmaku.xml")

    assert all(
        event.user is None or event.user.startswith("k2:")
        for event in events
        if isinstance(event, Chat)
    )


def test_a_key_file_goes_before_the_environment(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k9:fedcba9876543210\n")
    _, events = imported(tmp_path, "danmaku.xml", key_file=str(key))

    assert any(
        event.user and event.user.startswith("k9:") for event in events if isinstance(event, Chat)
    )


def test_without_a_key_the_pseudonyms_are_of_this_import_only_and_the_ids_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    _, first = imported(tmp_path, "danmaku.xml")
    _, second = imported(tmp_path, "danmaku.xml")

    users = [
        {event.user for event in events if isinstance(event, Chat)} - {None}
        for events in (first, second)
    ]
    assert users[0].isdisjoint(users[1])
    assert [event.id for event in first] == [event.id for event in second]
    assert "one-time key" in capsys.readouterr().err


def test_a_compressed_file_is_read_as_what_it_holds(tmp_path: Path) -> None:
    packed = tmp_path / "danmaku.xml.gz"
    packed.write_bytes(gzip.compress((DATA / "danmaku.xml").read_bytes()))

    assert imported(tmp_path, str(packed)) == imported(tmp_path, "danmaku.xml")


@pytest.mark.slow
def test_a_compressed_file_that_is_cut_gives_what_is_there(tmp_path: Path) -> None:
    rows = "".join(f"A{number},茶,{number}.00,2026-09-01 19:30\n" for number in range(5_000))
    packed = gzip.compress(("sku,标题,价格,时间\n" + rows).encode())
    broken = tmp_path / "list.csv.gz"
    broken.write_bytes(packed[: len(packed) // 2])
    status, events = imported(tmp_path, str(broken), room="r")

    assert status == Exit.INVALID_INPUT
    assert len(events) > 1_000


@pytest.mark.parametrize(
    ("names", "options", "reason"),
    [
        (["talk.srt"], {"room": "r"}, "--start"),
        (["talk.srt"], {"start": "2026-09-01"}, "--room"),
        (["no-such-file"], {}, "No such file"),
        (["talk.srt"], {"room": "r", "start": "yesterday"}, "no date"),
        (["talk.srt"], {"room": "r", "start": "2026-09-01", "zone": "Mars"}, "no time zone"),
        (["danmaku.xml"], {"key_file": "/no/such/key"}, "No such file"),
        (["talk.srt"], {"columns": {"colour": "颜色"}}, "no field colour"),
    ],
)
def test_bad_usage_is_refused_before_anything_is_written(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    names: list[str],
    options: dict[str, str],
    reason: str,
) -> None:
    status, events = imported(tmp_path, *names, **options)

    assert (status, events) == (Exit.USAGE, [])
    assert reason in capsys.readouterr().err


def test_a_file_that_nothing_tells_what_it_is_needs_a_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / "odd"
    odd.write_text("sku;价格\nA;39.9\n", encoding="utf-8")
    assert imported(tmp_path, str(odd), room="r", start="2026-09-01")[0] == Exit.USAGE
    assert "--format" in capsys.readouterr().err

    status, events = imported(tmp_path, str(odd), room="r", start="2026-09-01", format="csv")
    assert (status, len(events)) == (Exit.DONE, 1)


def test_who_reads_may_have_enough(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"".join(line(number) for number in range(5_000)))
    command = [sys.executable, "-m", "monitor.cli", "import", str(events), "-o", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == Exit.DONE
    assert "roken pipe" not in said


def test_json_lines_of_the_contract_pass_as_they_are(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    line = b'{"type":"chat","id":"a","platform":"p","room":"r","at":1788262200000,"user":"u-17","role":"viewer","text":"hi"}\n'
    source.write_bytes(line)
    imported(tmp_path, str(source))

    assert (tmp_path / "out.jsonl").read_bytes() == line


def test_what_a_browser_recorded_tells_platform_room_and_broadcast_itself(tmp_path: Path) -> None:
    source = tmp_path / "evening.har"
    source.write_bytes(capture())
    status, events = imported(tmp_path, str(source))

    assert status == Exit.DONE
    assert {event.platform for event in events} == {"douyin"}
    # The page named the room before its socket was open.
    assert {event.room for event in events} == {"90210"}
    assert next(event.text for event in events if isinstance(event, Chat)) == "多少钱"
    assert scan.run([str(tmp_path / "out.jsonl")], quiet=True) == Exit.DONE


def test_a_capture_that_names_no_room_needs_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "frames.jsonl"
    source.write_bytes(lines(saved(kuaishou("多少钱"))))
    status, events = imported(tmp_path, str(source))

    assert (status, events) == (Exit.INVALID_INPUT, [])
    assert "nothing says which room it is from: say --room" in capsys.readouterr().err

    status, events = imported(tmp_path, str(source), room="r")
    assert status == Exit.DONE
    assert {(event.platform, event.room, event.session) for event in events} == {
        ("kuaishou", "r", "r-20260901")
    }


def test_frames_of_unknown_kinds_are_counted_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = write("SocketMessage", payload_type=310, compression=3, payload=b"\x01\x02")
    source = tmp_path / "frames.jsonl"
    source.write_bytes(lines(saved(frame), saved(frame)))
    kept = tmp_path / "unknown.jsonl"
    status, _ = imported(tmp_path, str(source), room="r", unknown=str(kept))

    # No event came of it.
    assert status == Exit.INVALID_INPUT
    assert "not understood: unknown encrypted frame of type 310 2" in capsys.readouterr().err
    first = json.loads(kept.read_text(encoding="utf-8").splitlines()[0])
    assert first["place"] == "line 1 frame"
    assert base64.b64decode(first["data"]) == frame


def test_a_workbook_of_prices_belongs_to_no_broadcast(tmp_path: Path) -> None:
    source = tmp_path / "prices.xlsx"
    source.write_bytes(book(PRICES))
    status, events = imported(tmp_path, str(source), room="r", platform="douyin")

    assert status == Exit.DONE
    assert {(event.platform, event.session) for event in events} == {("douyin", "")}


@pytest.mark.samples
def test_a_recorded_answer_within_a_har(samples: Path, tmp_path: Path) -> None:
    body = (samples / "douyin_room_enter" / "room_enter.json").read_text(encoding="utf-8")
    chat_body = (samples / "youtube_pytchat" / "chatreplay.json").read_text(encoding="utf-8")
    source = tmp_path / "evening.har"
    source.write_bytes(
        har(
            har_entry("https://live.douyin.com/webcast/room/web/enter/", body),
            har_entry("https://www.youtube.com/youtubei/v1/live_chat/get_live_chat", chat_body),
        )
    )
    status, events = imported(tmp_path, str(source), room="r", start="2020-01-01")

    assert status == Exit.DONE
    assert {platform: [event.platform for event in events].count(platform)
            for platform in ("douyin", "youtube")} == {"douyin": 4, "youtube": 48}  # fmt: skip


@pytest.fixture
def samples() -> Path:
    folder = os.environ.get("LIVEWATCH_SAMPLES")
    if not folder:
        pytest.skip("set LIVEWATCH_SAMPLES to the folder of the real samples")
    return Path(folder)


@pytest.mark.slow
@pytest.mark.samples
def test_every_recorded_youtube_answer_is_read(samples: Path, tmp_path: Path) -> None:
    files = sorted(samples.glob("youtube_pytchat/**/*.json"))
    counts = {}
    for file in files:
        _, events = imported(tmp_path, str(file), room="r", start="2020-01-01")
        counts[file.name if file.parent.name != "default" else f"default/{file.name}"] = len(events)

    # Counted with another program: text and paid messages that have text. The messages of
    # test_stream.json have neither a time nor a place in the video.
    assert counts == {
        "superchat_0.json": 50,
        "chat.json": 1,
        "chatreplay.json": 48,
        "superchat.json": 1,
        "textmessage.json": 1,
        "default/replay_member_text.json": 1,
        "default/superchat.json": 1,
        "default/textmessage.json": 1,
        "dp0-0.json": 100,
        "dp0-1.json": 50,
        "finished_live.json": 0,
        "test_stream.json": 0,
    }


@pytest.mark.samples
def test_what_two_recordings_share_comes_once(samples: Path, tmp_path: Path) -> None:
    overlap = samples / "youtube_pytchat" / "extract_duplcheck" / "overlap"
    _, events = imported(
        tmp_path,
        str(overlap / "dp0-0.json"),
        str(overlap / "dp0-1.json"),
        room="r",
        start="2020-01-01",
    )

    # 100 and 50 messages; the second begins with the one at 9,890 ms of the first.
    assert len(events) == 149


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "rows"), [("carrot", 86), ("onion", 381), ("potato", 576), ("tomato", 86)]
)
def test_the_price_series_with_two_spellings_of_dates(
    samples: Path, tmp_path: Path, name: str, rows: int
) -> None:
    file = samples / "prices_bangalore_mrp" / f"{name}1kgprice_dataset.csv"
    status, events = imported(tmp_path, str(file), room="r", constants={"sku": name}, zone="+05:30")

    # Every line that has a price; three days of the potatoes have none.
    assert status == Exit.DONE
    assert len(events) == rows


@pytest.mark.samples
@pytest.mark.slow
def test_ordinary_comments_of_a_video_are_read_and_raise_nothing(
    samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (samples / "danmaku_sample" / "danmaku01.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    items = "".join(
        f'<d p="{row["t_video_s"]},1,25,16777215,{row["posted_unix"]},0,{row["user"]},{number}">'
        f"{escape(row['text'])}</d>\n"
        for number, row in enumerate(rows, 1)
    )
    source = tmp_path / "video.xml"
    source.write_text(f"<i>{items}</i>", encoding="utf-8")
    status, events = imported(tmp_path, str(source), room="v1", session="s1")

    assert status == Exit.DONE
    assert len(events) == len({event.id for event in events}) == 1_200
    capfd.readouterr()
    assert scan.run([str(tmp_path / "out.jsonl")]) == Exit.DONE
    assert capfd.readouterr().out == ""


def test_what_lies_ahead_of_its_arrival_is_reported_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.jsonl"
    line = b'{"type":"chat","id":"%s","platform":"p","room":"r","at":%d,"text":"hi"}\n'
    source.write_bytes(line % (b"now", 1_788_262_200_000) + line % (b"far", 7_900_000_000_000))

    status, events = imported(tmp_path, str(source))

    assert status == Exit.INVALID_INPUT
    assert [event.id for event in events] == ["now"]
    said = capsys.readouterr().err
    assert f"{source}: event far: Expected `int` <=" in said
    assert "a day after the event arrived" in said


LIST = "商品ID,标题,{header},时间\n" + "".join(
    f"A{number},茶{number},¥{number}9.9,2026-09-01 19:30\n" for number in range(1, 5)
)


@pytest.mark.parametrize(
    ("header", "status", "told"),
    [
        ("直播专享价", Exit.INVALID_INPUT, True),
        ("售价", Exit.DONE, False),
        # Nothing that a rule could have used, as far as its name tells.
        ("备注二", Exit.DONE, True),
    ],
)
def test_a_list_whose_prices_were_not_read_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], header: str, status: Exit, told: bool
) -> None:
    source = tmp_path / "list.csv"
    source.write_text(LIST.format(header=header), encoding="utf-8")
    assert imported(tmp_path, str(source), room="r")[0] == status
    said = capsys.readouterr().err
    assert ("4 of 4 products have no price" in said) == (header != "售价")
    assert (f"columns that were not read: {header}" in said) == told
    assert ("(¥19.9, ¥29.9, ¥39.9)" in said) == (header == "直播专享价")


def test_a_second_price_beside_the_one_that_was_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "list.csv"
    source.write_text("sku,售价,活动价,时间\nA,39.9,29.9,2026-09-01 19:30\n", encoding="utf-8")
    assert imported(tmp_path, str(source), room="r")[0] == Exit.DONE
    assert "columns that were not read: 活动价 (29.9)" in capsys.readouterr().err


def test_the_columns_of_a_workbook_are_named_and_receivers_are_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "orders.xlsx"
    header = ["订单编号", "商品ID", "订单状态", "订单提交时间", "收件人", "赠品"]
    row = ["10001", "A1", "已支付", "2026-09-01 19:30:00", "张三丰", "茶杯"]
    source.write_bytes(book([header, row]))
    assert imported(tmp_path, str(source), room="r")[0] == Exit.DONE
    said = capsys.readouterr().err
    assert "columns that were not read: 收件人, 赠品 (茶杯)" in said
    assert "张三丰" not in said
    assert "1 of 1 order has no price" in said
    assert "1 of 1 order has no user" in said


def comments(key: str, count: int = 4) -> str:
    return json.dumps(
        {"data": {"comment_infos": [
            {"comment_id": f"c{number}", "nick_name": "n", key: "多少钱"} for number in range(count)
        ]}}
    )  # fmt: skip


@pytest.mark.parametrize(("key", "status"), [("content", Exit.DONE), ("body", Exit.INVALID_INPUT)])
def test_a_page_that_moved_the_text_of_its_comments_is_not_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, status: Exit
) -> None:
    source = tmp_path / "console.har"
    source.write_bytes(har(har_entry("https://buyin.jinritemai.com/comment/info", comments(key))))
    found, events = imported(tmp_path, str(source), room="r")
    said = capsys.readouterr().err
    assert (found, len(events)) == (status, 4 if key == "content" else 0)
    assert ("4 of 4 chat lines have no text" in said) == (key == "body")
    assert ("nothing was understood" in said) == (key == "body")


@pytest.mark.parametrize(
    ("name", "field"),
    [("min_price", "price"), ("title", "title")],
)
@pytest.mark.parametrize("moved", [False, True])
def test_a_shelf_that_moved_a_field_is_not_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, field: str, moved: bool
) -> None:
    cards = [
        {"promotion_id": f"35{number}", "title": "茶", "min_price": 3_990} for number in range(4)
    ]
    if moved:
        cards = [{f"{key}V2" if key == name else key: card[key] for key in card} for card in cards]  # type: ignore[misc]
    source = tmp_path / "shelf.har"
    body = json.dumps({"promotions": cards})
    source.write_bytes(har(har_entry("https://live.douyin.com/promotions", body)))
    imported(tmp_path, str(source), room="r")
    said = capsys.readouterr().err
    assert (f"4 of 4 products have no {field}" in said) == moved


def test_the_sums_add_up_and_copies_are_counted_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = (
        '{"type":"chat","id":"ID","platform":"p","room":"r","at":1788262200000,"text":"hi"}'.replace
    )
    source = tmp_path / "in.jsonl"
    lines_ = [line("ID", "a"), line("ID", "a"), line("ID", "b"), "no event", "", '{"type":"chat"}']
    source.write_text("\n".join(lines_), encoding="utf-8")
    status, events = imported(tmp_path, str(source))
    said = capsys.readouterr().err
    assert (status, len(events)) == (Exit.INVALID_INPUT, 2)
    assert "2 events to" in said
    assert "(chat 2); 1 were there twice, 2 pieces could not be used" in said
    assert (
        "5 pieces = 2 events written + 1 duplicates + 2 rejected + 0 passed over + "
        "0 of unknown kinds" in said
    )


@pytest.mark.slow
def test_no_line_a_message_is_printed_and_all_that_was_not_used_can_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "frames.jsonl"
    source.write_bytes(lines(*[saved(kuaishou("多少钱"))] * 3_000))
    kept = tmp_path / "rejected.jsonl"
    status, _ = imported(tmp_path, str(source), rejected=str(kept))
    said = capsys.readouterr().err.splitlines()
    assert status == Exit.INVALID_INPUT
    assert len(said) < 20
    assert any("say --room" in line and "3,000" in line for line in said)
    assert len(kept.read_bytes().splitlines()) == 3_000


@pytest.mark.parametrize("content", [b"", b"\n\n", b"no event\n" * 50])
def test_a_file_of_which_nothing_was_understood_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(content)
    status, events = imported(tmp_path, str(source))
    assert (status, events) == (Exit.INVALID_INPUT, [])
    said = capsys.readouterr().err
    assert "nothing was understood: no event came of it" in said
    assert len(said.splitlines()) < 15


def test_what_is_no_regular_file_is_written_into_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files = [str(DATA / "danmaku.xml")]
        assert run(files, ImportOptions(output=str(pipe))) == Exit.DONE
        assert pipe.is_fifo()
        assert decode_lines(os.read(reading, 1 << 16))
    finally:
        os.close(reading)
    assert not (tmp_path / "pipe.part").exists()


def test_words_of_a_file_move_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "list.csv"
    source.write_text("sku,价格,时间,标\x1b[2J记\nA,面\x1b[2J议,2026-09-01,1\n", encoding="utf-8")
    assert imported(tmp_path, str(source), room="r")[0] == Exit.INVALID_INPUT
    said = capsys.readouterr().err
    assert "面\\u001b[2J议" in said
    assert "\x1b" not in said


def test_a_file_without_an_event_is_told_beside_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "gifts.xml"
    empty.write_text('<i><gift ts="1" giftname="x"/></i>', encoding="utf-8")
    status, events = imported(tmp_path, "danmaku.xml", str(empty))
    assert status == Exit.INVALID_INPUT
    assert events
    said = capsys.readouterr().err
    assert f"{empty}: nothing was understood: no event came of it" in said
    assert f"{DATA / 'danmaku.xml'}: nothing" not in said
