"""`disparagement`: what is said about somebody else's goods or business, to their discredit.

反法 12 (before 2025-10-15: 11, of competitors only), 直播办法 36, 广告法 13 when it is an
advertisement. Another operator must be meant, and something bad said of it without a source. An
operator that can be told by the words makes it a lead; an attack on all others is watched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading, is_chance
from detectors.rules.rivals.against import AGAINST, NAMED, is_coined
from detectors.rules.rivals.blamed import BLAMED, DAMNED, SCAM_WARNING
from detectors.rules.rivals.brands import is_food
from detectors.rules.rivals.theirs import ADVISED, FAULTS, JUDGED, THEIRS

__all__ = ["Disparagement"]

#: From here on it is one's own goods that are spoken of.
_OURS = re.compile(
    "(?<![跟和比像拿抄偷仿学])我们|咱们?(?:家|这)|我家|我这|本店|自家|这[款个]是|喜欢的|不想|怕|担心|检测"
    "|可以买|放心买|也能买|没问题|上一代"
)
#: “…公司就是骗子”: what is named before the verdict, and no goods of one's own.
_VERDICT = re.compile("就是|全是|都是|那是|简直|纯属|纯粹|根本|其实是|才是|真是|真的是")
_THIS = re.compile("(?:这[个款种瓶件双]|我们|咱|本|自|什么|哪个|是不是)[^,。!?]{0,3}$")
#: “…全是猪皮熬的”: of what it is said to be made.
_MADE_OF = re.compile(
    "(?:全|都|其实|根本|就)是(?:用)?[^,。!?我]{1,7}(?:做|熬|兑|拼|压|泡|熏|催|喂|调|冲|勾|填|染|磨|粘|造|假|骗|榨|炼)[^,。!?]{0,2}的|"
    "(?:全|都|均|净|尽)(?:是|为)?[^,。!?我]{0,3}(?:[^腐]烂|假(?!日|期)|坑(?!位)|毒(?!素)|[^腐]臭|馊|次品|垃圾|水货|渣)"
)
#: What comes of using it: “染完头皮烂”.
_HARMED = re.compile(
    "(?:用|穿|戴|骑|洗|睡|坐|开)[^,。!?我]{0,4}(?:天|周|月|年|次|回)(?:就|都)[^,。!?我]{0,6}(?:坏|掉|裂|断|烂|破|锈|塌|起|开胶|变|废|扔)|"
    "(?:用|吃|喝|穿|睡|抹|戴|染|洗|敷|涂|擦|贴|开|骑|坐)(?:完|了|过|两[天次]|几[天次]|一次)[^,。!?我]{0,8}(?:烂|肿|痒|吐|泻|秃|发红|起疹|起痘|坏|断|裂|臭|塌|掉皮|难受|拉肚|上火|头晕)"
)
#: Not as good as ours, without a reason.
_INFERIOR = re.compile(
    "(?:还没|都没|不如|比不上|哪有|赶不上|干不过|比不过|不及)(?:有)?(?:我们|咱)|(?:我们|咱)[^,。!?]{0,6}(?:吊打|碾压|甩[^,。!?]{0,4}条街|秒杀|完胜)"
)
_DISSUADES = re.compile(
    "(?:不要|别|千万别)(?:再)?(?:去|给)?(?:娃娃?|孩子|宝宝|老人|家人|爸妈|你)?(?:买|喝|吃|用|碰|穿)"
)
_UNLIKE = frozenset(["没法比", "没得比", "不能比", "比不了", "差远了", "差得远", "差太远"])
_LIKENED = re.compile("[跟和与同比][在去]?$")
_NAME = re.compile("[\u4e00-\u9fff]")
#: “三星级酒店”, “米其林三星”: stars, and no maker of phones.
_STARS = re.compile("级|的?(?:酒店|宾馆|饭店|标准|餐厅|期|堆)|以[上下]")
_RATED = re.compile("[准挂评距离林是]$|米其林$")
_SAYS = "，指向其他经营者的商品或商誉，未见依据"


@rule
class Disparagement(ComposedRule):
    id = "disparagement"
    accuses = True
    makes: ClassVar[Sequence[Make]] = (
        Make(
            "指名贬低", _SAYS, ("brand",), ("smear", "harm", "cheat", "poor"),
            after=26, before=6, marks=3, ungated=True, asks=False,
        ),
        Make(
            "贬低他人", _SAYS, ("rival",), ("smear", "harm", "cheat", "poor"),
            after=26, before=8, marks=3, level="watch", ungated=True, asks=False,
        ),
        Make(
            "贬低他人", _SAYS, ("other",), ("smear", "harm", "cheat"),
            after=16, before=4, marks=2, level="watch", ungated=True, asks=False,
        ),
        Make(
            "贬低他人", _SAYS, ("named",), ("cheat",), after=6, level="watch", where=_VERDICT,
        ),
        Make("贬低他人", _SAYS, ("rival", "brand", "other"), level="watch", where=_MADE_OF, ungated=True, asks=False),
        Make("贬低他人", _SAYS, ("rival", "brand", "other"), level="watch", where=_HARMED, ungated=True, asks=False),
        Make("贬低他人", _SAYS, ("rival", "other"), ("damn",), after=26, before=12, marks=3, level="watch",
             ungated=True, asks=False),
        Make("指名贬低", _SAYS, ("brand",), ("damn",), after=26, before=12, marks=3, ungated=True, asks=False),
        Make("贬低他人", _SAYS, ("rival", "brand"), level="watch", where=FAULTS, ungated=True, asks=False),
        Make("贬低他人", _SAYS, ("other", "maker"), level="watch", where=FAULTS, ungated=True, asks=False),
        Make("贬低他人", _SAYS, ("damn", "cheat", "harm", "smear", "poor"), level="watch", where=THEIRS,
             ungated=True, asks=False),
        Make("贬低他人", _SAYS, ("rival", "brand"), level="watch", where=_INFERIOR, ungated=True, asks=False),
        Make("贬低他人", _SAYS, ("rival", "other", "maker", "sign"), level="watch", where=BLAMED, ungated=True,
             asks=False, whole=True),
        Make("贬低他人", _SAYS, ("rival", "other", "maker", "sign", "cheat", "damn"), level="watch", where=DAMNED,
             ungated=True, asks=False, whole=True),
        Make("贬低他人", _SAYS, ("rival", "brand", "other", "maker", "sign"), level="watch", where=AGAINST,
             ungated=True, asks=False, whole=True),
        Make("贬低他人", _SAYS, ("sign", "cheat", "damn"), level="watch", where=NAMED, ungated=True, asks=False, whole=True),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "有据的比较",
            re.compile(
                "比较试验|新闻(?:登|报|里|上|联播|说)|看新闻|上了新闻|抽检|通报(?!批评我)|判决|处罚决定|召回公告|监管部门|(?:市监|市场监管|药监)[^,。]{0,4}局|"
                r"据[^,。!?]{2,16}(?:报道|报告|公布|通报|检测)|检[测验]报告(?:编号|显示|官网|可查)"
            ),
            "说明了可查的来源",
            "同句未见可查的来源",
        ),
        Ground(
            "选购提醒",
            ADVISED,
            "话里说到选购、辨别的常识或转述",
            "同句未见选购提醒",
            "text",
        ),
        Ground(
            "不作评价",
            re.compile(
                "不(?:评价|点评|评论|踩|拉踩|做比较|作比较|针对)|卖的不是(?:这|我们)|没用过|不清楚|(?<!你们)(?<!你)(?<!大家)(?<!都)(?<!还)不知道(?!吧|吗)|各有各的?(?:好|优|特)|"
                "(?:别家|人家|他们家?)也(?:有|是)?(?:挺|很)?好|不是说[^,。!?]{0,8}不好"
            ),
            "没有对他人的商品作出评价",
            "同句未见不作评价的说法",
        ),
        Ground(
            "防骗提醒",
            SCAM_WARNING,
            "提醒防骗，不是说哪家的商品",
            "同句未见防骗提醒",
        ),
        Ground(
            "自家商品被仿冒的提醒",
            re.compile(
                "认准|防伪|(?:假冒|仿冒|冒充|盗用)[^,。!?]{0,4}(?:我们|咱|本店|官方)|谨防|非官方"
            ),
            "提醒辨认自家商品的仿冒品",
            "同句未见提醒辨认仿冒品的话",
        ),
        Ground(
            "自家旧款的比较",
            re.compile("上一代|老款|旧款|上一批|我们(?:家)?(?:以前|之前|去年|原来)|初代"),
            "话里说到自家从前的商品",
            "同句未见与自家从前商品比较的说法",
        ),
    )

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        rival, bad = hits[0], hits[-1]
        if is_food(reading.text, rival, ctx.room.category(reading.utterance.sku)):
            return None
        if rival.term == "xx" and not _NAME.match(reading.text, rival.end):
            return None
        if rival.term == "三星" and (
            _STARS.match(reading.text, rival.end)
            or _RATED.search(reading.text[max(0, rival.start - 2) : rival.start])
        ):
            return None
        if make.where is NAMED:
            named = NAMED.match(reading.text, rival.start)
            if named is None or not is_coined(named["name"]):
                ctx.decline("everyday")
                return None
            card = ctx.room.cards.get(reading.utterance.sku or "")
            shown = (card.brand, card.shop, card.title) if card is not None else ()
            if any(name and named["name"] in name.lower() for name in shown):
                ctx.decline("own-goods")
                return None
        if make.first == ("named",):
            if _THIS.search(reading.text[max(0, rival.start - 6) : rival.start]):
                ctx.decline("own-goods")
                return None
            return make.level
        if make.whole:
            return make.level
        if make.where is THEIRS:
            return self._pointed_at(ctx, reading, make, bad)
        if make.where is FAULTS:
            return self._at_fault(ctx, reading, make, rival)
        if bad.end <= rival.start and reading.scope.clause(bad.start) != reading.scope.clause(
            rival.start
        ):
            # “…难吃，超市的…”: what is bad was told of something else before.
            return None
        if bad.term in _UNLIKE and _LIKENED.search(
            reading.text[max(0, rival.start - 3) : rival.start]
        ):
            # “跟专柜的没法比”: it is one's own that is not as good, or not compared.
            ctx.decline("own-goods")
            return None
        low, high = min(rival.end, bad.end), max(rival.start, bad.start)
        if make.where in (_MADE_OF, _HARMED):
            # It must be said of them, and not of ours.
            verdict = make.where.search(
                reading.text, rival.end, reading.scope.sentence(rival.start)[1]
            )
            if verdict is None:
                return None
            low, high = rival.end, verdict.start()
        if _OURS.search(reading.text[low:high]):
            ctx.decline("own-goods")
            return None
        if (
            make.second
            and not bad.term.startswith(("不", "没", "无"))
            and reading.scope.negated(bad.start, 4)
        ):
            ctx.decline("negated")
            return None
        if rival.group.startswith("brand") and self._is_own(ctx, reading, rival):
            ctx.decline("own-goods")
            return None
        return make.level

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        for claim in claims:
            # “…不要给娃喝”: to dissuade from others' goods takes nothing back either.
            claim.admits = _DISSUADES.search(reading.text, claim.start) is not None
            # What else is said against them in the same breath takes nothing back.
            claim.hits += [
                hit
                for hit in reading.kind("smear", "harm", "cheat", "poor", "damn")
                if claim.end <= hit.start < reading.scope.sentence(claim.start)[1]
                and not _OURS.search(reading.text[claim.end : hit.start])
            ]
        return claims

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return [] if make.first == ("brand",) else ["所指的是哪一经营者"]

    def _at_fault(self, ctx: Context, reading: Reading, make: Make, rival: Hit) -> Level | None:
        """Is fault found with others' goods, in whatever words, where nothing else is spoken of?"""
        low, high = reading.scope.sentence(rival.start)
        if high - rival.end <= 8 and reading.text[high : high + 1] == "?":
            # “…牌？拿酒精兑的”: one asks to answer oneself.
            high = reading.scope.sentence(high + 1)[1] if high + 1 < len(reading.text) else high
        if make.first == ("other", "maker") and not THEIRS.search(
            reading.text, max(low, rival.start - 5), min(high, rival.end + 6)
        ):
            return None
        if rival.group.startswith("brand") and self._is_own(ctx, reading, rival):
            ctx.decline("own-goods")
            return None
        fault = FAULTS.search(reading.text, rival.end, min(high, rival.end + 36))
        if fault is None:
            # “…垃圾：市面上那些”: the verdict comes first.
            return None
        if any(
            is_chance(hit) and hit.start < fault.end() and fault.start() < hit.end
            for hit in reading.hits
        ):
            ctx.decline("homophone")
            return None
        between = reading.text[rival.end : fault.start()]
        if _OURS.search(between) or (
            not fault.group().startswith(("不", "没", "防"))
            and reading.scope.negated(fault.start(), 4)
        ):
            ctx.decline("own-goods")
            return None
        if len(fault.group()) < 2 and not JUDGED.search(
            reading.text, rival.end, min(high, fault.end() + 4)
        ):
            return None
        return make.level

    def _pointed_at(self, ctx: Context, reading: Reading, make: Make, bad: Hit) -> Level | None:
        """Are words of fault a judgement about goods of others that are pointed at before them?"""
        low, high = reading.scope.sentence(bad.start)
        near = list(THEIRS.finditer(reading.text, max(low, bad.start - 34), bad.start))
        if not near:
            after = THEIRS.search(reading.text, bad.end, min(high, bad.end + 10))
            if after is None or not bad.group.startswith(("damn", "cheat")):
                return None
            near = [after]
        theirs = near[-1]
        if bad.term in theirs.group():
            # “味精酱油就是…”: the name of a kind of goods.
            return None
        between = reading.text[min(theirs.end(), bad.end) : max(theirs.start(), bad.start)]
        if _OURS.search(between) or _THIS.search(
            reading.text[max(0, theirs.start() - 6) : theirs.start()]
        ):
            ctx.decline("own-goods")
            return None
        if not bad.group.startswith(("damn", "cheat")) and not JUDGED.search(
            reading.text, theirs.start(), min(high, bad.end + 6)
        ):
            return None
        negation = reading.scope.negated(bad.start, 4)
        if negation not in (None, "别", "不要") and not bad.term.startswith(("不", "没", "无")):
            ctx.decline("negated")
            return None
        return make.level

    def _is_own(self, ctx: Context, reading: Reading, hit: Hit) -> bool:
        """Is it the brand of the goods on sale?"""
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if card is None:
            return False
        return any(
            name is not None and hit.term in name.lower()
            for name in (card.brand, card.shop, card.title)
        )
