"""Parts of expressions that several rules about advertising put together: figures, spans, certainty.

Each is the text of a group that catches nothing, to stand inside a larger expression; texts are
folded, so the clause marks are ``,;:。!?`` and letters are small.
"""

from __future__ import annotations

__all__ = ["CERTAIN", "NUMBER", "PERCENT", "SPAN", "SUM", "TIMES", "X", "near"]

NUMBER = r"(?:\d[\d,.]{0,12}|[零一二两俩三仨四五六七八九十百千万几半]{1,12})"
PERCENT = (
    rf"(?:{NUMBER}\s?%|百分之{NUMBER}(?:点{NUMBER})?|{NUMBER}个(?:百分)?点|"
    r"[一二两三四五六七八九\d](?:点\d)?成(?:多|以上|半)?)"
)
TIMES = rf"(?:双倍|{NUMBER}(?:来|多|几)?倍|翻(?:了|个|上)?[一二两三四五六七八九十几好]{{0,12}}(?:倍|番|跟头))"
#: A stretch of time.
SPAN = rf"(?:{NUMBER}(?:来|多)?(?:个(?:半)?月|个?(?:小时|天|周|礼拜|星期|年|疗程|季度|季|节课|堂课|晚上|夜|分钟|寒假|暑假|假期|学期)(?:半)?))"
#: A sum of money.
SUM = rf"(?:(?:{NUMBER}|好几|大几|小|过|上)(?:来|多)?(?:个)?(?:块|元|万|千|百|w|k|大洋|米)(?:多|块|元){{0,2}})"
CERTAIN = (
    "(?:一定|肯定|必然|必定|铁定|绝对|保证|保你|保准|包你|稳稳|妥妥|轻松|轻轻松松|至少|最少|起码|百分百|百分之百|"
    "准保|准能|必|稳|闭着?眼|不用怀疑|没跑|没悬念|板上钉钉)"
)


def near(one: str, other: str, gap: int = 24) -> str:
    """Two classes of words within a sentence, in either order, with at most so much between."""
    between = f"[^。!?]{{0,{gap}}}?"
    return f"(?:{one}){between}(?:{other})|(?:{other}){between}(?:{one})"


#: Whatever stands within a clause.
X = "[^,;。!?]"
