"""What goes wrong around a session gets an answer: a clear error, nothing lost, and a session that still works."""

import re

import numpy as np
import pytest

import graphflow as tf
from graphflow._graph import graph_def


def ready():
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


# -- values that are fed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "value", "kind", "text"),
    [
        ("float32", [[1], [2, 3]], ValueError, "inhomogeneous"),
        ("float32", np.array([1, {}], object), TypeError, "float\\(\\) argument"),
        ("float32", {1.0}, TypeError, "of type 'set'"),
        ("float32", 1 + 2j, TypeError, "a complex number is no real one"),
        ("float32", [1.0, None], TypeError, "None is no value"),
        ("int32", np.array([2**40]), TypeError, "the values run from 1099511627776 to"),
        ("int32", [1.0, np.nan], TypeError, "the type from -2147483648 to 2147483647"),
        ("uint8", [-1], TypeError, "the values run from -1 to -1"),
        ("int64", [2**70], TypeError, "too large"),
        ("int32", "three", ValueError, "invalid literal"),
        ("string", 3, TypeError, "takes str or bytes"),
    ],
)
def test_a_value_that_does_not_fit(dtype, value, kind, text):
    x = tf.placeholder(dtype, name="x")
    sess = tf.Session()
    with pytest.raises(kind, match=text) as caught:
        sess.run(x, {x: value})
    assert "'x:0'" in str(caught.value) and "test_robustness.py" in str(caught.value)
    good = b"a" if dtype == "string" else 3
    assert sess.run(x, {x: good}) == good


def test_a_list_that_holds_itself():
    x = tf.placeholder(tf.float32, name="x")
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="x:0"):
        tf.Session().run(x, {x: endless})


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("int32", 1.7, 1),  # cut off, as TensorFlow does
        ("float32", True, 1.0),
        ("float32", "1.5", 1.5),
        ("float32", np.float64(0.5), 0.5),
        ("int64", 2**53 + 1, 2**53 + 1),
        ("int64", np.array(-(2**63)), -(2**63)),
        ("uint64", np.uint64(2**64 - 1), 2**64 - 1),
    ],
)
def test_values_that_are_converted(dtype, value, expected):
    x = tf.placeholder(dtype)
    assert tf.Session().run(tf.identity(x), {x: value}) == expected


def test_nan_and_infinity_pass():
    x = tf.placeholder(tf.float32, [3])
    values = [np.nan, np.inf, -np.inf]
    np.testing.assert_array_equal(tf.Session().run(x * 2.0, {x: values}), values)


def test_the_placeholder_of_another_graph():
    with tf.Graph().as_default():
        foreign = tf.placeholder(tf.float32, [], name="foreign")
    x = tf.placeholder(tf.float32, [])
    with pytest.raises(TypeError, match="foreign:0.*is not an element of this graph") as caught:
        tf.Session().run(x, {foreign: 1.0})
    assert 'name="foreign"' in str(caught.value)


def test_all_missing_placeholders_are_told():
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [2], name="b")
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="You must feed a value for placeholder tensor 'a'"
    ) as caught:
        tf.Session().run(a + b)
    assert re.search(r"missing: b:0 too, made at .*test_robustness.py", str(caught.value))


# -- fetches -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_name", [False, True])
def test_a_tensor_inside_a_loop_or_branch(by_name):
    inner = []

    def body(i):
        inner.append(i + 1)
        return inner[-1]

    def branch():
        inner.append(tf.constant(1.0) * 2.0)
        return inner[-1]

    loop = tf.while_loop(lambda i: i < 3, body, [tf.constant(0)])
    chosen = tf.cond(tf.constant(True), branch, lambda: tf.constant(0.0))
    sess = tf.Session()
    for t in inner:
        with pytest.raises(ValueError, match="was made inside .* and has a value only there: return it"):
            sess.run(t.name if by_name else t)
    assert sess.run([loop, chosen]) == [3, 2.0]


def test_fetches_without_end():
    x = tf.constant(1.0)
    nested = x
    for _ in range(5000):
        nested = [nested]
    endless = [x]
    endless.append(endless)
    for fetches in (nested, endless):
        with pytest.raises(ValueError, match="nested too deeply, or contain themselves"):
            tf.Session().run(fetches)


def test_a_hundred_thousand_fetches():
    x, y = tf.constant(1.0), tf.constant(2.0)
    assert tf.Session().run([x, y] * 50_000) == [1.0, 2.0] * 50_000


# -- values that are wrong while it runs ---------------------------------------------------------------------------------

TABLE = np.arange(12.0, dtype=np.float32).reshape(4, 3)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda i: tf.gather(TABLE, i), r"indices\[0\] = 77 is not in \[0, 4\)"),
        (lambda i: tf.gather(TABLE, i, axis=1), r"indices\[0\] = 77 is not in \[0, 3\)"),
        (lambda i: tf.gather_nd(TABLE, [i]), r"\[77\] does not index into param shape \[4,3\]"),
        (lambda i: tf.nn.embedding_lookup(tf.constant(TABLE), i), r"= 77 is not in \[0, 4\)"),
        (lambda i: tf.constant(TABLE)[i[0]], "slice index 77 of dimension 0 out of bounds"),
        (lambda i: tf.scatter_nd([i], [1.0], [4]), "does not index into shape"),
        (lambda i: tf.unsorted_segment_sum(TABLE[:1], i, 4), r"= 77 is out of range \[0, 4\)"),
        (lambda i: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=TABLE[:1]), "label value of 77"),
        (lambda i: tf.dynamic_partition(TABLE[:1], i, 2), r"= 77 is not in \[0, 2\)"),
        (lambda i: tf.constant([3, 4]) // (i - 77), "Integer division by zero"),
        (lambda i: tf.constant([3, 4]) % (i - 77), "Integer division by zero"),
        (lambda i: tf.reshape(TABLE, i), "12 values, but the requested shape has 77"),
        (lambda i: tf.reduce_sum(TABLE, i), "Invalid reduction dimension"),
        (lambda i: tf.cholesky(-tf.eye(3) * tf.cast(i[0], tf.float32)), "Cholesky decomposition was not successful"),
        (lambda i: tf.check_numerics(tf.log(tf.cast(77 - i, tf.float32)), "the log"), "the log : Tensor had Inf"),
    ],
)
def test_bad_values_name_the_operation(build, text):
    i = tf.placeholder(tf.int32, [1])
    y = build(i)
    sess = tf.Session()
    with pytest.raises(tf.errors.InvalidArgumentError, match=text) as caught:
        sess.run(y, {i: [77]})
    assert "node: " in str(caught.value) and "test_robustness.py" in str(caught.value)


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_bad_row_leaves_the_variable_alone(use_resource):
    v = tf.Variable([1.0, 2.0], use_resource=use_resource)
    i = tf.placeholder(tf.int32, [None])
    step = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(tf.gather(v, i)))
    sess = ready()
    with pytest.raises(tf.errors.InvalidArgumentError, match="is not in"):
        sess.run(step, {i: [0, 5]})
    assert sess.run(v).tolist() == [1.0, 2.0]
    sess.run(step, {i: [1, 1]})
    assert sess.run(v).tolist() == [1.0, 1.0]


def test_integers_overflow_as_in_c():
    x = tf.placeholder(tf.int32, [])
    assert tf.Session().run([x + 1, -x], {x: 2**31 - 1}) == [-(2**31), -(2**31) + 1]


def test_shapes_that_meet_only_when_run():
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    total = tf.add(x, y, name="total")
    sess = tf.Session()
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"'total' failed on \(float32\[2\], float32\[3\]\)"):
        sess.run(total, {x: [1, 2], y: [1, 2, 3]})
    assert sess.run(total, {x: [1, 2], y: [3, 4]}).tolist() == [4.0, 6.0]


@pytest.mark.parametrize("use_resource", [False, True])
def test_variables_without_a_value(use_resource):
    v = tf.Variable(1.0, name="w", use_resource=use_resource)
    for y in (v * 2.0, v.assign_add(1.0), tf.while_loop(lambda i: i < 3.0, lambda i: i + v, [tf.constant(0.0)])):
        with pytest.raises(
            (tf.errors.FailedPreconditionError, tf.errors.NotFoundError), match="w.*global_variables_init"
        ):
            tf.Session().run(y)


def test_half_the_variables_have_values():
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    sess = tf.Session()
    sess.run(a.initializer)
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value b"):
        sess.run(a + b)
    assert sess.run(tf.report_uninitialized_variables()).tolist() == [b"b"] and sess.run(a) == 1.0


# -- sizes ---------------------------------------------------------------------------------------------------------------


def test_a_batch_of_none_trains():
    x = tf.placeholder(tf.float32, [None, 4])
    w = tf.Variable(tf.ones([4, 2]))
    y = tf.nn.relu(tf.matmul(x, w))
    step = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(y))
    sess = ready()
    got, best, _ = sess.run([y, tf.argmax(y, 1), step], {x: np.zeros([0, 4])})
    assert got.shape == (0, 2) and best.shape == (0,) and sess.run(w).tolist() == [[1.0, 1.0]] * 4


def test_no_elements_anywhere():
    x = tf.placeholder(tf.float32, [0, None, 3])
    ys = [
        tf.transpose(x),
        tf.reshape(x, [-1, 3]),
        tf.concat([x, x], 1),
        tf.reduce_sum(x, 0),
        tf.matmul(x, tf.zeros([0, 3, 2])),
    ]
    got = tf.Session().run(ys, {x: np.zeros([0, 2, 3])})
    assert [g.shape for g in got] == [(3, 2, 0), (0, 3), (0, 4, 3), (2, 3), (0, 2, 2)]


def test_rank_32():
    x = tf.placeholder(tf.float32, [1] * 31 + [None])
    got = tf.Session().run([x * 2.0, tf.reduce_sum(x, 31), tf.transpose(x)], {x: np.ones([1] * 31 + [5])})
    assert [g.shape for g in got] == [(1,) * 31 + (5,), (1,) * 31, (5,) + (1,) * 31]


def test_sizes_beyond_31_bits():
    x = tf.placeholder(tf.float32, [2**31])
    assert x.shape.as_list() == [2**31] and tf.concat([x, x], 0).shape.as_list() == [2**32]
    assert tf.reshape(x, [2**16, -1]).shape.as_list() == [2**16, 2**15]
    large = tf.fill([2**16, 2**16], 1.0)
    assert tf.Session().run(tf.size(large, out_type=tf.int64)) == 2**32


def test_more_memory_than_there_is():
    n = tf.placeholder(tf.int32, [])
    v = tf.Variable(1.0)
    row = tf.cast(tf.range(1 << 20), tf.float32) + v
    outer = tf.add(row[:, None], row[None, :], name="outer")  # computed by XLA
    filled = tf.fill([n, n], 1.0, name="filled")  # a constant
    step = v.assign_add(tf.reduce_sum(tf.nn.top_k(outer, 2)[0]))
    sess = ready()
    for fetch, name in ((outer, "outer"), (filled, "filled"), (step, "outer"), (step.op, "outer")):
        with pytest.raises(tf.errors.ResourceExhaustedError, match=name):
            sess.run(fetch, {n: 1 << 20})
    assert sess.run(v) == 1.0 and sess.run(filled, {n: 2}).tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_more_constants_than_a_message_holds(monkeypatch):
    monkeypatch.setattr(graph_def, "_LARGEST", 2000)
    x = tf.constant(np.arange(300.0), name="weights")
    sess = tf.Session()
    for export in (tf.get_default_graph().as_graph_def, lambda: sess.graph_def):
        with pytest.raises(
            ValueError, match="GraphDef cannot be larger than 2GB(.|\n)*weights float64.*test_robustness.py"
        ):
            export()
    assert sess.run(x)[299] == 299.0


# -- life ----------------------------------------------------------------------------------------------------------------


def test_everything_of_a_closed_session_refuses():
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    sess = tf.Session()
    call, loop = sess.make_callable(y, [x]), sess.make_loop(y, [x])
    handle = sess.partial_run_setup(y, [x])
    sess.close()
    sess.close()
    for use in (
        lambda: sess.run(y, {x: 1.0}),
        lambda: y.eval({x: 1.0}, session=sess),
        lambda: call(1.0),
        lambda: loop(np.ones(2, np.float32)),
        lambda: sess.partial_run(handle, y, {x: 1.0}),
        lambda: sess.make_callable(y, [x]),
        lambda: sess.make_loop(y, [x]),
        lambda: sess.partial_run_setup(y, [x]),
        lambda: sess.list_devices(),
    ):
        with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
            use()


def test_a_session_entered_twice_is_closed():
    x = tf.constant(1.0)
    sess = tf.Session()
    with sess:
        assert sess.run(x) == 1.0
    with sess, pytest.raises(RuntimeError, match="closed Session"):
        sess.run(x)


def test_a_finalised_graph_runs_on():
    v = tf.Variable(1.0)
    step = v.assign_add(1.0)
    sess = ready()
    tf.get_default_graph().finalize()
    with pytest.raises(RuntimeError, match="Graph is finalized"):
        sess.run(step + 1.0)
    assert sess.run(step) == 2.0


def test_a_target_that_is_not_there():
    with pytest.raises(tf.errors.NotFoundError, match="No session factory registered for target 'grpc://"):
        tf.Session("grpc://localhost:2222")


def test_a_growing_graph_leaves_old_plans_alone():
    x = tf.constant(1.0)
    y = x * 2.0
    sess = tf.Session()
    sess.run(y)
    [known] = sess._plans.values()
    for _ in range(5):
        assert sess.run(y + x) == 3.0 and sess.run(y) == 2.0
    assert sess._plans[y, ()] is known and known[0].plan.simple.made == 1
