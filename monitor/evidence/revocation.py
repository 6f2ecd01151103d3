"""What a key signed before it was revoked, and what may be of somebody else.

Whoever has a stolen key can write any time into what he signs. So of what a revoked key has signed
only that counts of which a time stamp of a third party shows that it was there before the revocation.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm

from monitor.evidence import heads, stamper
from monitor.evidence.keys import fingerprint
from monitor.evidence.stamps import BadStamp, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cryptography import x509
    from sqlalchemy import Connection

    from monitor.evidence.findings import Report
    from monitor.evidence.keys import KeyEntry

__all__ = ["Revocations", "uncounted", "unproved"]


def unproved(entry: KeyEntry, stamps: Iterable[int]) -> str:
    """Why what a key signed does not count; empty: it does.

    Args:
        stamps: the times, ms, that time stamps over it state, each of an authority that is trusted.
    """
    if entry.revoked is None or any(at < entry.revoked for at in stamps):
        return ""
    moment = datetime.fromtimestamp(entry.revoked // 1_000, UTC)
    return (
        f"its key {entry.id} was revoked on {moment:%Y-%m-%dT%H:%M:%SZ}, and no time stamp shows that"
        " it was signed before"
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
        why = unproved(entry, earliest) if entry is not None else ""
        if why:
            found[head.number] = why
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
        why = unproved(entry, self._stamped.get(path, []))
        if why:
            self._report.tell(path, "revoked", why)
        else:
            self._report.notes.append(
                f"{path}: its key {entry.id} was revoked later; a time stamp shows that it was signed"
                " before"
            )
