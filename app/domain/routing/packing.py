"""Arrays and facts as one run of bytes, and back: what learned state is stored as."""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid

_MARK: Final = b"MMR1"
_KINDS: Final = frozenset({"<f8", "<f4", "<f2", "|i1"})

Arrays = Mapping[str, NDArray[Any]]


def pack(facts: Mapping[str, Any], arrays: Arrays) -> bytes:
    """A mark, the length of a JSON head, the head with the facts and what arrays there are, then the arrays' bytes."""
    ordered = sorted(arrays.items())
    shapes = {name: [array.dtype.str, list(array.shape)] for name, array in ordered}
    head = json.dumps({"facts": facts, "arrays": shapes}, sort_keys=True, separators=(",", ":")).encode()
    return b"".join((_MARK, struct.pack("<I", len(head)), head, *(array.tobytes() for _, array in ordered)))


def unpack(packed: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Facts and arrays, the arrays as copies that may be changed; raises Invalid for anything else than `pack` made."""
    try:
        return _unpacked(packed)
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise Invalid("These bytes are no learned state of this version.", field="state") from error


def _unpacked(packed: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    start = len(_MARK) + 4
    if packed[: len(_MARK)] != _MARK:
        raise ValueError("another mark")
    end = start + struct.unpack("<I", packed[len(_MARK) : start])[0]
    head = json.loads(packed[start:end])
    arrays: dict[str, NDArray[Any]] = {}
    for name, (kind, shape) in head["arrays"].items():
        if kind not in _KINDS:
            raise ValueError("another kind of number")
        size = math.prod(shape)
        arrays[name] = np.frombuffer(packed, kind, size, end).reshape(shape).copy()
        end += size * np.dtype(kind).itemsize
    if end != len(packed):
        raise ValueError("too long")
    return dict(head["facts"]), arrays
