"""`livewatch demo`: a recorded evening, played into the real monitor.

`livewatch run` decides between the two: with a `livewatch.toml` in the working directory it
serves, without one it plays the demo.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from connectors.whole_file import whole_file
from monitor.commands import serve
from monitor.commands.delivery import Delivery, DeliveryRefused, Unreachable
from monitor.commands.exits import Exit
from monitor.config import FILE_NAME
from monitor.demo.player import Place, Player, load_place, save_place, start_of_evening
from monitor.demo.recording import FIXED_START_MS, Recording, record

__all__ = ["DEFAULT_PACE", "DemoOptions", "run", "run_or_serve"]

#: Times its own pace: an evening of 53 minutes in less than two.
DEFAULT_PACE = 30.0
DEMO_DATA = Path("var/demo")
SERVE_DATA = Path("var/livewatch")
DEFAULT_PORT = 8080
#: How often the progress line is renewed, on a terminal and in a file.
TERMINAL_S, PLAIN_S = 0.5, 5.0


class DemoOptions(Struct, frozen=True, kw_only=True):
    """What the command line gives."""

    data: Path | None = None
    port: int | None = None
    """0: any free port; the address is printed."""
    pace: float = DEFAULT_PACE
    open: bool = False
    """Show the console in the browser."""
    write: Path | None = None
    """Write the recording to this file instead of playing it."""


def run_or_serve(options: DemoOptions) -> Exit:
    """What `make run` does: the own configuration if there is one, else the demo."""
    if not Path(FILE_NAME).is_file():
        return run(options)
    _say(f"livewatch: serving as {FILE_NAME} says; remove it to see the demo")
    return serve.run(serve.ServeOptions(data=options.data or SERVE_DATA, port=options.port))


def run(options: DemoOptions) -> Exit:
    """Serves and plays, until Ctrl-C; or writes the recording to a file."""
    if options.write is not None:
        return _write(options.write)
    data = options.data or DEMO_DATA
    port = options.port if options.port is not None else DEFAULT_PORT
    if _is_taken(port):
        _say(
            f"livewatch demo: port {port} of 127.0.0.1 is taken. Choose another: "
            f"livewatch demo --port {port + 1}, or --port 0 for any free one"
        )
        return Exit.UNREACHABLE
    # What is worth a line here is on the progress line; warnings and errors are shown.
    os.environ.setdefault("LIVEWATCH__LOG__LEVEL", "warning")
    return serve.run(
        serve.ServeOptions(data=data, port=port, host="127.0.0.1"),
        companion=lambda serving: _accompany(serving, data, options),
        collect=False,
    )


def _write(path: Path) -> Exit:
    from detectors.events import encode

    recording = record(FIXED_START_MS)
    try:
        with whole_file(path) as file:
            for event in recording.events:
                file.write(encode(event) + b"\n")
    except OSError as error:
        _say(f"livewatch demo: cannot write {path}: {error.strerror or error}")
        return Exit.USAGE
    _say(f"{len(recording.events):,} events written to {path}")
    return Exit.DONE


def _is_taken(port: int) -> bool:
    if port == 0:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def _accompany(serving: serve.Serving, data: Path, options: DemoOptions) -> Callable[[], None]:
    """Starts the playing; returns what ends it."""
    now = time.time_ns() // 1_000_000
    place = load_place(data)
    if place is None:
        start = start_of_evening(now, record(now).length_s, options.pace)
        place = Place(start_ms=start)
        save_place(data, place)
    elif place.done:
        _say(
            f"The evening was played into {data} before: the console shows what was found. "
            f"To see it again, stop, delete {data} and start anew. Ctrl-C stops."
        )
    else:
        _say(f"Continuing the evening in {data} after {place.sent:,} events. Ctrl-C stops.")
    if options.open:
        webbrowser.open(serving.url)
    if place.done:
        return lambda: None
    recording = record(place.start_ms)
    if place.sent == 0:
        _say(
            f"Playing {len(recording.history):,} events of ten days, then an evening of "
            f"{recording.length_s / 60:.0f} minutes "
            + ("at its own pace" if options.pace == 1 else f"{options.pace:g} times as fast")
            + ". Ctrl-C stops."
        )
    player = Player(
        recording,
        place,
        Delivery(serving.url, serving.token, give_up_after_s=120.0),
        pace=options.pace,
        remember=lambda reached: save_place(data, reached),
    )
    return _Playing(player, serving, recording).start()


class _Playing:
    """The player's thread, and the line that says how far it is."""

    def __init__(self, player: Player, serving: serve.Serving, recording: Recording) -> None:
        self._player = player
        self._serving = serving
        self._recording = recording
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._play, name="demo-player", daemon=True),
            threading.Thread(target=self._show, name="demo-progress", daemon=True),
        ]

    def start(self) -> Callable[[], None]:
        for thread in self._threads:
            thread.start()
        return self.stop

    def stop(self) -> None:
        self._player.stop()
        self._ended.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def _play(self) -> None:
        try:
            self._player.play()
        except (DeliveryRefused, Unreachable, OSError) as error:
            _say(f"livewatch demo: the playing stopped: {error}")
        finally:
            self._ended.set()

    def _show(self) -> None:
        if sys.stderr.isatty():
            from rich.console import Console

            console = Console(stderr=True, highlight=False)
            with console.status(self._line(), spinner="line") as status:
                while not self._ended.wait(TERMINAL_S):
                    status.update(self._line())
        else:
            while not self._ended.wait(PLAIN_S):
                _say(self._line())
        if self._player.done:
            # The last batch is still being looked at.
            deadline = time.monotonic() + 10
            while self._serving.runtime.worker.lag_events and time.monotonic() < deadline:
                time.sleep(0.1)
            _say(self._line())
            _say(f"The evening is over. The console stays at {self._serving.url} until Ctrl-C.")

    def _line(self) -> str:
        """“00:14:32/00:53:38 · 3,412/9,526 events · 5 lead 1 watch 1 info · delay 0.1 s”"""
        player, runtime = self._player, self._serving.runtime
        counts = runtime.store.counts()
        alerts = " ".join(f"{counts.get(level, 0)} {level}" for level in ("lead", "watch", "info"))
        return (
            f"{_clock(player.reached_s)}/{_clock(self._recording.length_s)} · "
            f"{player.sent:,}/{player.total:,} events · {alerts} · "
            f"delay {runtime.worker.lag_ms / 1000:.1f} s"
        )


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
