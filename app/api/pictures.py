"""Pictures: a flow, or a run as it stands now, as mermaid text, as SVG, or as boxes and lines."""

from typing import Annotated, Final, Literal
from uuid import UUID

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.flow_payloads import FlowPath
from app.api.guard import scope
from app.api.payloads import ById, Name, Out, Words, usd
from app.api.world import world
from app.domain.flow_label import LIVE
from app.domain.picture.mermaid import mermaid
from app.domain.picture.picture import Box, Picture
from app.domain.picture.svg import svg
from app.domain.picture.words import described
from app.domain.walking.standing import StepState
from app.services import pictures

door = Door("pictures")

Format = Annotated[Literal["json", "mermaid", "svg"], Field(description="boxes and lines, mermaid text, or a drawing")]
SVG: Final = "image/svg+xml"
MERMAID: Final = "text/plain"
# A drawing that is opened on its own may use its own sheet and nothing else.
SEALED: Final = "default-src 'none'; style-src 'unsafe-inline'"


class RunGraphQuery(Words):
    """In which form."""

    format: Format = "json"


class GraphQuery(RunGraphQuery):
    """`version` is a number or a label, the live one by default; with a `run`, how its steps stand."""

    version: Name = LIVE
    run: UUID | None = None


class BoxOut(Out):
    """A step as it is drawn, in `row`, counted from 1; `backs` is the step whose fallback it is.

    `marks` say what it does beyond asking once. Of a run: its state, and what it took.
    """

    step: str
    models: str
    when: str | None
    marks: list[str]
    own: bool
    backs: str | None
    row: int
    state: StepState | None
    latency_ms: int | None
    cost_usd: str | None
    error: str | None

    @classmethod
    def of(cls, box: Box) -> "BoxOut":
        """The box."""
        sight = box.sight
        return cls(
            step=box.code,
            models=box.models,
            when=box.when,
            marks=list(box.marks),
            own=box.own,
            backs=box.backs,
            row=box.row,
            state=None if sight is None else sight.state,
            latency_ms=None if sight is None else sight.latency_ms,
            cost_usd=None if sight is None else usd(sight.cost),
            error=None if sight is None else sight.error,
        )


class LineOut(Out):
    """From a step to a step; null stands for the inputs and for the answer."""

    source: str | None
    goal: str | None


class PictureOut(Out):
    """A flow or a run as boxes and lines; `words` tells all of it."""

    title: str
    words: str
    boxes: list[BoxOut]
    lines: list[LineOut]

    @classmethod
    def of(cls, picture: Picture) -> "PictureOut":
        """The picture."""
        return cls(
            title=picture.title,
            words=described(picture),
            boxes=[BoxOut.of(box) for box in picture.boxes],
            lines=[LineOut(source=line.source, goal=line.goal) for line in picture.lines],
        )


@door.get("/use-cases/<code>/flows/<flow>/graph", responses={200: PictureOut})
@scope("read")
def draw_flow(path: FlowPath, query: GraphQuery) -> Response:
    """Draw a flow, or one of its runs."""
    run = None if query.run is None else str(query.run)
    return _drawn(pictures.of_flow(world(), path.code, path.flow, version=query.version, run=run), query.format)


@door.get("/runs/<id>/graph", responses={200: PictureOut})
@scope("read")
def draw_run(path: ById, query: RunGraphQuery) -> Response:
    """Draw a run as it stands now."""
    return _drawn(pictures.of_run(world(), str(path.id)).picture, query.format)


def _drawn(picture: Picture, wanted: str) -> Response:
    if wanted == "mermaid":
        return Response(mermaid(picture), 200, mimetype=MERMAID)
    if wanted == "svg":
        return Response(svg(picture), 200, {"Content-Security-Policy": SEALED}, mimetype=SVG)
    return http.answer(PictureOut.of(picture))
