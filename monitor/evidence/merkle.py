"""Merkle trees as RFC 6962 and RFC 9162 define them: hashing, proofs, and how proofs are checked.

Nothing here reads or writes anything. A tree is given as a function that answers the hash of a
complete subtree; whoever only checks a proof needs no tree.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Sequence

__all__ = [
    "EMPTY",
    "consistency_proof",
    "fold",
    "leaf_hash",
    "node_hash",
    "root_of",
    "shared_proof",
    "verify_consistency",
    "verify_shared",
]

#: Root of a tree without leaves: the hash of nothing.
EMPTY = hashlib.sha256().digest()

#: `subtree(height, index)`: hash of the complete subtree of 2^height leaves, the index-th of its
#: height.
Subtree = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf, RFC 9162 §2.1.1: the prefix keeps it from being taken for a node."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\1" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Root over a power of two of neighbouring hashes."""
    level = list(hashes)
    while len(level) > 1:
        # `node_hash` in a line of its own: this is done for each event.
        pairs = iter(level)
        level = [
            hashlib.sha256(b"\1" + left + right).digest()
            for left, right in zip(pairs, pairs, strict=True)
        ]
    return level[0]


def root_of(size: int, subtree: Subtree) -> bytes:
    """Root of the first `size` leaves."""
    return _range(0, size, subtree) if size else EMPTY


def consistency_proof(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """What shows that the tree of `old` leaves is the beginning of that of `size`, RFC 9162 §2.1.4.1.

    Raises:
        IndexError: `old` is none of the sizes from 1 to `size`.
    """
    if not 1 <= old <= size:
        raise IndexError(f"a tree of {size} was never one of {old}")
    proof: list[bytes] = []
    low, high, whole = 0, size, True
    while old - low != high - low:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range(middle, high, subtree))
            high = middle
        else:
            proof.append(_range(low, middle, subtree))
            low, whole = middle, False
    if not whole:
        proof.append(_range(low, high, subtree))
    return proof[::-1]


def shared_proof(leaves: Sequence[int], size: int, subtree: Subtree) -> list[bytes]:
    """What is needed beside these leaves to compute the root: one proof for all of them.

    The hashes stand in the order in which `verify_shared` asks for them: depth first, left before
    right, the largest subtree that holds none of the leaves as one hash. Of a single leaf they are
    the hashes of its audit path.

    Args:
        leaves: ascending, each once.
    """
    proof: list[bytes] = []

    def walk(low: int, high: int, first: int, last: int) -> None:
        if first == last:
            proof.append(_range(low, high, subtree))
        elif high - low > 1:
            middle = low + _split(high - low)
            cut = bisect_left(leaves, middle, first, last)
            walk(low, middle, first, cut)
            walk(middle, high, cut, last)

    walk(0, size, 0, len(leaves))
    return proof


def verify_consistency(
    old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> bool:
    """Is the tree of `old` leaves the beginning of that of `size` leaves, RFC 9162 §2.1.4.2."""
    if not 1 <= old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and first == old_root and second == root


def verify_shared(
    leaves: Sequence[tuple[int, bytes]], size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Do these leaves and the hashes of `shared_proof` give the root.

    Args:
        leaves: number and hash, ascending by number, each once.
    """
    numbers = [number for number, _ in leaves]
    if not numbers or numbers != sorted(set(numbers)) or not 0 <= numbers[0] <= numbers[-1] < size:
        return False
    given = iter(proof)

    def walk(low: int, high: int, first: int, last: int) -> bytes:
        if first == last:
            return next(given)
        if high - low == 1:
            return leaves[first][1]
        middle = low + _split(high - low)
        cut = bisect_left(numbers, middle, first, last)
        left = walk(low, middle, first, cut)
        return node_hash(left, walk(middle, high, cut, last))

    try:
        found = walk(0, size, 0, len(leaves))
    except StopIteration:
        return False
    return next(given, None) is None and found == root


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _range(low: int, high: int, subtree: Subtree) -> bytes:
    """Hash of the leaves from `low` up to `high`; ranges are those that splitting a tree gives."""
    count = high - low
    if count & (count - 1) == 0:
        return subtree(count.bit_length() - 1, low // count)
    middle = low + _split(count)
    return node_hash(_range(low, middle, subtree), _range(middle, high, subtree))
