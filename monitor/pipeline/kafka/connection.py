"""How the brokers are reached, in the words of aiokafka: addresses, TLS, SASL."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaConnectionError

from monitor.errors import BrokerError, ConfigError

if TYPE_CHECKING:
    from monitor.config import Kafka

__all__ = ["client_options", "partitions_of", "password", "started", "tls_context"]

PROTOCOLS = {
    "plaintext": "PLAINTEXT",
    "tls": "SSL",
    "sasl": "SASL_PLAINTEXT",
    "sasl_tls": "SASL_SSL",
}


def client_options(settings: Kafka) -> dict[str, Any]:
    """Arguments that every client of aiokafka shares.

    Raises:
        ConfigError: a file is missing, or a setting that the chosen security needs.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": [name.strip() for name in settings.brokers.split(",")],
        "security_protocol": PROTOCOLS[settings.security],
    }
    context = tls_context(settings)
    if context is not None:
        options["ssl_context"] = context
    if settings.security.startswith("sasl"):
        options["sasl_mechanism"] = settings.mechanism
        options["sasl_plain_username"] = settings.username
        options["sasl_plain_password"] = password(settings)
    return options


async def started(consumer: Any, settings: Kafka) -> None:
    """Connects a consumer.

    Raises:
        BrokerError: no broker answers; the consumer is stopped.
    """
    try:
        await consumer.start()
    except KafkaConnectionError as error:
        await consumer.stop()
        raise BrokerError(f"no broker answers at {settings.brokers}") from error


async def partitions_of(consumer: Any, topic: str) -> list[int]:
    """The partitions of a topic, by a consumer that is connected.

    Raises:
        BrokerError: there is no such topic; the consumer is stopped.
    """
    known = (await consumer._client.fetch_all_metadata()).partitions_for_topic(topic)
    if not known:
        await consumer.stop()
        raise BrokerError(f"there is no topic {topic}: livewatch topics create")
    return sorted(known)


def tls_context(settings: Kafka) -> ssl.SSLContext | None:
    """Checks the brokers' certificates and names; ``None``: no TLS."""
    if not settings.security.endswith("tls"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"kafka.ca_file: cannot read {settings.ca_file}: {error}") from error
    if settings.cert_file:
        try:
            context.load_cert_chain(settings.cert_file, settings.key_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"kafka.cert_file: cannot read {settings.cert_file}: {error}"
            ) from error
    return context


def password(settings: Kafka) -> str:
    """The password of SASL, from its file."""
    if not settings.username or not settings.password_file:
        raise ConfigError("kafka.username and kafka.password_file are needed for SASL")
    path = Path(settings.password_file)
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"kafka.password_file: cannot read {path}: {error.strerror}") from error
    if not secret:
        raise ConfigError(f"kafka.password_file: {path} is empty")
    return secret
