"""Reports to take along, as files: browsers save them, since no page here may hold a style of its own."""

from collections.abc import Iterator
from itertools import chain

from flask import Blueprint, Response, abort, request

from app.admin.gate import needs, world
from app.services.comparing import comparisons, report_csv, report_html
from app.services.comparing.report import report

pages = Blueprint("comparisons-reports", __name__, url_prefix="/comparisons")


@pages.get("/<uuid:id>/report")
@needs("read")
def take(id: object) -> Response:
    """The report as a page or as CSV, a row for each candidate or for each answer."""
    it = comparisons.get(world(), str(id))
    given, name = request.args.get("format"), f"comparison-{it.id}"
    if given == "html":
        return _file(iter((report_html.html(report(world(), it.id)),)), "text/html", f"{name}.html")
    if given != "csv":
        abort(404)
    if request.args.get("rows") == "answers":
        pieces = report_csv.answers(world(), it)
        return _file(chain((next(pieces),), pieces), "text/csv", f"{name}-answers.csv")
    return _file(iter((report_csv.candidates(report(world(), it.id).known),)), "text/csv", f"{name}.csv")


def _file(pieces: Iterator[str], mimetype: str, name: str) -> Response:
    response = Response(pieces, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
