"""Prizes: rules that are not told or change, prizes above the cap, draws that are none."""
# fmt: off

from __future__ import annotations

from typing import Any

from sheet import Sheet, Step, card, end, event, gap, host, viewer

# --- prize-unclear --------------------------------------------------------------------------


def draw(t_s: float, phase: str = "announced", prize: str = "P1", ends_s: float | None = -1, **fields: Any) -> Step:
    """A prize as displayed; by default everything that the law asks for is told."""
    told: dict[str, Any] = {}
    if phase == "announced":
        told = {"name": "保温杯 500ml", "value": 5900, "count": 3, "odds": "按参与人数随机抽取", "conditions": ["发送口令"], "passphrase": "好运来"}
    if ends_s == -1:
        ends_s = 900 if phase == "announced" else None
    told |= fields
    for gone in fields.get("absent", []):
        told.pop(gone, None)

    def run(s: Any) -> None:
        if ends_s is not None and "ends_at" not in fields.get("absent", []):
            told["ends_at"] = s.start + int(ends_s * 1000)
        s.add("prize", t_s * 1000, prize=prize, phase=phase, **{k: v for k, v in told.items() if v is not None})

    return run


r = Sheet("prize-unclear")
r.yes("no-count", "neither number nor odds are told", draw(30, absent=["count", "odds"]), host(60, "抽奖啊抽奖"))
r.yes("no-name", "what can be won is left empty", draw(30, name=""), host(60, "惊喜大奖等你"))
r.yes("no-end", "no time of the draw", draw(30, absent=["ends_at"]), host(60, "什么时候抽等通知"))
r.yes("no-conditions", "how one takes part is seen to be left out", draw(30, absent=["conditions"], passphrase=None), host(60, "参与方式一会儿说"))
r.yes("nothing-told", "only the word prize draw", draw(30, name="", absent=["count", "odds", "conditions", "ends_at", "value"], passphrase=None), host(60, "开个大的"))
r.yes("fewer", "ten become two after the start", draw(30, count=10), viewer(60, "好运来", "a1"), draw(400, "changed", count=2), host(410, "名额改成两个"))
r.yes("cheaper", "the prize becomes a cheaper one", draw(30, name="扫地机器人", value=199900), draw(500, "changed", name="鼠标垫", value=990), host(510, "奖品换一下啊"))
r.yes("condition-added", "a purchase becomes a condition after the start", draw(30), draw(300, "changed", conditions=["发送口令", "下单满199元"]), host(310, "想中奖的要先下一单"))
r.yes("earlier-end", "closed ten minutes before the time told", draw(30, ends_s=1800), draw(600, "changed", ends_s=660), host(605, "提前开了啊不等了"))
r.yes("by-mood", "number and prize depend on the host's mood", host(60, "家人们我们抽奖啊，送什么到时候看心情，抽几个也看我心情"), host(90, "反正就是抽，规则没有规则"), draw(100, name="", absent=["count", "odds"]))
r.yes("second-prize", "the second of two is not told", draw(30), draw(700, prize="P2", name="神秘大奖", absent=["count", "odds", "ends_at"], ends_s=None), host(710, "第二轮神秘大奖"))
r.yes("odds-down", "odds lowered after the start", draw(30, odds="1/50"), viewer(80, "好运来", "a2"), draw(420, "changed", odds="1/5000"))
r.yes("spoken-change", "the change is announced after people took part, without a reason", draw(30, name="手机 128G", value=399900, count=5), viewer(60, "好运来", "a3"), host(500, "刚才说抽五台手机，现在只抽一台了啊，其他改成优惠券"), draw(505, "changed", count=1))
r.yes("across-gap", "the change is seen after a break", draw(30, count=20), gap(100, 300), draw(310, "changed", count=5))

r.no("complete", "all is told", draw(30), host(60, "三个保温杯，九点准时抽"))
r.no("unknown", "number, odds and end were not seen", draw(30, count=None, odds=None, conditions=None, ends_s=None, value=None), host(60, "福袋点一下"))
r.no("more", "more prizes than first told", draw(30, count=3), draw(300, "changed", count=10), host(310, "人多，加到十个"))
r.no("dearer", "a better prize than first told", draw(30), draw(300, "changed", name="保温杯 500ml 加 茶叶礼盒", value=15900))
r.no("condition-dropped", "a condition is dropped", draw(30, conditions=["发送口令", "加入粉丝团"]), draw(300, "changed", conditions=["发送口令"]))
r.no("same-again", "shown again with the same values", draw(30), draw(300, "changed", name="保温杯 500ml", count=3, value=5900), draw(500, "changed", conditions=["发送口令"]))
r.no("other-prize", "a second prize of its own, not a change", draw(30, count=10), draw(600, prize="P2", count=1, name="四件套", value=19900, ends_s=1500))
r.no("gift", "a gift to every buyer is no draw", card(title="洗衣液"), host(60, "拍了的都送一瓶小样，人人都有，不用抽"))
r.no("change-unknown", "changed, but what was not seen", draw(30), draw(300, "changed", name="保温杯 500ml"))
r.no("drawn", "drawn as told", draw(30), draw(900, "drawn", name="保温杯 500ml", winners=["a1", "a2", "a3"]))
r.no("viewer", "a viewer finds it unclear", draw(30), viewer(60, "抽几个啊 规则不清楚", "x"), viewer(90, "什么时候开", "y"))
r.no("odds-only", "no number, but odds", draw(30, absent=["count"], odds="1%"), host(60, "每人百分之一的概率，九点截止"))
r.no("count-only", "no odds, but the number", draw(30, absent=["odds"]))
r.no("swap-better", "sold out, replaced by one of higher value with the reason said", draw(30), host(290, "蓝色保温杯仓库少了，给大家换成更贵的焖烧杯"), draw(300, "changed", name="焖烧杯 800ml", value=12900))
r.no("value-absent", "a prize without money's worth on display, else complete", draw(30, absent=["value"]))

# --- prize-over-cap -------------------------------------------------------------------------

r = Sheet("prize-over-cap")
r.yes("one-fen", "a hundredth of a yuan above 50,000", draw(30, name="黄金吊坠", value=5_000_001, count=1), level="lead")
r.yes("car", "a car of 129,800", draw(30, name="新能源汽车一辆", value=12_980_000, count=1), host(60, "终极大奖是一辆车"), level="lead")
r.yes("cash", "66,666 in cash", draw(30, name="现金红包66666元", value=6_666_600, count=1), level="lead")
r.yes("spoken-car", "a car, by word with its price and by chance", host(60, "今晚抽一辆小汽车，落地价十二万八千块，幸运观众一位直接开走"), host(70, "扣1参与抽奖"))
r.yes("use", "the use of a car for years is valued too", draw(30, name="豪华SUV五年使用权", value=8_000_000, count=1))
r.yes("raised", "the top prize is raised above the cap", draw(30, name="金条20克", value=1_500_000, count=1), draw(600, "changed", name="金条100克", value=7_600_000))
r.yes("free-order", "an order paid by the house, up to 88,000", draw(30, name="全场免单大奖（最高88000元）", value=8_800_000, count=1), host(60, "抽一个人免单"))
r.yes("name-only", "the value stands in the name alone", draw(30, name="价值6万元欧洲双人游", value=None, count=1), host(60, "欧洲游抽奖"))
r.yes("spoken-cash", "a hundred thousand in cash, by lot", host(60, "整点抽奖，一等奖现金十万元，就抽一个人"), draw(80, name="一等奖", value=None, count=1))
r.yes("top-of-three", "the first of three grades is above", draw(30, prize="G3", name="三等奖 雨伞", value=2900, count=100), draw(31, prize="G2", name="二等奖 手机", value=499_900, count=3), draw(32, prize="G1", name="一等奖 钻戒", value=5_880_000, count=1), level="lead")
r.yes("jade", "market value told by the host, price on display lower", draw(30, name="翡翠手镯", value=None, count=1), host(50, "这个手镯市场价九万八，免费抽奖抽走一只"))
r.yes("two-cars", "two cars, each above", draw(30, name="小轿车", value=7_990_000, count=2), viewer(60, "好运来", "a1"), draw(900, "drawn", winners=["a5", "a8"]), level="lead")
r.yes("house", "living in a flat for ten years, by word", host(60, "抽奖送海景公寓十年居住权，价值三十万，抽一位幸运家人"))

r.no("exact", "exactly 50,000", draw(30, name="金条", value=5_000_000, count=1))
r.no("ten-of-9999", "ten of 9,999 each", draw(30, name="手机", value=999_900, count=10), host(60, "十台手机，总价值快十万"))
r.no("pool", "a pool of 200,000 in prizes of 1,000", draw(30, name="购物卡1000元", value=100_000, count=200), host(60, "总奖池二十万，两百份，每份一千"))
r.no("gift-no-chance", "a gift to each buyer has no cap", card(title="整装套餐 200平", category="service"), host(60, "签约整装的每一户都送价值六万的家电，不抽奖，户户都有"))
r.no("unknown-value", "the value is unknown", draw(30, name="神秘好礼", value=None, count=1))
r.no("model", "a model of a car", draw(30, name="1:18 合金汽车模型", value=39_900, count=1), host(60, "抽一辆小汽车，模型啊模型"))
r.no("points", "points are no yuan", draw(30, name="100000积分", value=10_000, count=1), host(60, "抽十万积分，一百块钱"))
r.no("denied", "the host says why there is none", host(60, "有人问抽不抽车，不抽啊，国家规定抽奖最高不能超过五万，我们抽的都是日用品"), draw(80))
r.no("equipment", "a dear thing that is no prize", host(60, "我这台摄像机价值十二万，今天抽奖抽的是保温杯"), draw(80))
r.no("viewer", "viewers ask for a car", draw(30), viewer(60, "抽辆车吧 二十万那种", "x"))
r.no("coupon", "a coupon with a high limit", draw(30, name="满减券", value=20_000, count=50), host(60, "抽两百块的券"))
r.no("not-drawn-goods", "goods sold above 50,000", card(title="翡翠手镯", category="jewellery", price=8_800_000), host(60, "这只八万八，喜欢的拍"), draw(80))
r.no("last-year", "what was drawn elsewhere", host(60, "去年有个综艺抽了一套房，我们没那么大手笔，抽十个保温杯"), draw(80, count=10))

# --- prize-rigged ---------------------------------------------------------------------------

r = Sheet("prize-rigged")
_PLAY: tuple[Step, ...] = tuple(viewer(60 + 9 * n, "好运来", f"p{n}") for n in range(12))
r.yes("assistant-wins", "the winner has written as the room's assistant", viewer(-200, "欢迎家人们，拍了的去催一下发货", "hk", role="assistant"), draw(30, count=1), *_PLAY, draw(900, "drawn", winners=["hk"]))
r.yes("host-wins", "one of three winners is the host's own account", viewer(-100, "大家晚上好", "zb1", role="host"), draw(30), *_PLAY, draw(900, "drawn", winners=["p3", "zb1", "p7"]))
r.yes("role-later", "the winner turns out to be the assistant afterwards", draw(30, count=1), *_PLAY, draw(900, "drawn", winners=["xq"]), viewer(1000, "恭喜，下一轮马上开始", "xq", role="assistant"))
r.yes("thrice", "one account wins three draws of one evening", *_PLAY, *[s for n in range(3) for s in (draw(30 + n * 900, prize=f"R{n}", count=1, ends_s=600 + n * 900), draw(600 + n * 900, "drawn", prize=f"R{n}", winners=["lucky"]))])
r.yes("four-times", "four wins among many winners, two sessions of one day", *[s for n, at, place in ((0, -30000, "noon"), (1, -26000, "noon"), (2, 60, "evening"), (3, 4000, "evening")) for s in (
    draw(at, prize=f"R{n}", ends_s=at + 600, session=place), draw(at + 600, "drawn", prize=f"R{n}", winners=[f"w{n}", "again", f"v{n}"], session=place))], at="2026-10-20 20:00")
r.yes("never-drawn", "announced, the time passes, the broadcast ends, nothing was drawn", draw(30, ends_s=900), *_PLAY, host(400, "九点准时抽"), host(2000, "下一个品"), end(7200), viewer(7300, "不是说抽奖吗", "p1"))
r.yes("never-drawn-asked", "viewers ask for the draw again and again", draw(30, ends_s=600, name="手机", value=399_900), *_PLAY, viewer(1200, "手机什么时候抽", "p2"), viewer(2400, "说好的抽手机呢", "p5"), host(2420, "别急啊"), end(9000))
r.yes("inside-job", "the host's own account writes that the names were fixed before", draw(30), viewer(200, "中奖名单早就内定好了，给自己人留的，他们刷就行", "zb1", role="host"), draw(900, "drawn", winners=["p1", "p2", "p3"]))
r.yes("own-account", "the assistant's words about an own second account", draw(30, count=1), viewer(300, "一会儿让小号中就行了，奖品不用发出去", "hk", role="assistant"), draw(900, "drawn", winners=["p77"]))
r.yes("in-long-list", "one of twenty winners is the room's moderator", viewer(-900, "刷屏的会被禁言", "gl", role="assistant"), draw(30, count=20), *_PLAY, draw(900, "drawn", winners=[*(f"p{n}" for n in range(12)), "gl", *(f"q{n}" for n in range(7))]), host(910, "恭喜中奖的家人"), end(3600))
r.yes("two-staff", "two assistants share the prizes", viewer(-300, "一号链接拍", "k1", role="assistant"), viewer(-100, "尺码看详情", "k2", role="assistant"), draw(30, count=2), *_PLAY, draw(900, "drawn", winners=["k2", "k1"]))
r.yes("one-of-two", "the second of two prizes is never drawn", draw(30, ends_s=600), draw(40, prize="P2", name="空气炸锅", value=29900, count=1, ends_s=1200), *_PLAY, draw(600, "drawn", winners=["p1", "p2", "p3"]), end(9000))

r.no("drawn", "drawn as told", draw(30), *_PLAY, draw(900, "drawn", winners=["p1", "p4", "p9"]), end(3600))
r.no("two-wins", "one account wins twice", *[s for n in range(2) for s in (draw(30 + n * 900, prize=f"R{n}", ends_s=600 + n * 900, count=1), draw(600 + n * 900, "drawn", prize=f"R{n}", winners=["lucky"]))])
r.no("unknown-winners", "who won was not seen", draw(30), draw(900, "drawn"), end(3600))
r.no("drawn-late", "drawn twelve minutes after the time", draw(30, ends_s=600), *_PLAY, host(900, "刚才卡了，现在抽"), draw(1320, "drawn", winners=["p5", "p6", "p7"]), end(5000))
r.no("gap-over-draw", "nothing was watched when it was due", draw(30, ends_s=600), *_PLAY, gap(500, 1500), host(1600, "恭喜刚才中奖的三位家人"), end(7200))
r.no("not-due", "the broadcast is over before the time of the draw", draw(30, ends_s=90000), end(3600))
r.no("nickname", "a viewer whose name sounds like an assistant", viewer(-60, "我是来抽奖的", "小助理"), draw(30, count=1), draw(900, "drawn", winners=["小助理"]))
r.no("three-days", "three wins on three days", *[s for n in range(3) for s in (draw(30 - n * 172_800, prize=f"R{n}", ends_s=600 - n * 172_800, session=f"d{n}"), draw(600 - n * 172_800, "drawn", prize=f"R{n}", session=f"d{n}", winners=["lucky", f"w{n}", f"v{n}"]))])
r.no("shown-again", "one draw's result is shown four times", draw(30, count=1), *_PLAY, *[draw(900 + 60 * n, "drawn", winners=["p8"]) for n in range(4)])
r.no("viewer-suspects", "viewers suspect it", draw(30), *_PLAY, viewer(920, "内定的吧", "x"), viewer(930, "都是托", "y"), draw(900, "drawn", winners=["p1", "p2", "p3"]))
r.no("denied", "the host speaks against it", draw(30), host(100, "没有内定啊，平台系统抽的，我们自己人不参与"), *_PLAY, draw(900, "drawn", winners=["p1", "p2", "p3"]))
r.no("lead-on-air", "everybody who wrote before was a viewer; the assistant only congratulates the winner", viewer(-60, "欢迎", "hk", role="assistant"), draw(30, count=1), *_PLAY, draw(900, "drawn", winners=["p2"]), viewer(905, "恭喜p2", "hk", role="assistant"))
r.no("end-unknown", "no time of the draw was seen and the recording stops soon", draw(30, ends_s=None), *_PLAY)
r.no("system-role", "the platform's own line names the winner", draw(30, count=1), *_PLAY, draw(900, "drawn", winners=["p6"]), event("chat", 901, user="system", role="system", text="恭喜 p6 获得 保温杯"))
