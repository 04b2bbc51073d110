"""Flows for pictures."""

from hypothesis import strategies as st

from app.domain.flow import Choice, Each, Hook, OnError, Repeat, Step

SMALL = Choice(("simulated/small",))


def step(code: str, **given: object) -> Step:
    """A step that asks the small model."""
    return Step(code, "Say it.", SMALL, **given)  # type: ignore[arg-type]  # fields of Step by name


def router() -> tuple[Step, ...]:
    """A question is routed to one of two answers, one of which has a fallback; then it is polished."""
    return (
        step("route", output_schema={"type": "object"}),
        step("bills", own=True, after=("route",), when="parsed.route.topic == 'bills'", on_error=backup("spare")),
        step("other", own=True, after=("route",), when="parsed.route.topic != 'bills'", retries=2),
        step("facts", own=True, after=(), each=Each("documents"), on_error=OnError("skip")),
        step("spare", own=True),
        step("reply", after=("bills", "other", "facts"), repeat=Repeat(3, "last == 'ok'"), hooks=(Hook("guard"),)),
    )


def backup(code: str) -> OnError:
    """The step of that code stands in."""
    return OnError("step", step=code)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Step, ...]:
    """Any order of up to 14 steps, some with a fallback."""
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 14))):
        earlier = [f"s{position}" for position in range(number)]
        after = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=4))) if earlier else ()
        spared = draw(st.booleans())
        on_error = backup(f"f{number}") if spared else OnError()
        when = draw(st.sampled_from([None, "flag"]))
        steps.append(
            step(f"s{number}", own=True, after=draw(st.sampled_from([after, None])), on_error=on_error, when=when)
        )
        if spared:
            steps.append(step(f"f{number}", own=True))
    return tuple(steps)
