"""tf.data.experimental: transformations for `Dataset.apply`, and a few sources."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    choosing,
    compare,
    dataset_functions,
    dataset_sources,
    element_spec,
    reduce,
)  # fmt: skip
from graphflow._ops import datasets as datasets_lib

INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2


def _applied(function, *given, **named):
    """What `Dataset.apply` takes: function(dataset) -> `function(dataset, *given, **named)`."""
    return lambda dataset: function(dataset, *given, **named)


# -- batches -------------------------------------------------------------------------------------------------------------


def map_and_batch(map_func, batch_size, num_parallel_batches=None, drop_remainder=False, num_parallel_calls=None):
    """`map(map_func)` and `batch(batch_size, drop_remainder)` as one.

    Raises:
        ValueError: both `num_parallel_batches` and `num_parallel_calls` are given.
    """
    if num_parallel_batches is not None and num_parallel_calls is not None:
        raise ValueError("The `num_parallel_batches` and `num_parallel_calls` arguments are mutually exclusive.")
    if num_parallel_calls is None:
        num_parallel_calls = batch_size if num_parallel_batches is None else batch_size * num_parallel_batches
    return _applied(_map_and_batch, map_func, batch_size, num_parallel_calls, drop_remainder)


map_and_batch_with_legacy_function = map_and_batch


def _map_and_batch(dataset, map_func, batch_size, num_parallel_calls, drop_remainder):
    name = "tf.data.experimental.map_and_batch()"
    made = dataset_functions.StructuredFunction(map_func, name, dataset.element_spec)
    size = build.convert_to_tensor(batch_size, dtypes.int64, "batch_size")
    calls = build.convert_to_tensor(num_parallel_calls, dtypes.int64, "num_parallel_calls")
    drop = build.convert_to_tensor(drop_remainder, dtypes.bool, "drop_remainder")
    return datasets_lib.node(
        "MapAndBatchDataset", datasets_lib.batched(made.output_spec, size, drop), dataset._variant_tensor, made.captured,
        size, calls, drop, f=made.body, preserve_cardinality=True, inputs=(dataset,),
    )  # fmt: skip


def unbatch():
    """`Dataset.unbatch()`."""
    return lambda dataset: dataset.unbatch()


def dense_to_sparse_batch(batch_size, row_shape):
    """Tensors of different sizes as sparse tensors of `batch_size` rows.

    Args:
        row_shape: the shape of each row as a whole; None or -1 for the largest size that comes.
    """
    return _applied(_dense_to_sparse, batch_size, row_shape)


def _dense_to_sparse(dataset, batch_size, row_shape):
    if type(dataset.element_spec) is not element_spec.TensorSpec:
        raise TypeError(
            "DenseToSparseDataset requires an input whose elements have a single component, whereas the input has "
            f"{dataset.output_types}."
        )
    sizes = [None if d in (None, -1) else int(d) for d in row_shape]
    spec = element_spec.SparseTensorSpec((None, *sizes), dataset.element_spec.dtype)
    row_shape = build.convert_to_tensor(np.array([-1 if d is None else d for d in sizes], np.int64), dtypes.int64)
    return datasets_lib.node(
        "DenseToSparseBatchDataset", spec, dataset._variant_tensor, batch_size, row_shape, inputs=(dataset,)
    )


# -- groups --------------------------------------------------------------------------------------------------------------


def group_by_window(key_func, reduce_func, window_size=None, window_size_func=None):
    """The elements of what `reduce_func` makes of up to so many elements with the same key.

    Args:
        key_func: element -> int64 scalar.
        reduce_func: (key, dataset of elements) -> dataset.
        window_size: how many; or
        window_size_func: key -> how many.

    Raises:
        ValueError: not one of `window_size` and `window_size_func` is given.
    """
    if (window_size is None) == (window_size_func is None):
        raise ValueError("Must pass either window_size or window_size_func.")
    if window_size is not None:
        window_size_func = lambda key: build.convert_to_tensor(window_size, dtypes.int64)  # noqa: E731
    return _applied(_group_by_window, key_func, reduce_func, window_size_func)


_INT64 = element_spec.TensorSpec((), dtypes.int64)


def _group_by_window(dataset, key_func, reduce_func, window_size_func):
    key = _key(key_func, "tf.data.experimental.group_by_window()", dataset)
    whole = _INT64, element_spec.DatasetSpec(dataset.element_spec)
    window = dataset_functions.StructuredFunction(reduce_func, "tf.data.experimental.group_by_window()", whole)
    size = _key(window_size_func, "tf.data.experimental.group_by_window()", None)
    return datasets_lib.node(
        "GroupByWindowDataset", window.dataset_spec(), dataset._variant_tensor, key.captured, window.captured,
        size.captured, key_func=key.body, reduce_func=window.body, window_size_func=size.body, inputs=(dataset,),
    )  # fmt: skip


def _key(function, name, dataset):
    """A function of an element (or of a key) to an int64 scalar."""
    made = dataset_functions.StructuredFunction(
        lambda *args: build.convert_to_tensor(function(*args), dtypes.int64), name,
        _INT64 if dataset is None else dataset.element_spec,
    )  # fmt: skip
    if not _INT64.is_compatible_with(made.output_spec):
        raise ValueError("`key_func` must return a single tf.int64 scalar tensor.")
    return made


class Reducer:
    """Three functions: key -> state, (state, element) -> state, state -> result."""

    def __init__(self, init_func, reduce_func, finalize_func):
        self.init_func, self.reduce_func, self.finalize_func = init_func, reduce_func, finalize_func


def group_by_reducer(key_func, reducer):
    """What a Reducer makes of all elements with the same key, in the order of the keys."""
    return _applied(_group_by_reducer, key_func, reducer)


def _group_by_reducer(dataset, key_func, reducer):
    name = "tf.data.experimental.group_by_reducer()"
    key = _key(key_func, name, dataset)
    begin = dataset_functions.StructuredFunction(reducer.init_func, name, _INT64)
    step, state = datasets_lib.stepping(
        name, reducer.reduce_func, begin.output_spec, dataset.element_spec, lambda out: out
    )
    end = dataset_functions.StructuredFunction(reducer.finalize_func, name, state)
    return datasets_lib.node(
        "ExperimentalGroupByReducerDataset", end.output_spec, dataset._variant_tensor, key.captured, begin.captured,
        step.captured, end.captured, key_func=key.body, init_func=begin.body, reduce_func=step.body,
        finalize_func=end.body, inputs=(dataset,),
    )  # fmt: skip


def bucket_by_sequence_length(
    element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes=None, padding_values=None,
    pad_to_bucket_boundary=False, no_padding=False, drop_remainder=False,
):  # fmt: skip
    """Batches of elements of similar length.

    Args:
        element_length_func: element -> int32 scalar.
        bucket_boundaries: where one bucket ends and the next begins.
        bucket_batch_sizes: for each bucket its batch size, one more than boundaries.
        padded_shapes, padding_values, drop_remainder: as in `Dataset.padded_batch`.
        pad_to_bucket_boundary: whether to fill up to one less than the end of the bucket.
        no_padding: whether elements of a bucket are of one size.

    Raises:
        ValueError: the number of batch sizes is wrong.
    """
    with build.name_scope("bucket_by_seq_length"):
        if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
            raise ValueError("len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1")
        sizes = build.constant(bucket_batch_sizes, dtypes.int64)

        def bucket_of(*parts):
            length = element_length_func(*parts)
            bounds, limits = list(bucket_boundaries), np.iinfo(np.int32)
            inside = compare.logical_and(
                compare.less_equal([limits.min, *bounds], length), compare.less(length, [*bounds, limits.max])
            )
            return reduce.reduce_min(choosing.where(inside))

        def batches(bucket, dataset):
            size = sizes[bucket]
            if no_padding:
                return dataset.batch(size, drop_remainder=drop_remainder)
            filler = None
            if pad_to_bucket_boundary:
                last = build.constant(len(bucket_batch_sizes) - 1, dtypes.int64)
                text = "When pad_to_bucket_boundary=True, elements must have length < max(bucket_boundaries)."
                check = asserts.assert_less(bucket, last, message=text)
                with graph_lib.get_default_graph().control_dependencies([check]):
                    filler = build.constant(bucket_boundaries, dtypes.int64)[bucket] - 1
            wanted = padded_shapes or dataset.output_shapes
            wanted = element_spec.map_leaves(lambda shape: _filled(shape, filler), wanted)
            return dataset.padded_batch(size, wanted, padding_values, drop_remainder=drop_remainder)

    return lambda dataset: dataset.apply(group_by_window(bucket_of, batches, window_size_func=lambda key: sizes[key]))


def _filled(shape, filler):
    sizes = [getattr(size, "value", size) for size in shape]
    if filler is None:
        return sizes
    return [filler if size is None else size for size in sizes]


# -- several datasets ----------------------------------------------------------------------------------------------------


def parallel_interleave(
    map_func, cycle_length, block_length=1, sloppy=False, buffer_output_elements=None, prefetch_input_elements=None
):
    """`Dataset.interleave`; the order stays here even when `sloppy`."""
    return _applied(
        dataset_sources.parallel_interleave, map_func, cycle_length, block_length, sloppy, buffer_output_elements,
        prefetch_input_elements,
    )  # fmt: skip


def choose_from_datasets(datasets, choice_dataset):
    """The next element of that of several datasets whose number `choice_dataset` gives.

    Raises:
        TypeError: the choices are no int64 scalars, or the datasets differ in types or classes.
    """
    if not isinstance(choice_dataset.element_spec, element_spec.TensorSpec) or not _INT64.is_compatible_with(
        choice_dataset.element_spec
    ):
        raise TypeError("`choice_dataset` must be a dataset of scalar `tf.int64` tensors.")
    first = datasets[0]
    spec = first.element_spec
    for other in datasets[1:]:
        if other.output_types != first.output_types or other.output_classes != first.output_classes:
            raise TypeError("All datasets must have the same type and class.")
        spec = datasets_lib.weakened(spec, other.element_spec)
    return datasets_lib.node(
        "DirectedInterleaveDataset", spec, choice_dataset._variant_tensor, [d._variant_tensor for d in datasets],
        inputs=(choice_dataset, *datasets),
    )  # fmt: skip


def sample_from_datasets(datasets, weights=None, seed=None):
    """The next element of one of several datasets, drawn at random.

    Args:
        weights: how often each is to come, float vector or a dataset of such; equally often when None.

    Raises:
        TypeError, ValueError: the weights are no floats, or not one a dataset.
    """
    count = len(datasets)

    def select_dataset_varying_logits(logits, seed):
        drawn = build.apply("StatelessMultinomial", logits, 1, seed)
        return array.squeeze(drawn, axis=[0, 1])

    if isinstance(weights, datasets_lib.Dataset):
        logits = weights.map(lambda *parts: _log(parts))
        drawn = datasets_lib.Dataset.zip((logits, RandomDataset(seed).batch(2)))
        return choose_from_datasets(datasets, drawn.map(select_dataset_varying_logits))
    if weights is None:
        logits = [[1.0] * count]
    else:
        weights = build.convert_to_tensor(weights, name="weights")
        if weights.dtype not in (dtypes.float32, dtypes.float64):
            raise TypeError("`weights` must be convertible to a tensor of `tf.float32` or `tf.float64` elements.")
        if not weights.shape.is_compatible_with([count]):
            raise ValueError("`weights` must be a vector of length `len(datasets)`.")
        logits = array.expand_dims(_log(weights), 0)
    if count == 1:
        return datasets[0]

    def select_dataset_constant_logits(seed):
        return select_dataset_varying_logits(logits, seed)

    return choose_from_datasets(datasets, RandomDataset(seed).batch(2).map(select_dataset_constant_logits))


def _log(x):
    return build.apply("Log", x, name="logits")


class RandomDataset(datasets_lib.Dataset):
    """Random whole numbers below 2**32, int64, without end."""

    def __init__(self, seed=None):
        made = datasets_lib.node("RandomDataset", _INT64, *datasets_lib.seed_tensors(seed))
        super().__init__(made._variant_tensor, _INT64)


# -- elements ------------------------------------------------------------------------------------------------------------


def shuffle_and_repeat(buffer_size, count=None, seed=None):
    """`shuffle(buffer_size, seed)` and `repeat(count)` as one."""
    return _applied(_shuffle_and_repeat, buffer_size, count, seed)


def _shuffle_and_repeat(dataset, buffer_size, count, seed):
    size = build.convert_to_tensor(buffer_size, dtypes.int64, "buffer_size")
    count = build.convert_to_tensor(-1 if count is None else count, dtypes.int64, "count")
    return dataset._same("ShuffleAndRepeatDataset", size, *datasets_lib.seed_tensors(seed), count)


def scan(initial_state, scan_func):
    """The outputs of `state, output = scan_func(state, element)`.

    Raises:
        TypeError: `scan_func` returns no pair, or a state of other types.
    """
    return _applied(_scan, initial_state, scan_func)


def _scan(dataset, initial_state, scan_func):
    state = element_spec.normalized(initial_state)

    def new_state(output):
        if not isinstance(output, tuple) or len(output) != 2:
            raise TypeError("The scan function must return a pair comprising the new state and the output value.")
        return output[0]

    name = "tf.data.experimental.scan()"
    made, spec = datasets_lib.stepping(name, scan_func, element_spec.of(state), dataset.element_spec, new_state)
    return datasets_lib.node(
        "ScanDataset", made.output_spec[1], dataset._variant_tensor, element_spec.to_flat(spec, state), made.captured,
        f=made.body, preserve_cardinality=True, inputs=(dataset,),
    )  # fmt: skip


def take_while(predicate):
    """The elements before the first for which `predicate` does not hold."""
    return _applied(_take_while, predicate)


def _take_while(dataset, predicate):
    made = dataset_functions.StructuredFunction(predicate, "tf.data.experimental.take_while()", dataset.element_spec)
    made.check_predicate()
    return dataset._same("TakeWhileDataset", made.captured, predicate=made.body)


def unique():
    """The elements, without those that came before; scalars of type int32, int64 or string.

    Raises:
        TypeError: they are something else.
    """

    def transform(dataset):
        if dataset.output_types not in (dtypes.int32, dtypes.int64, dtypes.string):
            raise TypeError(
                "`tf.data.experimental.unique()` only supports inputs with a single `tf.int32`, `tf.int64`, or `tf.string` "
                "component."
            )
        return dataset._same("UniqueDataset")

    return transform


def ignore_errors():
    """The elements that do not fail."""
    return lambda dataset: dataset._same("IgnoreErrorsDataset")


def enumerate_dataset(start=0):
    """`Dataset.enumerate(start)`."""
    return lambda dataset: dataset.enumerate(start)


def prefetch_to_device(device, buffer_size=None):
    """`Dataset.prefetch(buffer_size)`: where elements are needed they are copied to by the step that uses them."""
    return lambda dataset: dataset.prefetch(buffer_size)


def copy_to_device(target_device, source_device="/cpu:0"):
    """The dataset itself: where elements are needed they are copied to by the step that uses them."""
    return lambda dataset: dataset


def Counter(start=0, step=1, dtype=dtypes.int64):
    """The numbers `start`, `start + step` ... without end."""
    with build.name_scope("counter"):
        start = build.convert_to_tensor(start, dtype, "start")
        step = build.convert_to_tensor(step, dtype, "step")
        return (
            datasets_lib.Dataset.from_tensors(0).repeat(None).apply(scan(start, lambda state, _: (state + step, state)))
        )


def cardinality(dataset):
    """How many elements there are, int64 scalar; INFINITE_CARDINALITY or UNKNOWN_CARDINALITY."""
    return build.apply("ExperimentalDatasetCardinality", dataset._variant_tensor)


def get_single_element(dataset):
    """The only element of a dataset.

    Raises:
        TypeError: it is no dataset. InvalidArgumentError: at run time, when there are several elements, or none.
    """
    if not isinstance(dataset, datasets_lib.Dataset):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    spec = dataset.element_spec
    tensors = build.apply("DatasetToSingleElement", dataset._variant_tensor, **element_spec.flat_attrs(spec))
    return element_spec.from_flat(spec, tensors)


def to_variant(dataset):
    """The tensor that stands for a dataset."""
    return dataset._variant_tensor


def from_variant(variant, structure):
    """The dataset that a tensor stands for; `structure` says what its elements look like."""
    return datasets_lib.Dataset(variant, structure)
