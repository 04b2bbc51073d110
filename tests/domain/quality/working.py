"""A piece of work for tests of single measures."""

from app.domain.quality.work import Context, Work, work_of


def work(text: str, prompt: str | None = None, reference: str | None = None, **facts: str) -> Work:
    """The answer, with its prompt and facts."""
    return work_of(text, prompt, Context(facts=facts, reference=reference))
