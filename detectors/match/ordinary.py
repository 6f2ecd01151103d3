"""What ordinary text looks like: words of two characters, characters that stand alone, rare ones.

A disguise that is an innocent word of its own is none; a character that is no word where it
stands is a sign of one.
"""

from __future__ import annotations

import re

from detectors.match.tables import ALONE, COMMON, FAMILIAR, FREQUENT, PAIRS

__all__ = [
    "FAMILIAR_WORDS",
    "FREQUENT_CHARACTERS",
    "RARE",
    "familiarity",
    "is_alone",
    "is_covered",
    "is_han",
    "is_rare",
    "is_stray",
    "is_word",
]


#: Words of the trade that general texts lack.
_TRADE = (
    "卫衣打底直筒阔腿小众种草拔草拍下上架下架控油控价补货现货拼团秒杀福袋弹幕公屏榜一榜二宝宝宝妈宝子老铁美妆彩妆眉笔唇釉粉底气垫"
    "遮瑕散粉腮红眼影甲油发膜发蜡护发洗护水乳乳液面霜眼霜面膜慕斯喷雾滴管泵头羽绒羊绒羊毛牛仔雪纺蕾丝亚麻莱卡涤纶棉麻皮草皮带腰封"
    "吊带背心短裤长裤裙摆衣领衣袖袖口裤脚裤腿嘎嘎嘎香巴适给力绝绝上头上脸上身上新返场闭眼无脑入手回购复购囤货包邮顺丰中通圆通韵达"
    "姜糖红糖冰糖白糖蔗糖黑糖糖浆果糖麦芽醪糟姜茶红枣枸杞银耳莲子百合芝麻核桃燕麦藜麦荞麦山药芡实茯苓薏米陈皮罗汉胖大葛根"
    "收腰收腹提臀高腰腰身水温温水包白提升上升升级气质起球不起消失小时几时感得敏感湿真方便冰箱防冰"
    "罚十罚三罚百赔十赔三紧实扎实弹牙软糯耐看浮色拼单拼团加购嚼头剧透公分平替实测测评种草团长主播探店开箱直男券后券前满减津贴定金尾款"
    "煮汤炖汤煲汤喝汤火锅放汤熬粥拌粥拌饭拌面浮沫"
    "波司司登皮薄薄汁汁多健字登官吊坠耳坠坠有羊肾羊肝猪肺猪肝猪心鸡肝"
    "康养养生养老医养休养疗养走线百搭书包保质质期刚验验货验完有糖含糖无糖加糖糖有包装"
    "落肩露肩垂肩溜肩斜肩包边锁边卷边压边抽绳绑带织带束脚束口显瘦遮肉藏肉百褶压褶打褶撞色拼色门襟立领方领领型领边裙身衣身裤身贴布波点格纹"
    "廓形廓型版型车线插袋袖型钉珠亮片网纱网面纱质连帽开衫套头半高叠穿内搭外搭单穿衬肤显白减龄出街通勤韩系森系随性腿型腰线臀型腰头裤型裙型"
    "裙长短款长款亲肤垂坠垂感挺阔吸汗速干加绒凉感冰感混织长绒做旧贡缎色丁天丝人丝毛呢华夫桃皮磨毛呢料毛衫卫裤潮感吸睛亮眼尽显杯身杯盖壶身"
    "锅身床品被芯地垫置物层架快充屏占耳罩头梁线长刷头泵压瓶身罐身盒装箱规净含果径皮厚多汁爆汁脆甜回甘酥松筋道劲道弹滑爽滑嫩滑鲜香咸香焦香"
    "奶香麦香果香尾调开罐罐头罐装减糖控糖浆纸酱汁满屋去籽夏威威夷磁吸"
    # Herbs that are food, too (按照传统既是食品又是中药材的物质目录).
    "枳椇椇子丁香八角茴香刀豆小蓟山楂马齿齿苋乌梅木瓜火麻麻仁玉竹甘草白芷白果扁豆龙眼决明明子豆蔻肉桂余甘甘子佛手杏仁沙棘花椒赤小小豆阿胶"
    "内金麦芽昆布罗汉汉果郁李李仁银花青果鱼腥腥草栀子砂仁大海香橼香薷桃仁桑叶桑椹桔红橘红桔梗益智智仁荷叶莱菔菔子良姜竹叶豆豉菊花菊苣"
    "黄精紫苏黑胡胡椒槐米槐花蒲公公英榧子酸枣枣仁白茅茅根芦根橘皮薄荷薏苡苡仁薤白覆盆盆子藿香人参芫荽松花花粉布渣夏枯枯草当归山奈草果姜黄"
    "荜茇党参苁蓉石斛洋参黄芪灵芝山茱茱萸天麻杜仲仲叶地黄麦冬天冬"
    # Names that imitate a known one: what they sound like besides is no disguise.
    "康帅帅傅"
)


def _seconds() -> dict[str, str]:
    seconds: dict[str, str] = {}
    trade = (_TRADE[index : index + 2] for index in range(0, len(_TRADE), 2))
    for entry in (*PAIRS.split(), *trade):
        seconds[entry[0]] = seconds.get(entry[0], "") + entry[1:]
    return seconds


def _but(common: str) -> re.Pattern[str]:
    """Any Chinese character but some."""
    first = "\u3400"
    ranges = []
    for character in (*sorted(one for one in set(common) if "\u3400" <= one <= "\u9fff"), "\ua000"):
        if first < character:
            ranges.append(f"{first}-{chr(ord(character) - 1)}")
        first = chr(ord(character) + 1)
    return re.compile(f"[{''.join(ranges)}]")


#: Words of two characters, and such as often stand side by side: by the first, all seconds. A set of
#: the pairs would be thirty times as large.
_SECONDS = _seconds()
FAMILIAR_WORDS = frozenset(FAMILIAR[index : index + 2] for index in range(0, len(FAMILIAR), 2))
#: Alone as often in the kitchen, in front of the mirror and on air.
_ALONE = frozenset(ALONE) | frozenset(
    "汤锅煮炖拌撒蒸切晒晾熨穿戴抹涂喷擦搓洗冲泡尝嚼咬闻摸拉拆拍扣戳勺碗杯件拼匀沾粘湿干软硬厚薄宽窄深浅圆方尖"
)
FREQUENT_CHARACTERS = frozenset(FREQUENT)
#: Characters that few texts have: one look tells that a text needs no closer one. An expression: a set
#: of 24,000 takes 3 MB.
RARE = _but(COMMON)


def is_han(character: str) -> bool:
    """Is it a Chinese character?"""
    return "\u4e00" <= character <= "\u9fff"


def is_word(pair: str) -> bool:
    """Are these two characters a common word, or often side by side?"""
    return len(pair) == 2 and pair[1] in _SECONDS.get(pair[0], "")


def familiarity(word: str) -> int:
    """How familiar a word is: how many of its pairs are common, and familiar words count twice."""
    pairs = [word[index : index + 2] for index in range(len(word) - 1)]
    return sum(is_word(pair) + (pair in FAMILIAR_WORDS) for pair in pairs)


def is_rare(character: str) -> bool:
    """Is this character none of the 3,755 most used ones (the first level of GB 2312)?"""
    code = character.encode("gb2312", "ignore")
    return not code or code[0] >= 0xD8


def is_alone(character: str) -> bool:
    """Is this character often a word by itself?"""
    return character in _ALONE


def is_covered(text: str, place: int) -> bool:
    """Is the character at a place part of a common word there?"""
    character = text[place]
    return (place > 0 and character in _SECONDS.get(text[place - 1], "")) or (
        place + 1 < len(text) and text[place + 1] in _SECONDS.get(character, "")
    )


def is_stray(text: str, place: int) -> bool:
    """Is the character at a place no word, neither with a neighbour nor alone?"""
    return text[place] not in _ALONE and not is_covered(text, place)
