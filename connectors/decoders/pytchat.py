"""YouTube chat as pytchat and yt-dlp write it.

Taken are, as one document, a list of documents or a document a line: the platform's own
answers, live (``…liveChatContinuation.actions[].addChatItemAction``) and replay
(``…replayChatItemAction.actions[]`` with `videoOffsetTimeMsec`); yt-dlp's
``.live_chat.json`` (a replay action a line); and the items of pytchat's own output
(``{"id", "message", "timestamp", "author": {…}}``).

A message keeps the platform's id, so recordings that overlap give the same events; one that
has only its place in the video is known by that, and needs the start of the video. Tickers
repeat a paid message; stickers, memberships and the like have no text: they are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from connectors.decoders.decoded import Decoded, Occurrences, Role, chat_text, sha256
from connectors.decoders.whole import BAD_JSON, Whole, json_documents
from detectors.events import EARLIEST_MS, LATEST_MS, Chat

__all__ = ["PytchatJson"]

_ALWAYS_WITH_TEXT = "liveChatTextMessageRenderer"
_WITH_TEXT = (_ALWAYS_WITH_TEXT, "liveChatPaidMessageRenderer")
#: Items without a place in the contract, by the names that public clients know.
_ITEMS_PASSED_OVER = frozenset(
    f"liveChat{name}Renderer"
    for name in (
        "PaidSticker", "MembershipItem", "ViewerEngagementMessage", "PlaceholderItem",
        "SponsorshipsGiftPurchaseAnnouncement", "SponsorshipsGiftRedemptionAnnouncement",
        "ModeChangeMessage", "DonationAnnouncement", "PurchasedProductMessage",
        "AutoModMessage", "LegacyPaidMessage", "SponsorshipsHeader", "ModerationMessage",
        "TickerPaidMessageItem", "TickerPaidStickerItem", "TickerSponsorItem",
    )
)  # fmt: skip
#: Actions of the page that bring no message.
_ACTIONS_PASSED_OVER = frozenset(
    {
        "addLiveChatTickerItemAction", "markChatItemAsDeletedAction",
        "markChatItemsByAuthorAsDeletedAction", "replaceChatItemAction", "removeChatItemAction",
        "removeChatItemByAuthorAction", "addBannerToLiveChatCommand",
        "removeBannerForLiveChatCommand", "showLiveChatActionPanelAction",
        "closeLiveChatActionPanelAction", "updateLiveChatPollAction", "showLiveChatTooltipCommand",
        "showLiveChatDialogAction", "liveChatReportModerationStateCommand",
        "addToPlaylistCommand", "changeEngagementPanelVisibilityAction", "signalAction",
        "empty action",
    }
)  # fmt: skip


class _Continuation(Struct):
    actions: list[Raw] = []


class _Contents(Struct, rename="camel"):
    live_chat_continuation: _Continuation | None = None


class _Answer(Struct, rename="camel"):
    """An answer of the platform, an action, or an item of pytchat: the first field that is
    there decides. A field that is not there is empty bytes."""

    response: Raw = Raw()
    continuation_contents: _Contents | None = None
    replay_chat_item_action: Raw = Raw()
    add_chat_item_action: Raw = Raw()
    items: list[Raw] | None = None
    author: Raw = Raw()
    response_context: Raw = Raw()


class _Replay(Struct, rename="camel"):
    actions: list[Raw] = []
    video_offset_time_msec: str | int | None = None


class _Add(Struct):
    item: dict[str, Raw] = {}


class _Action(Struct, rename="camel"):
    replay_chat_item_action: _Replay | None = None
    add_chat_item_action: _Add | None = None


class _Run(Struct):
    text: str | None = None
    emoji: dict[str, Any] | None = None


class _Text(Struct, rename="camel"):
    runs: list[_Run] = []
    simple_text: str | None = None

    def __str__(self) -> str:
        if self.simple_text is not None:
            return self.simple_text
        return "".join(run.text if run.text is not None else _emoji(run.emoji) for run in self.runs)


class _Icon(Struct, rename="camel"):
    icon_type: str | None = None


class _Badge(Struct):
    icon: _Icon | None = None


class _BadgeHolder(Struct, rename="camel"):
    live_chat_author_badge_renderer: _Badge | None = None


class _Message(Struct, rename="camel"):
    """A text or paid message; what the viewer is called and looks like is not read."""

    id: str | None = None
    message: _Text | None = None
    timestamp_usec: str | int | None = None
    author_external_channel_id: str | None = None
    author_badges: list[_BadgeHolder] = []

    @property
    def badges(self) -> set[str | None]:
        holders = (holder.live_chat_author_badge_renderer for holder in self.author_badges)
        return {
            badge.icon.icon_type
            for badge in holders
            if badge is not None and badge.icon is not None
        }


class _Author(Struct, rename="camel"):
    channel_id: str | None = None
    is_chat_owner: bool | None = None
    is_chat_moderator: bool | None = None


class _Item(Struct):
    """An item of pytchat's own output."""

    id: str | None = None
    message: str | None = None
    timestamp: int | float | None = None
    author: _Author | None = None


_answer = msgspec.json.Decoder(_Answer)
_list = msgspec.json.Decoder(list[Raw])
_action = msgspec.json.Decoder(_Action)
_add = msgspec.json.Decoder(_Action)
_message = msgspec.json.Decoder(_Message)
_item = msgspec.json.Decoder(_Item)


class PytchatJson(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def read(self, data: bytes, out: Decoded) -> None:
        self._occurrences = Occurrences()
        for place, document in json_documents(data, out):
            self._document(document, place, out)

    def _document(self, document: bytes, place: str, out: Decoded, depth: int = 0) -> None:
        for number, piece in enumerate(_members(document), 1):
            at = f"{place} item {number}".strip() if piece is not document else place or "document"
            try:
                answer = _answer.decode(piece)
            except BAD_JSON as error:
                out.bad(at, str(error), piece)
                continue
            if answer.response and depth < 3:
                self._document(bytes(answer.response), at, out, depth + 1)
            elif answer.continuation_contents is not None:
                continuation = answer.continuation_contents.live_chat_continuation
                actions = continuation.actions if continuation is not None else []
                for index, action in enumerate(actions, 1):
                    self._action(bytes(action), f"{place} action {index}".strip(), out)
            elif answer.replay_chat_item_action or answer.add_chat_item_action:
                self._action(piece, at, out)
            elif answer.items is not None:
                for index, item in enumerate(answer.items, 1):
                    self._pytchat_item(bytes(item), f"{place} item {index}".strip(), out)
            elif answer.author:
                self._pytchat_item(piece, at, out)
            elif answer.response_context:
                out.skip("answer without messages")
            else:
                out.bad(at, "neither an answer of the platform nor an item of pytchat", piece)

    def _action(
        self, data: bytes, place: str, out: Decoded, offset_ms: int | None = None, depth: int = 0
    ) -> None:
        try:
            action = _action.decode(data)
        except BAD_JSON as error:
            out.bad(place, str(error), data)
            return
        if action.replay_chat_item_action is not None and depth == 0:
            replay = action.replay_chat_item_action
            offset = _integer(replay.video_offset_time_msec)
            for inner in replay.actions:
                self._action(bytes(inner), place, out, offset, depth=1)
        elif action.add_chat_item_action is not None:
            for name, renderer in action.add_chat_item_action.item.items():
                if name in _WITH_TEXT:
                    self._message(name, bytes(renderer), data, place, out, offset_ms)
                elif name in _ITEMS_PASSED_OVER:
                    out.skip(name)
                else:
                    out.strange(place, f"item {name}", data)
        elif (kind := _kind(data)) in _ACTIONS_PASSED_OVER:
            out.skip(kind)
        else:
            out.strange(place, f"action {kind}", data)

    def _message(
        self,
        name: str,
        renderer: bytes,
        data: bytes,
        place: str,
        out: Decoded,
        offset_ms: int | None,
    ) -> None:
        try:
            message = _message.decode(renderer)
        except BAD_JSON as error:
            out.bad(place, str(error), data)
            return
        text = str(message.message) if message.message is not None else ""
        if not text:
            out.skip(f"{name} without text")
            if name == _ALWAYS_WITH_TEXT:
                out.lack("chat", "text")
            return
        micros = _integer(message.timestamp_usec)
        at = micros // 1_000 if micros else None
        message_id = message.id
        if at is None and offset_ms is not None:
            # Only a place in the video: that is what tells one message from another.
            if self.recording.start_ms is None:
                out.bad(place, "only a time in the video: say --start", data)
                return
            at = self.recording.start_ms + offset_ms
            message_id = self._occurrences.id(
                "yt", message.id, offset_ms, message.author_external_channel_id, text
            )
        role: Role | None = "viewer"
        if "OWNER" in message.badges:
            role = "host"
        elif "MODERATOR" in message.badges:
            role = None  # a fan or an employee: unknown
        self._chat(message_id, at, message.author_external_channel_id, role, text, data, place, out)

    def _pytchat_item(self, data: bytes, place: str, out: Decoded) -> None:
        try:
            item = _item.decode(data)
        except BAD_JSON as error:
            out.bad(place, str(error), data)
            return
        if not item.message:
            out.skip("item without text")
            out.lack("chat", "text")
            return
        author = item.author or _Author()
        role: Role | None = "viewer"
        if author.is_chat_owner:
            role = "host"
        elif author.is_chat_moderator:
            role = None
        at = (
            int(item.timestamp)
            if item.timestamp is not None and abs(item.timestamp) <= LATEST_MS
            else None
        )
        self._chat(item.id, at, author.channel_id, role, item.message, data, place, out)

    def _chat(
        self, message_id: str | None, at: int | None, channel: str | None, role: Role | None, text: str,
        data: bytes, place: str, out: Decoded,
    ) -> None:  # fmt: skip
        recording = self.recording
        if at is None or at < EARLIEST_MS:
            out.bad(place, "a message without a time", data)
            return
        out.take(
            Chat(
                id=message_id or self._occurrences.id("yt", at, channel, text),
                platform=recording.platform,
                room=recording.room,
                session=recording.session or "",
                at=at,
                raw=sha256(data),
                user=recording.account(channel) if channel else None,
                role=role,
                text=chat_text(text, role),
            ),
            place,
            data,
        )


def _members(document: bytes) -> Iterator[bytes]:
    """The document itself, or the members of a list."""
    if document[:1] != b"[":
        yield document
        return
    for member in _list.decode(document):
        yield bytes(member)


def _kind(data: bytes) -> str:
    """The name of an action that is not known."""
    try:
        names = msgspec.json.decode(data, type=dict[str, Raw])
    except BAD_JSON:
        return "no action"
    return next((name for name in names if name != "clickTrackingParams"), "empty action")


def _emoji(emoji: dict[str, Any] | None) -> str:
    """The character, or the shortcut of a channel's own emoji (“:smile:”)."""
    if emoji is None:
        return ""
    shortcuts = emoji.get("shortcuts")
    if emoji.get("isCustomEmoji") and isinstance(shortcuts, list) and shortcuts:
        return str(shortcuts[0])
    return str(emoji.get("emojiId", ""))


def _integer(value: str | int | None) -> int | None:
    try:
        return int(str(value)[:20]) if value is not None else None
    except ValueError:
        return None
