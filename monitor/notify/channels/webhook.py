"""Any program, by Standard Webhooks: https://www.standardwebhooks.com (version 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from connectors.errors import NotAValue
from connectors.signatures import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    parse_secrets,
    sign,
)
from monitor.notify.channels.channel import read_secret, retry_after
from monitor.notify.errors import Gone, NotDelivered

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.notify.channels.channel import Http, Outgoing
    from monitor.notify.pace import Limit
    from monitor.notify.settings import WebhookChannel

__all__ = ["Webhook"]


class Webhook:
    """One address."""

    limits: tuple[Limit, ...] = ()
    text_bytes = None
    batch = 1

    def __init__(self, settings: WebhookChannel, http: Http, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock

    async def send(self, message: Outgoing) -> None:
        """One alert, signed under each secret of the file."""
        try:
            secrets = parse_secrets(read_secret(self._settings.secret_file))
        except NotAValue as error:
            raise NotDelivered(f"{self._settings.secret_file}: {error}") from None
        [notice] = message.notices
        now = self._clock()
        body = msgspec.json.encode(
            {"type": f"alert.{message.kind}", "timestamp": now, "data": notice}
        )
        headers = {
            ID_HEADER: message.id,
            TIMESTAMP_HEADER: str(now // 1_000),
            SIGNATURE_HEADER: " ".join(
                sign(secret, message.id, now // 1_000, body) for secret in secrets
            ),
        }
        status, _, answered = await self._http.post(self._settings.url, body, headers)
        if status == 410:
            raise Gone("HTTP 410: nothing more is wanted there")
        if not 200 <= status < 300:
            raise NotDelivered(f"HTTP {status}", retry_after_s=retry_after(answered))
