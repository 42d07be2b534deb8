"""Networks over time, unrolled: one set of nodes a step."""

from __future__ import annotations

from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import rnn_cell
from graphflow._ops import (
    array,
    choosing,
    control_flow,
    joining,
    math,
    rearrange,
    reduce,
    tensor_array,
    variable_scope,
)


def initial_state_of(cell, batch_size, dtype):
    """Zeros for a cell, also for one that only has `zero_state`."""
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def state_dtype(dtype, state):
    """`dtype`, or that of the parts of a state, which have to agree."""
    if dtype is not None:
        return dtype
    found = {part.dtype for part in nest.flatten(state)}
    if len(found) != 1:
        raise ValueError(f"the parts of the state have dtypes {sorted(d.name for d in found)}: give `dtype`")
    return found.pop()


def checked_lengths(sequence_length):
    """A vector of lengths as int32.

    Raises:
        ValueError: it is no vector.
    """
    made = build.convert_to_tensor(sequence_length, name="sequence_length")
    if made._dims is not None and len(made._dims) != 1:
        raise ValueError(f"sequence_length must be a vector of length batch_size, but saw shape: {made.shape}")
    return made


def masked_step(time, sequence_length, zero_output, state, call_cell):
    """A step of a cell, as flat lists: rows that are at their end keep their state and give zeros."""
    at_end = time >= sequence_length
    new_output, new_state = call_cell()
    nest.assert_same_structure(zero_output, new_output)
    nest.assert_same_structure(state, new_state)
    return (
        [_unless(at_end, old, new) for old, new in zip(nest.flatten(zero_output), nest.flatten(new_output))],
        [_unless(at_end, old, new) for old, new in zip(nest.flatten(state), nest.flatten(new_state))],
    )


def unless(at_end, old, new):
    """`new`, but `old` in the rows that are at their end; TensorArrays and scalars have no rows."""
    if isinstance(old, tensor_array.TensorArray) or old._dims is not None and len(old._dims) == 0:
        return new
    with graph_lib.get_default_graph().colocate_with(new.op):
        return choosing.where(at_end, old, new)


def _unless(at_end, old, new):
    """As `unless`, of the shape of `old`."""
    made = unless(at_end, old, new)
    if made is not new:
        made.set_shape(old.shape)
    return made


def static_rnn(cell, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
    """Runs a cell over a list of inputs, one set of nodes a step.

    Args:
        cell: an RNNCell.
        inputs: a list of T tensors `[batch, size]`, or of structures of them.
        initial_state: the state before the first step; zeros where None, then `dtype` is needed.
        sequence_length: int vector `[batch]`: rows give zeros and keep their state from there on.
        scope: the variable scope; "rnn" where None.

    Returns:
        (list of T outputs, the last state).
    """
    rnn_cell.check_cell("cell", cell)
    if not nest.is_nested(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    with variable_scope.variable_scope(scope or "rnn") as opened:
        rnn_cell.cache_reads(opened)
        first = nest.flatten(inputs)[0]
        known_batch = _batch_of(nest.flatten(inputs))
        batch_size = known_batch or array.shape(first)[0]
        if initial_state is None:
            if not dtype:
                raise ValueError("If no initial_state is provided, dtype must be specified")
            state = initial_state_of(cell, batch_size, dtype)
        else:
            state = initial_state
        if sequence_length is not None:
            lengths = math.cast(checked_lengths(sequence_length), dtypes.int32)
            zero_output = nest.map_structure(
                lambda size: _zeros(batch_size, known_batch, size, state_dtype(dtype, state)), cell.output_size
            )
            shortest, longest = reduce.reduce_min(lengths), reduce.reduce_max(lengths)
        outputs = []
        for time, one in enumerate(inputs):
            if time > 0:
                opened.reuse_variables()
            if sequence_length is None:
                output, state = cell(one, state)
            else:
                output, state = _skipping_step(cell, one, state, zero_output, time, lengths, shortest, longest)
            outputs.append(output)
        return outputs, state


def _batch_of(tensors):
    """The batch size that all inputs share, None where unknown."""
    known = shapes.Dimension(None)
    for x in tensors:
        if x._dims is None or len(x._dims) > 1:
            dims = x.shape.with_rank_at_least(2)
            unknown = [i for i, size in enumerate(dims.as_list()[1:]) if size is None]
            if unknown:
                raise ValueError(
                    f"Input size (dimension {unknown[0]} of inputs) must be accessible via shape inference, but saw value None."
                )
        known = known.merge_with(x.shape[0])
    return known.value


def _zeros(batch_size, known_batch, size, dtype):
    made = rnn_cell.with_batch(batch_size, size, dtype)
    made.set_shape(rnn_cell.known_with_batch(known_batch, size))
    return made


def _skipping_step(cell, one, state, zero_output, time, lengths, shortest, longest):
    """A step that runs only while some row is not at its end, and masks only once some row is."""
    flat_zero, flat_state = nest.flatten(zero_output), nest.flatten(state)
    at_end = time >= lengths

    def step():
        new_output, new_state = cell(one, state)
        nest.assert_same_structure(zero_output, new_output)
        nest.assert_same_structure(state, new_state)
        made = nest.flatten(new_output) + nest.flatten(new_state)

        def masked():
            return [_unless(at_end, old, new) for old, new in zip(flat_zero + flat_state, made)]

        return control_flow.cond(time < shortest, lambda: made, masked)

    made = control_flow.cond(time >= longest, lambda: flat_zero + flat_state, step)
    for new, old in zip(made, flat_zero + flat_state):
        new.set_shape(old.shape)
    outputs, states = made[: len(flat_zero)], made[len(flat_zero) :]
    return nest.pack_sequence_as(zero_output, outputs), nest.pack_sequence_as(state, states)


def static_state_saving_rnn(cell, inputs, state_saver, state_name, sequence_length=None, scope=None):
    """`static_rnn` whose first state comes from `state_saver.state(name)` and whose last goes to `save_state(name, value)`.

    Args:
        state_saver: an object with these two methods.
        state_name: a name, or a structure of names like the cell's `state_size`.
    """
    names, sizes = nest.flatten(state_name), nest.flatten(cell.state_size)
    if nest.is_nested(cell.state_size) != nest.is_nested(state_name) or len(names) != len(sizes):
        raise ValueError(
            "state_name should be the same type as cell.state_size. "
            f"state_name: {state_name}, cell.state_size: {cell.state_size}"
        )
    start = nest.pack_sequence_as(cell.state_size, [state_saver.state(name) for name in names])
    outputs, state = static_rnn(cell, inputs, initial_state=start, sequence_length=sequence_length, scope=scope)
    saved = [state_saver.save_state(name, part) for name, part in zip(names, nest.flatten(state))]
    with graph_lib.get_default_graph().control_dependencies(saved):
        outputs[-1] = nest.map_structure(array.identity, outputs[-1])
        state = nest.map_structure(array.identity, state)
    return outputs, state


def static_bidirectional_rnn(
    cell_fw, cell_bw, inputs, initial_state_fw=None, initial_state_bw=None, dtype=None, sequence_length=None, scope=None
):  # fmt: skip
    """`static_rnn` forwards and backwards in time.

    Returns:
        (list of outputs, both ways concatenated along axis 1; last state forwards; last state backwards).
    """
    rnn_cell.check_cell("cell_fw", cell_fw)
    rnn_cell.check_cell("cell_bw", cell_bw)
    if not nest.is_nested(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    with variable_scope.variable_scope(scope or "bidirectional_rnn"):
        with variable_scope.variable_scope("fw") as forwards:
            output_fw, state_fw = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope=forwards)
        with variable_scope.variable_scope("bw") as backwards:
            turned = _reversed(inputs, sequence_length)
            output_bw, state_bw = static_rnn(cell_bw, turned, initial_state_bw, dtype, sequence_length, scope=backwards)
    output_bw = _reversed(output_bw, sequence_length)
    pairs = zip(nest.flatten(output_fw), nest.flatten(output_bw))
    joined = nest.pack_sequence_as(output_fw, [array.concat([fw, bw], 1) for fw, bw in pairs])
    return joined, state_fw, state_bw


def _reversed(steps, lengths):
    """A list of structures in reverse order, each row within its own length."""
    if lengths is None:
        return list(reversed(steps))
    columns = []
    for column in zip(*(nest.flatten(step) for step in steps)):
        turned = rearrange.reverse_sequence(joining.stack(column), lengths, 0, 1)
        columns.append(joining.unstack(turned))
        for one in columns[-1]:
            one.set_shape(column[0].shape)
    return [nest.pack_sequence_as(step, list(row)) for step, row in zip(steps, zip(*columns))]
