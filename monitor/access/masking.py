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
from detectors.rules.complaints.wording import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OPEN", "Masking", "codes", "masked"]

_PSEUDONYM = re.compile(PSEUDONYM)
#: Roles in chat that are no viewer's.
OPEN = frozenset({"host", "assistant", "system"})
#: What is replaced within a sentence, too: a name that is a word would change what the sentence says.
_NUMBER_LIKE = re.compile(r"(?=[^0-9]{0,64}[0-9])[A-Za-z0-9:_-]{6,64}")
#: A quotation with those in it: what somebody said or wrote, in which a name may be any word.
_QUOTE = r"“(?:[^“”]++|“[^“”]*+”)*+”"
#: What rules write before an account, and what can follow it there, in Chinese and in English.
_BEFORE = r"(?:观众 |账号 |[Vv]iewer “?|[Aa]ccount “?|[Ww]inner “?)"
_AFTER = r"(?=$|[，。”,.]| 在同一日| 是本直播间| 与本直播间| won | is | has )"
#: Fields in which rules tell of accounts in sentences.
_SENTENCES = frozenset({"reason", "reason_en", "says", "says_en"})
#: What stands before an account in subjects that rules make of one; behind others its complaint does.
_WINNER = "winner:"
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
        # The longest first: one name may begin as another.
        words = [name for name in self._names if not self._pattern.fullmatch(name)]
        names = "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"
        self._named = re.compile(
            rf"{_QUOTE}|(?P<before>{_BEFORE})(?:(?P<name>{names}){_AFTER}|(?P<cut>[^“”]{{1,256}})…$)"
        )

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
            if key in _ACCOUNT:
                return self._code_of(value)
            if key == "names":
                return self._listed(value)
            if key in _SENTENCES:
                value = self._named.sub(self._named_code, value)
            return self._text(self._subject(value, key))
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

    def _subject(self, value: str, key: str) -> str:
        """A subject, or its title, with a code where a rule made it of an account."""
        subject = str(self._fields.get("subject") or "")
        account, _, kind = subject.rpartition("/")
        is_winner = subject.startswith(_WINNER)
        if is_winner:
            account = subject.removeprefix(_WINNER)
        if account not in self._names or not (is_winner or kind in KINDS):
            return value
        code = self._code(account)
        if key == "subject":
            return f"{_WINNER}{code}" if is_winner else f"{code}/{kind}"
        if key == "subject_title" and value in (account, f"账号 {account}"):
            return f"{value.removesuffix(account)}{code}"
        return value

    def _listed(self, names: str) -> str:
        """Names as a figure lists them, which may be of more accounts than the evidence shows."""
        *others, last = names.split("、")
        more = "等" if last.endswith("等") and last not in self._names else ""
        return "、".join(map(self._code, [*others, last.removesuffix(more)])) + more

    def _named_code(self, found: re.Match[str]) -> str:
        before, name, cut = found["before"], found["name"], found["cut"]
        if cut:
            name = next((one for one in self._names if one.startswith(cut)), None)
        return found[0] if name is None else f"{before}{self._code(name)}{'…' if cut else ''}"

    def _text(self, text: str) -> str:
        for was, shown in self._written.items():
            text = text.replace(was, shown)
        return self._pattern.sub(lambda match: self._code(match[0]), text)
