"""`livewatch scan`: recorded events in, the alerts that the detectors raise on them out."""

from __future__ import annotations

import sys
import time
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from connectors.decoders.jsonl import ContractJsonl
from connectors.errors import UnreadableSource
from connectors.presence import Presence
from connectors.rule_fields import missing_fields
from detectors.across.cluster import Cluster
from detectors.across.stage import Stage
from detectors.alerts import SEVERITY, Alert, encode, name_back
from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from detectors.events import Event, Order, Price, Product
from monitor.commands.exits import Exit
from monitor.commands.history import REACHED_NOT, Asked, Input, NoHistory, inputs_of
from monitor.commands.progress import progress
from monitor.errors import ConfigError
from monitor.pipeline.allocator import calm_allocator
from monitor.pipeline.collector import rare_collections
from monitor.rulebooks import rulebook_for
from monitor.standard_output import discard

__all__ = ["run"]

#: Ids that a room remembers, so that a recording with a copy of itself behind it is one recording.
REMEMBERED_IDS = 5_000_000
#: Events of several files that are merged into one step.
MERGED_EVENTS = 4_000
#: Events of which it is told at the end what they do not have.
_GOODS = (Product, Price, Order)


def run(
    files: Sequence[str],
    *,
    asked: Asked | None = None,
    versions: bool = False,
    lateness_s: float = 10.0,
    rules: Sequence[str] = (),
    quiet: bool = False,
    packs: Sequence[Path] = (),
    config: Path | None = None,
) -> Exit:
    """Prints the final version of each alert, or every version as it was raised."""
    calm_allocator()
    rare_collections()
    try:
        rulebook = rulebook_for(config, packs)
        if rules:
            rulebook = rulebook.only(*rules)
    except ConfigError as error:
        _say(f"livewatch scan: {error}")
        return Exit.CONFIGURATION
    except KeyError as error:
        _say(f"livewatch scan: no rule {error}; `livewatch rules list` names them")
        return Exit.USAGE
    engine = Engine(rulebook, lateness_ms=round(lateness_s * 1_000), remembered_ids=REMEMBERED_IDS)
    with ExitStack() as stack:
        try:
            inputs = stack.enter_context(inputs_of(files, asked))
        except (NoHistory, UnreadableSource) as error:
            _say(f"livewatch scan: {error}")
            return Exit.USAGE
        except ConfigError as error:
            _say(f"livewatch scan: {error}")
            return Exit.CONFIGURATION
        except REACHED_NOT as error:
            _say(f"livewatch scan: {error}")
            return Exit.UNREACHABLE
        scan = _Scan(engine, versions=versions)
        try:
            scan.all(inputs)
        except BrokenPipeError:
            # Whoever reads has enough (`| head`).
            discard()
            return Exit.DONE
        except (NoHistory, *REACHED_NOT) as error:
            _say(f"livewatch scan: {error}")
            return Exit.UNREACHABLE
    if not quiet:
        scan.summary()
    return Exit.INVALID_INPUT if scan.invalid else Exit.DONE


class _Scan:
    """One run over all files."""

    def __init__(self, engine: Engine, *, versions: bool) -> None:
        self.engine = engine
        self.stage = Stage(engine.rulebook)
        self.versions = versions
        self.clusters: dict[str, Cluster] = {}
        self.rooms: dict[tuple[str, str], RoomState] = {}
        self.alerts: dict[str, Alert] = {}
        self.invalid = 0
        self.presence = Presence(whole=True)

    def all(self, inputs: Sequence[Input]) -> None:
        """Reads every file to its end and prints the alerts."""
        total = sum(file.size for file in inputs) if all(file.size for file in inputs) else 0
        with progress("scan", total) as show:
            for events in in_time_order([self._read(file) for file in inputs]):
                self._step(events)
                show(sum(file.position for file in inputs), f"{len(self.alerts)} alerts")
        now = _now()
        for state in self.rooms.values():
            self._keep(self.engine.finish(state, now=now))
            self._combine(state, now)
        if not self.versions:
            name_back(self.alerts, [one for one in self.alerts.values() if not one.platform])
            for alert in sorted(self.alerts.values(), key=lambda alert: (alert.first_at, alert.id)):
                sys.stdout.buffer.write(encode(alert) + b"\n")
        sys.stdout.buffer.flush()

    def _read(self, file: Input) -> Iterator[list[Event]]:
        """The events of a file, a block at a time; what is invalid is reported."""
        decoder = ContractJsonl(arrived=_now())
        try:
            for chunk in file.chunks():
                decoded = decoder.feed(chunk)
                for problem in decoded.problems:
                    self._report(file.name, problem.place, problem.reason)
                if decoded.events:
                    self._note(decoded.events)
                    yield decoded.events
        except UnreadableSource as error:
            self._report(file.name, f"byte {file.position}", error.reason)
        decoded = decoder.finish()
        for problem in decoded.problems:
            self._report(file.name, problem.place, problem.reason)
        if decoded.events:
            self._note(decoded.events)
            yield decoded.events

    def _note(self, events: list[Event]) -> None:
        """Looks whether goods have what rules read; chat and speech have their text."""
        goods = [event for event in events if type(event) in _GOODS]
        if goods:
            self.presence.take(goods, at=0)

    def _report(self, name: str, place: str, reason: str) -> None:
        self.invalid += 1
        _say(f"{name}:{place.removeprefix('line ')}: {reason}")

    def _step(self, events: list[Event]) -> None:
        """Steps each room with its events of a block."""
        groups: dict[tuple[str, str], list[Event]] = {}
        platform = room = ""
        group: list[Event] = []
        for event in events:
            # A run of events of one room costs two comparisons each.
            if event.room != room or event.platform != platform:
                platform, room = event.platform, event.room
                group = groups.setdefault((platform, room), [])
            group.append(event)
        now = _now()
        for key, group in groups.items():
            state = self.rooms.get(key)
            if state is None:
                state = self.rooms[key] = self.engine.open(*key)
            self._keep(self.engine.step(state, group, now=now))
            self._combine(state, now)

    def _combine(self, state: RoomState, now: int) -> None:
        """Takes what a room has just found to what others found."""
        for signal in self.engine.signals(state):
            cluster = self.clusters.get(signal.key)
            if cluster is None:
                cluster = self.clusters[signal.key] = self.stage.open(signal.key)
            self._keep(self.stage.step(cluster, [signal], now=now))

    def _keep(self, alerts: list[Alert]) -> None:
        for alert in alerts:
            self.alerts[alert.id] = alert
            if self.versions:
                sys.stdout.buffer.write(encode(alert) + b"\n")

    def summary(self) -> None:
        """What was read, found, and left alone and why, on standard error."""
        stats = self.engine.stats
        _say(
            f"{stats.events:,} events of {len(self.rooms):,} rooms: {len(self.alerts):,} alerts; "
            f"{stats.late:,} late, {stats.duplicates:,} duplicates, {self.invalid:,} invalid lines"
        )
        for told in missing_fields(self.presence.shares(), vital=True):
            _say(f"  {told}")
        found = Tally((alert.rule, alert.level) for alert in self.alerts.values())
        for (rule, level), count in sorted(
            found.items(), key=lambda item: (-SEVERITY[item[0][1]], item[0][0])
        ):
            _say(f"  {level:5}  {rule}: {count:,}")
        shadowed = stats.shadowed + self.stage.stats.shadowed
        for (rule, shade), count in sorted(shadowed.items()):
            _say(f"  shadow {rule}: {shade} {count:,}")
        for (rule, decision), count in sorted(stats.model_shadow.items()):
            _say(f"  model in the shadow {decision} {rule}: {count:,}")
        suppressed = stats.suppressed + self.stage.stats.suppressed
        for (rule, entry), count in sorted(suppressed.items()):
            _say(f"  marked {rule}: suppressed by {entry} {count:,}")
        for (rule, reason), count in sorted(stats.declined.items()):
            _say(f"  silent {rule}: {reason} {count:,}")
        for (rule, reason), count in sorted(self.stage.stats.declined.items()):
            _say(f"  silent {rule}: {reason} {count:,}")
        for fault in self.stage.stats.failures:
            _say(f"  FAULT  {fault.rule} at cluster {fault.cluster}: {fault.error}")
        for failure in stats.failures:
            _say(
                f"  FAULT  {failure.rule} at event {failure.event} of {failure.room}: {failure.error}"
            )


def in_time_order(streams: Sequence[Iterator[list[Event]]]) -> Iterator[list[Event]]:
    """Blocks of several recordings merged by event time, each in its own order.

    A stream's place is the greatest time that it has reached, so that events out of order stay
    where they were in their file.
    """
    if len(streams) == 1:
        yield from streams[0]
        return
    heads: list[_Head] = []
    for stream in streams:
        head = _Head(stream)
        if head.load():
            heads.append(head)
    merged: list[Event] = []
    while len(heads) > 1:
        heads.sort(key=lambda head: head.reached)
        merged += heads[0].until(heads[1].reached)
        if not heads[0].load():
            del heads[0]
        # Recordings that interleave closely give runs of a few events: a step each is too dear.
        if len(merged) >= MERGED_EVENTS:
            yield merged
            merged = []
    if heads:
        yield merged + heads[0].block[heads[0].next :]
        yield from heads[0].stream
    elif merged:
        yield merged


class _Head:
    """Where the merge stands in one stream."""

    def __init__(self, stream: Iterator[list[Event]]) -> None:
        self.stream = stream
        self.block: list[Event] = []
        self.next = 0
        self.reached = 0
        """Greatest time up to the next event."""

    def load(self) -> bool:
        """Makes the next event known; false at the end of the stream."""
        if self.next >= len(self.block):
            self.block = next(self.stream, [])
            self.next = 0
            if not self.block:
                return False
        self.reached = max(self.reached, self.block[self.next].at)
        return True

    def until(self, limit: int) -> list[Event]:
        """The events of the block up to a time, at least one."""
        start = self.next
        self.next += 1
        while self.next < len(self.block) and self.block[self.next].at <= limit:
            self.reached = max(self.reached, self.block[self.next].at)
            self.next += 1
        return self.block[start : self.next]


def _now() -> int:
    return time.time_ns() // 1_000_000


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
