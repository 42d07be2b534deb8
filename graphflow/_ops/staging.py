"""Staging areas: what one run puts in, a later run takes out, so that inputs are made ready beside the step before."""

from __future__ import annotations

import contextlib

from graphflow._core import shapes as shapes_lib
from graphflow._graph import build, op_def
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, grouping

op_def.shape_rule("StageSize")(lambda op: [()])
op_def.shape_rule("Unstage", "StagePeek")(lambda op: [None] * len(op.outputs))
op_def.not_differentiable(
    "Stage", "Unstage", "StagePeek", "StageSize", "StageClear",
    because="what comes out of a staging area went in during another run",
)  # fmt: skip


class StagingArea:
    """Holds tuples of tensors between runs; they leave in the order in which they came.

    Args:
        dtypes: the type of each component.
        shapes: the shape of each component, or None.
        names: a name for each component, or None; with names, elements are dicts.
        shared_name: what areas of one session share, or None.
        capacity: the most elements it holds; any number when 0. A run puts before it takes, so that there is room for one more.
        memory_limit: recorded, not enforced.

    Raises:
        ValueError: `shapes` or `names` are not one a component, or `shared_name` is no string.
    """

    def __init__(self, dtypes, shapes=None, names=None, shared_name=None, capacity=0, memory_limit=0):
        if shared_name is not None and not isinstance(shared_name, str):
            raise ValueError("shared_name must be a string")
        for what, given in (("shapes", shapes), ("names", names)):
            if given is not None and len(given) != len(dtypes):
                raise ValueError(f"StagingArea {what} must be the same length as dtypes")
        graph = graph_lib.get_default_graph()
        self.name = graph.unique_name(type(self).__name__) if shared_name is None else shared_name
        self.dtypes, self.names, self.capacity, self.memory_limit = dtypes, names, capacity, memory_limit
        self.shapes = [shapes_lib.TensorShape(s) for s in ([None] * len(dtypes) if shapes is None else shapes)]
        with build.name_scope(f"{self.name}_root"):
            self._root = grouping.no_op()

    def put(self, values, name=None):
        """An operation that puts an element in: a tensor, a list of them, or with names a dict.

        Raises:
            ValueError: other names, types, shapes or numbers of components than the area has.
        """
        if isinstance(values, dict) != bool(self.names):
            raise ValueError(
                f"a staging area {'with' if self.names else 'without'} names takes no {type(values).__name__}"
            )
        parts = values if isinstance(values, (list, tuple, dict)) else [values]
        scoped = list(parts.values()) if isinstance(parts, dict) else parts
        with build.name_scope(name, f"{self.name}_put", scoped) as scope:
            if isinstance(parts, dict):
                if not set(parts) <= set(self.names):
                    raise ValueError(f"the area holds {sorted(self.names)}, got {sorted(parts)}")
                parts = [parts[n] for n in self.names if n in parts]
            if len(parts) > len(self.dtypes):
                raise ValueError(f"Unexpected number of inputs '{len(parts)}' vs '{len(self.dtypes)}'")
            parts = [build.convert_to_tensor(v, name=f"component_{i}") for i, v in enumerate(parts)]
            for value, dtype, shape in zip(parts, self.dtypes, self.shapes):
                if value.dtype != dtype:
                    raise ValueError(f"Datatypes do not match. '{value.dtype}' != '{dtype}'")
                value.get_shape().assert_is_compatible_with(shape)
            return self._apply("Stage", parts, name=scope, typed=False)

    def get(self, name=None):
        """The components of the element that came first, which leaves; waits where there is none."""
        return self._element(self._apply("Unstage", name=name or f"{self.name}_get"))

    def peek(self, index, name=None):
        """The components of the element at `index`, which stays."""
        return self._element(self._apply("StagePeek", index, name=name or f"{self.name}_peek"))

    def size(self, name=None):
        """The number of elements, an int32 scalar."""
        return self._apply("StageSize", name=name or f"{self.name}_size", beside=False)

    def clear(self, name=None):
        """An operation that takes everything out."""
        return self._apply("StageClear", name=name or f"{self.name}_clear", beside=False)

    def _apply(self, op_type, *inputs, name, typed=True, beside=True):
        types = {"dtypes": self.dtypes} if typed else {}
        with graph_lib.get_default_graph().colocate_with(self._root) if beside else contextlib.nullcontext():
            return build.apply(
                op_type, *inputs, shared_name=self.name, capacity=self.capacity, memory_limit=self.memory_limit, name=name,
                **types,
            )  # fmt: skip

    def _element(self, found):
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        if grouping.no_op().device != self._root.device:
            found = [array.identity(t) for t in found]
        for t, shape in zip(found, self.shapes):
            t.set_shape(shape)
        return dict(zip(self.names, found)) if self.names else found
