"""A picture as mermaid, the text that many tools draw: wikis, editors, repositories."""

from collections.abc import Iterator
from typing import Final

from app.domain.picture.picture import Box, Picture
from app.domain.picture.words import seen

# Entities as mermaid reads them; everything else of a label is plain text inside quotes.
ENTITIES: Final = {ord(sign): f"#{ord(sign)};" for sign in '#"<>&`;{}[]()|\\'}
STYLES: Final = {
    "waiting": "stroke-dasharray:4 3",
    "running": "stroke:#3556c8,stroke-width:3px",
    "answered": "stroke:#2b9a5d,stroke-width:2px",
    "skipped": "stroke-dasharray:2 4,opacity:0.6",
    "failed": "stroke:#d23c4b,stroke-width:3px",
}


def mermaid(picture: Picture) -> str:
    """The picture as a flowchart; the same text each time."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    names = {box.code: f"s{number}" for number, box in enumerate(picture.boxes)}
    boxes = {box.code: box for box in picture.boxes}
    yield "flowchart TD"
    yield f"    accTitle: {_plain(picture.title)}"
    yield '    inputs(["inputs"])'
    for box in picture.boxes:
        opening, closing = ("[[", "]]") if box.backs is not None else ("[", "]")
        yield f'    {names[box.code]}{opening}"{_label(box)}"{closing}'
    yield '    answer(["answer"])'
    for line in picture.lines:
        source = "inputs" if line.source is None else names[line.source]
        when = None if line.goal is None else boxes[line.goal].when
        told = "" if when is None else f'|"when {_escaped(when)}"|'
        yield f"    {source} -->{told} {'answer' if line.goal is None else names[line.goal]}"
    for box in picture.boxes:
        if box.backs is not None:
            yield f'    {names[box.backs]} -. "if it fails" .-> {names[box.code]}'
    yield from _states(picture, names)


def _states(picture: Picture, names: dict[str, str]) -> Iterator[str]:
    for state, style in STYLES.items():
        there = [names[box.code] for box in picture.boxes if box.sight is not None and box.sight.state == state]
        if there:
            yield f"    classDef {state} {style}"
            yield f"    class {','.join(there)} {state}"


def _label(box: Box) -> str:
    lines = [box.code, box.models, *box.marks]
    if box.sight is not None:
        lines.extend(seen(box.sight))
    return "<br/>".join(map(_escaped, lines))


def _escaped(text: str) -> str:
    return _plain(text).translate(ENTITIES)


def _plain(text: str) -> str:
    """In one line: a break would end the statement."""
    return " ".join(text.split())
