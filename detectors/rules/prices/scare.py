"""How a rumour of rising prices is worded: the rise or the shortage, its cause, the hearsay, the call.

A rise of prices alone is a matter of every market, and a call to buy is every host's. Only with a
cause that nobody can check or with hearsay do they make a rumour.
"""

from __future__ import annotations

from typing import NamedTuple

from detectors.match import expression as re
from detectors.rules.prices.scare_ways import BEFALLEN, COMING, GONE, SAID_BY, UP

__all__ = ["Scare", "scare"]

_PRICE = "[\\d一二两三四五六七八九十百千几]{1,12}"
#: That it gets dearer.
_RISE = re.compile(
    f"{UP}|(?:{COMING})[^。!?]{{0,12}}?{_PRICE}(?:多)?(?:块|元)?(?:钱)?(?:都)?(?:一|每)?(?:斤|公斤|罐|包|瓶|提|桶|盒|袋|箱|升|吨)|"
    "(?<!水)涨(?!粉|潮|停|知识|姿势|奶|水船|红|大水|价谣)|翻(?:(?:一|两|三|五|十|好?几|[\\d])?(?:倍|番)|着|几番)|(?:价|肉|菜|油|盐|米|面)[^,。!?]{0,6}(?:上天|要疯|起飞|飞了|疯)|[吃买用喝]不起|[按论](?:碗|粒|个|片|克|两)(?:算|卖)|翻着?跟头|(?<![投飞狂私])奔[^,。!?]{0,2}[一二三四五六七八九十百\\d]{1,12}|涨价?是(?:早晚|迟早)|翻番|全?调[^,。!?]{0,4}[一二三四五六七八九]成|板上钉钉|日子不远|[一二三四五六七八九十\\d]{1,12}块(?:钱)?你信吗?|明天我?不敢保证|走着瞧|往上(?:走|窜|蹿|跑|冲)|[涨提]了?(?:[一两二三四五几]轮|[一二两三四五六七八九]成)|提价|压不住|一天一个价|按(?:两|克|粒|颗)卖|贵到|不到[^,。!?]{1,6}(?:跟你姓|算我输)|每(?:箱|提|袋|桶|斤|盒|瓶|包|罐)(?:要|得)?(?:贵|多|加|涨)[一二两三四五六七八九十百\\d]{1,12}|(?:一|每)(?:箱|提|袋|桶|斤|盒|瓶|包|罐)多[一二两三四五六七八九十百\\d]{1,12}(?=$|[,。块])|贵(?:死|上天|得|一倍|[两三几]倍|了)|要贵|更贵"
    f"|(?:一|每)(?:斤|罐|包|瓶|提|桶|盒|袋|箱|吨){_PRICE}起|要?上{_PRICE}(?=$|[,。])|(?:明天|马上|立马|眼看|后天|过[^,。!?]{{1,4}}|下周|下个?月|月底|年底|明年|过年|过完年|到时候?|往后|以后|将来|再等)[^,。!?]{{0,10}}?{_PRICE}(?:块|元|多)?(?:钱)?[^,。!?]{{0,2}}(?:一|每)?(?:斤|公斤|个|罐|包|瓶|提|桶|盒|袋|箱|升|打底)"
    f"|现在{_PRICE}[^,。!?]{{0,5}}(?:以后|明天|后面|下个?[月周]|将来)[^,。!?]{{0,3}}{_PRICE}|(?:一|每)(?:斤|罐|包|瓶|提|桶|盒|袋|箱){_PRICE}(?:块|元)?(?:钱)?(?:你也|都|也)得|{_PRICE}(?:多)?(?:块|元)(?:钱)?(?:一|每)(?:斤|公斤|个|罐|包|瓶|提|桶|盒|袋|箱|升)(?:你信|打底|起步|都|还)|(?:卖到?|要到?|变成?|破|以后|将来|后面|开春){_PRICE}(?:多)?(?:块|元)|(?:后面|以后|将来|开春|到时候?)[^,。!?]{{0,4}}一(?:斤|罐|包|瓶|桶|盒|袋|箱){_PRICE}"
)
#: That there will be none.
_SHORT = re.compile(
    f"{GONE}|"
    "[一很]?[片桶药盒罐货]?难求|到不了货|(?:就|都|要)(?:是)?(?:金子|黄金)|等着(?:挨|饿)|吃不饱|没得(?:吃|用|喝)|排队(?:抢|买)|没处(?:买|找)|最先没|下锅|要断|买(?:都)?不[到着上]|抢不[到着]|(?:抢|搬|卖)(?:空|光|完)|(?:货架|超市|店里|仓库)[^,。!?]{0,6}空|空了|断(?:货|供|粮|档|顿)|缺(?:货|粮|口)|没(?:了|有了|货|得[吃卖买])|不够|紧缺|奇缺|绝收|不生产|停产|(?:都|全城|全国|大家|别人)[^,。!?]{0,3}在?(?:抢|囤|屯)|排队(?:抢|买)|限购|吃不[到上]|(?:以后|往后|再也|将来)[^,。!?]{0,10}(?:没|吃不|买不)"
)
#: A cause that is beyond the shop.
_CAUSE = re.compile(
    f"{BEFALLEN}|"
    "国际形势|局势|泡了|(?:盐场|粮站|工厂|场子)[^,。!?]{0,3}(?:关|停)|(?:油|粮|电|气|水)就断|(?:海运|航运|物流|铁路|口岸|货轮|远洋)[^,。!?]{0,4}(?:停|断|堵|不通)|核酸|静默|加税|冻雨|冰冻|暴风|烂(?:完|掉)|限电|泡(?:水|汤|在水)|涝|冲(?:毁|没|垮)|旱死|晒死|断流|倒伏|霜打|砸(?:了|烂|光|坏)|烂(?:在|地里|光)|受灾|遭(?:了)?灾|闹(?:灾|荒)|毒株|变异|支原体|传染|死(?:绝|光|了一片)|饿死|军演|边境|关口|断交|罢工|倒了|矿难|封矿|矿[^,。!?]{0,4}封|海关|港口|航线|海[^,。!?]{0,4}脏|污染|原[液浆]|纸浆|棉花[^,。!?]{0,3}(?:没|减)|要打了|三战|末日|(?<!亩)产能|检修|配额|管控|军舰|坦克开|爆炸|着火|烧(?:光|了|没)|火山|下了[^,。!?]{1,6}[天月]的?雨|发芽|烂在地|[让被]虫|凭票|票证|运河|堵了|不(?:卖|给|发)(?:货|粮|小麦|大米|给)|不让[^,。!?]{1,6}出口|出口(?:全|都)?停|不接单|不发货|没原料|封了|发瘟|水有问题|断航|战争|打仗|打起来|开战|开打|仗|冲突|战火|导弹|制裁|禁运|封锁|疫情|病毒|流感|猪瘟|瘟|非典|甲流|新冠|封[城控路村]|隔离|洪水|洪灾|淹|收储|政策|发大水|水灾|大旱|干旱|旱(?:成|得|了|灾|情)|绝收|绝产|歉收|减产|颗粒无收|台风|地震|暴[雪雨]|寒潮|冻(?:死|害|坏)|冰雹|虫灾|蝗|核(?:污|废|泄|辐|电)|排海|往海里(?:排|倒)|海里排|关税|贸易战|断供|停产|停工|停供|停运|停航|停水|停电|(?:水|电|气|煤|油)(?:要|都|就|快)?(?:停|断|没)了?|限电|限产|限购|倒闭|关(?:门|厂|停)|扑杀|(?:厂家?|厂子|工厂|油厂|面粉厂|纸厂)[^,。!?]{0,6}(?:停|关|倒|不(?:生产|干|做))|原料[^,。!?]{0,4}(?:没|断|涨|缺|紧)|储备粮|粮库|国库|海峡|台海|中东|红海|俄乌|乌克兰|船[^,。!?]{0,4}(?:过不来|进不来|停)|进不来|出口(?:禁|停)|禁止出口|不让(?:出口|进口)|(?:化肥|饲料|汽油|运费)[^,。!?]{0,3}(?:涨|疯)|荒年|粮荒|饥荒"
)
#: How the news came.
_HEARSAY = re.compile(
    f"{SAID_BY}|"
    "厂(?:家|里|方)?(?:那边|已经|都|刚|又)?(?:(?:来|发|下)?(?:了)?(?:通知|发话|发函|涨价函|调价函)|说(?:明|后|下|马|要)|马上(?:要)?(?:涨|提|调)|要(?:统一)?(?:涨|提|调)价)|(?:同学|朋友|亲戚|邻居|[粮药盐]站的?)[^,。!?]{0,8}(?:叫|让|劝)我|透个?底|偷偷(?:告诉|跟|说)|网传|老辈|老话|都说|打听|(?:沿海|全城|外面|超市|到处|全国)[^,。!?]{0,4}(?:排队|抢|囤)|跟我(?:讲|说|透)|告诉我|(?:群里|网上|外面|到处)[^,。!?]{0,3}(?:在)?传|听(?:说|到|人|[^,。!?]{1,10}(?:讲|说))|(?:据|有人)(?:说|传|讲)|传(?:闻|出|说)|小道|内部(?:消息|人|通知|文件|传|透)|风声|消息|透露|收到(?:通知|信)|(?:亲戚|朋友|同学|哥们|熟人|表[哥弟姐妹]|大伯|叔|舅子?|姨|姑|老板|厂长|领导)[^。!?]{0,14}(?:说|讲|告诉|透)|别往外(?:传|说)|别外传|偷偷(?:告诉|说)|不能(?:明|多)说|上面(?:已经|要|有)|(?:散布|散播|捏造|编造|传播|发布)[^。!?]{0,40}"
)
#: The call to buy while it lasts.
_HOARD = re.compile(
    "[囤屯]|抢|搬(?:走|回|点)?(?!家)|买够|抓紧|挨[饿冻]|饿肚子|给老[粉客]留|留了[^,。!?]{1,5}[盒袋箱包]|别(?:说|怪)我没|(?:还|只|就)剩[^,。!?]{1,5}[袋箱包桶提罐盒]|赶[快紧](?:$|[,。])|多拎|手慢|先(?:整|来|弄|拍|囤)[\\d一两二三四五几]|能[^,。!?]{1,4}多[^,。!?]{1,3}|(?:多|先|赶紧|赶快|快|家里|都)[^,。!?]{0,3}(?:备|存|买|拿|灌|塞)|备(?:货|好|足|上|着|点|两|几|齐)|存(?:够|点|着|上)|塞满|趁(?:现在|早|没|还)|不(?:买|囤|备)[^,。!?]{0,6}(?:后悔|哭|就没|抢|晚)|有钱[^,。!?]{0,4}买不|拿钱[^,。!?]{0,4}买不|再不买|再等"
)
_NEVER = re.compile("(?:囤|屯|抢)(?:货|购)?(?:干嘛|干啥|什么|啥|没意义|没必要)|(?:(?<![你们还再])不|别|勿)[^,。!?]{0,3}(?:囤|屯|抢购|抢着)(?!等着|的话|就|明天|以后|后面|过|到时|没|[^,。!?]{0,3}(?:后悔|晚|哭|没|抢))|没(?:必要|人|去|有)(?:囤|屯|抢)")  # fmt: skip
#: Hearsay of somebody in particular, or spread on purpose: more than talk in passing.
_PARTICULAR = re.compile(
    f"{SAID_BY}|"
    "厂(?:家|里|方)|内部|老辈|网传|兄弟|老板|厂长|舅|透个?底|打听|亲戚|朋友|同学|哥们|熟人|表[哥弟姐妹]|散布|散播|捏造|编造|传播|发布|[别不]能?(?:往)?外传|小道|风声|消息"
)
#: Somebody who ought to know said so.
_URGED = re.compile("(?:叫|让|劝)我[^,。!?]{0,4}(?:存|囤|屯|备|买)")
#: It is about to come.
_SOON = re.compile(
    "明[天日后]|又要|要(?:断|没|停|缺|空|封)|马上|很快|立马|就要|快要|过[几两一]天|以后|往后|下周|月底|年底|眼看|迟早"
)
#: To lay in a little of something for the season frightens nobody.
_URGENT = re.compile(
    "[囤屯]|抢|搬|塞满|有钱|拿钱|再不|挨[饿冻]|饿肚子|多(?:备|存|买|拿|拎)|能[^,。!?]{1,4}多|赶[快紧]|抓紧|趁|不(?:买|囤|备|存)"
)
#: One article that is no longer made, or one delivery: every shop has such.
_ONE_LINE = re.compile(
    "(?:这|该|此)(?:一)?(?:款|个|批|种|条|只)[^,。!?]{0,8}(?:停产|断货|断码|不(?:生产|做|产)了?|绝版|卖(?:完|空)|没货|没了)|卖完(?:就|为止)"
)


class Scare(NamedTuple):
    """What makes a rumour; half-open offsets."""

    alarm: tuple[int, int]
    """The rise, the shortage, or the call to hoard."""
    cause: tuple[int, int]
    """The cause, or the hearsay."""
    grave: bool
    """It is a cause, and no hearsay alone."""


def scare(text: str) -> Scare | None:
    """A rumour of rising prices or shortage, by the parts of what is said.

    >>> text = "听粮食局的朋友讲大米马上要翻倍了赶紧屯两袋"
    >>> text[slice(*scare(text).alarm)]
    '翻倍'
    >>> scare("今年小麦收成好,面粉价格稳得很,别囤") is None
    True
    """
    if _NEVER.search(text):
        return None
    cause, hearsay = _CAUSE.search(text), _HEARSAY.search(text)
    reason = cause or hearsay
    if reason is None:
        return None
    rise, hoard = _RISE.search(text), _HOARD.search(text)
    certain = cause is not None or hoard is not None or _PARTICULAR.search(text) is not None
    if rise is not None and certain:
        return Scare(rise.span(), reason.span(), cause is not None)
    if _ONE_LINE.search(text):
        return None
    # That something is sold out for a storm is news; with a call to hoard, it frightens.
    short = next(
        (
            match
            for match in _SHORT.finditer(text)
            if cause is None or match.end() <= cause.start() or match.start() >= cause.end()
        ),
        None,
    )
    alarm = short or (hoard if _URGENT.search(text) else None)
    if hoard is not None and alarm is not None and (cause is not None or short is not None):
        return Scare(alarm.span(), reason.span(), cause is not None)
    if hoard is not None and _URGED.search(text):
        return Scare(hoard.span(), reason.span(), cause is not None)
    if short is not None and cause is not None and _SOON.search(text):
        return Scare(short.span(), cause.span(), grave=True)
    return None
