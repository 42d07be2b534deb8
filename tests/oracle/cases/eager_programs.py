"""Programs of eager execution: functions, training, datasets, loops, and the helpers of tf.contrib.eager."""

import numpy as np

from tests.oracle.harness import case, eager_script, floats, script

# -- the functions of tf.contrib.eager --------------------------------------------------------------------------------


@eager_script()
def gradient_functions(tf):
    tfe = tf.contrib.eager
    v = tfe.Variable(3.0, name="v")

    def loss(x, y):
        return v * x * x * y

    value, pairs = tfe.implicit_value_and_gradients(loss)(2.0, 5.0)
    [(grad, variable)] = tfe.implicit_gradients(loss)(2.0, 5.0)
    value_of_function, grads_of_function = tfe.value_and_gradients_function(loss)(2.0, 5.0)
    return {
        "implicit": [value, pairs[0][0], grad],
        "same": [pairs[0][1] is v, variable is v],
        "function": [value_of_function, grads_of_function],
        "gradients": tfe.gradients_function(loss)(2.0, 5.0),
        "of one": tfe.gradients_function(loss, params=[1])(2.0, 5.0),
        "of a name": tfe.gradients_function(loss, params=["y"])(2.0, 5.0),
        "second": tfe.gradients_function(lambda x: tfe.gradients_function(lambda z: z * z * z)(x)[0])(2.0),
        "dy": tfe.gradients_function(loss)(2.0, 5.0, dy=10.0),
    }


@eager_script()
def counters_and_devices(tf):
    tfe = tf.contrib.eager
    return {"eagerly": [tf.executing_eagerly(), tfe.executing_eagerly(), tfe.in_eager_mode()], "gpus": tfe.num_gpus()}


@eager_script()
def graphs_beside(tf):
    with tf.Graph().as_default():
        inside = tf.executing_eagerly()
        y = tf.constant(2.0) * 3.0
        with tf.init_scope():
            lifted = tf.executing_eagerly()
        with tf.Session() as session:
            value = session.run(y)
    return {"modes": [inside, lifted, tf.executing_eagerly()], "value": value}


@eager_script()
def metrics(tf):
    tfe = tf.contrib.eager
    mean, accuracy = tfe.metrics.Mean(), tfe.metrics.Accuracy()
    mean([1.0, 2.0])
    mean(6.0, weights=3.0)
    accuracy(tf.constant([1, 2, 3, 4]), tf.constant([1, 2, 0, 4]))
    binary = tfe.metrics.BinaryAccuracy(threshold=0.5)
    binary(labels=[1.0, 0.0, 1.0], predictions=[0.9, 0.2, 0.3])
    categorical = tfe.metrics.CategoricalAccuracy()
    categorical(labels=[[0.0, 1.0], [1.0, 0.0]], predictions=[[0.2, 0.8], [0.4, 0.6]])
    sparse = tfe.metrics.SparseAccuracy()
    sparse(labels=[1, 0], predictions=[[0.2, 0.8], [0.4, 0.6]])
    found = [m.result() for m in (mean, accuracy, binary, categorical, sparse)]
    mean.init_variables()
    mean(4.0)
    return {"found": found, "again": mean.result(), "names": [mean.name, accuracy.name]}


@eager_script()
def python_functions(tf):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.py_function(lambda v: v * v.numpy().sum(), [x], tf.float32)
    return {
        "py_func": tf.py_func(lambda a, b: a + b, [x, x], tf.float32),
        "py_function": y,
        "grad": tape.gradient(y, x),
        "tfe": tf.contrib.eager.py_func(lambda v: v + 1, [x], tf.float32),
        "numpy": tf.numpy_function(lambda a: a.astype(np.int64), [x], tf.int64),
    }


@case(feeds={"x": floats(3, seed=1)}, grads=True, graph=False)
def python_function_in_a_graph(tf):
    x = tf.placeholder(tf.float32, [3], name="x")

    def compute(v):
        return tf.exp(v) * v if bool(v[0] > -100.0) else v

    two = tf.py_function(lambda v: [v + 1, v * 2], [x], [tf.float32] * 2)
    return {"y": tf.py_function(compute, [x], tf.float32), "two": two[1]}


# -- functions --------------------------------------------------------------------------------------------------------


@eager_script()
def traced_functions(tf):
    counts = []
    v = tf.Variable(2.0)

    @tf.function
    def f(x, scale=1.0):
        counts.append(x.shape.as_list())
        return {"y": tf.tanh(x * v) * scale, "n": tf.shape(x)[0]}

    x = tf.constant([0.5, -1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)["y"]
    found = [f(x), f(x, scale=2.0), f(tf.ones([3])), f(x), f(np.float32([1.0, 2.0]))]
    v.assign(3.0)
    return {"found": found, "after": f(x), "grads": tape.gradient(y, [x, v]), "counts": len(counts)}


@eager_script()
def effects_in_functions(tf):
    counter, total = tf.Variable(0), tf.Variable(0.0)

    @tf.function
    def step(x):
        counter.assign_add(1)
        total.assign_add(tf.reduce_sum(x))
        tf.cond(total > 5.0, lambda: total.assign(0.0), lambda: total.read_value())
        return total * 2.0

    found = [step(tf.ones([3])) for _ in range(3)]
    return {"found": found, "counter": counter, "total": total}


@eager_script()
def functions_that_loop(tf):
    @tf.function
    def collatz(n):
        steps = 0
        while n > 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            steps += 1
        return steps

    @tf.function
    def total(values):
        s = tf.constant(0.0)
        for i in tf.range(tf.shape(values)[0]):
            if values[i] > 0:
                s += values[i]
        return s

    return [collatz(tf.constant(7)), collatz(tf.constant(1)), total(tf.constant([1.0, -2.0, 3.0]))]


@eager_script()
def functions_of_methods(tf):
    class Model(object):
        def __init__(self, start):
            self.w = tf.Variable(start)

        @tf.function
        def __call__(self, x):
            return self.w * x

        @tf.contrib.eager.defun
        def twice(self, x):
            return self(self(x))

    a, b = Model(2.0), Model(3.0)
    return [a(tf.constant(5.0)), b(tf.constant(5.0)), a.twice(tf.constant(1.0)), b.twice(tf.constant(1.0))]


@eager_script()
def functions_with_signatures(tf):
    counts = []

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    def f(x):
        counts.append(1)
        return tf.reduce_sum(x, 0)

    found = [f(tf.ones([3, 2])), f(tf.ones([5, 2])), f([[1.0, 2.0]])]
    return {"found": found, "concrete": f.get_concrete_function()(tf.ones([1, 2])), "counts": len(counts)}


@eager_script()
def training_steps_as_functions(tf):
    w = tf.Variable(floats(3, 1, seed=1))
    optimizer = tf.train.AdamOptimizer(0.1)
    x, y = tf.constant(floats(8, 3, seed=2)), tf.constant(floats(8, 1, seed=3))

    @tf.function
    def loss_and_grads():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
        return loss, tape.gradient(loss, w)

    losses = []
    for _ in range(4):
        loss, grad = loss_and_grads()
        optimizer.apply_gradients([(grad, w)])
        losses.append(loss)
    return {"losses": losses, "w": w}


@script()
def functions_in_a_graph(tf):
    v = tf.get_variable("v", initializer=2.0, use_resource=True)

    @tf.function
    def f(x):
        return tf.sin(x * v)

    x = tf.constant([1.0, 2.0])
    y = f(x) + f(x * 2.0)
    grads = tf.gradients(y, [x, v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return dict(zip(["y", "x", "v"], session.run([y] + grads)))


# -- training ---------------------------------------------------------------------------------------------------------


def _trained(tf, optimizer):
    w, b = tf.Variable(floats(3, 1, seed=1), name="w"), tf.Variable([0.0], name="b")
    x, y = tf.constant(floats(8, 3, seed=2)), tf.constant(floats(8, 1, seed=3))
    step = tf.train.get_or_create_global_step()
    start = step.numpy()
    for _ in range(4):
        optimizer.minimize(lambda: tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y)), global_step=step)
    return {"w": w, "b": b, "steps": step.numpy() - start, "slots": optimizer.get_slot_names()}


def _optimizer_case(name, make):
    @eager_script(name="trained_with_" + name)
    def trained(tf):
        return _trained(tf, make(tf))


_optimizer_case("gradient_descent", lambda tf: tf.train.GradientDescentOptimizer(0.1))
_optimizer_case("momentum", lambda tf: tf.train.MomentumOptimizer(0.1, 0.9))
_optimizer_case("adam", lambda tf: tf.train.AdamOptimizer(0.1))
_optimizer_case("rmsprop", lambda tf: tf.train.RMSPropOptimizer(0.1))
_optimizer_case("adagrad", lambda tf: tf.train.AdagradOptimizer(0.1))



def _decaying(tf):
    global_step = tf.train.get_or_create_global_step()
    global_step.assign(0)  # the one of a case before is found again
    rate = tf.train.exponential_decay(0.1, global_step, 2, 0.5)
    return tf.train.GradientDescentOptimizer(rate)


_optimizer_case("decay", _decaying)


@eager_script()
def tape_and_apply_gradients(tf):
    w = tf.contrib.eager.Variable([1.0, 2.0])
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    losses = []
    for _ in range(5):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads, _ = tf.clip_by_global_norm(tape.gradient(loss, [w]), 1.0)
        optimizer.apply_gradients(zip(grads, [w]))
        losses.append(loss)
    return {"losses": losses, "w": w, "slot": optimizer.get_slot(w, "momentum")}


@eager_script(raises=True)
def loss_that_is_no_function(tf):
    return tf.train.GradientDescentOptimizer(0.1).minimize(tf.Variable(1.0) * 2.0)


@eager_script()
def layers(tf):
    tf.set_random_seed(3)
    x = tf.constant(floats(4, 6, 6, 2, seed=1))
    conv = tf.layers.Conv2D(3, 3, activation=tf.nn.relu)
    dense = tf.layers.Dense(2, kernel_regularizer=lambda w: 0.1 * tf.reduce_sum(w * w))
    norm = tf.layers.BatchNormalization()
    with tf.GradientTape() as tape:
        h = norm(conv(x), training=True)
        y = dense(tf.layers.flatten(tf.layers.max_pooling2d(h, 2, 2)))
        loss = tf.reduce_mean(y * y)
    grads = tape.gradient(loss, conv.trainable_variables + dense.trainable_variables + norm.trainable_variables)
    return {
        "y": y,
        "grads": [g.numpy() for g in grads],
        "names": [v.name for v in conv.variables + dense.variables + norm.variables],
        "moving": [norm.moving_mean.numpy(), norm.moving_variance.numpy()],
        "losses": [loss.numpy() for loss in dense.losses],
        "again": dense(tf.ones([1, 12])),
    }


@eager_script()
def a_cell_by_hand(tf):
    tf.set_random_seed(3)
    cell = tf.nn.rnn_cell.LSTMCell(3)
    x = tf.constant(floats(2, 4, 5, seed=1))
    with tf.GradientTape() as tape:
        state, outputs = cell.zero_state(2, tf.float32), []
        for t in range(4):
            output, state = cell(x[:, t], state)
            outputs.append(output)
        loss = tf.reduce_sum(tf.stack(outputs) ** 2)
    grads = tape.gradient(loss, cell.trainable_variables)
    return {"outputs": outputs, "state": state, "grads": grads, "names": [v.name for v in cell.variables]}


@eager_script()
def losses(tf):
    labels, logits = tf.constant([[1.0, 0.0], [0.0, 1.0]]), tf.constant(floats(2, 2, seed=1))
    return [
        tf.losses.mean_squared_error(labels, logits), tf.losses.softmax_cross_entropy(labels, logits),
        tf.losses.sigmoid_cross_entropy(labels, logits), tf.losses.sparse_softmax_cross_entropy([0, 1], logits),
        tf.losses.absolute_difference(labels, logits, weights=2.0), tf.losses.huber_loss(labels, logits),
    ]


# -- datasets, loops and arrays ---------------------------------------------------------------------------------------


@eager_script()
def datasets(tf):
    numbers = tf.data.Dataset.range(7).map(lambda i: i * i).batch(3)
    pairs = tf.data.Dataset.from_tensor_slices((np.arange(4), {"a": floats(4, 2)})).shuffle(4, seed=1).repeat(2)
    iterator = tf.contrib.eager.Iterator(numbers)
    return {
        "numbers": [x.numpy() for x in numbers],
        "twice": [x.numpy() for x in numbers],
        "pairs": [[x, y["a"]] for x, y in pairs],
        "next": [iterator.next(), next(iterator), iterator.get_next()],
        "end": next(iterator, None) is None,
        "one shot": [x.numpy() for x in numbers.make_one_shot_iterator()],
        "filtered": [int(x) for x in tf.data.Dataset.range(10).filter(lambda i: i % 3 < 1)],
        "enumerated": [int(i) + len(x) for i, x in enumerate(numbers)],
    }


@eager_script()
def dataset_of_a_generator(tf):
    def generate():
        for i in range(3):
            yield i, [float(i)] * 2

    dataset = tf.data.Dataset.from_generator(generate, (tf.int32, tf.float32), ([], [2]))
    v = tf.Variable(10.0)
    captured = tf.data.Dataset.range(2).map(lambda i: tf.cast(i, tf.float32) * v)
    return {"elements": [[i, x] for i, x in dataset], "captured": [x.numpy() for x in captured]}


@eager_script()
def control_flow(tf):
    start, one, three = [tf.constant(0), tf.constant(0.0)], lambda: tf.constant(1), lambda: tf.constant(3)
    i, total = tf.while_loop(lambda i, t: i < 5, lambda i, t: (i + 1, t + tf.cast(i, tf.float32)), start)
    return {
        "while": [i, total],
        "single": tf.while_loop(lambda i: i < 5, lambda i: i + 2, [tf.constant(0)]),
        "limited": tf.while_loop(lambda i: i < 5, lambda i: i + 1, [tf.constant(0)], maximum_iterations=3),
        "cond": tf.cond(tf.constant(True), lambda: tf.constant(1), lambda: tf.constant(2)),
        "case": tf.case([(tf.constant(False), one), (tf.constant(True), lambda: tf.constant(2))], default=three),
        "map_fn": tf.map_fn(lambda x: x * x, tf.constant([1.0, 2.0, 3.0])),
        "scan": tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])),
        "foldl": tf.foldl(lambda a, x: a * x, tf.constant([1, 2, 3, 4])),
        "switch": tf.switch_case(tf.constant(1), [lambda: tf.constant(10), lambda: tf.constant(20)]),
    }


@eager_script()
def tensor_arrays(tf):
    array = tf.TensorArray(tf.float32, size=3)
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        for i in range(3):
            array = array.write(i, x ** tf.cast(i, tf.float32))
        y = array.stack()
    growing = tf.TensorArray(tf.int32, size=0, dynamic_size=True).write(0, [1, 2]).write(1, [3, 4])
    return {
        "y": y,
        "grad": tape.gradient(y, x),
        "size": growing.size(),
        "concat": growing.concat(),
        "unstacked": tf.TensorArray(tf.float32, 2).unstack(tf.ones([2, 3])).read(1),
        "gathered": growing.gather([1, 0]),
    }


@eager_script()
def assertions(tf):
    tf.assert_equal(tf.constant([1, 2]), [1, 2])
    tf.debugging.assert_positive(tf.constant(1.0))
    return tf.check_numerics(tf.constant([1.0]), "fine")


@eager_script(raises=True)
def assertion_that_fails(tf):
    return tf.assert_equal(tf.constant([1, 2]), [1, 3])


@eager_script(raises=True)
def numerics_that_fail(tf):
    return tf.check_numerics(tf.constant([1.0]) / 0.0, "bad")


@eager_script()
def sparse_tensors(tf):
    s = tf.SparseTensor([[0, 1], [1, 0]], [2.0, 3.0], [2, 2])
    return {
        "dense": tf.sparse_tensor_to_dense(s),
        "product": tf.sparse_tensor_dense_matmul(s, tf.ones([2, 1])),
        "sum": tf.sparse_reduce_sum(s, 1),
    }


@eager_script()
def moving_averages(tf):
    v = tf.Variable([1.0, 2.0])
    average = tf.train.ExponentialMovingAverage(0.5)
    average.apply([v])
    v.assign([3.0, 6.0])
    average.apply([v])
    return {"average": average.average(v)}


@eager_script()
def templates_and_stores(tf):
    def scaled(x):
        return x * tf.get_variable("w", [], initializer=tf.constant_initializer(3.0))

    template = tf.make_template("scaled", scaled)
    first = template(tf.constant(1.0))
    template.variables[0].assign(5.0)
    store = tf.contrib.eager.EagerVariableStore()
    with store.as_default():
        a, b = tf.get_variable("a", [1]), tf.get_variable("a", [1])
    return {"first": first, "second": template(tf.constant(1.0)), "count": len(template.variables), "same": a is b}
