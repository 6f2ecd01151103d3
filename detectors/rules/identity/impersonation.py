"""`ai-impersonation`: a generated host gives itself out as a real person, or a likeness is faked.

直播办法 34(2), 反法 7. Words in the first person count only where the platform's flag says that the
host is no person: what a person says of his own profession is no matter of this rule. While the
flag is unknown the words wait for it. Who admits that a face or voice was made counts at once; and
who gives himself out as somebody whom everybody knows, in a room of another name, is looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from detectors.alerts import Exemption, Level
from detectors.claims.framed import FramedRule
from detectors.events import Room
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.likeness import Likeness
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import ALIKE, TELLING, Claim, ClaimMemory
from detectors.rules.claims.reading import Pair, Reading
from detectors.rules.goods.held import in_order
from detectors.rules.identity.likeness import LIKE, MADE, ON_SCREEN, SOMEBODY, SURNAME
from detectors.speech.utterance import Utterance

__all__ = ["AiImpersonation"]

#: Findings that wait until it is known whether the host is a person.
MAX_WAITING = 8
#: Concept of what counts for hosts of any kind.
_MADE = "换脸拟声"
_POSED = "假冒身份"
_CLAIMED = "自称名人"
#: Who is named stands in a relation to the speaker, and is not the speaker.
_RELATED = re.compile(
    "^(?:们)?(?:[的他她]{0,2}(?:粉丝|忠粉|铁粉|影迷|歌迷|同款|朋友|学生|徒弟|弟子|家属|女儿|儿子|老婆|爱人|助理|助手|邻居|老乡|同学|同事|秘书|团队|经纪人|代言|"
    "平替|翻版|推荐的|推荐过|讲过|说过|写的|出的|主编|出版)|[都也]?(?:推荐|说过|讲过|在用|用过)的)"
)
_BETWEEN = re.compile(
    "[跟听请找陪替像]|学(?:习|着|了|过|的|于)|[给帮](?!大家|您|你|老|病|人|各位|咱)|看(?!病|诊|护)|(?<!访)问(?!诊)|让(?!大家|您|你)|"
    "认识|见过|咨询|不想当|想成为|长得|模仿|喜欢"
)
#: “我，钟南山”, “我这个老院士”.
_I_BEFORE = re.compile("(?:^|[,。!?:])(?:我|俺)(?:这个|这位|,|:)?[老小]?$")
#: “某某本人给大家…”, “我某某啊”.
_IN_PERSON = re.compile(
    "(?:老师|大哥|先生|女士)?(?:本人|亲自|亲口|真人)(?!的?(?:授权|粉丝|作品|没))"
)
_AND_I = re.compile("[啊呀,。]|在此|来(?!自)|给|今")
#: It says itself what it is, or that it may use the likeness.
_AUTHORISED = re.compile(
    "(?:获得|已获|取得|经|得到|有)(?:[^,。!?]{0,8})授权|授权(?:使用|制作|形象|的?数字)|官方授权|(?:授权|代言|签约)(?:合同|协议)|(?:本人|家属|艺人|员工)(?:的)?(?:授权|同意)|真人(?:明星)?本人到场|正版(?:音库|授权|形象)|授权(?:海报|代言|书)"
)
_WARNS = re.compile(
    "别(?:信|上当|转账|下单|被骗|买)|(?:网上|外面|外头|那个|那些|有人|最近|群里|短视频|刷到)[^。!?]{0,24}(?:都|全|全都)?是(?:假|合成|骗|ai)的?(?!.{0,6}(?:便宜|下单|拍))|千万|骗子|骗局|骗老人|举报|报警|警惕|当心|小心|分辨|辨别|识别|辟谣|打假|冒充的都|都是假|不是我|怎么看出|揭穿|曝光|我不干|提醒:|有人(?:拿|用|要我)|(?:假院士|没这人)|我只是[^,。!?]{0,8}(?:数字人|虚拟)|多半是"
)
_DETERRED = re.compile("别(?:信|上当|买|被骗)|大家(?:小心|当心|警惕|注意)|不要(?:信|上当)|擦亮眼")
#: What a device does with its owner's voice or face.
_OWN_VOICE = re.compile("(?:您|你|孩子|爸妈|家人)(?:们)?(?:自己|本人)?的(?:声音|照片|脸)")
#: A notice of the authorities tells what somebody did.
_NOTICE = re.compile("当事人|通报|处罚|查处|立案|典型案例|被罚|监管部门|市监|网信")
#: Somebody's voice or face, and the tools with which it was made: “用软件学的马老师的声音”.
_SOMEBODY = f"(?<!虚拟)(?<!智能)(?:女星|男星|明星|名人|专家|院士|教授|艺术家|冠军|主持人|主播|医生|大夫|主任|县长|市长|书记|董事长|老总|老师|歌手|演员|网红|将军|领导|[\u4e00-\u9fff]某[\u4e00-\u9fff某]?|{SURNAME}(?:老师|教授|总|哥|姐|院士|主任))"
_TOOL = "(?:软件|ai|人工智能|算法|电脑|深度合成|技术|app)"
_MAKES = "(?:念|学|做|拼|放|合成|克隆|复刻|配|换|扒|仿|生成|弄|p|剪|模拟|拟|还原|变)"
_ASSEMBLED = re.compile(
    rf"{_TOOL}[^,。!?]{{0,4}}{_MAKES}[^,。!?]{{0,6}}{_SOMEBODY}|"
    rf"{_SOMEBODY}[^,。!?]{{0,6}}(?:声音|嗓音|嗓子|脸|头像|形象|视频|讲话|样子|口音)[^,。!?]{{0,8}}(?:(?:用|拿|靠|由)?{_TOOL}{_MAKES}|换(?:到|成|上|过来)|p(?:到|成|上)|合成|克隆|复刻|配的音|配音|套(?:到|上)|贴(?:到|上))|"
    rf"{_TOOL}[^,。!?]{{0,3}}(?:念|说|讲|配|读)的?[^,。!?]{{0,3}}{_SOMEBODY}|{_SOMEBODY}[^,。!?]{{0,8}}(?:脸|视频|声音)[^。!?]{{0,10}}{_TOOL}(?:一下|拼|做|弄|合|生成|放)|{_TOOL}[^,。!?]{{0,6}}(?:生成|合成)[^,。!?]{{0,6}}{_SOMEBODY}|"
    rf"(?:把|拿|用)[^,。!?]{{0,4}}{_SOMEBODY}[^,。!?]{{0,4}}(?:的)?(?:脸|头|声音|嗓子|形象)[^,。!?]{{0,6}}(?:换|贴|套|p|合成|安|接|配|放(?![得大出]))|"
    rf"(?:ai|数字人|虚拟)(?:版|复刻|生成|合成|克隆)?(?:的)?(?:我们)?{_SOMEBODY}[^,。!?]{{0,6}}(?:推荐|代言|带货|给大家|同款|站台|坐诊)"
)
#: In a title: “AI某某代言”.
_BILLED = re.compile("[^,。!?]{0,4}(?:推荐|代言|带货|站台|坐诊|同款|给大家|亲选|讲)")
_JOKE = re.compile(
    "小区|村里|我们班|单位里|家里的|厨房|吃饭|干饭|睡觉|广场舞|幼儿园|业余|开玩笑|哈哈"
)


class Impersonations(ClaimMemory):
    """Beside the claims: at most 8 findings that wait for the host's kind."""

    waiting: list[Finding] = []
    named: str = ""
    """The host's displayed name that was raised last."""


@rule
class AiImpersonation(FramedRule):
    id = "ai-impersonation"
    State = Impersonations
    follows_stream = True
    heeds_only = True
    strong: ClassVar[frozenset[str]] = frozenset(
        {
            "name",
            "star",
            "expert",
            "practice",
            "own",
            "made",
            "posed",
            "person",
            "seen",
            "tool",
            "sign",
        }
    )

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = [*self._made(reading), *super().find(ctx, reading), *self._posed(ctx, reading)]
        claims.sort(
            key=lambda claim: (any(one.met for one in claim.exemptions), claim.level != "lead")
        )
        return claims

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        super().on_text(ctx, utterance, hits)
        if not ctx.findings or ctx.room.host_kind == "ai":
            return
        memory: Impersonations = ctx.state
        kept = []
        for finding in ctx.findings:
            if finding.amends or finding.subject.endswith((_MADE, _CLAIMED, ALIKE)):
                kept.append(finding)
            else:
                memory.waiting.append(finding)
                ctx.decline("host-unknown", finding.subject)
        del memory.waiting[:-MAX_WAITING]
        ctx.findings[:] = kept

    def _like(self, ctx: Context, reading: Reading, like: Likeness) -> Claim | None:
        kinds: tuple[str, ...] = ("made", "tool", "ai", "sign", "made_up_by", "made_strictly")
        if ctx.room.host_kind is None and like.share >= TELLING:
            # Of a host of whom nothing is known: one whom everybody knows is named.
            kinds += ("name", "passed_off")
        if ctx.room.host_kind != "ai" and not reading.kind(*kinds):
            # What is like a generated host that poses as somebody is a person who says what he is.
            ctx.decline("person" if ctx.room.host_kind else "host-unknown", ALIKE)
            return None
        return super()._like(ctx, reading, like)

    def on_room(self, ctx: Context, event: Room) -> None:
        if ctx.room.host_kind != "ai":
            if ctx.room.host_kind is not None:
                ctx.state.waiting = []
            return
        memory: Impersonations = ctx.state
        for finding in memory.waiting:
            if finding.trigger[-1].session == event.session:
                finding.trigger = in_order([event, *finding.trigger])
                finding.missing = [one for one in finding.missing if "主播身份" not in one]
                ctx.raise_alert(finding)
        memory.waiting = []
        if event.host and event.host != memory.named:
            self._named(ctx, memory, event, event.host)

    def _named(self, ctx: Context, memory: Impersonations, event: Room, host: str) -> None:
        """The host's displayed name is an expert's or a star's."""
        name = fold(host).text
        groups = ("name", "star", "expert")
        terms = [
            term
            for group, words in self.spec.patterns.items()
            if group.partition(".")[0] in groups
            for term in words
            if term in name
        ]
        if not terms or _AUTHORISED.search(name) or re.search("ai|数字人|虚拟|助手|粉丝", name):
            return
        memory.named = host
        ctx.raise_alert(
            Finding(
                subject=host,
                subject_title=f"主播名称“{host}”",
                level="watch",
                because=["named"],
                reason=f"平台标明主播由人工智能生成，而主播名称显示为“{host}”，易使人误认是真人名人、专家。",
                trigger=[event],
                hit=f"host:{host}",
                numbers={"term": max(terms, key=len)},
                exemptions=_exemptions(None),
                missing=["主播形象、声音是否取自真人，有无本人授权"],
            )
        )

    # What is said -------------------------------------------------------------------------------

    def _made(self, reading: Reading) -> Iterator[Claim]:
        """A face or voice was made, of somebody: said by whoever."""
        pairs = [
            *reading.pairs(
                reading.kind("made"), reading.kind("name", "star", "expert", "person"),
                after=20, before=14, marks=1,
            ),
            *(
                pair
                for pair in reading.pairs(
                    reading.kind("name", "star"), reading.kind("ai"), before=3
                )
                if _BILLED.match(reading.text, pair.first.end)
            ),
            *(
                Pair(hit, Hit(hit.group, found.group(), found.start(), found.end()))
                for hit in (*reading.kind("made"), *reading.kind("tool"))[:1]
                for found in _ASSEMBLED.finditer(reading.text)
            ),
            *reading.pairs(
                reading.kind("posed"), reading.kind("name", "star", "expert", "person"), after=12
            ),
        ]  # fmt: skip
        pairs += self._alike(reading)
        for pair in pairs:
            text = reading.text
            posed = pair.first.group.startswith("posed")
            if posed and not reading.kind("ai", "made"):
                continue
            if _OWN_VOICE.search(text) and SOMEBODY.search(text) is None:
                continue
            if pair.second.group.partition(".")[0] in ("made", "tool", "like"):
                pair = Pair(pair.second, pair.second)
            warned = _DETERRED.search(text)
            notice = _NOTICE.search(text) if warned is None else None
            yield Claim(
                concept=_MADE,
                hits=list(dict.fromkeys(pair)),
                level="watch" if posed or notice or pair.first.group == "like" else "lead",
                because=["made"],
                says=f"“{text[pair.start : pair.end]}”，以人工智能制作、假冒他人的形象或声音作宣传",
                exemptions=[
                    *_exemptions(_AUTHORISED.search(text)),
                    _warning(None if notice else _WARNS.search(text)),
                ],
                missing=["该形象、声音取自何人，有无本人授权"],
            )

    def _alike(self, reading: Reading) -> Iterator[Pair]:
        """Somebody who can be told, and how the likeness was made, wherever in the text."""
        asked = (*reading.kind("made"), *reading.kind("tool"), *reading.kind("sign"))
        if not asked or not (reading.kind("name") or SOMEBODY.search(reading.text)):
            return
        ways = [(MADE, "tool"), (LIKE, "like")]
        if reading.kind("name"):
            ways.append((ON_SCREEN, "like"))
        for expression, group in ways:
            found = expression.search(reading.text)
            if found is not None:
                hit = Hit(group, found.group(), found.start(), found.end())
                yield Pair(hit, hit)
                return

    def _claimed(self, ctx: Context, reading: Reading) -> Iterator[Claim]:
        """It is somebody whom everybody knows, by his own words and not by the room's name."""
        text = reading.text
        host = fold(ctx.room.host or "").text
        known = [hit for hit in reading.kind("name") if hit.group == "name.名人"]
        for pair in (
            *reading.pairs(known, reading.kind("self", "called"), before=6),
            *(
                Pair(role, role)
                for role in known
                if _IN_PERSON.match(text[role.end :])
                or (_I_BEFORE.search(text[: role.start]) and _AND_I.match(text[role.end :]))
            ),
        ):
            role, self_ = pair.first, pair.second
            if (
                _BETWEEN.search(text[self_.end : role.start])
                or _RELATED.match(text[role.end :])
                or _JOKE.search(reading.sentence(role.start))
            ):
                ctx.decline("other-person")
                continue
            own = bool(host) and role.term in host
            yield Claim(
                concept=_CLAIMED,
                hits=[self_, role] if self_ is not role else [role],
                level="watch",
                because=["claimed"],
                says=f"“{text[pair.start : pair.end]}”，以名人的姓名自称，须核实是否其本人",
                exemptions=[
                    *_exemptions(_AUTHORISED.search(text)),
                    _warning(_WARNS.search(reading.sentence(role.start))),
                    Exemption(
                        clause="本人的账号",
                        met=own,
                        why=f"主播名称即“{host}”" if own else "主播名称不是所称的名人",
                    ),
                ],
                missing=["主播是否其本人；形象、声音是否由人工智能生成"],
            )

    def _posed(self, ctx: Context, reading: Reading) -> Iterator[Claim]:
        """It is somebody, in the first person."""
        kind = ctx.room.host_kind
        roles = reading.kind("name", "star", "expert", "practice", "seen")
        own = reading.kind("own")
        if not roles and not own:
            return
        if kind != "ai":
            claimed = list(self._claimed(ctx, reading))
            if claimed:
                yield from claimed
                return
        text = reading.text
        found = [
            *reading.pairs(roles, reading.kind("self"), before=16, marks=0),
            *reading.pairs(roles, reading.kind("called"), before=14, marks=1),
            *reading.pairs(roles, reading.kind("here"), after=6, marks=0),
            *(Pair(hit, hit) for hit in own),
            *(
                Pair(role, role)
                for role in roles
                if _I_BEFORE.search(text[: role.start]) or text[role.end :].startswith(("我", "俺"))
            ),
        ]
        if kind in ("seller", "influencer"):
            # What others are says nothing of who speaks, nor do words about what was made.
            if found and not reading.kind("made", "tool", "ai", "sign"):
                ctx.decline("person")
            return
        for pair in found:
            role, self_ = pair.first, pair.second
            between = text[self_.end : role.start] if self_.end <= role.start else ""
            if (
                _BETWEEN.search(between)
                or _RELATED.match(text[role.end :])
                or _JOKE.search(reading.sentence(role.start))
            ):
                ctx.decline("other-person")
                continue
            famous = role.group.partition(".")[0] in ("name", "star", "seen")
            level: Level = "lead" if famous else "watch"
            yield Claim(
                concept=_POSED,
                hits=[self_, role] if self_ is not role else [role],
                level=level,
                because=["posed"],
                says=f"“{text[pair.start : pair.end]}”，而平台标明主播由人工智能生成，涉嫌假冒"
                + ("他人" if famous else "专家、专业人士"),
                exemptions=[
                    *_exemptions(_AUTHORISED.search(text)),
                    _warning(_WARNS.search(reading.sentence(role.start))),
                    Exemption(clause="真人主播", met=False, why="平台标明主播由人工智能生成"),
                    Exemption(clause="说的是他人", met=False, why="同句有第一人称的自称"),
                ],
                missing=["主播形象、声音是否取自真人，有无本人授权"],
            )


def _exemptions(authorised: re.Match[str] | None) -> list[Exemption]:
    return [
        Exemption(
            clause="经本人授权的数字形象",
            met=authorised is not None,
            why=f"说明了“{authorised.group()}”" if authorised else "同句未见本人授权的说明",
        )
    ]


def _warning(found: re.Match[str] | None) -> Exemption:
    return Exemption(
        clause="提醒、揭露冒充",
        met=found is not None,
        why=f"是提醒：“{found.group()}”" if found else "同句未见提醒他人防骗的话",
    )
