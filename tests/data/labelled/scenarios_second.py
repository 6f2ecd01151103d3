"""A second round: each exemption from its other side, and what an evening makes of a rule."""
# fmt: off

from __future__ import annotations

from typing import Any

from numbers_made_up import sc
from scenarios_hosts import labels
from scenarios_prizes import draw
from scenarios_rooms import looks
from sheet import Sheet, card, end, gap, host, order, price, room, viewer, viewers

NEW: dict[str, Any] = {"round": 2}
_HALF_HOURLY = (-1790, 5, 1805, 3605)
_NONE = {"厂名": "", "厂址": "", "执行标准": "", "合格证": ""}

# --- goods and food -------------------------------------------------------------------------

r = Sheet("sanwu")
r.yes("packed-not-bare", "packed food in a blank bag is not bare food", card(title="麻辣花生 袋装", attrs=_NONE, category="food"), host(60, "袋子上什么都没有印的，厂家地址都没有，三无就三无吧好吃就行"), subject="A", **NEW)
r.yes("new-as-worn", "new goods, called tail stock, without any tag", card(title="大衣 全新", attrs=_NONE | {"成色": "全新"}, category="clothing"), host(60, "全新的啊，就是没标没厂名，合格证也没得"), subject="A", **NEW)
r.no("buyers-of-other", "three buyers speak of what they bought elsewhere", card(title="电热毯", category="home"), viewers(60, 80, "我在集市买的那个是三无产品", "地摊上的三无货别买", "上次在别家收到三无的"), **NEW)
r.no("gap-over-pack", "the pack was shown while nothing was watched", card(title="保温杯", attrs={"厂名": "", "厂址": "", "执行标准": ""}, category="home"), gap(20, 140), host(150, "刚才标签大家都看到了哈，厂家地址都在"), **NEW)

r = Sheet("food-label-missing")
r.yes("packed-nuts", "weighed before, but sold in sealed bags", card(title="袋装 炒货 500g/袋", attrs={"包装方式": "预包装", "生产日期": "", "保质期": "", "厂名": "徽州炒货坊", "净含量": "500克"}, category="food"), host(60, "一袋一斤封好口的"), subject="A", **NEW)
r.yes("beer", "beer must state its shelf life", card(title="精酿啤酒 500ml×12", attrs={"产品名称": "啤酒", "酒精度": "4.5%vol", "保质期": "", "生产日期": "", "厂名": "青城酿造", "净含量": "500毫升"}, category="alcohol"), host(60, "麦香浓"), subject="A", **NEW)
r.no("vegetables", "washed greens from the field", card(title="现摘上海青 5斤", attrs={"保质期": "", "配料": "", "净含量": "5斤", "产地": "崇明"}, category="fresh_produce"), host(60, "早上刚割的"), **NEW)
r.no("some-unknown-some-nothing", "what is empty belongs to no item of the label", card(title="牛轧糖 500g", attrs={"口味": "原味", "适用人群": "", "包装种类": "", "产地": ""}, category="food"), host(60, "软糯"), **NEW)

r = Sheet("food-no-licence")
_ME = {"name": "王大山", "address": "汉源县九襄镇", "phone": "13900000000"}
r.yes("dried-fruit", "a farmer who makes preserves needs one", *looks(*_HALF_HOURLY, operator=_ME | {"licence": ""}, host_kind="seller"), card(title="自制苹果干 罐装", attrs={"生产许可证": "", "小作坊登记证": ""}, category="food"), host(60, "自己切片自己烘的"), **NEW)
r.yes("filed-but-cooks", "filed for prepackaged food only, sells what it cooked", *looks(*_HALF_HOURLY, operator=_ME | {"licence": ""}, absent=["operator.licence"], host_kind="seller"), card(title="现炸酥肉 散装", category="food"), host(60, "现炸的，出锅就打包"), **NEW)
r.no("seen-once-unknown", "licence unknown at every look but one, where it is shown", *looks(-1790, 5, 1805, operator=_ME, host_kind="seller"), room(3605, operator=_ME | {"licence": "食品经营许可证 JY15118230001234"}, host_kind="seller"), card(title="卤牛肉", category="food"), host(60, "酱香的"), **NEW)

r = Sheet("food-date")
_AT: dict[str, Any] = {"at": "2026-10-20 20:00", "round": 2}
r.yes("leap", "from the end of February", card(title="龟苓膏", attrs={"生产日期": "2024-02-29", "保质期": "2年"}, category="food"), host(60, "龟苓膏十二碗"), subject="A", **_AT)
r.yes("near-end-over", "sold as near its end, but it is over", card(title="临期 薯片", attrs={"生产日期": "2026-01-05", "保质期": "9个月"}, category="food"), host(60, "临期的啊，便宜处理"), subject="A", **_AT)
r.no("future-year", "a best-before in words, in time", card(title="挂面", attrs={"生产日期": "2026/06/30", "保质期": "十八个月"}, category="food"), host(60, "挂面十把"), **_AT)
r.no("host-older", "the host says older than the card: nothing gained", card(title="腊肠", attrs={"生产日期": "2026-10-02", "保质期": "180天"}, category="food"), host(60, "九月底十月初做的这批"), **_AT)

r = Sheet("origin-false")
r.yes("shop-label", "the shop's own label names another province", card(title="枸杞 500g", attrs={"产地": "宁夏中宁", "厂址": "河北省巨鹿县"}, category="food"), card(200, title="枸杞 500g", attrs={"产地": "河北巨鹿"}, category="food"), host(260, "中宁枸杞啊，宁夏产的"), **NEW)
r.no("other-lot", "two lots, each with its own origin, told apart", card(title="橙子 10斤", attrs={"产地": "湖北秭归"}, category="fresh_produce"), host(60, "秭归的橙子在这个链接，赣南的下个月才上"), **NEW)
r.no("learned-there", "where the skill comes from", card(title="手工面", attrs={"产地": "河南开封"}, category="food"), host(60, "我师傅是山西人，按山西的手艺做的刀削面"), **NEW)

r = Sheet("cert-false")
r.yes("sc-full-width", "a number with a missing digit, in full-width signs", card(title="虾片", attrs={"生产许可证": "ＳＣ１２３３３０１０６００１"}, category="food"), host(60, "虾片"), subject="A", level="watch", **NEW)
r.yes("organic-expired-word", "organic by title, the certificate is seen to be absent", card(title="有机认证 黑米 2斤", attrs={"有机认证": "", "有机码": ""}, category="food"), host(60, "国家认证的有机黑米"), subject="A", level="watch", **NEW)
r.no("sc-licence-long-form", "the number inside a longer text", card(title="虾片", attrs={"生产许可证": f"食品生产许可证编号：{sc('1123301060012')}"}, category="food"), host(60, "虾片"), **NEW)
r.no("transition", "organic in transition, and so said", card(title="有机转换期 茶叶", attrs={"有机认证": ""}, category="food"), host(60, "还在转换期，没拿到有机证，拿到了再说"), **NEW)

r = Sheet("pass-off-quality")
r.yes("seconds-hidden", "seconds sent as first quality, by the host's own account in the chat", card(title="羊毛衫", category="clothing"), viewer(60, "仓库那批次品照正品发，别跟客户讲", "zb", role="host"), **NEW)
r.no("wears", "a complaint about care, not about what it is", card(title="真丝衬衫", category="clothing"), viewers(60, 60, "真丝的容易皱", "洗了会缩水吗", "勾丝了能补吗"), **NEW)

r = Sheet("claim-card-mismatch")
r.yes("third-size", "two sizes on the card, a third by word", card(title="茶叶", attrs={"净含量": "250克/500克"}, category="food"), host(60, "到手七百五十克，净含量七百五"), **NEW)
r.yes("blend-wrong", "a blend with wrong shares", card(title="毛衣", attrs={"材质": "羊毛30% 腈纶70%"}, category="clothing"), host(60, "羊毛百分之七十，腈纶才百分之三十"), **NEW)
r.no("less-exact", "the same figure, rounded by the tongue", card(title="蜂蜜", attrs={"净含量": "500克"}, category="food"), host(60, "一瓶就是一斤"), **NEW)
r.no("two-hosts", "the assistant corrects the host at once", card(title="毛衣", attrs={"材质": "羊毛30% 腈纶70%"}, category="clothing"), host(60, "百分之七十羊毛"), host(64, "不是，羊毛百分之三十，说反了", speaker="assistant"), host(68, "哦对，说反了，羊毛三十"), **NEW)

r = Sheet("counterfeit-hint")
r.yes("price-fair", "slang and brand at half the reference: still slang", card(title="皮带 高仿", brand="爱马仕", category="clothing", price=259900, reference_price=489900, reference_label="专柜价"), host(60, "高仿里做得最细的"), level="watch", **NEW)
r.no("licensed-tail", "end of season, by licence, without the trade's words", card(title="运动裤", brand="李宁", category="clothing", price=6900, reference_price=39900, reference_label="吊牌价"), host(60, "品牌换季断码，授权书在详情页，支持专柜验货"), **NEW)

# --- prizes ---------------------------------------------------------------------------------

r = Sheet("prize-unclear")
r.yes("end-moved-in", "the count falls and a purchase is added, with the draw about to come", draw(30, count=8, ends_s=900), draw(870, "changed", count=4, conditions=["发送口令", "下单任意商品"]), **NEW)
r.no("platform-bag", "a bag of the platform whose rules are displayed", draw(30, name="平台福袋 10元红包", value=1000, count=50, odds="系统随机", conditions=["发送口令", "关注主播"]), viewer(60, "好运来", "a1"), **NEW)
r.no("out-of-order", "the change that was seen late is the older state", draw(30, count=3), draw(31, "changed", count=3), draw(400, "drawn", winners=["a", "b", "c"]), **NEW)

r = Sheet("prize-over-cap")
r.yes("sum-of-one", "one winner takes all: a set of 62,000", draw(30, name="全屋家电一套（冰箱+洗衣机+电视）", value=6_200_000, count=1), host(60, "一套全拿走，一个人"), level="lead", **NEW)
r.no("hundred-winners", "60,000 shared among a hundred", draw(30, name="瓜分6万元现金", value=60_000, count=100), host(60, "一百个人平分六万"), **NEW)

r = Sheet("prize-rigged")
r.yes("five-in-a-row", "one account wins five bags in two hours", *[s for n in range(5) for s in (draw(30 + n * 1500, prize=f"B{n}", count=2, ends_s=600 + n * 1500), draw(600 + n * 1500, "drawn", prize=f"B{n}", winners=["wy", f"z{n}"]))], **NEW)
r.no("staff-loses", "the assistant takes part with the passphrase and does not win", viewer(-100, "一号链接拍", "hk", role="assistant"), draw(30, count=2), viewer(60, "好运来", "hk", role="assistant"), viewer(70, "好运来", "p1"), viewer(80, "好运来", "p2"), draw(900, "drawn", winners=["p1", "p2"]), end(3600), **NEW)

# --- rooms and hosts ------------------------------------------------------------------------

r = Sheet("operator-undisclosed")
r.yes("farmer-bare", "a farmer's exemption does not cover address and contact", *looks(*_HALF_HOURLY, operator={"name": "王大山", "uscc": "", "address": "", "phone": "", "licence": "自产农副产品，依法无需办理登记"}, host_kind="seller"), card(title="汉源花椒", category="fresh_produce"), host(60, "自己家种的"), **NEW)
r.yes("late-never-loads", "ten looks over two hours, always empty", *looks(*[-1790 + 800 * n for n in range(10)], operator={"name": "", "uscc": "", "address": "", "phone": ""}, host_kind="seller"), level="lead", **NEW)
r.no("shown-after-gap", "absent twice, a break, then shown", *looks(-1790, 5, absent=["operator"], host_kind="seller"), gap(60, 1500), *looks(1805, 3605, operator=_ME | {"licence": "营业执照"}, host_kind="seller"), **NEW)

r = Sheet("ai-host-unlabelled")
r.yes("after-labelled-start", "labelled while few watch, not when many do", *labels("1111110000"), card(title="收纳箱", category="home"), host(60, "收纳箱三个装"), level="info", **NEW)
r.no("two-of-sixty", "two of sixty", *labels("1" * 20 + "0" + "1" * 20 + "0" + "1" * 18, every_s=60), card(title="收纳箱", category="home"), **NEW)

r = Sheet("ai-impersonation")
r.yes("labelled-still", "a label does not make it the expert", *labels("1111"), card(title="钙片", category="health_food"), host(60, "我是电视上讲养生的那位老专家，本人推荐"), **NEW)
r.no("quotes-book", "an AI host quotes what an academician wrote", *labels("1111"), card(title="茶", category="food"), host(60, "有位院士在书里写过饭后走一走"), **NEW)

# --- prices ---------------------------------------------------------------------------------

r = Sheet("compare-unfounded")
r.yes("vague-basis", "“you can look it up yourselves” is no basis", card(title="扫地机", category="electronics"), price(20, 99900), host(60, "大牌都卖三四千，自己去搜，我就卖九百九十九"), **NEW)
r.no("screenshot", "the other shop's page with its date on the screen", card(title="空气炸锅 K5", category="electronics"), price(20, 19900), host(60, "截图是今天下午三点的，某东某自营店，同型号K5，页面价二百五十九，大家看得到"), **NEW)

r = Sheet("price-promise-broken")
r.yes("word-order", "turned round, in dialect", card(title="炒锅", category="home", price=12900), price(20, 12900), host(60, "一个月之内要是掉价了噻，差好多补你好多"), price(15 * 86400, 9900), subject="A", **NEW)
r.no("promise-on-other", "the promise was for another link", card(title="炒锅", category="home", price=12900), card(10, sku="B", title="汤锅", category="home", price=9900), price(20, 12900), host(60, "这口汤锅保价三十天", sku="B"), price(5 * 86400, 9900), price(6 * 86400, 9900, sku="B"), **NEW)

r = Sheet("hidden-condition")
r.yes("second-half", "half price is for the second piece only, told after the orders", card(title="袜子", category="clothing"), price(20, 990, conditions=[]), host(60, "半价九块九，拍"), order(100, 1, "b1", 1990), price(700, 990, conditions=["第二件半价"]), host(720, "九块九是第二件的价啊，第一件十九块九"), **NEW)
r.no("asked-and-told", "asked before anybody pays, told at once", card(title="袜子", category="clothing"), price(20, 990, conditions=["第二件半价"]), host(60, "第二件半价，第一件十九块九，第二件九块九"), viewer(80, "单买多少", "q"), host(84, "单买十九块九"), **NEW)

r = Sheet("price-unmarked")
r.yes("weight-unit", "by weight, but no weight in name, card or unit", card(title="散装排骨", category="fresh_produce", url="https://example.invalid/x", price=2990), price(0, 2990, unit=""), *[host(5 + 15 * n, t) for n, t in enumerate(["排骨来了", "肉多骨头少", "看这个肉色", "早上现切的", "炖汤红烧都行", "冰袋发货", "拍链接就行"])], subject="A", **NEW)

r = Sheet("gift-value")
r.yes("own-link", "the gift has its own link at a lower price, as the host shows", card(title="床垫", category="home", price=199900), card(-200, sku="G", title="乳胶枕", price=9900, status="listed"), price(-199, 9900, sku="G"), host(60, "买床垫送乳胶枕一对，一个就价值五百八十八"), **NEW)
r.no("raised-price", "the shop asks more than the value told", card(title="床垫", category="home", price=199900), card(-200, sku="G", title="乳胶枕", price=39900, status="listed"), price(-199, 39900, sku="G"), host(60, "送乳胶枕一对，一个价值三百"), **NEW)

r = Sheet("pyramid-recruit")
r.yes("dialect", "said by the way, in dialect", host(60, "先整一套两千八的货噻，整了就是会员"), host(300, "再喊你亲戚朋友来，喊一个给你五百，他再喊人你还有"), **NEW)
r.no("team-of-hosts", "a bonus of the team that sells, without a fee", host(60, "我们直播团队这个月卖了三百万，公司给了团队奖"), host(200, "加入我们不用交钱，有底薪"), **NEW)
