"""`vulgar-orientation`: obscenity, gambling, superstition, abuse and contempt in selling.

广告法 9(7)(8)(9), 直播办法 29. Watched only: content as such is for the internet regulator (直播办法
46, 65), and whether words offend is a judgement that the words alone do not make.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.reading import Reading

__all__ = ["VulgarOrientation"]


@rule
class VulgarOrientation(ComposedRule):
    id = "vulgar-orientation"
    makes: ClassVar[Sequence[Make]] = (
        Make("低俗", "，含有淫秽、色情或低俗的内容", ("obscene",), level="watch"),
        Make("低俗", "，以性暗示推销", ("allure",), ("intimate",), after=14, before=16, marks=2,
             level="watch", asks=False),
        Make("赌博", "，含有赌博的内容", ("gamble",), level="watch"),
        Make("迷信", "，含有封建迷信的内容", ("occult",), level="watch"),
        Make("辱骂", "，辱骂他人，违背社会良好风尚", ("abuse",), level="watch"),
        Make("歧视", "，含有歧视的内容", ("scorn",), level="watch"),
        Make("歧视", "，含有歧视的内容", ("people",), ("insult",), after=10, before=4, marks=1,
             level="watch"),
        Make("暴力恐怖", "，含有暴力、恐怖的内容", ("horror",), level="watch"),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "寓意、装饰",
            re.compile(
                "寓意|图个|吉利|彩头|讨个|象征|装饰|摆件好看|文化|传统|不(?:搞|信|讲|宣传)(?:封建)?迷信|就是(?:一)?(?:串|个)(?:珠子|装饰|饰品)|心理安慰"
            ),
            "说的是寓意、装饰",
            "不是寓意、装饰的说明",
        ),
        Ground(
            "文明提示",
            re.compile(
                "不要说脏话|文明发言|禁言|别刷|不能刷|拉黑|禁止赌博|远离赌博|不要赌|拒绝|抵制|举报|不许|不可以|不提倡|净化"
            ),
            "提示文明、拒绝违规",
            "不是文明提示",
        ),
        Ground(
            "游戏、影视",
            re.compile("游戏|这局|这把|队友|电影|电视剧|小说|剧情|剧里|歌词|段子"),
            "说的是游戏、影视",
            "不是游戏、影视",
        ),
    )

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return ["画面与语境；内容问题移送网信部门（直播办法 46、65）"]
