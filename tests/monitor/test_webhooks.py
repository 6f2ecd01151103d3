"""`POST /api/v1/events/NAME`: signed webhooks, and programs that cannot sign."""

from __future__ import annotations

import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from connectors.signatures import new_secret, parse_secret, sign
from detectors.events import Chat, Session, decode
from monitor.config import Config, Ingest, Pipeline, Sender
from monitor.errors import ConfigError
from monitor.runtime import Runtime
from monitor.senders import senders_of
from tests.connectors.decoders.test_hooks import FORWARD, STARTED
from tests.connectors.importing import recording
from tests.monitor.build import BASE_MS, chat, speech
from tests.monitor.conftest import Serve, Served
from tests.monitor.rules import rulebook

pytestmark = pytest.mark.asyncio

OLD, NEW, WRONG = (new_secret(bytes([number]) * 32) for number in (1, 2, 3))
#: The clock of the monitor under test, ms.
NOW = BASE_MS + 60_000
TOKEN = "a-secret-in-the-address"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "platform.secrets").write_text(f"# new, then old\n{NEW}\n{OLD}\n")
    (tmp_path / "recorder.token").write_text(TOKEN + "\n")
    senders = {
        "platform": Sender(secrets_file=str(tmp_path / "platform.secrets")),
        "recorder": Sender(
            decoder="recorder-hook",
            platform="bilibili",
            token_file=str(tmp_path / "recorder.token"),
        ),
        "console": Sender(decoder="wxlivespy", platform="wechat", loopback=True),
    }
    return Config(ingest=Ingest(senders=senders))


Post = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


class Monitor:
    """A monitor whose clock stands still, and what is sent to it."""

    def __init__(self, served: Served) -> None:
        self.served = served

    async def post(
        self, path: str, body: bytes, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        url = f"{self.served.url}/api/v1/events/{path}"
        async with self.served.session.post(url, data=body, headers=headers) as response:
            return response.status, msgspec.json.decode(await response.read())

    async def signed(
        self, body: bytes, *, secret: str = NEW, id_: str = "msg_1", late_s: int = 0, **more: str
    ) -> tuple[int, dict[str, Any]]:
        timestamp = NOW // 1_000 - late_s
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(parse_secret(secret), id_, timestamp, body),
        }
        return await self.post(
            "platform", body, headers | {k.replace("_", "-"): v for k, v in more.items()}
        )

    def stored(self) -> list[bytes]:
        return [record.data for record in self.served.runtime.log.read(0, 1_000)]

    def letters(self) -> list[tuple[str, str, bytes]]:
        return [
            (one.source, one.reason, one.data) for one in self.served.runtime.store.dead_letters()
        ]


@pytest_asyncio.fixture
async def monitor(serve: Serve, config: Config, monkeypatch: pytest.MonkeyPatch) -> Monitor:
    monkeypatch.setenv("LIVEWATCH_PSEUDONYM_KEY", "k1:0123456789abcdef")
    served = await serve(config, clock=lambda: NOW)
    return Monitor(served)


# Signatures -----------------------------------------------------------------------------------


async def test_signed_events_are_durable_when_the_answer_comes(monitor: Monitor) -> None:
    body = chat("a") + b"\n" + chat("b", 1)
    assert await monitor.signed(body) == (202, {"accepted": 2, "rejected": []})
    assert monitor.stored() == [chat("a"), chat("b", 1)]


@pytest.mark.parametrize("secret", [OLD, NEW])
async def test_both_secrets_are_taken_while_one_replaces_the_other(
    monitor: Monitor, secret: str
) -> None:
    assert (await monitor.signed(chat("a"), secret=secret))[0] == 202


@pytest.mark.parametrize("late_s", [-300, 300])
async def test_five_minutes_either_way_are_taken(monitor: Monitor, late_s: int) -> None:
    assert (await monitor.signed(chat("a"), late_s=late_s))[0] == 202


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (chat("a"), {"secret": WRONG}),
        (chat("a"), {"late_s": 301}),
        (chat("a"), {"late_s": -301}),
        (chat("a"), {"webhook_signature": "v1,AAAA"}),
        (chat("a"), {"webhook_id": "msg_2"}),
        (chat("a"), {"webhook_timestamp": "soon"}),
        (gzip.compress(chat("a")), {"secret": WRONG, "Content_Encoding": "gzip"}),
        # A bomb of somebody else is not unpacked: else this would be 413.
        (gzip.compress(bytes(17 << 20), 1), {"secret": WRONG, "Content_Encoding": "gzip"}),
    ],
)
async def test_what_is_not_rightly_signed_is_not_taken(
    monitor: Monitor, body: bytes, changes: dict[str, Any]
) -> None:
    status, answer = await monitor.signed(body, **changes)
    assert (status, answer["status"]) == (401, 401)
    assert monitor.stored() == []
    assert monitor.letters() == []


async def test_unsigned_events_are_not_taken_from_this_machine_either(monitor: Monitor) -> None:
    assert (await monitor.post("platform", chat("a")))[0] == 401


async def test_who_is_not_known_gets_the_answer_of_one_who_is_not_himself(monitor: Monitor) -> None:
    assert await monitor.post("nobody", chat("a")) == await monitor.post("platform", chat("a"))


@pytest.mark.slow
async def test_a_packed_body_is_signed_as_it_is_sent(monitor: Monitor) -> None:
    body = gzip.compress(chat("a"))
    assert (await monitor.signed(body, Content_Encoding="gzip"))[0] == 202
    bomb = gzip.compress(bytes(17 << 20))
    assert (await monitor.signed(bomb, id_="msg_2", Content_Encoding="gzip"))[0] == 413
    assert (await monitor.signed(b"no gzip", id_="msg_3", Content_Encoding="gzip"))[0] == 400


@pytest.mark.slow
async def test_the_same_delivery_again_gets_the_same_answer(monitor: Monitor) -> None:
    body = chat("a") + b"\nnonsense"
    first = await monitor.signed(body)
    again = await monitor.signed(body, late_s=7)  # an attempt has a time of its own
    assert first == again
    assert first[1]["accepted"] == 1
    assert len(first[1]["rejected"]) == 1
    assert len(monitor.stored()) == 1
    _, metrics = await monitor.served.get("/metrics")
    assert b'reason="replayed",source="platform"} 1.0' in metrics


async def test_another_body_under_a_used_id_is_read(monitor: Monitor) -> None:
    await monitor.signed(chat("a"))
    assert (await monitor.signed(chat("b")))[1]["accepted"] == 1
    assert len(monitor.stored()) == 2


@pytest.mark.slow
async def test_after_a_restart_the_log_still_knows_what_came(
    serve: Serve, config: Config, tmp_path: Path
) -> None:
    body = b"\n".join([chat("a"), chat("b", 1)])
    first = Monitor(await serve(config, clock=lambda: NOW, data=tmp_path / "one"))
    await first.signed(body)
    await serve.stop()
    second = Monitor(await serve(config, clock=lambda: NOW, data=tmp_path / "one"))
    assert await second.signed(body, late_s=-20) == (202, {"accepted": 2, "rejected": []})
    assert len(second.stored()) == 2


@pytest.mark.slow
async def test_signed_events_lead_to_an_alert(monitor: Monitor) -> None:
    await monitor.signed(b"\n".join([speech("s1", sku="T1"), chat("c", 10)]))
    [alert] = await monitor.served.alerts(1)
    assert alert["subject"] == "T1"


@pytest.mark.slow
async def test_senders_are_asked_to_wait_while_evaluation_lags(
    serve: Serve, config: Config
) -> None:
    tight = msgspec.structs.replace(
        config,
        ingest=msgspec.structs.replace(config.ingest, max_lag_events=10),
        pipeline=Pipeline(interval_ms=1, batch_events=10),
    )
    monitor = Monitor(await serve(tight, clock=lambda: NOW))
    monitor.served.runtime.worker.stop()
    body = b"\n".join(chat(f"c{number}", number) for number in range(11))
    assert (await monitor.signed(body))[0] == 202
    url = f"{monitor.served.url}/api/v1/events/recorder/{TOKEN}"
    async with monitor.served.session.post(url, data=json.dumps(STARTED)) as response:
        assert response.status == 429
        assert int(response.headers["Retry-After"]) >= 1


@pytest.mark.slow
async def test_refusals_are_counted_and_few_of_them_logged(
    monitor: Monitor, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(20):
        await monitor.signed(chat("a"), secret=WRONG)
    # With a wrong token of ingestion, and as a sender whom nobody knows.
    for _ in range(3):
        await monitor.served.post(chat("a"), headers={"Authorization": "Bearer something-else"})
        await monitor.post("nobody", chat("a"))
    _, metrics = await monitor.served.get("/metrics")
    assert b'reason="unauthorised",source="platform"} 20.0' in metrics
    assert b'reason="unauthorised",source="http"} 6.0' in metrics
    assert b'reason="unauthorised",source="recorder"} 0.0' in metrics
    logged = "".join(capfd.readouterr())
    assert logged.count("sender_refused") == 2
    assert "something-else" not in logged


# Shapes of a body -----------------------------------------------------------------------------

PRETTY = json.dumps(json.loads(chat("a", text="一\n二")), indent=2, ensure_ascii=False).encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "accepted", "rejected"),
    [
        (b"[" + chat("a") + b"," + chat("b") + b"]", 2, []),
        (b"[\n " + PRETTY + b",\r\n " + chat("b") + b"\n]\n", 2, []),
        (PRETTY, 1, []),
        (b"\xef\xbb\xbf" + PRETTY, 1, []),
        (b"[]", 0, []),
        (b"", 0, []),
        (b"[" + chat("a") + b",{},7," + chat("b") + b"]", 2, [2, 3]),
        (b"[" + chat("a") + b"," + chat("b"), 0, [1]),  # cut off
        (chat("a") + b"\n\n[1]\n" + chat("b"), 2, [3]),
        (chat("a") + b"\n{\n", 1, [2]),
        (b"[" * 5_000, 0, [1]),
    ],
)
async def test_one_event_a_list_or_lines(
    monitor: Monitor, body: bytes, accepted: int, rejected: list[int]
) -> None:
    status, answer = await monitor.signed(body)
    assert status == 202
    assert (answer["accepted"], [item["line"] for item in answer["rejected"]]) == (
        accepted,
        rejected,
    )
    stored = monitor.stored()
    assert len(stored) == accepted
    for data in stored:
        assert b"\n" not in data
        assert decode(data)


async def test_what_is_no_event_is_kept_with_its_bytes_and_the_reason(monitor: Monitor) -> None:
    await monitor.signed(b'[{"type":"chat"},' + chat("a") + b"]")
    [(source, reason, data)] = monitor.letters()
    assert (source, data) == ("platform", b'{"type":"chat"}')
    assert "required field" in reason


# Programs that cannot sign --------------------------------------------------------------------


async def test_a_recorder_posts_with_the_secret_in_its_address(monitor: Monitor) -> None:
    status, answer = await monitor.post(f"recorder/{TOKEN}", json.dumps(STARTED).encode())
    assert (status, answer) == (202, {"accepted": 1, "rejected": []})
    [event] = map(decode, monitor.stored())
    assert isinstance(event, Session)
    assert (event.platform, event.room, event.seen) == ("bilibili", "23058", NOW)


async def test_its_attempts_are_one_event(monitor: Monitor) -> None:
    for _ in range(3):
        assert (await monitor.post(f"recorder/{TOKEN}", json.dumps(STARTED).encode()))[0] == 202
    assert len(monitor.stored()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "recorder",
        "recorder/wrong",
        "recorder/",
        f"recorder/{TOKEN}x",
        f"platform/{TOKEN}",
        f"x/{TOKEN}",
    ],
)
async def test_without_the_secret_nothing_is_taken(monitor: Monitor, path: str) -> None:
    url = f"{monitor.served.url}/api/v1/events/{path}"
    async with monitor.served.session.post(url, data=json.dumps(STARTED)) as response:
        assert response.status in (401, 404)
    assert monitor.stored() == []


async def test_secrets_are_in_no_log_line_and_no_series(
    monitor: Monitor, capfd: pytest.CaptureFixture[str]
) -> None:
    await monitor.post(f"recorder/{TOKEN}", b"nonsense")
    await monitor.post("recorder/another-secret-of-someone", b"nonsense")
    await monitor.signed(chat("a"), secret=WRONG)
    _, metrics = await monitor.served.get("/metrics")
    out = "".join(capfd.readouterr()) + metrics.decode()
    assert "sender_refused" in out
    for secret in (TOKEN, "another-secret-of-someone", NEW, OLD, WRONG):
        assert secret not in out
        assert secret.removeprefix("whsec_") not in out


async def test_a_program_on_this_machine_needs_no_secret(monitor: Monitor) -> None:
    body = gzip.compress(json.dumps(FORWARD).encode())
    status, answer = await monitor.post("console", body, {"Content-Encoding": "gzip"})
    assert (status, answer["accepted"], answer["rejected"]) == (202, 5, [])
    chats = [event for event in map(decode, monitor.stored()) if isinstance(event, Chat)]
    assert [one.text for one in chats] == ["多少钱一盒", "39.9 一盒"]
    # What nobody knows is kept, and the program is not bothered with it.
    assert [reason for _, reason, _ in monitor.letters()] == ["event 4: unknown event type unknown"]


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://evil.example"},  # a page in a browser on this machine
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "203.0.113.9"},  # a proxy that speaks for somebody else
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
    ],
)
async def test_a_page_or_a_proxy_is_no_program_of_this_machine(
    monitor: Monitor, header: dict[str, str]
) -> None:
    assert (await monitor.post("console", json.dumps(FORWARD).encode(), header))[0] == 401


async def test_what_a_decoder_cannot_read_is_told_and_kept(monitor: Monitor) -> None:
    status, answer = await monitor.post("console", b"\xffnonsense")
    assert (status, answer["accepted"]) == (202, 0)
    assert answer["rejected"][0]["reason"].startswith("body: no JSON")
    assert [data for _, _, data in monitor.letters()] == [b"\xffnonsense"]


async def test_a_decoder_that_fails_costs_only_its_body(monitor: Monitor) -> None:
    class Broken:
        def feed(self, frame: bytes, received_at: int) -> Any:
            raise ZeroDivisionError("oops")

    broken = msgspec.structs.replace(
        monitor.served.runtime.senders["console"], factory=lambda _: Broken()
    )
    monitor.served.runtime.senders["console"] = broken
    status, answer = await monitor.post("console", b"{}")
    assert (status, answer["accepted"]) == (202, 0)
    assert "ZeroDivisionError" in answer["rejected"][0]["reason"]
    assert [data for _, _, data in monitor.letters()] == [b"{}"]


# Configuration --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        (Sender(), "name a secrets_file or a token_file"),
        (Sender(secrets_file="FILE"), "line 1"),
        (Sender(secrets_file="/nowhere"), "cannot read /nowhere"),
        (Sender(token_file="FILE"), "at least 16"),
        (Sender(loopback=True, decoder="recorder-hook"), "say which platform"),
        (Sender(loopback=True, decoder="no-such", platform="x"), "no decoder 'no-such'"),
    ],
)
async def test_a_sender_that_cannot_be_told_from_others_stops_the_start(
    tmp_path: Path, sender: Sender, reason: str
) -> None:
    weak = tmp_path / "weak"
    weak.write_text("whsec_c2hvcnQ=")
    (tmp_path / "short").write_text("short")
    if sender.secrets_file == "FILE":
        sender = msgspec.structs.replace(sender, secrets_file=str(weak))
    if sender.token_file == "FILE":
        sender = msgspec.structs.replace(sender, token_file=str(tmp_path / "short"))
    with pytest.raises(ConfigError, match=reason) as caught:
        senders_of({"x": sender}, recording().pseudonyms)
    assert "ingest.senders.x" in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)


@pytest.mark.slow
async def test_the_key_of_pseudonyms_is_made_once_and_kept(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    users = []
    for _ in range(2):
        runtime = Runtime(tmp_path / "data", config, rulebook=rulebook())
        users.append(runtime.senders["console"].recording.account("o9h"))
        runtime.stop()
    assert users[0] == users[1]
    assert (tmp_path / "data" / "pseudonym.key").stat().st_mode & 0o777 == 0o600


async def test_no_sender_has_the_name_of_the_token_of_ingestion() -> None:
    with pytest.raises(ConfigError, match=r"ingest\.senders\.http"):
        senders_of({"http": Sender(loopback=True)}, recording().pseudonyms)


async def test_captured_frames_need_no_platform_and_other_words_do(
    config: Config,
) -> None:
    token = config.ingest.senders["recorder"].token_file
    pseudonyms = recording().pseudonyms
    senders = senders_of({"officer": Sender(decoder="frames", token_file=token)}, pseudonyms)
    assert senders["officer"].recording.platform == ""
    with pytest.raises(ConfigError, match=r"officer\.platform"):
        senders_of({"officer": Sender(decoder="wxlivespy", token_file=token)}, pseudonyms)
