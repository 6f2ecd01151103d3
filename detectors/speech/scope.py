"""What the words around a hit make of it: clause, negation, question, quotation, warning.

Offsets are those of folded text. Everything here is asked only of candidates, so it may be
slower than the search for them.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

__all__ = ["Answer", "Reply", "Scope", "reply"]

#: Ends of clauses: punctuation, and a blank between two stretches of Chinese, which stands for
#: a comma in many transcripts. “、” joins a list and ends nothing.
_CLAUSE = re.compile(
    r"[,!?;。…\n]|(?<!\d)\.|\.(?!\d)|(?<=[\u4e00-\u9fff]{2}) +(?=[\u4e00-\u9fff]{2})"
)
_SENTENCE = re.compile(r"[!?;。…\n]|(?<!\d)\.(?!\d)")
#: Words with a negating character that negate nothing.
_NEUTRAL = re.compile(
    r"([\u4e00-\u9fff])不\1|不仅|不但|不光|不只|不止|不单|不用|不必|不愧|不管|不论|不同|不错|不知不觉|不反弹|不复发|不停|不断|"
    "不得了|了不起|对不起|不过|不信你|不信的|不信大家|不是吹|不是我吹|不是我说|不是跟你吹|不夸张|不骗|不开玩笑|"
    "不含糊|不伤|不刺激|不打针|不吃药|不手术|不开刀|不需要|不再|不怕|不愁|不比|不输|不亚于|不得不|不由得|"
    "不容错过|不二|不一会|不一般|不出|不到|不瞒|不像|不卖关子|不玩虚的|不多说|不说了|不说别的|不废话|不解释|不长胖|"
    "不舒服|不好的|不好受|不通|不了的|不住|不着|不动|不行了|不然|不少|不容易|不可思议|不敢相信|不贵|不好意思|"
    "不要错过|不要犹豫|不要怀疑|不要担心|不要再|不要小看|不要小瞧|别小看|别小瞧|别错过|别犹豫|别担心|别怀疑|别再|"
    "别看|别说|别提|别人|别家|别的|别处|别墅|特别|版别|区别|级别|个别|分别|性别|类别|差别|识别|辨别|告别|"
    "没想到|没几天|没几次|没多久|没过|没用几|没喝几|没吃几|没毛病|没问题|没话说|没得说|没有之一|没有副作用|没关系|没事|"
    "要不|是不是|能不能|有没有|会不会|可不可以|好不好|无需|无论|无比|无数|无敌|无与伦比|无可|无人能|毫不|非常|除非|并非不|未来|未必不"
)
_NEGATION = re.compile(
    "不是|并非|绝非|不允许|不能|不可以|不可能|不会|不具有|不具备|不具|不存在|不敢|不让|不得|不可|不许|不准|不要|不宜|"
    "不代表|不等于|不等同|不属于|不算|不带|不含|不提|不做|不搞|不请|不找|没请|没参加|没拿过|不打|不谈|不说|不吹|不保证|不承诺|不主张|不宣传|不涉及|"
    "没有|没得(?!说|挑|比|话|跑)|没法|没说|没敢|没办法|从没|从来没|从不|无法|别信|别听|别|勿|禁止|严禁|杜绝|拒绝|谁敢|谁也|谁都|哪敢|哪有|哪能|"
    "怎么能|怎么敢|怎么可能|怎么会|又不|并不|可不|绝不|决不|不"
)
_DENIES = re.compile("[不没无非未别勿莫]")
_HOW = re.compile("(?:怎么|咋|哪能|哪会)(?:能|会)?$|^.?什么")
#: “…人群不适宜本品不能|代替药物”: what is denied at once is denied, whatever was before.
_AT_ONCE = re.compile("(?<!不是)(?<!没有)(?<!不得)(?<!不可能)(?:不能|不可以|不会)$")
#: A bare one negates only what follows at once.
_NEAR = re.compile("(?:不|没|未|无|非|别)[敢能会要]?$")
_REFUSED = re.compile(
    "假的|骗人|骗你(?!是)|忽悠|瞎说|瞎扯|胡说|吹牛|扯淡|不可能|不靠谱|不对的|(?<![猜选答押])错的|谣言|不现实|不存在|做不到|"
    "(?:别|不要|不能|不搞|不信)迷信|^(?:的?那?)是药(?!食)|(?:国家|现在|早就|已经)?不(?:让|准|许|能)(?:再)?(?:用|叫)了|违规|违法|违禁|(?:不敢|不能|不让|不准|不许|不可以|没法|不方便)(?:这么|这样|乱|随便|瞎|再)?(?:说|讲|提|保证|承诺|宣传|宣称|打包票|写)(?!太|得太|全|细|明|破|那)|"
    "(?:不|没)(?:说|讲)过|(?:千万|都|可)?别信|(?:不要|不能)(?:相|轻)?信|治不了|看不了病|"
    "不(?:能|可以)(?:的|啊|哦|呢|呀|治|替代|代替|当)|没有(?:这个|这种|那种|这|那|什么|任何)?(?:功效|作用|功能|效果|疗效|说法|意思)|"
    "没有的事|没这回事|(?:功效|作用|效果|功能|疗效)(?:是|可|真|真的|确实)?没有(?:,|。|!|啊|哦|的|哈|$)|(?:这种|这类|这些|这)(?:话|词|字眼|功效)(?:我们?|咱们?|平台|直播间)*(?:都|也|可)?(?:不(?:说|讲|提|让|能|敢))|(?:这个?|那个?)(?:真|可|是|还)?(?:真的)?没有(?:,|。|!|啊|哦|哈|$)|"
    "不是(?:药|灵丹|神药|神仙)|代替不了|替代不了|(?:的|那)(?:是|叫|才是)药(?!食)|"
    "(?:要|得|该|请|先|还是|赶紧|尽快|及时|建议|就)(?:您|大家|你)?(?:去|找|看|上|到|听)(?:正规)?(?:医院|医生|大夫|医嘱|就医|皮肤科|口腔科|眼科)|"
    "(?:遵|谨遵)医嘱|咨询(?:一下)?医生|问(?:一下|问)?(?:您的|你的)?医生|及时就医|广告法|极限词|不是(?:我|咱)们?(?:的)?意思"
)
#: A wink: what may not be said is meant all the same.
_WINK = re.compile("懂吧|懂的|懂得都懂|都懂|你们懂|懂我意思|不点名|你品|自己体会|你们知道")
#: Said in one breath with what follows: “…能治胃病吗能的”.
_GOES_ON = re.compile("[^,。!?;]{0,6}(?<!知道)(?<!明白)(?<!懂)吗(?!啡)")
#: “本来就是嘛” asks nothing.
_OBVIOUS = re.compile("就|都|本来|当然|肯定|自然|反正|因为|所以|毕竟")
_QUESTION = re.compile(
    "吗$|么$|(?<![了的])嘛$|不$|(?<![全都就])没$|没有$|呢$|能不能|可不可以|会不会|是不是|是否|行不行|管不管用|有没有用"
)
#: “一点副作用都没有” asks nothing.
_NONE_AT_ALL = re.compile("一(?:丁|星)?[点丁]|半点|丝毫|任何|啥|什么|[都也]没有$")
#: “还没造出来呢” tells how it is.
_STILL = re.compile("还(?:没|当|以为|得)|[着多]呢$")
_RHETORICAL = re.compile(
    "(?:知道|明白|懂|晓得|了解|看到|看见|瞧见|听到|听见|记住|清楚)(?:了|的)?(?:吗|么|不|没)$|(?:见|吃|喝|用|听说|体验)过(?:没有?|吗|么)|敢信吗?|谁(?:家|还)?(?:能|敢)[^,]{1,6}吗|不信|难道|不就|怎么可能不|你说|怎么好的|怎么下来的"
)
_ASKED = re.compile(
    "(?<!别在)(?<!不要在)(?:家人|姐妹|姐姐|宝宝|宝子|宝贝|粉丝|朋友|老铁|大哥|大姐|阿姨|叔叔|网友|弹幕|公屏|评论|客户|顾客|同学|小伙伴|"
    "亲|哥|姐|爸|妈|人|他|她|谁|后台|私信|天天|老是|总是|一直|又|还|来|@[^ ,:]{1,30})(?:(?!别|不要)[^,。!?;]){0,10}?"
    "(?:问|留言|打字|发问|打出来|刷屏)(?!题|世|候|鼎|心无愧)|问题是|问我|问一下|问一句|问得最多"
)
_TOLD = re.compile(
    "(?:别让|免得|省得|怕)(?:有人|别人|人家|人|大家|你们|顾客|客人)(?:说|讲|骂)|"
    "(?:公屏|弹幕|评论区?)上?(?:有人)?(?:都)?(?:说|讲)|(?:^|[,。!?])(?:网友|宝妈|路人)(?:们)?(?:都|还|总)?(?:说|讲|夸)|(?:这位|那位|这个|那个)(?:姐姐|大哥|宝宝|宝子|家人|大姐|阿姨|姐妹|网友|朋友)[^,。!?]{0,6}说|"
    "有(?:些|的)?(?:人|同行|主播|商家|家人|粉丝|宝宝|网友|弹幕)(?:就|还|总|会|跟我|在|天天|老)?(?:说|讲|觉得|吹|宣传|喊|打出|刷|(?:让|叫|要|替)我[^,。!?]{0,4}(?:说|讲|喊))|商家(?:让|叫|要)我(?:说|讲|喊)|弹幕[^,。!?]{0,6}(?:夸|说|打)|(?:公屏|弹幕)(?:里)?(?:有|在|还|都)(?:喊|说|讲|打|刷)|"
    "(?:网上|外面|外边|市面上|别人家?|别家|人家|同行|他们|某些(?:人|主播|商家)|其他主播|别的主播|有的主播|传言|老话)"
    "(?:都|就|总|老|还|会|天天)?(?:说|讲|传|吹|宣传|宣称)|听说|据说|谣传|(?<!无)所谓的?|号称"
)
_WARNED = re.compile(
    "(?:的|人|者|人群|患者|朋友|家人|期间|宝宝|妈妈)[^,。!?;]{0,6}?(?:不要|别|不能|不可以|不建议|不适合|不适宜|不宜|慎|禁|避免|少吃|少喝|绕行|就别)"
    "|慎用|慎食|禁用|忌口|遵医嘱|医生同意|医生指导|先问医生|问过医生|不良反应|就诊|如有不适|(?:去|上)医院(?:看|检查一下|挂号)"
)

#: Who says so is exposed, before the words: “谁跟你说…”, “凡是讲…”, “别听人说…”.
_DENOUNCED = re.compile(
    "(?:谁|哪个|哪家)(?:要是|要|敢|再|还)?(?:[^,。!?不没]{0,6}?(?:跟|和|给|对|同|拿)(?:你|您|我|大家)们?)(?:说|讲|吹|喊|保证|承诺)[^,。!?不没]{0,12}$|"
    "凡是(?!我|咱|本)[^,。!?不没]{0,12}$|(?:别|不要|莫|不能)(?:听|信|学|轻信|去学)(?![^,]{0,4}(?:医|大夫|专家))[^,。!?]{0,14}$|"
    "(?:看|刷|遇|碰)(?:到|见)(?:有人|那种|那些|谁)?(?:吹|喊|打着|在卖|卖)[^,。!?]{0,8}$|打着[^,。!?]{0,10}$|(?:误会成|误以为是?|谁是)$|谁(?:家)?[^,。!?不没]{0,6}(?:拿|喊|叫|标)$|(?:广告|宣传|直播|规则|媒介)[^,。!?]{0,6}(?:不得|禁止|不允许)[^。!?]{0,24}$|禁止(?:使用|在)[^。!?]{0,20}$"
)
#: What is to be done about whoever says so, or what they are, after the words.
_EXPOSED = re.compile(
    "(?:直接|赶紧|赶快|马上|立马|立刻|随手|顺手|尽管|大家|你们?|您|就|要|去|可以|都|先)(?:把(?:他|它|她))?(?:给)?(?:举报|报警|录音|划走|拉黑|绕道|绕(?:着|开)走|转身|退出|挂(?:了|断|掉)|躲远|扭头|退出|跑(?:$|[,。!? ]))|(?:赶紧|赶快|马上|立马)退(?=$|[,。!? ])|留个心眼|动动?脑子|冤枉钱|捂好|扭头就走|"
    "打(?:电话)?(?:给)?(?:12315|12345|110|96110|一一零|九六一一零)|(?:举报|拉黑)(?:他|它|她|了|掉)|告诉(?:民警|警察|派出所)|"
    "(?:的|那|那些|这种|这|那种)(?:就|都|全|全都|多半|基本|肯定|百分之百|十个有[八九十]个)?(?:是)?(?:骗子|骗局|诈骗|演员|骗(?=$|[,。!? ])|坑(?=$|[,。!? ])|套路(?=$|[,。!? ])|犯法|违法|卖假证)|(?:的|班)(?:都|全)?是(?:大)?坑(?=$|[,。!? ])|的[^,。!?]{0,4}(?:别|不要|少)(?:急着)?(?:买|信|理|碰)(?!别家|别人)|的(?:我们?)?不(?:卖|上架?|碰)(?=$|[,。!? ])|离(?:他|它|她)?远(?:点|一点)|少信|我是不信(?=$|[,。!? ])|让(?:他|她|它)(?:拿证据|写进合同)|(?<!名)我不说(?=$|[,。!? ])|我(?:可)?不敢(?=$|[,。!? ])"
)
_WHOEVER = re.compile(
    "(?:谁|哪个)(?:敢|要|再|还)?(?:说|讲|喊|吹|卖)[^。!?不没]{0,18}?[,]?[^。!?]{0,6}?(?:你就|您就|你直接|谁(?:没|犯|傻|骗))"
)
#: Words that are spoken of as words, and are none to be used: “…这四个字法律不让写”, “…那套不碰”.
_MENTIONED = re.compile(
    "[^,。!?]{0,2}(?:(?:这|那)?(?:个|种|俩|[两二三四五几]个)(?:字眼|字|词|说法|名头|叫法|话)|(?:这|那)(?:种)?(?:话|套|说法|词))"
    "[^。!?]{0,10}?(?:不(?:让|认|许|准|能|敢|要|搞|玩|碰|说|讲|信|念|会)|没有|没这|别|听听就|弹窗|删|念错|废止|从前|以前|早就)|"
    "[^,。!?]{0,2}(?:我们|咱们?|我家|我这)(?:家|这|店|这儿|这里)?(?:可|真|也)?(?:没有|不搞|不讲)(?=$|[,。!? ])"
)

#: Where something is said again.
_FIRST = re.compile("[^,。!?;. ]")

Reply = Literal["yes", "no"]
_YES = re.compile(
    "^[,。!?;. ]*嗯*[, ]?(?:能 )?(?:(?:那|我|这个|咱们?|我们家?|必须|其实)(?!是))?(?:(?P<sure>(?:当然|肯定|绝对)(?:是|的)?)?(?P<bare>能|可以|行(?!了)|对(?!了)|会)|(?P<alone>当然|肯定|必须|绝对)|"
    "是的(?!话)|没错|没问题|有用|有效(?!期|成分)|管用|放心(?!不)|真的|那还用说|"
    "有的(?:姐妹|家人|人|宝宝|客户|朋友|粉丝)|(?:很多|好多|不少)(?:姐妹|家人|人|宝宝|客户|朋友|粉丝))"
)
#: What stands behind a short word that affirms: “能的啊”, “能，…”; “能拍的赶紧拍” affirms nothing.
_AFFIRMED = re.compile(
    "[的啊呀哦哈呢哟喽滴了能行,。!?;. ]|可以|当然|肯定|必须|没问题|没错|放心|不然|$"
)
#: The affirmation is itself asked: “是真的吗”.
_ASKED_BACK = re.compile("[^,。!;]{0,2}?(?:[吗么?]|假的?|不(?=[啊呀,。!? ]|$))")
#: What may still belong to a question behind the words that it is about.
_REST = re.compile(
    "(?:真的假的|是真的吗|是吗|对吗|行吗|可以吗|靠谱吗|有用吗|[的了啊呢呀吗么嘛吧哈]|不(?=[,。!?;. ]|那|当然|肯定|必须|绝对|真的|嗯)){0,6}"
)
#: Who asked has been answered before these words.
_ANSWERED = re.compile(
    "(?:[能是行会对]|可以)的(?:[啊呢哈呀哦,]|(?=没错|我们|咱))|(?:^|[,!? ]|[你您]们?)(?:都|就)?听我(?:的|一句|说|讲)"
)
_NO = re.compile(
    "不是的?(?=[啊哈呢哦呀,。!?; ]|$)|[治降管调减替保去除祛]不(?:了|好)|哪有(?:那么|这么|这种)|千万别|没那回事|不能|不可以|不行|不会|没有(?!之一|(?:任何|一点|什么)?(?:问题|毛病)|副作用)|没这|治不了|不是药|不是(?:药品|治|用来)|不敢|什么病|什么癌|看医生|去医院|遵医嘱|问医生|咨询医生|就医|"
    "别信|不治|代替不了|替代不了|不好说|不清楚|不保证|不具备|做不到|不存在|没那么|只是(?:普通)?(?:食品|茶|饮料|护肤|化妆)|就是(?:个|一款)?(?:普通的?)?(?:食品|饮料|零食|菜|茶|糖|水果|护肤品)"
)


class Answer(NamedTuple):
    """What a host answers to a question, and where in the text: a half-open range."""

    reply: Reply
    start: int
    end: int


def reply(text: str, asked: str = "") -> Reply | None:
    """What a text says to a question asked just before it; ``None``: it does not answer.

    Args:
        asked: the question, whose words an answer may repeat.

    >>> reply("能的啊"), reply("能治", "能不能治"), reply("能拍的赶紧拍", "能不能治")
    ('yes', 'yes', None)
    """
    text = re.sub(
        "怎么不能|怎么不行|怎么不可以|谁说不能|为什么不能|哪能不|怎么会没有", "当然能", text
    )
    no = _NO.search(text)
    if no is not None and no.start() <= 24:
        return "no"
    again = _again(text, asked)
    if again is not None:
        return again
    found = _YES.match(text)
    if found is None or _ASKED_BACK.match(text, found.end()):
        return None
    word = found["bare"] or found["alone"]
    if word is None or _AFFIRMED.match(text, found.end()):
        return "yes"
    is_repeated = (
        found["bare"] in ("能", "可以", "会")
        and text[found.start("bare") : found.end() + 1] in asked
    )
    return "yes" if is_repeated else None


def _again(text: str, asked: str) -> Reply | None:
    """What the last words of a question say when they are said again: “保不保本|保本的”."""
    begins = _FIRST.search(text)
    if begins is None:
        return None
    place = begins.start()
    denied = text[place] in "不没"
    place += denied
    for size in (4, 3, 2):
        word = asked[-size:]
        if len(word) == size and text.startswith(word, place) and not _is_no_word(word):
            if denied:
                return "no"
            return "yes" if _AFFIRMED.match(text, place + size) else None
    return None


def _is_no_word(word: str) -> bool:
    """Is it no word that could be said again as an answer?"""
    return _FIRST.match(word) is None or word[-1] in "吗么呢啊的了不"


class Scope:
    """A folded text cut into clauses and sentences, and questions about a place in it."""

    __slots__ = ("_clauses", "_sentences", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._clauses: list[tuple[int, int]] | None = None
        self._sentences: list[tuple[int, int]] | None = None

    def clause(self, place: int) -> tuple[int, int]:
        """Half-open range of the clause around a place."""
        if self._clauses is None:
            self._clauses = _cut(self.text, _CLAUSE)
        return _around(self._clauses, place)

    def sentence(self, place: int) -> tuple[int, int]:
        """Half-open range of the sentence around a place."""
        if self._sentences is None:
            self._sentences = _cut(self.text, _SENTENCE)
        return _around(self._sentences, place)

    def clause_text(self, place: int) -> str:
        start, end = self.clause(place)
        return self.text[start:end]

    def negated(self, start: int, reach: int = 8) -> str | None:
        """The negation before a place, within `reach` characters of the same clause.

        An even number of negations (“不是不能治”) negates nothing.
        """
        if _HOW.search(self.text[max(0, start - 3) : start]) and self.clause(start)[1] - start <= 4:
            return "怎么"  # “零食怎么减肥”
        low = max(self.clause(start)[0], start - reach)
        if _AT_ONCE.search(self.text[max(low, start - 6) : start]):
            return "不能"
        # Neutral words may begin before the window, so they are blanked in the whole clause.
        clause = self.clause(start)[0]
        before = _blank(self.text[clause:start])[low - clause :]
        found = list(_NEGATION.finditer(before))
        strong = [match for match in found if match.group() != "不"]
        if not strong:
            near = _NEAR.search(before)
            return near.group() if near is not None else None
        return strong[-1].group() if len(found) % 2 else None

    def denies(self, start: int, end: int) -> bool:
        """Does something stand in a range by which words may be denied?"""
        return _DENIES.search(_blank(self.text), start, end) is not None

    def refused(self, end: int, reach: int = 16) -> str | None:
        """What takes the words back after them, in the same sentence: “…那都是骗人的”."""
        low, high = self.sentence(end - 1)
        if _WINK.search(self.text[low:high]) or "不是不" in self.text[max(low, end - 14) : end]:
            return None
        after = self.text[end : min(high, end + reach)]
        found = _REFUSED.search(_blank(after))
        if found is None:
            nearby = self.text[end : end + 10]
            question = re.match(r"[的吗么呢啊嘛?, ]{0,3}\?", nearby)
            if question is None:
                return None
            found = _REFUSED.search(self.text, end, min(len(self.text), end + reach))
        return found.group() if found is not None else None

    def denounced(self, start: int, end: int, before: int = 26, after: int = 30) -> str | None:
        """What exposes whoever says these words, or says that one does not: “谁跟你说…你就举报”."""
        low, _ = self.sentence(start)
        _, high = self.sentence(end - 1)
        found = _DENOUNCED.search(self.text[max(low, start - before) : start])
        if found is None:
            stop = min(len(self.text), max(high, end) + 1, end + after)
            found = _EXPOSED.search(self.text, end, stop) or _MENTIONED.match(self.text, end, stop)
        if found is None:
            found = _WHOEVER.search(self.text, max(low, start - 12), min(high, end + 12))
        return found.group() if found is not None else None

    def asked(self, start: int, end: int) -> bool:
        """Is the clause of these words a question?"""
        low, _ = self.clause(start)
        _, high = self.clause(end - 1)
        clause = self.text[low:high].rstrip(" ")
        if _RHETORICAL.search(clause):
            return False
        if self.text[high : high + 1] == "?" or _GOES_ON.match(self.text, end, high):
            return True
        found = _QUESTION.search(clause)
        if found is not None and _ANSWERED.search(clause, found.end(), max(0, start - low)):
            return False
        if found is not None and found.group() == "嘛" and _OBVIOUS.search(clause):
            return False
        if found is not None and found.group() == "没有" and _NONE_AT_ALL.search(clause):
            return False
        if found is not None and found.group() == "呢" and _STILL.search(clause):
            return False
        return found is not None and not (
            found.group() in ("呢", "嘛", "不", "没") and len(clause) < 4
        )

    def quoted(self, start: int) -> str | None:
        """Who is quoted with these words: a viewer who asks, or people who say so."""
        low = self.sentence(start)[0]
        before = self.text[max(low, start - 28) : start]
        for pattern in (_ASKED, _TOLD):
            found = None
            for match in pattern.finditer(before):
                found = match
            if found is None or before[found.end() :].count(",") > 1:
                continue
            if _ANSWERED.search(before, found.end()) is None:
                return found.group()
        return None

    def warned(self, start: int, end: int) -> str | None:
        """A warning in the same sentence: “糖尿病人不要买”, “先问医生”."""
        low, high = self.sentence(start)
        found = _WARNED.search(self.text[max(low, start - 12) : min(high, end + 20)])
        return found.group() if found is not None else None

    def answer(self, end: int, stop: int | None = None) -> Answer | None:
        """The answer that follows a quoted question in the same text, within two sentences: in one
        breath with it, or behind the end of its clause.

        Args:
            end: where the words of the claim that is asked about end.
            stop: where what may answer ends; ``None``: where the text does.
        """
        low, high = self.clause(end - 1)
        rest = _REST.match(self.text, end, max(end, high))
        for place in (rest.end() if rest is not None else high, high):
            last = min(len(self.text) if stop is None else stop, place + 60)
            told = reply(self.text[place:last], self.text[low:place])
            if told is not None:
                begins = _FIRST.search(self.text, place)
                start = begins.start() if begins is not None else place
                return Answer(told, start, max(start + 1, min(last, self.clause(start)[1])))
        return None


def _blank(text: str) -> str:
    return _NEUTRAL.sub(lambda match: "\u3000" * len(match.group()), text)


def _cut(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    ranges = []
    start = 0
    for match in pattern.finditer(text):
        if match.start() > start:
            ranges.append((start, match.start()))
        start = match.end()
    if start < len(text):
        ranges.append((start, len(text)))
    return ranges or [(0, len(text))]


def _around(ranges: list[tuple[int, int]], place: int) -> tuple[int, int]:
    for start, end in ranges:
        if place < end:
            return (start, end) if place >= start else (place, end)
    return ranges[-1]
