"""Decodes browser captures of any platform, recognised by a frame's content, else by its host.

A host tells the platform's name; the decoder is chosen by shape, since the same host serves old
and new clients. All frames of one capture share what they have told of their room and broadcast,
so that a shelf that names neither belongs to the broadcast whose socket ran beside it.
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from connectors.decoders.bilibili import BilibiliFrames
from connectors.decoders.bilibili_packets import COMMAND, HEADER, make_packet
from connectors.decoders.decoded import Decoded, Recording, takes
from connectors.decoders.fields import Fields
from connectors.decoders.frame import NO_ROOM, Broadcast
from connectors.decoders.inflate import GZIP_MARK, inflate
from connectors.decoders.jsonvalue import loads
from connectors.decoders.kuaishou import KuaishouFrames, is_socket_message
from connectors.decoders.pages import (
    NOTHING_KNOWN,
    PageAnswers,
    holds_chat_of_youtube,
    is_forwarded,
)
from connectors.decoders.relay_mappings import douyinlive, dycast
from connectors.decoders.webcast import WebcastFrames, is_push_frame, is_response
from connectors.decoders.wire import parse
from connectors.decoders.xiaohongshu import XiaohongshuFrames, is_socket_json
from connectors.errors import DecodeError

__all__ = ["Captured", "platform_of_host", "platform_of_url"]

#: Platform by the end of a host's name.
_HOSTS = (
    ("douyin.com", "douyin"), ("jinritemai.com", "douyin"), ("amemv.com", "douyin"),
    ("douyincdn.com", "douyin"), ("snssdk.com", "douyin"), ("tiktok.com", "tiktok"),
    ("tiktokv.com", "tiktok"), ("kuaishou.com", "kuaishou"), ("gifshow.com", "kuaishou"),
    ("kwaixiaodian.com", "kuaishou"), ("bilibili.com", "bilibili"), ("bilivideo.com", "bilibili"),
    ("biliapi.com", "bilibili"), ("biliapi.net", "bilibili"), ("taobao.com", "taobao"),
    ("tmall.com", "taobao"), ("xiaohongshu.com", "xiaohongshu"), ("xhscdn.com", "xiaohongshu"),
    ("weixin.qq.com", "channels"), ("wechat.com", "channels"), ("youtube.com", "youtube"),
)  # fmt: skip

#: Versions and operations of Bilibili's packets.
_LAST_VERSION = 3
_OPERATIONS = frozenset({2, 3, 5, 7, 8})


#: Decoders of frames that never say which room they are from.
_NAMELESS = frozenset({"bilibili", "bilibili-command", "dycast", "relay"})


class _Frames(Protocol):
    def feed(self, frame: bytes, received_at: int) -> Decoded: ...


@takes("line", "bytes")
class Captured:
    """Frames and answers of one capture, each with the address that it came from if that is known.

    A recording with an empty platform takes the name from what is captured.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._broadcasts: dict[str, Broadcast] = {}
        self._decoders: dict[tuple[str, str], _Frames] = {}

    def feed(
        self, frame: bytes, received_at: int, url: str = "", *, answer: bool = False
    ) -> Decoded:
        """What is in one frame of a socket, or in one answer to a page.

        A page is answered much that is about something else; of a socket, every frame matters.
        """
        if frame.startswith(GZIP_MARK):
            # Recorded as it was sent.
            try:
                frame = inflate(frame)
            except DecodeError as error:
                out = Decoded()
                out.bad("frame", error.reason, frame)
                return out
        kind, platform = _recognised(frame)
        # So small a shape fits many answers by chance, and pages of Kuaishou are answered in JSON.
        if kind is None or (answer and kind == "kuaishou"):
            out = Decoded()
            if frame.strip() and answer:
                out.skip("answer of another kind")
            elif frame.strip():
                out.strange("frame", f"frame{f' of {_host(url)}' if _host(url) else ''}", frame)
            else:
                out.skip("frame without a body")
            return out
        if kind in _NAMELESS and not self.recording.room:
            out = Decoded()
            out.bad("frame", NO_ROOM, frame)
            return out
        if kind == "bilibili-command":
            # As it would have come in a frame.
            kind, frame = "bilibili", make_packet(COMMAND, frame)
        named = self.recording.platform or platform_of_host(_host(url)) or platform
        out = self._decoder(kind, named).feed(frame, received_at)
        if not answer and out.skipped.pop(NOTHING_KNOWN, 0):
            out.strange("frame", f"JSON of {named}", frame)
        return out

    def _decoder(self, kind: str, platform: str) -> _Frames:
        known = self._decoders.get((kind, platform))
        if known is not None:
            return known
        recording = msgspec.structs.replace(self.recording, platform=platform)
        broadcast = self._broadcasts.setdefault(platform, Broadcast())
        made: _Frames
        match kind:
            case "bilibili":
                made = BilibiliFrames(recording)
            case "relay":
                made = douyinlive(recording)
            case "dycast":
                made = dycast(recording)
            case "webcast":
                made = WebcastFrames(recording, broadcast)
            case "kuaishou":
                made = KuaishouFrames(recording, broadcast)
            case "xiaohongshu":
                made = XiaohongshuFrames(recording, broadcast)
            case _:
                made = PageAnswers(recording, broadcast)
        self._decoders[kind, platform] = made
        return made


def platform_of_host(host: str) -> str | None:
    """The platform that a host belongs to.

    >>> platform_of_host("webcast5-ws-web-lf.douyin.com"), platform_of_host("notdouyin.com")
    ('douyin', None)
    """
    for end, platform in _HOSTS:
        if host == end or host.endswith(f".{end}"):
            return platform
    return None


def platform_of_url(url: str) -> str | None:
    """The platform that an address belongs to."""
    return platform_of_host(_host(url))


def _recognised(frame: bytes) -> tuple[str | None, str]:
    """The decoder that a frame's shape calls for, and the platform that it tells."""
    if _is_bilibili(frame):
        return "bilibili", "bilibili"
    document = loads(frame) if frame.rstrip().endswith((b"}", b"]", b")", b");")) else None
    if isinstance(document, dict | list):
        if is_socket_json(document):
            return "xiaohongshu", "xiaohongshu"
        fields = Fields(document)
        if (fields.text("method", "common.method") or "").startswith("Webcast"):
            return "relay", "douyin"
        if fields.text("event") == "live_status":
            return "relay", "douyin"
        if _is_of_dycast(document):
            return "dycast", "douyin"
        if isinstance(fields.get("cmd"), str):
            return "bilibili-command", "bilibili"
        if holds_chat_of_youtube(document):
            return "pages", "youtube"
        return "pages", "channels" if is_forwarded(document) else "import"
    message = parse(frame)
    if is_push_frame(message) or is_response(message):
        return "webcast", "douyin"
    if is_socket_message(message):
        return "kuaishou", "kuaishou"
    return None, ""


def _is_of_dycast(document: object) -> bool:
    """Is this a list of messages as dycast relays them."""
    first = document[0] if isinstance(document, list) and document else None
    return (
        isinstance(first, dict) and "id" in first and str(first.get("method")).startswith("Webcast")
    )


def _is_bilibili(frame: bytes) -> bool:
    """Does it begin with a packet's header: its length, the header's, a version, an operation."""
    if len(frame) < HEADER.size:
        return False
    length, header_length, version, operation, _ = HEADER.unpack_from(frame)
    return (
        HEADER.size == header_length <= length <= len(frame) + HEADER.size
        and version <= _LAST_VERSION
        and operation in _OPERATIONS
    )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
