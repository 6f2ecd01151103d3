"""Which rules handle events of which type, and calling them."""

from __future__ import annotations

from collections import Counter as Tally
from typing import Any, get_args

from msgspec import Struct

from detectors.engine.raised import Tracked
from detectors.engine.room import RoomState
from detectors.engine.runner import RuleRunner, Seat
from detectors.events import Chat, Event

__all__ = ["CROWD", "PLATFORM", "Handlers", "Kind"]

Kind = type[Event] | str
"""A type of events, or chat lines of some kind."""
#: Lines of the platform; and of viewers those by which the crowd's book notices something, by what
#: (`facts.crowd.Writers.notices`).
PLATFORM = "platform"
CROWD = [f"crowd:{notices}" for notices in range(8)]
#: The method of a rule that takes an event of a type, or such a line.
_HANDLERS: dict[Kind, str] = {
    **{kind: f"on_{kind.__name__.lower()}" for kind in get_args(Event)},
    **dict.fromkeys(CROWD, "on_crowd"),
    PLATFORM: "on_platform_chat",
}


class Handlers:
    """The methods of rules that take events, by the type of these."""

    def __init__(self, runner: RuleRunner) -> None:
        self._runner = runner
        self.of: dict[Kind, list[tuple[Seat, Any]]] = {
            kind: [
                (seat, getattr(seat.rule, method))
                for seat in runner.seats.values()
                if hasattr(seat.rule, method)
                and (kind not in CROWD or CROWD.index(kind) & seat.rule.crowd_notices)
            ]
            for kind, method in _HANDLERS.items()
        }
        """The rules that take such an event, each with its method."""
        #: The parts of a state that any event of a type changes.
        self._changes = {
            kind: [
                "recent:chat" if kind in (Chat, PLATFORM, *CROWD) else "recent:other",
                *(seat.part for seat, _ in handlers if seat.part is not None),
            ]
            for kind, handlers in self.of.items()
        }
        #: Those whose memory an event of a type may change, beside texts and timers.
        self._followers = {
            kind: [seat for seat, _ in handlers if seat.follows]
            for kind, handlers in self.of.items()
        }
        self.delivered: dict[Kind, int] = {}
        """How many were handed out since they were tallied last, by kind."""

    def expect(self, state: RoomState, kind: Kind, many: int = 1) -> None:
        """Notes that so many events of a kind will be handed out."""
        self.delivered[kind] = self.delivered.get(kind, 0) + many
        state._changed.update(self._changes[kind])

    def ask(self, state: RoomState, kind: Kind, event: Event, changed: dict[str, Tracked]) -> None:
        """Asks the rules about an event of a kind."""
        runner = self._runner
        heard = state._heard.get(kind)
        if heard is None:
            heard = state._heard[kind] = self._hearing(state, kind)
        if not heard:
            return
        if runner.timing:
            heard = [(memory, seat, runner.timed(seat.id, call)) for memory, seat, call in heard]
        # Written out, not by `call`: this is where the time of an ordinary event goes.
        context = runner.context
        context.room, context.now = state, event.at
        for memory, seat, handler in heard:
            context.state = memory
            try:
                handler(context, event)
                if context.touched:
                    runner.take(state, seat, changed)
            except Exception as error:  # noqa: BLE001  one rule's fault must not stop the others
                runner.failed(state, seat, event, error)
        if state._waiting is not None:
            for seat in self._followers[kind]:
                runner.note_waiting(state, seat)

    def tally(self, evaluations: Tally[str]) -> None:
        """Adds what was handed out since the last call to how often each rule was asked."""
        for kind, count in self.delivered.items():
            for seat, _ in self.of[kind]:
                evaluations[seat.id] += count
        self.delivered.clear()

    def _hearing(self, state: RoomState, kind: Kind) -> list[tuple[Struct, Seat, Any]]:
        """The handlers of a type of events, with the memories that their rules have of a room."""
        memories = state._memory
        return [
            (memories.setdefault(seat.id, seat.rule.State()), seat, handler)
            for seat, handler in self.of[kind]
        ]
