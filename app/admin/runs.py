"""One run as it goes on: its picture with the state of each step, renewed until it has ended."""

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from app.admin import renewing
from app.admin.gate import needs, world
from app.admin.use_cases import TONES
from app.domain.picture.svg import svg
from app.domain.picture.words import seen
from app.services import pictures
from app.services.pictures import RunPicture

pages = Blueprint("cases-runs", __name__, url_prefix="/runs")


@dataclass(frozen=True, slots=True)
class Sight:
    """A run and its drawing."""

    found: RunPicture
    drawing: str

    @property
    def sign(self) -> str:
        """Changes when the run ends."""
        return self.found.read.run.status

    @property
    def live(self) -> bool:
        """Whether it still goes on."""
        return self.sign == "running"


@pages.get("/<uuid:id>")
@needs("read")
def open_one(id: object) -> Response:
    """One run; the part that renews itself alone when the page asks for it."""
    found = pictures.of_run(world(), str(id))
    sight = Sight(found, svg(found.picture, styled=False))
    if request.headers.get("HX-Request"):
        return renewing.part(sight, "run_live.html", tones=TONES, seen=seen)
    return make_response(render_template("run.html", sight=sight, tones=TONES, seen=seen))
