"""`livewatch topics`: makes the topics of the scale-out runtime, and says whether they are right."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from monitor.commands.exits import Exit
from monitor.errors import BrokerError, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check", "create"]


def create(config: Path | None) -> Exit:
    """Makes what is missing; what is there stays as it is."""
    from monitor.config import load_config
    from monitor.pipeline.kafka.topics import check_topics, create_topics

    try:
        settings = load_config(config, os.environ)
        made = asyncio.run(create_topics(settings))
        for name in made:
            print(f"created {name}")
        return _report(asyncio.run(check_topics(settings)))
    except ConfigError as error:
        print(f"livewatch topics: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except BrokerError as error:
        print(f"livewatch topics: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


def check(config: Path | None) -> Exit:
    """Compares the topics with the configuration."""
    from monitor.config import load_config
    from monitor.pipeline.kafka.topics import check_topics

    try:
        return _report(asyncio.run(check_topics(load_config(config, os.environ))))
    except ConfigError as error:
        print(f"livewatch topics: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except BrokerError as error:
        print(f"livewatch topics: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


def _report(problems: list[str]) -> Exit:
    for problem in problems:
        print(problem)
    if not problems:
        print("all topics are as configured")
    return Exit.CHECK_FAILED if problems else Exit.DONE
