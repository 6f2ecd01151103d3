"""What sellers say of their own goods: words that admit or hint, and whom they are about.

A claim rule looks for praise; these rules look for admissions. Warnings against others' goods,
promises to pay for a fake one, and refusals to sell it use the same words and admit nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple

from detectors.alerts import Exemption, Level
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context
from detectors.rules.claims.claim import Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.weighing import Weighed

__all__ = ["Kind", "Pairing", "TalkRule", "of_others", "spurned"]

OF_OTHERS = "警示、拒绝或说的是他人商品"

#: The seller's own goods, said between a word about others and the hit, bring it back to them.
_OWN = re.compile(
    "我们(?:家|这)?|咱们?(?:家|这)?|我家|我这|我(?:给|卖|有|拿)|这个|这款|这批|今天|手里|手上|给你们?"
)
#: Whom the words are about, if not the seller's goods.
_OTHERS = re.compile(
    "市面上|市场上|外面|外边|网上|别家|别人家?|人家|同行|隔壁|(?:有|某|那)些(?!(?:人|家人|姐妹)?(?:喜欢|想要|问))|"
    "(?:有的|很多|好多|不少|其他|其它|别的|某些|那种)(?:主播|商家|店|卖家|直播间|平台|人|厂家|贩子|摊)|"
    "无良|黑心|不良商[家贩]|骗子|路边|地摊|(?:买到|遇到|碰到|碰上|收到)过|打着我们|冒充我们|凡是|新闻|曝光|"
    "谁(?:家)?(?:跟你|说|敢|要|告诉)|有(?:个|的)?(?:人|店家|客|批发客|老乡|老铁|机构|宝贝)[^,。!?]{0,8}?(?:让|叫|教|递|打着|冒充|私信|打电话)|以前(?:买|吃|用|穿)|上次买|别处|别的地方|他们家|她们家|他家的|对面那家|那些|那种(?!我)"
)
#: Words before that refuse, warn, fight, or speak of a mere case.
_SPURNED = re.compile(
    "有没有|会不会|多半|十有八九|带节奏|造谣|抹黑|泼脏水|拒绝|抵制|杜绝|远离|谨防|小心|当心|警惕|打击|打假|举报|投诉|严查|查处|查到|查获|曝光|识别|辨别|区分|分辨|鉴别|分清|避免|避开|防止|"
    "避雷|踩雷|别买|别去|别信|别贪|怕|害怕|担心|坚决|从不|从来不|从来没|绝不|决不|绝对不|绝没|不卖|不做|不碰|不收|不接|不存在|不玩|不搞|不发|不拿|不用|不进|"
    "如果|要是|万一|一旦|假如|倘若|若是|发现|抓到|碰到|遇到|遇上|碰上|收到|买到|出现|凡是|但凡|只要|有人敢|谁要|谁敢|谁卖|(?:^|有人|谁|黑粉|黑子|同行|人家|老有人|都)说(?:我|咱)(?:们)?(?:家|这)?(?:的)?(?:是|卖|都是|全是)|"
    "怎么(?:看|分|辨|认|区)|如何|为什么|什么(?:叫|是)|啥叫|所谓|不同于|区别于|不像|不是那种|假一|保证(?:没|不|无)|零容忍|禁止|严禁|不允许|不得|不会有|不可能有|告别|不能买|不能吃|不能碰|不要买|不要吃|别吃|查不到|扫不[出到]|对不上|(?:老乡|有人|弹幕|公屏|你们?)问|人人有责|最讨厌|最恨"
)
#: Words after: a promise to pay, a warning, a refusal.
_SPURNED_AFTER = re.compile(
    "^[^。!?]{0,14}?(?:赔|我(?:就)?给你(?:退|补)|包退|退一|全额退|退你|退款|举报|报警|打假|拉黑|下架(?!之前|前)|坐牢|犯法|违法|违规|罚|投诉|封店|封号(?!也)|查处|"
    "不卖|不做|不碰|不收|不上架|不上链接|不发货|不给上|不让上|不要买|不能买|不能要|不能吃|别买|别要|别吃|别碰|千万|要小心|要当心|要注意|注意(?:看|了)|要不得|不敢要|不敢卖|不敢做|不可能|是?骗人|是?骗子|"
    "就?(?:直接)?(?:扔|倒掉|销毁|报废|剔除|挑出来|挑掉|拣出来|淘汰|报损)|坑人|害人|缺德|良心|对不起(?:良心|大家)|绝对没有|一律不|没有的事|^的?(?:那种|产品|东西)?(?:可)?(?:千万)?(?:别|不要)(?:买|要|拍|碰|信)|"
    "怎么(?:办|看|分|辨|认)|什么意思|是什么|必究|别(?:来)?(?:找|问|私|点|收|戴|到处)|喂(?:猪|鸡|狗)|露馅|偷东西|那?是要命|停止(?:生产|销售)|卖不了|(?:禁了|(?<!就)不(?:能|让|准|许|可以)(?:在?网上)?(?:卖|寄|上|做))(?![^。!?]{0,20}(?:私|懂|加我|悄悄|偷|还有|存货|手里|剩|要的|少一|扣))|(?:构成)?犯罪|^(?:这|那)?(?:[两二三四]个字|个?词(?!条)|的意思|是说|是指|就是(?:说|指)|是个(?:形状|名字))|^的?(?:很多|不少|好多)?(?:新闻|案子|案件|(?:这种|那种)?事(?:儿|情)?(?:我|咱|们|家|村){0,6}[^,。!?]{0,2}(?:不|没|干不))|零容忍|必须(?:下架|退|停|扔|拒)|拒收|可以(?:退|拒收|投诉)|可退|包赔|找我|双倍|免费(?:补|退)|补发|找客服|联系客服)"
)
#: A warning that may come late in the sentence, or between the words of the hit.
_WARNED = re.compile(
    "(?<!介意的)(?<!介意)(?:千万别|千万不要|别|不要|不能|不可以|禁止)(?:再)?(?:给(?:孩子|娃|宝宝|老人)?)?(?:吃|买|喝|喂|碰|用|拍|信|往|抹|涂)(?!坏|不|惯|亏)"
)
#: “没有标签的那件”: a clause that says which one is meant, and admits nothing.
_WHICH = re.compile("^[^,。!?]{0,3}的(?:那|这|店|人|员工|商家|主播|样|可以|不|就|都?别|要|话|时候)")
#: Refused, taught, punished, forbidden: whoever says so does not speak of what they sell.
_DISOWNED = re.compile(
    "讲给(?:大家|你们)听|倒掉了|沤肥|销毁了|抓了(?:一|几|人)|坐牢|一(?:[头只条个斤车袋])(?:也|都)?不(?:收|要|卖|进|发)|(?:一律|统统)不(?:收|要|卖|进|发)|(?:我|咱|俺)(?:们)?(?:家|这|店|村)?(?:可|也|都|从来|一律|统统|一概)?(?:不|没)(?:收|进|碰|卖|要|干|学|做)(?:$|[, 了])|轰出去|报了(?:警|案|畜牧)|害(?:了)?(?:命|人|死)|(?:那是|这是|属于)(?:犯法|违法|犯罪|骗)|法院判|判刑|帮信罪|被?罚款|案子|(?:跟|和)[^,。 ]{1,8}(?:没关系|无关|不沾边|八竿子)|(?:是|属于)(?:国家)?(?:保护动物|管制)|(?:早就?|已经)禁了(?![^。!?]{0,60}(?:还有|现货|要的|私|囤))|(?:咱|我)(?:们)?(?:家|这)?[^,。!?]{0,4}不(?:会)?(?:干|做|卖|搞|碰|玩)(?:那|这|的|种|$|[, ])|不干(?:那|这)|被(?:抓|罚|查|封|判)(?!了?也)|教(?:你们?|大家|一招)|认准|法律规定|不得(?:经营|上市|销售)|(?:千万|一定)(?:别|不要|不能)(?:自己)?(?:买|吃|信|碰|拍|杀)|有人(?:拿|用|卖|把)|(?:来|你|随便)?砸(?:我|了我)?(?:的)?(?:店|摊|招牌|场子)|名字倒着写|(?:不是|跟|和)(?:我们|咱)(?:家)?(?:的|没关系|无关|$|,)"
)
_NEVER = re.compile(r"(?:不|没|别|无需|毋|莫|休)[^,。!?]{0,2}$")


#: Signs of what the speaker does or keeps quiet, not of what somebody asks.
_DONE = frozenset({"瞒", "照用", "照卖", "照发", "藏", "瞒产地", "改日期"})

#: Spellings in which a short word may stand by chance.
_CHANCE = frozenset({"sound", "echo", "initial", "shape"})


class Kind(NamedTuple):
    """What words of a kind admit."""

    says: str
    level: Level = "watch"
    negated: bool = False
    """The words are themselves a negation (“没有厂名”): the gate of negation is passed over."""
    asked: bool = True
    """A question with these words is none of the seller's words."""


class Pairing(NamedTuple):
    """Two kinds that make an admission together, and how far they may stand apart."""

    first: str
    second: str
    kind: str
    """The kind that they make."""
    after: int = -1
    before: int = -1
    marks: int = 0


class TalkRule(ClaimRule):
    """A rule about admissions: kinds by themselves, and kinds in pairs."""

    #: Said alike in many rooms, an admission is no script.
    worded = False
    kinds: ClassVar[Mapping[str, Kind]]
    by_product: ClassVar[bool] = False
    """One alert a product, whatever words admit it."""
    pairings: ClassVar[tuple[Pairing, ...]] = ()
    heard: ClassVar[int] = 1
    """The fewest characters of a word that, by itself, may be known by its sound alone."""

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        """The claim as this rule puts it: with its level, law, exemptions; ``None``: it is none."""
        return claim

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = []
        for name, hits in self._found(reading):
            claim = self._claim(ctx, reading, name, hits)
            if claim is not None:
                claims.append(claim)
        claims.sort(
            key=lambda claim: (any(one.met for one in claim.exemptions), claim.level != "lead")
        )
        return claims

    def framed(self, ctx: Context, reading: Reading, name: str, hit: Hit) -> list[Claim]:
        """The claim of a kind from words that an expression of the rule found."""
        claim = self._claim(ctx, reading, name, [hit])
        return [] if claim is None else [claim]

    def weighed(
        self, reading: Reading, name: str, concept: str, found: Weighed | None
    ) -> list[Claim]:
        """The claim of a kind from signs that suffice together: watched, for none says it outright."""
        if found is None or reading.utterance.field not in ("text", "title"):
            return []
        words = reading.text[found.start : found.end]
        return [
            Claim(
                concept=concept,
                hits=[Hit(f"{name}.{concept}", words, found.start, found.end)],
                level="watch",
                because=[name],
                says=f"“{words}”，{self.kinds[name].says}",
                exemptions=[
                    Exemption(
                        clause=OF_OTHERS, met=False, why="同句未见警示、拒绝、如实告知或指别家的说法"
                    )
                ],
                numbers={"signs": "、".join(found.signs)},
                own=not _DONE.isdisjoint(found.signs),
                ungated=True,
                admits=True,
                asks=False,
            )
        ]  # fmt: skip

    def _claim(self, ctx: Context, reading: Reading, name: str, hits: list[Hit]) -> Claim | None:
        if any(self._by_chance(hit) for hit in hits) or self._misheard(hits):
            return None
        kind = self.kinds[name]
        start, end = min(hit.start for hit in hits), max(hit.end for hit in hits)
        claim = Claim(
            concept=hits[0].group.partition(".")[2] or name,
            hits=hits,
            level=kind.level,
            because=[name],
            says=f"“{reading.text[start:end]}”，{kind.says}",
            ungated=kind.negated,
            asks=kind.asked,
            admits=kind.negated,
        )
        if kind.negated and _WHICH.match(reading.text[end : end + 8]):
            return None
        is_card = reading.utterance.speaker == "card"
        claim.exemptions.append(of_others(None if is_card else spurned(reading, start, end)))
        said = self.says(ctx, reading, claim)
        if said is None:
            reading.is_weighed = True
        return said

    def _by_chance(self, hit: Hit) -> bool:
        """Is it a short word that the pack does not expect to be hidden (磨码 in “M码”)?"""
        return hit.form in _CHANCE and len(hit.term) <= 2 and not self.spec.is_disguised(hit.group)

    def _misheard(self, hits: list[Hit]) -> bool:
        """Is it one short word, and only its sound is right (死猪 in “切丝煮”)?"""
        return len(hits) == 1 and hits[0].form in _CHANCE and len(hits[0].term) < self.heard

    def _subject(
        self, memory: ClaimMemory, sku: str | None, concept: str, reading: Reading, claim: Claim
    ) -> str:
        if self.by_product:
            return sku or concept
        return super()._subject(memory, sku, concept, reading, claim)

    def _found(self, reading: Reading) -> Iterator[tuple[str, list[Hit]]]:
        for pairing in self.pairings:
            for pair in reading.pairs(
                reading.kind(pairing.first), reading.kind(pairing.second),
                after=pairing.after, before=pairing.before, marks=pairing.marks,
            ):  # fmt: skip
                yield pairing.kind, list(pair)
        for name in self.kinds:
            for hit in reading.kind(name):
                yield name, [hit]


def of_others(why: str | None) -> Exemption:
    """Warnings, refusals and talk of other people's goods accuse nobody.

    Args:
        why: what `spurned` found.
    """
    return Exemption(
        clause=OF_OTHERS,
        met=why is not None,
        why=f"同句说到“{why}”" if why else "同句未见警示、拒绝或指他人商品的说法",
    )


def spurned(reading: Reading, start: int, end: int) -> str | None:
    """Why the words at a place are not said of the seller's own goods; ``None``: they are."""
    text = reading.text
    low, high = reading.scope.sentence(start)
    before = text[max(low, start - 26) : start]
    for match in _OTHERS.finditer(before):
        if _OWN.search(before[match.end() :]) is None:
            return match.group()
    clause, _ = reading.scope.clause(start)
    near = text[max(clause, start - 14) : start]
    found = _SPURNED.search(near)
    if found is not None and _OWN.search(near[found.end() :]) is None:
        return found.group()
    disowned = _DISOWNED.search(text[low:high])
    if disowned is not None:
        return disowned.group()
    late = _WARNED.search(text[start : min(max(high, end), end + 30)])
    if late is not None:
        return late.group()
    after = text[end : min(max(high, end), end + 26)]
    match_after = _SPURNED_AFTER.search(after)
    if match_after is not None:
        whole = match_after.group()
        # “不赔”, “不退” promise nothing.
        if not _NEVER.search(whole[:-1]) or whole.endswith(
            ("卖", "做", "买", "要", "吃", "能", "架", "货", "寄")
        ):
            return whole.strip(" ,")[-8:]
    return None
