"""`patent-honour-false`: patents, prizes and exemptions from inspection that cannot be checked.

广告法 12: the number and the kind of a patent must be shown; an application, or a patent that has
ended, may not be advertised with. 广告法 28 for honours that were not won. Exemption from
inspection (免检) has not existed since 2008, and 驰名商标 may not be advertised with at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from detectors.alerts import Level
from detectors.match import expression as re
from detectors.match.amounts import BEIJING
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.advertising.honours_ways import LAURELLED, RANKED, WAIVED, WON
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading

__all__ = ["HonourFalse", "is_possible_patent"]

#: A Chinese patent as it is written: ZL, year, kind (1 invention, 2 utility model, 3 design),
#: serial number, check digit. Before 2003 the year had two digits.
_NUMBER = re.compile(r"(?:z\s?l|专利号)[\s:是]{0,3}(?:z\s?l)?[\s:]{0,2}((?:\d[\s.]?){5,16}x?)")
#: “ZL 2020 1 打头”: not all of it is said.
_BEGINS = re.compile(r"[\s.]{0,20}(?:打头|开头|起头)")
_LONG = re.compile(r"(?P<year>(?:19|20)\d{2})[12389]\d{7}[\dx]?")
_SHORT = re.compile(r"(?:8[5-9]|9\d|0[0-3])[12389]\d{5}[\dx]?")
_SPOKEN = str.maketrans("零〇一二三四五六七八九", "00123456789")
_EVENTS = re.compile(
    "拔河|女排|男排|国足|彩票|[特一二三]等奖(?:是|送)|连麦|文学奖|抽奖|中奖|抽中|开奖|福袋|红包|比赛|运动会|奥运|亚运|学校|奖状(?!在|挂|都|放)|恭喜|榜一|电影|歌手|[篮足排乒网]球|球[赛队]|考试|作文|孩子|儿子|女儿|选手|得主是|员工|奖他|奖你|公布了|看新闻"
)
_BRANDS = re.compile(
    "(?:十大|十佳|百强|十强|百佳)[^,。!?]{0,8}(?:品牌|名牌|企业|厂家|单位|产品|商家|名茶|名酒)"
)
#: An application that is sold as a patent all the same.
_ANYWAY = re.compile(
    "(?:受理(?:书|通知书?)|申请号|回执|缴费单|公开号)[^,。!?]{0,6}(?:就是|等于|当|算|顶)|(?:按|当|算)(?:成|作)?专利(?:产品)?(?:来)?(?:卖|宣传|讲|说)"
)
_YEAR = re.compile(r"20\d\d|19\d\d|二[零〇]|第[一二三四五六七八九十\d]{1,12}届")
_PROOF = re.compile(
    "编号|证书(?:号|在|照片|可|我|就)|可查|能查|可以查|查得到|名录|认定|公示|官网|文号|颁发|评定"
)
#: By which authority a title is kept in a public list.
_AWARDED = re.compile(
    "(?:商务部|农业农村部|农业部|文旅部|文化和旅游部|国务院|工信部|科技部|知识产权局|市场监管总局|人社部|人民政府)[^,。!?]{0,8}(?:认定|公布|评定|授予|命名|颁发)|"
    "名录|公布(?:的)?名单"
)
_NUMBERED = re.compile("(?:编|文|证)号(?![^,。!?]{0,4}(?:不|没|忘|保密))")
_CARD = re.compile("专利号|专利证书|荣誉证书|证书编号|获奖证书")


@rule
class HonourFalse(ComposedRule):
    id = "patent-honour-false"
    makes: ClassVar[Sequence[Make]] = (
        Make("荣誉", "，称有荣誉称号，未给出可查的年份、编号", ("ten",), level="watch", where=_BRANDS),
        Make("未授权的专利", "，以未授权或已失效的专利作宣传", ("patent", "pending"), where=_ANYWAY, ungated=True),
        Make("未授权的专利", "，以未授权或已失效的专利作宣传", ("pending",), ungated=True),
        Make("免检", "，“免检”早已取消，不能作为质量荣誉宣传", ("exempted",)),
        Make("驰名商标", "，“驰名商标”字样不得用于广告宣传", ("famous",)),
        Make("专利", "，提到专利而未标明专利号和种类", ("patent",), level="watch", ungated=True),
        Make("荣誉", "，称获得奖项，未给出可查的年份、编号", ("honour",), ("won",), after=8, before=14,
             marks=1, level="watch"),
        Make("荣誉", "，称获得奖项，未给出可查的年份、编号", ("medal",), level="watch", ungated=True),
        Make("荣誉", "，称有荣誉称号，未给出可查的年份、编号", ("title",), level="watch"),
        Make("免检", "，“免检”早已取消，不能作为质量荣誉宣传", ("waived",), where=WAIVED, whole=True),
        Make("荣誉", "，称获得奖项，未给出可查的年份、编号", ("prize",), where=WON, level="watch", whole=True),
        Make("荣誉", "，称获得奖项、称号，未给出可查的年份、编号", ("prize", "medal", "title"), where=LAURELLED, level="watch",
             whole=True),
        Make("荣誉", "，称有荣誉称号，未给出可查的年份、编号", ("ten", "prize"), where=RANKED, level="watch", whole=True),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "标明专利号",
            re.compile(
                r"z\s?l[\s:]{0,2}[\d零一二三四五六七八九][\d\s.零一二三四五六七八九]{6,12}|(?:专利|证书|编)号[^,。!?保密忘没]{0,8}(?:\d{6,12}|详情页|可以查|能查|可查|包装|说明书|查得到|公示|放)|专利证书(?:在|可以|放|就)|专利号[^。!?]{0,24}(?:说明书|铭牌|包装|详情页?|合格证)[^,。!?]{0,6}(?:能|可以|可)?查(?:到|得)|(?:专利|证书)[^,。!?]{0,6}(?:详情|可查|能查)|扫码能验|zl(?!\s?20[3-9])[^,。!?]{0,6}(?:开头|打头)|(?:专利|新型)[^。!?]{0,8}(?:号|证书)[^。!?]{0,12}(?:印在|刻|贴在|投屏|写全|写着|看得清|看得见|公屏|链接里|标明)|国知局|知识产权(?:局|网)"
            ),
            "标明了专利号或可以查到",
            "没有专利号、证书号",
            "text",
        ),
        Ground(
            "不作专利、荣誉宣传",
            re.compile(
                "两码事|搞不清|一概不懂|念错|没资格|没续费|不拿它说事|早没有了|从前的说法|^(?!.*(?:标称|印有|字样|标注)).*(?:废止|废除)|旧包装|年代的|店名|品牌名|注册商标|不是说我得|那是(?:我爸|人家|别人|我爷爷)|(?:荣誉|获奖)证书[^,。!?]{0,2}(?:外壳|封|收藏|壳|内页)|诉讼|没去参评|没参加过|年审|是[^,。!?]{1,4}厂的|年费|早放弃|放弃了|(?:所以|就)?不提(?:了)?(?:$|[,。])|专利查询|查专利|冒充专利(?:是)?违法|公告网|授权费|讲(?:过|了)?[^,。!?]{0,10}故事|获得者的|别信|花钱(?:就能)?买(?:的|来)?多|专利局(?:的)?(?:网站|官网|网上|可以查|能查)|专利代理|专利(?:的)?状态|不是(?:谁|哪)家(?:的)?专利|技术是通用|(?:专利|已经)过期了(?![^。!?]{0,6}但)|买的多了|没拿过|没得过|评一等|镇上|隔壁(?:家)?的|(?:没有|不是|不算|还没|没)(?:申请|有)?(?:过)?(?:什么|任何)?(?:授权|专利|奖|金奖|银奖|称号|荣誉|驰名|免检|拿过|得过|得奖)|不能(?:当|说|拿|作为)(?:这个|专利)?(?:宣传|专利)?|早就取消|已经取消|国家取消|取消了|(?<!看)不清楚|以详情页|免检(?:车|通道)|"
                "不是[^,。!?]{1,8}的专利|专利[^,。!?]{0,6}(?:没批|还没|没下来|过期了,谁)|专利费|侵犯[^,。!?]{0,4}专利|谁都能做|证书(?:拍|放|在|都|给你)|驳回|绕开|到期(?![^。!?]{0,60}独家)|公开了|授权书|(?:别人|人家|同行|其他厂)(?:家)?的?专利|尊重专利|撤回|设备的|没关系|别误会|不写了|不提了|没意思|小厂"
            ),
            "表示没有或不作宣传",
            "没有否认",
            "text",
        ),
        Ground("活动、他人的奖", _EVENTS, "说的是活动、比赛或他人的奖", "不是活动、比赛的奖"),
    )

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        for claim in claims:
            if claim.concept == "未授权的专利" and _ANYWAY.search(reading.text):
                claim.exemptions = [
                    msgspec.structs.replace(one, met=False, why="未获授权而仍按专利宣传")
                    if one.clause == "不作专利、荣誉宣传"
                    else one
                    for one in claim.exemptions
                ]
            if claim.concept == "专利" and claim.level == "lead":
                claim.says = claim.says.replace(
                    "提到专利而未标明专利号和种类", "所称专利号不是可能的专利号"
                )
                claim.exemptions = [
                    msgspec.structs.replace(one, met=False, why="所称号码不是可能的专利号")
                    if one.clause == "标明专利号"
                    else one
                    for one in claim.exemptions
                ]
        claims.sort(key=lambda claim: any(one.met for one in claim.exemptions))
        return claims

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        if make.first == ("patent",):
            year = datetime.fromtimestamp(ctx.now / 1000, BEIJING).year
            number = _NUMBER.search(reading.text.translate(_SPOKEN))
            if (
                number is not None
                and number.group(1)[:4] <= str(year)
                and _BEGINS.match(reading.text.translate(_SPOKEN), number.end())
            ):
                number = None
            if number is not None and not is_possible_patent(number.group(1), year):
                # Shown as a number, and none that was ever given out.
                return "lead"
            written = _NUMBER.search(reading.utterance.original.lower().translate(_SPOKEN))
            if number is None and written and is_possible_patent(written.group(1), year):
                # It stands there, though the letters before it were read as a word.
                ctx.decline("checkable")
                return None
            if self._on_card(ctx, reading):
                ctx.decline("on-card")
                return None
        elif make.concept == "荣誉":
            text = reading.text
            if (
                _NUMBERED.search(text)
                or (_YEAR.search(text) and _PROOF.search(text))
                or _AWARDED.search(text)
            ):
                ctx.decline("checkable")
                return None
            if self._on_card(ctx, reading):
                ctx.decline("on-card")
                return None
        return make.level

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        if make.first in (("patent",), ("pending",)):
            return ["专利号、专利种类、法律状态（国家知识产权局公布公告查询）"]
        return ["奖项、称号的证书及颁发机构"]

    def _on_card(self, ctx: Context, reading: Reading) -> bool:
        card = ctx.room.cards.get(reading.utterance.sku or "")
        attributes = (card.attributes if card is not None else None) or {}
        return any(_CARD.search(name) and value for name, value in attributes.items())


def is_possible_patent(number: str, year: int) -> bool:
    """Can a number have been given to a Chinese patent by a year?

    The check digit is not tried: recognition of speech garbles digits more often than people
    invent them.

    >>> is_possible_patent("2021 2 0123456.7", 2026), is_possible_patent("12345678", 2026)
    (True, False)
    >>> is_possible_patent("2099 1 0000001.X", 2026)
    False
    """
    digits = re.sub(r"[\s.]", "", number.lower())
    long = _LONG.fullmatch(digits)
    if long is not None:
        return int(long["year"]) <= year
    return _SHORT.fullmatch(digits) is not None
