"""How a good review is bought, by the parts of what is said.

Slots: the review that is wanted (`WANTED`) or to be taken back (`REVISED`), and what is given for it
(`GIVEN`). A review that is wanted without anything given is a request like any other.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

__all__ = ["Bought", "bought_review"]

_SUM = (
    "(?:[\\d一二两三四五六七八九十百几半]+(?:点[一二三四五六七八九]|\\.\\d)?(?:块|元|毛|个点|角))"
)
_GOODS = (
    "(?:(?:一|两|三|[\\d])(?:个|样|件)|(?:一|两|三|[\\d])?(?:双|杯|瓶|份|包|袋|条|盒|支|张|箱|罐))"
)
#: A review that is to be good.
_WANTED = re.compile(
    "好评|五颗?星|[五5]个星|(?<!一)[五5]分(?!钟|之|裤|袖|熟|糖|甜|钱)|满分(?!作文)|满星|全(?:五)?星|五个赞|⭐{3,}|高分(?!考|子)|星(?:级)?(?:打|点|给)满|(?:打|点|给|拉)满(?:五?星|分)?|[一二三四]星(?:以下|的)?(?:不|没|就不)"
    "|你?说好用|写点好的|多写[^,。!?]{0,3}好|(?:好好|认真|用心)写?评|说(?:一)?声好|一句好话|大拇指|(?:别|不要|不许)(?:写|说|提|给)[^,。!?]{0,4}(?:不好|差|缺点)|五星加|(?:说|写|夸)[^,。!?]{0,3}(?:显瘦|显白|显高|好穿|百搭)|满分截图|改成满意|满意的?评|(?:评[论语价]|留言)[^,。!?]{0,6}(?:走心|用心|夸|漂亮)|(?:评分|分数|星级)[^,。!?]{0,3}(?:拉|刷|冲|顶|提)|(?:拉|刷|冲|提)(?:高|上去?|一下)[^,。!?]{0,4}(?:评分|分数)|(?:写|打|留|说)[^,。!?]{0,5}(?:物超所值|很好|好吃|好看|好用|不错|超值|赞)|(?:用|穿|吃|戴)了[^,。!?]{0,6}(?:没问题|很好)|说(?:我|咱|店)[们家]*[^,。!?]{0,3}好|满意[^,。!?]{0,4}(?:去说|说出来|写)|[写发][^,。!?]{0,6}笔记"
    "|美言|夸|好话|(?:[写评](?:得|的)?|说得)(?:好|漂亮|满意|好听|真诚|用心|走心)(?:一?点|一些|的|听)?(?!了)|(?:写|说|讲|提|评)[^,。!?]{0,6}(?:优点|好处|长处|推荐|满意|好用|喜欢|回购|种草)|追评[^,。!?]{0,3}(?:满意|好)|正面(?:评价|反馈)|好的(?:评价|反馈)|拔草笔记|(?:种草|好物)(?:笔记|文)|指定(?:评价|文案|内容)|(?:照|按|复制)(?:着|这个|我们?的)?(?:模板|文案)"
)
#: A bad one that is to go.
_REVISED = re.compile(
    "(?:差评|中评|负评|低分|[一两二三]星|[123]星|不好的(?:评[论价]|话)|那(?:条|个)[^,。!?]{0,10}?(?:评[论价]|说|的)?|评[价论]|追评)(?:的)?[^。!?]{0,10}?(?:删|改[下一]*分|撤|改(?!进|善)|去掉|抹掉|隐藏|处理掉|消了)"
    "|(?:删|撤|改(?!进|善)|抹|去)(?:掉|了|下|成|为|一下|个|条|回|销)*[^,。!?]{0,6}(?:差评|中评|负评|评[价论]|一星|五星|好评|满意)"
)
#: So many words and pictures: a review by the yard, and few will say the bad for money.
_LENGTH = re.compile(
    "(?:写|评|凑)[^,。!?]{0,4}?(?:满|够|到|了)?[\\d一二两三四五六七八九十]+(?:个|来)?(?:字|行)[^。!?]{0,10}?(?:图|照片?|视频)"
)
_MONEY = re.compile("[块元毛]|红包|现金|钱")
#: A bad one, and further on the request to have it gone.
_ASKED_BACK = re.compile(
    "(?:差评|中评|负评|低分|[一两二]星|(?:写|评|打)[^,。!?]{0,2}不好)[^。!?]{0,28}?(?:帮忙|麻烦|求|帮我们?|帮一下|把|评[价论])[^,。!?]{0,8}?(?:删|撤|改(?!进|善|天|日)|去掉|消|抹|处理|隐藏)"
)
#: What is given for it.
_GIVEN = re.compile(
    f"(?:返|退|补|转|送|赔|减|打|奖|贴|发|领|给|抵|拿|兑)(?:还|现|偿|你们?|您|大家|一个|个|多|再|到|付|给)*(?:{_SUM}|{_GOODS}|现金|红包|钱|券|全款|全额|一半|半价|运费|话费|积分|礼|小礼|奶茶|佣金|点|利)"
    r"|(?:补|返|退|转)(?:给)?(?:你|您|大家)?[一二两三四五六七八九十百\d]+"
    f"|{_SUM}(?:钱)?(?:就|立马|马上|秒|直接)*(?:到手|到账|到你|过去|打过去|给你|奉上|拿走)|(?:奶茶|咖啡|饭|烟|水)钱|(?:一|每)(?:条|篇|个|张|单|帖)[^,。!?]{{0,4}}{_SUM}|单价|佣金|(?:好评|评论|图文|视频|文字)[^,。!?]{{0,2}}{_SUM}|(?:掏|出|补){_SUM}?[^,。!?]{{0,4}}给你|换(?:一|取|领|个)|寄(?:个|一|你|您)[^,。!?]{{0,4}}|免邮|(?:下次|下一?[件单])[^,。!?]{{0,8}}(?:免|折|减|便宜)|(?:打|享)[一二三四五六七八九\\d]折|(?:小菜|甜品|饮料|酸梅汤)[^,。!?]{{0,3}}(?:免费|送)|不亏待|找我领|来领|领走|领(?:包|条|双|瓶|张)|白嫖|安排|有糖|糖吃|(?:衣服|东西|货|鞋|钱)不要(?:钱|了)|重发|返半|给我?你?补|刮刮卡|红包(?:形式|方式|奖励)|以[^,。!?]{{0,8}}(?:红包|现金|返现|优惠券)|有售后红包"
    f"|返(?:现|利|钱|图?费|你|给你|点|还)|才返|退你|全额退|免(?:你|费|这|了|掉)*(?:这|一|本)?(?:单|再?[寄送发])|报销|运费(?:我|咱|店里?)(?:们)?(?:来)?(?:出|包|付|承担)|(?:请|带)你?(?:喝|吃)|立减|红包(?:到账|就|秒)|(?:多|再|另|额外)(?:给你|帮你)?(?:送|寄|发|塞)(?:你|一|两|个)|补偿|有(?:礼|红包|奖|好处|返)|领(?:取)?(?:现金|红包|{_SUM})|白送|辛苦费|好处费|不(?:用|要)(?:寄|退)回|送(?:你)?(?:一|两)"
)
#: Nothing that hangs on the review.
_NOT_ASKED = re.compile(
    "好评(?:率|如潮|榜|无数|不断|最多|破|过[万千]|的(?:产品|店|款|店铺))|五星(?:红旗|级|大?饭店|酒店|上将|体育|电器|的酒店)|满分(?:作文|试卷)|课程评价|(?:卷面|考试|成绩|考了)"
)
_BESIDE = 22
Kind = Literal["好评返现", "改评返现", "晒图返现"]


class Bought(NamedTuple):
    """What is bought, with the stretch in which it is said; half-open offsets."""

    kind: Kind
    start: int
    end: int


def bought_review(text: str) -> Bought | None:
    """A review that is paid for.

    >>> bought_review("收到货拍个照夸两句,截图给客服,退你五块").kind
    '好评返现'
    >>> bought_review("收到货满意的话麻烦给个好评,谢谢") is None
    True
    """
    if _NOT_ASKED.search(text):
        return None
    given = list(_GIVEN.finditer(text))
    if not given:
        return None
    slots: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("改评返现", _REVISED),
        ("好评返现", _WANTED),
    )
    for kind, slot in slots:
        for wanted in slot.finditer(text):
            for gift in given:
                gap = max(gift.start() - wanted.end(), wanted.start() - gift.end())
                if 0 <= gap <= _BESIDE:
                    start = min(wanted.start(), gift.start())
                    return Bought(kind, start, max(wanted.end(), gift.end()))
    back = _ASKED_BACK.search(text)
    if back is not None and any(back.start() < gift.start() < back.end() for gift in given):
        return Bought("改评返现", *back.span())
    length = _LENGTH.search(text)
    if length is None:
        return None
    for gift in given:
        paid = _MONEY.search(text, gift.start(), gift.end() + 1) is not None
        if paid and 0 <= gift.start() - length.end() <= _BESIDE:
            return Bought("晒图返现", length.start(), gift.end())
    return None
