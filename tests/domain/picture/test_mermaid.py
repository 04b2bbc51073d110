"""The text is a flowchart in which names cannot break out of their labels."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow import Step
from app.domain.picture.mermaid import mermaid
from app.domain.picture.picture import Sight, picture_of
from tests.domain.picture.drawn import graphs, router, step

LINE = re.compile(
    r'    (accTitle: .*|inputs\(\["inputs"\]\)|answer\(\["answer"\]\)|s\d+\[{1,2}"[^"]*"\]{1,2}'
    r'|(inputs|s\d+) -->(\|"[^"]*"\|)? (answer|s\d+)|s\d+ -\. "if it fails" \.-> s\d+'
    r"|classDef \w+ [\w:,#.\- ]+|class [s\d,]+ \w+)"
)


@given(graphs())
def test_every_flow_becomes_a_flowchart_that_is_the_same_each_time(steps: tuple[Step, ...]) -> None:
    head, *lines = mermaid(picture_of("A flow", steps)).splitlines()

    assert head == "flowchart TD"
    assert all(LINE.fullmatch(line) for line in lines)
    assert mermaid(picture_of("A flow", steps)).splitlines() == [head, *lines]


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_title_or_condition_says_stays_in_its_place(title: str, when: str) -> None:
    _, *lines = mermaid(picture_of(title, (step("a", when=when),))).splitlines()

    assert all(LINE.fullmatch(line) for line in lines)


def test_steps_conditions_and_fallbacks_are_drawn() -> None:
    told = mermaid(picture_of("Support", router()))

    assert "accTitle: Support" in told
    assert '    s0["route<br/>simulated/small<br/>answers by a JSON Schema"]' in told
    assert "    s0 -->|\"when parsed.route.topic == 'bills'\"| s1" in told
    assert '    s4[["spare<br/>simulated/small"]]' in told
    assert '    s1 -. "if it fails" .-> s4' in told
    assert "    s5 --> answer" in told


def test_a_run_colours_its_steps_by_state_and_says_it() -> None:
    told = mermaid(picture_of("Support", router(), sights={"route": Sight("answered", latency_ms=12, cost=5_000)}))

    assert "answered<br/>12 ms · $0.000005" in told
    assert "    class s0 answered" in told
    assert "    class s1,s2,s3,s4,s5 waiting" in told
