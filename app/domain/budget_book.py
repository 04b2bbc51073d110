"""The book tells which budgets a bill falls under, by look-up and not by search."""

from collections import defaultdict
from collections.abc import Iterable

from app.domain.budget import EVERYONE, Bill, Budget, Due
from app.domain.period import Span, span

Entries = defaultdict[tuple[str, str], list[Budget]]


class BudgetBook:
    """Made anew whenever budgets change. Safe to share between threads: what it remembers is only a shortcut."""

    def __init__(self, budgets: Iterable[Budget]) -> None:
        active = [budget for budget in budgets if budget.active]
        self._everywhere = [budget for budget in active if budget.scope == "global"]
        self._one: Entries = defaultdict(list)
        self._each: defaultdict[str, list[Budget]] = defaultdict(list)
        self._each_tag: defaultdict[str, list[Budget]] = defaultdict(list)
        self._spans: dict[tuple[str, str], Span] = {}
        for budget in active:
            if budget.scope == "global":
                continue
            if not budget.for_each:
                self._one[budget.scope, budget.scope_value or ""].append(budget)
            elif budget.scope == "tag":
                self._each_tag[budget.scope_value or ""].append(budget)
            else:
                self._each[budget.scope].append(budget)
        self._scopes = {scope for scope, _ in self._one} | set(self._each)
        self._tags = "tag" in self._scopes or bool(self._each_tag)

    def dues(self, bill: Bill) -> list[Due]:
        """All budgets that the bill falls under, in no particular order."""
        found = [self._due(budget, EVERYONE, bill) for budget in self._everywhere]
        if self._scopes:
            for scope, value in bill.faces():
                if scope in self._scopes:
                    found += [self._due(budget, EVERYONE, bill) for budget in self._one.get((scope, value), ())]
                    found += [self._due(budget, value, bill) for budget in self._each.get(scope, ())]
        if self._tags:
            for name, given in bill.tags.items():
                value = str(given)
                found += [self._due(budget, EVERYONE, bill) for budget in self._one.get(("tag", f"{name}={value}"), ())]
                found += [self._due(budget, value, bill) for budget in self._each_tag.get(name, ())]
        return found

    def _due(self, budget: Budget, who: str, bill: Bill) -> Due:
        place = budget.period, budget.time_zone
        known = self._spans.get(place)
        if known is None or not known.holds(bill.at):
            known = self._spans[place] = span(budget.period, budget.time_zone, bill.at)
        return Due(budget, who, known)
