"""tf.Examples as bytes: beside bytes that TensorFlow wrote, and read back by the reader of SavedModels."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.savedmodel.wire import Message, chunks, fixed, signed, varints, whole
from sigpact.wire.inference import Feature
from sigpact.wire.tf_example import serialized

WRITTEN = [
    # `tf.train.Example(...).SerializeToString(deterministic=True)`, TensorFlow 2.21
    ({}, "0a00"),
    ({"f": Feature("float", (0.5, -1.0))}, "0a130a110a0166120c120a0a080000003f000080bf"),
    ({"i": Feature("int64", (1, -1, 300))}, "0a180a160a016912111a0f0a0d01ffffffffffffffffff01ac02"),
    ({"b": Feature("bytes", (b"a", b"", b"\xff"))}, "0a110a0f0a0162120a0a080a01610a000a01ff"),
    ({"e": Feature("float", ())}, "0a090a070a016512021200"),
    ({"n": Feature()}, "0a070a050a016e1200"),
]


@pytest.mark.parametrize(("features", "expected"), WRITTEN)
def test_bytes_are_those_of_tensorflow(features: dict[str, Feature], expected: str) -> None:
    """Packed numbers, negative ones in ten bytes, a list that is empty, a feature without a list."""
    assert serialized(features).hex() == expected


def read(example: bytes) -> dict[str, Feature]:
    """Read an example back, with the field numbers of feature.proto."""
    features = whole(example).message(1)
    return {name: _feature(found) for name, found in features.entries(1).items()}


def _feature(message: Message) -> Feature:
    numbers = [each.number for each in message.fields()]
    match numbers:
        case [1]:
            return Feature("bytes", chunks(message.message(1), 1))
        case [2]:
            return Feature("float", tuple(fixed(message.message(2), 1, "f")))
        case [3]:
            return Feature("int64", tuple(signed(each, 64) for each in varints(message.message(3), 1)))
        case _:
            assert numbers == []
            return Feature()


FEATURES = st.one_of(
    st.builds(Feature, st.just("float"), st.lists(st.floats(width=32, allow_nan=False)).map(tuple)),
    st.builds(Feature, st.just("int64"), st.lists(st.integers(-(2**63), 2**63 - 1)).map(tuple)),
    st.builds(Feature, st.just("bytes"), st.lists(st.binary(max_size=300)).map(tuple)),
    st.just(Feature()),
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), FEATURES, max_size=5))
def test_what_is_written_is_read_back(features: dict[str, Feature]) -> None:
    """All features, of all kinds."""
    assert read(serialized(features)) == features


def test_nan_stays_one() -> None:
    """A float that equals nothing."""
    (found,) = read(serialized({"x": Feature("float", (math.nan,))}))["x"].values
    assert repr(found) == "nan"
