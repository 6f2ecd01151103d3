"""What a product's label says, as far as its card shows it: said, observed to be absent, or unknown.

A card is not the label itself: a name that is not on the card is unknown. Absent is only what was
observed as empty (`""`, “无”), is named in `absent`, or belongs to a card observed without any
attributes (`{}`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from detectors.events import Product

__all__ = ["NAMES", "absent_items", "said", "shown"]

#: Names under which shops show an item of the label, the usual one first.
NAMES: dict[str, tuple[str, ...]] = {
    "名称": ("品名", "名称", "产品名称", "食品名称", "商品名称"),
    "厂名": ("厂名", "生产厂家", "生产企业", "生产企业名称", "制造商", "生产商", "厂家", "生产者",
           "生产者名称", "厂家名称", "生产厂商"),
    "厂址": ("厂址", "生产地址", "厂家地址", "生产者地址", "生产企业地址", "生产厂址", "工厂地址"),
    "联系方式": ("联系方式", "厂家联系方式", "厂家电话", "生产者联系方式", "服务电话"),
    "执行标准": ("执行标准", "产品标准代号", "产品标准号", "标准号", "执行标准号", "产品执行标准", "产品标准"),
    "合格证": ("合格证", "检验合格证", "合格证明", "质量检验合格证明", "产品合格证", "检验合格证明"),
    "生产许可证": ("生产许可证", "生产许可证编号", "生产许可证号", "食品生产许可证", "食品生产许可证编号",
              "许可证编号", "SC", "SC编号", "SC证号", "食品生产许可证号"),
    "生产日期": ("生产日期", "制造日期", "出厂日期", "包装日期"),
    "保质期": ("保质期", "保质期限", "有效期", "质保期", "保质日期", "赏味期限"),
    "到期日": ("到期日", "保质期至", "有效期至", "失效日期", "限期使用日期", "到期日期"),
    "配料": ("配料", "配料表", "成分", "配料成分", "成分表", "原料", "成分或配料表"),
    "贮存条件": ("贮存条件", "储存条件", "保存条件", "存储条件", "贮藏方法", "储藏方法", "贮存方法", "储存方法"),
    "净含量": ("净含量", "净重", "净含量规格", "单件净含量", "重量", "净含量/规格"),
    "规格": ("规格", "包装规格"),
    "产地": ("产地", "原产地", "原产国", "产地/原产国", "生产产地", "原产国/地区", "商品产地"),
    "材质": ("材质", "面料", "材质成分", "面料成分", "成分含量", "主要材质", "面料材质", "材料", "填充物",
           "鞋面材质", "内胆材质", "材质含量", "里料", "填充材料"),
    "批准文号": ("批准文号", "批文", "注册号", "保健食品批准文号", "保健食品注册号", "备案号", "注册证号", "注册备案号",
             "医疗器械注册证号", "医疗器械注册证", "化妆品注册证号", "特殊化妆品注册证号", "蓝帽子"),
    "3C": ("3C", "3C证书", "3C证书编号", "CCC", "CCC认证", "CCC证书编号", "3C认证", "3C编号", "强制性产品认证"),
    "有机码": ("有机码", "有机产品认证码", "有机认证", "有机认证证书", "有机产品认证证书", "有机证书编号"),
    "添加剂": ("食品添加剂", "添加剂"),
    "等级": ("等级", "质量等级", "产品等级", "品级"),
    "安全类别": ("安全类别", "安全技术类别", "安全等级", "安全技术要求"),
}  # fmt: skip
#: Values that say that there is none.
_NONE = re.compile(r"[\s/\\—–\-－无]*|没有|暂无|空|未标注|未标|无标注|未提供|none|n/?a|null", re.I)
#: Values that send the reader elsewhere and tell nothing.
_ELSEWHERE = re.compile(
    "见(?!证)|详见|参见|以实物|以收到|实物为准|咨询客服|联系客服|打印在|喷码|近期|新日期|最新日期|随机|不定|以包装|标于|另行|参考"
)


def shown(card: Product | None, item: str) -> str | None:
    """What a card shows of an item: its value, `""` observed to be absent, ``None`` unknown.

    “见喷码” and the like say nothing, so that the item stays unknown.
    """
    if card is None:
        return None
    names = NAMES.get(item, (item,))
    if card.attributes is not None:
        if not card.attributes:
            return ""
        absent = False
        for name in names:
            value = card.attributes.get(name)
            if value is None:
                continue
            if _NONE.fullmatch(value.strip()):
                absent = True
            elif _ELSEWHERE.search(value) is None or any(sign.isdigit() for sign in value):
                return value.strip()
            else:
                return None
        if absent:
            return ""
    if card.absent and any(
        name in card.absent or f"attributes.{name}" in card.absent for name in names
    ):
        return ""
    if card.absent and "attributes" in card.absent and card.attributes is None:
        return ""
    return None


def says_none(value: str) -> bool:
    """Does a value on a card say that there is none: “无”, “/”?"""
    return _NONE.fullmatch(value) is not None


def said(card: Product | None, item: str) -> str:
    """The value of an item; empty where it is absent or unknown."""
    return shown(card, item) or ""


def absent_items(card: Product | None, items: Iterable[str]) -> list[str]:
    """The items that were observed to be absent on a card, in the order given."""
    return [item for item in items if shown(card, item) == ""]
