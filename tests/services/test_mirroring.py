"""Shadows answer copies in the background: nobody sees it, nobody else pays for it, and it is counted apart."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.db import evidence as evidence_rows
from app.db import feedback as feedback_rows
from app.db import sessions as session_rows
from app.domain import shadow as rules
from app.domain.errors import ProviderUnavailable
from app.domain.evidence import Scale
from app.domain.flow import Params
from app.domain.message import Delta, Message, ModelRequest
from app.services import feedback as opinions
from app.services import flows, generate, mirroring, runs, shadow, use_cases
from app.services.asking import Asked
from app.services.caller import Caller
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case, say, start
from tests.services.mirrored import DOLLAR, WEIGHTS, begin, earned, idle, make, scripted, served, shadow_calls


def test_a_shadow_answers_the_same_inputs_and_is_stored_apart(world: World) -> None:
    make(world)
    begin(world)

    done = served(world, user_id="ann", caller=Caller(key_id="k1", owner="o", team="t"), tags={"case": "x"})
    idle(world)

    (call,) = shadow_calls(world)
    assert (call.key_id, call.owner, call.team, call.user_id, call.experiment_id) == (None, None, None, None, None)
    assert (call.unit, call.tags) == ("ann", {"shadow": call.flow_id})
    assert call.run_id is not None
    run = runs.get(world, call.run_id).run
    assert (run.status, run.inputs, run.cost, set(run.outputs)) == (
        "succeeded",
        {"text": "hello"},
        call.cost,
        {"answer"},
    )
    assert run.flow_id == flows.get(world, CODE, "b").id
    (hidden, seen) = sorted(runs.sessions(world, "c1"), key=lambda each: not each.shadow)
    assert (hidden.id, hidden.shadow, hidden.epoch_id) == (run.session_id, True, None)
    assert seen == done.session
    (figures,) = earned(world)
    assert (figures.sessions, figures.runs, figures.failed, figures.cost) == (1, 1, 0, run.cost)
    assert flows.get(world, CODE, "b").served
    assert world.mirrors.figures().runs == {"succeeded": 1}


def test_the_session_of_the_user_stays_where_it_is(world: World) -> None:
    make(world)
    begin(world)

    first = served(world)
    idle(world)
    again = served(world)
    idle(world)

    assert again.session == first.session
    use_case = world.snapshots.current.use_cases[CODE]
    with world.store.read() as tx:
        assert session_rows.get(tx, use_case.id, "c1", world.now()) == first.session
        assert session_rows.latest(tx, use_case.id, "c1") == first.session
    assert world.sessions.get(use_case.id, "c1", world.now()) == first.session
    (figures,) = earned(world)
    assert (figures.sessions, figures.runs) == (1, 2)


def test_every_step_runs_on_what_the_shadow_itself_said(world: World) -> None:
    chain = (make_step("first"), make_step("second", "Improve {{ outputs.first }}"))
    make_use_case(world, weights=WEIGHTS, steps=chain, own={"b": chain})
    shadow.put(world, CODE, "b", share=10_000, limit=DOLLAR)
    begin(world)

    served(world)
    idle(world)

    first, second = shadow_calls(world)
    assert (first.step, second.step, first.run_id) == ("first", "second", second.run_id)
    run = runs.get(world, str(first.run_id)).run
    assert set(run.outputs) == {"first", "second"}


def test_one_step_alone_is_mirrored_alone(world: World) -> None:
    chain = (make_step("first"), make_step("second"))
    make_use_case(world, weights=WEIGHTS, steps=chain)
    use_cases.change(world, CODE, UseCaseEdit(rubric="exact"))
    shadow.put(world, CODE, "b", share=10_000, limit=DOLLAR)
    begin(world)

    served(world, step="first")
    idle(world)

    assert [call.step for call in shadow_calls(world)] == ["first"]
    assert earned(world)[0].n == 0  # the rubric is about the last step


def test_a_flow_does_not_mirror_its_own_sessions(world: World) -> None:
    make_use_case(world)
    shadow.put(world, CODE, "a", share=10_000, limit=DOLLAR)
    begin(world)

    served(world)
    idle(world)

    assert shadow_calls(world) == []


def test_only_its_share_of_the_sessions_is_mirrored(world: World) -> None:
    make(world, share=4_000)
    world.mirrors.start(lambda copy: mirroring.perform(world, copy), threads=1)

    done = [served(world, correlation_id=f"c{number}") for number in range(30)]
    idle(world)

    use_case = world.snapshots.current.use_cases[CODE]
    flow = flows.get(world, CODE, "b")
    chosen = {
        one.session.correlation_id for one in done if rules.mirrored(use_case.salt, flow.id, one.session.id, 4_000)
    }
    assert {call.unit for call in shadow_calls(world)} == chosen
    assert 0 < len(chosen) < 30


def test_evidence_of_a_running_experiment_stays_as_it_is(world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000, "c": 0})
    flows.change(world, CODE, "c", FlowEdit(active=False), actor="test")
    use_cases.change(world, CODE, UseCaseEdit(rubric="exact"))
    start(world)
    shadow.put(world, CODE, "c", share=10_000, limit=DOLLAR)
    epoch = world.snapshots.current.use_cases[CODE].epoch_id
    begin(world)

    for number in range(3):
        served(world, correlation_id=f"c{number}")
    idle(world)

    assert epoch is not None
    with world.store.read() as tx:
        shown = evidence_rows.of_epoch(tx, epoch)
    shadowed = flows.get(world, CODE, "c").id
    assert sum(each.sessions for each in shown) == 3
    assert sum(each.n for each in shown) == 0
    assert shadowed not in {each.flow_id for each in shown}
    (figures,) = earned(world)
    assert (figures.flow_id, figures.sessions, figures.n) == (shadowed, 3, 3)


@pytest.mark.parametrize(("said", "reward"), [("Yes!", 1.0), ("no", 0.0)])
def test_a_rule_scores_the_shadow_with_the_served_answer_as_label(world: World, said: str, reward: float) -> None:
    make(world, rubric="exact")

    def speak(request: ModelRequest) -> Iterator[Delta]:
        yield from say(said if "Otherwise" in request.messages[-1].text else "yes")

    voiced = scripted(world, speak)

    done = served(voiced)
    idle(voiced)
    voiced.mirrors.close()

    assert done.reply.text == "yes"
    (hidden,) = [each for each in runs.sessions(voiced, "c1") if each.shadow]
    with voiced.store.read() as tx:
        (opinion,) = feedback_rows.of_session(tx, hidden.id)
        assert feedback_rows.of_session(tx, done.session.id) == []
    assert (opinion.kind, opinion.rater, opinion.shadow, opinion.epoch_id) == ("score", "rubric", True, None)
    assert (opinion.value, opinion.reward, opinion.counted) == (reward, reward, reward)
    (figures,) = earned(voiced)
    assert (figures.n, figures.sum) == (1, round(reward * 1_000_000))


def test_without_a_rule_no_score_is_made_up_and_people_may_judge_the_run(world: World) -> None:
    make(world)
    begin(world)
    served(world)
    idle(world)
    (call,) = shadow_calls(world)
    assert earned(world)[0].n == 0

    given = opinions.give(world, opinions.Given(kind="rating", value=4, run_id=call.run_id))

    assert given.shadow
    assert given.session_id == call.session_id


def test_a_shadow_that_fails_is_counted_and_nobody_else_hears_of_it(world: World) -> None:
    make(world, rubric="exact")

    def speak(request: ModelRequest) -> Iterator[Delta]:
        if "Otherwise" in request.messages[-1].text:
            raise ProviderUnavailable("down", provider="simulated")
        yield from say("yes")

    voiced = scripted(world, speak)

    done = served(voiced)
    idle(voiced)
    voiced.mirrors.close()

    assert done.run.status == "succeeded"
    (call,) = shadow_calls(voiced)
    run = runs.get(voiced, str(call.run_id)).run
    assert (run.status, run.error, run.failed_step) == ("failed", "provider-unavailable", "answer")
    (figures,) = earned(voiced)
    assert (figures.runs, figures.failed, figures.n, figures.sum) == (1, 1, 1, 0)
    assert voiced.mirrors.figures().runs == {"failed": 1}


def test_a_chat_that_the_shadow_cannot_hear_is_left_out(world: World) -> None:
    make_use_case(world, weights=WEIGHTS, steps=[make_step(prompt="")], own={"b": [make_step(prompt="Say {{ text }}")]})
    shadow.put(world, CODE, "b", share=10_000, limit=DOLLAR)
    begin(world)

    generate.run(world, CODE, Asked("c1", messages=(Message("user", "hello"),)))
    idle(world)

    assert world.mirrors.figures().dropped == {"unfit": 1}
    assert earned(world) == []


def test_a_shadow_neither_uses_nor_makes_kept_answers(world: World) -> None:
    kept = replace(make_step(), cache_ttl_s=600.0, params=Params(max_tokens=400))
    make_use_case(world, weights=WEIGHTS, steps=[kept])
    shadow.put(world, CODE, "b", share=10_000, limit=DOLLAR)
    begin(world)

    served(world, correlation_id="c1")
    idle(world)
    second = served(world, correlation_id="c2")
    idle(world)

    assert [call.outcome for call in second.calls] == ["cached"]
    assert [call.outcome for call in shadow_calls(world)] == ["ok", "ok"]
    assert world.cache.readings(count=False).kept == 1


def test_a_warm_start_is_what_the_current_version_has_earned(world: World) -> None:
    make(world, rubric="exact")
    begin(world)
    for number in range(3):
        served(world, correlation_id=f"c{number}")
    idle(world)
    use_case = world.snapshots.current.use_cases[CODE]
    both = [flows.get(world, CODE, code) for code in ("a", "b")]

    with world.store.read() as tx:
        nothing, found = shadow.warm_start(tx, use_case.id, both, Scale("binary"))
        later = [replace(flow, version=flow.version + 1) for flow in both]
        fresh = shadow.warm_start(tx, use_case.id, later, Scale("rating"))

    assert (nothing.sessions, nothing.n) == (0, 0)
    assert (found.sessions, found.n) == (3, 3)
    assert len(found.cells) == 2
    assert sum(found.cells) == 3
    assert [each.n for each in fresh] == [0, 0]
    assert len(fresh[0].cells) == 5
