"""A real S3 server with Object Lock, Versity's gateway (Apache-2.0), in a process of its own."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from monitor.archive.s3 import S3Depot
from monitor.config import Archive
from tests.deploy.tools import free_port
from tests.patience import PATIENCE_S

ACCESS, SECRET = "livewatch", "a secret of the tests"
BUCKET = "archive"


def binary() -> str:
    """The server's program; skips the test where it is not installed (`make s3`)."""
    found = os.environ.get("LIVEWATCH_S3") or shutil.which(
        "versitygw", path=f"{os.environ.get('PATH', '')}:{Path.home() / 'go' / 'bin'}"
    )
    if found is None:
        pytest.skip("versitygw is not installed: make s3")
    return found


class Gateway:
    """The server over a folder; it can be stopped and come back."""

    def __init__(self, folder: Path) -> None:
        self._binary = binary()
        self.folder = folder
        for name in ("root", "versions"):
            (folder / name).mkdir(parents=True)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self.process = subprocess.Popen(
            [
                self._binary, "--port", f"127.0.0.1:{self.port}", "--access", ACCESS,
                "--secret", SECRET, "--quiet",
                "posix", "--versioning-dir", str(self.folder / "versions"), str(self.folder / "root"),
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            assert self.process.poll() is None, "the server ended"
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.1)
            else:
                return
            finally:
                connection.close()
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        """Ends it, as when the store is down."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def settings(self, **more: object) -> Archive:
        """The configuration of an archive in its bucket."""
        values = {
            "to": "s3", "endpoint": f"http://127.0.0.1:{self.port}", "bucket": BUCKET,
            "access_key": ACCESS, "secret_key": SECRET, "timeout_s": 30.0,
        }  # fmt: skip
        return Archive(**(values | more))  # type: ignore[arg-type]

    def bucket(self, name: str, *, lock: bool) -> None:
        """Makes a bucket, with Object Lock or without."""
        depot = S3Depot.of(self.settings(bucket=name))
        depot.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
