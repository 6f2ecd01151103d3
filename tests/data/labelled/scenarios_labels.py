"""Labels: goods that name no maker, and prepackaged food whose label lacks an item."""
# fmt: off

from __future__ import annotations

from numbers_made_up import sc
from sheet import Sheet, card, event, gap, host, viewer, viewers

# --- sanwu: producer, address and standard observed absent, and nobody shows them -----------

_NONE = {"厂名": "", "厂址": "", "执行标准": "", "合格证": ""}
_FULL = {"厂名": "南通暖岸家纺有限公司", "厂址": "南通市通州区川姜镇志浩路18号", "执行标准": "GB/T 22844-2009", "合格证": "有"}

r = Sheet("sanwu")
r.yes("bag-without-tag", "card shows no maker, address, standard; the host says there is no tag at all",
      card(title="男士羽绒服 加厚", attrs=_NONE, category="clothing"),
      host(60, "这个衣服没有吊牌没有厂名的啊，就是一个透明袋子装着，省的都是包装钱"), subject="A")
r.yes("white-box", "card empty, and the pack that is held up is blank",
      card(title="车载吸尘器", attrs=_NONE, category="electronics"),
      host(40, "你看这个盒子就是个白盒"), host(46, "上面什么字都没有，厂家厂址合格证都没写，大家别介意，东西是好东西"), subject="A")
r.yes("four-buyers", "four buyers, independently, say that nothing names a maker; the card is unknown",
      card(title="儿童玩具小汽车"), viewer(50, "收到货了，是三无产品啊", "b1"), viewer(130, "我的也是，盒子上没厂家没地址", "b2"),
      viewer(260, "拆开看了没有合格证也没有厂名", "b3"), viewer(400, "三无，已经申请退货了", "b4"))
r.yes("three-buyers-apart", "three buyers over the evening, in other words",
      card(title="电热毯 双人"), viewer(120, "到手一看连个厂址都没有", "k7"), viewer(1800, "昨天买的电热毯外包装白板，啥标识都没", "k8"),
      viewer(3300, "没厂名没厂址没合格证，三无货谁敢用", "k9"), noise=True)
r.yes("says-so", "the card shows no attribute at all and the host calls the goods 三无",
      card(title="手工皮带", attrs={}), host(30, "先说好啊，我们这个就是三无的，没牌子没厂家，介意的别拍"), subject="A")
r.yes("assistant", "the assistant admits it from behind the camera",
      card(title="电动剃须刀", attrs=_NONE, category="electronics"), host(80, "这个多少钱"),
      host(86, "没有说明书也没有合格证，厂家不让写名字", speaker="assistant"), subject="A")
r.yes("speech-first", "the host speaks first; the label's fields are seen empty afterwards",
      card(-30, title="毛绒拖鞋", category="clothing"), host(20, "这批是没有厂名厂址的，作坊里直接拉出来的货"),
      card(90, title="毛绒拖鞋", attrs=_NONE, category="clothing"), subject="A")
r.yes("affirmed-question", "a viewer's question read out and confirmed",
      card(title="洗脸巾 6包", attrs={"厂名": "", "厂址": "", "执行标准": ""}, category="home"), viewer(40, "有没有生产厂家啊", "q1"),
      host(45, "有家人问有没有生产厂家"), host(49, "没有的啊，这个就是没有厂家没有地址的，所以才这个价"), subject="A")
r.yes("cut-off", "the label was cut off on purpose and the card shows nothing",
      card(title="外套 女", attrs=_NONE | {"品牌": ""}, category="clothing"), host(70, "厂名那个标我们都剪掉了啊，所以你收到上面是没有厂家信息的"), subject="A")
r.yes("after-gap", "absent on the card before a break of the connection, admitted after it",
      card(title="充电宝 20000毫安", attrs=_NONE | {"3C认证": ""}, category="electronics"), gap(60, 180),
      host(200, "没有品牌没有厂家的裸机，功能都一样，合格证也没有"), subject="A")
r.yes("cosmetics", "face cream in a jar without any print",
      card(title="祛黄面霜", attrs={"厂名": "", "厂址": "", "执行标准": "", "生产许可证": ""}, category="cosmetics"),
      host(55, "瓶子上没字，没贴标，没生产厂家，是我们自己灌装的，懂的都懂"), subject="A")
r.yes("card-and-buyers", "absent on the card, and three buyers confirm it",
      card(title="不粘炒锅 32cm", attrs=_NONE, category="home"), viewer(90, "锅收到了，没有厂家没有地址", "b21"),
      viewer(150, "包装箱上面啥也没有，三无", "b22"), viewer(300, "我这口锅也没合格证没厂名", "b23"), subject="A")
r.yes("shown-twice", "two pairs of shoes, both without label; one is admitted",
      card(-60, sku="B", title="雪地靴", attrs=_FULL, category="clothing", status="listed"),
      card(title="老北京布鞋", attrs=_NONE, category="clothing"), host(30, "布鞋没有盒子没有标，鞋底也没印厂名，标准那些都没有"), subject="A")

r.no("unknown", "nothing was seen of the label and nobody speaks of it", card(title="男士羽绒服", category="clothing"), host(60, "这个充绒量很足，摸一下"))
r.no("partly-unknown", "some attributes are shown, the maker is among those not seen",
     card(title="保温杯 500ml", attrs={"材质": "316不锈钢", "净含量": "500毫升"}, category="home"), host(50, "没有赠品啊，就是一个杯子"))
r.no("label-shown", "empty on the card, but the host reads the label out",
     card(title="四件套", attrs={"厂名": "", "厂址": "", "执行标准": ""}, category="home"),
     host(50, "来给大家看水洗标，生产厂家南通暖岸家纺，地址在通州川姜镇，执行标准GB/T 22844"))
r.no("bare-fruit", "bare goods need no label (产质法 27)", card(title="烟台苹果 散装", attrs=_NONE, category="fresh_produce"), host(40, "散称的苹果，没有包装没有标签，泡沫箱发"))
r.no("bulk-nuts", "food sold loose by weight", card(title="散称瓜子 现炒", attrs={"厂名": "", "厂址": "", "执行标准": "", "包装方式": "散装"}, category="food"), host(40, "现炒现称，没有包装袋上的厂名那些，门店秤给你"))
r.no("second-hand", "second-hand goods", card(title="中古包 二手", attrs=_NONE | {"成色": "二手"}, category="collectible"), host(55, "二手包没有吊牌没有合格证了，成色给大家看"))
r.no("two-buyers", "two buyers are too few", card(title="儿童玩具小汽车"), viewer(50, "收到的是三无产品", "b1"), viewer(200, "我的也没厂家没地址", "b2"))
r.no("one-voice", "one account says it five times", card(title="电热毯 双人"), *[viewer(60 + 40 * n, t, "b1") for n, t in enumerate(
     ["三无产品", "大家别买三无的", "没厂家没厂址", "三无三无", "没合格证"])])
r.no("questions", "viewers ask, nobody reports", card(title="面霜"), viewers(60, 45, "这是三无产品吗", "有厂家吗", "是不是三无啊", "有合格证没有", "不会是三无吧"))
r.no("not-sanwu", "the host says that it is not", card(title="电动牙刷", attrs=_FULL, category="electronics"), host(60, "我们不是三无产品，厂名厂址合格证盒子上都有，放心拍"))
r.no("warning", "advice against such goods", card(title="保温杯"), host(60, "家人们买东西千万别买三无产品，没有厂名没有厂址的一定不能要"))
r.no("standard-only", "maker and address are there, only the standard is not", card(title="竹筷 10双", attrs={"厂名": "安吉青篁竹木厂", "厂址": "安吉县孝丰镇", "执行标准": ""}, category="home"), host(40, "天然竹子做的，没有漆"))
r.no("loaded-late", "the page was not complete; a moment later all is shown", card(-40, title="卫衣", attrs=_NONE, category="clothing"), card(-25, title="卫衣", attrs=_FULL, category="clothing"), host(40, "面料舒服，合格证吊牌都在"))
r.no("denied-quote", "a viewer's suspicion, read out and answered", card(title="电饭煲", attrs={"厂名": "", "厂址": "", "执行标准": ""}), host(60, "有人说我们是三无"), host(64, "不是啊，你看铭牌在底下，厂家地址标准号都印着呢"))
r.no("word-play", "三无 means three additives that are not in it", card(title="全麦面包", attrs={"厂名": "沈阳麦田食品有限公司", "厂址": "沈阳市于洪区", "执行标准": "GB/T 20981"}, category="food"), host(40, "我们这个是三无面包，无糖无油无添加"))
r.no("craftsman", "a craftsman who sells what he wove himself", card(title="手编竹篮", attrs=_NONE, category="home"), host(40, "我自己在家编的，没有厂子，家住平乐镇花楸村三组，我叫李成云，电话在主页"))
r.no("other-goods", "what is said without a label is not on sale here", card(title="毛巾 3条", attrs=_FULL, category="home"), host(40, "昨天我在地摊上买的那个没厂名没厂址，洗一次掉一盆毛"))
r.no("three-years", "三年无 is no 三无", card(title="洗面奶", attrs=_FULL, category="cosmetics"), host(30, "我们开店三年无差评无投诉"), viewers(60, 30, "三年无差评厉害", "三年无投诉", "三年无差评真的吗"))

# --- food-label-missing: one of the nine items of 食安法 67 observed absent on prepackaged food

def _food(**absent: str) -> dict[str, str]:
    return {"产品名称": "每日坚果", "规格": "25克×30袋", "净含量": "750克", "生产日期": "2026-09-02", "配料": "核桃仁、腰果、巴旦木仁、蔓越莓干",
            "厂名": "合肥松鼠坊食品有限公司", "厂址": "合肥市瑶海区新站工业园6号", "联系方式": "0551-60000000", "保质期": "8个月", "执行标准": "GB/T 22165",
            "贮存条件": "阴凉干燥处", "生产许可证": sc("1183401110012")} | absent

r = Sheet("food-label-missing")
_TALK = host(40, "独立小包装的，办公室放一盒刚好")
for number, (name, gone) in enumerate([("date", ["生产日期"]), ("ingredients", ["配料"]), ("producer", ["厂名", "厂址", "联系方式"]), ("shelf-life", ["保质期"]), ("standard", ["执行标准"]),
                                       ("storage", ["贮存条件"]), ("licence", ["生产许可证"]), ("net-content", ["净含量", "规格"]), ("address", ["厂址"])]):
    r.yes(f"no-{name}", f"prepackaged nuts whose label is seen without {'、'.join(gone)}",
          card(title=f"每日坚果 {30 + number}袋", attrs=_food(**dict.fromkeys(gone, "")), category="food"), _TALK, subject="A")
r.yes("infant", "infant food without date and shelf life", card(title="宝宝米粉 6月+", attrs=_food(产品名称="婴幼儿米粉", 生产日期="", 保质期=""), category="infant_food"), host(60, "六个月以上宝宝的第一口辅食"), subject="A")
r.yes("health-food", "a health food is a food too: no maker's address or contact", card(title="益生菌固体饮料 礼盒", attrs=_food(厂址="", 联系方式=""), category="health_food"), host(60, "早晚一条"), subject="A")
r.yes("import-no-chinese", "imported, and the host confirms that no Chinese label is on it", card(title="进口巧克力 500g", attrs={"产品名称": "", "配料": "", "保质期": "", "产地": "比利时", "中文标签": ""}, category="food"),
      host(50, "原装的，上面全是外文，没有中文标签，别问我成分我也看不懂"), subject="A")
r.yes("page-later", "unknown for minutes; then the label is shown, without ingredients and storage", card(-60, title="手撕面包 箱装", category="food"), host(30, "早餐面包整箱"),
      card(240, title="手撕面包 箱装", attrs=_food(产品名称="手撕面包", 配料="", 贮存条件=""), category="food"), subject="A")
r.yes("all-nine", "none of the items is on the bag", card(title="牛肉干 袋装", attrs=dict.fromkeys(_food(), ""), category="food"), host(30, "袋装的啊，一袋一斤"), subject="A")
r.yes("category-later", "the class of goods becomes known after the label", card(-60, title="即食海带丝 袋装", attrs=_food(产品名称="海带丝", 生产日期="")), host(10, "拆袋即食"), card(100, title="即食海带丝 袋装", category="food"), subject="A")
r.yes("second-of-three", "the middle one of three cards", card(-90, sku="B", title="绿豆糕 盒装", attrs=_food(产品名称="绿豆糕"), category="food"), card(title="桂花糕 盒装", attrs=_food(产品名称="桂花糕", 保质期="", 生产日期=""), category="food"),
      card(120, sku="C", title="枣泥糕 盒装", attrs=_food(产品名称="枣泥糕"), category="food"), _TALK, subject="A")

r.no("complete", "every item is there", card(title="每日坚果 30袋", attrs=_food(), category="food"), _TALK)
r.no("unknown", "the label was never seen", card(title="每日坚果 30袋", category="food"), _TALK)
r.no("partly-seen", "three items were seen, of the others nothing is known", card(title="每日坚果 30袋", attrs={"净含量": "750克", "保质期": "8个月", "配料": "核桃仁、腰果"}, category="food"), _TALK)
r.no("produce", "farm produce is not prepackaged food", card(title="赣南脐橙 10斤", attrs={"产地": "江西信丰", "保质期": "", "生产日期": "", "配料": "", "执行标准": ""}, category="fresh_produce"), host(40, "树上现摘"))
r.no("loose", "sold loose by weight", card(title="散装 现炒栗子 称重", attrs={"包装方式": "散装称重", "生产日期": "", "保质期": "", "净含量": ""}, category="food"), host(40, "现炒现称，称多少算多少"))
r.no("back-label", "an import whose Chinese back label is shown", card(title="进口饼干 罐装", attrs={"配料": "", "保质期": "", "产地": "丹麦"}, category="food"), host(40, "中文背标在罐子后面，配料、保质期到明年八月、经销商地址，都给大家拍一下"))
r.no("no-food", "not a food", card(title="纯棉T恤", attrs={"保质期": "", "生产日期": "", "配料": "", "厂名": "佛山衣禾制衣厂"}, category="clothing"), host(30, "均码"))
r.no("salt", "salt need not state a shelf life", card(title="海盐 400g×5", attrs=_food(产品名称="海盐", 配料="食用盐", 保质期=""), category="food"), host(30, "细盐"))
r.no("spirit", "a spirit of 52 degrees need not state a shelf life", card(title="浓香型白酒 52度 500ml", attrs=_food(产品名称="浓香型白酒", 配料="水、高粱、小麦", 保质期="", 酒精度="52%vol"), category="alcohol"), host(30, "纸盒装，六瓶一箱"))
r.no("fresh-baked", "made and sold on the spot, not prepackaged", card(title="门店现烤蛋糕 同城配送", attrs={"生产许可证": "", "执行标准": "", "保质期": "", "经营方式": "现制现售"}, category="food"), host(30, "下单以后现烤，两小时送到"))
r.no("not-an-item", "origin and brand are none of the nine items", card(title="每日坚果 30袋", brand="", attrs=_food(产地="", 品牌=""), category="food"), _TALK)
r.no("viewer", "a viewer complains; the label is unknown", card(title="辣条 大礼包", category="food"), viewer(60, "没有生产日期没有配料表啊", "x1"))
r.no("class-unknown", "it is not known whether this is a food", card(title="香薰片", attrs={"保质期": "", "配料": ""}), host(30, "闻一下，很香"))
r.no("kitchenware", "a spatula of food grade is no food", card(title="食品级硅胶铲", attrs={"保质期": "", "生产日期": "", "配料": "", "材质": "食品级硅胶"}, category="home"), host(30, "食品级的，放心炒菜"))
r.no("denied-lack", "asked and answered", card(title="牛轧糖 500g", attrs=_food(产品名称="牛轧糖"), category="food"), host(60, "有人说没有生产日期"), host(63, "怎么会没有，喷码在封口，配料表在背面"))
r.no("gap", "the label came up while nothing was watched", card(-60, title="酸辣粉 6桶", category="food"), gap(0, 240), card(300, title="酸辣粉 6桶", attrs={"净含量": "6桶", "生产日期": "见桶底"}, category="food"))
r.no("off-shelf", "a card without attributes that only says sold out", card(title="米花糖", status="sold_out", category="food", stock=0), event("product", 60, sku="A", status="removed"))
