"""What the demo's shop sells. Shop, people, places, numbers of licences: all invented."""

from __future__ import annotations

from dataclasses import dataclass

from detectors.events import Category, Party

__all__ = ["HOST", "OPERATOR", "PLATFORM", "ROOM", "SHELF", "SHOP", "TITLE", "Goods"]

PLATFORM = "demo"
ROOM = "77001"
SHOP = "山里老陈的茶铺"
TITLE = "山里老陈的茶铺：山上降温了，来喝茶"
HOST = "老陈"
OPERATOR = Party(
    name="青禾县陈记茶业有限公司",
    # Well formed, and never issued: the check digit of its organisation (GB 11714) is wrong.
    uscc="91100000MA0DEM0104",
    address="青禾县沙河镇云岭村十二组",
    phone="0000-7700100",
    licence="食品经营许可证 JY19900000770010",
)


@dataclass(frozen=True, slots=True)
class Goods:
    """One SKU: its card, and what was paid for it in the days before the evening."""

    title: str
    category: Category
    unit: str
    attributes: dict[str, str]
    sold: int
    """Shown as sold when the evening begins."""
    past: tuple[tuple[float, int, int], ...] = ()
    """From so many days before the evening on: the price in 分, and orders a day."""
    brand: str = "陈记"
    stock: int | None = None


_FOOD = {"生产许可证": "SC11466990000770", "厂名": OPERATOR.name or "", "产地": "青禾县云岭"}

SHELF: dict[str, Goods] = {
    "T1": Goods(
        title="高山云雾绿茶",
        category="food",
        unit="250 克/罐",
        attributes={
            **_FOOD, "净含量": "250 克", "规格": "250 克/罐", "执行标准": "GB/T 14456.2",
            "保质期": "18 个月",
        },
        sold=1_283,
        past=((10.4, 9_990, 9), (8.9, 8_990, 11)),
    ),
    "T2": Goods(
        title="明前毛尖 特级（GB/T 14456.2）",
        category="food",
        unit="100 克/罐",
        attributes={
            **_FOOD, "净含量": "100 克", "规格": "100 克/罐", "执行标准": "GB/T 14456.2",
            "质量等级": "特级", "保质期": "18 个月",
        },
        sold=402,
        past=((10.4, 16_800, 4),),
    ),
    "T3": Goods(
        title="茉莉花茶礼盒",
        category="food",
        unit="2 罐/盒",
        attributes={**_FOOD, "净含量": "200 克", "规格": "2 罐/盒", "执行标准": "GB/T 22292"},
        sold=318,
        past=((10.4, 9_900, 8), (6.2, 9_600, 8), (5.1, 9_900, 8)),
    ),
    "B1": Goods(
        title="桑菊草本茶（代用茶）",
        category="food",
        unit="24 包/盒",
        attributes={
            **_FOOD, "净含量": "120 克", "规格": "24 包/盒", "执行标准": "GH/T 1091",
            "配料": "桑叶、菊花、枸杞、甘草", "保质期": "12 个月",
        },
        sold=866,
        past=((10.4, 6_990, 6), (4.0, 3_990, 9)),
    ),
    "H1": Goods(
        title="百花蜂蜜",
        category="food",
        unit="500 克/瓶",
        attributes={
            **_FOOD, "净含量": "500 克", "规格": "500 克/瓶", "执行标准": "GB 14963",
            "警示语": "一周岁以下婴儿不宜食用",
        },
        sold=951,
        past=((10.4, 6_900, 6), (1.25, 10_900, 1)),
        stock=480,
    ),
    "C1": Goods(
        title="山茶花滋润面霜",
        category="cosmetics",
        unit="50 克/瓶",
        attributes={
            "净含量": "50 克", "规格": "50 克/瓶", "批准文号": "青G妆网备字2025007701",
            "厂名": "临江市润颜生物科技有限公司", "功效": "滋润、保湿", "保质期": "3 年",
        },
        sold=530,
        past=((10.4, 12_900, 4),),
        brand="润颜",
        stock=60,
    ),
    "S1": Goods(
        title="手作随手杯",
        category="home",
        unit="1 只",
        attributes={"材质": "陶瓷", "规格": "180 毫升", "执行标准": "GB/T 3532"},
        sold=207,
        past=((10.4, 4_900, 3),),
        brand="沙河窑",
        stock=80,
    ),
    "D1": Goods(
        title="轻薄白鸭绒羽绒服",
        category="clothing",
        unit="1 件",
        attributes={
            "材质": "面料：锦纶 100%；填充物：白鸭绒", "含绒量": "80%", "充绒量": "120 克",
            "执行标准": "GB/T 14272", "合格证": "有",
        },
        sold=164,
        past=((10.4, 59_900, 5),),
        brand="岭上",
        stock=40,
    ),
    "V1": Goods(
        title="罗汉果含片（保健食品）",
        category="health_food",
        unit="60 片/瓶",
        attributes={
            "批准文号": "国食健注G20190770", "保健功能": "清咽润喉（清咽）",
            "警示语": "保健食品不是药物，不能代替药物治疗疾病。本品不能代替药物",
            "规格": "60 片/瓶", "不适宜人群": "少年儿童、孕妇、乳母", "厂名": "临江市本草制药有限公司",
        },
        sold=289,
        past=((10.4, 5_990, 4),),
        brand="本草",
    ),
    "N1": Goods(
        title="手工花生酥",
        category="food",
        unit="200 克/盒",
        attributes={**_FOOD, "净含量": "200 克", "规格": "200 克/盒", "配料": "花生、麦芽糖、芝麻"},
        sold=0,
    ),
}  # fmt: skip
