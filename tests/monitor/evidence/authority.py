"""A time-stamp authority of the tests: openssl behind HTTP, well or badly behaved."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from monitor.config import Authority

CONFIG = """
[tsa]
default_tsa = local
[local]
dir = {dir}
serial = {dir}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
[ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


class LocalAuthority:
    """Keys and certificates in a folder; `mode` says how it answers."""

    def __init__(self, folder: Path, *, expired: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.mode = "granted"
        self.asked = 0
        (folder / "serial").write_text("01\n")
        for name, digests in (("good", "sha256, sha512"), ("picky", "sha1")):
            (folder / f"{name}.cnf").write_text(CONFIG.format(dir=folder, digests=digests))
        self._run(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=root of the tests", "-days", "3650",
        )  # fmt: skip
        self._run(
            "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr",
            "-subj", "/CN=authority of the tests",
        )  # fmt: skip
        # Expired: signed for no day at all, so that it has ended when a stamp is made.
        self._run(
            "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "tsa.pem",
            "-CAcreateserial", "-extfile", "good.cnf", "-extensions", "ext", "-days", "-1" if expired else "3650",
        )  # fmt: skip

    def _run(self, *arguments: str) -> bytes:
        done = subprocess.run(
            ["openssl", *arguments], cwd=self.folder, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    @property
    def roots(self) -> Path:
        return self.folder / "ca.pem"

    def reply(self, query: bytes) -> bytes:
        """What it answers."""
        self.asked += 1
        number = self.asked
        if self.mode == "wrong hash":
            (self.folder / "other").write_bytes(b"something else")
            self._run(
                "ts", "-query", "-data", "other", "-sha256", "-cert", "-out", f"q{number}.tsq"
            )
        else:
            (self.folder / f"q{number}.tsq").write_bytes(query)
        config = "picky.cnf" if self.mode == "refused" else "good.cnf"
        self._run(
            "ts", "-reply", "-config", config, "-queryfile", f"q{number}.tsq", "-signer", "tsa.pem",
            "-inkey", "tsa.key", "-out", f"r{number}.tsr",
        )  # fmt: skip
        return (self.folder / f"r{number}.tsr").read_bytes()

    @contextmanager
    def serving(self, *, timeout_s: float = 20, hash_: str = "sha256") -> Iterator[Authority]:
        """Answers on a port of its own."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                if authority.mode == "slow":
                    time.sleep(2)
                if authority.mode == "broken":
                    self.send_error(500)
                    return
                if authority.mode == "nonsense":
                    body = b"<html>please log in</html>"
                elif authority.mode == "endless":
                    body = b"\0" * 10**6
                else:
                    body = authority.reply(query)
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/timestamp-reply")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Authority(
                name="local", url=f"http://127.0.0.1:{server.server_port}/tsa",
                roots_file=str(self.roots), timeout_s=timeout_s, hash=hash_,
            )  # fmt: skip
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
