"""Eager execution: what the oracle cannot show. Memory, mixing with graphs, errors, and switching it on."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

import graphflow as tf
from graphflow._graph import eager_graph
from graphflow._ops import traced_function
from graphflow._runtime import eager, eager_forms

tfe = tf.contrib.eager


@pytest.fixture
def eagerly():
    with eager_graph.eager_mode():
        yield


@pytest.fixture
def no_collector():
    """Memory must be freed without the collector of cycles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def run(script):
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout.strip(), done.stderr


def test_a_script_switches_it_on():
    code, out, err = run(
        "import graphflow as tf\n"
        "tf.enable_eager_execution(config=tf.ConfigProto())\n"
        "tf.enable_eager_execution()\n"
        "print(tf.executing_eagerly(), (tf.constant(2) * 3).numpy())\n"
        "tf.reset_default_graph()\n"
        "print(tf.executing_eagerly())\n"
        "with tf.Graph().as_default(): print(tf.executing_eagerly(), tf.placeholder(tf.float32).shape)\n"
        "tf.disable_eager_execution()\n"
        "print(tf.executing_eagerly())"
    )
    assert (code, out) == (0, "True 6\nTrue\nFalse <unknown>\nFalse"), err


def test_version_2_switches_on_equality_by_value():
    code, out, err = run(
        "import graphflow as tf\n"
        "tf.enable_v2_behavior()\n"
        "x = tf.constant([1, 2])\n"
        "print((x == [1, 3]).numpy(), (x != [1, 3]).numpy(), len({x: 1}))\n"
        "tf.disable_v2_behavior()\n"
        "print(x == [1, 3], tf.executing_eagerly())"
    )
    assert (code, out) == (0, "[ True False] [False  True] 1\nFalse False"), err


def test_it_is_too_late_once_there_is_a_graph():
    code, _, err = run("import graphflow as tf\ntf.constant(1)\ntf.enable_eager_execution()")
    assert code and "must be called at program startup" in err


@pytest.mark.parametrize("bad", [{"config": 3}, {"device_policy": 7}, {"execution_mode": 7}])
def test_arguments_of_enabling_are_checked(bad):
    with pytest.raises((TypeError, ValueError), match=next(iter(bad))):
        tf.enable_eager_execution(**bad)


# -- memory --------------------------------------------------------------------------------------------------------------


def test_tensors_go_with_their_names(eagerly, no_collector):
    w, optimizer = tf.Variable(np.ones((3, 3), np.float32)), tf.train.AdamOptimizer(0.1)
    seen = []

    def step():
        with tf.GradientTape() as tape:
            h = tf.matmul(w, w)
            loss = tf.reduce_sum(h * h)
        seen.extend(weakref.ref(t) for t in (h, loss))
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])

    step()
    step()
    assert [ref() for ref in seen] == [None] * 4


def test_a_chain_of_values_keeps_only_its_end(eagerly, no_collector):
    state = tf.ones([2])
    first = weakref.ref(state)
    with tf.GradientTape() as tape:
        for _ in range(3):
            state = tf.tanh(state)
    assert first() is None and tape is not None


def test_variables_and_iterators_go_with_their_objects(eagerly, no_collector):
    tf.Variable(1.0)
    values, resources = len(eager_forms.STORE.values), len(eager_forms.STORE.resources)
    for _ in range(3):
        tf.Variable(1.0).assign_add(1.0)
        for _ in tf.data.Dataset.range(2):
            pass
    assert (len(eager_forms.STORE.values), len(eager_forms.STORE.resources)) == (values, resources)


def test_values_handed_out_are_copies(eagerly):
    source = np.ones(3, np.float32)
    x, v = tf.constant(source), tf.Variable(source)
    source[:] = 5
    x.numpy()[:] = 7
    v.numpy()[:] = 7
    assert x.numpy().tolist() == v.numpy().tolist() == [1, 1, 1]


def test_one_program_serves_variables_of_a_shape_and_all_seeds(eagerly):
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    variables = [tf.Variable(np.ones(5, np.float32)) for _ in range(3)]
    optimizer.apply_gradients([(tf.ones([5]), v) for v in variables[:1]])
    tf.random_uniform([5], seed=1)
    before = len(eager._forms)
    optimizer.apply_gradients([(tf.ones([5]), v) for v in variables[1:]])
    tf.random_uniform([5], seed=2)
    assert len(eager._forms) == before


# -- beside graphs -------------------------------------------------------------------------------------------------------


def test_tensors_of_graphs_have_no_value(eagerly):
    with tf.Graph().as_default():
        inside = tf.constant(1.0)
    with pytest.raises(TypeError, match="bool"):
        bool(inside)
    with pytest.raises(NotImplementedError, match="symbolic"):
        np.asarray(inside)


def test_operations_on_eager_and_graph_tensors_together_are_refused(eagerly):
    x = tf.constant(1.0)
    with tf.Graph().as_default():
        for a, b in ((tf.constant(2.0), x), (x, 2.0), (x, x)):
            with pytest.raises(RuntimeError, match="capture an EagerTensor"):
                tf.add(a, b)


def test_dropout_in_a_function_has_the_gradient_of_its_own_mask(eagerly):
    x = tf.ones([64])
    dropped = tf.function(lambda x: tf.nn.dropout(x, 0.5))
    for _ in range(3):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = dropped(x)
        np.testing.assert_array_equal(tape.gradient(y, x).numpy(), y.numpy())


def test_gradients_of_functions_that_run_on_the_host(eagerly):
    v = tf.Variable(2.0)
    count = []

    @tf.function
    def f(x):
        tf.py_func(lambda a: count.append(a) or a, [x], tf.float32)
        return x * v * tf.cast(tf.size(tf.boolean_mask(x, x > 0)), tf.float32), x + 1.0

    x = tf.constant([0.5, -1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, _ = f(x)
    assert [g.numpy().tolist() for g in tape.gradient(y, [x, v])] == [[2.0, 2.0], -0.5]
    assert len(count) == 1


def test_a_function_without_autograph_cannot_branch_on_tensors():
    @tf.function(autograph=False)
    def f(x):
        return x if x > 0 else -x

    with tf.Graph().as_default(), pytest.raises(TypeError, match="tf.cond"):
        f(tf.constant(1.0))


def test_functions_can_be_made_to_run_as_python(eagerly):
    calls = []
    f = tf.function(lambda x: calls.append(1) or x + 1)
    f(tf.constant(1))
    f(tf.constant(1))
    traced_function.run_functions_eagerly(True)
    try:
        f(tf.constant(1))
        f(tf.constant(1))
    finally:
        traced_function.run_functions_eagerly(False)
    assert len(calls) == 3


def test_a_signature_is_kept_to(eagerly):
    f = tf.function(lambda x: x, input_signature=[tf.TensorSpec([2], tf.float32)])
    with pytest.raises(ValueError, match="incompatible with input_signature"):
        f(tf.ones([3]))


# -- errors --------------------------------------------------------------------------------------------------------------


def test_errors_name_the_operation_and_the_line(eagerly):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?s)\[2,3\].*MatMul.*test_eager.py"):
        tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))


def test_a_guard_in_a_compiled_operation_raises_at_once(eagerly):
    v = tf.Variable(np.zeros((40_000,), np.float32))
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.nn.embedding_lookup(v, [40_000])


def test_tapes_say_how_they_are_misused(eagerly):
    tape = tf.GradientTape()
    with pytest.raises(RuntimeError, match="not recording"):
        tape.stop_recording()
    with tape, pytest.raises(ValueError, match="already recording"):
        tape.__enter__()


def test_handles_are_no_arrays(eagerly):
    with pytest.raises(ValueError, match="resource"):
        tf.Variable(1.0).handle.numpy()


# -- tf.contrib.eager ----------------------------------------------------------------------------------------------------


def test_network_and_sequential(eagerly):
    class Net(tfe.Network):
        def __init__(self):
            super().__init__()
            self.hidden = self.track_layer(tf.layers.Dense(3, kernel_initializer=tf.ones_initializer()))
            self.out = self.track_layer(tfe.Sequential([tf.layers.Dense(1), tf.nn.relu]))

        def call(self, x):
            return self.out(self.hidden(x))

    net = Net()
    assert net(tf.ones([2, 4])).shape.as_list() == [2, 1]
    assert len(net.variables) == len(net.trainable_variables) == 4
    assert net.get_layer(index=0) is net.hidden is net.get_layer(net.hidden.name)
    with pytest.raises(TypeError, match="track_layer"):
        net.track_layer(3)
    grads = tfe.implicit_gradients(lambda x: tf.reduce_sum(net(x)))(tf.ones([2, 4]))
    assert [v is w for (_, v), w in zip(grads, net.variables)] == [True] * 4


def test_gradient_functions_refuse_what_they_cannot_do(eagerly):
    with pytest.raises(ValueError, match="returns None"):
        tfe.implicit_gradients(lambda: None)()
    with pytest.raises(ValueError, match="No trainable variables"):
        tfe.implicit_gradients(lambda: tf.constant(1.0))()
    with pytest.raises(ValueError, match="keyword"):
        tfe.gradients_function(lambda x: x)(x=1.0)
    with pytest.raises(ValueError, match="params"):
        tfe.gradients_function(lambda x: x, params=["y"])
    with pytest.raises(ValueError, match="all strings or all integers"):
        tfe.gradients_function(lambda x, y: x, params=["y", 0])


def test_a_test_method_runs_both_ways():
    modes = []

    class Case(tf.test.TestCase):
        @tfe.run_test_in_graph_and_eager_modes
        def test_both(self):
            modes.append(tf.executing_eagerly())
            self.assertEqual(self.evaluate(tf.constant(2) + 3), 5)

    Case("test_both").debug()
    assert modes == [False, True]


def test_py_function_in_a_session():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [2])
        y = tf.py_function(lambda v: tf.reduce_sum(v * v) if v[0] > 0 else v[0], [x], tf.float32)
        [grad] = tf.gradients(y, x)
        assert session.run([y, grad], {x: [1.0, 2.0]})[1].tolist() == [2.0, 4.0]
        assert session.run([y, grad], {x: [-1.0, 2.0]})[1].tolist() == [1.0, 0.0]
        with pytest.raises(tf.errors.InvalidArgumentError, match="types were announced"):
            session.run(tf.py_function(lambda v: [v, v], [x], tf.float32), {x: [1.0, 2.0]})


def test_variables_made_while_a_function_is_traced(eagerly):
    made, start = [], tf.Variable(3.0)

    @tf.function
    def f(x):
        if not made:
            made.append(tf.Variable(tf.ones([2]) * start))
            made.append(tf.Variable(lambda: tf.zeros([2])))
        return x * made[0] + made[1]

    assert f(tf.constant(2.0)).numpy().tolist() == [6.0, 6.0]
    made[1].assign([1.0, 1.0])
    assert f(tf.constant(2.0)).numpy().tolist() == [7.0, 7.0]
    with pytest.raises(ValueError, match="depends on an argument"):
        tf.function(lambda x: tf.Variable(x * 2.0).read_value())(tf.constant(1.0))
