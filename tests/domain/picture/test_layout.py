"""Nothing overlaps, nothing lies outside, everything runs downwards, whatever the flow."""

from itertools import combinations

from hypothesis import given

from app.domain.flow import Step
from app.domain.picture.layout import WIDTH, Layout, Placed, layout
from app.domain.picture.ordering import arranged, crossings
from app.domain.picture.picture import picture_of
from tests.domain.picture.drawn import graphs, router, step


def laid_out(steps: tuple[Step, ...]) -> Layout:
    return layout(picture_of("A flow", steps))


def apart(one: Placed, other: Placed) -> bool:
    beside = one.x + WIDTH <= other.x or other.x + WIDTH <= one.x
    return beside or one.y + one.height <= other.y or other.y + other.height <= one.y


@given(graphs())
def test_no_two_boxes_overlap_and_all_lie_within_the_picture(steps: tuple[Step, ...]) -> None:
    found = laid_out(steps)

    assert {placed.box.code for placed in found.boxes} == {each.code for each in steps}
    assert all(apart(one, other) for one, other in combinations(found.boxes, 2))
    for placed in found.boxes:
        assert 0 <= placed.x <= found.width - WIDTH
        assert found.inputs[1] < placed.y < found.answer[1] - placed.height
        assert found.answer[1] < found.height


@given(graphs())
def test_each_line_runs_down_from_the_box_it_leaves_to_the_box_it_reaches(steps: tuple[Step, ...]) -> None:
    found = laid_out(steps)
    places = {placed.box.code: placed for placed in found.boxes}

    for drawn in found.lines:
        heights = [y for _, y in drawn.points]
        assert heights == sorted(heights)
        assert all(0 <= x <= found.width for x, _ in drawn.points)
        if drawn.line.goal is not None:
            goal = places[drawn.line.goal]
            assert drawn.points[-1] == (round(goal.x + WIDTH / 2, 1), goal.y)
        else:
            assert drawn.points[-1] == found.answer


@given(graphs())
def test_no_line_runs_through_a_box_on_its_way(steps: tuple[Step, ...]) -> None:
    found = laid_out(steps)

    for drawn in found.lines:
        for x, y in drawn.points[1:-1]:
            inside = [
                placed
                for placed in found.boxes
                if placed.x < x < placed.x + WIDTH and placed.y <= y <= placed.y + placed.height
            ]
            assert inside == []


@given(graphs())
def test_the_same_flow_is_laid_out_the_same_way(steps: tuple[Step, ...]) -> None:
    assert laid_out(steps) == laid_out(steps)


def test_rows_are_ordered_so_that_lines_do_not_cross_where_they_need_not() -> None:
    steps = (
        *(step(code, own=True, after=()) for code in ("a", "b", "c")),
        step("to-c", own=True, after=("c",)),
        step("to-b", own=True, after=("b",)),
        step("to-a", own=True, after=("a",)),
    )

    assert crossings(arranged(picture_of("A flow", steps)).rows) == 0


def test_a_fallback_stands_beside_the_step_that_it_backs() -> None:
    places = {placed.box.code: placed for placed in laid_out(router()).boxes}

    assert places["spare"].y == places["bills"].y
    assert places["spare"].x > places["bills"].x + WIDTH
