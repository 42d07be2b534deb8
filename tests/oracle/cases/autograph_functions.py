"""Datasets and `tf.function` with functions of Python that branch and loop."""

import numpy as np

from tests.oracle.harness import eager_script, floats, script

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
