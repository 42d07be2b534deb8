"""Giving operations other inputs: swaps, reroutes, detaching and connecting parts of a graph."""

from __future__ import annotations

from graphflow._contrib.graph_editor import select, subgraph, util
from graphflow._graph import operation
from graphflow._ops import array

_SWAP, _A_TO_B, _B_TO_A = (
    (True, True),
    (True, False),
    (False, True),
)  # (the first's to the second's takers, the reverse)


def _check_alike(ts0, ts1):
    if len(ts0) != len(ts1):
        raise ValueError(f"ts0 and ts1 have different sizes: {len(ts0)} != {len(ts1)}")
    for t0, t1 in zip(ts0, ts1):
        if not t0.dtype.is_compatible_with(t1.dtype):
            raise ValueError(f"Dtypes {t0.dtype} and {t1.dtype} are not compatible.")
        if not t0.get_shape().is_compatible_with(t1.get_shape()):
            raise ValueError(f"Shapes {t0.get_shape()} and {t1.get_shape()} are not compatible.")


def _give(t, consumers, in_place_of, can_modify, cannot_modify):
    """`consumers` take `t` in place of another tensor; returns how many inputs changed."""
    changed = 0
    for op in consumers:
        if (can_modify is None or op in can_modify) and (cannot_modify is None or op not in cannot_modify):
            for i, taken in enumerate(op.inputs):
                if taken is in_place_of:
                    op._update_input(i, t)
                    changed += 1
    return changed


def _reroute_ts(ts0, ts1, mode, can_modify=None, cannot_modify=None):
    ts0, ts1 = util.make_list_of_t(ts0), util.make_list_of_t(ts1)
    _check_alike(ts0, ts1)
    can_modify = None if can_modify is None else frozenset(util.make_list_of_op(can_modify))
    cannot_modify = None if cannot_modify is None else frozenset(util.make_list_of_op(cannot_modify))
    changed = 0
    for t0, t1 in zip(ts0, ts1):
        if t0 is t1:
            continue
        consumers0, consumers1 = t0.consumers(), t1.consumers()
        if mode[0]:
            changed += _give(t0, consumers1, t1, can_modify, cannot_modify)
        if mode[1]:
            changed += _give(t1, consumers0, t0, can_modify, cannot_modify)
    for t in ts0[:1]:
        t.graph._extra.pop("origins", None)  # whose handle a tensor is may have changed
    return changed


def swap_ts(ts0, ts1, can_modify=None, cannot_modify=None):
    """The takers of each tensor take the other of the pair.

    Args:
        can_modify, cannot_modify: operations that may, or may not, be given other inputs.

    Returns:
        how many inputs changed.

    Raises:
        ValueError: the lists differ in length, or a pair in type or shape.
    """
    return _reroute_ts(ts0, ts1, _SWAP, can_modify, cannot_modify)


def reroute_ts(ts0, ts1, can_modify=None, cannot_modify=None):
    """The takers of `ts1` take `ts0`; as `swap_ts`."""
    return _reroute_ts(ts0, ts1, _A_TO_B, can_modify, cannot_modify)


def _pass_on(source, view):
    """Outputs of `view` that passed through `source` are now what goes into `view` there."""
    for i, t in enumerate(view._output_ts):
        if t in source._passthrough_ts:
            view._output_ts[i] = view._input_ts[source._input_ts.index(t)]


def _remap(sgv0, sgv1, mode):
    """The views' own lists of inputs follow a reroute."""
    made0, made1 = sgv0.copy(), sgv1.copy()
    if mode[1]:
        made0._input_ts, made0._passthrough_ts = list(sgv1._input_ts), list(sgv1._passthrough_ts)
    if mode[0]:
        made1._input_ts, made1._passthrough_ts = list(sgv0._input_ts), list(sgv0._passthrough_ts)
    if mode[0]:
        _pass_on(made0, made1)
    if mode[1]:
        _pass_on(made1, made0)
    sgv0._assign_from(made0)
    sgv1._assign_from(made1)


def _views(sgv0, sgv1):
    sgv0, sgv1 = subgraph.make_view(sgv0), subgraph.make_view(sgv1)
    util.check_graphs(sgv0, sgv1)
    return sgv0, sgv1


def _inputs(sgv0, sgv1, mode):
    sgv0, sgv1 = _views(sgv0, sgv1)
    _reroute_ts(sgv0.inputs, sgv1.inputs, mode, can_modify=sgv0.ops + sgv1.ops)
    _remap(sgv0, sgv1, mode)
    return sgv0, sgv1


def _outputs(sgv0, sgv1, mode):
    sgv0, sgv1 = _views(sgv0, sgv1)
    _reroute_ts(sgv0.outputs, sgv1.outputs, mode, cannot_modify=sgv0.ops + sgv1.ops)
    return sgv0, sgv1


def swap_inputs(sgv0, sgv1):
    """Two views take each other's inputs; returns both, which are changed too."""
    return _inputs(sgv0, sgv1, _SWAP)


def reroute_inputs(sgv0, sgv1):
    """The second view takes the inputs of the first; as `swap_inputs`."""
    return _inputs(sgv0, sgv1, _A_TO_B)


def swap_outputs(sgv0, sgv1):
    """The takers of two views' outputs change places; returns both."""
    return _outputs(sgv0, sgv1, _SWAP)


def reroute_outputs(sgv0, sgv1):
    """The takers of the second view's outputs take the first's; returns both."""
    return _outputs(sgv0, sgv1, _A_TO_B)


def swap_ios(sgv0, sgv1):
    """Two views change places; returns both."""
    return _inputs(*_outputs(sgv0, sgv1, _SWAP), _SWAP)


def reroute_ios(sgv0, sgv1):
    """The first view gives its inputs to the second, and its outputs to the second's takers; returns both."""
    return _inputs(*_outputs(sgv0, sgv1, _A_TO_B), _A_TO_B)


def _checked(op, cops):
    if not isinstance(op, operation.Operation):
        raise TypeError(f"Expected a tf.Operation, got: {type(op)}")
    return util.make_list_of_op(cops, allow_graph=False)


def remove_control_inputs(op, cops):
    """`op` waits no more for `cops`; ValueError where it did not."""
    cops = _checked(op, cops)
    for cop in cops:
        if cop not in op.control_inputs:
            raise ValueError(f"{op.name} is not a control_input of {cop.name}")
    op._remove_control_inputs(cops)


def add_control_inputs(op, cops):
    """`op` waits for `cops` too; ValueError where it does already."""
    cops = _checked(op, cops)
    for cop in cops:
        if cop in op.control_inputs:
            raise ValueError(f"{cop.name} is already a control_input of {op.name}")
    op._add_control_inputs(cops)


# -- detaching and connecting --------------------------------------------------------------------------------------------


def detach_control_inputs(sgv):
    """The operations of a view wait for none outside."""
    sgv = subgraph.make_view(sgv)
    for op in sgv.ops:
        remove_control_inputs(op, [cop for cop in op.control_inputs if cop not in sgv.ops])


def detach_control_outputs(sgv, control_outputs):
    """No operation outside waits for one of a view."""
    if not isinstance(control_outputs, util.ControlOutputs):
        raise TypeError(f"Expected a util.ControlOutputs, got: {type(control_outputs)}")
    control_outputs.update()
    sgv = subgraph.make_view(sgv)
    for op in sgv.ops:
        for cop in control_outputs.get(op):
            if cop not in sgv.ops:
                remove_control_inputs(cop, op)


def detach_inputs(sgv, control_inputs=False):
    """Placeholders in place of a view's inputs: (the view, the placeholders)."""
    sgv = subgraph.make_view(sgv)
    with sgv.graph.as_default():
        made = [array.placeholder(t.dtype, name=util.placeholder_name(t)) for t in sgv.inputs]
    swap_inputs(sgv, made)
    if control_inputs:
        detach_control_inputs(sgv)
    return sgv, made


def detach_outputs(sgv, control_outputs=None):
    """Placeholders for those who took a view's outputs: (the view, the placeholders)."""
    sgv = subgraph.make_view(sgv)
    sgv = sgv.remap_outputs([i for i, t in enumerate(sgv.outputs) if t.consumers()])
    takers = subgraph.SubGraphView(sgv.consumers())
    takers = takers.remap_inputs([i for i, t in enumerate(takers.inputs) if t in sgv.outputs])
    with sgv.graph.as_default():
        made = [util.make_placeholder_from_tensor(t) for t in takers.inputs]
    swap_outputs(sgv, made)
    if control_outputs is not None:
        detach_control_outputs(sgv, control_outputs)
    return sgv, made


def detach(sgv, control_inputs=False, control_outputs=None, control_ios=None):
    """Both: (the view, placeholders of its inputs, placeholders of its outputs)."""
    control_inputs, control_outputs = select.check_cios(control_inputs, control_outputs, control_ios)
    _, inputs = detach_inputs(sgv, control_inputs)
    _, outputs = detach_outputs(sgv, control_outputs)
    return sgv, inputs, outputs


def connect(sgv0, sgv1, disconnect_first=False):
    """The second view takes the outputs of the first as its inputs; returns both."""
    sgv0, sgv1 = _views(sgv0, sgv1)
    if disconnect_first:
        detach_outputs(sgv0)
    reroute_inputs(subgraph.SubGraphView(passthrough_ts=sgv0.outputs), sgv1)
    return sgv0, sgv1


def bypass(sgv):
    """What went into a view goes to those who took its outputs: (the view, placeholders of its inputs)."""
    sgv = subgraph.make_view(sgv)
    inputs = list(sgv.inputs)
    sgv, detached = detach_inputs(sgv)
    reroute_ts(inputs, sgv.outputs)
    return sgv, detached
