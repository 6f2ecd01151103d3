"""A screenshot that a sender gives to `livewatch ingest`: at the desk, in custody, and in a bundle."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.signatures import new_secret, parse_secret, sign
from detectors.alerts import encode
from monitor.config import Config, Evidence
from monitor.evidence import bundle, report
from monitor.evidence.captures import Captures
from monitor.evidence.case import Request
from monitor.evidence.keeper import Keeper
from monitor.evidence.verify import verify
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.worker import wall_clock_ms
from monitor.runtime import DATABASE
from monitor.store.store import Store
from tests.deploy.tools import free_port
from tests.detectors.build import rulebook
from tests.monitor.build import BASE_MS, alert
from tests.monitor.evidence.matter import contents, picture
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import Process, send, until

pytestmark = [pytest.mark.kafka]

SECRET = new_secret(bytes(range(32)))
TOKEN = "a-secret-in-the-address"


def form(file: bytes, **fields: object) -> tuple[bytes, str]:
    """A form as browsers pack it, and its media type."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    return b"".join([*parts, head, file, b"\r\n--x--\r\n"]), "multipart/form-data; boundary=x"


def signed(body: bytes, type_: str) -> dict[str, str]:
    now_s = int(time.time())
    return {
        "Content-Type": type_, "webhook-id": "msg_1", "webhook-timestamp": str(now_s),
        "webhook-signature": sign(parse_secret(SECRET), "msg_1", now_s, body),
    }  # fmt: skip


def post(process: Process, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    status, answer = process.request("POST", f"/api/v1/captures{path}", body, **headers)
    return status, json.loads(answer)


def problems(process: Process) -> list[str]:
    """What `/healthz` says is wrong with the evidence."""
    return [one for one in process.health()["problems"] if "screenshots" in json.dumps(one)]


def configured(config: Config, folder: Path, name: str, desk: str | None) -> Path:
    (folder / name).mkdir()
    path = written(config, folder / name)
    with path.open("a") as file:
        file.write(
            f"[collection]\npseudonym_key_file = '{folder}/key'\n"
            f"[ingest]\ntoken_file = '{folder}/token'\n"
            + (f"captures_to = '{desk}'\n" if desk is not None else "")
            + "[ingest.senders.officer]\ndecoder = 'frames'\nloopback = true\n"
            f"secrets_file = '{folder}/secrets'\ntoken_file = '{folder}/address'\n"
        )
    return path


def test_a_screenshot_goes_through_ingestion_to_the_desk_and_into_a_bundle(
    make: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    config = make(partitions=2)
    for name, text in (("key", "k1:0123456789abcdef"), ("token", "secret"), ("secrets", SECRET),
                       ("address", TOKEN)):  # fmt: skip
        (tmp_path / name).write_text(text + "\n")
    port = free_port()
    path = configured(config, tmp_path, "both", f"http://127.0.0.1:{port}")
    alone = configured(config, tmp_path, "alone", None)
    data = tmp_path / "desk"
    body, type_ = form(picture(), at=BASE_MS, url="https://live.douyin.com/1", room="1")
    headers = signed(body, type_)

    def desk(configuration: Path) -> Process:
        log = tmp_path / "desk.log"
        return Process("desk", configuration, log, "--data", str(data), "--port", str(port))

    ingest = Process("ingest", path, tmp_path / "ingest.log")
    try:
        # The desk is away: the sender keeps it and is told when to come back.
        status, answer = post(ingest, "/officer", body, headers)
        assert (status, answer["title"]) == (503, "come back later")
        assert problems(ingest)
        # A desk that was not told that ingestion hands screenshots on does not know the sender.
        process = desk(alone)
        assert post(ingest, "/officer", body, headers)[0] == 503
        assert "does not know the sender officer" in str(problems(ingest))
        assert 'requests_refused_total{reason="desk",status="503"} 2.0' in ingest.metrics()
        process.stop()
        process = desk(path)
        status, made = post(ingest, "/officer", body, headers)
        assert (status, made["new"], made["way"]) == (200, True, "sender:officer"), made
        assert made["sha256"] == hashlib.sha256(picture()).hexdigest()
        assert (made["platform"], made["room"], made["at"]) == ("douyin", "1", BASE_MS)
        assert problems(ingest) == []
        # Sent again, since its answer was lost, it is the one that is there.
        assert not post(ingest, "/officer", body, headers)[1]["new"]
        other, _ = form(picture(3), at=BASE_MS, url="https://live.douyin.com/1", room="1")
        assert post(ingest, f"/officer/{TOKEN}", other, {"Content-Type": type_})[1]["new"]
        # What the desk says of the file reaches the sender; what shows nobody does not reach the desk.
        for place, sent, more, wanted in (
            (
                "/officer",
                (bad := form(b"<svg/>", at=BASE_MS, room="1")[0]),
                signed(bad, type_),
                415,
            ),
            ("/officer", body.replace(b"room", b"moor"), headers, 401),
            ("/officer/another-secret-in-the-address", body, {"Content-Type": type_}, 401),
            ("/nobody", body, headers, 401),
            ("/officer", body, {"Content-Type": type_}, 403),
            ("", body, {"Content-Type": type_}, 404),
        ):
            assert post(ingest, place, sent, more)[0] == wanted, (place, wanted)
        # Bytes that were changed between ingestion and desk are not taken, whoever sent them.
        told = {"Content-Type": type_, "Content-Digest": "sha-256=:AAAA:"}
        assert post(process, f"/officer/{TOKEN}", other, told)[0] == 400
        one = alert("A", room="1", platform="douyin")
        topic = TopicNames.of(config.kafka.prefix).alerts
        send(config, [Message(topic, one.id.encode(), encode(one))])
        shown = f"/api/v1/alerts/{one.id}"
        until(lambda: process.request("GET", shown)[0] == 200, what="the alert")
    finally:
        ingest.stop()
        process.stop()
    assert TOKEN not in (tmp_path / "ingest.log").read_text()
    with closing(Store.open(data / DATABASE)) as store:
        folder = data / "evidence" / "captures"
        captures = Captures(store, folder, wall_clock_ms)
        assert [row.capture.who for row in captures.all()] == ["officer", "officer"]
        assert all(captures.file(row) is not None for row in captures.all())
        made_ = bundle.export(
            store, Keeper(store.database, data / "evidence" / "keys", Evidence()), rulebook(), config,
            Request(alerts=[one.id], who="何敏"), tmp_path / "out", wall_clock_ms(), captures=folder,
        )  # fmt: skip
    found = verify(Path(made_.path))
    assert (found.verdict, found.findings) == ("seal-untrusted", [])
    assert {picture(), picture(3)} <= set(contents(Path(made_.path)).values())
