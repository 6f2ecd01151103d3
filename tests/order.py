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

#: How long a test takes by its marks, in those that are only slow. Which of them waits, and which
#: computes, is no matter here.
_WEIGHTS = {"whole": 12.0, "kafka": 6.0, "browser": 3.0, "slow": 1.0}


def processes(config: pytest.Config) -> int:
    """How many share the tests of this run."""
    told: dict[str, int] = getattr(config, "workerinput", {})
    return told.get("workercount", 1)


def dealt(items: list[pytest.Item], count: int) -> list[pytest.Item]:
    """The tests in the order of the pieces: each begins with its share of the long ones.

    The tests of a module stay together, for they share what they start; those on Kafka, too, which
    wait for one broker. What is quick fills the pieces up, and is what is taken from others.
    """
    if count == 1:
        return items
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        on_kafka = item.get_closest_marker("kafka") is not None
        groups.setdefault("kafka" if on_kafka else item.nodeid.partition("::")[0], []).append(item)
    weights = {name: sum(map(_weight, group)) for name, group in groups.items()}
    long = sorted((name for name in groups if weights[name] >= 1), key=lambda name: -weights[name])
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


def _weight(item: pytest.Item) -> float:
    return max((_WEIGHTS[name] for name in _WEIGHTS if item.get_closest_marker(name)), default=0.0)
