"""In which order processes that share the tests run them.

pytest-xdist cuts the list of tests into one piece a process, all of the same length, and whoever
has nothing left takes from the end of the longest rest. In the order of files one process has an
hour's Kafka and the next one nothing but decoders, and at the end one is left alone with a long
test.
"""

from __future__ import annotations

import itertools

import pytest

__all__ = ["dealt", "processes"]

#: How long a test takes by its marks, seconds of processor time; of what waits about half of the
#: time that it waits. What is `slow(n)` takes n for each case, whatever else it is.
_WEIGHTS = {"whole": 12.0, "kafka": 2.0, "browser": 0.8, "slow": 0.4}
#: The same of one more case of a test that is only slow: many are slow in their first case alone.
CASE = 0.02


def processes(config: pytest.Config) -> int:
    """How many share the tests of this run."""
    told: dict[str, int] = getattr(config, "workerinput", {})
    return told.get("workercount", 1)


def dealt(items: list[pytest.Item], count: int) -> list[pytest.Item]:
    """The tests in the order of the pieces: each begins with its share of the long ones.

    The tests of a module stay together, for they share what they start. Those on Kafka, which wait
    for one broker most of the time, are dealt to two: to one alone they would take as long as all
    others together. What is quick fills the pieces up, and is what is taken from others.
    """
    if count == 1:
        return items
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(item.nodeid.partition("::")[0], []).append(item)
    weights = {name: _weight(group) for name, group in groups.items()}
    on_kafka = [
        name
        for name, group in groups.items()
        if any(item.get_closest_marker("kafka") for item in group)
    ]
    for name in sorted(on_kafka, key=lambda name: -weights[name]):
        both = ("on Kafka, one", "on Kafka, two")
        half = min(both, key=lambda half: weights.get(half, 0.0))
        groups.setdefault(half, []).extend(groups.pop(name))
        weights[half] = weights.get(half, 0.0) + weights.pop(name)
    long = sorted(
        (name for name in groups if weights[name] >= _WEIGHTS["slow"]),
        key=lambda name: -weights[name],
    )
    lengths: list[int] = []
    for others in range(count, 0, -1):  # as pytest-xdist cuts
        lengths.append((len(items) - sum(lengths)) // others)
    loads = [0.0] * count
    pieces: list[list[pytest.Item]] = [[] for _ in range(count)]
    rest: list[pytest.Item] = []
    for name in long:
        group = groups.pop(name)
        room = [n for n in range(count) if len(pieces[n]) + len(group) <= lengths[n]]
        if room:
            least = min(room, key=loads.__getitem__)
            loads[least] += weights[name]
            pieces[least] += group
        else:
            rest += group
    rest += itertools.chain.from_iterable(groups.values())
    filling = iter(rest)
    for piece, length in zip(pieces, lengths, strict=True):
        piece += itertools.islice(filling, length - len(piece))
    return [item for piece in pieces for item in piece]


def _weight(group: list[pytest.Item]) -> float:
    """How long tests of a module take."""
    weight = 0.0
    known: set[str] = set()
    for item in group:
        kind = next((name for name in _WEIGHTS if item.get_closest_marker(name)), None)
        test = item.nodeid.partition("[")[0]
        slow = item.get_closest_marker("slow")
        if slow is not None and slow.args:
            weight += slow.args[0]
        elif kind is not None:
            weight += CASE if kind == "slow" and test in known else _WEIGHTS[kind]
        known.add(test)
    return weight
