"""`livewatch alerts list|show|ack|close`, against a running monitor."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from monitor.commands import alerts as command
from monitor.commands.alerts import Wanted
from monitor.commands.exits import Exit
from tests.monitor.build import chat, speech
from tests.monitor.conftest import Serve, Served, serve

__all__ = ["serve"]

pytestmark = pytest.mark.asyncio

OPEN = ["new", "acknowledged"]


async def two_alerts(serve: Serve) -> tuple[Served, list[dict[str, Any]]]:
    served = await serve()
    lines = [speech("s", 0, sku="A"), speech("t", 1, sku="B"), chat("c", 20)]
    await served.post(b"\n".join(lines))
    return served, await served.alerts(2)


@pytest.mark.slow
async def test_alerts_are_listed_as_table_and_as_json(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    served, alerts = await two_alerts(serve)
    capsys.readouterr()
    ids = [alert["id"] for alert in alerts]
    for form in ("table", "json", "ndjson"):
        status = await asyncio.to_thread(
            command.show_all, None, served.url, Wanted(status=OPEN), form
        )
        assert status == Exit.DONE
        out = capsys.readouterr().out
        if form == "table":
            assert [line.split()[0] for line in out.splitlines()] == ids
            assert "demo:1" in out
        elif form == "json":
            assert [alert["id"] for alert in json.loads(out)] == ids
        else:
            assert [json.loads(line)["id"] for line in out.splitlines()] == ids
    one = Wanted(status=OPEN, limit=1)
    await asyncio.to_thread(command.show_all, None, served.url, one, "table")
    assert len(capsys.readouterr().out.splitlines()) == 1
    none = Wanted(status=OPEN, level=["info"])
    await asyncio.to_thread(command.show_all, None, served.url, none, "table")
    assert capsys.readouterr().out == ""


@pytest.mark.slow
async def test_an_alert_is_acknowledged_closed_and_shown(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    served, alerts = await two_alerts(serve)
    first, second = (alert["id"] for alert in alerts)

    def handle(ids: list[str], act: Any, **more: Any) -> Exit:
        return command.handle(None, served.url, ids, act, who="王", note=None, **more)

    assert await asyncio.to_thread(handle, [first], "acknowledge") == Exit.DONE
    # The one that is refused does not keep the other back.
    status = await asyncio.to_thread(handle, ["nothing", second], "close", reason="minor")
    assert status == Exit.CHECK_FAILED
    out = capsys.readouterr().out
    assert "nothing: refused: no alert" in out
    assert f"{second}: closed" in out
    history = served.runtime.store.history(second)
    assert [(one.new, one.who, one.reason) for one in history] == [("closed", "王", "minor")]
    assert await asyncio.to_thread(command.show_one, None, served.url, first, as_json=False) == 0
    shown = capsys.readouterr().out
    assert "acknowledged by 王" in shown
    assert "次说苹果" in shown
    assert await asyncio.to_thread(command.show_one, None, served.url, first, as_json=True) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed[printed.index("{") :])["id"] == first
    gone = await asyncio.to_thread(command.show_one, None, served.url, "nothing", as_json=False)
    assert gone == Exit.USAGE


async def test_without_a_monitor_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = Wanted(status=OPEN)
    status = command.show_all(None, "http://127.0.0.1:1", wanted, "table")
    assert status == Exit.UNREACHABLE
    assert "no monitor answers at http://127.0.0.1:1" in capsys.readouterr().err
    broken = tmp_path / "livewatch.toml"
    broken.write_text("[server]\nprot = 1\n")
    assert command.show_all(broken, None, wanted, "table") == Exit.CONFIGURATION
    assert command.show_all(None, "file:///etc/passwd", wanted, "table") == Exit.UNREACHABLE
