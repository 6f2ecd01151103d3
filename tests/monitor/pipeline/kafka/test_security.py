"""TLS and SASL against a real listener that speaks both."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from monitor.commands.examination import _brokers
from monitor.config import Config
from monitor.errors import BrokerError, ConfigError
from monitor.pipeline.kafka.connection import client_options
from monitor.pipeline.kafka.topics import TopicNames, check_topics, create_topics
from tests.deploy.tools import free_port
from tests.monitor.build import speech
from tests.monitor.pipeline.kafka.broker import INSTRUCTION, JARS, Broker
from tests.monitor.pipeline.kafka.conftest import new_config, written
from tests.monitor.pipeline.kafka.scale import WorkerProcess, concluded, messages, send, until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

#: Numbers of the protocol.
TOPIC, LITERAL, ALLOW, DESCRIBE, DESCRIBE_CONFIGS = 2, 3, 3, 8, 10
USER, PASSWORD = "watcher", "a password of the tests"


def certificates(folder: Path) -> None:
    """An authority, and a certificate of the broker's for 127.0.0.1."""
    commands = [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority",
        "req -newkey rsa:2048 -nodes -keyout broker.key -out broker.csr -subj /CN=broker"
        " -addext subjectAltName=IP:127.0.0.1",
        "x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out broker.pem"
        " -days 2 -copy_extensions copy",
    ]
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    parts = [(folder / name).read_text() for name in ("broker.key", "broker.pem", "ca.pem")]
    (folder / "keystore.pem").write_text("".join(parts))


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of the listener with TLS and SASL, and the folder with the authority."""
    missing = [*Broker.missing(), *(["openssl"] if shutil.which("openssl") is None else [])]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not found; {INSTRUCTION}")
    folder = tmp_path_factory.mktemp("secure")
    certificates(folder)
    port, tls = free_port(2), free_port()
    login = "org.apache.kafka.common.security"
    properties = "\n".join(
        [
            f"listeners=PLAINTEXT://127.0.0.1:{port},SECURE://127.0.0.1:{tls},"
            f"CONTROLLER://127.0.0.1:{port + 1}",
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{port},SECURE://127.0.0.1:{tls}",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL",
            "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
            f"listener.name.secure.plain.sasl.jaas.config={login}.plain.PlainLoginModule"
            f' required user_{USER}="{PASSWORD}";',
            "listener.name.secure.scram-sha-512.sasl.jaas.config="
            f"{login}.scram.ScramLoginModule required;",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS",
            "allow.everyone.if.no.acl.found=true",
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={folder / 'keystore.pem'}",
        ]
    )
    broker = Broker(folder, port=port, properties=properties + "\n")
    broker.start()
    subprocess.run(
        [
            *("java", "-Xmx128m", "-cp", f"{JARS}/*", "kafka.admin.ConfigCommand"),
            *("--bootstrap-server", broker.address, "--alter", "--entity-type", "users"),
            *("--entity-name", USER, "--add-config", f"SCRAM-SHA-512=[password={PASSWORD}]"),
        ],
        check=True,
        capture_output=True,
    )
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "plain").write_text(broker.address)
    yield f"127.0.0.1:{tls}", folder
    broker.stop()


def secured(secure: tuple[str, Path], **changes: object) -> Config:
    address, folder = secure
    values: dict[str, object] = {
        "security": "sasl_tls",
        "username": USER,
        "password_file": str(folder / "password"),
        "ca_file": str(folder / "ca.pem"),
    }
    return new_config(address, **(values | changes))


async def allow(address: str, topic: str, operations: tuple[int, ...]) -> None:
    """Lets the user do this with a topic and, since there is a list now, nothing else."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    for operation in operations:
        answer = await admin._send_request(
            CreateAclsRequest(TOPIC, topic, LITERAL, f"User:{USER}", "*", operation, ALLOW)
        )
        assert [code for code, _ in answer.creation_responses] == [0]
    await admin.close()


@pytest.mark.slow(4)
@pytest.mark.law(2)
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_a_worker_evaluates_over_tls_with_a_password(
    secure: tuple[str, Path], mechanism: str, tmp_path: Path
) -> None:
    config = secured(secure, mechanism=mechanism)
    asyncio.run(create_topics(config))
    lines = [
        speech("a", 0, "这款茶喝一个月高血压就降下来"),
        *(speech(f"b{second}", second) for second in range(1, 10)),
    ]
    send(config, messages(config, lines))
    worker = WorkerProcess(written(config, tmp_path), tmp_path / "worker.log")
    try:
        until(lambda: bool(concluded(config)), what="the alert")
    finally:
        assert worker.stop() == 0


def test_a_wrong_password_and_an_unknown_authority_are_refused(
    secure: tuple[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("another")
    wrong = secured(secure, password_file=str(tmp_path / "password"))
    with pytest.raises(BrokerError):
        asyncio.run(check_topics(wrong))
    with pytest.raises(BrokerError):
        asyncio.run(check_topics(secured(secure, ca_file=None)))


def test_what_a_user_may_not_do_is_not_missing_and_clocks_are_compared(
    secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = secured(secure)
    asyncio.run(create_topics(config))

    def doctor() -> tuple[str, str]:
        found = _brokers(config)
        return found.verdict, found.says

    assert doctor()[0] == "ok"
    assert "no event yet" in doctor()[1]
    send(config, messages(config, [speech("a", 0)]))
    assert "s ago by their clock" in doctor()[1]
    with monkeypatch.context() as patched:
        hour_ago = time.time_ns() - 3_600 * 10**9
        patched.setattr(
            "monitor.commands.examination.time", SimpleNamespace(time_ns=lambda: hour_ago)
        )
        verdict, says = doctor()
        assert (verdict, "the newest event comes in 35" in says or "comes in 36" in says) == (
            "warn",
            True,
        ), says
    names = TopicNames.of(config.kafka.prefix)
    allowed = {
        names.events: (DESCRIBE, DESCRIBE_CONFIGS), names.alerts: (DESCRIBE,),
        names.summaries: (DESCRIBE_CONFIGS,),
    }  # fmt: skip
    told = [
        f"{names.events} cannot be read: TopicAuthorizationFailedError",
        f"{names.alerts}: {USER} may not read its settings",
        f"{names.summaries}: {USER} may not describe it",
    ]
    for (topic, operations), says in zip(allowed.items(), told, strict=True):
        asyncio.run(allow((secure[1] / "plain").read_text(), topic, operations))
        # A broker hears of it from the controller a moment later.
        until(lambda text=says: text in doctor()[1], what=says)  # type: ignore[misc]  # bound now
        assert doctor()[0] == "fail"
        assert "missing" not in doctor()[1]


def test_a_password_comes_from_its_file_only(tmp_path: Path) -> None:
    for settings in (
        {"security": "sasl", "username": "x"},
        {"security": "sasl", "username": "x", "password_file": str(tmp_path / "nowhere")},
        {"security": "tls", "ca_file": str(tmp_path / "nowhere")},
    ):
        with pytest.raises(ConfigError):
            client_options(new_config("x:1", **settings).kafka)
