"""`cert-false`: certificates and licence numbers that are malformed, of another class, absent, or only said.

产质法 38 and 53. At most watched: that a number is well formed does not say that it was issued, and
one misread digit explains a wrong check digit.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Exemption
from detectors.events import Category, Product
from detectors.facts.cards.labels import said, shown
from detectors.facts.identity.licences import Kind as NumberKind
from detectors.facts.identity.licences import fault_of, numbers_in
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.forged import contradicted_mark, forged_certificate
from detectors.rules.goods.lacking import certified_without
from detectors.rules.goods.talk import Kind, Pairing, TalkRule, of_others
from detectors.rules.goods.uncertified import without_certificate
from detectors.speech.utterance import Utterance

__all__ = ["CertFalse"]

_MASKED = re.compile(r"[a-z\d][*×x＊●•]{2,20}[a-z\d]{0,20}", re.I)
_WORKSHOP = re.compile("小作坊|坊登字|登记证|进口商|报关")
#: Registrations that a class of goods must have, and those that belong to other classes.
_OWN: dict[Category, NumberKind] = {
    "health_food": "保健食品", "special_cosmetics": "特殊化妆品", "medical_device": "医疗器械", "drug": "药品",
}  # fmt: skip
_OTHERS: dict[Category, frozenset[NumberKind]] = {
    "food": frozenset({"特殊化妆品", "普通化妆品", "医疗器械", "药品"}),
    "infant_food": frozenset({"特殊化妆品", "普通化妆品", "医疗器械", "药品"}),
    "cosmetics": frozenset({"保健食品", "医疗器械", "药品", "SC"}),
    "home": frozenset({"药品", "保健食品"}),
}  # fmt: skip
#: Numbers of disinfectants, which devices and drugs are not.
_DISINFECTANT = re.compile("消证字|卫消|消字号|消备字")
#: Goods of the catalogue of compulsory certification, by what they are called.
_COMPULSORY = re.compile(
    "充电宝|移动电源|充电器|适配器|插座|插排|插线板|电源线|数据线插头|电热水壶|电水壶|电饭[煲锅]|电磁炉|微波炉|电吹风|吹风机|电熨斗|电热毯|取暖器|暖风机|电风扇|空调|冰箱|洗衣机|电视|灯具|台灯|吸顶灯|"
    "儿童玩具|玩具车|电动玩具|毛绒玩具|童车|婴儿车|安全座椅|学步车|摩托车头盔|电动自行车|电动车|锂电池|燃气灶|灭火器|安全玻璃|轮胎|热水器|路由器|手机(?!壳|膜|支架)"
)
_CHECKABLE = re.compile(
    r"(?:编号|证书号|证号|批号|文号|备案号|登记号|审定编号|注册号)(?:是|为|:)?\s{0,8}[a-z0-9\u4e00-\u9fff（(]{0,8}[a-z0-9]{5,12}|[a-z]{0,5}\d{7,12}|铭牌|插头上|背面|瓶身|包装上|标签上|吊牌上|官网(?:可以|能|可)?(?:查|搜|输)|码[^,。!?]{0,3}(?:可以|能|可|都|随便)[^,。!?]{0,2}查|查得到|(?:标志|标识|蓝帽子?|小蓝帽|有机码)[^,。!?]{0,4}(?:在这|在这里|在这儿|在瓶|在盒|在罐|在包装|在背面|印在|给大家看|大家看)|认监委|ccc查询|输进去|扫码(?:能|可以)?查|可查|能查|十七位|扫给|自己查|编号[^,。]{0,6}(?:查|核)|详情页|图[一二三四五六七八九\d]|链接里|报告在|编号(?:在|lb|及)|专用标志(?:在|印|贴)|机构在这"
)
_EIGHT = re.compile(r"(?:就|只有|一共|才|是)?(?P<n>[一二三四五六七八九十\d]{1,12})位(?:数|数字)?")
_PENDING = re.compile(
    "教大家|教你们|教一下|怎么看|没拿到|没有拿到|转换期|转换认证|认准|要看|要认|怎么认|不是保健食品|不是有机|没有有机|不算有机|还在办|正在办|在办|没办下来|办下来之前|申请中|正在申请|批下来再|还没(?:有)?(?:拿到|下来|做|办)|没(?:有)?(?:做|办|申请)[^,。!?]{0,6}认证|没有(?:做)?认证|舍不得花|没花那个钱|不宣传|不能说|不敢说"
)
#: Authorities at home and abroad that certify no such goods.
_AUTHORITY = re.compile(
    "(?:国家|国务院|美国|欧盟|欧洲|日本|德国|瑞士|英国|韩国|法国|澳洲|国际|世界|全球|联合国|军方|中科院|科学院|权威)[^,。!?]{0,9}(?:认证|批准|认可|认定|背书|授牌|盖章)(?!标准)"
)
#: A mark stuck on, a certificate bought or of another lot.
_STUCK_ON = re.compile(
    "贴(?:上|个|张|一个|一张)[^,。!?]{0,4}(?:有机|绿色食品|3c|蓝帽|认证|地理标志|地标)[^,。!?]{0,3}(?:标|贴|好卖)|"
    "(?:证书?|报告|认证)[^,。!?]{0,9}(?:花[^,。!?]{0,4}(?:买|办)|凑合|别的批次|别家|去年的|上一批)|(?:有机|绿色|认证)[^。!?]{0,8}没(?:有)?证[^。!?]{0,4}(?:但|照样|一样)"
)
#: Certified by whom, or for what, nobody can look up.
_OTHER_SCHEME = re.compile(
    r"(?<!实名)(?:莱茵|sgs|cqc|iso\d{0,12}|haccp|清真|环保|母婴|婴儿|孕妇|医用|食品级|富硒|零添加|非转基因|无公害|地理标志|原产地|抗菌|除螨|国货|品质|质量|安全)[^,。!?]{0,3}认证"
    "(?!标准|标识|码|码|机构|人员|证书编号|还|没|在办|的钱|的话|要)"
)
_STATE_SCHEMES = re.compile(
    "强制|3c|ccc|认监委|cnas|cma|有机产品|绿色食品|地理标志|质检|检测|鉴定|授权"
)
_BOASTED = re.compile("国家给|国家发|国家颁|政府给|政府发|谁都比不了|级别最高|独一份|吃一颗|闭眼")
#: How a number begins, where it stands, what comes behind it.
_SHOWN_WHERE = re.compile("[开打]头|后面|在(?:瓶|盒|背|包|罐)|印在|spf|批文|背面|按")
_NO_CLAIM = re.compile(
    "标撤|p的[开打]头|没下来[^。!?]{0,6}不(?:说|[打达]标|写|标|能叫)|没意义|不是产品认证|没送检所以没|打电话来|不得(?:出厂|销售)|封皮|位置说明|别当保健|没(?:有|做|做过|办)?(?:过)?(?:什么|任何)[^,。!?]{0,6}认证|未做[^,。!?]{0,4}认证|补办|认证认可|认监委|到期(?:我们|了)?(?:会|就|再)?续|实名认证|平台认证|身份认证|蓝v|官方认证账号|认证一下|认证账号|店铺认证|粉丝|人脸|认证过的眼光|刷个|有机会|有机玻璃|有机硅|3c数码|数码配件|资质审核"
)
_ORGANIC = re.compile("有机(?!转换|会|玻璃|硅|物|肥|质|酸|化|溶剂|磷)")
#: What is said needs a number of this item on the card.
_SPOKEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("国妆特字|特证|特殊化妆品"), "批准文号"),
    (re.compile("蓝帽|国食健|保健食品批文|健字号"), "批准文号"),
    (re.compile("械字号|医疗器械注册|械注准"), "批准文号"),
    (_ORGANIC, "有机码"),
    (re.compile("3c|ccc"), "3C"),
    (re.compile("(?<![a-z])sc(?![a-z])|食品生产许可"), "生产许可证"),
)


#: A fault of a card: how the pack names it in the reasons of its levels, and the words for it.
Fault = tuple[str, str]


def _is_chance(text: str, hit: Hit) -> bool:
    """Is it other words that only sound like it (“UPF五十加 检测报告”, “证号PD”)?"""
    if hit.form == "plain":
        return False
    return (hit.term.startswith("假") and text.startswith("加", hit.start)) or hit.term == "p的"


@rule
class CertFalse(TalkRule):
    id = "cert-false"
    by_product = True
    heard = 3
    strong: ClassVar[frozenset[str]] = frozenset(
        {"cert", "paper", "forged", "vague", "scheme", "number", "sign"}
    )
    kinds: ClassVar[dict[str, Kind]] = {
        "forged": Kind("认证、证号与表示冒用、借用、编造或未取得的词语同见，所指须核实"),
        "borrowed": Kind("认证、证号与表示冒用、借用、编造或未取得的词语同见，所指须核实"),
        "without": Kind("认证、报告与表示没有、未做或任意出具的词语同见，所指须核实", negated=True),
        "vague": Kind("称有认证而说不出编号、机构，无从核对"),
        "named": Kind("称有该项认证，未给出证书编号，且商品卡未见编号"),
    }
    pairings: ClassVar[tuple[Pairing, ...]] = (
        Pairing("cert", "fake", "borrowed", after=13, before=7, marks=1),
        Pairing("scheme", "certified", "named", after=6, before=4, marks=0),
    )

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        return utterance.field in ("text", "title")

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        if _NO_CLAIM.search(reading.text):
            return []
        claims = super().find(ctx, reading)
        claims += self._stated(reading)
        other = _OTHER_SCHEME.search(reading.text)
        if not claims and other is not None:
            hit = Hit("vague.其他认证", other.group(), other.start(), other.end())
            claims += self.framed(ctx, reading, "vague", hit)
        stuck = _STUCK_ON.search(reading.text)
        if not claims and stuck is not None:
            hit = Hit("forged.贴标", stuck.group(), stuck.start(), stuck.end())
            claims += self.framed(ctx, reading, "forged", hit)
        without = certified_without(reading.text) if not claims else None
        if without is not None:
            hit = Hit("without.无证而称", reading.text[slice(*without)], *without)
            claims += self.framed(ctx, reading, "without", hit)
        place = forged_certificate(reading.text) if not claims else None
        if place is None and reading.utterance.speaker == "card":
            place = contradicted_mark(reading.text)
        if place is not None:
            claims.append(self._made(reading, *place))
        match = _AUTHORITY.search(reading.text)
        if not claims and match is not None and not _STATE_SCHEMES.search(match.group()):
            hit = Hit("vague.权威认证", match.group(), match.start(), match.end())
            claims += self.framed(ctx, reading, "vague", hit)
        claims += self._on_card(ctx, reading)
        return [
            *claims,
            *self.weighed(reading, "borrowed", "证书", without_certificate(reading.text)),
        ]

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        sku = reading.utterance.sku
        group = claim.hits[0].group.partition(".")[0]
        card = ctx.room.cards.get(sku or "")
        if group in ("vague", "scheme"):
            checkable = _CHECKABLE.search(reading.text)
            on_card = (
                any(said(card, item) for item in ("批准文号", "有机码", "3C")) if card else False
            )
            pending = _PENDING.search(reading.text)
            why = (
                checkable.group()
                if checkable
                else "商品卡有编号"
                if on_card
                else pending.group()
                if pending
                else None
            )
            claim.exemptions.append(
                Exemption(
                    clause="编号可核对或未作宣称", met=why is not None,
                    why=f"见“{why}”" if why else "同句未见编号、机构",
                )
            )  # fmt: skip
        partly = card is not None and bool(card.attributes)
        marked = claim.hits[0].term in ("3c", "ccc")
        if group == "scheme" and reading.utterance.speaker != "card" and (partly or marked):
            # Which certificate the goods have is not on the card: unknown, not absent.
            blue_hat = claim.hits[0].term.startswith("蓝帽")
            if not (blue_hat and ctx.room.category(sku) == "food") and not _BOASTED.search(
                reading.text
            ):
                ctx.decline("number-unknown", sku or "")
                return None
        if any(_is_chance(reading.text, hit) for hit in claim.hits):
            return None
        claim.missing.append("认证证书编号与发证机构（全国认证认可信息公共服务平台核对）")
        return claim

    def _made(self, reading: Reading, start: int, end: int) -> Claim:
        words = reading.text[start:end]
        return Claim(
            concept="证书",
            hits=[Hit("forged.证书", words, start, end)],
            level="watch",
            says=f"“{words}”，{self.kinds['forged'].says}",
            exemptions=[of_others(None)],
            missing=["认证证书编号与发证机构（全国认证认可信息公共服务平台核对）"],
            ungated=True,
            asks=False,
            admits=True,
            own=True,
        )

    def _stated(self, reading: Reading) -> list[Claim]:
        """Numbers as spoken: too short, or said to be."""
        claims = []
        text = reading.text
        for hit in reading.kind("number"):
            after = text[hit.end : hit.end + 16]
            digits = re.sub(r"[^0-9一二三四五六七八九〇零]", "", re.split("[,。!?;、]", after)[0])
            if _SHOWN_WHERE.search(after):
                continue  # only how it begins, or where it stands
            told = _EIGHT.search(after)
            short = 1 <= len(digits) < 8 and hit.term.startswith(
                ("国食健", "国妆特", "食健备", "国药准")
            )
            if told is not None and "3c" in hit.term and told["n"] not in ("十六", "16"):
                short = True
            if short:
                claims.append(
                    Claim(
                        concept="证号", hits=[hit], level="watch",
                        says=f"所说的“{hit.term}”编号位数不对",
                        missing=["证书原件与编号"], asks=False,
                    )
                )  # fmt: skip
        return claims

    def _on_card(self, ctx: Context, reading: Reading) -> list[Claim]:
        """A certificate that is claimed of goods on whose card it was observed to be absent."""
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if card is None or not card.attributes or reading.utterance.speaker == "card":
            return []
        if _PENDING.search(reading.text):
            return []
        claims = []
        for hit in reading.kind("cert", "scheme", "number"):
            for pattern, item in _SPOKEN:
                if pattern.search(hit.term) and shown(card, item) == "":
                    claims.append(
                        Claim(
                            concept=item, hits=[hit], level="watch", because=["absent"],
                            says=f"所称“{hit.term}”，而商品卡上{item}观察到未标注",
                            missing=["证书编号与发证机构"],
                        )
                    )  # fmt: skip
                    break
        return claims

    # What the card shows ------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.attributes:
            return
        found = _faults(card)
        if not found:
            words = " ".join(card.attributes.values())
            if _MASKED.search(words):
                ctx.decline("exempt", event.sku, "抄录、识别错误：编号有遮挡，不作判断")
            elif _WORKSHOP.search(words):
                ctx.decline("exempt", event.sku, "小作坊登记、进口食品：写有登记、进口的编号")
            return
        faults = [words for _, words in found]
        kinds = {kind for kind, _ in found}
        ctx.raise_alert(
            Finding(
                subject=card.sku,
                subject_title=ctx.room.title_of(card.sku),
                level="watch",
                because=["several"] if len(kinds) > 1 else [*kinds],
                reason=f"商品卡：{'；'.join(faults)}。",
                trigger=[card],
                hit="card:" + "|".join(faults),
                numbers={"faults": len(faults)},
                exemptions=[
                    Exemption(
                        clause="抄录、识别错误", met=None, why="无法排除，故只关注，待核对实物"
                    ),
                    Exemption(
                        clause="小作坊登记、进口食品", met=False, why="未见小作坊登记或进口的说明"
                    ),
                ],
                missing=["实物标识与证书（发证机关或全国认证认可信息公共服务平台核对）"],
            )
        )


def _faults(card: Product) -> list[Fault]:
    """What is wrong with the numbers of a card."""
    found: list[Fault] = []
    category = card.category
    for item in ("生产许可证", "批准文号", "3C", "有机码"):
        value = said(card, item)
        if not value:
            continue
        if item == "3C":
            digits = re.sub(r"\D", "", value)
            if digits and (fault := fault_of("3C", re.sub(r"[^0-9a-zA-Z]", "", value))) is not None:
                found.append(("format", f"3C 编号“{value}”{fault.why}（证书编号应为 16 位数字）"))
            continue
        if item == "有机码":
            digits = re.sub(r"\D", "", value)
            if len(digits) >= 6 and fault_of("有机码", value.replace(" ", "")) is not None:
                found.append(("format", f"有机码“{value}”应为 17 位数字"))
            continue
        found += _registered(item, value, category)
    return found + [("absent", words) for words in _absent(card)]


def _registered(item: str, value: str, category: Category | None) -> list[Fault]:
    found: list[Fault] = []
    if category in ("medical_device", "drug") and _DISINFECTANT.search(value):
        goods = "医疗器械" if category == "medical_device" else "药品"
        found.append(("class", f"“{value}”是消毒产品的编号，不是{goods}的"))
    for number in numbers_in(value):
        own = _OWN.get(category) if category else None
        wrong_class = number.kind in _OTHERS.get(category, frozenset()) if category else False
        if (
            item == "批准文号"
            and own is not None
            and number.kind != own
            and number.kind not in ("SC", "JY", "YB")
        ):
            wrong_class = True
        if wrong_class:
            found.append(("class", f"{number.name}“{value}”与商品类别不符"))
            continue
        fault = fault_of(number.kind, number.text)
        if fault is not None:
            found.append(("format", f"{number.name}“{value}”{fault.why}"))
    if (
        item == "生产许可证"
        and not found
        and re.match(r"sc[\s:：]{0,20}[a-z0-9]{1,40}$", fold(value).text)
    ):
        plain = re.sub(r"[\s:：-]", "", fold(value).text)
        fault = fault_of("SC", plain)
        if fault is not None:
            found.append(("format", f"食品生产许可证编号“{value}”{fault.why}"))
    return list(dict.fromkeys(found))


def _absent(card: Product) -> list[str]:
    found = []
    title = fold(card.title or "").text
    if (
        card.category in ("health_food", "special_cosmetics", "medical_device", "drug")
        and shown(card, "批准文号") == ""
    ):
        found.append("该类商品须有的批准（注册）文号观察到未标注")
    if shown(card, "3C") == "" and _COMPULSORY.search(title):
        found.append("列入强制性产品认证目录的商品，3C 认证观察到未标注")
    if _ORGANIC.search(title) and shown(card, "有机码") == "":
        found.append("标题称有机，有机认证观察到未标注")
    return found
