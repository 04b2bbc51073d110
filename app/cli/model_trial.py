"""`models test` really asks a model, and says what it answered, how long it took and what it cost."""

import json

import click

from app.cli.opened import told
from app.domain.flow import Choice
from app.domain.message import Message, ModelRequest
from app.domain.money import to_usd
from app.services import direct
from app.services.direct import Answered, DirectAsked


@click.command()
@click.argument("slug")
@click.argument("text")
@click.option("--max-tokens", type=click.IntRange(1, 1_000_000), help="Longest answer; default: that of the settings.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def test(slug: str, text: str, max_tokens: int | None, as_json: bool) -> None:
    """Ask the model SLUG the question TEXT: a call like any other, which costs; leaves with 1 when none answers."""
    request = ModelRequest(model="", messages=(Message("user", text),), max_tokens=max_tokens)
    with told() as world:
        answered = direct.run(world, DirectAsked(Choice((slug,)), request, tags={"purpose": "test"}))
    facts = _facts(answered)
    if as_json:
        click.echo(json.dumps({"text": answered.reply.text, **facts}))
        return
    click.echo(answered.reply.text)
    cost = "an unknown price" if facts["cost_usd"] is None else f"{facts['cost_usd']} USD"
    click.echo(
        f"{facts['model']}: {facts['input_tokens']} tokens in, {facts['output_tokens']} out, "
        f"{cost}, {facts['latency_ms']} ms",
        err=True,
    )


def _facts(answered: Answered) -> dict[str, object]:
    """Of all attempts together; `cost_usd` None when one of them has no known price."""
    costs = [call.cost for call in answered.calls]
    known = [nanos for nanos in costs if nanos is not None]
    return {
        "model": answered.calls[-1].model,
        "finish_reason": answered.reply.finish_reason,
        "input_tokens": answered.usage.prompt_tokens,
        "output_tokens": answered.usage.completion_tokens,
        "cost_usd": to_usd(sum(known)) if len(known) == len(costs) else None,
        "latency_ms": sum(call.latency_ms for call in answered.calls),
        "call_id": answered.calls[-1].id,
    }
