"""`livewatch deadletters`: what could not be used, and the way back into the log."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from detectors.events import room_key
from monitor.commands.answer import answer, print_json
from monitor.commands.exits import Exit
from monitor.commands.readable import printable
from monitor.errors import BrokerError, ConfigError, MigrationError, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.sink import Observed
    from monitor.config import Config
    from monitor.store.rows import DeadLetter

__all__ = ["LetterFilter", "LetterOptions", "replay", "show", "show_all"]

REASON_SHOWN = 100
#: Columns of the list and of the counts, as text.
LISTED = ("number", "stage", "where", "cause", "about", "begins")
COUNTED = ("letters", "attempts", "stage", "cause", "source", "kind")
#: How long a monitor may take nothing.
GIVE_UP_S = 10.0


class LetterOptions(Struct, frozen=True, kw_only=True):
    """What the command line gives."""

    config: Path | None = None
    data: Path | None = None
    """Folder of the embedded monitor; ``None``: the letters are in Kafka."""
    url: str | None = None
    """The running embedded monitor; by default as the configuration says."""
    token: str | None = None
    """By default that of the folder."""


class LetterFilter(Struct, frozen=True, kw_only=True):
    """Which letters; what is not said does not matter."""

    stage: str | None = None
    cause: str | None = None
    kind: str | None = None
    """In the name of an unknown kind, without regard to case."""
    source: str | None = None
    """Name of a source or sender, or of one with its room: `recorder`, `recorder/77001`."""
    reason: str | None = None
    """In the reason, without regard to case."""
    rule: str | None = None

    def takes(self, letter: DeadLetter) -> bool:
        """Does the letter fit all that is said?"""
        source = letter.source
        return (
            self.stage in (None, letter.stage)
            and self.cause in (None, letter.cause)
            and self.rule in (None, letter.rule)
            and (self.kind is None or _within(self.kind, letter.kind))
            and (self.reason is None or _within(self.reason, letter.reason))
            and (self.source in (None, source) or source.startswith(f"{self.source}/"))
        )


class _Found(Struct, frozen=True):
    letter: DeadLetter
    where: str
    """Where it stood, or who sent it."""


class _Box(Protocol):
    def letters(self) -> list[_Found]: ...

    def resend(self, events: Sequence[Observed]) -> None: ...


def show_all(
    options: LetterOptions,
    only: LetterFilter = LetterFilter(),  # noqa: B008  frozen
    *,
    counts: bool = False,
    as_json: bool = False,
) -> Exit:
    """Lists the letters, oldest first, or counts them; `as_json`: as one JSON list."""

    def work(box: _Box, settings: Config) -> Exit:
        chosen = [found for found in box.letters() if only.takes(found.letter)]
        rows = _counted(chosen) if counts else [_row(found) for found in chosen]
        if as_json:
            print_json(rows)
            return Exit.DONE
        for row in rows:
            print("\t".join(str(row[column]) for column in (COUNTED if counts else LISTED)))
        return Exit.DONE

    return _run(options, work)


def _row(found: _Found) -> dict[str, object]:
    letter = found.letter
    about = [word for word in (letter.kind, letter.rule, letter.event) if word]
    return {
        "number": letter.number,
        "stage": letter.stage,
        "where": found.where,
        "cause": letter.cause,
        "about": printable(" ".join(about)),
        "begins": printable(letter.reason)[:REASON_SHOWN],
        "reason": letter.reason,
        "source": letter.source,
        "kind": letter.kind,
        "rule": letter.rule,
        "event": letter.event,
        "first_at": letter.first_at,
        "last_at": letter.last_at,
        "attempts": letter.attempts,
        "bytes": len(letter.data),
    }


def _counted(chosen: Sequence[_Found]) -> list[dict[str, object]]:
    """How many letters there are, and how often they came, by what they have in common."""
    letters: Counter[tuple[str, ...]] = Counter()
    attempts: Counter[tuple[str, ...]] = Counter()
    for found in chosen:
        letter = found.letter
        # A room says nothing of the cause, and there are thousands.
        source = letter.source if letter.rule else letter.source.partition("/")[0]
        key = (letter.stage, str(letter.cause), source, letter.kind or letter.rule or "")
        letters[key] += 1
        attempts[key] += letter.attempts
    return [
        {"letters": count, "attempts": attempts[key]} | dict(zip(COUNTED[2:], key, strict=True))
        for key, count in letters.most_common()
    ]


def _within(part: str, text: str) -> bool:
    return part.casefold() in text.casefold()


def show(options: LetterOptions, number: int, *, as_json: bool = False) -> Exit:
    """Prints one letter: what is known of it to standard error, its bytes to standard output.

    Args:
        as_json: all of it on standard output instead, the bytes in base64.
    """

    def work(box: _Box, settings: Config) -> Exit:
        for found in box.letters():
            if found.letter.number != number:
                continue
            if as_json:
                print_json({**_row(found), "data": found.letter.data})
            else:
                for name in (
                    "stage", "cause", "kind", "source", "rule", "event", "attempts", "reason",
                ):  # fmt: skip
                    print(f"{name}: {getattr(found.letter, name)}", file=sys.stderr)
                print(f"where: {found.where}", file=sys.stderr)
                sys.stdout.buffer.write(found.letter.data + b"\n")
            return Exit.DONE
        print(f"livewatch deadletters: there is no letter {number}", file=sys.stderr)
        return Exit.USAGE

    return _run(options, work)


def replay(options: LetterOptions, numbers: list[int], *, as_json: bool = False) -> Exit:
    """Sends what letters hold into the log again; all of them when none is named."""
    from monitor.pipeline.worker import wall_clock_ms
    from monitor.pseudonyms import pseudonyms_of
    from monitor.sources.letters import StillUseless, retried

    def work(box: _Box, settings: Config) -> Exit:
        events: list[Observed] = []
        sent = refused = 0
        for found in box.letters():
            if numbers and found.letter.number not in numbers:
                continue
            try:
                events += retried(
                    found.letter,
                    settings.sources,
                    lambda: pseudonyms_of(
                        options.data, os.environ, settings.collection.pseudonym_key_file
                    ),
                    wall_clock_ms(),
                )
                sent += 1
            except StillUseless as error:
                refused += 1
                print(f"letter {found.letter.number} is still no event: {error}", file=sys.stderr)
        box.resend(events)
        says = f"sent again {sent}, refused {refused}"
        answer({"sent": sent, "refused": refused}, says, as_json=as_json)
        return Exit.INVALID_INPUT if refused else Exit.DONE

    return _run(options, work)


class _Work(Protocol):
    def __call__(self, box: _Box, settings: Config) -> Exit: ...


def _run(options: LetterOptions, work: _Work) -> Exit:
    from monitor.commands.delivery import DeliveryRefused, Unreachable
    from monitor.config import load_config

    try:
        settings = load_config(options.config, os.environ)
        box: _Box = (
            _InKafka(settings)
            if options.data is None
            else _InFolder(settings, options.data, options.url, options.token)
        )
        return work(box, settings)
    except ConfigError as error:
        print(f"livewatch deadletters: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except DeliveryRefused as error:
        print(f"livewatch deadletters: {error}", file=sys.stderr)
        return Exit.USAGE
    except (BrokerError, StoreUnreachable, MigrationError, Unreachable) as error:
        print(f"livewatch deadletters: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


class _InKafka:
    """The letters of the topic, the events into the topic."""

    def __init__(self, settings: Config) -> None:
        self._settings = settings

    def letters(self) -> list[_Found]:
        return asyncio.run(self._read())

    async def _read(self) -> list[_Found]:
        from monitor.pipeline.kafka.dead_letters import letter_of, place_of
        from monitor.pipeline.kafka.reading import read_topic
        from monitor.pipeline.kafka.topics import TopicNames

        topic = TopicNames.of(self._settings.kafka.prefix).deadletters
        found = []
        async for record in read_topic(self._settings.kafka, topic):
            letter, place = letter_of(record), place_of(record)
            where = f"{place.topic}/{place.partition}@{place.offset}" if place else letter.source
            found.append(_Found(letter, where))
        return found

    def resend(self, events: Sequence[Observed]) -> None:
        from monitor.pipeline.kafka.outbox import Message
        from monitor.pipeline.kafka.reading import resend
        from monitor.pipeline.kafka.topics import TopicNames

        topic = TopicNames.of(self._settings.kafka.prefix).events
        messages = [
            Message(topic, room_key(o.event.platform, o.event.room).encode(), o.data)
            for o in events
        ]
        asyncio.run(resend(self._settings.kafka, messages))


class _InFolder:
    """The letters of an embedded monitor's database, the events over HTTP to the monitor."""

    def __init__(self, settings: Config, data: Path, url: str | None, token: str | None) -> None:
        self._settings = settings
        self._data = data
        self._url = url
        self._token = token

    def letters(self) -> list[_Found]:
        from monitor.commands.db import open_store
        from monitor.runtime import DATABASE
        from monitor.store.dead_letters import LETTERS_MAX

        if self._settings.store.url is None and not (self._data / DATABASE).is_file():
            raise ConfigError(f"there is no monitor's data in {self._data}")
        store = open_store(self._settings, self._data)
        try:
            letters = store.dead_letters(LETTERS_MAX)
        finally:
            store.close()
        return [_Found(letter, letter.source) for letter in reversed(letters)]

    def resend(self, events: Sequence[Observed]) -> None:
        from monitor.commands.delivery import BATCH_EVENTS, Delivery, DeliveryRefused
        from monitor.commands.monitor_api import MonitorApi
        from monitor.runtime import ingest_token

        if not events:
            return
        monitor = MonitorApi(self._url, self._settings)
        token = self._token or self._settings.ingest.token
        secret = ingest_token(self._data, token, self._settings.ingest.token_file)
        try:
            delivery = Delivery(monitor.url, secret, give_up_after_s=GIVE_UP_S, tls=monitor.tls())
        except OSError as error:
            raise ConfigError(f"server.tls_cert cannot be used: {error}") from error
        except ValueError as error:
            raise DeliveryRefused(str(error)) from error
        try:
            for start in range(0, len(events), BATCH_EVENTS):
                delivery.send([observed.data for observed in events[start : start + BATCH_EVENTS]])
        finally:
            delivery.close()
