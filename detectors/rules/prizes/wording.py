"""How hosts and notices word that a draw is left open, or is changed afterwards.

Slots: what is drawn (`ABOUT`), which of its terms is spoken of (`ITEM`), that it is not told
(`UNTOLD`), what had been promised (`PROMISED`) and what becomes of it (`CHANGED`).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from detectors.text.amounts import number

__all__ = ["Left", "left_open"]

#: That it is a draw, and no paper tissue or kitchen hood.
_ABOUT = re.compile(
    "几个人中|谁中|(?:参与|参加|打卡|互动|转到|签到)[^,。!?]{0,6}有(?:大|好)?礼|(?:^|[,。!?])奖(?:品)?(?=从|改|换)|大礼[是有](?:啥|什么)|概率|抽奖|开奖|中奖|获奖|奖池|集卡|抽签|摇(?:号|中|什么|多少|几|出|到)|编号|名额|兑奖|领奖|有奖|大奖|头奖|奖品|奖项|奖金|[一二三特几]等奖|福袋|锦鲤|转盘|刮刮|刮到|盲抽|盲盒|幸运|抽免单|彩头|金蛋|摇奖|摸奖"
    "|(?<![小轻])抽(?!纸|屉|油|检|查|空|湿|烟|绳|时间|象|筋|取|样|血|水|风|真|两包|一包|打|搐|身|离|动|着|丝|条)|(?<![击命看集])中了(?!解|不起|毒|暑|招|计|风)"
)
_WHAT = "什么|啥|哪|几|多少|多大|谁|怎么|咋"
#: A term of the draw.
_ITEM = re.compile(
    f"(?:抽|送|中|开|装|藏|转|刮|摸|摇|砸|领|兑|参加|参与)(?:奖|的|到|出|了|一|个|里|法|完)?[^,。!?]{{0,6}}?(?:{_WHAT})"
    f"|(?:{_WHAT})[^,。!?]{{0,5}}(?:抽|开奖|中奖|兑奖|参加|参与|个人|几个|几部|几台|份)"
    "|奖品|奖项|奖金|大奖|头奖|[一二三特]等奖|多大|[什么啥]奖|礼是(?:什么|啥)|奖的是|(?:什么|啥)礼|概率|中奖率|名额|名单(?=[^,。!?]{0,10}(?:不|内部|保密))|规则|条件|门槛|方式|办法|惊喜|奖品?是(?:什么|啥)|[啥什么]{1,2}大?(?:家伙|礼|玩意|东西)|大礼[是有]|怎么(?:领|兑)|开奖|抽奖券|彩头|人数|资格|池里|里面|里头|装的|时间|至于几|几[部台个份位名]|免几"
)
#: That it is not told, or left to whoever decides.
_UNTOLD = re.compile(
    "(?:先|就|可|暂时|都|也|还)?(?:不|没|别|未)(?:能|会|想|方便|跟|和|给|向|便|要|用)?(?:大家|你们?|各位)?(?:说|讲|提|告诉|公布|公开|透露|透|剧透|念|问|公示|固定|确定|写|标|定|想好|解释|清楚|晓得|知道|管)(?!错|好的|谎|过要)"
    "|说了不算|拍板|看今晚|看卖得|晓得|看我(?=$|[,。]|高兴|乐意|意思)|不好说|卖个关子|听通知|私下联系|等[^,。!?]{0,6}(?:告诉|通知)|看(?:老板|主播)|悬念|再议|商量|顺延|神秘(?:的很|得很|兮兮)|(?:现在)?说了你也|找我谈|保留在我|无(?:任何)?(?:说明|规定|提及)|爱给谁|随便给|没数|不定点|一高兴|保密|机密|商业秘密|不剧透|卖(?:个)?关子|随缘|随机|随我|凭(?:感觉|心情)|看(?:我|老板|我们?|你们?|主播)?(?:的)?(?:到时|当时|现场|结果|心情|情况|缘分|运气|手气|命|造化|表现|人气)"
    "|(?:到时候?|到时|回头|一会儿?|待会儿?|等会儿?|届时|后面|以后|下播|(?:中|抽|拆|转|刮|开|抢)(?:了|到|完|中)(?:你|的)?)[^,。!?]{0,6}(?:说|看|告诉|通知|知道|定|公布|公告|揭晓|见)"
    "|(?:我|老板|主播|厂家|咱|平台|谁[^,。!?]{0,4}我)(?:们)?(?:内部)?(?:说了算|说(?=$|[,。])|定|来定|挑|看着|通知)|揭晓|解释权|仅供参考|以[^,。!?]{1,6}为准|由[^,。!?]{1,6}(?:安排|决定)|谁说得[准清]|加减|你?(?:转|抽|刮|砸)着玩|现场(?:看|定|再)|说了算|另行通知|等通知|自己看|等着(?:就|吧|瞧)|待定|未定|说不[准好清]|没准|不一定|谁知道|天知道|反正[^,。!?]{0,4}(?:大|好|不亏|有)|是赚到"
)
#: What had been promised of it.
_PROMISED = re.compile(
    "(?:原来|本来|原本|原先|之前|上次|上一?场|上一?轮|昨[天晚]|前[天面]|刚才|刚刚|开始|开播|预告|海报|页面|说|讲)(?:都|上)?(?:是|好|说|讲|定|写|答应|公布|承诺|要)?(?:好)?(?:的)?(?:说|讲|是|要|定)?[^,。!?]{0,8}(?:送|抽|开|寄|给|奖|中)"
    "|刚?公布的?|刚说的?|[本原]来是|还没到点|从[\\d一二两三四五六七八九十百]+(?:个|份|位|名|台)|说好|讲好|刚才是|之前是|说是|说的是|原定|答应|承诺"
)
_CHANGED = re.compile(
    "(?:换|改|变|折|调整?|更换|缩水?|降|减)(?:成|为|发|送|抽|到|了|寄|给)|没(?:了|货|有了|那么多)|(?:推|延|拖|挪)(?:迟|到|后)|取消|作废|收回|改规则|变卦|给换|换镀|没到点就|关了|不补|凑合|折现|改一下|不(?:送|抽|开|算|给|发)了|(?:只|就|才)(?:抽|送|给|发|开|从)|(?:算了|得了|完了|拉倒)|减(?:到|为|成)|缩|提前|结果[^,。!?]{0,6}抽|超了|不够"
)
#: What is asked of who has won, and was not said before.
_WINNER_NEEDS = re.compile(
    "(?:中了?奖?的|中奖(?:了|后|的)?|抽[中到]|领奖|兑奖|中了)[^。!?]{0,14}?(?:得|要|还要|必须|需要?|须|先)[^,。!?]{0,8}?(?:发朋友圈|转发|关注|分享|买|拍|下单|消费|付|交|邮费|运费|税|自己来|到店|来店|拉|邀请|分享|充)"
)
_NOT_TOLD_BEFORE = re.compile(
    "(?:新|刚|现|临时)加的|(?:刚才|之前|前面|开始|规则里?)?(?:没|未|忘了?)(?:有)?(?:写|说|讲|提|标)|补充|才给|才寄|才能|不来作废|作废"
)
#: The prize is gone, and another takes its place.
_REPLACED = re.compile(
    "(?:门槛|规则|条件|奖品|名额|名单|(?<![抽中开兑领])奖)[^,。!?]{0,4}(?:临时|中途)?(?:改(?:一下|了|成)|折成|换成|变成|给换|从[^,。!?]{1,6}改)|(?:实物|奖品|奖)(?:的)?(?:就|也)?不(?:给兑|兑|发|补|给|寄)了?|"
    "(?:奖品|中了?的|中奖)[^。!?]{0,14}(?:没货|缺货|断货|没了|发不了|不够)[^。!?]{0,10}(?:换|改|给你|折|补)"
)
#: What an authority says of it.
_NOTICE = re.compile(
    "(?:未|没有|不)(?:向|在|按|事先|提前|如实)?[^,。!?]{0,10}?(?:列明|明示|公布|公示|明确|标明|告知|说明|载明)[^。!?]{0,16}?(?:奖|兑|抽|中奖|概率)"
    "|(?:奖|兑|抽奖|概率)[^。!?]{0,20}?(?:由[^,。!?]{1,12}(?:调整|变更|更[改换]|减少?|改)(?:为|成|至|到)|(?:调整|变更|更[改换])(?:为|成))"
    "|(?:奖|兑|抽奖|概率)[^。!?]{0,20}?(?:未|没有|不|均?无)(?:向|在|按|予|予以|事先|提前)?[^,。!?]{0,8}?(?:列明|规定|明示|公布|公示|明确|标明|告知|说明|载明)"
    "|(?:擅自|中途|随意|事后|单方)[^,。!?]{0,8}?(?:将|把)?[^,。!?]{0,6}(?:奖|抽|概率|规则)[^,。!?]{0,14}(?:变更|更改|改|换|取消|减少|调[低整]|更换)|(?:变更|更改|改变|取消|减少|调[低整]|更换)[^,。!?]{0,8}(?:奖品|奖项|奖金|开奖|中奖|抽奖|兑奖)"
)
_FACTS = re.compile("当事人|经查|该店|商家|经营者|主办方|活动|公司|消费者")
#: How many there are.
_COUNT = re.compile("([\\d一二两三四五六七八九十百]+)(?=个|位|名|份|台|部|套|件|瓶|箱)")
Kind = Literal["信息不明", "事后变更"]
_BESIDE = 18


class Left(NamedTuple):
    """What is left open or changed; half-open offsets of the slots."""

    kind: Kind
    first: tuple[int, int]
    second: tuple[int, int]


def left_open(text: str) -> Left | None:
    """What a text tells of a draw that should have been told, or should have stayed.

    >>> left_open("一会抽奖哈,抽什么先不说,几个人也不说").kind
    '信息不明'
    >>> left_open("今晚九点整抽五个保温杯,扣666就能参加") is None
    True
    """
    if not _ABOUT.search(text):
        return None
    if _FACTS.search(text) and (notice := _NOTICE.search(text)):
        kind: Kind = "事后变更" if re.search("变更|更改|更换|改变|取消|减|调[低整]|改", notice.group()) else "信息不明"  # fmt: skip
        return Left(kind, notice.span(), notice.span())
    if replaced := _REPLACED.search(text):
        return Left("事后变更", replaced.span(), replaced.span())
    needs, untold = _WINNER_NEEDS.search(text), _NOT_TOLD_BEFORE.search(text)
    if needs is not None and untold is not None:
        return Left("事后变更", needs.span(), untold.span())
    promised = _PROMISED.search(text)
    if promised is not None:
        changed = _CHANGED.search(text, promised.end())
        if (
            changed is not None
            and changed.start() - promised.end() <= 30
            and not _is_more(text[promised.start() :])
        ):
            return Left("事后变更", promised.span(), changed.span())
    for item in _ITEM.finditer(text):
        for open_ in _UNTOLD.finditer(text):
            gap = max(open_.start() - item.end(), item.start() - open_.end())
            if gap <= _BESIDE and not (open_.start() < item.end() and item.start() < open_.end()):
                return Left("信息不明", item.span(), open_.span())
    return None


def _is_more(text: str) -> bool:
    """Are there more than were promised, or as many?"""
    found = [value for match in _COUNT.finditer(text) if (value := number(match[1])) is not None]
    return len(found) > 1 and found[-1] >= found[0]
