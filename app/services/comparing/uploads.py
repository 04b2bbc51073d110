"""Inputs come as a file's text, CSV or JSONL; every broken row is told at once, and nothing of such a file is taken."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import orjson

from app.domain.comparison.comparison import MOST_INPUTS, Input, Scoring
from app.domain.comparison.scoring import check_scoring, wanted_of
from app.domain.errors import Invalid
from app.services.comparing.checks import CHECKS

Format = Literal["csv", "jsonl"]
FIELD: Final = "upload.content"
TOLD: Final = 20
MOST_CHARS: Final = 8_000_000
LONGEST: Final = 100_000  # characters of one value
MOST_VALUES: Final = 100  # names beside reference and label
REFERENCE: Final = "reference"
LABEL: Final = "label"
VALUES: Final = "values"
LABEL_CHARS: Final = 255


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, which says what it holds or what is wrong with it."""

    line: int
    values: Mapping[str, object]
    reference: str | None = None
    label: str | None = None
    fault: str | None = None

    def input(self, number: int) -> Input:
        """The row as the domain has it."""
        return Input(number, dict(self.values), self.reference, self.label)


def parse(format: Format, content: str) -> tuple[Input, ...]:
    """The inputs in the order of the rows. Raises as `read`."""
    return tuple(row.input(at) for at, row in enumerate(read(format, content)))


def read(format: Format, content: str, *, scoring: Scoring | None = None) -> tuple[Row, ...]:
    """The rows in order, each with its line; empty ones count for nothing.

    CSV (commas or tabs) has a header: `reference` and `label` are what they are called, every other column is a value
    by that name, such as `prompt`. JSONL has an object per line, with the same names, or with `values` as an object of
    its own. Raises Invalid, naming by line the first rows that are broken, or that `scoring` could not score, and how
    many there are.
    """
    if len(content) > MOST_CHARS:
        raise Invalid(f"at most {MOST_CHARS} characters fit into one file", field=FIELD)
    rows: list[Row] = []
    for row in READERS[format](content.removeprefix("\ufeff")):
        rows.append(row)
        if len(rows) > MOST_INPUTS:
            raise Invalid(f"at most {MOST_INPUTS} rows are taken", field=FIELD)
    broken = [
        f"line {row.line}: {fault}" for row in rows if (fault := row.fault or _fault(row) or _unscored(row, scoring))
    ]
    if broken:
        more = f"; {len(broken)} broken rows in all" if len(broken) > TOLD else ""
        raise Invalid("; ".join(broken[:TOLD]) + more, field=FIELD)
    if not rows:
        raise Invalid("the file holds no row", field=FIELD)
    return tuple(rows)


def _fault(row: Row) -> str | None:
    """What is wrong with a row that could be read."""
    if not row.values or all(value in ("", None) for value in row.values.values()):
        return "no value"
    if len(row.values) > MOST_VALUES:
        return f"more than {MOST_VALUES} values"
    if any(len(value) > LONGEST for value in (*row.values.values(), row.reference or "") if isinstance(value, str)):
        return f"a text of more than {LONGEST} characters"
    if len(row.label or "") > LABEL_CHARS:
        return f"a label of more than {LABEL_CHARS} characters"
    return "a NUL character" if "\x00" in f"{row.reference}{row.label}" else None


def _unscored(row: Row, scoring: Scoring | None) -> str | None:
    """Why the row's answers could not be scored; a rule that is wrong in itself is told elsewhere, and once."""
    if scoring is None:
        return None
    if wanted_of(row.reference, scoring) is None:
        return "reference missing"
    try:
        check_scoring(scoring, (row.input(0),), checks=CHECKS)
    except Invalid as error:
        return f"reference: {error.message}" if (error.field or "").startswith("inputs") else None
    return None


def _csv(content: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=_delimiter(content), strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
            else:
                yield _csv_row(reader.line_num, header, cells)
    except csv.Error as error:  # what follows cannot be told apart any more
        yield Row(reader.line_num, {}, fault=str(error))


def _csv_row(line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        return Row(line, {}, fault=f"{len(cells)} cells, and the header names {len(header)}")
    named = dict(zip(header, cells, strict=True))
    reference, label = named.pop(REFERENCE, ""), named.pop(LABEL, "")
    return Row(line, named, reference or None, label.strip() or None)


def _header(cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    if "" in header:
        raise Invalid("line 1: a column has no name", field=FIELD)
    if len(set(header)) < len(header):
        raise Invalid("line 1: a column stands twice", field=FIELD)
    if len(header) == 1 and ";" in header[0]:
        raise Invalid("line 1: no known column; commas or tabs set columns apart, not semicolons", field=FIELD)
    if set(header) <= {REFERENCE, LABEL}:
        raise Invalid("line 1: no column holds values, such as prompt", field=FIELD)
    return header


def _delimiter(content: str) -> str:
    first = content.lstrip().partition("\n")[0]
    return "\t" if first.count("\t") > first.count(",") else ","


def _jsonl(content: str) -> Iterator[Row]:
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Row(number, {}, fault=f"no JSON at column {error.colno}")
    if not isinstance(found, dict):
        return Row(number, {}, fault="an object is expected")
    label, reference = found.pop(LABEL, None), found.pop(REFERENCE, None)
    if not isinstance(label, str | None):
        return Row(number, {}, fault="the label is a text")
    inner = found.get(VALUES)
    if isinstance(inner, dict) and len(found) > 1:
        return Row(number, {}, fault="names stand beside values; put them inside")
    values = inner if isinstance(inner, dict) else found
    return Row(number, values, _reference(reference), (label or "").strip() or None)


def _reference(found: object) -> str | None:
    """A text as it is; a number, an object or a list as its JSON."""
    return found if isinstance(found, str | None) else orjson.dumps(found).decode()


READERS: Final[Mapping[Format, Callable[[str], Iterator[Row]]]] = {"csv": _csv, "jsonl": _jsonl}
