"""tf.function: a Python function traced once for each kind of arguments, and called as one operation from then on.

With eager execution the call is compiled as a whole; in a graph it is a node. Before it is traced, AutoGraph makes operations of
`if` and `for` over tensors. Where it could not, since the source is not there, a function called eagerly runs as Python instead.
"""

from __future__ import annotations

import functools
import inspect
import weakref

import numpy as np

from graphflow._core import errors, nest
from graphflow._graph import build, function_graph, operation, recording, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import bodies, dataset_functions, element_spec, user_functions, variable


class _Switch:
    run_eagerly = False


def run_functions_eagerly(run_eagerly):
    """Whether functions made by `tf.function` run as Python from now on, for debugging."""
    _Switch.run_eagerly = bool(run_eagerly)


def function(
    func=None, input_signature=None, autograph=True, experimental_autograph_options=None, experimental_relax_shapes=False,
    experimental_compile=None,
):  # fmt: skip
    """Decorator: makes one operation of all that a function of tensors does.

    Args:
        func: the function; where None, the decorator is returned.
        input_signature: TensorSpecs of the arguments, nested; each call then has to fit them, and there is one trace.
        autograph: whether branches and loops on tensors become operations.
        experimental_autograph_options: a `tf.autograph.experimental.Feature` or several.
        the others: taken and ignored.

    Returns:
        a `Function`.
    """
    if func is None:
        return functools.partial(
            function, input_signature=input_signature, autograph=autograph,
            experimental_autograph_options=experimental_autograph_options,
        )  # fmt: skip
    made = Function(func, input_signature, autograph, experimental_autograph_options)
    return functools.wraps(func, updated=())(made)


def defun(func=None, input_signature=None, autograph=True, experimental_autograph_options=None,
          experimental_relax_shapes=False):  # fmt: skip
    """The older name of `function`."""
    return function(func, input_signature, autograph, experimental_autograph_options)


class TracedBody(function_graph.FunctionGraph):
    """The body of one trace, with names and a count of operations of its own."""

    own_names = True

    def __init__(self, name, outer_graph):
        super().__init__(name, outer_graph)
        self._scopes.name = ""


class Function:
    """A function that is traced; made by `function`."""

    def __init__(self, python_function, input_signature=None, autograph=True, features=None):
        if input_signature is not None and not isinstance(input_signature, (tuple, list)):
            raise TypeError("input_signature must be either a tuple or a list, received " + str(type(input_signature)))
        self._python_function, self._autograph, self._features = python_function, autograph, features
        self._input_signature = None if input_signature is None else tuple(input_signature)
        self._name = getattr(python_function, "__name__", type(python_function).__name__).replace("<lambda>", "lambda")
        self._signature = inspect.signature(python_function)
        self._traces = weakref.WeakKeyDictionary()  # graph around -> {kind of arguments: ConcreteFunction}
        self._as_python = False

    python_function = property(lambda self: self._python_function)
    input_signature = property(lambda self: self._input_signature)
    function_spec = property(lambda self: self._signature)

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        name = f"_traced_{self._name}_{id(self)}"
        kept = getattr(instance, "__dict__", {})
        bound = kept.get(name)
        if bound is None:
            method = self._python_function.__get__(instance, owner)
            bound = kept[name] = Function(method, self._input_signature, self._autograph, self._features)
        return bound

    def __call__(self, *args, **kwargs):
        """What the function returns, its leaves tensors."""
        if _Switch.run_eagerly or self._as_python:
            return self._run(args, kwargs)
        try:
            concrete, tensors = self._concrete(args, kwargs)
        except errors.NeedsPythonError:
            if not self._autograph or not graph_lib.get_default_graph().executes:
                raise
            self._as_python = True
            return self._run(args, kwargs)
        return concrete.call(tensors)

    def _run(self, args, kwargs):
        """The results of the Python function itself, as tensors."""
        returned = self._python_function(*args, **kwargs)
        return nest.pack_sequence_as(returned, [_result(leaf) for leaf in nest.flatten(returned)])

    def get_concrete_function(self, *args, **kwargs):
        """The trace for arguments like these, tensors or TensorSpecs; for the input signature where there are none."""
        if not args and not kwargs and self._input_signature is not None:
            args = self._input_signature
        return self._concrete(args, kwargs)[0]

    def _concrete(self, args, kwargs):
        """(the trace for these arguments, the tensors among them)."""
        arguments = self._signature.bind(*args, **kwargs)
        arguments.apply_defaults()
        structure = [list(arguments.args), dict(arguments.kwargs)]
        if self._input_signature is not None:
            structure[0] = self._as_declared(structure[0])
        leaves = [_leaf(leaf) for leaf in nest.flatten(structure)]
        declared = leaves if self._input_signature is None else self._declared_leaves(leaves)
        key = _key(structure, declared)
        traces = self._traces.setdefault(graph_lib.get_default_graph(), {})
        found = traces.get(key)
        if found is None:
            with user_functions.conversion(bool(self._autograph)):
                traced = user_functions.to_trace(self._python_function, self._features)
                found = traces[key] = ConcreteFunction(traced, self._name, structure, declared)
        return found, [part for leaf in leaves if _is_dynamic(leaf) for part in bodies.components(leaf)]

    def _as_declared(self, args):
        """The arguments as tensors of the types of the input signature; those it does not name must have defaults."""
        if len(args) < len(self._input_signature):
            raise ValueError(
                f"Structure of Python function inputs does not match input_signature: {len(self._input_signature)} arguments "
                f"are declared, got {len(args)}"
            )
        converted = []
        for value, spec in zip(args, self._input_signature):
            flat = [
                v if isinstance(v, element_spec.TensorSpec) else build.convert_to_tensor(v, dtype=s.dtype)
                for v, s in zip(nest.flatten_up_to(spec, value, check_types=False), nest.flatten(spec))
            ]
            for v, s in zip(flat, nest.flatten(spec)):
                if not s.shape.is_compatible_with(v.shape):
                    raise ValueError(
                        f"Python inputs incompatible with input_signature: inputs: ({v}), input_signature: ({s})"
                    )
            converted.append(nest.pack_sequence_as(spec, flat))
        return converted + args[len(converted) :]

    def _declared_leaves(self, leaves):
        """The leaves with the specs of the input signature in the places of tensors."""
        specs = nest.flatten(list(self._input_signature))
        return [specs[i] if i < len(specs) else leaf for i, leaf in enumerate(leaves)]


class ConcreteFunction:
    """A trace: a body, and how arguments and results are put into it.

    Attributes:
        graph: the body. structured_outputs: what the function returned, its leaves tensors of the body.
        variables: the variables it reads, those found while tracing.
    """

    def __init__(self, python_function, name, structure, leaves):
        self.name = f"__inference_{name}"
        outer = graph_lib.get_default_graph()
        root, watcher = graph_lib.control_flow_owner(outer), recording.Variables()
        with dataset_functions.counted_apart(root), recording.only(watcher):
            self.graph = body = TracedBody(self.name, outer)
            with body.as_default():
                given = [_argument(body, leaf) for leaf in leaves]
                root._last_id = body._fixed
                args, kwargs = nest.pack_sequence_as(structure, given)
                returned = python_function(*args, **kwargs)
                self._waits = [leaf for leaf in nest.flatten(returned) if isinstance(leaf, operation.Operation)]
                converted = [_result(leaf) for leaf in nest.flatten(returned)]
                self.structured_outputs = nest.pack_sequence_as(returned, converted)
                body.outputs = [part for leaf in converted if leaf is not None for part in bodies.components(leaf)]
        self._leaves = converted
        body.kept = list(dict.fromkeys([*dataset_functions.effects(body), *self._waits]))
        self.variables = tuple(watcher.found)

    inputs = property(lambda self: list(self.graph.inputs))
    outputs = property(lambda self: list(self.graph.outputs))
    captured_inputs = property(lambda self: self.graph.outer_inputs[self.graph._fixed :])
    trainable_variables = property(lambda self: tuple(v for v in self.variables if v.trainable))

    def __call__(self, *args, **kwargs):
        """The results for tensors in the places of the tensors it was traced with."""
        leaves = [_leaf(leaf) for leaf in nest.flatten([list(args), kwargs])]
        return self.call([part for leaf in leaves if _is_dynamic(leaf) for part in bodies.components(leaf)])

    def call(self, tensors):
        """Adds the operation that calls the body, for tensors one an argument."""
        body, graph = self.graph, graph_lib.get_default_graph()
        for used in self.variables:
            recording.accessed(used)
        with graph.control_dependencies(bodies.waiting_for(body)):
            op = build.operation(
                "StatefulPartitionedCall" if body.kept else "PartitionedCall", tensors + self.captured_inputs, f=body,
                Tout=[t.dtype.base_dtype for t in body.outputs],
            )  # fmt: skip
        if not op.outputs and self.structured_outputs is None and not graph.executes:
            return op  # what follows a call in a graph waits for it
        outputs = iter(op.outputs)
        found = [leaf if leaf is None else _packed(leaf, outputs) for leaf in self._leaves]
        return nest.pack_sequence_as(self.structured_outputs, found)


# -- arguments and results -----------------------------------------------------------------------------------------------


def _leaf(leaf):
    """An argument: arrays become tensors, all else stays."""
    return build.convert_to_tensor(leaf) if isinstance(leaf, (np.ndarray, np.generic)) else leaf


def _is_dynamic(leaf):
    """Whether an argument is a value of the call, and no part of the trace."""
    return isinstance(leaf, (tensor.TensorLike, element_spec.TensorSpec)) and not isinstance(leaf, variable.Variable)


def _key(structure, leaves):
    """What calls must have in common to share a trace."""
    parts = []
    for leaf in leaves:
        if isinstance(leaf, element_spec.TensorSpec):
            parts.append((leaf.dtype, leaf._dims))
        elif _is_dynamic(leaf):
            parts.append(tuple((t._dtype.base_dtype, t._dims) for t in bodies.components(leaf)))
        else:
            parts.append((type(leaf), leaf if _is_hashable(leaf) else id(leaf)))
    return str(nest.map_structure(lambda leaf: 0, structure)), tuple(parts)


def _is_hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _argument(body, leaf):
    """What the Python function is given for a leaf: inputs of the body for tensors."""
    if not _is_dynamic(leaf):
        return leaf
    if isinstance(leaf, element_spec.TensorSpec):
        return body.add_typed_argument(leaf.dtype, leaf._dims)
    return _packed(leaf, iter([body.add_typed_argument(t._dtype.base_dtype, t._dims) for t in bodies.components(leaf)]))


def _packed(leaf, tensors):
    """A value like `leaf` made of the next tensors."""
    return bodies.pack(leaf, [next(tensors) for _ in bodies.components(leaf)])


def _result(leaf):
    """A result as a tensor or tensors of the body; operations and None give none."""
    if leaf is None or isinstance(leaf, operation.Operation):
        return None
    if bodies.components(leaf) != [leaf]:
        return leaf
    return build.convert_to_tensor(leaf)
