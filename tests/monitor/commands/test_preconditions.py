"""What keeps a monitor from starting is said by `config check` and `doctor` before, in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.commands import config as check
from monitor.commands import doctor, serve
from monitor.commands.exits import Exit
from monitor.commands.preconditions import refuse
from monitor.commands.serve import ServeOptions
from monitor.config import load_config

pytestmark = pytest.mark.slow

SENDER = '[ingest.senders.a]\nsecrets_file = "{folder}/empty"\n'
LONG = "n" * 300
SOURCE = """
[[sources]]
name = "shop"
type = "file"
platform = "demo"
rooms = ["7"]
[sources.options]
path = "none.jsonl"
follow = false
"""


@pytest.fixture(autouse=True)
def _logs_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.logs.configure", lambda _level: None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[server]\nhost = "0.0.0.0"\n',
            "server.host '0.0.0.0' can be reached from other machines",
        ),
        ('[server]\nhost = "not a host"\n', "server.host 'not a host' is neither an address"),
        # Allowed, and an address that is none.
        ('[server]\nhost = "10.0.0.300"\nallow_remote = true\n', "server.host '10.0.0.300'"),
        ('[server]\nhost = ""\n', "server.host '' can be reached from other machines"),
        ('[server]\ntrusted_proxies = ["10.0.0.0/33"]\n', "server.trusted_proxies: "),
        ('[sign_in]\nmetrics_from = ["here"]\n', "sign_in.metrics_from: "),
        ('[server]\ntls_cert = "none.crt"\ntls_key = "none.key"\n', "server.tls_cert: there is no"),
        ('[evidence]\nkeys = "/proc/nope"\n', "evidence.keys: /proc/nope cannot be made: "),
        ('[evidence]\nkeys = "{folder}/empty"\n', "evidence.keys: "),
        ('[evidence]\nfolder = "/proc/nope/deep"\n', "evidence.folder: /proc/nope/deep cannot be"),
        (
            '[archive]\nto = "folder"\nfolder = "/proc/nope"\n',
            "archive.folder: /proc/nope cannot be",
        ),
        (
            '[evidence]\nsm2_key_file = "none.pem"\nsm2_certificate_file = "{folder}/empty"\n',
            "evidence.sm2_key_file: there is no file none.pem",
        ),
        ('[evidence]\nsm2_key_file = "{folder}/empty"\n', "evidence.sm2_key_file comes with"),
        (
            '[evidence]\nsm2_key_file = "{folder}/empty"\nsm2_certificate_file = "{folder}/empty"\n',
            "is no key of SM2",
        ),
        (
            '[[evidence.authorities]]\nname = "a"\nurl = "https://a.example"\n'
            'roots_file = "{folder}/empty"\n',
            "evidence.authorities: a: ",
        ),
        ('[ingest]\ntoken_file = "none"\n', "ingest.token_file: there is no file none"),
        ('[ingest]\ntoken_file = "{folder}/empty"\n', "ingest.token_file: {folder}/empty is empty"),
        ('[collection]\nwatched_file = "{folder}"\n', "collection.watched_file: "),
        ('[rules]\nsuppressions = "none.yaml"\n', "rules.suppressions: there is no file none.yaml"),
        (SOURCE, "sources.shop.options.path: there is no file none.jsonl"),
        # Names that the system refuses to look for.
        (f'[rules]\nsuppressions = "{LONG}"\n', f"rules.suppressions: cannot look at {LONG}: "),
        (f'[rules]\npacks = ["{LONG}"]\n', f"rules.packs: cannot look at {LONG}: "),
        (f'[ingest]\ntoken_file = "{LONG}"\n', f"ingest.token_file: cannot look at {LONG}: "),
        ('[ingest]\ntoken_file = "a\\u0000b"\n', r"ingest.token_file: 'a\x00b' is no path"),
        (SOURCE.replace("none", LONG), f"sources.shop.options.path: there is no file {LONG}"),
        (SENDER.replace(".a]", ".shop]") + SOURCE, "'shop' is also a sender of webhooks"),
    ],
)
def test_check_doctor_and_serve_refuse_the_same(
    tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").touch()
    config, data = tmp_path / "livewatch.toml", tmp_path / "data"
    config.write_text(text.format(folder=tmp_path))
    told = told.format(folder=tmp_path)
    assert check.check(config) is Exit.CONFIGURATION
    checked = capsys.readouterr().err
    assert told in checked
    assert doctor.run(config, None, kafka=False, as_json=False) is Exit.CHECK_FAILED
    assert told in capsys.readouterr().out
    assert serve.run(ServeOptions(data=data, config=config, port=0)) is Exit.CONFIGURATION
    assert capsys.readouterr().err == checked
    assert not data.exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[store]\nurl = "mysql://h/d"\n', "store.url begins with postgresql://"),
        (
            '[store]\nurl = "postgresql://a@h/d"\npassword_file = "none"\n',
            "store.password_file: there is no file none",
        ),
        (
            '[kafka]\npassword_file = "none"\n',
            "kafka.password_file: there is no file none",
        ),
        ('[kafka]\nca_file = "none"\n', "kafka.ca_file: there is no file none"),
        ('[ingest]\ncaptures_ca_file = "none"\n', "ingest.captures_ca_file: there is no file none"),
    ],
)
def test_what_only_other_jobs_read_does_not_keep_the_embedded_monitor_from_starting(
    tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "livewatch.toml"
    config.write_text(text)
    assert check.check(config) is Exit.CONFIGURATION
    assert told in capsys.readouterr().err
    settings = load_config(config, {})
    refuse(settings, host=None, own_token=False, rules=False)


def test_what_the_command_line_gives_in_place_of_it_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "livewatch.toml"
    config.write_text('[ingest]\ntoken_file = "none"\n')
    given = ServeOptions(
        data=tmp_path / "data", config=config, host="not a host", ingest_token="1234567890"
    )
    assert serve.run(given) is Exit.CONFIGURATION
    told = capsys.readouterr().err
    assert "'not a host'" in told
    assert "token_file" not in told


def test_folders_that_can_be_made_are_not_made_by_a_check(tmp_path: Path) -> None:
    config = tmp_path / "livewatch.toml"
    config.write_text(
        f'[evidence]\nkeys = "{tmp_path}/a/keys"\nfolder = "{tmp_path}/a"\n'
        f'[archive]\nto = "folder"\nfolder = "{tmp_path}/b"\n'
    )
    assert check.check(config) is Exit.DONE
    assert [path.name for path in tmp_path.iterdir()] == ["livewatch.toml"]
