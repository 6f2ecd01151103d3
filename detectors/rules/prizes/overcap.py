"""`prize-over-cap`: a draw whose top prize is worth more than 50,000.00 yuan.

反法 11(4); 促销规定 17, 18: a right of use, an order paid by the house and services are valued too, at
market price. A gift to every buyer is left to no chance and has no cap; many prizes of less than
the cap are lawful, whatever they come to together. The words are frames of the pack; what is here reads
sums and weights and compares them.
"""

from __future__ import annotations

from detectors.alerts import Number, unmet
from detectors.claims.framed import FramedRule
from detectors.events import Prize
from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.phrasing import table
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.prices.wording import yuan
from detectors.rules.prizes.draws import Draws
from detectors.rules.prizes.terms import conditions_of, merged
from detectors.rules.prizes.worth import Worth, worths

__all__ = ["PrizeOverCap"]

#: A sum from here on is a prize's worth; below it is a number in a name.
SMALL_FEN = 10_000
#: Letters spelled apart, by which a sum is taken to pieces: “八 万 元”.
_APART = re.compile("(?<=[\u4e00-\u9fff\\d]) (?=[\u4e00-\u9fff\\d])")


@rule
class PrizeOverCap(FramedRule):
    """The cap is compared in 分: 50,000.00 yuan are lawful, 50,000.01 are not."""

    id = "prize-over-cap"
    State = Draws

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
        if fen is None and not self.has_word("toy", name):
            said = [worth.fen for worth in worths(name)]
            if said:
                fen, source = max(said), "奖品名称写明的价值"
        if self.has_word("for_all", " ".join([fold(prize.odds or "").text, *conditions_of(prize)])):
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
                because=["shown"],
                reason=f"抽奖奖品“{prize.name or '未见名称'}”单份{source} {yuan(fen)} 元，超过最高奖限额 "
                f"{yuan(self.cap_fen)} 元，超出 {yuan(fen - self.cap_fen)} 元。",
                trigger=[*first, event],
                hit=f"{event.prize}:{fen}",
                numbers=numbers,
                exemptions=[
                    unmet("附赠，没有抽奖", "以抽奖（福袋）形式公布，凭偶然中奖"),
                    unmet("多份小额奖品的合计", "所比为单份奖品的价值"),
                ],
            )
        )

    # Said ---------------------------------------------------------------------------------

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        claim.numbers["cap_fen"] = self.cap_fen
        if frame.id == "sum":
            return self._above(reading, claim)
        if frame.id.startswith("gold"):
            return self._heavy(reading, claim)
        if frame.id == "dear" and self._is_priced(reading):
            ctx.decline("below-cap")
            return None
        return claim

    def _above(self, reading: Reading, claim: Claim) -> Claim | None:
        """The claim with the dearest prize that is told near; ``None``: none is above the cap."""
        worth = self._dearest(reading, claim)
        if worth is None:
            return None
        claim.hits.append(
            Hit("worth", reading.text[worth.start : worth.end], worth.start, worth.end)
        )
        excess = worth.fen - self.cap_fen
        claim.says = f"抽奖奖品价值 {yuan(worth.fen)} 元，超过最高奖限额 {yuan(self.cap_fen)} 元，超出 {yuan(excess)} 元"
        claim.numbers.update(prize_fen=worth.fen, excess_fen=excess)
        return claim

    def _dearest(self, reading: Reading, claim: Claim) -> Worth | None:
        text = reading.text
        low, high = reading.scope.sentence(claim.start)
        toys = [hit.start for hit in reading.kind("toy")]
        near = [
            worth
            for worth in worths(text)
            if worth.fen > self.cap_fen
            and low <= worth.start < high
            and worth.start - claim.end <= self.reach
            and claim.start - worth.end <= self.reach
            and not any(0 <= toy - worth.end < 8 for toy in toys)
        ]
        if not near and _APART.search(text):
            # Only the sum is of use then: its place is that of the word about the draw.
            near = [
                Worth(worth.fen, claim.start, claim.end)
                for worth in worths(_APART.sub("", text))
                if worth.fen > self.cap_fen
            ]
        return max(near, key=lambda worth: worth.fen, default=None)

    def _heavy(self, reading: Reading, claim: Claim) -> Claim | None:
        """“五十克金条五根”: gold of a weight that no price of late puts below the cap."""
        figures = [number(hit.term) or 0 for hit in claim.hits if hit.group == "<number>"]
        unit = next(hit.term for hit in claim.hits if hit.group == "weight")
        grams = table("cards", "sizes", tuple[str, float])[unit][1]
        weight = figures[0] * grams * (figures[1] if len(figures) > 1 else 1)
        if weight < self.gold_g:
            return None
        claim.says = (
            f"以“{reading.text[claim.start : claim.end]}”作抽奖奖品，共 {weight:g} 克，价值没有说明"
        )
        claim.numbers.update(weight_g=weight, gold_g=self.gold_g)
        return claim

    def _is_priced(self, reading: Reading) -> bool:
        """Is a prize of a kind that is hardly to be had below the cap told to cost less?"""
        periods = {hit.end for hit in reading.kind("per_period")}
        return any(
            SMALL_FEN <= worth.fen <= self.cap_fen and worth.start not in periods
            for worth in worths(reading.text)
        )
