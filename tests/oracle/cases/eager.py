"""Eager execution and GradientTape: values, gradients, and what tensors and variables print."""

import re

import numpy as np

from tests.oracle.harness import case, eager_script, floats


def shown(value):
    """What a tensor prints, without the number that tells tensors apart."""
    return re.sub(r"id=\d+, ", "", repr(value))


# -- tensors ----------------------------------------------------------------------------------------------------------


@eager_script()
def tensors_print(tf):
    matrix = tf.constant([[1.0, 2.5], [3.0, -4.0]])
    values = [
        matrix, matrix[0], matrix[1, 1], tf.constant(3), tf.constant([True, False]), tf.constant("text"),
        tf.constant(["a", "bc"]), tf.zeros([0, 2]), tf.constant(1 + 2j), tf.constant([1e-8, 1.0, 1e10]),
        tf.constant(7, tf.int64), tf.constant(0.1, tf.float64), tf.cast([1.5], tf.float16), tf.cast([1, 2], tf.uint8),
    ]
    return {"repr": [shown(v) for v in values], "str": [str(v) for v in values]}


@eager_script()
def tensors_as_python_values(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    n = tf.constant(3)
    return {
        "bool": [bool(n > 2), bool(n < 2), bool(tf.constant(0.0))],
        "int": int(tf.constant(3.7)),
        "float": float(n),
        "len": len(x),
        "rows": [row.numpy() for row in x],
        "index": [10, 20, 30, 40][n],
        "range": list(range(n)),
        "format": "{:.2f} and {}".format(tf.constant(1.5), n),
        "array": np.asarray(x) + 1,
        "shape": x.shape.as_list(),
        "ndim": x.ndim,
        "sum": np.sum(x),
        "kinds": [type(n.numpy()).__name__, type(x.numpy()).__name__, type(tf.constant("s").numpy()).__name__],
        "if": "yes" if n > 2 else "no",
        "identity": [x == x, x != x, x == tf.identity(x)],
        "hashable": len({x, x, n}),
    }


@eager_script()
def operators(tf):
    x, y = tf.constant([7.0, -8.0, 9.5]), tf.constant([2.0, 3.0, -4.0])
    i, j = tf.constant([7, -8, 9]), tf.constant([2, 3, -4])
    p, q = tf.constant([True, False, True]), tf.constant([True, True, False])
    return {
        "float": [x + y, x - y, x * y, x / y, x // y, x % y, x**2.0, -x, abs(x), 2.0 + x, 1.0 / x, 3 - x],
        "int": [i + j, i - j, i * j, i / j, i // j, i % j, i**2, -i, abs(i), 2 - i],
        "bool": [p & q, p | q, p ^ q, ~p],
        "compare": [x < y, x <= y, x > y, x >= y, i > 0],
        "matmul": tf.reshape(x, [1, 3]) @ tf.reshape(y, [3, 1]),
        "with arrays": [x + np.float32([1, 2, 3]), np.float32([1, 2, 3]) * x],
    }


@eager_script()
def slices(tf):
    x = tf.constant(np.arange(24.0, dtype=np.float32).reshape(2, 3, 4))
    i = tf.constant(1)
    return [
        x[0], x[i], x[0, 1], x[:, 1:, ::2], x[..., -1], x[:, tf.newaxis].shape.as_list(), x[i:, :i], x[::-1],
        tf.gather(x, [1, 0]), tf.boolean_mask(x, x > 11.0), tf.where(x > 20.0),
    ]


@eager_script()
def shape_arithmetic(tf):
    x = tf.ones([2, 3, 4])
    size = tf.shape(x)
    return {
        "shape": size,
        "reshaped": tf.reshape(x, [size[0] * size[1], -1]),
        "tiled": tf.tile(tf.range(size[1]), [2]),
        "padded": tf.pad(x[0], [[1, 0], [0, 1]]),
        "unique": tf.unique([3, 1, 3, 2])[0],
        "split": [part.numpy() for part in tf.split(tf.range(6), 3)],
        "dims": [tf.rank(x), tf.size(x)],
        "static": tf.zeros([size[2], 2]).shape.as_list(),
    }


@eager_script()
def mathematics(tf):
    x = tf.constant(floats(3, 4, seed=1))
    w = tf.constant(floats(4, 2, seed=2))
    return {
        "matmul": tf.matmul(x, w),
        "unary": [tf.exp(x), tf.tanh(x), tf.sigmoid(x), tf.square(x), tf.nn.relu(x), tf.nn.softplus(x)],
        "sums": [tf.reduce_sum(x), tf.reduce_mean(x, 0), tf.reduce_max(x, axis=1), tf.reduce_logsumexp(x)],
        "softmax": tf.nn.softmax(tf.matmul(x, w)),
        "argmax": tf.argmax(x, 1),
        "sorted": tf.nn.top_k(x, 2),
        "concat": tf.concat([x, x], 0),
        "einsum": tf.einsum("ij,jk->ik", x, w),
        "loss": tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1, 0], logits=tf.matmul(x, w)),
        "norm": tf.norm(x),
        "one_hot": tf.one_hot([0, 2], 3),
        "moments": tf.nn.moments(x, [0]),
    }


@eager_script()
def images_and_convolutions(tf):
    x = tf.constant(floats(2, 6, 6, 3, seed=3))
    w = tf.constant(floats(3, 3, 3, 4, seed=4))
    return {
        "conv": tf.nn.conv2d(x, w, strides=[1, 2, 2, 1], padding="SAME"),
        "pool": tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
        "resized": tf.image.resize_images(x, [3, 3]),
        "flipped": tf.image.flip_left_right(x[0]),
        "normalised": tf.nn.l2_normalize(x, 3),
    }


@eager_script()
def strings(tf):
    return {
        "joined": tf.string_join(["a", "b"], "-"),
        "split": tf.string_split(["a b c"]).values,
        "number": tf.string_to_number(["1.5", "2"]),
        "as_string": tf.as_string([1, 2]),
        "upper": tf.strings.length(["abc", "d"]),
    }


@eager_script()
def random_numbers(tf):
    tf.set_random_seed(1)
    first = [tf.random_normal([2, 2]), tf.random_uniform([3]), tf.random_uniform([4], maxval=10, dtype=tf.int32)]
    second = [tf.random_normal([2, 2]), tf.truncated_normal([3]), tf.random_shuffle(tf.range(5))]
    tf.set_random_seed(1)
    again = tf.random_normal([2, 2])
    seeded = [tf.random_uniform([2], seed=5), tf.random_uniform([2], seed=5), tf.random_uniform([2], seed=6)]
    tf.set_random_seed(2)
    drawn = [tf.multinomial(tf.log([[1.0, 2.0, 3.0]]), 4), tf.nn.dropout(tf.ones([6]), 0.5)]
    return {"first": first, "second": second, "again": again, "seeded": seeded, "drawn": drawn}


# -- variables --------------------------------------------------------------------------------------------------------


@eager_script()
def variables(tf):
    v = tf.contrib.eager.Variable([1.0, 2.0], name="v")
    before = v + 0.0
    assigned = v.assign([3.0, 4.0])
    v.assign_add([1.0, 1.0])
    v.assign_sub([0.5, 0.0])
    w = tf.Variable(5, name="v", trainable=False)
    return {
        "values": [before, v.numpy(), v.read_value(), v.value(), w],
        "printed": [repr(v), repr(w), repr(assigned), str(w)],
        "names": [v.name, w.name],
        "operators": [v * 2.0, v[0], 1.0 - v, tf.reduce_sum(v)],
        "what": [v.shape.as_list(), v.dtype.name, v.trainable, w.trainable],
        "initialized": v.is_initialized(),
        "collections": [len(tf.global_variables()), len(tf.trainable_variables())],
    }


@eager_script()
def variables_by_get_variable(tf):
    with tf.variable_scope("scope"):
        a = tf.get_variable("a", [2], initializer=tf.ones_initializer())
        b = tf.get_variable("a", [2], initializer=tf.zeros_initializer())
    return {"names": [a.name, b.name], "values": [a, b], "same": a is b}


@eager_script()
def variable_rows(tf):
    v = tf.Variable(np.zeros([4, 2], np.float32))
    v.scatter_add(tf.IndexedSlices(tf.ones([2, 2]), tf.constant([1, 3])))
    v.scatter_update(tf.IndexedSlices(tf.fill([1, 2], 7.0), tf.constant([0])))
    return {"v": v, "rows": v.sparse_read([0, 3]), "gathered": tf.gather(v, [1, 1])}


@eager_script(raises=True)
def variable_of_another_shape(tf):
    return tf.Variable([1.0, 2.0]).assign([1.0, 2.0, 3.0])


# -- errors -----------------------------------------------------------------------------------------------------------


@eager_script(raises=True)
def matmul_of_wrong_shapes(tf):
    return tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))


@eager_script(raises=True)
def index_out_of_range(tf):
    return tf.gather(tf.constant([1, 2]), 5)


@eager_script(raises=True)
def division_by_zero(tf):
    return tf.constant(1) // tf.constant(0)


@eager_script(raises=True)
def placeholder(tf):
    return tf.placeholder(tf.float32)


@eager_script(raises=True)
def gradients_of_graphs(tf):
    x = tf.constant(1.0)
    return tf.gradients(x * x, x)


@eager_script(raises=True)
def session_of_no_graph(tf):
    return tf.Session().run(tf.constant(1))


@eager_script(raises=True)
def iteration_over_a_scalar(tf):
    return list(tf.constant(1))


@eager_script(raises=True)
def types_that_differ(tf):
    return tf.constant(1.0) + tf.constant(1)


@eager_script(raises=True)
def truth_of_several(tf):
    return bool(tf.constant([True, False]))


@eager_script(raises=True)
def tape_used_twice(tf):
    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    return tape.gradient(y, x)


# -- GradientTape -----------------------------------------------------------------------------------------------------


@eager_script()
def tape(tf):
    x = tf.constant(floats(2, 3, seed=1))
    w = tf.Variable(floats(3, 2, seed=2))
    b = tf.Variable([0.5, -0.5])
    idle = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = tf.nn.relu(tf.matmul(x, w) + b)
        loss = tf.reduce_mean(tf.square(y - 1.0))
    watched = len(tape.watched_variables())
    grads = tape.gradient(loss, {"w": w, "b": [b, idle], "x": x})
    none = [grads["b"][1] is None, grads["x"] is None]
    return {"loss": loss, "w": grads["w"], "b": grads["b"][0], "none": none, "n": watched}


@eager_script()
def persistent_tape(tf):
    x, y = tf.constant(3.0), tf.constant([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        a = x * x * y
        b = tf.reduce_sum(tf.sin(a))
    found = [tape.gradient(a, [x, y]), tape.gradient(b, [x, y, a]), tape.gradient([a, b], x)]
    weighted = tape.gradient(a, y, output_gradients=tf.constant([1.0, 10.0]))
    del tape
    return {"found": found, "weighted": weighted}


@eager_script()
def nested_tapes(tf):
    x = tf.constant([0.5, 1.5])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.exp(x) * tf.sin(x) + x**3)
        first = inner.gradient(y, x)
    second = outer.gradient(first, x)
    return {"first": first, "second": second}


@eager_script()
def unconnected(tf):
    x, y = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
    with tf.GradientTape(persistent=True) as tape:
        z = tf.reduce_sum(x * x)
    return {
        "zero": tape.gradient(z, y, unconnected_gradients=tf.UnconnectedGradients.ZERO),
        "none": tape.gradient(z, y) is None,
        "found": tape.gradient(z, [x, y], unconnected_gradients="zero"),
    }


@eager_script()
def what_a_tape_watches(tf):
    v, frozen = tf.Variable(2.0), tf.Variable(3.0, trainable=False)
    c = tf.constant(4.0)
    with tf.GradientTape(persistent=True) as tape:
        a = v * frozen * c
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as blind:
        blind.watch(frozen)
        b = v * frozen
    with tf.GradientTape(persistent=True) as stopped:
        with stopped.stop_recording():
            before = v * v
        after = before * v
    with tf.GradientTape() as reset:
        d = v * v
        reset.reset()
        e = v * 3.0
    return {
        "a": [tape.gradient(a, v), tape.gradient(a, frozen) is None],
        "b": [blind.gradient(b, frozen), blind.gradient(b, v) is None, len(blind.watched_variables())],
        "stopped": stopped.gradient(after, v),
        "reset": reset.gradient([d, e], v),
    }


@eager_script()
def unwatched_sources(tf):
    v, c, other = tf.Variable(2.0), tf.constant(4.0), tf.constant(5.0)
    with tf.GradientTape(persistent=True) as tape:
        middle = v * c
        y = middle * middle
        z = other * other
    return {
        "y": [tape.gradient(y, middle), tape.gradient(y, v)],
        "none": [tape.gradient(z, other) is None, tape.gradient(z, v) is None],
        "itself": tape.gradient(y, y),
    }


@eager_script()
def jacobians(tf):
    x = tf.constant(floats(2, 3, seed=1))
    w = tf.Variable(floats(3, 2, seed=2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.tanh(tf.matmul(x, w))
        z = y * y
    return {
        "jacobian": tape.jacobian(z, [x, w], experimental_use_pfor=False),
        "batch": tape.batch_jacobian(z, x, experimental_use_pfor=False),
        "none": tape.jacobian(z, tf.Variable(1.0), experimental_use_pfor=False) is None,
    }


@eager_script()
def rows_of_a_table(tf):
    table = tf.Variable(floats(5, 3, seed=4))
    with tf.GradientTape() as tape:
        rows = tf.nn.embedding_lookup(table, [1, 3, 1])
        loss = tf.reduce_sum(rows * rows)
    grad = tape.gradient(loss, table)
    tf.train.GradientDescentOptimizer(0.1).apply_gradients([(grad, table)])
    return {"kind": type(grad).__name__, "dense": tf.convert_to_tensor(grad), "indices": grad.indices, "after": table}


@eager_script()
def gradients_through_python(tf):
    x = tf.constant([1.0, -2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.constant(0.0)
        for value in x:
            total = total + value * value if value > 0 else total - value
    return {"total": total, "grad": tape.gradient(total, x)}


@eager_script()
def gradients_of_many_operations(tf):
    x = tf.constant(floats(2, 4, 4, 2, seed=1))
    w = tf.constant(floats(3, 3, 2, 3, seed=2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = tf.nn.conv2d(x, w, [1, 1, 1, 1], "SAME")
        p = tf.nn.avg_pool(tf.nn.elu(y), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        n = tf.nn.l2_normalize(tf.reshape(p, [2, -1]), 1)
        loss = tf.reduce_sum(tf.nn.softmax(n) * tf.cumsum(n, axis=1)) + tf.reduce_max(y) + tf.norm(tf.reduce_mean(x, [1, 2]))
        m = tf.linalg.inv(tf.eye(2) + 0.1 * tf.matmul(n, n, transpose_b=True))
    return {"x": tape.gradient(loss, x), "w": tape.gradient(loss, w), "inverse": tape.gradient(m, w)}


@eager_script()
def a_gradient_of_ones_own(tf):
    @tf.custom_gradient
    def clipped(x):
        return tf.identity(x), lambda dy: tf.clip_by_value(dy, -1.0, 1.0)

    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)
        return tf.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))

    x = tf.constant([0.5, 100.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        a = tf.reduce_sum(clipped(x) * 5.0)
        b = log1pexp(x)
        c = tf.reduce_sum(tf.stop_gradient(x) * x)
    return [tape.gradient(a, x), tape.gradient(b, x), tape.gradient(c, x)]


@case(feeds={"x": floats(2, 3, seed=1)}, graph=False, control_flow_v2=True)
def tape_in_a_graph(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    w = tf.get_variable("w", initializer=floats(3, 2, seed=2), use_resource=True)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.tanh(tf.matmul(x, w))
        with tape.stop_recording():
            constant = tf.reduce_sum(y)
        loss = tf.reduce_sum(y * y) * constant
        chosen = tf.cond(loss > 0.0, lambda: loss * 2.0, lambda: loss * 3.0)
    return {
        "grads": tape.gradient(loss, [x, w]),
        "chosen": tape.gradient(chosen, x),
        "jacobian": tape.jacobian(y, x, experimental_use_pfor=False),
        "none": tf.constant([tape.gradient(constant, x) is None, len(tape.watched_variables()) == 1]),
    }


@case(feeds={"x": floats(3, seed=1)}, graph=False)
def nested_tapes_in_a_graph(tf):
    x = tf.placeholder(tf.float32, [3], name="x")
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sin(x) * x * x
        first = inner.gradient(y, x)
    return {"first": first, "second": outer.gradient(first, x)}
