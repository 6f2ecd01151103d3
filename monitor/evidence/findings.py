"""What the check of a bundle comes to."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from detectors.calendar import in_beijing

__all__ = [
    "Finding",
    "Problems",
    "Remark",
    "Report",
    "Stamped",
    "Verdict",
    "clock_went_back",
    "told_time",
]

Verdict = Literal["valid", "invalid", "seal-untrusted", "incomplete"]
#: Findings that are told one by one.
TOLD = 50


class Finding(Struct, frozen=True):
    """One thing that is wrong."""

    path: str
    what: str
    """`changed`, `missing`, `unexpected`, `seal`, `proof`, `stamp`, `revoked`, `custody`, `format`,
    `rules`, `gone`, `refused`."""
    says: str
    says_zh: str


class Remark(Struct, frozen=True):
    """One thing that whoever reads a bundle has to know, and that changes nothing in the verdict."""

    path: str
    what: str
    """`renamed`, `custody`, `clock`, `revoked`, `certificate`, `checked`, `unchecked`."""
    says: str
    says_zh: str


def clock_went_back(before: str, then: int, after: str, later: int) -> Remark:
    """That a head says an earlier time than the one before it in the log; times as the desk has them,
    Beijing's.

    Args:
        before: name of the first of the two heads.
        then: the time that it says, ms.
        after: name of the second.
        later: the time that this says, ms.
    """
    first, second = told_time(then), told_time(later)
    return Remark(
        after, "clock",
        f"the monitor's clock went back between {before} ({first}) and {after} ({second}, Beijing time): its times"
        " around there, those of arrival included, do not say how long something took; the order is the log's",
        f"监测主机的时钟在 {before}（北京时间 {first}）与 {after}（北京时间 {second}）之间倒退：前后的时间（含到达时间）"
        "不能用来计算经过多久，先后以日志的次序为准",
    )  # fmt: skip


def told_time(at: int) -> str:
    """A time in ms as Beijing's, to the millisecond: two heads may be that near to each other."""
    return in_beijing(at).isoformat(" ", "milliseconds").removesuffix("+08:00")


class Problems(Struct, kw_only=True):
    """What is wrong with what somebody keeps, in words; of many problems only the first are told."""

    most: ClassVar[int] = TOLD

    problems: list[str] = []

    def tell(self, problem: str) -> None:
        """Notes a problem."""
        if len(self.problems) < self.most:
            self.problems.append(problem)
        elif len(self.problems) == self.most:
            self.problems.append("… and more")


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
    """Its id as it is sealed; where there is none, the name of its folder."""
    exported: str = ""
    operator: str = ""
    files: int = 0
    bytes: int = 0
    records: int = 0
    frames: int = 0
    """Frames that the records were read from, as received."""
    proved: int = 0
    """Records and frames that were shown to lie under a signed head."""
    unproved: int = 0
    """Records and frames that are older than their log."""
    forgotten: int = 0
    """Records and frames that were changed by taking out a viewer: what they say now is not shown to have
    arrived."""
    unexplained: int = 0
    """Records and frames that are not as they arrived, without a reason that holds."""
    versions: int = 0
    """Versions of alerts that were shown to lie under a signed head."""
    rules: int = 0
    """Lists of rules that are those which its alerts name."""
    captures: int = 0
    """Screenshots and clips that were shown to lie under a signed head."""
    heads: list[str] = []
    """Times of the heads, as they say, in the order of the log."""
    gaps: int = 0
    lacking: int = 0
    """What the bundle says that it does not have."""
    custody: int = 0
    custody_elsewhere: int = 0
    """Records of the chain before and between those of the bundle that are not in it; of other matters, as far
    as whoever exported says."""
    stamps: list[Stamped] = []
    subjects: list[str] = []
    """What custody says that it is about: `alert:ID`."""
    sealed: str = ""
    """SHA-256 of the manifest that is sealed: the bundle's own digest."""
    seal: str = ""
    """SHA-256 of the public key of the seal."""
    algorithms: list[str] = []
    findings: list[Finding] = []
    """What is wrong, of very much only a part: of each kind at least one."""
    kinds: dict[str, int] = {}
    """How many findings there are of each kind, also of those that are not told one by one."""
    remarks: list[Remark] = []

    @classmethod
    def refused(cls, error: Exception) -> Report:
        """Of a file that is not opened at all."""
        finding = Finding("", "refused", str(error), f"拒绝打开：{error}")
        return cls(verdict="invalid", findings=[finding])

    def tell(self, path: str, what: str, says: str, says_zh: str) -> None:
        """Notes something that is wrong, in English and in Chinese."""
        self.kinds[what] = self.kinds.get(what, 0) + 1
        finding = Finding(path, what, says, says_zh)
        if len(self.findings) < TOLD:
            self.findings.append(finding)
        elif self.kinds[what] == 1:
            # Whoever floods a bundle with findings of one kind hides none of another.
            kinds = [one.what for one in self.findings]
            common = max(kinds, key=kinds.count)
            last = max(number for number, kind in enumerate(kinds) if kind == common)
            self.findings[last] = finding

    def conclude(self, *, trusted: bool) -> None:
        """Draws the verdict, of all findings, told or not.

        Args:
            trusted: somebody whom the reader trusts vouches for the seal.
        """
        if any(kind != "gone" for kind in self.kinds):
            self.verdict = "invalid"
        elif self.kinds:
            self.verdict = "incomplete"
        else:
            self.verdict = "valid" if trusted else "seal-untrusted"
