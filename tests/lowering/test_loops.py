"""Loops and branches against the same computation unrolled in Python, in float64."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.experimental import io_callback

from graphflow._lowering import loops
from graphflow._lowering.tensor_array_value import TensorArrayValue

KINDS = {
    "known": lambda steps: {"trip_count": steps},
    "bounded": lambda steps: {"maximum_iterations": steps + 3},
    "bound met": lambda steps: {"maximum_iterations": steps},
    "unknown": lambda steps: {"capacity": steps + 5},
    "capacity met": lambda steps: {"capacity": max(steps, 1)},
}


@pytest.fixture(autouse=True)
def strict_float64():
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


def run(kind, steps, cond, body, carry, invariants):
    """The last carry of a differentiable loop of the kind; `steps` is what `cond` is known to allow."""
    options = KINDS[kind](steps)
    if "trip_count" in options:
        out = loops.while_loop(cond, body, carry, invariants, **options)
    elif "maximum_iterations" in options:
        out = loops.bounded_while(cond, body, carry, invariants, differentiable=True, **options)
    else:
        out = loops.while_loop(cond, body, carry, invariants, differentiable=True, **options)
    return out[0]


def unrolled(cond, body, carry, invariants):
    """The same loop in Python, with the counter in the first carry read as a number."""
    while cond(carry, invariants):
        carry = body(carry, invariants)
    return carry


def floats(*shape):
    return jnp.asarray(np.random.default_rng(7).standard_normal(shape) * 0.5)


def assert_same(actual, expected, tolerance=1e-12):
    assert jax.tree.structure(actual) == jax.tree.structure(expected)
    for x, y in zip(jax.tree.leaves(actual), jax.tree.leaves(expected)):
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


def assert_same_derivatives(function, reference, *args):
    """Value, gradient, and gradient of a function of the gradient agree."""

    def of_gradient(f):
        def total(*args):
            return sum(jnp.sum(jnp.sin(x)) for x in jax.tree.leaves(jax.grad(f, every)(*args)))

        return total

    every = tuple(range(len(args)))
    assert_same(jax.jit(function)(*args), reference(*args))
    assert_same(jax.jit(jax.grad(function, every))(*args), jax.grad(reference, every)(*args))
    second = jax.jit(jax.grad(of_gradient(function), every))
    assert_same(second(*args), jax.grad(of_gradient(reference), every)(*args), 1e-10)


# -- one loop ------------------------------------------------------------------------------------------------


def recurrent_cond(carry, invariants):
    return carry["step"] < invariants["steps"]


def recurrent_body(carry, invariants):
    """A pytree with an integer, a bool, random bits, an accumulator, a state, and a carry that stays."""
    step, state = carry["step"], carry["state"]
    bits = carry["bits"] * jnp.uint32(747796405) + jnp.uint32(1)
    noise = (bits >> 8).astype(jnp.float64) / 2.0**24
    state = jnp.tanh(state @ invariants["w"] + carry["bias"] * noise)
    state = jnp.where(carry["odd"], state, -state)
    return {
        "step": step + 1, "odd": ~carry["odd"], "bits": bits, "bias": carry["bias"], "state": state,
        "total": carry["total"] + jnp.sum(state**2) * step.astype(jnp.float64),
    }  # fmt: skip


def recurrent_start(state, bias):
    return {
        "step": jnp.int64(0), "odd": jnp.asarray(False), "bits": jnp.uint32(5), "bias": bias, "state": state,
        "total": jnp.float64(0),
    }  # fmt: skip


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_value_and_two_derivatives(kind, steps):
    def loss(loop):
        def function(state, bias, w):
            out = loop(recurrent_start(state, bias), {"w": w, "steps": jnp.int64(steps)})
            return jnp.sum(out["state"]) + out["total"] + jnp.sum(out["bias"] * out["state"])

        return function

    assert_same_derivatives(
        loss(lambda carry, invariants: run(kind, steps, recurrent_cond, recurrent_body, carry, invariants)),
        loss(lambda carry, invariants: unrolled(recurrent_cond, recurrent_body, carry, invariants)),
        floats(2, 3), floats(2, 3), floats(3, 3),
    )  # fmt: skip


def test_trip_count_may_depend_on_the_values():
    def halve(loop):
        def function(x, factor):
            return loop(lambda c, _: c[0] > 0.1, lambda c, f: (c[0] * f, c[1] + c[0] ** 2), (x, x * 0.0), factor)[1]

        return function

    mine = halve(lambda *args: loops.while_loop(*args, capacity=20, differentiable=True)[0])
    assert_same_derivatives(mine, halve(unrolled), jnp.float64(3.0), jnp.float64(0.6))


def test_values_that_the_functions_close_over_are_differentiated():
    def loss(loop):
        def function(x, a, b):
            scaled = jnp.exp(a)
            return loop(lambda c, _: c[0] < 4, lambda c, _: (c[0] + 1, jnp.sin(c[1] * scaled) + b), (0, x), ())[1]

        return function

    mine = loss(lambda *args: loops.while_loop(*args, capacity=4, differentiable=True)[0])
    assert_same_derivatives(mine, loss(unrolled), *map(jnp.float64, (0.3, 0.2, 0.1)))


def test_third_derivative():
    def power(x):
        carry = (jnp.int32(0), jnp.float64(1))
        body = lambda c, x: (c[0] + 1, c[1] * x)  # noqa: E731
        return loops.while_loop(lambda c, _: c[0] < 5, body, carry, x, capacity=6, differentiable=True)[0][1]

    third = jax.grad(jax.grad(jax.grad(power)))
    assert_same(third(jnp.float64(2.0)), jnp.float64(60 * 2.0**2))


def test_complex_carry():
    def loss(loop):
        def function(angle):
            turn = lax.complex(jnp.cos(angle), jnp.sin(angle))
            z = loop(lambda c, _: c[0] < 3, lambda c, w: (c[0] + 1, c[1] * w + 1.0), (0, turn), turn)[1]
            return jnp.real(z) * jnp.imag(z)

        return function

    mine = loss(lambda *args: loops.while_loop(*args, capacity=3, differentiable=True)[0])
    assert_same_derivatives(mine, loss(unrolled), jnp.float64(0.4))


def test_random_key_as_carry():
    def body(carry, w):
        step, key, x = carry
        key, used = jax.random.split(key)
        return step + 1, key, x * w + jax.random.normal(used, (), jnp.float64)

    def loss(loop):
        return lambda x, w: loop(lambda c, _: c[0] < 3, body, (0, jax.random.key(1), x), w)[2]

    mine = loss(lambda *args: loops.while_loop(*args, capacity=5, differentiable=True)[0])
    assert_same_derivatives(mine, loss(unrolled), jnp.float64(0.4), jnp.float64(0.9))


def test_loop_without_gradient_gives_the_same_values():
    carry, invariants = (
        recurrent_start(floats(2, 3), floats(2, 3)),
        {"w": floats(3, 3), "steps": jnp.int64(6)},
    )
    out, trips, overflow = loops.while_loop(recurrent_cond, recurrent_body, carry, invariants)
    assert_same(out, unrolled(recurrent_cond, recurrent_body, carry, invariants))
    assert (int(trips), bool(overflow)) == (6, False)


@pytest.mark.parametrize("bound, expected", [(0, 0), (3, 3), (9, 5), (2**63 - 1, 5)])
def test_bound_ends_a_loop(bound, expected):
    body = lambda c, _: (c[0] + 1, c[1] * 2.0)  # noqa: E731
    arguments = (lambda c, _: c[0] < 5, body, (0, jnp.float64(1)), (), bound)
    for differentiable in (False, True):
        (_, x), trips, overflow = loops.bounded_while(*arguments, capacity=9, differentiable=differentiable)
        assert (float(x), int(trips), bool(overflow)) == (2.0**expected, expected, False)


def test_overflow_tells_wrong_gradients_and_leaves_values_right():
    def power(w, capacity):
        (_, x), trips, overflow = loops.while_loop(
            lambda c, _: c[0] < 6, lambda c, w: (c[0] + 1, c[1] * w), (0, jnp.float64(1)), w,
            capacity=capacity, differentiable=True,
        )  # fmt: skip
        return x, (trips, overflow)

    results = {n: jax.value_and_grad(lambda w, n=n: power(w, n), has_aux=True)(jnp.float64(2)) for n in (5, 6)}
    for (value, (trips, overflow)), capacity in zip((r[0] for r in results.values()), results):
        assert (float(value), int(trips), bool(overflow)) == (64.0, 6, capacity == 5)
    assert float(results[6][1]) == 6 * 2.0**5
    assert float(results[5][1]) != 6 * 2.0**5


# -- what is taped -------------------------------------------------------------------------------------------


def taped_shapes(function, capacity, *args):
    """Shapes of all buffers that the gradient makes of `capacity` rows."""
    code = str(jax.make_jaxpr(jax.grad(function))(*args))
    prefixes = (f"f64[{capacity}", f"i64[{capacity}", f"i32[{capacity}")
    words = code.replace("]", "] ").replace(":", " ").split()
    return {word for word in words if word.startswith(prefixes)}


def test_only_what_the_pullback_reads_is_taped():
    def loss(x):
        def body(carry, w):
            step, x, total, unchanged, outputs = carry
            x = jnp.sin(x * w)
            return step + 1, x, total + jnp.sum(x), unchanged, outputs.write(step, x)

        outputs = TensorArrayValue.create(jnp.float64, 50)
        carry = (jnp.int64(0), x, jnp.float64(0), jnp.ones((11,)), outputs)
        (_, x, total, _, outputs), _, _ = loops.while_loop(
            lambda c, _: c[0] < 5, body, carry, jnp.float64(1.1), capacity=77, differentiable=True
        )
        return jnp.sum(x) + total + jnp.sum(outputs.stack() ** 2)

    assert taped_shapes(loss, 77, floats(3)) == {"f64[77,3]", "i64[77]"}


# -- nests ---------------------------------------------------------------------------------------------------

NESTS = list(itertools.product(["known", "bounded", "unknown"], repeat=2))


@pytest.mark.parametrize("outer, inner", NESTS)
def test_nested_loops(outer, inner):
    """The inner trip count grows with the outer counter, unless known; the inner body captures a constant."""
    table = floats(2, 3)

    def loss(outer_loop, inner_loop):
        def inner_body(carry, invariants):
            step, y = carry
            return step + 1, jnp.sin(y @ invariants["w"] + table) + invariants["x"]

        def outer_body(carry, w):
            step, x = carry
            limit = jnp.int32(2) if inner == "known" else step
            inner_carry = inner_loop(
                lambda c, i: c[0] < i["limit"],
                inner_body,
                (jnp.int32(0), x),
                {"w": w, "x": x, "limit": limit},
            )
            return step + 1, x * 0.5 + inner_carry[1]

        return lambda x, w: jnp.sum(outer_loop(lambda c, _: c[0] < 4, outer_body, (jnp.int32(0), x), w)[1])

    most = 2 if inner == "known" else 4
    assert_same_derivatives(
        loss(lambda *args: run(outer, 4, *args), lambda *args: run(inner, most, *args)),
        loss(unrolled, unrolled),
        floats(2, 3), floats(3, 3),
    )  # fmt: skip


def test_overflow_of_an_inner_loop_is_carried_out():
    def outer_body(carry, w):
        step, x, overflowed = carry
        (_, x), _, overflow = loops.while_loop(
            lambda c, limit: c[0] < limit, lambda c, _: (c[0] + 1, c[1] * w), (jnp.int32(0), x), step,
            capacity=2, differentiable=True,
        )  # fmt: skip
        return step + 1, x, overflowed | overflow

    def loss(w, steps):
        carry = (jnp.int32(0), jnp.float64(1), jnp.asarray(False))
        (_, x, inner), _, outer = loops.while_loop(
            lambda c, _: c[0] < steps, outer_body, carry, w, capacity=8, differentiable=True
        )
        return x, (inner, outer)

    for steps, power, overflows in ((3, 3, False), (5, 10, True)):
        (value, flags), gradient = jax.value_and_grad(loss, has_aux=True)(jnp.float64(1.5), steps)
        np.testing.assert_allclose(value, 1.5**power)
        assert [bool(flag) for flag in flags] == [overflows, False]
        assert np.isclose(gradient, power * 1.5 ** (power - 1)) != overflows


@pytest.mark.parametrize("kind", KINDS)
def test_cond_in_while(kind):
    def loss(loop, branch):
        def body(carry, w):
            step, x = carry
            return step + 1, branch(step % 2 == 0, lambda x: jnp.sin(x * w), lambda x: x * x - w, x)

        return lambda x, w: loop(lambda c, _: c[0] < 5, body, (jnp.int32(0), x), w)[1]

    assert_same_derivatives(
        loss(lambda *args: run(kind, 5, *args), loops.cond),
        loss(unrolled, lambda pred, yes, no, x: yes(x) if pred else no(x)),
        jnp.float64(0.7), jnp.float64(1.3),
    )  # fmt: skip


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_while_in_cond(kind, taken):
    def loss(loop, branch):
        def many(x, w):
            return loop(lambda c, _: c[0] < 3, lambda c, w: (c[0] + 1, jnp.cos(c[1] * w)), (jnp.int32(0), x), w)[1]

        return lambda x, w: branch(taken, many, lambda x, w: x * w, x, w)

    assert_same_derivatives(
        loss(lambda *args: run(kind, 3, *args), loops.cond),
        loss(unrolled, lambda pred, yes, no, *args: yes(*args) if pred else no(*args)),
        jnp.float64(0.7), jnp.float64(1.3),
    )  # fmt: skip


# -- TensorArrays in loops -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_tensor_arrays_in_a_loop(kind):
    """As dynamic_rnn: one array is read, one of unknown element shape written; one is read and written."""
    steps = 4

    def loss(loop):
        def body(carry, invariants):
            step, state, outputs, sums = carry
            w, inputs = invariants
            state = jnp.tanh(state @ w + inputs.read(step))
            sums = sums.write(step + 1, sums.read(step) * 0.5 + jnp.sum(state))
            return step + 1, state, outputs.write(step, state), sums

        def function(xs, w):
            inputs = TensorArrayValue.create(jnp.float64, steps).unstack(xs)
            outputs = TensorArrayValue.create(jnp.float64, steps)
            sums = TensorArrayValue.create(jnp.float64, steps + 1, element_shape=())
            carry = (jnp.int32(0), jnp.ones_like(xs[0]), outputs, sums)
            _, state, outputs, sums = loop(lambda c, _: c[0] < steps, body, carry, (w, inputs))
            return jnp.sum(outputs.stack() ** 2) + jnp.sum(state) + jnp.sum(sums.gather(jnp.array([4, 1])))

        return function

    mine = loss(lambda *args: run(kind, steps, *args))
    assert_same_derivatives(mine, loss(unrolled), floats(steps, 2, 3), floats(3, 3))


def test_an_array_that_one_branch_writes_to():
    def function(pred, x):
        empty = TensorArrayValue.create(jnp.float64, 2)
        return jnp.sum(loops.cond(pred, lambda a, x: a.write(1, x * x), lambda a, x: a, empty, x).stack())

    for pred, value, gradient in ((True, 5.0, [2.0, 4.0]), (False, 0.0, [0.0, 0.0])):
        out = jax.value_and_grad(function, 1)(pred, jnp.array([1.0, 2.0]))
        assert_same(out, (jnp.float64(value), jnp.array(gradient)))


def test_an_array_that_a_nested_loop_writes_to():
    def loss(loop):
        def inner_body(carry, invariants):
            column, row, array = carry
            return (
                column + 1,
                row,
                array.write(row * 2 + column, jnp.sin(invariants) * column.astype(jnp.float64)),
            )

        def outer_body(carry, x):
            row, array = carry
            return row + 1, loop(
                lambda c, _: c[0] < 2, inner_body, (jnp.int32(0), row, array), x * row.astype(x.dtype)
            )[2]

        def function(x):
            carry = (jnp.int32(0), TensorArrayValue.create(jnp.float64, 6))
            return jnp.sum(loop(lambda c, _: c[0] < 3, outer_body, carry, x)[1].stack() ** 2)

        return function

    mine = loss(lambda *args: loops.while_loop(*args, capacity=4, differentiable=True)[0])
    assert_same_derivatives(mine, loss(unrolled), jnp.float64(0.4))


# -- effects -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"trip_count": 3}, {"capacity": 5, "differentiable": True}], ids=str)
def test_effects_of_a_body_happen_once(options):
    """Neither the gradient nor the gradient of the gradient calls the host again, branches included."""
    calls = []

    def triple(step):
        calls.append(int(step))
        return np.float64(3 * int(step))

    def body(carry, w):
        step, x = carry
        factor = loops.cond(
            step < 2,
            lambda step: io_callback(triple, jax.ShapeDtypeStruct((), jnp.float64), step, ordered=True),
            lambda step: jnp.float64(1),
            step,
        )
        return step + 1, jnp.sin(x * w) + factor * x

    def function(w):
        return loops.while_loop(lambda c, _: c[0] < 3, body, (jnp.int32(0), w), w, **options)[0][1]

    def reference(w):
        x = w
        for factor in (0.0, 3.0, 1.0):
            x = jnp.sin(x * w) + factor * x
        return x

    w = jnp.float64(0.8)
    for transform in (lambda f: f, jax.grad, lambda f: jax.grad(jax.grad(f))):
        calls.clear()
        value = jax.jit(transform(function))(w)
        jax.effects_barrier()
        assert calls == [0, 1]
        assert_same(value, transform(reference)(w))


@pytest.mark.parametrize("outer, inner", [nest for nest in NESTS if "bounded" not in nest])
def test_effects_in_a_nested_loop_happen_once(outer, inner):
    calls = []

    def weigh(i, j):
        calls.append((int(i), int(j)))
        return np.float64(1 + int(i) + int(j))

    def inner_body(carry, invariants):
        j, x = carry
        w, i = invariants
        factor = io_callback(weigh, jax.ShapeDtypeStruct((), jnp.float64), i, j, ordered=True)
        return j + 1, jnp.sin(x * w) * factor

    def outer_body(carry, w):
        i, x = carry
        return i + 1, run(inner, 2, lambda c, _: c[0] < 2, inner_body, (jnp.int32(0), x), (w, i))[1]

    def function(w):
        return run(outer, 3, lambda c, _: c[0] < 3, outer_body, (jnp.int32(0), w), w)[1]

    def reference(w):
        x = w
        for factor in (1.0, 2.0, 2.0, 3.0, 3.0, 4.0):
            x = jnp.sin(x * w) * factor
        return x

    for transform in (lambda f: f, jax.grad, lambda f: jax.grad(jax.grad(f))):
        calls.clear()
        value = jax.jit(transform(function))(jnp.float64(0.7))
        jax.effects_barrier()
        assert calls == list(itertools.product(range(3), range(2)))
        assert_same(value, transform(reference)(jnp.float64(0.7)), 1e-10)


# -- bad input -----------------------------------------------------------------------------------------------


def never(carry, invariants):
    return jnp.asarray(False)


def same(carry, invariants):
    return carry


def test_errors_say_what_came_and_what_was_expected():
    one = jnp.float64(1)
    with pytest.raises(ValueError, match="capacity of at least 1, got None"):
        loops.while_loop(never, same, (one,), (), differentiable=True)
    with pytest.raises(ValueError, match="capacity of at least 1, got 0"):
        loops.while_loop(never, same, (one,), (), differentiable=True, capacity=0)
    with pytest.raises(ValueError, match="trip_count must not be negative, got -1"):
        loops.while_loop(never, same, (one,), (), trip_count=-1)
    with pytest.raises(ValueError, match="maximum_iterations must not be negative, got -2"):
        loops.bounded_while(never, same, (one,), (), -2)
    with pytest.raises(TypeError, match=r"one bool scalar, got float64\[\]"):
        loops.while_loop(lambda c, _: c[0], same, (one,), ())
    with pytest.raises(TypeError, match=r"one bool scalar, got bool\[2\]"):
        loops.while_loop(lambda c, _: jnp.array([True, False]), same, (one,), ())
    with pytest.raises(TypeError, match=r"carry\[1\] is float64\[\] before and float64\[1\] after"):
        loops.while_loop(never, lambda c, _: (c[0], c[1][None]), (one, one), ())
    with pytest.raises(TypeError, match=r"carry\['x'\] is float64\[\] before and float32\[\] after"):
        loops.while_loop(never, lambda c, _: {"x": c["x"].astype(jnp.float32)}, {"x": one}, ())
    with pytest.raises(TypeError, match="keep the structure of the carry"):
        loops.while_loop(never, lambda c, _: (c[0], c[0]), (one,), ())
