"""`livewatch deadletters`: what could not be evaluated, and the way back into the log."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from monitor.commands.exits import Exit
from monitor.errors import BrokerError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path
    from typing import Any

    from monitor.config import Config

__all__ = ["replay", "show", "show_all"]

REASON_SHOWN = 100


def show_all(config: Path | None) -> Exit:
    """Lists the letters, oldest first: number, stage, place, reason."""
    return _run(config, _show_all)


def show(config: Path | None, number: int) -> Exit:
    """Prints one letter: what is known of it to standard error, its bytes to standard output."""
    return _run(config, lambda settings: _show(settings, number))


def replay(config: Path | None, numbers: list[int]) -> Exit:
    """Sends the bytes of letters to the events topic again; all of them when none is named."""
    return _run(config, lambda settings: _replay(settings, numbers))


def _run(config: Path | None, work: Callable[[Config], Coroutine[Any, Any, Exit]]) -> Exit:
    from monitor.config import load_config

    try:
        return asyncio.run(work(load_config(config, os.environ)))
    except ConfigError as error:
        print(f"livewatch deadletters: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except BrokerError as error:
        print(f"livewatch deadletters: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


async def _records(settings: Config) -> list[Any]:
    from monitor.pipeline.kafka.reading import read_topic
    from monitor.pipeline.kafka.topics import TopicNames

    topic = TopicNames.of(settings.kafka.prefix).deadletters
    return [record async for record in read_topic(settings.kafka, topic)]


async def _show_all(settings: Config) -> Exit:
    from monitor.pipeline.kafka.dead_letters import letter_of, place_of

    for record in await _records(settings):
        letter, place = letter_of(record), place_of(record)
        where = f"{place.topic}/{place.partition}@{place.offset}" if place else letter.source
        about = " ".join(word for word in (letter.rule, letter.event) if word)
        reason = letter.reason.replace("\n", " ")[:REASON_SHOWN]
        print(f"{letter.number}\t{letter.stage}\t{where}\t{about}\t{reason}")
    return Exit.DONE


async def _show(settings: Config, number: int) -> Exit:
    from monitor.pipeline.kafka.dead_letters import letter_of

    for record in await _records(settings):
        if record.offset == number:
            letter = letter_of(record)
            for name in ("stage", "source", "rule", "event", "attempts", "reason"):
                print(f"{name}: {getattr(letter, name)}", file=sys.stderr)
            for name, value in record.headers:
                if name in ("topic", "partition", "offset"):
                    print(f"{name}: {value.decode()}", file=sys.stderr)
            sys.stdout.buffer.write(letter.data + b"\n")
            return Exit.DONE
    print(f"livewatch deadletters: there is no letter {number}", file=sys.stderr)
    return Exit.USAGE


async def _replay(settings: Config, numbers: list[int]) -> Exit:
    from detectors.events import InvalidEvent, decode
    from monitor.pipeline.kafka.outbox import Message
    from monitor.pipeline.kafka.reading import resend
    from monitor.pipeline.kafka.topics import TopicNames

    topic = TopicNames.of(settings.kafka.prefix).events
    messages, refused = [], 0
    for record in await _records(settings):
        if numbers and record.offset not in numbers:
            continue
        try:
            event = decode(record.value or b"")
        except InvalidEvent as error:
            refused += 1
            print(f"letter {record.offset} is still no event: {error}", file=sys.stderr)
            continue
        key = f"{event.platform}:{event.room}".encode()
        messages.append(Message(topic, key, record.value))
    await resend(settings.kafka, messages)
    print(f"sent again {len(messages)}, refused {refused}")
    return Exit.INVALID_INPUT if refused else Exit.DONE
