"""Who is behind a room: shown or not, the same everywhere or not."""
# fmt: off

from __future__ import annotations

from typing import Any

from numbers_made_up import uscc
from sheet import Sheet, Step, again, card, event, gap, host, room, viewer, viewers

_CODE = uscc("91330106MA2B4C5D6")
_FIRM = {"name": "杭州拾穗电子商务有限公司", "uscc": _CODE, "address": "杭州市西湖区古墩路656号", "phone": "0571-80000000", "licence": "营业执照"}
_HALF_HOURLY = (-1790, 5, 1805, 3605)


def looks(*times_s: float, **fields: Any) -> tuple[Step, ...]:
    """The same display of the room, looked at again and again."""
    return tuple(room(t, **fields) for t in times_s)


# --- operator-undisclosed: observed absent in more than two checks --------------------------

r = Sheet("operator-undisclosed")
_TALK = (card(title="卫衣", category="clothing"), host(60, "卫衣有五个颜色"))
_OWN: dict[str, Any] = {"host_kind": "seller"}
r.yes("empty-fields", "name, code and address of the operator empty at four looks", *looks(*_HALF_HOURLY, operator={"name": "", "uscc": "", "address": "", "phone": ""}, **_OWN), *_TALK, level="lead")
r.yes("named-absent", "the operator is named as absent, four times", *looks(*_HALF_HOURLY, absent=["operator"], **_OWN), *_TALK, level="lead")
r.yes("empty-object", "nothing at all of an operator is shown, four times", *looks(*_HALF_HOURLY, operator={}, **_OWN), *_TALK, level="lead")
r.yes("seller-hidden", "an influencer's room never shows who sells", *looks(*_HALF_HOURLY, operator=_FIRM, seller={"name": "", "address": "", "phone": ""}, host_kind="influencer"), *_TALK, level="lead")
r.yes("seller-absent", "the actual seller is named as absent", *looks(*_HALF_HOURLY, 5405, operator=_FIRM, absent=["seller"], host_kind="influencer"), *_TALK, level="lead")
r.yes("no-contact", "the seller's name, but neither address nor contact", *looks(*_HALF_HOURLY, operator=_FIRM, seller={"name": "义乌某某百货", "address": "", "phone": ""}, host_kind="influencer"), *_TALK)
r.yes("code-only", "a company without its code", *looks(*_HALF_HOURLY, operator=_FIRM | {"uscc": ""}, **_OWN), *_TALK)
r.yes("vanishes", "shown at the start, gone at three looks afterwards", room(-1790, operator=_FIRM, **_OWN), *looks(5, 1805, 3605, 5405, operator={"name": "", "uscc": "", "address": "", "phone": ""}, **_OWN), *_TALK)
r.yes("unknown-between", "absent four times, not seen twice in between", *[room(t, operator={"name": "", "uscc": "", "address": "", "phone": ""}, **_OWN) if n % 3 != 1 else room(t, **_OWN) for n, t in enumerate((-1790, 5, 1805, 3605, 5405, 7205))], *_TALK)
r.yes("person", "a private person without address and contact", *looks(*_HALF_HOURLY, operator={"name": "陈小姐好物", "address": "", "phone": ""}, **_OWN), *_TALK)
r.yes("across-gap", "two looks before a break, two after it", *looks(-1790, 5, absent=["operator"], **_OWN), gap(100, 1500), *looks(1805, 3605, absent=["operator"], **_OWN), *_TALK, level="lead")
r.yes("asked", "viewers ask who sells; still nothing is shown", *looks(*_HALF_HOURLY, operator=_FIRM, seller={}, host_kind="influencer"), *_TALK, viewers(200, 60, "谁家发货啊", "店铺叫什么", "出了问题找谁"), host(420, "放心，有问题找客服"), level="lead")
r.yes("address-only", "address and phone hidden by the operator of an own shop", *looks(*_HALF_HOURLY, operator={"name": "杭州拾穗电子商务有限公司", "uscc": _CODE, "address": "", "phone": ""}, **_OWN), *_TALK)

r.no("shown", "all is shown", *looks(*_HALF_HOURLY, operator=_FIRM, seller=_FIRM, **_OWN), *_TALK)
r.no("unknown", "nobody looked at the page of the account", *looks(*_HALF_HOURLY, **_OWN), *_TALK)
r.no("loaded-late", "empty at the first look, there a few seconds later", room(-1790, operator={"name": "", "uscc": ""}, **_OWN), *looks(-1780, 5, 1805, operator=_FIRM, **_OWN), *_TALK)
r.no("two-looks", "empty twice, then shown", *looks(-1790, 5, operator={"name": "", "uscc": ""}, **_OWN), *looks(1805, 3605, operator=_FIRM, **_OWN), *_TALK)
r.no("one-load", "five captures within ten seconds of one loading page", *looks(-1790, -1788, -1786, -1784, -1782, operator={"name": "", "uscc": ""}, **_OWN), *looks(-1779, 5, 1805, operator=_FIRM, **_OWN), *_TALK)
r.no("farmer", "a farmer who need not register shows the substitute: address, contact, statement", *looks(*_HALF_HOURLY, operator={"name": "王大山", "uscc": "", "address": "汉源县九襄镇桃源村", "phone": "13900000000", "licence": "自产农副产品，依法无需办理登记"}, **_OWN), card(title="汉源花椒", category="fresh_produce"), host(60, "自己家种的"))
r.no("small-seller", "small and occasional, with the substitute information", *looks(*_HALF_HOURLY, operator={"name": "李小慧", "uscc": "", "address": "苏州市姑苏区平江路22号", "phone": "13700000000", "licence": "零星小额交易，依法无需办理登记"}, **_OWN), card(title="手作发夹", category="other"), host(60, "自己勾的"))
r.no("own-shop", "in an own shop the operator is the seller; no second entry is needed", *looks(*_HALF_HOURLY, operator=_FIRM, absent=["seller"], **_OWN), *_TALK)
r.no("partly-unknown", "the name is shown, of the rest nothing is known", *looks(*_HALF_HOURLY, operator={"name": "杭州拾穗电子商务有限公司"}, **_OWN), *_TALK)
r.no("delivered-again", "one look, delivered over and over", event("room", -1700, operator={"name": "", "uscc": ""}, host_kind="seller"), again(5), *looks(5, 1805, operator=_FIRM, **_OWN), *_TALK)
r.no("viewer", "viewers say that they find no name", *looks(*_HALF_HOURLY, **_OWN), *_TALK, viewers(60, 60, "找不到店铺名字", "没有写公司", "是谁卖的"))
r.no("two-of-six", "absent at two of six looks", *[room(t, operator=_FIRM if n in (0, 2, 4, 5) else {"name": "", "uscc": ""}, **_OWN) for n, t in enumerate((-1790, 5, 1805, 3605, 5405, 7205))], *_TALK)
r.no("seller-unknown", "an influencer's room; the seller was not looked at", *looks(*_HALF_HOURLY, operator=_FIRM, host_kind="influencer"), *_TALK)
r.no("no-licence-needed", "everything but a special licence, for clothes", *looks(*_HALF_HOURLY, operator=_FIRM | {"licence": ""}, seller=_FIRM | {"licence": ""}, **_OWN), *_TALK)

# --- seller-identity-mismatch ---------------------------------------------------------------

r = Sheet("seller-identity-mismatch")
_OTHER = {"name": "义乌市锦程贸易有限公司", "uscc": uscc("91330782MA29F8K3X"), "address": "义乌市稠江街道", "phone": "0579-80000000"}


def _bad(code: str) -> str:
    return code[:-1] + ("A" if code[-1] != "A" else "B")


r.yes("check", "the check character of the code is wrong", *looks(-1790, 5, 1805, operator=_FIRM | {"uscc": _bad(_CODE)}, **_OWN), *_TALK)
r.yes("short", "seventeen characters", *looks(-1790, 5, 1805, operator=_FIRM | {"uscc": _CODE[:-1]}, **_OWN), *_TALK)
r.yes("letters", "letters that a code never has", *looks(-1790, 5, 1805, operator=_FIRM | {"uscc": _CODE[:9] + "OIS" + _CODE[12:]}, **_OWN), *_TALK)
r.yes("long", "nineteen characters", *looks(-1790, 5, 1805, operator=_FIRM | {"uscc": _CODE + "3"}, **_OWN), *_TALK)
r.yes("two-codes", "an own room whose operator and seller have different codes", *looks(-1790, 5, 1805, operator=_FIRM, seller=_OTHER, **_OWN), *_TALK)
r.yes("one-name-two-codes", "one name under two codes", *looks(-1790, 5, 1805, operator=_FIRM, seller=_FIRM | {"uscc": _OTHER["uscc"]}, **_OWN), *_TALK)
r.yes("one-code-two-names", "one code under two firms' names", *looks(-1790, 5, 1805, operator=_FIRM, seller=_OTHER | {"uscc": _CODE}, host_kind="influencer"), *_TALK)
r.yes("changes", "another code under the same name half an hour later", room(-1790, operator=_FIRM, **_OWN), *looks(1805, 3605, operator=_FIRM | {"uscc": _OTHER["uscc"]}, **_OWN), *_TALK)
r.yes("shop-firm", "an own room, but the card's shop is another company", *looks(-1790, 5, 1805, operator=_FIRM, **_OWN), card(title="卫衣", shop="义乌市锦程贸易有限公司", category="clothing"), host(60, "自己家的货"))
r.yes("licence-code", "the licence shown bears another firm's code", *looks(-1790, 5, 1805, operator=_FIRM | {"licence": f"营业执照 统一社会信用代码 {_OTHER['uscc']}"}, **_OWN), *_TALK)
r.yes("seller-check", "the influencer's seller has an impossible code", *looks(-1790, 5, 1805, operator=_FIRM, seller=_OTHER | {"uscc": _bad(_OTHER["uscc"])}, host_kind="influencer"), *_TALK)
r.yes("swapped", "two neighbouring characters swapped", *looks(-1790, 5, 1805, operator=_FIRM | {"uscc": _CODE[:4] + _CODE[5] + _CODE[4] + _CODE[6:]}, **_OWN), *_TALK, viewer(80, "执照能看看吗", "x"))
r.yes("zeros", "a code of zeros", *looks(-1790, 5, 1805, operator=_FIRM | {"uscc": "911111111111111111"}, **_OWN), *_TALK)

r.no("right", "a right code, the same everywhere", *looks(-1790, 5, 1805, operator=_FIRM, seller=_FIRM, **_OWN), *_TALK)
r.no("unknown", "no code was seen", *looks(-1790, 5, 1805, operator={"name": "杭州拾穗电子商务有限公司"}, **_OWN), *_TALK)
r.no("influencer", "an influencer sells for another firm, as shown", *looks(-1790, 5, 1805, operator=_FIRM, seller=_OTHER, host_kind="influencer"), *_TALK)
r.no("shop-name", "a shop's trade name is no company name", *looks(-1790, 5, 1805, operator=_FIRM, seller=_FIRM, **_OWN), card(title="卫衣", shop="拾穗女装旗舰店", category="clothing"), host(60, "旗舰店"))
r.no("small-letters", "the same code in small letters and with spaces", *looks(-1790, 5, operator=_FIRM, **_OWN), room(1805, operator=_FIRM | {"uscc": f"{_CODE[:6]} {_CODE[6:].lower()}"}, **_OWN), *_TALK)
r.no("masked", "the display masks the middle of the code", *looks(-1790, 5, operator=_FIRM | {"uscc": _CODE[:4] + "**********" + _CODE[-4:]}, **_OWN), *_TALK)
r.no("brackets", "full-width and plain brackets in one name", *looks(-1790, 5, operator=_FIRM | {"name": "拾穗（杭州）电子商务有限公司"}, seller=_FIRM | {"name": "拾穗(杭州)电子商务有限公司"}, **_OWN), *_TALK)
r.no("empty", "not shown is another rule's matter", *looks(-1790, 5, 1805, operator=_FIRM | {"uscc": ""}, **_OWN), *_TALK)
r.no("kind-unknown", "two firms, and it is unknown whether the host sells its own goods", *looks(-1790, 5, 1805, operator=_FIRM, seller=_OTHER), *_TALK)
r.no("person", "a person who need not register has no code", *looks(-1790, 5, operator={"name": "王大山", "address": "汉源县九襄镇", "phone": "13900000000", "licence": "自产农副产品，依法无需办理登记"}, **_OWN), *_TALK)
r.no("viewer", "a viewer says that the names differ", *looks(-1790, 5, operator=_FIRM, **_OWN), *_TALK, viewer(70, "执照名字跟店铺对不上吧", "x"))
r.no("sellers-by-card", "an influencer's cards come from several shops", *looks(-1790, 5, operator=_FIRM, host_kind="influencer"), card(-60, sku="B", title="毛巾", shop="义乌市锦程贸易有限公司"), card(title="卫衣", shop="佛山衣禾制衣有限公司"), host(60, "下一家"))
r.no("moved", "a new address, the same code", room(-1790, operator=_FIRM, **_OWN), room(1805, operator=_FIRM | {"address": "杭州市余杭区文一西路969号"}, **_OWN), *_TALK)
r.no("sessions", "another seller in another broadcast of an influencer", *looks(-1790, 5, operator=_FIRM, seller=_FIRM, host_kind="influencer"), event("room", -90000, operator=_FIRM, seller=_OTHER, host_kind="influencer", session="y-1"), *_TALK)
