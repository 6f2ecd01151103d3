"""`livewatch simulate` and its score, as a shell sees them; and the page that describes them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from detectors.events import decode_lines
from monitor.cli import app
from monitor.simulation.ordinary import ORDINARY
from monitor.simulation.plan import KINDS, STRENGTHS, plan_of
from monitor.simulation.prices import LAWFUL
from monitor.simulation.world import GAPS, SISTERS, TRANSPORT
from tests.patience import PATIENCE_S

DOCS = Path(__file__).parents[3] / "docs" / "simulation.md"
SMALL = ["--rooms", "1", "--histories", "1", "--minutes", "20", "--viewers", "60"]


def livewatch(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def simulate(out: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return livewatch("simulate", "--out", out, *SMALL, *arguments)


@pytest.mark.slow(7)
def test_written_scanned_and_scored(tmp_path: Path) -> None:
    out, alerts, found = tmp_path / "drill", tmp_path / "alerts.jsonl", tmp_path / "found.json"
    done = simulate(out, "--campaign", "price-step:blatant", "--campaign", "short-lines:careful")
    assert done.returncode == 0, done.stderr
    truth = json.loads((out / "truth.json").read_bytes())
    lines = (out / "events.jsonl").read_bytes()
    assert len(decode_lines(lines)) == truth["events"] == lines.count(b"\n")
    seen = [event.seen for event in decode_lines(lines)]
    assert seen == sorted(seen)  # type: ignore[type-var]  # every simulated event says when

    scanned = livewatch("scan", "--versions", "--quiet", out / "events.jsonl")
    assert scanned.returncode == 0, scanned.stderr
    alerts.write_text(scanned.stdout)
    scored = livewatch("simulate", "score", out / "truth.json", alerts, "--found", found)
    assert scored.returncode == 0, scored.stderr
    assert re.search(r"^price-step +1/1", scored.stdout, re.MULTILINE), scored.stdout
    assert re.search(
        r"^ordinary rooms alarmed by rules of crowds +\d/\d", scored.stdout, re.MULTILINE
    )
    assert json.loads(found.read_bytes())["generations"][0][0] == "c0000"

    harder = (
        "--campaign",
        "price-step:blatant",
        "--campaign",
        "short-lines:careful",
        "--harder",
        "1",
    )
    refused = simulate(tmp_path / "h", *harder)
    assert refused.returncode == 2
    assert "--found" in refused.stderr
    assert simulate(tmp_path / "h", *harder, "--found", found).returncode == 0
    plans = [
        each["plan"]
        for each in json.loads((tmp_path / "h" / "truth.json").read_bytes())["campaigns"]
    ]
    assert plans[0]["factor"] < 3
    assert plans[0]["generation"] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--campaign", "nonsense"], "no campaign 'nonsense'"),
        (["--campaign", "drip-praise:loud"], "no strength 'loud'"),
        (["--ordinary", "nonsense"], "no ordinary kind 'nonsense'"),
        (["--start", "2026-09-01T20:00:00"], "names no time zone"),
        (["--start", "tonight"], "tonight"),
        (["--harder", "1", "--found", "/nowhere/found.json"], "/nowhere/found.json"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["simulate", "--out", str(tmp_path), *SMALL, *arguments])

    assert done.exit_code == 2
    assert says in done.stderr


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (["none.json", "no.json"], "none.json"),
        (["no.json", "no.json"], "no truth file"),
        (["no.json"], "name a truth file and a file of alerts"),
        (["no.json", "no.json", "no.json", "no.json", "--found", "f.json"], "one simulation"),
    ],
)
def test_a_truth_or_alerts_that_are_none_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no.json").write_text("{}")
    done = CliRunner().invoke(app, ["simulate", "score", *files])

    assert done.exit_code == 2
    assert says in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_gives_the_accounts_of_each_kind(kind: str) -> None:
    rows = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `") and f"`{kind}`" in line]  # fmt: skip
    counts = [plan_of(kind, strength).accounts for strength in STRENGTHS]

    cell = ", ".join(map(str, counts)) if any(counts) else "–"
    assert [row.split("|")[2].strip() for row in rows] == [cell]


def test_the_page_names_every_kind_and_every_option() -> None:
    page = re.sub(r"```.*?```", "", DOCS.read_text("utf-8"), flags=re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", page))
    assert {*KINDS, *ORDINARY, *LAWFUL, *TRANSPORT, GAPS, SISTERS} <= named

    commands = typer.main.get_command(app)
    assert isinstance(commands, typer.core.TyperGroup)
    group = commands.get_command(typer.Context(commands), "simulate")
    assert isinstance(group, typer.core.TyperGroup)
    options = {name for command in (group, group.commands["score"]) for option in command.params for name in option.opts if name.startswith("--")}  # fmt: skip
    assert options <= set(re.findall(r"--[a-z]+(?:-[a-z]+)*", DOCS.read_text("utf-8")))
