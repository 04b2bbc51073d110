"""The router decides from what is expected of each model in question, and says what barred the others."""

import gc
from dataclasses import replace
from weakref import ref

import pytest

from app.domain.auto import Auto, Council, Escalation
from app.domain.breaker import Target
from app.domain.errors import Invalid, ModelNotAllowed, NoModelFits, UnknownModel, Unsupported
from app.domain.message import ImagePart, Message, ModelRequest, TextPart
from app.providers.base import Endpoint
from app.services.attempts import Asker
from app.services.caller import Caller
from app.services.routes import in_question
from app.services.routing.deciding import Routed, decide, trigger
from app.services.tasks import assign
from app.services.world import World
from tests.services.made import SMALL
from tests.worlds import with_endpoints

LARGE, MEDIUM = "simulated/large", "simulated/medium"
OPENAI = Endpoint(kind="openai", provider="openai", api_key="k", name="openai")
THREE = (SMALL, MEDIUM, LARGE)


def wished(world: World, auto: Auto, text: str = "What is the capital of France?", **asker: object) -> Routed:
    """The route of one question, nothing left to chance."""
    sure = replace(world, policy=replace(world.policy, hold_out=0.0))
    request = ModelRequest("", (Message("user", text),), max_tokens=32)
    return decide(sure, auto, request, asker=Asker(**asker))  # type: ignore[arg-type]  # fields of an Asker


def test_the_cheapest_and_the_best_are_different_models(world: World) -> None:
    cheap = wished(world, Auto("best_cost", among=THREE))
    best = wished(world, Auto("best_quality", among=THREE))

    assert (cheap.route.picked, best.route.picked) == (SMALL, LARGE)
    assert cheap.legs[0].model.slug == SMALL
    assert cheap.legs[0].reason == "auto best_cost"
    assert {leg.reason for leg in cheap.legs[1:]} == {"fallback"}


def test_simulated_models_are_in_question_only_where_no_other_can_be_asked(world: World) -> None:
    real = with_endpoints(world, {**world.endpoints, "openai": (OPENAI,)})

    alone = wished(world, Auto())
    among = wished(real, Auto())

    assert alone.route.picked.startswith("simulated/")
    assert among.route.picked.startswith("openai/")
    assert not any(each.model.startswith("simulated/") for each in among.route.rated)


def test_a_model_of_a_provider_without_a_key_is_removed_by_name(world: World) -> None:
    routed = wished(world, Auto(among=(SMALL, "openai/gpt-4o-mini")))

    assert [(each.model, each.limit) for each in routed.removed] == [("openai/gpt-4o-mini", "provider")]
    assert routed.route.removed == ()


def test_the_reasoning_tells_apart_whom_the_route_lists_and_whom_it_does_not(world: World) -> None:
    unset = "openai/gpt-4o-mini"

    routed = wished(world, Auto(among=(*THREE, unset), excluded=(MEDIUM, LARGE)))

    assert {each.model for each in routed.route.removed} == {MEDIUM, LARGE}
    assert {each.model for each in routed.removed} == {MEDIUM, LARGE, unset}
    assert routed.route.reasoning.endswith("; 2 were removed; providers of 1 more are not configured.")
    assert "removed" not in wished(world, Auto(among=(SMALL, unset))).route.reasoning


def test_what_the_request_needs_removes_models_that_cannot_do_it(world: World) -> None:
    unable = "openai/gpt-4"
    real = with_endpoints(world, {**world.endpoints, "openai": (OPENAI,)})
    request = ModelRequest("", (Message("user", (TextPart("What is it?"), ImagePart("https://x.test/a.png"))),))

    routed = decide(real, Auto(among=(SMALL, unable)), request, asker=Asker())

    assert "vision" not in world.catalogue.get(unable).capabilities
    assert [(each.model, each.limit) for each in routed.removed] == [(unable, "capability")]


def test_an_alias_is_excluded_as_its_model_is(world: World) -> None:
    named = world.catalogue.get(LARGE).aliases[0] if world.catalogue.get(LARGE).aliases else LARGE

    routed = wished(world, Auto("best_quality", among=THREE, excluded=(named,)))

    assert routed.route.picked != LARGE
    assert ("excluded" in {each.limit for each in routed.removed}) is True


def test_a_key_is_routed_among_its_own_models(world: World) -> None:
    routed = wished(world, Auto("best_quality", among=THREE), caller=Caller(models=(SMALL,)))

    assert routed.route.picked == SMALL
    with pytest.raises(ModelNotAllowed):
        wished(world, Auto(among=THREE), caller=Caller(models=("openai/gpt-4o-mini",)))


def test_impossible_limits_name_what_removed_each_model(world: World) -> None:
    with pytest.raises(NoModelFits) as refused:
        wished(world, Auto(among=THREE, max_cost=0))

    assert {model for model, _, _ in refused.value.removed} == set(THREE)
    assert refused.value.field == "auto"


def test_a_quality_that_nothing_reaches_is_told_and_the_nearest_is_asked(world: World) -> None:
    nearest = wished(world, Auto("best_cost", among=THREE, min_quality=1.0))

    assert (nearest.route.met, nearest.route.picked) == (False, LARGE)
    with pytest.raises(NoModelFits):
        wished(world, Auto("best_cost", among=THREE, min_quality=1.0, on_unsatisfiable="reject"))


def test_a_word_of_high_stakes_takes_the_top_tier(world: World) -> None:
    wish = Auto("best_cost", among=THREE, triggers=("dosage",))

    careful = wished(world, wish, "Which DOSAGE is safe?")
    usual = wished(world, wish, "Which overdosages are known?")

    assert (careful.route.picked, usual.route.picked) == (LARGE, SMALL)
    assert "dosage" in careful.route.reasoning


def test_triggers_are_whole_words_in_any_case() -> None:
    assert trigger(("fraud", "c++"), "Is it FRAUD?") == "fraud"
    assert trigger(("fraud", "c++"), "Defrauding people") is None
    assert trigger(("c++",), "Write C++ code") == "c++"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Auto(among=("acme/none",)), "auto.among"),
        (Auto(excluded=("acme/none",)), "auto.excluded"),
        (Auto(escalation=Escalation(judge="acme/none")), "auto.escalation.judge"),
        (Auto(council=Council(judge="acme/none")), "auto.council.judge"),
    ],
)
def test_an_unknown_model_is_named_by_its_place(world: World, wish: Auto, field: str) -> None:
    with pytest.raises(UnknownModel) as refused:
        wished(world, wish)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("judge", "says"),
    [("openai/text-embedding-3-small", "offers no chat"), ("openai/gpt-6-astra", "is not configured")],
)
def test_a_judge_that_can_never_judge_is_refused(world: World, judge: str, says: str) -> None:
    for part, wish in (("council", Council(judge=judge)), ("escalation", Escalation(judge=judge))):
        with pytest.raises(Invalid, match=says) as refused:
            wished(world, Auto(among=THREE, **{part: wish}))  # type: ignore[arg-type]  # fields of Auto by name

        assert refused.value.field == f"auto.{part}.judge"


def test_a_flow_may_name_a_judge_before_its_provider_is_set_up(world: World) -> None:
    assert in_question(world, Auto(among=THREE, council=Council(judge="openai/gpt-6-astra")), field="auto")
    with pytest.raises(Unsupported):
        in_question(world, Auto(among=THREE, council=Council(judge="openai/text-embedding-3-small")), field="auto")


def test_a_request_that_asks_nothing_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        decide(world, Auto(), ModelRequest("", (Message("user", " "),)), asker=Asker())

    assert refused.value.field == "messages"


def test_some_requests_are_drawn_by_chance_with_the_chance_that_is_kept(world: World) -> None:
    half = replace(world, policy=replace(world.policy, hold_out=0.5))
    request = ModelRequest("", (Message("user", "hi"),), max_tokens=8)

    routes = [decide(half, Auto("best_cost", among=THREE), request, asker=Asker()).route for _ in range(200)]

    drawn = [route for route in routes if route.drawn == "hold-out"]
    assert 60 < len(drawn) < 140
    assert {route.picked for route in drawn} == set(THREE)
    assert {route.by_router for route in routes} == {SMALL}
    chances = {route.picked: round(route.chance, 4) for route in routes}
    assert chances == {SMALL: round(0.5 + 0.5 / 3, 4), MEDIUM: round(0.5 / 3, 4), LARGE: round(0.5 / 3, 4)}


def test_what_learns_together_is_named_by_use_case_or_task(world: World) -> None:
    of_case = wished(world, Auto(), use_case_id="0" * 8 + "-0000-7000-8000-" + "0" * 12, task="chat")
    of_task, of_none = wished(world, Auto(), task="chat"), wished(world, Auto())

    assert of_case.route.learner.startswith("use-case:")
    assert (of_task.route.learner, of_none.route.learner) == ("task:chat", "direct")


def test_nothing_of_the_prompt_can_be_read_in_the_route(world: World) -> None:
    routed = wished(world, Auto(among=THREE), "The secret word is xylophone-marmalade.")

    kept = repr(replace(routed.route, encoding=b"")) + repr(routed.route.encoding)
    assert "xylophone" not in kept
    assert "marmalade" not in kept


def test_a_model_that_rests_after_failures_is_removed(world: World) -> None:
    target = Target("simulated", SMALL, "simulated")
    for _ in range(20):
        world.breakers.failed(target)

    routed = wished(world, Auto("best_cost", among=THREE))

    assert routed.route.picked == MEDIUM
    assert [(each.model, each.limit) for each in routed.removed] == [(SMALL, "resting")]


def test_where_all_rest_the_route_is_as_if_none_did(world: World) -> None:
    for model in THREE:
        for _ in range(20):
            world.breakers.failed(Target("simulated", model, "simulated"))

    routed = wished(world, Auto("best_cost", among=THREE))

    assert routed.route.picked == SMALL
    with pytest.raises(NoModelFits):
        wished(world, Auto(among=THREE, max_cost=0))


def test_what_is_kept_of_decisions_holds_no_snapshot_that_is_out_of_date(world: World) -> None:
    wished(world, Auto(among=THREE))
    before = ref(world.snapshots.current)

    assign(world, "chat", SMALL)
    gc.collect()

    assert before() is None
    assert wished(world, Auto("best_cost", among=THREE)).route.picked == SMALL
