"""What a decoder could not use is decoded again, once it can be."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from monitor.commands import deadletters as command
from monitor.commands.exits import Exit
from monitor.config import Config
from monitor.runtime import Runtime
from monitor.sources.letters import StillUseless, retried
from monitor.sources.settings import SourceSettings
from monitor.store.rows import DeadLetter
from tests.connectors.lines import AT, PSEUDONYMS, Caller, line, serving, until
from tests.monitor.rules import rulebook
from tests.monitor.sources.plugin import install_lines, toml_of
from tests.monitor.sources.test_service import Site

LINES = SourceSettings(
    name="lines", type="file", platform="demo", options={"path": "x"}, enabled=False
)


def letter(data: bytes, source: str = "lines/77001", stage: str = "decode") -> DeadLetter:
    return DeadLetter(
        stage=stage,  # type: ignore[arg-type]
        source=source,
        reason="",
        data=data,
        first_at=AT,
        last_at=AT,
    )


def ids(found: DeadLetter, *sources: SourceSettings) -> list[str]:
    return [observed.event.id for observed in retried(found, sources, lambda: PSEUDONYMS, AT)]


def test_a_frame_goes_through_its_sources_decoder_again() -> None:
    assert ids(letter(line(1) + line(2)), LINES) == ["c-1", "c-2"]


def test_the_room_of_the_connection_is_known() -> None:
    subtitles = SourceSettings(
        name="talk", type="file", platform="demo", decoder="funasr", options={"path": "x"}
    )
    with pytest.raises(StillUseless):
        retried(letter(b"{}", "talk/77001"), [subtitles], lambda: PSEUDONYMS, AT)
    hook = SourceSettings(
        name="hook", type="file", platform="demo", decoder="recorder-hook", options={"path": "x"}
    )
    said = (
        b'{"EventType":"SessionStarted","EventTimestamp":"2026-09-01T19:00:00+08:00","EventId":"1",'
        b'"EventData":{"SessionId":"s","Title":"t","Name":"n"}}'
    )
    (event,) = retried(letter(said, "hook/77001"), [hook], lambda: PSEUDONYMS, AT)
    assert event.event.room == "77001"


def test_what_no_source_sent_is_taken_as_it_is() -> None:
    assert ids(letter(line(1), source="http", stage="ingest"), LINES) == ["c-1"]
    assert ids(letter(line(1), source="gone/77001")) == ["c-1"]


@pytest.mark.parametrize("data", [b"no event", b"", b"\xff\xfe"])
def test_what_is_still_no_event_says_why(data: bytes) -> None:
    with pytest.raises(StillUseless, match=r"."):
        retried(letter(data), [LINES], lambda: PSEUDONYMS, AT)


@pytest.mark.slow
@pytest.mark.asyncio
async def test_after_the_decoder_is_put_right_the_letters_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_lines(tmp_path / "site", monkeypatch)
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    monkeypatch.delenv("LIVEWATCH_INGEST_TOKEN", raising=False)

    async def serve(caller: Caller) -> None:
        await caller.say(line(1), line(2), b"no event\n")
        await caller.hear()

    site = Site(tmp_path)
    async with serving(serve) as server:
        site.write(toml_of(server.port, more='decoder = "vtt"\n'))  # not what the lines are
        async with site.running():
            store = site.runtime.store
            await until(lambda: len(store.dead_letters()) == 3)
            options = command.LetterOptions(
                config=site.config, data=tmp_path / "data", url=site.url, token="T"
            )
            assert await asyncio.to_thread(command.show_all, options) == Exit.DONE
            # Beside log lines of the monitor, which has this process's standard output.
            listed = [row for row in capsys.readouterr().out.splitlines() if "\t" in row]
            assert [row.split("\t")[1:3] for row in listed] == [["decode", "lines/77001"]] * 3
            number = int(listed[0].split("\t")[0])
            assert await asyncio.to_thread(command.show, options, number) == Exit.DONE

            site.write(toml_of(server.port, rooms="[]", more="enabled = false\n"))
            status = await asyncio.to_thread(command.replay, options, [])
            assert status == Exit.INVALID_INPUT
            assert "sent again 2, refused 1" in capsys.readouterr().out
            assert site.stored() == ["c-1", "c-2"]
            # Again is harmless.
            await asyncio.to_thread(command.replay, options, [number])
            assert site.stored() == ["c-1", "c-2"]


def test_a_folder_without_a_monitor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = command.LetterOptions(data=tmp_path)
    assert command.show_all(options) == Exit.CONFIGURATION
    assert "no monitor's data" in capsys.readouterr().err


@pytest.mark.slow
def test_a_letter_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runtime = Runtime(tmp_path / "data", Config(), rulebook=rulebook())
    runtime.stop()
    options = command.LetterOptions(data=tmp_path / "data")
    assert command.show(options, 7) == Exit.USAGE


@pytest.mark.slow
def test_nobody_to_send_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("monitor.commands.deadletters.GIVE_UP_S", 0.1)
    runtime = Runtime(tmp_path / "data", Config(), rulebook=rulebook())
    runtime.store.bury([letter(line(1), "http", "ingest")]).result()
    runtime.stop()
    options = command.LetterOptions(data=tmp_path / "data", url="http://127.0.0.1:1", token="T")
    assert command.replay(options, []) == Exit.UNREACHABLE
    options = command.LetterOptions(data=tmp_path / "data", url="nonsense", token="T")
    assert command.replay(options, []) == Exit.USAGE
    config = tmp_path / "livewatch.toml"
    config.write_text('[server]\ntls_cert = "none.crt"\ntls_key = "none.key"\n')
    options = command.LetterOptions(data=tmp_path / "data", config=config, token="T")
    assert command.replay(options, []) == Exit.CONFIGURATION
