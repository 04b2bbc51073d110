"""What a batch may spend in all is an ordinary budget, for the calls with its tag; and whom a refusal concerns."""

from typing import Final

from app.domain.batch import Batch
from app.domain.errors import BudgetExceeded
from app.services.batches.questions import TAG
from app.services.own_budgets import Own

# A budget of one of these scopes may refuse one line and let the next one pass.
OF_LINES: Final = ("user", "use-case", "flow", "experiment", "provider", "model", "tag")


def own(batch: Batch) -> Own:
    """The batch's own budget."""
    return Own(TAG, batch.id, batch.budget, code="batch-unbudgeted")


def is_own(batch: Batch, refusal: BudgetExceeded) -> bool:
    """Whether the batch has spent what it may: waiting does not help."""
    return refusal.budget == own(batch).name


def stops(batch: Batch, refusal: BudgetExceeded) -> bool:
    """Whether no line of the batch could be asked, and not only this one."""
    return is_own(batch, refusal) or refusal.scope not in OF_LINES
