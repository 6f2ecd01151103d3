"""What the columns of price lists are called, and the words that stand in them."""

from __future__ import annotations

import re
from typing import Literal

__all__ = [
    "ATTRIBUTES",
    "COLUMNS",
    "ORDER_STATUSES",
    "PERIOD_FIGURES",
    "STATUSES",
    "category_of",
    "plain_header",
]

#: Headers by the field that they fill, best first. Compared without case, spaces and what
#: stands in brackets.
COLUMNS: dict[str, tuple[str, ...]] = {
    "sku": ("sku", "skuid", "商品id", "商品编号", "货号", "商品编码", "商家编码", "款号", "itemid",
            "productid", "goodsid", "promotionid", "id", "编号"),
    "title": ("标题", "商品标题", "商品名称", "商品信息", "选购商品", "宝贝标题", "宝贝名称", "商品名", "品名", "名称", "title", "productname", "product",
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
    "date": ("日期时间", "采集时间", "抓取时间", "时间", "日期", "更新时间", "成交时间", "统计日期",
             "统计时间", "datetime",
             "timestamp", "date", "time", "at"),
    "clock": ("时刻", "具体时间", "clock"),
    "sold": ("销量", "已售", "累计销量", "总销量", "月销量", "月销", "销售量", "sold", "sales"),
    "stock": ("库存", "库存数量", "剩余库存", "stock", "inventory"),
    "unit": ("单位", "计价单位", "规格", "unit"),
    "order": ("子订单编号", "子订单号", "子订单id", "订单编号", "订单号", "订单id", "主订单编号", "主订单号",
              "orderid", "orderno"),
    "order_status": ("订单状态", "交易状态", "orderstatus"),
    "after_sale": ("售后状态", "退款状态", "售后类型"),
    "quantity": ("商品数量", "数量", "购买数量", "宝贝数量", "宝贝总数量", "商品件数", "quantity"),
    "paid": ("订单应付金额", "订单实付金额", "实付金额", "买家实付金额", "买家实际支付金额", "实际支付金额",
             "用户实付金额", "实收金额", "支付金额", "paidamount"),
    "freight": ("运费", "订单运费", "买家应付邮费", "邮费"),
    "ordered": ("订单提交时间", "下单时间", "订单创建时间", "创建时间", "orderedat"),
    "paid_at": ("支付完成时间", "支付时间", "付款时间", "订单付款时间", "paidat"),
    "finished": ("售后完成时间", "退款时间", "订单关闭时间", "交易关闭时间", "订单完成时间", "完成时间"),
    "buyer": ("买家id", "用户id", "买家会员名", "买家昵称", "买家账号", "buyer"),
    "began": ("开播时间", "直播开始时间", "开始直播时间", "直播开播时间", "开始时间"),
    "ended": ("下播时间", "关播时间", "直播结束时间", "结束直播时间", "结束时间"),
    "broadcast": ("直播间id", "直播id", "场次id", "直播场次id", "roomid", "liveid"),
    "visits": ("累计观看人次", "观看人次", "观看次数", "直播间观看人次", "直播间观看次数", "累计观看人数",
               "观看人数", "直播间观看人数"),
    "likes": ("点赞次数", "点赞数", "累计点赞数", "直播间点赞次数"),
    "orders": ("成交订单数", "直播间成交订单数", "支付订单数", "订单数", "成交单量"),
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
#: State of an order by the words for it; the first that occurs decides.
ORDER_STATUSES: tuple[tuple[str, Literal["placed", "paid", "refunded", "cancelled"]], ...] = (
    ("待付款", "placed"), ("待支付", "placed"), ("未付款", "placed"), ("未支付", "placed"),
    ("等待买家付款", "placed"), ("已下单", "placed"),
    ("退款成功", "refunded"), ("退款完成", "refunded"), ("已退款", "refunded"), ("全额退款", "refunded"),
    ("已取消", "cancelled"), ("已关闭", "cancelled"), ("交易关闭", "cancelled"), ("订单关闭", "cancelled"),
    ("已付款", "paid"), ("已支付", "paid"), ("待发货", "paid"), ("备货中", "paid"), ("已发货", "paid"),
    ("部分发货", "paid"), ("待收货", "paid"), ("已签收", "paid"), ("已完成", "paid"), ("交易成功", "paid"),
    ("等待卖家发货", "paid"), ("等待买家确认", "paid"), ("卖家已发货", "paid"),
)  # fmt: skip
#: What statistics of a period say: no number that anybody was shown, so nothing is compared with it.
PERIOD_FIGURES = frozenset({
    "支付件数", "成交件数", "支付买家数", "成交人数", "成交金额", "支付金额", "商品访客数", "商品浏览量",
    "商品曝光人数", "商品点击人数", "商品加购件数", "商品收藏人数", "退款金额", "退款件数", "客单价",
    "最高在线人数", "平均在线人数", "评论次数", "新增粉丝数", "直播间成交金额", "gmv",
})  # fmt: skip
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
