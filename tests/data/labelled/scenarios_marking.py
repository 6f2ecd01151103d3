"""Marked prices and gifts: what must be told beside the goods."""
# fmt: off

from __future__ import annotations

from typing import Any

from sheet import Sheet, Step, card, event, gap, host, price, viewer, viewers

_URL = "https://example.invalid/item"


def talk(from_s: float, until_s: float, *, sku: str | None = "A", every_s: float = 12) -> Step:
    """The host explains one product without a pause."""
    lines = ["这个料子你们摸一下", "五个颜色", "做工看一下线头", "平时穿上班穿都行", "你看这个走线", "袖口这里是收紧的", "大家看细节", "很百搭"]

    def run(s: Any) -> None:
        t, n = from_s, 0
        while t < until_s:
            s.say(t * 1000, lines[n % len(lines)], sku)
            t, n = t + every_s, n + 1

    return run


# --- price-unmarked -------------------------------------------------------------------------

r = Sheet("price-unmarked")
r.yes("no-price", "explained for two minutes with a link; the card is seen without a price", card(title="风衣 女", category="clothing", url=_URL, absent=["price"]), talk(0, 120), subject="A")
r.yes("no-name", "a card without a name", card(title="", category="clothing", url=_URL, price=9900), talk(0, 150), subject="A")
r.yes("no-unit", "a price per what? the unit is seen to be empty, for goods by weight", card(title="牛腩", category="fresh_produce", url=_URL, price=3990), price(5, 3990, unit=""), talk(0, 130), subject="A")
r.yes("ask-in-private", "“ask for the price in private”", card(title="翡翠手镯", category="jewellery", url=_URL, absent=["price"]), host(10, "价格私我"), talk(20, 200), viewers(60, 30, "多少钱", "价格呢", "怎么没标价"), subject="A")
r.yes("long-no-price", "ten minutes, in between other talk", card(title="实木餐桌", category="home", url=_URL, absent=["price"]), talk(0, 600, every_s=25), subject="A")
r.yes("second", "the second of two goods", card(-200, sku="B", title="毛巾", price=1990, url=_URL, category="home"), price(-199, 1990, sku="B", unit="条"), talk(-190, -60, sku="B"), card(title="浴巾", category="home", url=_URL, absent=["price"]), talk(0, 110), subject="A")
r.yes("neither", "neither name nor price", card(title="", url=_URL, absent=["price"]), talk(0, 100), subject="A")
r.yes("refreshed", "the card is shown five times, always without a price", *[card(n * 25 - 20, title="茶具 一套", category="home", url=_URL, absent=["price"]) for n in range(6)], talk(0, 140), subject="A")
r.yes("price-later", "a price after four minutes only", card(title="护肤套装", category="cosmetics", url=_URL, absent=["price"]), talk(0, 240), price(245, 29900, unit="套"), card(250, title="护肤套装", category="cosmetics", url=_URL, price=29900), subject="A")
r.yes("question-marks", "a price of question marks: asked to guess, link open", card(title="手机", category="electronics", url=_URL, absent=["price"]), host(10, "价格先不告诉你们，猜，链接可以点了"), talk(20, 160), subject="A")
r.yes("price-removed", "a price at first, taken off before the explanation", card(-300, title="羊绒衫", category="clothing", url=_URL, price=39900, status="listed"), card(-20, title="羊绒衫", category="clothing", url=_URL, absent=["price"]), event("price", -19, sku="A", kind="asking", absent=["price"]), talk(0, 130), subject="A")
r.yes("service", "a service without price or method", card(title="空调清洗 上门", category="service", url=_URL, absent=["price"]), host(5, "上门清洗"), talk(10, 150), subject="A")

r.no("marked", "name, price and unit", card(title="风衣 女", category="clothing", url=_URL, price=19900), price(0, 19900, unit="件"), talk(5, 200))
r.no("unknown", "the price was not seen", card(title="风衣 女", category="clothing", url=_URL), talk(0, 200))
r.no("teaser", "a teaser: no link yet", card(title="风衣 女 预告", category="clothing", status="listed", url="", absent=["price"]), host(0, "待会儿九点上这件"), talk(5, 150))
r.no("half-minute", "half a minute", card(title="风衣 女", category="clothing", url=_URL, absent=["price"]), talk(0, 30), card(36, title="毛巾", sku="B", category="home", url=_URL, price=1990), talk(40, 160, sku="B"))
r.no("price-in-time", "the price is put on the card after forty seconds", card(title="风衣 女", category="clothing", url=_URL, absent=["price"]), talk(0, 36), card(40, title="风衣 女", category="clothing", url=_URL, price=19900), talk(45, 200))
r.no("method", "a service priced by a method that is shown", card(title="旧房改造", category="service", url=_URL, absent=["price"], attrs={"计价方式": "按平方米，899元/㎡起，上门量房后报价"}), host(10, "按平方计价，八百九十九一平起"), talk(20, 160))
r.no("price-event", "the price is known from the shelf, the card was not asked", card(title="风衣 女", category="clothing", url=_URL), price(-10, 19900, unit="件"), talk(0, 200))
r.no("link-unknown", "whether there is a link was not seen", card(title="风衣 女", category="clothing", absent=["price"]), talk(0, 150))
r.no("removed", "taken down before the minute is over", card(title="风衣 女", category="clothing", url=_URL, absent=["price"]), talk(0, 30), event("product", 34, sku="A", status="removed"), talk(40, 150, sku=None))
r.no("gap", "nothing was watched for most of the time", card(title="风衣 女", category="clothing", url=_URL, absent=["price"]), talk(0, 20), gap(22, 300), price(305, 19900, unit="件"), talk(310, 360))
r.no("viewers-ask", "viewers ask; the price is on the card", card(title="风衣 女", category="clothing", url=_URL, price=19900), viewers(20, 20, "多少钱", "什么价", "没标价吗"), talk(0, 150))
r.no("listed-only", "on the list without a price, never explained", card(title="风衣 女", category="clothing", url=_URL, status="listed", absent=["price"]), card(-10, sku="B", title="毛巾", price=1990, url=_URL), talk(0, 150, sku="B"))
r.no("unit-unknown", "the unit was not seen", card(title="牛腩 2斤", category="fresh_produce", url=_URL, price=3990), price(5, 3990), talk(0, 150))
r.no("sold-out", "sold out: shown without price", card(title="风衣 女", category="clothing", url=_URL, status="sold_out", absent=["price"], stock=0), talk(0, 100, sku=None))

# --- gift-value -----------------------------------------------------------------------------

r = Sheet("gift-value")
_MAIN = card(title="洗衣液 3kg", category="home", price=4990, url=_URL)


def shelf(title: str, fen: int, t: float = -200, **fields: Any) -> tuple[Step, ...]:
    """The gift as the same shop sells it."""
    return (card(t, sku="G", title=title, price=fen, status="listed", **fields), price(t + 1, fen, sku="G"))


r.yes("serum", "a serum “worth 299” that the shop sells at 99", card(title="水乳套装", category="cosmetics", price=29900), *shelf("烟酰胺精华液 30ml", 9900, category="cosmetics"), host(60, "拍水乳送烟酰胺精华液一瓶，价值二百九十九的精华液"))
r.yes("pan", "a pan “worth 399” for 89.90", card(title="炒锅 32cm", category="home", price=19900), *shelf("奶锅 16cm", 8990, category="home"), host(60, "今天下单送奶锅一个，价值三百九十九元"))
r.yes("digits", "the value in digits, a little above the own price", card(title="牛奶", category="food", price=4990), *shelf("玻璃保鲜盒", 2500, category="home"), host(60, "再送一个价值39元的玻璃保鲜盒"))
r.yes("card-says", "the card states the value, the shelf another price", card(title="羽绒服", category="clothing", price=49900, attrs={"赠品": "羊毛围巾1条（价值198元）"}), *shelf("羊毛围巾", 4900, category="clothing"), host(60, "羽绒服配围巾"))
r.yes("no-name", "a gift without name", _MAIN, host(60, "拍了就送礼，送一份神秘礼物，送什么收到才知道"))
r.yes("no-number", "name without a number, and empty on the card", card(title="洗衣液 3kg", category="home", attrs={"赠品": "洗衣凝珠", "赠品数量": ""}), host(60, "送洗衣凝珠，送多少看仓库心情"))
r.yes("big-bag", "a bag of gifts, neither what nor how many", _MAIN, host(60, "下单还送超值大礼包，里面都是好东西，具体啥就不说了"))
r.yes("assistant", "the assistant states the value", card(title="电饭煲", category="electronics", price=29900), *shelf("硅胶铲套装", 1990, category="home"), host(60, "还送什么"), host(65, "送硅胶铲套装一套，价值一百二十八", speaker="assistant"))
r.yes("price-fell", "it cost 199 until last week; now the shop asks 69", card(title="跑步鞋", category="clothing", price=29900), price(-9 * 86400, 19900, sku="G"), *shelf("运动腰包", 6900, category="other"), host(60, "拍鞋送运动腰包一个，价值一百九十九"))
r.yes("after-talk", "the shelf price of the gift is seen after the words", card(title="面膜 20片", category="cosmetics", price=9900), host(60, "送一支价值八十八元的护手霜"), *shelf("护手霜 50g", 1900, t=300, category="cosmetics"), host(400, "护手霜一支价值八十八，别忘了"))
r.yes("transaction", "what buyers really pay for the gift is far less", card(title="枕头 一对", category="home", price=15900), *shelf("蚕丝眼罩", 5900, category="home"), price(-100, 2900, "transaction", sku="G"), host(60, "送蚕丝眼罩一个，价值一百二十九的"))
r.yes("twice", "two gifts, one of them overstated", card(title="护肤礼盒", category="cosmetics", price=39900), *shelf("化妆棉 200片", 990, category="cosmetics"), card(-150, sku="H", title="卸妆膏 60g", price=8900, status="listed"), price(-149, 8900, sku="H"), host(60, "送卸妆膏一盒，价值八十九"), host(75, "再送化妆棉一包，价值四十九"))

r.no("equal", "worth what the shop asks", card(title="水乳套装", category="cosmetics", price=29900), *shelf("精华液 30ml", 9900), host(60, "送精华液一瓶，价值九十九"))
r.no("less", "worth less than the shop asks", card(title="水乳套装", category="cosmetics"), *shelf("精华液 30ml", 12900), host(60, "送精华液一瓶，价值九十九"))
r.no("not-sold", "the shop does not sell the gift", card(title="炒锅", category="home"), host(60, "送锅铲一把，价值二十九"))
r.no("price-unknown", "the gift's own price was not seen", card(title="炒锅", category="home"), card(-200, sku="G", title="锅铲", status="listed"), host(60, "送锅铲一把，价值二十九"))
r.no("name-number", "name and number, no value", _MAIN, host(60, "拍一送一，送同款洗衣液一瓶"))
r.no("prize", "a prize by chance is no gift", _MAIN, host(60, "抽奖抽三位送大礼包，九点开奖"))
r.no("other-size", "the shop sells a small size, the gift is the large one", card(title="水乳套装", category="cosmetics"), *shelf("精华液 10ml", 3900), host(60, "送精华液三十毫升的正装一瓶，价值九十九"))
r.no("viewer", "a viewer puts a value on it", card(title="水乳套装"), *shelf("精华液 30ml", 9900), viewer(60, "送的精华液价值三百吧", "x"))
r.no("corrected", "a slip, corrected at once", card(title="水乳套装"), *shelf("精华液 30ml", 9900), host(60, "送精华液一瓶，价值二百九十九"), host(70, "说错了，价值九十九，就是店里卖的九十九"))
r.no("no-gift", "the host says that there is none", _MAIN, host(60, "没有赠品啊，价格已经到底了"))
r.no("main-goods", "the value of what is sold, not of a gift", card(title="翡翠吊坠", category="jewellery", price=99900), *shelf("首饰盒", 2900), host(60, "送首饰盒一个，吊坠有收藏价值"))
r.no("freight", "freight is given free", _MAIN, host(60, "送运费险，送货上门，包邮"))
r.no("details-on-card", "spoken short, name and number on the card", card(title="洗衣液 3kg", category="home", attrs={"赠品": "洗衣凝珠 10颗"}), host(60, "赠品在详情页写着，凝珠十颗"))
r.no("gap", "the gift was described in the break", _MAIN, gap(20, 120), host(130, "赠品刚才说过了啊"))
