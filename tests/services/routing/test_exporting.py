"""What is handed out can be learned from elsewhere, and holds no text."""

import json
from dataclasses import asdict
from datetime import timedelta

import pytest

from app.db import outcomes
from app.domain.routing.encoding import encode
from app.services.routing import exporting, learning
from app.services.world import World
from tests.db import routed as rows
from tests.services.made import make_step, make_use_case
from tests.services.routing.routed import answered, learner, make_auto


def test_outcomes_are_handed_out_with_their_prompt_in_figures(world: World) -> None:
    who = make_auto(world)
    done = answered(world, text="a wolpertinger", think=0.5)
    answered(world, "silent", text="nobody judged this")
    list(learning.learn(world))

    (line,) = exporting.lines(world, who, since=world.now() - timedelta(days=1))

    assert (line.outcome.call_id, line.outcome.quality, line.outcome.weight) == (done.calls[0].id, 0.5, 1.0)
    assert line.figures == encode("Say a wolpertinger").figures
    assert line.places == encode("Say a wolpertinger").places.tolist()
    assert line.chance is not None
    assert 0 < line.chance <= 1
    assert "wolpertinger" not in json.dumps(asdict(line), default=str)


def test_what_no_router_chose_what_is_old_and_what_cannot_be_read_is_left_out(world: World) -> None:
    make_use_case(world, steps=(make_step(),))
    who = learner(world)
    answered(world, think=1.0)
    list(learning.learn(world))
    unreadable = rows.route(id=world.new_id(), learner=who)
    with world.store.write() as tx:
        rows_of = [rows.outcome(learner=who, route_id=unreadable.id), rows.outcome(learner=who)]
        outcomes.put(tx, rows_of)

    assert list(exporting.lines(world, who, since=world.now() - timedelta(days=400))) == []
    assert list(exporting.lines(world, who, since=world.now() + timedelta(days=1))) == []


def test_more_than_a_page_is_handed_out_in_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    who = make_auto(world)
    for number in range(5):
        answered(world, f"c{number}", think=number / 4)
    list(learning.learn(world))
    monkeypatch.setattr(exporting, "PAGE", 2)

    found = [line.outcome.quality for line in exporting.lines(world, who, since=world.now())]

    assert found == [0.0, 0.25, 0.5, 0.75, 1.0]
