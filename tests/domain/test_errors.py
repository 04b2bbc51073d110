"""Each expected failure has one class with a public code of its own, and says what went wrong without secrets."""

import re

import pytest

from app.domain import errors
from app.domain.errors import Conflict, Invalid, ModelMatchError, NotFound, ProviderError, UnknownModel

CLASSES = [found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, ModelMatchError)]


def test_every_class_has_a_code_of_its_own() -> None:
    codes = [found.code for found in CLASSES]

    assert len(codes) == len(set(codes)) > 20
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("found", CLASSES, ids=lambda found: found.__name__)
def test_every_class_stands_in_the_tree_of_the_module(found: type[ModelMatchError]) -> None:
    assert re.search(rf"\b{found.__name__}\b", errors.__doc__ or "")


def test_errors_carry_what_doors_tell() -> None:
    unknown, missing = UnknownModel("a/b", field="choice"), NotFound("flow", "x")
    own, plain = Conflict("no", code="rule", field="f"), Conflict("no")

    assert (unknown.slug, unknown.field, unknown.message) == ("a/b", "choice", "no model 'a/b' in the catalogue")
    assert (missing.noun, missing.key, str(missing)) == ("flow", "x", "flow 'x' does not exist")
    assert (own.code, own.field, plain.code, plain.field) == ("rule", "f", "conflict", None)
    assert Conflict.code == "conflict"


def test_a_provider_error_knows_whether_trying_again_helps() -> None:
    permanent = {found.__name__ for found in CLASSES if issubclass(found, ProviderError) and found.permanent}
    limited = errors.ProviderRateLimited("slow down", provider="p", status=429, retry_after_s=2.0)

    assert permanent == {"ProviderUnconfigured", "ProviderRefused", "ContextTooLong", "ContentRefused"}
    assert (limited.provider, limited.status, limited.retry_after_s) == ("p", 429, 2.0)


def test_an_invalid_value_names_its_field() -> None:
    assert Invalid("bad", field="steps[0].prompt").field == "steps[0].prompt"
