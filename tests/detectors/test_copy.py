"""Lawful advertising copy, as shops write it and hosts read it: long, and full of chance words."""

from __future__ import annotations

import pytest

from detectors.lab.evaluation import ACCUSING, LabelledText, raised_by, text_events
from tests.detectors.build import rulebook

BOOK = rulebook()
COPY = [
    ("clothing", "袖口和领边都做了包边，线头藏在里面，洗多少次也不会毛。"),
    ("clothing", "落肩的版型对宽肩姐妹很友好，配上灯笼袖，抬手也不紧。"),
    ("clothing", "小露肩加荷叶边，甜而不腻，去海边穿刚好。"),
    ("clothing", "裤腰里有抽绳，腰头是罗纹的，坐一天也不勒。"),
    ("clothing", "裙摆走起来很灵动，雪纺料子薄薄一层，里面带了内衬。"),
    ("clothing", "后背是隐形拉链，里布加到膝盖上面，坐下来不用担心走光。"),
    ("clothing", "短裙里自带安全裤，防走光，骑车上楼都放心。"),
    ("clothing", "竖条纹显瘦，视觉上像瘦了十斤，胯宽的可以试试。"),
    ("clothing", "西装的垫肩一加，气场就有了，上班开会压得住。"),
    ("clothing", "胸前一个做旧的老虎印花，后背是素的，街头感很足。"),
    ("clothing", "夏威夷风的衬衫，印的是芭蕉叶，度假拍照好看。"),
    ("clothing", "网纱裙分两层，外面一层肉色网纱绣小花，里面一层棉。"),
    ("clothing", "黑白波点是穿不腻的花色，过几年拿出来还能穿。"),
    ("clothing", "懒得烫衣服的看这件，洗完抖一抖挂起来就平了。"),
    ("clothing", "珍珠扣一颗一颗手缝的，提升整体质感，单穿外搭都行。"),
    ("clothing", "毛呢料子有点分量，挺括，垂下来的线条很顺。"),
    ("home", "壶嘴做了收口，倒水不会顺着壶身往下流。"),
    ("home", "小夜灯是暖光的，孩子半夜起来不怕黑，插上自动感应。"),
    ("home", "窗帘遮光率在八成五左右，吊牌上印着，白天拉上睡午觉够了。"),
    ("home", "收纳盒叠三层也不晃，抽屉是静音轨道，晚上拿东西不吵人。"),
    ("electronics", "键帽是透光的，打字声音闷闷的，宿舍用不吵舍友。"),
    ("electronics", "充电头插上去是竖着的，不挡旁边的孔，折叠脚出门好带。"),
    ("food", "外皮咬下去是酥的，里面流心，放凉了再热一下也好吃。"),
    ("food", "米是当年的新米，煮出来一粒一粒的，香味飘到客厅。"),
    ("fresh_produce", "橙子个头不大，皮薄，切开汁往下流，有点酸头。"),
    ("cosmetics", "粉质很细，轻轻一扫就上色，不飞粉，新手也好晕开。"),
    ("cosmetics", "这支是豆沙里带点棕，素颜涂也不突兀，喝水会沾杯。"),
    ("jewellery", "珍珠是淡水的，米粒形，十一二毫米，搭毛衣链长短合适。"),
]  # fmt: skip


@pytest.mark.parametrize(("category", "text"), COPY)
def test_lawful_copy_raises_nothing(category: str, text: str) -> None:
    row = LabelledText(text=text, label=False, category=category, host_kind="seller")
    alerts = raised_by(BOOK, text_events(row))
    assert [(one.rule, one.reason) for one in alerts if one.level in ACCUSING] == []
