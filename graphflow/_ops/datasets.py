"""tf.data.Dataset: sequences of elements, and how one is made of another.

Each dataset is a node whose value, a variant, says how to make the elements; an iterator asks for them one by one.
Functions of elements become bodies of the graph. Names, node types and node counts are TensorFlow 1.15's.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._graph import build, eager_graph, op_def, sparse_tensor, static_value
from graphflow._graph import graph as graph_lib
from graphflow._ops import choosing, compare, dataset_functions, dataset_options, element_spec, seeds

AUTOTUNE = -1
_INT64_MAX = np.iinfo(np.int64).max


class Dataset:
    """A sequence of elements, each a tensor or nested tuples and dicts of tensors.

    Args:
        variant_tensor: the tensor that stands for the sequence.
        spec: what its elements look like.
        inputs: the datasets it was made of.
    """

    def __init__(self, variant_tensor, spec, inputs=()):
        self._variant_tensor, self._spec, self._inputs = variant_tensor, spec, tuple(inputs)
        self._graph = variant_tensor.graph
        self._own_options = None

    @property
    def element_spec(self):
        """What the elements look like: nested TensorSpecs."""
        return self._spec

    @property
    def output_types(self):
        """The nested types of the elements."""
        return element_spec.map_leaves(lambda leaf: leaf.legacy_types, self._spec)

    @property
    def output_shapes(self):
        """The nested shapes of the elements."""
        return element_spec.map_leaves(lambda leaf: leaf.legacy_shapes, self._spec)

    @property
    def output_classes(self):
        """The nested classes of the elements."""
        return element_spec.map_leaves(lambda leaf: leaf.legacy_classes, self._spec)

    def __repr__(self):
        shown = element_spec.map_leaves(str, self.output_shapes), element_spec.map_leaves(repr, self.output_types)
        kind = "DatasetV1Adapter" if type(self) is Dataset else f"{type(self).__name__}V1"
        return f"<{kind} shapes: {shown[0]}, types: {shown[1]}>".replace("'", "")

    __str__ = __repr__

    def __iter__(self):
        if self._graph.executes and eager_graph.executing_eagerly():
            return _iterators.EagerIterator(self)
        raise errors.NeedsPythonError(
            "__iter__() is only supported inside of tf.function or when eager execution is enabled. Use "
            "tf.data.make_one_shot_iterator(dataset).get_next()"
        )

    def __bool__(self):
        return True

    # -- sources ---------------------------------------------------------------------------------------------------------

    @staticmethod
    def from_tensors(tensors):
        """One element: `tensors`."""
        element = element_spec.normalized(tensors)
        spec = element_spec.of(element)
        return _node("TensorDataset", spec, element_spec.to_flat(spec, element), types=False)

    @staticmethod
    def from_tensor_slices(tensors):
        """The rows of `tensors`.

        Raises:
            ValueError: a component is a scalar, or they differ in their number of rows.
        """
        element = element_spec.normalized(tensors)
        batched = element_spec.of(element)
        rows = element_spec.to_flat_rows(batched, element)
        spec = element_spec.map_leaves(lambda leaf: leaf.unbatched(), batched)
        sizes = {t._dims[0] for t in rows if t._dims} - {None}
        if len(sizes) > 1:
            raise ValueError(f"Dimensions {' and '.join(map(str, sorted(sizes)))} are not compatible")
        return _node("TensorSliceDataset", spec, rows, types=False)

    @staticmethod
    def from_sparse_tensor_slices(sparse_tensor):
        """The rows of a SparseTensor, each as (indices, values, dense_shape).

        Raises:
            TypeError: it is none.
        """
        if not isinstance(sparse_tensor, _SPARSE):
            raise TypeError(f"`sparse_tensor` must be a `tf.SparseTensor` object. Was {sparse_tensor}.")
        rank = None if sparse_tensor.shape._dims is None else len(sparse_tensor.shape._dims) - 1
        spec = (
            element_spec.TensorSpec((None, rank), dtypes.int64),
            element_spec.TensorSpec((None,), sparse_tensor.dtype),
            element_spec.TensorSpec((rank,), dtypes.int64),
        )
        parts = sparse_tensor.indices, sparse_tensor.values, sparse_tensor.dense_shape
        return Dataset(build.apply("SparseTensorSliceDataset", *parts), spec)

    @staticmethod
    def from_generator(generator, output_types, output_shapes=None, args=None):
        """What the iterators yield that `generator(*args)` returns; see `dataset_sources.from_generator`."""
        return _sources.from_generator(generator, output_types, output_shapes, args)

    @staticmethod
    def range(*args):
        """The numbers of `range(*args)`, int64."""
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid arguments to RangeDataset: {args}")
        start, stop, step = (0, args[0], 1) if len(args) == 1 else (*args, 1)[:3]
        given = [
            build.convert_to_tensor(v, dtypes.int64, n) for v, n in ((start, "start"), (stop, "stop"), (step, "step"))
        ]
        return _node("RangeDataset", element_spec.TensorSpec((), dtypes.int64), *given)

    @staticmethod
    def zip(datasets):
        """Elements that hold one of each of nested `datasets`, as long as all have some.

        Raises:
            TypeError: they are no nested tuples and dicts of datasets.
        """
        flat = element_spec.flatten(datasets)
        for dataset in flat:
            if not isinstance(dataset, Dataset):
                cure = " Nested structures do not support Python lists; please use a tuple instead."
                raise TypeError(
                    "The argument to `Dataset.zip()` must be a nested structure of `Dataset` objects."
                    + (cure if isinstance(dataset, list) else "")
                )
        spec = element_spec.pack(datasets, [d.element_spec for d in flat])
        return _node("ZipDataset", spec, [d._variant_tensor for d in flat], inputs=flat)

    @staticmethod
    def list_files(file_pattern, shuffle=None, seed=None):
        """The names of the files that match patterns; see `dataset_sources.list_files`."""
        return _sources.list_files(file_pattern, shuffle, seed)

    # -- one dataset after another ---------------------------------------------------------------------------------------

    def concatenate(self, dataset):
        """The elements of this dataset, and then those of another.

        Raises:
            TypeError: their elements differ in types or classes.
        """
        for ours, theirs, what in (
            (self.output_types, dataset.output_types, "types"), (self.output_classes, dataset.output_classes, "classes")
        ):  # fmt: skip
            if ours != theirs:
                raise TypeError(f"Two datasets to concatenate have different {what} {ours} and {theirs}")
        return _node(
            "ConcatenateDataset", weakened(self._spec, dataset._spec), self._variant_tensor, dataset._variant_tensor,
            inputs=(self, dataset),
        )  # fmt: skip

    def repeat(self, count=None):
        """All elements `count` times over; without end when None or -1."""
        return self._same("RepeatDataset", _int64(-1 if count is None else count, "count"))

    def enumerate(self, start=0):
        """Pairs of a number, from `start` on, and an element."""
        return Dataset.zip((Dataset.range(start, _INT64_MAX), self))

    def take(self, count):
        """The first `count` elements, all when -1."""
        return self._same("TakeDataset", _int64(count, "count"))

    def skip(self, count):
        """All but the first `count` elements, none when -1."""
        return self._same("SkipDataset", _int64(count, "count"))

    def shard(self, num_shards, index):
        """Every `num_shards`-th element, from number `index` on."""
        return self._same("ShardDataset", _int64(num_shards, "num_shards"), _int64(index, "index"))

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=None):
        """The elements in random order: each is drawn from a buffer that holds the next `buffer_size`.

        Args:
            seed: settles the order, together with the graph's seed.
            reshuffle_each_iteration: whether each time round has an order of its own; True when None.
        """
        buffer_size = _int64(buffer_size, "buffer_size")
        seed, seed2 = seed_tensors(seed)
        again = True if reshuffle_each_iteration is None else reshuffle_each_iteration
        return self._same("ShuffleDataset", buffer_size, seed, seed2, reshuffle_each_iteration=again)

    def cache(self, filename=""):
        """The elements, kept when they have come once: in memory, or in files whose names begin with `filename`."""
        return self._same("CacheDataset", build.convert_to_tensor(filename, dtypes.string, "filename"))

    def prefetch(self, buffer_size):
        """The elements, of which up to `buffer_size` are made ahead, in a thread of their own."""
        return self._same("PrefetchDataset", _int64(-1 if buffer_size is None else buffer_size, "buffer_size"))

    # -- several elements as one -----------------------------------------------------------------------------------------

    def batch(self, batch_size, drop_remainder=False):
        """`batch_size` elements stacked as one; the last one has what is left, unless `drop_remainder`."""
        batch_size = _int64(batch_size, "batch_size")
        drop = build.convert_to_tensor(drop_remainder, dtypes.bool, "drop_remainder")
        spec = batched(self._spec, batch_size, drop)
        return _node("BatchDatasetV2", spec, self._variant_tensor, batch_size, drop, inputs=(self,))

    def padded_batch(self, batch_size, padded_shapes, padding_values=None, drop_remainder=False):
        """As `batch`, of elements of different sizes, which are filled up.

        Args:
            padded_shapes: the shapes to fill up to, in the structure of the elements; the largest size for None or -1.
            padding_values: scalars in the same structure; zeros and empty texts when None.

        Raises:
            TypeError, ValueError: they do not fit the elements.
        """
        if any(type(leaf) is not element_spec.TensorSpec for leaf in element_spec.flatten(self._spec)):
            raise TypeError("Batching of padded sparse tensors is not currently supported")
        leaves = element_spec.flatten(self._spec)
        batch_size = _int64(batch_size, "batch_size")
        padded = [
            _padded_shape(shape, leaf._dims)
            for shape, leaf in zip(element_spec.flatten_up_to(self._spec, padded_shapes), leaves)
        ]
        if padding_values is None:
            padding_values = element_spec.map_leaves(lambda leaf: element_spec.zero_of(leaf._dtype), self._spec)
        values = [
            _padding_value(value, leaf._dtype)
            for value, leaf in zip(element_spec.flatten_up_to(self._spec, padding_values), leaves)
        ]
        drop = build.convert_to_tensor(drop_remainder, dtypes.bool, "drop_remainder")
        rows = static_value.known_int(batch_size) if static_value.constant_value(drop) else None
        spec = element_spec.pack(self._spec, [
            element_spec.TensorSpec(None if dims is None else (rows, *dims), leaf._dtype)
            for dims, leaf in zip(map(static_value.shape_from, padded), leaves)
        ])  # fmt: skip
        return Dataset(
            build.apply(
                "PaddedBatchDatasetV2", self._variant_tensor, batch_size, padded, values, drop,
                output_shapes=element_spec.flat_attrs(spec)["output_shapes"],
            ),
            spec, (self,),
        )  # fmt: skip

    def window(self, size, shift=None, stride=1, drop_remainder=False):
        """Datasets of `size` elements each.

        Args:
            shift: how far each is behind the one before; `size` when None.
            stride: how far elements in a window are apart.
            drop_remainder: whether windows that end early are left out.
        """
        given = [
            _int64(v, n) for v, n in ((size, "size"), (size if shift is None else shift, "shift"), (stride, "stride"))
        ]
        drop = build.convert_to_tensor(drop_remainder, dtypes.bool, "drop_remainder")
        spec = element_spec.map_leaves(element_spec.DatasetSpec, self._spec)
        return _node("WindowDataset", spec, self._variant_tensor, *given, drop, inputs=(self,))

    def unbatch(self):
        """The rows of the elements.

        Raises:
            ValueError: a component is a scalar, or has another number of rows than others.
        """
        normal = self.map(lambda *parts: tuple(element_spec.to_flat_rows(self._spec, _joined(self._spec, parts))))
        leaves = element_spec.flatten(self._spec)
        if any(leaf._dims == () for leaf in leaves):
            raise ValueError("Cannot unbatch an input with scalar components.")
        if len({leaf._dims[0] for leaf in leaves if leaf._dims} - {None}) > 1:
            raise ValueError("Cannot unbatch an input whose components have different batch sizes.")
        spec = element_spec.map_leaves(lambda leaf: leaf.unbatched(), self._spec)
        return _node("UnbatchDataset", spec, normal._variant_tensor, inputs=(normal,))

    # -- functions of elements -------------------------------------------------------------------------------------------

    def map(self, map_func, num_parallel_calls=None):
        """`map_func` of each element.

        Args:
            map_func: takes an element, the parts of a tuple as several arguments.
            num_parallel_calls: how many calls may run at once; the order stays.
        """
        made = dataset_functions.StructuredFunction(map_func, "Dataset.map()", self._spec)
        attrs = {"f": made.body, "preserve_cardinality": False, "inputs": (self,)}
        if num_parallel_calls is None:
            return _node("MapDataset", made.output_spec, self._variant_tensor, made.captured, **attrs)
        calls = build.convert_to_tensor(num_parallel_calls, dtypes.int32, "num_parallel_calls")
        return _node("ParallelMapDataset", made.output_spec, self._variant_tensor, made.captured, calls, **attrs)

    map_with_legacy_function = map

    def flat_map(self, map_func):
        """The elements of the datasets that `map_func` returns for each element, one dataset after the other."""
        made = dataset_functions.StructuredFunction(map_func, "Dataset.flat_map()", self._spec)
        return _node(
            "FlatMapDataset", made.dataset_spec(), self._variant_tensor, made.captured, f=made.body, inputs=(self,)
        )

    def interleave(self, map_func, cycle_length=AUTOTUNE, block_length=1, num_parallel_calls=None):
        """The elements of the datasets that `map_func` returns, in turn from `cycle_length` of them.

        Args:
            block_length: how many elements come from one before it is the turn of the next.
            num_parallel_calls: how many may be read at once; the order stays.
        """
        made = dataset_functions.StructuredFunction(map_func, "Dataset.interleave()", self._spec)
        given = [_int64(cycle_length, "cycle_length"), _int64(block_length, "block_length")]
        op_type = "InterleaveDataset"
        if num_parallel_calls is not None:
            op_type = "ParallelInterleaveDatasetV2"
            given.append(_int64(num_parallel_calls, "num_parallel_calls"))
        return _node(
            op_type, made.dataset_spec(), self._variant_tensor, made.captured, *given, f=made.body, inputs=(self,)
        )

    def filter(self, predicate):
        """The elements for which `predicate`, a function to a scalar bool, holds."""
        made = dataset_functions.StructuredFunction(predicate, "Dataset.filter()", self._spec)
        made.check_predicate()
        return self._same("FilterDataset", made.captured, predicate=made.body)

    filter_with_legacy_function = filter

    def reduce(self, initial_state, reduce_func):
        """The last state of `state = reduce_func(state, element)`.

        Args:
            initial_state: the first state, nested values.

        Returns:
            tensors in the structure of the state.

        Raises:
            TypeError: the new state has other types.
        """
        with build.name_scope("initial_state"):
            state = element_spec.normalized(initial_state)
        made, spec = stepping("reduce()", reduce_func, element_spec.of(state), self._spec, lambda output: output)
        tensors = build.apply(
            "ReduceDataset", self._variant_tensor, element_spec.to_flat(spec, state), made.captured, f=made.body,
            **element_spec.flat_attrs(spec),
        )  # fmt: skip
        return element_spec.from_flat(spec, tensors)

    def apply(self, transformation_func):
        """`transformation_func(self)`, a dataset.

        Raises:
            TypeError: it is none.
        """
        dataset = transformation_func(self)
        if not isinstance(dataset, Dataset):
            raise TypeError(f"`transformation_func` must return a Dataset. Got {dataset}.")
        return dataset

    # -- options, iterators ----------------------------------------------------------------------------------------------

    def options(self):
        """The Options of this dataset and of those it was made of."""
        found = dataset_options.Options()
        for dataset in self._inputs:
            found = found.merge(dataset.options())
        return found if self._own_options is None else found.merge(self._own_options)

    def with_options(self, options):
        """The same dataset with other Options, where they say something."""
        made = Dataset(self._variant_tensor, self._spec, (self,))
        made._own_options = options
        return made

    def make_one_shot_iterator(self):
        """An iterator that goes through the elements once in each session; see `dataset_iterators`."""
        return _iterators.make_one_shot_iterator(self)

    def make_initializable_iterator(self, shared_name=None):
        """An iterator whose `initializer` must run first, and may run again; see `dataset_iterators`."""
        return _iterators.make_initializable_iterator(self, shared_name)

    def _same(self, op_type, *given, **attrs):
        return _node(op_type, self._spec, self._variant_tensor, *given, inputs=(self,), **attrs)


element_spec.DatasetSpec._of = Dataset  # type: ignore[assignment]
_SPARSE = sparse_tensor.SparseTensor
_sources = _iterators = None  # modules made on top of this one enter themselves


op_def.shape_rule(
    *"""BatchDataset BatchDatasetV2 CacheDataset ConcatenateDataset DenseToSparseBatchDataset DirectedInterleaveDataset
    ExperimentalGroupByReducerDataset FilterDataset FixedLengthRecordDataset FixedLengthRecordDatasetV2 FlatMapDataset
    GeneratorDataset GroupByReducerDataset GroupByWindowDataset IgnoreErrorsDataset InterleaveDataset LMDBDataset
    MapAndBatchDataset MapDataset MaxIntraOpParallelismDataset ModelDataset OptimizeDataset PaddedBatchDataset
    PaddedBatchDatasetV2 ParallelInterleaveDataset ParallelInterleaveDatasetV2 ParallelMapDataset PrefetchDataset
    PrivateThreadPoolDataset RandomDataset RangeDataset RepeatDataset ScanDataset ShardDataset ShuffleAndRepeatDataset
    ShuffleDataset SkipDataset SparseTensorSliceDataset SqlDataset TFRecordDataset TakeDataset TakeWhileDataset
    TensorDataset TensorSliceDataset TextLineDataset UnbatchDataset UniqueDataset WindowDataset ZipDataset""".split()
)(lambda op: [()])
op_def.shape_rule("ReduceDataset")(lambda op: op.attrs["output_shapes"])


# -- what transformations share ------------------------------------------------------------------------------------------


def _node(op_type, spec, *given, inputs=(), types=True, **attrs):
    """The dataset of a new node; `types` says whether the node lists the types of its elements."""
    flat = element_spec.flat_attrs(spec)
    if not types:
        del flat["output_types"]
    return Dataset(build.apply(op_type, *given, **flat, **attrs), spec, inputs)


node = _node


def _int64(value, name):
    return build.convert_to_tensor(value, dtypes.int64, name)


def seed_tensors(seed):
    """The two seeds of a random dataset as tensors, named as TensorFlow names them."""
    first, second = seeds.get_seed(seed)
    first = _int64(first or 0, "seed")
    if second is None:
        return first, _int64(0, "seed2")
    with build.name_scope("seed2") as scope:
        second = _int64(second, None)
        both = compare.logical_and(compare.equal(first, np.int64(0)), compare.equal(second, np.int64(0)))
        other = build.constant(2**31 - 1, dtypes.int64)
        return first, choosing.where(both, other, second, name=scope)


def batched(spec, batch_size, drop_remainder):
    """The spec of batches; their number of rows is known where none is left out of the last."""
    rows = static_value.known_int(batch_size) if static_value.constant_value(drop_remainder) else None
    return element_spec.map_leaves(lambda leaf: leaf.batched(rows), spec)


def weakened(spec, other):
    """The spec of elements of both kinds."""
    return element_spec.pack(
        spec, [a.weakened(b) for a, b in zip(element_spec.flatten(spec), element_spec.flatten(other))]
    )


def stepping(name, function, state, element, new_state_of):
    """A function of (state, element), built anew until the shapes of the state are those of all states.

    Args:
        state, element: their specs.
        new_state_of: function(output spec) -> the part of it that is the new state.

    Returns:
        (StructuredFunction, spec of the state).

    Raises:
        TypeError: the new state has other types or classes.
    """
    while True:
        made = dataset_functions.StructuredFunction(function, name, (state, element))
        new = element_spec.flatten(new_state_of(made.output_spec))
        old = element_spec.flatten(state)
        for what in ("legacy_classes", "legacy_types"):
            ours, theirs = [getattr(leaf, what) for leaf in old], [getattr(leaf, what) for leaf in new]
            if ours != theirs:
                raise TypeError(
                    f"The element {what.removeprefix('legacy_')} for the new state must match the initial state. "
                    f"Expected {ours}; got {theirs}."
                )
        weaker = [a.weakened(b) for a, b in zip(old, new)]
        if weaker == old:
            return made, state
        state = element_spec.pack(state, weaker)


def _joined(spec, parts):
    return parts if type(spec) is tuple else parts[0]


def _padded_shape(shape, dims):
    """A shape to fill up to, as a tensor; -1 stands for what is not known."""
    try:
        known = shapes.as_dims(shape)
        sizes = [-1 if size is None else size for size in known]
        found = build.convert_to_tensor(np.array(sizes, np.int64), dtypes.int64)
    except (TypeError, ValueError):
        found = build.convert_to_tensor(shape, preferred_dtype=dtypes.int64)
        if found._dims is not None and len(found._dims) != 1:
            raise ValueError(
                f"Padded shape {shape} must be a 1-D tensor of tf.int64 values, but its shape was {found.shape}."
            ) from None
        if found.dtype is not dtypes.int64:
            raise TypeError(
                f"Padded shape {shape} must be a 1-D tensor of tf.int64 values, but its element type was {found.dtype.name}."
            ) from None
        known = static_value.shape_from(found)
    fits = known is None or dims is None or len(known) == len(dims) and all(
        a is None or b is None or a >= b for a, b in zip(known, dims)
    )  # fmt: skip
    if not fits:
        raise ValueError(
            f"The padded shape {shapes.TensorShape(known)} is not compatible with the corresponding input component shape "
            f"{shapes.TensorShape(dims)}."
        )
    return found


def _padding_value(value, dtype):
    value = build.convert_to_tensor(value, name="padding_value")
    if not shapes.compatible(value._dims, ()):
        raise ValueError(f"Padding value should be a scalar, but is not: {value}")
    if value.dtype.base_dtype is not dtype:
        raise TypeError(f"Padding value tensor ({value}) does not match output type: {dtype!r}")
    return value


def same_graph(dataset):
    """Raises ValueError where a dataset was made in another graph than the default one."""
    graph = graph_lib.get_default_graph()
    if dataset._graph is not graph and not graph.building_function:
        raise ValueError(f"{dataset} was made in another graph than the default one: make the iterator in its graph")


def get_structure(dataset_or_iterator):
    """What the elements of a dataset or iterator look like: nested TensorSpecs."""
    try:
        return dataset_or_iterator.element_spec
    except AttributeError:
        raise TypeError(
            f"`dataset_or_iterator` must be a Dataset or Iterator object, but got {type(dataset_or_iterator)}."
        ) from None


def get_output_types(dataset_or_iterator):
    """The nested types of the elements of a dataset or iterator."""
    return element_spec.map_leaves(lambda leaf: leaf.legacy_types, get_structure(dataset_or_iterator))


def get_output_shapes(dataset_or_iterator):
    """The nested shapes of the elements of a dataset or iterator."""
    return element_spec.map_leaves(lambda leaf: leaf.legacy_shapes, get_structure(dataset_or_iterator))


def get_output_classes(dataset_or_iterator):
    """The nested classes of the elements of a dataset or iterator."""
    return element_spec.map_leaves(lambda leaf: leaf.legacy_classes, get_structure(dataset_or_iterator))
