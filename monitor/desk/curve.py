"""The price curve as geometry: two panels on one time axis, drawn by the server as inline SVG.

The upper panel shows the whole range from zero with the reference price, the lower one the traded
band enlarged. Lines stop at the edges of gaps; nothing is interpolated, no axis is cut unsaid.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from msgspec import Struct

from detectors.alerts import Alert, PricePoint
from detectors.calendar import DAY_MS
from monitor.desk.formats import SHANGHAI, local

__all__ = ["Curve", "Panel", "curve_of"]

WIDTH = 972
LEFT, RIGHT = 52, 112
TOP, TALL, LOW, BETWEEN, BELOW = 34, 152, 120, 36, 26
#: Kinds of prices that a buyer could have paid or was asked; a deposit is none.
_STEPS = ("asking", "coupon")
Place = Literal["settled", "on_detail_page", "elsewhere"]
#: Where the higher price of two stood, as the rule names it; else it was paid.
_PLACES: dict[str, Place] = {"详情页": "on_detail_page", "另一处": "elsewhere"}


class Tick(NamedTuple):
    """A mark of an axis."""

    place: float
    words: str


class Dot(NamedTuple):
    """A transaction price; the ringed one is what the rule compared: the lowest in the window, or the one that
    was settled above what was shown."""

    x: float
    y: float
    ringed: bool


class Panel(Struct, kw_only=True):
    """One of the two panels."""

    top: float
    height: float
    ticks: list[Tick]
    path: str
    dots: list[Dot]
    low_fen: int
    high_fen: int

    def y(self, fen: int) -> float:
        span = max(1, self.high_fen - self.low_fen)
        return round(self.top + self.height * (1 - (fen - self.low_fen) / span), 1)


class Stripe(NamedTuple):
    """An interval on the time axis."""

    x: float
    width: float
    start: int
    end: int


class Curve(Struct, kw_only=True):
    """Everything that the template draws."""

    width: int
    height: float
    left: int
    right: float
    panels: list[Panel]
    days: list[Tick]
    window: Stripe | None
    gaps: list[Stripe]
    alert_x: float
    reference_fen: int | None
    reference_y: float | None
    reference_label: str
    now_fen: int | None
    lowest: Dot | None
    lowest_fen: int | None
    settled: Dot | None
    settled_fen: int | None
    settled_at: Place
    traded: bool
    """There are transaction prices among the points."""


def curve_of(alert: Alert) -> Curve | None:
    """The curve of an alert that carries prices; ``None``: there is none to draw."""
    points = sorted(alert.evidence.prices, key=lambda point: (point.at, point.kind))
    drawn = [point for point in points if point.kind != "deposit"]
    if not drawn:
        return None
    moment = alert.last_at
    reference = _number(alert, "reference_fen")
    start = min(point.at for point in drawn)
    end = max(moment, max(point.at for point in drawn))
    compared = _window(alert)
    if compared is not None:
        start = min(start, compared[0])
    start -= max(60_000, (end - start) // 20)
    scale = _Scale(start, end)
    gaps = [
        Stripe(scale.x(max(gap.from_, start)), scale.x(min(gap.until, end)) - scale.x(max(gap.from_, start)), gap.from_, gap.until)
        for gap in alert.evidence.gaps
        if gap.until > start and gap.from_ < end
    ]  # fmt: skip
    prices = [point.price for point in drawn]
    top_fen = max([*prices, reference or 0, 100])
    upper = _panel(
        TOP, TALL, 0, *_nice(0, top_fen), drawn, scale, gaps=alert.evidence.gaps, end=end
    )
    low, high, step = _band(min(prices), max(prices))
    lower = _panel(
        TOP + TALL + BETWEEN, LOW, low, high, step, drawn, scale, gaps=alert.evidence.gaps, end=end
    )
    window, lowest = None, None
    if compared is not None:
        low_at, high_at = max(start, compared[0]), min(end, compared[1])
        window = Stripe(scale.x(low_at), scale.x(high_at) - scale.x(low_at), low_at, high_at)
        paid = [
            point
            for point in drawn
            if point.kind == "transaction" and point.until >= low_at and point.at <= high_at
        ]
        lowest = min(paid, key=lambda point: (point.price, point.at), default=None)
    # The band is worth a panel of its own only where it is narrower than the whole range.
    panels = [upper, lower] if lower.high_fen < upper.high_fen else [upper]
    lowest_dot = None
    if lowest is not None:
        x = scale.x(max(lowest.at, start))
        for panel in panels:
            lowest_dot = Dot(x, panel.y(lowest.price), ringed=True)
            panel.dots.append(lowest_dot)
    settled_fen = _number(alert, "settled_fen")
    at = max((point.at for point in drawn if point.price == settled_fen), default=None)
    settled = None
    if at is not None and settled_fen is not None:
        for panel in panels:
            settled = Dot(scale.x(max(at, start)), panel.y(settled_fen), ringed=True)
            panel.dots.append(settled)
    asked = [point for point in drawn if point.kind in _STEPS and point.at <= moment]
    return Curve(
        width=WIDTH,
        height=panels[-1].top + panels[-1].height + BELOW,
        left=LEFT,
        right=WIDTH - RIGHT,
        panels=panels,
        days=scale.ticks(),
        window=window,
        gaps=gaps,
        alert_x=scale.x(moment),
        reference_fen=reference,
        reference_y=upper.y(reference) if reference else None,
        reference_label=_reference_label(alert),
        now_fen=asked[-1].price if asked else drawn[-1].price,
        lowest=lowest_dot,
        lowest_fen=lowest.price if lowest is not None else None,
        settled=settled,
        settled_fen=settled_fen if settled is not None else None,
        settled_at=_PLACES.get(str(alert.evidence.numbers.get("where")), "settled"),
        traded=any(point.kind == "transaction" for point in drawn),
    )


class _Scale:
    """Time to pixels."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, max(end, start + 1)

    def x(self, at: int) -> float:
        ratio = (at - self.start) / (self.end - self.start)
        return round(LEFT + ratio * (WIDTH - LEFT - RIGHT), 1)

    def ticks(self) -> list[Tick]:
        """Midnights, or round hours and minutes when the whole is shorter than two days."""
        span = self.end - self.start
        if span >= 2 * DAY_MS:
            every = max(1, math.ceil(span / DAY_MS / 12))
            first = local(self.start).replace(hour=0, minute=0, second=0, microsecond=0)
            days = range(0, int(span // DAY_MS) + 2)
            moments = [first + timedelta(days=day) for day in days if day % every == 0]
            words = [f"{moment:%m-%d}" for moment in moments]
        else:
            step = next(
                (
                    minutes
                    for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 240, 360)
                    if span / 60_000 / minutes <= 10
                ),
                720,
            )
            first_minute = math.ceil(self.start / 60_000 / step) * step
            moments = [
                datetime.fromtimestamp(minute * 60, SHANGHAI)
                for minute in range(first_minute, self.end // 60_000 + 1, step)
            ]
            words = [f"{moment:%H:%M}" for moment in moments]
        return [
            Tick(self.x(at), text)
            for moment, text in zip(moments, words, strict=True)
            if self.start <= (at := int(moment.timestamp() * 1000)) <= self.end
        ]


def _window(alert: Alert) -> tuple[int, int] | None:
    """The interval that the rule compared with, where it says so."""
    start = alert.evidence.numbers.get("window_start")
    end = alert.evidence.numbers.get("window_end")
    if isinstance(start, int) and isinstance(end, int) and start < end:
        return start, end
    return None


def _number(alert: Alert, name: str) -> int | None:
    """A price that the rule compared, in 分; ``None``: it compared none of this name, so none is drawn,
    whatever stood beside the price."""
    named = alert.evidence.numbers.get(name)
    return named if isinstance(named, int) and not isinstance(named, bool) else None


def _reference_label(alert: Alert) -> str:
    for event in reversed(alert.evidence.trigger):
        label = getattr(event, "reference_label", None)
        if label:
            return str(label)
    return ""


def _nice(low: int, high: int) -> tuple[int, int]:
    """Upper end and step of an axis in 分, on round numbers, with three or four steps."""
    span = max(1, high - low)
    magnitude = 10 ** math.floor(math.log10(span / 3)) if span >= 3 else 1
    step = next(int(magnitude * m) for m in (1, 2, 5, 10) if magnitude * m * 4 >= span)
    step = max(step, 1)
    # The end may fall between two steps, so that little of the panel stays empty.
    half = max(step // 2, 1)
    return low + half * math.ceil(span * 1.02 / half), step


def _band(low: int, high: int) -> tuple[int, int, int]:
    """The traded band with some air, on round numbers."""
    air = max((high - low) // 4, high // 20, 10)
    _, step = _nice(0, max(1, high - low + 2 * air))
    bottom = max(0, (low - air) // step * step)
    top = math.ceil((high + air) / step) * step
    return bottom, max(top, bottom + step), step


def _panel(
    top: float,
    height: float,
    low: int,
    high: int,
    step: int,
    points: Sequence[PricePoint],
    scale: _Scale,
    *,
    gaps: Iterable[object],
    end: int,
) -> Panel:
    panel = Panel(top=top, height=height, ticks=[], path="", dots=[], low_fen=low, high_fen=high)
    panel.ticks = [Tick(panel.y(value), f"{value / 100:g}") for value in range(low, high + 1, step)]
    panel.path = _path(panel, points, scale, gaps, end)
    panel.dots = [
        Dot(scale.x(max(point.at, scale.start)), panel.y(point.price), ringed=False)
        for point in points
        if point.kind == "transaction"
    ]
    return panel


def _path(
    panel: Panel, points: Sequence[PricePoint], scale: _Scale, gaps: Iterable[object], end: int
) -> str:
    """Steps of the asked price: each holds until the next, except through a gap."""
    steps = [point for point in points if point.kind in _STEPS]
    if not steps:
        return ""
    breaks = [(gap.from_, gap.until) for gap in gaps]  # type: ignore[attr-defined]
    parts: list[str] = []
    last_y: float | None = None
    for place, point in enumerate(steps):
        begin = max(point.at, scale.start)
        until = steps[place + 1].at if place + 1 < len(steps) else max(point.until, end)
        y = panel.y(point.price)
        for piece_start, piece_end in _outside(begin, until, breaks):
            joined = last_y is not None and piece_start == begin
            move = f"V{y}" if joined else f"M{scale.x(piece_start)} {y}"
            parts.append(f"{move}H{scale.x(piece_end)}")
            last_y = y if piece_end == until else None
        if not parts or until <= begin:
            continue
    return "".join(parts)


def _outside(start: int, end: int, breaks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of an interval when others are cut out of it."""
    pieces = [(start, end)]
    for low, high in breaks:
        pieces = [
            piece
            for begin, until in pieces
            for piece in ((begin, min(until, low)), (max(begin, high), until))
            if piece[1] > piece[0]
        ]
    return pieces
