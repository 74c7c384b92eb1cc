"""A line over time as inline SVG; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from html import escape

__all__ = ["line_plot"]

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 12, 34


def line_plot(points: Sequence[tuple[datetime, float]], *, title: str) -> str:
    """Return an ``<svg>`` of values over time, the oldest left; the scale begins at 0.

    Args:
        points: in rising order of time; a single one is a dot, none is an empty frame.
        title: read out by screen readers.
    """
    top = _round_up(max((value for _, value in points), default=0.0))
    xs = _positions([moment.timestamp() for moment, _ in points])
    ys = [_y(value, top) for _, value in points]
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    for share in (0.0, 0.5, 1.0):
        y = _y(share * top, top)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="axis" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share * top:,.0f}</text>'
        )
    if len(points) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        parts.append(f'<polyline class="line" points="{path}"/>')
    for (moment, value), x, y in zip(points, xs, ys, strict=True):
        parts.append(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5">'
            f"<title>{moment:%Y-%m-%d %H:%M}: {value:,.0f}</title></circle>"
        )
    for index, anchor in ((0, "start"), (-1, "end")):
        if points and (index == 0 or len(points) > 1):
            parts.append(
                f'<text class="axis" x="{xs[index]:.1f}" y="{_HEIGHT - 10}" text-anchor="{anchor}">'
                f"{points[index][0]:%Y-%m-%d}</text>"
            )
    return "".join([*parts, "</svg>"])


def _positions(moments: Sequence[float]) -> list[float]:
    inner = _WIDTH - _LEFT - _RIGHT
    if not moments:
        return []
    span = moments[-1] - moments[0]
    if span <= 0:
        return [_LEFT + inner / 2] * len(moments)
    return [_LEFT + inner * (moment - moments[0]) / span for moment in moments]


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / top


def _round_up(value: float) -> float:
    """Return 1, 2 or 5 times a power of ten that is not below the value; at least 2."""
    if value <= 2:
        return 2.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)
