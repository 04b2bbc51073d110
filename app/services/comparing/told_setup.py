"""How a comparison was set up, as people read it: what was asked of whom, how it was judged, what it may cost."""

from app.domain.comparison.comparison import Comparison, Prompt
from app.domain.money import to_usd

RULES = {
    "exact": "the answer is the reference; letter case, white space and punctuation around it aside",
    "label": "the answer begins with the reference, as whole words",
    "first_integer": "the first whole number in the answer, in digits or English words, is the reference",
    "contains": "the reference stands in the answer, letter case aside",
    "regex": "the pattern is found in the answer",
    "numeric": "the first number in the answer is near the reference",
    "json_schema": "the JSON in the answer is allowed by the schema",
    "json_equal": "the JSON in the answer equals the reference",
}


def question(it: Comparison, use_case: str | None) -> str:
    """What the comparison asks, in one sentence."""
    many = len(it.candidates)
    about = f" of the use case {use_case}" if use_case else ""
    again = f", {it.repeats} times each" if it.repeats > 1 else ""
    by = " and ".join(_sides(it))
    return f"Which of {many} candidates{about} answers these {it.inputs:,} inputs best{again}, by {by}?"


def setup(it: Comparison, use_case: str | None) -> list[tuple[str, str]]:
    """Each term with what it was; texts of prompts are as their author wrote them."""
    found = [
        (
            "Inputs",
            f"{it.inputs:,}, each answered {'once' if it.repeats == 1 else f'{it.repeats} times'} by each candidate",
        ),
        ("Rule", _rule(it)),
        ("Judge", _judge(it)),
        ("Weights", f"quality {it.weights.quality:g}, cost {it.weights.cost:g}, speed {it.weights.speed:g}"),
        (
            "Chance of naming a winner among equals",
            f"at most {100 * it.alpha:g} %; intervals at {100 - 100 * it.alpha:g} %",
        ),
        ("Budget", "none of its own" if it.budget is None else f"${to_usd(it.budget)}, judge included"),
        ("Order", f"drawn from the seed {it.seed}; {it.concurrency} answers at a time"),
        ("Made by", it.actor),
    ]
    if use_case:
        found.insert(0, ("Use case", use_case))
    if any(candidate.flow is None for candidate in it.candidates):
        found += _prompt(it.prompt)
    return found


def _sides(it: Comparison) -> list[str]:
    weights = {"quality": it.weights.quality, "cost": it.weights.cost, "speed": it.weights.speed}
    return [side for side, weight in weights.items() if weight > 0]


def _rule(it: Comparison) -> str:
    if it.scoring is None:
        return "none"
    near = f", within {it.scoring.tolerance:g} of it" if it.scoring.rule == "numeric" else ""
    against = "" if it.scoring.expected is None else f"; {it.scoring.expected}"
    return f"{it.scoring.rule}: {RULES[it.scoring.rule]}{near}{against}"


def _judge(it: Comparison) -> str:
    if it.judge is None:
        return "none"
    return f"{it.judge.model}, in both orders, at most {it.judge.max_pairs:,} pairs, by: {it.judge.criteria}"


def _prompt(prompt: Prompt) -> list[tuple[str, str]]:
    params = prompt.params
    numbers = {
        "at most {:,} tokens": params.max_tokens,
        "temperature {:g}": params.temperature,
        "top p {:g}": params.top_p,
        "seed {}": params.seed,
    }
    given = [words.format(value) for words, value in numbers.items() if value is not None]
    if params.stop:
        given.append(f"stops at {list(params.stop)}")
    if params.response_format is not None:
        given.append("an answer in JSON")
    found = [
        ("Prompt of models without a flow", prompt.text),
        ("Asked with", ", ".join(given) or "the models' defaults"),
    ]
    return ([("System text", prompt.system)] if prompt.system else []) + found
