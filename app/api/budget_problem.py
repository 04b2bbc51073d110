"""What a call that a budget refuses is told about the budget."""

from app.domain.errors import BudgetExceeded
from app.domain.money import to_usd


def members(error: BudgetExceeded) -> dict[str, object]:
    """Which budget, whose part of it, and where it stands; money as decimal text ending `_usd`, else `_tokens`."""
    usd = error.unit == "usd"
    amounts = {"limit": error.limit, "settled": error.settled, "reserved": error.reserved}
    told = {f"{name}_{error.unit}": to_usd(amount) if usd else amount for name, amount in amounts.items()}
    ends = error.resets_at
    resets_at = None if ends is None else ends.isoformat().replace("+00:00", "Z")
    return {
        "budget": error.budget,
        "scope": error.scope,
        "who": error.who,
        "period": error.period,
        **told,
        "resets_at": resets_at,
    }
