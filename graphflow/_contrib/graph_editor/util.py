"""What the graph editor speaks of: lists of operations and tensors, control edges backwards, placeholders."""

from __future__ import annotations

from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, operation, tensor
from graphflow._ops import array

_PREFIX = "geph"  # of the placeholders that the editor makes


def concatenate_unique(first, second):
    """Appends to the list `first` what it lacks of `second`; returns it."""
    known = set(first)
    for item in second:
        if item not in known:
            first.append(item)
            known.add(item)
    return first


def is_iterable(value):
    """Whether a value can be walked; a tensor cannot."""
    return not isinstance(value, tensor.Tensor) and hasattr(value, "__iter__")


def flatten_tree(tree, leaves=None):
    """The leaves of nested dicts and iterables, in order."""
    leaves = [] if leaves is None else leaves
    if not is_iterable(tree):
        leaves.append(tree)
        return leaves
    for child in tree.values() if isinstance(tree, dict) else tree:
        flatten_tree(child, leaves)
    return leaves


def transform_tree(tree, fn, iterable_type=tuple):
    """`fn` of every leaf, in the structure of `tree`; iterables of other kinds become tuples."""
    if not is_iterable(tree):
        return fn(tree)
    if isinstance(tree, dict):
        return type(tree)((key, transform_tree(child, fn)) for key, child in tree.items())
    children = [transform_tree(child, fn) for child in tree]
    if hasattr(tree, "_fields"):
        return type(tree)(*children)
    return type(tree)(children) if isinstance(tree, (tuple, list)) else iterable_type(children)


def check_graphs(*views):
    """Raises ValueError where the views are not of one graph."""
    graphs = [view.graph for view in views if view.graph is not None]
    for i, graph in enumerate(graphs):
        if graph is not graphs[0]:
            raise ValueError(f"Argument[{i}]: Wrong graph!")


def get_unique_graph(tops, check_types=None, none_if_empty=False):
    """The graph that operations and tensors are of.

    Raises:
        TypeError: something is neither.
        ValueError: they are of several graphs, or there are none.
    """
    if isinstance(tops, graph_lib.Graph):
        return tops
    if not is_iterable(tops):
        raise TypeError(f"{type(tops)} is not iterable")
    types = check_types or (operation.Operation, tensor.Tensor)
    found = None
    for top in tops:
        if not isinstance(top, types):
            raise TypeError(f"Expected an instance of {types}, got: {type(top)}")
        if found is not None and top.graph is not found:
            raise ValueError(f"Operation {top} does not belong to given graph")
        found = top.graph
    if found is None and not none_if_empty:
        raise ValueError("Can't find the unique graph of an empty list")
    return found


def _listed(given, kind, others, check_graph, allow_graph, ignore):
    if isinstance(given, graph_lib.Graph):
        if not allow_graph:
            raise TypeError("allow_graph is False: cannot convert a tf.Graph.")
        return others(given)
    items = list(given) if is_iterable(given) else [given]
    if items and check_graph:
        get_unique_graph(items, None if ignore else kind)
    return [item for item in items if isinstance(item, kind)]


def make_list_of_op(ops, check_graph=True, allow_graph=True, ignore_ts=False):
    """Operations as a list: of one, several, or a whole graph.

    Raises:
        TypeError: there is something else among them; tensors are passed over with `ignore_ts`.
        ValueError: they are of several graphs.
    """
    whole = graph_lib.Graph.get_operations
    return _listed(ops, operation.Operation, whole, check_graph, allow_graph, ignore_ts)


def make_list_of_t(ts, check_graph=True, allow_graph=True, ignore_ops=False):
    """Tensors as a list; as `make_list_of_op`."""
    return _listed(ts, tensor.Tensor, get_tensors, check_graph, allow_graph, ignore_ops)


def get_tensors(graph):
    """All tensors of a graph."""
    if not isinstance(graph, graph_lib.Graph):
        raise TypeError(f"Expected a graph, got: {type(graph)}")
    return [t for op in graph.get_operations() for t in op.outputs]


def get_generating_ops(ts):
    """The operations that make the tensors."""
    return [t.op for t in make_list_of_t(ts, allow_graph=False)]


def get_consuming_ops(ts):
    """The operations that take one of the tensors, once each."""
    return list(dict.fromkeys(op for t in make_list_of_t(ts, allow_graph=False) for op in t.consumers()))


class ControlOutputs:
    """The control edges of a graph, followed forwards."""

    def __init__(self, graph):
        if not isinstance(graph, graph_lib.Graph):
            raise TypeError(f"Expected a tf.Graph, got: {type(graph)}")
        self.graph, self._version = graph, None
        self.update()

    def update(self):
        """Looks again where the graph has grown; returns itself."""
        if self._version != self.graph.version:
            self._after = {}
            for op in self.graph.get_operations():
                for before in op.control_inputs:
                    self._after.setdefault(before, []).append(op)
            self._version = self.graph.version
        return self

    def get_all(self):
        """Dict: operation -> those that wait for it."""
        return self._after

    def get(self, op):
        """The operations that wait for `op`."""
        return self._after.get(op, ())


def scope_finalize(scope):
    """A scope with a slash at the end; the empty one stays."""
    return scope + "/" if scope and not scope.endswith("/") else scope


def scope_dirname(scope):
    """What stands before the last part of a name, with its slash."""
    return scope[: scope.rfind("/") + 1]


def scope_basename(scope):
    """The last part of a name."""
    return scope[scope.rfind("/") + 1 :]


def placeholder_name(t=None, scope=None, prefix=_PREFIX):
    """The name for a placeholder in place of `t`: `geph__op_0` beside it or in `scope`."""
    scope = None if scope is None else scope_finalize(scope)
    if t is None:
        return (scope or "") + prefix
    if not isinstance(t, tensor.Tensor):
        raise TypeError(f"Expected a tf.Tensor, got: {type(t)}")
    base = scope_basename(t.op.name)
    name = base if base.startswith(prefix + "__") else f"{prefix}__{base}_{t.value_index}"
    return (scope_dirname(t.op.name) if scope is None else scope) + name


def make_placeholder_from_tensor(t, scope=None, prefix=_PREFIX):
    """A placeholder of the type and shape of `t`."""
    return array.placeholder(t.dtype, t.get_shape(), placeholder_name(t, scope, prefix))


def make_placeholder_from_dtype_and_shape(dtype, shape=None, scope=None, prefix=_PREFIX):
    """A placeholder named after the editor."""
    return array.placeholder(dtype, shape, placeholder_name(scope=scope, prefix=prefix))


def get_predefined_collection_names():
    """The names of TensorFlow's own collections."""
    found = (getattr(keys.GraphKeys, key) for key in dir(keys.GraphKeys) if not key.startswith("__"))
    return [name for name in found if isinstance(name, str)]


def find_corresponding_elem(target, dst_graph, dst_scope="", src_scope=""):
    """The tensor or operation of another graph that has the same name, from one scope to another."""
    src_scope, name = scope_finalize(src_scope), target.name
    if not name.startswith(src_scope):
        raise ValueError(f"{name} does not start with {src_scope}")
    name = scope_finalize(dst_scope) + name.removeprefix(src_scope)
    return dst_graph.as_graph_element(name)


def find_corresponding(targets, dst_graph, dst_scope="", src_scope=""):
    """`find_corresponding_elem` of every leaf of `targets`."""
    return transform_tree(targets, lambda top: find_corresponding_elem(top, dst_graph, dst_scope, src_scope))
