"""Where goods come from, and the numbers and marks that certify them."""
# fmt: off

from __future__ import annotations

from typing import Any

from numbers_made_up import sc
from sheet import Sheet, card, gap, host, viewer

# --- origin-false: speech or title against the card or the shop's own label -----------------

r = Sheet("origin-false")


def _from(place: str, title: str, category: str = "fresh_produce", sku: str = "A", t: float = -20, **more: str) -> Any:
    return card(t, title=title, sku=sku, attrs={"产地": place, **more}, category=category)


r.yes("apples", "said to come from Aksu, the card says Qixia", _from("山东省烟台市栖霞市", "冰糖心苹果 10斤"), host(60, "这是新疆阿克苏的苹果啊家人们，昼夜温差大，糖心"))
r.yes("crabs-title", "the title names one lake, the label another place", _from("江苏省兴化市", "阳澄湖大闸蟹 8只装"), host(60, "公母各四只"), subject="A")
r.yes("wine", "“bottled in France”, made in Yantai", _from("山东烟台", "赤霞珠干红 6支", "alcohol"), host(60, "法国原瓶原装进口的，波尔多产区"))
r.yes("rice", "Wuchang by word, Anhui on the card", _from("安徽省宣城市", "长粒香米 20斤", "food"), host(60, "五常大米，就产自五常核心产区，煮饭满屋香"))
r.yes("beef", "Australian by word, Brazilian on the label", card(title="原切牛排 10片", attrs={"原产国": "巴西", "产地": "巴西"}, category="food"), host(60, "都是澳洲进口的，产地澳大利亚，谷饲两百天"))
r.yes("appliance", "“made in Japan”, made in Dongguan", _from("广东省东莞市", "电饭煲 3L", "electronics"), host(60, "日本原装进口的，日本产的，国内没有生产线"))
r.yes("oranges-title", "Gannan in the title, Yongzhou on the card", _from("湖南省永州市", "正宗赣南脐橙 9斤 江西发货"), host(40, "皮薄汁多"), subject="A")
r.yes("assistant", "the assistant names the wrong place", _from("青海省格尔木市", "枸杞 500g", "food"), host(40, "枸杞产地是哪里"), host(46, "宁夏中宁产的，中宁枸杞", speaker="assistant"))
r.yes("confirmed-question", "a viewer's question read out and confirmed", _from("贵州省湄潭县", "明前绿茶 250g", "food"), viewer(40, "是西湖产区的吗", "q"), host(50, "有人问是不是西湖龙井核心产区的"), host(54, "对的，就是西湖产区的，狮峰山上采的"))
r.yes("later-label", "unknown at first, then the label shows Fujian under a title with Vietnam", card(-60, title="越南黑虎虾 4斤", category="fresh_produce"), host(20, "越南来的大虾"), _from("福建省漳州市", "越南黑虎虾 4斤", t=120))
r.yes("latex", "“made in Thailand and sent from there”, from Nantong", _from("江苏省南通市", "乳胶枕 一对", "home"), host(60, "泰国生产的，泰国工厂直发，泰国原产乳胶枕"))
r.yes("mutton", "title and attribute of one card contradict each other", _from("河北省唐山市", "内蒙古锡林郭勒 羔羊排 5斤"), host(60, "清水一煮就好吃"), subject="A")
r.yes("ginseng", "three statements, the label seen after a break", host(10, "长白山的野生林下参"), gap(30, 100), _from("山东省威海市文登区", "林下参 礼盒", "food", t=120), host(150, "产地就是吉林长白山"), host(200, "从长白山采下来的"))
r.yes("last-link", "no product on screen: the link put up last is meant", _from("四川省凉山州", "软籽石榴 6斤"), host(30, "上二号链接"), host(60, "这个石榴是云南蒙自产的，蒙自石榴", sku=None))

r.no("finer", "the card says the same place, finer", _from("新疆阿克苏地区温宿县", "冰糖心苹果"), host(60, "新疆阿克苏的苹果"))
r.no("old-name", "Gannan is Ganzhou", _from("江西省赣州市信丰县", "赣南脐橙 9斤"), host(60, "赣南产的脐橙"))
r.no("unknown", "the origin was not seen", card(title="苹果 10斤", category="fresh_produce"), host(60, "新疆阿克苏的苹果"))
r.no("style", "a style of cooking is no origin", _from("河南省郑州市", "新疆风味大盘鸡 速食", "food"), host(60, "新疆口味的大盘鸡，兰州拉面那种宽面"))
r.no("raw-material", "cotton from Xinjiang, sewn in Nantong", _from("江苏省南通市", "新疆长绒棉四件套", "home"), host(60, "用的是新疆长绒棉，在我们南通做的"))
r.no("corrected", "a slip, corrected after twenty seconds", _from("山东省烟台市栖霞市", "苹果 10斤"), host(60, "新疆阿克苏的苹果"), host(80, "说错了说错了，这个是山东栖霞的，阿克苏的在三号链接"))
r.no("denied", "the host denies a better-known origin", _from("吉林省舒兰市", "稻花香 20斤", "food"), host(60, "这个不是五常的啊，我们是吉林舒兰的大米"))
r.no("other-sku", "what is said belongs to the other card", _from("山东省烟台市", "红富士 10斤"), _from("新疆阿克苏地区", "冰糖心 10斤", sku="B", t=10), host(60, "这个才是新疆阿克苏的", sku="B"))
r.no("travel", "where the host has been", _from("浙江省嘉兴市", "羊绒围巾", "clothing"), host(60, "我上个月去了趟内蒙古和法国，天冷，就戴的这条"))
r.no("brand", "a place in a brand's name", _from("广东省深圳市", "青岛牌啤酒 24听", "alcohol"), host(60, "青岛啤酒一箱二十四听"))
r.no("warehouse", "where it is sent from", _from("广东省汕头市", "积木玩具", "other"), host(60, "从义乌仓发货，江浙沪第二天到"))
r.no("viewer", "a viewer's guess", _from("江苏省兴化市", "大闸蟹 8只"), viewer(60, "这是阳澄湖的吧", "x"), host(70, "拍四对的备注一下"))
r.no("variety", "names of kinds that contain a place", _from("海南省三亚市", "哈密瓜 2个"), host(60, "荷兰豆在下一个链接，哈密瓜两个一箱"))
r.no("design", "designed elsewhere, and so said", _from("广东省佛山市", "岩板餐桌", "home"), host(60, "意大利设计师设计的，佛山工厂生产"))
r.no("north-east", "东北 covers Heilongjiang", _from("黑龙江省佳木斯市", "东北大米 20斤", "food"), host(60, "东北的黑土地大米"))
r.no("imported-material", "hide from Italy, the shoe from Wenzhou", _from("浙江省温州市", "牛皮乐福鞋", "clothing", 皮料产地="意大利"), host(60, "皮是意大利进口的牛皮，鞋在温州做"))
r.no("two-places", "either origin, as the card says", _from("越南/广西（随机发货）", "火龙果 5斤"), host(60, "这批是越南的火龙果"))
r.no("comparison", "another's origin in a comparison", _from("云南省昭通市", "丑苹果 8斤"), host(60, "大家都知道阿克苏苹果好，我们昭通的丑苹果口感也不差"))

# --- cert-false: a number or mark seen to be absent, malformed, or of another class of goods -

r = Sheet("cert-false")
W: dict[str, Any] = {"subject": "A", "level": "watch"}


def _marked(title: str, category: str | None, **attrs: str) -> Any:
    fields = {"category": category} if category else {}
    return card(title=title, attrs=attrs, **fields)


_GOOD = sc("1065101060034")
r.yes("sc-13", "an SC number of 13 digits", _marked("冻干草莓 50g", "food", 生产许可证=_GOOD[:-1]), host(60, "有SC的正规厂"), **W)
r.yes("sc-15", "an SC number of 15 digits", _marked("黑芝麻丸", "food", 生产许可证=_GOOD + "7"), host(60, "大厂出品"), **W)
r.yes("sc-letters", "letters among the digits", _marked("豆干 散装礼包", "food", 生产许可证="SC1065I01O6003A5"), host(60, "豆干"), **W)
r.yes("qs", "the old QS number, out of use since October 2018", _marked("方便粉丝", "food", 生产许可证="QS3301 0701 0123", 生产日期="2026-08-01"), host(60, "老牌子"), **W)
r.yes("sc-check", "the check digit is wrong", _marked("山楂条", "food", 生产许可证=_GOOD[:-1] + str((int(_GOOD[-1]) + 3) % 10)), host(60, "没有添加"), **W)
r.yes("zeros", "fourteen zeros", _marked("猪油渣", "food", 生产许可证="SC00000000000000"), host(60, "猪油渣现炸"), **W)
r.yes("organic-none", "said to be certified organic, the certificate is seen to be absent", _marked("大米 5kg", "food", 有机认证="", 产地="黑龙江"), host(60, "通过了有机认证的，国家有机产品认证的大米"), **W)
r.yes("organic-code", "an organic code that is far too short", _marked("有机小米 2斤", "food", 有机码="123456", 有机认证="有"), host(60, "扫有机码都能查"), **W)
r.yes("3c-none", "3C by word, absent on the plate", _marked("充电宝 20000毫安", "electronics", **{"3C认证": ""}), host(60, "三C认证过的，可以带上飞机，国家3C认证"), **W)
r.yes("3c-number", "a 3C number of eight digits", _marked("儿童安全座椅", "other", **{"3C证书编号": "20190109"}), host(60, "3C证书都有"), **W)
r.yes("blue-hat-none", "“it has the blue hat”, the approval number is seen to be absent", _marked("氨糖软骨素片", "health_food", 批准文号=""), host(60, "蓝帽子认证的保健食品，放心吃"), **W)
r.yes("blue-hat-short", "an approval of four digits", _marked("鱼油软胶囊", "health_food", 批准文号="国食健字G2015"), host(60, "有批准文号的"), **W)
r.yes("filing-short", "a filing number with too few digits", _marked("维生素C咀嚼片", "health_food", 批准文号="食健备G2019331"), host(60, "每天一片"), **W)
r.yes("class-cosmetic", "special cosmetics under the number of an ordinary one", _marked("祛斑霜 特证", "special_cosmetics", 批准文号="粤G妆网备字2021012345"), host(60, "我们是有特证的祛斑产品"), **W)
r.yes("class-device", "a device under a disinfectant's number", _marked("妇科凝胶 医用", "medical_device", 批准文号="鲁卫消证字（2019）第0012号"), host(60, "械字号的，医用级别"), **W)
r.yes("special-none", "said to be a registered special cosmetic, the number is absent", _marked("防晒霜 SPF50+", "special_cosmetics", 批准文号="", 注册证号=""), host(60, "国妆特字的，药监局可查"), **W)
r.yes("drug-as-health", "a drug under the number of a health food", _marked("感冒灵颗粒", "drug", 批准文号="国食健字G20201234"), host(60, "一盒十袋"), **W)

r.no("sc-good", "a right SC number", _marked("冻干草莓 50g", "food", 生产许可证=_GOOD), host(60, "正规厂家，有SC"))
r.no("sc-spaced", "a right number with spaces and in small letters", _marked("冻干草莓 50g", "food", 生产许可证=f"sc {_GOOD[2:5]} {_GOOD[5:11]} {_GOOD[11:]}"), host(60, "有SC"))
r.no("sc-other-food", "the class in the number is the maker's main one", _marked("黑芝麻糊", "food", 生产许可证=sc("1015101060077")), host(60, "每天一杯"))
r.no("unknown", "no number was seen", _marked("冻干草莓 50g", "food", 净含量="50克"), host(60, "SC证件齐全的"))
r.no("organic-unknown", "organic by word, the certificate was not seen", _marked("大米 5kg", "food", 产地="黑龙江"), host(60, "有机认证的大米"))
r.no("no-claim", "not organic, and nobody says so", _marked("大米 5kg", "food", 有机认证="", 生产许可证=sc("1012308810021")), host(60, "今年的新米"))
r.no("blue-hat-good", "a health food with an approval of eight digits", _marked("鱼油软胶囊", "health_food", 批准文号="国食健字G20209876"), host(60, "蓝帽子"))
r.no("filing-good", "a filed health food", _marked("维生素C咀嚼片", "health_food", 批准文号="食健备G201933000987"), host(60, "蓝帽子备案的"))
r.no("special-good", "a registered sunscreen", _marked("防晒霜 SPF50+", "special_cosmetics", 批准文号="国妆特字20219876"), host(60, "国妆特字"))
r.no("3c-good", "a 3C number of sixteen digits", _marked("充电器 20W", "electronics", **{"3C认证": "有", "3C证书编号": "2023010907567890"}), host(60, "3C认证的"))
r.no("3c-not-needed", "a shirt needs no 3C", _marked("纯棉T恤", "clothing", **{"3C认证": ""}), host(60, "纯棉的"))
r.no("ordinary-food", "ordinary food has no approval number and nobody claims one", _marked("魔芋爽", "food", 批准文号="", 生产许可证=sc("1165101060018")), host(60, "解馋的小零食"))
r.no("denied", "the host says that there is none", _marked("土鸡蛋 30枚", "fresh_produce", 有机认证=""), host(60, "我们没有做有机认证啊，就是普通散养的，没认证不敢说有机"))
r.no("advice", "how to recognise the mark", _marked("蛋白棒", "food", 批准文号=""), host(60, "买保健食品要认准蓝帽子，我们这个不是保健食品，就是零食"))
r.no("import", "an import without SC number", _marked("进口麦片 1kg", "food", 生产许可证="", 产地="德国"), host(60, "德国进口的麦片"))
r.no("produce", "farm produce without SC number", _marked("红薯 10斤", "fresh_produce", 生产许可证=""), host(60, "沙地红薯"))
r.no("see-pack", "the number is on the pack", _marked("牛轧糖", "food", 生产许可证="见外包装"), host(60, "证都在包装上"))
r.no("cut-display", "the display cuts the number off", _marked("沙琪玛", "food", 生产许可证="SC10651…"), host(60, "沙琪玛"))
r.no("workshop", "a small workshop with its registration", _marked("手工挂面", "food", 生产许可证="川食坊登字20240221"), host(60, "小作坊登记过的"))
r.no("viewer-claims", "a viewer asks for organic; the card has none", _marked("小米 2斤", "food", 有机认证=""), viewer(60, "有机认证的吗", "x"), host(66, "不是有机的，普通小米"))
r.no("other-sku", "the certificate claimed is another product's", _marked("普通大米", "food", 有机认证=""), card(5, sku="B", title="有机大米", attrs={"有机认证": "有", "有机码": "12345678901234567"}, category="food"), host(60, "这款有机认证的", sku="B"))
