"""`livewatch topics`: makes the topics of the scale-out runtime, and says whether they are right."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from monitor.commands.answer import answer
from monitor.commands.exits import Exit
from monitor.errors import BrokerError, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check", "create"]


def create(config: Path | None, *, as_json: bool = False) -> Exit:
    """Makes what is missing; what is there stays as it is."""
    from monitor.config import load_config
    from monitor.pipeline.kafka.topics import check_topics, create_topics

    try:
        settings = load_config(config, os.environ)
        made = asyncio.run(create_topics(settings))
        return _report(asyncio.run(check_topics(settings)), made, as_json=as_json)
    except ConfigError as error:
        print(f"livewatch topics: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except BrokerError as error:
        print(f"livewatch topics: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


def check(config: Path | None, *, as_json: bool = False) -> Exit:
    """Compares the topics with the configuration."""
    from monitor.config import load_config
    from monitor.pipeline.kafka.topics import check_topics

    try:
        problems = asyncio.run(check_topics(load_config(config, os.environ)))
        return _report(problems, [], as_json=as_json)
    except ConfigError as error:
        print(f"livewatch topics: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except BrokerError as error:
        print(f"livewatch topics: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


def _report(problems: list[str], made: list[str], *, as_json: bool) -> Exit:
    lines = [*(f"created {name}" for name in made), *problems]
    if not problems:
        lines.append("all topics are as configured")
    answer({"created": made, "problems": problems}, *lines, as_json=as_json)
    return Exit.CHECK_FAILED if problems else Exit.DONE
