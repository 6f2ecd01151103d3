"""The exemptions of the guideline on absolute terms, one test a clause.

Each test is asked of every term that is not everyday speech, and its answer is written into the
alert, met or not: 绝对化用语执法指南 5(1)–(3), 6(1)–(6).
"""

from __future__ import annotations

from collections.abc import Sequence

from detectors.alerts import Exemption
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rules.claims.reading import Reading

__all__ = ["considered", "is_everyday"]

# Everyday words --------------------------------------------------------------------------

_ORDINAL_AFTER = re.compile(
    "^(?:次|步|时间|眼|天|排|泡|遍|道|个(?!做|把|敢|能)|位|页|行(?!业)|条|章|期|批|场|季|单|桶金|件|杯|口|年|代|课|段|层|样|点|印象|反应|手|视角|人称|现场|"
    "锅|炉|窑|锤|碗|盘|笼|桶|车|船|箩|筐|缸|坛|句|集|轮|波|关|组|队|块|片|双|套|款|种|节|日|周|届|晚|顿|颗|瓶|盒|袋|包|刀|针|茬|栏|张|部|题|届|夫人|版|家(?:店)?(?:赔|亏|倒|开|关)|名(?:进来|到|的(?:小朋友|孩子|同学|宝宝)|奖|送)|医院|中学|小学|食品厂)"
)
#: “中国第一届”, “世界第一次”: an event, no rank.
_EVENT_AFTER = re.compile("^(?:届|次|批|例|位|座|所|艘|枚|颗|代|人)")
_ADVERB_AFTER = re.compile(
    "^(?:是)?(?:不要|别|先|提前|在|能|去|就是|放|冷藏|冷冻|搭配|当天|趁|买|选|拍两|拍三|一次|两|三|还是|用(?:温|冷|热|凉|软|纯|清|手|湿|干|专|之|完|前|量|水)|"
    "吃(?:完|之|前|饭|一|两|三|在|个)|喝(?:完|之|前|温|热|一|两|三)|穿(?:内|打|之|前|里)|看(?:一|下|清|完|说|详|尺)|饭|早|晚|睡|泡|煮|蒸|煎|隔|每|跟|和|配|再|大一|小一|常温|避|密封|尽|早点|"
    "等|把|量|问|让|让|关注|咨询|按|不|多|少|单独|拿|给|戴|洗|手洗|机洗|翻|反|平)"
)
_ADJECTIVE_AFTER = re.compile("^(?:的|了|,|。|!|啊|哈|吧|没有|$|不过|,)")
_IDIOM = re.compile(
    "没有最.{1,3}只有|最好的(?:朋友|年纪|时光|一天|礼物|安排|自己|状态|证明|例子|办法|方法|时候|季节|位置|年华|时代|结果|归宿|老师|姐妹|闺蜜|家人|祝福|纪念|时间|回忆|青春|投资|表达|"
    "方式|陪伴|见证|选择)|最大(?:的)?(?:限度|程度|码|尺码|号|的?(?:特点|亮点|优点|好处|优势|特色|卖点|问题|缺点|区别|不同|变化|心愿|努力|支持|诚意|福利|力度|幸福|享受|惊喜|乐趣|可能|爱好))|"
    "最高(?:支持|温度|功率|可|档|水位|能|只|不超过|减|优惠|立减|返)|最低(?:温度|消费|起订|也要|是|要|到|可以|水位|档)|最长(?:待机|续航|可|时间)|最快(?:也|要|得|明天|今天|后天|当天|次日|速度|的速度)|"
    "最新(?:款|鲜到|消息|一期|一季|上架|到货|日期|批次)|最(?:结实|省事|省心|简单|方便|快|稳妥|好)的(?:办法|方法|做法|方式|时候)|国家级(?:贫困|公园|森林|自然|非遗|非物质|新区|开发区|地质|湿地|风景|文物|运动员|裁判|教练|示范|重点|期刊|电视|媒体|实验)|首选(?:支付|方式|快递|地址|项)|最佳(?:食用|饮用|赏味|使用|保存|储存|品尝|拍摄|观赏|温度|时间|时期|时机|状态|方式|比例|水温|冲泡|位置|入口|室温|状态|搭档|损友|闺蜜|辩手|新人)|"
    "独家(?:优惠|福利|直播|专场)|唯一(?:的)?(?:优点|好处|感到|觉得|是(?!一)|好的(?:就|是))|唯一的?(?:缺点|不足|要|需要|问题|遗憾|区别|不同|要求|条件|一点|希望|官方|渠道|链接|入口|微信|客服|账号|不好|瑕疵|毛病|小缺|注意|担心|的?爱|性|标准|的一次|能做的(?:就|只)|途径|联系|办法|不|指定)|"
    "(?:不是|并非)唯一|唯一(?:码|编码|标识|序列|对应)|一物一码|顶级(?:会员|玩家|主播|流量|豪门|联赛)|王牌(?:对王牌|主播|军)|首选(?:项|地|尺码|颜色)|极致(?:追求|的追求)|追求极致|"
    "极品飞车|母乳(?:是|才是|对)?[^,。!?]{0,6}(?:最好|首选)|首选母乳|万能(?:插|遥控|充|胶|钥匙|工具|扳手|钳|刀|句|模板|的加油|卡|的朋友|的家人|的弹幕|的公屏|的网友|青年|表)|永久(?:关闭|封号|封禁|居住)|冠军(?:榜|赛)|(?:世界|奥运|全国)冠军(?!销|品|产)|历史最低点|最高奖|最后"
)

# Article 5 -------------------------------------------------------------------------------

_ATTITUDE = re.compile(
    "服务|态度|诚意|努力|初心|心意|祝福|祝|愿|真心|感谢|感恩|售后(?!保障第)|(?:客户|顾客|用户|家人|消费者|服务|信誉|诚信|健康|安全|友谊|质量|品质|信用|口碑|责任|宝宝|粉丝)第一(?:$|[,。!?、 位]|的(?:原则|宗旨|理念|态度|信念))|"
    "宗旨|理念|文化|原则|信念|尽.{0,3}最大|全力|用心"
)
_AIM = re.compile(
    "目标|争取|希望|想要?(?:做|当|成为|给)|力争|致力|努力(?:做|成为)|理想|梦想|立志|要做(?!到)|愿景|追求|早晚(?:要|会)|总有一天|朝着|成为(?!了)|想做"
)
_ABOUT_PEOPLE = re.compile(
    "(?:我妈|我爸|老公|老婆|孩子|宝宝们|家人们?|姐妹们?|粉丝|大家|你们|你|他|她|朋友|老师|同学|团队|大哥|闺女|儿子|女儿|妹妹|小姐姐|哥|榜一|主播|我)(?:都|真的|才|就|永远)?(?:是|就是)(?:我|我们|全网|全世界|世界上|天下|这个世界上|直播间)?(?:的)?$"
)
_PEOPLE_AFTER = re.compile(
    "^(?:的)?(?:一天|粉丝|家人|老师|团队|朋友|妈妈|爸爸|爱人|人(?!气)|大哥|姐妹|主播|宝宝(?!面|米|零)|女人|男人|时刻|一次|一年|日子|观众|老公|学生|孩子|同事|闺蜜|心情|一集|电影|歌|位置|角度|机位)"
)
#: The speaker's own favourite: “我个人排第一”. What is better, and than what, is not said.
_PREFERENCE = re.compile(
    "(?:我|本人)(?:个人|自己|本人|心里|心目中|心中|私心|这里|这儿)(?:的)?(?:喜好|爱用|偏好|排行|榜单?|清单)?(?:里|上)?(?:会|就|一直|永远|都|是)?(?:把|给)?(?:它|这款|这个|这支|这瓶|这双|这条)?(?:也|都|一直|永远)?(?:排|排在|排到|放|放在|列|列为|列在|是|算)?(?:的)?$"
)
#: Terms that rank without saying in what.
_BARE = frozenset(["第一", "第1", "第一名", "top1", "no1", "no.1"])
_WIDE = re.compile("全网|全球|全国|行业|世界|国内|业内|亚洲|中国|销量|功效|效果|质量|品质|性能")

# Article 6 -------------------------------------------------------------------------------

_OWN = re.compile(
    "(?:我们|咱们?|我|本|自|他们?|这个?)(?:家|店|品牌|牌子|系列|工厂|厂)(?:店)?(?:所有|全部|几|这几|这些|这批|里|里面|中|当中|目前|现在|今年|出过|做过|卖过|上过|产品里)[^,。!?]{0,8}$|"
    "(?:这|那)?(?:几|两|三|四|五|六)(?:款|个|种|件|条|双|盒|瓶|色|个?颜色|个?口味|套)(?:里|里面|当中|中|之中)[^,。!?]{0,5}$|"
    "(?:全家|全系列|系列|整个系列|所有口味|口味|颜色|码|往期|历代|上一代|几代|前几款|店内)(?:里|里面|中|当中)[^,。!?]{0,5}$|"
    "(?:我们|咱们?)家?(?:做|出|卖)过的?(?:产品|款|鞋|衣服|茶|酒)?(?:里|中)?$"
)
_OWN_CLOSE = re.compile("(?:我们|咱们?|我|本)(?:家|店)(?:店)?$")
_OWN_AFTER = re.compile(
    "^的?(?:一|那|这)?(?:款|个|件|条|双|盒|瓶|种|套|色|张|支|把)(?:$|[,。!?了啊哈吧呢 ])|^的(?:一|那)(?:款|个|件|条|双|盒|瓶|种|套)"
)
_HINT = re.compile(
    "食用|饮用|赏味|保质|保存|储存|存放|冲泡|水温|口感期|使用(?:时间|方法|期)|开封后|冷藏|常温|吃法|用法|做法|搭配|操作|步骤|泡法"
)
_STANDARD = re.compile(
    r"gb/?t?\s{0,8}\d|[a-z]{2}/t\s{0,8}\d|执行标准|国家标准|行业标准|地方标准|国标|分级标准|等级标准|标准号"
)
_NAME_BEFORE = re.compile(
    "(?:商标|品牌|牌子|店名|名字|名称|型号|系列名|产品名|店|村|叫|叫做|名叫|注册)(?:就|就是|的|叫|叫做|名|为)?$"
)
_NAME_AFTER = re.compile(
    "^(?:牌(?!子里|子中)|坊|村|楼|铺|号店|园|系列|型号|杯赛|家的(?:豆|酱))|^[^,。!?]{0,6}(?:注册了?的?商标|商标注册|是(?:我们|他们)?(?:的)?商标|这个牌子|是品牌名|是商标)"
)
_AWARD = re.compile(
    "(?:国家|国务院|省|市|部|委|协会|政府|官方|博览会|大赛)[^,。!?]{0,12}(?:评为|授予|颁发|评定|认定|金奖|银奖|奖项|称号|命名)|(?:荣获|获得|获评|入选|评为|授予)[^,。!?]{0,14}(?:奖|称号|名录|示范)|"
    "(?:国家|省|市)级(?:非遗|非物质文化遗产|代表性传承人|地理标志|重点实验室|示范)|"
    "(?:国家|省|市)级?(?:高新技术企业|专精特新|小巨人|单项冠军|企业技术中心|技术创新中心|工程(?:技术)?(?:研究)?中心|绿色工厂|绿色食品示范|龙头企业|非遗传承|工业设计中心|知识产权(?:示范|优势)企业)"
)
#: Characters between a title and a term that belongs to it.
AWARD_REACH = 8
_PROOF = re.compile(r"20\d\d|二[零〇]二|证书|编号|文号|查询|可以查|能查|公示|发文")
_TIME_PLACE = re.compile(
    "(?:本|我们|咱们?|这个?|我)(?:直播间|家?店|场|号|店铺|链接|直播)|直播间|店里|店内|小黄车|今天|今晚|昨天|昨晚|上个月|本月|这个月|上周|这周|本周|开播|双十一|双11|618|去年|今年|上半年|下半年|季度|20\\d\\d年?"
)
_WIDE_PLACE = re.compile("全网|全国|全球|世界|行业|亚洲|中国|业内|类目|国内|史上|历史")
_FACT = re.compile(
    "单|卖(?:得|的|出|了)|销量|销售|下单|回购|复购|成交|拍下|占有率|市占|热销|畅销|点击|人气"
)
_SOURCE = re.compile(
    "据|数据(?:来源|显示)|来源|报告|统计|欧睿|尼尔森|沙利文|认证机构|榜单(?:可查|来自)|后台(?:数据|可以看)|平台榜|协会(?:统计|数据)|调研|截至|检测报告"
)


def is_everyday(reading: Reading, hit: Hit) -> bool:
    """Words that look absolute and claim nothing: 第一次, 最好先…, 最大码."""
    after = reading.text[hit.end : hit.end + 8]
    if len(hit.term) > 2 and hit.term.endswith("第一") and _EVENT_AFTER.match(after):
        return True
    if hit.term in ("第一", "第1", "d一", "第壹") and _ORDINAL_AFTER.match(after):
        return not re.search(
            "全网|全球|全国|行业|世界|国内", reading.text[max(0, hit.start - 3) : hit.start]
        )
    if hit.term.startswith(("第1", "no1", "no.1", "top1")) and after[:1].isdigit():
        return True
    if hit.term == "最好":
        if not _ADJECTIVE_AFTER.match(after) and _ADVERB_AFTER.match(after):
            return True
        # At the end of a clause of advice, “最好” alone is a praise; before a verb it is advice.
        if re.match("^[\u4e00-\u9fff]", after) and not re.match("^[的了啊哈吧没不]", after):
            return True
    if hit.term in ("最好用", "最好吃", "最好喝", "最好穿", "最好看") and re.match(
        "^(?:温|冷|热|凉|软|纯|清|手|湿|干|专|之前|完|前|量|水|一|两|三|在|个|饭|内|打|里|下|说|详|尺)",
        after,
    ):
        return True
    window = reading.text[max(0, hit.start - 6) : hit.end + 8]
    for idiom in _IDIOM.finditer(window):
        low = max(0, hit.start - 6) + idiom.start()
        if low < hit.end and low + len(idiom.group()) > hit.start:
            return True
    return False


def considered(
    reading: Reading, hit: Hit, names: Sequence[str], brand: str | None
) -> list[Exemption]:
    """All clauses, each met or not, with what decided."""
    before, after = reading.around(hit, 16, 14)
    clause = reading.scope.clause_text(hit.start)
    sentence = reading.sentence(hit.start)
    low, high = reading.scope.clause(hit.start)
    near = reading.text[max(low, hit.start - 12) : min(max(high, hit.end), hit.end + 8)]
    return [
        _attitude(hit, clause, near),
        _aim(before),
        _unrelated(hit, before, after),
        _own(before, after, sentence),
        _hint(clause, hit),
        _standard(sentence),
        _name(hit, before, after, names, brand),
        _award(reading, hit),
        _fact(hit, sentence, clause),
    ]


def _found(clause: str, match: re.Match[str] | None, met: str, unmet: str) -> Exemption:
    why = f"{met}：“{match.group()}”" if match is not None else unmet
    return Exemption(clause=f"绝对化指南{clause}", met=match is not None, why=why)


def _attitude(hit: Hit, clause: str, near: str) -> Exemption:
    match = _ATTITUDE.search(near)
    if match is None and hit.term in ("第一", "第1"):
        match = _ATTITUDE.search(clause)
    return _found(
        "第五条第一项",
        match,
        "话里说到服务态度、理念或祝愿",
        "同句未见服务态度、经营理念、主观愿望的说法",
    )


def _aim(before: str) -> Exemption:
    return _found("第五条第二项", _AIM.search(before), "话里说到目标追求", "词前未见目标追求的说法")


def _unrelated(hit: Hit, before: str, after: str) -> Exemption:
    match = _ABOUT_PEOPLE.search(before) or _PEOPLE_AFTER.search(after)
    if match is None and hit.term in _BARE and not _WIDE.match(after):
        match = _PREFERENCE.search(before)
        if match is not None:
            return _found("第五条第三项", match, "话里是说话人自己的喜好排序", "")
    return _found(
        "第五条第三项",
        match,
        "话里说到人或心情，与商品性能、质量无关",
        "词前后未见指人或心情、说话人自己喜好的说法",
    )


def _own(before: str, after: str, sentence: str) -> Exemption:
    match = _OWN.search(before)
    if match is None and _OWN_CLOSE.search(before) and _OWN_AFTER.match(after):
        match = _OWN_CLOSE.search(before)
    if match is not None and _WIDE_PLACE.search(sentence):
        match = None
    return _found(
        "第六条第一项", match, "同一品牌、同一企业的自我比较", "词前后未见自家商品之间比较的说法"
    )


def _hint(clause: str, hit: Hit) -> Exemption:
    match = _HINT.search(clause) if "最" in hit.term else None
    return _found(
        "第六条第二项",
        match,
        "使用方法、时间、保存的消费提示",
        "同句未见使用方法、时间、保存的提示",
    )


def _standard(sentence: str) -> Exemption:
    return _found(
        "第六条第三项",
        _STANDARD.search(sentence),
        "分级用语说明了所依标准",
        "同句未见分级所依的标准",
    )


def _name(hit: Hit, before: str, after: str, names: Sequence[str], brand: str | None) -> Exemption:
    match = _NAME_BEFORE.search(before) or _NAME_AFTER.match(after)
    if match is None and brand is not None and hit.term in brand.lower():
        return Exemption(
            clause="绝对化指南第六条第四项", met=True, why=f"是商品卡上的品牌名：“{brand}”"
        )
    return _found(
        "第六条第四项",
        match,
        "是名称、型号、商标，用来指代商品",
        "前后未见用作名称、型号、商标、专利名的说法，商品卡品牌也未见该词",
    )


def _award(reading: Reading, hit: Hit) -> Exemption:
    low, high = reading.scope.sentence(hit.start)
    # The title is that of which the term is a part, and no other one in the same breath.
    match = next(
        (
            one
            for one in _AWARD.finditer(reading.text, low, high)
            if one.start() - AWARD_REACH <= hit.start and hit.end <= one.end() + AWARD_REACH
        ),
        None,
    )
    if match is not None and _PROOF.search(reading.text, low, high) is None:
        return Exemption(
            clause="绝对化指南第六条第五项",
            met=False,
            why=f"说到奖项、称号（“{match.group()}”），未给出可查的年份或编号",
        )
    return _found(
        "第六条第五项", match, "依国家规定评定的奖项、称号", "同句未见依国家规定评定的奖项、称号"
    )


def _fact(hit: Hit, sentence: str, clause: str) -> Exemption:
    fact, place = _FACT.search(sentence), _TIME_PLACE.search(sentence)
    source, wide = _SOURCE.search(sentence), _WIDE_PLACE.search(sentence)
    if fact is None or hit.group.startswith(("best.效", "full", "grade")):
        return Exemption(
            clause="绝对化指南第六条第六项", met=False, why="同句未见限定时间、地域的销售事实"
        )
    if source is not None and (place is not None or wide is not None):
        return Exemption(
            clause="绝对化指南第六条第六项",
            met=True,
            why=f"限定了时间、地域，并说明数据由来：“{source.group()}”",
        )
    if place is not None and wide is None:
        return Exemption(
            clause="绝对化指南第六条第六项",
            met=True,
            why=f"限定时间、地域的销售事实：“{place.group()}”",
        )
    return Exemption(
        clause="绝对化指南第六条第六项",
        met=False,
        why="同句有销售事实的说法，未见限定时间、地域并说明出处",
    )
