"""What the oracle's cases cannot show of variables: texts of errors, threads, function bodies, long chains."""

import threading

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def session(graph):
    with tf.Session() as session:
        yield session


both_kinds = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


def test_a_name_taken_tells_where_it_was_made():
    tf.get_variable("v", [1])
    with pytest.raises(ValueError) as raised:
        tf.get_variable("v", [1])
    text = str(raised.value)
    assert text.startswith(
        "Variable v already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope? "
        "Originally defined at:\n\n"
    )
    assert __file__ in text and 'tf.get_variable("v", [1])' in text


def test_sharing_what_is_not_there():
    with (
        tf.variable_scope("s", reuse=True),
        pytest.raises(ValueError, match="Variable s/v does not exist, or was not created with tf.get_variable"),
    ):
        tf.get_variable("v", [1])


@both_kinds
def test_a_variable_without_a_value_names_itself(session, use_resource):
    v = tf.Variable(1.0, name="weights", use_resource=use_resource)
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized") as raised:
        session.run(v * 2.0)
    assert "weights" in str(raised.value) and __file__ in str(raised.value)


def test_words_without_a_value_name_themselves(session):
    v = tf.Variable(["a"], name="words")
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value words"):
        session.run(v)


@both_kinds
def test_a_bad_row_is_named_and_nothing_changes(session, use_resource):
    v = tf.Variable(np.zeros((4, 2), np.float32), use_resource=use_resource)
    rows = tf.placeholder(tf.int32, [3])
    update = tf.scatter_add(v, rows, np.ones((3, 2), np.float32), name="update" if not use_resource else None)
    session.run(v.initializer)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[2\] = 9 is not in \[0, 4\)"):
        session.run(update, {rows: [0, 1, 9]})
    assert not session.run(v).any()
    session.run(update, {rows: [0, 1, 3]})
    np.testing.assert_array_equal(session.run(v)[:, 0], [1, 1, 0, 1])


@both_kinds
def test_a_bad_entry_is_named(session, use_resource):
    v = tf.Variable(np.zeros((4, 2), np.float32), use_resource=use_resource)
    places = tf.placeholder(tf.int32, [None, 2])
    update = tf.scatter_nd_update(v, places, [1.0])
    session.run(v.initializer)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"indices\[0\] = \[1, 2\] does not index into shape \[4,2\]"
    ):
        session.run(update, {places: [[1, 2]]})


@both_kinds
def test_counting_stops_at_its_limit(session, use_resource):
    v = tf.Variable(8, use_resource=use_resource)
    count = v.count_up_to(10)
    session.run(v.initializer)
    assert [session.run(count), session.run(count)] == [8, 9]
    for _ in range(2):
        with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 10"):
            session.run(count)
    assert session.run(v) == 10


@both_kinds
def test_in_place_operators_warn_and_make_a_tensor(session, use_resource):
    v = original = tf.Variable(3.0, use_resource=use_resource)
    with pytest.warns(UserWarning, match="use variable.assign_add to change it"):
        v += 1.0
    assert isinstance(v, tf.Tensor)
    session.run(original.initializer)
    assert session.run([v, original]) == [4.0, 3.0]


def test_another_default_kind():
    assert not tf.resource_variables_enabled()
    tf.enable_resource_variables()
    try:
        assert tf.Variable(1.0).op.type == tf.get_variable("v", initializer=1.0).op.type == "VarHandleOp"
    finally:
        tf.disable_resource_variables()
    assert tf.Variable(1.0).op.type == "VariableV2"


def test_threads_have_variable_scopes_of_their_own(graph):
    found = {}

    def work():
        with graph.as_default():
            found["name"] = tf.get_variable_scope().name
            with tf.variable_scope("inner"):
                found["variable"] = tf.get_variable("v", [1]).name

    with tf.variable_scope("outer"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert tf.get_variable_scope().name == "outer"
    assert found == {"name": "", "variable": "inner/v:0"}


def test_variables_made_in_bodies_belong_to_the_graph(graph, session):
    def body(i, x):
        shared = tf.get_variable("shared", [2], initializer=tf.ones_initializer())
        own = tf.Variable(lambda: tf.constant([3.0, 4.0]), name="own")
        return i + 1, x + shared * own

    with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
        _, x = tf.while_loop(lambda i, x: i < 3, body, [0, tf.zeros([2])])
    assert [v.name for v in tf.global_variables()] == ["s/shared:0", "s/while/own:0"]
    assert all(v.graph is graph for v in tf.trainable_variables())
    session.run(tf.global_variables_initializer())
    np.testing.assert_array_equal(session.run(x), [9.0, 12.0])


def test_a_tensor_of_a_loop_cannot_be_an_initial_value():
    def body(i):
        return tf.Variable(i + 1) + 0

    with pytest.raises(ValueError, match="from inside a control-flow construct"):
        tf.while_loop(lambda i: i < 3, body, [0])


def test_an_initial_value_behind_a_long_chain(session):
    a = tf.Variable(1.0)
    x = a
    for _ in range(3000):
        x = x + 1.0
    b = tf.Variable(x)
    session.run(tf.global_variables_initializer())
    assert session.run(b) == 3001.0


def test_a_finalized_graph_takes_no_variable(graph):
    graph.finalize()
    with pytest.raises(RuntimeError, match="finalized"):
        tf.Variable(1.0)


def test_scopes_close_when_an_error_passes():
    with pytest.raises(KeyError), tf.variable_scope("a"), tf.variable_scope("b"):
        raise KeyError
    assert tf.get_variable_scope().name == "" and tf.get_default_graph().get_name_scope() == ""


def test_a_template_tells_where_it_was_made():
    def fail():
        raise ValueError("no")

    template = tf.make_template("layer", fail)
    with pytest.raises(ValueError, match="no\n\noriginally defined at:\n.*test_variables.py"):
        template()


def test_temporary_variables(session):
    ref = tf.raw_ops.TemporaryVariable(shape=[2], dtype=tf.float32, var_name="t")
    with tf.control_dependencies([tf.assign(ref, [1.0, 2.0])]):
        added = tf.assign_add(ref, [1.0, 1.0])
    total = tf.raw_ops.DestroyTemporaryVariable(ref=added, var_name="t")
    for _ in range(2):
        np.testing.assert_array_equal(session.run(total), [2.0, 3.0])


def test_a_variable_can_be_taken_from_the_session(session):
    v = tf.Variable([1.0, 2.0], use_resource=True)
    session.run(v.initializer)
    assert session.run(v.is_initialized())
    session.run(tf.raw_ops.DestroyResourceOp(resource=v.handle))
    assert not session.run(v.is_initialized())
    with pytest.raises(tf.errors.NotFoundError):
        session.run(tf.raw_ops.DestroyResourceOp(resource=v.handle, ignore_lookup_error=False))


def test_a_resource_variable_keeps_the_shape_it_was_made_with(session):
    v = tf.Variable([1.0, 2.0], use_resource=True, name="v")
    given = tf.placeholder(tf.float32, [None])
    assign = v.assign(given)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"v has shape \[2\], and is assigned a value of shape \[3\]"
    ):
        session.run(assign, {given: [1.0, 2.0, 3.0]})
    w = tf.Variable([1.0, 2.0], use_resource=True, shape=tf.TensorShape(None))
    session.run(w.assign(given), {given: [1.0, 2.0, 3.0]})
    assert session.run(w).tolist() == [1.0, 2.0, 3.0]
