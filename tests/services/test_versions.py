"""Every edit of an active flow is a version of its own; labels say which serves, and nothing is ever rewritten."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch

import pytest

from app.db import flows as flow_rows
from app.db.uow import Tx
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.flow import Flow
from app.services import flows, labels, picks, traffic, versions
from app.services.flows import FlowEdit
from app.services.known_sessions import KnownSessions
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case, start


def edit(world: World, prompt: str, **edited: object) -> Flow:
    """The flow after an edit of its prompt."""
    wanted = FlowEdit(steps=(make_step(prompt=prompt),), **edited)  # type: ignore[arg-type]  # fields of FlowEdit by name
    return flows.change(world, CODE, "a", wanted, actor="ann")


def prompts(world: World) -> list[tuple[int, str]]:
    """Number and prompt of all versions, newest first."""
    return [(each.version, each.steps[0].prompt) for each in versions.page(world, CODE, "a")]


def stands(world: World) -> dict[str, int]:
    """Version by label."""
    return {each.label: each.version for each in labels.of_flow(world, CODE, "a")}


def picked(world: World, correlation_id: str) -> tuple[int, str]:
    """Which version serves that session, and its prompt."""
    flow = picks.pick(world, CODE, correlation_id=correlation_id).flow
    return flow.version, flow.steps[0].prompt


def test_a_version_says_who_wrote_it_and_why(world: World) -> None:
    make_use_case(world)

    edit(world, "Shorter", note="it was too long")

    newest, first = versions.page(world, CODE, "a")
    assert (newest.actor, newest.note) == ("ann", "it was too long")
    assert (first.actor, first.note) == (None, None)


def test_an_edit_is_live_at_once_where_nobody_has_used_labels(world: World) -> None:
    make_use_case(world)

    edit(world, "Two")

    assert stands(world) == {"live": 2}
    assert picked(world, "new") == (2, "Two")


def test_a_draft_serves_nobody_until_it_is_live(world: World) -> None:
    make_use_case(world)

    drafted = edit(world, "Two", publish=False)
    before = picked(world, "before")
    labels.put(world, CODE, "a", "staging", "draft", actor="bob")
    put = labels.put(world, CODE, "a", "live", 2, actor="bob")

    assert (drafted.version, drafted.steps[0].prompt) == (1, "Say {{ text }}")
    assert before == (1, "Say {{ text }}")
    assert (put.version, put.steps[0].prompt) == (2, "Two")
    assert picked(world, "after") == (2, "Two")
    assert picked(world, "before") == before
    assert stands(world) == {"live": 2, "draft": 2, "staging": 2}


def test_edits_of_a_flow_with_labels_are_drafts_unless_told_otherwise(world: World) -> None:
    make_use_case(world)
    labels.put(world, CODE, "a", "good", 1, actor="bob")

    edit(world, "Two")
    edit(world, "Three", publish=True)

    assert prompts(world) == [(3, "Three"), (2, "Two"), (1, "Say {{ text }}")]
    assert stands(world) == {"live": 3, "draft": 2, "good": 1}


def test_rolling_back_makes_a_new_version_with_the_old_steps(world: World) -> None:
    make_use_case(world)
    edit(world, "Two")
    old = picked(world, "old")

    restored = flows.restore(world, CODE, "a", "1", note=None, publish=True, actor="bob")
    again = flows.restore(world, CODE, "a", "1", note=None, publish=True, actor="bob")

    assert (restored.version, restored.steps[0].prompt) == (3, "Say {{ text }}")
    assert again.version == 3
    assert prompts(world) == [(3, "Say {{ text }}"), (2, "Two"), (1, "Say {{ text }}")]
    assert versions.get(world, CODE, "a", "live").note == "restores version 1"
    assert picked(world, "old") == old == (2, "Two")


def test_live_can_go_back_to_an_older_version_and_edits_still_get_new_numbers(world: World) -> None:
    make_use_case(world)
    edit(world, "Two")

    back = labels.put(world, CODE, "a", "live", 1, actor="bob")
    edited = edit(world, "Three")

    assert (back.version, edited.version) == (1, 3)
    moves, _ = labels.history(world, CODE, "a", cursor=None, limit=10)
    assert sorted((move.label, move.before, move.after, move.actor) for move in moves) == [
        ("live", 1, 2, "ann"),
        ("live", 1, 3, "ann"),
        ("live", 2, 1, "bob"),
    ]


def test_what_is_live_stays_while_an_experiment_counts_it_and_drafts_go_on(world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000})
    edit(world, "Two")
    start(world)

    for refused in (
        lambda: edit(world, "Three"),
        lambda: labels.put(world, CODE, "a", "live", 1, actor="bob"),
        lambda: flows.restore(world, CODE, "a", "1", note=None, publish=True, actor="bob"),
    ):
        with pytest.raises(Conflict) as raised:
            refused()
        assert raised.value.code == "experiment-running"
    edit(world, "Three", publish=False)

    assert stands(world) == {"live": 2, "draft": 3}


def test_a_label_that_cannot_be_is_refused_and_changes_nothing(world: World) -> None:
    make_use_case(world)

    for label in ("", "12", "Live", "a b", "x" * 65, "-a"):
        with pytest.raises(Invalid):
            labels.put(world, CODE, "a", label, 1, actor="bob")
    for version in (2, 0, "draft", "99999999999999999999"):
        with pytest.raises(NotFound):
            labels.put(world, CODE, "a", "staging", version, actor="bob")
    with pytest.raises(NotFound):
        labels.remove(world, CODE, "a", "staging", actor="bob")
    with pytest.raises(Conflict) as kept:
        labels.remove(world, CODE, "a", "live", actor="bob")

    assert kept.value.code == "label-live"
    assert stands(world) == {"live": 1}
    assert labels.history(world, CODE, "a", cursor=None, limit=10) == ([], None)


def test_a_flow_bears_a_bounded_number_of_labels(world: World) -> None:
    make_use_case(world)
    for number in range(labels.MOST):
        labels.put(world, CODE, "a", f"l{number}", 1, actor="bob")

    with pytest.raises(Invalid):
        labels.put(world, CODE, "a", "one-more", 1, actor="bob")
    labels.remove(world, CODE, "a", "l0", actor="bob")
    labels.put(world, CODE, "a", "one-more", 1, actor="bob")

    assert len(stands(world)) == labels.MOST + 1


def test_edits_at_the_same_time_each_get_a_version_of_their_own(world: World) -> None:
    make_use_case(world)

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda number: edit(world, f"Prompt {number}"), range(16)))

    found = prompts(world)
    assert [number for number, _ in found] == list(range(17, 0, -1))
    assert {prompt for _, prompt in found} == {"Say {{ text }}", *(f"Prompt {number}" for number in range(16))}


def test_a_version_that_serves_while_it_is_edited_stays_and_the_edit_is_another(world: World) -> None:
    make_use_case(world)
    flows.create(world, CODE, FlowEdit(code="b", steps=(make_step(),)))
    replace_steps = flow_rows.replace_steps

    def too_late(tx: Tx, flow_id: str, version: int, *rest: object, **more: object) -> None:
        flow_rows.mark_served(tx, {(flow_id, version): world.now()})
        replace_steps(tx, flow_id, version, *rest, **more)  # type: ignore[arg-type]  # handed on as they came

    with patch.object(flow_rows, "replace_steps", too_late):
        edited = flows.change(world, CODE, "b", FlowEdit(steps=(make_step(prompt="Two"),)), actor="ann")

    assert (edited.version, edited.steps[0].prompt) == (2, "Two")
    assert versions.get(world, CODE, "b", "1").steps[0].prompt == "Say {{ text }}"


def test_a_session_keeps_one_text_while_its_flow_is_edited(world: World) -> None:
    make_use_case(world)

    def serve(number: int) -> tuple[str, int, str]:
        return f"s{number}", *picked(world, f"s{number}")

    with ThreadPoolExecutor(8) as crowd:
        editing = [crowd.submit(edit, world, f"Prompt {number}") for number in range(12)]
        serving = [crowd.submit(serve, number) for number in range(60)]
        for each in editing:
            each.result()
        served = [each.result() for each in serving]

    texts = dict(prompts(world))
    assert all(texts[version] == prompt for _, version, prompt in served)
    assert all(picked(world, name) == (version, prompt) for name, version, prompt in served)


def test_a_session_goes_on_at_its_version_in_a_process_that_never_saw_it(world: World) -> None:
    make_use_case(world)
    picked(world, "old")
    edit(world, "Two")
    other = replace(world, sessions=KnownSessions(10))

    session, _ = traffic.assign(other, world.snapshots.current.use_cases[CODE], "old", user_id=None)

    assert traffic.flow_of(other, session).steps[0].prompt == "Say {{ text }}"
