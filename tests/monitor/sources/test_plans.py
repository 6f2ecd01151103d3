"""What can be wrong in `[[sources]]` is named with its key, before anything connects."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from connectors.errors import Fatal
from connectors.plugins import DECODERS, SOURCES, installed
from connectors.privacy import Pseudonyms
from monitor.config import Config, load_config
from monitor.errors import ConfigError
from monitor.pseudonyms import pseudonyms_of
from monitor.sources.plans import plans_of
from monitor.sources.settings import SourceSettings
from tests.monitor.sources.plugin import install_lines, toml_of

PSEUDONYMS = Pseudonyms(b"0123456789abcdef", "k1")
HEAD = '[[sources]]\nname = "a"\ntype = "file"\nplatform = "demo"\n'


def configured(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "livewatch.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, {})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        # keys of the source
        ('[[sources]]\nname = "a"\nplatform = "demo"\n', "missing required field `type`"),
        (HEAD.replace('"a"', '"A b"'), r"sources\[0\]\.name"),
        (HEAD.replace('"a"', '"http"'), "'http' is the name of what comes over HTTP"),
        (HEAD + "rom = []\n", "rom"),
        (HEAD + "rooms = [77001]\n", r"sources\[0\]\.rooms\[0\]"),
        (HEAD + "connects_per_s = 0.0\n", "connects_per_s"),
        (HEAD + "queue_bytes = 10\n", "queue_bytes"),
        # kinds
        (HEAD.replace('"file"', '"dreams"'), r"sources\.a\.type: 'dreams' is not installed.*file"),
        (HEAD + 'decoder = "dreams"\n', r"sources\.a\.decoder: 'dreams' .*jsonl"),
        (HEAD + "[sources.options]\npath = 'x'\n" + HEAD, "two named 'a'"),
        # options of the kind
        (HEAD, r"sources\.a\.options: .*missing required field `path`"),
        (HEAD + "[sources.options]\npath = 1\n", r"sources\.a\.options: .*`path`"),
        (HEAD + "[sources.options]\npath = 'x'\npaths = 'y'\n", r"sources\.a\.options: .*paths"),
        # secrets are not in the file
        (HEAD + "[sources.options]\napi_key = 'x'\n", r"options\.api_key: .*api_key_file"),
        (
            HEAD + "[sources.options.headers]\nAuthorization = 'x'\n",
            r"options\.headers\.Authorization: secrets must not be in the file",
        ),
        (HEAD + "[sources.options.login]\npassword = 'x'\n", r"options\.login\.password"),
        # lists of rooms
        (HEAD + "rooms_file = 'no.txt'\n[sources.options]\npath = 'x'\n", r"rooms_file: .*no\.txt"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=named):
        plans_of(configured(tmp_path, text).sources, PSEUDONYMS)


@pytest.mark.parametrize(
    ("kind", "decoder", "reads"),
    [
        ("file", "xlsx", "whole files"),
        ("file", "csv", "whole files"),
        ("file", "har", "whole files"),
        ("file", "bilibili", "binary frames"),
        ("file", "douyin", "binary frames"),
        ("file", "kuaishou", "binary frames"),
        ("file", "product-page", "pages of shops"),
        ("file", "jsonl", None),
        ("file", "douyinlive", None),
        ("file", "frames", None),
        ("file", "screen", None),
    ],
)
def test_a_decoder_of_other_frames_than_the_source_brings_is_refused(
    tmp_path: Path, kind: str, decoder: str, reads: str | None
) -> None:
    text = HEAD.replace('"file"', f'"{kind}"') + f'decoder = "{decoder}"\n'
    sources = configured(tmp_path, text + "[sources.options]\npath = 'x'\n").sources
    if reads is None:
        assert len(plans_of(sources, PSEUDONYMS)) == 1
        return
    reason = f"sources.a.decoder: file brings lines of text, and {decoder} reads {reads}"
    with pytest.raises(ConfigError, match=reason):
        plans_of(sources, PSEUDONYMS)


def test_every_decoder_of_ours_says_what_it_takes_and_every_source_has_one_that_fits() -> None:
    ours = [
        plugin for plugin in installed(DECODERS).values() if plugin.distribution.startswith("live")
    ]
    takes = {plugin.name: getattr(plugin.load(), "takes", None) for plugin in ours}
    assert [name for name, kinds in takes.items() if not kinds] == []
    for plugin in installed(SOURCES).values():
        if plugin.distribution.startswith("live"):
            source = plugin.load()
            assert getattr(source, "brings", "line") in takes[source.decoder], plugin.name


def test_rooms_come_from_the_list_and_from_the_file_each_once(tmp_path: Path) -> None:
    (tmp_path / "rooms.txt").write_text(
        "\ufeff# the tea shops\n77001  # 云雾\n\n 77002\n77001\n", encoding="utf-8"
    )
    text = f"""{HEAD}rooms = ["77000", "77002"]
rooms_file = "{tmp_path}/rooms.txt"
[sources.options]
path = "x"
"""
    (plan,) = plans_of(configured(tmp_path, text).sources, PSEUDONYMS)
    assert plan.rooms == ("77000", "77002", "77001")


@pytest.mark.slow
def test_without_rooms_there_is_one_connection_and_with_an_empty_file_none(tmp_path: Path) -> None:
    options = "[sources.options]\npath = 'x'\n"
    (plan,) = plans_of(configured(tmp_path, HEAD + options).sources, PSEUDONYMS)
    assert plan.rooms == ("",)
    (tmp_path / "rooms.txt").write_text("# none yet\n")
    text = f'{HEAD}rooms_file = "{tmp_path}/rooms.txt"\n{options}'
    (plan,) = plans_of(configured(tmp_path, text).sources, PSEUDONYMS)
    assert plan.rooms == ()


@pytest.mark.slow
def test_processes_share_the_rooms_without_overlap_and_a_new_room_moves_no_other() -> None:
    rooms = [str(number) for number in range(1_000)]
    source = SourceSettings(
        name="a", type="file", platform="demo", rooms=rooms, options={"path": "x"}
    )

    def shares(wanted: SourceSettings) -> list[tuple[str, ...]]:
        return [plans_of([wanted], PSEUDONYMS, f"{n}/3")[0].rooms for n in (1, 2, 3)]

    parts = shares(source)
    assert sorted(room for part in parts for room in part) == sorted(rooms)
    assert all(250 < len(part) < 420 for part in parts)
    more = shares(msgspec.structs.replace(source, rooms=["new", *rooms]))
    assert [set(part) - {"new"} for part in more] == [set(part) for part in parts]
    with pytest.raises(ConfigError, match="share: 4/3"):
        plans_of([source], PSEUDONYMS, "4/3")


def test_what_is_off_is_checked_and_not_run(tmp_path: Path) -> None:
    text = HEAD + "enabled = false\n[sources.options]\npath = 'x'\n"
    assert plans_of(configured(tmp_path, text).sources, PSEUDONYMS) == []


@pytest.mark.slow
def test_a_kind_that_does_not_load_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_lines(tmp_path / "site", monkeypatch)
    broken = toml_of(1).replace("their-lines", "their-broken").replace('"lines"', '"broken"')
    config = configured(tmp_path, broken + toml_of(1))
    plans = {plan.name: plan for plan in plans_of(config.sources, PSEUDONYMS)}
    with pytest.raises(Fatal, match="a_library_that_is_not_there"):
        plans["broken"].make("77001")
    source, decoder = plans["lines"].make("77001")
    assert (source.name, type(decoder).__name__) == ("127.0.0.1:1", "Talkative")


@pytest.mark.slow
def test_a_plan_says_what_of_it_has_changed(tmp_path: Path) -> None:
    text = HEAD + "rooms = ['1']\n[sources.options]\npath = 'x'\n"
    (plan,) = plans_of(configured(tmp_path, text).sources, PSEUDONYMS)
    (more_rooms,) = plans_of(
        configured(tmp_path, text.replace("['1']", "['1', '2']")).sources, PSEUDONYMS
    )
    assert plan.origin == more_rooms.origin
    (other_path,) = plans_of(configured(tmp_path, text.replace("'x'", "'y'")).sources, PSEUDONYMS)
    other_key = plans_of(
        configured(tmp_path, text).sources, Pseudonyms(b"another key, as long", "k1")
    )[0]
    assert plan.origin != other_path.origin
    assert plan.origin != other_key.origin


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = pseudonyms_of(tmp_path, {}).of("demo", "1")
    assert pseudonyms_of(tmp_path, {}).of("demo", "1") == first
    assert (tmp_path / "pseudonym.key").stat().st_mode & 0o077 == 0


def test_the_variable_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k2:0123456789abcdef")
    variable = {"LIVEWATCH_PSEUDONYM_KEY": "k3:0123456789abcdef"}
    assert pseudonyms_of(None, {}, str(tmp_path / "key")).version == "k2"
    assert pseudonyms_of(None, variable, str(tmp_path / "key")).version == "k3"


@pytest.mark.parametrize(
    ("file", "content", "named"),
    [
        (None, None, "the same everywhere"),
        ("no", None, "pseudonym_key_file: there is no .*no"),
        ("short", "k1:short", "short: .*at least 16 bytes"),
    ],
)
def test_a_key_that_is_none_is_named(
    tmp_path: Path, file: str | None, content: str | None, named: str
) -> None:
    if file is not None and content is not None:
        (tmp_path / file).write_text(content)
    with pytest.raises(ConfigError, match=named):
        pseudonyms_of(None, {}, str(tmp_path / file) if file else None)


def test_the_schema_of_the_configuration_can_be_published() -> None:
    schema = msgspec.json.schema(Config)
    assert "rooms_file" in schema["$defs"]["SourceSettings"]["properties"]
