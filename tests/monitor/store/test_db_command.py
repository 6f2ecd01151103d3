"""`livewatch db` on both kinds of database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.commands.db import migrate, open_store, status
from monitor.commands.exits import Exit
from monitor.config import Config, load_config
from monitor.errors import ConfigError


def check(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(url, None) in {Exit.CHECK_FAILED, Exit.UNREACHABLE}  # no file yet
    capsys.readouterr()
    assert migrate(url, None) == Exit.DONE
    assert "made step 1" in capsys.readouterr().out
    assert migrate(url, None) == Exit.DONE
    assert "made step" not in capsys.readouterr().out
    assert status(url, None) == Exit.DONE
    assert "0001 spine: made" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("schema_made_by_steps")
def test_a_file_is_made_and_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(f"sqlite:///{tmp_path / 'livewatch.db'}", capsys)


def test_a_file_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nowhere" / "livewatch.db"
    assert migrate(f"sqlite:///{path}", None) == Exit.UNREACHABLE
    assert capsys.readouterr().err.startswith(f"livewatch db: {path} cannot be opened: unable")


@pytest.mark.postgres
def test_a_server_is_made_and_looked_at(
    postgres_url: sa.URL, capsys: pytest.CaptureFixture[str]
) -> None:
    check(postgres_url.render_as_string(hide_password=False), capsys)


@pytest.mark.postgres
def test_a_database_of_a_newer_version_is_refused(
    postgres_url: sa.URL, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres_url.render_as_string(hide_password=False)
    migrate(url, None)
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO schema_versions VALUES (99, 'later', 'x')")
    engine.dispose()
    assert migrate(url, None) == Exit.UNREACHABLE
    assert status(url, None) == Exit.UNREACHABLE
    assert "start the newer version" in capsys.readouterr().err


def test_a_server_that_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (migrate, status):
        assert command("postgresql://u@127.0.0.1:1/livewatch", None) == Exit.UNREACHABLE
        assert "127.0.0.1:1/livewatch cannot be reached" in capsys.readouterr().err


def test_no_database_is_bad_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert status(None, None) == Exit.USAGE
    assert "store.url" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/d", "mysql://h/d", "no url"])
def test_an_address_that_cannot_be_used(url: str, tmp_path: Path) -> None:
    config = load_config(None, {"LIVEWATCH__STORE__URL": url})
    with pytest.raises(ConfigError, match=r"store\.url") as caught:
        open_store(config, tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.postgres
def test_a_desk_opens_what_is_configured(postgres_url: sa.URL, tmp_path: Path) -> None:
    bare = postgres_url.set(password=None).render_as_string()
    secret = tmp_path / "password"
    secret.write_text(f"{postgres_url.password or 'unused'}\n", encoding="utf-8")
    environment = {"LIVEWATCH__STORE__URL": bare, "LIVEWATCH__STORE__PASSWORD_FILE": str(secret)}
    served = open_store(load_config(None, environment), tmp_path)
    assert served.database.url.get_backend_name() == "postgresql"
    served.close()
    embedded = open_store(Config(), tmp_path)
    assert embedded.database.url.get_backend_name() == "sqlite"
    embedded.close()
