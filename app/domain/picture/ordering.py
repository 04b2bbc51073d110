"""Who stands beside whom: each row of a picture gets an order in which few lines cross.

A line that passes a row takes a narrow place in it, so that it runs beside the boxes. The order starts as the flow's
own and is improved by putting each below the middle of what it hangs on, and above the middle of what hangs on it, as
long as fewer lines cross (Sugiyama, Tagawa and Toda, 1981).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final

from app.domain.picture.picture import Box, Picture

SWEEPS: Final = 8
INPUTS: Final = "<inputs"
ANSWER: Final = ">answer"


@dataclass(slots=True, eq=False)
class Cell:
    """A place in a row: of a box with its fallback, of an end of the picture, or of a line that passes."""

    key: str
    row: int
    box: Box | None = None
    above: list["Cell"] = field(default_factory=list)
    below: list["Cell"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arranged:
    """The rows from top to bottom, and of each line of the picture the cells that it runs through."""

    rows: tuple[tuple[Cell, ...], ...]
    ways: tuple[tuple[Cell, ...], ...]


def arranged(picture: Picture) -> Arranged:
    """The picture's boxes, ends and lines in rows."""
    last = picture.last_row
    cells = {box.code: Cell(box.code, box.row, box) for box in picture.boxes if box.backs is None}
    first, end = Cell(INPUTS, 0), Cell(ANSWER, last)
    rows: list[list[Cell]] = [[] for _ in range(last + 1)]
    for cell in (first, *cells.values(), end):
        rows[cell.row].append(cell)
    ways = []
    for number, line in enumerate(picture.lines):
        source = first if line.source is None else cells[line.source]
        goal = end if line.goal is None else cells[line.goal]
        passed = [Cell(f"~{number}", row) for row in range(source.row + 1, goal.row)]
        for cell in passed:
            rows[cell.row].append(cell)
        way = (source, *passed, goal)
        for upper, lower in pairwise(way):
            upper.below.append(lower)
            lower.above.append(upper)
        ways.append(way)
    return Arranged(_best(tuple(tuple(row) for row in rows)), tuple(ways))


def crossings(rows: Sequence[Sequence[Cell]]) -> int:
    """How many pairs of lines cross between neighbouring rows."""
    found = 0
    for upper, lower in pairwise(rows):
        place = {cell: position for position, cell in enumerate(lower)}
        ends = [place[goal] for cell in upper for goal in sorted(cell.below, key=place.__getitem__)]
        found += sum(later < earlier for i, earlier in enumerate(ends) for later in ends[i + 1 :])
    return found


def _best(rows: tuple[tuple[Cell, ...], ...]) -> tuple[tuple[Cell, ...], ...]:
    best, fewest = rows, crossings(rows)
    for tried in _sweeps(rows):
        if (now := crossings(tried)) < fewest:
            best, fewest = tried, now
        if not fewest:
            break
    return best


def _sweeps(rows: tuple[tuple[Cell, ...], ...]) -> Iterator[tuple[tuple[Cell, ...], ...]]:
    now = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in range(1, len(now)) if down else range(len(now) - 2, -1, -1):
            known = {cell: position for position, cell in enumerate(now[row - 1 if down else row + 1])}
            here = {cell: position for position, cell in enumerate(now[row])}
            now[row].sort(key=partial(_middle, down=down, known=known, here=here))
        yield tuple(tuple(row) for row in now)


def _middle(cell: Cell, *, down: bool, known: dict[Cell, int], here: dict[Cell, int]) -> float:
    """The mean place of what it hangs on; its own where it hangs on nothing."""
    others = cell.above if down else cell.below
    return sum(known[other] for other in others) / len(others) if others else float(here[cell])
