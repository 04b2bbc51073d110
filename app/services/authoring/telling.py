"""What is stored, and what files say, in the same words, so that the two can be held against each other.

Whatever goes without saying is left out, lists whose order means nothing are sorted, and money is decimal text.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from app.domain.budget import Budget
from app.domain.errors import Invalid
from app.domain.experiment import Experiment
from app.domain.money import to_usd
from app.domain.webhook import Webhook
from app.services import rollout_form
from app.services.ab import form as ab_form
from app.services.ab import wanted_json
from app.services.ab.form import AbForm
from app.services.ab.planning import slowest_ms
from app.services.ab.wanted import WantedTest
from app.services.authoring.forms import WebhookForm
from app.services.authoring.stored import Stored
from app.services.budget_form import BudgetForm
from app.services.flow_form import ExperimentForm
from app.services.rollout_form import Form, RolloutForm
from app.services.rollout_json import wanted_of
from app.services.rollouts import Wanted
from app.services.world import World

T = TypeVar("T")
Told = dict[str, object]
ALWAYS: Final = {"name", "url", "scope", "period", "active", "kinds"}  # said even where they are as usual


def experiment(it: Experiment) -> Told:
    """The experiment as its author may write it again."""
    if it.policy == "fixed":
        return of_test(wanted_json.wanted_of(it))
    return of_rollout(wanted_of(it))


def of_rollout(wanted: Wanted) -> Told:
    """A wanted rollout."""
    return {"rollout": RolloutForm.model_validate(rollout_form.written(wanted)).model_dump(exclude_defaults=True)}


def of_test(wanted: WantedTest) -> Told:
    """A wanted A/B test."""
    return {"ab_test": AbForm.model_validate(ab_form.written(wanted)).model_dump(exclude_defaults=True)}


def wanted_experiment(world: World, form: ExperimentForm) -> Wanted | WantedTest:
    """What a file wants. Raises Invalid naming the field unless it is one thing that holds together."""
    rollout, test = form.rollout, form.ab_test
    if rollout is not None and test is None:
        return _placed("rollout", rollout.wanted)
    if test is not None and rollout is None:
        return _placed("ab_test", partial(test.wanted, slowest_ms(world)))
    raise Invalid("either rollout or ab_test is expected", field="")


def budget(stored: Stored, it: Budget) -> Told:
    """The budget; whom it is for as people name it."""
    limit = {"limit_usd": to_usd(it.limit)} if it.unit == "usd" else {"limit_tokens": it.limit}
    return of_budget(
        BudgetForm.model_validate(
            {
                "name": it.name,
                "scope": it.scope,
                "scope_value": _scope_value(stored, it),
                **limit,
                "period": it.period,
                "time_zone": it.time_zone,
                "action": it.action,
                "thresholds": list(it.thresholds),
                "active": it.active,
            }
        )
    )


def of_budget(form: BudgetForm) -> Told:
    """A wanted budget."""
    told = _said(form)
    if form.limit_usd is not None:
        told["limit_usd"] = to_usd(form.to_domain().limit)
    if "thresholds" in told:
        told["thresholds"] = sorted(set(form.thresholds))
    return told


def webhook(stored: Stored, it: Webhook) -> Told:
    """The webhook without its secret."""
    given = {
        "url": it.url,
        "kinds": list(it.kinds),
        "active": it.active,
        "use_case": stored.code_of(it.use_case_id),
        "texts": it.texts,
        "headers": dict(it.headers),
    }
    return of_webhook(WebhookForm.model_validate(given))


def of_webhook(form: WebhookForm) -> Told:
    """A wanted webhook."""
    return _said(form)


def _placed(where: str, wanted: Callable[[], T]) -> T:
    try:
        return wanted()
    except Invalid as error:
        raise Invalid(error.message, field=f"{where}.{error.field}") from None


def _said(form: Form) -> Told:
    said = form.model_dump(exclude_defaults=True)
    return {name: value for name, value in form.model_dump().items() if name in said or name in ALWAYS}


def _scope_value(stored: Stored, it: Budget) -> str | None:
    if it.scope == "use-case":
        return stored.code_of(it.scope_value) or it.scope_value
    if it.scope == "flow":
        for code, use_case in stored.use_cases.items():
            for flow in stored.flows.get(use_case.id, ()):
                if flow.id == it.scope_value:
                    return f"{code}/{flow.code}"
    return it.scope_value
