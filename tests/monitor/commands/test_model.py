"""`livewatch model`: an office's decisions teach, and a worse model is not let in."""

from __future__ import annotations

import json
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from detectors.lab.evaluation import read_texts
from detectors.match.fold import fold
from detectors.match.likeness import MODEL, LikenessModel, load_likeness
from detectors.match.model_file import ModelFile, packed
from monitor.cli import app
from monitor.commands.exits import Exit
from monitor.commands.model import _few_of_a_side
from monitor.decisions import decisions_in
from monitor.runtime import DATABASE
from monitor.site_model import ACTIVE, PREVIOUS, SHADOW, TRAINED, Installed, read_model, with_models
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.detectors.pack.test_own_packs import OWN_LAW, OWN_RULE, write
from tests.monitor.build import alert
from tests.monitor.commands.decisions_month import decide, month

RULES = ("medical-claim", "cosmetic-medical", "health-food-claim")
LABELLED = Path(__file__).parents[2] / "data" / "labelled"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a month of decisions."""
    data = tmp_path_factory.mktemp("office")
    with closing(Store.open(data / DATABASE)) as store:
        decide(store, month(1))
    return data


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        app(["model", *map(str, arguments)])
    return int(ended.value.code or 0)


@pytest.fixture
def few_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few texts of ours are learned from beside the decisions: that takes a second, not twenty."""
    every = ModelFile.labelled
    monkeypatch.setattr(ModelFile, "labelled", lambda file: every(file)[::50])


@pytest.fixture(scope="module")
def trained(office: Path) -> Path:
    assert run("train", "--data", office) == Exit.DONE
    return office / "model" / TRAINED


@pytest.mark.slow
def test_decisions_are_labels_of_what_sellers_said(office: Path) -> None:
    with closing(Store.open(office / DATABASE)) as store:
        decisions = decisions_in(store, RULES)
    said = {one.text: one for one in month(1)}
    # Ten in a hundred say nothing about the words; of what was said twice the latest counts.
    assert 150 < len(decisions) < 230
    assert [one.at for one in decisions] == sorted(one.at for one in decisions)
    for one in decisions:
        assert one.rule == "medical-claim"
        assert one.confirmed == (said[one.text].reason in ("confirmed", "minor"))


def test_no_word_of_a_viewer_is_learned(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path / DATABASE)) as store:
        # `alert` stands on a line of chat.
        raised = alert("A", rule="medical-claim")
        store.commit(Outcome(alerts=[raised]), now=1)
        store.transition(raised.id, "closed", "王某", 2, "confirmed")
        assert decisions_in(store, RULES) == []


@pytest.mark.slow(7)
def test_a_model_of_the_office_is_better_on_later_decisions(
    office: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("evaluate", "--data", office, "--json") == Exit.DONE
    comparison = json.loads(capsys.readouterr().out)
    before, after = comparison["in_use"][""], comparison["candidate"][""]
    assert after["violations"] + after["lawful"] == before["violations"] + before["lawful"] > 30
    right = after["found"] + after["lawful"] - after["alarms"]
    assert right > before["found"] + before["lawful"] - before["alarms"]
    assert after["found"] >= 0.8 * after["violations"]
    assert after["alarms"] <= 0.1 * after["lawful"]
    # Another month of the same hosts, none of whose lines was seen.
    model = read_model(trained)
    seen = {one.text for one in model.file.labelled()}
    later = [one for one in month(2) if one.text not in seen and one.reason == "confirmed"]
    found = [
        one for one in later if (model.share("medical-claim", fold(one.text).text) or 0) >= 0.5
    ]
    assert len(later) > 30
    assert len(found) >= 0.8 * len(later)


@pytest.mark.slow
def test_what_is_ordinary_stays_so(trained: Path) -> None:
    site, ours = read_model(trained), load_likeness()
    lines = [
        fold(row.text).text for row in read_texts((LABELLED / "ordinary.fourth.jsonl").read_bytes())
    ]
    before, after = (sum(bool(model.read(line, 0.5)) for line in lines) for model in (ours, site))
    assert after <= before + 3


@pytest.mark.slow
def test_what_ours_teach_is_not_forgotten(trained: Path) -> None:
    site, ours = read_model(trained), load_likeness()
    # Of few lines one is a tenth.
    aside = ("heldout", "second", "fourth", "fifth", "sixth", "seventh", "eighth")
    files = (LABELLED / f"medical-claim.{half}.jsonl" for half in aside)
    rows = [row for file in files for row in read_texts(file.read_bytes())]
    lines = [fold(row.text).text for row in rows if row.label]
    before, after = (
        sum("medical-claim" in model.read(line, 0.5) for line in lines) for model in (ours, site)
    )
    assert after >= 0.9 * before > 50
    told, made = (
        "隔壁那家写全国第一让人举报了罚了一万多我可不敢这么写",
        "来看我这个就是全国第一的好谁家都比不了赶紧拍",
    )
    assert (
        (site.asserted("absolute-term", told) or 1)
        < 0.5
        < (site.asserted("absolute-term", made) or 0)
    )
    assert site.made_in_talk("", "全国第一", "我可不敢这么写") == ours.made_in_talk(
        "", "全国第一", "我可不敢这么写"
    )


def turned(model: LikenessModel) -> bytes:
    """A model as a file in which what speaks for a cure speaks against it."""
    head, number = model.file.head, model.file.head.rules.index("medical-claim")
    rows, width = bytearray(model.file.rows), 2 * len(head.rules)
    for at in range(2 * number, len(rows), width):
        weight = int.from_bytes(rows[at : at + 2], "little") - 128
        rows[at : at + 2] = min(255, 128 - weight).to_bytes(2, "little")
    sections = {
        name: bytes(model.file._section(name))
        for name in head.sections.keys() - {"texts", "places", "lawful"}
    }
    labelled = model.file.labelled()
    return packed(
        msgspec.structs.replace(head, sections={}), {**sections, "rows": bytes(rows)},
        [one for one in labelled if one.rules], [one for one in labelled if not one.rules],
    )  # fmt: skip


@pytest.mark.slow
def test_a_worse_model_is_refused_unless_told(
    office: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worse = tmp_path / TRAINED
    worse.write_bytes(turned(read_model(trained)))
    assert run("evaluate", "--data", office, "--file", worse) == Exit.CHECK_FAILED
    shown = capsys.readouterr().out
    assert "all rules" in shown
    assert "medical-claim" in shown
    assert "–" in shown
    assert run("install", "--data", office, "--file", worse) == Exit.CHECK_FAILED
    assert "as the office did" in capsys.readouterr().err
    assert not (office / "model" / SHADOW).exists()
    assert run("install", "--data", office, "--file", worse, "--anyway") == Exit.DONE
    (office / "model" / SHADOW).unlink()


@pytest.mark.slow
def test_a_model_runs_in_the_shadow_first(
    office: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = office / "model"
    assert run("install", "--data", office, "--active") == Exit.USAGE
    assert "no model runs in the shadow" in capsys.readouterr().err
    assert run("install", "--data", office) == Exit.DONE
    assert run("install", "--data", office) == Exit.DONE
    assert "is in the shadow already" in capsys.readouterr().out
    version = read_model(trained).version
    book = with_models(rulebook(), folder)
    assert book.site_model is None
    assert book.shadow_model is not None
    assert book.shadow_model.version == version
    assert run("install", "--data", office, "--active") == Exit.DONE
    assert not (folder / SHADOW).exists()
    book = with_models(rulebook(), folder)
    assert book.shadow_model is None
    assert book.likeness is not None
    assert book.likeness.version == version
    (folder / ACTIVE).unlink()


def test_a_damaged_model_is_told_and_the_one_that_ships_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ACTIVE).write_bytes(b"LWMODEL1" + bytes(40))
    book = with_models(rulebook(), tmp_path)
    assert book is rulebook()
    told = capsys.readouterr()
    assert told.out == ""
    assert ACTIVE in told.err
    assert "the model that ships is used" in told.err


@pytest.mark.slow(2)
@pytest.mark.parametrize(
    ("model", "told"),
    [(MODEL.read_bytes(), ""), (b"LWMODEL1" + bytes(40), ACTIVE)],
    ids=["whole", "damaged"],
)
def test_what_a_command_answers_is_not_mixed_with_what_is_told_of_the_model(
    tmp_path: Path, model: bytes, told: str
) -> None:
    (tmp_path / ACTIVE).write_bytes(model)
    config = tmp_path / "livewatch.toml"
    config.write_text(f'[rules]\nmodel = "{tmp_path}"\n')
    # A process of its own: the one of the tests has set up its log.
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "rules", "list", "--json", "--config", config],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)
    assert told in done.stderr
    assert bool(told) == bool(done.stderr)


@pytest.mark.slow
def test_a_model_takes_the_place_of_a_damaged_one(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(office, tmp_path, dirs_exist_ok=True)
    active = tmp_path / "model" / ACTIVE
    active.parent.mkdir(exist_ok=True)
    active.write_bytes(MODEL.read_bytes()[:-100])
    assert run("evaluate", "--data", tmp_path, "--file", MODEL) == Exit.DONE
    told = capsys.readouterr().err
    assert str(active) in told
    assert "the model that ships is used" in told
    assert run("install", "--data", tmp_path, "--file", MODEL, "--active") == Exit.DONE
    assert read_model(active).version == load_likeness().version


@pytest.mark.slow
def test_models_are_compared_on_what_neither_has_seen(
    office: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "livewatch.toml"
    config.write_text(f'[rules]\nmodel = "{tmp_path}"\n')
    shutil.copy(trained, tmp_path / ACTIVE)

    def asked(*arguments: str | Path) -> int:
        run("evaluate", "--data", office, "--json", *arguments)
        every = json.loads(capsys.readouterr().out)["candidate"][""]
        return int(every["violations"] + every["lawful"])

    assert asked("--file", MODEL, "--config", config) == asked() < asked("--file", MODEL)


@pytest.mark.slow
def test_going_back_is_one_command_and_so_is_going_forth_again(
    office: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "livewatch.toml"
    config.write_text(f'[rules]\nmodel = "{tmp_path}"\n')
    there = ("--data", office, "--config", config)
    ours, site = load_likeness().version, read_model(trained).version

    def in_use() -> str:
        capsys.readouterr()
        assert run("status", *there, "--json") == Exit.DONE
        return str(json.loads(capsys.readouterr().out)["in_use"]["version"])

    assert in_use() == ours
    assert run("back", *there) == Exit.USAGE
    assert "no other was" in capsys.readouterr().err
    installed = Installed(tmp_path)
    assert run("install", *there, "--file", trained, "--active") == Exit.DONE
    assert installed.has_changed()
    assert in_use() == site
    # One that is in use is not installed again.
    again = tmp_path / "again.bin"
    shutil.copy(trained, again)
    for arguments in ([], ["--active"]):
        capsys.readouterr()
        assert run("install", *there, "--file", again, *arguments) == Exit.DONE
        assert "is in use already" in capsys.readouterr().out
    assert not (tmp_path / SHADOW).exists()
    assert not (tmp_path / PREVIOUS).exists()
    # A second model, whatever it is.
    worse = tmp_path / "worse.bin"
    worse.write_bytes(turned(read_model(trained)))
    assert run("install", *there, "--file", worse, "--active", "--anyway") == Exit.DONE
    other = in_use()
    assert other not in (ours, site)
    for version in (site, other, site):
        assert run("back", *there) == Exit.DONE
        assert in_use() == version
    (tmp_path / PREVIOUS).unlink()
    assert run("back", *there) == Exit.DONE
    assert in_use() == ours
    assert not installed.has_changed()
    assert run("status", *there) == Exit.DONE
    told = capsys.readouterr().out
    assert f"the model that ships: version {ours[:12]}" in told
    assert f"{PREVIOUS}: version {site[:12]}, from " in told


@pytest.mark.slow
def test_a_model_that_finds_no_room_is_told_with_its_path_and_changes_nothing(
    office: Path, tmp_path: Path
) -> None:
    config = tmp_path / "livewatch.toml"
    config.write_text(f'[rules]\nmodel = "{tmp_path}"\n')
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "model", "install", "--data", office, "--file", MODEL,
         "--config", config],
        capture_output=True, text=True,
        # As on a full disk, but for the words.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20)),
    )  # fmt: skip
    assert done.returncode == Exit.USAGE
    assert done.stderr == f"livewatch model install: {tmp_path / SHADOW}: File too large\n"
    assert list(tmp_path.iterdir()) == [config]


@pytest.mark.slow
@pytest.mark.usefixtures("few_texts")
def test_an_interrupted_training_says_that_nothing_in_use_has_changed(
    office: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @contextmanager
    def interrupted(*_: object, **__: object) -> Iterator[Callable[[int], None]]:
        # Ctrl-C after the first pass.
        yield lambda _: signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("monitor.commands.model.progress", interrupted)
    # What a shell starts in the background ignores Ctrl-C, the tests, too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run("train", "--data", office, "--file", tmp_path / TRAINED) == Exit.INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, before)
    assert "train: interrupted; the models in use" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.usefixtures("few_texts")
def test_the_same_decisions_make_the_same_model(office: Path, tmp_path: Path) -> None:
    made = [tmp_path / "once.bin", tmp_path / "again.bin"]
    for path in made:
        assert run("train", "--data", office, "--file", path) == Exit.DONE
    assert made[0].read_bytes() == made[1].read_bytes()


@pytest.mark.slow
@pytest.mark.usefixtures("few_texts")
def test_a_model_that_learned_from_all_decisions_is_told_to_be_compared_with_none(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ("--data", office, "--file", tmp_path / TRAINED)
    assert run("train", *model, "--until", "2030-01-01") == Exit.DONE
    told = capsys.readouterr().out
    assert "no decision is set aside" in told
    assert "model evaluate" not in told
    assert run("evaluate", *model) == Exit.CHECK_FAILED


@pytest.mark.slow
def test_too_few_decisions_teach_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Store.open(tmp_path / DATABASE)) as store:
        decide(store, month(1, many=8))
    assert run("train", "--data", tmp_path) == Exit.CHECK_FAILED
    assert "at least 20" in capsys.readouterr().err
    assert run("evaluate", "--data", tmp_path) == Exit.USAGE
    assert "model train makes it" in capsys.readouterr().err


@pytest.mark.slow
def test_decisions_about_rules_of_a_site_teach_nothing_and_that_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packs, config = tmp_path / "packs", tmp_path / "livewatch.toml"
    write(packs / "own.yaml", {"rules": [OWN_RULE]})
    write(packs / "law" / "酒类办法.yaml", OWN_LAW)
    config.write_text(f'[rules]\npacks = ["{packs}"]\n', encoding="utf-8")
    with closing(Store.open(tmp_path / DATABASE)) as store:
        decide(store, month(1, many=30), rule="local-liquor")
        decide(store, month(2, many=8))
    assert run("train", "--data", tmp_path, "--config", config) == Exit.CHECK_FAILED
    told = capsys.readouterr().err
    assert re.search(r"model train: \d decisions to learn from", told)
    assert re.search(r"; \d\d about local-liquor teach nothing", told)


@pytest.mark.parametrize(
    ("confirmed", "dismissed", "said"),
    [(69, 13, ""), (87, 0, "0 of 87 decisions are false alarms"), (3, 40, "3 of 43 decisions are")],
)
def test_decisions_that_nearly_all_say_the_same_are_told(
    confirmed: int, dismissed: int, said: str
) -> None:
    told = _few_of_a_side(confirmed, dismissed)
    assert said in told
    assert bool(told) == bool(said)


@pytest.mark.slow
def test_what_is_wrong_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Store.open(tmp_path / DATABASE)) as store:
        decide(store, month(1, many=4))
    assert run("train", "--data", tmp_path, "--until", "soon") == Exit.USAGE
    assert "2026-11-30" in capsys.readouterr().err
    (tmp_path / "other.bin").write_bytes(b"no model")
    assert run("evaluate", "--data", tmp_path, "--file", tmp_path / "other.bin") == Exit.USAGE
    assert "no model of livewatch" in capsys.readouterr().err
    (tmp_path / "newer.bin").write_bytes(b"LWMODEL2" + MODEL.read_bytes()[8:])
    assert run("evaluate", "--data", tmp_path, "--file", tmp_path / "newer.bin") == Exit.USAGE
    assert "of another version of livewatch: its format is LWMODEL2" in capsys.readouterr().err
