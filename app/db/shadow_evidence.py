"""Evidence in the shadow: what flows earned from answers that no user has seen; listed apart, mixed into nothing."""

from sqlalchemy import select

from app.db.evidence import Earned, fields_of
from app.db.tables import flows, shadow_evidence
from app.db.uow import Tx


def of_use_case(tx: Tx, use_case_id: str) -> list[Earned]:
    """What each of its flows has earned in the shadow, by flow and version."""
    statement = (
        select(shadow_evidence)
        .join(flows, flows.c.id == shadow_evidence.c.flow_id)
        .where(flows.c.use_case_id == use_case_id)
        .order_by(shadow_evidence.c.flow_id, shadow_evidence.c.flow_version)
    )
    return [Earned(**fields_of(row)) for row in tx.execute(statement)]
