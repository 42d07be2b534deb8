"""A recurrence in the nodes and in the order in which `tf.keras` makes them; `_control.rnn` has those of Keras."""

import graphflow as tf
from graphflow_keras.backend import _shapes

_NO_STATES = (
    "No initial states provided! When using masking in an RNN, you should provide initial states (and your step "
    "function should return as its first state at time `t` the output at time `t-1`)."
)


def rnn(
    step,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    unroll=False,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
):
    """A recurrence over the second axis, the first one with `time_major`.

    Args:
        step: (inputs `[batch, ...]`, states) -> (output, new states); both may be nested structures of tensors.
        inputs: `[batch, steps, ...]`, or a nested structure of such tensors.
        initial_states: list of tensors `[batch, ...]`.
        go_backwards: bool, from the last step to the first.
        mask: `[batch, steps]`; where it is False the states stay as they are, and the output too.
        unroll: bool, build every step of its own instead of a loop; the number of steps must be known.
        input_length: int or None, the most steps that are made.
        time_major: bool, the steps are the first axis of inputs, mask and outputs.
        zero_output_for_mask: bool, the output is zero where the mask is False.

    Returns:
        (last output, outputs `[batch, steps, ...]`, last states).

    Raises:
        ValueError: an unknown number of steps to unroll, or a mask without states.
    """
    if not time_major:
        inputs = tf.nest.map_structure(_with_axes_swapped, inputs)
    first = tf.nest.flatten(inputs)[0]
    static_steps, batch = first.shape.as_list()[:2]
    steps = tf.shape(first)[0]
    for each in tf.nest.flatten(inputs):
        each.shape.with_rank_at_least(3)
    if mask is not None:
        if mask.dtype != tf.bool:
            mask = tf.cast(mask, tf.bool)
        if len(mask.shape) == 2:
            mask = tf.expand_dims(mask, -1)
        if not time_major:
            mask = _with_axes_swapped(mask)

    if unroll:
        if not static_steps:
            raise ValueError("Unrolling requires a fixed number of timesteps: give the input a shape with it")
        run = _unrolled(step, inputs, initial_states, go_backwards, mask, zero_output_for_mask)
    else:
        run = _looped(step, inputs, initial_states, go_backwards, mask, zero_output_for_mask, steps, input_length)
    last_output, outputs, states = run

    for each in tf.nest.flatten(outputs):
        each.set_shape([static_steps, batch, *each.shape.as_list()[2:]])
    if not time_major:
        outputs = tf.nest.map_structure(_with_axes_swapped, outputs)
    return last_output, outputs, states


def _with_axes_swapped(x):
    return tf.transpose(x, [1, 0, *range(2, len(x.shape))])


def _where(mask, new, old, leading=1):
    """`new` where the mask is True, else `old`; both share `leading` axes with the mask, whose last is one wide."""
    return tf.where(_wide(mask, new, leading), new, old)


def _wide(mask, x, leading=1):
    for _ in range(len(x.shape) - len(mask.shape)):
        mask = tf.expand_dims(mask, -1)
    return tf.tile(mask, [1] * leading + x.shape.as_list()[leading:])


def _unrolled(step, inputs, states, go_backwards, mask, zero_output_for_mask):
    def by_step(x):
        return tf.unstack(x)[:: -1 if go_backwards else 1]

    steps = list(zip(*[by_step(x) for x in tf.nest.flatten(inputs)]))
    masks = None if mask is None else by_step(mask)
    states, outputs = tuple(initial for initial in states), []
    for i, flat in enumerate(steps):
        output, new_states = step(tf.nest.pack_sequence_as(inputs, list(flat)), tuple(states))
        if mask is not None:
            wide = _wide(masks[i], output)
            output = tf.where(wide, output, outputs[-1] if outputs else tf.zeros_like(output))
            new_states = [_where(masks[i], new, old) for new, old in zip(new_states, states)]
        states = new_states
        outputs.append(output)
    last_output = outputs[-1]
    outputs = tf.stack(outputs)
    if mask is not None and zero_output_for_mask:
        last_output = _where(masks[-1], last_output, tf.zeros_like(last_output))
        outputs = _where(mask, outputs, tf.zeros_like(outputs), leading=2)
    return last_output, outputs, states


def _looped(step, inputs, initial_states, go_backwards, mask, zero_output_for_mask, steps, input_length):
    flat_inputs = tf.nest.flatten(inputs)
    inputs_by_step = [
        tf.TensorArray(dtype=x.dtype, size=steps, tensor_array_name=f"input_ta_{i}") for i, x in enumerate(flat_inputs)
    ]
    inputs_by_step = [
        array.unstack(_shapes.reverse(x, 0) if go_backwards else x) for array, x in zip(inputs_by_step, flat_inputs)
    ]
    # Built once outside the loop: it tells the types of the outputs, and a step makes here what it makes only once
    # (dropout masks).
    example, _ = step(tf.nest.pack_sequence_as(inputs, [x[0] for x in flat_inputs]), tuple(initial_states))
    flat_example = tf.nest.flatten(example)
    arrays = tuple(
        tf.TensorArray(dtype=x.dtype, size=steps, element_shape=x.shape, tensor_array_name=f"output_ta_{i}")
        for i, x in enumerate(flat_example)
    )
    time = tf.constant(0, dtype="int32", name="time")
    before = ()  # the outputs of the step before, where a mask may want them
    if mask is not None:
        if not initial_states:
            raise ValueError(_NO_STATES)
        mask = _shapes.reverse(mask, 0) if go_backwards else mask
        masks = tf.TensorArray(dtype=tf.bool, size=steps, tensor_array_name="mask_ta").unstack(mask)
        before = (tuple(tf.zeros_like(x) for x in flat_example),)
        zeros = before[0]

    def body(time, arrays, *rest):
        last_outputs, states = (rest[0], rest[1:]) if before else ((), rest)
        current = tf.nest.pack_sequence_as(inputs, [array.read(time) for array in inputs_by_step])
        current_mask = masks.read(time) if before else None
        output, new_states = step(current, states)
        flat_output = tf.nest.flatten(output)
        flat_new, flat_old = tf.nest.flatten(new_states), tf.nest.flatten(states)
        if before:
            otherwise = zeros if zero_output_for_mask else last_outputs
            wide = [_wide(current_mask, x) for x in flat_output]
            flat_output = [tf.where(*parts) for parts in zip(wide, flat_output, otherwise)]
        for new, old in zip(flat_new, flat_old):
            new.set_shape(old.shape)
        if before:
            wide = [_wide(current_mask, x) for x in flat_old]
            flat_new = [tf.where(*parts) for parts in zip(wide, flat_new, flat_old)]
        arrays = tuple(array.write(time, x) for array, x in zip(arrays, flat_output))
        new_states = tf.nest.pack_sequence_as(initial_states, flat_new)
        return (time + 1, arrays, *((tuple(flat_output),) if before else ()), *new_states)

    _, arrays, *rest = tf.while_loop(
        cond=lambda time, *_: time < steps,
        body=body,
        loop_vars=(time, arrays, *before, *initial_states),
        parallel_iterations=32,
        swap_memory=True,
        maximum_iterations=input_length,
    )
    outputs = [array.stack() for array in arrays]
    last_outputs = [x[-1] for x in outputs]
    packed = [tf.nest.pack_sequence_as(example, flat) for flat in (last_outputs, outputs)]
    return *packed, rest[len(before) :]
