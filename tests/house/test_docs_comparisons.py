"""What docs/comparisons.md tells a reader to type works, in the order it is told, against a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed

# The use case of the README's quick start that the examples speak of.
BEFORE = """
ask "$API/use-cases" -d '{"code": "greet", "steps": [{"code": "answer"}]}'
ask "$API/use-cases/greet/flows" -d '{
  "code": "warm", "steps": [{"code": "answer", "prompt": "Greet.", "choice": {"models": ["simulated/small"]}}]
}'
ask -X PATCH "$API/use-cases/greet/flows/warm" -d '{"active": true}'
ask -X PATCH "$API/use-cases/greet" -d '{"active": true}'
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    done = typed("comparisons.md", tmp_path, before=BEFORE)

    assert "event: end" in done.stdout
    assert '"reason":"too-few-inputs"' in done.stdout
    assert "succeeded" in done.stdout, "the table of the command"
    assert '"verdict":"first"' in done.stdout
    assert '"made":true' in done.stdout, "what was promoted"
