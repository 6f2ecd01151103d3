"""How much in a text speaks for an admission: what is said of the goods, what is there, what is kept quiet.

No one wording is looked for. A text is weighed by the signs in it, each counted once, wherever
they stand; what a rule cannot do without is named. A seller who tells buyers what they get, warns
of others or refuses to do so uses the same words: one such sign outweighs all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from detectors.match import expression as re
from detectors.match.sought import Sought, standing

__all__ = ["HUSHED", "TOLD", "TURN", "Sign", "Weighed", "Weighing", "paused"]

#: What is really there comes next: a turn, a look inside, a test.
TURN = (
    "其实|实际上?|实为|实则|实系|实质|说白了|说穿了|说破了|老实(?:讲|说)|(?:说|讲)句?(?:实话|老实话|真话)|实话(?:说|讲|跟)|不瞒|真相|内行|根本(?:就)?(?:是|不是|没)|压根|哪有(?![这那稳不什人])|哪来的|哪里是|哪是|"
    "(?:拆|锯|剪|掰|切|扒|撕|剖|划|揭|刮|磨|泡|化|敲|翻)开|(?:一块|一起|连[^,。]{1,4})称|一(?:烧|锯|测|称|查|验|剪|刮|泡|洗|量|掂|撕|抠|摸)(?:就|才|,|是|准|露)|真(?:去)?(?:量|测|称|数|验)|"
    "(?:送|拿)去?(?:检|测|化验)|测出来|量出来|称下来|检测(?:是|为|就|出来|下来|结果|显示)|经(?:检|查|鉴|核|抽)[^,。;]{0,8}|抽检|检出|"
    "(?:里头|里面|里子|内胆|内里|内部|芯子?|底下|背面|中间|夹层|反面)[^,。!?;不]{0,7}(?:是|全|都|打|填|塞|装|充|用|就|只|不到|没|垫|放|灌)"
)
#: Buyers are not to know, or will not find out.
HUSHED = (
    "谁(?:会|能|还|又)?(?:去|来)?(?:知道|看得|分得|吃得|尝得|对|查|验|量|称|数|拆|懂|管|认得|发现)|没人(?:会|能)?(?:去|来)?(?:知道|看|查|对|量|称|验|数|问|管|懂|分|发现|认|较真|追究|怀疑|起疑)|"
    "(?:分|摸|吃|尝|闻|喝|认|辨|感觉|瞧|查|验|测|用|穿|戴|肉眼分辨|听)(?:根本)?不(?:太)?(?:出|到|着|清)(?!来了)|看(?:根本)?不(?:太)?(?:出|着)(?!来了)|(?:客人|买家|顾客|人家|你们?|他们|一般人|消费者|外行)(?:又|也|哪)?(?:不会|哪里会|哪会|不可能|不懂|哪懂|不知道|哪知道)(?:去|来)?|"
    "(?:别|不要|不用|不必|甭|千万别|可别|不能|不许|不准)(?:跟|给|对|让|告诉|和|同|向)(?:客人|顾客|买家|他们|人家|客户|家人们?|粉丝|别人|外人|直播间|消费者)[^,。!?]{0,6}(?:讲|说|提|知道|看|透露|发现|看见)?|"
    "对外(?:咱|我们)?(?:都|就|一律)?(?:叫|说|讲|宣称|标)|谁没事去|(?:客人|客户|顾客|买家|有人|人家|他们|谁)?(?:要是|真)?(?:问|问起来?|问到|来问)[^,。!?]{0,5}(?:你|咱|我们?)?(?:就|只管|一律|都)?(?:说(?!明)|讲|回)(?:是|他|她|都|天|没|这|机器|路上|正常|新)|(?:骑|用|吃|穿|打|装|戴|看)不[^,。]{1,6}(?:你|咱)?就说|就说(?:是|天|都|机器|物流|正常)|(?:老板|厂家|厂里|公司)(?:让|叫|要)(?:我们?|咱)(?:讲|说|写|报|念|叫)|解释得?过去|圆(?:得|的)?过去|统一(?:口径|说|讲)|(?:给|就给|光给)镜头看|别说漏|别露馅|别穿帮|说漏嘴|(?<!好坏)(?<!证据)我不说(?![话谁哪])|(?:你|咱|我)?不说(?:谁|你|没人)|糊弄|蒙(?:混|人|过)|忽悠(?!人的)|应付(?:一下|检查|过去)|唬(?:人|住)|瞒(?:着|过|住)|蒙在鼓里|神不知|心照不宣|人家(?:就|也)信|(?:你|客人)?(?:计较|较真)(?:啥|什么|个)|不计较|谁(?:还)?去(?:交|办|做|较真)|睁一只眼|偷偷|悄悄|偷摸|暗地里"
)
#: Everybody does it, it is cheap, it is good enough: weaker than silence.
EXCUSED = (
    "都(?:是)?(?:这么|这样|这)(?:个)?(?:干|做|弄|写|打|搞|卖|叫|标|发|喊|印|来)|(?:行业|行里|圈里|厂里|同行|大家|市面上|全村|哪家)(?:里)?(?:谁|都|不都|惯例|规矩|潜规则|这么)|(?:省|降|压|控)(?:点|一点|了|下)?(?:钱|成本|料)|成本(?:低|下|一下|能|就|才|省|高|太|压)|"
    "赚(?:不到|得|头|大)|利润|好卖|好出|卖得(?:快|好|上|动|出)|(?:价|价格|价钱)[^,。]{0,4}(?:翻|上去|高一|卖得上|多卖)|(?:就|也就|这就|就算)(?:完了|完事|行了|得了|成了|可以了|是了)|差不多|差不离|没(?:啥|什么|多大)?(?:差别|区别|两样|分别)|一个(?:味|样)|一样(?:的|卖|用|吃|好|看|喝|香|能)?|反正|照(?:样)?(?:卖|用|发|写|贴|印|挂|走|出|吃)|怎么了|(?:就|先)这么(?:卖|用|写|发)|(?:摸着|看着|闻着|吃着|戴着|穿着)[^,。]{1,5}就(?:行|好|成)|又不(?:会|是)|怎么了|爱(?:买|要)|将就|凑合|凑数|撑场面|充门面|好看就行|能(?:卖|用|过)就行|像就行|过得去|混过去|对付"
)
#: How notices of regulators put it.
NOTICE = "当事人|经查|经检|经鉴|经核|经抽|涉案|该(?:店|批|公司|直播间|商家|产品|主播|款|商品)|上述(?:产品|商品)|主播(?:承认|自认|称|自称|宣称|谎称)|执法人员|现场检查|查获|(?:以|用)[^,。]{1,12}名义|对外(?:销售|宣称|宣传)"
#: Told to buyers; other people's doing; refused; a lesson; promised to pay.
TOLD = (
    "跟(?:大家|你们?|家人们?|姐妹们?|各位|宝子们?)(?:都)?(?:说|讲)(?:清|明|一下|过|实话|好)|(?:说|讲|写|标)(?:得|的)?(?:很|都|也)?(?:清楚|清清楚楚|明白|明明白白)|(?:都|有|已经|全)(?:写|标)(?:着|明|了|有|上)|(?<!未)(?<!没)(?<!不)标明|写明|直说|明说|如实|提前(?:说|讲)|介意|别误会|不要误会|别(?:当|拍错|搞错|弄错|看错)|"
    "(?:所以|因此)(?:才|价格|就|这么)?(?:便宜|这个价|卖|只)|才(?:这个|这么|卖这)(?:个)?价|便宜(?:就便宜)?在|价格(?:也|才|就)?(?:便宜|摆|低)|(?:都|也)?在详情页?|详情(?:页|里)|配料表?(?:里|上|第一|写|有)|(?:瑕疵|处理|二手|临期|微瑕)(?:价|专场|清仓|特价|款)|"
    "那是(?:犯法|违法|害)|坐牢|轰出去|我没要|早就?不让|(?:那|都|才|全)是(?:忽悠|糊弄|骗)|不(?:拿|来|想|会|敢|能)[^,]{0,4}(?:忽悠|糊弄|骗)|谁[^,]{1,6}(?:忽悠|糊弄)[你您]|没查到|出处|常识|带节奏|造谣|谣言|抹黑|泼脏水|黑(?:我们|咱)|有人(?:拿|把|卖|用|会|说|问|冒充)|有(?:的|些)(?:商家|小?店|主播|人|厂|卖家|贩子)|别家|别人家|别处|地摊|集市|路边|(?:买到|遇到|碰到|收到)(?:过|的)|人家那|市面上(?:很多|有|好多|那些|的)|外面(?:很多|有的|卖|好多|那些)|(?:很多|好多|不少|某些|那些|其他|无良|不良|黑心|个别)(?:商家|店|主播|人|厂|卖家|贩子|直播间|平台)|隔壁(?!(?:那)?(?:产品|厂|县|村|省|市|镇|大棚|产区))|新闻|报道|曝光|被(?:抓|罚|查|封|判|处罚)|上次(?:在|那)|骗子|骗局|避(?:坑|雷)|"
    "(?:我们|咱|咱们|我|我家|本店|我们家|咱家|咱们家)(?:家|这|这里|这边)?(?:可|从来|从|绝对|坚决|都|也|是)?(?:绝)?(?:不|没)(?:会|能|敢|去)?(?:干|做|卖|搞|弄|玩|碰|用|掺|兑|加|发|收|进|改|放|泡|骗|坑|拿|打(?!出|印|药))(?!了,|过证)|绝(?:对)?(?:不|没)|从来(?:不|没)|从不|坚决(?:不|抵制)|保证(?:不|没|都|是)|不干(?:那|这|的)|不(?:搞|玩|整)(?:这|那)|"
    "教(?:你|大家|一?招|一下)|怎么(?:看|分|认|辨|鉴|区|识|挑|办|维权)|如何|为什么|区别(?:是|在|就)|辨别|分辨真|鉴别|识别|认准|认清|千万(?:别|不)(?:买|信|吃|要|碰|贪|上当|去)|(?<!怕的)(?<!意的)(?<!心的)别(?:买|信|去(?!找|问|查|打听)|贪|上当)|不要(?:买|信|贪)|小心|当心|谨防|警惕|注意(?:看|区分|分辨|了|啊|,)|提醒|投诉|举报|打假|维权|"
    "[赔退]一?(?:赔)?(?:十|三|你|付|全|到底|百|万)|假一|查(?:出来|到)[^,。]{0,5}赔|包(?:赔|退)|我赔|就赔|赔你"
)


#: Sets of signs of which it is kept whether they suffice.
_KEPT = 4_096


_BLANK = re.compile("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


def paused(text: str) -> str:
    """A text in which a blank between stretches of Chinese is a comma; offsets are the same.

    >>> paused("成分是腈纶 摸着软 GB 18401")
    '成分是腈纶,摸着软 GB 18401'
    """
    return _BLANK.sub(",", text)


class Searched(Protocol):
    """What is found in a text as an expression is."""

    @property
    def pattern(self) -> re.Pattern[str]: ...

    def search(self, string: str, /) -> re.Match[str] | None: ...


class Sign(NamedTuple):
    """Something in a text that speaks for an admission."""

    name: str
    pattern: Searched | re.Pattern[str]
    weight: int = 1


class Weighed(NamedTuple):
    """What was found, from the first sign to the last; half-open offsets."""

    start: int
    end: int
    weight: int
    signs: tuple[str, ...]


class Weighing:
    """Signs, how much they must weigh together, and which are indispensable."""

    def __init__(
        self, signs: Sequence[Sign], least: int, needs: Sequence[frozenset[str]], told: str = TOLD,
        reach: int = 90,
    ) -> None:  # fmt: skip
        """
        Args:
            signs: each is counted once.
            least: what they must weigh together.
            needs: sets of signs, one of which must be complete.
            told: what outweighs all signs.
            reach: the most characters from the first sign to the last.
        """
        self.signs = tuple(signs)
        searched = [
            Sought(sign.pattern) if isinstance(sign.pattern, re.Pattern) else sign.pattern
            for sign in signs
        ]
        #: With the bit of its expression.
        self._patterns = [
            (sign, pattern, Sought(pattern.pattern).bit)
            for sign, pattern in zip(signs, searched, strict=True)
        ]
        self.least = least
        self.needs = tuple(needs)
        bits = {sign.name: bit for sign, _, bit in self._patterns}
        #: The same as bits of expressions.
        self._needs = [sum(bits[name] for name in need) for need in needs]
        self._all = sum(set(bits.values()))
        #: Whether signs suffice, by those whose words stand: a few hundred sets of signs come up.
        self._sufficing: dict[int, bool] = {}
        self.told = re.compile(told)
        self.reach = reach

    def weigh(self, text: str) -> Weighed | None:
        """The signs in a folded text, where they suffice; ``None``: they do not, or it is told openly."""
        possible = standing(text) & self._all
        if not self._may_suffice(possible):
            return None
        said = paused(text)
        found: dict[str, re.Match[str]] = {}
        for sign, pattern, bit in self._patterns:
            match = _search(pattern, text, said) if possible & bit else None
            if match is not None:
                found[sign.name] = match
            elif possible & bit:
                possible &= ~bit
                if not self._may_suffice(possible):
                    return None
        if not found or not self._suffice(found) or self.told.search(said) is not None:
            return None
        start = min(match.start() for match in found.values())
        end = max(match.end() for match in found.values())
        if end - start > self.reach:
            return None
        weight = sum(sign.weight for sign in self.signs if sign.name in found)
        return Weighed(start, end, weight, tuple(found))

    def _may_suffice(self, found: int) -> bool:
        """Can signs suffice of which these may stand, as bits of expressions?"""
        known = self._sufficing.get(found)
        if known is None:
            weight = sum(sign.weight for sign, _, bit in self._patterns if found & bit)
            known = weight >= self.least and any(need & found == need for need in self._needs)
            if len(self._sufficing) < _KEPT:
                self._sufficing[found] = known
        return known

    def _suffice(self, found: Mapping[str, re.Match[str]]) -> bool:
        weight = sum(sign.weight for sign in self.signs if sign.name in found)
        return weight >= self.least and any(need <= found.keys() for need in self.needs)


def _search(pattern: Searched | Sought, text: str, said: str) -> re.Match[str] | None:
    """The first match in a text with its pauses, asked only where the text holds its words."""
    if isinstance(pattern, Sought):
        return pattern.pattern.search(said) if pattern.may_match(text) else None
    return pattern.search(said)
