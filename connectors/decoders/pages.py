"""JSON that a page was answered, read by what it holds, whatever its address.

Anywhere in the document, a list or object of a known name and a known shape is read; the rest is
passed over. So an answer that nests its data one level deeper next month is still read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.decoders import channels, merchant, taobao
from connectors.decoders.decoded import Decoded, Recording, digest, takes
from connectors.decoders.fields import Fields
from connectors.decoders.frame import Broadcast, Frame
from connectors.decoders.jsonvalue import loads
from connectors.decoders.listing import card_and_price, note
from connectors.decoders.page_offers import PRODUCTS, listings_of
from connectors.decoders.page_prices import Moment
from connectors.decoders.pytchat import PytchatJson
from connectors.decoders.things import plain_name, things_of
from connectors.decoders.wxlivespy import WxlivespyForward
from connectors.errors import Refused

__all__ = ["NOTHING_KNOWN", "PageAnswers", "holds_chat_of_youtube", "is_forwarded"]

#: Objects and lists of one document that are looked at.
MAX_NODES = 200_000
#: Under this name an answer about something else is counted.
NOTHING_KNOWN = "answer without anything known"
_SHAPES: dict[str, Callable[[Frame, Fields, str, str], bool]] = {
    "comment_infos": merchant.comment_infos,
    "commentList": merchant.comment_list,
    "promotions": merchant.promotions,
    "comments": taobao.comments,
    "timestampList": taobao.messages,
    "liveInfo": channels.live_info,
    "msgList": channels.messages,
    "appMsgList": channels.app_messages,
}


@takes("line", "file")
class PageAnswers:
    """Answers to pages about one room, one at a time."""

    def __init__(self, recording: Recording, broadcast: Broadcast | None = None) -> None:
        self.recording = recording
        self.broadcast = broadcast if broadcast is not None else Broadcast()

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """What is in one answer; nothing but a count where it is about something else."""
        seen = Frame(self.recording, frame, received_at, self.broadcast)
        document = loads(frame)
        if not isinstance(document, dict | list):
            seen.out.skip("answer that is no JSON")
        elif holds_chat_of_youtube(document):
            decoder = PytchatJson(self.recording)
            seen.out.merge(decoder.feed(frame))
            seen.out.merge(decoder.finish())
        elif is_forwarded(document):
            seen.out.merge(WxlivespyForward(self.recording).feed(frame, received_at))
        elif not _walk(seen, document):
            seen.out.skip(NOTHING_KNOWN)
        return seen.out


def holds_chat_of_youtube(document: object) -> bool:
    """True if this is an answer of YouTube's chat, which has its own decoder."""
    return isinstance(document, dict) and (
        "continuationContents" in document or "replayChatItemAction" in document
    )


def is_forwarded(document: object) -> bool:
    """True if wxlivespy forwarded this; it has its own decoder."""
    return isinstance(document, dict) and {"host_info", "live_info"} <= document.keys()


def _is_marked_up(value: object) -> bool:
    """True if this is schema.org data about goods, or a graph of such."""
    if not isinstance(value, dict):
        return False
    if isinstance(graph := value.get("@graph"), list | dict):
        return any(map(_is_of_goods, graph if isinstance(graph, list) else [graph]))
    return _is_of_goods(value)


def _is_of_goods(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    types = value.get("@type")
    names = {
        plain_name(name)
        for name in (types if isinstance(types, list) else [types])
        if isinstance(name, str)
    }
    return bool(PRODUCTS & names) or ("Offer" in names and "itemOffered" in value)


def _marked_up(frame: Frame, documents: list[Any], place: str) -> bool:
    """Adds the named goods of JSON-LD; true if there were any."""
    try:
        listings = listings_of(
            things_of(documents), Moment(frame.received_at, frame.recording.zone)
        )
    except Refused as error:
        frame.out.bad("frame", error.reason)
        return True
    named = [listing for listing in listings if listing.title]
    # Looked at once more with what is around it, or within: not counted again.
    nameless, key = len(listings) - len(named), ("product", "title")
    if nameless > frame.out.lacking[key]:
        frame.out.lacking[key] = nameless
    for number, listing in enumerate(named):
        note(frame.out, listing)
        sku = listing.sku or listing.url or f"name-{digest(listing.title)}"
        id_ = frame.observation(place, number)
        for event in card_and_price(listing, id_, sku, listing.url, frame.shared()):
            frame.take(event)
    return bool(named)


def _walk(frame: Frame, document: Any) -> bool:
    """Decodes every known shape in the document, breadth first; true if there was any."""
    found = False
    nodes: list[tuple[str, Any]] = [("", document)]
    shapes: list[tuple[str, str, Fields]] = []
    rooms: list[Fields] = []
    #: Lists and objects around the room, of which the first is the one that was entered.
    room_depth = -1
    orders: list[Fields] = []
    for place, value in nodes:
        if len(nodes) > MAX_NODES:
            frame.out.bad("frame", f"more than {MAX_NODES} objects: the rest is not looked at")
            break
        if isinstance(value, list):
            # Objects of one document may refer to each other.
            if any(map(_is_of_goods, value)) and _marked_up(frame, value, place):
                found = True
                continue
            members = [(f"{place}.{number}", member) for number, member in enumerate(value)]
        else:
            fields = Fields(value)
            if "room_cart" in value or "room_view_stats" in value:
                depth = place.count(".")
                if rooms and depth > room_depth:
                    # An answer about one room recommends others further inside.
                    frame.out.skip("room that is recommended beside this one")
                    continue
                rooms.append(fields)
                room_depth = depth
            if merchant.is_order(fields):
                orders.append(fields)
                continue
            if _is_marked_up(value) and _marked_up(frame, [value], place):
                found = True
                continue
            members = [(f"{place}.{name}", member) for name, member in value.items()]
            shapes += [(f"{place}.{name}", name, fields) for name in value if name in _SHAPES]
        nodes += [member for member in members if isinstance(member[1], dict | list)]
    if len(rooms) == 1:
        # What tells of the room itself may stand behind what is in it.
        found = merchant.room(frame, rooms[0]) or found
    elif rooms:
        frame.out.skip("list of rooms")
        found = True
    for fields in orders:
        merchant.order(frame, fields)
        found = True
    for place, name, fields in shapes:
        found = _SHAPES[name](frame, fields, name, place) or found
    return found
