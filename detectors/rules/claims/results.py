"""Results in figures: weight, days, per cent, years; and feats that no goods perform.

Each is an expression with a number or an extreme in it, a concept and what is alleged. They are
asked of texts in which a word stands that such a result needs (the pattern groups of the rule).
"""

from __future__ import annotations

from typing import NamedTuple

from detectors.alerts import Level
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rules.claims.memory import Claim
from detectors.rules.claims.reading import Reading

__all__ = ["MODEST", "POISON", "results"]

MODEST = re.compile(
    "大概|大约|左右|正常(?:用|使用|情况)|因人而异|每个人不(?:同|一样)|看个人|不保证|尽量|差不多|估计|应该(?:能|可以)|一般(?:用|能)|公告|区试|标(?:着|了|明)|写(?:着|的)|官方(?:写|标)"
)
_WEIGHT = re.compile(
    r"(?:[一两二三四五六七八九十半百\d]{1,12}(?:天|周|个?月|个?星期|个疗程|盒|袋|瓶)[^,。!?]{0,8})(?:暴|狂|猛|能|就|可以|给你|轻松|直接|至少|最少|掉|不反弹){0,6}(?:瘦|减|掉|轻)[^,。!?]{0,4}(?:[一两二三四五六七八九十半百\d]{1,12})(?:多|几)?(?:斤|公斤|kg)"
)
_SPEED = re.compile(
    r"(?:[一两二三四五六七八九十半\d]{1,12}(?:天|周|次|分钟|秒|小时|遍|盒|瓶|片|抹|包))[^,。!?]{0,6}(?:就|立马|马上|直接|必|准|保证)?(?:见效|变白|白一个度|白两个度|白三个度|年轻[一两二三四五六七八九十\d]{1,12}岁|(?:去|祛|消)(?:掉|除|眼袋|皱纹|黑头|斑|黄|法令纹|细纹|痘坑|疤)|消失|没了|紧致|瘦一圈|小一圈|长出来|变黑|黑回来|换肤)|"
    r"(?:[三四五六七八九]十|\d{2})岁(?:看着|看起来)?(?:变|像|回到)[^,。!?]{0,3}(?:[二三四五]?十[一二三四五六七八九]?|\d{2})岁|一夜(?:回春|变白|年轻|回到)|"
    r"一(?:滴|抹|喷|贴|片|粒|次|颗|口|瓶|盒|擦|敷|涂)(?:就|即|立)?见效"
)
_RATE = re.compile(
    r"(?:网速|亩产|产量|马力|动力|视力|记忆力?|成绩|效率)[^,。!?]{0,4}(?:提升|提高|增加|翻|涨|快)[^,。!?]{0,4}(?:百分之|\d{1,12}%|[一二三四五六七八九十\d]{1,12}倍)|(?:电费|油费|油耗|水费|燃气费?|油钱)[^,。!?]{0,4}(?:省|降|少)[^,。!?]{0,3}(?:一半|一大半|[三四五六七八九]成)|充[^,。!?]{0,6}(?:分钟|一次)[^,。!?]{0,3}用[^,。!?]{0,4}(?:个月|年)|(?:省(?:油|电|水|气)|油耗|电费|提高|提升|有效率|成功率|满意率|清除率|去除率|杀菌率|吸收率|复购率)[^,。!?]{0,8}?(?:9\d(?:\.\d{1,12})?%|100%|百分之九十|百分之百|[2-8]\d%|百分之[二三四五六七八]十)"
)
#: The money back unless it works; taste, fit and delivery are after-sales service.
_REFUND = re.compile(
    "(?:没|不)(?!有?(?:退|收到|给|通知|到账)|是|开课|甜|符|一致|满意|喜欢|合适|好吃|好喝|好看|好闻|好穿|好玩|新鲜|足|合身|是正|到货|发货|对|想|香|鲜|熟|脆|舒服|要|能|可|用|买|爱|成功)[^,。!?]{1,4}(?:不要钱|全额退|包退|退钱|退款|全退|我赔|赔你)|(?:学|考|瘦|白|长|治|好|减|提)不[^,。!?]{1,4}(?:不要钱|全额退|包退|退钱|退款|全退|退|我赔|赔)"
)
_LASTING = re.compile(
    r"(?:穿|用|戴|开|睡|洗|放|坐|存)[^,。!?]{0,5}(?:十|几十|二十|三十|五十|八十|百|一百|[1-9]0+)年[^,。!?]{0,3}(?:都|也)?不(?:会)?(?:坏|破|换|变|掉|褪|起|裂|烂|旧|塌|锈|长|臭|霉|馊)"
)
_EARN = re.compile(
    r"(?:学|加入|跟着|跟我|零基础|项目|课|带你|轻松|在家|副业|保证|包你)[^。!?]{0,14}(?:月入|日入|月赚|日赚)(?:轻松|能|可以|就|过|超)?(?:[\d一二三四五六七八九十几百两]{1,12})(?:千|万|百|k|w|块|元)?"
)
_YIELD = re.compile(
    r"(?:增产|亩产|产量|增收)[^,。!?]{0,4}(?:翻番|翻[一1]番|翻倍|[一两二三四五1-5]倍|[三四五六七八3-8]成|[3-9]\d%|百分之[三四五六七八九])"
)
_NEARLY_ALL = re.compile(
    r"(?:9\d(?:\.\d{1,12})?%|百分之九十[一二三四五六七八九]?|百分之百|100%)的(?:人|用户|顾客|客户|妈妈|女生|姐妹|患者)[^,。!?]{0,6}(?:有效|见效|瘦|白|好转|说好|改善|满意)"
)
#: Of what pollutes, nearly all is said to be kept off; a report that can be looked up is another matter.
_KEPT_OFF = re.compile(
    r"(?:阻隔|阻挡|隔绝|隔掉|屏蔽|吸收|过滤|清除|去除|杀灭|杀死|分解|消除|挡掉?|防)[^,。!?]{0,6}(?:9\d(?:\.\d{1,12})?%|百分之九十[一二三四五六七八九]?)|"
    r"(?:9\d(?:\.\d{1,12})?%|百分之九十[一二三四五六七八九]?)的?(?:电磁)?(?:辐射|甲醛|细菌|螨虫|病毒|油烟|农药|农残|重金属)"
)
#: Those who buy together get their money back unless they are enough.
_GROUPED = re.compile("拼团|成团|拼单|凑单|凑不齐|人数")
#: What is said of poisons for vermin is how they work.
POISON = re.compile("蟑螂|蚂蚁|老鼠|鼠药|虫药|杀虫|除草|灭蚊|白蚁")
_REPORTED = re.compile("报告|检测|标准|实测")
_YOUTH = re.compile(
    r"(?<!显)(?<!看着)(?<!看起来)(?<!看上去)年轻(?:了|个)?(?:[一二三四五六七八九十两\d]{1,12})(?:多|来)?岁"
)
#: A figure or numeral.
_N = r"[一二两三四五六七八九十半百千万几\d]{1,12}"
#: How long one lives by it.
_LONG_LIFE = re.compile(
    rf"(?:喝|吃|用|戴|泡|穿|服|睡)[^。!?]{{0,14}}(?:能|可以|让你|保你|都|人)?[^,。!?]{{0,3}}(?:活(?:到|过|个)[^,。!?]{{0,3}}(?:一?百|[八九]十|[89]\\d|1\\d\\d)|多活[^,。!?]{{0,2}}{_N}(?:多)?年|长命百岁|延寿{_N}年)"
)
#: Dye makes black at once.
_BLACK = re.compile("黑(?!头|眼)")
_DYED = re.compile("染|一次性|发粉|补色|遮白|盖白|盖住")
#: White hair that is black again.
_DARKENED = re.compile(
    r"白(?:头)?发[^。!?]{0,16}(?:变黑|转黑|返黑|黑回来|黑回去|长黑|全黑)(?!.{0,4}(?:染|遮|盖|喷))"
)
#: Lashes and hair that grow by the day.
_GROWN = re.compile(
    rf"(?:睫毛|眉毛|头发|发际线|发量|指甲|胡子)[^。!?]{{0,10}}?{_N}(?:天|晚上?|夜|周|个?星期|个?月)(?:就|能|可以|都|内|里){{0,2}}(?:长|冒|生|蹿|窜)(?:出|了|长)?[^,。!?]{{0,3}}?{_N}(?:毫米|厘米|公分|cm|mm|根|寸)"
)
_SCORE = re.compile(
    r"(?:提高|提升|涨|提|多考|考)[^,。!?]{0,5}(?:[一二三四五六七八九十两百\d]{1,12})分(?!之)|不提分|提分(?:保证|必)"
)
_HEIGHT = re.compile(
    r"(?:[一二三四五六七八九十两半\d]{1,12}(?:天|周|个?月|个?星期|个?疗程|盒|瓶)|穿|喝|吃|戴|贴|坚持|保证)[^,。!?]{0,8}(?:长高|增高|蹿高|长个)[^,。!?]{0,4}(?:[一二三四五六七八九十两\d]{1,12})(?:到[一二三四五六七八九十\d]{1,12}|多)?(?:厘米|公分|cm)"
)
#: “Not white, no money”: effects, not taste, fit or freshness.
_OR_FREE = re.compile(
    "不(?:能|会|变)?(?:白|瘦|年轻|长高|黑|灵|准|管用|有效|见效|提分|过关|通过|怀孕|掉秤|生发|长头发|除根|断根|好使|升值|涨|赚)(?:了|的|话|就|我|全|给你|直接|也|,){0,3}(?:不要钱|不收钱|退钱|退款|全退|包退|全额退|免单|赔)"
)
_LOOKS = re.compile("视觉|显瘦|看着|看上去|看起来|镜头")
_VINTAGE = re.compile(
    r"[一二三四五六七八九十两\d]{1,12}年(?:窖藏|陈酿|陈年|老酒|原浆|基酒|老茶|陈化)"
)
_ASSURED = re.compile("真年份|保真|假一|绝对|保证|百分百")

#: A figure by itself is read as its numeral: “1喷” is “一喷”.
_FIGURE = re.compile(r"(?<![\d.,:])\d(?![\d.,:%])")
_NUMERALS = "零一二三四五六七八九"
#: A great one.
_MANY = r"(?:[五六七八九十百千万几]{1,12}|\d{2,12}|[5-9])"
_LOST = re.compile(
    rf"(?:睡一觉|一觉醒来|一晚上?|一夜|隔天|第二天)[^,。!?]{{0,6}}(?:掉|瘦|轻|减)(?:了)?{_N}(?:两|斤)|"
    rf"(?:腰围?|大腿|小腿|腿围?|肚子|胳膊|手臂|脸)(?:就|能|都|可以|直接)?(?:小|细|瘦|少|减)(?:了|掉)?{_N}(?:寸|厘米|公分|cm|圈|码)|"
    rf"(?:瘦|减|掉|轻)(?:了|掉)?{_N}(?:多)?斤[^。!?]{{0,10}}(?:没运动|没有运动|没节食|没挨饿|没饿|不节食|不运动|没吃药|就喝|就吃|就靠)|"
    rf"(?:躺着|睡着|坐着|边吃边|吃着|一边吃一边|边睡边)(?:就|也|都|能|就能|也能|都能|可以)?(?:瘦|掉秤|掉肉)|"
    rf"(?:喝|吃|贴|穿|戴|抹|用|泡|敷)(?:完|了|它|着)?(?:就|立马|马上|必|准)(?:能|可以|会)?(?:瘦(?!一圈|脸|腿)|掉秤|掉肉)|"
    rf"{_N}(?:天|周|个?月|个?疗程|盒|瓶|袋)[^,。!?]{{0,6}}(?:减掉?|甩掉?|瘦掉|消掉?|去掉)[^,。!?]{{0,3}}(?:肚腩|肚子|赘肉|大肚|游泳圈|水桶腰|拜拜肉|双下巴)"
)
_WORTH = re.compile(
    rf"(?:一|1)(?:片|颗|粒|口|杯|袋|包|勺|瓶|盒|支|滴|碗|个|次|份)[^,。!?]{{0,3}}(?:抵得上|抵得过|抵|顶得上|顶|等于|相当于|=|胜过|赛过|超过)(?:吃了?|喝了?|做了?|用了?|敷了?)?{_MANY}(?:多)?(?:个|斤|颗|杯|碗|瓶|盒|片|次|只|头|支|袋|箱|粒|顿|针)"
)
_LABELLED = re.compile("营养成分|标签|背面|成分表|检测报告|吸水|滤芯|节电池|打印")
_ENDURES = re.compile(
    r"(?:[十几百]{1,12}|二十|三十|五十|[1-9]\d)年(?:都|也)?不(?:用|会)?(?:换|坏|糊|粘|锈|生锈|变形|掉|褪|起球|裂|开裂|烂|塌|臭|发霉|长霉|馊|磨损|断|堵|漏|卡顿?|老化)|"
    rf"一次[^。!?]{{0,5}}(?:{_N}年|半年|终身|永久|一辈子|永远)(?:都)?(?:不(?:再)?(?:长|生|起|发|用|复|招|臭|堵)|没有?(?:虫|草|霉|异味))|"
    r"(?:终身|永久|一辈子|永远|从此)(?:都|也)?不再?(?:发霉|长霉|生虫|长草|堵|漏|臭|掉色|生锈|长痘|长斑|长胖|反弹|复发|返白|脱发|起球|变形|卡顿?|脏|坏|换)"
)
_CHARGED = re.compile(
    r"充(?:满|一次)?(?:一次|电|满)?(?:电)?(?:就|能|可以|可)?(?:用|撑|续航)(?:上|到|够)?(?:[二三四五六七八九十百]{2,12}|[2-9]\d|\d{3,12})(?:多)?天"
)
_MULTIPLIED = re.compile(
    rf"(?:信号|马力|动力|网速|性能|续航|音质|清晰度|效率|吸力|产量|寿命|药效|肥效|智商|记忆力?|专注力|流量|速度|营养)[^,。!?]{{0,4}}(?:翻倍|翻番|翻{_N}倍|(?:放大|提升|提高|增强|快|强|增加|扩大)(?:了|到)?{_N}(?:多)?(?:倍|个点)|是[^,。!?]{{1,8}}{_MANY}倍)|"
    r"(?:电费|油费|油耗|水费|气费|燃气费|话费|用电|用油)[^,。!?]{0,4}(?:减半|砍半|少一半|降一半|降低一半|直降|省一大半|省八成|省九成)|省电[^,。!?]{0,2}(?:一半|[五六七八九]成)"
)
_FROST = re.compile(
    r"零下(?:[四五六七八九]十|[4-9]\d)[^。!?]{0,12}(?:不冷|不怕冷|不用怕|就够|够了|足够|出汗|冒汗|不透风|暖)"
)
_WIPED_OUT = re.compile(
    r"(?:蚊子|蟑螂|老鼠|耗子|虫子|害虫|苍蝇|跳蚤|螨虫|蚂蚁|白蚁|杂草|野草|霉菌|细菌|虱子|小强|虫卵)[^,。!?]{0,8}(?:死光|杀光|死绝|全死|灭光|绝种|绝迹|绝根|断子绝孙|一窝端|全灭|灭绝|清零|一个不剩|一只不剩|一只不留|不敢(?:再)?来|全军覆没|永不|永远消失)|"
    r"(?:杀光|灭光|一窝端|灭绝)[^,。!?]{0,8}(?:蚊子|蟑螂|老鼠|虫|苍蝇|跳蚤|螨|蚂蚁|白蚁|草)|"
    rf"(?:一晚|一夜|一天|{_N}天|{_N}小时)[^,。!?]{{0,4}}(?:吸走|吸光|吸干净|除掉|除尽|清除|去除|净化|带走|分解)[^,。!?]{{0,5}}(?:甲醛|异味|苯|油烟)|"
    r"(?:一喷|一擦|一抹|一倒|一泡|一洗)[^,。!?]{0,6}(?:全部|全都|全|彻底|瞬间|统统|立马)(?:消失|溶解|分解|脱落|没了|掉光|干净)"
)
_FREE_OF = re.compile(
    "(?:绝对|完全|百分百|百分之百|100%|丝毫|一丁点|半点)(?:都)?(?:没有|不含|无|零|不会有)(?:任何|一点)?(?:农残|农药|激素|化学|重金属|细菌|辐射|副作用|刺激|伤害|风险|污染|危害)|"
    "(?:没有|不含|无)任何(?:化学(?:物质|成分|添加)?|副作用|伤害|风险|激素)"
)
_RESOLD = re.compile(
    rf"转手(?:就|能|就能|可以|一卖|出去|轻松){{0,6}}[^,。!?]{{0,2}}(?:赚|卖|翻){_N}|(?:明年|后年|过几年|几年后|以后|将来|过两年)[^,。!?]{{0,6}}(?:涨到?|升到?|翻|卖){_N}|(?:三|五|十|几|\d{{1,12}})年(?:后)?(?:能|可以|就|至少)?(?:翻|涨){_N}倍"
)
_AGED = re.compile(
    "(?:百年|千年|五百年|几百年|上百年)(?:老|野生|的老|的)?(?:山参|人参|野山参|野参|何首乌|灵芝|沉香|古树|药方)"
)


class _Result(NamedTuple):
    """A kind of result that is promised."""

    pattern: re.Pattern[str]
    concept: str
    says: str
    level: Level = "lead"
    worn: bool = True
    """Whether it counts for what is worn too, where looks are praised."""


_RESULTS = (
    _Result(_WEIGHT, "减重", "承诺限期减重"),
    _Result(_LOST, "减重", "夸大减重效果", worn=False),
    _Result(_SPEED, "限期见效", "承诺限期见效", worn=False),
    _Result(_RATE, "比率", "称效果的比率，同句未见依据", "watch"),
    _Result(_MULTIPLIED, "倍数", "效果的倍数未见依据", "watch"),
    _Result(_SCORE, "提分", "承诺提高成绩"),
    _Result(_REFUND, "保证", "以不见效退款保证效果"),
    _Result(_LASTING, "终身", "耐用的年限未见依据"),
    _Result(_ENDURES, "终身", "耐用的年限未见依据"),
    _Result(_CHARGED, "性能", "所称性能超出同类商品的常见数值，同句未见依据", "watch"),
    _Result(_FROST, "性能", "性能说法未见依据", "watch"),
    _Result(_WIPED_OUT, "清零", "清除的效果未见依据", "watch"),
    _Result(_FREE_OF, "断言", "断言没有任何有害物、副作用", "watch"),
    _Result(_WORTH, "相当", "一份抵多份的说法未见依据", "watch"),
    _Result(_EARN, "收益", "承诺收入"),
    _Result(_YIELD, "增产", "承诺增产"),
    _Result(_NEARLY_ALL, "比率", "有效的比率未见依据", "watch"),
    _Result(_YOUTH, "限期见效", "承诺变年轻", worn=False),
    _Result(_HEIGHT, "长高", "承诺长高"),
    _Result(_LONG_LIFE, "长寿", "承诺延长寿命"),
    _Result(_DARKENED, "白发", "承诺白发变黑", worn=False),
    _Result(_GROWN, "生长", "承诺限期生长", "watch", worn=False),
    _Result(_OR_FREE, "无效退款", "以无效不要钱保证效果"),
    _Result(_VINTAGE, "年份", "年份的说法未见依据", "watch"),
    _Result(_AGED, "年份", "年份的说法未见依据", "watch"),
    _Result(_KEPT_OFF, "比率", "称清除、阻隔的比率，同句未见依据", "watch"),
    _Result(_RESOLD, "升值", "以升值、转卖获利诱导购买", "watch"),
)
#: Results about which a report or a label may be consulted, or that are of another kind.
_DOCUMENTED = {
    _RATE: _REPORTED,
    _KEPT_OFF: _REPORTED,
    _WORTH: _LABELLED,
    _MULTIPLIED: _REPORTED,
    _FREE_OF: _REPORTED,
    _REFUND: _GROUPED,
}
#: Kinds of groups without which none of them can stand in a text.
_NEEDED = (
    "weight",
    "measure",
    "vintage",
    "instant",
    "refund",
    "pollutant",
    "ever",
    "wealth",
    "earning",
)


def results(reading: Reading, *, worn: bool) -> list[Claim]:
    """The results that a text promises in figures; `worn`: clothes and jewels, which change looks."""
    if not reading.kind(*_NEEDED):
        return []
    claims = []
    text = _FIGURE.sub(lambda figure: _NUMERALS[int(figure.group())], reading.text)
    for one in _RESULTS:
        match = one.pattern.search(text)
        if match is None or (worn and not one.worn):
            continue
        documented = _DOCUMENTED.get(one.pattern)
        if documented is not None and documented.search(reading.sentence(match.start())):
            continue
        if one.pattern is _VINTAGE and not _ASSURED.search(reading.text):
            continue
        if _BLACK.search(match.group()) and _DYED.search(reading.text):
            continue
        if one.concept == "限期见效" and (reading.kind("ill") or POISON.search(text)):
            continue
        if MODEST.search(reading.scope.clause_text(match.start())):
            continue
        words = reading.text[match.start() : match.end()]
        claims.append(
            Claim(
                concept=one.concept,
                hits=[Hit(f"measure.{one.concept}", words, match.start(), match.end())],
                level=one.level,
                says=f"“{words}”，{one.says}",
                missing=["当事人对该说法的依据（检测报告、数据出处）"],
                # What never breaks and what contains nothing is worded as a negation.
                ungated=one.pattern in (_ENDURES, _FREE_OF, _FROST),
            )
        )
    claims += [
        Claim(
            concept="减重",
            hits=[hit],
            level="lead",
            says=f"“{hit.term}”，夸大减重效果",
            missing=["当事人对该说法的依据（检测报告、数据出处）"],
            ungated=hit.term.startswith(("不", "没")),
        )
        for hit in reading.kind("weight")
        if not (hit.term == "瘦一圈" and (worn or _LOOKS.search(reading.text)))
    ]
    return claims
