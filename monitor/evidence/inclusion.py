"""Checks of a bundle that its records and versions lie under signed heads that go on from each other,
and that no head counts whose key others may have had."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509

from monitor.evidence import heads, ledger
from monitor.evidence.findings import TOLD, clock_went_back
from monitor.evidence.merkle import verify_consistency, verify_shared
from monitor.evidence.proofs import Proofs, cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.evidence.findings import Report
    from monitor.evidence.leaves import Leaves
    from monitor.evidence.revocation import Revocations

__all__ = ["Inclusion"]

_PROOFS = re.compile(r"data/proofs/inclusion(-[2-9]\d*|-1\d+)?\.json")
FIRST = "data/proofs/inclusion.json"


class Inclusion:
    """Checks the proofs of each log."""

    def __init__(
        self, report: Report, kept: Mapping[str, bytes], leaves: Leaves, revoked: Revocations
    ) -> None:
        self._report = report
        self._kept = kept
        self._leaves = leaves
        self._revoked = revoked
        self._certificates = self._known()
        self._heads: dict[str, heads.Head | None] = {}

    def check(self) -> None:
        """Notes what is not shown to lie under a signed head."""
        report = self._report
        names = sorted(name for name in self._kept if _PROOFS.fullmatch(name))
        if FIRST not in names:
            report.tell(FIRST, "proof", "there are no proofs", "没有包含证明")
        seen: set[str] = set()
        for name in names:
            try:
                proofs = msgspec.json.decode(self._kept[name], type=Proofs)
            except msgspec.MsgspecError as error:
                report.tell(name, "proof", f"no proofs: {error}", f"包含证明不能读：{error}")
                continue
            if proofs.log in seen:
                report.tell(
                    name, "proof", f"the log {proofs.log} has its proofs already",
                    f"日志 {proofs.log} 的证明重复",
                )  # fmt: skip
                continue
            seen.add(proofs.log)
            self._log(name, proofs)
        for log in sorted((self._leaves.by_log.keys() | self._leaves.before.keys()) - seen):
            report.tell(
                FIRST,
                "proof",
                f"of the log {log} there are no proofs",
                f"没有日志 {log} 的包含证明",
            )
        self._clock()

    def _log(self, name: str, proofs: Proofs) -> None:
        report = self._report
        leaves = sorted(self._leaves.by_log.get(proofs.log, []))
        done = 0
        before: heads.Head | None = None
        for number, one in enumerate(proofs.heads):
            head = self._head(one.head, proofs.origin)
            tree = head.trees.get(proofs.log) if head is not None else None
            if head is None:
                continue
            if tree is None:
                report.tell(
                    name, "proof", f"{one.head} knows no log {proofs.log}",
                    f"日志头 {one.head} 中没有日志 {proofs.log}",
                )  # fmt: skip
                continue
            ends = bisect_left(leaves, (tree.size, b""))
            some = leaves[done:ends]
            done = ends
            try:
                good = len(some) == one.records and verify_shared(
                    some, tree.size, cut(one.nodes), tree.root
                )
                if before is not None:
                    old = before.trees[proofs.log]
                    chain = proofs.consistency[number - 1]
                    good = good and verify_consistency(
                        old.size, tree.size, cut(chain.nodes), old.root, tree.root
                    )
            except (ValueError, IndexError, RecursionError):
                good = False
            if not good:
                report.tell(
                    name, "proof", f"the records are not shown to lie under {one.head}",
                    f"没有证明这些记录在日志头 {one.head} 之下",
                )  # fmt: skip
                continue
            if proofs.log == ledger.ALERTS:
                report.versions += len(some)
            elif proofs.log == ledger.CAPTURES:
                report.captures += len(some)
            else:
                unshown = self._leaves.unshown[proofs.log]
                report.proved += sum(leaf not in unshown for leaf, _ in some)
            before = head
        if done != len(leaves):
            report.tell(
                name, "proof", f"{len(leaves) - done} records have no proof",
                f"{len(leaves) - done} 条记录没有证明",
            )  # fmt: skip
        if proofs.before != self._leaves.before[proofs.log]:
            report.tell(
                name, "proof", "it does not say how many records are older than the log",
                "没有写明多少条记录早于日志",
            )  # fmt: skip

    def _head(self, file: str, origin: str) -> heads.Head | None:
        """A head that is signed with a key of the bundle; several logs lie under one."""
        if file not in self._heads:
            self._heads[file] = self._read(file, origin)
        return self._heads[file]

    def _read(self, file: str, origin: str) -> heads.Head | None:
        path = f"data/proofs/{file}"
        try:
            head = heads.read(self._kept.get(path, b""))
        except heads.BadHead as error:
            self._report.tell(path, "proof", f"no head: {error}", f"日志头不能读：{error}")
            return None
        if head.origin != origin:
            self._report.tell(path, "proof", "a head of another log", "是另一套日志的日志头")
            return None
        signer = next((one for one in self._certificates if head.signed_by(one)), None)
        if signer is None:
            self._report.tell(
                path, "proof", "the head is not signed with a key of the bundle",
                "日志头的签名不是包内所列密钥作出的",
            )  # fmt: skip
            return None
        self._revoked.check(path, signer)
        return head

    def _clock(self) -> None:
        """Notes the times of the heads in the order of the log, which is that of its sizes: all logs only
        grow, and no two heads are signed over the same."""
        found = [(file, head) for file, head in self._heads.items() if head is not None]
        found.sort(key=lambda one: (sum(tree.size for tree in one[1].trees.values()), one[0]))
        self._report.heads = [head.time for _, head in found]
        for (before, old), (after, new) in pairwise(found):
            if new.at < old.at and len(self._report.remarks) < TOLD:
                self._report.remarks.append(clock_went_back(before, old.at, after, new.at))

    def _known(self) -> Sequence[x509.Certificate]:
        found = []
        for path, data in sorted(self._kept.items()):
            if path.startswith("trust/") and path.endswith(".crt"):
                try:
                    found.append(x509.load_pem_x509_certificate(data))
                except ValueError:
                    self._report.tell(path, "format", "no certificate", "不是证书")
        return found
