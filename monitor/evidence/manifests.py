"""Holds the files of a bundle against its manifests, and the files of its seal against their sums."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from monitor.evidence.bag import ALGORITHMS
from monitor.evidence.findings import Remark

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from monitor.evidence.findings import Report

__all__ = ["check_manifests", "named_algorithms"]

_MANIFEST = re.compile(r"(tag)?manifest-(sha256|sha512|sm3)\.txt")
_LINE = re.compile(r"([0-9a-f]{64,128})  (\S[^\r\n]*)")
_SEALING = re.compile(r"seal/tagmanifest-sha256\.txt(\.p7s|\.sm2sig|\.[a-z0-9-]+\.tsr)")


def named_algorithms(paths: Collection[str]) -> list[str]:
    """The algorithms of which the bundle has a manifest of its payload."""
    return [
        found[2] for path in paths if (found := _MANIFEST.fullmatch(path)) and not found[1]
    ]  # fmt: skip


def check_manifests(
    report: Report,
    paths: Collection[str],
    kept: Mapping[str, bytes],
    digests: Mapping[str, Mapping[str, str]],
) -> None:
    """Notes what the manifests name and is not there, what they do not name, and what was changed.

    Args:
        paths: all files of the bundle.
        kept: contents of the small ones.
        digests: by path and algorithm.
    """
    present = set(paths)
    payload = {path for path in present if path.startswith("data/")}
    tags = {path for path in present - payload if not path.startswith("seal/")}
    for algorithm in ("sha256", "sha512"):
        for name in (f"manifest-{algorithm}.txt", f"tagmanifest-{algorithm}.txt"):
            if name not in present:
                report.tell(name, "missing", "the manifest is not there", "没有这份清单")
    if "manifest-sm3.txt" in present:
        if "tagmanifest-sm3.txt" not in present:
            report.tell(
                "tagmanifest-sm3.txt", "missing", "the manifest is not there", "没有这份清单"
            )
    else:
        report.remarks.append(
            Remark(
                "manifest-sm3.txt",
                "unchecked",
                "the bundle has no manifest of SM3",
                "本包没有 SM3 清单",
            )
        )
    own = {f"tagmanifest-{algorithm}.txt" for algorithm in ALGORITHMS}
    for name in sorted(tags):
        found = _MANIFEST.fullmatch(name)
        if found is None or name not in kept:
            continue
        wanted = payload if not found[1] else tags - own
        _hold(report, name, kept[name], found[2], wanted, digests)
    for path in sorted(present - payload - tags):
        if not _SEALING.fullmatch(path.removesuffix(".sha256")):
            report.tell(path, "unexpected", "no file of a bundle", "不是证据包应有的文件")
        elif path.endswith(".sha256"):
            _sum(report, path, kept)
        elif f"{path}.sha256" not in present:
            report.tell(
                f"{path}.sha256",
                "missing",
                "each file of the seal has its sum",
                "封签的每个文件应有校验值",
            )


def _sum(report: Report, path: str, kept: Mapping[str, bytes]) -> None:
    """Holds a file of the seal against its own sum."""
    of = path.removesuffix(".sha256")
    if of not in kept:
        report.tell(of, "gone", f"{path} is there, and it is not", f"有 {path}，而没有这个文件")
        return
    wanted = f"{hashlib.sha256(kept[of]).hexdigest()}  {of}\n"
    if kept.get(path) != wanted.encode():
        report.tell(of, "changed", f"it is not what {path} says", f"与 {path} 所记不符")


def _hold(
    report: Report,
    name: str,
    manifest: bytes,
    algorithm: str,
    wanted: set[str],
    digests: Mapping[str, Mapping[str, str]],
) -> None:
    listed: dict[str, str] = {}
    try:
        text = manifest.decode("ascii")
    except UnicodeDecodeError:
        report.tell(name, "changed", "the manifest is no plain text", "清单不是纯文本")
        return
    for line in text.removesuffix("\n").split("\n"):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in listed or not text.endswith("\n"):
            report.tell(
                name, "changed", f"no line of a manifest: {line[:80]!r}",
                f"清单中有不合格式的行：{line[:80]!r}",
            )  # fmt: skip
            return
        listed[found[2]] = found[1]
    for path in sorted(listed.keys() - wanted):
        report.tell(path, "missing", f"{name} names it", f"{name} 列有这个文件，而包中没有")
    for path in sorted(wanted - listed.keys()):
        report.tell(path, "unexpected", f"{name} does not name it", f"{name} 没有列出这个文件")
    if algorithm not in report.algorithms:
        return
    for path in sorted(wanted & listed.keys()):
        if path in digests and digests[path][algorithm] != listed[path]:
            report.tell(path, "changed", f"it is not what {name} says", f"与 {name} 所记不符")
