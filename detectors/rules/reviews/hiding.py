"""How it is told that bad reviews are made to disappear, or that whoever complains is put out.

Slots: the review or the complaint that is meant (`_BAD`, `_COMPLAINT`), and what is done to it
(`_HIDDEN`) or to its writer (`_PUT_OUT`). Abuse, advertisements and spam may be removed, and a writer
may take back his own: these are grounds of the rule.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from detectors.match import expression as re
from detectors.match.sought import Sought

__all__ = ["Hidden", "hidden_review"]

Kind = Literal["删差评", "拉黑"]

_FAULT = "难吃|难用|不好|不行|不值|差(?!价|点|不多)|假|坏|烂|贵(?!姓|宾|重)|发霉|变质|馊|臭|异味|掉色|褪色|起球|开胶|开线|破洞|漏|过敏|烂脸|长痘|没效果|没用|质量|退货|退款|退钱|投诉|上当|骗|被坑|缺斤|少两|色差|发错|不发货|差评"
_BAD = f"差评|中评|负评|低分|[一二两三123](?:颗)?星(?!级)|负面的?|不好的(?:评[价论]|话|声音)?|难听的|坏话|(?:说|写|喊|骂东西|提)[^,。!?]{{0,6}}?(?:{_FAULT})的?(?:那[条个些]|评[论价])?|那[条几些]{{1,2}}评[论价]|差的(?:那些|评[论价])?"
_HIDE = "删|清(?:掉|了|走|空|干净|理)|藏(?:起来|了|掉)|隐(?:藏|了)|屏蔽|折叠|沉(?:底|下去|到|了)|压(?:下去|到|后面|住|了)|处理(?:掉|干净|没)|弄(?:没|掉|走)|搞(?:没|掉)|下架|过滤|打理|不可见|仅自己|挪到|放到(?:最)?后|抹(?:掉|了|去)|盖(?:住|过|掉)|刷(?:下去|没)|顶(?:下去|到后)|撤(?:掉|下来)|看不[到见]"
_HIDDEN = Sought(
    re.compile(
        f"(?:评论区?|评价区?|留言区?)[^。!?]{{0,12}}?(?:{_BAD})[^。!?]{{0,12}}?(?:{_HIDE})|(?:{_BAD})[^,。!?]{{0,4}}(?:评论|评价|留言)?[^。!?]{{0,10}}?(?:我|我们|咱|运营|后台|助理|房管|小编|客服|技术|找人|让人|都|全|已经|早)?[^,。!?]{{0,6}}?(?:给(?:他|它|她)?)?(?:{_HIDE})"
        f"|(?:{_HIDE})(?:掉|了|光)?[^,。!?]{{0,4}}?(?:差评|中评|低分|[一二两三]星|负面|不好的)|(?:评论|评价|留言)(?:区)?(?:让人|找人|我们|我)[^,。!?]{{0,4}}(?:打理|处理|清理|筛|整理|收拾)过?[^。!?]{{0,8}}(?:差|不好|负面|看不)"
    )
)
_PUT_OUT = Sought(
    re.compile(
        f"(?:谁|再|敢|有|凡是|那(?:个|些)?|在公屏|说|问|提|喊|带)[^,。!?]{{0,8}}?(?:{_FAULT})[^。!?]{{0,12}}?(?:踢|拉黑|禁言|清(?:他|她|你)?出去|请(?:他|她|你)?(?:们)?出去|送(?:他|她|你)?(?:走|出)|移(?:除|出)|屏蔽|飞机票|小黑屋|封(?:号|了|他|掉)|扔出去|赶出去|让房管)"
        f"|(?:踢|拉黑|禁言|清出去|请出去|赶出去|封)[^,。!?]{{0,6}}?(?:说|问|提|喊|写)[^,。!?]{{0,6}}?(?:{_FAULT})"
    )
)
_CLOSED = Sought(
    re.compile(
        "(?:评论|评价|留言|公屏|弹幕)(?:区|权限|功能|通道)?[^,。!?]{0,4}?(?:关|锁|限制|设成|禁)(?:了|掉|闭|上|死)?[^。!?]{0,10}?(?:省得|免得|怕|不让|防|有人|他们|别让)[^。!?]{0,8}?(?:说|写|评|差|乱|不好|带节奏|坏|假)"
        "|(?:只|光|就)(?:留|放|显示|展示|给看|开放)[^,。!?]{0,3}(?:好评|好的|五星|夸的)"
    )
)


#: The writer is asked to take it back, which is another matter; or nobody removes anything.
_ASKED = re.compile(
    "(?:你|您|姐妹|宝宝|麻烦|帮忙|请|求|让)(?:您|你|们)?[^,。!?]{0,4}(?:删|撤)|(?:退|补|赔|送|掏)[^,。!?]{0,3}(?:你|您)(?!飞机票|走|出去)|全额退|(?:不会|没有?|不|从不)(?:要求|让|会|敢|去)?[^,。!?]{0,2}(?:删|藏|屏蔽|拉黑)|诱导|不要钱"
)


class Hidden(NamedTuple):
    """What is told of reviews or their writers; half-open offsets."""

    kind: Kind
    start: int
    end: int


def hidden_review(text: str) -> Hidden | None:
    """Where a text tells that reviews are hidden, or that complaints are put out.

    >>> hidden_review("底下那条说发霉的,运营给它藏了").kind
    '删差评'
    >>> hidden_review("刷屏的禁言十分钟") is None
    True
    """
    if _ASKED.search(text):
        return None
    for kind, slot in _SLOTS:
        match = slot.search(text)
        if match is not None:
            return Hidden(kind, *match.span())
    return None


_SLOTS: tuple[tuple[Kind, Sought], ...] = (
    ("拉黑", _PUT_OUT),
    ("删差评", _HIDDEN),
    ("删差评", _CLOSED),
)
