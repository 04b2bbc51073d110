"""A plan as doors tell it: money in dollars as decimal text, everything else as it is."""

from app.domain.ab.metric import Kind
from app.domain.money import to_usd
from app.services.ab.planning import Plan


def plan_to_json(plan: Plan, kind: Kind) -> dict[str, object]:
    """As plain values; `kind` is that of the metric. Of a cost the figures are told in dollars alone."""
    expected, sources = plan.expected, plan.sources
    return {
        "per_arm": dict(plan.required.by_arm),
        "units": plan.required.units,
        "days": plan.days,
        "baseline": {
            **_amount(kind, "mean", expected.mean),
            "mean_source": sources["mean"],
            **_amount(kind, "deviation", expected.deviation),
            "deviation_source": sources["deviation"],
            "answering": expected.answering,
            "answering_source": sources["answering"],
        },
        "observed": {
            "units_per_day": plan.observed.units_per_day,
            "units": plan.observed.units,
            "values": plan.observed.values,
        },
        "findable": [
            {"days": each.days, "units": each.units, **_amount(kind, "mde", each.mde)} for each in plan.findable
        ],
        "warnings": list(plan.warnings),
    }


def _amount(kind: Kind, name: str, value: float | None) -> dict[str, object]:
    """As a number and as money, of which one is null."""
    money = kind == "cost"
    return {
        name: None if money else value,
        f"{name}_usd": to_usd(round(value)) if money and value is not None else None,
    }
