"""`docs/rules.md`: its packs load, its cases hold, its commands exist."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from detectors.engine.engine import Engine
from detectors.events import Category
from detectors.lab.cases import case_events, run_cases
from detectors.lab.checking import check_rulebook
from detectors.pack.load import Rulebook, load_rulebook
from detectors.rule import Focus
from detectors.rules.claims.gates import CATEGORY_NAMES
from monitor.cli import app
from monitor.config import Config
from monitor.silences import SILENCES

TEXT = (Path(__file__).parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")
SITE = "/etc/livewatch/"


def blocks(kind: str) -> dict[str, str]:
    """The files that the text shows, by the name in their first line."""
    found = re.findall(rf"^```{kind}\n# (\S+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """Ours with the files of the text laid out as it says."""
    site = tmp_path_factory.mktemp("site")
    for name, text in blocks("yaml").items():
        path = site / name.removeprefix(SITE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_rulebook(own=[site / "packs"], suppressions=site / "suppressions.yaml")


def test_the_files_are_where_the_configuration_says():
    config = msgspec.convert(tomllib.loads(blocks("toml")["livewatch.toml"]), Config)
    for path in (*config.rules.packs, config.rules.suppressions):
        assert any(name.startswith(str(path)) for name in blocks("yaml"))


#: The rules that the text shows whole.
OWN = ("bulk-liquor-age", "pet-by-mail")


@pytest.mark.slow
@pytest.mark.parametrize("rule", OWN)
def test_the_own_rule_raises_what_its_cases_say(book, rule):
    # Beside some of ours: to compile the words of all takes five seconds.
    results = run_cases(book.only(rule, "absolute-term"), [rule])
    assert len(results) >= 4
    assert [result for result in results if not result.ok] == []


@pytest.mark.slow
@pytest.mark.parametrize("rule", OWN)
def test_an_alert_of_the_own_rule_is_in_english(book, rule):
    engine = Engine(book.only(rule), lateness_ms=10_000)
    cases = [case for case in book[rule].spec.cases if case["expect"]]
    for case in cases:
        state = engine.open("demo", "1")
        engine.step(state, sorted(case_events(case), key=lambda event: event.at), now=0)
        (alert,) = engine.finish(state, now=0)
        told = [
            alert.title_en,
            alert.reason_en,
            *alert.missing_en,
            *(one.says_en for one in alert.findings),
            *(part for one in alert.law for part in (one.law_en, one.penalty_en, one.when_en)),
            *(part for one in alert.exemptions for part in (one.clause_en, one.why_en)),
        ]
        quoted = re.compile("“[^”]*”")
        for one in told:
            assert one
            assert not re.search("[\u4e00-\u9fff]", quoted.sub("", one)), one
        own = book[rule].spec.english.values()
        assert any(one in alert.reason_en for one in own), alert.reason_en


@pytest.mark.slow
def test_nothing_is_wrong_with_what_the_text_shows(book):
    told = [
        problem
        for problem in check_rulebook(book.only(*OWN, "absolute-term"), date(2026, 11, 25))
        if problem.rule in OWN or "winery" in problem.what
    ]
    assert told == []


@pytest.mark.slow
def test_the_frame_that_a_site_adds_to_a_rule_of_ours_raises_what_its_cases_say(book):
    results = run_cases(book.only("edu-promise", "absolute-term"), ["edu-promise"])
    assert {"through：在这儿学的孩子直升二中", "直通", "不能"} <= {one.name for one in results}
    assert [one for one in results if not one.ok] == []
    problems = check_rulebook(book.only("edu-promise"), date(2026, 11, 25), ["edu-promise"])
    assert problems == []


@pytest.mark.slow
def test_the_change_of_ours_is_made(book):
    assert book["fake-scarcity"].spec.stage == "shadow"
    assert [entry.id for entry in book.suppressions] == ["winery-brand"]


def test_the_stages_are_those_that_there_are():
    from typing import get_args

    from detectors.rule import Stage

    table = TEXT.partition("| stage | |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(get_args(Stage))


@pytest.mark.slow
def test_the_commands_exist():
    import typer

    known = typer.main.get_command(app)
    assert isinstance(known, typer.core.TyperGroup)
    named = re.findall(r"^livewatch (\w+) (\w+)", TEXT, re.MULTILINE)
    assert len(named) >= 9
    for group, command in named:
        found = known.get_command(typer.Context(known), group)
        assert isinstance(found, typer.core.TyperGroup), group
        assert command in found.commands, (group, command)


@pytest.mark.slow(6)
def test_what_it_begins_a_rule_with_passes_the_checks(tmp_path: Path):
    from typer.testing import CliRunner

    (tmp_path / "law").mkdir()
    for name, text in blocks("yaml").items():
        if "/law/" in name:
            (tmp_path / "law" / Path(name).name).write_text(text, encoding="utf-8")
    commands = re.findall(r"^livewatch (rules new \S+ (?:.*\\\n)*.*-o .*)$", TEXT, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        words = command.replace("\\\n", " ").replace(f"{SITE}packs", str(tmp_path)).split()
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        assert "does not hold" not in done.output
    book = load_rulebook(own=[tmp_path])
    problems = check_rulebook(book, date(2026, 11, 25), OWN)
    assert {one.severity for one in problems} == {"warning"}
    assert all("待定" in one.what for one in problems)
    assert all(result.ok for result in run_cases(book.only(*OWN), list(OWN)))


def test_every_name_that_packs_use_is_listed():
    for category in get_args(Category):
        assert f"`{category}` {CATEGORY_NAMES[category]}" in TEXT
    for focus in get_args(Focus):
        assert f"| `{focus}` |" in TEXT
    listed = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", TEXT, re.MULTILINE))
    assert {code: listed.get(code) for code in SILENCES} == SILENCES
