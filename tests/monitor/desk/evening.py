"""An evening of invented alerts, built as the engine builds them, and a store that holds them."""

from __future__ import annotations

from datetime import date
from typing import Any

from detectors.alerts import (
    Alert,
    Evidence,
    Exemption,
    LawBasis,
    PricePoint,
    Span,
    WatchedGap,
    alert_id,
)
from detectors.events import Chat, Event, Price, Product, Speech
from detectors.pack.law import LawTable, Provision, Statute
from detectors.pack.load import Rulebook
from detectors.rule import LawRef, Rule, RuleSpec, Threshold
from monitor.store.rows import Outcome, RoomRow
from monitor.store.store import Store

#: 2026-11-24 20:46:31 in Beijing.
NOW = 1_795_524_391_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

TEA, CREAM, JADE = ("禾播", "77001"), ("快逛", "30518"), ("拾光", "9102")
ROOMS = [
    RoomRow(platform="禾播", room="77001", title="山里老陈的茶铺", host="老陈", operator="青禾县陈记茶业有限公司",
            session="77001-20261124", watched_since=NOW - 38 * DAY, last_event_at=NOW - 2_000, last_arrival_ms=NOW - 2_000, events=5_812),
    RoomRow(platform="快逛", room="30518", title="润颜美妆旗舰直播间", host="小润", operator="临江市润颜生物科技有限公司",
            session="30518-20261124", watched_since=NOW - 12 * DAY, last_event_at=NOW - 4_000, last_arrival_ms=NOW - 4_000, events=9_120),
    RoomRow(platform="拾光", room="9102", title="金玉满堂文玩", operator="",
            session="9102-20261124", watched_since=NOW - 3 * DAY, last_event_at=NOW - 9_000, last_arrival_ms=NOW - 9_000, events=640),
]  # fmt: skip


def chat(at: int, text: str, user: str = "7c1e90", role: str = "viewer", **more: Any) -> Chat:
    return Chat(id=more.pop("id", f"c{at}{user}"), platform="禾播", room="77001", session="s1", at=at, text=text, user=user, role=role, **more)  # type: ignore[arg-type]  # fmt: skip


def speech(at: int, text: str, **more: Any) -> Speech:
    return Speech(id=more.pop("id", f"s{at}"), platform="禾播", room="77001", session="s1", at=at, text=text, speaker="host", confidence=0.95, **more)  # fmt: skip


def alert(
    rule: str = "medical-claim",
    *,
    at: int = NOW - 5 * MINUTE,
    hits: int = 1,
    level: str = "lead",
    room: tuple[str, str] = TEA,
    subject: str = "T1",
    subject_title: str = "T1 高山云雾绿茶",
    title: str = "涉嫌普通食品宣称治疗功能",
    reason: str = "“喝一个月，高血压就降下来”；商品类目为食品，无保健食品或药品批准文号",
    focus: str = "F3",
    trigger: list[Event] | None = None,
    raised_at: int | None = None,
    **more: Any,
) -> Alert:
    """A valid alert from the two or three fields that a test cares about."""
    platform, name = room
    session = more.pop("session", f"{name}-20261124")
    evidence = more.pop("evidence", None) or Evidence(
        trigger=trigger or [speech(at, "这个茶喝一个月，高血压就降下来", id=f"s-{rule}")],
        numbers={"hits": hits},
    )
    return Alert(
        id=alert_id(rule, 1, platform, name, session, subject),
        rule=rule,
        rule_version=1,
        level=level,  # type: ignore[arg-type]
        focus=focus,
        platform=platform,
        room=name,
        session=session,
        subject=subject,
        subject_title=subject_title,
        first_at=more.pop("first_at", at - (hits - 1) * MINUTE),
        last_at=at,
        hits=hits,
        raised_at=raised_at or at + 400,
        title=title,
        reason=reason,
        law=more.pop("law", [
            LawBasis(law="中华人民共和国广告法", article="第十七条", penalty="第五十八条：广告费用一至三倍", when="面向消费者的商业广告，且商品不是药品、医疗器械"),
        ]),
        exemptions=more.pop("exemptions", [Exemption(clause="转述并否认", met=False, why="前后文未见否认")]),
        missing=more.pop("missing", ["商品的批准文号", "主播与经营者的合同"]),
        evidence=evidence,
        **more,
    )  # fmt: skip


def false_original_price() -> Alert:
    """The alert of the pictures: a reference price, ten days of history, one gap."""
    at = NOW - 19_000
    steps: list[PricePoint] = []
    prices = [(-10.0, 9900), (-8.1, 9500), (-8.0, 9900), (-6.9, 9500), (-6.8, 9900), (-4.9, 8990), (-4.8, 9900),
              (-2.98, 8990), (-2.85, 9900), (-1.0, 9500), (-0.95, 9900), (-0.02, 8990)]  # fmt: skip
    for place, (days, price) in enumerate(prices):
        begin = at + int(days * DAY)
        end = at + int(prices[place + 1][0] * DAY) if place + 1 < len(prices) else at
        steps.append(
            PricePoint(at=begin, until=end, kind="asking", price=price, event=f"p{place}", count=40)
        )
    for place, (days, price) in enumerate(
        [
            (-9.6, 9900),
            (-8.05, 9500),
            (-6.85, 9500),
            (-6.2, 9900),
            (-5.5, 9900),
            (-2.94, 8990),
            (-1.4, 9900),
            (-0.97, 9500),
        ]
    ):
        when = at + int(days * DAY)
        steps.append(
            PricePoint(
                at=when,
                until=when + MINUTE,
                kind="transaction",
                price=price,
                event=f"t{place}",
                count=3,
            )
        )
    gap = WatchedGap(
        from_=at - int(4.55 * DAY), until=at - int(4.55 * DAY) + 27_000_000, reason="采集连接重建"
    )
    near = WatchedGap(
        from_=at + 20_000, until=at + 31_000, reason="采集连接重建，已补回弹幕，未补回语音"
    )
    card = Price(id="card-1", platform="禾播", room="77001", session="s1", at=at, sku="T1", kind="asking", price=8990,
                 reference_price=45900, reference_label="原价")  # fmt: skip
    said = speech(at - 9_000, "咱们专柜原价四百五十九一罐，今天在我直播间", id="say-1")
    cut = speech(at + 4_000, "八十九块九，就今天这一场，立省三百六十九块一", id="say-2")
    want = [chat(at + 11_000 + n * 200, "想要", user=f"u{n % 31:04d}") for n in range(37)]
    return alert(
        "false-original-price",
        at=at,
        hits=14,
        title="涉嫌虚构原价",
        reason="原价 459.00 元，此前 7 天同店同规格最低成交价 89.90 元，高出 369.10 元",
        focus="F6",
        evidence=Evidence(
            trigger=[said, card, cut],
            before=[speech(at - 22_000, "家人们，这个云雾茶啊，山里头一年就这么一季"), chat(at - 14_000, "多少钱一罐")],
            after=[*want, chat(at + 32_000, "上周我就是 89.9 买的啊", user="90b2cc"), chat(at + 43_000, "1 号链接已上", user="a1", role="assistant"),
                   Product(id="card-2", platform="禾播", room="77001", session="s1", at=at + 50_000, sku="T1", title="高山云雾绿茶", status="explaining", price=8990, stock=300)],
            numbers={"reference_fen": 45900, "lowest_fen": 8990, "excess_fen": 36910, "watched_days": 38.0, "window_start": at - 7 * DAY, "window_end": at, "unwatched_ms": 27_000_000, "transactions": 12, "lowest_at": at - int(2.94 * DAY)},
            gaps=[gap, near],
            spans=[
                Span(event="say-1", start=4, end=11, text="原价四百五十九"),
                Span(event="say-2", start=0, end=5, text="八十九块九"),
                Span(event="say-2", start=13, end=22, text="立省三百六十九块一"),
                Span(event="card-1", start=0, end=7, text="¥459.00", field="reference_price"),
            ],
            prices=steps,
        ),
        law=[
            LawBasis(law="明码标价和禁止价格欺诈规定", article="第十六条第二款、第十九条第三项", penalty="第二十三条：依照价格违法行为行政处罚规定第七条", when="“原价”未标明详细信息，且高于前七日最低成交价"),
            LawBasis(law="直播电商监督管理办法", article="第三十二条", penalty="第六十条", when="直播间运营者自行标示价格", status="excerpt"),
        ],
        exemptions=[
            Exemption(clause="无主观故意（价格规定第二十一条第一项）", met=False, why="未能判断：须由当事人举证"),
            Exemption(clause="实际成交价更优惠（第二项）", met=False, why="成交价 89.90 元，等于而非低于宣称现价"),
            Exemption(clause="舍零取整（第三项）", met=False, why="差额 369.10 元，非零头"),
        ],
        missing=["平台订单与支付流水，核对成交价", "“专柜”指哪一家，459.00 元的销售凭证", "价格与划线价由谁设置（店铺或直播间）"],
    )  # fmt: skip


def rulebook() -> Rulebook:
    """A small book of rules, so that the desk's tests do not hang on the packs."""
    law = LawTable(
        [
            Statute(
                short="广告法",
                title="中华人民共和国广告法",
                duties={
                    "绝对化": [
                        Provision(
                            article="第九条第三项", penalty="第五十七条", from_=date(2015, 9, 1)
                        )
                    ],
                },
            ),
        ]
    )
    specs = [
        RuleSpec(
            id=name,
            version=1,
            title=title,
            title_en=english,
            focus=focus,
            level=level,
            stage="trial",  # type: ignore[arg-type]
            status=status,
            law=[LawRef(ref="广告法/绝对化", when="指向所售商品")],  # type: ignore[arg-type]
            cases=[{"name": "触发", "expect": [{}]}, {"name": "不触发", "expect": []}],
            thresholds={
                "lookback_days": Threshold(value=7, origin="law", note="价格规定第十六条第二款")
            },
        )
        for name, title, english, focus, level, status in (
            (
                "false-original-price",
                "虚构原价、划线价",
                "False original price",
                "F6",
                "lead",
                "verified",
            ),
            ("medical-claim", "普通商品涉疾病治疗", "Medical claim", "F3", "lead", "verified"),
            ("absolute-term", "绝对化用语", "Absolute term", "F3", "watch", "verified"),
            ("scripted-chat", "水军、托", "Scripted chat", "F1", "info", "unverified"),
        )
    ]
    return Rulebook([type(spec.id, (Rule,), {"id": spec.id})(spec) for spec in specs], law)


def evening() -> list[Alert]:
    """Alerts of three rooms, oldest first."""
    return [
        alert("promo-rule-mismatch", at=NOW - 33 * MINUTE, hits=6, level="watch", title="促销期限反复延续", focus="F6",
              reason="“只有今天这一场” 已连续 6 场出现，场后 24 小时价格未恢复"),
        alert("absolute-term", at=NOW - 8 * MINUTE, hits=9, level="watch", room=CREAM, subject="K7", subject_title="K7 舒缓修护精华",
              title="绝对化用语，豁免未成立", reason="“全网最温和的一款” 指向所售商品，未注明出处；自我比较、时空限定均不成立"),
        alert("cosmetic-medical", at=NOW - MINUTE, hits=6, room=CREAM, subject="K7", subject_title="K7 舒缓修护精华",
              title="涉嫌化妆品宣称医疗作用", reason="“三天抗炎，激素脸也能修复好”；备案为普通化妆品，未见功效依据摘要", status="excerpt"),
        alert("medical-claim", at=NOW - 15 * MINUTE, hits=3),
        alert("fake-scarcity", at=NOW - 5 * MINUTE, hits=5, room=JADE, subject="W2", subject_title="W2 和田玉籽料", focus="F1",
              title="涉嫌虚假抢购", reason="“只剩最后 3 单”之后 20 分钟内成交 41 单，库存未见补充"),
        alert("scripted-chat", at=NOW - 6 * MINUTE, hits=5, level="info", subject="cluster-1", subject_title="", focus="F1",
              title="弹幕集中重复", reason="10 分钟内 5 个账号，占发言账号 2.4%；7 日基线 0.3%"),
        false_original_price(),
    ]  # fmt: skip


def fill(
    store: Store, alerts: list[Alert] | None = None, rooms: list[RoomRow] | None = None
) -> None:
    """Commits as the worker does, each hit by itself so that the sparklines have a history."""
    store.commit(Outcome(rooms=ROOMS if rooms is None else rooms), NOW)
    for final in evening() if alerts is None else alerts:
        for hit in range(1, final.hits):
            at = final.last_at - (final.hits - hit) * 4 * MINUTE
            earlier = alert(final.rule, at=at, hits=hit, level=final.level, room=(final.platform, final.room),
                            subject=final.subject, subject_title=final.subject_title, title=final.title,
                            reason=final.reason, focus=final.focus, first_at=final.first_at)  # fmt: skip
            store.commit(Outcome(alerts=[earlier]), NOW)
        store.commit(Outcome(alerts=[final]), NOW)
