"""What is installed: sources and decoders by name, found through entry points.

A plug-in that does not load is named with its distribution and the reason, and stops nobody
else: nothing is imported before it is asked for.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, EntryPoint, PackageMetadata, entry_points
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from connectors.errors import Fatal
from connectors.source import DecoderFactory, SourceFactory

__all__ = [
    "DECODERS",
    "SOURCES",
    "Plugin",
    "decoder_factory",
    "installed",
    "source_factory",
]

SOURCES = "livewatch.sources"
DECODERS = "livewatch.decoders"


class Plugin(Struct, frozen=True, kw_only=True):
    """An entry point of one of our groups."""

    name: str
    target: str
    """`module:attribute`"""
    distribution: str
    """Name and version of the package that brings it."""
    entry: EntryPoint

    def load(self) -> Any:
        """The object behind it.

        Raises:
            Fatal: it does not load; names plug-in, package and reason.
        """
        try:
            return self.entry.load()
        except Exception as error:  # a stranger's module may do anything
            raise Fatal(
                f"the plug-in {self.name} of {self.distribution} does not load ({self.target}): "
                f"{type(error).__name__}: {error}"
            ) from error


def installed(group: str) -> Mapping[str, Plugin]:
    """All plug-ins of a group by name, none of them imported.

    Where two packages bring the same name, ours goes first, then the alphabet decides. The packages
    are read again when one was installed or removed: to read 150 of them takes 15 ms.
    """
    return _installed(group, tuple((entry, _changed_ns(entry)) for entry in sys.path))


@functools.lru_cache(maxsize=8)
def _installed(group: str, _places: tuple[tuple[str, int], ...]) -> Mapping[str, Plugin]:
    """The same, from where Python looks for packages as these places were last changed."""
    entries = entry_points(group=group)
    # Read once: each entry's `dist` would read them all anew for the name, and for the version.
    packages = {dist: dist.metadata for dist in {entry.dist for entry in entries} if dist}
    found: dict[str, Plugin] = {}
    for plugin in sorted((_plugin(entry, packages) for entry in entries), key=_precedence):
        found.setdefault(plugin.name, plugin)
    return found


def _changed_ns(place: str) -> int:
    """When something was last put into a folder or taken out of it; 0 where there is none."""
    try:
        return Path(place).stat().st_mtime_ns
    except OSError:
        return 0


def source_factory(name: str) -> SourceFactory:
    """The factory of a kind of source.

    Raises:
        Fatal: it is not installed, or does not load.
    """
    return cast(SourceFactory, _load(SOURCES, "source", name))


def decoder_factory(name: str) -> DecoderFactory:
    """The factory of a kind of decoder.

    Raises:
        Fatal: it is not installed, or does not load.
    """
    return cast(DecoderFactory, _load(DECODERS, "decoder", name))


def _load(group: str, kind: str, name: str) -> Any:
    plugins = installed(group)
    if name not in plugins:
        raise Fatal(f"no {kind} {name!r} is installed; there are: {', '.join(sorted(plugins))}")
    factory = plugins[name].load()
    if not callable(factory):
        raise Fatal(f"the {kind} {name!r} of {plugins[name].distribution} cannot be called")
    return factory


def _plugin(entry: EntryPoint, packages: Mapping[Distribution, PackageMetadata]) -> Plugin:
    package = packages[entry.dist] if entry.dist is not None else None
    return Plugin(
        name=entry.name,
        target=entry.value,
        distribution=f"{package['Name']} {package['Version']}" if package else "unknown",
        entry=entry,
    )


def _precedence(plugin: Plugin) -> tuple[bool, str]:
    return (not plugin.distribution.startswith("livewatch "), plugin.distribution)
