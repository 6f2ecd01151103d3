"""`[[sources]]` and `[collection]` of the configuration."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from detectors.events import Key
from detectors.events import Name as ShownName
from monitor.bounds import Count

__all__ = ["Collection", "SourceSettings"]

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class Collection(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What all sources share."""

    pseudonym_key_file: str | None = None
    """File with the key of viewers' pseudonyms (`k1:SECRET`); by default `pseudonym.key` in the
    data directory, made if missing. The variable `LIVEWATCH_PSEUDONYM_KEY` goes before it."""
    watched_file: str | None = None
    """File that remembers until when rooms were watched; by default `watched.json` in the data
    directory. Without it, the time in which nothing ran is not told as a gap."""
    share: Annotated[str, Meta(pattern=r"^[1-9]\d{0,3}/[1-9]\d{0,3}$")] = "1/1"
    """Which share of the connections is this process's, where several have one configuration:
    `2/3` is the second of three."""
    quiet_s: Annotated[float, Meta(ge=0, le=604_800)] = 3_600.0
    """A source or sender that brings nothing for so long is named in `GET /healthz`, and
    `livewatch_source_silent` is 1; 0: no silence is too long."""
    off_air_s: Annotated[float, Meta(ge=0, le=2_592_000)] = 86_400.0
    """The same, where it is longer, while the broadcast of every room has ended of which anything came."""
    reload_s: Annotated[float, Meta(gt=0, le=3_600)] = 2.0
    """How often the configuration and the lists of rooms are looked at for changes."""


class SourceSettings(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One source."""

    name: Name
    """Its name in gaps, logs and metrics; unique."""
    type: Key
    """Which kind of source; `livewatch sources list` shows those that are installed."""
    platform: Key
    """The platform that its events belong to."""
    decoder: Key | None = None
    """What makes events of its frames; by default the kind's own."""
    rooms: list[Key] = []
    """A connection each. With neither `rooms` nor `rooms_file` there is one connection, and its
    events say which room they are from."""
    rooms_file: str | None = None
    """File with a room a line, beside `rooms`; `#` begins a comment. Read again when it changes."""
    session: ShownName | None = None
    """The broadcast, where the frames do not say."""
    host: ShownName | None = None
    """Name of the host as displayed, where the frames do not say."""
    enabled: bool = True
    options: dict[str, Any] = {}
    """What this kind of source needs to know; secrets by the names of files that hold them."""
    connects_per_s: Annotated[float, Meta(ge=0.001, le=10_000)] = 5.0
    """New connections a second to one host in the long run."""
    connect_burst: Count = 10
    """New connections at once after a rest."""
    connecting: Count = 50
    """Connections that may be under way at the same time."""
    connect_s: Seconds = 30.0
    """After so long an attempt to connect counts as failed."""
    first_wait_s: Seconds = 1.0
    """Limit of the random wait after a failure; it doubles with each further one."""
    longest_wait_s: Seconds = 60.0
    """Where it stops to grow."""
    refused_wait_s: Annotated[float, Meta(ge=60, le=604_800)] = 3_600.0
    """After so long connections are tried again that were refused, for wrong credentials say."""
    silence_s: Seconds | None = None
    """A connection that brings nothing for so long counts as lost; by default the kind decides."""
    queue_bytes: Annotated[int, Meta(ge=65_536, le=2**50)] = 16 * 2**20
    """So much may be read and not stored; beyond it reading stops."""
    drain_s: Seconds = 10.0
    """How long to go on storing at the end."""
