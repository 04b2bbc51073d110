"""Reports of comparisons, to be read, printed, kept or reckoned with: HTML, CSV and JSON."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Final, Literal

from flask import Response

from app.api import http
from app.api.comparison_payloads import ComparedInputOut, ComparisonOut
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Out, Words
from app.api.world import world
from app.domain.errors import Invalid
from app.services.comparing import comparisons, report_csv, report_html, told_setup
from app.services.comparing.readout_json import ComparisonProgressOut, ComparisonReadoutOut
from app.services.comparing.report import Report, report
from app.services.comparing.worst import Worst

door = Door("comparison-report")

HTML: Final = "text/html"
CSV: Final = "text/csv"
SEALED: Final = f"{report_html.POLICY}; frame-ancestors 'none'; sandbox"


class ReportQuery(Words):
    """In which form; `rows` of a CSV: one for each candidate, or for each answer."""

    format: Literal["html", "csv", "json"] = "json"
    rows: Literal["candidates", "answers"] = "candidates"


class WorstInputOut(Out):
    """An input that was answered badly: its mean score over all answers, failed ones as 0, and by candidate."""

    input: ComparedInputOut
    mean: float
    candidates: dict[str, float | None]
    failures: int

    @classmethod
    def of(cls, row: Worst, names: tuple[str, ...]) -> "WorstInputOut":
        """The input."""
        by_name = dict(zip(names, row.by_candidate, strict=True))
        return cls(input=ComparedInputOut.of(row.input), mean=row.mean, candidates=by_name, failures=row.failures)


class ReportOut(Out):
    """A comparison with its question in words and all that it found at that moment."""

    question: str
    at: datetime
    comparison: ComparisonOut
    progress: ComparisonProgressOut
    readout: ComparisonReadoutOut
    worst_inputs: list[WorstInputOut]

    @classmethod
    def of(cls, found: Report) -> "ReportOut":
        """The report."""
        known = found.known
        return cls(
            question=told_setup.question(known.comparison, found.use_case),
            at=found.at,
            comparison=ComparisonOut.of(known.comparison),
            progress=ComparisonProgressOut.of(known.progress),
            readout=ComparisonReadoutOut.of(known),
            worst_inputs=[WorstInputOut.of(row, known.names) for row in found.worst],
        )


@door.get("/comparisons/<id>/report", responses={200: ReportOut})
@scope("read")
def get_report(path: ById, query: ReportQuery) -> Response:
    """Read what a comparison asked, how it was set up and what it found."""
    comparison_id = str(path.id)
    if query.rows == "answers":
        if query.format != "csv":
            raise Invalid("answers are listed as csv alone", field="rows")
        return _csv(_answers(comparison_id), f"comparison-{comparison_id}-answers")
    found = report(world(), comparison_id)
    match query.format:
        case "html":
            return _page(report_html.html(found))
        case "csv":
            return _csv(iter((report_csv.candidates(found.known),)), f"comparison-{comparison_id}")
        case _:
            return http.answer(ReportOut.of(found))


def _answers(comparison_id: str) -> Iterator[str]:
    """The first piece is read before the answer begins, so that what fails at once is told as a problem."""
    pieces = report_csv.answers(world(), comparisons.get(world(), comparison_id))
    return chain((next(pieces),), pieces)


def _page(text: str) -> Response:
    page = Response(text, mimetype=HTML)
    page.headers["Content-Security-Policy"] = SEALED
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


def _csv(pieces: Iterator[str], name: str) -> Response:
    response = Response(pieces, mimetype=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
