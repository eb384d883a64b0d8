"""Python checks of a project's own: what a function must be that `holds: [{check: NAME}]` runs.

The project that runs the contracts names the function in its pyproject.toml, and nobody else can:

    [tool.sigpact.checks]
    is_permutation = "mypackage.checks:is_permutation"

It is called once for each answer, with the inputs and the outputs of that call by name:

    def is_permutation(inputs: Arrays, outputs: Arrays) -> Verdict:
        '''The ranking names every candidate once.'''
        ranks = np.sort(outputs["ranking"], axis=1)
        return (ranks == np.arange(ranks.shape[1])).all(axis=1)
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

Arrays = Mapping[str, np.ndarray[Any, np.dtype[Any]]]
"""Tensors by name, as the client reads them: numbers in the dtype that was served, texts as arrays of `str`,
bytes as arrays of `bytes`. They are copies. An optional input that was left out, and has no default, is not
there. In a relation the inputs are those that were drawn, and an output is called `call.output`.
"""

Verdict = np.ndarray[Any, np.dtype[np.bool_]] | bool | str | None
"""What a check answers: a boolean for each row (more dimensions: all of them), or one for the whole call; a
text says why it does not hold; `None` that it does, for functions that `assert`.
"""


class Check(Protocol):
    """A function of a project. `AssertionError` says that it does not hold, with its message.

    Any other exception leaves the clause undecided: the verdict is unknown. It runs in sigpact's own process,
    without a time limit, for several versions at a time; what it prints goes to stderr.
    """

    def __call__(self, inputs: Arrays, outputs: Arrays, /) -> Verdict:
        """Judge one answer."""
        ...
