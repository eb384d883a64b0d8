"""Inputs of every kind as Hypothesis draws them: bounds that mostly admit something, words on the whole."""

from typing import Any

from hypothesis import strategies as st

from sigpact.contract.model import Around, Column, Domain, Optional, Tensor
from tests.values.builders import tensor

_BOUNDS = st.one_of(
    st.integers(-40, 40),
    st.sampled_from([0, 1, -1, 0.1, 0.3, 2.5, 1e-40, 1e300, -1e300, 255, 256, 2**31, 2**63]),
)
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
BOUNDS_OF_DIMS: list[dict[str, tuple[int | None, int | None]]] = [
    {},
    {"batch": (2, 5)},
    {"batch": (None, 3), "n": (3, 6)},
    {"n": (0, 2)},
]
_FIRSTS: list[int | str] = ["batch", "batch", "batch", "...", 2]
_DIMS = st.sampled_from(["batch", "n", 1, 3, None, "2*n", "n-2", "batch+1", "min(3, n)"])


@st.composite
def numeric_words(draw: st.DrawFn) -> dict[str, Any]:
    """Draw bounds on both sides, or an enum; most admit something."""
    if draw(st.integers(0, 5)) == 0:
        return {"enum": tuple(draw(st.lists(_BOUNDS, min_size=1, max_size=5)))}
    low, high = sorted([draw(_BOUNDS), draw(_BOUNDS)])
    words: dict[str, Any] = {
        draw(st.sampled_from(["minimum", "exclusive_minimum"])): low,
        draw(st.sampled_from(["maximum", "exclusive_maximum"])): high,
    }
    if draw(st.integers(0, 3)) == 0:
        words["multiple_of"] = draw(st.sampled_from([1, 2, 3, 0.1, 0.25, 7]))
    return words


@st.composite
def text_words(draw: st.DrawFn) -> dict[str, Any]:
    """Draw lengths, or an enum."""
    if draw(st.integers(0, 5)) == 0:
        return {"enum": ("a", "ß", "🎬 b")}
    low = draw(st.integers(0, 4))
    words: dict[str, Any] = {"max_length": low + draw(st.integers(0, 12))}
    return words | ({"min_length": low} if draw(st.booleans()) else {})


@st.composite
def whole_words(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a word on the whole tensor, mostly none."""
    axis = draw(st.integers(-1, 1))
    return draw(
        st.sampled_from(
            [
                {},
                {},
                {},
                {},
                {"finite": False},
                {"sorted": "ascending"},
                {"sorted": "descending"},
                {"unique": axis},
                {"norm": Around(1.0, axis, None)},
                {"norm": Around(3.0, axis, 1e-3)},
                {"sums_to": Around(1.0, axis, None)},
                {"sums_to": Around(10.0, axis, 1e-2)},
                {"unique": axis, "sorted": "ascending"},
            ]
        )
    )


@st.composite
def tensors(draw: st.DrawFn, name: str) -> Tensor:
    """Draw an input of any kind that gRPC carries."""
    kind = draw(st.sampled_from(["float", "float", "integer", "integer", "text", "bytes", "bool", "columns"]))
    first = draw(st.sampled_from(_FIRSTS))
    dims: list[int | str | None] = [first, *draw(st.lists(_DIMS, max_size=2))]
    optional = Optional() if draw(st.integers(0, 4)) == 0 else None
    if kind == "columns":
        domains = [Domain(**draw(numeric_words())) for _ in range(draw(st.integers(1, 3)))]
        columns = tuple(Column(f"c{at}", each, ()) for at, each in enumerate(domains))
        return tensor(
            name, draw(st.sampled_from(_FLOATS)), first, len(columns), columns=columns, optional=optional
        )
    words: dict[str, Any]
    match kind:
        case "float" | "integer":
            dtypes = draw(st.sampled_from(_FLOATS if kind == "float" else _INTEGERS))
            words = draw(numeric_words()) | draw(whole_words())
        case "text" | "bytes":
            dtypes, words = draw(st.sampled_from([kind, "string"])), draw(text_words())
        case _:
            dtypes, words = "bool", {}
    if kind == "integer":
        words.pop("finite", None)
    return tensor(name, dtypes, *dims, optional=optional, **words)
