"""What was found to break the contract."""

from __future__ import annotations

__all__ = ["ContractBroken", "Report"]

#: Findings that are shown; the rest is counted.
SHOWN = 20


class ContractBroken(AssertionError):
    """A connector that does not keep the contract; the message says all of how."""

    def __init__(self, subject: str, findings: list[str]) -> None:
        shown = findings[:SHOWN]
        more = [f"and {len(findings) - SHOWN} more"] if len(findings) > SHOWN else []
        super().__init__("\n- ".join([f"{subject} breaks the contract:", *shown, *more]))
        self.findings = findings


class Report:
    """Collects findings, each kind once."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._findings: dict[str, str] = {}

    def broken(self, rule: str, detail: str = "") -> None:
        """A rule is broken; of the same rule only the first case is kept."""
        self._findings.setdefault(rule, f"{rule}: {detail}" if detail else rule)

    def close(self) -> None:
        """Raises ContractBroken if anything was found."""
        if self._findings:
            raise ContractBroken(self._subject, list(self._findings.values()))
