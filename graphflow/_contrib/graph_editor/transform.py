"""Copying parts of a graph, with other inputs, into the same graph or another."""

from __future__ import annotations

import functools

from graphflow._contrib.graph_editor import reroute, select, subgraph, util
from graphflow._graph import graph as graph_lib
from graphflow._graph import operation, tensor

# -- what may be set otherwise: functions of (info, element) ---------------------------------------------------------------


def replace_t_with_placeholder_handler(info, t):
    """A placeholder in the destination."""
    with info.graph_.as_default():
        return util.make_placeholder_from_tensor(t, scope=info.scope_)


def keep_t_if_possible_handler(info, t):
    """The tensor itself within one graph, else a placeholder."""
    return t if info.graph is info.graph_ else replace_t_with_placeholder_handler(info, t)


def assign_renamed_collections_handler(info, elem, elem_):
    """Adds a copy to the collections of the original; those that are not TensorFlow's are renamed like operations."""
    known = util.get_predefined_collection_names()
    for name, collection in info.collections.items():
        if any(item is elem for item in collection):
            info.graph_.add_to_collection(name if name in known else info.new_name(name), elem_)


def transform_op_if_inside_handler(info, op, keep_if_possible=True):
    """The copy of an operation of the view; another stays itself within one graph, else None."""
    if op in info.ops:
        return info.transformed_ops[op]
    return op if keep_if_possible and info.graph is info.graph_ else None


def copy_op_handler(info, op, new_inputs, copy_shape=False, nodedef_fn=None):
    """(the copy of an operation, its outputs).

    Args:
        copy_shape: whether its outputs get the shapes of the original's, besides those that its type says.

    Raises:
        ValueError: `nodedef_fn` is given; nodes are no protos here.
    """
    if nodedef_fn is not None:
        raise ValueError(
            "nodedef_fn: nodes are not made of NodeDefs here; change the copy with op._set_attr(name, value)"
        )
    name = info.graph_.unique_name(info.new_name(op.name))
    types = [t.dtype for t in op.outputs]
    made = info.graph_.add_op(op.op_def, name, tuple(new_inputs), dict(op.attrs), types, (), op.device)
    for t, copied in zip(op.outputs, made.outputs):
        if copy_shape or op.op_def.shape_rule is None:
            copied.set_shape(t.get_shape())
    return made, made.outputs


# -- the copying -----------------------------------------------------------------------------------------------------------


class _Info:
    """What one copying knows; handlers get it."""

    def __init__(self, sgv, dst_graph, dst_scope, src_scope):
        self.sgv, self.sgv_inputs_set, self.ops = sgv, frozenset(sgv.inputs), frozenset(sgv.ops)
        self.graph, self.scope, self.graph_, self.scope_ = sgv.graph, src_scope, dst_graph, dst_scope
        self.control_outputs = util.ControlOutputs(sgv.graph)
        self.transformed_ops, self.transformed_ts, self.cyclic = {}, {}, []
        self.collections = {key: self.graph.get_collection(key) for key in self.graph.get_all_collection_keys()}

    def new_name(self, name):
        """A name of the source in the destination; ValueError for one outside the source's scope."""
        if not name.startswith(self.scope):
            raise ValueError(f"{name} does not belong to source scope: {self.scope}.")
        return self.scope_ + name[len(self.scope) :]


class TransformerInfo:
    """What became of what."""

    def __init__(self, info):
        self._graph, self._scope, self._graph_, self._scope_ = info.graph, info.scope, info.graph_, info.scope_
        self._transformed_ops, self._transformed_ts = info.transformed_ops, info.transformed_ts

    def _map(self, top):
        if isinstance(top, operation.Operation):
            return self._transformed_ops
        if isinstance(top, tensor.Tensor):
            return self._transformed_ts
        raise TypeError(f"Expected a tf.Tensor or a tf.Operation, got a {type(top)}")

    def _copy_of(self, original, missing_fn):
        copies = self._map(original)
        return copies[original] if original in copies else missing_fn and missing_fn(original)

    def _original_of(self, transformed, missing_fn):
        for original, copied in self._map(transformed).items():
            if copied is transformed:
                return original
        return missing_fn and missing_fn(transformed)

    def transformed(self, original, missing_fn=None):
        """The copy of an operation or tensor, or of each in a structure; `missing_fn` of it, or None, where there is none."""
        return util.transform_tree(original, functools.partial(self._copy_of, missing_fn=missing_fn))

    def original(self, transformed, missing_fn=None):
        """The original of a copy; as `transformed`."""
        return util.transform_tree(transformed, functools.partial(self._original_of, missing_fn=missing_fn))

    def __str__(self):
        lines = ["Transform result info:"]
        lines += [f"  {op.name} => {copied.name}" for op, copied in self._transformed_ops.items()]
        return "\n".join(lines) + "\n"


class Transformer:
    """Copies views; its handlers, which are attributes, may be set otherwise."""

    def __init__(self):
        self.transform_op_handler = copy_op_handler
        self.transform_control_input_handler = transform_op_if_inside_handler
        self.assign_collections_handler = assign_renamed_collections_handler
        self.transform_external_input_handler = replace_t_with_placeholder_handler
        self.transform_external_hidden_input_handler = keep_t_if_possible_handler
        self.transform_original_op_handler = transform_op_if_inside_handler

    def __call__(self, sgv, dst_graph, dst_scope, src_scope="", reuse_dst_scope=False):
        """(the view of the copies, a TransformerInfo); args as of `copy`."""
        sgv = subgraph.make_view(sgv)
        if not isinstance(dst_graph, graph_lib.Graph):
            raise TypeError(f"Expected a tf.Graph, got: {type(dst_graph)}")
        src_scope, dst_scope = util.scope_finalize(src_scope), util.scope_finalize(dst_scope)
        if dst_scope and not reuse_dst_scope:
            dst_scope = util.scope_finalize(dst_graph.unique_name(dst_scope[:-1]))
        info = _Info(sgv, dst_graph, dst_scope, src_scope)
        if info.graph is not dst_graph:
            for name, body in info.graph._functions.items():
                dst_graph._functions.setdefault(name, body)
        self._copy_ops(info)
        self._close_cycles(info)
        self._copy_control_inputs(info)
        return self._view(info, sgv), TransformerInfo(info)

    def _copy_ops(self, info):
        for op in sorted(info.sgv.ops, key=lambda op: op._id):
            inputs = [self._input(info, t, op) for t in op.inputs]
            made, outputs = self.transform_op_handler(info, op, inputs)
            if made is op:
                raise ValueError("In-place transformation not allowed.")
            info.transformed_ops[op] = made
            self.assign_collections_handler(info, op, made)
            for t, copied in zip(op.outputs, outputs):
                info.transformed_ts[t] = copied
                self.assign_collections_handler(info, t, copied)

    def _input(self, info, t, consumer):
        if t in info.transformed_ts:
            return info.transformed_ts[t]
        if t in info.sgv_inputs_set:
            return self.transform_external_input_handler(info, t)
        if t.op not in info.ops:
            return self.transform_external_hidden_input_handler(info, t)
        with info.graph_.as_default():  # it comes round from a later operation: that is not there yet
            stand_in = util.make_placeholder_from_tensor(t, scope=info.scope_, prefix="geph_tmp")
        info.cyclic.append((t, stand_in, consumer))
        return stand_in

    def _close_cycles(self, info):
        for t, stand_in, consumer in info.cyclic:
            made = info.transformed_ops[consumer]
            made._update_input(list(made.inputs).index(stand_in), info.transformed_ts[t])

    def _copy_control_inputs(self, info):
        for op in info.sgv.ops:
            waited = [self.transform_control_input_handler(info, before) for before in op.control_inputs]
            reroute.add_control_inputs(info.transformed_ops[op], [before for before in waited if before is not None])

    def _view(self, info, sgv):
        made = subgraph.SubGraphView(info.transformed_ops.values())
        copies = info.transformed_ts
        inputs = [made.input_index(copies[t]) for t in sgv.inputs if copies.get(t) in made.inputs]
        outputs = [made.output_index(copies[t]) for t in sgv.outputs if copies.get(t) in made.outputs]
        return made.remap(inputs, outputs)


def _destination(sgv, dst_graph):
    sgv = subgraph.make_view(sgv)
    return sgv, sgv.graph if dst_graph is None else dst_graph


def copy(sgv, dst_graph=None, dst_scope="", src_scope="", reuse_dst_scope=False):
    """Copies part of a graph; placeholders stand for its inputs.

    Args:
        sgv: a view, or what `make_view` takes.
        dst_graph: where the copies go; the same graph when None.
        dst_scope: scope of the copies, made unique unless `reuse_dst_scope`.
        src_scope: scope that is taken off the originals' names.

    Returns:
        (the view of the copies, a TransformerInfo).
    """
    return Transformer()(*_destination(sgv, dst_graph), dst_scope, src_scope, reuse_dst_scope)


def copy_with_input_replacements(
    sgv, replacement_ts, dst_graph=None, dst_scope="", src_scope="", reuse_dst_scope=False
):
    """As `copy`, but inputs that are keys of the dict `replacement_ts` become its values, and others stay."""
    copier = Transformer()
    copier.transform_external_input_handler = lambda info, t: (
        replacement_ts[t] if t in replacement_ts else keep_t_if_possible_handler(info, t)
    )
    return copier(*_destination(sgv, dst_graph), dst_scope, src_scope, reuse_dst_scope)


def graph_replace(target_ts, replacement_ts, dst_scope="", src_scope="", reuse_dst_scope=False):
    """The targets computed anew, from other tensors in place of the keys of the dict `replacement_ts`.

    Returns:
        as `target_ts`: a tensor or a structure of them; what does not depend on the keys stays itself.

    Raises:
        ValueError: no target depends on a key.
    """
    targets = util.flatten_tree(target_ts)
    ios = util.ControlOutputs(util.get_unique_graph(targets, tensor.Tensor))
    ops = select.get_walks_intersection_ops(list(replacement_ts), targets, control_ios=ios)
    if not ops:
        raise ValueError("Targets and replacements are not connected!")
    _, info = copy_with_input_replacements(ops, replacement_ts, None, dst_scope, src_scope, reuse_dst_scope)
    return info.transformed(target_ts, lambda original: original)
