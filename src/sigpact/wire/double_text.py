"""The shortest digits that name a double, for whole arrays: orjson writes them."""

import numpy as np
import orjson

from sigpact.wire.arrays import Array


def shortest(numbers: Array) -> list[bytes]:
    """Return the text of each finite double.

    It is what `repr` gives for zeros and wherever 1e-4 <= |x| < 1e7; elsewhere the layout is orjson's own.
    """
    flat = np.ascontiguousarray(numbers, np.float64).reshape(-1)
    return orjson.dumps(flat, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",") if flat.size else []
