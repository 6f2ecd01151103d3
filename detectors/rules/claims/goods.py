"""Which class of goods a claim is about: what the card says, else what the words suggest."""

from __future__ import annotations

from typing import NamedTuple

from detectors.engine.room import RoomState
from detectors.events import Category
from detectors.match import expression as re
from detectors.match.sought import Sought

__all__ = ["FOODS", "Goods", "goods_of"]

FOODS: frozenset[Category | None] = frozenset({"food", "fresh_produce", "infant_food", "alcohol"})

_COSMETIC = re.compile(
    "疤痕|[祛去]疤|面膜|面霜|精华|乳液|护肤|眼霜|爽肤|化妆水|水乳|洗面奶|洁面|卸妆|身体乳|护手霜|隔离|粉底|口红|唇膏|洗发|护发|生发液|"
    "霜(?!降|糖|冻)|喷雾|凝胶|丰乳|丰胸|妊娠纹|玫瑰糠疹|头发|洗发|头皮|发根|毛囊|发际|生发|防脱|脱发|脸部|面部|热玛吉|水光针|超声炮|医美|线雕|皱纹|眼袋|法令纹|细纹|黑头|妊娠斑|黄褐斑|青春痘|色素|美白|祛斑|祛痘|淡斑|玻尿酸|烟酰胺|毛孔|肌肤|皮肤(?!病|科)|敏感肌|痘肌|涂抹|敷脸|脸上|上脸|膏|药妆|械字号|医学护肤|冻膜|冻干粉"
)
#: Drugs and devices by what only they have; “械字号” and “医用” are borrowed too often.
_DRUG = re.compile(
    "otc|功能主治|板蓝根(?:颗粒|冲剂)|非处方药|(?<!不是)(?<!不含)处方药|国药准字|药师指导|(?:感冒灵|布洛芬|阿莫西林|藿香正气)(?:颗粒|胶囊|水|片|缓释)?"
)
_DEVICE = re.compile(
    "[一二三]类医疗器械|医疗器械(?:注册|备案)|与注册证|注册证一致|械注准|血压计|体温计|血糖仪|血糖试纸|退热贴|创可贴|制氧机|雾化器|助听器|轮椅车"
)
_HEALTH_FOOD = re.compile(
    "功能声称|批准的?功能|批准的?保健功能|保健食品|保健品|保健功能[:是为]|适宜人群|蓝帽|国食健|食健备"
)
_FOOD = re.compile(
    "喝|吃|咖啡|丸|代餐|零食|泡水|冲泡|茶|酒|(?<!奶)粉(?![丝色嫩底扑])|汤|粥|膏滋|胶囊|口服|冲剂|颗粒|片剂|饮|(?<![效如结后成])果(?![断然])|蜂蜜|枸杞|人参|燕窝|阿胶|酵素|益生菌|奶|(?<![厘毫平])米|油|饼|糖|食"
)
_QUICK_DRUG, _QUICK_DEVICE, _QUICK_HEALTH_FOOD = map(Sought, (_DRUG, _DEVICE, _HEALTH_FOOD))


class Goods(NamedTuple):
    """The class of a product, and whether it was read from its card or only suggested."""

    category: Category | None
    known: bool


def goods_of(room: RoomState, sku: str | None, text: str) -> Goods:
    """The class of the product that a text is about; `category` is ``None`` if nothing tells."""
    category = room.category(sku)
    if category is not None:
        return Goods(category, known=True)
    card = room.cards.get(sku) if sku else None
    words = f"{card.title} {text}" if card is not None and card.title else text
    if _QUICK_DRUG.search(words):
        return Goods("drug", known=False)
    if _QUICK_DEVICE.search(words):
        return Goods("medical_device", known=False)
    if _QUICK_HEALTH_FOOD.search(words):
        return Goods("health_food", known=False)
    food, cosmetic = len(_FOOD.findall(words)), len(_COSMETIC.findall(words))
    if cosmetic > food:
        return Goods("cosmetics", known=False)
    return Goods("food" if food else None, known=False)
