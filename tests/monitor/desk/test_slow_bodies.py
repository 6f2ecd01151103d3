"""A file that somebody sends to the desk and does not finish is not waited for without end."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.config import Config
from monitor.desk import captures, evidence
from tests.monitor.access.conftest import running
from tests.monitor.evidence.matter import picture
from tests.patience import PATIENCE_S

BEGUN = b"\r\n".join(
    [
        b'--x\r\nContent-Disposition: form-data; name="room"\r\n\r\ndemo:1',
        b'--x\r\nContent-Disposition: form-data; name="at"\r\n\r\n2026-09-01T12:00:00',
        b'--x\r\nContent-Disposition: form-data; name="who"\r\n\r\nx',
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n',
        picture()[:40],
    ]
)


def test_a_body_that_stops_is_answered_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (captures, evidence):
        monkeypatch.setattr(module, "PATIENCE_S", 0.2)
    with running(tmp_path / "data", Config()) as desk:
        for path, kind, begun in (
            ("/api/v1/bundles/check", "application/zip", b"PK\x03\x04"),
            ("/api/v1/captures", "multipart/form-data; boundary=x", BEGUN),
        ):
            connection = http.client.HTTPConnection(urlsplit(desk.url).netloc, timeout=PATIENCE_S)
            connection.putrequest("POST", path)
            connection.putheader("Content-Type", kind)
            connection.putheader("Content-Length", "100000")
            connection.putheader("Origin", desk.url)
            connection.endheaders(begun)
            answer = connection.getresponse()
            assert (answer.status, b"too-slow" in answer.read()) == (408, True), path
            connection.close()
        assert [one for one in (tmp_path / "data").rglob(".check-*") if one.is_file()] == []
