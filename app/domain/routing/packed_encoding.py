"""A prompt's encoding as bytes, as a route keeps it: some 0.5 KB from which no text can be read."""

import struct
from typing import Final
from zlib import crc32

import numpy as np

from app.domain.errors import Invalid
from app.domain.routing.encoding import Encoding
from app.domain.routing.features import NAMES, standard
from app.domain.routing.hashing import BITS, SIZE

# Which figures and which table the bytes are of: whoever changes either can no longer read what was written before.
_MARK: Final = struct.pack("<I", crc32(f"{','.join(NAMES)}/{BITS}".encode()))
_START: Final = len(_MARK)
_PLACES: Final = _START + 8 * len(NAMES)


def packed(encoding: Encoding) -> bytes:
    """A mark, the figures as 8 bytes each, the places as 2 bytes each."""
    figures = np.array(encoding.figures, dtype="<f8")
    return _MARK + figures.tobytes() + encoding.places.astype("<u2").tobytes()


def unpacked(state: bytes) -> Encoding:
    """The encoding that `packed` was given, to the last bit. Raises Invalid for bytes of other figures or places."""
    if state[:_START] != _MARK or len(state) < _PLACES or len(state) % 2:
        raise Invalid("These bytes are no encoding of this version.", field="encoding")
    figures = tuple(np.frombuffer(state, "<f8", len(NAMES), _START).tolist())
    places = np.frombuffer(state, "<u2", offset=_PLACES).astype(np.int64)
    if places.size and places.max() >= SIZE:
        raise Invalid("A place lies beyond the table.", field="encoding")
    return Encoding(figures, standard(figures), places)
