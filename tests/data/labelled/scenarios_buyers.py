"""What buyers write: reviews that go, complaints that come all at once."""
# fmt: off

from __future__ import annotations

from typing import Any

from scene import DAY, MIN, S, Scene
from sheet import Sheet, Step, again, card, crowd, event, gap, host, viewer, viewers

# --- review-suppression ---------------------------------------------------------------------


def rev(t_s: float, number: int, rating: int | None, phase: str = "present", text: str | None = None, user: str | None = None) -> Step:
    """A review as it was seen, or seen to be gone."""
    fields: dict[str, Any] = {"review": f"r{number}", "sku": "A", "phase": phase}
    if rating is not None:
        fields["rating"] = rating
    if text is not None:
        fields["text"] = text
    return event("review", t_s, user=user or f"b{number}", **fields)


_GOOD = tuple(rev(-900 + n * 5, n, 5, text=t) for n, t in enumerate(["很好", "第二次买了", "发货快", "颜色正", "包装不错", "推荐"]))
_STILL = tuple(rev(2000 + n * 5, n, 5, text=t) for n, t in enumerate(["很好", "第二次买了", "发货快", "颜色正", "包装不错", "推荐"]))
_BAD = (rev(-860, 20, 1, text="洗一次就起球，客服不理人"), rev(-855, 21, 1, text="尺寸不对，退货要自己出运费"), rev(-850, 22, 2, text="味道很大，跟图片差很远"))


def _gone(*numbers: int, at_s: float = 2100) -> tuple[Step, ...]:
    return tuple(rev(at_s + n, n, 1, "gone") for n in numbers)


r = Sheet("review-suppression")
r.yes("all-bad-gone", "three bad reviews are gone, the good ones stay", *_GOOD, *_BAD, *_STILL, *_gone(20, 21, 22))
r.yes("two-of-three", "two of three bad ones are gone", *_GOOD, *_BAD, *_STILL, *_gone(20, 22))
r.yes("one-bad", "the only bad one is gone", *_GOOD, _BAD[0], *_STILL, *_gone(20))
r.yes("host-says", "the host tells that bad reviews are deleted", card(title="卫衣", category="clothing"), host(60, "差评我们都删了，你们放心看评论区全是好的"))
r.yes("block", "the host has somebody blocked for a bad word", card(title="卫衣", category="clothing"), viewer(40, "质量好差啊 起球", "x"), host(50, "说质量差的拉黑，评论也删掉，别影响别人下单"))
r.yes("assistant", "the assistant deletes on request", card(title="卫衣", category="clothing"), host(60, "那条一星的看着烦"), host(66, "已经删了，差评后台都隐藏掉了", speaker="assistant"))
r.yes("cannot-send", "six viewers cannot send what they think", card(title="锅", category="home"), viewers(60, 40, "发差评发不出去啊", "我说不好用的评论被删了", "评论区只显示好评", "刚才发的差评没了", "我被禁言了就因为说掉漆", "差评发不出去加一"))
r.yes("next-day", "gone on the next day", *_GOOD, *_BAD, *[rev(86400 + n, n, 5) for n in range(6)], *[rev(86500 + n, n, 1, "gone") for n in (20, 21, 22)])
r.yes("steadily", "one after another, each an hour after it came", *_GOOD, *[s for n in range(4) for s in (rev(300 + n * 1800, 30 + n, 1, text=f"第{n + 1}条 不好用"), rev(2100 + n * 1800, 30 + n, 1, "gone"))], *[rev(9300 + n, n, 5) for n in range(6)])
r.yes("chat-by-host", "the host's account writes it into the chat", card(title="锅", category="home"), viewer(60, "差评的已经全部删除拉黑，别带节奏", "zb", role="host"))
r.yes("bought-off", "asked for removal against a reward, then gone", *_GOOD, *_BAD, host(300, "给一星的那几位找客服，删掉差评退你二十"), *_STILL, *_gone(20, 21))
r.yes("quoted-yes", "a viewer's suspicion read out and confirmed", card(title="锅", category="home"), viewer(40, "你们是不是删差评", "q"), host(50, "有人问差评是不是删了"), host(54, "对啊，删了，差评留着过年吗"))

r.no("all-stay", "bad ones stay too", *_GOOD, *_BAD, *_STILL, *[rev(2100 + n, n, 1) for n in (20, 21, 22)])
r.no("good-gone", "a good one is gone", *_GOOD, *_BAD, *_STILL[1:], rev(2100, 0, 5, "gone"), *[rev(2110 + n, n, 1) for n in (20, 21, 22)])
r.no("all-gone", "the whole page is gone, good and bad: another page was shown", *_GOOD, *_BAD, *[rev(2100 + n, n, 5, "gone") for n in range(6)], *_gone(20, 21, 22))
r.no("writer-deleted", "the writer says that it was taken back", *_GOOD, _BAD[0], *_STILL, viewer(2050, "问题解决了，我自己把差评删掉了", "b20"), *_gone(20))
r.no("advert", "an advertisement among the reviews is removed", *_GOOD, rev(-860, 20, 1, text="加微信 xx888 同款半价，这家别买"), *_STILL, *_gone(20))
r.no("abuse", "abuse is removed", *_GOOD, rev(-860, 20, 1, text="主播去死吧全家不得好死"), *_STILL, *_gone(20))
r.no("malicious", "struck after an appeal against malicious reviews", *_GOOD, *_BAD, host(1500, "有职业差评师敲诈，我们走平台申诉，平台判定是恶意评价，已经处理了"), *_STILL, *_gone(20, 21, 22))
r.no("back", "gone on one page and back on the next", *_GOOD, *_BAD, *_STILL, *_gone(20), rev(2160, 20, 1, text="洗一次就起球，客服不理人"))
r.no("rating-unknown", "what is gone was not seen before", *_GOOD, *_STILL, rev(2100, 40, None, "gone"))
r.no("never", "the host never deletes", card(title="锅", category="home"), host(60, "我们从来不删差评，差评都在那儿，大家随便看"))
r.no("one-viewer", "one viewer cannot send", card(title="锅", category="home"), viewer(60, "我怎么评论发不出去，是不是网不好", "x"))
r.no("kick-abuser", "somebody who swears is removed", card(title="锅", category="home"), host(60, "骂人的拉黑啊，有问题好好说，差评我们接受"))
r.no("gap", "between the two looks lies a break of a day; nothing is known of what went", *_GOOD, *_BAD, gap(0, 86400))
r.no("quoted-no", "asked and denied", card(title="锅", category="home"), host(60, "有人说我们删差评"), host(64, "没有的事，评论是平台的，我们删不了"))
r.no("delete-photo", "删 of something else", card(title="相机", category="electronics"), host(60, "拍得不好的照片可以直接删掉，按这个键"))

# --- complaint-surge ------------------------------------------------------------------------

_PLAIN = ["主播晚上好", "多少钱", "尺码偏大吗", "什么快递", "颜色好看", "有优惠吗", "拍了", "几天到", "讲一下二号", "来了来了"]


def week(complaints: int = 0, lines: int = 24) -> Step:
    """Broadcasts of the eight days before, with so many complaints in each."""

    def run(s: Scene) -> None:
        for day in range(8, 0, -1):
            for n in range(lines):
                s.add("chat", -day * DAY + n * 100 * S, user=f"d{day}-{n}", role="viewer", text=s.rng.choice(_PLAIN), session=f"day-{day}")
            for n in range(complaints):
                s.add("chat", -day * DAY + 10 * MIN + n * 60 * S, user=f"c{day}-{n}", role="viewer", text=s.rng.choice(["怎么还不发货", "要投诉了", "不退款是吧"]), session=f"day-{day}")

    return run


def angry(t_s: float, every_s: float, *texts: str, name: str = "k") -> Step:
    """Complaints of as many accounts."""

    def run(s: Scene) -> None:
        for n, text in enumerate(texts):
            s.chat((t_s + n * every_s) * S, text, f"{name}{n}")

    return run


r = Sheet("complaint-surge")
_OFF: dict[str, Any] = {"noise": False}
r.yes("no-delivery", "nine accounts: nothing was sent", week(), crowd(20, 8), angry(300, 50, "半个月了不发货", "我的也没发货 要投诉", "骗人的吧一直不发货", "客服不回 不发货", "订单两周没发货", "已经打12315了", "别买 不发货", "不发货还不退款", "虚假发货 投诉"), **_OFF)
r.yes("fakes", "seven accounts: fakes", week(), crowd(20, 6), angry(240, 70, "收到假货", "鉴定了是假的", "假货 退钱", "买到假货了要投诉", "大家别买 假货", "我的也是假货", "12315已受理"), **_OFF)
r.yes("no-refund", "six accounts within four minutes", week(), crowd(15, 5), angry(400, 40, "退货不给退", "七天无理由不退", "不退款", "客服拉黑我不退钱", "要去12315投诉不退款", "骗子不退钱"), **_OFF)
r.yes("mixed", "different grievances of twelve accounts", week(), crowd(25, 10, 900), angry(500, 45, "假货", "不发货", "不退款", "投诉了", "骗子", "少发一件不给补", "12315见", "发错货不理人", "假的", "骗钱的直播间", "一直不退", "举报投诉走起"), **_OFF)
r.yes("above-usual", "complaints on every day, tonight many times as many", week(1), crowd(20, 8), angry(200, 25, *["还不发货要投诉", "不退款骗人", "投诉12315", "假货", "骗子直播间", "不发货", "不退钱", "被骗了", "假货投诉", "我要投诉", "骗人", "12315", "不发货投诉", "退款不处理", "假货别买", "骗"]), **_OFF)
r.yes("spread-nine-minutes", "exactly five accounts over nine minutes in a quiet room", week(), crowd(20, 4, 90), angry(300, 130, "买的东西不发货", "投诉也没人管", "我被骗了", "假货吧这是", "不给退"), **_OFF)
r.yes("after-gap", "the surge begins right after a break", week(), gap(60, 300), crowd(15, 7, 300, 310), angry(330, 45, "不发货", "不退款", "投诉", "假货", "骗人的", "打12315了", "还我钱"), **_OFF)
r.yes("host-ignores", "the host goes on selling", week(), card(title="四件套", category="home"), crowd(20, 8), angry(300, 45, "起球退货不给退", "投诉你们", "骗子", "假的长绒棉", "不退钱", "12315", "被骗第二次"), host(420, "不要带节奏啊，下一款"), **_OFF)
r.yes("twice", "two waves in one evening", week(), crowd(70, 6), angry(300, 50, "不发货", "投诉", "不退", "骗人", "假货", "12315"), angry(3000, 50, "还是不发货", "已投诉", "不退款", "骗子", "假的", "举报12315", name="m"), **_OFF)
r.yes("polite", "in polite words", week(), crowd(20, 5), angry(300, 60, "麻烦处理下，付款十天了还没发货", "请问为什么一直不退款呢", "已经向12315反映了", "感觉受骗了，货不对板", "质量问题商家不给退", "请给我退款，否则投诉"), **_OFF)
r.yes("big-room", "forty accounts in a room of hundreds of chatters", week(), crowd(20, 40, 5000), angry(300, 12, *["不发货", "假货", "不退款", "投诉", "骗子"] * 8), **_OFF)
r.yes("reviews-too", "bad reviews come at the same time", week(), crowd(20, 6), angry(300, 50, "收到的是假货", "退货不给退", "投诉", "骗人", "12315走起", "假货"), *[rev(320 + 40 * n, 50 + n, 1, text="假货，不退") for n in range(4)], **_OFF)

r.no("four", "four accounts", week(), crowd(20, 6), angry(300, 60, "不发货", "投诉", "不退款", "骗子"), **_OFF)
r.no("one-account", "one account, twenty times", week(), crowd(20, 6), *[viewer(300 + 20 * n, t, "mad") for n, t in enumerate(["不发货", "投诉", "骗子", "不退款"] * 5)], **_OFF)
r.no("under-two-per-cent", "six of some four hundred chatters", week(), crowd(12, 60, 6000), angry(200, 60, "不发货", "投诉", "不退款", "骗子", "假货吧", "12315"), **_OFF)
r.no("questions", "worried questions", week(), crowd(20, 6), angry(300, 50, "会不会是假货啊", "不会不发货吧", "能退吗", "不喜欢给退吗", "不是骗人的吧", "支持七天无理由吗", "多久发货"), **_OFF)
r.no("host-answers", "common questions about delivery, answered one by one", week(), crowd(20, 6), angry(300, 50, "我的怎么还没发货", "什么时候发货", "还没收到", "物流没动", "催一下发货", "几天发货"), host(330, "没发货的家人，预售款是十五天内发，详情页写了"), host(420, "物流没更新的报一下单号，助理给查"), **_OFF)
r.no("brigade", "fifteen new accounts write one sentence within seconds", week(), crowd(20, 6), angry(300, 0.4, *["骗子直播间大家快跑去投诉"] * 15, name="new"), host(320, "又是对家来刷的，截图了"), **_OFF)
r.no("usual", "no more than on every day", week(7), crowd(20, 6), angry(300, 60, "怎么还不发货", "要投诉了", "不退款是吧", "不发货", "投诉", "还没发", "退款呢"), **_OFF)
r.no("over-hours", "six complaints over three hours", week(), crowd(180, 3), angry(300, 1900, "不发货", "投诉", "不退款", "骗子", "假货", "12315"), **_OFF)
r.no("praise", "complaint words in praise", week(), crowd(20, 6), angry(300, 50, "从来没被骗过", "没有假货 放心", "不用投诉 客服秒退", "退款很快", "没买到过假货", "发货超快"), **_OFF)
r.no("elsewhere", "what happened in other shops", week(), crowd(20, 6), angry(300, 50, "在别家买到假货", "上次那个主播不发货", "隔壁直播间骗人", "别家不退款", "被别的平台骗过", "别家投诉都没用"), **_OFF)
r.no("gap", "what happened in the break is unknown", week(), crowd(4, 6), gap(240, 1200), viewer(1210, "刚才好多人投诉", "x"), **_OFF)
r.no("host-says", "the host speaks of complaints", week(), crowd(20, 6), host(300, "有问题可以投诉，打12315也行，假货我们假一赔十"), host(400, "不发货的找我，不退款的找我"), **_OFF)
r.no("delivered-again", "three complaints, delivered twice each after a reconnection", week(), crowd(20, 6), *[s for n, t in enumerate(["不发货", "投诉", "骗子"]) for s in (viewer(300 + 60 * n, t, f"k{n}"), again(1))], **_OFF)
r.no("film", "a film whose title has the word", week(), crowd(20, 6), angry(300, 60, "你看过那部骗子电影吗", "小骗子哈哈", "骗我眼泪的剧", "骗赞是吧哈哈", "被美颜骗了哈哈"), **_OFF)
