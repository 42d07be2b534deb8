"""Variables and assignments."""

from __future__ import annotations

from graphflow._graph import build, op_def, tensor
from graphflow._graph import graph as graph_lib


@op_def.shape_rule("VariableV2")
def _variable_shape(op):
    return [op.attrs["shape"]]


@op_def.shape_rule("Assign")
def _assign_shape(op):
    return [op.inputs[1]._dims if not op.attrs["validate_shape"] else op.inputs[1]._dims or op.inputs[0]._dims]


class Variable(tensor.TensorLike):
    def __init__(self, initial_value=None, trainable=None, collections=None, name=None, dtype=None):
        graph = graph_lib.get_default_graph()
        collections = collections or ["variables"] + (["trainable_variables"] if trainable in (None, True) else [])
        with graph.control_dependencies(None), build.name_scope(name, "Variable", [] ) as scope:
            value = build.convert_to_tensor(initial_value, name="initial_value", dtype=dtype)
            self._initial_value = value
            ref = build.apply("VariableV2", shape=value._dims, dtype=value.dtype.base_dtype, name=scope)
            self._variable = ref
            assigned = graph.colocate_with(ref.op)
            with assigned:
                self._initializer = build.apply("Assign", ref, value, name="Assign").op
                self._snapshot = build.apply("Identity", ref, name="read")
        graph.add_to_collections(collections, self)

    graph = property(lambda s: s._variable.graph)
    dtype = property(lambda s: s._variable.dtype)
    op = property(lambda s: s._variable.op)
    name = property(lambda s: s._variable.name)
    initializer = property(lambda s: s._initializer)

    def _as_graph_element(self):
        return self._variable

    def assign(self, value, use_locking=False, name=None, read_value=True):
        with self.graph.colocate_with(self.op):
            return build.apply("Assign", self._variable, value, use_locking=use_locking, name=name)


def _convert(v, dtype=None, name=None, as_ref=False):
    return v._variable if as_ref else v._snapshot


build.register_tensor_conversion_function(Variable, _convert)


def group(*inputs, name=None):
    with build.name_scope(name, "group_deps", list(inputs)) as scope:
        with graph_lib.get_default_graph().control_dependencies(inputs):
            return build.apply("NoOp", name=scope)


def global_variables_initializer():
    vs = graph_lib.get_default_graph().get_collection("variables")
    return group(*[v.initializer for v in vs], name="init")

