"""The engine: events of a room in any order of arrival, alerts with their evidence out.

Rules see the events of a room in the order of event time behind the watermark (the greatest
`at` less the lateness), each once. Nothing here reads a clock: `now` is only stamped on what
is raised, and says how long a room has been idle.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from detectors.alerts import SEVERITY, Alert, Evidence, Level, WatchedGap, alert_id
from detectors.events import Chat, Event, Product, Session, Speech
from detectors.pack import Rulebook
from detectors.room import Facts, RoomState, Sequence, Tracked
from detectors.rule import Context, Finding, Rule
from detectors.stats.price_history import PriceHistory
from detectors.text.fold import fold
from detectors.text.lexicon import Lexicon
from detectors.text.utterance import Utterance

__all__ = ["Engine", "EngineStats", "SnapshotError"]

#: Version of the encoding of a room's state.
STATE_VERSION = 1
#: Events of the verdict, and of the context on either side by kind, that an alert carries.
MAX_TRIGGERS = 60
MAX_AFTER = 40
#: Identities of hits that an alert remembers, so that a hit that comes again counts once.
MAX_HIT_IDS = 256
#: Alerts of one room that can still be repeated; the one repeated longest ago goes first.
MAX_TRACKED = 400
#: Ids in one chunk of the memory of ids.
ID_CHUNK = 512
#: After every time that an event can have.
NEVER = 2**62
#: Chat lines of these roles are words of the seller's side; a viewer's never are.
SELLER_ROLES = ("host", "assistant")
#: A stronger rule mutes those it inhibits on the same subject for this long.
INHIBITION_MS = 10 * 60_000

_place = attrgetter("at", "rank", "id")
_HANDLERS = {
    "Chat": "on_chat", "Speech": "on_speech", "Product": "on_product", "Price": "on_price",
    "Counter": "on_counter", "Order": "on_order", "Prize": "on_prize", "Room": "on_room",
    "Session": "on_session", "Review": "on_review", "Gap": "on_gap",
}  # fmt: skip


class SnapshotError(ValueError):
    """Bytes that are no state of a room, or one of another version."""


class RuleFailure(Struct):
    """A rule raised an exception: a fault of ours, never of the events."""

    rule: str
    event: str
    room: str
    error: str


class EngineStats(Struct):
    """What the engine counted since the start; the runtime publishes it."""

    events: int = 0
    late: int = 0
    duplicates: int = 0
    evaluations: Tally[str] = msgspec.field(default_factory=Tally)
    findings: Tally[str] = msgspec.field(default_factory=Tally)
    declined: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    inhibited: Tally[str] = msgspec.field(default_factory=Tally)
    failures: list[RuleFailure] = []


class _Part(Struct, array_like=True):
    version: int
    body: msgspec.Raw


class Engine:
    """Steps room states with the rules of a rulebook. One engine serves all rooms."""

    def __init__(
        self, rulebook: Rulebook, *, lateness_ms: int = 2_000, remembered_ids: int = 20_000
    ) -> None:
        """
        Args:
            lateness_ms: how far out of order events may come; also the floor of an alert's delay.
            remembered_ids: event ids a room remembers, to drop what is delivered twice.
        """
        self.rulebook = rulebook
        self.lateness_ms = lateness_ms
        self.remembered_ids = remembered_ids
        self.stats = EngineStats()
        active = [rule for rule in rulebook if rule.spec.stage in ("shadow", "trial", "stable")]
        self._handlers: dict[str, list[tuple[Rule, Any]]] = {
            event: [(rule, getattr(rule, method)) for rule in active if hasattr(rule, method)]
            for event, method in _HANDLERS.items()
        }
        self._text_rules = {
            rule.id: rule for rule in active if type(rule).on_text is not Rule.on_text
        }
        self._every_utterance = [rule for rule in self._text_rules.values() if rule.every_utterance]
        self.lexicon = Lexicon(
            (rule.id, group, term)
            for rule in self._text_rules.values()
            for group, terms in rule.spec.patterns.items()
            for term in terms
        )
        self._rules = {rule.id: rule for rule in active}
        self._inhibitors: dict[str, list[str]] = {}
        for rule in active:
            for muted in rule.spec.inhibits:
                self._inhibitors.setdefault(muted, []).append(rule.id)

    # Rooms --------------------------------------------------------------------------------

    def open(self, platform: str, room: str) -> RoomState:
        """The state of a room of which nothing is known yet."""
        return RoomState(Facts(platform=platform, room=room))

    def step(self, state: RoomState, events: Iterable[Event], *, now: int) -> list[Alert]:
        """Takes events in the order of their arrival; returns alerts that are new or changed.

        `now` is the wall clock, ms.
        """
        sequence = state._sequence
        buffer = sequence.buffer
        lateness = self.lateness_ms
        changed: dict[str, Tracked] = {}
        count = 0
        for event in events:
            count += 1
            if event.id in state._ids:
                sequence.duplicates += 1
                self.stats.duplicates += 1
                continue
            self._remember_id(state, event.id)
            at = event.at
            if at < sequence.watermark:
                # What came in time goes first, then the late one, in the order of arrival.
                self._release(state, sequence.watermark, changed)
                buffer = sequence.buffer
                sequence.late += 1
                self.stats.late += 1
                self._deliver(state, event, changed)
                continue
            if at > sequence.newest:
                sequence.newest = at
                if at - lateness > sequence.watermark:
                    sequence.watermark = at - lateness
            if not buffer or _place(buffer[-1]) <= _place(event):
                buffer.append(event)
            else:
                insort(buffer, event, key=_place)
        self.stats.events += count
        if count:
            sequence.arrived = now
            state._changed.add("sequence")
        self._release(state, sequence.watermark, changed)
        return self._versions(state, changed, now)

    def advance(self, state: RoomState, *, now: int) -> list[Alert]:
        """Moves a room by the wall-clock time that has passed since its last event arrived."""
        sequence = state._sequence
        if not sequence.newest:
            return []
        watermark = sequence.newest + max(0, now - sequence.arrived) - self.lateness_ms
        changed: dict[str, Tracked] = {}
        if watermark > sequence.watermark:
            sequence.watermark = watermark
            state._changed.add("sequence")
            self._release(state, watermark, changed)
            self._fire(state, watermark, changed)
        return self._versions(state, changed, now)

    def finish(self, state: RoomState, *, now: int) -> list[Alert]:
        """Hands out what is buffered, at the end of a recording. Timers that are not due stay."""
        changed: dict[str, Tracked] = {}
        sequence = state._sequence
        if sequence.newest:
            sequence.watermark = sequence.newest + 1
            state._changed.add("sequence")
            self._release(state, sequence.watermark, changed)
            # Nothing more will come: what was gathered after the triggers belongs to the last version.
            for identity in sequence.collecting:
                if identity in state._alerts:
                    changed.setdefault(identity, state._alerts[identity])
            sequence.collecting.clear()
            state._first_due = None
        return self._versions(state, changed, now)

    def needs_tick(self, state: RoomState) -> bool:
        """Does the room wait for time to pass?"""
        sequence = state._sequence
        return bool(sequence.buffer or sequence.timers or sequence.collecting)

    def due_at(self, state: RoomState) -> int | None:
        """Wall clock, ms, from which `advance` has something to do; ``None``: nothing waits."""
        sequence = state._sequence
        first = self._first_due(state)
        if sequence.buffer:
            first = min(first, sequence.buffer[0].at + 1)
        if first >= NEVER:
            return None
        return sequence.arrived + first + self.lateness_ms - sequence.newest

    # Order --------------------------------------------------------------------------------

    def _remember_id(self, state: RoomState, event_id: str) -> None:
        state._ids.add(event_id)
        chunks = state._id_chunks
        last = next(reversed(chunks)) if chunks else -1
        if last < 0 or len(chunks[last]) >= ID_CHUNK:
            last += 1
            chunks[last] = []
            if (len(chunks) - 2) * ID_CHUNK >= self.remembered_ids:
                oldest = next(iter(chunks))
                state._ids.difference_update(chunks.pop(oldest))
                state._changed.add(f"ids:{oldest}")
        chunks[last].append(event_id)
        state._changed.add(f"ids:{last}")

    def _release(self, state: RoomState, watermark: int, changed: dict[str, Tracked]) -> None:
        """Delivers what is below the watermark; timers fire in between, in event time."""
        sequence = state._sequence
        buffer = sequence.buffer
        ready = 0
        for event in buffer:
            if event.at >= watermark:
                break
            ready += 1
        if not ready:
            return
        released = buffer[:ready]
        del buffer[:ready]
        for event in released:
            if event.at >= self._first_due(state):
                self._fire(state, event.at, changed)
            self._deliver(state, event, changed)

    def _first_due(self, state: RoomState) -> int:
        """Event time of the first timer or end of a context; kept, since it is asked for each event."""
        if state._first_due is None:
            sequence = state._sequence
            state._first_due = min(
                min(sequence.timers.values(), default=NEVER),
                min(sequence.collecting.values(), default=NEVER),
            )
        return state._first_due

    def _fire(self, state: RoomState, until: int, changed: dict[str, Tracked]) -> None:
        """Fires what is due at or before a time, the earliest first."""
        sequence = state._sequence
        state._first_due = None
        for alert, end in list(sequence.collecting.items()):
            if end <= until:
                del sequence.collecting[alert]
                state._changed.add("sequence")
                if alert in state._alerts:
                    changed[alert] = state._alerts[alert]
        while sequence.timers:
            due, name = min((due, name) for name, due in sequence.timers.items())
            if due > until:
                return
            del sequence.timers[name]
            state._changed.add("sequence")
            rule_id, _, key = name.partition("\t")
            rule = self._rules.get(rule_id)
            if rule is not None:
                self._call(state, rule, rule.on_timer, due, changed, key, due)
            state._first_due = None

    # Rules --------------------------------------------------------------------------------

    def _deliver(self, state: RoomState, event: Event, changed: dict[str, Tracked]) -> None:
        sequence = state._sequence
        if not state.facts.watched_since:
            state.facts.watched_since = event.at
            state._changed.add("facts")
        kind = type(event).__name__
        is_chat = kind == "Chat"
        before = None
        if not is_chat and kind != "Speech":
            before = state.cards.get(event.sku) if isinstance(event, Product) else None
            state.learn(event)
        for rule, handler in self._handlers[kind]:
            self._call(state, rule, handler, event.at, changed, event)
        if self._text_rules and (not isinstance(event, Chat) or event.role in SELLER_ROLES):
            for utterance in utterances(event, before, state):
                self._read(state, utterance, changed)
        if sequence.collecting:
            for alert in sequence.collecting:
                self._collect(state, alert, event)
        state.remember(event)
        state._changed.add("recent")

    def _read(self, state: RoomState, utterance: Utterance, changed: dict[str, Tracked]) -> None:
        found = self.lexicon.scan(utterance.folded.text)
        for rule in self._every_utterance:
            if rule.id not in found:
                found[rule.id] = []
        if not found:
            return
        rules = self._text_rules if len(found) > 1 else found
        for rule_id in rules:
            if rule_id in found:
                rule = self._text_rules[rule_id]
                self._call(
                    state, rule, rule.on_text, utterance.at, changed, utterance, found[rule_id]
                )

    def _call(
        self, state: RoomState, rule: Rule, handler: Any, now: int,
        changed: dict[str, Tracked], *arguments: Any,
    ) -> None:  # fmt: skip
        memory = state._memory.get(rule.id)
        if memory is None:
            memory = state._memory[rule.id] = rule.State()
        context = Context(state, memory, now)
        self.stats.evaluations[rule.id] += 1
        try:
            handler(context, *arguments)
        except Exception as error:  # noqa: BLE001  one rule's fault must not stop the others
            event = arguments[0]
            self.stats.failures.append(
                RuleFailure(
                    rule.id,
                    getattr(event, "id", str(event)),
                    state.key,
                    f"{type(error).__name__}: {error}",
                )
            )
            return
        if rule.State.__struct_fields__:
            state._changed.add(f"rule:{rule.id}")
        for key, due in context.timers:
            name = f"{rule.id}\t{key}"
            state._changed.add("sequence")
            state._first_due = None
            if due is None:
                state._sequence.timers.pop(name, None)
            else:
                state._sequence.timers[name] = due
        for reason, _ in context.declined:
            self.stats.declined[rule.id, reason] += 1
        for finding in context.findings:
            self._conclude(state, rule, finding, changed)

    # Alerts -------------------------------------------------------------------------------

    def _conclude(
        self, state: RoomState, rule: Rule, finding: Finding, changed: dict[str, Tracked]
    ) -> None:
        self.stats.findings[rule.id] += 1
        last = finding.trigger[-1]
        if rule.spec.stage == "shadow":
            return
        session = last.session
        for inhibitor in self._inhibitors.get(rule.id, ()):
            spec = self._rules[inhibitor].spec
            other = state._alerts.get(
                alert_id(
                    inhibitor, spec.version, state.platform, state.room, session, finding.subject
                )
            )
            if other is not None and last.at - other.alert.last_at <= INHIBITION_MS:
                self.stats.inhibited[rule.id] += 1
                return
        spec = rule.spec
        identity = alert_id(
            rule.id, spec.version, state.platform, state.room, session, finding.subject
        )
        hit = finding.hit or last.id
        tracked = state._alerts.pop(identity, None)
        if tracked is None:
            tracked = Tracked(self._new_alert(state, rule, finding, identity, session), [])
            state._sequence.collecting[identity] = last.at + spec.evidence.after_s * 1000
            state._first_due = None
            state._changed.add("sequence")
        state._alerts[identity] = tracked
        while len(state._alerts) > MAX_TRACKED:
            oldest = next(iter(state._alerts))
            del state._alerts[oldest]
            state._sequence.collecting.pop(oldest, None)
            state._changed.add(f"alert:{oldest}")
        if hit in tracked.hits:
            return
        tracked.hits.append(hit)
        del tracked.hits[:-MAX_HIT_IDS]
        self._count_hit(state, rule, tracked.alert, finding)
        state._changed.add(f"alert:{identity}")
        changed[identity] = tracked

    def _new_alert(
        self, state: RoomState, rule: Rule, finding: Finding, identity: str, session: str
    ) -> Alert:
        spec = rule.spec
        last = finding.trigger[-1]
        first_at = finding.first_at if finding.first_at is not None else last.at
        bases = [
            self.rulebook.law.resolve(basis.ref, first_at, finding.when.get(basis.ref, basis.when))
            for basis in spec.law
            if finding.law is None or basis.ref in finding.law
        ]
        triggers = {event.id for event in finding.trigger}
        since = last.at - spec.evidence.before_s * 1000
        before = sorted(
            (
                event
                for event in (*state._recent_chat, *state._recent_other)
                if event.at >= since and event.id not in triggers
            ),
            key=_place,
        )
        return Alert(
            id=identity,
            rule=rule.id,
            rule_version=spec.version,
            level="info",
            focus=spec.focus,
            platform=state.platform,
            room=state.room,
            session=session,
            subject=finding.subject,
            subject_title=finding.subject_title,
            first_at=first_at,
            last_at=last.at,
            hits=0,
            raised_at=0,
            title=finding.title or spec.alert_title or f"涉嫌{spec.title}",
            reason="",
            law=[basis for basis in bases if basis is not None],
            exemptions=[],
            missing=[],
            status=spec.status,
            evidence=Evidence(trigger=[], before=before),
        )

    def _count_hit(self, state: RoomState, rule: Rule, alert: Alert, finding: Finding) -> None:
        spec = rule.spec
        last = finding.trigger[-1]
        alert.hits += 1
        alert.first_at = min(
            alert.first_at, finding.first_at if finding.first_at is not None else last.at
        )
        alert.last_at = max(alert.last_at, last.at)
        alert.reason = finding.reason
        alert.subject_title = finding.subject_title or alert.subject_title
        alert.exemptions = list(finding.exemptions)
        level: Level = finding.level
        for step in spec.escalation:
            if alert.hits >= step.hits and SEVERITY[step.level] > SEVERITY[level]:
                level = step.level
        if SEVERITY[level] > SEVERITY[spec.level]:
            level = spec.level
        if SEVERITY[level] > SEVERITY[alert.level]:
            alert.level = level
        missing = [*spec.missing, *finding.missing]
        if spec.status != "verified":
            missing.append(
                "本规则的法律依据仅见摘录，须核对条文原文"
                if spec.status == "excerpt"
                else "本规则的法律依据尚未核对原文"
            )
        alert.missing = list(dict.fromkeys(missing))
        evidence = alert.evidence
        evidence.numbers = dict(finding.numbers)
        known = {event.id for event in evidence.trigger}
        evidence.trigger.extend(event for event in finding.trigger if event.id not in known)
        if len(evidence.trigger) > MAX_TRIGGERS:
            # The first and the latest are kept: how it began, and where it stands.
            half = MAX_TRIGGERS // 2
            evidence.trigger = evidence.trigger[:half] + evidence.trigger[-half:]
        kept = {event.id for event in evidence.trigger}
        skus = [getattr(event, "sku", None) for event in finding.trigger]
        for fact in state.shown(dict.fromkeys(sku or state.facts.explaining or "" for sku in skus)):
            if fact.id not in kept:
                evidence.facts = [known for known in evidence.facts if not _same_fact(known, fact)]
                evidence.facts.append(fact)
        spans = {(span.event, span.field, span.start, span.end): span for span in evidence.spans}
        for span in finding.spans:
            spans[span.event, span.field, span.start, span.end] = span
        evidence.spans = [span for span in spans.values() if span.event in kept]
        if finding.prices:
            evidence.prices = list(finding.prices)

    def _collect(self, state: RoomState, identity: str, event: Event) -> None:
        """Adds an event to the context after a trigger."""
        tracked = state._alerts.get(identity)
        if tracked is None:
            return
        alert = tracked.alert
        after = alert.evidence.after
        chat = isinstance(event, Chat)
        if sum(1 for known in after if isinstance(known, Chat) == chat) >= MAX_AFTER or any(
            event.id == trigger.id for trigger in alert.evidence.trigger
        ):
            return
        after.append(event)
        state._changed.add(f"alert:{identity}")

    def _versions(self, state: RoomState, changed: dict[str, Tracked], now: int) -> list[Alert]:
        """Copies of the alerts that changed, as of now."""
        versions = []
        for tracked in changed.values():
            alert = tracked.alert
            alert.raised_at = now
            evidence = alert.evidence
            start = min(
                (event.at for event in (*evidence.before, *evidence.trigger)),
                default=alert.first_at,
            )
            end = max((event.at for event in evidence.after), default=alert.last_at)
            evidence.gaps = [
                WatchedGap(from_=gap.from_, until=gap.until, reason=gap.reason, source=gap.source)
                for gap in state.facts.gaps
                if gap.from_ < end and gap.until > start
            ]
            versions.append(
                msgspec.structs.replace(
                    alert,
                    evidence=msgspec.structs.replace(
                        evidence,
                        trigger=list(evidence.trigger),
                        after=list(evidence.after),
                        facts=list(evidence.facts),
                    ),
                )
            )
        return versions

    # Snapshots ----------------------------------------------------------------------------

    def changed_parts(self, state: RoomState) -> dict[str, bytes | None]:
        """The parts of a state that changed since the last call, encoded; ``None``: it is gone."""
        parts = {name: self._encode(state, name) for name in sorted(state._changed)}
        state._changed.clear()
        return parts

    def parts(self, state: RoomState) -> dict[str, bytes]:
        """All parts of a state, encoded."""
        names = [
            "sequence", "facts", "recent",
            *(f"card:{sku}" for sku in state.cards),
            *(f"price:{sku}" for sku in state.prices),
            *(f"rule:{rule}" for rule, memory in state._memory.items() if memory.__struct_fields__),
            *(f"alert:{alert}" for alert in state._alerts),
            *(f"ids:{chunk}" for chunk in state._id_chunks),
        ]  # fmt: skip
        encoded = ((name, self._encode(state, name)) for name in names)
        return {name: body for name, body in encoded if body is not None}

    def _encode(self, state: RoomState, name: str) -> bytes | None:
        kind, _, key = name.partition(":")
        body: Any
        match kind:
            case "sequence":
                body = state._sequence
            case "facts":
                body = state.facts
            case "recent":
                body = [list(state._recent_chat), list(state._recent_other)]
            case "card":
                body = state.cards.get(key)
            case "price":
                body = state.prices.get(key)
            case "rule":
                body = state._memory.get(key)
            case "alert":
                body = state._alerts.get(key)
            case _:
                body = state._id_chunks.get(int(key))
        if body is None:
            return None
        return msgspec.msgpack.encode((STATE_VERSION, body))

    def restore(self, parts: Mapping[str, bytes]) -> RoomState:
        """The state that was written as parts.

        Raises:
            SnapshotError: a part cannot be read, or is of another version.
        """
        if "facts" not in parts:
            raise SnapshotError("a state without facts")
        state = RoomState(_decode(parts["facts"], Facts))
        state._changed.clear()
        for name, data in parts.items():
            kind, _, key = name.partition(":")
            match kind:
                case "sequence":
                    state._sequence = _decode(data, Sequence)
                case "recent":
                    chats, others = _decode(data, list[list[Event]])
                    state._recent_chat.extend(chats)
                    state._recent_other.extend(others)
                case "card":
                    state.cards[key] = _decode(data, Product)
                case "price":
                    state.prices[key] = _decode(data, PriceHistory)
                case "rule":
                    if key in self._rules:
                        state._memory[key] = _decode(data, self._rules[key].State)
                case "alert":
                    state._alerts[key] = _decode(data, Tracked)
                case "ids":
                    state._id_chunks[int(key)] = _decode(data, list[str])
        state._id_chunks = dict(sorted(state._id_chunks.items()))
        for chunk in state._id_chunks.values():
            state._ids.update(chunk)
        # Eviction goes by the latest repetition, so that order must come back too.
        state._alerts = dict(
            sorted(state._alerts.items(), key=lambda item: (item[1].alert.last_at, item[0]))
        )
        return state

    def snapshot(self, state: RoomState) -> bytes:
        """A whole state as bytes."""
        return msgspec.msgpack.encode(self.parts(state))

    def restore_snapshot(self, data: bytes) -> RoomState:
        """The state of `snapshot`.

        Raises:
            SnapshotError: the bytes cannot be read, or are of another version.
        """
        try:
            parts = msgspec.msgpack.decode(data, type=dict[str, bytes])
        except msgspec.MsgspecError as error:
            raise SnapshotError(str(error)) from error
        return self.restore(parts)


def _same_fact(known: Event, fact: Event) -> bool:
    """Is it an older state of the same card, or of the same room?"""
    return type(known) is type(fact) and getattr(known, "sku", None) == getattr(fact, "sku", None)


def _decode(data: bytes, kind: Any) -> Any:
    try:
        part = msgspec.msgpack.decode(data, type=_Part)
        if part.version != STATE_VERSION:
            raise SnapshotError(f"state of version {part.version}, this is {STATE_VERSION}")
        return msgspec.msgpack.decode(part.body, type=kind)
    except msgspec.MsgspecError as error:
        raise SnapshotError(str(error)) from error


def utterances(event: Event, before: Product | None, state: RoomState) -> list[Utterance]:
    """The texts of the seller's side in an event; of a card, those that changed."""
    if isinstance(event, Speech):
        sku = event.sku if event.sku is not None else state.facts.explaining
        return [Utterance(event, "text", fold(event.text), sku or None, event.speaker or "unknown")]
    if isinstance(event, Chat):
        return [
            Utterance(
                event, "text", fold(event.text), state.facts.explaining, event.role or "unknown"
            )
        ]
    if isinstance(event, Session):
        if event.phase == "started" and event.title:
            return [Utterance(event, "title", fold(event.title), None, "card")]
        return []
    if isinstance(event, Product):
        texts = []
        if event.title and (before is None or before.title != event.title):
            texts.append(Utterance(event, "title", fold(event.title), event.sku, "card"))
        known = (before.attributes if before is not None else None) or {}
        for name, value in (event.attributes or {}).items():
            if value and known.get(name) != value:
                texts.append(Utterance(event, f"attributes.{name}", fold(value), event.sku, "card"))
        return texts
    return []
