"""A move is written with the weights it changes, in the same transaction, with who and why."""

from collections.abc import Mapping, Sequence

from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db import moves as move_rows
from app.db import use_cases as use_case_rows
from app.db.uow import Tx
from app.domain.errors import Conflict
from app.domain.experiment import Move
from app.domain.flow import Flow
from app.domain.flow import weights as weights_of
from app.domain.use_case import UseCase
from app.services import events
from app.services.ab.designs import design_of
from app.services.world import World


def check_free(tx: Tx, use_case: UseCase) -> None:
    """Raises Conflict while a rollout owns the weights of the use case."""
    if rows.running(tx, use_case.id) is not None:
        raise Conflict(
            f"a running experiment owns the traffic of {use_case.code!r}; stop it first", code="experiment-running"
        )


def check_on_no_test(tx: Tx, use_case: UseCase, flow: Flow, *, field: str | None = None) -> None:
    """Raises Conflict while the flow is an arm of a running A/B test."""
    for test in rows.running_tests(tx, use_case.id):
        if flow.id in {arm.flow_id for arm in design_of(test).arms}:
            raise Conflict(
                f"flow {flow.code!r} is an arm of a running A/B test; stop it first",
                code="experiment-running",
                field=field,
            )


def set_by_hand(
    tx: Tx,
    world: World,
    use_case: UseCase,
    flows: Sequence[Flow],
    after: Mapping[str, int],
    *,
    actor: str,
    reason: str,
) -> None:
    """Write the weights of the active flows, 0 for every other flow, and the move; nothing when nothing changes.

    Raises Conflict while an experiment owns the weights.
    """
    check_free(tx, use_case)
    wanted = {flow.id: after.get(flow.id, 0) for flow in flows}
    if wanted == {flow.id: flow.weight for flow in flows}:
        return
    flow_rows.set_weights(tx, use_case.id, wanted)
    move = Move(
        id=world.new_id(),
        at=move_rows.following(tx, use_case.id, world.now()),
        use_case_id=use_case.id,
        experiment_id=None,
        before=weights_of(flows),
        after=dict(after),
        phase="manual",
        reason=reason,
        actor=actor,
    )
    move_rows.add(tx, move)
    _tell(tx, world, flows, move)


def _tell(tx: Tx, world: World, flows: Sequence[Flow], move: Move) -> None:
    codes = {flow.id: flow.code for flow in flows}
    weights = {
        when: {codes[flow_id]: weight for flow_id, weight in shares.items()}
        for when, shares in (("before", move.before), ("after", move.after))
    }
    events.record(
        tx,
        world,
        "flow.weighed",
        about=move.use_case_id,
        text=move.reason,
        data={**weights, "move_id": move.id},
        use_case_id=move.use_case_id,
        actor=move.actor,
    )


def page(world: World, use_case: str, *, cursor: str | None, limit: int) -> tuple[list[Move], str | None]:
    """Moves of a use case, newest first. Raises NotFound."""
    with world.store.read() as tx:
        owner = use_case_rows.get_by_code(tx, use_case)
        return move_rows.page(tx, owner.id, cursor=cursor, limit=limit)
