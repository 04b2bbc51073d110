"""Answers side by side: what every candidate said to one input, with score, cost and time."""

from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, render_template, request

from app.admin import comparison_shown
from app.admin.gate import needs, world
from app.domain.comparison.comparison import Answer, Input
from app.domain.errors import NotFound
from app.services.comparing import comparisons

pages = Blueprint("comparisons-answers", __name__, url_prefix="/comparisons")


@dataclass(frozen=True, slots=True)
class Round:
    """One repeat: the answers of all candidates in their order."""

    repeat: int
    answers: tuple[Answer, ...]


@pages.get("/<uuid:id>/answers")
@needs("read")
def show(id: object) -> str:
    """The answers to the input that `input` numbers, the first one without it."""
    it = comparisons.get(world(), str(id))
    given = request.args.get("input", "0").strip()
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else -1
    shown: list[Input] = comparisons.inputs(world(), it.id, [number])
    if not shown:
        raise NotFound("input", given[:20])
    found = comparisons.answers_to(world(), it.id, number)
    rounds = [Round(repeat, tuple(own)) for repeat, own in groupby(found, key=lambda each: each.repeat)]
    return render_template(
        "comparison_answers.html",
        it=it,
        given=shown[0],
        values=comparison_shown.values(shown[0]),
        rounds=rounds,
        number=number,
    )
