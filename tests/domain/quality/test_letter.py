"""The parts of a letter are found, in several languages."""

import pytest

from app.domain.quality.letter import is_signed, letter_of
from tests.domain.quality.answers import EMAIL


def lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def test_a_whole_letter_has_all_parts() -> None:
    found = letter_of(lines(EMAIL))

    assert (found.titled, found.named, found.closed, is_signed(found)) == (True, True, True, True)
    assert len(found.body) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Sehr geehrte Frau Kim,\nes freut uns sehr.\nMit freundlichen Grüßen\nAnna Berg",
        "Bonjour Anna,\nnous sommes là.\nCordialement,\nMarc",
        "Hola Ana,\nestamos aquí.\nSaludos,\nMarco",
    ],
)
def test_greeting_and_closing_are_known_in_other_languages(text: str) -> None:
    found = letter_of(lines(text))

    assert (found.named, found.closed, is_signed(found), len(found.body)) == (True, True, True, 1)


def test_a_note_has_none_of_them() -> None:
    found = letter_of(lines("We would like to offer you a call.\nIt takes a while."))

    assert (found.titled, found.greeting, found.closed, is_signed(found)) == (False, None, False, False)


def test_a_long_line_is_no_signature() -> None:
    assert not is_signed(letter_of(lines(f"{EMAIL}And this is one more line with quite a few words in it.")))


def test_nothing_is_a_letter_without_parts() -> None:
    assert letter_of(()).body == ()
