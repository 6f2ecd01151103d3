"""What buyers report in the chat: a viewer accuses nobody, several independent ones are a lead to follow."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from detectors.events import Chat, Event

__all__ = ["Reports", "Told"]

#: Viewers of one subject whose reports are kept; the latest.
MAX_REPORTERS = 12
#: Subjects that are followed.
MAX_SUBJECTS = 20


class Told(Struct):
    """A viewer's report."""

    user: str
    event: Chat


class Reports(Struct):
    """Reports by subject: at most 20 subjects, 12 viewers each."""

    by_subject: dict[str, list[Told]] = {}
    raised: dict[str, int] = {}
    """How many viewers had reported when an alert was last raised."""

    def add(self, subject: str, event: Chat, window_ms: int) -> Sequence[Event]:
        """Takes up a report and gives all of different viewers within the window, the latest last.

        A line without a pseudonym is nobody's: it is not counted.
        """
        if not event.user:
            return []
        told = [
            one
            for one in self.by_subject.pop(subject, [])
            if event.at - one.event.at <= window_ms and one.user != event.user
        ]
        told.append(Told(event.user, event))
        del told[:-MAX_REPORTERS]
        self.by_subject[subject] = told
        while len(self.by_subject) > MAX_SUBJECTS:
            oldest = next(iter(self.by_subject))
            del self.by_subject[oldest]
            self.raised.pop(oldest, None)
        return [one.event for one in told]
