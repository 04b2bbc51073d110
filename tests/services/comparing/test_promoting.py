"""Who won a comparison is tried on live traffic: as a flow, with the draft of a rollout, or not at all."""

import pytest

from app.domain.comparison.comparison import Comparison, Scoring
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.message import Delta
from app.services import experiments, flows
from app.services.comparing import promoting
from app.services.comparing.promoting import Promotion
from app.services.comparing.wanted import WantedCandidate
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.comparing.compared import LARGE, SMALL, inputs, make, run
from tests.services.made import CODE, make_step, make_use_case
from tests.worlds import with_script


def won_by(world: World, model: str, **given: object) -> Comparison:
    """A comparison of ten inputs in which that model alone was right: every answer names who gave it."""
    named = with_script(world, lambda request: iter([Delta(request.model, finish_reason="stop")]))
    return run(
        named,
        make(
            named, **{"inputs": inputs(10), "scoring": Scoring("contains", expected=model.partition("/")[2]), **given}
        ),
    )


def test_the_proven_winner_becomes_a_flow_with_the_draft_of_a_rollout(world: World) -> None:
    make_use_case(world, weights={"a": 3000, "b": 7000})
    made = won_by(world, LARGE)

    told = promoting.promote(world, made.id, Promotion(use_case=CODE, goal=500, sessions=50), actor="ann")

    assert (told.candidate, told.flow.code, told.made) == (LARGE, "b-simulated-large", True)
    assert [step.choice.models for step in told.flow.steps] == [(LARGE,)]
    assert (told.flow.active, told.flow.weight) == (True, 0)
    assert (told.experiment.status, told.experiment.policy) == ("draft", "progressive")
    assert experiments.begin(world, told.experiment.id).phase == "warmup"


def test_a_flow_with_a_model_is_copied_from_that_flow(world: World) -> None:
    make_use_case(world, weights={"a": 3000, "b": 7000})
    given = tuple(WantedCandidate(model, "a") for model in (SMALL, LARGE))
    texts = tuple(type(each)(each.number, {"text": f"t{each.number}"}) for each in inputs(10))
    made = won_by(world, LARGE, use_case=CODE, candidates=given, inputs=texts)

    told = promoting.promote(world, made.id, Promotion(new_code="larger", draft=False), actor="ann")

    assert (told.flow.code, told.experiment.status) == ("larger", "running")
    assert told.flow.steps[0].prompt == flows.get(world, CODE, "a").steps[0].prompt
    with pytest.raises(Invalid) as refused:
        promoting.promote(world, made.id, Promotion(flow="b"), actor="ann")
    assert refused.value.field == "flow"


def test_nobody_is_promoted_who_has_not_won_unless_named(world: World) -> None:
    make_use_case(world)
    made = run(world, make(world, use_case=CODE))

    with pytest.raises(Conflict) as refused:
        promoting.promote(world, made.id, Promotion(), actor="ann")
    assert refused.value.code == "no-winner"
    assert promoting.promote(world, made.id, Promotion(candidate=SMALL), actor="ann").made
    with pytest.raises(NotFound):
        promoting.promote(world, made.id, Promotion(candidate="nobody"), actor="ann")


def test_a_comparison_of_one_use_case_is_not_promoted_in_another(world: World) -> None:
    make_use_case(world)
    made = run(world, make(world, use_case=CODE))

    with pytest.raises(Invalid):
        promoting.promote(world, made.id, Promotion(candidate=SMALL, use_case="other"), actor="ann")


def test_a_promotion_that_fails_leaves_flows_as_they_were(world: World) -> None:
    make_use_case(world, weights={"a": 10_000})
    flows.create(world, CODE, FlowEdit(code="b", steps=(make_step(),)))
    texts = tuple(type(each)(each.number, {"text": "t"}) for each in inputs(2))
    given = (WantedCandidate(flow="a"), WantedCandidate(flow="b"))
    made = run(world, make(world, use_case=CODE, candidates=given, inputs=texts))

    with pytest.raises(Invalid):
        promoting.promote(world, made.id, Promotion(candidate="b", goal=10_001), actor="ann")
    with pytest.raises(Invalid):
        promoting.promote(world, made.id, Promotion(candidate="b", new_code="c"), actor="ann")

    assert not flows.get(world, CODE, "b").active
    found, _ = flows.page(world, CODE, search=None, order="code", cursor=None, limit=10)
    assert [flow.code for flow in found] == ["a", "b"]


def test_a_model_whose_copy_cannot_be_tried_leaves_no_copy(world: World) -> None:
    make_use_case(world)
    made = run(world, make(world))
    wanted = Promotion(candidate=SMALL, use_case=CODE, goal=10_001)

    with pytest.raises(Invalid):
        promoting.promote(world, made.id, wanted, actor="ann")

    with pytest.raises(NotFound):
        flows.get(world, CODE, "a-simulated-small")
