"""From operations to one pure function: values in, values out; state, random counters and failures as values too.

An `Emitter` walks operations in order and calls their rules. It runs under `jax.jit` to be traced, or, when every rule folds,
on NumPy arrays directly.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._lowering import rule, table


_FROM_RULES = (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError)


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
        failures: (op, message, data) of the guards, by code - 1.
        code: 0, or the number of the first guard that failed; a plain 0 as long as there is no guard.
        depth: how many loop or branch bodies are open.
    """

    def __init__(self, state, with_pullback=()):
        self.state = state
        self.written = set()
        self.failures = []
        self.data = []
        self.code = 0
        self.depth = 0
        self.with_pullback = with_pullback  # forward operations whose derived gradient runs in the same program
        self.pullbacks = {}
        self.overflow = None

    # -- what rules use --------------------------------------------------------------------------------------------------

    def read(self, ref, op=None):
        """The value of a variable."""
        value = self.state.get(ref.key)
        if value is None:
            raise errors.FailedPreconditionError(None, op, f"Attempting to use uninitialized value {ref.key}")
        return value

    def write(self, ref, value):
        """Gives a variable a new value."""
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

        `message` may hold `{}` places for `data`, scalars that are fetched only in that case.
        """
        if rule.is_plain(failed):
            if failed:
                if rule.is_plain(*data):
                    raise error(None, op, message.format(*[np.asarray(d).item() for d in data]))
            else:
                return
        self.failures.append((op, message, error))
        number = len(self.failures)
        if self.depth == 0:
            self.data.append(tuple(jnp.asarray(d) for d in data))
        else:
            self.data.append(None)  # values inside a loop do not leave it
        flagged = jnp.where(failed, jnp.int32(number), jnp.int32(0))
        self.code = jnp.where(self.code == 0, flagged, self.code) if not isinstance(self.code, int) else flagged

    # -- the walk --------------------------------------------------------------------------------------------------------

    def run(self, ops, env):
        """Executes operations in order; `env` maps tensors to values and is filled."""
        row_of = table.row_of
        for op in ops:
            row = row_of(op)
            inputs = self.inputs_of(op, env)
            try:
                if op in self.with_pullback:
                    outputs = self._with_pullback(row, op, inputs)
                else:
                    outputs = row.emit(self, op, *inputs)
            except _FROM_RULES as err:
                raise self._failed(op, inputs, err) from err
            self.bind(op, outputs, env)
        return env

    def _failed(self, op, inputs, err):
        """What a rule could not do with its inputs, as an error that names the operation."""
        came = ", ".join(f"{np.dtype(v.dtype).name}{list(v.shape)}" for v in inputs if hasattr(v, "dtype"))
        return errors.InvalidArgumentError(None, op, f"{op.type} '{op.name}' failed on ({came}): {err}")

    def inputs_of(self, op, env):
        """The values of an operation's inputs; references are read unless the operation asks for the reference."""
        inputs = []
        for i, t in enumerate(op.inputs):
            value = env[t]
            if type(value) is Ref and t._dtype.is_ref and not takes_ref(op, i):
                value = self.read(value, t.op)
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
        where = differentiable(inputs)

        def forward(*chosen):
            full = list(inputs)
            for i, value in zip(where, chosen):
                full[i] = value
            out = row.emit(self, op, *full)
            out = tuple(out) if isinstance(out, (tuple, list)) else (out,)
            return out

        outputs, pullback, aux = jax.vjp(self.pure(forward), *[jnp.asarray(inputs[i]) for i in where], has_aux=True)
        self.absorb(aux)
        self.pullbacks[op] = (where, outputs, pullback)
        return outputs if len(outputs) > 1 else outputs[0]

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
                aux = {key: self.state[key] for key in self.written}, jnp.asarray(self.code, jnp.int32)
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
        if self.failures:
            self.code = code if isinstance(self.code, int) else jnp.where(self.code == 0, code, self.code)


def differentiable(values):
    """Positions of the floating or complex values."""
    return [
        i for i, v in enumerate(values)
        if not isinstance(v, Ref) and hasattr(v, "dtype") and jnp.issubdtype(v.dtype, jnp.inexact)
    ]  # fmt: skip


SEEDED, UNSEEDED = "seeded", "unseeded"


def random_key(op):
    """The state key of a random operation's counter; it says whether the numbers are to differ between sessions."""
    seeded = op.attrs.get("seed") or op.attrs.get("seed2")
    return (SEEDED if seeded else UNSEEDED, op.name)


def takes_ref(op, position):
    """Whether the operation wants the reference itself at that input."""
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


def checked(t, value):
    """`value` if it is what the graph says of `t`."""
    if type(value) is Ref or not hasattr(value, "dtype"):
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
