"""The configuration: file, environment, and errors that name the key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import inspect

from connectors.plugins import SOURCES, installed, source_factory
from monitor.config import Config, load_config
from monitor.errors import ConfigError
from monitor.runtime import claim, ingest_token


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "livewatch.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_file_and_environment_the_defaults_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None, {}) == Config()
    assert Config().server.host == "127.0.0.1"


def test_the_file_of_the_working_directory_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "[pipeline]\nlateness_ms = 500\n")
    monkeypatch.chdir(tmp_path)
    assert load_config(None, {}).pipeline.lateness_ms == 500


def test_the_file_may_begin_with_a_mark(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff[server]\nport = 9000\n")
    assert load_config(path, {}).server.port == 9_000


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[server]\nport = 9000\nhost = "::1"\n')
    environment = {
        "LIVEWATCH__SERVER__PORT": "9100",
        "LIVEWATCH__SERVER__NAMES": "desk.example,watch.example",
        "LIVEWATCH__RETENTION__LOG_DAYS": "0.5",
        "LIVEWATCH__INGEST__TOKEN": "1234",
        "LIVEWATCH_INGEST_TOKEN": "of the command line",
        "HOME": "/root",
    }
    config = load_config(path, environment)
    assert (config.server.port, config.server.host) == (9_100, "::1")
    assert config.server.names == ["desk.example", "watch.example"]
    assert config.retention.log_days == 0.5
    assert config.ingest.token == "1234"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[server]\nprot = 1\n", r"server: .*prot.*there is port"),  # a key that does not exist
        ("[sever]\nport = 1\n", r"sever.*server"),  # a section that does not exist
        ("[server]\nport = 70000\n", r"server\.port: "),
        ('[server]\nport = "8080"\n', r"server\.port: "),  # a text is no number in the file
        ("[pipeline]\nlateness_ms = -1\n", r"pipeline\.lateness_ms: "),
        ('[log]\nlevel = "loud"\n', r"log\.level: .*debug"),
        ("[server\n", "livewatch.toml"),
        ('[ingest]\ntoken = "secret"\n', "token_file"),  # secrets are not in the file
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load_config(written(tmp_path, text), {})


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("LIVEWATCH__SERVER__PORT", "many", "LIVEWATCH__SERVER__PORT.*port"),
        ("LIVEWATCH__SERVER__PROT", "1", "prot"),
        ("LIVEWATCH__PORT", "1", "SECTION__KEY"),
    ],
)
def test_what_is_wrong_in_the_environment_is_named(
    tmp_path: Path, name: str, value: str, named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        load_config(written(tmp_path, ""), {name: value})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[retention]\nlog_days = inf\n", r"retention\.log_days: .*36525"),
        ("[retention]\nlog_days = nan\n", r"retention\.log_days: "),
        ("[retention]\nlog_days = 1e300\n", r"retention\.log_days: "),
        ("[retention]\nlog_bytes = 99999999999999999999999\n", r"retention\.log_bytes: "),
        ("[retention]\nalerts_days = inf\n", r"retention\.alerts_days: "),
        ("[evidence]\ncaptures_days = inf\n", r"evidence\.captures_days: "),
        ("[sign_in]\njournal_days = inf\n", r"sign_in\.journal_days: "),
        ("[notify]\nkept_days = -1\n", r"notify\.kept_days: "),
    ],
)
def test_a_number_that_cannot_be_reckoned_with_is_refused(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        load_config(written(tmp_path, text), {})
    section, assignment = text.strip().splitlines()
    key, value = assignment.split(" = ")
    name = f"LIVEWATCH__{section[1:-1]}__{key}".upper()
    with pytest.raises(ConfigError, match=rf"{name}: .*{key}"):
        load_config(None, {name: value})


def _numbers(
    shape: inspect.Type, where: str
) -> Iterator[tuple[str, inspect.IntType | inspect.FloatType]]:
    """Every number in a section, with what leads to it."""
    match shape:
        case inspect.IntType() | inspect.FloatType():
            yield where, shape
        case inspect.StructType():
            for field in shape.fields:
                yield from _numbers(field.type, f"{where}.{field.encode_name}")
        case inspect.UnionType():
            for one in shape.types:
                yield from _numbers(one, where)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _numbers(shape.item_type, where)
        case inspect.TupleType():
            for one in shape.item_types:
                yield from _numbers(one, where)
        case inspect.DictType():
            yield from _numbers(shape.value_type, where)


def test_every_number_has_bounds() -> None:
    """Those of sources' options, too."""
    sources = [getattr(source_factory(name), "Options", None) for name in installed(SOURCES)]
    kinds = [Config, *(options for options in sources if options is not None)]
    assert len(kinds) > 5
    unbounded = [
        where
        for kind in kinds
        for where, number in _numbers(inspect.type_info(kind), kind.__name__)
        if (number.ge, number.gt) == (None, None) or (number.le, number.lt) == (None, None)
    ]
    assert unbounded == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.toml"):
        load_config(tmp_path / "no.toml", {})


def test_a_token_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = ingest_token(tmp_path, None, None)
    assert len(made) >= 32
    assert ingest_token(tmp_path, None, None) == made
    assert (tmp_path / "ingest.token").stat().st_mode & 0o077 == 0


def test_a_given_token_goes_before_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    assert ingest_token(tmp_path, "given", str(file)) == "given"
    assert ingest_token(tmp_path, None, str(file)) == "from the file"
    assert not (tmp_path / "ingest.token").exists()


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_token_file_that_holds_none(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="token_file"):
        ingest_token(tmp_path, None, str(file))


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="file"):
        claim(tmp_path / "file" / "data")
