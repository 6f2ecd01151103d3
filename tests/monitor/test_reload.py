"""What of a changed configuration a running process takes up, and what it says of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.config import Config
from monitor.metrics import Metrics
from monitor.reload import Reload

pytestmark = pytest.mark.asyncio


async def test_what_waits_for_a_restart_is_held_against_what_the_process_works_with(
    tmp_path: Path,
) -> None:
    file = tmp_path / "livewatch.toml"
    file.write_text("")
    metrics = Metrics()
    reload = Reload(Config(), file, metrics, {"sources", "notify"})
    pipeline, both = "[pipeline]\nlateness_ms = 3000\n", "[retention]\nlog_days = 6\n"
    told = []
    for text in (pipeline, pipeline, pipeline + both, both, "[pipeline]\nlate = 1\n", ""):
        file.write_text(text)
        with capture_logs() as logs:
            await reload.change(lambda config: config)
        told.append([(one["event"], one.get("sections")) for one in logs])
        waits = metrics.registry.get_sample_value("livewatch_config_restart_needed")
        assert waits == bool(reload.waiting)
    assert told == [
        [("restart_needed", ["pipeline"])],
        [],  # it was said
        [("restart_needed", ["pipeline", "retention"])],
        [("restart_needed", ["retention"])],
        [("configuration_not_followed", None)],
        [("restart_not_needed", None)],
    ]
    assert reload.refused is None


async def test_what_the_system_answers_to_a_path_stops_no_follower(tmp_path: Path) -> None:
    file = tmp_path / "livewatch.toml"
    file.write_text("")
    reload = Reload(Config(), file, Metrics(), {"sources"})

    def denied(_: Config) -> None:
        raise PermissionError(13, "Permission denied", "/srv/keys")

    assert await reload.change(denied) is None
    assert reload.refused == "[Errno 13] Permission denied: '/srv/keys'"
    assert await reload.change(lambda config: config) is not None
    assert reload.refused is None
