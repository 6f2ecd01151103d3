"""Dead letters: what could not be evaluated, with its bytes and the reason.

Their number and their bytes are bounded, and the bounds are fair: where all letters together are too
many, those go first that whoever has most of them has too many. So one sender that floods the store
takes out letters of its own, and none of a sender, a source or a room that has few.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from monitor.store.dialects import upsert
from monitor.store.rows import DeadLetter
from monitor.store.tables import dead_letters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement, Connection

__all__ = ["fair_share", "forget_letters", "list_dead_letters", "write_dead_letters"]

#: Bytes of one letter that are kept.
DATA_MAX = 64 * 2**10
#: Letters at most, whatever comes at once; `forget_letters` goes by age and bytes.
LETTERS_MAX = 100_000
#: When there are more, this part of the bound is made free.
SPARE = 100
#: Letters that one statement takes out; SQLite's own limit of variables is 999 in old builds.
CHUNK = 500


def write_dead_letters(connection: Connection, letters: Iterable[DeadLetter]) -> None:
    """Keeps letters; the same bytes at the same stage again only raise the attempts.

    Of more than `LETTERS_MAX` those go that whoever has most of them has too many, the oldest first.
    """
    values = []
    for letter in letters:
        row = msgspec.structs.asdict(letter)
        del row["number"]
        row["digest"] = _digest(letter)
        row["data"] = letter.data[:DATA_MAX]
        values.append(row)
    if not values:
        return
    statement = upsert(
        connection,
        dead_letters,
        ["digest"],
        lambda new: {
            "last_at": new.last_at,
            "reason": new.reason,
            "cause": new.cause,
            "kind": new.kind,
            "attempts": dead_letters.c.attempts + new.attempts,
        },
    )
    connection.execute(statement, values)
    number = connection.execute(sa.select(sa.func.count()).select_from(dead_letters)).scalar_one()
    if number > LETTERS_MAX:
        # Some more than have to: looking at all of them for each that comes would take too long.
        _take_out(connection, sa.literal(1), LETTERS_MAX - LETTERS_MAX // SPARE)


def forget_letters(connection: Connection, before: int, most_bytes: int) -> int:
    """Takes out those that came last before a moment, and beyond so many bytes those of whoever has
    most, the oldest first."""
    old = sa.delete(dead_letters).where(dead_letters.c.last_at < before)
    gone = connection.execute(old).rowcount
    return gone + _take_out(connection, sa.func.length(dead_letters.c.data), most_bytes)


def _take_out(connection: Connection, size: ColumnElement[int], most: int) -> int:
    """Takes out letters until their sizes together are no more than the most; how many."""
    query = sa.select(dead_letters.c.number, dead_letters.c.source, size)
    newest_first = [
        (number, _sender(source), length)
        for number, source, length in connection.execute(
            query.order_by(dead_letters.c.number.desc())
        )
    ]
    held: Counter[str] = Counter()
    for _, sender, length in newest_first:
        held[sender] += length
    if held.total() <= most:
        return 0
    share = fair_share(held.values(), most)
    used: Counter[str] = Counter()
    kept, gone = 0, []
    for number, sender, length in newest_first:
        latest = sender not in used
        used[sender] += length
        # The latest of each stays, unless there are more senders than there is space.
        if (used[sender] <= share or latest) and kept + length <= most:
            kept += length
        else:
            gone.append(number)
    for start in range(0, len(gone), CHUNK):
        some = dead_letters.c.number.in_(gone[start : start + CHUNK])
        connection.execute(sa.delete(dead_letters).where(some))
    return len(gone)


def _sender(source: str) -> str:
    """Whose letters share a bound: a source or sender with all its rooms, else a room."""
    return source.partition("/")[0]


def fair_share(held: Collection[int], most: int) -> int:
    """What each may have at most so that all together have no more than the most.

    >>> fair_share([900, 30, 20], 150), fair_share([10, 20], 100)
    (100, 20)
    """
    left, share = most, 0
    for index, one in enumerate(sorted(held)):
        share = one
        if one * (len(held) - index) > left:
            return left // (len(held) - index)
        left -= one
    return share


def list_dead_letters(connection: Connection, limit: int) -> list[DeadLetter]:
    """Letters, newest first."""
    columns = [column for column in dead_letters.c if column.name != "digest"]
    query = sa.select(*columns).order_by(dead_letters.c.number.desc()).limit(limit)
    return [DeadLetter(**row._mapping) for row in connection.execute(query)]


def _digest(letter: DeadLetter) -> bytes:
    hashed = hashlib.blake2b(digest_size=16)
    for part in (letter.stage, letter.source, letter.rule or "", letter.event or ""):
        hashed.update(part.encode() + b"\0")
    hashed.update(letter.data)
    return hashed.digest()
