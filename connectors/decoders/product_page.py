"""A page of a shop: the product that it shows and what it asks for it.

A frame is the page, with or without the head of the answer before it (`HTTP/1.1 200 OK`, as WARC
keeps it): of the head, `Content-Type` says the encoding, `Content-Location` the address, and
`Livewatch-Sku` the product's name, where the list of pages says one.
"""

from __future__ import annotations

from msgspec import Struct

from connectors.decoders.decoded import Decoded, Recording, digest, sha256, takes
from connectors.decoders.listing import MAX_SKU, Listing, card_and_price, note
from connectors.decoders.page_markup import Markup, markup_of
from connectors.decoders.page_offers import listing_of_open_graph, listings_of
from connectors.decoders.page_prices import Moment
from connectors.errors import DecodeError

__all__ = ["SKU_HEADER", "ProductPage"]

SKU_HEADER = "Livewatch-Sku"
#: Longest head of an answer, in bytes.
MAX_HEAD = 16 << 10
_KINDS = ("html", "xml", "text/plain")


class _Answer(Struct, frozen=True):
    body: bytes
    content_type: str | None = None
    address: str = ""
    sku: str | None = None


@takes("page")
class ProductPage:
    """Pages of products, one a frame."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """The product and its price; where there is none, a note says why."""
        out = Decoded()
        try:
            answer = _answer(frame)
            markup = markup_of(answer.body, answer.content_type, answer.address)
        except DecodeError as error:
            out.bad("page", error.reason, frame)
            return out
        except RecursionError:
            out.bad("page", "nested too deep", frame)
            return out
        for problem in markup.problems:
            _note(out, "markup that cannot be read", problem)
        listings = self._listings(markup, received_at, out)
        if not listings:
            _note(out, "page without a product", "no product in its markup")
            out.lack("product", "title")
            out.lack("product", "price")
        for number, listing in enumerate(listings):
            note(out, listing)
            sku = answer.sku if answer.sku is not None and len(listings) == 1 else listing.sku
            if answer.sku is not None and len(listings) > 1:
                _note(out, "page with several products", f"which of them is {answer.sku}?")
            self._tell(listing, sku, number, answer, received_at, out)
        return out

    def _listings(self, markup: Markup, at: int, out: Decoded) -> list[Listing]:
        moment = Moment(at, self._recording.zone)
        by_syntax: list[list[Listing]] = []
        for name, things in markup.syntaxes.items():
            if name == "Open Graph":
                one = next(
                    (each for thing in things if (each := listing_of_open_graph(thing))), None
                )
                found = [one] if one is not None else []
            else:
                found = listings_of(things, moment)
            if found:
                by_syntax.append(found)
        if not by_syntax:
            return []
        # The first that tells a price, else the first.
        chosen = next((each for each in by_syntax if any(one.asking for one in each)), by_syntax[0])
        if len(chosen) == 1:
            [listing] = chosen
            others = [each[0] for each in by_syntax if each is not chosen and len(each) == 1]
            asked = {one.asking.low_fen for one in (listing, *others) if one.asking is not None}
            if len(asked) > 1:
                # Which of them the page shows, nobody knows.
                listing.asking = listing.reference = None
                listing.notes.append(f"the page names several prices: {sorted(asked)} 分")
            for other in others:
                listing.notes += other.notes
                for name in ("sku", "title", "brand", "shop", "category", "status"):
                    if getattr(listing, name) is None:
                        setattr(listing, name, getattr(other, name))
        return chosen

    def _tell(
        self,
        listing: Listing,
        sku: str | None,
        number: int,
        answer: _Answer,
        at: int,
        out: Decoded,
    ) -> None:
        recording = self._recording
        raw = sha256(answer.body)
        # The page has no time of its own: seen twice, it is two observations.
        id_ = f"page-{digest(answer.address or raw, at, number, sku or '', raw)}"
        sku = sku or f"page-{digest(answer.address or raw, number)}"
        shared = {
            "platform": recording.platform,
            "room": _room(answer.address) or recording.room or "pages",
            "session": recording.session or "",
            "at": at,
            "seen": at,
            "raw": raw,
        }
        for event in card_and_price(listing, id_, sku, answer.address or None, shared):
            out.take(event, "page", answer.body)


def _answer(frame: bytes) -> _Answer:
    if not frame.startswith(b"HTTP/1."):
        return _page(_Answer(frame))
    head, found, body = frame[: MAX_HEAD + 4].partition(b"\r\n\r\n")
    if not found:
        raise DecodeError("the head of an answer without an end")
    body = frame[len(head) + 4 :]
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    kind = headers.get("content-type")
    if kind and not any(word in kind.lower() for word in _KINDS):
        raise DecodeError(f"no page: {kind[:80]}")
    return _page(
        _Answer(
            body,
            kind,
            headers.get("content-location", "")[:2_000],
            headers.get(SKU_HEADER.lower()) or None,
        )
    )


def _page(answer: _Answer) -> _Answer:
    if not answer.body.strip():
        raise DecodeError("an empty page")
    return answer


def _room(address: str) -> str:
    """The page is a room of its own: beside a live room's, its price would look like a rise."""
    place = address.partition("://")[2]
    return place if len(place) <= MAX_SKU else f"{place[:200]}-{digest(address)}"


def _note(out: Decoded, name: str, reason: str) -> None:
    out.skip(name)
    out.notes.append(reason)
