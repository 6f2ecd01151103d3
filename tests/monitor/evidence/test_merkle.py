"""Trees and proofs: against RFC 9162's own definitions, written here a second time."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.evidence.merkle import (
    EMPTY,
    consistency_proof,
    leaf_hash,
    node_hash,
    root_of,
    shared_proof,
    verify_consistency,
    verify_shared,
)
from tests.whole import examples

#: The test vector of RFC 6962's reference implementation: eight leaves, and the roots of the trees
#: of the first n of them.
INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Listed:
    """A tree as RFC 9162 §2.1.1 defines it, over a list."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves

    def subtree(self, height: int, index: int) -> bytes:
        first = index << height
        return self.mth(self.leaves[first : first + (1 << height)])

    def mth(self, leaves: list[bytes]) -> bytes:
        if not leaves:
            return hashlib.sha256().digest()
        if len(leaves) == 1:
            return hashlib.sha256(b"\0" + leaves[0]).digest()
        half = split(len(leaves))
        left, right = self.mth(leaves[:half]), self.mth(leaves[half:])
        return hashlib.sha256(b"\1" + left + right).digest()

    def path(self, leaf: int, leaves: list[bytes]) -> list[bytes]:
        """The audit path of a leaf, RFC 9162 §2.1.3.1."""
        if len(leaves) == 1:
            return []
        half = split(len(leaves))
        if leaf < half:
            return [*self.path(leaf, leaves[:half]), self.mth(leaves[half:])]
        return [*self.path(leaf - half, leaves[half:]), self.mth(leaves[:half])]


def split(size: int) -> int:
    """The largest power of two that is smaller than a size."""
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def tree(size: int) -> Listed:
    return Listed([f"leaf {number}".encode() for number in range(size)])


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_reference_implementation(size: int) -> None:
    assert root_of(size, Listed(INPUTS).subtree).hex() == ROOTS[size - 1]


def test_a_tree_without_leaves_has_the_hash_of_nothing() -> None:
    assert root_of(0, tree(0).subtree) == EMPTY == tree(0).mth([])


@pytest.mark.slow
@given(st.integers(1, 70), st.data())
def test_a_tree_is_shown_to_go_on_from_an_older_one(size: int, data: st.DataObject) -> None:
    made = tree(size)
    root = made.mth(made.leaves)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, made.subtree)
    before = made.mth(made.leaves[:old])
    assert verify_consistency(old, size, proof, before, root)
    assert not verify_consistency(old, size, proof, node_hash(before, before), root)
    assert not verify_consistency(old, size, proof, before, node_hash(root, root))
    assert not verify_consistency(old, size, [*proof, root], before, root)


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(st.integers(1, 70), st.data())
def test_one_proof_serves_many_leaves(size: int, data: st.DataObject) -> None:
    made = tree(size)
    root = made.mth(made.leaves)
    chosen = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    proof = shared_proof(chosen, size, made.subtree)
    leaves = [(number, leaf_hash(made.leaves[number])) for number in chosen]
    assert verify_shared(leaves, size, proof, root)
    assert not verify_shared([*leaves[:-1], (leaves[-1][0], EMPTY)], size, proof, root)
    assert not verify_shared(leaves, size, [*proof, root], root)
    assert not proof or not verify_shared(leaves, size, proof[:-1], root)
    assert len(leaves) == 1 or not verify_shared(leaves[1:], size, proof, root)
    assert not verify_shared([*leaves, leaves[-1]], size, proof, root)


@pytest.mark.parametrize("leaf", range(13))
def test_the_proof_of_a_single_leaf_is_its_audit_path(leaf: int) -> None:
    made = tree(13)
    path = made.path(leaf, made.leaves)
    assert sorted(shared_proof([leaf], 13, made.subtree)) == sorted(path)


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3), (-1, 3)])
def test_what_was_never_a_tree_has_no_proof(old: int, size: int) -> None:
    with pytest.raises(IndexError):
        consistency_proof(old, size, tree(size).subtree)
