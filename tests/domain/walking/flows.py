"""Steps that say little besides their order, and orders of any shape without a cycle."""

from typing import Any

from hypothesis import strategies as st

from app.domain.flow import Choice, OnError, Step


def step(code: str, **given: Any) -> Step:
    """A step whose prompt and model are of no interest."""
    return Step(code, "p", Choice(("m/a",)), **given)


@st.composite
def orders(draw: st.DrawFn) -> tuple[Step, ...]:
    """Up to nine steps: each after some that precede it in a hidden order, the one before it, or none; some backed."""
    count = draw(st.integers(1, 9))
    steps = []
    for at in range(count):
        earlier = [f"s{before}" for before in range(at)]
        after = draw(st.none() | st.lists(st.sampled_from(earlier), unique=True).map(tuple)) if earlier else None
        backed = draw(st.booleans())
        steps.append(step(f"s{at}", after=after, on_error=OnError("step", step=f"z{at}") if backed else OnError()))
    spare = [step(f"z{at}", own=True) for at in range(count) if steps[at].on_error.step is not None]
    if all(step.after is not None for step in steps):
        steps = draw(st.permutations(steps))  # who names all it waits for may stand anywhere
    return (*steps, *spare)
