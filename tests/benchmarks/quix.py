"""The same work as a Quix Streams application; run by `bench_kafka` in its own environment."""

from __future__ import annotations

import sys
import time
from typing import Any

from quixstreams import Application

from detectors.alerts import encode
from detectors.engine import Engine
from detectors.events import decode
from detectors.pack import load_rulebook
from detectors.room import RoomState


def main(broker: str, prefix: str, count: int) -> None:
    engine = Engine(load_rulebook())
    states: dict[str, RoomState] = {}
    seen, began = 0, 0.0
    app = Application(
        broker_address=broker,
        consumer_group=f"{prefix}-quix",
        auto_offset_reset="earliest",
        auto_create_topics=False,
        loglevel="ERROR",
    )
    alerts = app.topic(f"{prefix}.alerts", value_serializer="bytes")

    def evaluate(value: bytes) -> list[dict[str, Any]]:
        nonlocal seen, began
        began = began or time.perf_counter()
        event = decode(value)
        key = f"{event.platform}:{event.room}"
        state = states.get(key)
        if state is None:
            state = states[key] = engine.open(event.platform, event.room)
        raised = engine.step(state, [event], now=0)
        state._changed.clear()
        seen += 1
        if seen == count:
            print(count / (time.perf_counter() - began), flush=True)
        return [encode(alert) for alert in raised]  # type: ignore[misc]

    frame = app.dataframe(app.topic(f"{prefix}.events", value_deserializer="bytes"))
    frame = frame.apply(evaluate, expand=True)
    frame.to_topic(alerts)
    app.run(count=count, timeout=60)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
