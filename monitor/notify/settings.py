"""`[notify]` of the configuration: channels, and which alerts go to which."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from detectors.alerts import Level
from detectors.events import Key
from monitor.bounds import Days

__all__ = [
    "AlertmanagerChannel",
    "Channel",
    "DingTalkChannel",
    "FeishuChannel",
    "MailChannel",
    "Notify",
    "Route",
    "WeComChannel",
    "WebhookChannel",
]

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Minutes = Annotated[float, Meta(gt=0, le=10_080)]
#: `22:00-07:30`, Beijing time; may go over midnight.
Hours = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]


class _Channel(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    quiet: Hours | None = None
    """Nothing is sent in these hours, Beijing time, but for levels of `always`: it waits."""
    always: tuple[Level, ...] = ("lead",)
    """Levels that are sent in quiet hours, too."""


class WeComChannel(_Channel, kw_only=True, frozen=True, tag="wecom"):
    """A group bot of 企业微信."""

    url_file: str
    """File with the bot's address; its key is a secret."""


class DingTalkChannel(_Channel, kw_only=True, frozen=True, tag="dingtalk"):
    """A group bot of 钉钉."""

    url_file: str
    secret_file: str | None = None
    """File with the secret of a bot that wants signatures (`SEC…`)."""
    keyword: str = ""
    """What the text has to hold, of a bot that wants a keyword."""


class FeishuChannel(_Channel, kw_only=True, frozen=True, tag="feishu"):
    """A group bot of 飞书."""

    url_file: str
    secret_file: str | None = None
    """File with the secret of a bot that wants signatures."""


class WebhookChannel(_Channel, kw_only=True, frozen=True, tag="webhook"):
    """Any program, by Standard Webhooks."""

    url: str
    secret_file: str
    """File of `whsec_…`, one a line: each signs, so that one can be changed for another."""


class AlertmanagerChannel(_Channel, kw_only=True, frozen=True, tag="alertmanager"):
    """Alertmanager, by its API version 2."""

    urls: Annotated[list[str], Meta(min_length=1)]
    """All replicas: each is told."""
    resend_s: Annotated[float, Meta(ge=1, le=600)] = 60.0
    """How often what holds is said again."""
    hold_min: Minutes = 60.0
    """After so long an alert ends there that nobody has handled."""


class MailChannel(_Channel, kw_only=True, frozen=True, tag="mail"):
    """E-mail."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)] = 465
    security: Annotated[str, Meta(pattern="^(tls|starttls|none)$")] = "tls"
    """`none` for a server on this machine only."""
    username: str | None = None
    password_file: str | None = None
    sender: str
    to: Annotated[list[str], Meta(min_length=1)]


Channel = (
    WeComChannel
    | DingTalkChannel
    | FeishuChannel
    | WebhookChannel
    | AlertmanagerChannel
    | MailChannel
)


class Route(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which alerts go to which channels; every route that fits is followed."""

    channels: Annotated[list[str], Meta(min_length=1)]
    levels: tuple[Level, ...] = ("lead",)
    rules: list[str] = []
    """By default all."""
    platforms: list[Key] = []
    territories: list[str] = []
    """Digits: administrative divisions (`3301` is 杭州市), by the 统一社会信用代码 of operator or
    seller; else words of their address. By default all."""
    escalate_min: Minutes | None = None
    """When nobody has acknowledged for so long, `escalate_to` is told."""
    escalate_to: list[str] = []


class Notify(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Telling people of alerts."""

    console: str = "http://127.0.0.1:8080"
    """Address of the console as those who are told reach it, for links."""
    max_age_min: Minutes = 60.0
    """Alerts whose latest hit is older are stored and not told: recordings, what comes late."""
    words: Annotated[str, Meta(pattern="^(brief|full)$")] = "full"
    """`brief`: title, place and link only; `full`: the reason, too, which quotes what was said."""
    give_up_h: Annotated[float, Meta(gt=0, le=720)] = 24.0
    """After so long a message that cannot be delivered is dead."""
    kept_days: Days = 30.0
    """How long it is kept who was told of what."""
    channels: dict[Name, Channel] = {}
    routes: list[Route] = []
