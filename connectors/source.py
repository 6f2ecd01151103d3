"""The protocols between the outside world and the runner: a `Source` brings bytes, a
`FrameDecoder` makes events of them. Neither retries, counts or stores: the runner does.

A third party registers its own in the entry-point groups `livewatch.sources` and
`livewatch.decoders`; `docs/connectors.md` shows one from the first line to the last.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

from msgspec import Struct

from connectors.decoders.decoded import Decoded, Recording

__all__ = [
    "Ack",
    "DecoderFactory",
    "Delivery",
    "FrameDecoder",
    "Nack",
    "NamedFile",
    "Source",
    "SourceFactory",
    "nothing_to_ack",
    "nothing_to_nack",
]

Ack = Callable[[], Awaitable[None]]
Nack = Callable[[str], Awaitable[None]]


async def nothing_to_ack() -> None:
    """The `ack` of sources whose other side expects none."""


async def nothing_to_nack(reason: str) -> None:
    """The `nack` of sources whose other side expects none."""


class Delivery(Struct, frozen=True):
    """One frame, as it was received."""

    frame: bytes
    """The bytes, unchanged. A source that receives events of the contract hands on their JSON."""
    received_at: int
    """Wall clock, ms since the epoch."""
    ack: Ack = nothing_to_ack
    """Called once everything in the frame is durable, as events or as a dead letter. Harmless
    when called twice, or after `close`."""
    nack: Nack = nothing_to_nack
    """Called with the reason when the frame will not be stored: the runner ends first."""


class NamedFile(Struct, frozen=True):
    """A file or folder that an option of a source names and that is read."""

    option: str
    path: str
    """`{room}` stands for the room."""
    folder: bool = False
    awaited: bool = False
    """It may come later: the source waits for it."""


class Source(Protocol):
    """A connection to the outside world, of one room or of many.

    The runner calls `connect`, reads to the end, and after `Retryable` waits and calls
    `connect` on the same object again. Only one task reads.

    Optional attributes, looked for by name:

    - `host: str`: whom it asks. Connections to one host share its rate, and its Retry-After.
    - `limit: HostLimit | None = None`: set by the runner, for a source that asks its host more than
      once a connection: it awaits `limit.take()` before each further request.
    - `resumes: bool = False`: the other side sends again what was not acknowledged (a webhook, a
      file with a bookmark), so an interruption is no gap, unless `Retryable.since` says so.
    """

    name: str

    async def connect(self) -> None:
        """Connects, or connects again.

        Raises:
            Retryable: not now.
            Fatal: never like this.
        """
        ...

    def __aiter__(self) -> AsyncIterator[Delivery]:
        """The frames in order of arrival; ends when the input ends.

        Raises:
            Retryable: the connection was lost.
            Fatal: the other side refuses us.
        """
        ...

    async def send(self, reply: bytes) -> None:
        """Sends back what a decoder answered; does nothing where nothing can be sent.

        Raises:
            Retryable: the connection was lost.
        """
        ...

    async def close(self) -> None:
        """Ends the connection; harmless when called twice, or before `connect`."""
        ...


class FrameDecoder(Protocol):
    """Bytes in, events out: no network, no clock, no disk. Never raises on foreign bytes.

    Optional attributes, looked for by name:

    - `broadcast: str | None`: the session of the frames, as far as the decoder knows it. The runner
      saves it, and sets it again when a restart soon continues in the same room.
    - `checked: bool = False`: all events were validated (by `Decoded.take` or as strictly) and not
      changed afterwards, so the runner does not validate them again.
    """

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """Decodes one frame. The same frames in the same order give the same ids."""
        ...


class SourceFactory(Protocol):
    """What an entry point of `livewatch.sources` names: often the class itself.

    Its optional attribute `Options`, a msgspec struct, checks the options of the configuration
    before it is called: it is then given the struct, else the table as it stands in the file. The
    struct's optional method `named_files` gives the `NamedFile`s that it names, beside options that
    end in `_file`, so that one that does not exist is told before the start.
    Its optional attribute `decoder` names the decoder where the configuration names none, and
    `brings` says what its frames are (`FrameKind`): a decoder that takes others is refused.
    """

    def __call__(self, options: Any, recording: Recording) -> Source: ...


class DecoderFactory(Protocol):
    """What an entry point of `livewatch.decoders` names: often the class itself.

    Its optional attribute `takes`, a set of `FrameKind` that `connectors.decoders.decoded.takes`
    sets, says what its frames have to be.
    """

    def __call__(self, recording: Recording) -> FrameDecoder: ...
