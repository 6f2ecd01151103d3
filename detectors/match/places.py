"""Places of origin: provinces, the places that goods are named after, and countries, with what lies in what.

Only what is named: a place that is not in the table says nothing. The table holds the places that
products are commonly named after (地理标志 and industry towns), not a full gazetteer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["NAMES", "Place", "compatible", "places_in"]

_CHINA = """
北京:平谷 大兴 怀柔
天津:小站 沙窝
河北:石家庄 沧州 赵州 迁西 宣化 鸡泽 安国 白沟 清河 辛集 承德 张家口 保定 邯郸 唐山 秦皇岛 邢台 高阳 廊坊 衡水 晋州 深州
山西:太原 沁州 沁县 汾阳 清徐 平遥 运城 临猗 吉县 大同 吕梁 稷山 杏花村 晋城 朔州 忻州 临汾 长治 阳泉 晋中
内蒙古:锡林郭勒 锡盟 呼伦贝尔 阿拉善 鄂尔多斯 河套 巴彦淖尔 科尔沁 通辽 赤峰 兴安盟 苏尼特 包头 乌海 乌兰察布
辽宁:大连 盘锦 丹东 东港 北镇 鞍山 绥中 沈阳 营口 本溪 桓仁 锦州 岫岩 抚顺 阜新 辽阳 铁岭 葫芦岛
吉林:长白山 延边 查干湖 抚松 通化 集安 舒兰 梅河口 长春 延吉 白山 敦化 四平 辽源 松原 白城
黑龙江:五常 佳木斯 建三江 响水 庆安 东北黑 牡丹江 东宁 伊春 大兴安岭 哈尔滨 齐齐哈尔 黑河 尚志  虎林 北大荒 抚远 海林 鸡西 鹤岗 双鸭山 大庆 七台河 绥化 方正县
上海:崇明 南汇 松江 奉贤
江苏:阳澄湖 太湖 洞庭山 碧螺春产地 固城湖 盱眙 射阳 苏州 南通 盛泽 宜兴 扬州 高邮 南京 镇江 无锡 徐州 丰县 泗洪 洪泽湖 兴化 连云港 东海县 阳山 金坛 常熟 昆山 叠石桥 川姜 高淳 盐城 泰州 宿迁 常州 淮安 启东 邳州 张家港 溧阳 如皋
浙江:西湖 龙坞 杭州 安吉 绍兴 舟山 宁波 奉化 余姚 慈溪 仙居 临海 黄岩 金华 义乌 温州 湖州 德清 桐乡 海宁 诸暨 嵊州 丽水 龙泉 庆元 千岛湖 临安 开化 衢州 台州 象山 濮院 三门 三门湾 永嘉 象山港 嘉兴 永康 乐清 塘栖
安徽:黄山 祁门 六安 霍山  砀山 亳州 宣城 泾县 合肥 芜湖 安庆 岳西 金寨 滁州 怀远 蚌埠 淮北 马鞍山 铜陵 阜阳 宿州 池州 太和县 长丰
福建:武夷山 武夷 安溪 福鼎 政和 福州 漳州  宁德 霞浦 古田 永春 建阳 德化 莆田 泉州 晋江 厦门 龙岩 漳平 连江 诏安 云霄 南平 三明市 石狮 平潭 建瓯
江西:赣南 赣州 南丰 景德镇 庐山 婺源 修水 井冈山  信丰 寻乌 安远 南昌 上饶 遂川 鄱阳湖 广昌 吉安 抚州 宜春 新余 鹰潭 萍乡 九江 泰和县 资溪
山东:烟台 栖霞 莱阳 青岛 崂山 寿光 章丘 平度 乳山 荣成 威海 东阿 平阴 日照 沂源 蒙阴 临沂 金乡 苍山 大泽山 潍坊 济南 菏泽 曹县 淄博 博山 乐陵 沾化 莱芜 即墨 胶州 沂蒙山 龙口 文登 枣庄 东营 济宁 泰安 聊城 滨州 招远 蓬莱 安丘 昌乐 兰陵 广饶 单县 沂水 莒县
河南:信阳 新郑 焦作 温县 灵宝 西峡 原阳 洛阳 汝州 禹州 镇平  杞县 南阳 郑州 柘城 许昌 中牟 平顶山 安阳 鹤壁 新乡 濮阳 漯河 三门峡 商丘 周口 驻马店 固始 开封市
湖北:秭归 恩施 宜昌 潜江 洪湖 英山 蕲春 房县 随州 京山 利川 赤壁 武汉 荆州 梁子湖 罗田 孝感 黄石 十堰 襄阳 鄂州 荆门 黄冈 咸宁 五峰县 当阳 枝江
湖南:洞庭湖 安化 湘西 长沙 岳阳 君山 炎陵 东江湖 麻阳  浏阳 醴陵 湘潭 怀化 永州 江永 邵阳 新化 常德 株洲 衡阳 张家界 益阳 郴州 娄底 石门 桃源
广东:新会 潮州 汕头 凤凰山 英德 茂名 高州 化州 增城 从化 阳江 湛江 徐闻 梅州 德庆 广州 深圳 东莞 佛山 中山 揭阳 四会 平洲 普宁 虎门 潮汕 清远 罗定 雷州 韶关 珠海 江门 肇庆 惠州 汕尾 河源 饶平
广西:百色 南宁 武鸣 桂林 荔浦 恭城 容县 北海 钦州 横县 横州 梧州 柳州 巴马 田东 玉林 北流 永福 南丹 合浦 灵山 融安 防城港 贵港 崇左 贺州 河池 东兴市 凭祥 靖西 来宾市 象州
海南:海口 三亚 文昌 万宁 琼海 澄迈  昌江 陵水 五指山   屯昌 儋州
重庆:涪陵 奉节 忠县 万州 江津 荣昌 石柱 合川 城口 巫山 永川
四川:成都 蒲江 丹棱 眉山 汉源 攀枝花 大凉山 凉山 会理 盐源 雅安 蒙顶山 峨眉山 安岳 郫县 郫都 阿坝 小金 通江 青川 会东 宜宾 泸州 自贡 内江 米易 九寨沟 广汉 西昌 资中 松潘 德阳 绵阳 广元 遂宁 乐山 南充 达州 巴中 射洪 雷波
贵州:都匀 湄潭 茅台镇 仁怀 遵义 威宁 凤冈 赤水 毕节 织金 修文 贵阳 黔东南 从江 兴仁 安顺 六盘水 铜仁 黔南
云南:普洱 勐库 冰岛老寨 布朗山 勐宋 西双版纳 勐海 易武 老班章 冰岛村 昔归 临沧 凤庆 昆明 文山 昭通  丽江 保山 玉溪 褚橙 蒙自 石林 建水 宣威 香格里拉 迪庆 红河 景迈 瑞丽 怒江 元谋 元阳 弥勒 宾川 大理市 大理州 大理古城 曲靖 楚雄 思茅 石屏
西藏:那曲 林芝 拉萨 日喀则  昌都 墨脱
陕西:洛川 延安 周至 眉县 大荔 富平 榆林 米脂 临潼 汉中 商洛 紫阳 清涧 佳县 西安 阎良 横山 蓝田 礼泉 铜川 柞水 略阳 渭南 咸阳 宝鸡 安康市 定边 靖边 绥德 蒲城 合阳 洛南
甘肃:静宁 岷县 定西 天水 兰州 民勤 瓜州 张掖 武都 甘南 陇南 庆阳 临泽 花牛 临夏 苦水 陇西 敦煌 嘉峪关 金昌 武威 平凉 酒泉 白银市 秦安
青海:玉树 果洛 柴达木 格尔木 海西 门源 茶卡 循化  都兰 西宁 海东 龙羊峡
宁夏:中宁 盐池 中卫 贺兰山 银川 香山 吴忠 灵武 固原 西吉 石嘴山 同心
新疆:阿克苏 库尔勒 吐鲁番 和田 哈密 若羌 喀什 石河子 伊犁 奎屯 昌吉 阿勒泰 博湖 塔城 巴楚 叶城 喀纳斯 昭苏 阿拉尔 天山 塔里木 图木舒克 莎车 且末 乌鲁木齐 克拉玛依 精河 阿瓦提
台湾:阿里山 冻顶 高雄 屏东
香港:
澳门:
"""
_ABROAD = (
    "法国:波尔多 勃艮第 香槟产区 干邑 普罗旺斯 巴黎|意大利:托斯卡纳 佛罗伦萨 米兰 帕尔马|西班牙:里奥哈 安达卢西亚|德国:莱茵 慕尼黑|英国:苏格兰 伦敦|"
    "日本:北海道 京都 静冈 青森 神户 东京 九州 大阪|韩国:首尔 济州 济州岛|泰国:曼谷 金枕产区 罗勇 清迈|越南:|马来西亚:彭亨 文冬|印度尼西亚:印尼 苏门答腊|菲律宾:|缅甸:|柬埔寨:|老挝:|"
    "印度:大吉岭 阿萨姆|斯里兰卡:锡兰|新西兰:麦卢卡|澳大利亚:澳洲 塔斯马尼亚|美国:加州 阿拉斯加 佛罗里达 德州|加拿大:|智利:|秘鲁:|阿根廷:|巴西:|厄瓜多尔:|墨西哥:|哥伦比亚:|挪威:|丹麦:|荷兰:|瑞士:|瑞典:|"
    "芬兰:|比利时:|俄罗斯:|乌克兰:|土耳其:|伊朗:|以色列:|埃及:|南非:|埃塞俄比亚:耶加雪菲|肯尼亚:|摩洛哥:|希腊:|葡萄牙:|奥地利:|波兰:|爱尔兰:|巴基斯坦:|孟加拉:|朝鲜:|蒙古国:|哈萨克斯坦:|危地马拉:|洪都拉斯:|哥斯达黎加:|乌拉圭:|巴拉圭:|玻利维亚:|乌兹别克斯坦:|坦桑尼亚:|赞比亚:|莫桑比克:|马达加斯加:|科特迪瓦:|加纳:|尼日利亚:|尼泊尔:|捷克:|匈牙利:|罗马尼亚:|保加利亚:|塞尔维亚:|立陶宛:|新加坡:|文莱:|突尼斯:|古巴:|津巴布韦:"
)
_OTHER_NAMES = {"内蒙": "内蒙古", "澳大利亚": "澳大利亚", "纽西兰": "新西兰", "东北": "东北", "马来": "马来西亚",
    # as they are written where numerals stand for words
    "5常": "五常", "9寨沟": "九寨沟", "3亚": "三亚",
}  # fmt: skip
#: Regions that hold several provinces.
_REGIONS = {"东北": ("黑龙江", "吉林", "辽宁", "内蒙古")}
#: Places known to lie in, or to hold, no other town of the table than these.
_CLOSED: dict[str, frozenset[str]] = {
    name: frozenset(others.split())
    for name, _, others in (
        entry.partition(":")
        for entry in [
            "阳澄湖:苏州 昆山 常熟",
            "五常:哈尔滨",
            "西湖:杭州 龙坞",
            "龙坞:杭州 西湖",
            "安溪:泉州",
            "福鼎:宁德",
            "中宁:中卫",
            "查干湖:",
            "库尔勒:塔里木",
            "阿克苏:阿拉尔 塔里木",
            "和田:",
            "吐鲁番:",
            "若羌:塔里木",
            "洛川:延安",
            "静宁:",
            "章丘:济南",
            "寿光:潍坊",
            "金乡:",
            "东阿:",
            "信阳:",
            "安化:",
            "普洱:景迈",
            "文山:",
            "昭通:",
            "丹东:东港",
            "茅台镇:仁怀 遵义 赤水",
            "蒲江:成都",
            "涪陵:",
            "攀枝花:米易",
            "盘锦:",
            "洪泽湖:泗洪 盱眙",
            "固城湖:南京",
            "兴化:",
            "射阳:",
            "盱眙:洪泽湖",
            "响水:牡丹江",
            "庆安:",
            "景德镇:",
            "宜兴:无锡",
            "章贡:",
            "赣南:赣州 信丰 寻乌 安远",
            "赣州:赣南 信丰 寻乌 安远",
            "烟台:栖霞 莱阳 龙口",
            "栖霞:烟台",
            "秭归:宜昌",
            "新会:",
            "武夷山:武夷 建阳",
            "平和:漳州",
        ]
    )
}
_CHINA_NAMES = ("中国大陆", "中国", "国产", "国内", "大陆", "本地", "国货")
_FOREIGN_NAMES = ("进口", "国外", "海外", "境外", "原装进口")


class Place(NamedTuple):
    """A place named in a text; half-open offsets."""

    name: str
    path: tuple[str, ...]
    """From the country down: (“中国”, “黑龙江”, “五常”); a bare “进口” is (“境外”,)."""
    start: int
    end: int


def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in _CHINA.split("\n"):
        province, found, towns = line.partition(":")
        if not found:
            continue
        table[province] = ("中国", province)
        for town in towns.split():
            table.setdefault(town, ("中国", province, town))
    for entry in _ABROAD.split("|"):
        country, _, towns = entry.partition(":")
        table[country] = ("境外", country)
        for town in towns.split():
            table.setdefault(town, ("境外", country, town))
    # Names that are the country itself, not a part of it.
    for name, country in (("澳洲", "澳大利亚"), ("印尼", "印度尼西亚"), ("锡兰", "斯里兰卡")):
        table[name] = ("境外", country)
    for name, other in _OTHER_NAMES.items():
        table[name] = table.get(other, ("中国", other))
    for name in _CHINA_NAMES:
        table[name] = ("中国",)
    for name in _FOREIGN_NAMES:
        table[name] = ("境外",)
    return table


_TABLE = _table()
#: Any name of the table, the longest first.
NAMES = re.compile("|".join(sorted(map(re.escape, _TABLE), key=len, reverse=True)))
#: What a name may begin with, and how long the names are that begin with two characters, the
#: longest first. The expression of all names is slow: it tries each of them.
_FIRST = re.compile(f"[{re.escape(''.join(sorted({name[0] for name in _TABLE})))}]")
_LENGTHS: dict[str, list[int]] = {}
for _name in sorted(_TABLE, key=len, reverse=True):
    if len(_name) not in _LENGTHS.setdefault(_name[:2], []):
        _LENGTHS[_name[:2]].append(len(_name))
#: Texts whose places are kept: several questions are asked of each, one after the other.
_TEXTS = 64


def places_in(text: str) -> list[Place]:
    """The places named in a text, the narrower where one follows its province (“新疆阿克苏”).

    >>> [place.path for place in places_in("新疆阿克苏的苹果，不是山东的")]
    [('中国', '新疆', '阿克苏'), ('中国', '山东')]
    """
    return list(_places_in(text))


@lru_cache(maxsize=_TEXTS)
def _places_in(text: str) -> tuple[Place, ...]:
    found: list[Place] = []
    for place in _named_in(text):
        if found and place.start - found[-1].end <= 2 and compatible(found[-1].path, place.path):
            last = found.pop()
            deeper = max(last, place, key=lambda one: len(one.path))
            place = Place(text[last.start : place.end], deeper.path, last.start, place.end)
        found.append(place)
    return tuple(found)


def _named_in(text: str) -> Iterator[Place]:
    """The names in a text, each the longest at its place, none inside another."""
    done = 0
    for match in _FIRST.finditer(text):
        start = match.start()
        if start < done:
            continue
        for length in _LENGTHS.get(text[start : start + 2], ()):
            name = text[start : start + length]
            path = _TABLE.get(name)
            if path is not None:
                done = start + len(name)
                yield Place(name, path, start, done)
                break


def compatible(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """May two places be the same, one being perhaps only the wider name?

    Two towns of one province may lie in each other, so they are apart only where one of them is
    known to lie in nothing else.

    >>> compatible(("中国", "黑龙江", "五常"), ("中国", "黑龙江")), compatible(("中国", "吉林"), ("中国", "黑龙江"))
    (True, False)
    >>> compatible(("中国", "江苏", "阳澄湖"), ("中国", "江苏", "兴化")), compatible(("中国", "江西", "赣南"), ("中国", "江西", "信丰"))
    (False, True)
    """
    for first, second in zip(one[:2], other[:2], strict=False):
        if first != second:
            return second in _REGIONS.get(first, ()) or first in _REGIONS.get(second, ())
    if len(one) < 3 or len(other) < 3 or one[2] == other[2]:
        return True
    for first, second in ((one[2], other[2]), (other[2], one[2])):
        if first in _CLOSED and second not in _CLOSED[first]:
            return False
    return True
