"""Goods that are less than they are said to be: passed off, or not as on their own card."""
# fmt: off

from __future__ import annotations

from typing import Any

from sheet import Sheet, card, gap, host, viewer, viewers

# --- pass-off-quality: the false for the true, the worse for the better ---------------------

r = Sheet("pass-off-quality")


def _of(material: str, title: str, category: str, **more: str) -> Any:
    return card(title=title, attrs={"材质": material, **more}, category=category)


r.yes("gold", "pure gold by word, a gilded alloy on the card", _of("合金镀金", "古法传承手镯", "jewellery"), host(60, "足金九九九的手镯，真金的啊，不是镀的"))
r.yes("leather", "full-grain leather by word, PU on the card", _of("PU", "通勤托特包", "clothing"), host(60, "头层牛皮做的，真皮包包"))
r.yes("cashmere", "pure cashmere by word, acrylic on the card", _of("腈纶100%", "秋冬围巾", "clothing"), host(60, "百分百纯山羊绒的，绝对不是化纤"))
r.yes("buyers-leather", "four buyers report PU instead of leather", card(title="真皮腰带", category="clothing"), viewer(60, "说是真皮收到是PU的", "b1"), viewer(200, "烧了一下一股塑料味 假皮", "b2"), viewer(420, "腰带是人造革不是真皮", "b3"), viewer(700, "我的也是假皮，两天就裂了", "b4"))
r.yes("buyers-weight", "three buyers weighed what they got", card(title="牛肉干 500g", category="food"), viewer(60, "500克的牛肉干我称了只有380克", "k1"), viewer(260, "我也称了 缺斤少两 不到四百克", "k2"), viewer(500, "写500g实际370g", "k3"))
r.yes("mixed-in", "seconds are to be mixed in, says the assistant", card(title="羊毛衫", category="clothing"), host(30, "那批有瑕疵的怎么弄"), host(35, "混到正品里一起发，反正看不出来", speaker="assistant"))
r.yes("grade-mix", "fruit of a lower grade in boxes of the higher", card(title="A级车厘子 5斤", category="fresh_produce"), host(60, "悄悄说，B级果掺一点到A级的箱子里发，成本就下来了"))
r.yes("jade", "natural by title, treated on the label", _of("翡翠（B货 酸洗注胶）", "天然A货翡翠手镯", "jewellery"), host(60, "看这个水头"), subject="A")
r.yes("silver", "925 by title, plated copper on the card", _of("铜镀银", "925纯银项链", "jewellery"), host(60, "送女朋友很合适"), subject="A")
r.yes("down", "down by title, polyester inside", _of("面料：锦纶；填充物：聚酯纤维100%", "白鸭绒羽绒服 轻薄", "clothing"), host(60, "轻薄款，填的都是白鸭绒"), subject="A")
r.yes("wood", "solid wood by word, fibreboard on the card", _of("密度板贴皮", "床头柜 原木色", "home"), host(60, "全实木的，整块橡木，不是板材"))
r.yes("gold-tested", "buyers had it tested", card(title="足金转运珠", category="jewellery"), viewers(90, 200, "拿去金店测了 根本不是黄金", "送检了含金量是零，铜的", "戴一周就掉色 假黄金", "金店说这是镀的"))
r.yes("refurbished", "new by word, refurbished on the card", card(title="平板电脑 128G", attrs={"成色": "官翻/翻新机"}, category="electronics"), host(60, "全新未拆封的啊，不是翻新机，全新正品"))
r.yes("silk", "silk by word, confirmed on a question", _of("聚酯纤维", "夏凉被", "home"), viewer(50, "是桑蚕丝的吗", "q"), host(55, "有人问是不是桑蚕丝的"), host(58, "是的，百分之百桑蚕丝填充"))

r.no("as-said", "leather by word and on the card", _of("头层牛皮", "通勤包", "clothing"), host(60, "真皮的，头层牛皮"))
r.no("unknown", "the material was not seen", card(title="手镯", category="jewellery"), host(60, "足金九九九的手镯"))
r.no("feel", "a likeness of feel", _of("PU", "通勤包", "clothing"), host(60, "摸起来跟真皮一样的手感，很软"))
r.no("disclosed", "the host says that it is PU", _of("PU", "通勤包", "clothing"), host(60, "这个是PU的不是真皮，所以才这个价"))
r.no("plated", "gilded, and so said", _of("合金镀金", "耳环", "jewellery"), host(60, "镀金的啊，不是足金，就戴个好看"))
r.no("synonym", "two names of one silver", _of("S925银", "925纯银项链", "jewellery"), host(60, "925银的"))
r.no("two-buyers", "two reports are too few", card(title="真皮腰带", category="clothing"), viewer(60, "收到是PU的", "b1"), viewer(300, "假皮", "b2"))
r.no("one-voice", "one account, six times", card(title="真皮腰带", category="clothing"), *[viewer(60 + 50 * n, t, "b1") for n, t in enumerate(["假皮", "收到是PU的", "不是真皮", "骗人 假皮", "假皮假皮", "人造革"])])
r.no("questions", "viewers ask", card(title="真皮腰带", category="clothing"), viewers(60, 60, "是真皮吗", "会不会是PU的", "不是人造革吧", "克重够吗", "真的是头层吗"))
r.no("corrected", "a slip, corrected at once", _of("二层牛皮", "腰带", "clothing"), host(60, "头层牛皮的"), host(72, "啊不对，这款是二层牛皮，头层的是五号链接"))
r.no("seconds", "seconds sold as seconds", card(title="羊毛衫 微瑕", attrs={"等级": "微瑕"}, category="clothing"), host(60, "微瑕款，有小线头小色差，所以便宜，介意别拍"))
r.no("other-sku", "what is said belongs to the other card", _of("合金镀金", "手镯", "jewellery"), card(5, sku="B", title="足金手镯", attrs={"材质": "足金999"}, category="jewellery"), host(60, "这只是足金九九九的", sku="B"))
r.no("part", "the upper is leather, the sole is rubber", _of("鞋面：头层牛皮；鞋底：橡胶", "乐福鞋", "clothing"), host(60, "真皮的鞋面，鞋底是橡胶的，防滑"))
r.no("warning", "how others cheat", _of("桑蚕丝100%", "蚕丝被", "home"), host(60, "有些商家拿化纤冒充蚕丝，以次充好，大家要会分辨，烧一下就知道"))
r.no("gap", "the card's material came up in a break and is unknown", gap(-100, 40), card(-110, title="床头柜", category="home"), host(60, "全实木的"))
r.no("satisfied", "buyers say it is real", card(title="足金转运珠", category="jewellery"), viewers(60, 90, "拿去金店测了 是真的足金", "克重一克不少", "不是假货 放心买", "真皮的 烧过了"))

# --- claim-card-mismatch: the same attribute of the same SKU, spoken and on the card ---------

r = Sheet("claim-card-mismatch")


def _card(title: str, category: str = "other", sku: str = "A", t: float = -20, **attrs: str) -> Any:
    return card(t, title=title, sku=sku, attrs=attrs, category=category)


r.yes("cotton", "100 % cotton by word, 60 on the card", _card("圆领T恤", "clothing", 材质="棉60% 聚酯纤维40%"), host(60, "百分之百纯棉的啊，一点化纤都没有"))
r.yes("net-weight", "500 grams by word, 400 on the card", _card("牛肉干", "food", 净含量="400克"), host(60, "一袋是足足五百克，净含量五百克"))
r.yes("standard", "premium grade by word, second grade on the card", _card("特产红糖", "food", 执行标准="GB/T 35885", 质量等级="二级"), host(60, "这个质量等级是特级的，特级红糖"))
r.yes("origin", "origin by word against the card", _card("小米 5斤", "food", 产地="河北张家口"), host(60, "产地陕西米脂，米脂小米"))
r.yes("sun", "SPF 50 by word, 30 on the card", _card("防晒乳", "special_cosmetics", 功效="防晒 SPF30 PA+++"), host(60, "SPF五十的防晒，倍数五十"))
r.yes("power", "watts", _card("电吹风", "electronics", 功率="1200W"), host(60, "两千瓦的大功率，功率2000W"))
r.yes("battery", "battery capacity", _card("充电宝", "electronics", 电池容量="10000mAh"), host(60, "容量是两万毫安的，两万毫安时"))
r.yes("down", "share of down", _card("羽绒服", "clothing", 含绒量="70%", 填充物="白鸭绒"), host(60, "含绒量百分之九十，九十的绒"))
r.yes("pieces", "number of packs", _card("抽纸", "home", 规格="18包"), host(60, "一箱是二十四包，整整24包"))
r.yes("gsm", "weight of the cloth, by the assistant", _card("重磅卫衣", "clothing", 克重="260g/㎡"), host(50, "克重多少"), host(56, "四百克重磅的，克重400", speaker="assistant"))
r.yes("sugar", "no sugar by word, sugar among the ingredients", _card("核桃粉", "food", 配料="核桃粉、白砂糖、麦芽糊精"), host(60, "无蔗糖的啊，配料里面没有白砂糖"))
r.yes("last-link", "the link put up last, without a product on screen", _card("牛奶", "food", sku="B", t=-300, 净含量="250ml×12"), _card("酸奶", "food", t=20, 蛋白质含量="2.8g/100g"), host(60, "蛋白质含量有五点零克每一百克", sku=None), host(24, "上三号链接"))
r.yes("shelf-life", "shelf life by word against the card", _card("凤爪", "food", 保质期="6个月"), host(60, "保质期十二个月，放一年没问题"))
r.yes("repeated", "three times in ten minutes, label seen in between", host(-60, "净重三斤的榴莲肉"), _card("冷冻榴莲肉", "food", 净含量="1000克"), host(120, "三斤净肉，净含量一千五百克"), host(420, "净重三斤"))
r.yes("efficacy", "an efficacy that the card does not have, but another", _card("洗发水", "cosmetics", 功效="清洁、去屑"), host(60, "功效这一栏写的就是防脱，它备案的功效就是防脱发"))
r.yes("steel", "grade of steel", _card("保温杯", "home", 材质="304不锈钢"), host(60, "内胆316的，316不锈钢"))
r.yes("after-long-while", "corrected, but only after a quarter of an hour", _card("毛巾", "home", 材质="棉80% 聚酯纤维20%"), host(60, "全棉的，棉含量百分百"), host(960, "更正一下，棉是百分之八十"))

r.no("same", "the same share in words", _card("T恤", "clothing", 材质="棉100%"), host(60, "百分百纯棉"))
r.no("units", "a kilogram in three units", _card("牛肉干", "food", 净含量="0.5kg"), host(60, "一斤装的，五百克"))
r.no("silence", "the card does not speak of it", _card("T恤", "clothing", 版型="宽松"), host(60, "百分百纯棉"))
r.no("unknown-card", "no attribute seen", card(title="T恤", category="clothing"), host(60, "百分百纯棉"))
r.no("simile", "a likeness of feel", _card("睡衣", "clothing", 材质="聚酯纤维100%"), host(60, "真丝一样的手感，滑滑的"))
r.no("variants", "the card lists two sizes", _card("茶叶", "food", 净含量="250克/500克", 规格="两种规格可选"), host(60, "五百克装的拍第二个选项"))
r.no("blend", "the blend named rightly", _card("卫衣", "clothing", 材质="棉60% 聚酯纤维40%"), host(60, "百分之六十的棉加百分之四十的聚酯纤维，不容易皱"))
r.no("corrected", "a slip, corrected after half a minute", _card("牛肉干", "food", 净含量="400克"), host(60, "五百克一袋"), host(90, "讲错了啊，四百克，净含量四百克"))
r.no("other-sku", "the other card is on screen", _card("牛奶", "food", 净含量="250ml×12"), _card("酸奶", "food", sku="B", t=10, 净含量="200g×10"), host(60, "十盒装的，两百克一盒", sku="B"))
r.no("viewer", "a viewer's figure", _card("牛肉干", "food", 净含量="400克"), viewer(60, "这不是500克的吗", "x"))
r.no("not-goods", "figures of buyers, freight and sizes", _card("卫衣", "clothing", 克重="320g/㎡"), host(60, "身高一米六、体重一百斤穿M码，两件以上免运费"))
r.no("bundle", "two packs together", _card("牛肉干", "food", 净含量="250克"), host(60, "今天拍一发二，到手两袋一共五百克"))
r.no("denied-quote", "asked and denied", _card("T恤", "clothing", 材质="棉95% 氨纶5%"), host(60, "有人问是不是百分百纯棉"), host(64, "不是百分百，里面有百分之五的氨纶，有弹性"))
r.no("competitor", "what others sell", _card("充电宝", "electronics", 电池容量="10000mAh"), host(60, "别人家两万毫安的又大又重，我们一万毫安刚好揣口袋"))
r.no("new-version", "the next version, not this one", _card("充电宝", "electronics", 电池容量="10000mAh"), host(60, "下个月的新款才是两万毫安，今天这个是一万毫安的"))
r.no("gap-between", "the card changed in a break: the old attribute may be past", _card("礼盒", "food", 净含量="400克"), gap(10, 400), _card("礼盒", "food", t=405, 净含量="500克"), host(430, "五百克一盒"))
r.no("equal-text", "316 on the card as 316L", _card("保温杯", "home", 材质="内胆316L不锈钢，外壳304不锈钢"), host(60, "内胆是316的"))
