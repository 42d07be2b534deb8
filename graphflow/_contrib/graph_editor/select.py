"""Choosing operations and tensors of a graph: by name, by neighbourhood, by walks along its edges."""

from __future__ import annotations

import re

from graphflow._contrib.graph_editor import util
from graphflow._graph import graph as graph_lib
from graphflow._graph import tensor


def can_be_regex(obj):
    """Whether a value is a pattern or the text of one."""
    return isinstance(obj, (str, re.Pattern))


def make_regex(obj):
    """A compiled pattern; ValueError for anything that is none."""
    if not can_be_regex(obj):
        raise ValueError(f"Expected a string or a regex, got: {type(obj)}")
    return re.compile(obj)


def _inputs_of(ops):
    return list(dict.fromkeys(t for op in ops for t in op.inputs))


def _outputs_of(ops):
    return [t for op in ops for t in op.outputs]


def filter_ts(ops, positive_filter):
    """The tensors that go into or out of operations, for which the filter holds; True takes all."""
    ops = util.make_list_of_op(ops)
    ts = util.concatenate_unique(_inputs_of(ops), _outputs_of(ops))
    return ts if positive_filter is True else [t for t in ts if positive_filter(t)]


def filter_ts_from_regex(ops, regex):
    """As `filter_ts`, by a pattern that occurs in the name."""
    pattern = make_regex(regex)
    return filter_ts(ops, lambda t: pattern.search(t.name))


def filter_ops(ops, positive_filter):
    """The operations for which the filter holds; True takes all."""
    ops = util.make_list_of_op(ops)
    return ops if positive_filter is True else [op for op in ops if positive_filter(op)]


def filter_ops_from_regex(ops, regex):
    """As `filter_ops`, by a pattern that occurs in the name."""
    pattern = make_regex(regex)
    return filter_ops(ops, lambda op: pattern.search(op.name))


def get_name_scope_ops(ops, scope):
    """The operations below a name scope."""
    return filter_ops_from_regex(ops, f"^{scope.removesuffix('/')}(/.*)?$")


def check_cios(control_inputs=False, control_outputs=None, control_ios=None):
    """(whether control inputs are followed, the ControlOutputs to follow or None)."""
    for given in (control_outputs, control_ios):
        if given is not None and not isinstance(given, util.ControlOutputs):
            raise TypeError(f"Expected a util.ControlOutputs, got: {type(given)}")
    if control_ios is not None:
        if control_outputs is not None:
            raise ValueError("control_outputs should be None when using control_ios.")
        control_inputs, control_outputs = True, control_ios
    return control_inputs, control_outputs and control_outputs.update()


def get_ops_ios(ops, control_inputs=False, control_outputs=None, control_ios=None):
    """The neighbours of operations, by tensors and by the control edges asked for."""
    control_inputs, control_outputs = check_cios(control_inputs, control_outputs, control_ios)
    found = []
    for op in util.make_list_of_op(ops):
        util.concatenate_unique(found, [t.op for t in op.inputs])
        for t in op.outputs:
            util.concatenate_unique(found, t.consumers())
        if control_outputs is not None:
            util.concatenate_unique(found, control_outputs.get(op))
        if control_inputs:
            util.concatenate_unique(found, op.control_inputs)
    return found


def compute_boundary_ts(ops):
    """(tensors that go into a set of operations, those that come out, those inside); one may be inside and come out."""
    ops = util.make_list_of_op(ops)
    within, made = frozenset(ops), _outputs_of(ops)
    taken, own = _inputs_of(ops), frozenset(made)
    inside = [t for t in taken if t in own]
    hidden = {t for t in inside if within.issuperset(t.consumers())}
    return [t for t in taken if t not in own], [t for t in made if t not in hidden], inside


def get_within_boundary_ops(
    ops, seed_ops, boundary_ops=(), inclusive=True, control_inputs=False, control_outputs=None, control_ios=None
):
    """The operations reached from the seeds without crossing the boundary, which is part of them if `inclusive`."""
    control_inputs, control_outputs = check_cios(control_inputs, control_outputs, control_ios)
    boundary, reached = set(util.make_list_of_op(boundary_ops)), set(util.make_list_of_op(seed_ops, allow_graph=False))
    if boundary & reached:
        raise ValueError("Boundary is intersecting with the seeds.")
    wave = set(reached)
    while wave:
        near = [op for op in get_ops_ios(wave, control_inputs, control_outputs) if op not in reached]
        wave = {op for op in near if op not in boundary}
        reached |= wave | (set(near) & boundary if inclusive else set())
    return [op for op in util.make_list_of_op(ops) if op in reached]


def _walk(seeds, following, inclusive, within_ops, within_ops_fn):
    """The operations reached from the seeds by `following(op)`, in waves."""
    if within_ops:
        within = frozenset(util.make_list_of_op(within_ops, allow_graph=False))
        seeds = [op for op in seeds if op in within]
    else:
        within = None
    seeds = dict.fromkeys(seeds)
    reached, wave = dict(seeds), list(seeds)
    while wave:
        found = dict.fromkeys(after for op in wave for after in following(op) if after not in reached)
        wave = [
            op for op in found
            if (within is None or op in within) and (within_ops_fn is None or within_ops_fn(op))
        ]  # fmt: skip
        reached.update(dict.fromkeys(wave))
    return [op for op in reached if inclusive or op not in seeds]


def _seeds(given, of_tensors):
    given = list(given) if util.is_iterable(given) else [given]
    if given and isinstance(given[0], tensor.Tensor):
        return of_tensors(given)
    return util.make_list_of_op(given, allow_graph=False)


def get_forward_walk_ops(
    seed_ops, inclusive=True, within_ops=None, within_ops_fn=None, stop_at_ts=(), control_outputs=None
):  # fmt: skip
    """The operations that depend on the seeds.

    Args:
        seed_ops: operations, or tensors, whose consumers are the seeds.
        inclusive: whether the seeds are among them.
        within_ops, within_ops_fn: the walk stays within these operations, and those for which the function holds.
        stop_at_ts: tensors that are not passed.
        control_outputs: a ControlOutputs, whose edges are followed too.
    """
    control_outputs, stops = check_cios(False, control_outputs)[1], frozenset(util.make_list_of_t(stop_at_ts))

    def following(op):
        waiting = () if control_outputs is None else control_outputs.get(op)
        return [after for t in op.outputs if t not in stops for after in t.consumers()] + list(waiting)

    return _walk(_seeds(seed_ops, util.get_consuming_ops), following, inclusive, within_ops, within_ops_fn)


def get_backward_walk_ops(
    seed_ops, inclusive=True, within_ops=None, within_ops_fn=None, stop_at_ts=(), control_inputs=False
):  # fmt: skip
    """The operations that the seeds depend on; as `get_forward_walk_ops`, tensors standing for the operations that make them."""
    stops = frozenset(util.make_list_of_t(stop_at_ts))

    def before(op):
        waited = op.control_inputs if control_inputs else []
        return [t.op for t in op.inputs if t not in stops] + waited

    return _walk(_seeds(seed_ops, util.get_generating_ops), before, inclusive, within_ops, within_ops_fn)


def _both_walks(
    forward_seed_ops, backward_seed_ops, forward_inclusive=True, backward_inclusive=True, within_ops=None,
    within_ops_fn=None, control_inputs=False, control_outputs=None, control_ios=None,
):  # fmt: skip
    control_inputs, control_outputs = check_cios(control_inputs, control_outputs, control_ios)
    ahead = get_forward_walk_ops(
        forward_seed_ops, forward_inclusive, within_ops, within_ops_fn, control_outputs=control_outputs
    )
    back = get_backward_walk_ops(
        backward_seed_ops, backward_inclusive, within_ops, within_ops_fn, control_inputs=control_inputs
    )
    return ahead, back


def get_walks_intersection_ops(*args, **kwargs):
    """The operations between: of the walk forwards from the first seeds, those of the walk backwards from the second."""
    ahead, back = _both_walks(*args, **kwargs)
    back = set(back)
    return [op for op in ahead if op in back]


def get_walks_union_ops(*args, **kwargs):
    """The operations of either walk; args as of `get_walks_intersection_ops`."""
    return util.concatenate_unique(*_both_walks(*args, **kwargs))


def _select(args, named, listed, graph, positive_filter, other, own, restrict):
    """Patterns that begin with `(?#ops)` or `(?#ts)` are for operations or tensors alone."""
    if graph is not None and not isinstance(graph, graph_lib.Graph):
        raise TypeError(f"Expected a tf.Graph, got: {type(graph)}")
    found = []
    for arg in args:
        if can_be_regex(arg):
            if graph is None:
                raise ValueError("Use the keyword argument 'graph' to use regex.")
            pattern = make_regex(arg)
            if pattern.pattern.startswith(other) or (restrict and not pattern.pattern.startswith(own)):
                continue
            items = named(graph, pattern)
        else:
            items = listed(arg)
        util.concatenate_unique(found, [i for i in items if positive_filter is None or positive_filter(i)])
    return found


def select_ops(*args, graph=None, positive_filter=None, restrict_ops_regex=False, restrict_ts_regex=False):
    """Operations by patterns of names in `graph`, or as they are given.

    Raises:
        ValueError: a pattern without a graph.
    """
    return _select(
        args, filter_ops_from_regex, lambda arg: util.make_list_of_op(arg, ignore_ts=True), graph, positive_filter, "(?#ts)",
        "(?#ops)", restrict_ops_regex,
    )  # fmt: skip


def select_ts(*args, graph=None, positive_filter=None, restrict_ops_regex=False, restrict_ts_regex=False):
    """Tensors by patterns of names in `graph`, or as they are given; as `select_ops`."""
    return _select(
        args, filter_ts_from_regex, lambda arg: util.make_list_of_t(arg, ignore_ops=True), graph, positive_filter, "(?#ops)",
        "(?#ts)", restrict_ts_regex,
    )  # fmt: skip


def select_ops_and_ts(*args, **kwargs):
    """(operations, tensors); only patterns that begin with `(?#ts)` choose tensors."""
    return select_ops(*args, restrict_ops_regex=False, **kwargs), select_ts(*args, restrict_ts_regex=True, **kwargs)
