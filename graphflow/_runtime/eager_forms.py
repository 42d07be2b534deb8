"""How one operation is executed for inputs of certain types and shapes: found out once, and remembered.

Rules are given a template of the operation, which stands in a graph of its own and has placeholders for inputs, so that nothing
that is remembered holds on to values. A form knows variables by the positions of their handles, and random streams by what they are
given: one form serves all variables of a shape, and all seeds.
"""

from __future__ import annotations

import functools
import secrets
import types

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import dtypes, errors
from graphflow._graph import graph as graph_lib
from graphflow._graph import op_def as op_defs
from graphflow._graph import operation
from graphflow._lowering import emit, table
from graphflow._ops import derived, handles
from graphflow._runtime import compile_policy, compiled_step, host_step, plans, store

STORE = store.Store()  # the variables, resources and counters of eager execution
COUNTERS: dict = {}  # (key of a form, seeds) -> block counter of a random operation
_SMALL = 1 << 14  # elements: up to so many NumPy is faster than a compiled program is called
_SEEDS = ("seed", "seed2")
_FROM_RULES = (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError)
SCRATCH = graph_lib.Graph()
_x64 = jax.enable_x64
_pure = emit.Emitter({})


class Context(emit.Emitter):
    """The emitter of one operation, with the block counter of its random stream."""

    def __init__(self, state, counter):
        super().__init__(state)
        self.drawn = counter

    def counter(self, op, advance):
        """The block counter before this execution, which moves it on by `advance`."""
        before = self.drawn
        with np.errstate(over="ignore"):
            self.drawn = before + (np.uint64(advance) if isinstance(advance, int) else advance)
        return before


# -- keys ----------------------------------------------------------------------------------------------------------------


def key_of(op, values):
    """What tells the forms of operations apart: type, attributes without seeds and names, types and shapes of the inputs."""
    signature, refs = [], None
    for value in values:
        if type(value) is emit.Ref:
            refs = {} if refs is None else refs
            held = STORE.values.get(value.key)
            first = refs.setdefault(value.key, len(refs))
            signature.append((first, None if held is None else (held.shape, held.dtype)))
        else:
            signature.append((value.shape, value.dtype))
    return _attrs_key(op), tuple(signature)


def _attrs_key(op):
    if op.type == "DerivedGradient":
        own = tuple((k, _hashable(v)) for k, v in op.attrs.items() if k != "forward")
        return op.type, own, _attrs_key(forward_of(op))
    if "seed2" in op.attrs:
        return op.type, tuple((k, _hashable(v)) for k, v in op.attrs.items() if k not in _SEEDS)
    return op.type, tuple((k, _hashable(v)) for k, v in op.attrs.items())


def _hashable(value):
    if type(value) is list:
        return tuple([_hashable(v) for v in value])
    return (value.shape, value.tobytes()) if type(value) is np.ndarray else value


def forward_of(op):
    """The operation whose gradient a DerivedGradient is. It holds on to it, so that it can itself be derived."""
    found = getattr(op, "_extra", None)
    if found is None:
        found = op._extra = derived.forward_of(op)
    return found


# -- templates -----------------------------------------------------------------------------------------------------------


def template_of(op, dims):
    """An operation like `op` in a graph of its own, its inputs placeholders of the plain shapes `dims`.

    Raises:
        InvalidArgumentError: the shapes do not fit the operation.
    """
    return _copied(op, tuple([_placeholder(t, d) for t, d in zip(op.inputs, dims)]))


def _copied(op, inputs):
    attrs = dict(op.attrs)
    if op.type == "DerivedGradient":
        forward = forward_of(op)
        attrs["forward"] = _copied(forward, inputs[: len(forward.inputs)]).name.encode()
    try:
        return SCRATCH.add_op(
            op.op_def, SCRATCH.unique_name(op.type), inputs, attrs, [t._dtype for t in op.outputs], ()
        )
    except ValueError as err:
        raise errors.InvalidArgumentError(None, op, str(err).partition("\n  made at")[0]) from None


def _placeholder(t, dims):
    if t._dtype is dtypes.resource and (variable := handles.variable_of(t)) is not None:
        kind, attrs = "VarHandleOp", {"dtype": variable[0], "shape": variable[1], "shared_name": b"", "container": b""}
    else:
        kind, attrs = "Placeholder", {"dtype": t._dtype.base_dtype, "shape": dims}
    return SCRATCH.add_op(op_defs.get(kind), SCRATCH.unique_name(kind), (), attrs, (t._dtype,), ()).outputs[0]


# -- forms ---------------------------------------------------------------------------------------------------------------


def on_host(op, values, tapes=None):
    """The outputs of an operation that runs in Python."""
    island = types.SimpleNamespace(ops=[op], inputs=op.inputs, outputs=op.outputs)
    return host_step.interpret(island, STORE, values, plans.call_body, tapes)


class HostForm:
    """Of operations that run in Python."""

    def execute(self, op, values):
        """The values of the outputs."""
        return on_host(op, values)


def form_of(op, values, key):
    """The form of an operation for inputs like `values`."""
    dims = [() if type(value) is emit.Ref else value.shape for value in values]
    template = template_of(op, dims)
    row = table.row_of(template)
    return HostForm() if row.is_host else Form(template, row, values, key)


class Form:
    """Of operations that NumPy or a compiled program computes.

    Attributes:
        template: an operation of the same type and attributes, for the rule.
        slots: the positions of the inputs that are handles of variables.
    """

    def __init__(self, template, row, values, key):
        self.template, self.row, self.key = template, row, key
        self.slots = [i for i, value in enumerate(values) if type(value) is emit.Ref]
        self.static = sorted({i % len(values) for i in _static(template)} if values else ())
        self._programs = {}
        self._may_use_numpy = row.folds and not self.slots

    def execute(self, op, values):
        """The values of the outputs.

        Raises:
            OpError: the operation failed.
        """
        stream = None
        if self.row.draws:
            seeds = op.attrs["seed"], op.attrs["seed2"]
            place = self.key[0], seeds
            stream = *seeds, COUNTERS.get(place)
            if stream[2] is None:
                stream = *seeds, np.uint64(0) if any(seeds) else _anywhere()
        try:
            if self._may_use_numpy and self._is_small(values):
                outputs, counter = self._on_numpy([np.asarray(v) for v in values], stream)
            else:
                outputs, counter = self._compiled(values, stream)
        except errors.OpError as err:
            raise type(err)(None, op, err.message) from err
        except _FROM_RULES as err:
            raise _pure._failed(op, values, err) from err
        if self.row.draws:
            COUNTERS[place] = counter
        return outputs

    def checked(self, outputs):
        """The outputs as a tuple, checked against what the graph says of them."""
        expected = self.template.outputs
        if len(expected) == 1 and not (isinstance(outputs, tuple) and len(outputs) == 1):
            outputs = (outputs,)
        return tuple([emit.checked(t, value) for t, value in zip(expected, outputs)])

    def with_seeds(self, seed, seed2):
        """The template with these seeds."""
        t = self.template
        attrs = {**t.attrs, "seed": seed, "seed2": seed2}
        made = operation.Operation(t.graph, t.op_def, t.name, t.inputs, attrs, (), "", t.made_at, t._id)
        made.outputs = t.outputs
        return made

    # -- NumPy -----------------------------------------------------------------------------------------------------------

    def _is_small(self, values):
        size = 0
        for value in values:
            if type(value) is not np.ndarray and not _on_cpu():
                return False
            size += value.size
        if self.row.draws and self.static and values[0].ndim == 1:
            size += int(np.prod(np.asarray(values[0]), dtype=np.int64))
        return size <= _SMALL

    def _on_numpy(self, values, stream):
        context, template = _pure, self.template
        if stream is not None:
            context, template = Context({}, stream[2]), self.with_seeds(*stream[:2])
        with np.errstate(all="ignore"):
            outputs = self.row.emit(context, template, *values)
        return self.checked(outputs), context.drawn if stream is not None else None

    # -- compiled --------------------------------------------------------------------------------------------------------

    def _compiled(self, values, stream):
        fixed = tuple([np.asarray(values[i]).tobytes() for i in self.static])
        program = self._programs.get(fixed)
        is_new = program is None
        if is_new:
            program = self._programs[fixed] = _Program(self, {i: np.asarray(values[i]) for i in self.static})
            if len(self._programs) > _MOST:
                del self._programs[next(iter(self._programs))]
        store_values = STORE.values
        state = [store_values.get(values[i].key) for i in self.slots]
        arguments = [values[i] for i in program.arguments]
        if stream is not None:
            stream = np.uint64(stream[0] % 2**64), np.uint64(stream[1] % 2**64), stream[2]
        try:
            if is_new:
                with _x64(True), compile_policy.persistent_cache():
                    outputs, written, counter, code, data = program.compiled(state, stream, arguments)
            else:
                with _x64(True):
                    outputs, written, counter, code, data = program.compiled(state, stream, arguments)
            if code is not None and code:
                compiled_step.raise_failure(program, int(code), data)
        except jax.errors.JaxRuntimeError as err:
            raise compiled_step.translated(err, []) from None
        for i, value in written.items():
            store_values[values[i].key] = value
        return outputs, counter


_MOST = 1000  # programs of one form, which differ in axes, sizes and the like


class _Program:
    """A form compiled for certain values of the inputs that must be known while tracing."""

    def __init__(self, form, static):
        self.form, self.static = form, static
        self.arguments = [i for i in range(len(form.template.inputs)) if i not in static and i not in form.slots]
        self.failures, self.carries_data = [], []
        self.compiled = jax.jit(self._trace)

    def _trace(self, state, stream, arguments):
        form, template = self.form, self.form.template
        keys = [_slot_key(template.inputs[i]) for i in form.slots]
        context = Context(dict(zip(keys, state)), None)
        if stream is not None:
            context.drawn, template = stream[2], form.with_seeds(*stream[:2])
        inputs = dict(self.static)
        inputs.update(zip(self.arguments, arguments))
        inputs.update((i, emit.Ref(key)) for i, key in zip(form.slots, keys))
        outputs = form.checked(form.row.emit(context, template, *[inputs[i] for i in range(len(inputs))]))
        written = {i: context.state[key] for i, key in zip(form.slots, keys) if key in context.written}
        self.failures = context.failures
        self.carries_data = [d is not None for d in context.data]
        if isinstance(context.code, int):
            return outputs, written, context.drawn, None, ()
        code = context.code[0].astype(jnp.int32)
        return outputs, written, context.drawn, code, (*[d for d in context.data if d is not None], context.code[1:])


def _slot_key(handle):
    """The key of the variable that a handle of a template stands for."""
    return handle.op.name


def _static(template):
    """The positions of the inputs that must be known while tracing; those of the forward operation are for its gradient."""
    while template.type == "DerivedGradient":
        template = derived.forward_of(template)
    return table.row_of(template).static


def _anywhere():
    """Where the stream of an operation without seeds begins."""
    return np.uint64(secrets.randbits(64))


@functools.cache
def _on_cpu():
    return jax.default_backend() == "cpu"
