"""`prize-rigged`: the winner belongs to the house, wins again and again, or nobody ever wins.

反法 11(3). Who belongs to the house is known by the role under which an account writes. A draw that
was not seen may have been held: its absence says something only after the broadcast, or long after
its time, while the room was watched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from detectors.alerts import Level, Number, undecided, unmet
from detectors.calendar import MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Chat, Event, Prize, Session
from detectors.facts.crowd.accounts import stem
from detectors.facts.crowd.signals import Signals, shown
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import ClaimMemory
from detectors.rules.crowd.accounts import alike, of_template
from detectors.rules.prices.wording import day_and_time
from detectors.rules.prizes.draws import MAX_DRAWS
from detectors.rules.prizes.terms import merged
from detectors.rules.prizes.winners import (
    MAX_ASKED,
    MAX_STAFF,
    MAX_WINNERS,
    MAX_WINS,
    RiggedDraws,
    Win,
    same_day,
)
from detectors.speech.utterance import Utterance
from detectors.stats.latest import trim
from detectors.stats.tails import binomial_tail

__all__ = ["PrizeRigged"]


#: Other accounts whose names are compared with those of winners.
MAX_OTHERS = 40
ROLES = {"host": "主播", "assistant": "助播或场控"}


@rule
class PrizeRigged(FramedRule):
    id = "prize-rigged"
    State = RiggedDraws
    reads_crowd = True
    #: The house is known by its lines, whatever stands in them.
    every_line: ClassVar[bool] = True
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"annulled"}
    follows_stream = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.wins_a_day = spec.count("wins_a_day")
        self.redraw_ms = spec.duration_ms("redraw_s")
        self.wait_draw_ms = spec.duration_ms("draw_wait_min")
        self.after_end_ms = spec.duration_ms("after_end_min")
        self.gap_ms = spec.duration_ms("gap_s")
        self.asking = spec.count("asking_viewers")
        self.named_winners = spec.count("named_winners")
        self.name_share = spec.threshold("name_share")
        self.name_usual = spec.threshold("name_share_usual")
        self.least_names = spec.count("least_names")

    # Draws --------------------------------------------------------------------------------

    def on_prize(self, ctx: Context, event: Prize) -> None:
        draws: RiggedDraws = ctx.state
        known = draws.prizes.pop(event.prize, None)
        if event.phase == "drawn":
            draws.drawn += known is not None
            draws.due.pop(event.prize, None)
            draws.over.pop(event.prize, None)
            ctx.cancel_timer(f"due {event.prize}")
            self._won(ctx, draws, event)
            return
        prize = event if known is None else merged(known, event)
        draws.keep(prize)
        draws.over.pop(event.prize, None)
        if prize.ends_at is not None:
            self._await_draw(ctx, draws, prize.prize, prize.ends_at + self.wait_draw_ms)

    def _await_draw(self, ctx: Context, draws: RiggedDraws, key: str, due: int) -> None:
        draws.due[key] = due
        while len(draws.due) > MAX_DRAWS:
            oldest = next(iter(draws.due))
            del draws.due[oldest]
            draws.over.pop(oldest, None)
        ctx.set_timer(due, f"due {key}")

    def on_session(self, ctx: Context, event: Session) -> None:
        draws: RiggedDraws = ctx.state
        if event.phase != "ended":
            return
        for key, prize in list(draws.prizes.items()):
            ends_at = prize.ends_at
            if ends_at is not None and ends_at <= event.at:
                self._await_draw(ctx, draws, key, event.at + self.after_end_ms)
                draws.over[key] = event.at
            elif ends_at is not None:
                ctx.decline("not-due", key, "下播时尚未到公布的开奖时间")
                self._forget(ctx, draws, key)
            elif "ends_at" in (prize.absent or ()):
                self._await_draw(ctx, draws, key, event.at + self.after_end_ms)
                draws.over[key] = event.at
            else:
                ctx.decline("end-unknown", key, "未见公布的开奖时间")
                self._forget(ctx, draws, key)

    def _forget(self, ctx: Context, draws: RiggedDraws, key: str) -> None:
        draws.prizes.pop(key, None)
        draws.due.pop(key, None)
        draws.over.pop(key, None)
        ctx.cancel_timer(f"due {key}")

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        kind, _, name = key.partition(" ")
        if kind == "due":
            self._never_drawn(ctx, name, due)
        else:
            self._confirm(ctx, name)

    def holds_back(self, memory: Any, key: str) -> bool:
        # After the end of a broadcast nothing more is to be expected of it.
        kind, _, name = key.partition(" ")
        return kind == "staff" or name in memory.over

    def _never_drawn(self, ctx: Context, key: str, at: int) -> None:
        draws: RiggedDraws = ctx.state
        draws.due.pop(key, None)
        # What came after the broadcast was waited for, but not watched.
        seen_until = draws.over.pop(key, at)
        prize = draws.prizes.pop(key, None)
        if prize is None:
            return
        promised = prize.ends_at
        start = promised if promised is not None else prize.at
        # However short a gap is: in the minute for which it was promised, the draw may have been.
        missed = promised is not None and ctx.room.unwatched_ms(
            promised - MINUTE_MS, promised + MINUTE_MS
        )
        if missed or ctx.room.unwatched_ms(start - MINUTE_MS, at) > self.gap_ms:
            ctx.decline("gap-over-draw", key, "开奖时间前后未监测")
            return
        asked = [chat for chat in draws.asked if chat.at >= start]
        level: Level = "lead" if draws.drawn or len(asked) >= self.asking else "watch"
        numbers: dict[str, Number] = {
            "ends_at": promised,
            "late_min": (seen_until - start) // MINUTE_MS,
            "asking_viewers": len(asked),
            "draws_seen": draws.drawn,
        }
        when = f"应于 {day_and_time(promised)} 开奖" if promised is not None else "未载明开奖时间"
        reason = f"公布的抽奖“{prize.name or key}”{when}，其后 {numbers['late_min']} 分钟未见开奖"
        if asked:
            reason += f"，{len(asked)} 名观众追问"
        ctx.raise_alert(
            Finding(
                subject=key,
                subject_title=prize.name or key,
                level=level,
                because=["never" if level == "watch" else "drawn" if draws.drawn else "asked"],
                reason=reason + "。",
                trigger=[prize, *asked[-3:]] if asked else [prize],
                hit=f"{key}:never",
                numbers=numbers,
                exemptions=[
                    unmet("延后开奖", "等候期内未见开奖，也未见改期"),
                    undecided(
                        "采集不到开奖结果",
                        (
                            f"同一直播间另有 {draws.drawn} 次抽奖的开奖可见"
                            if draws.drawn
                            else "本直播间未见过其他开奖，采集是否完整不能判断"
                        ),
                    ),
                ],
                missing=["平台记录的开奖结果与中奖名单"],
                first_at=prize.at,
            )
        )

    # Winners ------------------------------------------------------------------------------

    def _won(self, ctx: Context, draws: RiggedDraws, event: Prize) -> None:
        if event.winners is None:
            ctx.decline("winners-unknown", event.prize)
            return
        fresh: list[str] = []
        for user in dict.fromkeys(event.winners):
            if not user or "*" in user:
                ctx.decline("masked-winner", event.prize)
                continue
            wins = draws.wins.pop(user, [])
            draws.wins[user] = wins
            if any(win.prize == event.prize and same_day(win.event, event) for win in wins):
                ctx.decline("shown-again", event.prize, "同一次抽奖的结果再次展示")
                continue
            win = Win(event.prize, event)
            wins[:] = [one for one in wins if same_day(one.event, event)][1 - MAX_WINS :]
            wins.append(win)
            if user in draws.staff or self._is_host(ctx, user):
                self._suspect(ctx, draws, user, win)
            elif len(wins) >= self.wins_a_day:
                self._often(ctx, user, wins)
            fresh.append(user)
        self._named_alike(ctx, event, fresh)
        if draws.staff and not draws.staff.keys() & set(event.winners):
            ctx.decline("house-took-part-only", event.prize, "内部账号在场，未在中奖名单之内")
        trim(draws.wins, MAX_WINNERS)

    def _named_alike(self, ctx: Context, event: Prize, winners: list[str]) -> None:
        """Do the winners' names come from one template that the names of those who write lack?"""
        pattern, share = alike(list(map(stem, winners)))
        if len(winners) < self.named_winners or share < self.name_share:
            return
        crowd = ctx.room.crowd
        others = [name for name in crowd.chatters(MAX_OTHERS) if name not in winners]
        usual = alike(list(map(stem, others)), pattern)[1]
        if len(others) < self.least_names:
            ctx.decline("too-few-names", event.prize, f"发言账号只有 {len(others)} 个可比")
            return
        if usual >= self.name_usual:
            ctx.decline("usual-names", event.prize, f"发言账号也有 {usual:.0%} 如此命名")
            return
        named = round(share * len(winners))
        known = [one.number for name in winners if (one := crowd.accounts.get(name)) is not None]
        signals = Signals()
        chance = max(usual, 1 / (len(others) + 1))
        signals.add(
            "names", named, chance * len(winners), binomial_tail(named, len(winners), chance)
        )
        ctx.raise_alert(
            Finding(
                subject=f"names:{event.prize}",
                subject_title=event.name or event.prize,
                level="watch",
                because=["alike"],
                reason=f"抽奖 {event.prize} 的 {len(winners)} 个中奖账号中 {named} 个的名字是“{pattern}”加数字，"
                f"其他发言的 {len(others)} 个账号中只有 {usual:.0%} 如此；其中 {len(known)} 个此前在本直播间发过言"
                "或下过单。",
                trigger=[event],
                hit=f"{event.prize}:names",
                numbers={
                    "winners": len(winners),
                    "name_pattern": pattern,
                    "winners_named": named,
                    "name_share_percent": round(100 * share),
                    "chatters": len(others),
                    "chatters_percent": round(100 * usual),
                    "seen_before": len(known),
                },
                exemptions=[unmet("平台默认昵称", "其他发言账号用同一模板命名的占比见理由")],
                missing=["中奖账号的注册时间、设备与实名", "抽奖的后台设置与记录"],
                crowd=shown(
                    crowd,
                    known,
                    signals.found,
                    groups={"names": of_template(crowd, known, pattern)},
                ),
            )
        )

    def _learn_staff(self, ctx: Context, draws: RiggedDraws, event: Chat) -> None:
        """An account that writes as host or assistant; it may have won before."""
        user = event.user
        if not user or user in draws.staff:
            return
        draws.staff[user] = event
        trim(draws.staff, MAX_STAFF)
        for win in draws.wins.get(user, ()):
            if same_day(win.event, event):
                self._suspect(ctx, draws, user, win)

    def _is_host(self, ctx: Context, user: str) -> bool:
        host = ctx.room.host
        return bool(host) and fold(user).text == fold(host or "").text

    def _suspect(self, ctx: Context, draws: RiggedDraws, user: str, win: Win) -> None:
        """Waits whether the draw is annulled: “这是我们场控，不算，重抽”."""
        name = f"{win.prize}\t{user}"
        draws.suspects[name] = win
        trim(draws.suspects, MAX_DRAWS)
        ctx.set_timer(max(ctx.now, win.event.at) + self.redraw_ms, f"staff {name}")

    def _confirm(self, ctx: Context, name: str) -> None:
        draws: RiggedDraws = ctx.state
        win = draws.suspects.pop(name, None)
        if win is None:
            return
        user = name.partition("\t")[2]
        known = draws.staff.get(user)
        role = ROLES.get(str(known.role), "主播") if known is not None else "主播"
        # Nobody has seen an account write as the host: it only has the displayed name.
        whose = f"是本直播间的{role}账号" if known is not None else "与本直播间主播的名称相同"
        supporting: list[Event] = [known] if known is not None else []
        ctx.raise_alert(
            Finding(
                subject=win.prize,
                subject_title=win.event.name or win.prize,
                level="lead",
                because=["staff" if known is not None else "namesake"],
                reason=f"抽奖 {win.prize} 的中奖账号 {user} {whose}，其后 "
                f"{self.redraw_ms // 1_000} 秒内未宣布作废或重抽。",
                trigger=[*supporting, win.event],
                hit=name,
                numbers={
                    "winners": len(win.event.winners or ()),
                    "redraw_s": self.redraw_ms // 1_000,
                    "role": role,
                },
                exemptions=[
                    unmet("当场作废、重抽", "开奖后未听到作废或重抽"),
                    unmet("仅参与而未中奖", "该账号在公布的中奖名单之内"),
                ],
                missing=["中奖账号的实名与用工关系", "抽奖的后台设置与记录"],
                first_at=win.event.at,
            )
        )

    def _often(self, ctx: Context, user: str, wins: Sequence[Win]) -> None:
        crowd = ctx.room.crowd
        account = crowd.accounts.get(user)
        # What the room's book says of the account: when it came, what it wrote and bought.
        told = "此前没有在本直播间发言或下单"
        if account is not None:
            told = f"{day_and_time(account.first)} 首次出现，发言 {account.lines} 条，下单 {account.orders} 单"
        ctx.raise_alert(
            Finding(
                subject=f"winner:{user}",
                subject_title=f"账号 {user}",
                level="watch",
                because=["often"],
                reason=f"账号 {user} 在同一日的 {len(wins)} 次抽奖中中奖（达到 {self.wins_a_day} 次）；{told}。",
                trigger=[win.event for win in wins],
                extent=len(wins),
                numbers={"wins": len(wins), "wins_a_day": self.wins_a_day},
                exemptions=[unmet("同一开奖结果重复展示", "所见各次抽奖的编号互不相同")],
                missing=["各次抽奖的参与人数与名单", "该账号与直播间运营者的关系"],
                crowd=shown(crowd, [account.number], []) if account is not None else None,
            )
        )

    # Said ---------------------------------------------------------------------------------

    def awaits(self, memory: ClaimMemory) -> bool:
        return super().awaits(memory) or (isinstance(memory, RiggedDraws) and bool(memory.suspects))

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        draws: RiggedDraws = ctx.state
        event = utterance.event
        if isinstance(event, Chat):
            self._learn_staff(ctx, draws, event)
        super().on_text(ctx, utterance, hits)

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Takes back what was suspected of winners, where the host annuls the draw."""
        draws: RiggedDraws = ctx.state
        if draws.suspects and utterance.has_new("annulled", hits):
            for name in list(draws.suspects):
                del draws.suspects[name]
                ctx.cancel_timer(f"staff {name}")
                ctx.decline("annulled", name.partition("\t")[0], utterance.original[:40])

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        draws: RiggedDraws = ctx.state
        if not draws.due or not event.user:
            return
        draws.asked = [one for one in draws.asked if one.user != event.user][1 - MAX_ASKED :]
        draws.asked.append(event)
