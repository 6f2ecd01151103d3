"""What a fetch came to, as the worker tells those who measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.store.rows import Outcome

__all__ = ["Evaluated"]


class Evaluated:
    """What a fetch came to; handed to `on_batch`."""

    __slots__ = (
        "oldest_ms", "outcome", "partition", "records", "state_bytes", "step_s", "write_s",
    )  # fmt: skip

    def __init__(
        self,
        partition: int,
        records: int,
        outcome: Outcome,
        *,
        oldest_ms: int,
        step_s: float,
        write_s: float,
        state_bytes: int,
    ) -> None:
        self.partition = partition
        self.records = records
        self.outcome = outcome
        #: When the first of the records came to the brokers, wall clock.
        self.oldest_ms = oldest_ms
        #: Time spent in the engine, or in the second stage.
        self.step_s = step_s
        #: Time spent waiting for the brokers.
        self.write_s = write_s
        #: Bytes of states that were written.
        self.state_bytes = state_bytes
