"""The report and the draft of the record are PDF/A-3b: veraPDF (MPL-2.0, from Maven Central) says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.evidence import report
from tests.monitor.evidence.matter import Matter, contents
from tests.patience import PATIENCE_S

HERE = Path(__file__).parent / "verapdf"


@pytest.mark.slow
def test_verapdf_finds_nothing_in_the_pages(tmp_path: Path) -> None:
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if not report.has_pdf():
        lacking.append("weasyprint")
    if lacking:
        message = f"{', '.join(lacking)} not found"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    matter = Matter(tmp_path / "m")
    made = contents(Path(matter.export(tmp_path / "out").path))
    matter.close()
    for name in ("report.pdf", "record.pdf"):
        (tmp_path / name).write_bytes(made[f"data/report/{name}"])
    classes = tmp_path / "classes.txt"
    subprocess.run(
        ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:build-classpath",
         f"-Dmdep.outputFile={classes}"],
        check=True, timeout=PATIENCE_S,
    )  # fmt: skip
    done = subprocess.run(
        ["java", "-cp", classes.read_text(), str(HERE / "Validate.java"), "report.pdf", "record.pdf"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.stdout.splitlines()[0].startswith("report.pdf compliant=true assertions="), done
    assert done.stdout.splitlines()[1].startswith("record.pdf compliant=true assertions="), done
