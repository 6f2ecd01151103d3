"""The report and the draft of the record are PDF/A-3b: veraPDF (MPL-2.0, from Maven Central) says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.evidence import pdf, report
from tests.monitor.build import line
from tests.monitor.evidence.matter import MINUTE, Matter, contents
from tests.patience import PATIENCE_S

HERE = Path(__file__).parent / "verapdf"
#: A process of seconds gains nothing from a second compiler and several collectors.
SHORT = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]


@pytest.mark.slow(12)
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
        check=True, timeout=PATIENCE_S, env=os.environ | {"MAVEN_OPTS": " ".join(SHORT)},
    )  # fmt: skip
    done = subprocess.run(
        ["java", *SHORT, "-cp", classes.read_text(), str(HERE / "Validate.java"), "report.pdf", "record.pdf"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.stdout.splitlines()[0].startswith("report.pdf compliant=true assertions="), done
    assert done.stdout.splitlines()[1].startswith("record.pdf compliant=true assertions="), done


@pytest.mark.slow
@pytest.mark.parametrize(("status", "made"), [(pdf.LACKING, True), (9, False)])
def test_what_draws_may_be_missing_and_may_not_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, made: bool
) -> None:
    """Without Pango a bundle has no PDF and says so; where the process that draws breaks there is none."""
    other = tmp_path / "python"
    other.write_text(f"#!/bin/sh\necho out of memory >&2\nexit {status}\n")
    other.chmod(0o755)
    monkeypatch.setattr(pdf.sys, "executable", str(other))
    monkeypatch.setattr(report, "has_pdf", lambda: True)
    matter = Matter(tmp_path / "m", chats=6)
    out = tmp_path / "out"
    if made:
        exported = matter.export(out)
        assert any(note.startswith("no PDF") for note in exported.notes)
        assert not any(path.endswith(".pdf") for path in contents(Path(exported.path)))
    else:
        with pytest.raises(pdf.NotDrawn, match="out of memory"):
            matter.export(out)
        assert list(out.iterdir()) == []
    matter.close()


@pytest.mark.slow
def test_a_report_does_not_grow_with_what_it_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many gaps, heads and steps some rows are shown; the rest stands where the report says."""
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    matter = Matter(tmp_path / "m", chats=6)
    gap = {"reason": "断线"}
    for n in range(90):
        at = matter.alert.first_at + n * 1_000
        matter._write([line("gap", f"g-{n}", n, **{"from": at, "until": at + 500}, **gap)])
        matter.keeper.cover(matter.now - 20 * MINUTE + n * 1_000)
        to, why = (("closed", "confirmed"), ("new", None))[n % 2]
        matter.store.transition(matter.alert.id, to, "何敏", matter.now, reason=why)
    files = contents(Path(matter.export(tmp_path / "out").path))
    matter.close()
    heads = [path for path in files if path.startswith("data/proofs/head-")]
    assert len(heads) > 60
    page, record = (files[f"data/report/{name}.html"].decode() for name in ("report", "record"))
    assert page.count("<tr>") + page.count('<tr class="hit">') < 300
    for text, says in (
        (page, "段，见 data/gaps.json"), (page, "较早的"), (page, "个文件（多为 data/proofs"),
        (record, "个文件，逐个的校验值见上表所列 data/files.json"),
    ):  # fmt: skip
        assert says in text
    for text in (page, record):
        assert "<code>data/files.json</code>" in text
        assert "<code>data/events/records.ndjson</code>" in text
