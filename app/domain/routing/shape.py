"""What can be checked of an answer's form: its JSON, its code, its end, its language, and what was to be counted."""

import math
import re
from collections.abc import Iterator
from typing import Final

from app.domain.comparison.found_json import found_json
from app.domain.message import ModelReply, ModelRequest, ToolCall
from app.domain.quality.code import checked
from app.domain.quality.completeness import completeness
from app.domain.quality.instructions import instructions
from app.domain.quality.language import same_language
from app.domain.quality.marks import placeholders
from app.domain.quality.work import Work
from app.domain.routing.doubt import Doubt

_FENCED: Final = 0.3  # of a doubt: data in a fence can be read, but not by who reads the whole
_SURE: Final = 0.8  # mean probability of a token, by which nothing is doubted
_GUESSED: Final = 0.4  # and by which all is
_TAIL: Final = 40  # characters
_NEXT_ITEM: Final = re.compile(r"\n\s*(?:\d{1,3}[.)]|[-*•+])\s*\Z")
_TINY: Final = 16  # tokens; who allows no more wants a word, and takes what fits
_CODE_SIGN: Final = re.compile(r"[`(){}\[\]=;<>|\\]")
_WANTS_CODE: Final = re.compile(
    r"\b(?:code|function|script|program|class|method|query|regex|sql|python|implement\w*)\b", re.I
)


def ended(reply: ModelReply, request: ModelRequest) -> Iterator[Doubt]:
    """Doubts of how the answer ended, as its vendor tells."""
    if reply.finish_reason == "content_filter":
        yield Doubt("withheld", 1.0, "withheld by the vendor's content filter")
    elif reply.finish_reason == "length":
        tiny = request.max_tokens is not None and request.max_tokens <= _TINY
        yield Doubt("cut", 0.4 if tiny else 1.0, "cut off at its longest")


def weighed_tokens(reply: ModelReply) -> Iterator[Doubt]:
    """Doubts of a model that was not sure of its own tokens: the geometric mean of their probabilities is low.

    Source: A. Malinin & M. Gales 2021, Uncertainty Estimation in Autoregressive Structured Prediction.
    """
    if reply.logprob is None:
        return
    mean = math.exp(min(0.0, reply.logprob))
    if mean < _SURE:
        yield Doubt("unsure", (_SURE - mean) / (_SURE - _GUESSED), f"its tokens had a probability of {mean:.2f} each")


def called(calls: tuple[ToolCall, ...], request: ModelRequest) -> Iterator[Doubt]:
    """Doubts of tool calls: a tool that was not offered, arguments that are no JSON object."""
    offered = {tool.name for tool in request.tools}
    if any(call.name not in offered for call in calls):
        yield Doubt("tool", 1.0, "calls a tool that was not offered")
    if any(not _is_object(call.arguments) for call in calls):
        yield Doubt("tool", 1.0, "calls a tool with arguments that do not parse")


def formatted(text: str, request: ModelRequest, fits: bool | None) -> Iterator[Doubt]:
    """Doubts of an answer that was to be JSON; `fits` says whether its schema allows it, None where nobody looked."""
    if request.response_format is None:
        return
    found = found_json(text)
    if not found:
        yield Doubt("format", 1.0, "is not the JSON that was asked for")
    elif fits is False:
        yield Doubt("format", 1.0, "does not match the schema that was asked for")
    elif text.strip()[:1] not in '{["-0123456789tfn':
        yield Doubt("format", _FENCED, "has words around the JSON that was asked for")


def shaped(work: Work, *, asked: str, rubric: str | None) -> Iterator[Doubt]:
    """Doubts of an answer in words."""
    yield from _code(work.text, asked, rubric)
    broken_off = completeness(work).points == 0 and not placeholders(work.answer.text)
    if broken_off or _NEXT_ITEM.search(work.text[-_TAIL:]):
        yield Doubt("unfinished", 1.0, "breaks off")
    demands = instructions(work)
    if demands is not None and demands.points < 100:
        yield Doubt("demands", 1.0 - demands.points / 100, demands.why)
    language = same_language(work)
    if language is not None and language.points == 0:
        yield Doubt("language", 1.0, language.why)


def _code(text: str, asked: str, rubric: str | None) -> Iterator[Doubt]:
    """Of other code than generated code only blocks that say what they are written in are held to it."""
    coding = rubric == "code_generation"
    if not coding and "```" not in text:
        return
    blocks = checked(text)
    faulty = [each for each in blocks if each.fault and (each.sure or coding)]
    size = sum(len(each.block.source) for each in blocks)
    if faulty:
        share = sum(len(each.block.source) for each in faulty) / size
        yield Doubt("code", 0.5 + 0.5 * share, f"{len(faulty)} of {len(blocks)} pieces of code do not parse")
    elif coding and not blocks and _WANTS_CODE.search(asked) and not _CODE_SIGN.search(text):
        yield Doubt("code", 0.7, "holds no code")


def _is_object(arguments: str) -> bool:
    found = found_json(arguments) if arguments.strip() else ({},)
    return bool(found) and isinstance(found[0], dict)
