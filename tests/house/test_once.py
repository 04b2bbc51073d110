"""A POST that may cost money is done once per Idempotency-Key; of each other one it is said why it need not be."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Final

from app.api.headers import KEYED, READ
from tests.house.tree import ROOT, sources

DOES: Final = {"once", "once_streamed"}
# Why a POST without a key may be repeated. It asks no model and leaves the same state, or what it makes costs nothing.
FREE: Final = {
    "asks nothing and stores nothing": {
        "/api/v1/benchmarks/prompts",
        "/api/v1/difficulty",
        "/api/v1/models/estimate",
        "/api/v1/models/recommend",
        "/api/v1/use-cases/{code}/ab-plan",
    },
    "says again what is so already": {
        "/api/v1/apply",
        "/api/v1/batches/{id}/cancel",
        "/api/v1/comparisons/{id}/cancel",
        "/api/v1/comparisons/{id}/votes",
        "/api/v1/experiments/{id}/complete",
        "/api/v1/experiments/{id}/escape",
        "/api/v1/experiments/{id}/pause",
        "/api/v1/experiments/{id}/reopen",
        "/api/v1/experiments/{id}/resume",
        "/api/v1/experiments/{id}/share",
        "/api/v1/experiments/{id}/start",
        "/api/v1/experiments/{id}/stop",
        "/api/v1/jobs/{id}/cancel",
        "/api/v1/prices/reprice",
        "/api/v1/providers/{code}/reset",
        "/api/v1/routes/{id}/outcome",
        "/api/v1/runs/{id}/cancel",
        "/api/v1/use-cases/{code}/flows/{flow}/labels/{label}",
        "/api/v1/use-cases/{code}/flows/{flow}/versions/{version}/restore",
        "/api/v1/use-cases/{code}/pick",
        "/api/v1/use-cases/{code}/quality/weights/learn",
        "/v1/batches/{id}/cancel",
    },
    "its name is taken the second time": {
        "/api/v1/budgets",
        "/api/v1/use-cases",
        "/api/v1/use-cases/from-preset",
        "/api/v1/use-cases/{code}/flows",
        "/api/v1/use-cases/{code}/flows/{flow}/clone",
        "/api/v1/use-cases/{code}/flows/{flow}/with-model",
    },
    "one that runs already, or a statement that is known, is in its way": {
        "/api/v1/comparisons/{id}/promote",
        "/api/v1/experiments",
        "/api/v1/experiments/{id}/roll-out",
        "/api/v1/statements",
    },
    "goes on with what has died, which it then has not": {
        "/api/v1/jobs/replay",
        "/api/v1/jobs/{id}/replay",
    },
    "keeps a file, which costs nothing": {"/v1/files"},
    "shows a secret, which is kept nowhere": {
        "/api/v1/keys",
        "/api/v1/keys/{id}/rotate",
        "/api/v1/webhooks",
        "/api/v1/webhooks/{id}/rotate",
    },
    "sends what receivers have to take twice anyway": {
        "/api/v1/events/replay",
        "/api/v1/webhooks/{id}/deliveries/{delivery_id}/replay",
        "/api/v1/webhooks/{id}/redeliver",
        "/api/v1/webhooks/{id}/test",
    },
}


@cache
def posts() -> dict[str, bool]:
    """Path of each POST as the document writes it, and whether its view does things once."""
    return dict(_posts())


def _posts() -> Iterator[tuple[str, bool]]:
    for source in sources():
        if not source.path.startswith("app/api/"):
            continue
        prefixes = {
            keyword.value.value
            for call in ast.walk(source.tree)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Door"
            for keyword in call.keywords
            if keyword.arg == "prefix" and isinstance(keyword.value, ast.Constant)
        }
        prefix = str(next(iter(prefixes), "/api/v1"))
        functions = {each.name: each for each in ast.walk(source.tree) if isinstance(each, ast.FunctionDef)}
        for view in functions.values():
            for path in _posted(view):
                yield prefix + path, bool(_called(view, functions) & DOES)


def _called(view: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> set[str]:
    """Names of functions that the view calls, itself or by others of its file."""
    found: set[str] = set()
    waiting = [view]
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in found:
                found.add(node.func.id)
                waiting += [functions[node.func.id]] if node.func.id in functions else []
    return found


def _posted(view: ast.FunctionDef) -> Iterator[str]:
    for given in view.decorator_list:
        if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr == "post":
            (path,) = (each.value for each in given.args if isinstance(each, ast.Constant))
            yield _written(str(path))


def _written(path: str) -> str:
    """With `{name}` for `<name>` and `<path:name>`."""
    parts = (part.removeprefix("<").removesuffix(">") for part in path.split("/"))
    return "/".join(
        "{" + part.rpartition(":")[2] + "}" if raw.startswith("<") else raw
        for raw, part in zip(path.split("/"), parts, strict=True)
    )


def test_every_post_is_done_once_or_says_why_it_need_not_be() -> None:
    found = posts()
    free = {path for paths in FREE.values() for path in paths}

    assert len(found) > 50
    assert sorted(path for path, does in found.items() if not does and path not in free) == []


def test_what_is_said_to_be_free_is_there_and_not_done_once() -> None:
    found = posts()
    free = {path for paths in FREE.values() for path in paths}

    assert sorted(path for path in free if found.get(path, True)) == []


def test_the_document_names_the_key_wherever_it_is_read() -> None:
    does = {path for path, once in posts().items() if once}

    assert does == {path for path, headers in READ.items() if KEYED in headers}


def test_the_page_tells_of_each_route_where_the_key_is_read() -> None:
    _, _, told = (ROOT / "docs/idempotency.md").read_text("utf-8").partition("## Where it is read")
    ends = {path.rpartition("/")[2] for path, once in posts().items() if once}

    assert sorted(end for end in ends if end not in told) == []
