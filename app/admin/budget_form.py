"""A budget as people type it into a form: every fault is said at its field, and nothing typed is lost."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast, get_args

from app.domain.budget import SCOPES, THRESHOLDS, Action, Budget, BudgetUnit, Scope
from app.domain.errors import Conflict, Invalid, ModelMatchError, NotFound
from app.domain.money import from_usd, to_usd
from app.domain.period import PERIODS, Period
from app.services.budgets import Edit, Wanted

FIELDS: Final = ("name", "scope", "scope_value", "unit", "limit", "period", "time_zone", "action", "thresholds")
UNITS: Final = get_args(BudgetUnit)
ACTIONS: Final = get_args(Action)
LONGEST: Final = 255
MOST_USD: Final = 10**9
MOST_TOKENS: Final = 10**15
MOST_THRESHOLDS: Final = 10
USD: Final = re.compile(r"[0-9]{1,10}(\.[0-9]{1,9})?")
TOKENS: Final = re.compile(r"[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class BudgetForm:
    """What was typed, and what is wrong with it, by field."""

    typed: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> "BudgetForm":
        """A new budget."""
        thresholds = ", ".join(map(str, THRESHOLDS))
        given = {"scope": "global", "unit": "usd", "period": "month", "time_zone": "UTC", "action": "block"}
        return cls({**dict.fromkeys(FIELDS, ""), **given, "thresholds": thresholds})

    @classmethod
    def of(cls, budget: Budget) -> "BudgetForm":
        """A budget as it is."""
        limit = to_usd(budget.limit) if budget.unit == "usd" else str(budget.limit)
        told = {name: str(getattr(budget, name) or "") for name in FIELDS}
        return cls({**told, "limit": limit, "thresholds": ", ".join(map(str, budget.thresholds))})

    @classmethod
    def sent(cls, form: Mapping[str, str]) -> "BudgetForm":
        """What was sent."""
        return cls({name: form.get(name, "").strip() for name in FIELDS})

    def wanted(self) -> Wanted | None:
        """The new budget, or None with faults."""
        name = self._line("name")
        if not name:
            self._fault("name", "A name is needed.")
        scope = self._one_of("scope", SCOPES)
        value, unit = self._line("scope_value"), self._one_of("unit", UNITS)
        limit, period = self._limit(unit), self._one_of("period", PERIODS)
        action, thresholds = self._one_of("action", ACTIONS), self._thresholds()
        if self.faults or limit is None or thresholds is None:
            return None
        return Wanted(
            name=name,
            scope=cast(Scope, scope),
            scope_value=value or None,
            unit=cast(BudgetUnit, unit),
            limit=limit,
            period=cast(Period, period),
            time_zone=self._line("time_zone") or "UTC",
            action=cast(Action, action),
            thresholds=thresholds,
        )

    def edit(self, unit: BudgetUnit) -> Edit | None:
        """The change of a budget of that unit, or None with faults."""
        limit, action, thresholds = self._limit(unit), self._one_of("action", ACTIONS), self._thresholds()
        if self.faults:
            return None
        return Edit(limit=limit, unit=unit, action=cast(Action, action), thresholds=thresholds)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Whether `act` was not refused; what it refuses is a fault of its field, or of the form, named by no word."""
        try:
            act()
        except (Invalid, Conflict, NotFound) as error:
            self.faults[self._named(error)] = f"{error.message[:1].upper()}{error.message[1:]}."
        return not self.faults

    def _named(self, error: ModelMatchError) -> str:
        named = str(getattr(error, "field", None) or "")
        if error.code == "duplicate-name":
            return "name"
        if isinstance(error, NotFound):
            return "scope_value"
        return named if named in FIELDS else ""

    def _fault(self, name: str, told: str) -> None:
        self.faults[name] = told

    def _line(self, name: str) -> str:
        given = self.typed[name]
        if len(given) > LONGEST or not given.isprintable():
            self._fault(name, f"At most {LONGEST} characters on one line.")
        return given

    def _one_of(self, name: str, words: tuple[str, ...]) -> str:
        given = self.typed[name]
        if given not in words:
            self._fault(name, "Please choose one.")
        return given

    def _limit(self, unit: str) -> int | None:
        given = self.typed["limit"].removeprefix("$").replace(",", "").replace(" ", "")
        if unit == "tokens":
            if TOKENS.fullmatch(given) and int(given) <= MOST_TOKENS:
                return int(given)
            self._fault("limit", "A whole number of tokens is needed, as 250000.")
            return None
        if USD.fullmatch(given) and from_usd(given) <= from_usd(str(MOST_USD)):
            return from_usd(given)
        self._fault("limit", "An amount of US dollars is needed, as 25 or 12.50.")
        return None

    def _thresholds(self) -> tuple[int, ...] | None:
        words = self.typed["thresholds"].replace("%", " ").replace(",", " ").split()
        numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= 4]
        if len(numbers) == len(words) <= MOST_THRESHOLDS and all(1 <= number <= 1_000 for number in numbers):
            return tuple(numbers)
        self._fault("thresholds", f"At most {MOST_THRESHOLDS} whole percentages from 1 to 1000, as 50, 80, 100.")
        return None
