"""Datasets that come from outside: Python generators, text files, record files, names of files."""

from __future__ import annotations

import sys
import threading

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, static_value
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    compare,
    dataset_functions,
    datasets,
    element_spec,
    files,
    host,
    math,
    strings,
)  # fmt: skip

_BUFFER_BYTES = 256 * 1024
_TEXT = element_spec.TensorSpec((), dtypes.string)


# -- Python generators ---------------------------------------------------------------------------------------------------


class _Generators:
    """The iterators of one generator that are under way, by number."""

    def __init__(self, generator):
        self._generator = generator
        self._lock = threading.Lock()
        self._count, self._arguments, self._open = 0, {}, {}

    def begin(self, *args):
        with self._lock:
            number = self._count
            self._count += 1
        self._arguments[number] = args
        return np.int64(number)

    def next(self, number):
        number = int(number)
        if number not in self._open:
            self._open[number] = iter(self._generator(*self._arguments.pop(number)))
        return next(self._open[number])

    def end(self, number):
        self._open.pop(int(number), None)
        return np.int64(0)


def from_generator(generator, output_types, output_shapes=None, args=None):
    """What the iterators yield that `generator(*args)` returns; it is called anew for each time round.

    Args:
        output_types: nested types of what is yielded.
        output_shapes: nested shapes; unknown when None.
        args: tensors, which come to `generator` as arrays.

    Raises:
        TypeError: `generator` is no function. InvalidArgumentError: at run time, when it yields something else.
    """
    if not callable(generator):
        raise TypeError("`generator` must be callable.")
    spec = element_spec.legacy(output_types, output_shapes)
    leaves = element_spec.flatten(spec)
    args = () if args is None else tuple(build.convert_n_to_tensor(args, name="args"))
    state = _Generators(generator)

    def next_element(number):
        values = state.next(number)
        try:
            flat = element_spec.flatten_up_to(spec, values)
        except (TypeError, ValueError) as error:
            raise TypeError(
                "`generator` yielded an element that did not match the expected structure. The expected structure was "
                f"{output_types}, but the yielded element was {values}."
            ) from error
        return [_yielded(value, leaf) for value, leaf in zip(flat, leaves)]

    def read(number):
        tensors = host.numpy_function(next_element, [number], [leaf.flat_dtype for leaf in leaves])
        for t, leaf in zip(tensors, leaves):
            t.set_shape(leaf._dims)
        return element_spec.pack(spec, tensors)

    def of_one(dummy):
        begin = _function(lambda _: host.numpy_function(state.begin, args, dtypes.int64), element_spec.of(dummy))
        step = _function(read, begin.output_spec)
        end = _function(lambda number: host.numpy_function(state.end, [number], dtypes.int64), begin.output_spec)
        return datasets.node(
            "GeneratorDataset", step.output_spec, [dummy, *begin.captured], step.captured, end.captured,
            init_func=begin.body, next_func=step.body, finalize_func=end.body,
        )  # fmt: skip

    return datasets.Dataset.from_tensors(0).flat_map(of_one)


def _function(function, spec):
    return dataset_functions.StructuredFunction(function, "Dataset.from_generator()", spec)


def _yielded(value, leaf):
    """A value that a generator yielded, as an array of the type and shape promised."""
    wanted = leaf._dtype.as_numpy_dtype
    try:
        if leaf._dtype is dtypes.string:
            array = np.asarray(value)
            if array.dtype.kind not in "SUO":
                raise TypeError("not a text")
        else:
            array = np.asarray(value, None if isinstance(value, (np.ndarray, np.generic)) else wanted)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "`generator` yielded an element that could not be converted to the expected type. The expected type was "
            f"{leaf._dtype.name}, but the yielded element was {value}."
        ) from error
    if leaf._dtype is not dtypes.string and array.dtype != wanted:
        raise TypeError(
            f"`generator` yielded an element of type {array.dtype} where an element of type {np.dtype(wanted)} was expected."
        )
    if not shapes.compatible(leaf._dims, array.shape):
        raise ValueError(
            f"`generator` yielded an element of shape {array.shape} where an element of shape {leaf.shape} was expected."
        )
    return array


# -- files ---------------------------------------------------------------------------------------------------------------


def list_files(file_pattern, shuffle=None, seed=None):
    """The names of the files that match patterns, shuffled unless `shuffle` is False.

    Raises:
        InvalidArgumentError: at run time, when there are none.
    """
    with build.name_scope("list_files"):
        file_pattern = build.convert_to_tensor(file_pattern, dtypes.string, "file_pattern")
        found = files.matching_files(file_pattern)
        some = compare.greater(array.shape(found)[0], 0, name="match_not_empty")
        message = math.add(
            "No files matched pattern: ", strings.reduce_join(file_pattern, separator=", "), name="message"
        )
        check = asserts.Assert(some, [message], summarize=1, name="assert_not_empty")
        with graph_lib.get_default_graph().control_dependencies([check]):
            found = array.identity(found)
        dataset = datasets.Dataset.from_tensor_slices(found)
        if shuffle or shuffle is None:
            size = math.maximum(array.shape(found, out_type=dtypes.int64)[0], np.int64(1))
            dataset = dataset.shuffle(size, seed=seed)
        return dataset


class _FileDataset(datasets.Dataset):
    """What all datasets of files have in common: names, which are read one after the other or several in turn."""

    def _read(self, filenames, num_parallel_reads, open_one):
        names = _names(filenames)
        self._filenames = filenames

        def read_one_file(filename):
            return datasets.Dataset(open_one(build.convert_to_tensor(filename, dtypes.string, "filename")), _TEXT)

        if num_parallel_reads is None:
            made = names.flat_map(read_one_file)
        elif num_parallel_reads == datasets.AUTOTUNE:
            made = names.interleave(read_one_file, num_parallel_calls=num_parallel_reads)
        else:
            made = parallel_interleave(names, read_one_file, num_parallel_reads, 1, False, None, None)
        datasets.Dataset.__init__(self, made._variant_tensor, _TEXT, (names,))


def _names(filenames):
    if isinstance(filenames, datasets.Dataset):
        if filenames.output_types != dtypes.string:
            raise TypeError("`filenames` must be a `tf.data.Dataset` of `tf.string` elements.")
        if not shapes.compatible(filenames.element_spec._dims, ()):
            raise TypeError("`filenames` must be a `tf.data.Dataset` of scalar `tf.string` elements.")
        return filenames
    filenames = build.convert_to_tensor(filenames, dtypes.string)
    return datasets.Dataset.from_tensor_slices(array.reshape(filenames, [-1], name="flat_filenames"))


def param(name, value, default=0, dtype=dtypes.int64):
    """An argument as a tensor of that name, the default where it is None."""
    if value is None:
        return build.constant(default, dtype, name=name)
    return build.convert_to_tensor(value, dtype, name)


class TextLineDataset(_FileDataset):
    """The lines of text files, without their ends.

    Args:
        filenames: names, or a dataset of them.
        compression_type: `""`, `"ZLIB"` or `"GZIP"`.
        buffer_size: without effect.
        num_parallel_reads: from how many files lines come in turn; one after the other when None.
    """

    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None):
        def open_one(name):
            kind = param("compression_type", compression_type, "", dtypes.string)
            return build.apply("TextLineDataset", name, kind, param("buffer_size", buffer_size, _BUFFER_BYTES))

        self._read(filenames, num_parallel_reads, open_one)


class TFRecordDataset(_FileDataset):
    """The records of TFRecord files; arguments as TextLineDataset."""

    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None):
        def open_one(name):
            kind = param("compression_type", compression_type, "", dtypes.string)
            return build.apply("TFRecordDataset", name, kind, param("buffer_size", buffer_size, _BUFFER_BYTES))

        self._read(filenames, num_parallel_reads, open_one)


class FixedLengthRecordDataset(_FileDataset):
    """The pieces of `record_bytes` bytes each that files are made of.

    Args:
        record_bytes: the size of a piece.
        header_bytes, footer_bytes: how much of each file is left out at its start and end.
        others: as TextLineDataset.
    """

    def __init__(
        self, filenames, record_bytes, header_bytes=None, footer_bytes=None, buffer_size=None, compression_type=None,
        num_parallel_reads=None,
    ):  # fmt: skip
        def open_one(name):
            size = build.convert_to_tensor(record_bytes, dtypes.int64, "record_bytes")
            head, foot = param("header_bytes", header_bytes), param("footer_bytes", footer_bytes)
            buffer = param("buffer_size", buffer_size, _BUFFER_BYTES)
            kind = param("compression_type", compression_type, "", dtypes.string)
            return build.apply("FixedLengthRecordDatasetV2", name, head, size, foot, buffer, kind)

        self._read(filenames, num_parallel_reads, open_one)


def parallel_interleave(dataset, map_func, cycle_length, block_length, sloppy, buffer_output, prefetch_input):
    """The elements of the datasets that `map_func` returns, in turn from `cycle_length` of them."""
    made = dataset_functions.StructuredFunction(
        map_func, "tf.data.experimental.parallel_interleave()", dataset.element_spec
    )
    cycle = build.convert_to_tensor(cycle_length, dtypes.int64, "cycle_length")
    block = build.convert_to_tensor(block_length, dtypes.int64, "block_length")
    sloppy = build.convert_to_tensor(sloppy, dtypes.bool, "sloppy")
    cycles, blocks = static_value.known_int(cycle) or 1, static_value.known_int(block) or 1
    return datasets.node(
        "ParallelInterleaveDataset", made.dataset_spec(), dataset._variant_tensor, made.captured, cycle, block, sloppy,
        param("buffer_output_elements", buffer_output, 2 * blocks),
        param("prefetch_input_elements", prefetch_input, 2 * cycles), f=made.body, inputs=(dataset,),
    )  # fmt: skip


datasets._sources = sys.modules[__name__]  # type: ignore[assignment]
