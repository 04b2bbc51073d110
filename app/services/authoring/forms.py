"""The shapes of the files beside those of use cases: tasks, budgets and webhooks, each kind in one file."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.domain.event import ALERTS
from app.domain.webhook import MOST_HEADERS, URL_CHARS
from app.services.budget_form import BudgetForm
from app.services.rollout_form import Code, Form
from app.services.webhooks import Wanted

MOST: int = 10_000


class TasksForm(Form):
    """Which model does which task: a slug, `auto` or `auto/<strategy>` by the task's name."""

    tasks: Annotated[dict[Code, Code], Field(max_length=MOST)]


class BudgetsForm(Form):
    """Every budget that people have made."""

    budgets: Annotated[list[BudgetForm], Field(max_length=MOST)]


class WebhookForm(Form):
    """A webhook without its secret; `headers` are no place for one either."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=URL_CHARS)]
    kinds: Annotated[list[Code], Field(min_length=1, max_length=1_000)] = Field(default_factory=lambda: list(ALERTS))
    active: bool = True
    use_case: Code | None = None
    texts: bool = False
    headers: Annotated[dict[Code, Code], Field(max_length=MOST_HEADERS)] = Field(default_factory=dict)

    def wanted(self) -> Wanted:
        """As the service takes it."""
        return Wanted(self.url, tuple(self.kinds), self.active, self.use_case, self.texts, dict(self.headers))


class WebhooksForm(Form):
    """Every webhook."""

    webhooks: Annotated[list[WebhookForm], Field(max_length=MOST)]
