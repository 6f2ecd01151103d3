"""A monitor in a process of its own, and how a sender speaks to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests import copies
from tests.copies import SMALL
from tests.patience import PATIENCE_S

TOKEN = "T"


class Gone(ConnectionError):
    """The monitor did not answer; whether it has taken the events is not known."""


class MonitorProcess:
    """Starts at once and waits for the printed address."""

    def __init__(
        self,
        data: Path,
        *more: str,
        module: str = SMALL,
        token: str | None = TOKEN,
        environment: Mapping[str, str] | None = None,
        files: int | None = None,
        anew: bool = False,
    ) -> None:
        """
        Args:
            more: further arguments of `livewatch serve`.
            module: `SMALL`, or `SHIPPED` where the rules matter.
            token: of those who send events; ``None``: one that the monitor makes.
            files: how many the process may have open (`ulimit -n`).
            anew: started by the interpreter, as people do it, and no copy.
        """
        self.errors = data.parent / f"{data.name}.stderr"
        arguments = ["serve", "--data", str(data), "--port", "0", *more]
        if token is not None:
            arguments += ["--ingest-token", token]
        self.process = copies.start(
            module, arguments, errors=self.errors, environment=environment, files=files, anew=anew
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        if "http://" not in line:
            self.kill()
            raise AssertionError(f"no address but {line!r}; see {self.errors}")
        self.url = line[line.index("http://") :].strip().rstrip("/")

    def post(self, lines: Sequence[bytes], token: str = TOKEN) -> dict[str, Any]:
        """Sends events; raises `Gone` when there is no answer."""
        headers = {"Authorization": f"Bearer {token}"}
        status, body = self.request("POST", "/api/v1/events", b"\n".join(lines), headers)
        assert status == 202, body
        answer: dict[str, Any] = json.loads(body)
        return answer

    def get(self, path: str) -> Any:
        return json.loads(self.text(path))

    def text(self, path: str) -> str:
        status, body = self.request("GET", path)
        assert status == 200, body
        return body.decode()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """One request on a connection of its own; raises `Gone` when there is no answer."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Gone(str(error)) from error
        finally:
            connection.close()

    def resident_bytes(self) -> int:
        """Memory that the process holds now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def peak_bytes(self) -> int:
        """The most that it has held since `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024

    def forget_peak(self) -> None:
        """The peak counts from now on."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def metric(self, name: str) -> float:
        """The value of one series, with its labels as they are printed; 0 where there is none."""
        for line in self.text("/metrics").splitlines():
            if line.startswith(name + " "):
                return float(line.rpartition(" ")[2])
        return 0.0

    def kill(self) -> None:
        """As a power cut would: no time to say anything."""
        self.process.kill()
        self._end()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to end; returns its exit status."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)
        return self._end()

    def _end(self) -> int:
        status = self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status
