"""Text that was recognised on the screen, as the card of one product with its prices.

A picture is used where it can be read in one way only: one price, and a title next above it. Who
shows several goods at once, or a price without goods, is passed over: which price is whose would be
a guess, and a guess would accuse. What the words of the trade stand in is a banner and no title: it
stays while the goods change. Goods on the screen have no number, so that their `sku` is made
of their title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from connectors.decoders.decoded import Decoded, Recording, digest, sha256, takes
from connectors.errors import NotAValue
from connectors.numbers import Amount, parse_amount
from detectors.events import Price, Product

__all__ = ["Screen", "ScreenLine", "ScreenPicture"]

Kind = Literal["asking", "coupon", "deposit", "reference"]

#: Below, a line counts as not read.
SURE = 0.9
#: Characters of Chinese that a title has at least.
SHORTEST_TITLE = 5
#: Longest line that is looked at, in characters.
MAX_LINE = 200

_LABELS: dict[str, Kind] = {
    **dict.fromkeys(("到手价", "到手", "券后价", "券后", "领券价"), "coupon"),
    **dict.fromkeys(("直播价", "直播间价", "秒杀价", "活动价", "特价", "现价", "售价"), "asking"),
    **dict.fromkeys(
        ("原价", "划线价", "专柜价", "市场价", "吊牌价", "门店价", "日常价", "建议零售价"),
        "reference",
    ),
    **dict.fromkeys(("定金", "预付定金"), "deposit"),
}  # fmt: skip
_LABEL = "|".join(sorted(_LABELS, key=len, reverse=True))
_NUMBER = r"\d{1,9}(?:,\d{3})*(?:\.\d{1,2})?(?![\d.])"
_PRICE = re.compile(
    rf"(?:(?P<before>{_LABEL})[:：]?)?(?P<amount>(?P<sign>[¥￥?？])?{_NUMBER}"
    rf"(?:[-~至][¥￥?？]?{_NUMBER})?(?P<yuan>元)?起?)(?P<after>{_LABEL})?"
)
_CJK = r"\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
_SPACE = re.compile(rf"(?<=[{_CJK}¥￥?？])\s{{1,8}}|\s{{1,8}}(?=[{_CJK}])")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ATTRIBUTE = re.compile(
    r"(厂名|厂址|产地|生产日期|保质期|生产许可证|合格证|执行标准|批准文号|材质|净含量|规格|警示语)[:：]"
)


_BANNER = re.compile(
    "价|优惠|福利|直播|欢迎|限时|秒杀|关注|专场|活动|下单|包邮|开抢|抢购|补贴|仅剩|库存|链接|满减|"
    "点击|小黄车|购物车|下播|开播|粉丝|主播|客服|发货|售后|赠|抽奖"
)


class ScreenLine(Struct, frozen=True, kw_only=True):
    """A line of text, in the order of the picture from top to bottom."""

    text: Annotated[str, Meta(max_length=20_000)]
    confidence: Annotated[float, Meta(ge=0, le=1)]
    top: int
    """Of its upper edge, in points of the picture."""


class ScreenPicture(Struct, frozen=True, kw_only=True):
    """What was read on one picture: the frame."""

    at: int
    """When it was shown, ms since the epoch."""
    lines: list[ScreenLine]
    model: str
    """Name and version of what read it."""


class _Shown(Struct, frozen=True):
    kind: Kind
    label: str | None
    amount: Amount


_decoder = msgspec.json.Decoder(ScreenPicture)


@takes("picture", "line")
class Screen:
    """Each frame is a picture as JSON; what stays on the screen is told once."""

    def __init__(self, recording: Recording) -> None:
        self._about = recording
        self._last: object = None

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """The card on the picture."""
        out = Decoded()
        try:
            picture = _decoder.decode(frame)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            out.bad("picture", f"no picture of text: {error}", frame)
            return out
        lines = sorted(
            (
                ScreenLine(text=clean, confidence=line.confidence, top=line.top)
                for line in picture.lines
                if line.confidence >= SURE
                and (clean := _SPACE.sub("", " ".join(line.text.split())))
                and len(clean) <= MAX_LINE
            ),
            key=lambda line: line.top,
        )
        shown = [(line, each) for line in lines for each in _prices(line.text)]
        if not shown:
            out.skip("picture without a price")
            return out
        first = shown[0][0].top
        above = [line for line in lines if line.top < first and _is_title(line.text)]
        title = above[-1] if above else None
        prices = {each.kind: each for _, each in shown}
        if title is None:
            out.skip("picture with a price of unknown goods")
        elif len(prices) < len({(each.kind, each.amount.low_fen) for _, each in shown}):
            out.skip("picture with several prices")
        else:
            self._card(picture, frame, received_at, title, lines, prices, out)
        return out

    def _card(
        self,
        picture: ScreenPicture,
        frame: bytes,
        received_at: int,
        title: ScreenLine,
        lines: list[ScreenLine],
        prices: dict[Kind, _Shown],
        out: Decoded,
    ) -> None:
        attributes = {name: value for line in lines for name, value in _attributes(line.text)}
        card = (title.text, prices, attributes)
        if card == self._last:
            out.skip("picture that says the same")
            return
        self._last = card
        sku = f"screen-{digest(title.text)[:16]}"
        reference, asking = prices.get("reference"), prices.get("asking")
        common = {
            "platform": self._about.platform, "room": self._about.room,
            "session": self._about.session or "", "at": picture.at, "seen": received_at,
            "raw": sha256(frame), "sku": sku,
            "reference_price": reference.amount.low_fen if reference else None,
            "reference_label": reference.label if reference else None,
        }  # fmt: skip
        out.take(
            Product(
                id=f"p-{digest('screen', picture.at, title.text)}",
                title=title.text,
                attributes=attributes or None,
                status="explaining",
                price=asking.amount.low_fen if asking else None,
                **common,  # type: ignore[arg-type]
            ),
            "picture",
            frame,
        )
        for kind, each in prices.items():
            if kind == "reference":
                continue
            out.take(
                Price(
                    id=f"p-{digest('screen', picture.at, title.text, kind)}",
                    kind=kind,
                    price=each.amount.low_fen,
                    conditions=None if each.amount.exact else [each.amount.text],
                    **common,  # type: ignore[arg-type]
                ),
                "picture",
                frame,
            )


def _prices(text: str) -> Iterator[_Shown]:
    """The prices of a line: with a yen sign, or with a word that says which price it is."""
    for match in _PRICE.finditer(text):
        label = match["before"] or match["after"]
        sign = match["sign"]
        # “?” is a yen sign that was read badly, if anything else says that it is a price.
        if label is None and (sign is None or sign in "?？"):
            continue
        try:
            amount = parse_amount(match["amount"])
        except NotAValue:
            continue
        yield _Shown(_LABELS[label] if label else "asking", label, amount)


def _is_title(text: str) -> bool:
    return (
        len(_HAN.findall(text)) >= SHORTEST_TITLE
        and _ATTRIBUTE.search(text) is None
        and _BANNER.search(text) is None
    )


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    found = list(_ATTRIBUTE.finditer(text))
    for match, after in zip_longest(found, found[1:]):
        value = text[match.end() : after.start() if after else None].strip(" ，,;；")
        if value:
            yield match[1], value
