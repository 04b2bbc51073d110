"""A reported call is priced by the catalogue or by its reporter, belongs to its session, and is found again."""

from dataclasses import replace

import pytest

from app.domain.errors import Invalid, NotFound, UnknownModel, UseCaseInactive
from app.domain.message import Usage
from app.services import calls, generate, picks, use_cases
from app.services.calls import CallFilter, Reported
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, SMALL, UNPRICED, ask, make_use_case
from tests.worlds import Clock, calls_of

USAGE = Usage(input_tokens=1_000_000, output_tokens=1_000_000)


def test_a_reported_call_is_priced_by_the_catalogue(world: World) -> None:
    call = calls.report(world, Reported(SMALL, 12, USAGE, tags={"a": "b"}, key_id="k1"))

    assert calls.get(world, call.id).call == call
    assert (call.source, call.reason, call.provider, call.outcome) == ("reported", "reported", "simulated", "ok")
    assert (call.cost, call.cost_status, call.price_version) == (500_000_000, "priced", "2024-01-01")


@pytest.mark.parametrize("cost", [0, 77])
def test_a_stated_cost_wins_also_when_it_is_zero(world: World, cost: int) -> None:
    call = calls.report(world, Reported(UNPRICED, 12, USAGE, cost=cost))

    assert (call.cost, call.cost_status, call.price_version) == (cost, "reported", None)


def test_what_has_no_price_is_unpriced_and_never_zero(world: World) -> None:
    known = calls.report(world, Reported(UNPRICED, 12, USAGE))
    unknown = calls.report(world, Reported("own/model", 12, USAGE, provider="mine", error="overload"))

    assert [(call.cost, call.cost_status) for call in (known, unknown)] == [(None, "unpriced")] * 2
    assert (unknown.provider, unknown.outcome, unknown.error) == ("mine", "error", "overload")


def test_a_model_nobody_knows_needs_a_provider(world: World) -> None:
    with pytest.raises(UnknownModel):
        calls.report(world, Reported("own/model", 12, USAGE))

    assert calls_of(world) == []


def test_a_reported_call_belongs_to_the_session_that_was_picked(world: World) -> None:
    make_use_case(world)
    picked = picks.pick(world, CODE, correlation_id="c1", user_id="ann")

    call = calls.report(world, Reported(SMALL, 12, USAGE, use_case=CODE, correlation_id="c1", step="answer"))

    assert (call.session_id, call.flow_id, call.flow_version) == (picked.session.id, picked.flow.id, 1)
    assert (call.unit, call.step) == ("ann", "answer")


def test_without_a_session_a_call_still_has_its_use_case_and_unit(world: World) -> None:
    make_use_case(world)

    of_use_case = calls.report(world, Reported(SMALL, 12, USAGE, use_case=CODE, user_id="ann"))
    of_nobody = calls.report(world, Reported(SMALL, 12, USAGE, correlation_id="c9"))

    assert (of_use_case.session_id, of_use_case.unit) == (None, "ann")
    assert (of_nobody.use_case_id, of_nobody.unit) == (None, "c9")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"use_case": "nobody"}, NotFound),
        ({"use_case": CODE, "correlation_id": "nobody"}, NotFound),
        ({"use_case": CODE, "step": "nobody"}, NotFound),
        ({"use_case": CODE, "correlation_id": "a\x00b"}, Invalid),
    ],
)
def test_a_report_on_something_unknown_is_refused(world: World, given: dict[str, str], error: type[Exception]) -> None:
    make_use_case(world)

    with pytest.raises(error):
        calls.report(world, Reported(SMALL, 12, USAGE, **given))  # type: ignore[arg-type]  # fields of Reported by name

    assert calls_of(world) == []


def test_an_inactive_use_case_takes_no_reports(world: World) -> None:
    make_use_case(world)
    use_cases.change(world, CODE, UseCaseEdit(active=False))

    with pytest.raises(UseCaseInactive):
        calls.report(world, Reported(SMALL, 12, USAGE, use_case=CODE))


def test_reported_texts_are_kept_capped_without_nul_or_not_at_all(world: World) -> None:
    short = replace(world, policy=replace(world.policy, text_max_chars=4))
    silent = replace(world, policy=replace(world.policy, keep_texts=False))

    kept = calls.report(short, Reported(SMALL, 1, USAGE, prompt="a\x00bcdefg"))
    nothing = calls.report(short, Reported(SMALL, 1, USAGE))
    secret = calls.report(silent, Reported(SMALL, 1, USAGE, prompt="p", reply="r"))

    text = calls.get(world, kept.id).text
    assert text is not None
    assert (text.prompt, text.reply) == ("abc", "")
    assert [calls.get(world, call.id).text for call in (nothing, secret)] == [None, None]


def test_calls_are_filtered_searched_and_paged_newest_first(world: World, clock: Clock) -> None:
    make_use_case(world)
    first = generate.run(world, CODE, ask("c1", text="apples")).calls[0]
    clock.forward(minutes=1)
    second = generate.run(world, CODE, ask("c2", text="pears")).calls[0]
    clock.forward(minutes=1)
    third = calls.report(world, Reported(UNPRICED, 1, USAGE))

    def found(**wanted: object) -> list[str]:
        page, _ = calls.page(world, CallFilter(**wanted), cursor=None, limit=9)  # type: ignore[arg-type]  # fields by name
        return [call.id for call in page]

    assert found() == [third.id, second.id, first.id]
    assert found(text="APPLES") == [first.id]
    assert found(source="reported") == found(model=UNPRICED) == [third.id]
    assert found(session_id=second.session_id) == [second.id]
    assert found(since=second.at, until=third.at) == [second.id]
    page, cursor = calls.page(world, CallFilter(), cursor=None, limit=2)
    rest, end = calls.page(world, CallFilter(), cursor=cursor, limit=2)
    assert ([call.id for call in (*page, *rest)], end) == ([third.id, second.id, first.id], None)


def test_an_unknown_call_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        calls.get(world, world.new_id())
