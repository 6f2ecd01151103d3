"""Rules, alerts and boards: sound, complete, explained, and about series that exist."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.deploy.tools import ALERTS, DEPLOY, RECORDED, ROOT, program, promtool, rules_of
from tests.test_metrics_docs import documented

CASES = sorted((DEPLOY / "prometheus" / "tests").glob("*.yml"))
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ALERT_RULES = rules_of(ALERTS)
NAMES = [rule["alert"] for rule in ALERT_RULES]
SERIES = re.compile(r"\b(?:livewatch|process)_[a-z0-9_]+")
#: A metric by any of its series, and one that a recording rule made.
_PARTS = re.compile(r"_(bucket|sum|count)$")


def boards_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("boards", DEPLOY / "grafana" / "boards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["boards"] = module
    spec.loader.exec_module(module)
    return module


boards = boards_module()
ALL_PANELS = [(board, panel) for board in boards.BOARDS for panel in board.panels]


def used(expression: str) -> set[str]:
    """Metrics of a query, by the names of the page."""
    page = documented()
    bare = re.sub(r"\b[a-z]+:[a-z0-9_:]+", " ", expression)
    return {name if name in page else _PARTS.sub("", name) for name in SERIES.findall(bare)}


def test_promtool_takes_rules_alerts_and_configuration() -> None:
    promtool("check", "rules", RECORDED, ALERTS)
    promtool("check", "config", DEPLOY / "prometheus" / "prometheus.yml")


@pytest.mark.slow(10)
def test_each_alert_fires_and_is_silent_as_its_cases_say() -> None:
    promtool("test", "rules", *CASES)


def test_each_alert_has_a_case_of_either_side() -> None:
    cases = {
        case["name"] for path in CASES for case in yaml.safe_load(path.read_text("utf-8"))["tests"]
    }
    of_a_side = re.compile(r"(\w+ (?:fires|is silent))( .+)?")
    told = {match[1] if (match := of_a_side.fullmatch(case)) else case for case in cases}
    wanted = {f"{name} {what}" for name in NAMES for what in ("fires", "is silent")}
    # It fires always.
    assert told == wanted - {"LivewatchWatchdog is silent"}


@pytest.mark.parametrize("rule", ALERT_RULES, ids=NAMES)
def test_each_alert_says_what_where_and_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    name = str(rule["alert"])
    assert rule["labels"]["severity"] in ("critical", "warning", "none")
    told = rule["annotations"]
    assert set(told) == {"summary", "description", "runbook_url"}
    for text in (told["summary"], told["description"]):
        assert re.search(r"[\u4e00-\u9fff]", text), "Chinese first"
        assert re.search(r"[a-z]{4}", text), "English beside it"
    assert told["runbook_url"] == f"docs/runbook.md#{name.lower()}"
    section = RUNBOOK.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert f"*{rule['labels']['severity']}" in section
    assert (
        f"after {rule['for']}" in section
        if "for" in rule
        else ", after" not in section.splitlines()[1]
    )
    assert re.search(r"^1\. ", section, re.MULTILINE), "a first step"


def test_the_runbook_has_no_section_without_an_alert() -> None:
    assert set(re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)) == set(NAMES)


def test_links_within_the_runbook_lead_somewhere() -> None:
    anchors = {name.lower() for name in NAMES}
    assert set(re.findall(r"\(#([a-z]+)\)", RUNBOOK)) <= anchors


def test_recording_rules_are_named_by_level_metric_and_operations() -> None:
    for rule in rules_of(RECORDED):
        assert re.fullmatch(
            r"(job|rule|stage|channel):livewatch_[a-z_]+:[a-z0-9_]+", rule["record"]
        )


def test_rules_and_alerts_are_about_series_that_exist() -> None:
    page = set(documented())
    recorded = {rule["record"] for rule in rules_of(RECORDED)}
    for rule in (*rules_of(RECORDED), *ALERT_RULES):
        assert used(rule["expr"]) <= page, rule["expr"]
        assert set(re.findall(r"\b[a-z]+:livewatch_[a-z0-9_:]+", rule["expr"])) <= recorded


# Boards


def test_the_committed_boards_are_what_the_module_writes(tmp_path: Path) -> None:
    boards.write(tmp_path)
    committed = DEPLOY / "grafana" / "dashboards"
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert {path.name: path.read_text("utf-8") for path in committed.iterdir()} == made, (
        "python deploy/grafana/boards.py writes them"
    )


def test_each_panel_has_a_title_a_unit_a_sentence_and_its_place() -> None:
    for board in boards.BOARDS:
        rendered = boards.rendered(board)
        assert {one["name"] for one in rendered["templating"]["list"]} == {
            "datasource", "job", "instance",
        }  # fmt: skip
        taken: set[tuple[int, int]] = set()
        for panel in rendered["panels"]:
            assert panel["title"]
            assert panel["description"].endswith((".", "?"))
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
            place = panel["gridPos"]
            cells = {
                (column, row)
                for column in range(place["x"], place["x"] + place["w"])
                for row in range(place["y"], place["y"] + place["h"])
            }
            assert place["x"] + place["w"] <= 24
            assert not cells & taken, f"{board.name}: {panel['title']} lies over another"
            taken |= cells
        ids = [panel["id"] for panel in rendered["panels"]]
        assert len(ids) == len(set(ids))


def test_every_query_can_be_read_and_rates_follow_the_resolution(tmp_path: Path) -> None:
    expressions = [query.expression for _, panel in ALL_PANELS for query in panel.queries]
    for expression in expressions:
        assert 'job=~"$job"' in expression, expression
        assert "irate(" not in expression
        # A fixed window would show nothing, or a blur, at another resolution. Totals of a time
        # that the title names are meant so.
        assert not re.search(r"\brate\([^\[]*\[(?!\$__rate_interval)", expression), expression
    group = {
        "groups": [
            {
                "name": "boards",
                "rules": [
                    {
                        "record": f"board:query:{number}",
                        "expr": expression.replace("$__rate_interval", "5m"),
                    }
                    for number, expression in enumerate(expressions)
                ],
            }
        ]
    }
    path = tmp_path / "boards.yml"
    path.write_text(json.dumps(group), encoding="utf-8")
    promtool("check", "rules", path)


def test_every_metric_is_on_a_board_in_an_alert_or_left_out_for_a_reason() -> None:
    page = set(documented())
    recorded = {rule["record"]: rule["expr"] for rule in rules_of(RECORDED)}
    shown: set[str] = set()
    queries = [query.expression for _, panel in ALL_PANELS for query in panel.queries]
    for expression in [*queries, *(rule["expr"] for rule in ALERT_RULES), *recorded.values()]:
        shown |= used(expression)
        for name in re.findall(r"\b[a-z]+:livewatch_[a-z0-9_:]+", expression):
            assert name in recorded, name
    assert shown <= page
    assert page - shown == set(boards.UNUSED)


def test_amtool_takes_the_example_of_alertmanager() -> None:
    tool = program("amtool", package="prometheus-alertmanager")
    path = DEPLOY / "alertmanager" / "alertmanager.yml"
    done = subprocess.run(
        [tool, "check-config", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        # Of the product: to the desk, whatever its rule.
        (["alertname=medical-claim", "level=lead", "platform=demo"], "desk"),
        (["alertname=LivewatchDown", "severity=critical"], "on-call"),
        (["alertname=LivewatchRuleFailing", "severity=warning"], "on-call"),
        (["alertname=LivewatchWatchdog", "severity=none"], "dead-mans-switch"),
    ],
)
def test_the_example_sends_each_kind_where_it_belongs(labels: list[str], receiver: str) -> None:
    tool = program("amtool", package="prometheus-alertmanager")
    path = DEPLOY / "alertmanager" / "alertmanager.yml"
    done = subprocess.run(
        [tool, "config", "routes", "test", f"--config.file={path}", *labels],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == receiver, done.stderr
