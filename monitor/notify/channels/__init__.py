"""The ways to people: one module each, made from their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.notify import settings
from monitor.notify.channels.alertmanager import Alertmanager
from monitor.notify.channels.channel import Channel, Http, Outgoing
from monitor.notify.channels.dingtalk import DingTalk
from monitor.notify.channels.feishu import Feishu
from monitor.notify.channels.mail import Mail
from monitor.notify.channels.webhook import Webhook
from monitor.notify.channels.wecom import WeCom

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Alertmanager", "Channel", "Http", "Outgoing", "channel_of"]


def channel_of(chosen: settings.Channel, http: Http, clock: Callable[[], int]) -> Channel:
    """The channel that a configuration describes.

    Args:
        clock: wall clock, ms: signatures and times of alerts go by it.
    """
    match chosen:
        case settings.WeComChannel():
            return WeCom(chosen, http)
        case settings.DingTalkChannel():
            return DingTalk(chosen, http, clock)
        case settings.FeishuChannel():
            return Feishu(chosen, http, clock)
        case settings.WebhookChannel():
            return Webhook(chosen, http, clock)
        case settings.AlertmanagerChannel():
            return Alertmanager(chosen, http, clock)
        case settings.MailChannel():
            return Mail(chosen)
