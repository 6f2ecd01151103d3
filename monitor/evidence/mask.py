"""Numbers in the place of viewers' accounts, for copies of a bundle that are handed out.

A viewer has the same number throughout a copy. An account is known by the field in which it stands,
whatever it looks like: a sender may post events whose accounts are no pseudonyms. Pseudonyms are found in
any text, too. What viewers wrote is masked as it is on the way in (`connectors.privacy`), for events that
did not come by a connector.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.privacy import PSEUDONYM, mask
from detectors.events import Chat, Order, Prize, Review
from monitor.access.masking import OPEN, Masking

if TYPE_CHECKING:
    from detectors.events import Event

__all__ = ["Mask"]

_PSEUDONYM = re.compile(PSEUDONYM)


class Mask:
    """Replaces viewers' accounts by numbers."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The text with numbers in the place of pseudonyms."""
        return _PSEUDONYM.sub(lambda found: self.number(found[0]), text)

    def written(self, text: str) -> str:
        """What somebody of the office wrote: numbers for all accounts that this copy knows, and no personal
        data."""
        # One character may stand in any word; the longest first, since one name may begin as another.
        found = [name for name in self._known if len(name) > 1 and name in text]
        for name in sorted(found, key=len, reverse=True):
            text = text.replace(name, self._known[name])
        return mask(self(text))

    def number(self, account: str) -> str:
        """The number of an account."""
        return self._known.setdefault(account, f"观众{len(self._known) + 1}")

    def event(self, event: Event) -> Event:
        """An event as a table may show it: buyers, reviewers and winners are viewers, too."""
        if isinstance(event, Order | Review) and event.user is not None:
            event = msgspec.structs.replace(event, user=self.number(event.user))
        if isinstance(event, Review) and event.text is not None:
            return msgspec.structs.replace(event, text=mask(event.text))
        if isinstance(event, Prize) and event.winners is not None:
            return msgspec.structs.replace(
                event, winners=[self.number(one) for one in event.winners]
            )
        if not isinstance(event, Chat) or event.role in OPEN:
            return event
        return msgspec.structs.replace(
            event,
            user=None if event.user is None else self.number(event.user),
            text=None if event.text is None else mask(event.text),
        )

    def alert(self, fields: dict[str, Any]) -> dict[str, Any]:
        """An alert as JSON has it."""
        return Masking(fields, self.number).whole()
