"""Synthetic inputs come as a file that an upload takes as the same inputs."""

from app.domain.comparison.comparison import Input
from app.services.comparing import prompts, uploads


def test_a_file_is_read_as_the_inputs_that_it_was_made_of() -> None:
    made = prompts.make("s", 21)

    assert list(uploads.parse("jsonl", prompts.jsonl(made))) == made


def test_what_is_not_there_is_left_out() -> None:
    assert prompts.jsonl([Input(0, {"prompt": "x"})]) == '{"values":{"prompt":"x"}}\n'
