"""The operation that TensorFlow gives as an example of one's own."""

from __future__ import annotations

from graphflow._graph import build, op_def


def my_fact():
    """A true sentence, a string scalar."""
    return build.apply("Fact")


op_def.shape_rule("Fact")(lambda op: [None])  # TensorFlow does not know it either
