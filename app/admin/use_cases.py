"""Use cases and their flows as they stand: which there are, and one flow with its picture, versions and steps."""

from typing import Final

from flask import Blueprint, Response, render_template, request

from app.admin.gate import needs, world
from app.domain.flow_label import LIVE
from app.domain.picture.picture import picture_of
from app.domain.picture.sheet import SHEET
from app.domain.picture.svg import svg
from app.domain.picture.words import marks_of, models_of
from app.services import flows, labels, runs, use_cases, versions
from app.services.runs import RunFilter
from app.services.versions import Version

pages = Blueprint("cases", __name__, url_prefix="/use-cases")

PER_PAGE: Final = 20
MOST_FLOWS: Final = 200
RUNS: Final = 10
TONES: Final = {
    "running": "warn",
    "succeeded": "good",
    "failed": "bad",
    "cancelled": "off",
}


@pages.get("")
@needs("read")
def show() -> str:
    """Use cases with their flows, by code."""
    search, cursor = request.args.get("search", "").strip()[:255], request.args.get("cursor")
    found, following = use_cases.page(world(), search=search or None, order="code", cursor=cursor, limit=PER_PAGE)
    own = {use_case.code: _flows(use_case.code) for use_case in found}
    return render_template("use_cases.html", found=found, flows=own, following=following, search=search)


@pages.get("/picture.css")
@needs("read")
def sheet() -> Response:
    """How pictures look; a page may use no style that stands inside of it."""
    return Response(SHEET, mimetype="text/css")


@pages.get("/<code>/<flow>")
@needs("read")
def open_one(code: str, flow: str) -> str:
    """One flow at its live version, or at the version of the number or label that is asked for."""
    it, use_case = flows.get(world(), code, flow), use_cases.get(world(), code)
    at = versions.get(world(), code, flow, request.args.get("version") or LIVE)
    stands = labels.of_flow(world(), code, flow)
    recent, _ = runs.page(world(), RunFilter(use_case_id=use_case.id), cursor=None, limit=100)
    return render_template(
        "flow.html",
        use_case=use_case,
        it=it,
        at=at,
        versions=[
            (each, [label.label for label in stands if label.version == each.version]) for each in _all(code, flow)
        ],
        drawing=svg(picture_of(f"{code}/{flow}, version {at.version}", at.steps), styled=False),
        runs=[run for run in recent if run.flow_id == it.id][:RUNS],
        tones=TONES,
        marks_of=marks_of,
        models_of=models_of,
    )


def _flows(code: str) -> list[object]:
    found, _ = flows.page(world(), code, search=None, order="code", cursor=None, limit=MOST_FLOWS)
    return list(found)


def _all(code: str, flow: str) -> list[Version]:
    return versions.page(world(), code, flow)
