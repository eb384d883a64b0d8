"""Names that nobody gave."""

import re
from typing import Final

_GENERATED: Final = re.compile(
    r"(?:(?:Stateful)?PartitionedCall|StatefulPartitionedCall|Identity|Placeholder|Softmax|BiasAdd|Sigmoid)(?:_\d+)?"
    r"|(?:input|inputs|output|outputs|args|kwargs|keras_tensor|tensor)_\d+"
    r"|(?:dense|activation|flatten|reshape|concatenate|concat|dropout|lambda|lstm|gru|add|dot|multiply|average"
    r"|embedding|conv[123]d|(?:re_lu|relu|softmax|sigmoid)|batch_normalization|layer_normalization"
    r"|(?:global_)?(?:max|average)_pooling[123]d|text_vectorization|string_lookup|tf_op_layer\w*"
    r"|keras_layer|functional|layer|predictions|identity|sequential|model|bidirectional|time_distributed)_\d+(?:_\d+)*"
)
"""What Keras and TensorFlow call things that nobody named."""


def is_generated(name: str) -> bool:
    """Whether Keras or TensorFlow made a name up: its number depends on what was built before."""
    return _GENERATED.fullmatch(name) is not None
