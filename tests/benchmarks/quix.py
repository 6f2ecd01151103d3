"""The same work as a Quix Streams application; run by `bench_kafka` in its own environment.

`quix` keeps the states of rooms in memory only. `quix-durable` keeps what an event has changed of
a state in Quix's store, so that it survives as the worker's states do.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from typing import Any

import msgspec
from quixstreams import Application

from detectors.alerts import encode
from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from detectors.events import decode
from tests.benchmarks.contenders import Job, prepared, say_ready
from tests.benchmarks.meter import Meter


def main(name: str, text: str) -> None:
    job = msgspec.json.decode(text, type=Job)
    durable = name == "quix-durable"
    engine = Engine(prepared())
    states: dict[str, RoomState] = {}
    meter = Meter()
    seen = 0
    folder = tempfile.mkdtemp(prefix=job.prefix)
    app = Application(
        broker_address=job.broker,
        consumer_group=f"{job.prefix}-quix",
        auto_offset_reset="earliest",
        auto_create_topics=durable,
        state_dir=folder,
        loglevel="ERROR",
    )
    alerts = app.topic(f"{job.prefix}.alerts", value_serializer="bytes")

    def evaluate(value: bytes, kept: Any = None) -> list[dict[str, Any]]:
        nonlocal seen
        if not seen:
            meter.start()
        event = decode(value)
        key = f"{event.platform}:{event.room}"
        state = states.get(key)
        if state is None:
            state = states[key] = engine.open(event.platform, event.room)
        raised = engine.step(state, [event], now=0)
        if kept is None:
            state._changed.clear()
        else:
            for part, data in engine.changed_parts(state).items():
                if data is None:
                    kept.delete(part)
                else:
                    kept.set_bytes(part, data)
        seen += 1
        if seen == job.events:
            meter.stop(seen)
            meter.report()
            shutil.rmtree(folder, ignore_errors=True)
        return [encode(alert) for alert in raised]  # type: ignore[misc]

    frame = app.dataframe(app.topic(f"{job.prefix}.events", value_deserializer="bytes"))
    frame = frame.apply(evaluate, expand=True, stateful=durable)
    frame.to_topic(alerts)
    say_ready()
    app.run(count=job.events, timeout=60)


if __name__ == "__main__":
    main(*sys.argv[1:])
