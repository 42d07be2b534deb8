"""Iterators: they keep, in each session, how far a dataset has been read."""

from __future__ import annotations

import binascii
import os
import sys
import warnings

from graphflow._core import dtypes, errors
from graphflow._graph import build, eager_graph, function_graph, op_def
from graphflow._graph import graph as graph_lib
from graphflow._ops import dataset_functions, dataset_stats, datasets, element_spec

GLOBAL_ITERATORS = "iterators"
_MANY_CALLS = 32
_COPIED = ("Assert", "EagerPyFunc", "PyFunc")

op_def.shape_rule(
    "Iterator", "IteratorV2", "OneShotIterator", "IteratorToStringHandle", "IteratorFromStringHandle",
    "IteratorFromStringHandleV2", "DatasetCardinality", "ExperimentalDatasetCardinality",
)(lambda op: [()])  # fmt: skip
op_def.shape_rule("IteratorGetNext", "IteratorGetNextSync", "DatasetToSingleElement")(
    lambda op: op.attrs["output_shapes"]
)
op_def.shape_rule("SerializeIterator")(lambda op: [()])
op_def.shape_rule("DeserializeIterator")(lambda op: [])
op_def.not_differentiable(
    "IteratorGetNext", "IteratorGetNextSync", "DatasetToSingleElement", because="datasets are not differentiated"
)


class Iterator:
    """Reads the elements of a dataset; made by the `make_*_iterator` functions or the static methods below.

    Args:
        iterator_resource: its handle.
        initializer: the operation that makes it begin, or None.
        output_types, output_shapes, output_classes: what its elements look like, nested.
    """

    def __init__(self, iterator_resource, initializer, output_types, output_shapes, output_classes):
        self._iterator_resource, self._initializer = iterator_resource, initializer
        self._spec = element_spec.legacy(output_types, output_shapes, output_classes)
        self._string_handle = build.apply("IteratorToStringHandle", iterator_resource)
        self._calls = 0
        graph_lib.get_default_graph().add_to_collection(GLOBAL_ITERATORS, iterator_resource)

    element_spec = property(lambda self: self._spec)
    output_types = datasets.Dataset.output_types
    output_shapes = datasets.Dataset.output_shapes
    output_classes = datasets.Dataset.output_classes

    @staticmethod
    def from_structure(output_types, output_shapes=None, shared_name=None, output_classes=None):
        """An iterator without a dataset; `make_initializer` gives it one.

        Args:
            output_types, output_shapes, output_classes: what its elements look like, nested.
            shared_name: sessions keep one iterator for each such name.
        """
        spec = element_spec.legacy(output_types, output_shapes, output_classes)
        with _on_cpu():
            resource = build.apply(
                "IteratorV2", container="", shared_name=shared_name or "", **element_spec.flat_attrs(spec)
            )
        return _of(resource, None, spec)

    @staticmethod
    def from_string_handle(string_handle, output_types, output_shapes=None, output_classes=None):
        """The iterator whose `string_handle` is fed.

        Args:
            string_handle: string scalar.
            output_types, output_shapes, output_classes: what its elements look like, nested.
        """
        spec = element_spec.legacy(output_types, output_shapes, output_classes)
        string_handle = build.convert_to_tensor(string_handle, dtypes.string)
        with _on_cpu():
            resource = build.apply("IteratorFromStringHandleV2", string_handle, **element_spec.flat_attrs(spec))
        return _of(resource, None, spec)

    @property
    def initializer(self):
        """The operation that makes it begin.

        Raises:
            ValueError: it has none.
        """
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset, name=None):
        """An operation that makes it begin with the elements of `dataset`.

        Raises:
            TypeError, ValueError: its elements are others than those of this iterator.
        """
        with build.name_scope(name, "make_initializer") as scope:
            ours, theirs = element_spec.flatten(self._spec), element_spec.flatten(dataset.element_spec)
            same_form = element_spec.map_leaves(lambda leaf: 0, self._spec) == element_spec.map_leaves(
                lambda leaf: 0, dataset.element_spec
            )
            if not same_form:
                raise ValueError(
                    f"The two structures don't have the same nested structure.\n\nFirst structure: {self._spec}\n\n"
                    f"Second structure: {dataset.element_spec}"
                )
            for what in ("classes", "types"):
                if any(getattr(a, f"legacy_{what}") != getattr(b, f"legacy_{what}") for a, b in zip(ours, theirs)):
                    raise TypeError(
                        f"Expected output {what} {getattr(self, f'output_{what}')!r} but got dataset with output {what} "
                        f"{getattr(dataset, f'output_{what}')!r}."
                    )
            if not all(a.is_compatible_with(b) for a, b in zip(ours, theirs)):
                raise TypeError(
                    f"Expected output shapes compatible with {self.output_shapes!r} but got dataset with output shapes "
                    f"{dataset.output_shapes!r}."
                )
        return _initializer(dataset, self._iterator_resource, name=scope)

    def get_next(self, name=None):
        """The next element; each run of its tensors goes one further.

        Raises:
            OutOfRangeError: at run time, behind the last. FailedPreconditionError: at run time, before the initializer has run.
        """
        self._calls += 1
        if self._calls > _MANY_CALLS:
            warnings.warn(
                "Iterator.get_next() has been called very often: each call adds operations. Call it once, outside the "
                "training loop, and run its result again and again",
                stacklevel=2,
            )
        tensors = build.apply(
            "IteratorGetNext", self._iterator_resource, name=name, **element_spec.flat_attrs(self._spec)
        )
        return element_spec.from_flat(self._spec, tensors)

    def string_handle(self, name=None):
        """A string scalar that names it, for `from_string_handle`."""
        if name is None:
            return self._string_handle
        return build.apply("IteratorToStringHandle", self._iterator_resource, name=name)


class EagerIterator:
    """Reads the elements of a dataset with eager execution: a Python iterator.

    Args:
        dataset: a Dataset.

    Raises:
        RuntimeError: execution is not eager.
    """

    def __init__(self, dataset):
        if not eager_graph.executing_eagerly():
            raise RuntimeError(
                f"{type(self)} objects can only be used when eager execution is enabled, use "
                "tf.data.make_initializable_iterator or tf.data.make_one_shot_iterator for graph construction"
            )
        dataset = _with_options(dataset)
        self._spec = dataset.element_spec
        self._attrs = element_spec.flat_attrs(self._spec)
        self._iterator_resource = build.apply("IteratorV2", container="", shared_name="", **self._attrs)
        eager_graph.hooks.own(self, self._iterator_resource)
        build.apply("MakeIterator", dataset._variant_tensor, self._iterator_resource)

    element_spec = property(lambda self: self._spec)
    output_types = datasets.Dataset.output_types
    output_shapes = datasets.Dataset.output_shapes
    output_classes = datasets.Dataset.output_classes

    def __iter__(self):
        return self

    def get_next(self, name=None):
        """The next element.

        Raises:
            OutOfRangeError: there is none.
        """
        tensors = build.apply("IteratorGetNext", self._iterator_resource, name=name, **self._attrs)
        return element_spec.from_flat(self._spec, tensors)

    def __next__(self):
        try:
            return self.get_next()
        except errors.OutOfRangeError:
            raise StopIteration from None

    next = __next__


def _on_cpu():
    """On the CPU, unless the script says where."""
    graph = graph_lib.get_default_graph()
    return graph.device(None if graph._scopes.devices else "/cpu:0")


def _of(resource, initializer, spec):
    return Iterator(
        resource, initializer, *(
            element_spec.map_leaves(lambda leaf, what=what: getattr(leaf, f"legacy_{what}"), spec)
            for what in ("types", "shapes", "classes")
        )
    )  # fmt: skip


def _initializer(dataset, resource, name=None):
    with resource.graph.colocate_with(resource.op):
        return build.apply("MakeIterator", dataset._variant_tensor, resource, name=name)


def _with_options(dataset):
    """The dataset with the nodes that its options ask for."""
    options, variant, spec = dataset.options(), dataset._variant_tensor, element_spec.flat_attrs(dataset.element_spec)
    threads = options.experimental_threading
    for count, op_type, name in (
        (threads.max_intra_op_parallelism, "MaxIntraOpParallelismDataset", "max_intra_op_parallelism"),
        (threads.private_threadpool_size, "PrivateThreadPoolDataset", "num_threads"),
    ):
        if count is not None:
            variant = build.apply(op_type, variant, build.convert_to_tensor(count, dtypes.int64, name), **spec)
    names = options.optimizations()
    if names and not _captures_reference(variant):
        names = build.convert_to_tensor(names, dtypes.string, "optimizations")
        variant = build.apply("OptimizeDataset", variant, names, optimization_configs=options.configs(), **spec)
    if options.experimental_optimization.autotune is not False:
        budget = options.experimental_optimization.autotune_cpu_budget or 0
        variant = build.apply("ModelDataset", variant, cpu_budget=budget, **spec)
    if options.experimental_stats.aggregator is not None:
        variant = dataset_stats.collected(variant, dataset.element_spec, options.experimental_stats)
    return datasets.Dataset(variant, dataset.element_spec, (dataset,))


def _behind(variant):
    """The operations that a dataset is made by, in order."""
    found, stack = {variant.op}, [variant.op]
    while stack:
        op = stack.pop()
        before = {t.op for t in op.inputs}.union(op._control_inputs) - found
        found |= before
        stack += before
    return sorted(found, key=lambda op: op._id)


def _captures_reference(variant):
    """Whether a function of a dataset uses a reference variable: TensorFlow then rewrites nothing."""
    return any(t._dtype.is_ref for op in _behind(variant) for t in op.inputs)


def make_initializable_iterator(dataset, shared_name=None):
    """An iterator whose `initializer` must run first, and may run again.

    Args:
        dataset: a Dataset.
        shared_name: sessions keep one iterator for each such name.
    """
    datasets.same_graph(dataset)
    if eager_graph.executing_eagerly():
        raise RuntimeError(
            "dataset.make_initializable_iterator is not supported when eager execution is enabled. Use `for element in dataset` "
            "instead"
        )
    dataset = _with_options(dataset)
    resource = build.apply(
        "IteratorV2", container="", shared_name=shared_name or "", **element_spec.flat_attrs(dataset.element_spec)
    )
    return _of(resource, _initializer(dataset, resource), dataset.element_spec)


def make_one_shot_iterator(dataset):
    """An iterator that goes through the elements once in each session, without an initializer.

    Raises:
        ValueError: the dataset uses a variable or a placeholder, which would have to be given first.
    """
    datasets.same_graph(dataset)
    if eager_graph.executing_eagerly():
        return EagerIterator(dataset)
    root = graph_lib.control_flow_owner(graph_lib.get_default_graph())
    name = f"_make_dataset_{binascii.hexlify(os.urandom(6)).decode()}"
    with dataset_functions.counted_apart(root):
        body = dataset_functions.DatasetBody(name, graph_lib.get_default_graph())
        with body.as_default():
            copied = _copy(dataset._variant_tensor, body)
            made = datasets.Dataset(copied, dataset.element_spec)
            made._own_options = dataset.options()
            body.outputs = [_with_options(made)._variant_tensor]
    resource = build.apply("OneShotIterator", dataset_factory=body, **element_spec.flat_attrs(dataset.element_spec))
    return _of(resource, None, dataset.element_spec)


def _copy(variant, body: function_graph.FunctionGraph):
    """`variant` computed inside `body`, by copies of all operations behind it."""
    tensors: dict = {}
    copies: dict = {}
    for op in _behind(variant):
        stateful = op.op_def.is_stateful and not any(t._dtype.base_dtype is dtypes.variant for t in op.outputs)
        if op.type.startswith("Placeholder") or stateful and op.type not in _COPIED:
            raise ValueError(
                "Failed to create a one-shot iterator for a dataset. `Dataset.make_one_shot_iterator()` does not support "
                "datasets that capture stateful objects, such as a `Variable` or `LookupTable`. In these cases, use "
                f"`Dataset.make_initializable_iterator()`. (It captures {op.type} '{op.name}')"
            )
        made = body.add_op(
            op.op_def, body.unique_name(op.name), tuple(tensors[t] for t in op.inputs), dict(op.attrs),
            [t._dtype for t in op.outputs], [copies[c] for c in op._control_inputs],
        )  # fmt: skip
        copies[op] = made
        tensors.update(zip(op.outputs, made.outputs))
    return tensors[variant]


datasets._iterators = sys.modules[__name__]  # type: ignore[assignment]
