"""Shadows stand back: a full line, a spent budget, an open breaker or an end drops copies and nothing else."""

import threading
from collections.abc import Iterator
from dataclasses import replace

from app.domain.breaker import BreakerPolicy
from app.domain.message import Delta, ModelRequest
from app.services import budgets, flows, mirroring, runs, shadow
from app.services.admission import Admission
from app.services.flows import FlowEdit
from app.services.mirrors import Mirrors
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case, say
from tests.services.mirrored import DOLLAR, WEIGHTS, begin, earned, idle, make, scripted, served, shadow_calls
from tests.waiting import until
from tests.worlds import ScriptedProviders


def test_a_line_that_is_full_changes_nothing_for_who_is_served(world: World) -> None:
    make(world)
    gate = threading.Event()
    world = replace(world, mirrors=Mirrors(length=1))
    world.mirrors.start(lambda copy: "succeeded" if gate.wait(60) else "failed", threads=1)

    answers = [served(world, correlation_id=f"c{number}").reply.text for number in range(5)]
    gate.set()
    idle(world)

    plain = replace(world, mirrors=Mirrors())
    assert answers == [served(plain, correlation_id=f"d{number}").reply.text for number in range(5)]
    assert world.mirrors.figures().dropped["full"] >= 3
    world.mirrors.close()


def test_a_budget_that_is_spent_ends_the_shadow_and_not_what_is_served(world: World) -> None:
    make(world)
    price = served(world, correlation_id="before").run.cost
    assert price is not None
    limit = 12 * price
    shadow.put(world, CODE, "b", share=10_000, limit=limit)
    begin(world)

    done = []
    for number in range(30):
        done.append(served(world, correlation_id=f"c{number}"))
        idle(world)

    assert [one.run.status for one in done] == ["succeeded"] * 30
    spent = [call.cost for call in shadow_calls(world)]
    assert spent
    assert sum(cost or 0 for cost in spent) <= limit
    seen = world.mirrors.figures()
    assert (seen.runs["succeeded"], seen.dropped["budget"]) == (len(spent), 30 - len(spent))
    assert earned(world)[0].runs == len(spent) < 30
    last = runs.sessions(world, "c29")
    assert [each.shadow for each in last] == [False]  # what could not begin has left no session


def test_money_of_shadows_is_counted_by_shared_budgets_and_not_by_those_of_users(world: World) -> None:
    make(world)
    wanted = budgets.Wanted(name="x", scope="global", unit="usd", limit=DOLLAR, period="day")
    everyone = budgets.create(world, replace(wanted, name="everyone"))
    user = budgets.create(world, replace(wanted, name="ann", scope="user", scope_value="ann"))
    begin(world)

    done = served(world, user_id="ann")
    idle(world)
    world.ledger.upkeep.fold()

    (call,) = shadow_calls(world)
    assert done.run.cost is not None
    assert call.cost is not None
    assert budgets.get(world, user.id).balance.settled == done.run.cost
    assert budgets.get(world, everyone.id).balance.settled == done.run.cost + call.cost
    own = shadow.get(world, CODE, "b").budget
    assert own is not None
    assert own.balance.settled == call.cost


def test_without_its_budget_a_shadow_answers_nothing(world: World) -> None:
    make(world)
    begin(world)
    own = shadow.get(world, CODE, "b").budget
    assert own is not None
    budgets.change(world, own.budget.id, budgets.Edit(action="alert"))

    served(world)
    idle(world)

    assert shadow_calls(world) == []
    assert world.mirrors.figures().dropped == {"unbudgeted": 1}


def test_an_open_breaker_is_not_tried_by_a_shadow(world: World) -> None:
    make_use_case(world, weights=WEIGHTS, own={"b": [make_step(models=("simulated/medium",))]})
    shadow.put(world, CODE, "b", share=10_000, limit=DOLLAR)
    begin(world)
    model = world.catalogue.get("simulated/medium")
    for _ in range(BreakerPolicy().failures_in_row):
        seat = world.balancer.take(model)
        assert seat is not None
        world.balancer.done(seat, outcome="failed")

    served(world)
    idle(world)

    assert shadow_calls(world) == []
    assert world.mirrors.figures().dropped == {"resting": 1}


def test_when_the_service_ends_copies_are_dropped_and_the_run_under_way_is_booked(world: World) -> None:
    make(world)
    begun, gate = threading.Event(), threading.Event()

    def speak(request: ModelRequest) -> Iterator[Delta]:
        if "Otherwise" in request.messages[-1].text:
            begun.set()
            gate.wait(60)
        yield from say("yes")

    voiced = replace(world, providers=ScriptedProviders(speak), mirrors=Mirrors())
    voiced.mirrors.start(lambda copy: mirroring.perform(voiced, copy), threads=1)
    for number in range(3):
        served(voiced, correlation_id=f"c{number}")
    assert begun.wait(60)
    threading.Timer(0.05, gate.set).start()

    voiced.mirrors.close(timeout_s=60)

    seen = voiced.mirrors.figures()
    assert seen.dropped == {"closed": 2}
    assert sum(seen.runs.values()) == len(shadow_calls(voiced)) == 1
    assert seen.waiting == seen.under_way == 0


def test_a_flow_that_is_a_shadow_no_more_drops_the_copies_that_wait(world: World) -> None:
    make(world)
    gate = threading.Event()
    world.mirrors.start(lambda copy: mirroring.perform(world, copy) if gate.wait(60) else "failed", threads=1)
    served(world)
    shadow.remove(world, CODE, "b")
    gate.set()
    idle(world)

    assert world.mirrors.figures().dropped == {"withdrawn": 1}
    assert shadow_calls(world) == []


def test_money_of_a_flow_that_is_deleted_meanwhile_stays_on_the_books(world: World) -> None:
    make(world)
    flows.change(world, CODE, "b", FlowEdit(active=False), actor="test")

    def speak(request: ModelRequest) -> Iterator[Delta]:
        if "Otherwise" in request.messages[-1].text:
            flows.delete(world, CODE, "b")
        yield from say("yes")

    voiced = scripted(world, speak)
    served(voiced)
    idle(voiced)
    voiced.mirrors.close()

    assert voiced.mirrors.figures().dropped == {"withdrawn": 1}
    assert len(shadow_calls(voiced)) == 1


def test_while_served_requests_wait_for_a_place_shadows_stand_back(world: World) -> None:
    make(world)
    crowded = Admission(0, queue_length=1, timeout_s=60)
    waiting = threading.Thread(target=crowded.enter)
    waiting.start()
    until(lambda: crowded.waiting == 1)
    begin(replace(world, admission=crowded))

    served(world)
    idle(world)
    crowded.leave()
    waiting.join()

    assert world.mirrors.figures().dropped == {"busy": 1}
