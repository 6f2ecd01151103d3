"""Mappings of programs that relay a room of Douyin as JSON.

douyinLive writes Douyin's own messages as protobuf's JSON does: camelCase, 64-bit numbers as text,
what is 0 left out; beside them `live_status`. dycast writes a shape of its own, a list at a time.
`common.roomId` is another one for each broadcast. Ids are those of Douyin's messages, as in captured
frames, so that a room that is seen in both ways is counted once.
"""

from __future__ import annotations

from functools import cache

from connectors.decoders.decoded import Recording, takes
from connectors.decoders.relay import RelayFrames, read_mapping

__all__ = ["DOUYINLIVE", "DYCAST", "douyinlive", "dycast"]

_PASSED_OVER = """
passed_over = [
  "WebcastMemberMessage", "WebcastSocialMessage", "WebcastGiftMessage", "WebcastFansclubMessage",
  "WebcastEcomFansClubMessage", "WebcastEmojiChatMessage", "WebcastRoomRankMessage",
  "WebcastRanklistHourEntranceMessage", "WebcastInRoomBannerMessage", "WebcastRoomDataSyncMessage",
  "WebcastRoomStreamAdaptationMessage", "WebcastGiftSortMessage", "WebcastLightGiftMessage",
  "WebcastBarrageMessage", "WebcastCommonTextMessage", "WebcastUpdateFanTicketMessage",
  "CustomMessage", "system/live_status/ROOM_STATUS_UNKNOWN", "system/live_status/ROOM_NOT_FOUND",
]
"""

DOUYINLIVE = f"""
names = [["type", "event", "code"], ["method"], ["common.method"]]
id = ["common.msgId"]
at = ["eventTime", "updateTimestamp", "common.createTime"]
session = ["common.roomId"]
title = ["title"]
host = ["live_name", "livename"]
on_the_air = ["system/live_status/ROOM_ONLINE"]
ended = ["system/live_status/ROOM_ENDED"]
off_the_air = ["system/live_status/ROOM_OFFLINE", "system/live_status/ACCOUNT_OFFLINE_NO_ROOM"]
plain = ["pong"]
{_PASSED_OVER}
[[messages.WebcastChatMessage]]
event = "chat"
text = ["content"]
account = ["user.id", "user.idStr", "user.secUid"]
author = ["user.nickname", "user.nickName"]
role = "viewer"

[[messages.WebcastLikeMessage]]
event = "counter"
counter = "likes"
value = ["total"]

[[messages.WebcastRoomUserSeqMessage]]
event = "counter"
suffix = "-viewers"
counter = "viewers"
value = ["total", "popStr"]

[[messages.WebcastRoomUserSeqMessage]]
event = "counter"
suffix = "-visits"
counter = "visits"
value = ["totalUser", "totalUserStr"]

[[messages.WebcastRoomStatsMessage]]
event = "counter"
counter = "viewers"
when = {{ displayLong = ["在线", "人气"] }}
value = ["displayValue", "displayShort"]

[[messages.WebcastRoomStatsMessage]]
event = "counter"
counter = "visits"
when = {{ displayLong = ["观看", "看过", "人次"] }}
value = ["displayValue", "displayShort"]

[[messages.WebcastControlMessage]]
event = "chat"
suffix = "-notice"
role = "system"
text = ["tips", "extra.violationReason.defaultPattern", "extra.content.defaultPattern", "extra.title.defaultPattern"]

[[messages.WebcastControlMessage]]
event = "ended"
when = {{ action = ["3"] }}

[[messages.WebcastLiveShoppingMessage]]
event = "product"
suffix = "-card"
sku = ["promotionId"]
title = ["updatedProductInfo.title"]
fen = ["updatedProductInfo.price"]
sold_out = ["soldOut"]

[[messages.WebcastLiveShoppingMessage]]
event = "price"
suffix = "-price"
sku = ["promotionId"]
fen = ["updatedProductInfo.price"]

[[messages.WebcastLiveShoppingMessage]]
event = "price"
suffix = "-coupon"
kind = "coupon"
sku = ["promotionId"]
fen = ["updateSkuInfo.couponPrice"]

[[messages.WebcastProductChangeMessage]]
event = "chat"
suffix = "-notice"
role = "system"
text = ["updateToast"]
"""

DYCAST = f"""
names = [["method"]]
id = ["id"]
at = []
{_PASSED_OVER}
[[messages.WebcastChatMessage]]
event = "chat"
text = ["content"]
account = ["user.id"]
author = ["user.name"]
role = "viewer"

[[messages.WebcastLikeMessage]]
event = "counter"
counter = "likes"
value = ["room.likeCount"]

[[messages.WebcastRoomUserSeqMessage]]
event = "counter"
suffix = "-viewers"
counter = "viewers"
value = ["room.audienceCount"]

[[messages.WebcastRoomUserSeqMessage]]
event = "counter"
suffix = "-visits"
counter = "visits"
value = ["room.totalUserCount"]

[[messages.WebcastRoomStatsMessage]]
event = "counter"
counter = "viewers"
value = ["room.audienceCount"]

[[messages.WebcastControlMessage]]
event = "chat"
suffix = "-notice"
role = "system"
text = ["content"]

[[messages.WebcastControlMessage]]
event = "ended"
when = {{ "room.status" = ["3"] }}
"""


#: Read once for all rooms.
_mapping = cache(read_mapping)


@takes("line")
def douyinlive(recording: Recording) -> RelayFrames:
    """The decoder for douyinLive."""
    return RelayFrames(recording, _mapping(DOUYINLIVE))


@takes("line")
def dycast(recording: Recording) -> RelayFrames:
    """The decoder for dycast."""
    return RelayFrames(recording, _mapping(DYCAST))
