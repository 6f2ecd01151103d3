"""What those who may not see viewers' accounts are shown of an alert: each account under a code.

Accounts are pseudonyms already when they are stored (`connectors.privacy`). Here each becomes a code
that is the same everywhere in one alert, its later versions included, and another one in the next
alert: who said what can be followed, who it is elsewhere cannot. What viewers wrote is masked once
more, for events that did not come by a connector. Hosts, operators and sellers must show who they
are, and stay.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.privacy import PSEUDONYM, mask
from detectors.alerts import Alert

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OPEN", "Masking", "codes", "masked"]

_PSEUDONYM = re.compile(PSEUDONYM)
#: Roles in chat that are no viewer's.
OPEN = frozenset({"host", "assistant", "system"})
#: What is replaced within a sentence, too: a name that is a word would change what the sentence says.
_NUMBER_LIKE = re.compile(r"(?=[^0-9]{0,64}[0-9])[A-Za-z0-9:_-]{6,64}")
#: Fields in which an account stands, and fields in which none does, whatever a viewer calls himself.
_ACCOUNT = frozenset({"user", "winners"})
_FIXED = frozenset(
    {"type", "role", "level", "status", "legal_status", "kind", "phase", "rule", "platform", "room",
     "session", "sku", "focus", "by", "field", "sha256", "log", "livewatch", "changed", "host_kind",
     "territories"}
)  # fmt: skip


def masked(alert: Alert, key: bytes) -> Alert:
    """The alert with codes in the place of viewers' accounts.

    Args:
        key: the site's own, so that nobody can tell of an account that he guesses whether it is one.
    """
    fields = msgspec.to_builtins(alert)
    return msgspec.convert(Masking(fields, codes(alert.id, key)).whole(), Alert)


def codes(alert: str, key: bytes) -> Callable[[str], str]:
    """What gives an account the code that it has in one alert."""
    of_alert = hashlib.blake2b(alert.encode(), key=key).digest()

    def code(account: str) -> str:
        digest = hashlib.blake2b(account.encode(), digest_size=5, key=of_alert).digest()
        return f"观众{base64.b32encode(digest).decode().lower()[:6]}"

    return code


class Masking:
    """The codes of one alert."""

    def __init__(self, fields: dict[str, Any], code: Callable[[str], str]) -> None:
        """
        Args:
            fields: of the alert, as JSON has them; not changed.
            code: gives an account what stands in its place.
        """
        self._fields = fields
        self._code = code
        self._names: set[str] = set()
        self._written: dict[str, str] = {}
        """Texts of viewers that were masked, as they were and as they are."""
        self._changed: set[str] = set()
        """Ids of the events that these are of."""
        evidence = fields.get("evidence") or {}
        for part in ("trigger", "before", "after", "facts"):
            for event in evidence.get(part, ()):
                self._know(event)
        for account in (evidence.get("crowd") or {}).get("accounts", ()):
            self._names.add(account["name"])
        self._names.discard("")
        parts = [re.escape(name) for name in self._names if _NUMBER_LIKE.fullmatch(name)]
        parts = [*sorted(parts, key=len, reverse=True), _PSEUDONYM.pattern]
        self._pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(parts)})(?![A-Za-z0-9])")

    def _know(self, event: dict[str, Any]) -> None:
        user, text = event.get("user"), event.get("text")
        if event.get("role") in OPEN or event.get("type") == "speech":
            return
        if isinstance(user, str):
            self._names.add(user)
        self._names.update(event.get("winners") or ())
        if isinstance(text, str) and (shown := mask(text)) != text:
            self._written[text] = shown
            self._changed.add(event["id"])

    def whole(self) -> dict[str, Any]:
        """All fields."""
        found = self.some(self._fields)
        evidence = found.get("evidence")
        if self._changed and evidence:
            # Their words stand elsewhere now.
            evidence["spans"] = [
                span for span in evidence.get("spans", ()) if span["event"] not in self._changed
            ]
            for one in found.get("findings", ()):
                if one["event"] in self._changed:
                    one["text"] = mask(one["text"])
        known = ((self._fields.get("evidence") or {}).get("crowd") or {}).get("accounts", ())
        crowd = ((evidence or {}).get("crowd") or {}).get("accounts", ())
        for account, was in zip(crowd, known, strict=True):
            account["name"] = self._code(was["name"])
            account["said"] = [mask(line) for line in account.get("said", ())]
        return found

    def some(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Some fields of the same alert."""
        found: dict[str, Any] = self._walk(fields, "")
        return {**found, "id": fields["id"]}

    def _walk(self, value: Any, key: str) -> Any:
        if key in _FIXED:
            return value
        if isinstance(value, str):
            return self._code_of(value) if key in _ACCOUNT else self._text(value)
        if isinstance(value, dict):
            return {self._key_of(name): self._walk(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [self._walk(one, key) for one in value]
        return value

    def _key_of(self, name: str) -> str:
        # Of a figure: names of fields are ours.
        return _PSEUDONYM.sub(lambda match: self._code(match[0]), name) if ":" in name else name

    def _code_of(self, account: str) -> str:
        return self._code(account) if account in self._names else account

    def _text(self, text: str) -> str:
        for was, shown in self._written.items():
            text = text.replace(was, shown)
        return self._pattern.sub(lambda match: self._code(match[0]), text)
