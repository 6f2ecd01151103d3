"""Is a viewer's line a complaint, and about what?

Questions, worries, praise and talk about other shops use the same words. A line counts when it
tells of something that happened to whoever writes it, or says that a complaint is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from detectors.text.lexicon import Hit

__all__ = ["KINDS", "kind_of"]

#: Kinds of complaints as the 12315 desk sorts them, the most telling first.
KINDS = {
    "complain": "要投诉举报",
    "harm": "食用或使用后不适",
    "fake": "反映假货",
    "cheat": "反映受骗",
    "refund": "反映不退款、不退货",
    "delivery": "反映不发货",
    "different": "反映货不对板",
    "spoiled": "反映质量问题",
    "service": "反映客服不理",
}

_ASKED = re.compile(
    r"[吗么嘛][?？。!！~ ]*$|[?？]\s*$|会不会|是不是|有没有|能不能|可不可以|可以不|不会(?!给?退|发货)|"
    "怕|担心|万一|如果|要是|假如|什么时候|几天|多久|怎么(?:投诉|举报|退)|哪里(?:投诉|举报)|不是.{1,6}吧|不会.{1,6}吧"
)
_DENIED = re.compile(
    "(?:不是|没有|没|不用|不要|不会|别|从来没|从没|从不|绝对不|绝不|哪有|不可能|无需|未|不存在|不怕)[^,，。!！]{0,4}$"
)
_ELSEWHERE = re.compile(
    "别家|别人家|隔壁|其他(?:家|店|主播|直播间)|别的(?:店|主播|直播间|家)|某宝|某东|上一家|前一家|那家|另一家|以前那|人家|新闻|电视|网上|同行"
)
#: What was only seen, heard or read is nobody's own complaint.
_HEARSAY = re.compile(
    "刚才|好多人|有人(?:说|投诉|举报)|听说|看到有|都在(?:说|投诉)|黑粉|带节奏|恶意"
)
#: Words of one's own case, which a mild word needs.
_OWN = re.compile(
    r"我(?!想|要买|也要|能|可以|买单|看看|问)|上次|上回|之前|买了|买的|收到|到手|到货|拿到|打开|吃了|用了|穿了|洗了|"
    r"[一二两三四五六七八九十半几\d]+(?:多|几)?(?:天|周|个月|个?星期|个?礼拜|次|遍)|一直|都(?:没|不)|就是不|还不|催|凭什么|订单|别买|大家|千万"
)
#: Kinds whose words stand by themselves.
_PLAIN = frozenset({"complain", "fake", "cheat", "refund", "service"})
_LATE = re.compile(
    r"[一二两三四五六七八九十半几\d]+(?:多|几)?(?:天|周|个月|个?星期|个?礼拜)|一直|就是不|催了|都不|又不|到现在|至今|不理|投诉|骗|退款|别买"
)


def kind_of(text: str, hits: Sequence[Hit]) -> str | None:
    """The kind of complaint that a line is; ``None``: it is none.

    Args:
        hits: words of the groups `viewer.<kind>[.…]`; places in `text`.
    """
    asked = _ASKED.search(text) is not None
    if _ELSEWHERE.search(text) or _HEARSAY.search(text):
        return None
    found: set[str] = set()
    for hit in hits:
        kind = hit.group.split(".")[1]
        if kind not in KINDS or _DENIED.search(text[max(0, hit.start - 8) : hit.start]):
            continue
        if asked and not (kind == "complain" and "12315" in hit.term and _OWN.search(text)):
            continue
        if kind == "delivery":
            # “还没发货” alone asks when; too late is a complaint.
            if not (hit.group.endswith(".never") or _LATE.search(text)):
                continue
        elif kind not in _PLAIN and not _OWN.search(text):
            continue
        found.add(kind)
    return next((kind for kind in KINDS if kind in found), None)
