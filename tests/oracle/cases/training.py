"""Training beside the plain optimizers of `variables`: schedules, moving averages, clipping, global step, slots, own rules."""

import numpy as np

from tests.oracle.harness import case, floats, script

W = floats(3, 2)
STEPS = [0, 1, 7, 20, 45, 130]


def trained(tf, step, fetches, runs=3, feeds=None):
    """`fetches` after `runs` steps, as a dict of arrays."""
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(runs):
            session.run(step, feeds)
        return session.run(fetches, feeds)


def regression(tf, dtype=np.float32, use_resource=False, **options):
    """(loss, w, b) of a small linear model."""
    w = tf.get_variable("w", initializer=tf.constant(W.astype(dtype)), use_resource=use_resource, **options)
    b = tf.get_variable("b", initializer=tf.zeros([2], dtype), use_resource=use_resource)
    x = tf.constant(floats(4, 3, dtype=dtype))
    return tf.reduce_mean(tf.square(tf.matmul(x, w) + b - 1.0)), w, b


# -- schedules -----------------------------------------------------------------------------------------------------------

SCHEDULES = {
    "exponential_decay": lambda train, step: train.exponential_decay(0.1, step, 10, 0.96),
    "exponential_decay_staircase": lambda train, step: train.exponential_decay(0.1, step, 10, 0.5, staircase=True),
    "exponential_decay_named": lambda train, step: train.exponential_decay(0.1, step, 10.0, 0.5, name="rate"),
    "natural_exp_decay": lambda train, step: train.natural_exp_decay(0.1, step, 10, 0.5),
    "natural_exp_decay_staircase": lambda train, step: train.natural_exp_decay(0.1, step, 10, 0.5, staircase=True),
    "inverse_time_decay": lambda train, step: train.inverse_time_decay(0.1, step, 10, 0.5),
    "inverse_time_decay_staircase": lambda train, step: train.inverse_time_decay(0.1, step, 10, 0.5, True, "rate"),
    "polynomial_decay": lambda train, step: train.polynomial_decay(0.1, step, 40),
    "polynomial_decay_root": lambda train, step: train.polynomial_decay(0.1, step, 40, 0.01, power=0.5),
    "cosine_decay": lambda train, step: train.cosine_decay(0.1, step, 40),
    "cosine_decay_floor": lambda train, step: train.cosine_decay(0.1, step, 40, alpha=0.2, name="rate"),
    "linear_cosine_decay": lambda train, step: train.linear_cosine_decay(0.1, step, 40),
    "linear_cosine_decay_waves": lambda train, step: train.linear_cosine_decay(0.1, step, 40, 2.0, 0.1, 0.01),
}
BRANCHING = {  # branches are nodes of another form here, so only their values are compared
    "polynomial_decay_cycle": lambda train, step: train.polynomial_decay(0.1, step, 40, cycle=True),
    "piecewise_constant": lambda train, step: train.piecewise_constant(step, [5, 20, 100], [1.0, 0.5, 0.1, 0.01]),
    "piecewise_constant_two": lambda train, step: train.piecewise_constant_decay(step, [20], [1.0, 0.5], name="rate"),
    "cosine_decay_restarts": lambda train, step: train.cosine_decay_restarts(0.1, step, 15),
    "cosine_decay_restarts_even": lambda train, step: train.cosine_decay_restarts(0.1, step, 15, 1.0, 0.5, 0.1),
}


def scheduled(make, dtype):
    def build(tf):
        step = tf.placeholder(getattr(tf, dtype), [], name="step")
        return make(tf.train, step)

    return build


FED = [{"step": step} for step in STEPS]
for schedule_name, make_schedule in SCHEDULES.items():
    case(name=schedule_name, feeds=FED)(scheduled(make_schedule, "int64"))
for schedule_name, make_schedule in BRANCHING.items():
    case(name=schedule_name, feeds=FED, graph=False)(scheduled(make_schedule, "int64"))
case(name="exponential_decay_int32", feeds=FED)(scheduled(SCHEDULES["exponential_decay"], "int32"))
case(name="cosine_decay_float_step", feeds=FED)(scheduled(SCHEDULES["cosine_decay"], "float32"))


@case(runs=3, rtol=1e-5, atol=2e-6)
def noisy_linear_cosine_decay(tf):
    tf.set_random_seed(3)
    return tf.train.noisy_linear_cosine_decay(tf.constant(0.1), tf.constant(7), 40, 0.5, 0.6, 1.0, 0.1, 0.01)


@case(runs=2)
def schedules_of_float64(tf):
    rate, step = tf.constant(0.1, tf.float64), tf.constant(13)
    return [
        tf.train.exponential_decay(rate, step, 10, 0.5),
        tf.train.inverse_time_decay(rate, step, 10, 0.5),
        tf.train.polynomial_decay(rate, step, 40.0, power=2.0),
    ]


@case(raises=True)
def piecewise_constant_of_mixed_types(tf):
    return tf.train.piecewise_constant(tf.constant(1.0), [5, 20], [1.0, 0.5, 0.1])


@case(raises=True)
def piecewise_constant_of_wrong_length(tf):
    return tf.train.piecewise_constant(tf.constant(1), [5, 20], [1.0, 0.5])


@script(graph=True)
def decayed_learning_rate(tf):
    loss, w, b = regression(tf)
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.1, step, 2, 0.5, staircase=True)
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)
    return trained(tf, train, {"w": w, "b": b, "step": step, "rate": rate}, runs=5)


# -- optimizers: types, names, options -------------------------------------------------------------------------------------

OPTIMIZERS = {
    "GradientDescent": lambda train: train.GradientDescentOptimizer(0.1),
    "Nesterov": lambda train: train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "Adam": lambda train: train.AdamOptimizer(0.1),
    "Adagrad": lambda train: train.AdagradOptimizer(0.1),
    "Adadelta": lambda train: train.AdadeltaOptimizer(0.5, 0.9, 1e-6),
    "RMSProp": lambda train: train.RMSPropOptimizer(0.1, 0.8, 0.5, 1e-3, centered=True),
    "Ftrl": lambda train: train.FtrlOptimizer(0.1, -0.5, 0.2, 0.01, 0.02),
    "FtrlPower": lambda train: train.FtrlOptimizer(0.1, -0.7),
    "FtrlShrinkage": lambda train: train.FtrlOptimizer(
        0.1, -0.5, 0.2, 0.01, 0.02, accum_name="a", linear_name="l", l2_shrinkage_regularization_strength=0.1
    ),
}
ADAGRAD_DA = (
    "AdagradDA",
    lambda train: train.AdagradDAOptimizer(0.1, train.get_or_create_global_step(), 0.2, 0.01, 0.02),
)


def minimised(make, dtype=np.float32, use_resource=False):
    def run(tf):
        loss, w, b = regression(tf, dtype, use_resource)
        optimizer = make(tf.train)
        step = optimizer.minimize(loss, global_step=tf.train.get_or_create_global_step())
        slots = {name: optimizer.get_slot(w, name) for name in optimizer.get_slot_names()}
        return trained(tf, step, dict(slots, w=w, b=b))

    return run


def minimised_embedding(make, use_resource, dtype=np.float32):
    """Rows that are fed, so that no index is known while the graph is built."""

    def run(tf):
        table = tf.get_variable("table", initializer=tf.constant(floats(6, 3, dtype=dtype)), use_resource=use_resource)
        ids = tf.placeholder(tf.int64, [None], name="ids")
        loss = tf.reduce_sum(tf.square(tf.nn.embedding_lookup(table, ids) - 1.0))
        optimizer = make(tf.train)
        step = optimizer.minimize(loss, global_step=tf.train.get_or_create_global_step())
        slots = {name: optimizer.get_slot(table, name) for name in optimizer.get_slot_names()}
        return trained(tf, step, dict(slots, table=table), feeds={ids: [5, 0, 5, 2, 5]})

    return run


for optimizer_name, make_optimizer in OPTIMIZERS.items():
    script(name=optimizer_name + "_float64", graph=True)(minimised(make_optimizer, np.float64))
    script(name=optimizer_name + "_float64_resource", graph=True)(minimised(make_optimizer, np.float64, True))
    for kind in ("", "_resource"):
        fed = minimised_embedding(make_optimizer, bool(kind))
        script(name=optimizer_name + "_fed_rows" + kind, graph=True)(fed)
for kind in ("", "_resource"):
    script(name=ADAGRAD_DA[0] + kind, graph=True)(minimised(ADAGRAD_DA[1], use_resource=bool(kind)))
    script(name=ADAGRAD_DA[0] + "_fed_rows" + kind, graph=True)(minimised_embedding(ADAGRAD_DA[1], bool(kind)))
script(name="FtrlShrinkage_float32", graph=True)(minimised(OPTIMIZERS["FtrlShrinkage"]))
script(name="Adam_float16", graph=True, atol=4e-3)(
    minimised(lambda train: train.AdamOptimizer(0.1, epsilon=1e-3), np.float16)
)
script(name="Momentum_float16", graph=True)(minimised(lambda train: train.MomentumOptimizer(0.1, 0.9), np.float16))


@script(graph=True)
def two_optimizers_share_a_model(tf):
    loss, w, b = regression(tf)
    first = tf.train.AdamOptimizer(0.1)
    second = tf.train.AdamOptimizer(0.01)
    third = tf.train.MomentumOptimizer(0.1, 0.5, name="Heavy")
    steps = [first.minimize(loss), second.minimize(loss, var_list=[w]), third.minimize(loss, name="last")]
    step = tf.group(*steps)
    names = [v.name for o in (first, second, third) for v in o.variables()]
    trained(tf, step, w, runs=1)
    return {"names": np.array(names), "get_name": np.array([o.get_name() for o in (first, second, third)])}


@script(graph=True)
def scopes_around_an_optimizer(tf):
    with tf.variable_scope("model"):
        loss, w, b = regression(tf)
    with tf.name_scope("train"):
        optimizer = tf.train.AdamOptimizer(0.1)
        step = optimizer.minimize(loss)
    with tf.variable_scope("again"):
        again = tf.train.RMSPropOptimizer(0.1).minimize(loss)
    return trained(tf, [step, again], {"m": optimizer.get_slot(w, "m")}, runs=1)


@script(graph=True)
def minimising_twice_keeps_the_slots(tf):
    loss, w, b = regression(tf)
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    one = optimizer.minimize(loss, var_list=[w])
    two = optimizer.minimize(loss * 2.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(one)
        session.run(two)
        return session.run({"w": w, "b": b, "momentum": optimizer.get_slot(w, "momentum")})


@script(graph=True)
def hyperparameters_as_functions_and_tensors(tf):
    loss, w, b = regression(tf)
    rate = tf.placeholder_with_default(0.1, [], name="rate")
    step = tf.group(
        tf.train.AdamOptimizer(lambda: 0.1, beta1=lambda: 0.8).minimize(loss),
        tf.train.MomentumOptimizer(rate, lambda: 0.5).minimize(loss),
        tf.train.GradientDescentOptimizer(lambda: rate).minimize(loss),
    )
    trained(tf, step, w, runs=1)
    return {}


def gated(gate, colocate=False):
    def run(tf):
        loss, w, b = regression(tf)
        optimizer = tf.train.GradientDescentOptimizer(0.1)
        step = optimizer.minimize(
            loss,
            gate_gradients=getattr(optimizer, gate),
            colocate_gradients_with_ops=colocate,
            grad_loss=tf.constant(2.0),
        )
        return trained(tf, step, {"w": w, "b": b})

    return run


script(name="gate_none")(gated("GATE_NONE"))
script(name="gate_op")(gated("GATE_OP"))
script(name="gate_graph")(gated("GATE_GRAPH"))
script(name="gradients_beside_their_operations")(gated("GATE_OP", colocate=True))


@script(graph=True)
def some_variables_have_no_gradient(tf):
    loss, w, b = regression(tf)
    unused = tf.get_variable("unused", [2], initializer=tf.ones_initializer())
    optimizer = tf.train.AdamOptimizer(0.1)
    pairs = optimizer.compute_gradients(loss)
    step = optimizer.apply_gradients(pairs)
    values = trained(tf, step, {"w": w, "unused": unused})
    return dict(values, missing=np.array([v.name for g, v in pairs if g is None]))


CLIPS = {
    "value": lambda tf, g: tf.clip_by_value(g, -0.1, 0.1),
    "norm": lambda tf, g: tf.clip_by_norm(g, 0.3),
    "average_norm": lambda tf, g: tf.clip_by_average_norm(g, 0.1),
}


def clipped(clip):
    def run(tf):
        loss, w, b = regression(tf)
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        pairs = [(clip(tf, g), v) for g, v in optimizer.compute_gradients(loss, [w, b])]
        return trained(tf, optimizer.apply_gradients(pairs), {"w": w, "b": b})

    return run


for clip_name, clip_function in CLIPS.items():
    script(name="clipped_by_" + clip_name)(clipped(clip_function))


@script()
def clipped_by_global_norm(tf):
    loss, w, b = regression(tf)
    table = tf.get_variable("table", initializer=tf.constant(floats(5, 2)))
    loss += tf.reduce_sum(tf.nn.embedding_lookup(table, [1, 3, 1]))
    variables = tf.trainable_variables()
    gradients, norm = tf.clip_by_global_norm(tf.gradients(loss, variables), 0.5)
    step = tf.train.AdamOptimizer(0.1).apply_gradients(zip(gradients, variables), tf.train.get_or_create_global_step())
    return trained(tf, step, {"w": w, "b": b, "table": table, "norm": norm})


@script(graph=True)
def given_gradients(tf):
    w = tf.get_variable("w", initializer=tf.constant(floats(4, 2)))
    r = tf.get_variable("r", initializer=tf.constant(floats(4, 2)), use_resource=True)
    rows = tf.IndexedSlices(tf.constant(floats(3, 2, seed=1)), tf.constant([3, 0, 3], tf.int64), tf.constant([4, 2]))
    optimizer = tf.train.AdagradOptimizer(0.5)
    step = optimizer.apply_gradients([(rows, w), (rows, r)])
    dense = tf.train.GradientDescentOptimizer(0.5).apply_gradients(
        [(W[:1] * np.ones([4, 2], np.float32), w)], name="dense"
    )
    return trained(tf, tf.group(step, dense), {"r": r, "slot": optimizer.get_slot(r, "accumulator")}, runs=2)


@script(raises=True)
def row_out_of_range(tf):
    w = tf.get_variable("w", initializer=tf.constant(floats(4, 2)))
    rows = tf.IndexedSlices(tf.ones([1, 2]), tf.placeholder_with_default([4], [1]))
    return trained(tf, tf.train.AdagradOptimizer(0.5).apply_gradients([(rows, w)]), w)


def with_constraint(use_resource):
    def run(tf):
        loss, w, b = regression(tf, use_resource=use_resource, constraint=lambda w: tf.clip_by_value(w, -0.5, 0.5))
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        return trained(tf, step, {"w": w, "b": b})

    return run


script(name="constraint", graph=True)(with_constraint(False))
script(name="constraint_resource", graph=True)(with_constraint(True))


@script(graph=True)
def use_locking(tf):
    loss, w, b = regression(tf)
    steps = [
        tf.train.GradientDescentOptimizer(0.1, use_locking=True).minimize(loss),
        tf.train.AdamOptimizer(0.1, use_locking=True).minimize(loss, var_list=[w]),
    ]
    with tf.control_dependencies([steps[0]]):
        last = tf.identity(loss)
    trained(tf, last, w, runs=1)
    return {}


@script(graph=True)
def partitioned_variable(tf):
    halves = tf.fixed_size_partitioner(2)
    w = tf.get_variable("w", [6, 2], initializer=tf.constant_initializer(0.5), partitioner=halves)
    loss = tf.reduce_sum(tf.square(tf.convert_to_tensor(w) - floats(6, 2)))
    step = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    return trained(tf, step, {"w": tf.convert_to_tensor(w)})


@script()
def variable_of_unknown_shape(tf):
    start = tf.placeholder_with_default(floats(3, 2), [None, 2])
    w = tf.Variable(start, validate_shape=False, name="w")
    loss = tf.reduce_sum(tf.square(w - 1.0))
    step = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    return trained(tf, step, {"w": w})


# -- optimizers that users write -------------------------------------------------------------------------------------------


def weight_decay_optimizer(tf):
    """Adam with weight decay, in the form BERT's training code made known: all in `apply_gradients`."""

    class AdamWeightDecayOptimizer(tf.train.Optimizer):
        def __init__(self, learning_rate, rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-6):
            super().__init__(False, "AdamWeightDecayOptimizer")
            self.learning_rate, self.rate = learning_rate, rate
            self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

        def apply_gradients(self, grads_and_vars, global_step=None, name=None):
            assignments = []
            for grad, param in grads_and_vars:
                if grad is None or param is None:
                    continue
                param_name = param.name[:-2]
                m, v = [
                    tf.get_variable(
                        name=param_name + suffix,
                        shape=param.shape.as_list(),
                        dtype=tf.float32,
                        trainable=False,
                        initializer=tf.zeros_initializer(),
                    )
                    for suffix in ("/adam_m", "/adam_v")
                ]
                next_m = tf.multiply(self.beta_1, m) + tf.multiply(1.0 - self.beta_1, grad)
                next_v = tf.multiply(self.beta_2, v) + tf.multiply(1.0 - self.beta_2, tf.square(grad))
                update = next_m / (tf.sqrt(next_v) + self.epsilon)
                update += self.rate * param
                next_param = param - self.learning_rate * update
                assignments.extend([param.assign(next_param), m.assign(next_m), v.assign(next_v)])
            return tf.group(*assignments, name=name)

    return AdamWeightDecayOptimizer


@script(graph=True)
def weight_decay(tf):
    loss, w, b = regression(tf)
    step = tf.train.get_or_create_global_step()
    optimizer = weight_decay_optimizer(tf)(tf.train.polynomial_decay(0.1, step, 10, 0.0))
    variables = tf.trainable_variables()
    gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), clip_norm=1.0)
    train = optimizer.apply_gradients(zip(gradients, variables), global_step=step)
    train = tf.group(train, [step.assign(step + 1)])
    return trained(tf, train, {"w": w, "step": step})


def sign_optimizer(tf):
    """An optimizer through the extension points: it steps along the sign of an average of gradients."""

    class SignOptimizer(tf.train.Optimizer):
        def __init__(self, rate, name="Sign"):
            super().__init__(False, name)
            self._rate = rate

        def _create_slots(self, var_list):
            for v in var_list:
                self._zeros_slot(v, "average", self._name)
                self._get_or_make_slot(v, tf.ones(v.shape, v.dtype.base_dtype), "count", self._name + "Count")
            self._create_non_slot_variable(1.0, "calls", min(var_list, key=lambda v: v.name))

        def _prepare(self):
            self._rate_t = tf.convert_to_tensor(self._call_if_callable(self._rate), name="rate")

        def _apply_dense(self, grad, var):
            average = self.get_slot(var, "average")
            moved = average.assign(0.5 * average + 0.5 * grad)
            count = self.get_slot(var, "count").assign_add(tf.ones_like(grad))
            return tf.group(var.assign_sub(self._rate_t * tf.sign(moved)), count)

        _resource_apply_dense = _apply_dense

        def _apply_sparse(self, grad, var):
            return tf.scatter_sub(var, grad.indices, self._rate_t * tf.sign(grad.values))

        def _finish(self, update_ops, name_scope):
            calls = self._get_non_slot_variable("calls", graph=tf.get_default_graph())
            with tf.control_dependencies(update_ops), tf.colocate_with(calls):
                called = calls.assign_add(1.0)
            return tf.group(*(update_ops + [called.op]), name=name_scope)

    return SignOptimizer


def own_rule(use_resource):
    def run(tf):
        loss, w, b = regression(tf, use_resource=use_resource)
        optimizer = sign_optimizer(tf)(lambda: 0.1)
        step = optimizer.minimize(loss, global_step=tf.train.get_or_create_global_step())
        fetches = {"w": w, "average": optimizer.get_slot(w, "average"), "count": optimizer.get_slot(w, "count")}
        return dict(trained(tf, step, fetches), names=np.array([v.name for v in optimizer.variables()]))

    return run


script(name="own_rule", graph=True)(own_rule(False))
script(name="own_rule_resource", graph=True)(own_rule(True))


@script(graph=True)
def own_sparse_rule(tf):
    table = tf.get_variable("table", initializer=tf.constant(floats(6, 3)))
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, tf.placeholder_with_default([1, 4, 1], [None])))
    step = sign_optimizer(tf)(0.1).minimize(loss)
    return trained(tf, step, {"table": table})


@script(raises=True)
def no_sparse_rule(tf):
    class Dense(tf.train.Optimizer):
        def _apply_dense(self, grad, var):
            return var.assign_sub(grad).op

    table = tf.get_variable("table", initializer=tf.constant(floats(6, 3)))
    return Dense(False, "Dense").minimize(tf.reduce_sum(tf.nn.embedding_lookup(table, [1])))


@script()
def adam_made_one_own(tf):
    class Halved(tf.train.AdamOptimizer):
        def _apply_dense(self, grad, var):
            return super()._apply_dense(grad * tf.cast(self._lr_t, grad.dtype), var)

        def _prepare(self):
            super()._prepare()
            self._lr_t = self._lr_t * 0.5

    loss, w, b = regression(tf)
    return trained(tf, Halved(0.1).minimize(loss), {"w": w})


# -- errors ----------------------------------------------------------------------------------------------------------------


@case(raises=True)
def no_variables(tf):
    return tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))


@case(raises=True)
def no_gradients(tf):
    tf.Variable(1.0)
    return tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))


@case(raises=True)
def apply_nothing(tf):
    return tf.train.GradientDescentOptimizer(0.1).apply_gradients([])


@case(raises=True)
def apply_only_none(tf):
    return tf.train.GradientDescentOptimizer(0.1).apply_gradients([(None, tf.Variable(1.0))])


@case(raises=True)
def integer_loss(tf):
    return tf.train.GradientDescentOptimizer(0.1).minimize(tf.Variable(1) * 2)


@case(raises=True)
def unknown_gate(tf):
    return tf.train.GradientDescentOptimizer(0.1).minimize(tf.Variable(1.0) * 2.0, gate_gradients=5)


@case(raises=True)
def a_tensor_to_update(tf):
    x = tf.constant(1.0)
    return tf.train.GradientDescentOptimizer(0.1).minimize(x * 2.0, var_list=[x])


@case(raises=True)
def an_array_to_update(tf):
    return tf.train.GradientDescentOptimizer(0.1).apply_gradients([(1.0, np.float32(2.0))])


@case(raises=True)
def a_gradient_of_wrong_shape(tf):
    return tf.train.MomentumOptimizer(0.1, 0.9).apply_gradients([(tf.ones([3]), tf.Variable(tf.zeros([2])))])


@case(raises=True)
def no_name(tf):
    return tf.train.GradientDescentOptimizer(0.1, name="")


@case(raises=True)
def accumulator_not_positive(tf):
    return tf.train.AdagradOptimizer(0.1, initial_accumulator_value=0.0)


@case(raises=True)
def negative_strength(tf):
    return tf.train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0)


@script(raises=True)
def slots_not_initialised(tf):
    loss, w, b = regression(tf)
    start = tf.global_variables_initializer()
    step = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    with tf.Session() as session:
        session.run(start)
        return session.run(step)


# -- the global step -------------------------------------------------------------------------------------------------------


@script(graph=True)
def global_step(tf):
    nothing = tf.train.get_global_step()
    with tf.variable_scope("scope"), tf.name_scope("n"):
        made = tf.train.create_global_step()
    again = tf.train.get_or_create_global_step()
    assert nothing is None and again is made and tf.train.get_global_step() is made
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(made.assign_add(3))
        return {"step": tf.train.global_step(session, made), "name": made.name}


@script(graph=True)
def global_step_by_name(tf):
    step = tf.Variable(0, name="global_step", trainable=False)
    found = tf.train.get_global_step()
    loss, w, b = regression(tf)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=found)
    return trained(tf, train, {"step": step})


@script(graph=True)
def resource_global_step(tf):
    with tf.variable_scope("", use_resource=True):
        step = tf.train.get_or_create_global_step()
    loss, w, b = regression(tf, use_resource=True)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step, name="train")
    return trained(tf, train, {"step": step, "w": w})


@case(raises=True)
def second_global_step(tf):
    tf.train.create_global_step()
    return tf.train.create_global_step()


@case(raises=True)
def float_global_step(tf):
    return tf.train.assert_global_step(tf.Variable(0.0))


@case(raises=True)
def vector_global_step(tf):
    return tf.train.assert_global_step(tf.Variable([0, 0]))


# -- moving averages -------------------------------------------------------------------------------------------------------


def averaged(use_resource=False, **options):
    def run(tf):
        loss, w, b = regression(tf, use_resource=use_resource)
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        average = tf.train.ExponentialMovingAverage(0.9, **options)
        with tf.control_dependencies([step]):
            train = average.apply()
        restored = average.variables_to_restore()
        names = sorted("{}={}".format(name, v.op.name) for name, v in restored.items())
        values = trained(tf, train, {"w": w, "b": b, "average": average.average(w), "of b": average.average(b)})
        return dict(values, names=np.array(names), name=average.average_name(w), none=average.average(loss) is None)

    return run


script(name="moving_average")(averaged())
script(name="moving_average_resource")(averaged(use_resource=True))
script(name="moving_average_of_few_updates")(averaged(num_updates=3, name="Shadow"))
script(name="moving_average_of_few_updates_resource")(averaged(True, num_updates=3))


def averaged_tensor(zero_debias):
    def run(tf):
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.square(x, name="y")
        average = tf.train.ExponentialMovingAverage(0.8, zero_debias=zero_debias)
        early_name = average.average_name(y)
        with tf.name_scope("keep"):
            update = average.apply([y])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            found = []
            for i in range(3):
                session.run(update, {x: [1.0 + i, 2.0]})
                found.append(session.run(average.average(y)))
        return {"found": np.array(found), "early": early_name, "late": average.average_name(y)}

    return run


script(name="moving_average_of_a_tensor", graph=True)(averaged_tensor(False))
script(name="moving_average_of_a_tensor_debiased", graph=True)(averaged_tensor(True))


@script()
def moving_average_with_a_step(tf):
    step = tf.train.get_or_create_global_step()
    w = tf.Variable(floats(2), name="w")
    average = tf.train.ExponentialMovingAverage(0.9, step)
    change = w.assign_add([1.0, 2.0])
    with tf.control_dependencies([change, step.assign_add(1)]):
        update = average.apply([w])
    return trained(tf, update, {"average": average.average(w)}, runs=4)


@case(raises=True)
def moving_average_of_integers(tf):
    return tf.train.ExponentialMovingAverage(0.9).apply([tf.Variable(1)])


# -- update operations by themselves ----------------------------------------------------------------------------------------


def positive(*shape, seed=0):
    return floats(*shape, seed=seed, low=0.25, high=2.0)


NUMBERS = {
    "alpha": 0.3, "lr": 0.3, "momentum": 0.9, "rho": 0.8, "epsilon": 1e-2, "beta1": 0.9, "beta2": 0.99, "beta": 0.7,
    "beta1_power": 0.8, "beta2_power": 0.95, "l1": 0.1, "l2": 0.2, "l2_shrinkage": 0.3, "lr_power": -0.4,
    "sign_decay": 0.5, "logbase": 0.7,
}  # fmt: skip
# rule: (slots, numbers, attributes)
RULES = {
    "GradientDescent": ("", "alpha", {}),
    "Momentum": ("accum", "lr momentum", {"use_nesterov": True}),
    "KerasMomentum": ("accum", "lr momentum", {"use_nesterov": True}),
    "Adam": ("m v", "beta1_power beta2_power lr beta1 beta2 epsilon", {"use_nesterov": True}),
    "AdamWithAmsgrad": ("m v vhat", "beta1_power beta2_power lr beta1 beta2 epsilon", {}),
    "AdaMax": ("m v", "beta1_power lr beta1 beta2 epsilon", {}),
    "Adagrad": ("accum", "lr", {"update_slots": False}),
    "AdagradV2": ("accum", "lr epsilon", {}),
    "Adadelta": ("accum accum_update", "lr rho epsilon", {}),
    "RMSProp": ("ms mom", "lr rho momentum epsilon", {}),
    "CenteredRMSProp": ("mg ms mom", "lr rho momentum epsilon", {}),
    "Ftrl": ("accum linear", "lr l1 l2 lr_power", {}),
    "FtrlV2": ("accum linear", "lr l1 l2 l2_shrinkage lr_power", {}),
    "ProximalGradientDescent": ("", "alpha l1 l2", {}),
    "ProximalAdagrad": ("accum", "lr l1 l2", {}),
    "AddSign": ("m", "lr alpha sign_decay beta", {}),
    "PowerSign": ("m", "lr logbase sign_decay beta", {}),
}


def updated(op_type, rule, rows=None):
    """One update by the operation itself; `rows` are the indices of a sparse one, repeated ones in order."""
    slots, numbers, attributes = RULES[rule]

    def run(tf):
        is_resource = op_type.startswith("Resource")
        names = ["var"] + slots.split()
        held = {
            name: tf.get_variable(name, initializer=tf.constant(positive(4, 3, seed=i)), use_resource=is_resource)
            for i, name in enumerate(names)
        }
        arguments = {name: v.handle if is_resource else v for name, v in held.items()}
        arguments.update((name, NUMBERS[name]) for name in numbers.split())
        grad = tf.constant(floats(4 if rows is None else len(rows), 3, seed=9))
        is_delta = rule in ("GradientDescent", "ProximalGradientDescent") and rows is None
        arguments["delta" if is_delta else "grad"] = grad
        if rows is not None:
            arguments["indices"] = tf.placeholder_with_default(rows, [len(rows)])
        arguments.update(attributes)
        step = getattr(tf.raw_ops, op_type)(**arguments)
        return trained(tf, step, held, runs=2)

    return run


NOT_SPARSE = ("GradientDescent", "Adam", "AdamWithAmsgrad", "AdaMax", "AddSign", "PowerSign")
ONLY_RESOURCE = ("KerasMomentum", "AdamWithAmsgrad")
for rule_name in RULES:
    for prefix in ("", "Resource"):
        if not prefix and rule_name in ONLY_RESOURCE:
            continue
        dense_type, sparse_type = prefix + "Apply" + rule_name, prefix + "SparseApply" + rule_name
        script(name=dense_type)(updated(dense_type, rule_name))
        if rule_name not in NOT_SPARSE:
            script(name=sparse_type)(updated(sparse_type, rule_name, [3, 1]))
            script(name=sparse_type + "_repeated_rows")(updated(sparse_type, rule_name, [3, 1, 3]))
