"""A certificate that sellers say they lack, and go on with: “还在办，先印上”, “没过 3C，标是买来贴的”.

Lacking it is lawful where nothing is claimed with it; what is wrong is to sell, mark or name the
goods all the same.
"""

from __future__ import annotations

from detectors.match import expression as re

__all__ = ["certified_without"]

_CERT = "有机|绿色食品|绿标|3c|ccc|蓝帽子?|地理标志|地标|认证|证书|合格证|许可证?|生产许可|sc(?![a-z])|批文|批号|文号|批准|备案|注册证|特证|国妆特|械字号|健字号|资质|检测报告|质检报告|检验报告|报告|鉴定|gia|国检|中检|ce(?![a-z])|iso|能效|免检|质检|标志|无公害|有机码|haccp|fda"
#: Not had, not yet, not any more, somebody else's.
_LACK = (
    "没(?:有)?(?:下来|批|办|做|拿到|过|通过|续|备案|检|测|认证|取得|送检)|没有(?!了)|还没|未(?:取得|获|通过|经|办|做|过|检|送检|批)|办理中|申请中|审核中|待批|在办|正在(?:办|申请|走)|没(?:3c|ccc|证|认证|蓝帽)|"
    "(?:早就?|已经|去年|前年|上个?月)?(?:过期|到期|失效)|被?(?:撤销|吊销|注销|暂停)|停用|作废|不在范围|转换期"
)
#: Sold, marked, named all the same.
_GO_ON = (
    "先(?:发|卖|上|印|挂|贴|当|按|标|写|打|用|拍)|照(?:样)?(?:贴|印|卖|发|挂|用|标|写|打)|接着(?:发|卖|用|贴)|继续(?:用|印|贴|卖|发)|还(?:在)?(?:印着|挂着|贴着|用着|在用|是贴|是印|是挂|印|贴)|放心(?:买|拍|插|用|吃|拿)|"
    "贴(?:了|上|个|的)标|贴了|印了|印上|打上|挂上|标上|写上|印(?:着|一个|个)|(?:按|当)(?:成|作)?(?:有机|绿色|合格|3c|认证|国检|蓝帽|保健)|但(?:是)?(?:东西|货|质量|品质)|一样(?:的|用|卖|好)|没人查|谁查|查不到|来不及换|没来得及"
)
_AFTER = re.compile(rf"(?:{_CERT})[^。!?]{{0,9}}?(?:{_LACK})[^。!?]{{0,14}}?(?:{_GO_ON})")
_BEFORE = re.compile(
    rf"(?:{_LACK})[^,。!?]{{0,4}}(?:{_CERT})[^。!?]{{0,14}}?(?:{_GO_ON}|标是|标(?:是)?(?:另外|自己|买))"
)
_CLAIMED = re.compile(
    rf"(?:标|写|印|挂|贴)(?:着|了|的)?(?:{_CERT})[^。!?]{{0,10}}(?:其实|实际)?[^,。!?]{{0,3}}(?:打农药|没认证|没证|普通|不是有机)"
)
_OTHERS_MARK = re.compile(
    # stuck on for show, written by ourselves
    "(?:标志?|证书|报告|章)[^,。!?]{0,4}(?:贴着|印着|挂着|摆着|放着|做着)(?:好看|玩|装饰|应付|唬|充数|样子|给人看)|"
    "(?:3c|ccc|ce|能效|有机|绿色|合格|质检|认证|qs|rohs|免检|防伪|蓝帽|地标)[^,。!?]{0,6}(?:标签?|标志|章|证)?(?:都)?是?(?:我们|厂里|自己|老板|工厂|另外|网上|花钱)[^,。!?]{0,3}(?:打|印|贴|刻|盖|做|买|画|p|弄)(?:的|上)|"
    # one paper for many goods; numbers that may not be seen
    "(?:证书?|报告|合格证)[^,。!?]{0,6}(?:复印|一张)[^。!?]{0,6}(?:管|用|套|顶|配)(?:一批|所有|全部|好几|一堆|整)|(?:证书?|报告|合格证)[^,。!?]{0,3}(?:管|顶)(?:一批|所有|全部|一年)|"
    "(?:证书|编号|证号|批号|报告|批文)[^,。!?]{0,4}(?:不方便|不能|不好|不便)(?:给|看|说|念|透露|公开|报|拿|展示|拍)|"
    # written to order; of another model or lot
    "(?:证书?|报告|鉴定)[^。!?]{0,9}(?:想|要|爱)(?:写|填|打|多少|几)[^,。!?]{0,4}(?:就|都|写|填)|"
    "(?:拿|用|放|挂|借|套)(?:的是|的)?(?:别的?|另一?个?|其他|隔壁|人家|老款|上一代|大厂)[^,。!?]{0,6}(?:检测报告|质检报告|报告|证书|3c|认证|批文|许可|sc)|"
    "(?:送检|检测)[^。!?]{0,10}(?:另|别的|其他|好样|专门)[^。!?]{0,12}(?:这个|这批|这款|发的)[^,。!?]{0,3}没(?:检|做|测|送)"
)
_OPEN = re.compile(
    "补办|原件|盖了章|不是我们|(?:批|拿|办|做|续|检)(?:下来|到|完|好)[^,。!?]{0,3}(?:才|再|后|以后|之后)|才(?:上架|卖|发|敢)|不能(?:叫|说|写|标|卖|印)|所以(?:不|没)|千万|别买|不要买|不属于|不在目录|不需要|下架|换新|不卖|不敢|不是有机|没说|从来没|怎么|要看"
)


def certified_without(text: str) -> tuple[int, int] | None:
    """Where goods are said to go with a certificate that they lack; half-open offsets.

    >>> certified_without("3c还在申请中,你们放心买"), certified_without("3c还在申请中,批下来才上架")
    ((0, 13), None)
    """
    if _OPEN.search(text) is not None:
        return None
    for pattern in (_AFTER, _BEFORE, _CLAIMED, _OTHERS_MARK):
        match = pattern.search(text)
        if match is not None:
            return match.span()
    return None
