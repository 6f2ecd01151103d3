"""Dead letters of sources: whose they are, and what becomes of them when they are tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.decoders.decoded import Recording
from connectors.errors import ConnectorError
from connectors.parcel import observe
from connectors.plugins import decoder_factory, source_factory
from detectors.events import InvalidEvent, decode
from monitor.sources.plans import DEFAULT_DECODER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connectors.privacy import Pseudonyms
    from connectors.sink import Observed
    from monitor.sources.settings import SourceSettings
    from monitor.store.rows import DeadLetter

__all__ = ["StillUseless", "retried", "sender_of"]


class StillUseless(Exception):
    """No event comes of the letter, now as before; the message says why."""


def sender_of(source: str, room: str) -> str:
    """The `source` of a letter: the source's name, and its room."""
    return f"{source}/{room}" if room else source


def retried(
    letter: DeadLetter,
    sources: Sequence[SourceSettings],
    pseudonyms: Callable[[], Pseudonyms],
    now: int,
) -> list[Observed]:
    """The events of a letter: by the decoder of the source that it came from, else as it is.

    Args:
        sources: those of the configuration, on or off.
        pseudonyms: asked for when viewers may be in it.
        now: the events arrive now, ms.

    Raises:
        StillUseless: nothing came of it.
    """
    name, _, room = letter.source.partition("/")
    source = next((source for source in sources if source.name == name), None)
    if letter.stage != "decode" or source is None:
        try:
            return [observe(decode(letter.data), now)]
        except InvalidEvent as error:
            raise StillUseless(str(error)) from error
    try:
        factory = source_factory(source.type)
        decoder = decoder_factory(
            source.decoder or str(getattr(factory, "decoder", DEFAULT_DECODER))
        )(
            Recording(
                platform=source.platform,
                room=room,
                session=source.session,
                host=source.host,
                pseudonyms=pseudonyms(),
            )
        )
    except ConnectorError as error:
        raise StillUseless(str(error)) from error
    try:
        out = decoder.feed(letter.data, letter.first_at)
        events = [observe(event, now) for event in out.events]
    except Exception as error:  # a stranger's decoder, and that is why the letter is here
        raise StillUseless(f"{type(error).__name__}: {error}") from error
    if not events:
        reasons = [problem.reason for problem in (*out.problems, *out.unknown)]
        raise StillUseless("; ".join(reasons[:3]) or "there is nothing in it")
    return events
