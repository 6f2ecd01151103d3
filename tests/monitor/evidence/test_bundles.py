"""Bundles over HTTP and in the console: asked for, followed, approved, fetched, checked, resumed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.config import Config
from monitor.config import Evidence as Settings
from monitor.evidence import report
from monitor.evidence.bundles import Bundles
from monitor.evidence.case import Request
from monitor.evidence.verify import verify
from tests.monitor.build import chat, speech
from tests.monitor.conftest import Serve, Served
from tests.monitor.evidence.matter import Matter
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "has_pdf", lambda: False)


async def call(
    served: Served, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    data = json.dumps(body).encode() if body is not None else None
    sent = {"Content-Type": "application/json"} | headers
    method = "GET" if body is None else "POST"
    async with served.session.request(method, served.url + path, data=data, headers=sent) as answer:
        return answer.status, msgspec.json.decode(await answer.read())


async def an_alert(served: Served) -> str:
    await served.post(b"\n".join([chat("c1"), speech("s"), chat("c", 10)]))
    [alert, *_] = await served.alerts(1)
    return str(alert["id"])


async def ready(served: Served, address: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            _, row = await call(served, address)
            if row["state"] not in ("making",):
                return row
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_program_asks_follows_and_fetches(serve: Serve, tmp_path: Path) -> None:
    served = await serve()
    alert = await an_alert(served)
    status, row = await call(
        served, "/api/v1/bundles", {"alerts": [alert], "who": "何敏", "why": "核查"}
    )
    assert (status, row["state"], row["who"]) == (202, "making", "何敏")
    row = await ready(served, f"/api/v1/bundles/{row['id']}")
    assert row["state"] == "ready", row
    assert row["records"] == row["total"] == 3
    status, data = await served.get(row["file"] + "?who=%E5%91%A8%E6%A5%A0")
    assert status == 200
    (tmp_path / "b.zip").write_bytes(data)
    found = verify(tmp_path / "b.zip", trusted=served.runtime.keeper.certificates())
    assert (found.verdict, found.operator) == ("valid", "何敏")
    acts = [(one.act, one.who) for one in served.runtime.store.custody_of(f"alert:{alert}")]
    assert acts == [("exported", "何敏"), ("viewed", "周楠")]
    # What was fetched is what is checked when it is dropped onto the page.
    async with served.session.post(
        f"{served.url}/api/v1/bundles/check", data=data, headers={"Content-Type": "application/zip"}
    ) as answer:
        assert (await answer.json())["verdict"] == "valid"
    async with served.session.post(
        f"{served.url}/api/v1/bundles/check",
        data=data[:-40],
        headers={"Content-Type": "application/zip"},
    ) as answer:
        assert (await answer.json())["verdict"] == "invalid"
    folder = served.runtime.bundles.folder
    assert [path.suffix for path in folder.iterdir()] == [".zip"], "nothing of it is kept"


@pytest.mark.slow
async def test_what_cannot_be_is_refused_in_words(serve: Serve) -> None:
    served = await serve()
    alert = await an_alert(served)
    assert (await call(served, "/api/v1/bundles", {"alerts": ["nosuch"]}))[0] == 404
    assert (await call(served, "/api/v1/bundles", {"alerts": []}))[0] == 422
    assert (await call(served, "/api/v1/bundles", {"alerts": [alert], "x": 1}))[0] == 422
    assert (await call(served, "/api/v1/bundles", {"alerts": [alert], "who": " "}))[0] == 422
    status, told = await call(
        served, "/api/v1/bundles", {"alerts": [alert]}, Origin="http://evil.example"
    )
    assert (status, told["type"].rpartition(":")[2]) == (403, "foreign-origin")
    assert (await call(served, "/api/v1/bundles/nosuch"))[0] == 404
    assert (await call(served, "/api/v1/bundles/nosuch/file"))[0] == 404
    async with served.session.post(
        f"{served.url}/api/v1/bundles/check", data=b"x", headers={"Content-Type": "text/plain"}
    ) as answer:
        assert answer.status == 415


@pytest.mark.slow
async def test_with_two_persons_it_waits_for_the_second(serve: Serve) -> None:
    served = await serve(Config(evidence=Settings(two_persons=True)))
    alert = await an_alert(served)
    _, row = await call(served, "/api/v1/bundles", {"alerts": [alert], "who": "何敏"})
    address = f"/api/v1/bundles/{row['id']}"
    assert row["state"] == "waiting"
    assert (await call(served, f"{address}/approve", {"who": "何敏"}))[0] == 409
    assert (await call(served, f"{address}/file"))[0] == 409
    assert (await call(served, f"{address}/approve", {"who": "周楠"}))[0] == 200
    assert (await ready(served, address))["state"] == "ready"


@pytest.mark.slow
async def test_the_page_shows_the_section_and_its_form_makes_a_bundle(serve: Serve) -> None:
    served = await serve()
    alert = await an_alert(served)
    _, page = await served.get(f"/alerts/{alert}")
    assert "制作证据包" in page.decode()
    token = page.decode().partition('name="token" value="')[2].partition('"')[0]
    refused = await served.session.post(
        f"{served.url}/alerts/{alert}/bundles", data={"token": "x"}, allow_redirects=False
    )
    assert refused.status == 403
    done = await served.session.post(
        f"{served.url}/alerts/{alert}/bundles",
        data={"token": token, "who": "何敏", "why": "<b>核查</b>"},
        cookies={"livewatch_form": token},
        allow_redirects=False,
    )
    assert (done.status, done.headers["Location"]) == (303, f"/alerts/{alert}#sealing")
    [row] = served.runtime.bundles.of_alert(alert)
    await ready(served, f"/api/v1/bundles/{row.id}")
    _, page = await served.get(f"/alerts/{alert}")
    assert f"/api/v1/bundles/{row.id}/file" in page.decode()
    assert "&lt;b&gt;核查&lt;/b&gt;" in page.decode()


# What was not finished is made after the next start; no event loop is needed for that.


def bundles_of(matter: Matter) -> Bundles:
    return Bundles(
        matter.store, matter.keeper, matter.rulebook, matter.config,
        matter.folder / "bundles", lambda: matter.now,
    )  # fmt: skip


@pytest.mark.slow
async def test_what_was_asked_for_before_a_kill_is_made_after_it(matter: Matter) -> None:
    row = bundles_of(matter).ask(Request(alerts=[matter.alert.id], who="何敏"))
    after = bundles_of(matter)
    assert after.get(row.id) is not None
    after.make_all()
    done = after.get(row.id)
    assert done is not None
    assert done.state == "ready"
    path = after.file(done)
    assert path is not None
    assert verify(path).verdict == "seal-untrusted"


@pytest.mark.slow
async def test_a_stop_in_the_middle_leaves_it_to_be_made(matter: Matter) -> None:
    first = bundles_of(matter)
    row = first.ask(Request(alerts=[matter.alert.id], who="何敏"))
    first._stopping.set()
    first._make(row)
    found = first.get(row.id)
    assert found is not None
    assert found.state == "making"
    assert list((matter.folder / "bundles").glob("*.zip")) == []
    matter.now += 1_000
    after = bundles_of(matter)
    after.make_all()
    assert [one.state for one in after.of_alert(matter.alert.id)] == ["ready"]


@pytest.mark.slow
async def test_a_failure_is_shown_with_its_reason(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.evidence import bag

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bag.BagWriter, "add_seal", full)
    bundles = bundles_of(matter)
    row = bundles.ask(Request(alerts=[matter.alert.id], who="何敏"))
    bundles.make_all()
    found = bundles.get(row.id)
    assert found is not None
    assert (found.state, found.done) == ("failed", matter.now)
    assert "No space left" in found.reason
    assert bundles.file(found) is None
    assert list((matter.folder / "bundles").iterdir()) == []
