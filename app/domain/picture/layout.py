"""Where everything of a picture stands. All lengths are pixels; the same picture is laid out the same way each time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.picture.ordering import Arranged, Cell, arranged
from app.domain.picture.picture import Box, Line, Picture
from app.domain.picture.words import seen

WIDTH: Final = 264.0
HEAD: Final = 50.0  # a box's code and models
MARK: Final = 17.0  # each line below
TAG: Final = 24.0  # the condition above a box
PILL: Final = 34.0
PILL_WIDTH: Final = 96.0
ACROSS: Final = 30.0
BESIDE: Final = 76.0  # between a box and its fallback, where the line between them is told
DOWN: Final = 46.0
EDGE: Final = 16.0
PASSAGES: Final = 24


@dataclass(frozen=True, slots=True)
class Placed:
    """A box and the upper left corner of its place; `height` with the condition, which stands above it."""

    box: Box
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line from point to point, from the top down."""

    line: Line
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """`inputs` and `answer` are the middles of their upper edges."""

    width: float
    height: float
    boxes: tuple[Placed, ...]
    lines: tuple[Drawn, ...]
    inputs: tuple[float, float]
    answer: tuple[float, float]


def height_of(box: Box) -> float:
    """How high a box is drawn, with its condition."""
    lines = len(box.marks) + (0 if box.sight is None else len(seen(box.sight)))
    return HEAD + MARK * lines + (6.0 if lines else 0.0) + (TAG if box.when is not None else 0.0)


def layout(picture: Picture) -> Layout:
    """The picture, laid out."""
    order = arranged(picture)
    middles = _middles(picture, order)
    left = min(middles[cell] - _left(cell) for row in order.rows for cell in row) - EDGE
    middles = {cell: round(middle - left, 1) for cell, middle in middles.items()}
    heights = [max(_height(picture, cell) for cell in row) for row in order.rows]
    tops = [round(EDGE + sum(heights[:row]) + DOWN * row, 1) for row in range(len(heights))]
    width = max(middles[cell] + _right(picture, cell) for row in order.rows for cell in row) + EDGE
    return Layout(
        width=round(width, 1),
        height=round(tops[-1] + PILL + EDGE, 1),
        boxes=tuple(_placed(picture, order, middles, tops)),
        lines=tuple(_drawn(picture, order, middles, tops, heights)),
        inputs=(middles[order.rows[0][0]], tops[0]),
        answer=(middles[order.rows[-1][0]], tops[-1]),
    )


def _placed(picture: Picture, order: Arranged, middles: dict[Cell, float], tops: Sequence[float]) -> Iterator[Placed]:
    for row in order.rows:
        for cell in row:
            if cell.box is None:
                continue
            x = round(middles[cell] - WIDTH / 2, 1)
            yield Placed(cell.box, x, tops[cell.row], height_of(cell.box))
            spare = picture.beside(cell.box.code)
            if spare is not None:
                yield Placed(spare, round(x + WIDTH + BESIDE, 1), tops[cell.row], height_of(spare))


def _drawn(
    picture: Picture, order: Arranged, middles: dict[Cell, float], tops: Sequence[float], heights: Sequence[float]
) -> Iterator[Drawn]:
    for line, way in zip(picture.lines, order.ways, strict=True):
        points = [(middles[way[0]], round(tops[way[0].row] + _height_of(way[0]), 1))]
        for cell in way[1:-1]:
            points += [(middles[cell], tops[cell.row]), (middles[cell], round(tops[cell.row] + heights[cell.row], 1))]
        yield Drawn(line, (*points, (middles[way[-1]], tops[way[-1].row])))


def _middles(picture: Picture, order: Arranged) -> dict[Cell, float]:
    """Where the lines of each cell end: near the mean of those above and below, as far as neighbours leave room."""
    middles: dict[Cell, float] = {}
    for row in order.rows:
        at = 0.0
        for cell in row:
            middles[cell] = at + _left(cell)
            at = middles[cell] + _right(picture, cell) + ACROSS
        shift = (at - ACROSS) / 2
        middles |= {cell: middles[cell] - shift for cell in row}
    for passage in range(PASSAGES):
        rows = order.rows if passage % 2 == 0 else order.rows[::-1]
        for row in rows:
            _settle(picture, row, middles)
    return middles


def _settle(picture: Picture, row: Sequence[Cell], middles: dict[Cell, float]) -> None:
    """Moves the row's cells towards their neighbours in other rows; none over another."""
    wanted = []
    for cell in row:
        others = [*cell.above, *cell.below]
        wanted.append(sum(middles[other] for other in others) / len(others) if others else middles[cell])
    found: list[float] = []
    for cell, before, goal in zip(row, (None, *row), wanted, strict=False):
        least = goal if before is None else found[-1] + _right(picture, before) + ACROSS + _left(cell)
        found.append(max(goal, least))
    drift = sum(goal - at for goal, at in zip(wanted, found, strict=True)) / len(row)
    middles.update({cell: at + drift for cell, at in zip(row, found, strict=True)})


def _left(cell: Cell) -> float:
    return WIDTH / 2 if cell.box is not None else PILL_WIDTH / 2 if not cell.key.startswith("~") else 0.0


def _right(picture: Picture, cell: Cell) -> float:
    if cell.box is None:
        return _left(cell)
    return WIDTH / 2 + (0.0 if picture.beside(cell.box.code) is None else WIDTH + BESIDE)


def _height_of(cell: Cell) -> float:
    return height_of(cell.box) if cell.box is not None else PILL


def _height(picture: Picture, cell: Cell) -> float:
    """With its fallback beside it."""
    if cell.box is None:
        return PILL if not cell.key.startswith("~") else 0.0
    spare = picture.beside(cell.box.code)
    return max(height_of(cell.box), 0.0 if spare is None else height_of(spare))
