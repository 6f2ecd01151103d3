"""`docs/notifications.md` names every setting, and its example can be used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec

from monitor.config import load_config
from monitor.notify import routing
from monitor.notify.settings import Channel, Notify, Route

TEXT = (Path(__file__).parents[1] / "docs" / "notifications.md").read_text(encoding="utf-8")


def keys(heading: str) -> set[str]:
    table = TEXT.partition(heading)[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    return {key for row in rows for key in re.findall(r"`([a-z_]+)`", row)}


def test_every_setting_is_explained_and_every_explained_one_exists() -> None:
    assert keys("| key of `[notify]`") == {field.name for field in msgspec.structs.fields(Notify)}
    assert keys("| key of `[[notify.routes]]`") == {f.name for f in msgspec.structs.fields(Route)}


def test_every_channel_is_explained_with_its_keys() -> None:
    rows = dict(
        re.findall(r"^\| `([a-z]+)` \| ([^|]+) \|", TEXT.partition("## Channels")[2], re.MULTILINE)
    )
    shared = {"quiet", "always"}
    for kind in get_args(Channel):
        told = set(re.findall(r"`([a-z_]+)`", rows.pop(kind.__struct_config__.tag)))
        assert told == {field.name for field in msgspec.structs.fields(kind)} - shared
    assert not set(rows) - keys("| key of `[notify]`") - keys("| key of `[[notify.routes]]`")
    assert all(f"`{key}`" in TEXT for key in shared)


def test_the_example_can_be_used(tmp_path: Path) -> None:
    [example] = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    path = tmp_path / "livewatch.toml"
    path.write_text(example, encoding="utf-8")
    settings = load_config(path, {}).notify
    routing.check(settings)
    assert list(settings.channels) == ["desk", "chief"]
