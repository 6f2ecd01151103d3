"""From the configuration to what the runner runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import msgspec

from connectors.decoders.decoded import FrameKind, Recording
from connectors.errors import Fatal
from connectors.plan import Pace, Plan
from connectors.plugins import DECODERS, SOURCES, decoder_factory, installed, source_factory
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from connectors.plan import Make
    from connectors.privacy import Pseudonyms
    from connectors.source import FrameDecoder, NamedFile, Source
    from monitor.sources.settings import SourceSettings

__all__ = [
    "DEFAULT_DECODER",
    "check_names",
    "check_settings",
    "maker_of",
    "named_files_of",
    "plans_of",
    "rooms_of",
]

#: Decoder of sources that name none.
DEFAULT_DECODER = "jsonl"
#: What a frame is, in words.
_FRAMES: dict[FrameKind, str] = {
    "line": "lines of text",
    "bytes": "binary frames",
    "file": "whole files (import them, or post them as a sender)",
    "page": "pages of shops",
    "segment": "recognised speech",
    "picture": "text on pictures",
}
_TAKEN = frozenset({"http"})
#: Options that hold secrets have no place in a file that people send each other.
_SECRET = re.compile(
    r"(?:^|[_.])(?:secret|token|password|passphrase|api_?key|access_?key|private_?key|passwd"
    r"|credentials?|authorization|cookies?|sessdata)$",
    re.I,
)
MAX_ROOMS_FILE = 16 << 20


def check_names(sources: Iterable[SourceSettings], senders: Container[str]) -> None:
    """
    Raises:
        ConfigError: a source has the name of a sender of webhooks.
    """
    for source in sources:
        if source.name in senders:
            raise ConfigError(
                f"sources: {source.name!r} is also a sender of webhooks: figures go by the name"
            )


def plans_of(
    sources: Sequence[SourceSettings], pseudonyms: Pseudonyms, share: str = "1/1"
) -> list[Plan]:
    """A plan for each source that is enabled, with the connections that are ours.

    A plug-in that does not load makes a plan that fails when it is run, so that the others run.

    Raises:
        ConfigError: a name twice, an unknown kind, options that do not fit, no list of rooms.
    """
    check_settings(sources)
    mine, of = map(int, share.split("/"))
    if mine > of:
        raise ConfigError(f"collection.share: {share} is beyond the last share")
    return [
        Plan(
            name=source.name,
            platform=source.platform,
            make=maker_of(source, pseudonyms),
            rooms=_ours(source.name, rooms_of(source), share),
            pace=Pace(**{name: getattr(source, name) for name in Pace.__struct_fields__}),
            origin=(
                msgspec.structs.replace(source, rooms=[], rooms_file=None),
                pseudonyms.fingerprint,
            ),
        )
        for source in sources
        if source.enabled
    ]


def check_settings(sources: Iterable[SourceSettings]) -> None:
    """Raises ConfigError where something can be seen to be wrong before anything is loaded."""
    names: set[str] = set()
    for source in sources:
        if source.name in names:
            raise ConfigError(f"sources: there are two named {source.name!r}")
        names.add(source.name)
        if source.name in _TAKEN:
            raise ConfigError(f"sources: {source.name!r} is the name of what comes over HTTP")
        for group, kind, name in (
            (SOURCES, "type", source.type),
            (DECODERS, "decoder", source.decoder),
        ):
            if name is not None and name not in (known := installed(group)):
                raise ConfigError(
                    f"sources.{source.name}.{kind}: {name!r} is not installed; there are: "
                    + ", ".join(sorted(known))
                )
        for option in _names(source.options):
            if _SECRET.search(option):
                raise ConfigError(
                    f"sources.{source.name}.options.{option}: secrets must not be in the file: "
                    f"name a file that holds it, by {option}_file"
                )


def rooms_of(source: SourceSettings) -> tuple[str, ...]:
    """The rooms of a source, each once.

    Raises:
        ConfigError: its file cannot be read.
    """
    if source.rooms_file is None:
        return tuple(dict.fromkeys(source.rooms)) or ("",)
    path = Path(source.rooms_file)
    place = f"sources.{source.name}.rooms_file"
    try:
        if path.stat().st_size > MAX_ROOMS_FILE:
            raise ConfigError(f"{place}: {path} is larger than {MAX_ROOMS_FILE >> 20} MiB")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError(f"{place}: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{place}: {path} is no UTF-8: {error}") from error
    listed = (line.partition("#")[0].strip() for line in lines)
    rooms = tuple(dict.fromkeys([*source.rooms, *filter(None, listed)]))
    for room in rooms:
        if len(room) > 256:
            raise ConfigError(f"{place}: a room has more than 256 characters: {room[:40]}…")
    return rooms


def _ours(source: str, rooms: tuple[str, ...], share: str) -> tuple[str, ...]:
    mine, of = map(int, share.split("/"))
    # By name, not by place: a room that is added moves no other.
    return tuple(room for room in rooms if crc32(f"{source}/{room}".encode()) % of == mine - 1)


def maker_of(source: SourceSettings, pseudonyms: Pseudonyms) -> Make:
    """What makes the connection and the decoder of a room.

    Raises:
        ConfigError: the options do not fit.
    """
    try:
        make_source = source_factory(source.type)
        options = _options(source, getattr(make_source, "Options", None))
        decoder = source.decoder or str(getattr(make_source, "decoder", DEFAULT_DECODER))
        make_decoder = decoder_factory(decoder)
    except Fatal as error:
        return _failing(error.reason)
    brings, takes = getattr(make_source, "brings", None), getattr(make_decoder, "takes", None)
    if brings is not None and takes is not None and brings not in takes:
        raise ConfigError(
            f"sources.{source.name}.decoder: {source.type} brings {_FRAMES.get(brings, brings)}, and "
            f"{decoder} reads {' or '.join(_FRAMES.get(kind, kind) for kind in sorted(takes))}"
        )

    def make(room: str) -> tuple[Source, FrameDecoder]:
        recording = Recording(
            platform=source.platform,
            room=room,
            session=source.session,
            host=source.host,
            pseudonyms=pseudonyms,
        )
        return make_source(options, recording), make_decoder(recording)

    return make


def named_files_of(source: SourceSettings) -> Iterator[NamedFile]:
    """The files and folders that the kind of source says its options name; none of one that does not load.

    Raises:
        ConfigError: the options do not fit.
    """
    try:
        struct = getattr(source_factory(source.type), "Options", None)
    except Fatal:
        return
    named = getattr(_options(source, struct), "named_files", None)
    if struct is not None and named is not None:
        yield from named()


def _failing(reason: str) -> Callable[[str], tuple[Source, FrameDecoder]]:
    def fail(room: str) -> tuple[Source, FrameDecoder]:
        raise Fatal(reason)

    return fail


def _options(source: SourceSettings, struct: Any) -> Any:
    if struct is None:
        return source.options
    try:
        return msgspec.convert(source.options, struct)
    except msgspec.ValidationError as error:
        reason = str(error).replace("`$.", "`")
        raise ConfigError(f"sources.{source.name}.options: {reason}") from error


def _names(options: dict[str, Any]) -> Iterable[str]:
    for name, value in options.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in _names(value))
