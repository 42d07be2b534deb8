"""`tf.contrib.data`: transformations that did not move to `tf.data.experimental`."""

from __future__ import annotations

import numpy as np

from graphflow._contrib import shape_checks
from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import dataset_csv, dataset_experimental, dataset_iterators, dataset_sources, datasets, element_spec


def batch_and_drop_remainder(batch_size):
    """`Dataset.batch(batch_size, drop_remainder=True)`."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(batch_size, padded_shapes, padding_values=None):
    """`Dataset.padded_batch(...)` without a smaller last batch."""
    return lambda dataset: dataset.padded_batch(batch_size, padded_shapes, padding_values, drop_remainder=True)


def sloppy_interleave(map_func, cycle_length, block_length=1):
    """`parallel_interleave(..., sloppy=True)`; the order stays here."""
    return dataset_experimental.parallel_interleave(map_func, cycle_length, block_length, sloppy=True)


def sliding_window_batch(window_size, stride=None, window_shift=None, window_stride=1):
    """Batches of `window_size` elements that overlap; what is left at the end is left out.

    Args:
        window_shift: how far each is behind the one before; 1 when None.
        stride: its older name.
        window_stride: how far elements of a batch are apart.

    Raises:
        ValueError: both `stride` and `window_shift` are given.
    """
    if stride is not None and window_shift is not None:
        raise ValueError("Cannot specify both `stride` and `window_shift`")
    shift = 1 if stride is None and window_shift is None else stride if window_shift is None else window_shift
    return lambda dataset: _slid(dataset, window_size, shift, window_stride)


def _slid(dataset, size, shift, stride):
    named = (size, "window_stride"), (stride, "window_stride"), (shift, "window_shift")  # as TensorFlow names them
    size, stride, shift = (build.convert_to_tensor(value, dtypes.int64, name) for value, name in named)
    spec = element_spec.map_leaves(lambda leaf: leaf.batched(None), dataset.element_spec)
    return datasets.node("SlidingWindowDataset", spec, dataset._variant_tensor, size, shift, stride, inputs=(dataset,))


def assert_element_shape(expected_shapes):
    """The same elements, whose shapes are checked and known from here on.

    Args:
        expected_shapes: nested shapes; unknown sizes fit all.

    Raises:
        ValueError: a known shape is another. InvalidArgumentError: at run time, one that turns out so.
    """

    def transform(dataset):
        leaves = element_spec.flatten(dataset.element_spec)
        wanted = element_spec.flatten_up_to(dataset.element_spec, expected_shapes)
        merged = [leaf.shape.merge_with(shape) for leaf, shape in zip(leaves, wanted)]
        spec = element_spec.pack(
            dataset.element_spec, [type(leaf)(shape, leaf.dtype) for leaf, shape in zip(leaves, merged)]
        )

        def _check_shape(*parts):
            flat = [
                shape_checks.with_shape(shape.as_list(), t) if shape.ndims and shape.is_fully_defined() else t
                for shape, t in zip(merged, element_spec.flatten(parts))
            ]
            return element_spec.pack(parts, flat)

        return datasets.Dataset(dataset.map(_check_shape)._variant_tensor, spec, (dataset,))

    return transform


def reduce_dataset(dataset, reducer):
    """`dataset.reduce` with the first two functions of a Reducer.

    Raises:
        TypeError: `dataset` is no dataset.
    """
    if not isinstance(dataset, datasets.Dataset):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    return dataset.reduce(reducer.init_func(np.int64(0)), reducer.reduce_func)


def read_batch_features(
    file_pattern, batch_size, features, reader=dataset_sources.TFRecordDataset, reader_args=None, randomize_input=True,
    num_epochs=None, capacity=10000,
):  # fmt: skip
    """The tensors of `make_batched_features_dataset`, read with a one-shot iterator."""
    dataset = dataset_csv.make_batched_features_dataset(
        file_pattern, batch_size, features, reader=reader, reader_args=reader_args, shuffle=randomize_input,
        num_epochs=num_epochs, shuffle_buffer_size=capacity,
    )  # fmt: skip
    return dataset_iterators.make_one_shot_iterator(dataset).get_next()
