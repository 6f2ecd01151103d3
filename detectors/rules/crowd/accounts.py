"""What accounts have in common by which they are known: names of one template (“用户881000”,
“用户881001”), and the sign of a club before all their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Sequence

from detectors.facts.crowd import Crowd

__all__ = ["alike", "of_template", "wearers_of_sign"]

#: Letters of a club's sign that are compared; accounts that have to write different lines with it.
_SIGN, _WEARERS = 2, 3
#: Accounts of a group that have to wear one.
_TOGETHER = 2
#: Accounts of the room, the latest, that are looked at for such a sign.
_OTHERS = 400


def alike(
    stems: Sequence[str | None], wanted: str | None = None, *, least: float = 0.0
) -> tuple[str, float]:
    """The most frequent stem (or the wanted one) and the share of names that have it.

    Args:
        stems: of each name (`detectors.facts.crowd.accounts.stem`).
        least: a share below this is not told apart from none.
    """
    if not stems:
        return wanted or "", 0.0
    found = [one for one in stems if one is not None]
    if len(found) - len(set(found)) + 1 < least * len(stems):
        return wanted or "", 0.0  # they differ too much
    counts = Counter(found)
    if wanted is None:
        if not counts:
            return "", 0.0
        wanted = max(counts, key=lambda one: (counts[one], one))
    return wanted, counts[wanted] / len(stems)


def of_template(crowd: Crowd, numbers: Iterable[int], pattern: object) -> set[int]:
    """The accounts of these whose names have this stem."""
    return {number for number in numbers for one in crowd.met((number,)) if one.stem == pattern}


def wearers_of_sign(crowd: Crowd, numbers: Iterable[int], titles: Collection[str]) -> set[int]:
    """Those of the accounts that write the sign of one club before their lines.

    A sign stands before whatever its members write, so several accounts of the room begin different
    lines with it; a script begins with what is sold. Of several clubs it is the one with the most.

    Args:
        titles: gists of what this room sells.
    """
    said = {account.number: account.said for account in crowd.known(numbers)}
    signs: dict[str, set[int]] = {}
    for number, lines in said.items():
        for line in lines:
            signs.setdefault(line[:_SIGN], set()).add(number)
    for sign, members in sorted(signs.items(), key=lambda one: (-len(one[1]), one[0])):
        if len(members) < _TOGETHER:
            break
        if len(sign) < _SIGN or any(sign in title for title in titles):
            continue
        wearers = sum(_times(sign, said[number]) > 1 for number in members)
        if _is_sign(sign, crowd, said, wearers):
            return members
    return set()


def _is_sign(sign: str, crowd: Crowd, group: Container[int], wearers: int) -> bool:
    """Do `_WEARERS` accounts begin different lines with it?

    Args:
        wearers: accounts of the group that do.
    """
    if wearers >= _WEARERS:
        return True
    # Who wears it in half of the lines, in the group or not, tells that it is a sign.
    for number, lines in crowd.accounts.latest_said(_OTHERS, sign):
        if number not in group:
            many = _times(sign, lines)
            wearers += many > 1 and 2 * many > len(lines)
            if wearers >= _WEARERS:
                return True
    return False


def _times(sign: str, lines: Iterable[str]) -> int:
    return [line[:_SIGN] for line in lines].count(sign)
