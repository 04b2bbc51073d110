"""A use case is born inactive, is served with a flow, and goes only when it is out of service."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.use_case import StepSpec
from app.services import flows, generate, picks, readout, runs, use_cases
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, ask, make_step, make_use_case, start
from tests.worlds import calls_of


def change(world: World, **edited: object) -> object:
    """The use case after the edit."""
    return use_cases.change(world, CODE, UseCaseEdit(**edited))  # type: ignore[arg-type]  # fields of UseCaseEdit by name


def test_a_new_use_case_is_inactive_with_one_step(world: World) -> None:
    made = use_cases.create(world, UseCaseEdit(code=CODE, title="Title"))

    assert use_cases.get(world, CODE) == made == world.snapshots.current.use_cases[CODE]
    assert (made.active, made.step_codes, made.rubric) == (False, ("answer",), "generic")


@pytest.mark.parametrize("code", [None, "", "Upper", "-a", "a b", "é"])
def test_a_bad_code_is_refused(world: World, code: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        use_cases.create(world, UseCaseEdit(code=code))

    assert refused.value.field == "code"


def test_a_code_is_taken_once(world: World) -> None:
    use_cases.create(world, UseCaseEdit(code=CODE))
    use_cases.create(world, UseCaseEdit(code="other"))

    with pytest.raises(Conflict) as again:
        use_cases.create(world, UseCaseEdit(code=CODE))
    with pytest.raises(Conflict) as renamed:
        use_cases.change(world, "other", UseCaseEdit(code=CODE))

    assert (again.value.code, renamed.value.code) == ("duplicate-code",) * 2


def test_what_is_not_named_stays(world: World) -> None:
    made = use_cases.create(world, UseCaseEdit(code=CODE, title="T", description="D", rubric="r"))

    changed = use_cases.change(world, CODE, UseCaseEdit(description="E"))
    renamed = use_cases.change(world, CODE, UseCaseEdit(code="new", title="U", rubric="s"))

    assert (changed.title, changed.description, changed.rubric, changed.salt) == ("T", "E", "r", made.salt)
    assert (renamed.id, renamed.code, renamed.title, renamed.description) == (made.id, "new", "U", "E")


def test_a_use_case_is_activated_only_with_an_active_flow(world: World) -> None:
    use_cases.create(world, UseCaseEdit(code=CODE))
    flows.create(world, CODE, FlowEdit(code="a", steps=(make_step(),)))

    with pytest.raises(Conflict) as refused:
        change(world, active=True)

    assert refused.value.code == "no-active-flow"


def test_an_active_use_case_keeps_its_code_and_is_not_deleted(world: World) -> None:
    make_use_case(world)

    for attempt in (lambda: change(world, code="new"), lambda: use_cases.delete(world, CODE)):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "use-case-active"


def test_steps_of_a_flow_alone_are_none_that_it_fills(world: World) -> None:
    make_use_case(world)
    steps = (make_step(), make_step("polish"))
    own = FlowEdit(steps=(steps[0], replace(steps[1], own=True)))
    flows.change(world, CODE, "a", own, actor="me")

    titled = change(world, steps=(StepSpec("answer", "New title"),))
    with pytest.raises(Conflict) as refused:
        change(world, steps=(StepSpec("answer"), StepSpec("polish")))

    assert titled.steps == (StepSpec("answer", "New title"),)
    assert (refused.value.code, refused.value.field) == ("steps-in-use", "steps")


def test_steps_that_flows_fill_cannot_go(world: World) -> None:
    make_use_case(world)

    with pytest.raises(Conflict) as refused:
        change(world, steps=(StepSpec("other"),))

    assert (refused.value.code, refused.value.field) == ("steps-in-use", "steps")
    assert change(world, steps=(StepSpec("answer", "Better title"),))


def test_steps_change_freely_while_no_flow_fills_them(world: World) -> None:
    use_cases.create(world, UseCaseEdit(code=CODE))

    changed = use_cases.change(world, CODE, UseCaseEdit(steps=(StepSpec("x"), StepSpec("y"))))

    assert changed.step_codes == ("x", "y")


def test_a_deleted_use_case_takes_its_sessions_along_but_calls_stay_on_the_books(world: World) -> None:
    make_use_case(world)
    generate.run(world, CODE, ask())
    change(world, active=False)

    use_cases.delete(world, CODE)

    with pytest.raises(NotFound):
        use_cases.get(world, CODE)
    with pytest.raises(NotFound):
        runs.sessions(world, "c1")
    assert len(world.sessions) == 0
    assert len(calls_of(world)) == 1


def test_unknown_use_cases_are_not_found(world: World) -> None:
    for attempt in (
        lambda: use_cases.get(world, CODE),
        lambda: change(world, title="x"),
        lambda: use_cases.delete(world, CODE),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_use_cases_are_searched_ordered_and_paged(world: World) -> None:
    for code in ("mail", "chat", "mail-long"):
        use_cases.create(world, UseCaseEdit(code=code, title=f"About {code}"))

    first, cursor = use_cases.page(world, search="mail", order="code", cursor=None, limit=1)
    second, end = use_cases.page(world, search="mail", order="code", cursor=cursor, limit=1)

    assert ([one.code for one in (*first, *second)], end) == (["mail", "mail-long"], None)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("résumé", ["cv"]),
        ("RÉSUMÉ", ["cv"]),
        ("sum", ["cv"]),
        ("要約", ["digest"]),
        ("ОТЧЁТ", ["report"]),
        ("отчёт за день", ["report"]),
        ("resume", []),
    ],
)
def test_words_of_every_script_are_found_in_whatever_case(world: World, search: str, found: list[str]) -> None:
    """wire.md B10: a search that knows ASCII alone loses accents and other scripts, and finds whole words only."""
    for code, title in (("cv", "Écrire un résumé"), ("digest", "会議の要約を書く"), ("report", "Отчёт за день")):
        use_cases.create(world, UseCaseEdit(code=code, title=title))

    assert [one.code for one in use_cases.page(world, search=search, order="code", cursor=None, limit=9)[0]] == found


def test_of_many_who_take_one_code_at_once_one_gets_it_and_the_others_are_told(world: World) -> None:
    """wire.md B12: the loser of the race is told that the code is taken, with 409 and never 500."""
    begin = Barrier(6)

    def take(number: int) -> str:
        begin.wait()
        try:
            return use_cases.create(world, UseCaseEdit(code=CODE, title=str(number))).title
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(take, range(6)))

    assert answers == [use_cases.get(world, CODE).title, *["duplicate-code"] * 5]


def test_what_was_made_is_whole_when_its_maker_is_told(world: World) -> None:
    """wire.md C9: steps, evidence and rollout are there with the answer, not some time after it."""
    made = use_cases.create(world, UseCaseEdit(code=CODE, steps=(StepSpec("answer"),)))
    flows.create(world, CODE, FlowEdit(code="a", steps=(make_step(),)))
    flows.create(world, CODE, FlowEdit(code="b", steps=(make_step(),)))
    for code in ("a", "b"):
        flows.change(world, CODE, code, FlowEdit(active=True), actor="test")
    use_cases.change(world, CODE, UseCaseEdit(active=True))
    experiment = start(world)

    known = readout.readout(world, experiment.id)
    picked = picks.pick(world, CODE, correlation_id="c1")

    assert [flow.flow for flow in known.flows] == ["a", "b"]
    assert picked.steps == (make_step(),)
    assert picked.session.use_case_id == made.id
    assert picked.session.epoch_id is not None
