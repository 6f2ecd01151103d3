"""Texts on their way to the rules: of the seller's side and of viewers, and speech as one stream.

What a recogniser cuts has no meaning, so what one speaker goes on to say is read together
(`detectors.speech.stream`); an event of which the last words may mean something else with what
comes waits for it.
"""

from __future__ import annotations

import contextlib
from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from detectors.engine.raised import Tracked
from detectors.engine.read import UNLIKE, Read, first_from
from detectors.engine.reader import Reader, Turn
from detectors.engine.room import RoomState
from detectors.engine.runner import RuleRunner
from detectors.engine.stats import EngineStats, RuleFailure, reason_of
from detectors.engine.viewers import ViewerLines
from detectors.events import Chat, Event, Product, Session, Speech
from detectors.match.fold import Folded
from detectors.match.likeness import Likeness
from detectors.rule import Rule
from detectors.speech.pieces import LONGEST
from detectors.speech.stream import (
    ENDS,
    PAUSE_MS,
    Joined,
    Stream,
    StreamPart,
    ends_at,
    follows,
    is_ended,
    joined,
)
from detectors.speech.utterance import Utterance

__all__ = ["MOST_OF_EVENT", "Listener", "Said", "texts_of", "within_reach"]

#: Characters that are read of one event, as many as a text may have: a card with a hundred labels of two thousand
#: would keep all rooms waiting for half a minute.
MOST_OF_EVENT = 20_000
#: Where a whole text stands, that is read for its likeness to violations.
_LIKE_FIELDS = ("text", "title")


class Said(NamedTuple):
    """A text of the seller's side, and where it stands."""

    event: Speech | Chat | Product | Session
    field: str
    text: str
    sku: str | None
    speaker: str
    parts: tuple[StreamPart, ...] = ()
    """Of a text of several events: whose words stand where."""


class _Told:
    """What rules have said to the parts of a text, by rule."""

    __slots__ = ("raised", "refused")

    def __init__(self, raised: Mapping[str, int] | None = None) -> None:
        #: Up to where in the text findings were raised.
        self.raised: dict[str, int] = dict(raised or ())
        #: Where the part ends in which words around took a finding back.
        self.refused: dict[str, int] = {}


class Listener:
    """Asks the rules about the texts of a room, by the words that are found in them."""

    def __init__(
        self, runner: RuleRunner, reader: Reader, viewers: ViewerLines, stats: EngineStats
    ) -> None:
        """
        Args:
            reader: finds the words, and which rules they concern.
            viewers: the same of what viewers write.
            stats: counts what was asked, passed over and failed.
        """
        self._runner = runner
        self._stats = stats
        self.reader = reader
        self._viewers = viewers
        self.seats = {
            rule_id: seat
            for rule_id, seat in runner.seats.items()
            if type(seat.rule).on_text is not Rule.on_text
        }
        """The rules that read texts."""
        self._every_line = [seat.id for seat in self.seats.values() if seat.rule.every_line]
        self._following = [seat for seat in self.seats.values() if seat.follows]
        #: The speeches that are being delivered, by event.
        self._ahead: dict[str, Read] = {}
        self._read_counts: Tally[str] = Tally()

    def expect(self, events: Sequence[Event]) -> None:
        """Reads the speech among events that will be delivered."""
        self._ahead.clear()
        if not self.seats:
            return
        # The tables of the words are large: what is read at one go finds them at hand.
        for event in events:
            if isinstance(event, Speech) and len(event.text) <= LONGEST:
                # What cannot be read fails on its turn, and alone.
                with contextlib.suppress(Exception):
                    self._ahead[event.id] = self.reader.read_alone(event.text)

    def tally(self) -> None:
        """Adds what was asked since the last call to the statistics; not once a text."""
        if self._read_counts:
            self._stats.evaluations.update(self._read_counts)
            self._read_counts.clear()

    def heed(self, state: RoomState, chat: Chat, changed: dict[str, Tracked]) -> None:
        """Hands a viewer's line to the rules that look for words in it."""
        for rule_id, hits in self._viewers.heard(chat.text):
            if hits is not None:
                seat = self._runner.seats[rule_id]
                self._runner.call(
                    state, seat, seat.rule.on_viewer_text, chat.at, changed, chat, hits
                )

    def pass_over(self, chat: Chat) -> None:
        """Counts the rules that pass over a viewer's line for a stated reason."""
        for passed in self._viewers.reasons(self._viewers.heard(chat.text)):
            self._stats.declined[passed] += 1

    def read(self, state: RoomState, said: Said, changed: dict[str, Tracked]) -> None:
        """Asks the rules about a text, a long one piece by piece."""
        if len(said.text) > LONGEST:
            told = _Told()
            for begins, read in self.reader.read_pieces(said.text, self._waiting(state)):
                self._ask(state, said, read, begins, changed, told)
        else:
            self._ask(state, said, self.reader.read(said.text), 0, changed, _Told())

    def listen(
        self, state: RoomState, said: Said, event: Speech, changed: dict[str, Tracked]
    ) -> None:
        """Asks the rules about what was said; those for which speech is one stream, as soon as it is
        known what stands around it."""
        stream = state._streams.get(said.speaker) or Stream()
        last = stream.said[-1] if stream.said else None
        goes_on = last is not None and follows(last, event) and said.sku == stream.sku
        if last is not None and stream.waits and last.at <= event.at:
            self._read_waiting(state, stream, event if goes_on else None, changed)
        if len(said.text) > LONGEST:
            self.read(state, said, changed)
            if state._streams.pop(said.speaker, None) is not None:
                state._changed.add("streams")
            return
        heard = self._ahead.pop(event.id, None) or self.reader.read_alone(said.text)
        if last is not None and event.at < last.at:
            # It came late: what it goes on with was read long ago.
            reads = self.reader.read_speech(said.text, self._waiting(state))
            self._ask_each(state, said, reads, changed)
            return
        begins = goes_on and self._belongs(stream, event, heard)
        stream.add(event, goes_on=goes_on)
        # What is said next may change what it means, if any rule looks for words in it or before.
        says = bool(heard.found)
        stream.waits = (says or begins) and not event.text.rstrip().endswith(ENDS)
        stream.sku, stream.begins = said.sku, begins
        stream.says = says
        state._streams[said.speaker] = stream
        state._changed.add("streams")
        if not begins and not stream.waits:
            # Nothing stands around it: all rules are asked at once.
            reads = self.reader.read_speech(said.text, self._waiting(state))
            raised = self._ask_each(state, said, reads, changed)
            stream.note_raised(
                event, {rule: raised[rule] for rule in raised.keys() & self.reader.joining}
            )
            return
        self._ask_each(state, said, (heard,), changed, turn=self.reader.of_event)
        if stream.waits:
            stream.due = ends_at(event) + PAUSE_MS
            state._first_due = None
        else:
            whole = joined(stream.said[:-1], event, None)
            self._ask_among(state, stream, whole, changed)

    def _belongs(self, stream: Stream, event: Speech, heard: Read) -> bool:
        """Is an event read with what was said before it?"""
        last = stream.said[-1]
        if is_ended(last, event):
            return False
        if stream.says or heard.found:
            return True
        text, first, *_ = joined([last], event, None)
        return self.reader.is_cut(text, first)

    def _catch_up(
        self, state: RoomState, stream: Stream, after: Speech | None, changed: dict[str, Tracked]
    ) -> None:
        """Reads the latest event of a stream, which has waited.

        Args:
            after: what is said next, if that goes on with it.
        """
        stream.waits = False
        state._first_due = None
        state._changed.add("streams")
        event = stream.said[-1]
        whole = joined(stream.said[:-1] if stream.begins else (), event, after)
        if len(whole.parts) > 1:
            self._ask_among(state, stream, whole, changed)
        else:
            reads = self.reader.read_speech(event.text, self._waiting(state))
            self._ask_joining(state, stream, whole, reads, changed)

    def _ask_among(
        self, state: RoomState, stream: Stream, whole: Joined, changed: dict[str, Tracked]
    ) -> None:
        """Asks the rules about the latest event of a stream, read with what was said before or after it."""
        card = state.cards.get(stream.sku or "")
        is_shown = card is not None and bool(card.attributes)
        reads = tuple(self.reader.read_among(whole, self._waiting(state), is_shown=is_shown))
        stream.says = stream.says or any(read.found for read in reads)
        self._ask_joining(state, stream, whole, reads, changed)

    def _ask_joining(
        self, state: RoomState, stream: Stream, whole: Joined, reads: Iterable[Read],
        changed: dict[str, Tracked],
    ) -> None:  # fmt: skip
        """Asks the rules for which speech is one stream about the latest event of one.

        Args:
            whole: it, between what was said before and after it.
            reads: the passages of that.
        """
        event = stream.said[-1]
        parts = whole.parts if len(whole.parts) > 1 else ()
        said = Said(
            event, "text", whole.text, stream.sku, event.speaker or "unknown", parts,
        )  # fmt: skip
        before = stream.raised_in(whole.parts)
        raised = self._ask_each(
            state, said, reads, changed, raised=before, turn=self.reader.of_stream
        )
        stream.note_raised(
            event,
            {
                rule: min(end, whole.last) - whole.first
                for rule, end in raised.items()
                if end != before.get(rule)
            },
        )

    def catch_up_until(self, state: RoomState, until: int, changed: dict[str, Tracked]) -> None:
        """Reads what has waited long enough, the earliest first."""
        waiting = [one for one in state._streams.values() if one.waits and one.due <= until]
        for stream in sorted(waiting, key=lambda one: one.due):
            self._read_waiting(state, stream, None, changed)

    def _read_waiting(
        self, state: RoomState, stream: Stream, after: Speech | None, changed: dict[str, Tracked]
    ) -> None:
        """Reads what has waited; what fails there is a failure of that event, not of the one at hand."""
        try:
            self._catch_up(state, stream, after, changed)
        except Exception as error:  # noqa: BLE001  one text must not stop the room
            failure = RuleFailure("", stream.said[-1].id, state.key, reason_of(error))
            self._stats.failures.append(failure)

    def _ask_each(
        self, state: RoomState, said: Said, reads: Iterable[Read], changed: dict[str, Tracked], *,
        raised: Mapping[str, int] | None = None, turn: Turn | None = None,
    ) -> dict[str, int]:  # fmt: skip
        """Asks the rules about the passages of a text; returns up to where each has raised something.

        Args:
            raised: up to where they have already.
            turn: the rules whose turn it is; ``None``: all.
        """
        told = _Told(raised)
        for read in reads:
            self._ask(state, said, read, read.begins, changed, told, turn)
        return told.raised

    def _waiting(self, state: RoomState) -> set[str]:
        """The rules that wait for what is said next."""
        waiting = state._waiting
        if waiting is None:
            waiting = state._waiting = set()
            for seat in self._following:
                self._runner.note_waiting(state, seat)
        return waiting

    def _ask(
        self, state: RoomState, said: Said, read: Read, begins: int, changed: dict[str, Tracked],
        told: _Told, turn: Turn | None = None,
    ) -> None:  # fmt: skip
        """Asks the rules about a text or a part of one, by the words that were found in it.

        Args:
            told: what rules made of the parts before; this one is added.
            turn: the rules whose turn it is; ``None``: all.
        """
        waiting = self._waiting(state)
        is_chat = isinstance(said.event, Chat)
        whole = said.field in _LIKE_FIELDS
        if not (read.counted or read.heeded or read.shadow or waiting or is_chat) and whole:
            return  # No rule is concerned.
        if waiting or is_chat or not whole:
            listening = [*waiting, *self._every_line] if is_chat else waiting
            read = self.reader.choice.told(read, listening, waiting=waiting, whole=whole)
        seats, counts = self.seats, self._read_counts
        for rule_id in read.counted:
            if turn is None or rule_id in turn.asked:
                counts[rule_id] += 1
        if turn is not self.reader.of_stream:  # it is asked about the same text first or last
            for difference in read.shadow:
                self._stats.model_shadow[difference] += 1
        asking = [one for one in read.asked if turn is None or one.rule in turn.asked]
        heeded = [one for one in read.heeded if turn is None or one.rule in turn.heeding]
        if not asking and not heeded:
            return
        utterance = Utterance(
            said.event, said.field, read.folded, said.sku, said.speaker, read.likeness, begins,
            is_passage=read.is_passage, find_runs=read.runs, news=read.news, parts=said.parts,
        )  # fmt: skip
        for rule_id, folded, hits in heeded:
            seat = seats[rule_id]
            self._runner.call(
                state, seat, seat.rule.on_heeded, utterance.at, changed,
                _as_read(utterance, read, folded, None), hits,
            )  # fmt: skip
        for rule_id, folded, hits in asking:
            seat = seats[rule_id]
            asked = _as_read(utterance, read, folded, rule_id)
            ends = begins + len(folded.original)
            if told.refused.get(rule_id, 0) >= ends:
                continue
            raised = told.raised.get(rule_id, 0)
            if raised >= ends:
                continue
            if raised > begins:
                fresh = first_from(folded, raised - begins)
                asked = msgspec.structs.replace(asked, fresh=fresh)
            answer = self._runner.call(
                state, seat, seat.rule.on_text, utterance.at, changed, asked, hits
            )
            if answer is not None:
                (told.raised if answer else told.refused)[rule_id] = ends


def _as_read(utterance: Utterance, read: Read, folded: Folded, rule: str | None) -> Utterance:
    """A text in the spelling in which a rule reads it: disguised words stand as they are meant, and spans lead back
    to what was said.

    Args:
        rule: of which it is told how much the text is like its violations; ``None``: of none.
    """
    if folded is read.folded:
        return utterance
    # What a text is like as it is meant, it is not as it is written.
    is_written = read.folded.is_deciphered and not folded.is_deciphered
    like = None if rule is None else (read.as_written if is_written else read.likeness).get(rule)
    if like is not None and not is_written:
        like = _alike(like, read.folded, folded)
    return msgspec.structs.replace(
        utterance,
        folded=folded,
        likeness=UNLIKE if rule is None or like is None else {rule: like},
        news=read.news and _moved(read.news, read.folded, folded),
    )


def _alike(like: Likeness, folded: Folded, other: Folded) -> Likeness:
    """What a text is like as it is written, at its places in another spelling of it: a word that only
    sounds like one of some rule takes nothing from what the whole is like for another."""
    start, end = _moved((like.start, like.end), folded, other)
    return like._replace(
        start=start, end=end, telling=tuple(_moved(one, folded, other) for one in like.telling)
    )


def _moved(news: tuple[int, int], folded: Folded, other: Folded) -> tuple[int, int]:
    """A range of a folded text in another spelling of it."""
    first, last = ((0, 0) if not place else folded.to_original(0, place) for place in news)
    return first_from(other, first[1]), first_from(other, last[1])


def within_reach(texts: Sequence[Said]) -> list[Said]:
    """The texts of one event that are read: `MOST_OF_EVENT` characters, the title and the shortest first, since a label
    is short, and what is meant to keep the process busy is long."""
    if sum(len(said.text) for said in texts) <= MOST_OF_EVENT:
        return list(texts)
    left, read = MOST_OF_EVENT, set[int]()
    in_order = sorted(
        range(len(texts)), key=lambda at: (texts[at].field != "title", len(texts[at].text))
    )
    for place in in_order:
        left -= len(texts[place].text)
        if left < 0:
            break
        read.add(place)
    return [said for place, said in enumerate(texts) if place in read]


def texts_of(event: Event, before: Product | None, state: RoomState) -> list[Said]:
    """The texts of the seller's side that an event writes; of a card, those that changed."""
    if isinstance(event, Chat):
        return [Said(event, "text", event.text, state.facts.explaining, event.role or "unknown")]
    if isinstance(event, Session):
        if event.phase == "started" and event.title:
            return [Said(event, "title", event.title, None, "card")]
        return []
    if isinstance(event, Product):
        texts = []
        if event.title and (before is None or before.title != event.title):
            texts.append(Said(event, "title", event.title, event.sku, "card"))
        known = (before.attributes if before is not None else None) or {}
        for name, value in (event.attributes or {}).items():
            if value and known.get(name) != value:
                texts.append(Said(event, f"attributes.{name}", value, event.sku, "card"))
        return texts
    return []
