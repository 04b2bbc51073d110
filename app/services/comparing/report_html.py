"""A report as one HTML page that needs nothing else, no script, no file, no request: to be printed, sent and kept."""

import hashlib
from base64 import b64encode
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import minijinja

from app.domain.comparison.winner import Rival
from app.services.comparing import told, told_setup
from app.services.comparing.readout import Readout
from app.services.comparing.report import Report
from app.services.comparing.told import COLOURS, NONE, Figure

PAGE: Final = "report.html"
TEXT_CHARS: Final = 300
NAME_CHARS: Final = 40
HALF: Final = 50.0  # percent; names of dots beyond it stand on their left
LINE: Final = 12.0  # height of a name
CSS: Final = (files("app.services.comparing") / "report.css").read_text("utf-8")
STYLE: Final = b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{STYLE}'; base-uri 'none'; form-action 'none'"

Plain = dict[str, Any]  # Any: values of a page, told apart by the page


def html(report: Report) -> str:
    """The whole page; everything that somebody wrote stands in it as text."""
    known, it = report.known, report.known.comparison
    values = {
        "policy": POLICY,
        "css": CSS,
        "name": it.name,
        "id": it.id,
        "status": it.status,
        "made": moment(it.created_at),
        "ended": moment(it.ended_at) if it.ended_at else "",
        "at": moment(report.at),
        "question": told_setup.question(it, report.use_case),
        "setup": told_setup.setup(it, report.use_case),
        "sentence": known.winner.sentence,
        "won": known.winner.winner is not None,
        "over": known.progress.over,
        "error": it.error or ("cancelled" if it.status == "cancelled" else ""),
        "answers": f"{known.progress.answers:,}",
        "answered": f"{known.progress.answered:,}",
        "confidence": f"{100 - 100 * it.alpha:g}",
        "bases": told.bases(known),
        "bias": told.bias(known),
        "front": told.front(known),
        "dearest": told.dollars(max((own.cost_each or 0.0 for own in known.figures), default=0.0)),
        "scored": "score" if it.scoring else "share answered",
        **_parts(report),
    }
    return _pages().render_template(PAGE, **values)


def moment(at: datetime) -> str:
    """Date and time in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


@cache
def _pages() -> minijinja.Environment:
    text = (files("app.services.comparing") / PAGE).read_text("utf-8")
    return minijinja.Environment(
        templates={PAGE: text}, auto_escape_callback=lambda _: "html", trim_blocks=True, lstrip_blocks=True
    )


def _parts(report: Report) -> Plain:
    known = report.known
    return {
        "lines": [_line(line) for line in told.lines(known)],
        "leader": known.names[known.winner.leader] if known.winner.leader is not None else "",
        "rivals": [_rival(known, rival) for rival in known.winner.rivals],
        "dots": _dots(known),
        "matrix": _matrix(known),
        "groups": [
            {
                "label": group.label,
                "inputs": group.inputs,
                "cells": [
                    {**_figure(told.part(own.quality)), "colour": own.candidate % COLOURS} for own in group.figures
                ],
            }
            for group in known.groups
        ],
        "change": _change(known),
        "worst": _worst(report),
    }


def _line(line: told.Line) -> Plain:
    plain = {name: _figure(value) if isinstance(value, Figure) else value for name, value in _fields(line).items()}
    marks = [{"key": mark, "word": told.MARKS[mark]} for mark in line.marks]
    return {**plain, "marks": marks, "colour": line.place % COLOURS}


def _fields(line: told.Line) -> Plain:
    return {name: getattr(line, name) for name in told.Line.__dataclass_fields__}


def _figure(found: Figure) -> Plain:
    width = None if found.low is None or found.high is None else round(found.high - found.low, 2)
    mark = None if found.at is None else min(98.8, max(0.0, found.at - 0.6))
    return {**asdict(found), "width": width, "mark": mark}


def _rival(known: Readout, rival: Rival) -> Plain:
    return {
        "name": known.names[rival.candidate],
        "inputs": rival.inputs,
        "ahead": told.ahead(rival),
        "p": f"{rival.p_value:.3g}",
        "adjusted": f"{rival.adjusted:.3g}",
        "beaten": rival.beaten,
    }


def _dots(known: Readout) -> list[Plain]:
    """Where dots and their names stand; a name moves up until it covers no other one."""
    taken: list[float] = []
    found = []
    for dot in told.dots(known):
        cx, cy, left = 50 + 4.6 * dot.x, 220 - 2.1 * dot.y, dot.x > HALF
        height = cy + 4
        while any(abs(height - other) < LINE for other in taken):
            height -= LINE
        taken.append(height)
        at = {
            "cx": round(cx, 1),
            "cy": round(cy, 1),
            "tx": round(cx + (-11 if left else 11), 1),
            "ty": round(height, 1),
        }
        about = {"colour": dot.place % COLOURS, "name": told.short(dot.name, NAME_CHARS), "front": dot.front}
        found.append({**at, **about, "anchor": "end" if left else "start"})
    return found


def _matrix(known: Readout) -> list[Plain]:
    if not known.meetings:
        return []
    places = range(len(known.names))
    return [{"name": known.names[one], "cells": [told.met(known, one, other) for other in places]} for one in places]


def _change(known: Readout) -> Plain | None:
    if known.change is None:
        return None
    lines = [
        {"change": one.change, "sentence": one.sentence, "more": told.ratios(one)} for one in known.change.candidates
    ]
    return {**{name: getattr(known.change, name) for name in ("before", "inputs", "comparable")}, "lines": lines}


def _worst(report: Report) -> list[Plain]:
    return [
        {
            "number": row.input.number,
            "label": row.input.label,
            "mean": f"{row.mean:.2f}",
            "cells": [NONE if cell is None else f"{cell:.2f}" for cell in row.by_candidate],
            "text": told.short(told.said(row.input), TEXT_CHARS),
            "reference": told.short(row.input.reference or "", TEXT_CHARS),
        }
        for row in report.worst
    ]
