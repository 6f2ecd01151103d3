"""What was told of a draw, in words and by sights of its display."""

from __future__ import annotations

from msgspec import Struct

from detectors.events import Prize
from detectors.match import expression as re
from detectors.rules.prizes.draws import MAX_DRAWS, Draws
from detectors.rules.prizes.terms import Item
from detectors.stats.latest import keep

__all__ = ["MAX_SAID", "RULES_SHOWN", "SAID_MS", "TOLD", "Said", "UnclearDraws"]

#: What was said of draws lately, and how long that is.
MAX_SAID = 4
SAID_MS = 300_000
TOLD: dict[Item, re.Pattern[str]] = {
    "奖品": re.compile("(?:奖品|抽的?|送的?|开的?)(?:是|就是|给)|(?:抽|送|开)(?:一|两|三|\\d)"),
    "数量或中奖概率": re.compile(
        "[\\d一二两三四五六七八九十百]{1,12}(?:个|位|名|份|台|套|单|盒|件|瓶|箱|条|张|部|只|辆|包)|分之|\\d%"
    ),
    "参与或兑奖条件": re.compile(
        "关注|扣|评论|下单|口令|打出|打在|发送?弹幕|点赞|粉丝团|灯牌|加团|分享|参与方式|符合|条件"
    ),
    "开奖时间": re.compile("点(?:整|半|钟|准时|抽|开)|分钟(?:之?后|开|抽)|倒计时|整点|现在(?:就)?(?:抽|开)|下播前"),
}  # fmt: skip
RULES_SHOWN = re.compile(
    "规则[^,。!?]{0,6}(?:点|看(?!心情|我)|(?<!没)写|(?<!保留)在|念|贴|公示|说(?!了算))|点进去看|详情页|公告栏"
)


class Said(Struct):
    """What was said of a draw."""

    at: int
    text: str


class Moves(Struct):
    """The times that the end of a draw was put off."""

    times: int = 0
    before: list[Prize] = []
    """The draw as it was displayed before the last of them: what a verdict of repetition rests on."""


class UnclearDraws(Draws):
    """Beside the draws: what waits to be told in words, and what was said lately."""

    untold: dict[str, list[Item]] = {}
    """By draw, what its display leaves out; at most 50."""
    said: list[Said] = []
    """At most 4 texts about a draw."""
    postponed: dict[str, Moves] = {}
    """By draw, how often its end was put off; at most 50."""
    reason: Said | None = None
    """The last reason given for a change."""

    def put_off(self, before: Prize, kept: int) -> Moves:
        """Counts that a draw's end was put off; so many of the sights before it are kept."""
        moves = self.postponed.get(before.prize) or Moves()
        moves.times += 1
        moves.before = [*moves.before, before][-kept:]
        keep(self.postponed, before.prize, moves, MAX_DRAWS)
        return moves
