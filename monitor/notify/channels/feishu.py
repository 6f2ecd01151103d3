"""飞书 group bots: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot.

A bot takes 100 messages a minute and 5 a second, a body 20 KB. At full and half hours everybody sends,
and it may answer 11232: then it is tried again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from monitor.notify.channels.channel import read_secret
from monitor.notify.errors import NotDelivered
from monitor.notify.pace import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.notify.channels.channel import Http, Outgoing
    from monitor.notify.settings import FeishuChannel

__all__ = ["Feishu"]

#: Too often; and the platform as a whole is busy.
TOO_OFTEN, BUSY = 9499, 11232


class Feishu:
    """One bot."""

    limits = (Limit(4, 1.1), Limit(90, 61.0))
    #: In JSON a quotation mark takes two bytes: half of the body may be such.
    text_bytes = 9_000
    batch = 1

    def __init__(self, settings: FeishuChannel, http: Http, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock

    async def send(self, message: Outgoing) -> None:
        """As text, signed where the bot has a secret."""
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": message.text}}
        if self._settings.secret_file is not None:
            now_s = self._clock() // 1_000
            body["timestamp"] = str(now_s)
            body["sign"] = signature(read_secret(self._settings.secret_file), now_s)
        answer = await self._http.ask_bot(read_secret(self._settings.url_file), body)
        code = answer.get("code", answer.get("StatusCode", 0))
        if code:
            raise NotDelivered(
                f"code {code}: {str(answer.get('msg', ''))[:200]}",
                retry_after_s={TOO_OFTEN: 61.0, BUSY: 30.0}.get(code),
            )


def signature(secret: str, now_s: int) -> str:
    """HMAC-SHA256 of nothing, with time and secret as the key.

    >>> signature("s", 1700000000)
    '+z1fiKH1w9xoRwSUZju5W5ZBj/d5cwS4H+5mTClDOl4='
    """
    key = f"{now_s}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
