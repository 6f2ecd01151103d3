"""Sources and decoders are found through entry points, and a broken one harms nobody else."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from connectors.errors import Fatal
from connectors.plugins import DECODERS, SOURCES, decoder_factory, installed, source_factory
from tests.connectors.packages import install

GROUPS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["entry-points"]
OURS = [(group, name, GROUPS[group][name]) for group in GROUPS for name in GROUPS[group]]


@pytest.mark.parametrize(("group", "name", "target"), OURS)
def test_what_we_register_is_there(group: str, name: str, target: str) -> None:
    assert callable(EntryPoint(name, target, group).load())


def test_our_groups_are_those_that_are_looked_up() -> None:
    assert set(GROUPS) == {SOURCES, DECODERS}


def test_a_strangers_decoder_is_found_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        tmp_path,
        monkeypatch,
        name="their-decoder",
        modules={"their_decoder": "class Theirs:\n    def __init__(self, recording): ...\n"},
        entry_points="[livewatch.decoders]\ntheirs = their_decoder:Theirs\n",
    )
    plugin = installed(DECODERS)["theirs"]
    assert (plugin.distribution, plugin.target) == ("their-decoder 1.0", "their_decoder:Theirs")
    assert getattr(decoder_factory("theirs"), "__name__", "") == "Theirs"


def test_a_plugin_that_does_not_load_is_named_and_the_others_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        tmp_path,
        monkeypatch,
        name="broken",
        modules={"broken_source": "import no_such_library\n"},
        entry_points=(
            "[livewatch.sources]\nbroken = broken_source:Broken\nlost = nowhere_at_all:Lost\n"
            "[livewatch.decoders]\nnumber = math:pi\n"
        ),
    )
    assert {"broken", "lost"} <= set(installed(SOURCES))  # listing imports nothing
    with pytest.raises(Fatal, match=r"broken of broken 1\.0 .*no_such_library"):
        source_factory("broken")
    with pytest.raises(Fatal, match=r"lost.*nowhere_at_all"):
        source_factory("lost")
    with pytest.raises(Fatal, match="cannot be called"):
        decoder_factory("number")


def test_ours_goes_before_a_stranger_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("livewatch", "aaa"):
        install(
            tmp_path / name,
            monkeypatch,
            name=name,
            modules={},
            entry_points=f"[livewatch.decoders]\nsame = {name}_module:Decoder\n",
        )
    assert installed(DECODERS)["same"].distribution == "livewatch 1.0"


def test_what_is_not_installed_is_said_with_what_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        tmp_path,
        monkeypatch,
        name="their-source",
        modules={},
        entry_points="[livewatch.sources]\ntheirs = their_source:Theirs\n",
    )
    with pytest.raises(Fatal, match=r"no source 'dreams' is installed; there are: .*theirs"):
        source_factory("dreams")
