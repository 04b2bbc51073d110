"""How a request names who shall answer: a model, an ordered list of them, a task, or `auto`."""

from typing import Annotated

from pydantic import Field

from app.api.auto_payloads import AutoIn
from app.api.payloads import Name, Payload
from app.domain.auto import check
from app.domain.errors import Invalid
from app.domain.flow import Choice, choice_named


class TargetIn(Payload):
    """At most one of `model` (also `auto` and `auto/<strategy>`), `models`, `task` and `auto`; a task beside `auto`."""

    model: Name | None = None
    models: Annotated[list[Name], Field(max_length=16)] = Field(default_factory=list)
    task: Name | None = None
    auto: AutoIn | None = None

    def target(self) -> Choice | None:
        """The choice, None when nothing is named. Raises Invalid when more than one thing is."""
        named = (self.model is not None) + bool(self.models) + (self.task is not None or self.auto is not None)
        if named > 1:
            raise Invalid("one of model, models, task and auto is expected", field="model")
        if self.auto is not None:
            return Choice(task=self.task, auto=check(self.auto.to_domain(), field="auto"))
        if self.model is not None:
            return choice_named(self.model)
        return Choice(tuple(self.models), self.task) if self.models or self.task is not None else None
