"""What a key signed before it was revoked, and what may be of somebody else.

Whoever has a stolen key can write any time into what he signs. So of what a revoked key has signed
only that counts of which a time stamp of a third party shows that it was there before the revocation.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm

from monitor.evidence import heads, stamper
from monitor.evidence.findings import Remark, told_time
from monitor.evidence.keys import fingerprint
from monitor.evidence.stamps import BadStamp, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cryptography import x509
    from sqlalchemy import Connection

    from monitor.evidence.findings import Report
    from monitor.evidence.keys import KeyEntry

__all__ = ["Revocations", "uncounted"]


def is_unproved(entry: KeyEntry, stamps: Iterable[int]) -> bool:
    """Does what a key signed not count, since the key was revoked.

    Args:
        stamps: the times, ms, that time stamps over it state, each of an authority that is trusted.
    """
    return entry.revoked is not None and not any(at < entry.revoked for at in stamps)


def unproved(entry: KeyEntry) -> tuple[str, str]:
    """Why what a revoked key signed does not count, in English and in Chinese."""
    moment = told_time(entry.revoked or 0)
    return (
        f"its key {entry.id} was revoked on {moment} (Beijing time), and no time stamp shows that"
        " it was signed before",
        f"其密钥 {entry.id} 已于 {moment}（北京时间）吊销，没有时间戳证明签名在此之前",
    )


def uncounted(
    connection: Connection,
    entries: Sequence[KeyEntry],
    roots: Mapping[str, Sequence[x509.Certificate]],
) -> dict[int, str]:
    """Numbers of the heads that do not count, each with the reason.

    A stamp over a later head shows an earlier one, too: each goes on from the one before.

    Args:
        entries: all keys.
        roots: whom each authority is trusted by, by its name; stamps of others show nothing.
    """
    revoked = {entry.id: entry for entry in entries if entry.revoked is not None}
    if not revoked:
        return {}
    found: dict[int, str] = {}
    earliest: list[int] = []
    for head in reversed(heads.heads(connection)):
        for authority, (_, token) in stamper.tokens(connection, head.number).items():
            with contextlib.suppress(BadStamp):
                earliest.append(check(token, head.note, roots.get(authority, ())))
        earliest = [min(earliest)] if earliest else []
        entry = revoked.get(head.key)
        if entry is not None and is_unproved(entry, earliest):
            found[head.number] = unproved(entry)[0]
    return found


class Revocations:
    """Holds what is signed in a bundle against the keys that were revoked."""

    def __init__(
        self, report: Report, entries: Iterable[KeyEntry], stamped: Mapping[str, list[int]]
    ) -> None:
        """
        Args:
            entries: what is known of the keys.
            stamped: by the path of what is signed, the times of the time stamps over it, ms.
        """
        self._report = report
        # Of a key of which two lists say when it was revoked, the earlier time holds.
        self._revoked: dict[str, KeyEntry] = {}
        for entry in entries:
            known = self._revoked.get(entry.fingerprint)
            if entry.revoked is not None and (
                known is None or known.revoked is None or entry.revoked < known.revoked
            ):
                self._revoked[entry.fingerprint] = entry
        self._stamped = stamped

    def check(self, path: str, signer: x509.Certificate) -> None:
        """Notes a file that was signed with a revoked key and not time-stamped before."""
        try:
            entry = self._revoked.get(fingerprint(signer))
        except (UnsupportedAlgorithm, ValueError):
            return
        if entry is None:
            return
        if is_unproved(entry, self._stamped.get(path, [])):
            self._report.tell(path, "revoked", *unproved(entry))
        else:
            self._report.remarks.append(
                Remark(
                    path, "revoked",
                    f"{path}: its key {entry.id} was revoked later; a time stamp shows that it was signed"
                    " before",
                    f"{path}：其密钥 {entry.id} 后来被吊销；时间戳证明签名在此之前",
                )
            )  # fmt: skip
