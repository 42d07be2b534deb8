"""Queues filled with the rows of a tensor, such as names of files, over and over or for some epochs."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, keys, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, asserts, compare, files, gather, math, queues, random, state, summaries, variable
from graphflow._train import queue_runner

_LOCAL = [keys.GraphKeys.LOCAL_VARIABLES]


def match_filenames_once(pattern, name=None):
    """A local variable with the sorted names of the files that match a pattern, or any of several.

    Its initializer looks for the files: `tf.local_variables_initializer()` must run.
    """
    with build.name_scope(name, "matching_filenames", [pattern]) as scope:
        return variable.Variable(
            name=scope, initial_value=files.matching_files(pattern), trainable=False, validate_shape=False, collections=_LOCAL
        )  # fmt: skip


def limit_epochs(tensor, num_epochs=None, name=None):
    """`tensor`, which can be computed `num_epochs` times; after that it is an OutOfRangeError.

    A local variable counts: `tf.local_variables_initializer()` must run.

    Raises:
        ValueError: `num_epochs` is not positive.
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with build.name_scope(name, "limit_epochs", [tensor]) as scope:
        zero = build.constant(0, dtype=dtypes.int64)
        epochs = variable.Variable(zero, name="epochs", trainable=False, collections=_LOCAL)
        counter = state.count_up_to(epochs, num_epochs)
        with graph_lib.get_default_graph().control_dependencies([counter]):
            return array.identity(tensor, name=scope)


def input_producer(
    input_tensor, element_shape=None, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None,
    summary_name=None, name=None, cancel_op=None,
):  # fmt: skip
    """A queue of the rows of a tensor, with a queue runner that fills it.

    Args:
        input_tensor: `[rows, ...]`.
        element_shape: the shape of a row, where the tensor does not say it.
        num_epochs: how often each row comes; without end when None. A local variable counts.
        shuffle: whether the rows are shuffled in each epoch; `seed` is that of the random numbers.
        capacity: of the queue.
        shared_name: see `tf.FIFOQueue`.
        summary_name: of a summary that says how full the queue is; none when None.
        cancel_op: see `tf.train.QueueRunner`.

    Raises:
        ValueError: the shape of a row is not known.
    """
    with build.name_scope(name, "input_producer", [input_tensor]):
        input_tensor = build.convert_to_tensor(input_tensor, name="input_tensor")
        element_shape = input_tensor.shape[1:].merge_with(element_shape)
        if not element_shape.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be specified"
            )
        if shuffle:
            input_tensor = random.random_shuffle(input_tensor, seed=seed)
        input_tensor = limit_epochs(input_tensor, num_epochs)
        queue = queues.FIFOQueue(
            capacity=capacity, dtypes=[input_tensor.dtype.base_dtype], shapes=[element_shape], shared_name=shared_name,
            name=name,
        )  # fmt: skip
        enqueue = queue.enqueue_many([input_tensor])
        queue_runner.add_queue_runner(queue_runner.QueueRunner(queue, [enqueue], cancel_op=cancel_op))
        if summary_name is not None:
            summaries.scalar(summary_name, math.cast(queue.size(), dtypes.float32) * (1.0 / capacity))
        return queue


def string_input_producer(
    string_tensor, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None, cancel_op=None
):
    """A queue of texts, such as names of files. Args as `input_producer`.

    Raises:
        ValueError: the list is empty. InvalidArgumentError: at run time, the same of a tensor.
    """
    empty = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, tensor.TensorLike) and not len(string_tensor):
        raise ValueError(empty)
    with build.name_scope(name, "input_producer", [string_tensor]) as scope:
        string_tensor = build.convert_to_tensor(string_tensor, dtype=dtypes.string)
        check = asserts.Assert(compare.greater(array.size(string_tensor), 0), [empty])
        with graph_lib.get_default_graph().control_dependencies([check]):
            string_tensor = array.identity(string_tensor)
        return input_producer(
            string_tensor, [], num_epochs, shuffle, seed, capacity, shared_name, f"fraction_of_{capacity}_full", scope, cancel_op
        )  # fmt: skip


def range_input_producer(limit, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None):
    """A queue of the integers from 0 to `limit` - 1. Args as `input_producer`."""
    with build.name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(
            math.range(limit), [], num_epochs, shuffle, seed, capacity, shared_name, f"fraction_of_{capacity}_full", scope
        )  # fmt: skip


def slice_input_producer(
    tensor_list, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None
):
    """The same row of each of several tensors, another one in each run. Args as `input_producer`.

    Returns:
        a list of tensors.

    Raises:
        ValueError: there are no tensors.
    """
    with build.name_scope(name, "input_producer", tensor_list):
        tensor_list = build.convert_n_to_tensor(tensor_list)
        if not tensor_list:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        rows = array.shape(tensor_list[0])[0]
        queue = range_input_producer(rows, num_epochs, shuffle, seed, capacity, shared_name)
        index = queue.dequeue()
        return [gather.gather(t, index) for t in tensor_list]
