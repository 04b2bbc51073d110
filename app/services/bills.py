"""A bill says what a call costs at most, or has cost, and who is behind it."""

from app.domain import token_bound
from app.domain.budget import Bill, Charge, worst_cost
from app.domain.call import Call
from app.domain.message import ModelRequest
from app.domain.model import Model, Price
from app.services.attempts import Asker
from app.services.world import World


def ahead(world: World, model: Model, request: ModelRequest, *, asker: Asker, price: Price | None) -> Bill:
    """The bill of an attempt that is to be made; its worst case is None when the price is unknown."""
    prompt, answer = token_bound.prompt_tokens(request), request.max_tokens or 0
    return Bill(
        at=world.now(),
        provider=model.provider,
        model=model.slug,
        worst_cost=worst_cost(price, prompt, answer),
        worst_tokens=prompt + answer,
        key_id=asker.caller.key_id,
        owner=asker.caller.owner,
        team=asker.caller.team,
        user_id=asker.user_id,
        use_case_id=asker.use_case_id,
        flow_id=asker.flow_id,
        experiment_id=asker.experiment_id,
        tags=asker.tags,
    )


def of_call(call: Call) -> Bill:
    """Who is behind the call; its cost stands as the worst case, for it will not rise any more."""
    return Bill(
        at=call.at,
        provider=call.provider,
        model=call.model,
        worst_cost=call.cost,
        worst_tokens=call.usage.total_tokens,
        key_id=call.key_id,
        owner=call.owner,
        team=call.team,
        user_id=call.user_id,
        use_case_id=call.use_case_id,
        flow_id=call.flow_id,
        experiment_id=call.experiment_id,
        tags=call.tags,
    )


def book(world: World, call: Call) -> tuple[Charge, ...]:
    """The charges of a call that was made without asking any budget, to be journaled with it."""
    return world.ledger.book(of_call(call), cost=call.cost, tokens=call.usage.total_tokens)
