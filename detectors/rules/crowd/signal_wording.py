"""The signals of a group of accounts as figures and in words."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.alerts import CrowdSignal, Number

__all__ = ["WRITTEN_OUT", "figures", "said", "times"]

#: Up to this power of ten a likelihood ratio is written out; accounts are not so independent that
#: more could be said than that it is large.
WRITTEN_OUT = 4

#: What a signal says, in words: value, and what is usual.
_SAYS = {
    "echo": "{value:g} 个账号的长句好评与他人（几乎）同文（这样规模的普通人群约 {expected:g} 个）",
    "echo-again": "其中 {value:g} 个账号两次以上（约 {expected:g} 个）",
    "often": "{value:g} 个账号三次以上写出与他人（几乎）同文的长句（约 {expected:g} 个）",
    "twins": "{value:g} 个账号的发言大半与另外几个账号逐句相同（这样规模的普通人群约 {expected:g} 个）",
    "steady": "{value:g} 个账号的发言多半是好评或购买感受（按本直播间好评占比约 {expected:g} 个）",
    "mixed": "{value:g} 个账号所写多为好评或长句，与本直播间其他账号不同（这样规模的普通人群约 {expected:g} 个）",
    "mixed-only": "{value:g} 个账号所写多为好评或长句，与本直播间其他账号不同",
    "lockstep": "{value:g} 个账号只在相同的几个时段发言（各自随意发言约 {expected:g} 个）",
    "names": "{value:g} 个账号名出自同一模板（按其他发言者约 {expected:g} 个）",
}


def figures(signals: Iterable[CrowdSignal]) -> dict[str, Number]:
    """What was counted, what is usual, and how unusual it is, by the names of the signals."""
    found: dict[str, Number] = {}
    for one in signals:
        found[one.name] = one.value
        found[f"{one.name}_expected"] = one.expected
        found[f"{one.name}_surprise"] = one.surprise
    return found


def said(signals: Iterable[CrowdSignal]) -> str:
    """The signals of a group of writers, as a reason tells them."""
    return "；".join(
        _SAYS[one.name if one.expected < one.value else f"{one.name}-only"].format(
            value=one.value, expected=one.expected
        )
        for one in signals
    )


def times(total: float) -> str:
    """An e-value in words, from its log₁₀."""
    return (
        f"约为普通人群的 {round(10**total)} 倍" if total < WRITTEN_OUT else "在普通人群的一万倍以上"
    )
