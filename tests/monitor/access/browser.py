"""What a browser does, as far as a sign-in is concerned: cookies, forms, where it comes from."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from monitor.access.pace import Pace
from monitor.access.service import Access
from monitor.runtime import Runtime
from tests.patience import PATIENCE_S


class Answer:
    """An answer, read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def place(self) -> str:
        return self.headers.get("Location", "")


class Browser:
    """One browser, with its cookies."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []
        """`Set-Cookie` as they came."""
        self.headers: dict[str, str] = {}
        self._tls = tls

    def open(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        parts = urlsplit(self.url)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(
                parts.netloc, timeout=PATIENCE_S, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_S)
        sent = {"User-Agent": "tests", **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie") or []:
            self.set.append(line)
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return connection, response

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection, response = self.open(method, path, body, **headers)
        answer = Answer(response)
        connection.close()
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def form(self, page: str, path: str, values: dict[str, Any], **headers: str) -> Answer:
        """Fills in a form of a page and sends it."""
        token = re.search(r'name="token" value="([^"]+)"', self.get(page).text)
        return self.send(path, {"token": token[1] if token else "", **values}, **headers)

    def send(self, path: str, values: dict[str, Any], **headers: str) -> Answer:
        headers.setdefault("Origin", self.url)
        return self.ask(
            "POST", path, urlencode(values, doseq=True).encode(),
            Content_Type="application/x-www-form-urlencoded", **headers,
        )  # fmt: skip

    def post(self, path: str, value: object, **headers: str) -> Answer:
        """As the scripts of a page do."""
        headers.setdefault("Origin", self.url)
        headers.setdefault("Content_Type", "application/json")
        return self.ask("POST", path, msgspec.json.encode(value), **headers)

    def sign_in(self, name: str, password: str, after: str = "", **headers: str) -> Answer:
        values = {"name": name, "password": password, "next": after}
        return self.form("/sign-in", "/sign-in", values, **headers)


class Running:
    """A monitor that runs, and what the command line has of it."""

    def __init__(self, url: str, runtime: Runtime, access: Access, pace: Pace, token: str) -> None:
        self.url = url
        self.runtime = runtime
        self.access = access
        self.pace = pace
        self._token = token

    def send(self, events: bytes, alerts: int = 1) -> None:
        """Events, until there are so many alerts."""
        sent = Browser(self.url).ask(
            "POST", "/api/v1/events", events, Authorization=f"Bearer {self._token}"
        )
        assert sent.status == 202
        until = time.monotonic() + PATIENCE_S
        while len(self.runtime.store.list_alerts().items) < alerts:
            assert time.monotonic() < until
            time.sleep(0.05)

    @property
    def alert(self) -> str:
        return self.runtime.store.list_alerts().items[0].alert.id

    def bearer(self, name: str, *scopes: str) -> dict[str, str]:
        """Headers with a new token of somebody."""
        text, _ = self.access.make_token(name, "tests", scopes, 1, by="the tests")
        return {"Authorization": f"Bearer {text}"}
