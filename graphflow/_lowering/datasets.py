"""Rules of the dataset nodes: each gives a `dataset_values.DatasetValue`, wrapped as a scalar array."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._lowering import (
    dataset_batches,
    dataset_buffers,
    dataset_files,
    dataset_maps,
    dataset_random,
    dataset_values,
    rule,
)  # fmt: skip


def row(make):
    """A lowering row whose rule gets the datasets among the inputs as they are, and gives one."""

    def emit(ctx, op, *inputs):
        return dataset_maps.variant(make(ctx, op, *[_unwrapped(value) for value in inputs]))

    return rule.Host(emit, because="a dataset is an object that makes elements")


def _unwrapped(value):
    if isinstance(value, np.ndarray) and value.dtype.hasobject and value.ndim == 0:
        found = value.item()
        return found if isinstance(found, dataset_values.DatasetValue) else value
    return value


def _refuse(op, message):
    raise errors.InvalidArgumentError(None, op, message)


# -- sources -------------------------------------------------------------------------------------------------------------


def _slices(ctx, op, *components):
    for i, component in enumerate(components):
        if component.ndim == 0:
            _refuse(op, "All components must be at least 1-dimensional")
        if len(component) != len(components[0]):
            _refuse(op, f"Component {i} had different size of dimension 0: {len(component)} vs. {len(components[0])}")
    return dataset_values.Slices(components)


def _sparse_slices(ctx, op, indices, values, dense_shape):
    if np.any(np.diff(indices[:, 0]) < 0):
        raise errors.UnimplementedError(None, op, "The SparseTensor must be ordered in the batch dimension; handling arbitrarily "
                                        "ordered input is not currently supported.")  # fmt: skip
    at = np.searchsorted(indices[:, 0], np.arange(int(dense_shape[0]) + 1))
    shape = np.array(dense_shape[1:])
    return dataset_maps.Elements([(indices[a:b, 1:], values[a:b], shape) for a, b in zip(at[:-1], at[1:])])


def _range(ctx, op, start, stop, step):
    if step == 0:
        _refuse(op, "step must be a non-zero integer.")
    return dataset_values.Range(int(start), int(stop), int(step))


def _generator(ctx, op, *values):
    attrs, at = op.attrs, 0
    parts = []
    for key in ("init_func", "next_func", "finalize_func"):
        count = len(attrs[f"T{key}_args"])
        parts.append((attrs[key], tuple(values[at : at + count])))
        at += count
    return dataset_maps.Generated(*parts)


# -- one of another ------------------------------------------------------------------------------------------------------


def _shard(ctx, op, source, count, index):
    if count <= 0:
        _refuse(op, f"Number of shards must be greater than zero (currently num_shards = {count}).")
    if not 0 <= index < count:
        _refuse(op, f"Index must be between 0 and {int(count) - 1} (currently index = {index}).")
    return dataset_values.Shard(source, int(count), int(index))


def _shuffle(ctx, op, source, size, seed, seed2):
    if size <= 0:
        _refuse(op, "buffer_size must be greater than zero.")
    seeds = int(seed), int(seed2)
    return dataset_random.Shuffle(source, int(size), seeds, op.attrs["reshuffle_each_iteration"])


def _shuffle_and_repeat(ctx, op, source, size, seed, seed2, count):
    if size <= 0:
        _refuse(op, "buffer_size must be greater than zero.")
    return dataset_random.Shuffle(source, int(size), (int(seed), int(seed2)), False, int(count))


def _prefetch(ctx, op, source, size):
    if size < -1:
        _refuse(op, "buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning")
    return dataset_buffers.Prefetch(source, int(size))


def _cache(ctx, op, source, filename):
    name = filename.item().decode()
    return dataset_buffers.FileCache(source, op, name) if name else dataset_buffers.MemoryCache(source)


def _batch(ctx, op, source, size, drop=False):
    if size <= 0:
        _refuse(op, "Batch size must be greater than zero.")
    return dataset_batches.Batch(source, op, int(size), bool(drop))


def _padded_batch(ctx, op, source, size, *rest):
    if size <= 0:
        _refuse(op, "Batch size must be greater than zero.")
    n = op.attrs["N"]
    drop = bool(rest[2 * n]) if len(rest) > 2 * n else False
    return dataset_batches.PaddedBatch(source, op, int(size), rest[:n], rest[n : 2 * n], drop)


def _window(ctx, op, source, size, shift, stride, drop):
    for name, value in (("size", size), ("shift", shift), ("stride", stride)):
        if value <= 0:
            _refuse(op, f"Window {name} must be greater than zero.")
    return dataset_batches.Window(source, int(size), int(shift), int(stride), bool(drop))


def _sliding(ctx, op, source, size, shift, stride):
    for name, value in (("size", size), ("shift", shift), ("stride", stride)):
        if value <= 0:
            _refuse(op, f"Window {name} must be greater than zero.")
    return dataset_batches.SlidingBatch(source, op, int(size), int(shift), int(stride))


def _optimized(ctx, op, source, names):
    wanted = set(names.tolist())
    return _fused(source) if b"shuffle_and_repeat_fusion" in wanted else source


def _fused(value):
    """A dataset in which shuffling and repeating behind it are one: the random numbers then go on from epoch to epoch."""
    made = value.rebuilt(tuple(map(_fused, value.inputs))) if value.inputs else value
    if type(made) is dataset_values.Repeat and type(made.source) is dataset_random.Shuffle and made.source.again:
        shuffle = made.source
        return dataset_random.Shuffle(shuffle.source, shuffle.size, shuffle.seeds, False, made.count)
    return made


# -- functions -----------------------------------------------------------------------------------------------------------


def _with_body(kind, after=0):
    """`kind(source, op, body, captured, *the last `after` inputs as ints)`."""

    def make(ctx, op, source, *values):
        body = op.attrs["f"] if "f" in op.attrs else op.attrs["predicate"]
        count = len(op.attrs["Targuments"])
        return kind(source, op, body, values[:count], *map(int, values[count : count + after]))

    return row(make)


def _interleave(ctx, op, source, *values):
    count = len(op.attrs["Targuments"])
    cycle, block = map(int, values[count : count + 2])
    if cycle == -1 and op.type != "ParallelInterleaveDataset":
        cycle = 1
    if cycle <= 0:
        _refuse(op, "cycle_length must be greater than zero.")
    if block <= 0:
        _refuse(op, "block_length must be greater than zero.")
    return dataset_maps.Interleave(source, op, op.attrs["f"], values[:count], cycle, block)


def _map_and_batch(ctx, op, source, *values):
    count = len(op.attrs["Targuments"])
    size, _, drop = values[count:]
    if size <= 0:
        _refuse(op, "batch_size must be greater than zero.")
    made = dataset_maps.Map(source, op, op.attrs["f"], values[:count])
    return dataset_batches.Batch(made, op, int(size), bool(drop))


def _scan(ctx, op, source, *values):
    count = len(op.attrs["Tstate"])
    return dataset_maps.Scan(source, op, op.attrs["f"], values[count:], values[:count])


def _pairs(op, values, *names):
    """(body, captured values) of each function."""
    found, at = [], 0
    for name in names:
        count = len(op.attrs[f"T{name}_other_arguments"])
        found.append((op.attrs[name], tuple(values[at : at + count])))
        at += count
    return found


def _group_by_window(ctx, op, source, *values):
    return dataset_maps.GroupByWindow(source, op, *_pairs(op, values, "key_func", "reduce_func", "window_size_func"))


def _group_by_reducer(ctx, op, source, *values):
    names = "key_func", "init_func", "reduce_func", "finalize_func"
    return dataset_maps.GroupByReducer(source, *_pairs(op, values, *names))


def _dense_to_sparse(ctx, op, source, size, row_shape):
    if size <= 0:
        _refuse(op, "Batch size must be greater than zero.")
    return dataset_batches.DenseToSparse(source, op, int(size), row_shape)


def _same(ctx, op, source, *_):
    return dataset_values.Same(source)


RULES = {
    "TensorDataset": row(lambda ctx, op, *components: dataset_values.One([_wrapped(c) for c in components])),
    "TensorSliceDataset": row(_slices),
    "SparseTensorSliceDataset": row(_sparse_slices),
    "RangeDataset": row(_range),
    "GeneratorDataset": row(_generator),
    "TextLineDataset": row(dataset_files.lines),
    "TFRecordDataset": row(dataset_files.tf_records),
    "FixedLengthRecordDataset": row(dataset_files.pieces),
    "FixedLengthRecordDatasetV2": row(dataset_files.pieces),
    "RandomDataset": row(lambda ctx, op, a, b: dataset_random.RandomNumbers((int(a), int(b)))),
    "ZipDataset": row(lambda ctx, op, *inputs: dataset_values.Zip(inputs)),
    "ConcatenateDataset": row(lambda ctx, op, a, b: dataset_values.Concatenate(a, b)),
    "RepeatDataset": row(lambda ctx, op, source, n: dataset_values.Repeat(source, int(n))),
    "TakeDataset": row(lambda ctx, op, source, n: dataset_values.Take(source, int(n))),
    "SkipDataset": row(lambda ctx, op, source, n: dataset_values.Skip(source, int(n))),
    "ShardDataset": row(_shard),
    "ShuffleDataset": row(_shuffle),
    "ShuffleAndRepeatDataset": row(_shuffle_and_repeat),
    "CacheDataset": row(_cache),
    "PrefetchDataset": row(_prefetch),
    "BatchDataset": row(_batch),
    "BatchDatasetV2": row(_batch),
    "PaddedBatchDataset": row(_padded_batch),
    "PaddedBatchDatasetV2": row(_padded_batch),
    "WindowDataset": row(_window),
    "SlidingWindowDataset": row(_sliding),
    "UnbatchDataset": row(lambda ctx, op, source: dataset_batches.Unbatch(source, op)),
    "DenseToSparseBatchDataset": row(_dense_to_sparse),
    "MapDataset": _with_body(dataset_maps.Map),
    "ParallelMapDataset": _with_body(dataset_maps.Map),
    "MapAndBatchDataset": row(_map_and_batch),
    "FlatMapDataset": _with_body(dataset_maps.FlatMap),
    "FilterDataset": _with_body(dataset_maps.Filter),
    "TakeWhileDataset": _with_body(dataset_maps.TakeWhile),
    "InterleaveDataset": row(_interleave),
    "ParallelInterleaveDataset": row(_interleave),
    "ParallelInterleaveDatasetV2": row(_interleave),
    "ScanDataset": row(_scan),
    "GroupByWindowDataset": row(_group_by_window),
    "ExperimentalGroupByReducerDataset": row(_group_by_reducer),
    "GroupByReducerDataset": row(_group_by_reducer),
    "DirectedInterleaveDataset": row(lambda ctx, op, s, *inputs: dataset_maps.Directed(op, s, inputs)),
    "UniqueDataset": row(lambda ctx, op, source: dataset_buffers.Unique(source)),
    "IgnoreErrorsDataset": row(lambda ctx, op, source: dataset_buffers.IgnoreErrors(source)),
    "OptimizeDataset": row(_optimized),
    "ModelDataset": row(_same),
    "MaxIntraOpParallelismDataset": row(_same),
    "PrivateThreadPoolDataset": row(_same),
    "LMDBDataset": rule.Unsupported("LMDB databases are not read here; write their entries to TFRecord files"),
}


def _wrapped(value):
    """A component that is a dataset, as the array it travels as."""
    return dataset_maps.variant(value) if isinstance(value, dataset_values.DatasetValue) else value
