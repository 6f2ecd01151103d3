"""`livewatch config check|show|schema`: what is wrong is found before a start, and no secret is shown."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import msgspec
import pytest

from monitor.commands import config as command
from monitor.commands.exits import Exit
from monitor.config import Config, load_config

GOOD = """
[server]
port = 8081
names = ["desk.example"]

[notify.channels.desk]
type = "wecom"
url_file = "{folder}/wecom.url"

[[notify.routes]]
channels = ["desk"]

[[sources]]
name = "shop"
type = "file"
platform = "demo"
rooms = ["7"]
[sources.options]
path = "{folder}/events.jsonl"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "events.jsonl").touch()
    (tmp_path / "wecom.url").write_text("https://qyapi.example/send?key=K")
    file = tmp_path / "livewatch.toml"
    file.write_text(GOOD.format(folder=tmp_path))
    return file


@pytest.mark.slow
def test_what_can_be_used_is_fine(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.check(path) == Exit.DONE
    assert capsys.readouterr().out == "fine: 1 sources, 0 senders, 1 channels, 0 packs\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("port = 8081", "prot = 8081", "prot"),
        ('channels = ["desk"]', 'channels = ["dsek"]', "there is no channel 'dsek'"),
        ("wecom.url", "none.url", "notify.channels.desk.url_file: there is no file"),
        ("path =", "pfad =", "pfad"),
        ('type = "file"', 'type = "fiel"', "fiel"),
        ("[server]", '[rules]\npacks = ["none.yaml"]\n[server]', "none.yaml"),
        ("[server]", '[store]\npassword_file = "none.txt"\n[server]', "store.password_file"),
        (
            "[server]",
            '[ingest]\ntoken_file = "none"\n[server]',
            "ingest.token_file: there is no file none",
        ),
        ("[server]", '[server]\ntls_key = "none.key"', "server.tls_key: there is no file none.key"),
        (
            "[server]",
            '[rules]\npacks = ["none"]\nsuppressions = "none.yaml"\n[server]',
            "rules.packs: there is no file or folder none\n"
            "livewatch: rules.suppressions: there is no file none.yaml\n",
        ),
        (
            "[server]",
            '[collection]\npseudonym_key_file = "none.key"\n[server]',
            "collection.pseudonym_key_file: there is no none.key",
        ),
        (
            'events.jsonl"',
            'none.jsonl"\nfollow = false',
            "sources.shop.options.path: there is no file",
        ),
        (
            "[server]",
            '[[sources]]\nname = "pages"\ntype = "product-pages"\nplatform = "demo"\n'
            'options = {contact = "a@b.example", pages_file = "none.txt"}\n[server]',
            "sources.pages.options.pages_file: there is no file none.txt",
        ),
    ],
)
def test_what_cannot_is_named(
    path: Path, old: str, new: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(path.read_text().replace(old, new, 1))
    assert command.check(path) == Exit.CONFIGURATION
    assert told in capsys.readouterr().err


SPOKEN = """
[[sources]]
name = "spoken"
type = "speech"
platform = "demo"
rooms = ["7", "8"]
[sources.options]
engine = "whisper"
model = "{folder}/weights"
path = "{folder}/{{room}}.mp4"
began = "2026-09-01 19:30:00"
"""


def test_a_recording_or_weights_that_do_not_exist_are_named(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(path.read_text() + SPOKEN.format(folder=path.parent))
    (path.parent / "7.mp4").touch()
    assert command.check(path) == Exit.CONFIGURATION
    assert capsys.readouterr().err == (
        f"livewatch: sources.spoken.options.path: there is no file {path.parent}/8.mp4\n"
        f"livewatch: sources.spoken.options.model: there is no folder {path.parent}/weights\n"
    )


def test_a_file_that_is_followed_may_come_later(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path.parent / "events.jsonl").unlink()
    assert command.check(path) == Exit.DONE
    told = capsys.readouterr()
    assert told.out.startswith("fine: ")
    missing = f"sources.shop.options.path: there is no file {path.parent}/events.jsonl"
    assert told.err == f"livewatch: warning: {missing}; the source waits for it\n"
    assert command.check(path, as_json=True) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["warnings"] == [
        f"{missing}; the source waits for it"
    ]


def test_without_the_folder_of_the_sites_models_the_one_that_ships_is_used(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(path.read_text().replace("[server]", '[rules]\nmodel = "none"\n[server]', 1))
    assert command.check(path) == Exit.DONE
    assert "warning: rules.model: there is no folder none" in capsys.readouterr().err


def test_all_that_is_wrong_is_named_at_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = path.read_text().replace('channels = ["desk"]', 'channels = ["dsek"]')
    path.write_text(text.replace("path =", "pfad ="))
    command.check(path)
    told = capsys.readouterr().err
    assert "dsek" in told
    assert "pfad" in told


def test_what_is_shown_is_toml_that_means_the_same(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.show(path, as_json=False) == Exit.DONE
    shown = capsys.readouterr().out
    again = msgspec.convert(tomllib.loads(shown), Config)
    assert again == load_config(path, {})
    assert command.show(path, as_json=True) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["server"]["port"] == 8081


def test_no_secret_is_shown(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "kanarienvogel"
    monkeypatch.setenv("LIVEWATCH__INGEST__TOKEN", canary)
    hook = f'[notify.channels.hook]\ntype = "webhook"\nurl = "https://u:{canary}@h.example/?access_token={canary}&x=1"\nsecret_file = "s"\n'
    options = (
        f'api_secret = "{canary}"\nheaders = {{Authorization = "Bearer {canary}", Cookie = "{canary}"}}\n'
        f'stream_url = "wss://h.example/?x=1&authorization={canary}"\n'
    )
    path.write_text(path.read_text().replace("[server]", hook + "[server]") + options)
    for as_json in (False, True):
        assert command.show(path, as_json=as_json) == Exit.DONE
        shown = capsys.readouterr().out
        assert canary not in shown
        assert "secret_file" in shown
        assert "x=1" in shown


@pytest.mark.slow
def test_the_schema_describes_what_is_read(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.schema() == Exit.DONE
    schema = json.loads(capsys.readouterr().out)
    values = tomllib.loads(path.read_text())
    jsonschema.validate(values, schema)
    values["server"]["prot"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, schema)
