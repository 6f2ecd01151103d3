"""`livewatch doctor`: looks at everything that livewatch depends on, and says how to mend it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.config import Config, load_config
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.commands.examination import Finding

__all__ = ["run"]


def run(config: Path | None, data: Path | None, *, kafka: bool, as_json: bool) -> Exit:
    """Looks, and prints a line for each thing."""
    from monitor.commands import certificates, examination, state, surroundings

    findings: list[Finding] = [*surroundings.machine()]
    settings: Config | None = None
    try:
        settings = load_config(config, os.environ)
    except ConfigError as error:
        findings.append(
            examination.fail(
                "configuration", str(error), "mend that key; nothing else can be looked at before"
            )
        )
    if settings is not None:
        findings += examination.configured(settings)
        findings += surroundings.address(settings)
        findings.append(surroundings.sign_in(data, settings))
        if data is not None:
            findings += state.folder(data, settings)
        findings += certificates.certificates(settings, data)
        findings += examination.collected(settings)
        findings += examination.archive(settings, data)
        findings += examination.servers(settings, kafka=kafka)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            print(f"{finding.verdict:<4}  {finding.what}: {finding.says}")
            if finding.mend and finding.verdict != "ok":
                print(f"      → {finding.mend}")
        failed = sum(finding.verdict == "fail" for finding in findings)
        warned = sum(finding.verdict == "warn" for finding in findings)
        print(f"{failed} wrong, {warned} to think about, of {len(findings)}", file=sys.stderr)
    wrong = any(finding.verdict == "fail" for finding in findings)
    return Exit.CHECK_FAILED if wrong else Exit.DONE
