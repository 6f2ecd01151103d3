"""Checks a bundle: hashes, chain, proofs, heads and seals; every byte is read once.

The verdict is `valid`, `invalid` (a file was changed, removed or added), `incomplete` (every check
holds, but something the bundle promises is missing) or `seal-untrusted` (every check holds, but
nobody whom the reader trusts vouches for the seal's key).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from msgspec import Struct

from monitor.evidence import custody_file, seal, sm2
from monitor.evidence.findings import Finding, Remark, Report, Stamped, Verdict
from monitor.evidence.inclusion import Inclusion
from monitor.evidence.keys import KeyEntry, fingerprint, is_authority, unfitness
from monitor.evidence.leaves import CAPTURES, FRAMES, RECORDS, VERSIONS, Leaves
from monitor.evidence.manifests import check_manifests, named_algorithms
from monitor.evidence.revocation import Revocations
from monitor.evidence.rules_file import PATH as RULES
from monitor.evidence.rules_file import VERSION, RulesCheck
from monitor.evidence.stamps import BadStamp, check, states
from monitor.evidence.unpack import BadBundle, Opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from monitor.evidence.unpack import Limits

__all__ = ["Finding", "Report", "Stamped", "Verdict", "verify"]

_SEAL = "seal/tagmanifest-sha256.txt.p7s"
_SEALED = "tagmanifest-sha256.txt"
_SM2, _SM2_CERTIFICATE = "seal/tagmanifest-sha256.txt.sm2sig", "trust/sm2.pem"
#: Keys of the bundle that were revoked when it was exported.
_KEYS = "trust/keys.json"


class _Gap(Struct):
    until: int
    kind: str = ""
    """Of what the bundle lacks; empty: of a time that was not watched."""


def verify(
    path: Path,
    *,
    trusted: Sequence[x509.Certificate] = (),
    authorities: Sequence[x509.Certificate] = (),
    revoked: Sequence[KeyEntry] = (),
    limits: Limits | None = None,
) -> Report:
    """Checks a bundle.

    Args:
        trusted: certificates whose keys may seal, or that may vouch for such a key.
        authorities: roots of time-stamp authorities that are trusted.
        revoked: the office's current list of revoked keys; the bundle has that of its export only.

    Raises:
        BadBundle: the file is no ZIP, or is refused (`unpack`).
        OSError: the file cannot be read, or is no regular file.
    """
    with Opened(path, limits) as opened:
        return _Check(opened, trusted, authorities, revoked).run()


class _Check:
    def __init__(
        self,
        opened: Opened,
        trusted: Sequence[x509.Certificate],
        authorities: Sequence[x509.Certificate],
        revoked: Sequence[KeyEntry],
    ) -> None:
        self._opened = opened
        self._trusted = trusted
        self._authorities = authorities
        self._told_revoked = revoked
        self._promised: list[str] = []
        self._seals: list[str] = []
        self._report = Report(bundle=opened.name, files=len(opened.paths))
        self._digests: dict[str, dict[str, str]] = {}
        self._kept: dict[str, bytes] = {}
        """Contents of small files that later checks need."""
        self._leaves = Leaves(self._report)
        self._rules = RulesCheck(self._report)
        self._stamped: dict[str, list[int]] = {}
        """Times, ms, of the accepted time stamps over each path."""

    def run(self) -> Report:
        """All checks; each byte is read once."""
        self._hash()
        check_manifests(self._report, self._opened.paths, self._kept, self._digests)
        self._leaves.check_files(self._digests)
        self._rules.check()
        self._info()
        tagged = self._kept.get(_SEALED)
        self._stamps(tagged)
        revoked = Revocations(self._report, self._revoked(), self._stamped)
        Inclusion(self._report, self._kept, self._leaves, revoked).check()
        custody_file.check(self._report, self._kept, self._leaves.changed)
        self._second(tagged)
        self._report.conclude(trusted=self._seal(tagged, revoked))
        return self._report

    # Bytes

    def _hash(self) -> None:
        algorithms = named_algorithms(self._opened.paths)
        usable = [name for name in algorithms if name in hashlib.algorithms_available]
        self._report.algorithms = sorted(usable)
        for name in sorted(set(algorithms) - set(usable)):
            self._report.remarks.append(
                Remark(
                    f"manifest-{name}.txt", "unchecked",
                    f"this machine cannot compute {name}: not checked",
                    f"本机不能计算 {name}：未核对",
                )
            )  # fmt: skip
        left = self._opened.whole_bytes
        for path in self._opened.paths:
            hashers = {name: hashlib.new(name) for name in usable}
            blocks = self._opened.blocks(path)
            if path in (RECORDS, FRAMES, VERSIONS, CAPTURES):
                blocks = self._leaves.tapped(path, blocks)
            elif RULES.fullmatch(path):
                blocks = self._rules.tapped(path, blocks)
            version = VERSION.fullmatch(path) is not None
            keep = not path.startswith("data/") or path in ("data/gaps.json",) or (
                path.startswith("data/proofs/")
            )  # fmt: skip
            if (keep or version) and self._opened.size(path) > left:
                self._report.tell(
                    path, "changed", "it is larger than such a file may be: not read",
                    "超过此类文件的大小上限：未读取",
                )  # fmt: skip
                continue
            left -= self._opened.size(path) if keep else 0
            pieces: list[bytes] = []
            try:
                for block in blocks:
                    self._report.bytes += len(block)
                    for hasher in hashers.values():
                        hasher.update(block)
                    if keep or version:
                        pieces.append(block)
            except BadBundle as error:
                self._report.tell(path, "changed", str(error), f"不能读出：{error}")
                continue
            self._digests[path] = {name: hasher.hexdigest() for name, hasher in hashers.items()}
            if keep:
                self._kept[path] = b"".join(pieces)
            elif version:
                self._rules.alert(path, b"".join(pieces))

    def _info(self) -> None:
        report = self._report
        values: dict[str, str] = {}
        for line in self._kept.get("bag-info.txt", b"").decode("utf-8", "replace").splitlines():
            key, _, value = line.partition(": ")
            values[key] = value
        folder = self._opened.name
        report.bundle = values.get("Livewatch-Bundle", folder)
        if report.bundle != folder:
            report.remarks.append(
                Remark(
                    "bag-info.txt", "renamed",
                    f"the folder is named {folder}; the bundle is {report.bundle}, as it is sealed",
                    f"文件夹名为 {folder}，封签内的编号是 {report.bundle}：以封签内的编号为准",
                )
            )  # fmt: skip
        report.exported = values.get("Livewatch-Exported", "")
        self._seals = values.get("Livewatch-Seals", "").split()
        self._promised = values.get("Livewatch-Timestamps", "").split()
        report.operator = values.get("Livewatch-Operator", "")
        if values.get("Livewatch-Format") != "1":
            report.tell(
                "bag-info.txt", "format", "no bundle of a format that is known here",
                "证据包的格式为本程序所不识",
            )  # fmt: skip
        if not self._kept.get("bagit.txt", b"").startswith(b"BagIt-Version: 1.0\n"):
            report.tell("bagit.txt", "format", "no bag of BagIt 1.0", "不是 BagIt 1.0 的包")
        try:
            gaps = msgspec.json.decode(self._kept.get("data/gaps.json", b"[]"), type=list[_Gap])
            report.gaps = sum(not gap.kind for gap in gaps)
            report.lacking = len(gaps) - report.gaps
        except msgspec.MsgspecError as error:
            report.tell("data/gaps.json", "format", str(error), f"不能读：{error}")

    # Keys and the seal

    def _revoked(self) -> list[KeyEntry]:
        """Revoked keys, from the bundle and from the reader."""
        try:
            own = msgspec.json.decode(self._kept.get(_KEYS, b"[]"), type=list[KeyEntry])
        except msgspec.MsgspecError as error:
            self._report.tell(_KEYS, "format", str(error), f"不能读：{error}")
            own = []
        return [*own, *self._told_revoked]

    def _seal(self, tagged: bytes | None, revoked: Revocations) -> bool:
        """Checks the seal; true if the reader trusts its key."""
        report = self._report
        if tagged is None:
            return False
        report.sealed = hashlib.sha256(tagged).hexdigest()
        if _SEAL not in self._kept:
            report.tell(
                _SEAL, "gone", "the bundle promises a seal and has none", "本包应有封签，而没有"
            )
            return False
        try:
            certificate = x509.load_pem_x509_certificate(self._kept.get("trust/seal.crt", b""))
        except ValueError:
            report.tell(
                "trust/seal.crt", "seal", "there is no certificate of the seal", "没有封签的证书"
            )
            return False
        try:
            report.seal = fingerprint(certificate)
        except (UnsupportedAlgorithm, ValueError):
            report.tell(
                "trust/seal.crt", "seal", "its key is of a kind that is not known",
                "其公钥的种类为本程序所不识",
            )  # fmt: skip
            return False
        try:
            seal.verify(self._kept[_SEAL], tagged, certificate)
        except seal.BadSeal as error:
            report.tell(_SEAL, "seal", str(error), f"封签不成立：{error}")
            return False
        revoked.check(_SEALED, certificate)
        return self._may_seal(certificate) and any(
            _vouches(root, certificate) for root in self._trusted
        )

    def _may_seal(self, certificate: x509.Certificate) -> bool:
        """Was the certificate valid when the seal was made, and one for signatures.

        That moment is the earliest that a time stamp states; without one, that of the export, which the
        office itself states.
        """
        report = self._report
        stamped = self._stamped.get(_SEALED)
        at = min(stamped) if stamped else _ms_of(report.exported)
        unfit = unfitness(certificate, at)
        if unfit is not None:
            report.remarks.append(Remark("trust/seal.crt", "certificate", *unfit))
        return unfit is None

    def _second(self, tagged: bytes | None) -> None:
        """Checks the SM2 signature, if there is or should be one."""
        signature = self._kept.get(_SM2)
        if signature is None:
            if "sm2" in self._seals:
                self._report.tell(
                    _SM2, "gone", "the bundle promises a signature by SM2",
                    "本包应有 SM2 签名，而没有",
                )  # fmt: skip
            return
        certificate = self._kept.get(_SM2_CERTIFICATE, b"")
        held = sm2.verify(signature, tagged or b"", certificate)
        if held is None:
            self._report.remarks.append(
                Remark(
                    _SM2, "unchecked", "this machine has no openssl: the SM2 signature is not checked",
                    "本机没有 openssl：SM2 签名未核对",
                )
            )  # fmt: skip
        elif held:
            self._report.remarks.append(
                Remark(
                    _SM2, "checked", "the SM2 signature is of the key of trust/sm2.pem",
                    "SM2 签名由 trust/sm2.pem 的密钥作出",
                )
            )  # fmt: skip
        else:
            self._report.tell(
                _SM2, "seal", "it is not a signature of the key of trust/sm2.pem",
                "不是 trust/sm2.pem 的密钥所作的签名",
            )  # fmt: skip

    # Time stamps

    def _stamps(self, tagged: bytes | None) -> None:
        """Checks the stamps of the heads and of the manifest that is sealed."""
        for path, token in sorted(self._kept.items()):
            if path.startswith("data/proofs/") and path.endswith(".tsr"):
                over = path.rsplit(".", 2)[0]
                self._stamp(path, token, over, self._kept.get(over))
        for name in self._promised:
            path = f"seal/{_SEALED}.{name}.tsr"
            if path not in self._kept:
                self._report.tell(
                    path, "gone", "the bundle promises this time stamp", "本包应有此时间戳，而没有"
                )
        for path, token in sorted(self._kept.items()):
            if path.startswith("seal/") and path.endswith(".tsr"):
                self._stamp(path, token, _SEALED, tagged)

    def _stamp(self, path: str, token: bytes, over: str, data: bytes | None) -> None:
        if data is None:
            self._report.tell(path, "stamp", "what it is over is not there", "没有时间戳所盖的文件")
            return
        try:
            at = states(token, data)
        except BadStamp as error:
            self._report.tell(path, "stamp", str(error), f"时间戳不成立：{error}")
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
                    self._report.tell(path, "stamp", str(error), f"时间戳不成立：{error}")
                    return
                why = str(error)
        if not trusted and not why:
            why = "no root of a time-stamp authority was named"
        # Where the reader names whom he trusts, only these show anything of a revoked key.
        if trusted or (own and not self._authorities):
            self._stamped.setdefault(over, []).append(at)
        moment = datetime.fromtimestamp(at // 1_000, UTC)
        self._report.stamps.append(
            Stamped(path=path, at=f"{moment:%Y-%m-%dT%H:%M:%SZ}", trusted=trusted, why=why)
        )

    def _roots(self, path: str) -> list[x509.Certificate]:
        try:
            return x509.load_pem_x509_certificates(self._kept.get(path, b""))
        except ValueError:
            return []


def _ms_of(moment: str) -> int | None:
    """A time as `bag-info.txt` has it; ``None``: it is none."""
    try:
        return int(datetime.fromisoformat(moment).timestamp() * 1_000)
    except ValueError:
        return None


def _vouches(root: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Is it the same certificate, or one that the other issued, which is an authority's."""
    if root == certificate:
        return True
    if not is_authority(root):
        return False
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError):
        return False
    except Exception:  # noqa: BLE001 - a signature that does not fit is of a type of its own
        return False
    return True
