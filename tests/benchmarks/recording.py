"""A mixed recording of any length: about 85 % chat, 10 % speech, 5 % the rest, in many rooms."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from detectors.lab.delivery import bare
from detectors.lab.evaluation import read_texts

LABELLED = Path(__file__).parents[1] / "data/labelled"
START_MS = 1_790_856_000_000

#: Ordinary talk of viewers; most lines of a live chat are short and many come again.
CHAT = (
    "1", "111", "好看", "多少钱", "主播声音好好听", "想要", "怎么拍", "几号链接", "有没有黑色的", "已拍",
    "发什么快递", "能便宜点吗", "家人们晚上好", "刚来", "哈哈哈哈", "这个适合油皮吗", "我上次买的还没到",
    "一米六穿什么码", "可以试一下白色吗", "主播今天好漂亮啊", "保质期多久", "老人能吃吗", "上次买的挺好吃的",
    "下单了快点发货", "链接在哪里呀", "关注了", "支持支持", "点赞点赞", "来了来了", "这个是现货吗", "有优惠券吗",
    "什么时候发货", "能不能再上一点库存", "没抢到啊", "颜色会不会很显黑", "孕妇可以用吗", "产地是哪里的", "包邮吗",
)  # fmt: skip
#: Ordinary talk of a host.
SPEECH = (
    "家人们晚上好欢迎来到直播间", "这个颜色呢是今年比较流行的", "喜欢的宝宝可以点一下下方小黄车",
    "我们家这款面料摸起来特别软", "今天给大家带来的是新鲜的高山茶叶", "拍下之后四十八小时之内发货",
    "一米六左右的姐妹穿M码就可以了", "刚刚有宝宝问能不能洗衣机洗是可以的", "这个价格是一箱十二瓶的价格",
    "平时喝水少的可以泡一杯放在办公室", "来给大家看一下细节这个走线", "我们是有运费险的不喜欢可以退",
    "里面是独立小包装吃起来比较方便", "好我们来看下一个链接三号链接", "感谢这位宝宝的关注",
    "它的味道是那种淡淡的清香", "我自己家里也在用这个锅", "今天晚上十点钟我们就下播了", "先把这个给大家讲完",
)  # fmt: skip


def mixed(
    count: int, rooms: int, *, seed: int = 1, per_second: float = 20.0, said_once: bool = False
) -> Iterator[bytes]:
    """JSON lines of `count` events, spread over `rooms` rooms at `per_second` events a room.

    Speech is any two sentences, of which there are 361. With `said_once` it is what people wrote down as hosts
    say it (`spoken`), so that neither a text nor most of its words come twice.
    """
    choose = random.Random(seed)
    speech = [spoken(seed, room, rooms) for room in range(rooms)] if said_once else []
    step_ms = 1000 / (per_second * rooms)
    skus = [f"S{number}" for number in range(12)]
    stock = dict.fromkeys(skus, 5_000)
    for index in range(count):
        room = choose.randrange(rooms)
        base: dict[str, Any] = {
            "id": f"b{index}", "platform": "bench", "room": f"r{room}", "session": "s",
            "at": START_MS + int(index * step_ms),
        }  # fmt: skip
        draw = choose.random()
        if draw < 0.85:
            text = choose.choice(CHAT) + ("" if draw < 0.5 else str(choose.randrange(100)))
            user = f"u{choose.randrange(800)}"
            yield _line(base, type="chat", user=user, role="viewer", text=text)
        elif draw < 0.95:
            if speech:
                # Of one product a host goes on to talk.
                text, sku = next(speech[room]), skus[index // 5_000 % len(skus)]
            else:
                text = choose.choice(SPEECH) + choose.choice(SPEECH)
                sku = choose.choice(skus)
            yield _line(
                base, type="speech", speaker="host", text=text, confidence=0.93,
                sku=sku, until=base["at"] + 3000,
            )  # fmt: skip
        elif draw < 0.97:
            name = choose.choice(("viewers", "likes", "visits"))
            yield _line(base, type="counter", name=name, value=1000 + choose.randrange(50))
        elif draw < 0.98:
            sku = choose.choice(skus)
            stock[sku] = max(0, stock[sku] - 1)
            yield _line(base, type="counter", name="stock", sku=sku, value=stock[sku])
        elif draw < 0.99:
            yield _line(
                base, type="price", kind="asking", sku=choose.choice(skus),
                price=choose.choice((5990, 6990)), reference_price=12900, reference_label="划线价",
            )  # fmt: skip
        else:
            sku = choose.choice(skus)
            yield _line(base, type="product", sku=sku, title=f"商品{sku}", status="explaining")


def spoken(seed: int, room: int, rooms: int) -> Iterator[str]:
    """What the host of one of some rooms says without end: ordinary lines, joined without marks and cut
    anywhere, as recognition does. There are 11,000, of which each room has its part."""
    choose = random.Random(seed)
    running = ""
    lines = choose.sample(_sentences(), len(_sentences()))[room::rooms]
    while True:
        choose.shuffle(lines)
        for line in lines:
            running += line
            while len(running) > 36:
                cut = choose.randrange(16, 36)
                yield running[:cut]
                running = running[cut:]


@cache
def _sentences() -> list[str]:
    files = (path.read_bytes() for path in sorted(LABELLED.glob("ordinary*.jsonl")))
    rows = (row for data in files for row in read_texts(data))
    return list(dict.fromkeys(bare(row.text) for row in rows if row.role == "host_speech"))


def _line(base: dict[str, Any], **fields: Any) -> bytes:
    return msgspec.json.encode({**base, **fields})
