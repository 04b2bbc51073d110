"""A picture as SVG: text escaped, colours by classes, states told by sign and word as well as by colour."""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from app.domain.picture.layout import BESIDE, HEAD, MARK, PILL, PILL_WIDTH, TAG, WIDTH, Drawn, Layout, Placed, layout
from app.domain.picture.picture import ANSWER, INPUTS, Box, Picture
from app.domain.picture.sheet import SHEET
from app.domain.picture.words import described, seen

CHARS: Final = 36  # of a line in a box, at most; the whole stands in its title
HEAD_CHARS: Final = 28
SEEN_CHARS: Final = 29
FOREIGN: Final = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
TIP: Final = 7.0
# Signs of the states within 14 × 14, drawn by strokes.
SIGNS: Final = {
    "waiting": "M7,2A5,5 0 1 1 6.9,2",
    "running": "M4,2L12,7L4,12Z",
    "answered": "M2,7.5L5.5,11L12,3",
    "skipped": "M2,3L7,7L2,11M8,3L13,7L8,11",
    "failed": "M3,3L11,11M11,3L3,11",
}


def svg(picture: Picture, *, styled: bool = True) -> str:
    """The drawing; `styled` holds its own sheet, else the page that shows it must."""
    where = layout(picture)
    return "\n".join(_parts(picture, where, styled)) + "\n"


def _parts(picture: Picture, where: Layout, styled: bool) -> Iterator[str]:
    width, height = _number(where.width), _number(where.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flow-picture" role="img" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" aria-labelledby="picture-title" aria-describedby="picture-words">'
    )
    yield f'<title id="picture-title">{_text(picture.title)}</title>'
    yield f'<desc id="picture-words">{_text(described(picture))}</desc>'
    if styled:
        yield f"<style>{SHEET}</style>"
    yield from map(_line, where.lines)
    yield _pill(INPUTS, *where.inputs)
    yield _pill(ANSWER, *where.answer)
    places = {placed.box.code: placed for placed in where.boxes}
    for placed in where.boxes:
        if placed.box.backs is not None:
            yield _beside(places[placed.box.backs], placed)
        yield from _box(placed)
    yield "</svg>"


def _line(drawn: Drawn) -> str:
    points = drawn.points
    x, y = points[0]
    path = [f"M{_number(x)},{_number(y)}"]
    for to_x, to_y in (*points[1:-1], (points[-1][0], points[-1][1] - TIP)):
        middle = _number((y + to_y) / 2)
        if x == to_x:
            path.append(f"L{_number(to_x)},{_number(to_y)}")
        else:
            path.append(f"C{_number(x)},{middle} {_number(to_x)},{middle} {_number(to_x)},{_number(to_y)}")
        x, y = to_x, to_y
    tip_x, tip_y = points[-1]
    tip = f"M{_number(tip_x)},{_number(tip_y)}l-5,{-TIP:g}h10z"
    return f'<path class="line" d="{"".join(path)}"/><path class="tip" d="{tip}"/>'


def _beside(backed: Placed, placed: Placed) -> str:
    """The dashed line to a fallback, with its words above."""
    y = backed.y + (TAG if backed.box.when is not None else 0.0) + HEAD / 2
    x = backed.x + WIDTH
    middle = _number(x + BESIDE / 2)
    return (
        f'<path class="line spare" d="M{_number(x)},{_number(y)}H{_number(placed.x - TIP)}"/>'
        f'<path class="tip" d="M{_number(placed.x)},{_number(y)}l{-TIP:g},-5v10z"/>'
        f'<text class="soft" x="{middle}" y="{_number(y - 8)}" text-anchor="middle">if it fails</text>'
    )


def _pill(word: str, x: float, y: float) -> str:
    left = _number(x - PILL_WIDTH / 2)
    return (
        f'<rect class="end" x="{left}" y="{_number(y)}" width="{PILL_WIDTH:g}" height="{PILL:g}" rx="{PILL / 2:g}"/>'
        f'<text class="word" x="{_number(x)}" y="{_number(y + 22)}" text-anchor="middle">{word}</text>'
    )


def _box(placed: Placed) -> Iterator[str]:
    box, x, y = placed.box, placed.x, placed.y
    state = "" if box.sight is None else f" {box.sight.state}"
    kind = (" own" if box.own else "") + (" spare" if box.backs is not None else "")
    yield f'<g class="step{state}{kind}"><title>{_text(_whole(box))}</title>'
    top = y
    if box.when is not None:
        at = f'x="{_number(x + 12)}" y="{_number(y)}" width="{WIDTH - 24:g}" height="{TAG:g}"'
        yield f'<rect class="when" {at} rx="5"/>'
        yield _said(f"when {box.when}", x + 22, y + 16, "when-word", CHARS)
        top = y + TAG
    height = placed.height - (top - y)
    at = f'x="{_number(x)}" y="{_number(top)}" width="{WIDTH:g}" height="{_number(height)}"'
    yield f'<rect class="box" {at} rx="9"/>'
    yield _said(box.code, x + 14, top + 22, "code", HEAD_CHARS)
    yield _said(box.models, x + 14, top + 40, "soft", CHARS)
    line = top + HEAD + 9
    for mark in box.marks:
        yield _said(mark, x + 14, line, "mark", CHARS)
        line += MARK
    if box.sight is not None:
        at = f"translate({_number(x + 14)},{_number(line - 11)})"
        yield f'<path class="sign" transform="{at}" d="{SIGNS[box.sight.state]}"/>'
        for told in seen(box.sight):
            yield _said(told, x + 34, line, "seen", SEEN_CHARS)
            line += MARK
    yield "</g>"


def _said(text: str, x: float, y: float, kind: str, chars: int) -> str:
    text = " ".join(text.split())
    cut = text if len(text) <= chars else text[: chars - 1].rstrip() + "…"
    return f'<text class="{kind}" x="{_number(x)}" y="{_number(y)}">{_text(cut)}</text>'


def _whole(box: Box) -> str:
    """All that the box says, uncut."""
    lines = [box.code, box.models]
    if box.when is not None:
        lines.append(f"when {box.when}")
    lines.extend(box.marks)
    if box.sight is not None:
        lines.extend(seen(box.sight))
    return "\n".join(lines)


def _text(text: str) -> str:
    """Escaped, and without what XML has no place for."""
    return escape(FOREIGN.sub("\ufffd", text))


def _number(value: float) -> str:
    return f"{round(value, 1):g}"
