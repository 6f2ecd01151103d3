"""That others are dearer, by the parts of what is said: who they are, what they charge, what we do.

A price elsewhere alone compares nothing; it takes our own beside it, a vow that nobody is cheaper,
or a price that is said to hang there.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from detectors.text.amounts import amounts

__all__ = ["Dearer", "dearer"]

_SUM = "(?:[\\d.]*\\d[百千万]?|[一二两三四五六七八九十百千万零]*[十百千万][一二两三四五六七八九十百千零]*|[一二两三四五六七八九十]+(?=块|元|美|欧|刀))(?:多|来|出头)?(?:块|元|美金|美元|欧|刀|镑|日元)?(?:钱)?"
#: Somebody else who sells.
_THEM = (
    "(?:专[柜卖]店?|商场|旗舰店|官[旗网]|门店|实体店|线下|柜台|超市|便利店|药[店房]|美容院|理发店|影楼|花店|书店|菜市场|菜场|批发市场|市场上?|市面上?|零售店?|免税店?|国外|海外|代购|日本|韩国|香港|欧洲|网上|电商|某[宝东猫音手多团]|猫超|天猫|淘宝|京东|拼多多|拼夕夕|[pP]dd|唯品会|抖音|快手|山姆|"
    "同行|别人家?|人家|别家|外[面边头]|隔壁|其[他它](?:家|店|主播|直播间|平台)|别的(?:店|主播|直播间|平台|地方)|别处|他们家?|大(?:品)?牌|品牌(?:店|方)|大主播|头部|酒店|饭店|餐厅|景区|机场|医院|健身房|4s店|培训班|中介|装修公司|家具城|商超|母婴店|水果店)"
)
_OURS = "(?:我(?!妈|爸|朋友|的妈)们?家?|咱们?家?|这[边里儿个]?|今天|本店|直播间|现在|一盒|一瓶|一件|到手|只要|才|就)"
#: What of theirs ours is.
_PART = "(?:一半|对折|[一二三四五]折|腰斩|几分之一|[两二三四五六七八九十]分之一|零头|省[^,。!?]{0,3}|少[^,。!?]{0,4}|便宜[^,。!?]{0,4}|不到)"
_BOTH = re.compile(
    f"{_THEM}[^。!?]{{0,14}}?{_SUM}[^。!?]{{0,16}}?{_OURS}[^,。!?]{{0,8}}?(?:{_SUM}|{_PART})"
    f"|{_THEM}[^。!?]{{0,12}}?(?:[两二三四五六七八九十几好]+倍|好几[百千]|几[百千]|大几[百千])[^。!?]{{0,14}}?{_OURS}[^,。!?]{{0,8}}?(?:{_SUM}|{_PART})"
    f"|(?:比|低过|低于|便宜过){_THEM}[^,。!?]{{0,8}}?(?:还|都|便宜|低|少|省|实惠)(?!调)|{_THEM}[^。!?]{{0,10}}?(?:至少|起码|得|要|要)?(?:多花|贵|多付|多掏)[^,。!?]{{0,4}}{_SUM}"
    f"|{_THEM}[^。!?]{{0,12}}?{_SUM}(?:都|以下|以内)?(?:拿不下|买不[到了着]|下不来|不止|不卖|打不住|起步)"
    f"|{_THEM}(?:上|里|那边|都|还|一直)*(?:还|都)?(?:挂|标)(?:着|的|价|的是|的价|在)*[^,。!?]{{0,4}}{_SUM}|{_THEM}[^,。!?]{{0,6}}还[卖要][^,。!?]{{0,4}}{_SUM}呢"
    f"|没有(?:低于|少于|下过){_SUM}|(?:低于|少于){_SUM}(?:的)?(?:没有|根本没|你找不到)"
)
#: A vow that nobody is cheaper.
_LOWEST = re.compile(
    "(?:全网|全平台|各平台|全渠道|全国|全行业|行业|同行|同类|市面上?|全市|全抖音?|全宇宙|全球|历史|史上)[^,。!?]{0,6}(?:最低|底价|最便宜|地板价|最实惠|最优惠|史低)|全网史低"
    "|(?:谁|哪家|哪个|有人|有)[^,。!?]{0,8}?(?:比(?:我|咱|这)[^,。!?]{0,6}(?:便宜|低)|更低|更便宜|家低)[^。!?]{0,10}?(?:赔|倒贴|补|退|送|白送|免单|你找我|拿走)|(?:谁|哪)家?(?:更)?低[^,。!?]{0,4}(?:赔|补|退)"
    "|(?:没有|找不[到出]|再?没有?人?|没谁|哪有)[^,。!?]{0,8}?(?:比(?:这|我|咱)[^,。!?]{0,4}(?:更|还)?(?:低|便宜)|更低的?(?!调)|更便宜|第二[家个](?:这个|这)?价)"
    "|(?:任何|哪个|哪家|所有|别的)(?:渠道|平台|店|地方|主播)[^,。!?]{0,6}(?:都|也)?(?:没有|给不[了到]|拿不到|做不[了到]|买不到)[^,。!?]{0,6}(?:价|这么(?:低|便宜))?"
    "|(?:同行|厂家?|工厂(?:老板)?|品牌方?)[^,。!?]{0,10}(?:骂(?!我怎么)|急眼|跳脚|眼红|举报我|恨|拉黑)|出厂[^,。!?]{0,4}(?:不[来了到]|没有|都没)这个?价|(?:出厂价|进货价|拿货价|批发价|成本)[^,。!?]{0,4}(?:都)?(?:比这|不止|要高|高|拿不到)|比(?:出厂|进货|拿货|批发)价?[^,。!?]{0,4}(?:还|都|更)?(?:低|便宜)"
)
#: What makes of it no assertion, or a comparison that can be looked up.
_NONE = re.compile(
    "气温|一样(?:的)?(?:价|价格|贵)?$|价格?(?:差不多|一样)|也是(?:这个|一个)价|同价|按(?:指导|建议|官网)|更贵的?也|不能比|没有比较|不比较|我们?(?:的|自己的)?(?:天猫|京东|淘宝|官网|专柜|门店|旗舰)|最低(?:气温|温度|消费|工资|水位|配置|起订)"
)
Kind = Literal["全网最低", "他处价格"]


class Dearer(NamedTuple):
    """A comparison with others; half-open offsets."""

    kind: Kind
    start: int
    end: int


def dearer(text: str) -> Dearer | None:
    """A comparison with the prices of others.

    >>> dearer("外面药店一盒卖六十八咱家三十八").kind
    '他处价格'
    >>> dearer("超市里也能买到,价格差不多") is None
    True
    """
    text = text.replace("4s店", "四s店")  # no sum
    if _NONE.search(text):
        return None
    lowest = _LOWEST.search(text)
    if lowest is not None:
        return Dearer("全网最低", *lowest.span())
    for match in _BOTH.finditer(text):
        sums = [one.fen for one in amounts(match.group()) if one.fen >= 100]
        if len(sums) > 1 and sums[-1] >= sums[0] and "便宜" not in match.group():
            continue  # theirs is not dearer
        return Dearer("他处价格", *match.span())
    return None
