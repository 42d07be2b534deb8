"""Networks over time, as a loop: the steps share one set of nodes."""

from __future__ import annotations

from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._layers import rnn, rnn_cell
from graphflow._ops import (
    array,
    asserts,
    choosing,
    compare,
    joining,
    math,
    rearrange,
    reduce,
    tensor_array,
    variable_scope,
    while_loop,
)


def dynamic_rnn(
    cell, inputs, sequence_length=None, initial_state=None, dtype=None, parallel_iterations=None, swap_memory=False,
    time_major=False, scope=None,
):  # fmt: skip
    """Runs a cell over time in a loop.

    Args:
        cell: an RNNCell.
        inputs: a tensor `[batch, T, ...]` (`[T, batch, ...]` when `time_major`), or a structure of them.
        sequence_length: int vector `[batch]`: rows give zeros and keep their state from there on.
        initial_state: the state before the first step; zeros where None, then `dtype` is needed.
        parallel_iterations, swap_memory: kept in the loop; XLA plans memory itself.
        scope: the variable scope; "rnn" where None.

    Returns:
        (outputs `[batch, T, size]`, or time first when `time_major`; the last state).
    """
    rnn_cell.check_cell("cell", cell)
    with variable_scope.variable_scope(scope or "rnn") as opened:
        rnn_cell.cache_reads(opened)
        flat = nest.flatten(inputs)
        if not time_major:
            flat = [swap_batch_and_time(build.convert_to_tensor(x)) for x in flat]
        if sequence_length is not None:
            lengths = rnn.checked_lengths(math.cast(sequence_length, dtypes.int32))
            lengths = array.identity(lengths, name="sequence_length")
        batch_size = _batch_size(flat)
        if initial_state is None:
            if not dtype:
                raise ValueError("If there is no initial_state, you must give a dtype.")
            state = rnn.initial_state_of(cell, batch_size, dtype)
        else:
            state = initial_state
        if sequence_length is not None:
            with graph_lib.get_default_graph().control_dependencies([_assert_one_length_a_row(lengths, batch_size)]):
                lengths = array.identity(lengths, name="CheckSeqLen")
        outputs, state = _loop(
            cell, nest.pack_sequence_as(inputs, flat), state, parallel_iterations or 32, swap_memory,
            lengths if sequence_length is not None else None, dtype,
        )  # fmt: skip
        return outputs if time_major else nest.map_structure(swap_batch_and_time, outputs), state


def swap_batch_and_time(x):
    """A tensor with its first two axes exchanged."""
    if x._dims is not None and len(x._dims) < 2:
        return x
    rest = math.range(2, array.rank(x))
    turned = rearrange.transpose(x, array.concat(([1, 0], rest), axis=0))
    if x._dims is not None:
        turned.set_shape([x._dims[1], x._dims[0], *x._dims[2:]])
    return turned


def _batch_size(flat):
    """The batch size of inputs with time first: an int where one of them knows it, else a tensor."""
    for x in flat:
        if x._dims is not None and len(x._dims) < 2:
            raise ValueError(f"Expected input tensor {x} to have rank at least 2")
        if x._dims is not None and x._dims[1] is not None:
            return x._dims[1]
    return array.shape(flat[0])[1]


def _assert_one_length_a_row(lengths, batch_size):
    found, wanted = array.shape(lengths), joining.stack([batch_size])
    message = [f"Expected shape for Tensor {lengths.name} is ", wanted, " but saw shape: ", found]
    return asserts.Assert(reduce.reduce_all(compare.equal(found, wanted)), message)


def _known(size):
    """A size as a shape: a tensor by its value."""
    if not isinstance(size, tensor.Tensor):
        return size
    value = static_value.constant_value(size)
    return shapes.unknown_shape() if value is None else shapes.as_shape(value.tolist())


def _loop(cell, inputs, state, parallel_iterations, swap_memory, lengths, dtype):
    """The loop, over inputs with time first."""
    flat = nest.flatten(inputs)
    steps = array.shape(flat[0])[0]
    batch_size = _batch_size(flat)
    given = [x.shape.with_rank_at_least(3) for x in flat]
    for shape in given:
        if not shape[2:].is_fully_defined():
            raise ValueError("Input size (depth of inputs) must be accessible via shape inference, but saw value None.")
        if shape[0].value != given[0][0].value:
            raise ValueError("Time steps is not the same for all the elements in the input in a batch.")
        if shape[1].value != given[0][1].value:
            raise ValueError("Batch_size is not the same for all the elements in the input.")
    element = rnn.state_dtype(dtype, state)
    zero_output = nest.map_structure(lambda size: rnn_cell.with_batch(batch_size, size, element), cell.output_size)
    longest = steps
    if lengths is not None:
        reduce.reduce_min(lengths)  # unused, but TensorFlow makes it, and default random seeds count nodes
        longest = reduce.reduce_max(lengths)
    start = build.constant(0, dtype=dtypes.int32, name="time")
    with build.name_scope("dynamic_rnn") as base:
        pass

    def make(name, shape, kind):
        return tensor_array.TensorArray(dtype=kind, size=steps, element_shape=shape, tensor_array_name=base + name)

    sizes = nest.flatten(cell.output_size)
    batch = shapes.TensorShape([given[0][1].value])
    written = tuple(make(f"output_{i}", batch.concatenate(_known(size)), element) for i, size in enumerate(sizes))
    read = [make(f"input_{i}", x.shape[1:], x.dtype).unstack(x) for i, x in enumerate(flat)]

    def step(time, written, state):
        now = [one.read(time) for one in read]
        for x, shape in zip(now, given):
            x.set_shape(shape[1:])
        now = nest.pack_sequence_as(inputs, now)
        if lengths is None:
            output, new_state = cell(now, state)
        else:
            output, flat_state = rnn.masked_step(time, lengths, zero_output, state, lambda: cell(now, state))
            new_state = nest.pack_sequence_as(state, flat_state)
        written = tuple(one.write(time, x) for one, x in zip(written, nest.flatten(output)))
        return time + 1, written, new_state

    bound = math.minimum(steps, math.maximum(1, longest))
    _, written, state = while_loop.while_loop(
        lambda time, *_: time < bound, step, (start, written, state), parallel_iterations=parallel_iterations,
        maximum_iterations=steps, swap_memory=swap_memory,
    )  # fmt: skip
    outputs = [one.stack() for one in written]
    for output, size in zip(outputs, sizes):
        output.set_shape(rnn_cell.known_with_batch(given[0].as_list()[:2], size))
    return nest.pack_sequence_as(cell.output_size, outputs), state


def bidirectional_dynamic_rnn(
    cell_fw, cell_bw, inputs, sequence_length=None, initial_state_fw=None, initial_state_bw=None, dtype=None,
    parallel_iterations=None, swap_memory=False, time_major=False, scope=None,
):  # fmt: skip
    """`dynamic_rnn` forwards and backwards in time.

    Returns:
        ((outputs forwards, outputs backwards), (last state forwards, last state backwards)).
    """
    rnn_cell.check_cell("cell_fw", cell_fw)
    rnn_cell.check_cell("cell_bw", cell_bw)
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def turned(x):
        if sequence_length is None:
            return rearrange.reverse(x, axis=[time_axis])
        return rearrange.reverse_sequence(x, sequence_length, seq_axis=time_axis, batch_axis=batch_axis)

    def run(cell, given, state, opened):
        return dynamic_rnn(
            cell, given, sequence_length, state, dtype, parallel_iterations, swap_memory, time_major, scope=opened
        )

    with variable_scope.variable_scope(scope or "bidirectional_rnn"):
        with variable_scope.variable_scope("fw") as forwards:
            output_fw, state_fw = run(cell_fw, inputs, initial_state_fw, forwards)
        with variable_scope.variable_scope("bw") as backwards:
            output_bw, state_bw = run(cell_bw, nest.map_structure(turned, inputs), initial_state_bw, backwards)
    return (output_fw, nest.map_structure(turned, output_bw)), (state_fw, state_bw)


def raw_rnn(cell, loop_fn, parallel_iterations=None, swap_memory=False, scope=None):
    """Runs a cell in a loop that `loop_fn` steers: it gives the inputs, may change the state, and says when to stop.

    Args:
        cell: an RNNCell.
        loop_fn: `(time, output, state, loop_state) -> (finished, next_input, next_state, emit, next_loop_state)`; first called
            with time 0 and None for the others, when `next_state` is the first state and `emit` a structure of the shapes to
            emit, or None for the cell's outputs. `finished` is a bool vector `[batch]`: rows that are finished keep their
            state and emit zeros.
        scope: the variable scope; "rnn" where None.

    Returns:
        (TensorArrays of what was emitted, in its structure; the last state; the last loop state).
    """
    rnn_cell.check_cell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with variable_scope.variable_scope(scope or "rnn") as opened:
        rnn_cell.cache_reads(opened)
        time = build.constant(0, dtype=dtypes.int32)
        finished, next_input, state, emit, loop_state = loop_fn(time, None, None, None)
        has_loop_state = loop_state is not None
        loop_state = loop_state if has_loop_state else build.constant(0, dtype=dtypes.int32)
        flat_input = nest.flatten(next_input)
        batch = shapes.Dimension(None)
        for x in flat_input:
            batch = batch.merge_with(x.shape[0])
        batch_size = batch.value or array.shape(flat_input[0])[0]
        nest.assert_same_structure(state, cell.state_size)
        state = nest.map_structure(build.convert_to_tensor, state)
        if emit is None:
            emit, kind = cell.output_size, nest.flatten(state)[0].dtype
            sizes = [(size, kind) for size in nest.flatten(emit)]
        else:
            sizes = [
                (one.shape if one.shape.is_fully_defined() else array.shape(one), one.dtype)
                for one in nest.flatten(emit)
            ]
        arrays = [
            tensor_array.TensorArray(
                dtype=kind, dynamic_size=True, size=0, name=f"rnn_output_{i}",
                element_shape=shapes.TensorShape([batch.value]).concatenate(_known(size)),
            )
            for i, (size, kind) in enumerate(sizes)
        ]  # fmt: skip
        arrays = nest.pack_sequence_as(emit, arrays)
        nothing = nest.pack_sequence_as(emit, [rnn_cell.with_batch(batch_size, size, kind) for size, kind in sizes])

        def step(time, finished, current, arrays, state, loop_state):
            output, cell_state = cell(current, state)
            nest.assert_same_structure(state, cell_state)
            nest.assert_same_structure(cell.output_size, output)
            next_time = time + 1
            now_finished, following, next_state, emitted, next_loop_state = loop_fn(
                next_time, output, cell_state, loop_state
            )
            nest.assert_same_structure(state, next_state)
            nest.assert_same_structure(current, following)
            nest.assert_same_structure(arrays, emitted)

            def keep(old, new):
                return rnn.unless(finished, old, new)

            emitted = nest.map_structure(keep, nothing, emitted)
            next_state = nest.map_structure(keep, state, next_state)
            arrays = nest.map_structure(lambda one, value: one.write(time, value), arrays, emitted)
            loop_state = loop_state if next_loop_state is None else next_loop_state
            return next_time, compare.logical_or(finished, now_finished), following, arrays, next_state, loop_state

        done = while_loop.while_loop(
            lambda _, finished, *rest: compare.logical_not(reduce.reduce_all(finished)), step,
            [time, finished, next_input, arrays, state, loop_state], parallel_iterations=parallel_iterations or 32,
            swap_memory=swap_memory,
        )  # fmt: skip
        return done[3], done[4], done[5] if has_loop_state else None
