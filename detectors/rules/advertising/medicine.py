"""`drug-device-ad`: what advertisements for drugs, devices and medical services may not say.

广告法 15 (prescription drugs), 16(1): assertions of effect and safety (1), rates of cure (2),
comparison with other drugs and devices (3), recommenders (4). For goods of any other class the
same words belong to `medical-claim`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.events import Category
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.advertising.medicine_ways import (
    COMPARED,
    CURED,
    HARMLESS,
    LASTING,
    RECOVERING,
    RENOWNED,
    WITNESSED,
)
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading

__all__ = ["DrugDeviceAd"]

_CLASSES: frozenset[Category] = frozenset({"drug", "medical_device"})
#: What says by itself that it is a drug, a device, a treatment.
_MEDICINE = re.compile(
    "国药准字|处方|药品|医疗广告|医疗器械|医疗器械|械准|械备|理疗仪|治疗仪|治疗器|血糖仪|血压计|助听器|制氧机|雾化器|膏药|贴膏|(?:这|个|款|盒|中成|西|国|老)药(?!店|材|食)|药片|药丸|药膏|药酒|药水|眼药|滴眼|"
    "胶囊药|阿莫西林|头孢|布洛芬|伟哥|西地那非|司美格鲁肽|奥司他韦|甲硝唑|左氧|阿奇霉素|安眠药|二甲双胍|玻尿酸针|肉毒"
)
_TREATMENT = re.compile(
    "埋线|穴位|艾灸|拔罐|刮痧|小针刀|贴敷|牵引|透析|输液|微创|血疗|干细胞|臭氧|灌肠|拔牙|补牙|人流|包皮|痔疮|眼科|牙科|口腔科|减重门诊|祛斑针|美白针|瘦脸针|牙套|矫正|正畸|牙齿|中医馆|医馆|不孕|双眼皮|植发|祛痣|点痣|激光|手术|诊所|门诊|(?:我们|本|这家|咱们?)(?:医院|院|科室)|种植牙|种牙|整形|医美|打一针|打针|水光针|热玛吉|疫苗|植发|近视(?:手术|激光)|康复|理疗|针灸|推拿|正骨|体检|试管|治疗"
)
_PERCENT = re.compile(
    r"\d{1,12}(?:\.\d{1,12})?%|百分之|百分百|[九8-9]成|十个(?:人)?(?:里)?(?:有)?[八九]个|高达|极高|很高|超高"
)
_ILLNESS = re.compile(
    "病|炎|[^品]症|[疼痛]|癌|瘤|癣|脚气|近视|失眠|便秘|痔|血压|血糖|血脂|尿酸|感冒|咳|鼻|湿疹|结石|结节|风湿|脱发|阳痿|早泄|不孕|骨质|颈椎|腰椎|关节"
)
#: An advertisement to those who may prescribe, and the refusal to sell without them.
_PROFESSIONAL = re.compile(
    "凭(?:医生|医院|医师)?(?:的)?处方(?!也|都)|非处方|(?<!都得)(?:去|到)(?:正规)?医院(?!排队)|不卖|不能卖|卖不了|没有卖|不销售|医嘱|问医生|看医生|(?:别|不能|不要|忌)(?:碰|喝|沾)?酒|专业人士|需要处方|(?<!不)要处方(?!的话|我们|也|都|不要紧|没关系)|处方才|开了处方|说明书|药师|线下药店"
)
#: A result, and how soon: “照半个月，前列腺炎就没了”.
_SOON = re.compile(
    r"(?:[\d一二两三四五六七八九十半几]{1,12})(?:多)?(?:分钟|小时|天|周|礼拜|星期|个?月|个?疗程|次|贴|盒|支|瓶|针|年)|第二天|早上就|一晚|一夜|一觉|当天|当晚|立马|马上|立刻|瞬间|一贴|一抹|一喷|一针"
)
_DOSAGE = re.compile(
    "快递|发货|到货|保质|效期|有效期|一日|每日|一次[一两二三\\d]{1,12}[片粒袋丸]|饭后|质保|退换|七天无理由|如果|若|仍未|不能|别停药|不要停药|没有(?:好转|改善)"
)
_STANDARD = re.compile(r"过滤效率|yy/?t?\s{0,8}\d|gb/?t?\s{0,8}\d|测量误差|精度|准确度")


@rule
class DrugDeviceAd(ComposedRule):
    id = "drug-device-ad"
    makes: ClassVar[Sequence[Make]] = (
        Make("处方药", "，向公众推销处方药", ("rx",), ("sell",), after=14, before=10, marks=2, unless=_PROFESSIONAL, ungated=True),
        Make("处方药", "，向公众推销处方药", ("scheduled",), ungated=True),
        Make("治愈率", "，说明治愈率、有效率", ("rate",), where=_PERCENT, unless=_STANDARD),
        Make("功效断言", "，对功效作断言、保证", ("effect",)),
        Make("安全断言", "，对安全性作断言、保证", ("safe",), ungated=True),
        Make("功效断言", "，以无效退款保证功效", ("refund",), ungated=True),
        Make("功效断言", "，以无效退款保证功效", ("fail",), ("refundable",), after=6, ungated=True),
        Make("功效断言", "，对功效作断言、保证", ("bye", "beats",), where=_ILLNESS),
        Make("比较", "，与其他药品、器械、疗法比较功效、安全性", ("beats",)),
        Make("功效断言", "，对功效及见效时间作断言", ("well",), where=_SOON, unless=_DOSAGE, level="watch"),
        Make("处方药", "，向公众推销处方药", ("rx",), level="watch", unless=_PROFESSIONAL, ungated=True),
        Make("比较", "，与其他药品、器械、疗法比较功效、安全性", ("versus",), ("better",), after=10, marks=0),
        Make("比较", "，与其他药品、器械、疗法比较功效、安全性", ("versus", "soon"), where=COMPARED, whole=True),
        Make("比较", "，称可以代替其他药品、治疗", ("instead",), ungated=True),
        Make("荐证", "，利用专家、医生、患者等的名义推荐、证明", ("adviser",), ("vouch",), after=12, before=8, marks=1),
        Make("功效断言", "，对功效作断言、保证", ("ailment",), where=CURED, unless=_DOSAGE, whole=True),
        Make("安全断言", "，对安全性作断言、保证", ("ailment", "harmless"), where=HARMLESS, ungated=True, whole=True),
        Make("功效断言", "，对功效作断言、保证", ("lasting",), where=LASTING, whole=True),
        Make("功效断言", "，对功效及见效时间作断言", ("ailment", "lasting", "soon"), where=RECOVERING, unless=_DOSAGE,
             level="watch", whole=True),
        Make("荐证", "，以众多医院、患者或秘方，或以无害作断言、保证", ("ailment", "witness", "harmless", "soon"), where=RENOWNED,
             ungated=True, whole=True),
        Make("荐证", "，利用专家、医生、患者等的名义推荐、证明", ("ailment", "witness"), where=WITNESSED, whole=True),
        Make("荐证", "，以本人、亲友的疗效作证明", ("tested", "adviser"), ("well",), after=22, before=4, marks=3),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "法定提示、用法",
            re.compile(
                "(?<!还)(?<!还要)(?<!还用)(?<!不用)(?:请|要|先|应)?(?:仔细)?(?:按|阅读|看|遵)(?:一下)?(?:药品|产品)?(?:说明书|医嘱)|(?:别|不要|不能|不可)(?:自己|擅自)?停药|药师|医务人员|医生指导|问医生|看医生|就医|凭处方|(?<!没有)(?<!无)(?<!没)(?<!任何)(?<!啥)(?<!啥子)禁忌(?!都?没|也没)|慎用|禁用"
            ),
            "说的是法定提示、用法",
            "不是法定提示或用法说明",
            "clause",
        ),
        Ground(
            "有保留的表述",
            re.compile(
                "不能?保证|体质不同|因人而异|只是缓解|只能缓解|辅助|不能(?:治|根|代替)|(?<!没有)(?<!就没)治不了|不敢说|不承诺|(?:不能?|不会|没法|不敢|不便)(?:给|向|跟|替)?(?:你|您|大家|你们)?(?:们)?推荐"
            ),
            "留有余地",
            "没有保留、限定",
        ),
        Ground(
            "与注册证一致",
            re.compile("注册证(?:一致|号|上)|适用范围|说明书(?:上)?(?:写|标|载)|适应症|功能主治"),
            "说明与注册、说明书载明的内容一致",
            "未说明与注册证、说明书一致",
        ),
        Ground(
            "提醒防骗",
            re.compile(
                "^(?!.*(?:私信|加我|微信|暗号|主页|头像)).*(?:处方药(?:我们?|咱们?)?(?:不(?:播|卖|上)|不能在)|是处方药(?:的)?,? ?(?:得|要|须)(?:听|医生|去|凭)|没有也不能说|带方子|拿处方去)|没有代言人|化验出来|(?:别|不要)打那个电话|被骗|(?:药品)?广告不得|没有不带|没接|别买|不要买|别信|别上当|不要信|骗子|骗人|忽悠|一律别|不会这么(?:说|宣传)|假药|辟谣"
            ),
            "提醒防骗",
            "不是提醒防骗",
        ),
        Ground(
            "售后、物流",
            re.compile("质保|保修|运费|包装破损|快递|发票|正品|效期"),
            "说的是售后、物流",
            "不是售后、物流",
            "clause",
        ),
    )

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        for claim in claims:
            if claim.concept == "处方药":
                # No mitigating word makes a public advertisement of it lawful.
                end = reading.scope.sentence(claim.start)[1]
                claim.hits += [hit for hit in reading.kind("sell") if claim.end <= hit.start < end]
                claim.law = ["广告法/处方药", "广告法/药械医疗", "广告法/广告审查"]
        return claims

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        level = self._level(ctx, reading)
        if level is None:
            ctx.decline("other-class")
            return None
        return "watch" if "watch" in (level, make.level) else level

    def _level(self, ctx: Context, reading: Reading) -> Level | None:
        sku = reading.utterance.sku
        category = ctx.room.category(sku)
        if category in _CLASSES:
            return "lead"
        card = ctx.room.cards.get(sku) if sku else None
        words = f"{card.title or ''} {reading.text}" if card is not None else reading.text
        if category in (None, "service", "other") and _MEDICINE.search(words):
            return "watch"
        if category == "service" and _TREATMENT.search(words):
            return "lead"
        return None

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        missing = ["广告审查批准文号（广告法 46）", "说明书、注册证载明的适应症、适用范围"]
        if ctx.room.category(reading.utterance.sku) is None:
            missing.append("商品类别（是否药品、医疗器械）")
        return missing
