"""The real OpenAI SDK uploads files and makes batches of them over a real socket, and notices no difference."""

import json
from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI
from openai.types import Batch

from app.services.world import World
from tests.api.conftest import ADMIN, Api
from tests.services.jobs.working import working
from tests.waiting import until

MODEL = "simulated/small"
CHAT = "/v1/chat/completions"


@pytest.fixture
def sdk(address: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{address}/v1", api_key=ADMIN, max_retries=0) as client:
        yield client


def lines(count: int, url: str = CHAT) -> bytes:
    """So many questions."""
    body: dict[str, object] = {"model": MODEL}
    body |= {"input": "a"} if url != CHAT else {"messages": [{"role": "user", "content": "a word"}], "max_tokens": 8}
    told = [{"custom_id": f"line-{n}", "method": "POST", "url": url, "body": body} for n in range(count)]
    return b"\n".join(json.dumps(each).encode() for each in told)


def uploaded(sdk: OpenAI, content: bytes) -> str:
    """The id of a file with that content."""
    return sdk.files.create(file=("lines.jsonl", content), purpose="batch").id


def made(sdk: OpenAI, content: bytes, **given: object) -> Batch:
    """A batch of these lines."""
    return sdk.batches.create(
        input_file_id=uploaded(sdk, content), endpoint=CHAT, completion_window="24h", extra_body=given
    )


def test_a_batch_lives_as_with_openai(sdk: OpenAI, world: World) -> None:
    batch = sdk.batches.create(
        input_file_id=uploaded(sdk, lines(5)), endpoint=CHAT, completion_window="24h", metadata={"who": "ann"}
    )
    assert (batch.status, batch.request_counts and batch.request_counts.total) == ("validating", 5)

    with working(world):
        until(lambda: sdk.batches.retrieve(batch.id).status == "completed")

    ended = sdk.batches.retrieve(batch.id)
    assert ended.request_counts is not None
    assert (ended.request_counts.completed, ended.request_counts.failed, ended.metadata) == (5, 0, {"who": "ann"})
    assert ended.error_file_id is None
    assert ended.output_file_id is not None
    content = sdk.files.content(ended.output_file_id).text
    found = [json.loads(line) for line in content.splitlines()]
    assert {each["custom_id"] for each in found} == {f"line-{n}" for n in range(5)}
    assert all(each["response"]["body"]["choices"][0]["message"]["content"] for each in found)
    about = sdk.files.retrieve(ended.output_file_id)
    assert (about.purpose, about.bytes) == ("batch_output", len(content.encode()))


def test_a_file_is_listed_read_and_deleted(sdk: OpenAI) -> None:
    first, second = uploaded(sdk, lines(1)), uploaded(sdk, lines(2))

    assert [each.id for each in sdk.files.list(limit=1).data] == [second]
    assert [each.id for each in sdk.files.list(limit=1, after=second).data] == [first]
    assert sdk.files.content(second).read() == lines(2)
    assert sdk.files.retrieve(second).bytes == len(lines(2))
    assert sdk.files.delete(second).deleted
    with pytest.raises(openai.NotFoundError):
        sdk.files.retrieve(second)


def test_a_cancelled_batch_says_which_lines_were_not_asked(sdk: OpenAI) -> None:
    batch = made(sdk, lines(3))

    cancelled = sdk.batches.cancel(batch.id)

    assert (cancelled.status, cancelled.output_file_id) == ("cancelled", None)
    assert cancelled.error_file_id is not None
    left = [json.loads(line) for line in sdk.files.content(cancelled.error_file_id).text.splitlines()]
    assert [(each["response"], each["error"]["code"]) for each in left] == [(None, "batch_cancelled")] * 3
    with pytest.raises(openai.ConflictError):
        sdk.batches.cancel(batch.id)


def test_batches_are_listed_newest_first(sdk: OpenAI) -> None:
    first, second = made(sdk, lines(1)), made(sdk, lines(1), concurrency=2, max_cost_usd="1")

    assert [each.id for each in sdk.batches.list(limit=1).data] == [second.id]
    assert sdk.batches.list(limit=1).has_more
    assert [each.id for each in sdk.batches.list(limit=1, after=second.id).data] == [first.id]
    for each in (first, second):
        sdk.batches.cancel(each.id)


@pytest.mark.parametrize(
    ("content", "param"),
    [
        (b"no", "lines[1].line"),
        (lines(1) + b"\n" + lines(1), "lines[2].custom_id"),
        (lines(1, "/v1/embeddings"), "lines[1].url"),
        (b'{"custom_id": "x"}', "lines[1].url"),
        (b"\n\n", "lines"),
    ],
)
def test_a_file_that_cannot_be_asked_makes_no_batch(sdk: OpenAI, content: bytes, param: str) -> None:
    before = [each.id for each in sdk.batches.list(limit=1).data]

    with pytest.raises(openai.BadRequestError) as refused:
        made(sdk, content)

    assert refused.value.param == param
    assert [each.id for each in sdk.batches.list(limit=1).data] == before


def test_what_does_not_exist_is_not_found(sdk: OpenAI) -> None:
    nobody = "01a2012b-190d-7399-9e01-45573a8e7758"
    with pytest.raises(openai.NotFoundError) as refused:
        sdk.batches.create(input_file_id=f"file-{nobody}", endpoint=CHAT, completion_window="24h")
    assert refused.value.param == "input_file_id"
    for id in (f"file-{nobody}", "file-x", f"file-answers-{nobody}", "other"):
        with pytest.raises(openai.NotFoundError):
            sdk.files.content(id)
    for id in (f"batch_{nobody}", "batch_x", nobody):
        with pytest.raises(openai.NotFoundError):
            sdk.batches.retrieve(id)


def test_only_files_of_batches_are_taken(sdk: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as purpose:
        sdk.files.create(file=("x", b"x"), purpose="fine-tune")
    with pytest.raises(openai.BadRequestError) as empty:
        uploaded(sdk, b"")

    assert (purpose.value.param, empty.value.param) == ("purpose", "file")


def test_a_part_without_a_name_is_an_unknown_field(api: Api) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}\r\n'
        b"--x\r\nContent-Disposition: form-data\r\n\r\nnobody\r\n--x--\r\n"
    )
    headers = {"Authorization": f"Bearer {api.secret}"}

    response = api.client.post("/v1/files", data=body, content_type="multipart/form-data; boundary=x", headers=headers)

    assert (response.status_code, response.json["error"]["message"]) == (400, "unknown field")
