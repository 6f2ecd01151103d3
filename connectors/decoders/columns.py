"""What the columns of price lists are called, and the words that stand in them."""

from __future__ import annotations

import re

__all__ = ["ATTRIBUTES", "COLUMNS", "STATUSES", "category_of", "plain_header"]

#: Headers by the field that they fill, best first. Compared without case, spaces and what
#: stands in brackets.
COLUMNS: dict[str, tuple[str, ...]] = {
    "sku": ("sku", "skuid", "商品id", "商品编号", "货号", "商品编码", "商家编码", "款号", "itemid",
            "productid", "goodsid", "promotionid", "id", "编号"),
    "title": ("标题", "商品标题", "商品名称", "商品名", "品名", "名称", "title", "productname", "product",
              "name", "商品"),
    "shop": ("店铺", "店铺名称", "店名", "商家", "shop", "store", "shopname", "seller"),
    "brand": ("品牌", "brand"),
    "category": ("类目", "品类", "分类", "商品类目", "一级类目", "category"),
    "status": ("状态", "商品状态", "status"),
    "url": ("链接", "商品链接", "网址", "url", "link"),
    "asking": ("价格", "售价", "现价", "销售价", "直播价", "活动价", "标价", "单价", "价格元", "一口价",
               "price", "actualprice", "saleprice", "sellingprice", "currentprice", "askingprice"),
    "coupon": ("到手价", "券后价", "券后到手价", "优惠价", "couponprice"),
    "transaction": ("成交价", "实付价", "成交单价", "实付单价", "transactionprice", "paidprice"),
    "deposit": ("定金", "预售定金", "deposit"),
    "reference": ("原价", "划线价", "市场价", "吊牌价", "专柜价", "日常价", "建议零售价", "官方价",
                  "originalprice", "referenceprice", "mrp", "listprice", "regularprice", "wasprice"),
    "date": ("日期时间", "采集时间", "抓取时间", "时间", "日期", "更新时间", "成交时间", "datetime",
             "timestamp", "date", "time", "at"),
    "clock": ("时刻", "具体时间", "clock"),
    "sold": ("销量", "已售", "累计销量", "总销量", "月销量", "月销", "销售量", "sold", "sales"),
    "stock": ("库存", "库存数量", "剩余库存", "stock", "inventory"),
    "unit": ("单位", "计价单位", "规格", "unit"),
    "conditions": ("优惠条件", "条件", "活动", "促销", "优惠", "优惠信息", "备注", "conditions", "promotion"),
}  # fmt: skip
#: Columns that are attributes of the card as on labels.
ATTRIBUTES = frozenset({
    "厂名", "厂址", "产地", "生产日期", "保质期", "生产许可证", "合格证", "执行标准", "批准文号",
    "材质", "净含量", "规格", "警示语",
})  # fmt: skip
#: Status of a card by the words for it.
STATUSES = {
    "上架": "listed", "在售": "listed", "讲解中": "explaining", "售罄": "sold_out", "已售罄": "sold_out",
    "下架": "removed", "已下架": "removed", "listed": "listed", "explaining": "explaining",
    "sold_out": "sold_out", "removed": "removed",
}  # fmt: skip
#: Words of a platform's category tree, by the contract's category; the first that occurs decides.
_CATEGORIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("health_food", ("保健食品", "保健品")),
    ("infant_food", ("婴幼儿食品", "婴儿辅食", "婴幼儿奶粉", "婴幼儿配方")),
    ("special_cosmetics", ("特殊化妆品",)),
    ("medical_device", ("医疗器械",)),
    ("drug", ("药品", "处方药", "非处方药", "中成药")),
    ("alcohol", ("酒类", "白酒", "红酒", "啤酒", "葡萄酒", "黄酒", "洋酒")),
    ("tobacco", ("烟草", "电子烟", "卷烟")),
    ("fresh_produce", ("生鲜", "水果", "蔬菜", "水产", "鲜肉")),
    ("cosmetics", ("化妆品", "美妆", "护肤", "彩妆", "香水", "面膜", "精华")),
    ("jewellery", ("珠宝", "玉石", "翡翠", "黄金", "首饰")),
    ("collectible", ("文玩", "收藏", "邮币", "字画")),
    ("clothing", ("服饰", "服装", "女装", "男装", "童装", "内衣", "鞋靴", "箱包", "鞋帽")),
    ("electronics", ("数码", "手机", "家电", "电器", "电脑")),
    ("agricultural_input", ("农资", "种子", "化肥", "农药")),
    ("education", ("教育培训", "课程")),
    ("finance", ("金融", "理财", "保险")),
    ("home", ("家居", "家纺", "日用", "厨具", "家具", "家清")),
    ("food", ("食品", "零食", "茶叶", "茶饮", "粮油", "调味", "饮料", "乳品")),
)  # fmt: skip
_CONTRACT_CATEGORIES = frozenset({name for name, _ in _CATEGORIES} | {"service", "other"})
#: Bounded: a header of nothing but opening brackets must not cost a search to its end from each.
_BRACKETED = re.compile(r"[(（\[【][^)）\]】]{0,100}[)）\]】]")


def category_of(text: str | None) -> str | None:
    """The contract's category of a platform's words; unknown rather than guessed."""
    if text is None:
        return None
    if text in _CONTRACT_CATEGORIES:
        return text
    for name, words in _CATEGORIES:
        if any(word in text for word in words):
            return name
    return None


def plain_header(header: str) -> str:
    """A header as it is compared: “售价（元）” is “售价”."""
    return re.sub(r"[\s_%:：]+", "", _BRACKETED.sub("", header)).lower()
