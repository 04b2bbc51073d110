"""Scores of a use case: whether they follow what people say, and the weights by which they are made."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ByCode, Name, Payload, Wishes, Words
from app.api.quality import Weights
from app.api.world import world
from app.services import scoring_report, scoring_weights
from app.services.scoring_json import CalibrationOut, LearnedOut, WeightsOut

door = Door("scoring")

Chosen = Annotated[Name | None, Field(description="a known rubric; the use case's own if absent")]
Days = Annotated[int, Field(ge=1, le=3_650, description="how far back opinions are read")]


class RubricQuery(Words):
    """Which rubric's."""

    rubric: Chosen = None


class CalibrationQuery(RubricQuery):
    """Which rubric's scores, and opinions from how many days."""

    days: Days = scoring_report.DAYS


class WeightsIn(Payload):
    """Weights by dimension; those not named keep the rubric's own."""

    rubric: Chosen = None
    weights: Annotated[Weights, Field(min_length=1)]


class LearnIn(Wishes):
    """From what to learn; with `dry_run` nothing is changed."""

    rubric: Chosen = None
    days: Days = scoring_weights.DAYS
    dry_run: bool = False


@door.get("/use-cases/<code>/quality/calibration", responses={200: CalibrationOut})
@scope("read")
def read_calibration(path: ByCode, query: CalibrationQuery) -> Response:
    """Read whether the scores of a use case follow what people say of its answers."""
    found = scoring_report.calibration(world(), path.code, rubric=query.rubric, days=query.days)
    return http.answer(CalibrationOut.of(found))


@door.get("/use-cases/<code>/quality/weights", responses={200: WeightsOut})
@scope("read")
def read_weights(path: ByCode, query: RubricQuery) -> Response:
    """Read the weights by which answers of a use case are scored."""
    return http.answer(WeightsOut.of(scoring_weights.get(world(), path.code, query.rubric)))


@door.put("/use-cases/<code>/quality/weights", responses={200: WeightsOut})
@scope("write")
def set_weights(path: ByCode, body: WeightsIn) -> Response:
    """Set them, for answers that are scored from now on."""
    return http.answer(WeightsOut.of(scoring_weights.put(world(), path.code, body.weights, rubric=body.rubric)))


@door.delete("/use-cases/<code>/quality/weights", responses={204: None})
@scope("write")
def clear_weights(path: ByCode, query: RubricQuery) -> Response:
    """Go back to the rubric's own."""
    scoring_weights.clear(world(), path.code, query.rubric)
    return http.no_content()


@door.post("/use-cases/<code>/quality/weights/learn", responses={200: LearnedOut})
@scope("write")
def learn_weights(path: ByCode, body: LearnIn) -> Response:
    """Learn weights from feedback, and put them in force where they follow opinions better than those before."""
    found = scoring_weights.learn_from_feedback(
        world(), path.code, rubric=body.rubric, days=body.days, dry_run=body.dry_run
    )
    return http.answer(LearnedOut.of(found))
