"""`state-organ-name`: goods that borrow the name of the state, its army, its banquets, its flag.

广告法 9(1), 9(2). A number of a licence, a national standard, news and history borrow nothing.
Officials who speak for farm produce of their county on a public-welfare broadcast are no
advertisement of the kind; that is noted for whoever supervises them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.reading import Reading

__all__ = ["StateOrganName"]

_HINTED = re.compile(
    "懂的?都懂|懂吧|不能露|一露|露标|遮住|封号|内部|不外卖|不对外|外面(?:买|见)不到|市面上(?:买|见)不到|一般人|普通人|老百姓(?:买|喝|见)不到|渠道|红本|白皮|标(?:不能|都)|抹掉|不方便说|不让说|不敢[说念提]|不能[说念提]|自己看|瓶(?:子)?底|那个标|说到这|你品|自己体会"
)
_SPECIAL_GOODS = re.compile(
    "[特专内]字(?:开头|头|打头)|内部招待(?:酒|烟|茶|用)|上面发(?:下来)?的(?:酒|烟|茶)?|那两个字[^。!?]{0,6}[特专]|[特专内]供(?:酒|烟|茶|米|油|水|款(?!式)|级|版|品(?!牌)|的(?:酒|烟|茶|米))"
)
_TRADE = re.compile(
    "(?:直播间|粉丝|电商|出口|外贸|会员|商超|酒店|餐饮|线上|线下|渠道|宝宝|母婴|老粉|抖店|网店|猫店|网络|工程|学校|食堂)(?:的)?(?:专|特)供"
)
#: “县里食品厂”, “市里的总经销”: a firm there, and no office.
_FIRM = re.compile("的?[^,。!?]{0,3}(?:厂|经销|代理商|正规|网点|价格|门店|超市)")
_COUNTED = re.compile("[十百千万\\d]")
#: “国家某某管理局推荐”: an office by the form of its name, and what it lends.
_OFFICE = re.compile(
    "国家[\u4e00-\u9fff]{2,9}(?:局|部|委员会|委|署|办)(?:的)?[^,。!?]{0,4}(?:推荐|指定|认可|认定|监制|支持|授权|定点|专用|专供|特供|都说|都用|内部用|用的|使用)"
)
#: Whoever governs or serves the state, and what of it is lent to goods.
_LENT = re.compile(
    r"(?:(?:全国)?妇联|共青团|国安|保健局|[省市县区]?农业厅|[省市][\u4e00-\u9fff]{2,4}厅|人大会堂|行长|省长|部长|[省市县]长|[省市县]委书记|使节|人民警察|武警官兵|官兵|消防(?:局|队)|战士|中央|部委|部里|省委|省里|军队|部队|军区|武警|海军|空军|首长|国家领导人?|中央领导|机关大院|省委大院|大院里|国务院|总理|总书记|国家主席|外宾|国宾|大使馆|使馆|公安(?:部|厅)|国防部|外交部|教育部|卫健委|卫生部|药监局|"
    r"市场监管(?:总局|局)|市监局|农业农村部|农业部|工信部|商务部|发改委|体育总局|航天(?:局|员|部门|集团)|人民大会堂|大会堂|中南海|钓鱼台|国宴|人大代表|政府(?:部门|机关)?)"
    r"(?!网|放假|采购网|补贴|发的|规定|要求|禁止|提醒|通报|公告|消费券)(?:[^,;。!?]{0,14},[^,;。!?]{0,8}|[^,;。!?]{0,22})"
    r"(?:推荐|力荐|点名(?:要|让|说|推)|指定|专用|专供|特供|御用|内供|钦点|背书|兜底|担保|力推|首推|统一(?:用|采购|发)|发文|下文|配(?:发)?的|换下来|退下来|收藏|全(?:喝|用|吃)|人手一|(?:尝|吃|喝|试)(?:了|过)[^。!?]{0,8}(?:说好|夸|点头|竖)|连说好|带头(?:吃|喝|用|买)|被服厂|军需|站台|(?:都)?夸(?:奖)?(?:过|我们|了)|点赞|题(?:的)?(?:字|词|写)|亲笔|签名|视察(?:过|的时候|时)?[^,。!?]{0,6}(?:夸|说|买|吃|喝)|定点|同款|招待|宴请|"
    r"(?:用|喝|吃|穿|抽)的(?:就|都|也|全)?(?:是)?(?:这|我们|咱|它)|流出|退下来的|都(?:在)?(?:用|喝|吃|穿)(?:这|我们|咱|它)|带(?:头|回家)[^,。!?]{0,4}(?:用|喝|吃))"
)
#: “…里用的就是这个”: what is used there is what is sold here.
_USED = re.compile(
    "(?:里|内|都|也|上)[^,。!?]{0,5}(?:用|喝|吃|穿|抽|戴|摆|装|铺|发|配)(?:的)?(?:就|都|也|全)?(?:是|用)(?:的)?(?:这|我们|咱|它|同)"
)
_THINGS = "(?:酒|茶|烟|米|油|面|水|菜|肉|鸡蛋|奶|毛巾|被子?|棉被|大衣|棉服|鞋|靴|衣服|衬衫|作训服|迷彩服|手电|刀|表|杯子?|瓷器|餐具|种子|化肥|肥料|药|方子|燕窝|阿胶|蜂蜜|糕点|月饼|礼盒|礼品|面霜|面膜|护肤品|茅台|罐头|干粮|饼干|帐篷|水壶|床|家具)"
#: “国务院小卖部的毛巾”, “农业农村部的种子”: goods that are an office's own.
_THEIR_GOODS = re.compile(
    "(?:部|局|委|院|办|厅|军|队|区|会|海|堂|馆|社|府|总后|武警|机关|三零一|301)(?:里|内部|大院|机关)?(?:的)?(?:小卖部|食堂|招待所|服务社|库房?|仓库|大院|后勤|干休所|疗养院|供应站|福利社|军人服务社)?(?:里|流出|出来|发|配|送|拿)?的"
    f"[^,。!?发规通公要说提调文政]{{0,3}}{_THINGS}"
)
#: What is hinted at beside an office: “一露就封号”, “上面发下来的”.
_WHISPERED = re.compile(
    "一(?:露|拍|说|报)[^,。!?]{0,3}(?:封|没|下播)|懂的?(?:都)?(?:懂|扣|来)|你懂的|封号|不能(?:说|露|讲|播|拍)|不让(?:说|播|露)|外面(?:买|见|喝)不到|白皮|没(?:有)?(?:字|标)的|上面(?:发|拨|配)(?:下来)?的?|快拍|悄悄|偷偷"
)
_FARMERS = re.compile("助农|公益|乡村振兴|帮扶|扶贫|家乡|老乡|乡亲|农户|果农|专场")
_OFFICIALS = frozenset({"organ.地方", "person.官员"})
_EMBLEM = re.compile("颜色|色号|红色|国旗红|配色")
_SPOKESMAN = re.compile("(?:形象|推广|品牌|代言|公益|体验|爱心|宣传|旅游|文化|推荐|首席|环保)$")
#: What the police, the fire brigade and offices do for everybody, and goods have no part in.
_DUTY = re.compile(
    "反诈|防骗|诈骗|普法|宪法|禁毒|扫黑|巡逻|执勤|出警|办案|破案|抓(?:人|贼|小偷)|报警|立案|救火|灭火|救援|抢险|防汛|抗洪|演练|调解|"
    "普查|登记|上户口|办证|查(?:酒驾|违章|车|水表|户口)|宣讲|上(?:了)?(?:一)?(?:堂|节)?(?:安全)?课|(?:安全|消防|交通|防火|防溺水|法律|政策|法制|禁毒|医保|养老)[^,。!?]{0,4}(?:宣传|知识|教育|讲座)|"
    "宣传(?:防|反|消防|安全|交通|法|政策|戴|佩戴|垃圾|环保)|(?:教|提醒|叮嘱|告诉)(?:大家|我们|老人|孩子|村民|居民)"
)
#: Somebody came, helped or gave; what was lent to the goods is not said yet.
_MET = frozenset(
    {"来我们", "来过我们", "来过", "来看过", "支持", "撑腰", "送的", "送过", "赠送", "颁发", "慰问", "文件", "形象",
     "进过", "亲自", "亲自来", "亲手", "接见", "家里", "用", "吃", "喝", "授予", "合作", "联合", "进的"}
)  # fmt: skip
#: The goods, or how they are used, spoken of beside it.
_PRAISED = re.compile(
    "(?:喝|吃|用|抽|穿|戴|买|选|订)的?(?:就|都|也|全)?(?:是)?(?:这|我们|咱|它)|推荐|指定|专用|特供|专供|夸|点赞|同款|认可|放心买|好吃|好喝|好用|品质|质量"
)
_HOTEL = re.compile("大?(?:酒店|饭店|宾馆|路|花园|小区|大厦)")


@rule
class StateOrganName(ComposedRule):
    id = "state-organ-name"
    makes: ClassVar[Sequence[Make]] = (
        Make("国家机关", "，借用国家机关的名义", ("organ",), ("bond",), after=9, before=8, marks=1),
        Make("军队", "，借用军队的名义", ("army",), ("bond",), after=8, before=8, marks=1),
        Make(
            "国家机关工作人员", "，借用国家机关工作人员的名义", ("person",), ("bond", "enjoy"),
            after=8, before=6, marks=1,
        ),
        Make("国宴", "，借用国宴、国家接待场所的名义", ("banquet",), ("bond",), after=6, before=6, marks=1),
        Make("国家机关", "，借用国家机关的名义", ("stated",)),
        Make("国旗国徽", "，使用国旗、国徽、军旗、军徽", ("emblem",), ("shown",), after=8, before=8, marks=1),
        Make("国家机关", "，借用国家机关的名义", ("state",), where=_OFFICE),
        Make("国家机关", "，借用国家机关、军队的名义", ("organ", "army", "banquet"), where=_USED),
        Make("国家机关", "，借用国家机关、军队的名义", ("organ", "army", "banquet"), ("shown",), after=6, before=6),
        Make("国家机关", "，借用国家机关、军队的名义", ("organ", "army", "banquet", "person"), where=_LENT, whole=True),
        Make("国家机关", "，借用国家机关、军队的名义", ("organ", "army", "banquet"), where=_THEIR_GOODS),
        Make("国家机关", "，借用国家机关、军队的名义", ("organ", "army", "person"), where=_WHISPERED, level="watch"),
        Make("特供", "，以“特供”“专供”暗示与国家机关有关", ("special",), level="watch"),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "许可、标准",
            re.compile(
                r"许可证|特字号|国妆特|证书在(?:这|手|墙)|栏目|(?:总局|部|局)(?:官?网|网站|网上|的网)|入网许可|进网许可|(?:送(?:到|去)|在|是)[^,。!?]{0,10}(?:海关|技术中心|检[测验]中心|质检)[^,。!?]{0,8}(?:做|检|测|出)|证号|(?:老字号|非遗|文化遗产|龙头企业|示范|地理标志|专精特新|高新技术)(?:[^,。!?]{0,8},[^,。!?]{0,8}|[^,。!?]{0,16})(?:认定|公布|评定|授予|命名)|备案(?:号|凭证)|(?:证书|许可|备案|批准|登记|报告|文件|批文|认证)的?编号|编号[^,。!?]{0,6}(?:查|扫|官网|网站|详情)|公示过|评的(?:文明|诚信|先进|示范)|(?:消协|比较试验)|执行(?:的是)?(?:国家|行业)?标准|gb/?t?\s{0,8}\d|国家标准|强制性|3c|批准文号|国食健|注册证|书号|(?:官网|网站)(?:上)?(?:能|可以|可)?查|审定|发证|颁发的"
            ),
            "话里说到许可、备案、标准",
            "同句未见许可、备案或标准的编号",
        ),
        Ground(
            "新闻、见闻",
            re.compile(
                "国旗法|国旗[^,。!?]{0,4}不卖|(?:人民银行|央行)[^,。!?]{0,8}公告|发行公告|央行发行的[^,。!?]{0,6}看|发改委[^,。!?]{0,2}文件|新华社|报道|(?:发布|公布|下发|印发|出台)(?:了|的)?[^,。!?]{0,4}(?:放假|通知|政策|公告|调价|细则|办法|标准|名单|规划)|(?:跟|和|与)[^,。!?]{0,8}(?:没(?:有|啥|什么|任何|半点)?(?:一点)?(?:关系|关联)|无关|不沾边|不搭边)|早年发行|二手流通|放假|参观(?![^。!?]{0,4}(?:夸|说|表扬))|当兵|新闻里|电视剧|电影|历史上|停电|补贴|国补|抽检|检查过|来查过|(?<!都)(?<!书记)说了(?![^。!?]{0,4}(?:点名|买|这))|供应(?:充足|没问题|正常)|规定|禁止|叫停|不允许|早就没|早就不|取缔|没(?:有)?这回事|哪有"
            ),
            "话里说到新闻、政策或经历",
            "同句未见新闻、政策的转述",
        ),
    )

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        sentence = reading.sentence(hits[0].start)
        if make.first == ("special",):
            if _TRADE.search(sentence):
                ctx.decline("everyday")
                return None
            if _SPECIAL_GOODS.search(sentence) or _HINTED.search(reading.text):
                return make.level
            return None
        if any(_is_other_word(reading.text, hit) for hit in hits):
            return None
        if make.first == ("emblem",) and _EMBLEM.search(sentence):
            ctx.decline("everyday")
            return None
        if (
            len(hits) > 1
            and hits[-1].term in _MET
            and _DUTY.search(sentence)
            and not _PRAISED.search(sentence)
        ):
            ctx.decline("on-duty")
            return None
        if any(hit.group in _OFFICIALS for hit in hits) and _FARMERS.search(reading.text):
            # Not for the seller, but for whoever watches over the officials.
            ctx.decline("public-welfare")
            return None
        return make.level

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return ["商品包装、页面上的相应标注", "所称机关的证明（是否授权、是否属实）"]


def _is_other_word(text: str, hit: Hit) -> bool:
    """“说明书记得看” names no secretary, “形象大使” no ambassador, “国宾酒店” no state guest."""
    if hit.term == "大使":
        return _SPOKESMAN.search(text[max(0, hit.start - 3) : hit.start]) is not None
    if hit.term == "国宾":
        return _HOTEL.match(text[hit.end : hit.end + 4]) is not None
    if hit.term in ("县里", "市里", "省里", "镇上"):
        return (
            text[max(0, hit.start - 1) : hit.start] in ("超", "城", "集", "早", "夜")
            or _FIRM.match(text, hit.end) is not None
        )
    if hit.term == "八一":
        return _COUNTED.search(text[max(0, hit.start - 1) : hit.start]) is not None
    if hit.term == "人大":
        return (
            text[max(0, hit.start - 1) : hit.start] == "假" or text[hit.end : hit.end + 1] == "家"
        )
    return hit.term == "书记" and (
        text[max(0, hit.start - 1) : hit.start] in ("明", "图", "证", "读")
        or text[hit.end : hit.end + 1] in ("得", "录", "住", "下", "本", "账")
    )
