"""Gradients of loops and branches that hold operations of the host; what else the engine's other families lack."""

import numpy as np

from tests.oracle.harness import case, floats, integers, script

ROW = np.array([0.5, 1.5, 2.5, -1.0], np.float32)


def row(tf, name="x"):
    return tf.placeholder(tf.float32, [None], name=name)


def number(tf, name, value):
    """A variable of one number."""
    return tf.get_variable(name, initializer=np.float32(value))


def loop(tf, body, *first, **kwargs):
    """The last values of a loop of three iterations, or `times`; the body gets the counter first."""
    times = kwargs.pop("times", 3)
    found = tf.while_loop(
        lambda i, *rest: i < times, lambda i, *rest: (i + 1,) + tuple(body(i, *rest)), (0,) + first, **kwargs
    )
    return found[1:]


# -- loops with operations of the host ---------------------------------------------------------------------------


@case(feeds={"x": ROW}, grads=True, graph=False)
def masked(tf):
    x, w = row(tf), number(tf, "w", 2.0)

    def body(i, total):
        chosen = tf.boolean_mask(x, x > tf.cast(i, tf.float32))
        return [total * w + tf.reduce_sum(chosen * chosen)]

    return loop(tf, body, tf.constant(1.0))


@case(feeds={"x": ROW}, grads=True, graph=False)
def places(tf):
    x = row(tf)

    def body(i, total, last):
        found = tf.gather_nd(x, tf.where(x > 0.25 * tf.cast(i, tf.float32) + last))
        return [total + tf.reduce_prod(found), tf.reduce_min(found) * 0.5]

    return loop(tf, body, tf.constant(0.0), tf.constant(-0.5))


@case(feeds={"x": ROW, "ids": integers(4, high=2)}, grads=True, graph=False)
def distinct(tf):
    x = row(tf)
    ids = tf.placeholder(tf.int32, [4], name="ids")

    def body(i, total):
        values, where = tf.unique(ids + i * ids)
        sums = tf.unsorted_segment_sum(x * total, where, tf.size(values))
        return [total + tf.reduce_max(sums)]

    return loop(tf, body, tf.constant(1.0))


@case(feeds={"x": ROW, "n": np.int32(4)}, grads=True, graph=False)
def unknown_times(tf):
    x = row(tf)
    n = tf.placeholder(tf.int32, [], name="n")
    return loop(tf, lambda i, v: [v * tf.reduce_sum(tf.boolean_mask(x, x > 1.0)) * 0.5], x, times=n)


@case(feeds={"x": ROW, "n": np.int32(0)}, grads=True, graph=False)
def no_times(tf):
    x = row(tf)
    n = tf.placeholder(tf.int32, [], name="n")
    return loop(tf, lambda i, v: [v * tf.reduce_sum(tf.boolean_mask(x, x > 1.0))], x, times=n)


@case(feeds={"x": ROW}, grads=True, graph=False)
def growing(tf):
    x = row(tf)
    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    (grown,) = loop(tf, lambda i, v: [tf.concat([v * v, x[:2]], 0)], x, shape_invariants=shapes)
    return tf.reduce_sum(grown ** 3)


@case(feeds={"x": ROW}, grads=True, graph=False)
def nested(tf):
    x = row(tf)

    def inner(i, v):
        return [v * 0.5 + tf.reduce_sum(tf.boolean_mask(x, x > v))]

    def outer(i, v):
        (found,) = loop(tf, inner, v, times=i + 1)
        return [found * x[i]]

    return loop(tf, outer, tf.constant(0.25))


@case(feeds={"x": ROW}, grads=True, graph=False)
def compiled_inside(tf):
    x = row(tf)

    def outer(i, v):
        (found,) = loop(tf, lambda j, u: [tf.sin(u * x[j])], v, times=2)
        return [found + tf.reduce_sum(tf.boolean_mask(x, x > v))]

    return loop(tf, outer, tf.constant(0.25))


@case(feeds={"x": ROW}, grads=True, graph=False)
def branches_inside(tf):
    x = row(tf)

    def body(i, v):
        masked = lambda: tf.reduce_sum(tf.boolean_mask(x, x > 0.0)) * v  # noqa: E731
        return [tf.cond(tf.equal(i, 1), masked, lambda: v * v)]

    return loop(tf, body, tf.constant(1.5))


@case(feeds=[{"x": ROW, "flag": np.True_}, {"x": ROW, "flag": np.False_}], grads=True, graph=False)
def branch(tf):
    x, flag = row(tf), tf.placeholder(tf.bool, [], name="flag")
    w = number(tf, "w", 3.0)
    masked = lambda: [tf.boolean_mask(x * w, x > 0.0), x]  # noqa: E731
    chosen, other = tf.cond(flag, masked, lambda: [x * x, tf.boolean_mask(x, x < 1.0)])
    return [tf.reduce_sum(chosen * chosen), tf.reduce_prod(other)]


@case(feeds={"x": ROW}, grads=True, graph=False)
def mapped(tf):
    x = row(tf)
    return {
        "sums": tf.map_fn(lambda v: tf.reduce_sum(tf.boolean_mask(x * v, x > v)), x),
        "scan": tf.scan(lambda a, v: a * 0.5 + tf.reduce_sum(tf.boolean_mask(x, x >= v)), x, initializer=1.0),
        "fold": tf.foldl(lambda a, v: a * v + tf.reduce_max(tf.boolean_mask(x, x >= v)), x),
    }


@case(feeds={"x": ROW}, grads=True, graph=False)
def arrays(tf):
    x = row(tf)

    def body(i, array):
        return [array.write(i, tf.reduce_sum(tf.boolean_mask(x, x > tf.cast(i, tf.float32) - 1.0) ** 2))]

    (array,) = loop(tf, body, tf.TensorArray(tf.float32, 0, dynamic_size=True))
    return array.stack()


@case(feeds={"x": floats(3, 2)}, grads=True, graph=False)
def variables(tf):
    x = tf.placeholder(tf.float32, [3, 2], name="x")
    table = tf.get_variable("table", initializer=floats(4, 2, seed=1))
    held = tf.get_variable("held", initializer=floats(2, seed=2), use_resource=True)

    def body(i, v):
        chosen = tf.boolean_mask(x, x[:, 0] > v)
        found = tf.nn.embedding_lookup(table, [i, 3 - i])
        return [v + tf.reduce_sum(found * held) * 0.1 + tf.reduce_sum(chosen * held) * 0.1]

    return loop(tf, body, tf.constant(0.0))


@case(feeds={"x": ROW}, grads=True, graph=False)
def python_function(tf):
    x = row(tf)
    if "EngineGapsCube" not in _registered:
        _registered.append("EngineGapsCube")

        @tf.RegisterGradient("EngineGapsCube")
        def gradient(op, grad):
            return 3 * grad * op.inputs[0] ** 2

    def body(i, v):
        with tf.get_default_graph().gradient_override_map({"PyFunc": "EngineGapsCube"}):
            cubed = tf.py_func(lambda a: a**3, [v], tf.float32)
        cubed.set_shape([None])
        return [cubed * 0.5 + x]

    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    (found,) = loop(tf, body, x, times=2, shape_invariants=shapes)
    return tf.reduce_sum(found * found)


_registered = []


@script()
def training_through_a_mask(tf):
    """Steps of an optimizer whose loss is a loop over what a mask lets through."""
    tf.set_random_seed(3)
    x = tf.constant(floats(6, 2))
    w = tf.get_variable("w", initializer=floats(2, seed=5))

    def body(i, total):
        seen = tf.boolean_mask(x, tf.reduce_sum(x * w, 1) > -0.5 * tf.cast(i, tf.float32))
        return [total + tf.reduce_sum(tf.square(tf.reduce_sum(seen * w, 1) - 0.25))]

    (loss,) = loop(tf, body, tf.constant(0.0))
    step = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    losses = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(5):
            losses.append(session.run([loss, step])[0])
    return {"losses": losses}


@case()
def stopped_at_the_sources(tf):
    a = tf.constant(3.0)
    b = 2 * a
    return tf.gradients(a * b + b, [a, b], stop_gradients=[a, b])


# -- bands of diagonals, rows in place ---------------------------------------------------------------------------


@case(feeds={"x": floats(2, 3, 4), "d": floats(2, 3), "ds": floats(2, 2, 3, seed=1)}, graph=False)
def bands(tf):
    x = tf.placeholder(tf.float32, [2, 3, 4], name="x")
    d = tf.placeholder(tf.float32, [2, 3], name="d")
    ds = tf.placeholder(tf.float32, [None, 2, 3], name="ds")
    make, part, put = tf.raw_ops.MatrixDiagV2, tf.raw_ops.MatrixDiagPartV2, tf.raw_ops.MatrixSetDiagV2

    def made(diagonal, k, rows=-1, columns=-1, padding=0.0):
        return make(diagonal=diagonal, k=k, num_rows=rows, num_cols=columns, padding_value=padding)

    return {
        "main": made(d, 0),
        "above": made(d, 1, padding=7.0),
        "below": made(d, -2, 5, 4),
        "wide": made(d, 1, 3, -1),
        "band": made(ds, [0, 1], padding=-1.0),
        "band_below": made(ds, [-2, -1], -1, 3),
        "part": part(input=x, k=0, padding_value=0.0),
        "part_above": part(input=x, k=2, padding_value=0.0),
        "part_band": part(input=x, k=[-1, 2], padding_value=9.0),
        "set": put(input=x, diagonal=d, k=0),
        "set_band": put(input=x, diagonal=ds, k=[0, 1]),
        "set_below": put(input=x, diagonal=d[:, :2], k=-1),
    }


@case(raises=True, feeds={"d": floats(2, 3)}, graph=False)
def band_outside(tf):
    d = tf.placeholder(tf.float32, None, name="d")
    return tf.raw_ops.MatrixDiagV2(diagonal=d, k=0, num_rows=2, num_cols=-1, padding_value=0.0)


@case(feeds={"x": floats(4, 2), "i": integers(2, low=1, high=3), "v": floats(2, 2, seed=1)}, graph=False)
def in_place(tf):
    x = tf.placeholder(tf.float32, [4, 2], name="x")
    i = tf.placeholder(tf.int32, [2], name="i")
    v = tf.placeholder(tf.float32, [2, 2], name="v")
    kept = x + 0.0
    return [
        tf.raw_ops.InplaceUpdate(x=x * 2.0, i=[3, 0], v=v),
        tf.raw_ops.InplaceAdd(x=x * 3.0, i=i, v=v),
        tf.raw_ops.InplaceSub(x=x * 4.0, i=[-1, 5], v=v),
        tf.raw_ops.Empty(shape=[2, 3], dtype=tf.int32, init=True),
        kept,
    ]


# -- accumulators, replicas in step --------------------------------------------------------------------------------


@script(graph=True)
def dense_accumulators(tf):
    x = tf.placeholder(tf.float32, [2], name="x")
    mean = tf.ConditionalAccumulator(tf.float32, [2], name="mean")
    total = tf.ConditionalAccumulator(tf.float32, shape=None, reduction_type="SUM", shared_name="one")
    again = tf.ConditionalAccumulator(tf.float32, shape=None, reduction_type="SUM", shared_name="one")
    step = tf.placeholder(tf.int64, [], name="step")
    add = tf.group(mean.apply_grad(x, step), total.apply_grad(2.0 * x, local_step=step, name="adding"))
    taken = [mean.take_grad(2), again.take_grad(1)]
    counts = [mean.num_accumulated(), again.num_accumulated(name="how_many")]
    ahead = mean.set_global_step(5)
    found = {}
    with tf.Session() as session:
        for i in range(3):
            session.run(add, {x: [i, 1.0], step: i})
        found["counts"] = session.run(counts)
        found["taken"] = session.run(taken)
        found["after"] = session.run(counts)
        session.run(add, {x: [7.0, 7.0], step: 0})
        found["stale"] = session.run(counts)
        session.run(ahead)
        session.run(add, {x: [7.0, 7.0], step: 4})
        found["stale_again"] = session.run(counts)
        session.run(add, {x: [7.0, 7.0], step: 5})
        found["fresh"] = session.run(counts)
    return found


@script(graph=True)
def sparse_accumulators(tf):
    rows, values = tf.placeholder(tf.int32, [None], name="rows"), tf.placeholder(tf.float32, [None, 2], name="values")
    mean = tf.SparseConditionalAccumulator(tf.float32, [4, 2])
    total = tf.SparseConditionalAccumulator(tf.float32, shape=(), reduction_type="SUM", name="total")
    add = [
        mean.apply_indexed_slices_grad(tf.IndexedSlices(values, rows, tf.constant([4, 2])), local_step=1),
        total.apply_grad(rows, values),
    ]
    taken = mean.take_indexed_slices_grad(2)
    parts = [taken.indices, taken.values, taken.dense_shape]
    found = {}
    with tf.Session() as session:
        session.run(add, {rows: [1, 3], values: [[1, 2], [3, 4]]})
        session.run(add, {rows: [0, 3], values: [[5, 6], [7, 8]]})
        found["count"] = session.run([mean.num_accumulated(), total.num_accumulated()])
        found["mean"] = session.run(parts)[0], session.run(mean.num_accumulated())
        found["total"] = session.run(list(total.take_grad(1)))
        session.run(add, {rows: [1, 3], values: [[1, 2], [3, 4]]})
        session.run(add, {rows: [0, 3], values: [[5, 6], [7, 8]]})
        found["values"] = session.run(parts)
    return {
        "count": found["count"], "mean": found["mean"][0], "after": found["mean"][1], "indices": found["values"][0],
        "values": found["values"][1], "shape": found["values"][2], "total": found["total"][1], "whole": found["total"][2],
    }


@script(raises=True)
def take_none(tf):
    accumulator = tf.ConditionalAccumulator(tf.float32, [])
    with tf.Session() as session:
        session.run(accumulator.take_grad(0))


@script(raises=True)
def accumulate_another_shape(tf):
    accumulator = tf.ConditionalAccumulator(tf.float32, shape=None)
    x = tf.placeholder(tf.float32)
    add = accumulator.apply_grad(x)
    with tf.Session() as session:
        session.run(add, {x: [1.0]})
        session.run(add, {x: [1.0, 2.0]})


def replicas(tf, to_aggregate, workers, averages=None):
    """(optimizer, train operation, variables, placeholder) of a small model trained in step."""
    step = tf.train.get_or_create_global_step()
    x = tf.placeholder(tf.float32, [2], name="x")
    w = tf.get_variable("w", initializer=np.array([1.0, -2.0], np.float32))
    table = tf.get_variable("table", initializer=floats(4, 2, seed=3))
    loss = tf.reduce_sum(tf.square(w * x - 1.0))
    loss += tf.reduce_sum(tf.square(tf.nn.embedding_lookup(table, [1, 3]) * x))
    optimizer = tf.train.SyncReplicasOptimizer(
        tf.train.MomentumOptimizer(0.1, 0.9), to_aggregate, workers, averages, [w]
    )
    train = optimizer.minimize(loss, global_step=step)
    return optimizer, train, [w, table, step], x


@script(graph=True)
def replicas_graph(tf):
    optimizer, train, _, _ = replicas(tf, 2, 3)
    optimizer.get_init_tokens_op()
    return {"train": train.op.type, "slots": ",".join(optimizer.get_slot_names())}


@script()
def replicas_in_step(tf):
    """One worker that hands in two gradients a step."""
    optimizer, train, (w, table, step), x = replicas(tf, 1, 1, tf.train.ExponentialMovingAverage(0.5))
    hook = optimizer.make_session_run_hook(True, num_tokens=0)  # a run then ends when its step was taken
    steps = []
    with tf.train.MonitoredTrainingSession(hooks=[hook], stop_grace_period_secs=1) as session:
        for i in range(4):
            session.run(train, {x: [1.0 + i, 0.5 * i]})
            steps.append(session.run([step, w, table]))
    return {"steps": [s for s, _, _ in steps], "w": [w for _, w, _ in steps], "table": [t for _, _, t in steps]}


@script()
def a_read_sees_what_was_written_before_a_step_on_the_host(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.control_dependencies([v.assign_add([10.0, 10.0])]):
        waited = tf.py_func(lambda x: x * np.float32(2), [tf.constant(3.0)], tf.float32)
    with tf.control_dependencies([waited]):
        late = v * 2.0
        asked = tf.py_func(lambda x: x + np.float32(1), [v], tf.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {"runs": [session.run([late, asked, waited * 1.0])[:2] for _ in range(3)]}
