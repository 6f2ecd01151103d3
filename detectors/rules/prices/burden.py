"""What makes a price harder to have, in words and on price tags, and what tells it in time."""

from __future__ import annotations

from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.rules.claims.ground import Ground
from detectors.rules.prices.conditions import has_freight, is_conditional, is_deposit

__all__ = ["ALL_IN", "EXTRA", "FREE", "GROUNDS", "OPENLY", "RETURNS", "THRESHOLD", "burdens"]

#: Words on a price tag that make a price harder to have, beside those of `conditions`.
_BURDEN = re.compile(
    "需|须|仅限|限(?!时|量|购)|套餐|指定|另付|另收|返现|晒图|好评|充值|绑定|办卡|旧机|加购"
)
FREE = re.compile("(?:不用|不需要|无需|不要|没有|免|不限|非|不看|别管)(?:任何|你|什么)?$")
#: What a coupon needs before it takes anything off.
THRESHOLD = re.compile("满|凑单|才能用|才享受|才认|买够|买满|指定")
#: What comes on top though the price was said to hold for everything.
EXTRA = re.compile("运费|邮费|安装|上门费|不包邮|电池另|配件另|另买")
ALL_IN = re.compile("包邮|送到家|一口价|全包|全套|包安装|什么都不用")
OPENLY = re.compile(
    "现在(?:开始|改)|从现在|接下来(?:是|就|要)|改成|改为|恢复|下一波|换成|已经(?:结束|没了)"
)
GROUNDS = (
    Ground(
        "条件与价格同时标明",
        re.compile("(?:屏幕|页面|下单页|详情页|链接|标题|弹窗)(?:上|里)?(?:都|也)?(?:写(?!的|小)|有(?!小字)|显示(?!的)|标(?!的|得小))|(?:页面|详情页?|链接|标题|屏幕|弹窗|卡片|说明)[^,。!?没未不]{0,6}(?:写|标|注明?|说明)(?:了|着|得清|清楚|明)|写在屏幕|两个价(?:都|显示)|两个按钮|开通前|听清楚?再拍|看清楚?再拍|先说(?:条件|清楚|好)|提前(?:说|讲)|[说讲]在前|丑话|下单前(?:跟|和)?大家说|再[说讲]一遍"),
        "条件已标明或当场说清", "未见条件与价格同时标明",
    ),
    Ground(
        "提醒、说的是他人",
        re.compile("别上(?:那种|当)|别信|别家|别人家|人家|有的(?:主播|直播间|店|商家)|投诉(?:他|它|掉)|要投诉|套路|我们不(?:搞|玩|做)"),
        "是提醒，或说的是别家", "同句未见指他人、法律规定或假设的说法",
    ),
)  # fmt: skip
RETURNS = frozenset({"返现", "晒图", "好评", "先付", "收货返", "再返", "以后返"})


def burdens(words: str) -> bool:
    """Do words on a price tag make the price harder to have?"""
    listed = [words]
    return (
        is_conditional(listed)
        or is_deposit(listed)
        or has_freight(listed)
        or _BURDEN.search(fold(words).text) is not None
    )
