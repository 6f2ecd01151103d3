"""The log of a running monitor: JSON, with trace ids, and nothing that anybody said."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import structlog
from aiohttp.http_exceptions import BadStatusLine, InvalidURLError, LineTooLong

import connectors
import monitor
from connectors.errors import NotAValue
from detectors.events import Chat
from detectors.pack.law import LawTable
from detectors.pack.load import Rulebook
from detectors.rule import Context, Rule
from monitor.errors import StoreUnreachable
from monitor.logs import WITHHELD, configure
from monitor.store.rows import DeadLetter
from monitor.store.store import Store
from monitor.tracing.context import parse
from monitor.tracing.spans import requested
from tests.monitor import conftest, rules
from tests.monitor.build import BASE_MS, chat, line, speech
from tests.monitor.conftest import TOKEN, Serve
from tests.monitor.store.test_storage import damage
from tests.patience import PATIENCE_S

#: Words that stand nowhere else.
SAID = ("鹦鹉学舌", "琵琶别抱", "魑魅魍魉", "饕餮盛宴", "耄耋之年", "踽踽独行")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Quoting(Rule):
    """Fails, and quotes what it was given."""

    id = "quoting"

    def on_chat(self, ctx: Context, event: Chat) -> None:
        raise ValueError(f"cannot bear {event.text}")


def fail(error: BaseException, behind: BaseException | None) -> None:
    try:
        if behind is not None:
            raise behind
    finally:
        raise error


def lines(text: str) -> list[dict[str, Any]]:
    found = [json.loads(one) for one in text.splitlines()]
    assert all({"event", "level", "timestamp"} <= one.keys() for one in found)
    return found


@pytest.mark.slow
@pytest.mark.asyncio
async def test_what_people_said_is_in_no_line(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def rulebook() -> Rulebook:
        return Rulebook(
            [rules.Shout(rules.spec(rules.Shout)), Quoting(rules.spec(Quoting))], LawTable([])
        )

    monkeypatch.setattr(conftest, "rulebook", rulebook)
    configure("info")
    served = await serve()

    def fails(*_: object, **__: object) -> None:
        raise KeyError(SAID[5])

    engine = served.runtime.engine
    real = engine.step
    monkeypatch.setattr(
        engine,
        "step",
        lambda state, events, **how: fails() if state.room == "9" else real(state, events, **how),
    )
    body = b"\n".join(
        [
            chat("c1", text=SAID[0], name=SAID[1]),
            speech("s1", text=f"苹果{SAID[2]}"),
            line("chat", "c2", text=SAID[3], role=SAID[4]),
            chat("c3", text=SAID[0], room="9"),
            f'{{"type": "{SAID[0]}"}}'.encode(),
            SAID[1].encode(),
        ]
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {TOKEN}", "traceparent": f"00-{TRACE}-{'1' * 16}-01"}
    assert (await served.post(body, headers=headers))[0] == 202
    await served.alerts(1)
    # What failed became durable with the alert.
    stages = {letter.stage for letter in served.runtime.store.dead_letters()}
    assert stages >= {"rule", "engine"}
    monkeypatch.setattr(served.runtime.log, "append", fails)
    assert (await served.post(body, headers=headers))[0] == 429
    await serve.stop()
    text = capsys.readouterr().err
    found = {line["event"]: line for line in lines(text)}
    assert found.keys() >= {"rule_failed", "engine_failed", "event_set_aside", "append_failed"}
    assert not [said for said in SAID if said in text]
    # It is told what failed and where, and the request is found again by what its sender named.
    assert found["rule_failed"]["error"] == "ValueError"
    assert found["append_failed"]["exception"][0]["exc_type"] == "KeyError"
    assert found["append_failed"]["exception"][0]["frames"]
    assert found["append_failed"]["trace_id"] == TRACE


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer SECRET\rx\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nSEC RET: x\r\nSECRET\x00: 1\r\n\r\n",
        b"GET /api/v1/events/shop/SECRET\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[SECRET HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /" + b"SECRET" * 2_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + b"SECRET" * 2_000 + b"\r\n\r\n",
        b"GET / HTTP/SECRET\r\n\r\n",
        b"SECRET\r\n\r\n",
        b"POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer the token of the tests"
        b"\r\nTransfer-Encoding: chunked\r\n\r\nSECRET\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_quoted_neither_in_the_log_nor_in_the_answer(
    serve: Serve, capfd: pytest.CaptureFixture[str], request_: bytes
) -> None:
    configure("info")
    served = await serve()
    capfd.readouterr()
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(served.url).port)
        writer.write(request_)
        async with asyncio.timeout(PATIENCE_S):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        assert head.split()[1] == b"400", head
        assert b"Content-Type: application/problem+json" in head, head
        assert json.loads(body)["status"] == 400
        assert b"SECRET" not in body
    text = "".join(capfd.readouterr())
    assert "SECRET" not in text
    # Anybody can send many of them.
    [told] = lines(text)
    assert (told["event"], told["reason"]) == ("connections_refused", "unreadable")


def test_of_errors_those_words_are_written_that_quote_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = SAID[0]

    def told(error: BaseException, behind: BaseException | None = None) -> list[str]:
        try:
            fail(error, behind)
        except BaseException:
            structlog.get_logger("test").exception("failed")
            logging.getLogger("somebody").exception("failed")
        ours, theirs = lines(capsys.readouterr().err)
        words = [one["exc_value"] for one in ours["exception"]]
        assert words == [one["exc_value"] for one in theirs["exception"]]
        return words

    configure("info")
    assert told(StoreUnreachable("no server")) == ["no server"]
    assert told(OSError(28, "No space left on device")) == ["[Errno 28] No space left on device"]
    assert told(ValueError(said)) == [WITHHELD]
    assert told(NotAValue(said)) == [WITHHELD]
    assert told(StoreUnreachable("no server"), KeyError(said)) == ["no server", WITHHELD]
    for quoting in (BadStatusLine(said), InvalidURLError(said), LineTooLong(said.encode())):
        assert told(quoting) == [WITHHELD]
    noted = RuntimeError(said)
    noted.add_note(said)
    assert told(noted) == [WITHHELD]
    group = ExceptionGroup(said, [ValueError(said), OSError("gone")])
    assert said not in str(told(group))
    refused = sa.exc.IntegrityError("INSERT", {}, type("CheckViolation", (Exception,), {})(said))
    assert told(refused) == [WITHHELD]
    configure("debug")
    assert told(ValueError(said)) == [said]
    configure("info")


def test_a_line_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr("sys.stderr", io.TextIOWrapper(full, write_through=True))
        configure("info")
        structlog.get_logger("test").error("storage_fault", kind="full")
        logging.getLogger("somebody").error("storage_fault")


def test_lines_within_a_request_have_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    log = structlog.get_logger("test")
    log.info("before")
    with requested(f"00-{TRACE}-{'1' * 16}-01"):
        log.info("named")
        logging.getLogger("somebody").warning("named")
    with requested(None):
        log.info("begun", trace_id="own")
        log.info("begun")
    before, named, theirs, own, begun = lines(capsys.readouterr().err)
    assert "trace_id" not in before
    assert named["trace_id"] == theirs["trace_id"] == TRACE
    assert own["trace_id"] == "own"
    assert parse(f"00-{begun['trace_id']}-{'1' * 16}-01") is not None


def test_every_logger_writes_to_standard_error_before_logs_are_set_up() -> None:
    for package in (monitor, connectors):
        for path in Path(package.__path__[0]).rglob("*.py"):
            if path.name != "site_model.py":  # which asks first whether they were
                assert "get_logger(" not in path.read_text(encoding="utf-8"), path


def test_a_command_whose_store_faults_tells_it_beside_what_it_prints(tmp_path: Path) -> None:
    path = tmp_path / "livewatch.db"
    store = Store.open(path)
    letters = [
        DeadLetter(
            stage="ingest", source="http", reason="no JSON", data=b"%4d" % number * 500,
            first_at=BASE_MS, last_at=BASE_MS,
        )
        for number in range(300)
    ]  # fmt: skip
    store.bury(letters).result(PATIENCE_S)
    store.close()
    damage(path, "dead_letters")
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "deadletters", "list", "--data", str(tmp_path), "--json"],
        capture_output=True, timeout=PATIENCE_S, check=False, cwd=tmp_path, text=True,
    )  # fmt: skip
    assert "storage_fault" in done.stderr
    assert "storage_fault" not in done.stdout
    assert done.stdout == "" or json.loads(done.stdout)


def test_json_of_a_command_stands_alone_where_its_packs_have_something_to_tell(
    tmp_path: Path,
) -> None:
    program = (
        "import sys, json\n"
        "from connectors.logger import logger\n"
        "logger().warning('suppression_expired', suppression='x')\n"
        "print(json.dumps({'answer': 1}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        timeout=PATIENCE_S,
        check=True,
        text=True,
    )
    assert json.loads(done.stdout) == {"answer": 1}
    assert "suppression_expired" in done.stderr
