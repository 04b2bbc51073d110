"""Places of words are the same everywhere, and depend on words, pairs and form."""

import subprocess
import sys

from app.domain.routing.hashing import SIZE, places
from tests.house.tree import ROOT

SCRIPT = "from app.domain.routing.hashing import places; print(places(('why', 'is', '42'), options=True).tolist())"


def test_places_are_the_same_in_a_process_with_another_hash_seed() -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert seen == {str(places(("why", "is", "42"), options=True).tolist())}


def test_places_lie_in_the_table_each_once_ascending() -> None:
    found = places(("a", "b", "a", "b") * 50, options=False).tolist()

    assert found == sorted(set(found))
    assert 0 <= found[0] <= found[-1] < SIZE
    assert len(found) == 2 + 2 + 2


def test_order_and_form_matter_and_the_value_of_a_number_does_not() -> None:
    def of(*words: str, options: bool = False) -> list[int]:
        return places(words, options=options).tolist()

    assert of("man", "bites", "dog") != of("dog", "bites", "man")
    assert of("man") != of("man", options=True)
    assert set(of("man")) & set(of("man", options=True))
    assert of("17", "apples") == of("42", "apples")
    assert of("17", "apples") != of("170", "apples")


def test_no_words_have_no_place() -> None:
    assert places((), options=False).tolist() == []
