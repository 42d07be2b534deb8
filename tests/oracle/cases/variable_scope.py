"""Variable scopes: names, sharing, defaults, getters, partitions, templates; variables and their collections."""

import numpy as np

from tests.oracle.harness import case, floats, script

W = floats(3, 2)
ONES = np.ones(2, np.float32)


def dense(tf, x, name="dense", **arguments):
    with tf.variable_scope(name, **arguments):
        w = tf.get_variable("w", [2, 2], initializer=tf.constant_initializer(0.5))
        return tf.matmul(x, w) + tf.get_variable("b", [2], initializer=tf.zeros_initializer())


@case()
def default_names_are_unique(tf):
    x = tf.ones([1, 2])
    for _ in range(3):
        with tf.variable_scope(None, default_name="layer"):
            x = dense(tf, x)
    with tf.variable_scope("outer"):
        for _ in range(2):
            with tf.variable_scope(None, "inner", [x]):
                x = dense(tf, x)
    with tf.variable_scope("outer", reuse=True):
        with tf.variable_scope(None, "inner"):
            x = dense(tf, x)
    return x


@case()
def name_scopes_and_reentry(tf):
    with tf.variable_scope("a") as a:
        with tf.variable_scope("b") as b:
            first = tf.get_variable("v", initializer=ONES) + 1.0
    with tf.variable_scope(b, reuse=True):
        second = tf.get_variable("v", [2]) + first
    with tf.variable_scope("c"):
        with tf.variable_scope(b, reuse=True) as again:
            third = tf.get_variable("v", [2]) + second
            assert again.name == "a/b" and again.original_name_scope == "a/b/"
        with tf.name_scope(b.original_name_scope):
            fourth = tf.identity(third, name="in_b")
    with tf.variable_scope(a, auxiliary_name_scope=False):
        fifth = tf.identity(fourth, name="in_a")
        with tf.variable_scope("b", auxiliary_name_scope=False, reuse=True):
            sixth = tf.get_variable("v", [2]) * fifth
    with tf.variable_scope(""):
        return tf.add(sixth, 1.0, name="last")


@case()
def reused_whole(tf):
    x = dense(tf, tf.ones([1, 2]))
    x = dense(tf, x, reuse=True)
    x = dense(tf, x, reuse=tf.AUTO_REUSE)
    x = dense(tf, x, name="other", reuse=tf.AUTO_REUSE)
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        return dense(tf, x)


@case()
def reuse_variables_of_a_scope(tf):
    with tf.variable_scope("s") as scope:
        v = tf.get_variable("v", initializer=ONES)
        scope.reuse_variables()
        with tf.variable_scope("t") as inner:
            assert inner.reuse is True
        return v * tf.get_variable("v")


@case()
def defaults_of_scopes(tf):
    with tf.variable_scope("s", initializer=tf.constant_initializer(2.0), dtype=tf.float64, use_resource=True) as scope:
        a = tf.get_variable("a", [2])
        scope.set_dtype(tf.float32)
        scope.set_initializer(tf.ones_initializer())
        scope.set_use_resource(False)
        b = tf.get_variable("b", [2])
        with tf.variable_scope("t", initializer=tf.zeros_initializer()):
            c = tf.get_variable("c", [2])
        scope.set_custom_getter(lambda getter, *args, **kwargs: getter(*args, **kwargs) + 1.0)
        d = tf.get_variable("d", [2])
        scope.set_regularizer(tf.nn.l2_loss)
        tf.get_variable("e", [2])
    return [a, b, c, d] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


@case()
def types_without_an_initializer(tf):
    tf.set_random_seed(4)
    return [
        tf.get_variable("int", [2], tf.int64),
        tf.get_variable("bool", [2], tf.bool),
        tf.get_variable("string", [2], tf.string),
        tf.get_variable("double", [2, 3], tf.float64),
        tf.get_variable("scalar", []),
    ]


@case()
def initial_values_of_all_kinds(tf):
    return [
        tf.get_variable("array", initializer=W),
        tf.get_variable("number", initializer=3.5),
        tf.get_variable("list", initializer=[1, 2]),
        tf.get_variable("tensor", initializer=tf.constant(W)),
        tf.get_variable("function", initializer=lambda: tf.ones([3])),
        tf.get_variable("class", [2], initializer=tf.ones_initializer),
        tf.get_variable("dims", tf.TensorShape([2, 1]), initializer=tf.zeros_initializer()),
        tf.get_variable("integer", 3, initializer=tf.zeros_initializer()),
        tf.get_variable("own", [2], initializer=lambda shape, dtype, partition_info: tf.fill(shape, 7.0)),
    ]


@case()
def regularized(tf):
    with tf.variable_scope("net", regularizer=lambda w: 0.1 * tf.nn.l2_loss(w, name="norm")):
        tf.get_variable("w", initializer=W)
        tf.get_variable("r", initializer=W, use_resource=True)
        tf.get_variable("none", initializer=W, regularizer=tf.no_regularizer)
        with tf.variable_scope("in", regularizer=tf.reduce_sum):
            tf.get_variable("v", initializer=W)
    with tf.variable_scope("net", reuse=True):
        tf.get_variable("w")
    return (
        tf.losses.get_regularization_losses() if hasattr(tf, "losses") else tf.get_collection("regularization_losses")
    )


@case()
def getters_nest(tf):
    names = []

    def watching(getter, name, *args, **kwargs):
        names.append((name, kwargs["reuse"], kwargs["trainable"]))
        return getter(name, *args, **kwargs)

    def renaming(getter, name, *args, **kwargs):
        return getter(name + "_suffix", *args, **kwargs)

    with tf.variable_scope("a", custom_getter=watching):
        with tf.variable_scope("b", custom_getter=renaming):
            v = tf.get_variable("v", initializer=ONES)
        w = tf.get_variable("w", initializer=ONES, custom_getter=renaming, trainable=False)
    assert names == [("a/b/v_suffix", False, True)], names
    return [v, w]


@case()
def creators(tf):
    made = []

    def outer(next_creator, **kwargs):
        made.append(("outer", kwargs["name"]))
        return next_creator(**kwargs)

    def inner(next_creator, **kwargs):
        made.append(("inner", kwargs["name"]))
        return next_creator(**dict(kwargs, trainable=False))

    with tf.variable_creator_scope(outer), tf.variable_creator_scope(inner):
        v = tf.Variable(1.0, name="v")
        w = tf.get_variable("w", initializer=2.0)
    assert made == [("inner", "v"), ("outer", "v"), ("inner", "w"), ("outer", "w")]
    assert not tf.trainable_variables()
    return v + w


@case()
def locals_and_models(tf):
    a = tf.get_local_variable("a", [2], initializer=tf.ones_initializer())
    b = tf.get_local_variable("b", [], tf.int32, collections=["mine"])
    with tf.variable_scope("s"):
        c = tf.Variable(3.0, collections=[tf.GraphKeys.MODEL_VARIABLES, tf.GraphKeys.GLOBAL_VARIABLES], trainable=False)
    assert tf.local_variables() == [a, b] and tf.get_collection("mine") == [b]
    assert tf.model_variables() == [c] and tf.global_variables("s") == [c] and not tf.trainable_variables()
    return [a, b, c]


# -- partitions ----------------------------------------------------------------------------------------------------------

PARTITIONERS = {
    "fixed": lambda tf: tf.fixed_size_partitioner(2),
    "columns": lambda tf: tf.fixed_size_partitioner(2, axis=1),
    "one": lambda tf: tf.fixed_size_partitioner(1),
    "many": lambda tf: tf.fixed_size_partitioner(9),
    "bytes": lambda tf: tf.variable_axis_size_partitioner(40),
    "min_max": lambda tf: tf.min_max_variable_partitioner(3, min_slice_size=24),
}


def partitioned(make, **arguments):
    def build(tf):
        tf.set_random_seed(4)
        with tf.variable_scope("s", partitioner=make(tf)):
            whole = tf.get_variable("w", [5, 4], **arguments)
            scalar = tf.get_variable("scalar", [], initializer=tf.zeros_initializer())
        with tf.variable_scope("s", reuse=True, partitioner=make(tf)):
            assert tf.get_variable("w", [5, 4]) is whole
        parts = list(whole)
        assert whole.get_shape() == [5, 4] and len(whole) == len(parts)
        specs = [part._get_save_slice_info().spec for part in parts]
        return [tf.matmul(tf.ones([2, 5]), whole), scalar, tf.constant(specs)] + parts

    return build


for partitioner_name, make_partitioner in PARTITIONERS.items():
    case(name="partitioned_" + partitioner_name, rtol=1e-5, atol=1e-6)(partitioned(make_partitioner))
    case(name="partitioned_resource_" + partitioner_name, rtol=1e-5, atol=1e-6)(
        partitioned(make_partitioner, use_resource=True)
    )


@case()
def partitioned_values(tf):
    cut = tf.fixed_size_partitioner(3)
    a = tf.get_variable("a", initializer=tf.constant(floats(5, 2)), partitioner=cut)
    b = tf.get_variable("b", [5, 2], initializer=tf.constant_initializer(0.5), partitioner=cut)
    c = tf.get_variable("c", [4, 4], initializer=tf.initializers.identity(), partitioner=tf.fixed_size_partitioner(2))
    return [tf.convert_to_tensor(a) + b.as_tensor(), c.as_tensor()]


@case(runs=2)
def partitioned_assignments(tf):
    a = tf.get_variable("a", [5, 2], initializer=tf.ones_initializer(), partitioner=tf.fixed_size_partitioner(2))
    with tf.control_dependencies(a.assign_add(floats(5, 2))):
        with tf.control_dependencies(a.assign_sub([tf.ones([3, 2]), tf.ones([2, 2])])):
            return [tf.identity(part.read_value()) for part in a]


@case()
def created_in_parts(tf):
    with tf.variable_scope("s"):
        return tf.create_partitioned_variables([4, 2], [2, 1], tf.constant_initializer(1.5), name="w")


# -- templates -----------------------------------------------------------------------------------------------------------


@case()
def template(tf):
    def inner(x, name="dense"):
        return dense(tf, x, name)

    layer = tf.make_template("layer", inner, name="inner")
    other = tf.make_template("layer", inner, create_scope_now_=True)
    unique = tf.make_template("layer", inner, unique_name_="mine")
    x = layer(tf.ones([1, 2]))
    y = unique(other(layer(x)))
    assert [v.name for v in layer.trainable_variables] == ["layer_1/inner/w:0", "layer_1/inner/b:0"], layer.variables
    assert other.variable_scope_name == "layer/" and len(other.variables) == 2
    return unique(other(y))


@case(raises=True)
def template_that_makes_more(tf):
    layer = tf.make_template("layer", lambda: tf.Variable(1.0))
    layer()
    return layer()


# -- variables -----------------------------------------------------------------------------------------------------------


@case()
def names(tf):
    with tf.name_scope("n"):
        vs = [tf.Variable(1.0), tf.Variable([2]), tf.Variable(3.0, name="v"), tf.Variable(4.0, name="v")]
    with tf.name_scope("m"), tf.variable_scope("s"):
        vs += [tf.Variable(5.0, use_resource=True), tf.get_variable("v", initializer=6.0)]
    wanted = ["n/Variable:0", "n/Variable_1:0", "n/v:0", "n/v_1:0", "m/s/Variable:0", "s/v:0"]
    assert [v.name for v in vs] == wanted
    return vs


@script(graph=True)
def devices(tf):
    with tf.device("/cpu:0"):
        a = tf.Variable(lambda: tf.ones([2]), name="a")
        b = tf.Variable(lambda: tf.ones([2]), name="b", use_resource=True)
        c = tf.get_variable("c", [2], initializer=tf.zeros_initializer(), caching_device="/cpu:1")
        d = tf.get_variable("d", [2], initializer=tf.zeros_initializer(), caching_device="/cpu:1", use_resource=True)
    with tf.device("/cpu:2"):
        reads = [a + 1.0, b + 1.0, c + 1.0, d + 1.0, a.assign(ONES), b.assign(ONES), b.read_value(), a.read_value()]
        with tf.colocate_with(a):
            reads.append(tf.identity(b))
    return {"devices": [v.device for v in (a, b, c, d)] + [r.device for r in reads]}


@case()
def colocation(tf):
    a = tf.Variable(ONES, name="a")
    b = tf.Variable(ONES, name="b", use_resource=True)
    with tf.colocate_with(a):
        c = tf.Variable(lambda: tf.ones([2]), name="c")
        d = tf.Variable(lambda: tf.ones([2]), name="d", use_resource=True)
        with tf.colocate_with(b):
            e = tf.Variable(ONES, name="e")
    with tf.colocate_with(b.assign(ONES)), tf.control_dependencies([a.initializer]):
        f = tf.Variable(ONES, name="f")
        g = c + d + e
    return [a, b, f, g]


@case()
def containers(tf):
    with tf.container("box"):
        return [tf.Variable(ONES), tf.Variable(ONES, use_resource=True)]


@case()
def under_control(tf):
    first = tf.constant(1.0)
    with tf.control_dependencies([first]):
        a = tf.Variable(ONES, name="a")
        b = tf.get_variable("b", [2], initializer=tf.ones_initializer(), use_resource=True)
        return [a.read_value(), b.read_value(), a + 1.0, b + 1.0, a.assign(ONES), b.assign(ONES)]


@script()
def properties(tf):
    constraint = tf.nn.relu
    a = tf.Variable(W, name="a", constraint=constraint, dtype=tf.float64)
    b = tf.Variable(lambda: tf.zeros([2]), trainable=False, use_resource=True, name="b")
    found = {}
    for v in (a, b):
        found[v.name] = [
            v.dtype.name, str(v.shape), str(v.get_shape().as_list()), v.op.type, v.initializer.name, v.initial_value.name,
            str(v.trainable), v.value().name, v.device, str(v.synchronization), str(v.aggregation), repr(v), v.op.name,
            str(v.graph is tf.get_default_graph()), str(v.constraint is None),
        ]  # fmt: skip
    found["equal"] = str([a == a, a == b, a != b, len({a, b, a})])
    found["is"] = str([isinstance(v, tf.Variable) for v in (a, b)])
    return found


@script()
def as_messages(tf):
    with tf.name_scope("n"):
        a = tf.Variable(W, name="a")
        b = tf.get_variable("b", initializer=W, use_resource=True, trainable=False)
    c = tf.get_variable("c", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    found = {v.name: str(v.to_proto()) for v in [a, b] + list(c)}
    found["inside"] = str(a.to_proto("n"))
    found["outside"] = str(b.to_proto("n"))
    for v in (a, b):
        again = tf.Variable.from_proto(v.to_proto())
        found["again " + v.name] = [again.name, str(again.value().shape), again.initializer.name, str(again.trainable)]
    return found


@case(runs=2)
def one_from_another(tf):
    a = tf.get_variable("a", initializer=tf.constant(ONES), use_resource=True)
    b = tf.Variable(a.initial_value * 3.0, name="b")
    return [a, b]


@script()
def initialised_in_any_order(tf):
    a = tf.Variable([1.0, 2.0], name="a")
    b = tf.Variable(a * 2.0 + 1.0, name="b")
    c = tf.Variable(a.initialized_value() - 1.0, name="c")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {"a": session.run(a), "b": session.run(b), "c": session.run(c)}


@case()
def initializer_operations(tf):
    a = tf.Variable(1.0, name="a")
    tf.get_local_variable("b", initializer=2.0)
    tf.variables_initializer([a], name="only")
    tf.variables_initializer([], name="none")
    tf.global_variables_initializer()
    tf.local_variables_initializer()
    tf.initialize_all_variables()
    tf.assert_variables_initialized()
    return a


@case()
def reports(tf):
    tf.Variable(1.0, name="a")
    tf.Variable(1.0, name="b", use_resource=True)
    return [tf.report_uninitialized_variables(), tf.report_uninitialized_variables([], name="none")]


@script()
def reports_by_name(tf):
    tf.Variable(1.0, name="a")
    b = tf.get_local_variable("b", [], initializer=tf.zeros_initializer())
    c = tf.Variable("text", name="c", use_resource=True)
    missing, check = tf.report_uninitialized_variables(), tf.is_variable_initialized(c)
    with tf.Session() as session:
        found = {"before": session.run(missing), "c": session.run(check)}
        session.run(tf.variables_initializer([b, c]))
        found.update(between=session.run(missing), then=session.run(check))
        session.run(tf.initialize_all_variables())
        found["after"] = session.run(missing)
        return found


@script(raises=True)
def asserting_before(tf):
    tf.Variable(1.0)
    with tf.Session() as session:
        session.run(tf.assert_variables_initialized())


# -- refusals ------------------------------------------------------------------------------------------------------------


def refused(build):
    case(raises=True)(build)
    return build


@refused
def exists_already(tf):
    tf.get_variable("v", [1])
    tf.get_variable("v", [1])


@refused
def does_not_exist(tf):
    with tf.variable_scope("s", reuse=True):
        tf.get_variable("v", [1])


@refused
def shared_with_another_shape(tf):
    with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
        tf.get_variable("v", [1])
        tf.get_variable("v", [2])


@refused
def shared_with_another_type(tf):
    with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
        tf.get_variable("v", [1])
        tf.get_variable("v", [1], tf.int32)


@refused
def value_and_shape(tf):
    tf.get_variable("v", [2], initializer=tf.constant([1.0, 2.0]))


@refused
def value_and_another_type(tf):
    tf.get_variable("v", dtype=tf.int32, initializer=1.5)


@refused
def no_shape(tf):
    tf.get_variable("v")


@refused
def unknown_shape(tf):
    tf.get_variable("v", [None, 2])


@refused
def complex_without_initializer(tf):
    tf.get_variable("v", [2], tf.complex64)


@refused
def no_initial_value(tf):
    tf.Variable()


@refused
def initial_value_of_unknown_shape(tf):
    tf.Variable(tf.placeholder(tf.float32, [None]))


@refused
def collections_as_a_string(tf):
    tf.Variable(1.0, collections="variables")


@refused
def constraint_that_is_a_number(tf):
    tf.Variable(1.0, constraint=3)


@refused
def scope_without_a_name(tf):
    with tf.variable_scope(None):
        pass


@refused
def reuse_without_a_name(tf):
    with tf.variable_scope(None, "layer", reuse=True):
        pass


@refused
def reuse_that_is_a_word(tf):
    with tf.variable_scope("s", reuse="yes"):
        pass


@refused
def scope_of_a_number(tf):
    with tf.variable_scope(3):
        pass


@refused
def iterating(tf):
    list(tf.Variable([1.0, 2.0]))


@refused
def partition_along_two_axes(tf):
    tf.get_variable("v", [4, 4], partitioner=lambda shape, dtype: [2, 2])


@refused
def partition_of_another_rank(tf):
    tf.get_variable("v", [4, 4], partitioner=lambda shape, dtype: [2])


@refused
def partitioned_before(tf):
    tf.get_variable("v", [4], partitioner=tf.fixed_size_partitioner(2))
    tf.get_variable("v", [4])


@refused
def loading_without_a_session(tf):
    tf.Variable(1.0).load(2.0)


@refused
def set_shape_of_a_resource(tf):
    tf.Variable(1.0, use_resource=True).set_shape([])
