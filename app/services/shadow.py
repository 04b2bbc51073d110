"""Shadows are set here, each with a budget of its own, and read apart from all evidence that counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.db import budgets as budget_rows
from app.db import flows as flow_rows
from app.db import shadow_evidence as rows
from app.db import use_cases as use_case_rows
from app.db.evidence import Earned
from app.db.uow import Tx
from app.domain import shadow
from app.domain.budget import Budget
from app.domain.evidence import Evidence, Scale, empty
from app.domain.flow import Flow
from app.domain.use_case import UseCase
from app.services import budgets
from app.services.editing import edit
from app.services.observing import cells
from app.services.tagged_budgets import tagged
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a flow in the shadow; `earned` None before its first session."""

    flow: Flow
    version: int
    earned: Earned | None


@dataclass(frozen=True, slots=True)
class Shadow:
    """A flow's part, its budget of the present day (None before it was first set), and its versions, newest first."""

    flow: Flow
    budget: budgets.State | None
    versions: tuple[Version, ...]


def put(world: World, use_case_code: str, flow_code: str, *, share: int, limit: int) -> Shadow:
    """Let the flow answer `share` of 10 000 sessions of other flows too, for `limit` nano-dollars a day at most.

    Share and budget change in one transaction. Raises NotFound; Conflict when another budget bears the name.
    """

    def apply(tx: Tx) -> None:
        use_case = use_case_rows.get_by_code(tx, use_case_code)
        flow = flow_rows.get_by_code(tx, use_case.id, flow_code)
        moment = world.now()
        flow_rows.update(tx, replace(flow, shadow_share=share, updated_at=moment))
        before = _own(budget_rows.all_of(tx), flow.id)
        if before is None:
            _clear(tx, _name(use_case, flow))
            budget_rows.add(tx, _budget(world, use_case, flow, limit))
            return
        wanted = replace(before, name=_name(use_case, flow), limit=limit, action="block", active=True)
        budget_rows.update(tx, replace(wanted, updated_at=moment))
        budgets.review(world, tx, wanted)

    edit(world, apply)
    return get(world, use_case_code, flow_code)


def remove(world: World, use_case_code: str, flow_code: str) -> None:
    """No more copies for the flow; its budget keeps what it has counted, but is switched off. Raises NotFound."""

    def apply(tx: Tx) -> None:
        flow = flow_rows.get_by_code(tx, use_case_rows.get_by_code(tx, use_case_code).id, flow_code)
        flow_rows.update(tx, replace(flow, shadow_share=0, updated_at=world.now()))
        budget = _own(budget_rows.all_of(tx), flow.id)
        if budget is not None:
            budget_rows.update(tx, replace(budget, active=False, updated_at=world.now()))

    edit(world, apply)


def get(world: World, use_case_code: str, flow_code: str) -> Shadow:
    """Where the flow's shadow stands. Raises NotFound."""
    with world.store.read() as tx:
        use_case = use_case_rows.get_by_code(tx, use_case_code)
        flow = flow_rows.get_by_code(tx, use_case.id, flow_code)
        earned = rows.of_use_case(tx, use_case.id)
        budget = _own(budget_rows.all_of(tx), flow.id)
    state = None if budget is None else budgets.get(world, budget.id)
    return Shadow(flow, state, _versions(flow, earned))


def of_use_case(world: World, use_case_code: str) -> list[Version]:
    """What flows that are or were shadows have earned as such, by code, the newest version first. Raises NotFound."""
    with world.store.read() as tx:
        use_case = use_case_rows.get_by_code(tx, use_case_code)
        flows = flow_rows.of_use_case(tx, use_case.id)
        earned = rows.of_use_case(tx, use_case.id)
    return [version for flow in flows for version in _versions(flow, earned)]


def warm_start(tx: Tx, use_case_id: str, flows: Sequence[Flow], scale: Scale) -> tuple[Evidence, ...]:
    """What each flow, at its current version, has earned in the shadow, in the order of `flows`; empty without any.

    It may say what share a flow begins with. It is no evidence of an epoch and must certify nothing: its answers were
    read by nobody who needed them, and its rubric's labels are another flow's answers.
    """
    known = {(earned.flow_id, earned.flow_version): earned for earned in rows.of_use_case(tx, use_case_id)}
    return tuple(_evidence(known.get((flow.id, flow.version)), scale) for flow in flows)


def _evidence(earned: Earned | None, scale: Scale) -> Evidence:
    if earned is None:
        return empty(scale)
    return Evidence(
        sessions=earned.sessions,
        n=earned.n,
        total=earned.sum,
        squares=earned.sum_sq,
        cells=cells(earned, scale.kind),
    )


def _versions(flow: Flow, earned: Sequence[Earned]) -> tuple[Version, ...]:
    own = {each.flow_version: each for each in earned if each.flow_id == flow.id}
    numbers = own.keys() | ({flow.version} if flow.shadow_share else set())
    return tuple(Version(flow, number, own.get(number)) for number in sorted(numbers, reverse=True))


def _own(known: Sequence[Budget], flow_id: str) -> Budget | None:
    return next((budget for budget in known if shadow.is_own(budget, flow_id)), None)


def _clear(tx: Tx, name: str) -> None:
    """Take the budget of that name away if its flow, which bore the same code, is gone."""
    left = budget_rows.named(tx, name)
    if left is None or not shadow.is_any(left):
        return
    if not any(shadow.is_own(left, flow.id) for flow in flow_rows.all_of(tx)):
        budget_rows.remove(tx, left.id)


def _name(use_case: UseCase, flow: Flow) -> str:
    return f"shadow of {use_case.code}/{flow.code}"


def _budget(world: World, use_case: UseCase, flow: Flow, limit: int) -> Budget:
    tag = shadow.scope_value(flow.id)
    return tagged(world, name=_name(use_case, flow), tag=tag, limit=limit, period="day")
