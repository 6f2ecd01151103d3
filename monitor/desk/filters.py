"""The filter of the feed: what the address says, as a query of the store and as chips.

The address is the whole state. A field has one parameter with values joined by commas;
`not_<field>` turns it around. Without `status` the feed shows what is still open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, cast
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from detectors.alerts import Level
from monitor.desk.formats import moment_in
from monitor.store.overview import Fold
from monitor.store.rows import AlertFilter, AlertRow, Order
from monitor.store.search_words import open_words_of, words_of

__all__ = [
    "ANY",
    "ASIDE",
    "FIELDS",
    "FOCUS",
    "LEVELS",
    "LOOKS",
    "NEGATABLE",
    "OPEN",
    "STATUSES",
    "YES",
    "BadFilter",
    "Condition",
    "Look",
    "Query",
    "matches",
    "parse",
]

LEVELS: tuple[Level, ...] = ("lead", "watch", "info")
STATUSES = ("new", "acknowledged", "closed")
OPEN = ("new", "acknowledged")
#: Entries for another desk (12315), beside the feed of alerts: shown where they are asked for.
ASIDE = "complaint-intent"
FOCUS = tuple(f"F{number}" for number in range(1, 9))
#: Fields with a closed set of values: their negation is the rest of the set.
_SETS: dict[str, tuple[str, ...]] = {"status": STATUSES, "level": LEVELS}
#: Closed and hit again since: asked for by a view of the feed.
YES = "yes"
#: In the order of the sentence that the chips read as.
FIELDS = (
    "status", "level", "focus", "rule", "platform", "room", "matter", "product_matter", "since",
    "until", "text", "again",
)  # fmt: skip
NEGATABLE = ("status", "level", "rule")
ANY = "any"
MAX_TEXT = 100
MAX_VALUES = 60


class BadFilter(ValueError):
    """A parameter of the address that cannot be read; says which."""


class Condition(Struct, frozen=True):
    """One field of the filter."""

    field: str
    values: tuple[str, ...]
    negated: bool = False

    @property
    def parameter(self) -> tuple[str, str]:
        name = f"not_{self.field}" if self.negated else self.field
        return name, ",".join(self.values)


class Look(Struct, frozen=True):
    """How a reader looks at the list; what is not known is as usual."""

    group: Literal["room", "none"] = "room"
    sort: Order = "grave"
    fold: Fold = "none"
    rows: Literal["two", "one"] = "two"

    def parameters(self) -> list[tuple[str, str]]:
        """What differs from the usual."""
        usual = msgspec.structs.asdict(Look())
        return [
            (name, value)
            for name, value in msgspec.structs.asdict(self).items()
            if value != usual[name]
        ]


#: The ways of looking, in the order of the menus.
LOOKS: dict[str, tuple[str, ...]] = {
    "group": ("room", "none"),
    "sort": ("grave", "raised", "latest"),
    "fold": ("none", "matter", "product"),
    "rows": ("two", "one"),
}


class Query(Struct, frozen=True):
    """The conditions in force; `default`: the address said nothing about the state."""

    conditions: tuple[Condition, ...]
    default: bool
    feed: bool = False
    """The feed shows what is `ASIDE` only where a rule is asked for; the API shows all."""
    look: Look = Look()

    def get(self, field: str) -> Condition | None:
        return next((entry for entry in self.conditions if entry.field == field), None)

    def store_filter(self) -> AlertFilter:
        """As a query of the store."""
        chosen: dict[str, object] = {}
        for entry in self.conditions:
            values = list(entry.values)
            if entry.field in _SETS:
                known = _SETS[entry.field]
                chosen[entry.field] = [v for v in known if (v in values) is not entry.negated]
            elif entry.field == "rule":
                chosen["not_rule" if entry.negated else "rule"] = values
            elif entry.field in ("since", "until"):
                chosen[entry.field] = int(values[0])
            elif entry.field == "again":
                chosen[entry.field] = True
            else:
                chosen[entry.field] = values[0]
        if self.feed and "rule" not in chosen:
            chosen["not_rule"] = [*cast("list[str]", chosen.get("not_rule", [])), ASIDE]
        return msgspec.convert(chosen, AlertFilter)

    @property
    def aside(self) -> bool:
        """Are only the entries beside the feed asked for?"""
        entry = self.get("rule")
        return entry is not None and entry.values == (ASIDE,) and not entry.negated

    def parameters(self) -> list[tuple[str, str]]:
        """As parameters of an address; the shortest that means the same."""
        pairs = [
            entry.parameter
            for entry in self.conditions
            if not (self.default and entry.field == "status")
        ]
        if self.get("status") is None:
            pairs.append(("status", ANY))
        return [*pairs, *self.look.parameters()]

    def address(self, path: str = "/alerts", **more: str) -> str:
        pairs = [*self.parameters(), *more.items()]
        # Commas and colons are legal in a query and readable as they are.
        return f"{path}?{urlencode(pairs, safe=',:')}" if pairs else path

    def without(self, field: str) -> Query:
        """The same without one condition."""
        kept = tuple(entry for entry in self.conditions if entry.field != field)
        return msgspec.structs.replace(
            self, conditions=kept, default=self.default and field != "status"
        )

    def looking(self, **look: str) -> Query:
        """The same, looked at in another way."""
        return msgspec.structs.replace(
            self, look=msgspec.convert(msgspec.structs.asdict(self.look) | look, Look)
        )

    def of_one(self, **values: str) -> Query:
        """The alerts of one room or matter among these, one by one."""
        kept = [entry for entry in self.conditions if entry.field not in values]
        named = [Condition(field, (value,)) for field, value in values.items()]
        ordered = sorted([*kept, *named], key=lambda entry: FIELDS.index(entry.field))
        found = msgspec.structs.replace(self, conditions=tuple(ordered))
        return found.looking(group="none", fold="none")


def parse(parameters: Mapping[str, str] | Iterable[tuple[str, str]], *, api: bool = False) -> Query:
    """The filter that an address asks for.

    A parameter may be repeated; its values add up. Parameters of other names are left to others.

    Args:
        parameters: names and values, decoded.
        api: without `status` all states are meant, as the API answers them.

    Raises:
        BadFilter: an unknown value, or a time that is no number.
    """
    pairs = list(parameters.items()) if isinstance(parameters, Mapping) else list(parameters)
    # The menus say 是 / 不是 with a parameter of its own.
    turned = {
        name.removesuffix("_add")[3:]
        for name, value in pairs
        if name[:3] == "is_" and value == "not"
    }
    found: dict[tuple[str, bool], list[str]] = {}
    for name, raw in pairs:
        field, negated = (name[4:], True) if name.startswith("not_") else (name, name in turned)
        if field not in FIELDS or (negated and field not in NEGATABLE):
            continue
        values = [raw.strip()] if field == "text" else [v.strip() for v in raw.split(",")]
        found.setdefault((field, negated), []).extend(value for value in values if value)
    conditions: dict[str, Condition] = {}
    default = not api
    for (field, negated), values in found.items():
        if field == "status" and not negated:
            default = False
            if ANY in values:
                continue
        if field == "status":
            default = False
        if values:
            if field in conditions:
                raise BadFilter(f"{field} and not_{field} exclude each other")
            conditions[field] = _checked(field, values, negated)
    if default:
        conditions["status"] = Condition("status", OPEN)
    ordered = sorted(conditions.values(), key=lambda entry: FIELDS.index(entry.field))
    look = Look() if api else _look(pairs)
    return Query(tuple(ordered), default=default, feed=not api, look=look)


def _look(pairs: Iterable[tuple[str, str]]) -> Look:
    given = {name: value for name, value in pairs if value in LOOKS.get(name, ())}
    return msgspec.convert(given, Look)


def matches(row: AlertRow, wanted: AlertFilter) -> bool:
    """Is an alert meant by a filter? The same answer as the store's, for a row that is at hand."""
    alert = row.alert
    if not wanted.scope.covers(row.territories):
        return False
    listed = (
        (row.status, wanted.status),
        (alert.level, wanted.level),
        (alert.rule, wanted.rule),
    )
    if any(values is not None and value not in values for value, values in listed):
        return False
    if wanted.not_rule and alert.rule in wanted.not_rule:
        return False
    equal = (
        (alert.focus, wanted.focus),
        (alert.platform, wanted.platform),
        (alert.room, wanted.room),
        (row.matter, wanted.matter),
        (row.product_matter, wanted.product_matter),
    )
    if any(asked is not None and value != asked for value, asked in equal):
        return False
    if wanted.since is not None and alert.last_at < wanted.since:
        return False
    if wanted.until is not None and alert.last_at >= wanted.until:
        return False
    if wanted.again and (row.status != "closed" or not row.again):
        return False
    if not wanted.text:
        return True
    words = open_words_of(alert) if wanted.masked else words_of(alert)
    return all(word in words for word in wanted.text.casefold().split())


def _checked(field: str, values: list[str], negated: bool) -> Condition:
    if len(values) > MAX_VALUES:
        raise BadFilter(f"{field}: more than {MAX_VALUES} values")
    if field in _SETS:
        unknown = [value for value in values if value not in _SETS[field]]
        if unknown:
            raise BadFilter(f"{field}: {unknown[0]!r} is none of {', '.join(_SETS[field])}")
        # In the order of the set, so that one filter has one address.
        return Condition(field, tuple(v for v in _SETS[field] if v in values), negated)
    if field in ("since", "until"):
        if moment_in(values[0]) is None:
            raise BadFilter(f"{field}: {values[0]!r} is no time in milliseconds")
        return Condition(field, (values[0],))
    if field == "rule":
        return Condition(field, tuple(dict.fromkeys(values)), negated)
    if field == "again" and values[0] != YES:
        raise BadFilter(f"again: {values[0]!r} is not {YES}")
    if field == "focus" and values[0] not in FOCUS:
        raise BadFilter(f"focus: {values[0]!r} is none of {', '.join(FOCUS)}")
    if field == "text" and len(values[0]) > MAX_TEXT:
        raise BadFilter(f"text: longer than {MAX_TEXT} characters")
    return Condition(field, (values[0],))
