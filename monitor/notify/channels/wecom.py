"""企业微信 group bots: https://developer.work.weixin.qq.com/document/path/91770.

A bot takes 20 messages a minute, a text 2,048 bytes. The address holds the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.notify.channels.channel import read_secret
from monitor.notify.errors import NotDelivered
from monitor.notify.pace import Limit

if TYPE_CHECKING:
    from monitor.notify.channels.channel import Http, Outgoing
    from monitor.notify.settings import WeComChannel

__all__ = ["WeCom"]

#: Too often: wait a whole window.
TOO_OFTEN = 45009


class WeCom:
    """One bot."""

    limits = (Limit(18, 61.0),)
    text_bytes = 2_048
    batch = 1

    def __init__(self, settings: WeComChannel, http: Http) -> None:
        self._settings = settings
        self._http = http

    async def send(self, message: Outgoing) -> None:
        """As text: nothing in it is a command, and everybody can read it."""
        url = read_secret(self._settings.url_file)
        answer = await self._http.ask_bot(
            url, {"msgtype": "text", "text": {"content": message.text}}
        )
        code = answer.get("errcode", 0)
        if code:
            raise NotDelivered(
                f"errcode {code}: {str(answer.get('errmsg', ''))[:200]}",
                retry_after_s=61.0 if code == TOO_OFTEN else None,
            )
