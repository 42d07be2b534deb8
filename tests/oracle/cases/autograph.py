"""Functions of Python whose branches and loops on tensors become operations."""

import collections
import functools

import numpy as np

from tests.oracle.harness import case, eager_script, floats, script


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


# -- datasets ----------------------------------------------------------------------------------------------------------


def _elements(tf, dataset):
    following = dataset.make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as session:
        try:
            while True:
                found.append(session.run(following))
        except tf.errors.OutOfRangeError:
            return found


@script()
def functions_of_datasets(tf):
    def kind(i):
        if i % 3 > 1:
            r = i * 100
        elif i % 3 > 0:
            r = -i
        else:
            r = i
        total = r
        for j in tf.range(i):
            total += j
        return r, total

    def up_to(i):
        if i > 2:
            count = i
        else:
            count = tf.constant(1, tf.int64)
        return tf.data.Dataset.range(count)

    numbers = tf.data.Dataset.range(6)
    negative = numbers.map(lambda i: i if i > 2 else -i)
    outer = numbers.filter(lambda i: i > 3 or i < 1)
    doubled = numbers.map(lambda i: i * 2 if i > 2 and not i > 4 else i, num_parallel_calls=2)
    return {
        "map": _elements(tf, numbers.map(kind)),
        "lambda": _elements(tf, negative),
        "filter": _elements(tf, outer),
        "flat_map": _elements(tf, numbers.flat_map(up_to)),
        "interleave": _elements(tf, numbers.interleave(up_to, cycle_length=2)),
        "parallel": _elements(tf, doubled),
    }


@script()
def reductions_of_datasets(tf):
    def step(state, i):
        if i > 2:
            state += i
        else:
            state -= i
        return state

    def scanned(state, i):
        new = state * 2 if i > 2 else state + i
        return new, new

    numbers = tf.data.Dataset.range(1, 7)
    reduced = numbers.reduce(np.int64(0), step)
    experimental = tf.data.experimental
    begin = numbers.apply(experimental.take_while(lambda i: i < 3 or i < 5))
    with tf.Session() as session:
        found = session.run(reduced)
    return {
        "reduce": found,
        "scan": _elements(tf, numbers.apply(experimental.scan(np.int64(1), scanned))),
        "take_while": _elements(tf, begin),
    }


@script()
def loops_over_datasets(tf):
    def summed(dataset, limit):
        total, count = tf.constant(0, tf.int64), 0
        for i in dataset:
            if i > 2:
                total += i
            count += 1
        for i in dataset:
            if total > limit:
                break
            total += i * 10
        return total, count

    def pairs(dataset):
        best, place = tf.constant(-1.0), tf.constant(0, tf.int64)
        for i, v in dataset.enumerate():
            if v > best:
                best, place = v, i
        return best, place

    numbers = tf.data.Dataset.range(7)
    floating = tf.data.Dataset.from_tensor_slices(floats(6, seed=4))
    convert = tf.autograph.to_graph
    with tf.Session() as session:
        return {
            "summed": session.run(convert(summed)(numbers, 100)),
            "pairs": session.run(convert(pairs)(floating)),
        }


@script(raises=True)
def datasets_without_conversion(tf):
    f = tf.autograph.experimental.do_not_convert(lambda i: i if i > 2 else -i)
    tf.data.Dataset.range(3).map(f)


# -- tf.function -------------------------------------------------------------------------------------------------------


@eager_script()
def functions_convert(tf):
    @tf.function
    def collatz(n):
        steps = 0
        while n > 1:
            if n % 2 > 0:
                n = 3 * n + 1
            else:
                n = n // 2
            steps += 1
        return steps

    @tf.function
    def clipped(x, low=-1.0, high=1.0):
        if x < low:
            return low
        if x > high:
            return high
        return x

    @tf.function
    def total(values):
        s = 0.0
        for v in values:
            if v > 0:
                s += v
        return s

    return {
        "collatz": [collatz(tf.constant(k)) for k in (1, 6, 7)],
        "clipped": [clipped(tf.constant(v)) for v in (-3.0, 0.5, 2.0)],
        "total": [total(tf.constant([1.0, -2.0, 3.5])), total(tf.constant([-1.0]))],
    }


@eager_script()
def effects_in_functions_that_branch(tf):
    v, log = tf.Variable(0.0), tf.Variable([0.0, 0.0])

    @tf.function
    def step(x):
        if x > 0:
            v.assign_add(x)
        else:
            v.assign(-1.0)
            log.assign_add([1.0, x])
        for i in tf.range(3):
            if tf.cast(i, tf.float32) > x:
                log.assign_add([0.0, 1.0])
        return v * 2.0

    found = []
    for x in (1.0, 2.5, -4.0, 0.5):
        found.append(step(tf.constant(x)))
    return {"found": found, "v": v, "log": log}


@eager_script()
def gradients_of_functions_that_loop(tf):
    w = tf.Variable(0.5)

    @tf.function
    def f(x, n):
        y = x
        for _ in tf.range(n):
            if y > 1.0:
                y = y * w
            else:
                y = y + x * w
        return y

    found = []
    for x, n in ((0.7, 3), (2.0, 5)):
        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, tf.constant(n))
        found.append([y] + tape.gradient(y, [x, w]))
    return {"found": found}


@eager_script()
def loops_over_datasets_in_functions(tf):
    v = tf.Variable(0)

    @tf.function
    def summed(dataset):
        total = 0
        for x, y in dataset:
            if x > 1:
                total += y
            v.assign_add(1)
        return total

    dataset = tf.data.Dataset.from_tensor_slices(([1, 2, 3], [10, 20, 30]))
    return {"summed": summed(dataset), "v": v}


@eager_script()
def loops_over_iterators_in_functions(tf):
    v = tf.Variable(0)

    @tf.function
    def taken(iterator, limit):
        total = 0
        for x in iterator:
            if x > limit:
                break
            total += x
            v.assign_add(1)
        return total

    iterator = iter(tf.data.Dataset.from_tensor_slices([1, 2, 3, 4, 5, 6]))
    return {"found": [taken(iterator, tf.constant(k)) for k in (2, 10, 10)], "v": v}


@eager_script()
def loops_over_several_datasets(tf):
    @tf.function
    def summed(a, b, limit):
        total, last = 0, tf.constant(0, tf.int64)
        for x, y in zip(a, b):
            total += x * y
        for i, x in enumerate(a):
            if total > limit:
                break
            total += x
            last = i
        for x in a.batch(2):
            for part in x:
                total += part
        return total, last

    a, b = (tf.data.Dataset.from_tensor_slices(v) for v in ([1, 2, 3], [4, 5, 6]))
    return [summed(a, b, tf.constant(limit)) for limit in (33, 100)]


@eager_script()
def functions_with_signatures_that_loop(tf):
    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32), tf.TensorSpec([], tf.int32)])
    def f(rows, n):
        total, k = tf.zeros([2]), 0
        for row in rows:
            if row[0] > row[1]:
                total += row
            elif k < n:
                k += 1
                continue
            total *= 0.5
        return total, k, len(rows)

    return [f(floats(4, 2, seed=5), 1), f(floats(1, 2, seed=6), 0), f(np.zeros([0, 2], np.float32), 2)]


@eager_script()
def training_in_a_loop_of_a_function(tf):
    w = tf.Variable(floats(3, 1, seed=1))
    x, y = floats(8, 3, seed=2), floats(8, 1, seed=3)

    @tf.function
    def train(steps, rate):
        loss = tf.constant(0.0)
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
            w.assign_sub(rate * tape.gradient(loss, w))
            if loss < 0.5:
                break
        return loss

    return {"losses": [train(tf.constant(k), tf.constant(0.1)) for k in (1, 5)], "w": w}


@eager_script()
def accumulating_in_functions(tf):
    @tf.function
    def cumulated(values):
        found = tf.TensorArray(tf.float32, size=len(values))
        total = 0.0
        for i in tf.range(len(values)):
            total += values[i]
            found = found.write(i, total if total > 0 else 0.0)
        return found.stack()

    @tf.function
    def strings(words):
        longest, text = 0, tf.constant("")
        for word in words:
            if tf.strings.length(word) > longest:
                longest = tf.strings.length(word)
                text = word
        return text, longest

    return [cumulated(tf.constant(floats(5, seed=7, low=-1))), strings(tf.constant(["a", "long", "word", "longest"]))[1]]


@eager_script()
def methods_as_functions_that_branch(tf):
    class Model(object):
        def __init__(self, start):
            self.w, self.calls = tf.Variable(start), 0

        @tf.function
        def __call__(self, x):
            self.calls += 1
            if x > 0:
                return self.helper(x)
            return -x

        def helper(self, x):
            y = x
            while y < 10.0:
                y = y * self.w
            return y

    model = Model(3.0)
    return {"found": [model(tf.constant(2.0)), model(tf.constant(-2.0)), model(tf.constant(20.0))], "calls": model.calls}


@eager_script()
def functions_with_options(tf):
    feature = tf.autograph.experimental.Feature

    @tf.function(experimental_autograph_options=feature.EQUALITY_OPERATORS)
    def equal(x):
        return 1 if x == 2 else 0

    @tf.function(experimental_autograph_options=(feature.ASSERT_STATEMENTS, feature.EQUALITY_OPERATORS))
    def checked(x):
        assert x > 0, "not positive"
        return x * 2

    found = {"equal": [equal(tf.constant(2)), equal(tf.constant(3))], "checked": checked(tf.constant(3))}
    try:
        checked(tf.constant(-1))
    except tf.errors.InvalidArgumentError:
        found["refused"] = True
    found["names"] = sorted(feature.__members__)
    found["others"] = sorted(f.name for f in feature.all_but(feature.LISTS))
    return found


@eager_script()
def functions_that_call_functions(tf):
    @tf.function
    def inner(x):
        if x > 0:
            return x * 2
        return x

    def plain(x):
        return inner(x) if x > 2 else inner(-x)

    outer = tf.function(lambda x: plain(x) + inner(x))
    kept = tf.function(tf.autograph.experimental.do_not_convert(lambda x: x + 1))
    return [outer(tf.constant(1)), outer(tf.constant(5)), kept(tf.constant(1))]


@eager_script()
def converted_code_called_eagerly(tf):
    def f(x, n):
        for i in tf.range(n):
            if i > 1:
                x = x * 2
        while x > 5 and n > 0:
            x -= 5
        return x if x > 2 else -x

    converted = tf.autograph.to_graph(f)
    return [converted(tf.constant(3), tf.constant(4)), converted(tf.constant(1), 2), converted(3, 4)]


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
