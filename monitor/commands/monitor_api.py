"""The API of a running monitor, as the commands call it."""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import msgspec

from monitor.commands.exits import Exit
from monitor.config import load_config
from monitor.errors import ConfigError, LivewatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monitor.config import Config

__all__ = ["MonitorApi", "NoAnswer", "Refused", "configured"]

#: How long the monitor may take, s, and how much of its answer is read, bytes.
PATIENCE_S = 10.0
ANSWER_BYTES = 64 << 20


class NoAnswer(LivewatchError):
    """No monitor answers at the address."""


class Refused(LivewatchError):
    """The monitor answers, and refuses; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    @property
    def of_all(self) -> bool:
        """Would anything else be refused as well, since the token is none that the monitor knows?"""
        return self.status == 401


class MonitorApi:
    """One monitor."""

    def __init__(self, url: str | None, settings: Config) -> None:
        """
        Args:
            url: its address; ``None``: as the configuration says, on this machine.
        """
        server = settings.server
        host = f"[{server.host}]" if ":" in server.host else server.host
        scheme = "http" if server.tls_cert is None else "https"
        self.url = (url or f"{scheme}://{host}:{server.port}").rstrip("/")
        self._certificate = server.tls_cert if url is None else None
        self._token = _token(os.environ)

    @property
    def shows_token(self) -> bool:
        """Does the environment name a token?"""
        return bool(self._token)

    def get(self, path: str) -> Any:
        """What it answers to a GET, decoded."""
        return self._ask(path, None)

    def post(self, path: str, body: object) -> Any:
        """What it answers to a POST."""
        return self._ask(path, msgspec.json.encode(body))

    def _ask(self, path: str, body: bytes | None) -> Any:
        """Raises:
        NoAnswer: nobody is there, or it is no monitor.
        Refused: with its status and what it says.
        """
        if not self.url.startswith(("http://", "https://")):
            raise NoAnswer(f"{self.url} is no address of a monitor (http:// or https://)")
        headers: Mapping[str, str] = {"Content-Type": "application/json"} if body else {}
        if self._token:
            headers = {**headers, "Authorization": f"Bearer {self._token}"}
        request = Request(self.url + path, data=body, headers=dict(headers))  # noqa: S310  checked above
        try:
            # It is near, or at an address that was given: no proxy of the environment between.
            opener = build_opener(ProxyHandler({}), HTTPSHandler(context=self.tls()))
            with opener.open(request, timeout=PATIENCE_S) as answer:
                return msgspec.json.decode(answer.read(ANSWER_BYTES))
        except HTTPError as error:
            said = _said(error.read(1 << 16)) or f"HTTP {error.code}"
            if error.code == 401:
                said += " (LIVEWATCH_API_TOKEN_FILE or LIVEWATCH_API_TOKEN; livewatch users token)"
            raise Refused(error.code, said) from None
        except msgspec.DecodeError:
            raise NoAnswer(f"what answers at {self.url} is no monitor") from None
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise NoAnswer(f"no monitor answers at {self.url}: {reason}") from None

    def tls(self) -> ssl.SSLContext:
        """Whom it is trusted by, where it has a certificate."""
        context = ssl.create_default_context()
        if self._certificate is not None:
            # Ours, on this machine: it is known by itself, whatever names stand in it.
            context.load_verify_locations(self._certificate)
            context.check_hostname = False
        return context


def _token(environment: Mapping[str, str]) -> str | None:
    """The token of the environment, or of the file that it names.

    Raises:
        ConfigError: the file cannot be read.
    """
    file = environment.get("LIVEWATCH_API_TOKEN_FILE")
    if not file:
        return environment.get("LIVEWATCH_API_TOKEN")
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise ConfigError(f"LIVEWATCH_API_TOKEN_FILE: cannot read {file}: {reason}") from error


def _said(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    return str(found.get("detail") or found.get("title") or "") if isinstance(found, dict) else ""


def configured(command: str, config: Path | None, work: Callable[[Config], Exit]) -> Exit:
    """Does what a command has to with the configuration; what hinders it is told in its name."""
    try:
        return work(load_config(config, os.environ))
    except ConfigError as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except NoAnswer as error:
        print(f"livewatch {command}: {error}", file=sys.stderr)
        return Exit.UNREACHABLE
    except Refused as error:
        print(f"livewatch {command}: {error}", file=sys.stderr)
        # Too many requests, and what is the monitor's own fault: later it may be answered.
        theirs = error.status >= 500 or error.status in (408, 429)
        return Exit.UNREACHABLE if theirs else Exit.USAGE
