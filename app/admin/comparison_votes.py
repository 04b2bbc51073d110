"""Blind votes: two answers without names, and which of them is better."""

from typing import Final, cast

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin import comparison_shown, gate
from app.admin.gate import needs, world
from app.domain.comparison.comparison import Comparison, Verdict
from app.domain.errors import Invalid, NotFound
from app.services.comparing import comparisons, votes

pages = Blueprint("comparisons-votes", __name__, url_prefix="/comparisons")

VERDICTS: Final = ("first", "second", "tie")


@pages.get("/<uuid:id>/vote")
@needs("write")
def show(id: object) -> str:
    """The next two answers that the holder of this key has not voted on."""
    return _page(comparisons.get(world(), str(id)), None)


@pages.post("/<uuid:id>/vote")
@needs("write")
def vote(id: object) -> Response | tuple[str, int]:
    """Count the vote and show the next two."""
    it = comparisons.get(world(), str(id))
    verdict = request.form.get("verdict", "")
    if verdict not in VERDICTS:
        return _page(it, "Please choose one of the two, or a tie."), 422
    try:
        votes.vote(world(), it.id, request.form.get("pair", ""), _rater(), cast(Verdict, verdict))
    except (Invalid, NotFound) as error:
        return _page(it, f"{error.message[:1].upper()}{error.message[1:]}."), 422
    return redirect(url_for("comparisons-votes.show", id=it.id), 303)


def _page(it: Comparison, told: str | None) -> str:
    try:
        ballot = votes.ballot(world(), it.id, _rater())
        given = len(comparisons.judgements(world(), it.id, rater=_rater()))
    except Invalid as error:
        return render_template(
            "comparison_vote.html", it=it, ballot=None, given=0, told=f"This key cannot vote: {error.message}."
        )
    values = comparison_shown.values(ballot.input) if ballot else ()
    return render_template("comparison_vote.html", it=it, ballot=ballot, values=values, given=given, told=told)


def _rater() -> str:
    """Whoever came with the same key votes as one."""
    visit = gate.visit()
    return "" if visit is None else visit.key.name
