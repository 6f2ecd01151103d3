"""What a bundle has of a room, and what the room's state may stand on beside it (`data/rooms.json`)."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from monitor.evidence.lost import Lost, told

__all__ = ["RoomRecords"]


class RoomRecords(Struct, kw_only=True, rename={"from_": "from"}):
    """The records of one room in a bundle."""

    platform: str
    room: str
    watched_since: int | None = None
    """Event time of the first event that the room ever had, ms; ``None``: not known."""
    log: str
    from_: int
    """Position of the first record that is here, and of the last."""
    to: int
    whole_from: int | None = None
    """Position from which on all records of the room are here; what stands before it is held for alerts,
    one by one. ``None``: nowhere, all are held so."""
    first_at: int | None = None
    """Earliest event time from that position on, ms."""
    records: int = 0
    holes: list[tuple[int, int]] = []
    """First and last positions of stretches of its log that somebody has taken out, of it or of other rooms:
    `whole_from` stands behind the last of them."""
    lost: list[Lost] = []
    """What was lost of its log while the room was watched, of it or of other rooms, up to its last record
    here."""

    def lacks(self) -> str:
        """What is older than these records, in words; empty: they are all that the room has had."""
        if self.holes:
            some = ", ".join(f"{first} to {last}" for first, last in self.holes[:5])
            return f"records of {self.log} were taken out ({some}), of {self.platform} {self.room} or of others"
        if self.lost:
            return (
                "; ".join(map(told, self.lost)) + f" (of {self.platform} {self.room} or of others)"
            )
        if self.first_at is None:
            return f"of {self.platform} {self.room} only the records are here that alerts name"
        if self.watched_since is None:
            return f"from when on {self.platform} {self.room} was watched is not known"
        if self.watched_since >= self.first_at:
            return ""
        return (
            f"{self.platform} {self.room} was watched from {_day(self.watched_since)} on, and its"
            f" records here begin on {_day(self.first_at)} ({self.log} {self.whole_from}): what its state"
            " held from before cannot be computed again"
        )


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
