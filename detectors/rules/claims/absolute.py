"""`absolute-term`: “第一”, “最好”, “国家级” and their like, said of the goods.

广告法 9(3), decided as the guideline of 2023 (绝对化用语执法指南) decides: everyday words are no
claim; article 5, what does not point at the goods; article 6, six uses that do not mislead;
article 7, an exemption that cannot be proven does not hold; articles 9 to 11, what weighs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.events import Category
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.sought import Sought
from detectors.rule import Context, rule
from detectors.rules.claims.beyond import BEYOND, ELSEWISE, TAGGED, TALKED_OF
from detectors.rules.claims.claim import Claim, ClaimRule
from detectors.rules.claims.exempt import considered, is_everyday
from detectors.rules.claims.functions import is_terse
from detectors.rules.claims.reading import Reading

__all__ = ["AbsoluteTerm"]

#: A comparison with everybody makes a claim of a matter of taste.
_WIDE = re.compile(
    "全网|全国|全球|世界|史上|宇宙|行业|业内|业界|国内|亚洲|中国|同行|市面上|市场上|市场|历史上|全省|全市|天下|全场|没有之一"
)
#: What a “第一” must lean on, to be a rank and no ordinal.
_RANK_BEFORE = re.compile(
    "(?:全网|全国|全球|世界|史上|宇宙|行业|业内|业界|国内|亚洲|中国|国货|天下|同行|市场|类目|榜单|同类|品类|"
    "销量|销售|质量|品质|口碑|排名|排行|排|口感|口味|效果|技术|实力|性价比|续航|评分|好评|回购|复购|人气|产量|市占率|占有率|稳居|稳坐|做到|公认|永远|遥遥|绝对|"
    "咱家|我家|我们家|咱们家|它家|他家|这家|是|界|圈|都|真|老牌|内蒙|云南|东北|新疆)(?:的)?$"
)
_RANK_AFTER = re.compile(
    "^(?:的)?(?:好吃|好喝|好用|好看|好闻|好|强|大|牌|品牌|大牌|名牌|股|辣|鲜|香|甜|美味|酱|茶|酒|米|面|锅|神器|家|硬|梯队|流)|^名"
)
#: What says that a bare superlative is about goods.
_OURS = re.compile(
    "我们家|我们这|我们的|咱家|咱们家|咱这|咱们这|我家|自家|本店|这款|这个|这种|这支|这瓶|这盒|这套|这件|这条|这双|这台|这批|这家|它家|它就是|它是|它的|产品|商品|"
    "质量|品质|效果|口感|味道|口味|面料|材质|工艺|材料|配方|技术|做工|原料|成分|性能|音质|画质|料子|家的|品种|种植|产地|产区|整个|第二家"
)
_GOODS = re.compile(
    "款|牌|蜂蜜|茶|酒|米(?!兰)|面(?![前对子])|油|锅|衣|裤|鞋|包(?![括邮含])|霜|膜|粉(?!丝)|水(?![平准])|果(?![然断])|肉|奶|枕|被|床|机(?![会位])|器|灯|刀|壶|杯|药|仪|糕|饼|糖|丸|课|产品|工艺|技术|配方|神器|沙发|车"
)
#: What is praised is looks or mood.
_STYLE = re.compile(
    "^的?(?:视觉|享受|气质|魅力|你|自己|美|风格|个性|韵味|风景|存在|女人|时尚|气息|颜值|女神|格调|浪漫|感觉|风采|选择|之选|搭配|伴侣|单品|拍档|礼物|穿搭|时机|设计|风情|色彩|一点是|朋友|状态)"
)
_SOLE = re.compile(
    "^的?(?:一(?:家|款|把|件|张|台|条|双|瓶|种|套|辆|部|支)|能|通过|获得|入选|拥有|采用|做到|达到|可以(?!退)|有资质)|^(?:第一|得了|得过)"
)
_CHILD = re.compile(
    "(?:儿子|女儿|孩子|闺女|宝宝|小孩|老公|我妈|我爸|婆婆)(?:都|就|还|总)?(?:说|夸)"
)
_OCCASION = re.compile(
    "(?:春|夏|秋|冬|季|天|约会|通勤|出行|送礼|旅行|旅游|上班|出门|出游|居家|日常|聚会|派对|自用|送人|过节|约会时)(?:的|时)?(?:$|[^,。!?]{0,2}$)"
)
_TASTED = re.compile(
    "我(?:自己|个人)?(?:们)?(?:吃|喝|用|穿|见|买|看|玩|听|住|试|逛|去|做|推|卖)过|我觉得|我认为|个人觉得|我感觉|心目中|心中|我心里"
)
_BARE = frozenset(
    {
        "最好",
        "最棒",
        "最牛",
        "最强",
        "最厉害",
        "最给力",
        "最完美",
        "最顶",
        "最佳",
        "最香",
        "最甜",
        "最美味",
        "最新鲜",
    }
)
_CONTEST = re.compile(
    "抢购|抢|报名|运动会|比赛|考试|考了|成绩|班|送|恭喜|刷榜|榜一|打赏|票|跑步|上学|榜二|点赞|先到|手速"
)
#: What stands first on a label, or in somebody's heart; what was worst without equal.
_LISTED = re.compile("配料(?:表)?|成分(?:表)?|心里头?|心目中")
_WORST = re.compile("最(?:[难不]\\S|差|烂|坑|垃圾|慢|丑|破|臭|气人|失望)[^。!?]{0,12}$")
#: A person or a team does best in a game, and no goods are near.
_PLAYED = re.compile(
    "比赛|赛季|联赛|决赛|冠军赛|选手|球员|球队|战队|首歌|这歌|歌手|电影|电视剧|演员|队友|对手|队|游戏|这局|这把|电竞|王者|考试|成绩|全班|全校|年级|手速|唱歌|跑步|打球|踢|投篮|进球|奥运|主播里|榜一|榜二"
)
#: The word is left unsaid because the law says so, and nothing is hinted at.
_OBEYS = re.compile("就不说|不说(?:那|这)|不用(?:那|这)个?词|咱们?不说|我们?不说|只说|我就说")
#: Effects of which “100 %” is said; composition and taste are none.
_FULL_AFTER = re.compile(
    "^[,的]?(?:能|可以|会|都|就|给你|全)?(?:有效|见效|清|去|除|杀|防|治|好|管用|安全|成功|通过|瘦|白|不|无|满意|解决|吸收|灭|隔|挡|阻|祛|零|有用|没问题|保证|让|碾压|超越|领先|断根|康复|吸|消|升值|保值|赚|中奖|正宗)"
)
_FULL_BEFORE = re.compile(
    "(?:除|去|杀|灭|净化|抑|防)[^,。!?]{1,4}$|(?:(?<!回头)(?<!好评)(?<!回购)率|效果|成功|有效|保证|绝对|功效|去除|清除|杀灭|防护|阻隔|过滤|吸收)[^,。!?]{0,4}$"
)
_BEYOND = "beyond.无可比"
_QUICK_BEYOND = Sought(BEYOND)
#: A denial before these is another sentence's, said in one breath.
_UNDENIED = re.compile(
    "完美|无|[挑找寻选吃喝买见遇逛]|没|零|谁|再|往上|上[头面]|半点|一[点丝]|任何"
)
_DEVELOPED = frozenset({"health_food", "drug", "medical_device", "education", "finance"})


@rule
class AbsoluteTerm(ClaimRule):
    id = "absolute-term"
    hears_short: ClassVar[bool] = True  # “醉好”, “嘴好”
    strong: ClassVar[frozenset[str]] = frozenset(
        {"best", "taste", "rank", "unique", "grade", "mild", "full", "price", "hint", "sign"}
    )

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        strong = self._strong_groups
        return any(
            hit.group in strong and not hit.group.startswith("sign") for hit in hits
        ) or _QUICK_BEYOND.may_match(text)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        category = ctx.room.category(reading.utterance.sku)
        card = ctx.room.cards.get(reading.utterance.sku or "")
        names = [name for name in (card.brand, card.title) if name] if card is not None else []
        claims = []
        known = _outermost(reading.kind(*sorted(self.strong - {"sign"})))
        levels = {hit: self._level(reading, hit, category) for hit in known}
        worded = [hit for hit in known if levels[hit] is not None]
        for hit in (*worded, *_composed(reading, worded)):
            level = levels[hit] if hit in levels else self._level(reading, hit, category)
            if level is None:
                continue
            if TALKED_OF.search(reading.around(hit, 12, 0)[0]):
                ctx.decline("quoted")
                continue
            if is_everyday(reading, hit):
                ctx.decline("everyday")
                continue
            exemptions = considered(reading, hit, names, card.brand if card is not None else None)
            met = next((one for one in exemptions if one.met), None)
            missing = ["该用语真实性的证明（绝对化指南第七条：不能证明的不免责）"]
            sales = any(
                one.clause.endswith("第六条第六项") and "出处" in one.why for one in exemptions
            )
            because = []
            if sales and level == "lead" and hit.group.startswith("rank"):
                level = "watch"
                because = ["sales"]
                missing.append("销量、占有率等数据的出处、范围和期限")
            elif hit.group.startswith("price"):
                because = ["price"]
            if category in _DEVELOPED:
                missing.append(
                    "是否涉及疗效、有效率、教育效果、收益（绝对化指南第十一条：一般不算轻微）"
                )
            says = f"“{_word(reading, hit)}”属绝对化用语"
            if met is None:
                considered_count = len(exemptions)
                says += f"，逐条比对 {considered_count} 项不适用情形，均未见"
            claims.append(
                Claim(
                    concept=hit.group.partition(".")[2] or hit.term,
                    hits=[hit],
                    level=level,
                    says=says,
                    exemptions=exemptions,
                    missing=missing,
                    because=because,
                    numbers={"term": hit.term, "exemptions_considered": len(exemptions)},
                    asks=hit.group != _BEYOND
                    and TAGGED.search(reading.sentence(hit.start)) is None,
                    ungated=hit.group == _BEYOND and _UNDENIED.match(hit.term) is not None,
                )
            )
        claims.sort(
            key=lambda claim: (any(one.met for one in claim.exemptions), claim.level != "lead")
        )
        return claims

    def _level(self, reading: Reading, hit: Hit, category: Category | None) -> Level | None:
        """How plain the term is by itself; ``None``: in this place it is no absolute term."""
        kind = hit.group.partition(".")[0]
        known = category is not None
        before, after = reading.around(hit, 10, 10)
        wide = _WIDE.search(reading.text[max(0, hit.start - 9) : hit.end + 12]) is not None
        match kind:
            case "hint":
                return None if _OBEYS.search(reading.sentence(hit.start)) else "lead"
            case "grade":
                return None if _STYLE.match(after) else "lead"
            case "unique" if hit.term == "没有之一" and _WORST.search(
                reading.text[max(0, hit.start - 18) : hit.start]
            ):
                return None
            case "best" | "unique":
                if _CHILD.search(before) or _is_contest(reading, hit):
                    return None
                if wide:
                    return "lead"
                sentence = reading.sentence(hit.start)
                if _TASTED.search(sentence) or hit.term == "卖得最好":
                    return None  # a matter of one's own taste, or shop
                if (kind == "unique" or hit.term in _BARE) and _STYLE.match(after):
                    return None
                if kind == "unique" and hit.term.startswith(
                    ("没人", "没有比", "没有人", "找不到比", "找不出比")
                ):
                    return "lead"
                if kind == "unique" and _SOLE.match(after):
                    return "lead"
                if kind == "unique" and (_OURS.search(sentence) or _GOODS.search(after)):
                    return "lead"
                if kind == "unique":
                    return "watch" if is_terse(reading, [hit]) else None
                if hit.term not in _BARE:
                    return "lead"
                return "lead" if _OURS.search(sentence) or _GOODS.search(sentence) else None
            case "rank" if hit.term in ("第一", "第1") and _LISTED.search(
                reading.sentence(hit.start)
            ):
                return None
            case "rank" if _is_contest(reading, hit) or _in_code(reading, hit):
                return None
            case "rank":
                if not hit.term.startswith(("第一", "d一", "第1", "no")):
                    return "lead"
                if _CONTEST.search(reading.sentence(hit.start)) and not wide:
                    return None
                if hit.term.startswith(("no", "top")):
                    return "lead" if re.search("[的是界里内中量国网业类牌为]$", before) else None
                if _RANK_BEFORE.search(before) or _RANK_AFTER.search(after) or hit.term == "第一名":
                    return "lead"
                return (
                    "watch"
                    if wide and not re.match("[次步时眼天排泡遍道个位页行条章期批场季]", after)
                    else None
                )
            case "taste":
                return "lead" if wide and not _is_contest(reading, hit) else None
            case "full":
                if _FULL_AFTER.match(after) or _FULL_BEFORE.search(before):
                    return "lead"
                return None
            case "beyond":
                if _is_contest(reading, hit) or ELSEWISE.search(reading.sentence(hit.start)):
                    return None
                if _TASTED.search(reading.sentence(hit.start)):
                    return None
                return "lead" if known or _OURS.search(reading.text) else "watch"
            case "price" if hit.form == "sound" and len(hit.term) == 2:
                return None  # too short: names sound so too
            case "price":
                return "watch"
            case _:
                if _OCCASION.search(before) or hit.form in ("sound", "echo"):
                    return None
                return "watch" if wide or (known and category != "clothing") else None


def _composed(reading: Reading, known: Sequence[Hit]) -> Iterator[Hit]:
    """What says so without the words, where they do not stand there anyway."""
    if not reading.kind("sign"):
        return
    for found in _QUICK_BEYOND.finditer(reading.text):
        if not any(hit.start < found.end() and found.start() < hit.end for hit in known):
            yield Hit(_BEYOND, found.group(), found.start(), found.end())


def _in_code(reading: Reading, hit: Hit) -> bool:
    """Is it a piece of a type or number: HD15?"""
    around = reading.text[max(0, hit.start - 1) : hit.start] + reading.text[hit.end : hit.end + 1]
    return hit.term.isascii() and any(sign.isascii() and sign.isalnum() for sign in around)


def _is_contest(reading: Reading, hit: Hit) -> bool:
    sentence = reading.sentence(hit.start)
    return (
        _PLAYED.search(sentence) is not None
        and _OURS.search(sentence) is None
        and _GOODS.search(sentence) is None
    )


def _outermost(hits: Sequence[Hit]) -> list[Hit]:
    """Hits that do not lie inside a longer one, of whatever kind: 全网最低 is no 全网最."""
    return [
        hit
        for hit in hits
        if not any(
            other is not hit
            and other.start <= hit.start
            and hit.end <= other.end
            and (other.end - other.start > hit.end - hit.start)
            for other in hits
        )
    ]


def _word(reading: Reading, hit: Hit) -> str:
    first, last = reading.utterance.folded.to_original(hit.start, hit.end)
    return reading.utterance.folded.original[first:last]
