"""Whether scores follow opinions, and what feedback teaches, is told at the command line."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.main import main
from app.db import flows
from app.db.facts import Fact, FeedbackGiven, Pin, Scored
from app.domain.flow import Flow
from app.services import use_cases
from app.services.scoring_json import CalibrationOut, LearnedOut
from app.services.use_cases import UseCaseEdit
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment
from tests.db import makers

ANSWERS = 40


def test_people_who_mind_one_dimension_are_reported_and_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = environment(tmp_path)
    _seed(variables)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    told, data, dry, lesson, learned, nowhere = (
        CliRunner().invoke(main, ["quality", *words.split()])
        for words in (
            "calibration greet",
            "calibration greet --json",
            "learn greet --dry-run",
            "learn greet --dry-run --json",
            "learn greet",
            "calibration nowhere",
        )
    )

    assert told.exit_code == 0, told.output
    assert f"Over {ANSWERS} answers the score puts" in told.output
    assert "contradicts people's opinions" in told.output
    report = CalibrationOut.model_validate_json(data.output)
    assert (report.verdict, report.n, report.opinions) == ("contradicts", ANSWERS, ANSWERS)
    assert report.sentence in told.output
    assert LearnedOut.model_validate_json(lesson.output).kept
    assert "The weights stay as they are." in dry.output
    assert "The learned weights are in force." in learned.output
    assert nowhere.exit_code == 1
    assert "nowhere" in nowhere.output


def _seed(variables: dict[str, str]) -> None:
    """Answers whose clarity people mind, and whose relevance, which weighs more, runs the other way."""
    world = open_world(Settings.load(variables))
    try:
        use_case = use_cases.create(world, UseCaseEdit(code="greet", title="Greet"))
        flow = makers.flow(use_case, code="one")
        with world.store.write() as tx:
            flows.add(tx, flow)
        facts = [fact for place in range(ANSWERS) for fact in _judged(world.now(), flow, place / ANSWERS)]
        world.journal.write(facts, timeout_s=30)
    finally:
        close_world(world)


def _judged(at: datetime, flow: Flow, reward: float) -> list[Fact]:
    """A session, the score of its answer, and an opinion on it."""
    session = makers.session(flow, correlation_id=str(reward), assigned_at=at)
    points = {"clarity": 100 * reward, "relevance": 100 - 100 * reward}
    total = (5 * points["clarity"] + 35 * points["relevance"]) / 40
    name = session.id
    score = Scored(name, "generic", at, "simulated/small", total, points, flow.use_case_id, name, name)
    opinion = makers.opinion(session, at=at, call_id=name, kind="score", value=reward, reward=reward)
    return [Pin(session), score, FeedbackGiven(opinion)]
