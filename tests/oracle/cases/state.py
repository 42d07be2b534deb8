"""State operations: assigning, counting, scattering, gathering, temporary values; of both kinds of variables."""

import numpy as np

from tests.oracle.harness import case, floats, integers, script

KINDS = {"ref": False, "resource": True}
ROWS = floats(4, 2)
FLAT = np.array([4.0, -2.0, 8.0, 1.0], np.float32)
WHOLE = np.array([40, -7, 9, 100], np.int32)


def for_both_kinds(**fields):
    """Registers `build(tf, use_resource)` once for each kind of variable."""

    def register(build):
        for kind, use_resource in KINDS.items():
            name = "{}_{}".format(build.__name__, kind)
            case(name=name, **fields)(lambda tf, use_resource=use_resource: build(tf, use_resource))
        return build

    return register


@for_both_kinds(runs=3)
def assign_in_order(tf, use_resource):
    v = tf.Variable(FLAT, name="v", use_resource=use_resource)
    with tf.control_dependencies([v.assign_add(np.ones(4, np.float32))]):
        second = v.assign_sub([1.0, 2.0, 3.0, 4.0], use_locking=True, name="minus")
    with tf.control_dependencies([second]):
        third = tf.assign(v, v.read_value() * 0.5)
    with tf.control_dependencies([third]):
        return {"after": v.read_value() + 0.0, "twice": v.read_value() * 2.0}


@for_both_kinds(runs=2)
def assign_functions(tf, use_resource):
    v = tf.Variable(WHOLE, name="v", use_resource=use_resource)
    with tf.control_dependencies([tf.assign_add(v, [1, 2, 3, 4], name="plus")]):
        with tf.control_dependencies([tf.assign_sub(v, [5, 5, 5, 5], use_locking=True)]):
            return tf.identity(v.read_value())


@for_both_kinds(runs=2)
def without_reading(tf, use_resource):
    v = tf.Variable(1.5, use_resource=use_resource)
    ops = [v.assign_add(2.0, read_value=False), v.assign_sub(0.25, read_value=False)]
    with tf.control_dependencies(ops):
        return v.read_value() + 0.0


@for_both_kinds(runs=2)
def operators(tf, use_resource):
    v = tf.Variable(FLAT, name="v", use_resource=use_resource)
    n = tf.Variable(WHOLE, name="n", use_resource=use_resource)
    return {
        "add": v + 1.0, "radd": 1.0 + v, "sub": v - v, "rsub": 2.0 - v, "mul": v * [1.0, 2.0, 3.0, 4.0], "div": v / 2.0,
        "rdiv": 1.0 / v, "pow": v ** 2.0, "neg": -v, "abs": abs(v), "less": v < 1.0, "greater_equal": v >= 4.0,
        "mod": n % 7, "floordiv": n // 2, "truediv": n / 4, "index": v[1], "slice": v[1:3], "strided": v[::2],
        "new_axis": v[tf.newaxis], "constant": tf.constant([1.0]) * v, "square": tf.square(v), "matmul": v[None] @ v[:, None],
    }  # fmt: skip


@for_both_kinds(runs=3)
def counting(tf, use_resource):
    v = tf.Variable(7, name="v", use_resource=use_resource)
    w = tf.Variable(np.int64(-2), name="w", use_resource=use_resource)
    return {"v": tf.count_up_to(v, 10), "w": w.count_up_to(5)}


@for_both_kinds(raises=True, runs=3)
def counting_too_far(tf, use_resource):
    return tf.count_up_to(tf.Variable(7, use_resource=use_resource), 9)


# -- scatter updates -----------------------------------------------------------------------------------------------------

UPDATES = floats(3, 2, seed=1)


def scattered(kind, use_resource, start, indices, updates, method):
    def build(tf):
        v = tf.Variable(start, name="v", use_resource=use_resource)
        if method:
            slices = tf.IndexedSlices(tf.constant(updates), tf.constant(indices))
            return getattr(v, "scatter_" + kind)(slices) + 0
        return getattr(tf, "scatter_" + kind)(v, indices, updates) + 0

    return build


for scatter_kind in ("update", "add", "sub", "mul", "div", "min", "max"):
    for kind, is_resource in KINDS.items():
        for from_method in (False, True):
            label = "scatter_{}_{}{}".format(scatter_kind, kind, "_method" if from_method else "")
            case(name=label, runs=2)(
                scattered(scatter_kind, is_resource, ROWS, np.array([3, 0, 1], np.int32), UPDATES, from_method)
            )
for scatter_kind in ("add", "sub", "mul", "div", "min", "max"):
    case(name="scatter_{}_repeated".format(scatter_kind), runs=2)(
        scattered(scatter_kind, False, ROWS, np.array([3, 3, 0], np.int64), UPDATES, False)
    )
    case(name="scatter_{}_integers".format(scatter_kind), runs=2)(
        scattered(scatter_kind, True, WHOLE, np.array([3, 1, 3], np.int32), np.array([3, -2, 5], np.int32), False)
    )
case(name="scatter_update_scalar_index")(scattered("update", False, ROWS, np.int32(2), UPDATES[0], False))
case(name="scatter_add_matrix_of_indices")(
    scattered("add", False, ROWS, np.array([[3, 0], [1, 1]], np.int32), floats(2, 2, 2, seed=3), False)
)
case(name="scatter_update_strings", graph=False)(
    lambda tf: tf.scatter_update(tf.Variable(["a", "b", "c"]), [2, 0], ["x", "y"])
)


@for_both_kinds(runs=2)
def scatter_a_scalar(tf, use_resource):
    v = tf.Variable(ROWS, use_resource=use_resource)
    return tf.scatter_add(v, [0, 2], 3.0) + 0.0


@for_both_kinds(runs=2)
def scatter_nd(tf, use_resource):
    a = tf.Variable(floats(3, 4), name="a", use_resource=use_resource)
    b = tf.Variable(floats(3, 4), name="b", use_resource=use_resource)
    c = tf.Variable(floats(3, 4), name="c", use_resource=use_resource)
    return {
        "update": tf.scatter_nd_update(a, [[0, 1], [2, 3]], [10.0, 20.0]) + 0.0,
        "add": tf.scatter_nd_add(b, [[1], [0], [1]], floats(3, 4, seed=5)) + 0.0,
        "sub": tf.scatter_nd_sub(c, [[[0, 0], [0, 0]], [[1, 1], [2, 2]]], [[1.0, 2.0], [3.0, 4.0]]) + 0.0,
    }


@for_both_kinds(runs=2)
def scatter_nd_methods(tf, use_resource):
    a = tf.Variable(floats(3, 4), name="a", use_resource=use_resource)
    with tf.control_dependencies([a.scatter_nd_update([[0, 1], [2, 3]], [10.0, 20.0])]):
        with tf.control_dependencies([a.scatter_nd_add([[0], [1]], floats(2, 4, seed=5))]):
            return a.scatter_nd_sub([[1]], floats(1, 4, seed=6)) + 0.0


@for_both_kinds(runs=2)
def batch_scatter(tf, use_resource):
    a = tf.Variable(floats(2, 3, 2), name="a", use_resource=use_resource)
    return tf.batch_scatter_update(a, [[0, 2], [1, 0]], floats(2, 2, 2, seed=4)) + 0.0


@for_both_kinds(runs=2)
def assign_a_slice(tf, use_resource):
    a = tf.Variable(floats(3, 4), name="a", use_resource=use_resource)
    with tf.control_dependencies([a[1, 1:3].assign([7.0, 8.0])]):
        return a.read_value() + 0.0


def bad_rows(use_resource, indices):
    def build(tf):
        v = tf.Variable(ROWS, use_resource=use_resource)
        return tf.scatter_add(
            v, tf.placeholder_with_default(np.array(indices, np.int32), [2]), np.ones((2, 2), np.float32)
        )

    return build


for kind, is_resource in KINDS.items():
    case(name="row_too_large_" + kind, raises=True)(bad_rows(is_resource, [0, 4]))
    case(name="row_negative_" + kind, raises=True)(bad_rows(is_resource, [-1, 0]))


@for_both_kinds(raises=True)
def entry_out_of_range(tf, use_resource):
    v = tf.Variable(ROWS, use_resource=use_resource)
    return tf.scatter_nd_update(v, tf.placeholder_with_default(np.array([[0, 5]], np.int32), [1, 2]), [1.0])


@for_both_kinds(raises=True)
def updates_of_another_shape(tf, use_resource):
    return tf.scatter_add(tf.Variable(ROWS, use_resource=use_resource), [0, 1], floats(2, 3))


@for_both_kinds(raises=True)
def too_deep_indices(tf, use_resource):
    return tf.scatter_nd_add(tf.Variable(ROWS, use_resource=use_resource), [[0, 1, 2]], [1.0])


# -- reading by index ----------------------------------------------------------------------------------------------------


@case(grads=True)
def gather_of_resource(tf):
    v = tf.get_variable("v", initializer=tf.constant(ROWS), use_resource=True)
    return {"rows": v.sparse_read([[2, 0], [2, 1]]), "entries": v.gather_nd([[2, 0], [3, 1]]), "one": v.sparse_read(1)}


@case()
def gradient_of_sparse_read(tf):
    v = tf.get_variable("v", initializer=tf.constant(ROWS), use_resource=True)
    (slices,) = tf.gradients(tf.square(v.sparse_read([2, 0, 2])), v)
    return {"values": slices.values, "indices": slices.indices}


@case(raises=True)
def gather_out_of_range(tf):
    v = tf.get_variable("v", initializer=tf.constant(ROWS), use_resource=True)
    return v.sparse_read(tf.placeholder_with_default(np.array([4], np.int32), [1]))


# -- shapes and types ----------------------------------------------------------------------------------------------------


@script()
def values_of_any_shape(tf):
    v = tf.Variable(tf.zeros([2]), validate_shape=False, name="v")
    wider = tf.assign(v, tf.ones([3, 2]), validate_shape=False)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        before = session.run(v)
        session.run(wider)
        return {"before": before, "after": session.run(v), "shape": str(v.shape)}


@for_both_kinds(raises=True)
def assign_of_another_shape(tf, use_resource):
    return tf.Variable(ROWS, use_resource=use_resource).assign(floats(2, 2))


@case(raises=True)
def assign_of_another_shape_at_run_time(tf):
    given = tf.placeholder_with_default(floats(2, 2), [None, 2])
    return tf.Variable(ROWS).assign(given)


@for_both_kinds(raises=True)
def assign_of_another_type(tf, use_resource):
    return tf.Variable(ROWS, use_resource=use_resource).assign(tf.zeros([4, 2], tf.float64))


@for_both_kinds(raises=True)
def uninitialised(tf, use_resource):
    with tf.Session() as session:
        session.run(tf.Variable(ROWS, use_resource=use_resource, collections=[]) * 2.0)


@for_both_kinds(raises=True)
def added_to_before_it_has_a_value(tf, use_resource):
    with tf.Session() as session:
        session.run(tf.Variable(ROWS, use_resource=use_resource, collections=[]).assign_add(ROWS))


@for_both_kinds(runs=2)
def types(tf, use_resource):
    fetches = {}
    for dtype in ("float16", "float64", "int8", "uint8", "int16", "int64", "bool", "complex64"):
        v = tf.Variable(np.array([1, 0, 1]).astype(dtype), name=dtype, use_resource=use_resource)
        with tf.control_dependencies([v.assign(tf.cast([0, 1, 1], dtype))]):
            fetches[dtype] = tf.identity(v.read_value())
    return fetches


@for_both_kinds(runs=2)
def strings(tf, use_resource):
    v = tf.Variable(["a", "bc"], name="v", use_resource=use_resource)
    with tf.control_dependencies([v.assign(["d", "e"])]):
        return {"after": tf.identity(v.read_value()), "initial": v.initial_value}


# -- grouping ------------------------------------------------------------------------------------------------------------


@script(graph=True)
def groups(tf):
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    with tf.device("/cpu:0"):
        here = a.assign_add(1.0)
    with tf.device("/cpu:1"):
        there = tf.identity(b, name="there")
    both = tf.group(here, [there, {"third": b.op}], name="both")
    nothing = tf.group()
    with tf.control_dependencies([both, nothing, tf.no_op(name="idle"), tf.group(a.initializer)]):
        tf.constant(1.0)
    return {"devices": [both.device, nothing.device]}


@case(runs=2)
def tuples(tf):
    v = tf.Variable(1.0)
    x, nothing, done = tf.tuple([v * 2.0, None, tf.no_op()], control_inputs=[tf.constant(3.0)], name="several")
    assert nothing is None
    with tf.control_dependencies([done]):
        slices = tf.IndexedSlices(tf.constant(ROWS), tf.constant([0, 1, 2, 3]))
        (gated,) = tf.tuple([slices])
        return {"x": tf.identity(x), "values": gated.values}


@case(raises=True)
def group_of_a_number(tf):
    return tf.group(3)


@case(raises=True)
def tuple_of_nothing(tf):
    return tf.tuple([])


@case(runs=2)
def integers_of_a_variable(tf):
    v = tf.Variable(integers(3), name="v")
    return {"sum": tf.reduce_sum(v), "cast": tf.cast(v, tf.float32), "gather": tf.gather(v, [2, 0])}
