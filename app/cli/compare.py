"""`compare` lets models or flows answer the same inputs here and now, and says which did best."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import click
from pydantic import ValidationError

from app.cli import compared
from app.cli.opened import failure, told
from app.domain.comparison.comparison import Rule
from app.services.comparing import comparisons
from app.services.comparing.form import ComparisonForm

FORMATS: Final = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--models", default="", help="Slugs, by commas, that answer the prompt.")
@click.option("--flows", default="", help="Codes of flows of the use case, by commas.")
@click.option("--use-case", help="Whose flows they are, and to which the result belongs.")
@click.option("--inputs", type=FILE, help="CSV or JSONL; columns reference and label, every other one is a value.")
@click.option("--prompt", help="What models are asked, over an input's values; without --inputs the one question.")
@click.option("--system", default="", help="System prompt of models that are no flow.")
@click.option("--max-tokens", type=int, help="Of each answer of models that are no flow.")
@click.option("--rule", type=click.Choice(get_args(Rule)), help="How an answer is right by its reference.")
@click.option("--expected", help="One reference for all inputs, the pattern or the JSON Schema.")
@click.option("--judge", help="A model that says which of two answers is better; needs a budget.")
@click.option("--criteria", help="What the judge looks at.")
@click.option("--quality", type=float, default=1.0, show_default=True, help="How much quality counts for the winner.")
@click.option("--cost", type=float, default=0.0, show_default=True, help="How much cost counts.")
@click.option("--speed", type=float, default=0.0, show_default=True, help="How much speed counts.")
@click.option("--repeats", type=int, default=1, show_default=True, help="How often each input is asked.")
@click.option("--concurrency", type=int, default=4, show_default=True, help="Answers asked for at once.")
@click.option("--budget-usd", help="What it may cost in all.")
@click.option("--seed", help="What the order is drawn from.")
@click.option("--name", default="", help="What it is called.")
@click.option("--json", "as_json", is_flag=True, help="The readout as JSON.")
def compare(as_json: bool, **given: Any) -> None:  # Any: what click has parsed, which the form checks
    """Compare models or flows over the same inputs, and leave with 1 unless it is done."""
    try:
        form = ComparisonForm.model_validate(written(given))
    except ValidationError as error:
        raise failure(error) from None
    with told() as world:
        made = comparisons.create(world, form.wanted(), actor=compared.ACTOR)
        compared.run(world, made)
        compared.end(compared.tell(world, made.id, as_json=as_json))


def written(given: Mapping[str, Any]) -> dict[str, Any]:
    """As the form takes it. Any: each value as click has parsed it. Raises BadParameter, UsageError."""
    text: str | None = given["prompt"]
    prompt = {"system": given["system"], "params": {"max_tokens": given["max_tokens"]}}
    source: dict[str, Any]
    if given["inputs"] is not None:
        source = {"upload": upload(given["inputs"])}
        prompt |= {} if text is None else {"text": text}
    elif text is not None:
        source = {"inputs": [{"prompt": text}]}
    else:
        raise click.UsageError("--inputs or a --prompt is needed")
    scoring = {"rule": given["rule"], "expected": given["expected"]}
    judge = {"model": given["judge"], **({} if given["criteria"] is None else {"criteria": given["criteria"]})}
    return {
        "candidates": [
            *({"model": slug} for slug in _several(given["models"])),
            *({"flow": code} for code in _several(given["flows"])),
        ],
        "prompt": prompt,
        "scoring": None if given["rule"] is None else scoring,
        "judge": None if given["judge"] is None else judge,
        "weights": {name: given[name] for name in ("quality", "cost", "speed")},
        **source,
        **{name: given[name] for name in ("name", "use_case", "repeats", "concurrency", "budget_usd", "seed")},
    }


def upload(path: Path) -> dict[str, str]:
    """The file as the form takes it. Raises BadParameter for one whose name does not say what it is, or no text."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise click.BadParameter(f"{path.name} ends in none of {', '.join(FORMATS)}", param_hint="--inputs")
    try:
        return {"format": kind, "content": path.read_text(encoding="utf-8-sig")}
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path.name} is no UTF-8", param_hint="--inputs") from None


def _several(typed: str) -> list[str]:
    return [word.strip() for word in typed.split(",") if word.strip()]
