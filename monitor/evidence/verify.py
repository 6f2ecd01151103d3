"""Checks a bundle: hashes, chain, proofs, heads and seals; every byte is read once.

The verdict is `valid`, `invalid` (something was changed, is missing or too much), `incomplete` (all
that is there holds, and something that was promised is not there) or `seal-untrusted` (all holds,
and nobody whom the reader trusts vouches for the key of the seal).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from bisect import bisect_left
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from msgspec import Struct

from monitor.evidence import custody, heads, ledger, seal
from monitor.evidence.bag import ALGORITHMS
from monitor.evidence.keys import fingerprint
from monitor.evidence.merkle import leaf_hash, verify_consistency, verify_shared
from monitor.evidence.proofs import Proofs, cut
from monitor.evidence.stamps import BadStamp, check, states
from monitor.evidence.unpack import BadBundle, Opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from monitor.evidence.unpack import Limits

__all__ = ["Finding", "Report", "Stamped", "Verdict", "verify"]

Verdict = Literal["valid", "invalid", "seal-untrusted", "incomplete"]
_MANIFEST = re.compile(r"(tag)?manifest-(sha256|sha512|sm3)\.txt")
_LINE = re.compile(r"([0-9a-f]{64,128})  (\S[^\r\n]*)")
_SEAL = "seal/tagmanifest-sha256.txt.p7s"
_SEALING = re.compile(r"seal/tagmanifest-sha256\.txt(\.p7s|\.[a-z0-9-]+\.tsr)")
_RECORDS = "data/events/records.ndjson"
#: Findings of one kind that are told one by one.
TOLD = 50


class Finding(Struct, frozen=True):
    """One thing that is wrong."""

    path: str
    what: str
    """`changed`, `missing`, `unexpected`, `seal`, `proof`, `stamp`, `custody`, `format`, `gone`."""
    says: str


class Stamped(Struct, frozen=True, kw_only=True):
    """A time stamp that is there."""

    path: str
    at: str
    """The time that it states."""
    trusted: bool
    """Its chain leads to a root that the reader named."""
    why: str = ""
    """Why not."""


class Report(Struct, kw_only=True):
    """What was found."""

    verdict: Verdict = "invalid"
    bundle: str = ""
    exported: str = ""
    operator: str = ""
    files: int = 0
    bytes: int = 0
    records: int = 0
    proved: int = 0
    """Records that were shown to lie under a signed head."""
    unproved: int = 0
    """Records that are older than the log."""
    forgotten: int = 0
    heads: list[str] = []
    """Times of the heads, as they say."""
    gaps: int = 0
    custody: int = 0
    stamps: list[Stamped] = []
    subjects: list[str] = []
    """What custody says that it is about: `alert:ID`."""
    sealed: str = ""
    """SHA-256 of the manifest that is sealed: the bundle's own digest."""
    seal: str = ""
    """SHA-256 of the public key of the seal."""
    algorithms: list[str] = []
    findings: list[Finding] = []
    notes: list[str] = []

    def tell(self, path: str, what: str, says: str) -> None:
        """Notes something that is wrong."""
        if len(self.findings) < TOLD:
            self.findings.append(Finding(path, what, says))


class _Line(Struct):
    log: str
    position: int
    arrived: int
    sha256: str
    leaf: int | None
    data: str | None = None
    leaf_hash: str | None = None
    changed: str | None = None


class _Gap(Struct):
    until: int


def verify(
    path: Path,
    *,
    trusted: Sequence[x509.Certificate] = (),
    authorities: Sequence[x509.Certificate] = (),
    limits: Limits | None = None,
) -> Report:
    """Checks a bundle.

    Args:
        trusted: certificates whose keys may seal, or that may vouch for such a key.
        authorities: roots of time-stamp authorities that are trusted.

    Raises:
        BadBundle: it is no ZIP, or one that is refused.
        OSError: the file cannot be read.
    """
    with Opened(path, limits) as opened:
        return _Check(opened, trusted, authorities).run()


class _Check:
    def __init__(
        self,
        opened: Opened,
        trusted: Sequence[x509.Certificate],
        authorities: Sequence[x509.Certificate],
    ) -> None:
        self._opened = opened
        self._trusted = trusted
        self._authorities = authorities
        self._promised: list[str] = []
        self._report = Report(bundle=opened.name, files=len(opened.paths))
        self._digests: dict[str, dict[str, str]] = {}
        self._kept: dict[str, bytes] = {}
        """Small files that are looked at again."""
        self._leaves: list[tuple[int, bytes]] = []

    def run(self) -> Report:
        """All checks; each byte is read once."""
        self._hash()
        tagged = self._manifests()
        self._info()
        self._proofs()
        self._custody()
        trusted = self._seal(tagged)
        self._stamps(tagged)
        report = self._report
        wrong = [one for one in report.findings if one.what != "gone"]
        if wrong:
            report.verdict = "invalid"
        elif report.findings:
            report.verdict = "incomplete"
        else:
            report.verdict = "valid" if trusted else "seal-untrusted"
        return report

    # Bytes and manifests

    def _hash(self) -> None:
        algorithms = [
            found[2] for path in self._opened.paths
            if (found := _MANIFEST.fullmatch(path)) and not found[1]
        ]  # fmt: skip
        usable = [name for name in algorithms if name in hashlib.algorithms_available]
        self._report.algorithms = sorted(usable)
        for name in sorted(set(algorithms) - set(usable)):
            self._report.notes.append(f"this machine cannot compute {name}: not checked")
        for path in self._opened.paths:
            hashers = {name: hashlib.new(name) for name in usable}
            blocks = self._tapped(path) if path == _RECORDS else self._opened.blocks(path)
            keep = not path.startswith("data/") or path in ("data/gaps.json",) or (
                path.startswith("data/proofs/")
            )  # fmt: skip
            pieces: list[bytes] = []
            try:
                for block in blocks:
                    self._report.bytes += len(block)
                    for hasher in hashers.values():
                        hasher.update(block)
                    if keep:
                        pieces.append(block)
            except BadBundle as error:
                self._report.tell(path, "changed", str(error))
                continue
            self._digests[path] = {name: hasher.hexdigest() for name, hasher in hashers.items()}
            if keep:
                self._kept[path] = b"".join(pieces)

    def _tapped(self, path: str) -> Iterator[bytes]:
        """The blocks of the records, and each line looked at as it goes by."""
        rest = b""
        for block in self._opened.blocks(path):
            yield block
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                self._record(line)
        if rest:
            self._report.tell(path, "format", "the last line has no end")

    def _record(self, text: bytes) -> None:
        report = self._report
        report.records += 1
        try:
            line = msgspec.json.decode(text, type=_Line)
            data = None if line.data is None else base64.b64decode(line.data, validate=True)
            told = None if line.leaf_hash is None else bytes.fromhex(line.leaf_hash)
        except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
            report.tell(_RECORDS, "format", f"line {report.records}: {error}")
            return
        if data is not None and hashlib.sha256(data).hexdigest() != line.sha256:
            report.tell(_RECORDS, "changed", f"record {line.position} is not what its digest says")
        if line.leaf is None:
            report.unproved += 1
            return
        if line.changed is not None and told is not None:
            report.forgotten += 1
            self._leaves.append((line.leaf, told))
            return
        said = (
            f'{{"arrived":{line.arrived},"log":"{line.log}","position":{line.position},'
            f'"sha256":"{line.sha256}"}}'
        )
        self._leaves.append((line.leaf, leaf_hash(said.encode())))

    def _manifests(self) -> bytes | None:
        """Holds the files against every manifest; returns the manifest that is sealed."""
        report = self._report
        present = set(self._opened.paths)
        payload = {path for path in present if path.startswith("data/")}
        tags = {path for path in present - payload if not path.startswith("seal/")}
        for algorithm in ("sha256", "sha512"):
            for name in (f"manifest-{algorithm}.txt", f"tagmanifest-{algorithm}.txt"):
                if name not in present:
                    report.tell(name, "missing", "the manifest is not there")
        if "manifest-sm3.txt" in present:
            if "tagmanifest-sm3.txt" not in present:
                report.tell("tagmanifest-sm3.txt", "missing", "the manifest is not there")
        else:
            report.notes.append("the bundle has no manifest of SM3")
        own = {f"tagmanifest-{algorithm}.txt" for algorithm in ALGORITHMS}
        for name in sorted(tags):
            found = _MANIFEST.fullmatch(name)
            if found is None or name not in self._kept:
                continue
            wanted = payload if not found[1] else tags - own
            self._hold(name, found[2], wanted)
        for path in sorted(present - payload - tags):
            if not _SEALING.fullmatch(path.removesuffix(".sha256")):
                report.tell(path, "unexpected", "no file of a bundle")
            elif path.endswith(".sha256"):
                self._sum(path)
            elif f"{path}.sha256" not in present:
                report.tell(f"{path}.sha256", "missing", "each file of the seal has its sum")
        return self._kept.get("tagmanifest-sha256.txt")

    def _sum(self, path: str) -> None:
        """Holds a file of the seal against its own sum."""
        of = path.removesuffix(".sha256")
        if of not in self._kept:
            self._report.tell(of, "gone", f"{path} is there, and it is not")
            return
        wanted = f"{hashlib.sha256(self._kept[of]).hexdigest()}  {of}\n"
        if self._kept.get(path) != wanted.encode():
            self._report.tell(of, "changed", f"it is not what {path} says")

    def _hold(self, name: str, algorithm: str, wanted: set[str]) -> None:
        report = self._report
        listed: dict[str, str] = {}
        try:
            text = self._kept[name].decode("ascii")
        except UnicodeDecodeError:
            report.tell(name, "changed", "the manifest is no plain text")
            return
        for line in text.removesuffix("\n").split("\n"):
            found = _LINE.fullmatch(line)
            if found is None or found[2] in listed or not text.endswith("\n"):
                report.tell(name, "changed", f"no line of a manifest: {line[:80]!r}")
                return
            listed[found[2]] = found[1]
        for path in sorted(listed.keys() - wanted):
            report.tell(path, "missing", f"{name} names it")
        for path in sorted(wanted - listed.keys()):
            report.tell(path, "unexpected", f"{name} does not name it")
        if algorithm not in report.algorithms:
            return
        for path in sorted(wanted & listed.keys()):
            if path in self._digests and self._digests[path][algorithm] != listed[path]:
                report.tell(path, "changed", f"it is not what {name} says")

    def _info(self) -> None:
        report = self._report
        values: dict[str, str] = {}
        for line in self._kept.get("bag-info.txt", b"").decode("utf-8", "replace").splitlines():
            key, _, value = line.partition(": ")
            values[key] = value
        report.exported = values.get("Livewatch-Exported", "")
        self._promised = values.get("Livewatch-Timestamps", "").split()
        report.operator = values.get("Livewatch-Operator", "")
        if values.get("Livewatch-Format") != "1":
            report.tell("bag-info.txt", "format", "no bundle of a format that is known here")
        if not self._kept.get("bagit.txt", b"").startswith(b"BagIt-Version: 1.0\n"):
            report.tell("bagit.txt", "format", "no bag of BagIt 1.0")
        try:
            gaps = msgspec.json.decode(self._kept.get("data/gaps.json", b"[]"), type=list[_Gap])
            report.gaps = len(gaps)
        except msgspec.MsgspecError as error:
            report.tell("data/gaps.json", "format", str(error))

    # Proofs

    def _proofs(self) -> None:
        report = self._report
        name = "data/proofs/inclusion.json"
        try:
            proofs = msgspec.json.decode(self._kept.get(name, b""), type=Proofs)
        except msgspec.MsgspecError as error:
            report.tell(name, "proof", f"no proofs: {error}")
            return
        self._leaves.sort()
        certificates = self._certificates()
        done = 0
        before: heads.Head | None = None
        for number, one in enumerate(proofs.heads):
            head = self._head(one.head, proofs.origin, certificates)
            if head is None:
                continue
            tree = head.trees[ledger.EVENTS]
            ends = bisect_left(self._leaves, (tree.size, b""))
            some = self._leaves[done:ends]
            done = ends
            try:
                good = len(some) == one.records and verify_shared(
                    some, tree.size, cut(one.nodes), tree.root
                )
                if before is not None:
                    old = before.trees[ledger.EVENTS]
                    chain = proofs.consistency[number - 1]
                    good = good and verify_consistency(
                        old.size, tree.size, cut(chain.nodes), old.root, tree.root
                    )
            except (ValueError, IndexError, RecursionError):
                good = False
            if not good:
                report.tell(name, "proof", f"the records are not shown to lie under {one.head}")
                continue
            report.proved += len(some)
            before = head
        if done != len(self._leaves):
            report.tell(name, "proof", f"{len(self._leaves) - done} records have no proof")
        if proofs.before != report.unproved:
            report.tell(name, "proof", "it does not say how many records are older than the log")

    def _head(
        self, file: str, origin: str, certificates: list[x509.Certificate]
    ) -> heads.Head | None:
        path = f"data/proofs/{file}"
        try:
            head = heads.read(self._kept.get(path, b""))
        except heads.BadHead as error:
            self._report.tell(path, "proof", f"no head: {error}")
            return None
        if head.origin != origin:
            self._report.tell(path, "proof", "a head of another log")
        elif not any(head.signed_by(certificate) for certificate in certificates):
            self._report.tell(path, "proof", "the head is not signed with a key of the bundle")
        else:
            self._report.heads.append(head.signed.decode().split("\n")[3].removeprefix("time "))
            return head
        return None

    def _certificates(self) -> list[x509.Certificate]:
        found = []
        for path, data in sorted(self._kept.items()):
            if path.startswith("trust/") and path.endswith(".crt"):
                try:
                    found.append(x509.load_pem_x509_certificate(data))
                except ValueError:
                    self._report.tell(path, "format", "no certificate")
        return found

    # Custody and the seal

    def _custody(self) -> None:
        path = "custody/custody.jsonl"
        text = self._kept.get(path, b"")
        for number, line in enumerate(text.splitlines(), 1):
            try:
                record = msgspec.json.decode(line, type=custody.CustodyRecord)
            except msgspec.MsgspecError as error:
                self._report.tell(path, "custody", f"line {number}: {error}")
                continue
            self._report.custody += 1
            if record.subject not in self._report.subjects:
                self._report.subjects.append(record.subject)
            if not custody.is_intact(record):
                self._report.tell(path, "custody", f"record {record.number} was changed")

    def _seal(self, tagged: bytes | None) -> bool:
        """Checks the seal; does the reader trust whoever made it."""
        report = self._report
        if tagged is None:
            return False
        report.sealed = hashlib.sha256(tagged).hexdigest()
        if _SEAL not in self._kept:
            report.tell(_SEAL, "gone", "the bundle promises a seal and has none")
            return False
        try:
            certificate = x509.load_pem_x509_certificate(self._kept.get("trust/seal.crt", b""))
        except ValueError:
            report.tell("trust/seal.crt", "seal", "there is no certificate of the seal")
            return False
        try:
            report.seal = fingerprint(certificate)
        except (UnsupportedAlgorithm, ValueError):
            report.tell("trust/seal.crt", "seal", "its key is of a kind that is not known")
            return False
        try:
            seal.verify(self._kept[_SEAL], tagged, certificate)
        except seal.BadSeal as error:
            report.tell(_SEAL, "seal", str(error))
            return False
        return any(_vouches(root, certificate) for root in self._trusted)

    # Time stamps

    def _stamps(self, tagged: bytes | None) -> None:
        """Checks the stamps of the heads and of the manifest that is sealed."""
        for path, token in sorted(self._kept.items()):
            if path.startswith("data/proofs/") and path.endswith(".tsr"):
                head = self._kept.get(path.rsplit(".", 2)[0])
                self._stamp(path, token, head)
        for name in self._promised:
            path = f"seal/tagmanifest-sha256.txt.{name}.tsr"
            if path not in self._kept:
                self._report.tell(path, "gone", "the bundle promises this time stamp")
        for path, token in sorted(self._kept.items()):
            if path.startswith("seal/") and path.endswith(".tsr"):
                self._stamp(path, token, tagged)

    def _stamp(self, path: str, token: bytes, data: bytes | None) -> None:
        if data is None:
            self._report.tell(path, "stamp", "what it is over is not there")
            return
        try:
            at = states(token, data)
        except BadStamp as error:
            self._report.tell(path, "stamp", str(error))
            return
        # A stamp that holds under the roots in the bundle holds in itself; whether these are to be
        # trusted is the reader's to say.
        name = path.rsplit(".", 2)[-2]
        own = self._roots(f"trust/tsa-{name}.pem")
        why = ""
        trusted = False
        for roots, counts in ((own, False), (self._authorities, True)):
            if not roots:
                continue
            try:
                check(token, data, roots)
                trusted = trusted or counts
            except BadStamp as error:
                if not counts:
                    self._report.tell(path, "stamp", str(error))
                    return
                why = str(error)
        if not trusted and not why:
            why = "no root of a time-stamp authority was named"
        moment = datetime.fromtimestamp(at // 1_000, UTC)
        self._report.stamps.append(
            Stamped(path=path, at=f"{moment:%Y-%m-%dT%H:%M:%SZ}", trusted=trusted, why=why)
        )

    def _roots(self, path: str) -> list[x509.Certificate]:
        try:
            return x509.load_pem_x509_certificates(self._kept.get(path, b""))
        except ValueError:
            return []


def _vouches(root: x509.Certificate, certificate: x509.Certificate) -> bool:
    if root == certificate:
        return True
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError):
        return False
    except Exception:  # noqa: BLE001 - a signature that does not fit is of a type of its own
        return False
    return True
