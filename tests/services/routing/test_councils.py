"""A council is asked at the same time, its answers become one, and every call is charged and told."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.db import decisions, model_days, outcomes, router_heads
from app.db.uow import Store
from app.domain.auto import Auto, Council
from app.domain.errors import CallerLeft, ProviderRefused, ProviderUnavailable
from app.domain.message import Delta, ModelReply, ModelRequest, ResponseFormat, Usage
from app.domain.route import COUNCIL
from app.domain.routing.earning_rows import logged
from app.services import direct, gateway
from app.services.attempts import Asker, Attempts
from app.services.departure import Departure
from app.services.direct import Answered
from app.services.routes import Leg
from app.services.routing import councils, kept_routes
from app.services.routing.deciding import decide
from app.services.routing.learning import learn
from app.services.world import World
from tests.services.ledgers import a_budget
from tests.services.pursuing import fault
from tests.services.routing.speaking import ALL, LARGE, MEDIUM, REFUSAL, SMALL, Says, Voices, question, told
from tests.waiting import LONGEST_S
from tests.worlds import calls_of, opened, with_script

VOTE = Auto(strategy="best_quality", among=ALL, council=Council(diversity="tier"))
JUDGE = replace(VOTE, council=Council(combine="judge", diversity="tier"))
WRITE = replace(VOTE, council=Council(combine="synthesis", diversity="tier"))
SEATS = [
    (LARGE, "served", "council seat 1"),
    (MEDIUM, "served", "council seat 2"),
    (SMALL, "served", "council seat 3"),
]


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[World]:
    """A world without hold-out."""
    with opened(store, tmp_path, hold_out=0.0) as made:
        yield made


def run(world: World, says: dict[str, Says], auto: Auto = VOTE, **given: object) -> Answered:
    """The answer to the usual question."""
    return direct.run(with_script(world, Voices(says)), question(auto, **given))  # type: ignore[arg-type]  # fields by name


def chair(first: Says, then: Says) -> Says:
    """Who sits in the council and speaks again when its answers are combined."""

    def speak(request: ModelRequest) -> str:
        act = then if "<<ANSWER A" in request.messages[-1].text else first
        if isinstance(act, Exception):
            raise act
        return act(request) if callable(act) else act

    return speak


def letter_of(text: str) -> Says:
    """A judge who names the answer that says this."""

    def name(request: ModelRequest) -> str:
        shown = request.messages[-1].text
        return next(f'{{"best": "{each}"}}' for each in "ABC" if text in shown.partition(f"<<ANSWER {each} ")[2][:60])

    return name


def test_the_majority_is_given_and_all_are_charged_in_the_order_of_seats(world: World) -> None:
    answered = run(world, {"large": "Lyon", "medium": "Paris.", "small": "paris"})

    assert answered.reply.text == "Paris."
    assert told(answered.calls) == SEATS
    assert all(call.cost for call in answered.calls)
    assert len(calls_of(world)) == 3
    (route,) = answered.routes
    assert route.model == MEDIUM
    assert [(each.call_id, each.model, each.cost, each.failed) for each in route.tried] == [
        (call.id, call.model, call.cost, False) for call in answered.calls
    ]


def test_all_are_asked_at_the_same_time(world: World) -> None:
    together = threading.Barrier(3, timeout=LONGEST_S)

    def wait(request: ModelRequest) -> str:
        together.wait()
        return "Paris"

    assert run(world, {"large": wait, "medium": wait, "small": wait}).reply.text == "Paris"


def test_members_that_fail_are_left_out(world: World) -> None:
    down = fault(ProviderUnavailable)
    answered = run(world, {"large": down, "medium": "Paris", "small": down})

    assert answered.reply.text == "Paris"
    assert [each.failed for each in answered.routes[0].tried] == [True, False, True]


def test_the_last_error_is_raised_when_all_fail(world: World) -> None:
    with pytest.raises(ProviderRefused):
        run(
            world,
            {
                "large": fault(ProviderUnavailable),
                "medium": fault(ProviderUnavailable),
                "small": fault(ProviderRefused),
            },
        )

    assert len(calls_of(world)) == 3


def test_members_that_refuse_have_no_vote_while_another_answers(world: World) -> None:
    assert run(world, {"large": REFUSAL, "medium": REFUSAL, "small": "Paris"}).reply.text == "Paris"
    assert run(world, {"large": REFUSAL, "medium": REFUSAL, "small": REFUSAL}).reply.text == REFUSAL


def test_a_caller_who_leaves_hangs_up_on_all(world: World) -> None:
    departure = Departure()

    def leave(request: ModelRequest) -> str:
        departure.leave()
        return "Paris"

    with pytest.raises(CallerLeft):
        run(world, {"large": leave, "medium": leave, "small": leave}, departure=departure)


def test_a_council_has_the_seats_that_the_wish_says(world: World) -> None:
    two = replace(VOTE, council=Council(size=2, diversity="tier"))

    answered = run(world, {"large": "Lyon", "medium": "Paris", "small": "Lille"}, two)
    assert told(answered.calls) == SEATS[:2]


def test_the_judge_chooses_among_the_answers(world: World) -> None:
    answered = run(world, {"large": chair("Lyon", letter_of("Lille")), "medium": "Paris", "small": "Lille"}, JUDGE)

    assert answered.reply.text == "Lille"
    assert told(answered.calls) == [*SEATS, (LARGE, "judge", "judges the council")]
    assert answered.routes[0].model == SMALL
    assert len(answered.routes[0].tried) == 3


@pytest.mark.parametrize("word", ["All are fine.", '{"best": "H"}', fault(ProviderUnavailable)])
def test_without_a_word_of_the_judge_that_can_be_used_the_vote_decides(world: World, word: Says) -> None:
    answered = run(world, {"large": chair("Lyon", word), "medium": "Paris", "small": "Paris"}, JUDGE)

    assert answered.reply.text == "Paris"


def test_a_judge_of_another_name_is_asked(world: World) -> None:
    named = replace(
        JUDGE, among=(SMALL, MEDIUM), council=Council(size=2, combine="judge", diversity="tier", judge=LARGE)
    )

    answered = run(world, {"medium": "Lyon", "small": "Paris", "large": letter_of("Paris")}, named)
    assert answered.reply.text == "Paris"
    assert told(answered.calls)[-1] == (LARGE, "judge", "judges the council")


def test_one_answer_is_written_from_all(world: World) -> None:
    answered = run(world, {"large": chair("Lyon", "It is Paris."), "medium": "Paris", "small": "Lille"}, WRITE)

    assert answered.reply.text == "It is Paris."
    assert told(answered.calls) == [*SEATS, (LARGE, "served", "writes for the council")]
    (route,) = answered.routes
    assert route.model == LARGE
    assert [each.model for each in route.tried] == [LARGE, MEDIUM, SMALL, LARGE]
    assert [each.written for each in route.tried] == [False, False, False, True]
    assert route.reasoning.endswith(f"Council of 3: {LARGE}, {MEDIUM}, {SMALL}. {LARGE} wrote it from 3 answers.")


@pytest.mark.parametrize("auto", [JUDGE, WRITE])
def test_a_route_has_spent_what_the_judge_or_the_writer_cost_too(world: World, auto: Auto) -> None:
    both = {"large": chair("Lyon", lambda request: '{"best": "A"}'), "medium": "Paris", "small": "Lille"}
    answered = run(world, both, auto)
    (route,) = answered.routes

    assert len(answered.calls) == 4
    assert route.spent == sum(call.cost or 0 for call in answered.calls)
    with world.store.read() as tx:
        ((decided,), _) = decisions.page(tx, route.learner, since=route.at, cursor=None, limit=9)
    row = logged(decided.decision, {each.call_id: 0.5 for each in route.tried})
    assert row is not None
    assert row.last_cost == route.spent
    assert row.first_cost == answered.calls[0].cost


def test_what_was_written_from_others_is_nobodys_record(world: World) -> None:
    answered = run(world, {"large": chair("Lyon", "It is Paris."), "medium": "Paris", "small": "Lille"}, WRITE)
    route_id = answered.routes[0].id
    kept_routes.tell(world, route_id, 1.0)
    list(learn(world))

    with world.store.read() as tx:
        known = {each.call_id: each.model for each in outcomes.of_routes(tx, [route_id])[route_id]}
        days = model_days.of_learner(tx, "direct", answered.routes[0].at.date())
        assert COUNCIL not in router_heads.of_learner(tx, "direct")
    assert known[answered.calls[-1].id] == COUNCIL
    assert {each.model: each.calls for each in days} == {LARGE: 1, MEDIUM: 1, SMALL: 1, COUNCIL: 0}


@pytest.mark.parametrize("word", [fault(ProviderUnavailable), REFUSAL])
def test_without_a_common_answer_the_vote_decides(world: World, word: Says) -> None:
    answered = run(world, {"large": chair("Paris", word), "medium": "Lyon", "small": "Paris"}, WRITE)

    (route,) = answered.routes
    assert answered.reply.text == "Paris"
    assert answered.by.id == answered.calls[0].id
    assert route.reasoning.endswith(f"{LARGE} has not written. 2 of 3 gave the same answer, from {LARGE}.")
    assert [each.failed for each in route.tried] == [False, False, False, True]


def test_the_best_of_those_who_answered_chooses_wherever_it_sits(world: World) -> None:
    cheap = replace(JUDGE, strategy="best_cost")
    answered = run(world, {"large": chair("Lyon", letter_of("Lille")), "medium": "Paris", "small": "Lille"}, cheap)

    assert told(answered.calls)[0] == (SMALL, "served", "council seat 1")
    assert told(answered.calls)[-1] == (LARGE, "judge", "judges the council")
    assert answered.routes[0].reasoning.endswith(f"{LARGE} chose the answer of {SMALL}.")


def test_a_tie_goes_to_the_member_expected_to_be_best(world: World) -> None:
    cheap = replace(VOTE, strategy="best_cost")
    answered = run(world, {"large": "Lyon", "medium": "Paris", "small": "Lille"}, cheap)

    assert answered.reply.text == "Lyon"
    assert "no two gave the same answer: the one expected to be best" in answered.routes[0].reasoning.lower()


@pytest.mark.parametrize("strict", [False, True])
def test_seats_are_dropped_from_the_end_until_all_calls_keep_the_cost(world: World, strict: bool) -> None:
    says: dict[str, Says] = {"large": "Lyon", "medium": "Paris", "small": "Lille"}
    asked = question(VOTE).request
    # With `strict` candidates know their worst case, whatever the limit.
    open_ = decide(world, replace(VOTE, max_cost=10**15, strict=strict), asked, asker=Asker())
    costs = [(each.worst_cost if strict else each.cost) or 0 for each in open_.council]
    whole, two = sum(costs), sum(costs[:2])

    for limit, size in ((whole, 3), (whole - 1, 2), (two, 2), (two - 1, 1)):
        answered = run(world, says, replace(VOTE, max_cost=limit, strict=strict))
        assert [call.model for call in answered.calls] == [LARGE, MEDIUM, SMALL][:size]
        assert ("more would exceed max_cost_usd" in answered.routes[0].reasoning) is (size < 3)


@pytest.mark.parametrize("auto", [JUDGE, WRITE])
def test_whoever_combines_the_answers_is_paid_from_the_same_limit(world: World, auto: Auto) -> None:
    asked = question(auto).request
    seated = decide(world, replace(auto, max_cost=10**15), asked, asker=Asker()).council
    tight = replace(auto, max_cost=sum(each.cost or 0 for each in seated))

    assert len(seated) == 3
    assert len(decide(world, tight, asked, asker=Asker()).council) < 3


@pytest.mark.parametrize("auto", [JUDGE, WRITE])
def test_answers_that_were_dearer_than_expected_are_voted_on(world: World, auto: Auto) -> None:
    def dear(request: ModelRequest) -> Iterator[Delta]:
        yield Delta("Paris", finish_reason="stop", usage=Usage(input_tokens=10, output_tokens=1_000_000))

    seated = decide(world, replace(auto, max_cost=10**15), question(auto).request, asker=Asker()).council
    limited = replace(auto, max_cost=10 * sum(each.cost or 0 for each in seated))
    answered = direct.run(with_script(world, dear), question(limited))

    assert told(answered.calls) == SEATS
    assert answered.reply.text == "Paris"


def test_a_council_of_few_says_how_many_sit(world: World) -> None:
    few = replace(VOTE, among=(LARGE, SMALL))
    answered = run(world, {"large": "Paris", "small": "Paris"}, few)

    said = f"Council of 2, of 3 seats, since no other model can be asked: {LARGE}, {SMALL}."
    assert said in answered.routes[0].reasoning
    assert answered.routes[0].reasoning.endswith(f"2 of 2 gave the same answer, from {LARGE}.")


def test_a_common_answer_keeps_the_format_that_was_asked_for(world: World) -> None:
    voices = Voices({"large": chair('{"a": 1}', '{"a": 3}'), "medium": '{"a": 2}', "small": '{"a": 3}'})
    wanted = ResponseFormat("json_object")

    answered = direct.run(with_script(world, voices), question(WRITE, response_format=wanted))
    assert answered.reply.text == '{"a": 3}'
    assert voices.requests[-1].response_format == wanted


@pytest.mark.parametrize(("auto", "waits"), [(VOTE, True), (JUDGE, False), (WRITE, False)])
def test_members_leave_time_for_whoever_combines_their_answers(world: World, auto: Auto, waits: bool) -> None:
    until: dict[str, float] = {}

    def ask(
        legs: tuple[Leg, ...], request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
    ) -> ModelReply:
        until[legs[0].reason] = deadline
        return gateway.ask(at, legs, request, asker=asker, attempts=attempts, deadline=deadline)

    at = with_script(world, Voices({"large": chair("Lyon", "It is Paris."), "medium": "Paris", "small": "Lille"}))
    asked, deadline = question(auto).request, time.monotonic() + 100
    routed = decide(at, auto, asked, asker=Asker())
    councils.answer(at, routed, asked, ask, asker=Asker(), attempts=Attempts(), deadline=deadline)

    *seats, last = until.values()
    assert all((each == deadline) is waits for each in seats)
    assert last == deadline


def test_a_member_without_budget_is_left_out(world: World) -> None:
    a_budget(world, name="large", scope="model", scope_value=LARGE, limit=1)

    answered = run(world, {"medium": "Paris", "small": "Paris"})
    assert answered.reply.text == "Paris"
    assert [call.model for call in answered.calls] == [MEDIUM, SMALL]
