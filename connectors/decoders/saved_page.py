"""A page that somebody saved from the browser: the goods that its markup tells of.

The address stands in the comment that browsers write into it (`saved from url=(0021)https://…`).
Reading markup needs the extra `pages`.
"""

from __future__ import annotations

import re

from connectors.decoders.decoded import Decoded, Recording
from connectors.decoders.whole import Whole

__all__ = ["SavedPage", "page_frame", "tell_page", "tells_of_goods"]

_SAVED_FROM = re.compile(
    rb"<!--\s{0,9}saved from url=\(\d{1,6}\)(https?://[^\s<>\"]{1,2000})\s{0,9}-->"
)
MISSING = "reading a page needs: pip install 'livewatch[pages]'"
#: Where browsers write it: at the top of the page.
HEAD = 8 << 10
#: What a page has that says what it sells.
_MARKED_UP = re.compile(
    rb"application/ld\+json|\bitemscope\b|\btypeof\s*=|[\"'](?:og:type|product:price)",
    re.IGNORECASE,
)


class SavedPage(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def read(self, data: bytes, out: Decoded) -> None:
        saved = _SAVED_FROM.search(data, 0, HEAD)
        address = saved[1].decode("utf-8", "replace") if saved is not None else ""
        at = self.recording.start_ms
        if at is None:
            out.bad("page", "a page without a time: say --start", data)
        else:
            out.merge(tell_page(self.recording, page_frame(data, "text/html", address), at))


def tells_of_goods(page: bytes) -> bool:
    """May the markup of a page say what it sells? Most pages of a capture say nothing."""
    return _MARKED_UP.search(page) is not None


def page_frame(page: bytes, content_type: str, address: str) -> bytes:
    """A page with the head of an answer, as the decoder of product pages takes it."""
    clean = address.replace("\r", "").replace("\n", "")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Location: {clean}\r\n\r\n"
    return head.encode("utf-8", "replace") + page


def tell_page(recording: Recording, frame: bytes, at: int) -> Decoded:
    """The goods that a page tells of; says so where the extra that reads pages is missing."""
    try:
        from connectors.decoders.product_page import ProductPage
    except ImportError:
        out = Decoded()
        out.bad("page", MISSING, frame)
        return out
    return ProductPage(recording).feed(frame, at)
