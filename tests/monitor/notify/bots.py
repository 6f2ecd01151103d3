"""Group bots that enforce what their makers document, by a clock that the test moves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web


class Bot:
    """One bot: counts within any minute, sizes, signatures. What breaks a rule is noted."""

    #: Messages and the seconds in which they may come.
    limits: tuple[tuple[int, float], ...] = ()

    def __init__(
        self, seconds: Callable[[], float], *, secret: str = "", keyword: str = ""
    ) -> None:
        self.seconds = seconds
        self.secret = secret
        self.keyword = keyword
        self.texts: list[str] = []
        self.broken: list[str] = []
        """Limits that were broken, in words."""
        self.failing: deque[Any] = deque()
        """Answers to give instead, each once: a status, or the body."""
        self._came: deque[float] = deque()

    async def answer(self, request: web.Request) -> web.Response:
        now = self.seconds()
        raw = await request.read()
        self._came.append(now)
        for count, span in self.limits:
            # 0.5 s either way: clocks of two machines, and what is on its way.
            within = sum(1 for at in self._came if at > now - span + 0.001)
            if within > count:
                self.broken.append(f"{within} messages within {span:g} s")
                return web.json_response(self.too_often())
        if self.failing:
            told = self.failing.popleft()
            if isinstance(told, int):
                return web.Response(status=told)
            return web.json_response(told)
        body = json.loads(raw)
        wrong = self.check(request, body, raw)
        if wrong is not None:
            self.broken.append(wrong)
            return web.json_response(self.refused(wrong))
        self.texts.append(self.text_of(body))
        return web.json_response(self.fine())

    def check(self, request: web.Request, body: dict[str, Any], raw: bytes) -> str | None:
        raise NotImplementedError

    def text_of(self, body: dict[str, Any]) -> str:
        text: str = body["text"]["content"]
        return text

    def fine(self) -> dict[str, Any]:
        return {"errcode": 0, "errmsg": "ok"}

    def refused(self, why: str) -> dict[str, Any]:
        return {"errcode": 40058, "errmsg": why}

    def too_often(self) -> dict[str, Any]:
        raise NotImplementedError


class WeComBot(Bot):
    limits = ((20, 60.0),)

    def check(self, request: web.Request, body: dict[str, Any], raw: bytes) -> str | None:
        if request.query.get("key") != "K":
            return "invalid webhook url"
        if set(body) != {"msgtype", "text"} or body["msgtype"] != "text":
            return "no text message"
        size = len(body["text"]["content"].encode())
        return f"{size} bytes of text" if size > 2_048 else None

    def too_often(self) -> dict[str, Any]:
        return {"errcode": 45009, "errmsg": "api freq out of limit"}


class DingTalkBot(Bot):
    limits = ((20, 60.0),)
    muted_until = 0.0

    async def answer(self, request: web.Request) -> web.Response:
        if self.seconds() < self.muted_until:
            self.broken.append("a message while muted")
            return web.json_response(self.too_often())
        return await super().answer(request)

    def check(self, request: web.Request, body: dict[str, Any], raw: bytes) -> str | None:
        if len(raw) > 20_000:
            return f"{len(raw)} bytes of body"
        if self.keyword and self.keyword not in body["text"]["content"]:
            return "keywords not in content"
        if self.secret:
            timestamp = request.query.get("timestamp", "")
            wanted = hmac.new(
                self.secret.encode(), f"{timestamp}\n{self.secret}".encode(), hashlib.sha256
            ).digest()
            # aiohttp has decoded the percent signs once.
            if base64.b64decode(request.query.get("sign", "")) != wanted:
                return f"sign not match {unquote_plus(request.query_string)}"
        return None

    def too_often(self) -> dict[str, Any]:
        self.muted_until = max(self.muted_until, self.seconds() + 600)
        return {"errcode": 130101, "errmsg": "send too fast"}


class FeishuBot(Bot):
    limits = ((100, 60.0), (5, 1.0))

    def check(self, request: web.Request, body: dict[str, Any], raw: bytes) -> str | None:
        if len(raw) > 20_480:
            return f"{len(raw)} bytes of body"
        if body.get("msg_type") != "text":
            return "no text message"
        if "<at" in body["content"]["text"]:
            return "it calls somebody"
        if self.secret:
            key = f"{body.get('timestamp')}\n{self.secret}".encode()
            wanted = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
            if body.get("sign") != wanted:
                return "sign match fail"
        return None

    def text_of(self, body: dict[str, Any]) -> str:
        text: str = body["content"]["text"]
        return text

    def fine(self) -> dict[str, Any]:
        return {"code": 0, "msg": "success"}

    def refused(self, why: str) -> dict[str, Any]:
        return {"code": 19024, "msg": why}

    def too_often(self) -> dict[str, Any]:
        return {"code": 9499, "msg": "too many request"}
