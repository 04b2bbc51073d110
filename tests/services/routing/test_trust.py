"""The trust in an answer follows the use case's rubric and the request's schema; a route keeps whose trust it is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.message import Message, ModelReply, ModelRequest, ResponseFormat, Usage
from app.services import use_cases
from app.services.attempts import Asker, Attempt
from app.services.routing.trust import by_rules, tried
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.db import makers
from tests.services.made import CODE, make_use_case
from tests.worlds import opened

ASKED = ModelRequest("", (Message("user", "Is the parcel on its way?"),))
HEDGED = "I'm not sure. It should be there soon."
SCHEMA = {"type": "object", "required": ["city"]}


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[World]:
    """A world with a use case."""
    with opened(store, tmp_path) as made:
        make_use_case(made)
        yield made


def trusted(world: World, text: str, request: ModelRequest = ASKED, *, of_use_case: bool = False) -> float:
    """How far the rules trust the answer."""
    use_case = world.snapshots.current.use_cases[CODE]
    asker = Asker(use_case_id=use_case.id if of_use_case else None)
    return by_rules(world, asker, request, ModelReply(text, "stop", Usage(), "m")).score


@pytest.mark.parametrize(("rubric", "less"), [("extraction", True), ("conversation", False), ("sentiment", None)])
def test_the_rubric_of_the_use_case_weighs_the_signs(world: World, rubric: str, less: bool | None) -> None:
    use_cases.change(world, CODE, UseCaseEdit(rubric=rubric))
    world.snapshots.refresh()
    own, generic = trusted(world, HEDGED, of_use_case=True), trusted(world, HEDGED)

    assert (None if own == generic else own < generic) is less


@pytest.mark.parametrize(
    ("schema", "text", "fits"),
    [
        (SCHEMA, '{"city": "Oslo"}', True),
        (SCHEMA, '{"town": "Oslo"}', False),
        (SCHEMA, "Oslo", False),
        ({"type": "nonsense"}, '{"town": "Oslo"}', True),  # what is no schema says nothing against an answer
        (None, '{"town": "Oslo"}', True),
    ],
)
def test_the_schema_of_the_request_is_held_to(world: World, schema: object, text: str, fits: bool) -> None:
    wanted = ResponseFormat("json_object") if schema is None else ResponseFormat("json_schema", schema=schema)  # type: ignore[arg-type]  # any object

    assert (trusted(world, text, replace(ASKED, response_format=wanted)) >= 0.5) is fits


def test_a_route_keeps_whose_trust_it_is() -> None:
    calls = [
        makers.call(id="unsent", outcome="error", endpoint=None),
        makers.call(id="down", outcome="error", endpoint="one", error="provider-unavailable"),
        makers.call(id="word", source="judge", endpoint="one"),
        makers.call(id="answer", endpoint="one", cost=7, latency_ms=9),
    ]
    found = tried([Attempt(call, None) for call in calls], 0.8)

    assert [(each.call_id, each.confidence, each.failed) for each in found] == [
        ("down", None, True),
        ("answer", 0.8, False),
    ]
    assert (found[1].cost, found[1].latency_ms) == (7, 9)
    assert tried([], 0.8) == []
