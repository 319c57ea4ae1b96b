"""Status icons as masks: the shapes of templates/public/_icons.svg, drawn with Pillow."""

from collections.abc import Callable, Iterable, Mapping
from math import ceil

from PIL import Image, ImageDraw

__all__ = ["draw_icon"]

# Edges are smooth because the mask is drawn larger and scaled down.
_OVERSAMPLING = 4
_UNITS = 20
_LINE, _CUT = 2.2, 2.4

Point = tuple[float, float]

_OCTAGON: tuple[Point, ...] = (
    (6.3, 1), (13.7, 1), (19, 6.3), (19, 13.7), (13.7, 19), (6.3, 19), (1, 13.7), (1, 6.3),
)  # fmt: skip
# The outline of the spanner, its arcs as chords.
_SPANNER: tuple[Point, ...] = (
    (13.6, 1.2), (12.76, 1.26), (11.95, 1.46), (11.19, 1.78), (10.48, 2.22), (9.86, 2.77),
    (9.32, 3.42), (8.89, 4.15), (8.59, 4.92), (8.42, 5.73), (8.38, 6.56), (8.47, 7.39), (8.7, 8.2),
    (1.9, 15), (1.6, 15.47), (1.43, 15.98), (1.38, 16.51), (1.47, 17.04), (1.69, 17.53),
    (2.03, 17.97), (2.47, 18.31), (2.96, 18.53), (3.49, 18.62), (4.02, 18.57), (4.53, 18.4),
    (5, 18.1), (11.8, 11.3), (12.78, 11.57), (13.78, 11.65), (14.77, 11.54), (15.72, 11.24),
    (16.6, 10.76), (17.38, 10.1), (18.03, 9.31), (18.49, 8.42), (18.78, 7.47), (18.88, 6.48),
    (18.79, 5.48), (18.5, 4.5), (15.2, 7.8), (12.8, 7.2), (12.2, 4.8), (15.5, 1.5), (15.19, 1.4),
    (14.88, 1.32), (14.56, 1.26), (14.24, 1.22), (13.92, 1.2),
)  # fmt: skip


def draw_icon(symbol: str, size: int) -> Image.Image:
    """The icon of a service status or of `unknown` as a mask of `size` pixels each way."""
    pen = _Pen(size * _OVERSAMPLING)
    _SHAPES[symbol](pen)
    return pen.mask.resize((size, size), Image.Resampling.LANCZOS)


class _Pen:
    """Draws on a mask in the units of the icons, which are 20 wide and high."""

    def __init__(self, side: int) -> None:
        self.mask = Image.new("L", (side, side), 0)
        self._draw = ImageDraw.Draw(self.mask)
        self._scale = side / _UNITS

    def disc(self, x: float, y: float, radius: float, *, cut: bool = False) -> None:
        self._draw.ellipse(self._box(x, y, radius), fill=0 if cut else 255)

    def polygon(self, points: Iterable[Point]) -> None:
        self._draw.polygon([self._at(point) for point in points], fill=255)

    def half_disc(self, x: float, y: float, radius: float) -> None:
        """The half on the right-hand side, in every writing direction."""
        self._draw.pieslice(self._box(x, y, radius), -90, 90, fill=255)

    def line(self, points: Iterable[Point], width: float, *, cut: bool = False) -> None:
        """A line with round ends and corners; with `cut` it is taken out of the mask."""
        ends = list(points)
        pixels = [self._at(point) for point in ends]
        fill = 0 if cut else 255
        self._draw.line(pixels, fill=fill, width=ceil(width * self._scale))
        for x, y in ends:
            self.disc(x, y, width / 2, cut=cut)

    def _at(self, point: Point) -> Point:
        return point[0] * self._scale, point[1] * self._scale

    def _box(self, x: float, y: float, radius: float) -> tuple[float, float, float, float]:
        return (*self._at((x - radius, y - radius)), *self._at((x + radius, y + radius)))


def _check(pen: _Pen) -> None:
    pen.disc(10, 10, 9)
    pen.line([(5.8, 10.4), (8.7, 13.3), (14.3, 7.3)], _CUT, cut=True)


def _waves(pen: _Pen) -> None:
    for y in (7.6, 13.6):
        points: list[Point] = [(1.6, y)]
        # Three quadratic curves, up, down and up.
        for index, bend in enumerate((-4.6, 4.6, -4.6)):
            x = 1.6 + 5.6 * index
            shares = [step / 8 for step in range(1, 9)]
            points += [(x + 5.6 * share, y + 2 * share * (1 - share) * bend) for share in shares]
        pen.line(points, _LINE)


def _half(pen: _Pen) -> None:
    pen.disc(10, 10, 9)
    pen.disc(10, 10, 9 - _LINE, cut=True)
    pen.half_disc(10, 10, 8)


def _cross(pen: _Pen) -> None:
    pen.polygon(_OCTAGON)
    pen.line([(6.6, 6.6), (13.4, 13.4)], _CUT, cut=True)
    pen.line([(13.4, 6.6), (6.6, 13.4)], _CUT, cut=True)


def _spanner(pen: _Pen) -> None:
    pen.polygon(_SPANNER)


def _dash(pen: _Pen) -> None:
    pen.line([(6, 10), (14, 10)], _LINE)


_SHAPES: Mapping[str, Callable[[_Pen], None]] = {
    "operational": _check,
    "degraded_performance": _waves,
    "partial_outage": _half,
    "major_outage": _cross,
    "under_maintenance": _spanner,
    "unknown": _dash,
}
