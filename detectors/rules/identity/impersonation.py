"""`ai-impersonation`: a generated host gives itself out as a real person, or a likeness is faked.

直播办法 34(2), 反法 7. Words in the first person count only where the platform's flag says that the
host is no person: what a person says of his own profession is no matter of this rule. While the
flag is unknown the words wait for it. Who admits that a face or voice was made counts at once; and
who gives himself out as somebody whom everybody knows, in a room of another name, is looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from detectors.alerts import Exemption, Level, unmet
from detectors.claims.framed import FramedRule
from detectors.events import Room
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.likeness import Likeness
from detectors.match.phrasing import phrasing, word_list
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import ALIKE, PLAINLY, TELLING, Claim, ClaimMemory
from detectors.rules.claims.reading import Pair, Reading
from detectors.rules.goods.pending import in_order
from detectors.rules.identity.likeness import LIKE, MADE, ON_SCREEN, SOMEBODY
from detectors.speech.utterance import Utterance

__all__ = ["AiImpersonation"]

#: Names that no person has.
_NOBODY = phrasing("impersonation", "not-a-person")
#: Findings that wait until it is known whether the host is a person.
MAX_WAITING = 8
#: Concept of what counts for hosts of any kind.
_MADE = "换脸拟声"
_POSED = "假冒身份"
#: Words of making that are said of goods, too, and the most letters from there to the part of a likeness.
_CRAFT, _BESIDE = "made.制作", 8
_CLAIMED = "自称名人"
#: Who is named stands in a relation to the speaker, and is not the speaker.
_RELATED = phrasing("impersonation", "related")
_BETWEEN = phrasing("impersonation", "between")
#: “我，钟南山”, “我这个老院士”.
_I_BEFORE = phrasing("impersonation", "i-before")
#: “某某本人给大家…”, “我某某啊”.
_IN_PERSON = phrasing("impersonation", "in-person")
_AND_I = phrasing("impersonation", "and-i")
#: It says itself what it is, or that it may use the likeness.
_AUTHORISED = phrasing("impersonation", "authorised")
_WARNS = phrasing("impersonation", "warns")
_DETERRED = phrasing("impersonation", "deterred")
#: What a device does with its owner's voice or face.
_OWN_VOICE = phrasing("impersonation", "own-voice")
#: A notice of the authorities tells what somebody did.
_NOTICE = phrasing("impersonation", "notice")
#: Somebody's voice or face, and the tools with which it was made: “用软件学的马老师的声音”.
_ASSEMBLED = phrasing("impersonation", "assembled")
#: In a title: “AI某某代言”.
_BILLED = phrasing("impersonation", "billed")
_JOKE = phrasing("impersonation", "joke")


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
        host = ctx.room.host_kind
        # Whoever speaks in the seller's own room may be a person or not.
        is_unknown = host in (None, "seller")
        if is_unknown and like.share >= TELLING:
            # One whom everybody knows is named.
            kinds += ("name", "passed_off")
        is_plain = is_unknown and like.share >= PLAINLY
        if host != "ai" and not is_plain and not reading.kind(*kinds):
            # What is like a generated host that poses as somebody is a person who says what he is.
            ctx.decline("host-unknown" if is_unknown else "person", ALIKE)
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
        if not terms or _AUTHORISED.search(name) or _NOBODY.search(name):
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
                _of_likenesses(reading), reading.kind("name", "star", "expert", "person"),
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
                for hit in (*_of_likenesses(reading), *reading.kind("tool"))[:1]
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
        asked = (*_of_likenesses(reading), *reading.kind("tool"), *reading.kind("sign"))
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
        """Claims that the speaker is a well-known person, by the words and not by the room's name."""
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
        """Claims in the first person to be a named, famous or professional person."""
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
                if _I_BEFORE.search(text[: role.start])
                or text[role.end :].startswith(word_list("impersonation", "me"))
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
                    unmet("真人主播", "平台标明主播由人工智能生成"),
                    unmet("说的是他人", "同句有第一人称的自称"),
                ],
                missing=["主播形象、声音是否取自真人，有无本人授权"],
            )


def _of_likenesses(reading: Reading) -> list[Hit]:
    """Words that tell how a likeness was made; those said of cloth and stones, too, where a voice, a face or a
    recording stands beside them."""
    parts = reading.kind("likeness")
    return [
        hit
        for hit in reading.kind("made")
        if hit.group != _CRAFT
        or any(max(hit.start, part.start) - min(hit.end, part.end) <= _BESIDE for part in parts)
    ]


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
