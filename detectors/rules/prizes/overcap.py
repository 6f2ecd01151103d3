"""`prize-over-cap`: a draw whose top prize is worth more than 50,000.00 yuan.

反法 11(4); 促销规定 17, 18: a right of use, an order paid by the house and services are valued too, at
market price. A gift to every buyer is left to no chance and has no cap; many prizes of less than
the cap are lawful, whatever they come to together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Number
from detectors.events import Prize
from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimRule
from detectors.rules.claims.ground import Ground
from detectors.rules.claims.reading import Reading
from detectors.rules.prices.wording import yuan
from detectors.rules.prizes.draws import Draws
from detectors.rules.prizes.terms import conditions_of, merged
from detectors.rules.prizes.worth import Worth, worths

__all__ = ["PrizeOverCap"]

#: A sum from here on is a prize's worth; below it is a number in a name.
SMALL_FEN = 10_000
_TOY = re.compile(
    "模型|车模|玩具|遥控|手办|积木|挂件|贴纸|图案|钥匙扣|儿童(?:电动)?车|平衡车|电动自行车|自行车|(?<!清空)购物车|推车|代金|券"
)
#: Left to no chance: everybody gets it.
_FOR_ALL = re.compile(
    "人人(?:都)?有|每人(?:都)?(?:有|送|一)|全部(?:中奖|都有)|100%|百分之百|必中|人手一份|买就送"
)
#: “抽” of something else.
_NO_DRAW = re.compile(
    "抽(?:纸|屉|油烟|烟|空|时间|真空|搐|筋|血|检|查|象|离|条|绳|湿|取样|样|水|打|芯|成|穗|丝|泣|到我|薹)|中了(?:毒|暑|招|邪)"
)
#: Above the cap by the words alone.
_ABOVE = re.compile(
    "(?:最高奖|奖品|奖金|一等奖|头奖)[^,。!?]{0,16}(?<!不得)(?<!不)(?<!不能)(?<!没有)(?<!未)(?:超过|超出|高于|突破)(?:了)?(?:五万|5万|50000|50,000)"
)
#: Gold by weight: “五十克金条五根”, “金条一百克”, “一公斤黄金”.
_GOLD = re.compile(
    "(?P<n>[\\d一二两三四五六七八九十百]{1,12})克(?:的)?(?:投资)?(?:足|千足|纯)?(?:金条|黄金|金砖|金块|金子|金饼|金(?![额色价]))(?:[^,。!?]{0,2}(?P<bars>[\\d一二两三四五六七八九十]{1,12})(?:根|条|块))?"
    "|(?:金条|黄金|金砖|金块|足金)[^,。!?]{0,3}(?P<m>[\\d一二两三四五六七八九十百]{1,12})克|(?P<kilo>[一两半]公斤|一斤)(?:重)?(?:的)?(?:黄金|金条|金砖|足金)"
)
#: What it costs for a while is not what it is worth for good.
_PER_PERIOD = re.compile("(?:一|每)(?:年|个?月|次|节|天|季)(?:要|就|是|得)?$|(?:年|月)费$")
#: Letters spelled apart, by which a sum is taken to pieces: “八 万 元”.
_APART = re.compile("(?<=[\u4e00-\u9fff\\d]) (?=[\u4e00-\u9fff\\d])")
_GROUNDS = (
    Ground(
        "附赠，没有抽奖",
        re.compile("不用抽|不是抽|不靠抽|人人(?:都)?有|每人(?:都)?有|每单(?:都)?送|下单就送|买就送|都能领|直接送"),
        "说明人人都有，不凭偶然",
        "同句未见附赠的说法",
    ),
    Ground(
        "话里说到他人、法律规定或假设",
        re.compile(
            "要罚|我中了|累计|不参加抽奖|我说不行|一份[^,。!?]{0,6}[十百]块|加起来|起哄|要是我能|想得美|是容量|口误|不是钱|总数|别家|别人|人家|同行|有的主播|被罚|新闻|违法|法律规定|广告法|反不正当|国家规定|我想中|做梦|要是中|如果中|假如|彩票|"
            "(?:设计|行业|国际|工业|发明|质量|科技)大奖|(?:拿|获|荣获|得)(?:了|过|得)?[^,。]{0,6}(?:大奖|金奖)|体验券|样板间|论文|基金会|竞赛|奖学金|诺贝尔|科研|评选|评的|比赛|年会|给员工|员工(?:福利|抽)|公司内部|不抽(?:这个|车)|抽不起"
        ),
        "不是自己的抽奖",
        "同句未见警示或指他人活动的说法",
    ),
)  # fmt: skip


@rule
class PrizeOverCap(ClaimRule):
    """The cap is compared in 分: 50,000.00 yuan are lawful, 50,000.01 are not."""

    id = "prize-over-cap"
    State = Draws
    worded: ClassVar[bool] = False
    strong: ClassVar[frozenset[str]] = frozenset({"draw", "dear"})

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.cap_fen = spec.count("cap_fen")
        self.reach = spec.count("reach_characters")
        self.gold_g = spec.count("gold_g")

    # Displayed ----------------------------------------------------------------------------

    def on_prize(self, ctx: Context, event: Prize) -> None:
        draws: Draws = ctx.state
        known = draws.prizes.pop(event.prize, None)
        prize = event if known is None else merged(known, event)
        draws.keep(prize)
        name = fold(prize.name or "").text
        fen, source = prize.value, "公布的奖品价值"
        if fen is None and not _TOY.search(name):
            said = [worth.fen for worth in worths(name)]
            if said:
                fen, source = max(said), "奖品名称写明的价值"
        if _FOR_ALL.search(" ".join([fold(prize.odds or "").text, *conditions_of(prize)])):
            ctx.decline("no-chance", event.prize, "人人都有，不凭偶然，没有限额")
            return
        if fen is None or fen <= self.cap_fen:
            if fen is not None and prize.count and fen * prize.count > self.cap_fen:
                ctx.decline("pool", event.prize, "单份奖品未超限，合计不设限")
            return
        numbers: dict[str, Number] = {
            "prize_fen": fen, "cap_fen": self.cap_fen, "excess_fen": fen - self.cap_fen,
        }  # fmt: skip
        if prize.count is not None:
            numbers["prize_count"] = prize.count
        first = [known] if known is not None and known.id != event.id else []
        ctx.raise_alert(
            Finding(
                subject=event.prize,
                subject_title=prize.name or event.prize,
                level="lead",
                reason=f"抽奖奖品“{prize.name or '未见名称'}”单份{source} {yuan(fen)} 元，超过最高奖限额 "
                f"{yuan(self.cap_fen)} 元，超出 {yuan(fen - self.cap_fen)} 元。",
                trigger=[*first, event],
                hit=f"{event.prize}:{fen}",
                numbers=numbers,
                exemptions=[
                    Exemption(
                        clause="附赠，没有抽奖", met=False, why="以抽奖（福袋）形式公布，凭偶然中奖"
                    ),
                    Exemption(
                        clause="多份小额奖品的合计",
                        met=False,
                        why="所比为单份奖品的价值",
                    ),
                ],
            )
        )

    # Said ---------------------------------------------------------------------------------

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        draws = [
            hit
            for hit in reading.kind("draw")
            if not _NO_DRAW.match(reading.text, hit.start)
            and (hit.form == "plain" or len(hit.term) > 2)  # “抽湿” sounds like “抽十”
        ]
        if not draws:
            return []
        text = reading.text
        claims = []
        for draw in draws:
            low, high = reading.scope.sentence(draw.start)
            found = self._dearest(text, low, high, draw)
            if found is not None:
                claims.append(self._claim(reading, draw, found))
        if claims:
            return claims[:1]
        stated = _ABOVE.search(text)
        if stated is not None:
            return [self._stated(reading, *stated.span())]
        return self._by_kind(ctx, reading, draws)

    def _dearest(self, text: str, low: int, high: int, draw: Hit) -> Worth | None:
        near = [
            worth
            for worth in worths(text)
            if worth.fen > self.cap_fen
            and low <= worth.start < high
            and worth.start - draw.end <= self.reach
            and draw.start - worth.end <= self.reach
            and not _TOY.search(text[worth.end : worth.end + 8])
        ]
        if not near and _APART.search(text):
            # Only the sum is of use then: its place is that of the word about the draw.
            near = [
                Worth(worth.fen, draw.start, draw.end)
                for worth in worths(_APART.sub("", text))
                if worth.fen > self.cap_fen
            ]
        return max(near, key=lambda worth: worth.fen, default=None)

    def _claim(self, reading: Reading, draw: Hit, worth: Worth) -> Claim:
        value = Hit("worth", reading.text[worth.start : worth.end], worth.start, worth.end)
        return Claim(
            concept="最高奖金额",
            hits=[draw, value],
            level="lead",
            says=f"抽奖奖品价值 {yuan(worth.fen)} 元，超过最高奖限额 {yuan(self.cap_fen)} 元，超出 "
            f"{yuan(worth.fen - self.cap_fen)} 元",
            exemptions=[ground.considered(reading) for ground in _GROUNDS],
            numbers={
                "prize_fen": worth.fen,
                "cap_fen": self.cap_fen,
                "excess_fen": worth.fen - self.cap_fen,
            },
        )

    def _stated(self, reading: Reading, start: int, end: int) -> Claim:
        """“最高奖的金额超过五万元”: by how much is not told."""
        return Claim(
            concept="最高奖金额",
            hits=[Hit("worth", reading.text[start:end], start, end)],
            level="watch",
            says=f"最高奖的金额超过 {yuan(self.cap_fen)} 元",
            exemptions=[ground.considered(reading) for ground in _GROUNDS],
            missing=["奖品的型号、配置与市场价格"],
            numbers={"cap_fen": self.cap_fen},
        )

    def _gold(self, reading: Reading, draws: Sequence[Hit]) -> list[Claim]:
        """“五十克金条五根”: gold of a weight that no price of late puts below the cap."""
        match = _GOLD.search(reading.text)
        if match is None:
            return []
        weight = (number(match["n"] or match["m"] or "") or 0) * (number(match["bars"] or "1") or 1)
        if match["kilo"]:
            weight = 500 if match["kilo"] in ("一斤", "半公斤") else 1_000
        if weight < self.gold_g:
            return []
        place = Hit("dear", match.group(), *match.span())
        return [
            Claim(
                concept="最高奖金额",
                hits=[draws[0], place],
                level="watch",
                says=f"以“{match.group()}”作抽奖奖品，共 {weight:g} 克，市场价一般高于最高奖限额 {yuan(self.cap_fen)} 元",
                exemptions=[ground.considered(reading) for ground in _GROUNDS],
                missing=["开奖当日的金价与奖品实重"],
                numbers={"cap_fen": self.cap_fen, "weight_g": weight, "gold_g": self.gold_g},
            )
        ]

    def _by_kind(self, ctx: Context, reading: Reading, draws: Sequence[Hit]) -> list[Claim]:
        """A prize of a kind that is hardly to be had below the cap, without a sum."""
        gold = self._gold(reading, draws)
        if gold:
            return gold
        pairs = reading.pairs(draws, reading.kind("dear"), after=10, before=12, marks=2)
        for pair in pairs:
            around = reading.text[max(0, pair.start - 8) : pair.end + 24]
            if _TOY.search(around):
                ctx.decline("toy")
                continue
            if any(
                SMALL_FEN <= worth.fen <= self.cap_fen
                and reading.text[worth.start - 1 : worth.start] not in ("满", "够", "费")
                and not _PER_PERIOD.search(reading.text[max(0, worth.start - 4) : worth.start])
                for worth in worths(reading.text)
            ):
                ctx.decline("below-cap")
                continue
            return [
                Claim(
                    concept="最高奖金额",
                    hits=list(pair),
                    level="watch",
                    says=f"以“{pair.second.term}”作抽奖奖品，市场价一般高于最高奖限额 {yuan(self.cap_fen)} 元，"
                    "未说明价值",
                    exemptions=[ground.considered(reading) for ground in _GROUNDS],
                    missing=["奖品的型号、配置与市场价格"],
                    numbers={"cap_fen": self.cap_fen},
                )
            ]
        return []
