"""Hosts that are no people, people they are not, and advertisements that do not say so."""
# fmt: off

from __future__ import annotations

from typing import Any

from sheet import Sheet, Step, card, end, event, gap, host, room, viewer, viewers

# --- ai-host-unlabelled: flags only, so a signal of level info ------------------------------


def labels(pattern: str, every_s: float = 300, from_s: float = -1790, **fields: Any) -> tuple[Step, ...]:
    """Samples of the label: `1` shown, `0` observed absent, `?` not seen."""
    shown = {"1": {"ai_label": True}, "0": {"ai_label": False}, "?": {}}
    return tuple(room(from_s + n * every_s, **{"host_kind": "ai", **fields, **shown[c]}) for n, c in enumerate(pattern))


r = Sheet("ai-host-unlabelled")
_SELL = (card(title="收纳箱 3个装", category="home"), host(60, "三个装的收纳箱，大号中号小号"))
r.yes("never", "labelled at none of twelve samples", *labels("000000000000"), *_SELL, level="info")
r.yes("first-half", "the label goes after half an hour", *labels("111111000000"), *_SELL, level="info")
r.yes("opening", "not labelled for the first quarter of an hour", *labels("000111111111"), *_SELL, level="info")
r.yes("middle", "gone for ten minutes in the middle", *labels("11110011111111"), *_SELL, level="info")
r.yes("tenth", "two of twenty samples", *labels("11111011111111101111", every_s=180), *_SELL, level="info")
r.yes("unknown-rest", "absent four times, not seen the rest", *labels("0?0??0?0??"), *_SELL, level="info")
r.yes("kind-first", "that the host is no person is known first, the missing label later", room(-1790, host_kind="ai"), *[event("room", 5 + 300 * n, ai_label=False) for n in range(8)], *_SELL, level="info")
r.yes("around-gap", "absent before and after a break", *labels("0000"), gap(-800, -60), *labels("00000", from_s=100), *_SELL, level="info")
r.yes("every-minute", "sampled every minute, absent for ten of sixty", *labels("1" * 25 + "0" * 10 + "1" * 25, every_s=60), *_SELL, level="info")
r.yes("asked", "viewers ask whether this is a person; no label", *labels("00000000"), *_SELL, viewers(100, 40, "是真人吗", "机器人吧", "这嘴型不对"), level="info")
r.yes("says-real", "the AI host says that it is a person, without label", *labels("00000000"), *_SELL, host(200, "我是真人在播，家人们看我眨眼"), level="info")
r.yes("alternating", "the label blinks: shown and gone in turn", *labels("101010101010"), *_SELL, level="info")
r.yes("late-evening", "labelled for two hours, then no more", *labels("1" * 20 + "0" * 6, every_s=360), *_SELL, level="info")

r.no("labelled", "labelled at every sample", *labels("111111111111"), *_SELL)
r.no("unknown", "the label was not looked for", *labels("????????"), *_SELL)
r.no("person", "a person needs no label", *labels("00000000", host_kind="seller"), *_SELL)
r.no("kind-unknown", "whether the host is a person is unknown", *labels("00000000", host_kind=None), *_SELL)
r.no("one-in-forty", "one of forty samples", *labels("1" * 20 + "0" + "1" * 19, every_s=90), *_SELL)
r.no("one-in-thirty", "one of thirty samples, a page that loaded", *labels("0" + "1" * 29, every_s=120), *_SELL)
r.no("unknown-and-shown", "not seen at first, shown whenever it was looked for", *labels("???1?1??1?11"), *_SELL)
r.no("person-takes-over", "a person takes over from the labelled AI host", *labels("111111"), *labels("000000", from_s=100, host_kind="influencer"), *_SELL)
r.no("gap", "nothing was watched for an hour; labelled before and after", *labels("1111"), gap(100, 3100), *labels("1111", from_s=3200), *_SELL)
r.no("viewer", "a viewer takes the host for a robot", *labels("??????", host_kind="seller"), *_SELL, viewer(80, "这是AI主播吧没标识", "x"))
r.no("says-so", "labelled, and says so too", *labels("11111111"), *_SELL, host(90, "我是数字人主播小满，由人工智能生成"))
r.no("ai-goods", "goods with artificial intelligence, sold by a person", *labels("0000", host_kind="seller"), card(title="AI智能音箱", category="electronics"), host(60, "AI语音助手，智能对话"))

# --- ai-impersonation -----------------------------------------------------------------------

r = Sheet("ai-impersonation")
_TEA = card(title="养生茶 30包", category="food")
r.yes("physician", "an AI host introduces itself as a chief physician", *labels("0000"), _TEA, host(60, "大家好，我是协和医院的主任医师，从医三十年，这个茶我天天喝"))
r.yes("academician", "an AI host as a member of an academy", *labels("1111"), _TEA, host(60, "我是中国工程院院士，今天给大家讲讲这款产品"))
r.yes("champion", "an AI host as an Olympic champion in person", *labels("0000"), card(title="跑步鞋", category="clothing"), host(60, "我是奥运冠军本人，这双鞋我训练就穿"))
r.yes("presenter", "an AI host as a presenter of state television", *labels("0?0?"), card(title="扫地机", category="electronics"), host(60, "观众朋友们好，我是央视主持人，受邀来到直播间"))
r.yes("as-doctor", "“as a doctor of a top hospital”", *labels("1111"), _TEA, host(60, "作为一名三甲医院的医生，我负责任地推荐大家喝这个"))
r.yes("host-name", "the host's displayed name is a professor's", *labels("0000", host="营养学专家李教授"), _TEA, host(60, "我从事营养学研究四十年，李教授不会骗大家"))
r.yes("title", "title and self-introduction", *labels("0000"), event("session", -1800, phase="started", title="国医大师直播间 名医坐诊"), _TEA, host(60, "我是国医大师的第三代传人，国医大师本人"))
r.yes("face-swap", "the assistant tells that face and voice of a star are synthetic", *labels("0000"), card(title="口红", category="cosmetics"), host(40, "这是那个女明星吗"), host(46, "用AI换的脸，声音也是克隆她的，观众分不出来", speaker="assistant"))
r.yes("actor", "an AI host claims to be an actor whom all know", *labels("0000"), card(title="白酒 6瓶", category="alcohol"), host(60, "我是演皇帝的那个老戏骨，我本人在直播，支持我的拍一箱"))
r.yes("entrepreneur", "an AI host as the founder of a well-known firm", *labels("1111"), card(title="手机", category="electronics"), host(60, "我是这家公司的创始人董事长本人，今天亲自给家人们送福利"))
r.yes("confirmed", "asked whether it is the professor; yes", *labels("0000"), _TEA, viewer(40, "是电视上那个教授吗", "q"), host(50, "有家人问我是不是电视上养生节目的教授"), host(54, "是的，就是我本人"))
r.yes("late", "that the host is no person becomes known after the claim", room(-1790, host="健康讲堂"), _TEA, host(60, "我是北京同仁医院的副主任医师"), *[event("room", 120 + 300 * n, host_kind="ai", ai_label=False) for n in range(4)])

r.no("real-doctor", "a person who says that he is a doctor", room(-1790, host_kind="influencer"), _TEA, host(60, "我是三甲医院的主任医师，执业证在主页"))
r.no("kind-unknown", "whether the host is a person is unknown", room(-1790, host="某医生"), _TEA, host(60, "我是主任医师"))
r.no("own-name", "an AI host under its own name", *labels("1111"), _TEA, host(60, "我是数字人主播小满"))
r.no("denied", "an AI host that says what it is not", *labels("1111"), _TEA, host(60, "我不是医生，也不是专家，我是人工智能主播，身体不适请去医院"))
r.no("quoted-denied", "asked and denied", *labels("1111"), _TEA, host(60, "有人问我是不是电视上的教授"), host(64, "不是哦，我是数字人"))
r.no("assistant-role", "a helper, no expert", *labels("1111"), _TEA, host(60, "我是你们的购物小助手，负责讲解"))
r.no("authorised", "a labelled likeness with the person's authorisation", *labels("1111", host="某主持人（AI数字分身）"), _TEA, host(60, "本数字人形象已获得本人授权，内容由AI生成"))
r.no("author", "whose book this is", *labels("1111"), card(title="睡眠科普书", category="education"), host(60, "这本书的作者是一位医学教授，书里讲得很细"))
r.no("viewer", "a viewer takes it for a star", *labels("1111"), _TEA, viewer(60, "你是那个明星吗", "x"), host(66, "谢谢夸奖，我是数字人"))
r.no("style", "a style worn by stars", *labels("0000"), card(title="墨镜", category="other"), host(60, "明星同款的款式，显脸小"))
r.no("wish", "what the host would like to be", *labels("1111"), _TEA, host(60, "我要是个医生就好了，可惜我只是个主播"))
r.no("customer", "a customer who is a teacher", *labels("1111"), _TEA, host(60, "有位买过的家人是大学教授，她回购了三次"))
r.no("guest", "a person, invited as a guest, speaks", room(-1790, host_kind="seller"), _TEA, host(60, "我是营养师协会的注册营养师", speaker="guest"))

# --- ad-not-identifiable --------------------------------------------------------------------

r = Sheet("ad-not-identifiable")
_HIDDEN: dict[str, Any] = {"host_kind": "influencer", "ad_label": False, "absent": ["seller"]}


def _seen(**fields: Any) -> tuple[Step, ...]:
    return tuple(room(t, **fields) for t in (-1790, 5, 1805, 3605))


_END = end(5400)
r.yes("own-use", "“what I use myself”, a link, no mark, no seller, no announcement", *_seen(**_HIDDEN), card(60, title="精华液 30ml", category="cosmetics", url="https://example.invalid/1"), host(70, "我自己在用的这个精华，真的不是推广，链接放下面了"), _END)
r.yes("lecture", "a lecture on nutrition that ends in a link", *_seen(**_HIDDEN), host(20, "今天给大家讲讲中老年人怎么补钙", None), host(300, "我推荐的就是这一款", "A"), card(310, title="钙片", category="food", url="https://example.invalid/2"), _END)
r.yes("travel", "a walk through a valley, then its honey", *_seen(**_HIDDEN), host(30, "带你们逛逛这个山谷", None), card(600, title="土蜂蜜 2斤", category="food", url="https://example.invalid/3"), host(610, "喜欢的可以带一瓶"), _END)
r.yes("start-only", "the start is announced, the end never", *_seen(**_HIDDEN), host(50, "接下来是广告时间"), card(60, title="电动牙刷", category="electronics", url="https://example.invalid/4"), host(70, "牙刷这款不错"), host(900, "好我们接着聊聊昨天的比赛", None), _END)
r.yes("end-only", "the end is announced, not the start", *_seen(**_HIDDEN), card(60, title="洗衣凝珠", category="home", url="https://example.invalid/5"), host(70, "我妈天天用这个"), host(600, "好，刚才是广告啊", None), _END)
r.yes("shown-once", "the seller is shown at the start only", room(-1790, host_kind="influencer", ad_label=False, seller={"name": "义乌市锦程贸易有限公司", "address": "义乌", "phone": "0579"}), *[room(t, **_HIDDEN) for t in (5, 1805, 3605)], card(60, title="丝巾", category="clothing", url="https://example.invalid/6"), host(70, "这条丝巾我出门就戴"), _END)
r.yes("review-show", "a test of five dryers, one of them with a link", *_seen(**_HIDDEN), host(30, "今天横评五款吹风机，完全中立", None), card(500, title="高速吹风机", category="electronics", url="https://example.invalid/7"), host(510, "综合下来推荐这款，购物车一号"), _END)
r.yes("empty-seller", "the seller's fields are seen to be empty", *_seen(host_kind="influencer", ad_label=False, seller={"name": "", "address": "", "phone": ""}), card(60, title="面膜", category="cosmetics", url="https://example.invalid/8"), host(70, "敷完第二天上妆很服帖"), _END)
r.yes("chat-show", "talk about films, with goods in between, again and again", *_seen(**_HIDDEN), host(30, "聊聊最近的电影", None), *[s for n in range(3) for s in (card(300 + n * 1200, sku=f"M{n}", title=f"好物{n}", category="other", url=f"https://example.invalid/9{n}"), host(310 + n * 1200, "顺手给大家上个我常买的", f"M{n}"))], _END)
r.yes("denies", "the host says outright that it is no advertisement", *_seen(**_HIDDEN), card(60, title="护腰靠垫", category="home", url="https://example.invalid/a"), host(70, "这不是广告啊，没收钱，单纯分享，想要的点小黄车"), _END)
r.yes("around-gap", "watched from before the start to the end, but for two minutes without goods", *_seen(**_HIDDEN), gap(2000, 2120), card(60, title="代餐奶昔", category="food", url="https://example.invalid/b"), host(70, "我最近就喝这个"), _END)
r.yes("guest-sells", "a guest recommends in the influencer's room", *_seen(**_HIDDEN), card(60, title="按摩仪", category="electronics", url="https://example.invalid/c"), host(70, "我朋友送我的，用了就离不开", speaker="guest"), _END)

_LINK = (card(60, title="精华液 30ml", category="cosmetics", url="https://example.invalid/1"), host(70, "我自己在用的这个精华"))
r.no("own-room", "the seller's own room", *_seen(host_kind="seller", ad_label=False, absent=["seller"]), *_LINK, _END)
r.no("marked", "the page is marked as an advertisement", *_seen(host_kind="influencer", ad_label=True, absent=["seller"]), *_LINK, _END)
r.no("seller-shown", "who sells is always shown", *_seen(host_kind="influencer", ad_label=False, seller={"name": "义乌市锦程贸易有限公司", "address": "义乌市稠江街道", "phone": "0579-80000000"}), *_LINK, _END)
r.no("announced", "start and end are announced", *_seen(**_HIDDEN), host(40, "接下来是广告时间，品牌合作"), *_LINK, host(900, "广告结束，我们继续聊", None), _END)
r.no("label-unknown", "whether it is marked was not seen", *_seen(host_kind="influencer", absent=["seller"]), *_LINK, _END)
r.no("seller-unknown", "whether the seller is shown was not seen", *_seen(host_kind="influencer", ad_label=False), *_LINK, _END)
r.no("kind-unknown", "whose room it is is unknown", *_seen(ad_label=False, absent=["seller"]), *_LINK, _END)
r.no("no-goods", "no goods at all", *_seen(**_HIDDEN), host(60, "今天不带货，就聊聊天", None), host(600, "谢谢大家来听我唱歌", None), _END, noise=False)
r.no("announced-each", "each of two recommendations is opened and closed", *_seen(**_HIDDEN), host(40, "下面进入推广环节，以下内容为广告"), *_LINK, host(600, "推广环节到此结束", None), host(1500, "再来一段广告"), card(1510, sku="B", title="毛巾", url="https://example.invalid/d"), host(1520, "毛巾三条", "B"), host(2000, "广告播完了，回到正题", None), _END)
r.no("gap-at-start", "what was said before the goods was not watched", room(**_HIDDEN), gap(-1700, 55), *[room(t, **_HIDDEN) for t in (60, 1805, 3605)], *_LINK, host(900, "好广告结束", None), _END)
r.no("viewer", "a viewer calls it a hidden advertisement; the seller is shown", *_seen(host_kind="influencer", ad_label=False, seller={"name": "义乌市锦程贸易有限公司", "address": "义乌市稠江街道", "phone": "0579-80000000"}), *_LINK, viewer(90, "软广吧", "x"), _END)
r.no("marked-and-shown", "marked, shown and announced", *_seen(host_kind="influencer", ad_label=True, seller={"name": "义乌市锦程贸易有限公司", "address": "义乌", "phone": "0579-80000000"}), host(40, "广告开始"), *_LINK, host(800, "广告结束", None), _END)
