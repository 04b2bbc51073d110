"""What happens to a comparison is an event, recorded with it."""

from app.db.uow import Tx
from app.domain.comparison.comparison import Comparison, Status
from app.services import events
from app.services.world import World


def began(tx: Tx, world: World, it: Comparison) -> None:
    """It was made, and waits."""
    data = {"name": it.name, "candidates": [each.name for each in it.candidates], "inputs": it.inputs}
    events.record(
        tx,
        world,
        "comparison.created",
        about=it.id,
        text=f"comparison {it.name} was made",
        data=data,
        use_case_id=it.use_case_id,
        actor=it.actor,
    )


def ended(tx: Tx, world: World, it: Comparison, status: Status, error: str | None = None) -> None:
    """It has ended so; `error` is a code."""
    text = f"comparison {it.name} was cancelled" if status == "cancelled" else f"comparison {it.name} {status}"
    data = {"name": it.name, "error": error}
    kind = f"comparison.{status}"
    events.record(tx, world, kind, about=it.id, text=text, data=data, use_case_id=it.use_case_id)
