"""From operations to one pure function: values in, values out; state, random counters and failures as values too.

An `Emitter` walks operations in order and calls their rules. It runs under `jax.jit` to be traced, or, when every rule folds,
on NumPy arrays directly.
"""

from __future__ import annotations

import collections
import contextlib

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._lowering import failure_code, own_gradients, reads, rule, shape_checks, table, tensor_array_value
from graphflow._ops import derived, handles

ROOM = 128  # to begin with: iterations a differentiated loop can keep, elements of an array that grows
# operations that run bodies: references and handles enter them as such
CALLING = frozenset(
    ("If", "StatelessIf", "While", "StatelessWhile", "Case", "PartitionedCall", "StatefulPartitionedCall")
)


_CURE = ": run tf.{}_variables_initializer() first, or restore the variable from a checkpoint"
_LOCAL = "local_variables"  # the collection of what the initializer of global variables leaves out
_FROM_RULES = (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError)


def _is_local(op, name):
    """Whether the variable of that name is one that a Saver does not save, such as the counts of a metric."""
    return any(v.op.name == name for v in op.graph.get_collection(_LOCAL))


class Ref:
    """The value of a reference or handle: which variable it names."""

    __slots__ = ("key",)

    def __init__(self, key):
        self.key = key

    def __repr__(self):
        return f"Ref({self.key!r})"


class Emitter:
    """Runs the rules of a set of operations, and keeps what they share.

    Attributes:
        state: variable key -> current value; changes as operations write.
        written: keys that were written.
        failures: (op, message, error, dtypes) of the guards, by number - 1; the dtypes are those of the data inside the code.
        data: of each guard its data, None where they cannot be fetched because it stands inside a loop or branch.
        code: as `failure_code` makes it: 0, or the number of the first guard that failed; minus the room that was needed where a
            loop or TensorArray ran out of it. Then the data of a guard inside a loop or branch, which leave it only that way.
            A plain 0 as long as nothing can fail.
        depth: how many loop or branch bodies are open.
        with_pullback: forward operations whose derived gradient runs in the same program, each with the inputs it is for.
        differentiating: how many derivatives are being taken of what is emitted now.
        room: iterations that a differentiated loop of unknown length can keep, and elements of an array that grows.
        ranges: loop counters whose least and greatest value is known while tracing.
        consumed: the outputs that are needed of branches, loops and calls; all of those that are not in it.
        call_graph: function(graph, values, wanted) that runs a body from the host; None inside a compiled program. With
            `also`, tensors of the body, and Tapes it returns (outputs, values of `also`).
        time_left: function() -> the seconds the run still has, None without a limit; only on the host.
        row_of: operation -> its lowering row.
        tapes: what host operations leave for their gradients, `host_bodies.Tapes`; None where there are no such gradients.
        reads: the reads of reference variables so far, some of which must be repeated.
    """

    def __init__(self, state, with_pullback=()):
        self.state = state
        self.written = set()
        self.failures = []
        self.data = []
        self.code = 0
        self.depth = 0
        self.with_pullback = with_pullback
        self.pullbacks = {}
        self.differentiating = 0
        self.room = ROOM
        self.ranges = {}
        self.consumed = {}
        self.call_graph = None
        self.row_of = table.row_of
        self.tapes = None
        self.on_numpy = False
        self.reads = reads.Reads()

    # -- what rules use --------------------------------------------------------------------------------------------------

    def read(self, ref, op=None):
        """The value of a variable."""
        value = self.state.get(ref.key)
        if value is None:
            if op is not None and op.type == "Placeholder":  # inside a body, which captured the variable
                op = handles.origin(op.outputs[0]) or op
            cure = _CURE.format("local" if op is not None and _is_local(op, ref.key) else "global")
            raise errors.FailedPreconditionError(None, op, f"Attempting to use uninitialized value {ref.key}{cure}")
        return value

    def newer(self, value, key, op=None):
        """The present value of a variable in the place of `value`, which was read from it before."""
        now = self.read(Ref(key), op)
        return _in_place_of(value, now) if self.differentiating else now

    def write(self, ref, value):
        """Gives a variable a new value. Gradients do not flow to what is assigned, but, as in TensorFlow, to the variable."""
        if self.differentiating:
            value = _in_place_of(self.state.get(ref.key), value)
        self.state[ref.key] = value
        self.written.add(ref.key)

    def counter(self, op, advance):
        """The block counter of a random operation before this execution, which moves it on by `advance`."""
        key = random_key(op)
        before = self.state.get(key)
        before = np.uint64(0) if before is None else before
        advance = np.uint64(advance) if isinstance(advance, int) else advance
        with np.errstate(over="ignore"):
            self.write(Ref(key), before + advance)
        return before

    def guard(self, failed, op, message, *data, error=errors.InvalidArgumentError):
        """The run raises `error` with `message`, naming `op`, where the boolean scalar `failed` is true.

        `message` may hold `{}` places for `data`, scalars that are fetched only in that case; or it is a function of `data`
        (or of nothing, where they cannot be had) that gives the text.
        """
        if rule.is_plain(failed):
            if failed:
                if rule.is_plain(*data) and self.depth == 0:  # a branch may not be taken
                    raise error(None, op, failure_code.text(message, data))
            else:
                return
        data = [jnp.asarray(d) for d in data]
        carried = [] if self.depth == 0 or not failure_code.fits(data) else data
        self.data.append(tuple(data) if self.depth == 0 else None)
        self.failures.append((op, message, error, [d.dtype for d in carried]))
        self.flag(jnp.where(failed, failure_code.of(len(self.failures), carried), failure_code.none()))

    def wanted(self, op):
        """The positions of the outputs of `op` that anything needs, None for all."""
        found = self.consumed.get(op)
        return None if found is None else frozenset(found)

    @contextlib.contextmanager
    def knowing(self, ranges):
        """In this block the integer scalars in `ranges` lie in their (least, greatest)."""
        before, self.ranges = self.ranges, {**self.ranges, **ranges}
        try:
            yield
        finally:
            self.ranges = before

    def need_room(self, needed, room):
        """The run is repeated with more room where the int32 scalar `needed` is greater than `room`."""
        self.flag(jnp.where(needed > room, failure_code.of(-needed), failure_code.none()))

    def flag(self, code):
        """Takes note of a code: the first failure counts, but where room ran out nothing else does."""
        if isinstance(code, int):
            return
        if isinstance(self.code, int):
            self.code = code
            return
        before, now = self.code[0], code[0]
        self.code = jnp.where((before == 0) | ((now < 0) & (now < before)), code, self.code)

    # -- the walk --------------------------------------------------------------------------------------------------------

    def run(self, ops, env):
        """Executes operations in order; `env` maps tensors to values and is filled."""
        for op in ops:
            row = self.row_of(op)
            inputs = self.inputs_of(op, env)
            if row.is_host:  # what was folded may be a NumPy scalar
                inputs = [np.asarray(v) if isinstance(v, np.generic) else v for v in inputs]
            try:
                shape_checks.check(op, inputs)
                if op in self.with_pullback:
                    outputs = self._with_pullback(row, op, inputs)
                elif self.differentiating and "_gradient_op_type" in op.attrs:
                    outputs = own_gradients.emit_with(self, row, op, inputs, env)
                else:
                    outputs = row.emit(self, op, *inputs)
            except _FROM_RULES as err:
                raise self._failed(op, inputs, err) from err
            except MemoryError as err:
                raise errors.ResourceExhaustedError(None, op, f"OOM in {op.type} '{op.name}': {err}") from err
            self.bind(op, jax.tree.map(_as_numpy, outputs) if self.on_numpy else outputs, env)
            self.reads.note(op)
        return env

    def _failed(self, op, inputs, err):
        """What a rule could not do with its inputs, as an error that names the operation."""
        came = ", ".join(f"{np.dtype(v.dtype).name}{list(v.shape)}" for v in inputs if hasattr(v, "shape"))
        return errors.InvalidArgumentError(None, op, f"{op.type} '{op.name}' failed on ({came}): {err}")

    def inputs_of(self, op, env):
        """The values of an operation's inputs; references are read unless the operation asks for the reference."""
        inputs = []
        for i, t in enumerate(op.inputs):
            value = env[t]
            if type(value) is Ref and t._dtype.is_ref and not takes_ref(op, i):
                value = self.read(value, t.op)
            elif (late := self.reads.late_key(op, t)) is not None:
                value = self.newer(value, late, t.op)
            inputs.append(value)
        return inputs

    def bind(self, op, outputs, env):
        """Puts an operation's results into `env`, checked against what the graph says of them."""
        if len(op.outputs) == 1 and not (isinstance(outputs, tuple) and len(outputs) == 1):
            env[op.outputs[0]] = checked(op.outputs[0], outputs)
            return
        if not op.outputs:
            return
        if len(outputs) != len(op.outputs):
            raise errors.InternalError(
                None, op, f"the rule of {op.type} gave {len(outputs)} outputs, the op has {len(op.outputs)}"
            )
        for t, value in zip(op.outputs, outputs):
            env[t] = checked(t, value)

    def _with_pullback(self, row, op, inputs):
        """Runs the rule under jax.vjp and keeps the pullback for the derived gradient: the forward work is done once."""
        outputs, pullback, aux = self.vjp(row, op, inputs, self.with_pullback[op])
        self.absorb(aux)
        self.pullbacks[op] = (inputs, outputs, pullback)
        return outputs if len(outputs) > 1 else outputs[0]

    def vjp(self, row, op, inputs, wrt):
        """(outputs, pullback, effects) of an operation's rule.

        The pullback takes cotangents like the outputs to a dict: position in `wrt` -> cotangent, for the inputs that are real or
        complex numbers. A variable that is read inside a body is one of them too; its position is that of its handle.
        """
        places = {i: place for i in wrt if (place := self._place(op, inputs[i])) is not None}

        def forward(chosen):
            full = list(inputs)
            for i, value in chosen.items():
                if type(full[i]) is Ref:
                    self.state[full[i].key] = value
                else:
                    full[i] = value
            out = row.emit(self, op, *full)
            out = tuple(out) if isinstance(out, (tuple, list)) else (out,)
            named.update((i, value) for i, value in enumerate(out) if type(value) is Ref)
            return tuple(None if type(value) is Ref else value for value in out)

        named = {}  # outputs that name something: they have no part in the derivative
        self.differentiating += 1
        try:
            outputs, pullback, aux = jax.vjp(self.pure(forward), places, has_aux=True)
        finally:
            self.differentiating -= 1
        outputs = tuple(named.get(i, value) for i, value in enumerate(outputs))
        return outputs, jax.tree_util.Partial(_of_places, pullback), aux  # it may leave a program, values and all

    def _place(self, op, value):
        """What the derivative is taken with respect to for an input: its value, a variable's value, or None."""
        if type(value) is Ref:
            value = self.state.get(value.key) if op.type in CALLING else None
        if type(value) is tensor_array_value.TensorArrayValue:
            return value if value.buffer is not None and jnp.issubdtype(value.dtype, jnp.inexact) else None
        smooth = hasattr(value, "dtype") and value.dtype != object and jnp.issubdtype(value.dtype, jnp.inexact)
        return jnp.asarray(value) if smooth else None

    def pure(self, function):
        """`function` as one without side effects: (result, what it did to state, counters and guards).

        JAX traces the inside of loops, branches and derivatives apart: what happens there must leave as a value, which
        `absorb` takes in again.
        """

        def wrapped(*args):
            before = self.state, self.written, self.code
            self.state, self.written, self.code = dict(self.state), set(), 0
            self.depth += 1
            try:
                result = function(*args)
                aux = values_of(self.state, self.written), None if isinstance(self.code, int) else self.code
            finally:
                self.depth -= 1
                self.state, self.written, self.code = before
            return result, aux

        return wrapped

    def absorb(self, aux):
        """Takes over the effects of a `pure` function that has run."""
        changed, code = aux
        for key, value in changed.items():
            self.write(Ref(key), value)
        if code is not None:
            self.flag(code)


def _of_places(pullback, cotangents):
    return pullback(cotangents)[0]


def values_of(state, keys):
    """The values of some keys; ordered as given, since JAX would sort the keys of a dict, which are texts and tuples."""
    return collections.OrderedDict((key, state[key]) for key in keys)


@jax.custom_jvp
def _replaced(before, after):
    return after


_replaced.defjvp(lambda primals, tangents: (primals[1], tangents[0]))


def _in_place_of(before, after):
    """`after`, with the derivative of `before`."""
    if not hasattr(after, "dtype") or not jnp.issubdtype(after.dtype, jnp.inexact):
        return after
    if getattr(before, "shape", None) != after.shape or before.dtype != after.dtype:
        return jax.lax.stop_gradient(after)
    return _replaced(before, after)


SEEDED, UNSEEDED = "seeded", "unseeded"


def random_key(op):
    """The state key of a random operation's counter; it says whether the numbers are to differ between sessions."""
    seeded = op.attrs.get("seed") or op.attrs.get("seed2")
    return (SEEDED if seeded else UNSEEDED, _body_prefix(op.graph) + op.name)


def _body_prefix(graph):
    """What tells the names in the function of a dataset, which begin anew in each, from others."""
    while graph is not None:
        if getattr(graph, "own_names", False):
            return f"{graph.name}/"
        graph = getattr(graph, "outer_graph", None)
    return ""


def takes_ref(op, position):
    """Whether the operation wants the reference itself at that input."""
    if op.type in CALLING:
        return True
    if op.type == "DerivedGradient":
        forward = derived.forward_of(op)
        return position < len(forward.inputs) and takes_ref(forward, position)
    args = op.op_def.inputs
    if len(args) == len(op.inputs):
        return args[position].is_ref
    at = 0
    for arg in args:
        n = 1
        if arg.number_attr is not None:
            n = op.attrs[arg.number_attr]
        elif arg.type_list_attr is not None:
            n = len(op.attrs[arg.type_list_attr])
        if position < at + n:
            return arg.is_ref
        at += n
    return False


def _as_numpy(value):
    return np.asarray(value) if isinstance(value, jax.Array) else value


def checked(t, value):
    """`value` if it is what the graph says of `t`."""
    if type(value) is bytes:  # an element of an array of texts
        return np.array(value, object)
    if type(value) is Ref or type(value) is tensor_array_value.TensorArrayValue or not hasattr(value, "dtype"):
        return (
            value if not isinstance(value, (bool, int, float, complex)) else np.asarray(value, t._dtype.as_numpy_dtype)
        )
    base = t._dtype.base_dtype
    if base._kind in "so":
        return value
    if value.dtype != base.as_numpy_dtype:
        raise errors.InternalError(
            None, t.op, f"the rule of {t.op.type} gave {value.dtype} for {t.name}, which is {base.name}"
        )
    if not shapes.compatible(t._dims, value.shape):
        raise errors.InternalError(
            None,
            t.op,
            f"the rule of {t.op.type} gave shape {list(value.shape)} for {t.name}, which has {shapes.to_text(t._dims)}",
        )
    return value


def is_opaque(t):
    """Whether a tensor's values are no arrays: strings, handles."""
    return t._dtype.base_dtype in (dtypes.string, dtypes.resource, dtypes.variant)
