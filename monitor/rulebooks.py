"""The rules that a configuration asks for: ours, with the packs and suppressions of the site."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from detectors.calendar import BEIJING
from detectors.pack.law import LawError
from detectors.pack.load import PackError, Rulebook, load_rulebook
from monitor.config import load_config
from monitor.errors import ConfigError
from monitor.images import CachedImages
from monitor.site_model import folder_of, with_models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from monitor.config import Rules

__all__ = ["expired", "rulebook_for", "rulebook_of", "today"]


def rulebook_of(
    settings: Rules, packs: Sequence[Path] = (), *, warn: bool = True, replace: bool = False,
    data: Path | None = None,
) -> Rulebook:  # fmt: skip
    """The rules, with the site's packs as configured and further ones.

    Args:
        settings: section `rules` of the configuration.
        packs: packs beside those of the configuration.
        warn: log which suppressions have expired.
        replace: rules of those packs take the place of ours, to compare them.
        data: the data directory, whose models are used where the configuration names none.

    Raises:
        ConfigError: a pack or the file of suppressions cannot be used.
    """
    own = [*(Path(name) for name in settings.packs), *packs]
    try:
        rulebook = load_rulebook(
            own=own,
            suppressions=Path(settings.suppressions) if settings.suppressions else None,
            replace=replace,
            images=CachedImages(own, replace=replace),
        )
    except (PackError, LawError) as error:
        raise ConfigError(f"rules: {error}") from error
    rulebook = with_models(rulebook, folder_of(data, settings.model))
    if warn:
        for entry in expired(rulebook, today()):
            from connectors.logger import logger  # what draws tracebacks comes with it

            logger().warning("suppression_expired", suppression=entry)
    return rulebook


def rulebook_for(
    config: Path | None,
    packs: Sequence[Path] = (),
    *,
    suppressions: Path | None = None,
    replace: bool = False,
) -> Rulebook:
    """The rules of a command that runs once: as configured, with what the command line adds.

    Args:
        config: as of `load_config`.
        packs: packs beside those of the configuration.
        suppressions: this file instead of that of the configuration.
        replace: as of `rulebook_of`.

    Raises:
        ConfigError: the configuration, a pack or the file of suppressions cannot be used.
    """
    settings = load_config(config, os.environ).rules
    if suppressions is not None:
        settings = msgspec.structs.replace(settings, suppressions=str(suppressions))
    return rulebook_of(settings, packs, warn=False, replace=replace)


def today() -> date:
    """The civil day in China."""
    return datetime.now(UTC).astimezone(BEIJING).date()


def expired(rulebook: Rulebook, day: date) -> list[str]:
    """The suppressions that no longer hold on a day; events of that day are not suppressed."""
    return [entry.id for entry in rulebook.suppressions if not entry.holds_on(day)]
