"""What is written in a room of Bilibili: by viewers, by the system, by the platform's inspectors."""

from __future__ import annotations

from connectors.decoders.bilibili_command import Command
from connectors.decoders.danmaku import DanmakuItem
from connectors.decoders.decoded import Role, chat_text
from detectors.events import Chat, Event

__all__ = ["enforcement", "said", "super_chat", "written"]

#: What the platform does to a room or a line, in the words of its own pages.
_ACTIONS = {"WARNING": "超管警告：", "CUT_OFF": "直播被切断："}


def said(command: Command) -> list[Event]:
    """A line of the web (DANMU_MSG): the array `info`, as danmaku files hold it, too."""
    info = command.fields.get("info")
    if not isinstance(info, list):
        return []
    item = DanmakuItem.of_info(info)
    return _chat(command, item.text, item.account, item.user, item.moderator, item.id, item.sent_ms)


def written(command: Command) -> list[Event]:
    """A line of the open platform (LIVE_OPEN_PLATFORM_DM)."""
    data = command.data
    message = data.id("msg_id")
    open_id = data.id("open_id")
    return _chat(
        command,
        data.text("msg") or "",
        f"open:{open_id}" if open_id else None,
        data.text("uname"),
        data.integer("is_admin") == 1,
        f"d-{message}" if message else None,
        data.millis("timestamp"),
    )


def super_chat(command: Command) -> list[Event]:
    """A paid line; what was paid for it has no place in the contract."""
    data = command.data
    message = data.id("message_id", "id")
    open_id = data.id("open_id")
    return _chat(
        command,
        data.text("message") or "",
        f"open:{open_id}" if open_id else data.id("uid"),
        data.text("uname") or data.text("user_info.uname"),
        False,
        f"sc-{message}" if message else None,
        data.millis("ts", "timestamp", "start_time"),
    )


def enforcement(command: Command) -> list[Event]:
    """What the platform itself writes into a room, and what it does there."""
    data = command.data
    if command.name == "RECALL_DANMU_MSG":
        target = data.id("target_id", "msg_id")
        text = f"平台撤回弹幕 {target}" if target else "平台撤回弹幕"
    else:
        said_text = command.fields.some_text("msg") or data.some_text("msg", "text")
        if said_text is None and command.name not in _ACTIONS:
            return []
        text = _ACTIONS.get(command.name, "") + (said_text or "")
    return [Chat(**command.common(), role="system", text=chat_text(text, "system"))]


def _chat(
    command: Command, text: str, account: str | None, user: str | None, moderator: bool,
    id_: str | None, sent_ms: int | None,
) -> list[Event]:  # fmt: skip
    if not text:
        return []
    host = command.recording.host
    role: Role = "host" if user and user == host else "viewer"
    return [
        Chat(
            **command.common(id_, sent_ms),
            user=command.recording.account(account) if account else None,
            # A moderator (房管) may be a fan or an employee: unknown, not the seller's side.
            role=None if moderator else role,
            text=chat_text(text, role),
        )
    ]
