"""A batch is there when all of its lines have come, and not before; what is wrong with lines is told by line."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import batch_lines, batches
from app.domain.auto import Auto
from app.domain.batch import BadLine, Batch
from app.domain.cached import CacheWish
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.flow import Choice, Params
from app.domain.message import ImagePart, Json, Message, ModelRequest, ResponseFormat, TextPart, Tool, ToolCall
from app.services import publishing, tick
from app.services.asking import Asked
from app.services.batches import batches as service
from app.services.batches import files, forgetting, progress, questions
from app.services.batches.questions import EmbeddingAsked, Question, UseCaseAsked
from app.services.batches.receiving import BadLines, Receiving, WantedBatch
from app.services.caller import Caller
from app.services.departure import Departure
from app.services.direct import DirectAsked
from app.services.event_log import Asked as EventsAsked
from app.services.event_log import page as events_page
from app.services.world import World
from tests.services.batches.batched import DOLLAR, line, lines_of, run, submit
from tests.worlds import NOON, Clock

WANTED = WantedBatch(door="native", actor="test")


def stored(world: World, batch_id: str) -> int:
    """How many lines of the batch are in the store."""
    with world.store.read() as tx:
        return len(batch_lines.pending(tx, batch_id, limit=10_000))


def test_lines_are_kept_in_order_and_counted(world: World) -> None:
    made = submit(world, 1_201, concurrency=3)

    with world.store.read() as tx:
        found = batch_lines.pending(tx, made.id, limit=10_000)
    assert [each.place for each in found] == list(range(1_201))
    assert progress.of(world, made.id).standing.lines == 1_201
    assert (made.status, made.concurrency) == ("queued", 3)


def test_nobody_sees_a_batch_whose_lines_still_come(world: World) -> None:
    with Receiving(world, WANTED) as receiving:
        receiving.add(line(1))

        assert service.page(world)[0] == []
        with pytest.raises(NotFound):
            service.get(world, receiving.batch_id)
        receiving.finish()

    assert [each.batch.id for each in service.page(world)[0]] == [receiving.batch_id]


def test_an_upload_that_breaks_off_leaves_nothing(world: World) -> None:
    receiving = Receiving(world, WANTED)

    with contextlib.suppress(RuntimeError), receiving:
        for number in range(1, 700):
            receiving.add(line(number))
        raise RuntimeError("the connection broke")

    assert stored(world, receiving.batch_id) == 0
    with world.store.read() as tx:
        assert batches.abandoned(tx, NOON + timedelta(days=9), limit=9) == []


def test_broken_lines_refuse_the_whole_and_are_named(world: World) -> None:
    with Receiving(world, WANTED) as receiving:
        receiving.add(line(1))
        receiving.add(line(2, custom_id="line-1"))
        receiving.refuse(3, "body.model", "no")
        with pytest.raises(BadLines) as refused:
            receiving.finish()

    assert refused.value.bad == (BadLine(2, "custom_id", "another line has this id"), BadLine(3, "body.model", "no"))
    assert service.page(world)[0] == []


def test_broken_lines_are_left_out_where_that_was_asked(world: World) -> None:
    with Receiving(world, WantedBatch(door="native", actor="test", on_bad_line="skip")) as receiving:
        receiving.refuse(1, "line", "no JSON")
        receiving.add(line(2))
        made = receiving.finish()

    now = run(world, made)
    assert now.batch.skipped_lines == (BadLine(1, "line", "no JSON"),)
    assert (now.batch.status, now.standing.lines, now.standing.skipped) == ("succeeded", 1, 1)


@pytest.mark.parametrize("on_bad_line", ["refuse", "skip"])
def test_a_batch_without_a_line_is_refused(world: World, on_bad_line: str) -> None:
    with (
        pytest.raises(Invalid) as refused,
        Receiving(world, WantedBatch(door="native", actor="t", on_bad_line=on_bad_line)) as receiving,  # type: ignore[arg-type]  # one of two words
    ):
        receiving.finish()

    assert refused.value.field == "lines"


@pytest.mark.parametrize(
    ("option", "field"),
    [({"concurrency": 65}, "concurrency"), ({"budget": 0}, "max_cost_usd"), ({"deadline": NOON}, "deadline")],
)
def test_an_option_out_of_its_bounds_is_named(world: World, option: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        submit(world, 1, **option)

    assert refused.value.field == field


def test_what_happens_to_a_batch_is_an_event(world: World) -> None:
    made = submit(world, 2, budget=DOLLAR)
    run(world, made)

    publishing.publish(world)
    found, _ = events_page(world, EventsAsked(about=made.id), cursor=None, limit=9)

    assert sorted(each.event.kind for each in found) == ["batch.created", "batch.succeeded"]


def test_lines_and_files_are_forgotten_in_their_time_and_sums_stay(world: World, clock: Clock) -> None:
    made = submit(world, 3)
    run(world, made)
    file = files.upload(world, [b"x" * 10], name="a", purpose="batch", key_id=None)
    half = Receiving(world, WANTED).__enter__()
    clock.forward(days=31)

    told = list(forgetting.forget(world))

    now = progress.of(world, made.id)
    assert told == ["forgot 1 batches' lines", "forgot 1 unfinished uploads", "forgot 1 uploaded files"]
    assert (now.standing.answered, now.batch.forgotten_at) == (3, clock())
    with pytest.raises(Conflict) as gone:
        lines_of(world, made)
    assert gone.value.code == "batch-forgotten"
    with pytest.raises(NotFound):
        files.get(world, file.id)
    assert stored(world, half.batch_id) == 0
    assert [each for each in tick.beat(world) if "uploads" in each] == []


def test_a_file_comes_back_as_it_was(world: World) -> None:
    pieces = [bytes([n % 251]) * 300_000 for n in range(9)]

    file = files.upload(world, pieces, name="a.jsonl", purpose="batch", key_id="k")

    assert b"".join(files.content(world, file.id)) == b"".join(pieces)
    assert file.size == 2_700_000
    assert [each.id for each in files.after(world, None, purpose="batch", limit=5)] == [file.id]


def test_a_file_without_content_or_for_something_else_is_refused(world: World) -> None:
    for pieces, purpose, field in (([], "batch", "file"), ([b"x"], "fine-tune", "purpose")):
        with pytest.raises(Invalid) as refused:
            files.upload(world, pieces, name="a", purpose=purpose, key_id=None)
        assert refused.value.field == field
    assert files.after(world, None, purpose=None, limit=5) == []


texts = st.text(max_size=20)
json: st.SearchStrategy[Json] = st.dictionaries(texts, st.recursive(st.integers() | texts, st.lists, max_leaves=4))
parts = st.one_of(texts, st.lists(st.builds(TextPart, texts) | st.builds(ImagePart, texts), max_size=3).map(tuple))
messages = st.lists(
    st.builds(
        Message,
        st.sampled_from(("system", "user", "assistant", "tool")),
        parts,
        st.lists(st.builds(ToolCall, texts, texts, texts), max_size=2).map(tuple),
        st.none() | texts,
        st.none() | texts,
    ),
    max_size=3,
).map(tuple)
tools = st.lists(st.builds(Tool, texts, texts, json), max_size=2).map(tuple)
callers = st.builds(Caller, cache=st.none() | st.builds(CacheWish, st.booleans(), st.booleans()))
numbers = st.none() | st.integers(1, 100)
requests = st.builds(
    ModelRequest,
    st.just(""),
    messages,
    max_tokens=numbers,
    stop=st.lists(texts, max_size=2).map(tuple),
    tools=tools,
    response_format=st.none() | st.builds(ResponseFormat, st.just("json_schema"), texts, json, st.booleans()),
    options=json,
)
choices = st.builds(Choice, st.lists(texts, max_size=2).map(tuple), auto=st.none() | st.builds(Auto))
params = st.builds(Params, max_tokens=numbers, response_format=st.none() | json, options=json)
asked = st.builds(Asked, texts, json, messages, step=st.none() | texts, params=params, tools=tools, tags=json)


@given(
    st.builds(UseCaseAsked, texts, asked)
    | st.builds(DirectAsked, choices, requests, caller=callers, tags=json)
    | st.builds(EmbeddingAsked, choices, texts, st.lists(texts, max_size=2).map(tuple), st.booleans())
)
def test_a_question_is_read_as_it_was_asked(question: Question) -> None:
    departure = Departure()
    batch = Batch("batch", "queued", "native", "test", NOON)

    read = questions.decode(questions.encode(question), batch, departure)

    match question, read:
        case UseCaseAsked(code, one), UseCaseAsked(other_code, other):
            assert code == other_code
        case DirectAsked() as one, DirectAsked() as other:
            pass
        case _:
            assert question == read
            return
    assert other.tags == {**one.tags, "batch": "batch"}
    assert other.caller.cache == one.caller.cache
    assert other.caller.departure is departure
    plain = {"caller": Caller(departure=departure), "tags": {}}
    assert type(other)(**{**_fields(other), **plain}) == type(one)(**{**_fields(one), **plain})


def _fields(asked: Asked | DirectAsked) -> dict[str, object]:
    return {name: getattr(asked, name) for name in asked.__slots__}
