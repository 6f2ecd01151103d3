"""钉钉 group bots: https://open.dingtalk.com/document/orgapp/custom-robot-access.

A bot takes 20 messages a minute; whoever sends more is muted for ten minutes. A bot wants a signature,
a keyword, or an address of ours on its list.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from monitor.notify.channels.channel import read_secret
from monitor.notify.errors import NotDelivered
from monitor.notify.pace import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.notify.channels.channel import Http, Outgoing
    from monitor.notify.settings import DingTalkChannel

__all__ = ["DingTalk"]

#: Too often (130101; 660026 of newer bots), with a mute of ten minutes.
TOO_OFTEN = (130101, 660026)
MUTED_S = 605.0


class DingTalk:
    """One bot."""

    limits = (Limit(18, 61.0),)
    text_bytes = 15_000
    batch = 1

    def __init__(self, settings: DingTalkChannel, http: Http, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        # The keyword goes in front, and has to fit.
        self.text_bytes = 15_000 - len(settings.keyword.encode())

    async def send(self, message: Outgoing) -> None:
        """As text, signed where the bot has a secret."""
        settings = self._settings
        url = read_secret(settings.url_file)
        if settings.secret_file is not None:
            url += signature(read_secret(settings.secret_file), self._clock())
        text = message.text
        if settings.keyword and settings.keyword not in text:
            text = f"{settings.keyword} {text}"
        answer = await self._http.ask_bot(url, {"msgtype": "text", "text": {"content": text}})
        code = answer.get("errcode", 0)
        if code:
            raise NotDelivered(
                f"errcode {code}: {str(answer.get('errmsg', ''))[:200]}",
                retry_after_s=MUTED_S if code in TOO_OFTEN else None,
            )


def signature(secret: str, now: int) -> str:
    """What is added to the address: HMAC-SHA256 of time and secret, with the secret as the key.

    >>> signature("SEC0", 1700000000000)
    '&timestamp=1700000000000&sign=grq97xXoTUjTHFvKaCG7ayUVYZj98Kc7erzY%2BP9gZxg%3D'
    """
    told = f"{now}\n{secret}".encode()
    mac = hmac.new(secret.encode(), told, hashlib.sha256).digest()
    return f"&timestamp={now}&sign={quote_plus(base64.b64encode(mac))}"
