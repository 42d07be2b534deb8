"""Variables of both kinds: making, sharing, initialising, assigning; optimizers over them."""

import numpy as np

from tests.oracle.harness import case, floats, script

W = floats(3, 2)


@case(runs=2)
def variable(tf):
    w = tf.Variable(tf.zeros([2]), name="w")
    b = tf.Variable([1.0, 2.0], trainable=False)
    n = tf.Variable(5, name="n")
    return {"w": w, "sum": w + b, "twice": 2 * b, "n": n, "entry": b[0]}


@case(runs=2)
def resource_variable(tf):
    w = tf.Variable(tf.ones([2]), name="w", use_resource=True)
    b = tf.Variable(lambda: tf.fill([2], 3.0), use_resource=True, trainable=False)
    return {"w": w, "sum": w + b, "read": w.read_value(), "entry": b[1]}


def counter(use_resource):
    def build(tf):
        v = tf.Variable(floats(3), name="v", use_resource=use_resource)
        first = tf.assign_add(v, [1.0, 2.0, 3.0])
        with tf.control_dependencies([first]):
            second = v.assign_sub(tf.ones([3]) * 0.5)
        with tf.control_dependencies([second]):
            third = tf.assign(v, v.read_value() * 2.0, name="third")
        with tf.control_dependencies([third]):
            return {"after": v.read_value() + 0.0}

    return build


case(name="assignments", runs=3)(counter(use_resource=False))
case(name="resource_assignments", runs=3)(counter(use_resource=True))


@case(runs=2)
def initial_values(tf):
    a = tf.Variable(2.0, name="a")
    b = tf.Variable(tf.constant([1.0, 2.0]), name="b", dtype=tf.float32)
    c = tf.Variable(np.arange(4.0), name="c")
    d = tf.Variable("text", name="d")
    e = tf.Variable(True, name="e")
    assert a.dtype.base_dtype == tf.float32 and c.shape.as_list() == [4]
    return [a.initial_value, b, c, d, e]


@case()
def get_variable(tf):
    tf.set_random_seed(1)
    plain = tf.get_variable("plain", [3, 2])
    with tf.variable_scope("scope", initializer=tf.constant_initializer(0.25)):
        inner = tf.get_variable("inner", [2])
        with tf.variable_scope("deeper"):
            deeper = tf.get_variable("deeper", shape=(), initializer=tf.ones_initializer())
            total = inner + deeper
    whole = tf.get_variable("whole", [2], tf.int32)
    given = tf.get_variable("given", initializer=tf.constant(W))
    called = tf.get_variable("called", initializer=lambda: tf.zeros([2]))
    return [plain, total, whole, given, called]


@case()
def get_variable_resource(tf):
    tf.set_random_seed(1)
    with tf.variable_scope("scope", use_resource=True):
        w = tf.get_variable("w", [3, 2])
        b = tf.get_variable("b", [2], initializer=tf.zeros_initializer)
    return tf.matmul(tf.ones([4, 3]), w) + b


@case()
def sharing(tf):
    def layer(x):
        return x * tf.get_variable("w", [2], initializer=tf.constant_initializer([1.0, 2.0]))

    with tf.variable_scope("layer"):
        a = layer(tf.ones([2]))
    with tf.variable_scope("layer", reuse=True):
        b = layer(a)
    with tf.variable_scope("auto", reuse=tf.AUTO_REUSE) as scope:
        c = layer(b)
        d = layer(c)
    with tf.variable_scope(scope):
        e = layer(d)
    with tf.variable_scope("outer"):
        with tf.variable_scope(scope, reuse=True):
            f = layer(e)
    with tf.variable_scope(scope, auxiliary_name_scope=False):
        tf.get_variable_scope().reuse_variables()
        g = layer(f)
    with tf.variable_scope(None, "layer"):
        h = layer(g)
    return [a, b, c, d, e, f, g, h]


@case()
def scopes_and_names(tf):
    with tf.variable_scope("v"):
        with tf.name_scope("n"):
            a = tf.get_variable("a", [2], initializer=tf.zeros_initializer())
            b = tf.Variable([1.0], name="b")
            c = a + b
    with tf.variable_scope("v"):
        d = tf.Variable([2.0], name="b") + c
    assert a.name == "v/a:0" and b.name == "v/n/b:0"
    return d


@case()
def regularizers_and_collections(tf):
    with tf.variable_scope("net", regularizer=lambda w: tf.nn.l2_loss(w)):
        w = tf.get_variable("w", initializer=tf.constant(W))
        b = tf.get_variable("b", [2], initializer=tf.ones_initializer(), regularizer=tf.no_regularizer)
        tf.get_variable(
            "c",
            initializer=tf.ones([2]),
            trainable=False,
            collections=["mine", tf.GraphKeys.GLOBAL_VARIABLES],
        )
    tf.add_to_collection("outputs", tf.matmul(tf.ones([1, 3]), w) + b)
    return tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) + tf.get_collection("outputs")


@case()
def custom_getter(tf):
    def doubled(getter, name, *args, **kwargs):
        return getter(name, *args, **kwargs) * 2.0

    with tf.variable_scope("scope", custom_getter=doubled):
        return tf.get_variable("w", [2], initializer=tf.ones_initializer())


INITIALIZERS = {
    "zeros": lambda tf: tf.zeros_initializer(),
    "constant": lambda tf: tf.constant_initializer(2.5),
    "random_normal": lambda tf: tf.random_normal_initializer(1.0, 0.5),
    "truncated_normal": lambda tf: tf.truncated_normal_initializer(stddev=0.1),
    "random_uniform": lambda tf: tf.random_uniform_initializer(-1.0, 1.0),
    "glorot_uniform": lambda tf: tf.glorot_uniform_initializer(),
    "glorot_normal": lambda tf: tf.glorot_normal_initializer(seed=3),
    "he_normal": lambda tf: tf.initializers.he_normal(),
    "he_uniform": lambda tf: tf.initializers.he_uniform(),
    "lecun_normal": lambda tf: tf.initializers.lecun_normal(),
    "variance_scaling": lambda tf: tf.variance_scaling_initializer(2.0, "fan_out", "uniform"),
    "identity": lambda tf: tf.initializers.identity(),
    "orthogonal": lambda tf: tf.orthogonal_initializer(),
}


def initialised(make):
    def build(tf):
        tf.set_random_seed(42)
        return tf.get_variable("w", [5, 4], initializer=make(tf))

    return build


for initializer_name, make_initializer in INITIALIZERS.items():
    case(name="initializer_" + initializer_name, rtol=1e-5, atol=2e-6)(initialised(make_initializer))


@case(runs=2)
def scatter_updates(tf):
    v = tf.Variable(floats(4, 2), name="v")
    return tf.scatter_add(v, [1, 1, 3], np.ones((3, 2), np.float32))


@case()
def embedding(tf):
    table = tf.get_variable("table", initializer=tf.constant(floats(6, 3)))
    rows = tf.nn.embedding_lookup(table, [[1, 5], [1, 0]])
    (slices,) = tf.gradients(rows, table)
    return {"rows": rows, "values": slices.values, "indices": slices.indices}


@script()
def readiness(tf):
    a = tf.Variable(1.0, name="a")
    tf.Variable(a.initialized_value() + 1.0, name="b")
    c = tf.get_variable("c", [], initializer=tf.zeros_initializer(), use_resource=True)
    missing = tf.report_uninitialized_variables()
    with tf.Session() as session:
        before = session.run(missing)
        session.run(tf.variables_initializer([a]))
        between = session.run([missing, tf.is_variable_initialized(a), tf.is_variable_initialized(c)])
        session.run(tf.global_variables_initializer())
        return {"before": before, "between": between, "after": session.run(missing)}


@script()
def loading_and_evaluating(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.Session() as session:
        session.run(v.initializer)
        v.load([3.0, 4.0], session)
        doubled = (v * 2).eval()
        v.assign_add([1.0, 1.0]).op.run()
        return {"loaded": doubled, "added": v.eval(), "name": v.name, "type": v.dtype.name}


@script()
def two_sessions_hold_their_own_values(tf):
    v = tf.Variable(0.0)
    step = v.assign_add(1.0)
    start = tf.global_variables_initializer()
    with tf.Session() as one, tf.Session() as other:
        one.run(start)
        other.run(start)
        for _ in range(3):
            one.run(step)
        return {"one": one.run(v), "other": other.run(v)}


OPTIMIZERS = {
    "GradientDescent": lambda train: train.GradientDescentOptimizer(0.1),
    "Momentum": lambda train: train.MomentumOptimizer(0.1, 0.9),
    "Nesterov": lambda train: train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "Adam": lambda train: train.AdamOptimizer(0.1),
    "Adagrad": lambda train: train.AdagradOptimizer(0.1),
    "Adadelta": lambda train: train.AdadeltaOptimizer(0.5),
    "RMSProp": lambda train: train.RMSPropOptimizer(0.1, momentum=0.5),
    "CenteredRMSProp": lambda train: train.RMSPropOptimizer(0.1, centered=True),
    "Ftrl": lambda train: train.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
    "ProximalGradientDescent": lambda train: train.ProximalGradientDescentOptimizer(0.1, 0.01, 0.02),
    "ProximalAdagrad": lambda train: train.ProximalAdagradOptimizer(0.1, 0.1, 0.01, 0.02),
}


def minimised(make, use_resource):
    def run(tf):
        x = tf.constant(floats(4, 3))
        w = tf.get_variable("w", initializer=tf.constant(W), use_resource=use_resource)
        b = tf.get_variable("b", [2], initializer=tf.zeros_initializer(), use_resource=use_resource)
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - 1.0))
        optimizer = make(tf.train)
        step = optimizer.minimize(loss, global_step=tf.train.get_or_create_global_step())
        losses = []
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(5):
                losses.append(session.run(loss))
                session.run(step)
            slots = [optimizer.get_slot(w, name) for name in optimizer.get_slot_names()]
            return {"losses": np.array(losses), "w": session.run(w), "slots": session.run(slots)}

    return run


def minimised_embedding(make, use_resource):
    def run(tf):
        table = tf.get_variable("table", initializer=tf.constant(floats(6, 3)), use_resource=use_resource)
        loss = tf.reduce_sum(tf.square(tf.nn.embedding_lookup(table, [4, 1, 4]) - 1.0))
        step = make(tf.train).minimize(loss)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(3):
                session.run(step)
            return {"table": session.run(table)}

    return run


for optimizer_name, make_optimizer in OPTIMIZERS.items():
    for kind in ("", "_resource"):
        script(name=f"{optimizer_name}{kind}", graph=True)(minimised(make_optimizer, bool(kind)))
        sparse = minimised_embedding(make_optimizer, bool(kind))
        script(name=f"{optimizer_name}_sparse{kind}", graph=True)(sparse)
