"""The gates that a claim passed, in their order, as the alert shows them.

Speaker, negation, target, product class, recognition, repetition and reach, level: what each
found, in a few words. What stays unknown says so; facts of discretion (how often, how long, before
how many) stand also for mild ones, in the operator's favour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from detectors.alerts import LEVEL_NAMES, Exemption, Level, Number, undecided, unmet
from detectors.events import Category
from detectors.match.lexicon import Hit
from detectors.match.respell import doubt
from detectors.match.sighting import Form
from detectors.speech.speaker import ROLES

__all__ = ["ASKED", "CATEGORY_NAMES", "DENYING", "EXPLAINED", "QUOTING", "REACH", "answer_gate", "class_gate", "level_reason", "negation_gate", "reach_gate", "reached",
           "recognition_gates", "speaker_gate", "target_gate"]  # fmt: skip

#: Why words beside a claim take it back: they deny or dissuade, or others are told to say so.
DENYING, QUOTING = frozenset({"negated", "disclaimed"}), frozenset({"quoted", "quote-denied"})
#: How a question is called that a speaker asks and answers.
ASKED = "设问"
#: The clauses of repetition and reach, and of what is said before and after.
REACH, EXPLAINED = "次数与影响（裁量）", "前后的说明（裁量）"
CATEGORY_NAMES: dict[Category | None, str] = {
    "food": "食品", "fresh_produce": "生鲜农产品", "health_food": "保健食品",
    "infant_food": "婴幼儿食品", "alcohol": "酒类", "tobacco": "烟草", "cosmetics": "化妆品",
    "special_cosmetics": "特殊化妆品", "drug": "药品", "medical_device": "医疗器械",
    "clothing": "服装", "jewellery": "珠宝", "collectible": "收藏品", "electronics": "电子产品",
    "home": "家居用品", "agricultural_input": "农资", "education": "教育培训",
    "finance": "金融产品", "service": "服务", "other": "其他商品", None: "类别未知的商品",
}  # fmt: skip
_SPEAKERS = {**ROLES, "card": "商品卡或标题"}
#: How a disguise was written.
_FORMS: dict[Form, str] = {
    "shape": "形近字", "split": "拆字", "picture": "图形", "initial": "字母", "masked": "遮字",
    "doubled": "叠字", "apart": "标点隔开", "pinyin": "拼音", "sound": "同音字", "numeral": "数字",
    "context": "据上下文",
}  # fmt: skip
assert set(_FORMS) < set(get_args(Form))  # noqa: S101  names of forms that there are


def speaker_gate(speaker: str, quoted: str | None) -> list[Exemption]:
    """Who speaks, and whether others are quoted."""
    who = _SPEAKERS.get(speaker)
    spoken = Exemption(
        clause="说话人",
        met=who is not None or None,
        why=f"来源所标的说话人：{who}"
        if who is not None
        else "来源没有标出说话人，按卖方一侧口播计",
    )
    if quoted == ASKED:
        why = "先设问，随后自答予以肯定"
    elif quoted is not None:
        why = f"先转述（“{quoted}”），随后予以肯定"
    elif speaker == "card":
        why = "商品卡或标题所写，不是口头转述"
    else:
        why = "同句未见转述观众提问或传言的词语"
    return [spoken, unmet("转述他人", why)]


def answer_gate(wait_ms: int, asked: str) -> Exemption:
    """A question was answered with yes, soon enough.

    Args:
        asked: how it was put: quoted (转述), or as the speaker's own (设问).
    """
    return unmet("转述他人", f"{asked}之后 {wait_ms // 1000} 秒内予以肯定")


def negation_gate(seen: Literal["within", "before"] | None) -> Exemption:
    """The gate of negation: nothing before or after the words denies or dissuades.

    Args:
        seen: where a word that may deny stands and takes nothing back; ``None``: there is none.
    """
    why = {
        None: "同句未见否定所称内容、禁止或劝阻的表述",
        "within": "所见否定词在宣称的词语之内，同句未见另外否定所称内容、禁止或劝阻的表述",
        "before": "词前的否定字样未见是收回所说的话，同句未见禁止或劝阻的表述",
    }[seen]
    return unmet("否定、免责表述", why)


def target_gate(title: str | None) -> Exemption:
    """What goods the words point at."""
    why = f"当时在讲的商品：“{title}”" if title else "当时未见在讲的商品"
    return Exemption(clause="指向商品", met=True if title else None, why=why)


def class_gate(category: Category | None) -> Exemption:
    """The class of the goods, by their card."""
    why = (
        f"商品卡所标类别：{CATEGORY_NAMES[category]}"
        if category is not None
        else "未见商品卡标出类别"
    )
    return Exemption(clause="商品类别", met=True if category is not None else None, why=why)


def recognition_gates(
    confidence: float | None, *, is_spoken: bool, hits: Sequence[Hit], written: Sequence[str]
) -> list[Exemption]:
    """Whether the words may be misheard, and how they were disguised.

    `written` are the words as they stand, one for each hit.
    """
    found = []
    if is_spoken:
        why = f"识别置信度 {confidence:g}" if confidence is not None else "来源没有给出识别置信度"
        found.append(
            Exemption(clause="语音识别", met=True if confidence is not None else None, why=why)
        )
    if any(hit.form == "sound" for hit in hits):
        found.append(
            undecided(
                "同音误识",
                ("读音与所查词语一致而字面不同，须" + ("核听原声" if is_spoken else "核实其所指")),
            )
        )
    disguised = [
        f"“{words.strip()}”读作“{hit.term}”（{_FORMS[hit.form]}）"
        for hit, words in zip(hits, written, strict=True)
        if doubt(hit.form) and hit.form in _FORMS
    ]
    if disguised:
        more = f"；另有 {len(disguised) - 3} 处" if len(disguised) > 3 else ""
        found.append(undecided("变体书写", "；".join(disguised[:3]) + more))
    return found


def reach_gate(numbers: Mapping[str, Number]) -> Exemption:
    """How often the claim was made in these words, how long, before how many: 绝对化指南 9, 10.

    Other words of the same rule have alerts of their own, so a first time is none of the rule.
    """
    times, seconds = numbers["times"], numbers["on_air_s"]
    minutes, rest = divmod(int(seconds or 0), 60)
    within = f"前后 {minutes} 分 {rest} 秒" if minutes else f"前后 {rest} 秒"
    often = "此说法本场所见首次" if times == 1 else f"此说法本场所见第 {times} 次，{within}"
    denials = numbers.get("denials_on_air")
    denied = f"，本场当场否认 {denials} 次" if denials else ""
    viewers = numbers.get("viewers")
    return reached(often, viewers if isinstance(viewers, int) else None, denied)


def reached(often: str, viewers: int | None, denied: str = "") -> Exemption:
    """How often something was said, in words, and before how many."""
    reach = f"在线 {viewers} 人" if viewers is not None else "在线人数未知"
    return unmet(REACH, f"{often}，{reach}{denied}")


def level_reason(level: Level, claimed: Level, doubts: Sequence[str]) -> str:
    """Why a claim that is doubtful to hear or to read has less than its level; empty: it has not.

    Args:
        doubts: what is doubtful.
    """
    if level == claimed:
        return ""
    return (
        f"所见词语本可定为{LEVEL_NAMES[claimed]}；因{'、'.join(doubts)}，须先核对原声原文，"
        f"定为{LEVEL_NAMES[level]}"
    )
