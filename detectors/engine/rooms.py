"""Rooms as they are opened, written in parts, restored, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from detectors.engine import snapshot
from detectors.engine.room import Facts, RoomState
from detectors.engine.runner import RuleRunner
from detectors.engine.shelf import Stored
from detectors.engine.stats import EngineStats, RuleFailure, reason_of
from detectors.pack.load import Rulebook

__all__ = ["NEVER", "Rooms"]

#: After every time that an event can have.
NEVER = 2**62


class Rooms:
    """The states of rooms, for the rules of a rulebook."""

    def __init__(
        self, rulebook: Rulebook, runner: RuleRunner, stats: EngineStats, *,
        remembered_ms: int | None,
    ) -> None:  # fmt: skip
        """
        Args:
            runner: has the rules, whose memories are in the states.
            stats: says which of these had to begin again.
            remembered_ms: how long it is known of an event, by the wall clock, that it was counted;
                ``None``: for ever.
        """
        self.rulebook = rulebook
        self.stats = stats
        self.remembered_ms = remembered_ms
        self._runner = runner

    def open(self, platform: str, room: str, stored: Stored | None = None) -> RoomState:
        """The state of a room of which nothing is known yet; its shelved parts will be in `stored`."""
        return RoomState(Facts(platform=platform, room=room), stored)

    def changed_parts(self, state: RoomState) -> dict[str, bytes | None]:
        """The parts of a state that changed since the last call, encoded; ``None``: it is gone.

        A rule whose memory cannot be written begins again; `stats.failures` names it.
        """
        try:
            return snapshot.changed_parts(state)
        except Exception:
            if not self._begin_again(state):
                raise
        return snapshot.changed_parts(state)

    def _begin_again(self, state: RoomState) -> bool:
        """Empties the memories that cannot be written; false: there is none."""
        faulty: dict[str, str] = {}
        for rule_id in sorted(state._memory.keys() & self._runner.seats.keys()):
            try:
                msgspec.msgpack.encode(state._memory[rule_id])
            except Exception as error:  # noqa: BLE001  whatever a rule keeps, the others go on
                faulty[rule_id] = reason_of(error)
        for rule_id, reason in faulty.items():
            state._memory[rule_id] = self._runner.seats[rule_id].rule.State()
            for name in [
                name for name in state._sequence.timers if name.startswith(f"{rule_id}\t")
            ]:
                del state._sequence.timers[name]
            reason = f"its memory cannot be written, it begins again: {reason}"
            self.stats.failures.append(RuleFailure(rule_id, "", state.key, reason))
        if faulty:
            state._changed.update(("sequence", *(f"rule:{rule_id}" for rule_id in faulty)))
            state._heard, state._waiting, state._first_due = {}, None, None
        return bool(faulty)

    def forget(self, state: RoomState, *, now: int) -> None:
        """Forgets what is older than is remembered; of an idle room the latest ids and lines, too."""
        if self.remembered_ms is None:
            return
        before = now - self.remembered_ms
        state._counted.expire(before)
        state._raised.expire(now, self.remembered_ms)
        if state._sequence.arrived < before:
            state._counted.forget_latest()
            state._recent_chat.clear()
            state._recent_other.clear()
            state._changed.update(("recent:chat", "recent:other"))

    def remains(self, state: RoomState) -> dict[str, bytes]:
        """What is left of a room that is forgotten altogether: the times of which it had ids.

        A room that is restored from these parts begins anew, and still tells what comes again.
        """
        rest = self.open(state.platform, state.room)
        state._counted.expire(NEVER)
        state._counted.forget_latest()
        rest._counted.forgotten = state._counted.forgotten
        return snapshot.parts(rest) if rest._counted.forgotten else {}

    def restore(self, parts: Mapping[str, bytes], stored: Stored | None = None) -> RoomState:
        """The state that was written as parts, the shelved ones left out: `stored` has those.

        A rule whose memory cannot be read begins again; `stats.failures` names it.

        Raises:
            SnapshotError: another part cannot be read, or is of another version.
        """
        forgotten: dict[str, str] = {}
        memories = {rule.id: rule.State for rule in self.rulebook}
        state = snapshot.restore(parts, memories, forgotten, stored)
        for rule_id, error in forgotten.items():
            self.stats.failures.append(
                RuleFailure(rule_id, "", state.key, f"begins again: {error}")
            )
        return state

    def snapshot(self, state: RoomState) -> bytes:
        """A whole state as bytes."""
        return msgspec.msgpack.encode(snapshot.parts(state))

    def restore_snapshot(self, data: bytes) -> RoomState:
        """The state of `snapshot`.

        Raises:
            SnapshotError: the bytes cannot be read, or are of another version.
        """
        try:
            parts = msgspec.msgpack.decode(data, type=dict[str, bytes])
        except msgspec.MsgspecError as error:
            raise snapshot.SnapshotError(str(error)) from error
        return self.restore(parts)
