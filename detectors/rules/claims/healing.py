"""Healing: a disease, symptom or body value, and what is said to happen to it.

Found by composition, never by whole sentences: {disease, symptom, value, drug} × {cure, ease,
drop, gone}, with order, distance and clause marks between them. The three rules about health
share it; the class of the product decides whose claim it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from detectors.rules.claims.reading import Pair, Reading
from detectors.text.lexicon import Hit

__all__ = ["KINDS", "Healing", "exposed", "healings", "taken", "treats"]

#: Nobody who used it had to go there.
_UNVISITED = frozenset({"没进过医院", "没去过医院", "不用去医院", "不去医院"})
#: Taken or put on, just before: “姜茶喝下去，…”.
_TAKEN = re.compile(
    "(?:喝|吃|贴|戴|穿|泡|敷|抹|擦|用|枕|灸|熏|含|垫|睡)(?:了|上|完|它|这个|这款|下去|[一两三四五六七八九十半\\d]+(?:天|晚|周|个月|年|盒|瓶|包|袋|碗|杯|次|支|勺)|到)[^。!?]{0,12}$"
)
#: A verb that fails: “治不了”.
_FAILS = re.compile("不(?:了|好|掉|住|到|动|得)")
#: Told of others who were cheated or caught, of the news.
_EXPOSED = re.compile(
    "曝光|被?查处|查封|被查|被抓|被骗|骗了|上(?:过)?当|(?:工商|市监局?|警察|派出所)(?:都|就|已经)?(?:去|来|找|查|上门)|检出|"
    "最后(?:才)?发现|结果(?:发现|才知道)|就是(?:个)?普通(?:的)?(?:水|面粉|糖|饮料)|新闻(?:里|上|说|报)|辟谣|多提醒|骗老人|都是骗|是骗人"
)
#: Who is ill is told to go where they heal.
_SENT_AWAY = re.compile(
    "(?:请|要|得|该|赶紧|先|还是|建议|尽快|立刻|马上)[^,。!?]{0,4}(?:去|找|看|上|到|挂)[^,。!?]{0,4}(?:医院|医生|大夫|门诊|诊所|[内外骨皮儿妇]科)|就医|就诊"
)
#: Recipes as cooks have them too: they heal only where a body is spoken of.
_KITCHEN = frozenset(
    {
        "祖传秘方",
        "祖传的方子",
        "祖传方子",
        "祖传配方",
        "秘方",
        "古方",
        "秘制",
        "家传",
        "祖传",
        "老方子",
        "土方",
        "民间方",
        "宫廷秘",
        "宫廷秘方",
    }
)
_BODILY = re.compile(
    "调理|调养|滋补|进补|治|病|疼|痛|祛|除湿|湿气|胃|肝|肾|血(?!旺|肠|豆腐)|睡|失眠|咳|便秘|痰|寒|虚|毒|药|身体|体质|气色|炎|化石|结节|疗|养生|气血|男人|女人|更年|老人|有效|见效|率"
)
#: Needless, or outdone: “不用天天吃降糖药”, “比氯雷他定还快”.
_NEEDLESS = re.compile(
    "(?:不用|不必|甭|用不着|不需要|无需|犯不着|再也不|可以不|省得)(?:再|天天|老|总|一直|去|每天|长期|大把|靠|继续){0,3}(?:吃|打|用|买|开|上|抹|擦|做|喷|贴)?(?:什么|啥|那些?|这些?|点)?$"
)
_NATURAL = re.compile("(?:植物|天然|食物|水果|蔬菜|菜|粮食|草|花|茶)(?:里|中|界|版)?的?(?:天然)?$")
_REDUCED = re.compile("我?(?:都|也|就|全|已经|慢慢)?(?:减了?(?:一半|半|量)|停了|扔了|丢了|断了)")
_THAN = re.compile(
    "比(?:我|你|咱|人家|那个?|那些|什么|啥|任何|去|在)*(?:吃|打|用|买|开|抹|擦|做|喷|贴)?(?:的|了|过)?(?:那个?|那些|什么|啥|任何|进口|一般)*$"
)
_BETTER = re.compile(
    "[^,。!?]{0,6}(?:还|更|要|都|见效)?(?:快|好|强|灵|管用|有效|安全|厉害|顶用|见效|猛|温和|彻底)"
)
#: What made it better was no goods: rest, water, a doctor.
_OTHERWISE = re.compile(
    "(?:做|动)了?(?:个|一?台|大|小)?手术|活动(?:一下|活动)|锻炼|按摩一下|喝点?(?:热|温)?水|休息|睡一觉|歇|去了?医院|看了?医生|打了?针|吃了?药|输液|缓一缓|点个?赞|下单|关注"
)
#: Used, and something came of it: “喝两壶就尿出来了”.
_USED = re.compile(
    "[来拿]一[瓶盒袋罐包]|喝|吃|枕|含|戴|贴|抹|泡|敷|垫|刷|涂|用(?!量)|照|睡|穿|嚼|服"
)
#: Goods that are taken or used, or are to be.
_APPLIED = re.compile(
    "喝|吃|枕|含|戴|贴|抹|泡|敷|刷|涂|照|嚼|服|熏|坚持|茶|膏|丸|片|粉|胶囊|口服|仪|床垫|按摩|疗|能|可以|都|管|告别|拍|必备|福音|救星|克星|专"
)
#: Said for the sake of the sick, or of oneself.
_SPARED = re.compile(
    "含糖|糖不低|少吃|少喝|少放|别拍|别买|别怪|别吃|别喝|控制饮食|我爸有|我妈有|我有|我的|所以我|先问|不高的|过敏原"
)
_FROM_TO = re.compile(
    r"[^。!?]{0,10}?(?:\d[\d.]*|[一二三四五六七八九十百零点]{2,})[^。!?]{0,24}?(?:喝|吃|用|戴|泡|贴|坚持)[^。!?]{0,24}?(?:\d[\d.]*|[一二三四五六七八九十百零点]{2,})(?!天|周|个|盒|瓶|块|袋|杯|罐|次)"
)
#: Fish tanks, pets and plants have rules of their own.
_ANIMALS = re.compile(
    "(?:母|公|仔|小|种|生|养)猪|猪场|牛场|羊场|鸡场|养殖|(?:母|奶|种|小)牛|母羊|羊羔|幼崽|犬|鱼缸|鱼药|猫|狗|宠物|兽用|鸡苗|猪仔|作物|果树|叶子背面|喷叶|土壤"
)
#: About a visit to the doctor, or a hospital as a place.
_IDLE = re.compile("刚|昨天|前两天|回来|明天|请假|排队|路过|陪|住院|护士|价格")
#: Parts of the body that stand among the diseases, for what is done to them.
_ORGAN = re.compile(
    "卵巢|心脏|血管里|甲状腺|前列腺|淋巴|输卵管|内膜|子宫内膜|乳腺|软骨|膝关节|腰椎|肩周|坐骨|滑膜|半月板|扁桃体|角膜|眼底|骨髓|韧带|肌腱|脊柱|宫颈|幽门|腺样体|牙周|牙根|牙槽|支架|产后|更年期|血小板|白细胞|血亏|骨关节|髌骨|腱鞘"
)
#: Taken or put on, as a claim of an effect has it.
_OFFERED = re.compile(
    "(?:都|就|要|得|必|必须|坚持|天天|每天|常|来|给他|给她|提前|可以|能|放心|的人?|患者|病人|人群|阿姨|大爷|姐妹|朋友)(?:喝|吃|服|贴|戴|穿|泡|敷|抹|擦|用)(?!饭|药|亏|瘪|不|完饭|货|到|惯)|(?:喝|吃|贴|戴|穿|泡|敷|抹|擦|用)(?:了|它|这个|这款|完|上)(?!饭|药|不|一口|几口)|专供|指定营养|专用|特供|特膳"
)
_OFFERED_BEFORE = re.compile(
    "(?:喝|吃|贴|戴|穿|泡|敷|抹|擦|用|坐|睡)(?:了|它|这个|这款|完|着)[^。!?]{0,6}$"
)
_UNOFFERED = re.compile(
    "不要|别|不能|不可|不建议|不适合|不宜|少|慎|忌|不是|没有|不敢|不好|怕|吗|么|听说|新闻|电视|小时候|以前|我奶奶|粉尘|花粉|说明书|药师|口罩|外套|快递|下播|停播|好了去|上学|上班"
)
_CAME = re.compile(
    "越[喝吃用睡戴][^,。!?]{0,3}越|[^,。!?]{0,4}(?:少了|密了|轻了|稳了|不[^,。!?]{1,3}了)|(?:就|都|也|全|能|会|准|立马|马上|慢慢|直接|当天|第二天)[^,。!?]{0,8}?(?:了|掉|开|出来|下来|回来|过来|干净|除根|清爽|见轻|停|好|稳|消|退)"
)
_WORSE = re.compile(
    "难受|不舒服|加重|严重|升高|更高|上火|拉肚|不好|多了|不行|不能|别|不要|贵|没货|没有了|到货|发货|拍|链接|下单|付款|问|知道|注意|看"
)
_ABLE = re.compile("(?:能|可以|可|会|专|包|都|给你|来)$")
#: “对痔疮特别好”
_FOR = re.compile("对(?:于|你的|老人的?|咱的?)?$")
#: Hot weather, and 消炎, which is a word of its own.
_NO_FLAME = re.compile("炎(?=[热夏黄炎亚凉上帝])|(?<=[消抗炎])炎")
_MEDICINE = re.compile("药(?!效|用)|糖浆|片剂")
#: A stent, and no stand for a telephone.
_HEART = re.compile(
    "心|血管|冠脉|冠状|搭桥|医生|手术|支架(?:都|也)?不用|放(?:了|过)?[^,。!?]{0,2}支架"
)
#: What a feeding bottle is built against, by its form.
_FED = frozenset({"胀气", "肠胀气", "呛奶", "吐奶", "溢奶"})
_BOTTLE = re.compile("奶瓶|奶嘴|瓶身|流速|排气(?:阀|孔)")
#: Food and habits that stand in a medicine's way.
_AFFECTS = re.compile("(?:影响|降低|减弱|妨碍|破坏|干扰|抵消|改变)(?:了|到|你的)?$")
#: Who is ill is sent to those who heal.
_TO_DOCTOR = re.compile(
    "(?:要|得|都|也)?(?:花|掏|凑|借)[^,。!?]{0,3}钱|[,的]?(?:的话|就|还是|请|得|要|该|赶紧|你|您|大家|那)*(?:去|找|上|看|到)(?:正规)?(?:医院|医生|大夫|门诊)"
)
#: What is cured is a house or a field.
_THINGS = re.compile(
    "(?:[^,。!?]{0,3})(?:漏|虫害|害虫|杂草|异味|反味|返味|臭味|堵|噪音|返潮|[^,。!?]{0,2}[虫螟蛾螨蝇蚧]|灰霉|白粉病|枯萎病|作物|果树|庄稼|开心|馋|挑食|懒|不服|无聊|纠结|丧|emo|霉|锈|鼠|蟑|蚂|甲醛)"
)
_LIKENED = re.compile(
    "天然的?|植物的?|就是|等于|相当于|堪比|比|顶|当|代替|替代|赛过|胜过|胜似|不用吃|不吃"
)
#: Kinds of groups that a healing claim may begin from.
KINDS = frozenset({"medicine", "disease", "symptom", "value", "direct", "drug", "remedy", "relief"})
#: Ailments that make a list, and the characters within which.
_LISTED = 3
_LIST = 30
#: What is done about ailments by those who may: they are looked for, insured, talked about.
_TESTED = re.compile(
    "检查|体检|筛查|检测|化验|保险|理赔|科普|讲座|门诊|挂号|医生|大夫|病史|患者(?:不|慎|禁)|人群(?:不|慎|禁)|不宜|禁忌|慎用|不要|别买|不能|不建议|咨询|问(?:一)?下|电影|小说|剧"
)
#: So much of it, so often: a dose.
_DOSED = re.compile(
    "(?:每天|天天|早上|早晨|晚上|空腹|睡前|饭前|饭后|早晚|一天|一日)[^,。!?]{0,6}(?:来|喝|吃|服|冲|泡|含|嚼|抹|贴)(?:上|个)?[一两半三12](?:小)?(?:勺|袋|包|杯|粒|颗|片|口|碗|瓶|支|贴|丸)"
)
#: Characters before the end of a pain in which the goods are used.
_SINCE = 18


class Healing(NamedTuple):
    """A healing claim: its concept, its words, how plain it is, and what it says."""

    concept: str
    hits: list[Hit]
    plain: bool
    """Said outright, not only hinted at."""
    says: str


def healings(reading: Reading) -> list[Healing]:
    """The healing claims in a text, plain ones first, each in the order of the text."""
    ills = [hit for hit in reading.kind("disease", "symptom", "value") if _is_ill(reading, hit)]
    serious = [hit for hit in ills if not hit.group.startswith("value")]
    ease = [hit for hit in reading.kind("ease") if not _FAILS.match(reading.text, hit.end)]
    pairs = [
        *reading.pairs(ills, reading.kind("cure"), after=12, before=9, marks=1),
        *(
            pair
            for pair in (
                *reading.pairs(serious, reading.kind("treat"), before=3, after=4),
                *reading.pairs(
                    serious, [hit for hit in reading.kind("treat") if _can(reading, hit)], after=10
                ),
            )
            if treats(reading, pair.second)
        ),
        *(
            pair
            for pair in reading.pairs(ills, reading.kind("good"), after=3)
            if _FOR.search(reading.text[max(0, pair.start - 8) : pair.start])
        ),
        *reading.pairs(ills, ease, after=8, before=6),
        *reading.pairs(ills, _long(ease), after=10, before=9, marks=1),
        *(
            pair
            for pair in (
                *reading.pairs(
                    [hit for hit in ills if hit.group.startswith("disease")],
                    reading.kind("gone"),
                    after=30,
                    marks=3,
                ),
                *reading.pairs(
                    reading.kind("symptom", "value"), reading.kind("gone"), after=26, marks=3
                ),
            )
            if not reading.scope.warned(pair.start, pair.end)
            and not _OTHERWISE.search(reading.text[pair.start : pair.end + 4])
            and not (
                pair.first.group == "symptom.感冒咳嗽"
                and not _USED.search(reading.sentence(pair.start))
            )
        ),
        *reading.pairs(
            [hit for hit in ills if not hit.group.startswith("symptom")],
            reading.kind("drop"),
            after=20,
            marks=2,
        ),
    ]
    if _ANIMALS.search(reading.text) or exposed(reading.text):
        return []
    remedies = reading.kind("remedy")
    relieved = [hit for hit in reading.kind("relief") if _since_used(reading, hit)]
    used = [hit for hit in ills if _comes_of_it(reading, hit)]
    hinted = reading.pairs(ills, reading.kind("sufferer"), after=12, before=6, marks=2)
    listed = _listed(reading, serious)
    found = [
        *(
            Healing(_concept(hit), [hit], True, f"直接宣称“{hit.term}”")
            for hit in reading.kind("direct")
            if not _is_medicine(reading, hit)
            and not _THINGS.match(reading.text[hit.end :])
            and not _AFFECTS.search(reading.text[max(0, hit.start - 5) : hit.start])
            and not _TO_DOCTOR.match(reading.text, hit.end)
        ),
        *(_said(pair) for pair in pairs if not _is_misheard(pair)),
        *(Healing(_concept(hit), [hit], True, f"说用后“{hit.term}”") for hit in relieved),
        *(
            Healing("药物", [hit], True, f"以“{hit.term}”与药品、治疗相比或代替药品")
            for hit in reading.kind("drug")
        ),
        *(
            Healing(
                "药物",
                list(pair),
                True,
                f"以“{pair.second.term}”“{pair.first.term}”与药品、治疗相比或代替药品",
            )
            for pair in reading.pairs(
                reading.kind("medicine"), reading.kind("instead"), before=2, after=5
            )
            if not _IDLE.search(reading.sentence(pair.start)) and not _is_misheard(pair)
        ),
        *(
            Healing(_concept(hit), [hit], False, f"说用后“{hit.term}”有了起色，暗示疗效")
            for hit in ills
            if _is_relieved_by_it(reading, hit)
        ),
        *(
            Healing("药物", [hit], False, f"说用后“{hit.term}”，暗示疗效")
            for hit in reading.kind("gone")
            if hit.term in _UNVISITED and _USED.search(reading.sentence(hit.start))
        ),
        *(
            Healing("药物", [hit], True, f"称不必再用“{hit.term}”，或说比“{hit.term}”有效")
            for hit in reading.kind("medicine")
            if _is_outdone(reading, hit)
        ),
        *(
            Healing(_concept(hit), [hit], True, f"说用后“{hit.term}”的数值变了")
            for hit in reading.kind("value", "disease")
            if _from_to(reading, hit)
        ),
        *(
            Healing(_concept(pair.second), list(pair), True, _link(pair.second, pair.first))
            for pair in reading.pairs(remedies, ills, after=24, before=16, marks=3)
        ),
        *(
            Healing(
                _concept(pair.first),
                list(pair),
                False,
                f"以“{pair.second.term}”面向“{pair.first.term}”人群推销，暗示疗效",
            )
            for pair in hinted
            if not reading.scope.warned(pair.start, pair.end)
            and not _is_misheard(pair)
            and not (pair.first.form == "sound" and len(pair.first.term) == 2)
            and not _SENT_AWAY.search(reading.sentence(pair.start))
            and not _OTHERWISE.search(reading.sentence(pair.start))
        ),
        *(
            Healing(_concept(hit), [hit], False, f"说到“{hit.term}”而请人服用、使用，暗示疗效")
            for hit in reading.kind("disease")
            if _is_offered(reading, hit)
        ),
        *(
            Healing(
                _concept(listed[0]),
                listed,
                False,
                f"连举“{listed[0].term}”“{listed[1].term}”等病症，暗示疗效",
            )
            for _ in listed[:1]
        ),
        *(
            Healing(_concept(hit), [hit], False, f"说到“{hit.term}”，又说用后见好，暗示疗效")
            for hit in used
        ),
        *(
            Healing(
                _concept(hit), [hit], False, f"以变体书写“{hit.term}”并说到服用、使用，暗示疗效"
            )
            for hit in ills
            if _is_hidden(reading, hit)
        ),
        *(
            Healing("秘方", [hit], False, f"使用医疗用语“{hit.term}”")
            for hit in remedies
            if not _THINGS.match(reading.text[hit.end :])
            and (hit.term not in _KITCHEN or _BODILY.search(reading.sentence(hit.start)))
        ),
    ]
    found.sort(key=lambda healing: (not healing.plain, min(hit.start for hit in healing.hits)))
    return found


def _is_ill(reading: Reading, hit: Hit) -> bool:
    """Is it an ailment, and no piece of another word?"""
    if reading.text[hit.end : hit.end + 1] == "药":
        return False  # a medicine's name: 感冒药
    if hit.term == "支架" and not _HEART.search(reading.sentence(hit.start)):
        return False
    if hit.term in _FED and _BOTTLE.search(reading.text):
        return False
    return not (
        hit.term == "炎"
        and any(match.start() == hit.start for match in _NO_FLAME.finditer(reading.text))
    )


def _is_hidden(reading: Reading, hit: Hit) -> bool:
    """Is an ailment written in disguise, where goods are used? Nobody hides it who only warns."""
    if hit.group.startswith("symptom") or hit.form in ("plain", "echo", "numeral"):
        return False  # who has a headache says so
    if hit.form == "sound" and len(hit.term) < 4:
        return False
    low, high = reading.scope.sentence(hit.start)
    return (
        _APPLIED.search(reading.text[low:high]) is not None
        and reading.scope.warned(hit.start, hit.end) is None
        and _TESTED.search(reading.text) is None
        and _OTHERWISE.search(reading.text[low:high]) is None
        and _SPARED.search(reading.text[low:high]) is None
    )


def _from_to(reading: Reading, hit: Hit) -> bool:
    """Is a value told before and after the use: “尿酸五百多，喝了二十天三百六”?"""
    if not hit.group.startswith(("value", "disease.高", "disease.痛风", "disease.糖尿")):
        return False
    after = reading.text[hit.end : min(reading.scope.sentence(hit.start)[1], hit.end + 60)]
    found = _FROM_TO.match(after)
    return found is not None and not (
        _WORSE.search(found.group()) or reading.scope.warned(hit.start, hit.end)
    )


def _is_offered(reading: Reading, hit: Hit) -> bool:
    """Is a disease named, and the goods to be taken for it: nothing warns, asks or sends away?"""
    if hit.form in ("sound", "echo", "numeral") or len(hit.term) < 2 or not _is_ill(reading, hit):
        return False
    if _ORGAN.fullmatch(hit.term):
        return False
    low, high = reading.scope.sentence(hit.start)
    before, after = reading.text[max(low, hit.start - 14) : hit.start], reading.text[hit.end : high]
    if not (_OFFERED.search(after[:22]) or _OFFERED_BEFORE.search(before)):
        return False
    said = reading.text[low:high]
    return not (
        reading.scope.warned(hit.start, hit.end)
        or _TESTED.search(reading.text)
        or _SPARED.search(said)
        or _OTHERWISE.search(said)
        or _UNOFFERED.search(said)
        or reading.scope.asked(hit.start, hit.end)
    )


def _is_misheard(pair: Pair) -> bool:
    """Does the effect only sound so, in two characters, of an ailment that nobody hides?"""
    return pair.second.form == "sound" and len(pair.second.term) == 2 and pair.first.form == "plain"


def _can(reading: Reading, hit: Hit) -> bool:
    return _ABLE.search(reading.text[max(0, hit.start - 3) : hit.start]) is not None


def _long(hits: list[Hit]) -> list[Hit]:
    """Verbs that stay what they are at a distance; a single character does not."""
    return [hit for hit in hits if len(hit.term) > 1]


def _listed(reading: Reading, ills: list[Hit]) -> list[Hit]:
    """Ailments that a text lists, at least three of different kinds, with no word of warning."""
    plain = [hit for hit in ills if hit.form == "plain" and len(hit.term) > 1]
    dosed = _DOSED.search(reading.text) is not None
    found = {hit.term if dosed else _concept(hit): hit for hit in plain}
    hits = sorted(found.values(), key=lambda hit: hit.start)
    for at in range(len(hits) - _LISTED + 1):
        some = hits[at : at + _LISTED]
        start, end = some[0].start, some[-1].end
        if end - start <= _LIST and not (
            reading.scope.warned(start, end) or _TESTED.search(reading.text)
        ):
            return some
    if len(hits) > 1 and dosed:
        start, end = hits[0].start, hits[1].end
        if end - start <= _LIST and not (
            reading.scope.warned(start, end) or _TESTED.search(reading.text)
        ):
            return hits
    return []


def _said(pair: Pair) -> Healing:
    return Healing(_concept(pair.first), list(pair), True, _link(pair.first, pair.second))


def _link(ill: Hit, effect: Hit) -> str:
    return f"把商品与“{ill.term}”的“{effect.term}”联系起来"


def _concept(hit: Hit) -> str:
    _, _, concept = hit.group.partition(".")
    return concept or hit.term


def _is_medicine(reading: Reading, hit: Hit) -> bool:
    """Is it the name of a medicine (消炎药, 止咳糖浆), and the goods are not called one?"""
    if not _MEDICINE.match(reading.text[hit.end : hit.end + 3]):
        return False
    return _LIKENED.search(reading.text[max(0, hit.start - 6) : hit.start]) is None


def treats(reading: Reading, hit: Hit) -> bool:
    """Is this character 治 or 医 a verb, and no part of 政治, 治理 or 医院?"""
    before = reading.text[hit.start - 1 : hit.start]
    after = reading.text[hit.end : hit.end + 1]
    if reading.text[hit.end : hit.end + 2] in ("不了", "不好"):
        return False
    return before not in set("政统自法防根医整诊主救就看送军中西") and after not in set(
        "理安学国院生师药保务用美嘱护"
    )


def taken(text: str) -> bool:
    """Is anything eaten, worn or used in it?"""
    return _USED.search(text) is not None


def exposed(text: str) -> bool:
    """Is it told of others who were caught or cheated? Nothing is claimed of the goods."""
    return _EXPOSED.search(text) is not None


def _is_relieved_by_it(reading: Reading, hit: Hit) -> bool:
    """Are the goods used, then an ailment named and a result told?"""
    if hit.form in ("sound", "echo") or len(hit.term) < 2 or _ORGAN.fullmatch(hit.term):
        return False
    low, high = reading.scope.sentence(hit.start)
    if _TAKEN.search(reading.text[max(low, hit.start - 22) : hit.start]) is None:
        return False
    after = reading.text[hit.end : min(high, hit.end + 14)]
    if _CAME.match(after.lstrip(",")) is None:
        return False
    said = reading.text[low:high]
    return not (
        _WORSE.search(after)
        or _OTHERWISE.search(said)
        or _UNOFFERED.search(said)
        or _SPARED.search(said)
        or reading.scope.warned(hit.start, hit.end)
        or reading.scope.asked(hit.start, hit.end)
    )


def _is_outdone(reading: Reading, hit: Hit) -> bool:
    """Is a medicine said to be needless, or worse than the goods?"""
    if hit.form in ("sound", "echo"):
        return False
    before = reading.text[max(reading.scope.sentence(hit.start)[0], hit.start - 12) : hit.start]
    if _NATURAL.search(before) or _REDUCED.match(reading.text, hit.end):
        return True
    if _NEEDLESS.search(before):
        return _IDLE.search(reading.sentence(hit.start)) is None
    return _THAN.search(before) is not None and _BETTER.match(reading.text, hit.end) is not None


def _since_used(reading: Reading, hit: Hit) -> bool:
    """Is the pain gone since the goods were used, and not by rest or a doctor?"""
    low = max(reading.scope.sentence(hit.start)[0], hit.start - _SINCE)
    before = reading.text[low : hit.start]
    return _USED.search(before) is not None and _OTHERWISE.search(before) is None


def _comes_of_it(reading: Reading, hit: Hit) -> bool:
    """Is a disease named, the goods used, and a result told, with no word of warning?"""
    if hit.form in ("sound", "echo"):
        return False
    after = reading.text[hit.end : min(reading.scope.sentence(hit.start)[1], hit.end + 34)]
    used = _USED.search(after)
    if used is None or _CAME.search(after, used.end()) is None:
        return False
    return not (
        _WORSE.search(after) or _OTHERWISE.search(after) or reading.scope.warned(hit.start, hit.end)
    )
