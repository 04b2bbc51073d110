"""Comparisons: which there are, newest first, and one of them while it runs and once it has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast, get_args

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from app.admin import comparison_shown
from app.admin.gate import needs, world
from app.domain.comparison.comparison import Comparison, Status
from app.services import use_cases
from app.services.comparing import comparisons, progress, told
from app.services.comparing.comparisons import ComparisonFilter
from app.services.comparing.progress import Progress

pages = Blueprint("comparisons", __name__, url_prefix="/comparisons")
pages.add_app_template_filter(told.dollars, "dollars")  # as figures and reports write what answers cost

PER_PAGE: Final = 25
STATUSES: Final = get_args(Status)
FILTERS: Final = ("status", "use_case", "model", "benchmark")


@dataclass(frozen=True, slots=True)
class Entry:
    """A comparison in the list."""

    it: Comparison
    far: Progress
    tone: str


@pages.get("")
@needs("read")
def show() -> str:
    """The comparisons that match the filters."""
    typed = {name: request.args.get(name, "").strip()[:255] for name in FILTERS}
    found, following = comparisons.page(world(), _filter(typed), cursor=request.args.get("cursor"), limit=PER_PAGE)
    entries = [Entry(it, progress.of(world(), it.id), comparison_shown.TONES[it.status]) for it in found]
    return render_template(
        "comparisons.html",
        entries=entries,
        following=following,
        typed=typed,
        filtered=any(typed.values()),
        statuses=STATUSES,
        owners=comparison_shown.use_case_codes(world()),
    )


@pages.get("/<uuid:id>")
@needs("read")
def open_one(id: object) -> Response:
    """One comparison; a part that renews itself alone when the page asks for it: how far it is, or its figures.

    Once other things can be done with it than when the page was made, the page is loaded anew.
    """
    comparison = comparisons.get(world(), str(id))
    if not request.headers.get("HX-Request"):
        return make_response(one(comparison))
    if request.args.get("seen") != comparison.status:
        return make_response("", 200, {"HX-Refresh": "true"})
    if request.args.get("part") == "far":
        far = progress.of(world(), comparison.id)
        tone = comparison_shown.TONES[comparison.status]
        return make_response(render_template("comparison_far.html", it=comparison, far=far, tone=tone))
    return make_response(render_template("comparison_live.html", sight=comparison_shown.sight(world(), comparison)))


def one(comparison: Comparison, why_not: str | None = None) -> str:
    """The whole page of a comparison; `why_not` is why something was not done."""
    return render_template("comparison.html", sight=comparison_shown.sight(world(), comparison), told=why_not)


def _filter(typed: Mapping[str, str]) -> ComparisonFilter:
    """Raises NotFound for an unknown use case."""
    owner = use_cases.get(world(), typed["use_case"]).id if typed["use_case"] else None
    status = typed["status"] if typed["status"] in STATUSES else None
    return ComparisonFilter(cast(Status | None, status), typed["model"] or None, owner, typed["benchmark"] or None)
