"""Choices and loops: switch, the two phases, recurrences, maps and folds."""

import graphflow as tf
from graphflow_keras import _signatures, dialect
from graphflow_keras.backend import _recurrence, _session, _shapes, _tensors

# -- choices -------------------------------------------------------------------------------------------------------------


def switch(condition, then_expression, else_expression):
    """One of two values.

    Args:
        condition: bool; a scalar chooses the whole, a larger tensor element by element, its axes being the first
            ones of the values.
        then_expression, else_expression: tensors, or functions that make them.

    Raises:
        ValueError: the condition has more axes than the values.
    """
    if condition.dtype != tf.bool:
        condition = tf.cast(condition, "bool")
    rank = _tensors.ndim(condition)
    if not rank:
        return tf.cond(condition, _as_function(then_expression), _as_function(else_expression))
    then_expression, else_expression = _value(then_expression), _value(else_expression)
    missing = _tensors.ndim(then_expression) - rank
    if missing < 0:
        raise ValueError(
            "Rank of `condition` should be less than or equal to rank of `then_expression` and `else_expression`. "
            f"ndim(condition)={rank}, ndim(then_expression)={rank + missing}"
        )
    if rank > 1:  # tf.where wants the shape of the values
        shape = tf.concat([tf.shape(condition), [1] * missing], axis=0)
        wanted = tf.shape(then_expression)
        repeats = tf.where(wanted - shape > 0, wanted, tf.ones_like(wanted))
        condition = tf.tile(tf.reshape(condition, shape), repeats)
    return tf.where(condition, then_expression, else_expression)


def in_train_phase(x, alt, training=None):
    """`x` while training, `alt` while testing; each a tensor or a function that makes one.

    Args:
        training: bool, 0, 1 or a tensor; the learning phase when None.
    """
    depends = training is None
    if depends:
        training = _session.learning_phase()
    if not _tensors.is_tensor(training):
        return _value(x if training else alt)
    chosen = switch(training, x, alt)
    if depends:
        for one in chosen if isinstance(chosen, list | tuple) else [chosen]:
            one._uses_learning_phase = True
    return chosen


def in_test_phase(x, alt, training=None):
    """`x` while testing, `alt` while training."""
    return in_train_phase(alt, x, training=training)


def _value(x):
    return x() if callable(x) else x


def _as_function(x):
    return x if callable(x) else lambda: x


# -- maps and folds --------------------------------------------------------------------------------------------------------


def map_fn(fn, elems, name=None, dtype=None):
    """`fn` of each element along the first axis, stacked."""
    return tf.map_fn(fn, elems, name=name, dtype=dtype)


def foldl(fn, elems, initializer=None, name=None):
    """fn(... fn(fn(initializer, elems[0]), elems[1]) ..., elems[-1])"""
    return tf.foldl(fn, elems, initializer=initializer, name=name)


def foldr(fn, elems, initializer=None, name=None):
    """fn(... fn(fn(initializer, elems[-1]), elems[-2]) ..., elems[0])"""
    return tf.foldr(fn, elems, initializer=initializer, name=name)


# -- recurrences -----------------------------------------------------------------------------------------------------------


@_signatures.also_takes("time_major", "zero_output_for_mask")
def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
):
    """A recurrence over the second axis, the first with `time_major`.

    Args:
        step_function: (input `[batch, ...]`, states + constants) -> (output, new states).
        inputs: `[batch, steps, ...]`.
        initial_states: list of tensors `[batch, ...]`.
        go_backwards: bool, from the last step to the first.
        mask: bool `[batch, steps]` or `[batch, steps, 1]`; where it is False, output and states stay as they are.
        constants: list of tensors handed to every step.
        unroll: bool, build every step of its own instead of a loop; the number of steps must be known.
        input_length: int or None, the most steps that are made.
        time_major: bool, inputs, mask and outputs have the steps first: `[steps, batch, ...]`.
        zero_output_for_mask: bool, where the mask is False the output is zero.

    Returns:
        (last output, outputs `[batch, steps, ...]`, list of last states).

    Raises:
        ValueError: inputs of a rank below 3, an unknown number of steps to unroll, or a mask without states.
    """
    step = _Step(step_function, constants or [])
    if dialect.is_tf_keras():
        options = (go_backwards, mask, unroll, input_length, time_major, zero_output_for_mask)
        last_output, outputs, states = _recurrence.rnn(step, inputs, initial_states, *options)
        for each in tf.nest.flatten(last_output):
            each._uses_learning_phase = step.uses_learning_phase
        return last_output, outputs, states
    rank = len(inputs.get_shape())
    if rank < 3:
        raise ValueError(f"Input should be at least 3D, [batch, steps, features]. Received: {inputs}")
    if not time_major:
        inputs = _steps_first(inputs)
    if mask is not None:
        if mask.dtype != tf.bool:
            mask = tf.cast(mask, tf.bool)
        if len(mask.get_shape()) == rank - 1:
            mask = tf.expand_dims(mask, -1)
        if not time_major:
            mask = _steps_first(mask)
    run = _unrolled if unroll else _looped
    last_output, outputs, states = run(
        step, inputs, mask, initial_states, go_backwards, input_length, zero_output_for_mask
    )
    if not time_major:
        outputs = _steps_first(outputs)
    last_output._uses_learning_phase = step.uses_learning_phase
    return last_output, outputs, states


def _steps_first(x):
    """`x` with its first two axes swapped, both ways."""
    return tf.transpose(x, [1, 0, *range(2, len(x.get_shape()))])


class _Step:
    """A step function with its constants; remembers whether an output depends on the learning phase."""

    def __init__(self, function, constants):
        self.function, self.constants = function, constants
        self.uses_learning_phase = False

    def __call__(self, inputs, states):
        output, new_states = self.function(inputs, type(states)([*states, *self.constants]))
        outputs = tf.nest.flatten(output)
        self.uses_learning_phase |= any(getattr(each, "_uses_learning_phase", False) for each in outputs)
        return output, new_states


def _unrolled(step, inputs, mask, states, go_backwards, _, zeros_where_masked):
    if not inputs.get_shape()[0]:
        raise ValueError("Unrolling requires a fixed number of timesteps: give the input a shape with it")
    steps = tf.unstack(inputs)
    masks = [None] * len(steps) if mask is None else tf.unstack(mask)
    order = range(len(steps) - 1, -1, -1) if go_backwards else range(len(steps))
    outputs = []
    for i in order:
        output, new_states = step(steps[i], states)
        if mask is not None:
            keeps = outputs and not zeros_where_masked
            output = _masked(masks[i], output, outputs[-1] if keeps else tf.zeros_like(output))
            new_states = [_masked(masks[i], new, old) for new, old in zip(new_states, states)]
        outputs.append(output)
        states = new_states
    return outputs[-1], tf.stack(outputs), states


def _looped(step, inputs, mask, initial_states, go_backwards, input_length, zeros_where_masked):
    if go_backwards:
        inputs = _shapes.reverse(inputs, 0)
    states = tuple(initial_states)
    steps = tf.shape(inputs)[0]
    # Built once outside the loop, as Keras does: it tells the output's type, and the step function makes here what it
    # makes only once (dropout masks).
    example, _ = step(inputs[0], initial_states)
    output_array = tf.TensorArray(dtype=example.dtype, size=steps, tensor_array_name="output_ta")
    input_array = tf.TensorArray(dtype=inputs.dtype, size=steps, tensor_array_name="input_ta").unstack(inputs)
    time = tf.constant(0, dtype="int32", name="time")
    if mask is not None:
        if not states:
            raise ValueError(
                "No initial states provided! When using masking in an RNN, you should provide initial states (and your step "
                "function should return as its first state at time `t` the output at time `t-1`)."
            )
        mask = _shapes.reverse(mask, 0) if go_backwards else mask
        mask_array = tf.TensorArray(dtype=tf.bool, size=steps, tensor_array_name="mask_ta").unstack(mask)

    # A masked step repeats the output before it, which for Keras is the first state; tf.keras remembers it.
    remembered = 1 if mask is not None and not zeros_where_masked and dialect.is_tf_keras() else 0

    def body(time, array, *carried):
        states = carried[remembered:]
        current = input_array.read(time)
        current_mask = None if mask is None else mask_array.read(time)
        output, new_states = step(current, states)
        for new, old in zip(new_states, states):
            new.set_shape(old.get_shape())
        if mask is not None:
            output = _masked(current_mask, output, tf.zeros_like(output) if zeros_where_masked else carried[0])
            new_states = [_masked(current_mask, new, old) for new, old in zip(new_states, states)]
        return (time + 1, array.write(time, output), *[output][:remembered], *new_states)

    last_time, output_array, *carried = tf.while_loop(
        cond=lambda time, *_: time < steps,
        body=body,
        loop_vars=(time, output_array, *[tf.zeros_like(example)][:remembered], *states),
        parallel_iterations=32,
        swap_memory=True,
        maximum_iterations=input_length,
    )
    outputs = output_array.stack()
    return output_array.read(last_time - 1), outputs, tuple(carried[remembered:])


def _masked(mask, new, old):
    """`new` where the mask `[batch, 1]` is True, else `old`."""
    return tf.where(tf.tile(mask, tf.stack([1, tf.shape(new)[1]])), new, old)
