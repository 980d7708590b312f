"""Charts as SVG, drawn here and by nobody else's script: two worlds side by side.

Colours are classes of the page that holds them (`baseline`, `scenario`), so that light, dark and
print differ in one place. Every chart says in words what it shows; its numbers stand in a table.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr

WIDTH: Final = 640
HEIGHT: Final = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 46
_MOST_LABELS: Final = 12
_ROW: Final = 44
_LETTER: Final = 7.6
"""About as wide as a letter is, for room beside labels."""


class Pair(NamedTuple):
    """A label and its figures in either world."""

    label: str
    baseline: int
    scenario: int


def columns(title: str, says: str, pairs: Sequence[Pair]) -> str:
    """Two columns for each label, side by side."""
    ticks = _ticks(_highest(pairs))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(pairs))
    bar = max(1.0, min(22.0, step * 0.42 - 0.5))
    parts = [*_grid(ticks), *_labels(pairs, step)]
    for n, pair in enumerate(pairs):
        middle = _LEFT + step * (n + 0.5)
        for world, value, x in (
            ("baseline", pair.baseline, middle - bar - 0.5),
            ("scenario", pair.scenario, middle + 0.5),
        ):
            y = _y(value, ticks)
            parts.append(
                _bar(world, (x, y, bar, _y(0, ticks) - y), f"{pair.label}: {value} in the {world}")
            )
    return _svg(title, says, parts, HEIGHT)


def lines(title: str, says: str, pairs: Sequence[Pair]) -> str:
    """Two lines over the labels, which are points in time."""
    ticks = _ticks(_highest(pairs))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(pairs))
    parts = [*_grid(ticks), *_labels(pairs, step)]
    for world in ("baseline", "scenario"):
        points = [
            (_LEFT + step * (n + 0.5), _y(getattr(pair, world), ticks))
            for n, pair in enumerate(pairs)
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="line {world}" points="{path}"/>')
        parts += [
            f'<circle class="dot {world}" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>'
            f"{escape(pair.label)}: {getattr(pair, world)} in the {world}</title></circle>"
            for (x, y), pair in zip(points, pairs, strict=True)
        ]
    return _svg(title, says, parts, HEIGHT)


def rows(title: str, says: str, pairs: Sequence[Pair]) -> str:
    """Two bars for each label, one below the other: for long labels."""
    room = 12 + _LETTER * max((len(pair.label) for pair in pairs), default=0)
    most = max(1, _highest(pairs))
    scale = (WIDTH - room - 56) / most
    parts: list[str] = []
    for n, pair in enumerate(pairs):
        top = 8 + n * _ROW
        parts.append(_text(room - 8, top + 22, pair.label, "end"))
        for world, value, y in (
            ("baseline", pair.baseline, top),
            ("scenario", pair.scenario, top + 16),
        ):
            told = f"{pair.label}: {value} in the {world}"
            parts.append(_bar(world, (room, y, max(1.0, value * scale), 14), told))
            parts.append(_text(room + max(1.0, value * scale) + 6, y + 12, f"{value:,}", "start"))
    return _svg(title, says, parts, 16 + _ROW * len(pairs))


def _svg(title: str, says: str, parts: Sequence[str], height: int) -> str:
    told = quoteattr(f"{title}. {says}")
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label={told} '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _bar(world: str, box: tuple[float, float, float, float], told: str) -> str:
    x, y, width, height = box
    return (
        f'<rect class="bar {world}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{max(0.0, height):.1f}"><title>{escape(told)}</title></rect>'
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _grid(ticks: Sequence[int]) -> Iterator[str]:
    for tick in ticks:
        y = _y(tick, ticks)
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(_LEFT - 8, y + 4.5, f"{tick:,}", "end")


def _labels(pairs: Sequence[Pair], step: float) -> Iterator[str]:
    widest = _LETTER * max((len(pair.label) for pair in pairs), default=0) + 14
    every = max(1, -(-len(pairs) // _MOST_LABELS), int(-(-widest // step)))
    for n in range(len(pairs) - 1, -1, -every):  # the last is what people look for
        x, half = _LEFT + step * (n + 0.5), _LETTER * len(pairs[n].label) / 2
        x = min(max(x, half), WIDTH - half)  # none is cut off at an edge
        yield _text(x, HEIGHT - _BOTTOM + 22, pairs[n].label, "middle")


def _highest(pairs: Sequence[Pair]) -> int:
    return max((max(pair.baseline, pair.scenario) for pair in pairs), default=0)


def _ticks(highest: int) -> list[int]:
    """Round values from 0 to at least the highest, four or five of them."""
    step = 1
    while step * 4 < highest:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return [step * n for n in range(5) if n == 0 or step * (n - 1) < max(1, highest)]


def _y(value: int, ticks: Sequence[int]) -> float:
    room = HEIGHT - _TOP - _BOTTOM
    return _TOP + room * (1 - value / max(1, ticks[-1]))
