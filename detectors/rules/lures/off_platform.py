"""`off-platform-lure`: viewers are led to WeChat, a group, another shop, to trade out of sight.

No offence by itself: `info`. It raises what is suspected of food, counterfeits and recruiting in
the same broadcast (`raises` in the pack). What stays on the platform (fan groups, its own
messages to customer service), and what is no invitation (paying by WeChat), is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.lures.outside import lure, may_lure

__all__ = ["OffPlatformLure"]

#: WeChat as a means of paying, reading, counting steps.
_OTHER_USE = re.compile(
    "^(?:支付|扫一扫|扫码付|扫码支付|读书|步数|运动|钱包|零钱|红包封面|游戏|输入法|表情|头条|公开课|视频号里看过|朋友圈里看|封面|登录|截图软件|付款|是(?:我们)?公司|办公)"
)
#: Groups and numbers of something else.
_OTHER_GROUP = re.compile(
    "^(?:里面?的?(?:羊|鸭|鹅)|青|众|体|英|岛|山|像|演|口|架|主任|居|聊天?里(?:我妈|家人)|摆|装|租|舞|殴|雄|策)"
)
#: “增加”, “参加”: another word. “添加” is the same.
_ADDED = ("参", "叠", "增", "追", "更")
#: A message or call that is about a deal, and about no order that was placed.
_DEAL = re.compile(
    "单独|[价钱货](?!不|架|号)|便宜|批发|详谈|私下|谈|给你们?发(?!货)|领|订(?!单)|加你|挨个|不经|拿(?!到|着)|要的|想要|想买|优惠|回过去"
)
_AFTER_SALE = re.compile(
    "订单|差价|售后|有问题|退货|换货|退款|漏发|少发|没收到|物流|快递|地址|下车|到了|接你|备注|不吃|尺码不"
)
#: An account written out: “vx:abc12345”.
_ACCOUNT = re.compile("(?:微信|薇信|威信|vx|wx|v信|薇|qq|扣扣)[^,。!?]{0,3}[a-z0-9_\\-]{5,12}")
_PLAIN_CONTACT = re.compile("那个号|这个号|那串|一串|联系方式|电话|微信|二维码|加上|加我")
#: 微 as “slight”, “micro”.
_SLIGHT = re.compile("[子摆撑装长边晶量米波型电软辣甜糖风笑妙弱胶观孔凉火调商博创]")
_TRADE = re.compile(
    "单独(?:链接|价|做|发|给|报|聊)|便宜|底价|优惠|半价|价格|报价|看货|看实物|实物图|拿货|下单|买|拍|付|转账|定金|详谈|私聊|一对一|指导|领(?!导)|送|福利|备注|好东西|现货|货源|老客|老顾客|老板"
)
#: “加维D” sounds like “加薇”.
_VITAMIN = re.compile("维(?:生素|他命|[A-Ka-k])")
_PROOF = ["站外交易的内容、金额（聊天记录、转账记录）"]


@rule
class OffPlatformLure(ComposedRule):
    id = "off-platform-lure"
    likeness_level: ClassVar[Level] = "info"
    strong: ClassVar[frozenset[str]] = frozenset(
        {"add", "club", "ask", "message", "contact", "group", "elsewhere", "outside", "place"}
    )
    makes: ClassVar[Sequence[Make]] = (
        Make("加联系方式", "，引导添加平台以外的联系方式", ("add",), level="info"),
        Make(
            "加联系方式", "，引导私下联系、议价", ("message",), where=_DEAL, unless=_AFTER_SALE, level="info",
        ),
        Make(
            "加联系方式", "，引导添加平台以外的联系方式", ("contact",), ("act",),
            after=6, before=8, marks=1, level="info",
        ),
        Make("加联系方式", "，报出平台以外的账号", ("contact",), where=_ACCOUNT, level="info"),
        Make("加联系方式", "，引导添加工作人员", ("ask",), ("helper",), after=5, level="info"),
        Make("进群", "，引导加入平台以外的群", ("club",), level="info"),
        Make("进群", "，引导加入平台以外的群", ("group",), ("join",), after=14, before=6, marks=1, level="info"),
        Make("站外购买", "，引导到其他平台、店铺购买", ("elsewhere",), ("buy",), after=12, before=8, marks=1, level="info"),
        Make("场外交易", "，引导离开平台交易", ("outside",), level="info"),
        Make("暗示号码", "，以头像、签名、画面暗示联系方式", ("place",), ("number",), after=12, before=4, marks=2, level="info"),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "平台内的群、客服",
            re.compile("粉丝团|灯牌|粉丝群|店铺(?:群|客服)|平台(?:客服|私信|里面?聊)|小黄车|购物车|橱窗"),
            "话里说到平台内的功能",
            "同句未见平台内的粉丝团、客服",
            "clause",
        ),
        Ground(
            "拒绝、提醒",
            re.compile(
                "(?:别|勿|谢绝|拒绝|从不|从来不|一律不|不(?!上|让|是))(?:要|能|会|可以|搞|做|随便|轻易|乱|私自|接受|支持|用)?(?:再)?(?:加(?!快|急)|走(?!平台|这|小黄车|链接|购物车|订单|系统|软件|网上|店铺)|私下|进群|拉群|扫(?!描)|转账|信(?![息号])|去)|"
                "走不了|骗子|冒充|诈骗|被骗|不受保护|没(?:有)?保障|没人管|(?:我|会|就|直接|房管)(?:会|就|给)?禁言|不是我们的?(?:号|人)|都在平台|平台完成|谨防|当心|小心(?!思)|举报"
            ),
            "是拒绝或提醒",
            "同句未见拒绝、提醒",
        ),
        Ground(
            "售后、物流联络",
            re.compile("售后|物流|快递|收货前|厂家热线|服务热线|客服热线|四百开头|400|维修|保修|报修|安装师傅"),
            "是售后、物流的联络方式",
            "同句未见售后、物流的联络",
            "clause",
        ),
        Ground(
            "生活闲谈",
            re.compile("产品(?:的)?(?:二维码|说明)|(?:包装|箱子|瓶身|盒子|说明书)上的?二维码|安装视频|使用视频|教程|教学视频|产地|商标|吊牌|防伪|溯源|真伪|检测报告|电话手表|智能手表|儿童手表|手机功能|家族群|业主群|家长群|班级群|同学群|工作群|我妈|我爸|我老公|我孩子|我闺女|朋友圈里?(?:大家|都在|刷到|都晒)|(?:大家|人家|别人)的?朋友圈"),
            "话里说到生活、商品功能",
            "同句未见生活闲谈、商品功能的说法",
        ),
    )  # fmt: skip

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._strong_groups |= {"way"}

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return super().may_claim(text, hits) or may_lure(text)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        if not claims:
            return self._worded(reading)
        if all(any(one.met for one in claim.exemptions) for claim in claims):
            # A group of the platform's own is named, and the money goes past it all the same.
            return [one for one in self._worded(reading) if one.concept == "场外交易"] or claims
        return claims

    def _worded(self, reading: Reading) -> list[Claim]:
        """A way off the platform, by the parts of what is said."""
        found = lure(reading.text)
        if found is None or any(_is_initials(hit) for hit in reading.hits):
            return []
        if _VITAMIN.search(reading.utterance.original):
            return []
        return [
            Claim(
                concept=found.kind,
                hits=[Hit("way", reading.text[found.start : found.end], found.start, found.end)],
                level="info",
                says=found.says,
                # To pay elsewhere is no function of the platform, whatever group is named beside it.
                exemptions=[
                    ground.considered(reading, found.start)
                    for ground in self.grounds[found.kind == "场外交易" :]
                ],
                missing=_PROOF,
                ungated=found.kind == "场外交易",
            )
        ]

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        first, last = min(hits, key=lambda hit: hit.start), max(hits, key=lambda hit: hit.end)
        after = reading.text[last.end :]
        named = hits[0]
        if _is_initials(named) or _VITAMIN.search(reading.utterance.original):
            return None
        if _OTHER_USE.match(reading.text[named.end :]) or (
            make.concept == "进群" and _OTHER_GROUP.match(reading.text[named.end :])
        ):
            ctx.decline("everyday")
            return None
        if named.term.endswith(("微", "裙")) and _SLIGHT.match(after):
            return None
        if named.term[0] == "加" and reading.text[: first.start].endswith(_ADDED):
            return None
        if (
            make.first == ("place",)
            and not _PLAIN_CONTACT.search(hits[1].term)
            and not (
                _TRADE.search(reading.text)
                or re.search("懂|加上|加我|自己看|记一下|那串|一串", reading.text + after)
            )
        ):
            ctx.decline("everyday")
            return None
        return make.level

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return _PROOF


def _is_initials(hit: Hit) -> bool:
    """“LV” is no “留v”."""
    return hit.form == "initial" and len(hit.term) <= 2
