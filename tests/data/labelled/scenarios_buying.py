"""Price words: comparisons without a base, promises not kept, conditions that come late."""
# fmt: off

from __future__ import annotations

from sheet import Sheet, Step, card, gap, host, order, price, viewer, viewers

D = 86_400

# --- compare-unfounded ----------------------------------------------------------------------

r = Sheet("compare-unfounded")
r.yes("counter-price", "a counter's price as the base, nothing to check it by", card(title="面霜 50g", category="cosmetics"), price(20, 19900, ref=129900, label="专柜价"), host(60, "专柜卖一千二百九十九，今天直播间一百九十九"), subject="A")
r.yes("other-platform", "another platform's price without shop or time", card(title="吹风机", category="electronics"), price(20, 29900, ref=79900, label="某猫价"), host(60, "你去别的平台看看，都卖七百九十九"))
r.yes("lowest-of-net", "“lowest in the whole net” without scope and time", card(title="抽纸 30包", category="home", price=2990), price(20, 2990), host(60, "这个价全网最低，你找不到第二家"))
r.yes("title", "it stands in the title", card(title="全网最低价 蚕丝被 6斤", category="home", price=39900), price(20, 39900), host(60, "六斤的蚕丝被"))
r.yes("next-door", "the room next door is dearer, they say", card(title="卫衣", category="clothing"), price(20, 5900), host(60, "隔壁直播间同款卖一百五，我只要五十九"))
r.yes("mall", "a department store's price, by the assistant", card(title="羊绒大衣", category="clothing"), price(20, 89900), host(60, "这件在商场什么价"), host(65, "商场里挂三千八，一分不少", speaker="assistant"))
r.yes("bottom", "bottom price of the whole trade", card(title="手机壳", category="electronics"), price(20, 990), host(60, "行业底价，全行业没有比我们再低的了"))
r.yes("flagship", "the flagship shop's price is asserted, the card shows it as reference", card(title="电动牙刷", category="electronics", price=9900, reference_price=39900, reference_label="官旗价"), host(60, "官方旗舰店三百九十九，我们九十九"), subject="A")
r.yes("all-over", "“nobody anywhere sells it cheaper”", card(title="蜂蜜 2斤", category="food"), price(20, 4900), host(60, "不管你去哪个平台哪家店比价，没有比这更便宜的"))
r.yes("supermarket", "supermarkets by the look of it", card(title="牛奶 12盒", category="food"), price(20, 3990, ref=7990, label="超市价"), host(60, "超市里八十块一箱，谁还去超市买"), subject="A")
r.yes("market-price", "a market price that nobody can find", card(title="翡翠吊坠", category="jewellery"), price(20, 99900, ref=980000, label="市场价"), host(60, "市场价九千八，珠宝店里都是这个价"), subject="A")
r.yes("confirmed-question", "asked whether it is the lowest: yes", card(title="保温杯", category="home"), price(20, 3900), viewer(40, "是全网最低吗", "q"), host(50, "有人问是不是全网最低"), host(53, "是的，全网最低价，放心拍"))
r.yes("rival-anchor", "cheaper than a famous host, without saying when", card(title="口红", category="cosmetics"), price(20, 12900), host(60, "头部主播那边卖一百九十九，我们比他便宜七十"))

r.no("own-past", "the own former price is another rule's matter", card(title="卫衣", category="clothing"), price(20, 5900, ref=9900, label="原价"), host(60, "我们上周卖九十九，今天五十九"))
r.no("checkable", "shop, model and time are named, the page is shown", card(title="吹风机 HD15", category="electronics"), price(20, 189900), host(60, "大家看，某某官方旗舰店，型号HD15，今天晚上八点的页面价两千一百九十九，截图在左边，可以自己去搜"))
r.no("tag", "a tag's price, so labelled", card(title="羽绒服", category="clothing"), price(20, 39900, ref=129900, label="吊牌价"), host(60, "吊牌上印的一千二百九十九"))
r.no("recommended", "the maker's recommended price", card(title="面霜", category="cosmetics"), price(20, 19900, ref=29900, label="厂商建议零售价"), host(60, "厂商建议零售价二百九十九"))
r.no("denied", "the host does not dare to say it", card(title="抽纸", category="home"), price(20, 2990), host(60, "我不敢说全网最低啊，大家可以自己比价"))
r.no("viewer", "a viewer says it", card(title="抽纸", category="home"), price(20, 2990), viewer(60, "隔壁卖的更贵", "x"), viewer(70, "全网最低了吧", "y"))
r.no("own-room", "lowest of this room this month", card(title="抽纸", category="home"), price(20, 2990), host(60, "这是我们直播间这个月最低的一次"))
r.no("quality", "a comparison of warmth, not of price", card(title="羽绒服", category="clothing"), price(20, 39900), host(60, "比一般的羽绒服厚实，充绒量多三十克"))
r.no("quoted-denied", "asked and denied", card(title="保温杯", category="home"), price(20, 3900), host(60, "有人问是不是全网最低价"), host(63, "不敢保证，全网那么多家呢"))
r.no("unit-price", "arithmetic of the own price", card(title="抽纸 30包", category="home"), price(20, 2990), host(60, "三十包二十九块九，一包不到一块钱，比一瓶水还便宜"))
r.no("reference-unknown", "what the base is called was not seen", card(title="面霜", category="cosmetics", price=19900, reference_price=29900), host(60, "面霜五十克"))
r.no("min-size", "最低 of something else", card(title="卫衣", category="clothing"), price(20, 5900), host(60, "最低两件起发，最低码是S码"))
r.no("policy", "what platforms forbid", card(title="卫衣", category="clothing"), price(20, 5900), host(60, "平台不让说全网最低价，我们也不说，价格就在链接上"))
r.no("wholesale", "own wholesale and own single price", card(title="袜子 10双", category="clothing"), price(20, 1990), host(60, "单买三块一双，十双装十九块九"))

# --- price-promise-broken -------------------------------------------------------------------

r = Sheet("price-promise-broken")


def _promise(text: str, fen: int = 9900, t: float = 60) -> tuple[Step, ...]:
    return (card(title="四件套 1.8米", category="home", price=fen), price(20, fen), host(t, text), order(t + 60, 1, "b1", fen), order(t + 90, 2, "b2", fen))


r.yes("seven-days", "seven days' price protection, cheaper on the third", *_promise("今天拍保价七天，降价了补差价"), price(3 * D, 7900), subject="A")
r.yes("thirty-days", "thirty days, cheaper after nineteen, as paid by others", *_promise("三十天价保，放心拍"), price(10 * D, 9900), price(19 * D, 8500, "transaction"), subject="A")
r.yes("next-broadcast", "cheaper in the next evening's broadcast", *_promise("保价15天啊，买贵了退差价"), price(D, 6900, session="next-1"), price(D + 600, 6900, "transaction", session="next-1"), subject="A")
r.yes("refused", "cheaper, and four buyers are refused the difference", *_promise("保价三十天，买贵必赔"), price(5 * D, 6900), *[viewer(5 * D + 300 + 90 * n, t, f"c{n}") for n, t in enumerate(["降价了差价不退", "说好的保价不给赔", "客服说不能退差价", "保价三十天骗人的 不补差价"])], level="lead", subject="A")
r.yes("open-coupon", "an open coupon makes it cheaper", *_promise("七天保价"), price(2 * D, 7500, "coupon"), subject="A")
r.yes("until-date", "protected up to a date, cheaper before it", *_promise("我们保价到双十一，十一月十一号之前降一分都补"), price(9 * D, 8900), at="2026-10-20 20:00", subject="A")
r.yes("chinese-number", "a number in words; the assistant promises", card(title="四件套 1.8米", price=12900, category="home"), price(20, 12900), host(60, "保价多久"), host(64, "保价二十天", speaker="assistant"), price(12 * D, 9900), subject="A")
r.yes("last-hour", "in the last hours of the last day", *_promise("保价七天"), price(7 * D - 7200, 9500), subject="A")
r.yes("same-evening", "cheaper one hour later in the same broadcast", *_promise("买贵必赔，30天内降价赔双倍差价", 15900), price(3600, 12900), viewer(3700, "刚买就降价", "b1"), subject="A")
r.yes("up-and-down", "dearer first, cheaper afterwards", *_promise("放心，保价半个月"), price(3 * D, 11900), price(8 * D, 8900), subject="A")
r.yes("across-gap", "a break lies between, the lower price is seen", *_promise("保价十天"), gap(D, 4 * D, "not watched"), price(5 * D, 7900), subject="A")
r.yes("refused-spread", "three buyers over two days", *_promise("三十天保价"), price(6 * D, 7900), viewer(6 * D + 500, "申请保价被拒 不退差价", "c1"), viewer(7 * D, "保价是骗人的，不给赔", "c2"), viewer(8 * D, "差价不退", "c3"), level="lead", subject="A")

r.no("after-the-end", "cheaper when the seven days are over", *_promise("保价七天"), price(5 * D, 9900), price(9 * D, 7900))
r.no("steady", "never cheaper", *_promise("保价三十天"), *[price(n * D, 9900) for n in (1, 5, 12, 25)])
r.no("dearer", "only dearer", *_promise("保价三十天"), price(4 * D, 11900), price(20 * D, 12900))
r.no("other-sku", "another product is cheaper", *_promise("保价七天"), price(2 * D, 4900, sku="B"), price(3 * D, 9900))
r.no("members", "only members or newcomers pay less", *_promise("保价七天"), price(2 * D, 7900, conditions=["会员价"]), price(3 * D, 6900, conditions=["新人首单"]))
r.no("other-unit", "another size", card(title="四件套", category="home"), price(20, 9900, unit="1.8米"), host(60, "保价十五天"), price(3 * D, 6900, unit="1.2米"))
r.no("deposit", "a deposit is no price", *_promise("保价七天"), price(2 * D, 1000, "deposit"))
r.no("no-promise", "cheaper, but nothing was promised", *_promise("今天这个价很划算"), price(2 * D, 6900))
r.no("denied", "the host says that there is none", *_promise("这个清仓款不保价啊，介意勿拍"), price(2 * D, 6900))
r.no("viewer", "viewers ask for it", card(title="四件套", category="home"), price(20, 9900), viewers(40, 30, "保价吗", "保价多久", "保价30天？"), price(2 * D, 6900))
r.no("cheaper-before", "the lower price lies before the promise", price(-5 * D, 6900), *_promise("保价七天"), price(3 * D, 9900))
r.no("unseen", "nobody looked afterwards", *_promise("保价七天"), gap(3600, 8 * D, "not watched"))
r.no("past-date", "cheaper after the date named", *_promise("保价到双十一"), price(24 * D, 7900), at="2026-10-20 20:00")
r.no("group", "a group price for three buyers together", *_promise("保价七天"), price(2 * D, 7500, conditions=["3人团"]))
r.no("warmth", "保 of something else", *_promise("保温七个小时，保质期二十天"), price(2 * D, 7900))

# --- hidden-condition -----------------------------------------------------------------------

r = Sheet("hidden-condition")
_BED = card(title="炒锅 32cm", category="home")
r.yes("members-later", "a price for all by word; that it is for members comes ten minutes later", _BED, price(20, 3990, conditions=[]), host(60, "三十九块九，直接拍，人人都是这个价"), price(700, 3990, conditions=["会员价"]), host(710, "没开会员的拍不了这个价啊"))
r.yes("three-pieces", "the price holds for three pieces, as buyers find out", _BED, price(20, 1990, conditions=[]), host(60, "十九块九一个，闭眼拍"), viewers(300, 40, "拍下来不是十九块九啊", "要买三件才这个价", "骗人 单买三十九"), price(500, 1990, conditions=["满3件"]))
r.yes("deposit", "a deposit spoken of as the price", _BED, price(20, 990, "deposit"), host(60, "九块九带走，九块九就能到手"), price(600, 19900, conditions=["尾款"]), host(640, "九块九是定金，尾款一百八十九到时候补"))
r.yes("freight", "freight that comes at the checkout", _BED, price(20, 990, conditions=[]), host(60, "九块九包圆了"), viewers(200, 50, "怎么要加十五运费", "运费比东西贵", "九块九还要付邮费"), price(400, 990, conditions=["运费15元"]))
r.yes("coupon-void", "a coupon is praised, the price does not follow it", _BED, price(20, 9900), host(60, "领五十块的券，到手四十九"), price(200, 9900, "coupon"), viewers(220, 50, "领了券没减啊", "券用不了", "还是九十九"))
r.yes("app-only", "only for newcomers of the app", _BED, price(20, 100, conditions=[]), host(60, "一块钱秒杀，所有人都能抢"), price(500, 100, conditions=["限新用户首单"]), host(520, "新用户才一块啊，老用户是三十九块九"))
r.yes("threshold-coupon", "the reduction needs a total that nobody mentioned", _BED, price(20, 4900, conditions=[]), host(60, "下单立减三十，到手四十九"), viewers(260, 40, "不满199不能用", "券要满199", "根本减不了"), price(420, 4900, conditions=["满199减30"]))
r.yes("card-small", "large on the card, the condition only in a late caption", card(title="炒锅 32cm 特价19.9", category="home", price=1990), price(20, 1990, conditions=[]), host(60, "链接上大大的十九块九"), price(900, 1990, conditions=["需购买指定套餐"]))
r.yes("subscription", "the price binds to a monthly order", card(title="鲜奶 月卡", category="food"), price(20, 990, conditions=[]), host(60, "鲜奶九块九，拍就行"), price(800, 990, conditions=["连续包月"]), viewers(840, 40, "自动续费了", "怎么变成包月", "没说要连续包月啊"))
r.yes("refund-form", "cash back instead of the price, told afterwards", _BED, price(20, 2900, conditions=[]), host(60, "到手价二十九"), price(600, 9900, "transaction"), host(620, "先付九十九，晒图以后返七十"))
r.yes("old-for-new", "holds only when an old one is handed in", card(title="手机 128G", category="electronics"), price(20, 199900, conditions=[]), host(60, "一千九百九十九拿走"), price(720, 199900, conditions=["以旧换新"]), host(730, "要有旧机折抵一千的"))
r.yes("points", "the price takes points that few have, said after the sale", _BED, price(20, 1990, conditions=[]), host(60, "十九块九随便拍"), order(100, 1, "b1", 4990), price(640, 1990, conditions=["需500积分"]), host(650, "十九块九是要五百积分的啊，没积分的按原来的价"))
r.yes("assistant-late", "the assistant adds it when many have paid", _BED, price(20, 3990, conditions=[]), host(60, "三十九块九不限量"), order(120, 1, "b1", 5990), order(140, 2, "b2", 5990), host(660, "只有粉丝团六级以上是三十九块九", speaker="assistant"), price(670, 3990, conditions=["粉丝团6级"]))

r.no("said-at-once", "the condition in the same sentence", _BED, price(20, 3990, conditions=["会员价"]), host(60, "会员三十九块九，非会员四十九块九"))
r.no("said-before", "said before the price", _BED, host(30, "这个是三件起的价格啊"), price(40, 1990, conditions=["满3件"]), host(60, "十九块九一个，三件起"))
r.no("none", "no condition at all", _BED, price(20, 3990, conditions=[]), host(60, "三十九块九包邮"), order(100, 1, "b1", 3990))
r.no("unknown", "conditions were not seen", _BED, price(20, 3990), host(60, "三十九块九"))
r.no("shown-always", "shown with the price from the start and spoken", _BED, price(10, 3990, conditions=["满2件"]), price(300, 3990, conditions=["满2件"]), host(60, "两件的话三十九块九一件"))
r.no("coupon-works", "the coupon is open and the price follows", _BED, price(20, 9900), host(60, "领五十块的券，到手四十九"), price(80, 4900, "coupon"), order(120, 1, "b1", 4900))
r.no("dropped", "a condition falls away", _BED, price(20, 3990, conditions=["会员价"]), host(60, "会员价三十九块九"), price(600, 3990, conditions=[]), host(610, "不用会员了，都是这个价"))
r.no("other-sku", "the condition belongs to another product", _BED, price(20, 3990, conditions=[]), host(60, "三十九块九"), price(600, 9900, sku="B", conditions=["会员价"]))
r.no("viewer-asks", "viewers ask for conditions; there are none", _BED, price(20, 3990, conditions=[]), host(60, "三十九块九"), viewers(90, 40, "要会员吗", "要几件起", "包邮吗"), host(220, "不用会员，一件也包邮"))
r.no("deposit-explained", "deposit and balance explained together", _BED, price(20, 1000, "deposit"), host(60, "定金十块，尾款一百八十九，总共一百九十九"))
r.no("remote", "freight to remote places, said", _BED, price(20, 990, conditions=[]), host(60, "九块九包邮，新疆西藏要补十块运费，提前说清楚"))
r.no("corrected", "forgotten, added within the minute before anybody paid", _BED, price(20, 3990, conditions=["粉丝团"]), host(60, "三十九块九"), host(75, "对了这是粉丝价，进粉丝团才是这个价，没进的四十九块九"))
r.no("gap", "the condition may have been said in the break", _BED, price(20, 3990), gap(30, 500), price(510, 3990, conditions=["会员价"]), host(530, "刚才说了会员价啊"))
