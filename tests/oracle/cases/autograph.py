"""Functions of Python whose branches and loops on tensors become operations."""

import collections
import functools

from tests.oracle.harness import case, script


class _Box(object):
    """An object with attributes."""


NUMBERS = [{"n": 5, "x": 2.0}, {"n": 0, "x": -1.5}, {"n": 9, "x": 0.25}]
SCALE = 3.0


def _graph_case(function, feeds=None, features=None, **options):
    """A case in which `function` is converted and called with the placeholders n and x, fed one after the other."""

    @case(function.__name__.lstrip("_"), feeds=feeds or NUMBERS, graph=False, **options)
    def build(tf):
        n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")
        chosen = None if features is None else getattr(tf.autograph.experimental.Feature, features)
        converted = tf.autograph.to_graph(function, experimental_optional_features=chosen)
        returned = converted(tf, n, x)
        if isinstance(returned, dict):
            return {name: tf.convert_to_tensor(value) for name, value in returned.items()}
        returned = returned if isinstance(returned, tuple) else (returned,)
        return [tf.convert_to_tensor(value) for value in returned]

    return function


# -- branches ----------------------------------------------------------------------------------------------------------


@_graph_case
def branches(tf, n, x):
    if x > 0:
        y = x * 2.0
    else:
        y = -x
    if n > 3:
        if x > 1:
            z = y + 1.0
        else:
            z = y - 1.0
    elif n > 1:
        z = y * 10.0
    else:
        z = x
    y += z
    if n < 100:
        w = 7
    else:
        w = 8
    return y, z, w


@_graph_case
def branches_without_else(tf, n, x):
    y = z = x
    if x > 0:
        y = y * 3.0
    if n > 3:
        z, y = y, z
    return y, z


@_graph_case
def branches_on_values_of_python(tf, n, x, flag=True, nothing=None):
    if flag:
        y = x + 1.0
    if nothing is None and flag:
        y = y * 2.0
    else:
        y = "never so"
    for i, w in enumerate([1.0, 2.0]):
        if i:
            y += w * x
    return y


@_graph_case
def early_returns(tf, n, x):
    if x > 1:
        return x
    if n > 5:
        return x * 10.0
    elif n > 2:
        y = x * 2.0
    else:
        y = x - 2.0
    return y + 0.5


@_graph_case
def nested_returns(tf, n, x):
    def inner(y):
        if y > 1:
            return y
        else:
            return -y

    if n > 3:
        return inner(x) + 1.0
    return inner(x * 2.0)


@_graph_case
def ternaries_and_logic(tf, n, x):
    a = x if n > 3 else -x
    b = (n > 1 and x > 0) or n > 8
    c = not x > 0
    d = 1 if (n > 1 and not x > 1) else 2
    return a, b, c, d, (n > 0) if True else x, 3 if False or n > 2 else 4


@_graph_case
def logic_is_lazy(tf, n, x):
    safe = tf.reduce_max(n) > 0 and tf.truediv(1, n) < 0.3
    other = n < 1 or 10 // n > 1
    return safe, other


@functools.partial(_graph_case, features="EQUALITY_OPERATORS")
def equality(tf, n, x):
    if n == 5:
        y = x
    elif n != 0:
        y = x * 2.0
    else:
        y = x * 3.0
    a = 0 < n < 6
    b = n == 5 and x == 2.0
    return y, a, b, n != 9, n == n


@_graph_case
def equality_of_symbols(tf, n, x):
    return (1.0 if n == n else 2.0), (1.0 if n == 5 else 2.0), (1.0 if n != x else 2.0)


@_graph_case
def attributes_and_items_in_branches(tf, n, x):
    box, table = _Box(), {"a": x, "b": x}
    box.value = box.other = x
    if n > 3:
        box.value = x * 2.0
        table["a"] = box.value + 1.0
    else:
        box.other = -x
    return box.value, box.other, table["a"], table["b"]


@_graph_case
def structures_in_branches(tf, n, x):
    point = collections.namedtuple("Point", "x y")
    if x > 0:
        pair, named, listed = (x, n), point(x, x + 1.0), {"k": [x, 2]}
    else:
        pair, named, listed = (-x, n + 1), point(x - 1.0, x), {"k": [x + 5.0, 3]}
    return pair[0], pair[1], named.y, listed["k"][0], listed["k"][1]


# -- loops -------------------------------------------------------------------------------------------------------------


@_graph_case
def while_loops(tf, n, x):
    i, total = 0, x
    while i < n:
        total += tf.cast(i, tf.float32)
        i += 1
    steps = 0
    while total > 1.0 and steps < 4:
        total = total / 2.0
        steps += 1
    return i, total, steps


@_graph_case
def while_loops_with_break_and_continue(tf, n, x):
    i, total = tf.constant(0), 0
    while i < 20:
        i += 1
        if i % 3 > 1:
            continue
        if total > n:
            break
        total += i
    return i, total


@_graph_case
def for_over_ranges(tf, n, x):
    a = b = c = 0
    for i in tf.range(n):
        a += i
    for i in tf.range(2, n, 2):
        b += i * i
    for i in tf.range(n, -1, -3):
        c += i
    d = 0
    for i in range(n):
        d += i + 1
    for j in range(1, n):
        d += j
    return a, b, c, d


@_graph_case
def for_over_rows(tf, n, x):
    rows = tf.reshape(tf.cast(tf.range(6), tf.float32), [3, 2]) * x
    total, last = tf.zeros([2]), tf.zeros([2])
    for row in rows:
        total += row
        last = row
    count = 0
    for v in tf.range(n) * 2:
        if v > 4:
            count += 1
    return total, last, count


@_graph_case
def for_with_break(tf, n, x):
    found = -1
    for i in tf.range(10):
        if i * i > n:
            found = i
            break
    total = 0
    for v in tf.constant([1, 5, 2, 7, 3]):
        if v > n:
            continue
        if total > 6:
            break
        total += v
    return found, total


@_graph_case
def loop_variable_after_the_loop(tf, n, x):
    i = -1
    v = 0
    for i in tf.range(n):
        v = i
    return i, v


@_graph_case
def loops_in_loops(tf, n, x):
    total = 0
    for i in tf.range(n):
        for j in tf.range(3):
            if j > i:
                break
            total += j * i
        k = 0
        while k < i:
            k += 2
            total += 1
    return total


@_graph_case
def loops_of_python(tf, n, x):
    total = x
    for i in range(3):
        total = total * 2.0 + float(i)
    names = []
    for name in ("a", "b"):
        names.append(name)
    k = 0
    while k < 2:
        k += 1
        total += x
    for value in {"p": 1.0, "q": 2.0}.values():
        total += value
    return total, len(names), k


@_graph_case
def loops_change_attributes(tf, n, x):
    counter = _Box()
    counter.count = 0
    counter.sum = x
    for i in tf.range(n):
        counter.count += 1
        if i > 2:
            counter.sum += x
    return counter.count, counter.sum


@_graph_case
def loops_over_tensor_arrays(tf, n, x):
    ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True, clear_after_read=False)
    ta = ta.write(0, x)
    for i in tf.range(n):
        ta = ta.write(i + 1, ta.read(i) * 0.5 + 1.0)
    return ta.stack(), ta.size()


@_graph_case
def fibonacci_and_newton(tf, n, x):
    a, b = 0, 1
    for _ in tf.range(n):
        a, b = b, a + b
    guess, step = tf.abs(x) + 1.0, 0
    while tf.abs(guess * guess - tf.abs(x)) > 1e-3:
        guess = 0.5 * (guess + tf.abs(x) / guess)
        step += 1
    return a, b, guess, step


@_graph_case
def lists_of_python(tf, n, x):
    values = []
    for i in range(3):
        values.append(x * float(i))
    return tf.stack(values), sum(values)


@functools.partial(_graph_case, features="LISTS")
def indexing_as_a_feature(tf, n, x):
    v = tf.fill([4], x)
    v[1] = x * 2.0
    for i in tf.range(4):
        if i > 1:
            v[i] = tf.cast(i, tf.float32)
    return v, v[1]


@case(feeds=NUMBERS, graph=False)
def lists_as_a_feature(tf):
    from_contrib = tf.contrib.autograph
    n = tf.placeholder(tf.int32, [], name="n")
    tf.placeholder(tf.float32, [], name="x")

    def squares(n):
        found = []
        from_contrib.set_element_type(found, tf.int32)
        for i in tf.range(n + 1):
            if i % 2 > 0:
                found.append(i * i)
            else:
                found.append(i)
        return from_contrib.stack(found)

    converted = from_contrib.convert(recursive=True, optional_features=from_contrib.Feature.ALL)(squares)
    return converted(n)


@_graph_case
def builtin_functions(tf, n, x):
    rows = tf.reshape(tf.range(6), [2, 3])
    return abs(x), int(x), float(n), len(rows), len(tf.range(n)), int(tf.constant("12")), float(tf.constant("1.5"))


# -- calls -------------------------------------------------------------------------------------------------------------


def _collatz_steps(n):
    steps = 0
    while n > 1:
        if n % 2 > 0:
            n = 3 * n + 1
        else:
            n = n // 2
        steps += 1
    return steps


def _scaled(x, by=2.0, *more, **named):
    if x > 0:
        y = x * by
    else:
        y = x
    for m in more:
        y += m
    return y + sum(named.values()) if named else y


class _Model(object):
    """An object whose methods branch on tensors."""

    def __init__(self, scale):
        self.scale = scale

    def method(self, x):
        if x > 0:
            return x * self.scale
        return self._private(x)

    def _private(self, x):
        return x - self.scale if x < -1 else x

    def __call__(self, x):
        return self.method(x) + 1.0


class _Special(_Model):
    def method(self, x):
        if x > 1:
            return super().method(x) * 10.0
        return super(_Special, self).method(x)


@_graph_case
def calls_are_converted(tf, n, x):
    args, named = (1.0, 2.0), {"k": 3.0}
    both = functools.partial(_scaled, by=5.0)
    return (
        _collatz_steps(n + 1), _scaled(x), _scaled(x, 3.0, *args), _scaled(x, **named), both(x), SCALE * x,
        [_scaled(v) for v in (x, -x)][1], (lambda v: v if v > 0 else v * 9.0)(x),
    )  # fmt: skip


@_graph_case
def methods_are_converted(tf, n, x):
    model, special = _Model(3.0), _Special(2.0)
    return model.method(x), model(x), special.method(x), special(x), _Model.method(model, -x)


@_graph_case
def recursion_over_values_of_python(tf, n, x):
    def power(v, k):
        if k == 0:
            return tf.ones_like(v)
        return v * power(v, k - 1)

    return power(x, 3)


@_graph_case
def closures_and_functions_inside(tf, n, x):
    offset = 1.0

    def shifted(v):
        if v > offset:
            return v + offset
        return v - offset

    total = x
    for _ in tf.range(n):
        total = shifted(total) * 0.5
    mapped = tf.map_fn(lambda v: v + total if v > 2.0 else v, tf.constant([1.0, 2.0, 3.0]))
    return total, mapped


@_graph_case
def effects_of_python_in_converted_code(tf, n, x):
    seen = []
    if x > 0:
        seen.append("true")
        y = x
    else:
        seen.append("false")
        y = -x
    return y, len(seen)


@case(feeds=NUMBERS, graph=False, grads=True)
def gradients_through_converted_code(tf):
    n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")

    def f(x):
        if x > 0:
            y = tf.sin(x)
        else:
            y = x * x
        for _ in tf.range(4):
            y = y * x + tf.cast(n, tf.float32)
        while y > 100.0:
            y = y / 2.0
        return y

    return tf.autograph.to_graph(f)(x)


@case(feeds=NUMBERS, graph=False)
def lambdas_are_converted(tf):
    n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")
    convert = tf.autograph.to_graph
    first = convert(lambda v: v if v > 0 else -v)
    second = convert(
        lambda v, k: (
            v if k > 3 else v * 2.0
        )
    )
    return [first(x), second(x, n)]


@case(feeds=NUMBERS, graph=False)
def variables_in_converted_code(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    tf.placeholder(tf.float32, [], name="x")
    v = tf.Variable(2.0, use_resource=True)

    def f(n):
        if v > 1.0:
            y = v * 2.0
        else:
            y = v + 0.0
        for _ in tf.range(n):
            y += v
        return y

    return tf.autograph.to_graph(f)(n)


# -- refused -----------------------------------------------------------------------------------------------------------


def _refused(function, **options):
    """A case in which the converted function may not be built."""

    @case("refused_" + function.__name__, raises=True, **options)
    def build(tf):
        return tf.autograph.to_graph(function)(tf, tf.placeholder(tf.int32, [], name="n"))

    return function


@_refused
def undefined_in_one_branch(tf, n):
    if n > 0:
        y = 1
    return y


@_refused
def undefined_before_a_loop(tf, n):
    for i in tf.range(n):
        y = i
    return y


@_refused
def other_types_in_branches(tf, n):
    if n > 0:
        y = 1
    else:
        y = 2.0
    return y


@_refused
def other_structures_in_branches(tf, n):
    if n > 0:
        y, z = 1, n
    else:
        y, z = (1, 2), n
    return y, z


@_refused
def other_types_after_an_iteration(tf, n):
    y = 1
    while n > 0:
        y = 1.5
        n -= 1
    return y


@_refused
def other_shapes_after_an_iteration(tf, n):
    y = tf.ones([1])
    while n > 0:
        y = tf.concat([y, y], 0)
        n -= 1
    return y


@_refused
def a_return_in_one_branch(tf, n):
    if n > 0:
        return n


@_refused
def a_return_in_a_loop(tf, n):
    for i in tf.range(n):
        if i > 3:
            return i
    return n


@_refused
def a_condition_with_a_shape(tf, n):
    y = 0
    if tf.fill([2], n) > 0:
        y = 1
    return y


@_refused
def an_error_of_python(tf, n):
    if n > 0:
        return {}["k"]
    return n


@script(raises=True)
def functions_without_conversion(tf):
    f = tf.function(lambda x: x if x > 0 else -x, autograph=False)
    f(tf.constant(1.0))
