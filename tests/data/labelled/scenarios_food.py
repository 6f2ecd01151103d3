"""Food: who sells it without a licence, and dates that are past or not true."""
# fmt: off

from __future__ import annotations

from typing import Any

from numbers_made_up import sc, uscc
from sheet import Sheet, Step, card, gap, host, room, viewer, viewers

_FIRM = {"name": "成都椒香里食品有限公司", "uscc": uscc("91510106MA6C1X2B3"), "address": "成都市金牛区蓉北商贸大道88号", "phone": "028-80000000"}


def _checks(*times_s: float, **fields: Any) -> tuple[Step, ...]:
    """The same display of the room, looked at again and again."""
    return tuple(room(t, **fields) for t in times_s)


_NO: dict[str, Any] = {"operator": _FIRM | {"licence": ""}, "host_kind": "seller"}
_HALF_HOURLY = (-1790, 0, 1800, 3600)

r = Sheet("food-no-licence")
r.yes("cooked-meat", "cooked meat from an own kitchen, four looks at the room's licences and none shown",
      *_checks(*_HALF_HOURLY, **_NO), card(title="现卤鸭脖 散装", category="food"), host(60, "当天卤当天发，真空袋一装"))
r.yes("named-absent", "the licence is named among what was seen to be absent",
      *_checks(*_HALF_HOURLY, operator=_FIRM, absent=["operator.licence"], host_kind="seller"), card(title="手工香肠 2斤", category="food"), host(50, "自家灌的香肠"))
r.yes("seller-behind", "the influencer's seller shows no licence for food",
      *_checks(*_HALF_HOURLY, operator={"name": "杭州拾光文化传媒有限公司", "licence": "营业执照"}, seller=_FIRM | {"licence": ""}, host_kind="influencer"),
      card(title="低脂肉松小贝", category="food"), host(60, "这家的小贝我回购好多次"))
r.yes("no-sc", "processed food in a bag whose production licence is seen to be absent",
      card(title="麻辣牛肉干 250g", attrs={"厂名": "椒香里", "生产许可证": "", "净含量": "250克"}, category="food"), host(60, "自己作坊里做的"), subject="A")
r.yes("prepacked-unfiled", "only prepackaged food, but neither licence nor 备案 is shown",
      *_checks(*_HALF_HOURLY, operator=_FIRM | {"licence": ""}, host_kind="seller", absent=["operator.licence"]), card(title="薯片大礼包", category="food", attrs={"生产许可证": sc("1123101150023")}),
      host(60, "我们只卖包装好的零食"))
r.yes("home-made", "chilli sauce made at home, no number on the jar and none in the room",
      *_checks(*_HALF_HOURLY, **_NO), card(title="自制辣椒酱 2瓶", attrs={"生产许可证": "", "厂名": ""}, category="food"), host(60, "我妈在家熬的，瓶子消过毒"))
r.yes("infant", "infant food is food", *_checks(*_HALF_HOURLY, **_NO), card(title="宝宝鳕鱼肠", attrs={"生产许可证": ""}, category="infant_food"), host(60, "宝宝零食"))
r.yes("card-comes-late", "the room is seen without licence from the start, food comes after half an hour",
      *_checks(-1790, 0, 1800, 3600, 5400, **_NO), card(-60, sku="T", title="毛巾", category="home"), card(2400, title="酱板鸭 整只", category="food"), host(2460, "重头戏，酱板鸭"))
r.yes("card-first", "the card first, the displays of the room afterwards",
      card(-60, title="红糖馒头 20个", category="food"), host(20, "老面发的，今天蒸今天发"), *_checks(300, 2100, 3900, **_NO))
r.yes("spirits", "liquor is food under the licence rules", *_checks(*_HALF_HOURLY, **_NO), card(title="自酿高粱酒 5斤 桶装", category="alcohol"), host(60, "自己烧的酒"))
r.yes("expired", "the licence shown is past its end", *_checks(*_HALF_HOURLY, operator=_FIRM | {"licence": "食品经营许可证 JY15101060012345 有效期至2025年3月18日"}, host_kind="seller"),
      card(title="现做寿司", category="food"), host(60, "现做现送"), at="2026-10-20 20:00")
r.yes("across-gap", "looks before and after a break", *_checks(-1790, 0, **_NO), gap(300, 900), *_checks(1000, 2800, **_NO), card(title="卤猪蹄 散装", category="food"), host(1100, "猪蹄刚出锅"))
r.yes("one-among-many", "clothes and one dish from an own kitchen", *_checks(*_HALF_HOURLY, **_NO), card(-100, sku="B", title="围裙", category="home"),
      card(-60, sku="C", title="打底衫", category="clothing"), card(title="佛跳墙 自制 冷冻", category="food"), host(60, "佛跳墙我们厨房做的"))
r.yes("health-food", "health food without any licence in the room or on the card", *_checks(*_HALF_HOURLY, **_NO), card(title="蛋白粉", attrs={"生产许可证": ""}, category="health_food"), host(60, "每天一勺"))

_LICENSED = {"operator": _FIRM | {"licence": "食品经营许可证 JY15101060012345"}, "host_kind": "seller"}
r.no("licensed", "the licence is shown", *_checks(*_HALF_HOURLY, **_LICENSED), card(title="现卤鸭脖 散装", category="food"), host(60, "当天卤当天发"))
r.no("unknown", "what licences are shown was not seen", *_checks(*_HALF_HOURLY, operator=_FIRM, host_kind="seller"), card(title="现卤鸭脖 散装", category="food"), host(60, "当天卤"))
r.no("produce", "farm produce needs none", *_checks(*_HALF_HOURLY, **_NO), card(title="丑橘 9斤", category="fresh_produce"), host(60, "果园直发"))
r.no("filed", "prepackaged only, with its 备案", *_checks(*_HALF_HOURLY, operator=_FIRM | {"licence": "仅销售预包装食品经营者备案 YB15101060054321"}, host_kind="seller"), card(title="薯片大礼包", category="food"), host(60, "都是有包装的零食"))
r.no("no-food", "no food on sale", *_checks(*_HALF_HOURLY, **_NO), card(title="打底衫", category="clothing"), host(60, "面料很软"))
r.no("farmer", "a farmer sells eggs of his own hens", *_checks(*_HALF_HOURLY, operator={"name": "张守田", "uscc": "", "licence": "", "address": "蒲江县成佳镇", "phone": "13800000000"}, host_kind="seller"), card(title="散养土鸡蛋 30枚", category="fresh_produce"), host(60, "自己家养的鸡"))
r.no("seller-licensed", "the host has none, the seller that it stands for has", *_checks(*_HALF_HOURLY, operator={"name": "杭州拾光文化传媒有限公司", "licence": ""}, seller=_FIRM | {"licence": "食品经营许可证 JY15101060012345"}, host_kind="influencer"), card(title="肉松小贝", category="food"), host(60, "今天给大家推荐小贝"))
r.no("sc-unknown", "the production licence is not among the attributes that were seen", card(title="牛肉干 250g", attrs={"净含量": "250克", "口味": "麻辣"}, category="food"), host(60, "麻辣味"))
r.no("workshop", "a small workshop with its own registration instead", *_checks(*_HALF_HOURLY, **_LICENSED), card(title="手工粉条 3斤", attrs={"生产许可证": "", "小作坊登记证": "川食坊登字20240117"}, category="food"), host(60, "小作坊登记证在这里"))
r.no("class-unknown", "the class of goods is unknown", *_checks(*_HALF_HOURLY, **_NO), card(title="雪花酥模具"), host(60, "做雪花酥用的"))
r.no("import", "imports carry no SC number", *_checks(*_HALF_HOURLY, **_LICENSED), card(title="意大利面 进口", attrs={"生产许可证": "", "产地": "意大利", "经销商": "上海某进出口有限公司", "中文标签": "有"}, category="food"), host(60, "原装进口"))
r.no("feed", "cat food is no food of people", *_checks(*_HALF_HOURLY, **_NO), card(title="猫粮 5kg", attrs={"生产许可证": ""}, category="other"), host(60, "猫猫爱吃"))
r.no("asked", "viewers ask for the licence; it was not looked at", card(title="现卤鸭脖", category="food"), viewers(40, 60, "有食品经营许可证吗", "你们有证吗", "没证能卖吗"), host(200, "证照主页都有，点头像就能看"))
r.no("page-late", "not there while the page loads, there half a minute later", room(-1790, **_NO), room(-1760, **_LICENSED), *_checks(0, 1800, **_LICENSED), card(title="卤豆干", category="food"), host(60, "豆干来了"))
r.no("agri-input", "seeds and feed for animals are no food", *_checks(*_HALF_HOURLY, **_NO), card(title="小白菜种子", category="agricultural_input"), host(60, "阳台就能种"))
r.no("later-food", "food is only announced for tomorrow", *_checks(*_HALF_HOURLY, **_NO), card(title="打底衫", category="clothing"), host(60, "明天我们合作的食品厂来播，他们证照齐全"))

# --- food-date ------------------------------------------------------------------------------

_NIGHT = "2026-10-20 20:00"
r = Sheet("food-date")


def _dated(made: str, life: str, title: str = "蛋黄酥 6枚", category: str | None = "food", t: float = -20) -> Step:
    fields = {"category": category} if category else {}
    return card(t, title=title, attrs={"生产日期": made, "保质期": life}, **fields)


r.yes("twelve-months", "past its twelve months by weeks", _dated("2025-09-12", "12个月", "午餐肉罐头"), host(60, "肉很实在"), at=_NIGHT, subject="A")
r.yes("days", "digits without a separator, shelf life in days", _dated("20260301", "180天", "鸡胸肠"), host(60, "一箱二十根"), at=_NIGHT, subject="A")
r.yes("after-midnight", "half an hour after midnight in Shanghai, while it is still the last day in UTC", _dated("2026-04-21", "6个月", "曲奇"), host(60, "零点场"), at="2026-10-22 00:30", subject="A")
r.yes("chinese-date", "date with 年月日", _dated("2025年8月3日", "一年", "芝麻糊"), host(60, "冲着喝"), at=_NIGHT, subject="A")
r.yes("best-before", "the end is stated as a date", _dated("2026-03-15", "至2026年9月14日", "吐司"), host(60, "早餐吐司"), at=_NIGHT, subject="A")
r.yes("one-day-over", "infant food, one day over", _dated("2025-04-19", "18个月", "宝宝米饼", "infant_food"), host(60, "宝宝磨牙的"), at="2026-10-21 21:00", subject="A")
r.yes("numerals", "Chinese numerals, dots in the date", _dated("2026.03.02", "六个月", "风干鸭"), host(60, "风干鸭"), at=_NIGHT, subject="A")
r.yes("shown-later", "the label comes up in the middle of the talk", card(-60, title="绿豆饼", category="food"), host(30, "绿豆饼"), _dated("2026-08-01", "45天", "绿豆饼", t=300), host(360, "口感绵密"), at=_NIGHT, subject="A")
r.yes("month-end", "from the last day of a month", _dated("2026-01-31", "8个月", "肉脯"), host(60, "靖江肉脯"), at="2026-10-05 20:00", subject="A")
r.yes("milk", "a month on, the milk is past", _dated("2026-09-10", "21天", "鲜牛奶 950ml"), host(60, "巴氏鲜奶"), at=_NIGHT, subject="A")
r.yes("newer-by-word", "“bottled yesterday”, the card shows May", _dated("2026-05-10", "12个月", "橄榄菜"), host(60, "昨天刚下线的货，新鲜得很，生产日期就是昨天"), at=_NIGHT)
r.yes("month-by-word", "the host says September, the card shows April", _dated("2026-04-06", "10个月", "燕麦片"), host(60, "日期都是九月份的，最新日期"), host(80, "放心囤"), at=_NIGHT)
r.yes("relabel", "an offer to print a later date", card(title="奶片", category="food"), host(60, "日期给你打晚一点就行了，重新喷个码，谁看得出来"), at=_NIGHT)
r.yes("relabel-batch", "the assistant tells how old stock gets a new label", card(title="月饼 礼盒", category="food"), host(30, "那批去年的怎么办"), host(36, "把生产日期标撕了换成今年的再发", speaker="assistant"), at=_NIGHT)
r.yes("spoken-dates", "what the host reads from the pack is past", card(title="咸鸭蛋 20枚", category="food"), host(60, "生产日期是去年三月份，保质期十二个月"), host(66, "没事的，放冰箱一样吃"), at=_NIGHT)
r.yes("among-good", "the second of two cards is past", card(-60, sku="B", title="凤梨酥", attrs={"生产日期": "2026-10-01", "保质期": "60天"}, category="food"), _dated("2025-12-01", "9个月", "雪花酥"), viewer(50, "雪花酥好吃吗", "g1"), host(60, "雪花酥"), at=_NIGHT, subject="A")

r.no("fresh", "well within its time", _dated("2026-09-12", "12个月"), host(60, "新鲜"), at=_NIGHT)
r.no("last-day-1", "the last day is not over yet", _dated("2026-04-21", "6个月"), host(60, "今天下单"), at=_NIGHT)
r.no("last-day-2", "late in the evening of the last day, when it is the same day in UTC", _dated("2026-10-12", "10天", "酸奶"), host(60, "酸奶"), at="2026-10-21 23:20")
r.no("date-unknown", "no date was seen", card(title="蛋黄酥", attrs={"保质期": "30天"}, category="food"), host(60, "现烤"), at=_NIGHT)
r.no("life-unknown", "an old date, but no shelf life was seen", card(title="陈皮", attrs={"生产日期": "2019-11-01"}, category="food"), host(60, "陈皮"), at=_NIGHT)
r.no("same-as-said", "the host says what the card says", _dated("2026-09-12", "6个月"), host(60, "都是九月份的新货，看生产日期，九月十二号"), at=_NIGHT)
r.no("cosmetics", "not a food", _dated("2022-01-01", "3年", "口红", "cosmetics"), host(60, "这个色号"), at=_NIGHT)
r.no("see-pack", "the date is on the pack, not on the card", _dated("见包装喷码", "12个月"), host(60, "日期看喷码"), at=_NIGHT)
r.no("batches", "a range of batches, all in time", _dated("2026-08-01至2026-10-10", "9个月"), host(60, "随机发最近批次"), at=_NIGHT)
r.no("spirit", "a spirit keeps", _dated("2018-06-01", "长期", "酱香白酒", "alcohol"), host(60, "一八年的老酒"), at=_NIGHT)
r.no("near-end", "sold as near its end, and in time", _dated("2026-05-15", "6个月", "临期 威化饼"), host(60, "临期特价啊，还有二十多天到期，介意勿拍"), at=_NIGHT)
r.no("warning", "what others do, and the host does not", _dated("2026-09-01", "6个月"), host(60, "有些黑心商家把生产日期打晚，我们绝对不干这种事"), at=_NIGHT)
r.no("one-viewer", "one viewer says that it was past", card(title="牛肉干", category="food"), viewer(60, "上次收到的都过期了", "x3"), at=_NIGHT)
r.no("denied-quote", "asked whether dates were changed; no", _dated("2026-09-20", "3个月"), host(60, "有人问是不是改过日期"), host(64, "没有啊，原厂喷码，改日期是犯法的"), at=_NIGHT)
r.no("tea", "tea that may be kept", _dated("2015-04-10", "在适宜条件下可长期保存", "普洱熟茶 饼"), host(60, "一五年的老茶"), at=_NIGHT)
r.no("other-sku", "the fresh date is said of another product", _dated("2026-04-06", "12个月"), card(30, sku="B", title="酥饼", attrs={"生产日期": "2026-10-18", "保质期": "30天"}, category="food"), host(60, "这个是前天刚做的，十月十八号的日期", sku="B"), at=_NIGHT)
r.no("corrected", "a slip, corrected within the minute", _dated("2026-05-10", "12个月"), host(60, "九月份生产的啊"), host(75, "不对说错了，看错了，是五月十号生产的，保质期一年"), at=_NIGHT)
r.no("next-batch", "the next batch will be made next week", _dated("2026-09-01", "6个月"), host(60, "今天拍的按顺序发，下一批下周才生产"), at=_NIGHT)
r.no("class-unknown", "filter cartridges keep a date too", _dated("2023-05-01", "2年", "净水器滤芯", None), host(60, "滤芯"), at=_NIGHT)
r.no("gap", "the date was spoken of while nothing was watched", card(title="粽子", attrs={"保质期": "9个月"}, category="food"), gap(20, 200), host(240, "刚才说过日期了啊"), at=_NIGHT)
