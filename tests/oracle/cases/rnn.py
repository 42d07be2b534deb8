"""Recurrent cells and the networks made of them."""

from tests.oracle.harness import case, floats, script

X = floats(3, 5, 4)
LENGTHS = [2, 5, 3]


def cells(tf):
    cell = tf.nn.rnn_cell
    return {
        "basic": lambda: cell.BasicRNNCell(3),
        "relu": lambda: cell.BasicRNNCell(3, activation=tf.nn.relu),
        "gru": lambda: cell.GRUCell(3),
        "gru_options": lambda: cell.GRUCell(
            3, activation=tf.sigmoid, kernel_initializer=tf.ones_initializer(), bias_initializer=tf.zeros_initializer()
        ),
        "basic_lstm": lambda: cell.BasicLSTMCell(3),
        "basic_lstm_one_state": lambda: cell.BasicLSTMCell(3, forget_bias=0.5, state_is_tuple=False),
        "lstm": lambda: cell.LSTMCell(3),
        "lstm_options": lambda: cell.LSTMCell(
            3, use_peepholes=True, cell_clip=0.1, num_proj=2, proj_clip=0.2, forget_bias=0.0,
            initializer=tf.random_uniform_initializer(-0.5, 0.5),
        ),
        "lstm_one_state": lambda: cell.LSTMCell(3, num_proj=2, state_is_tuple=False),
        "multi": lambda: cell.MultiRNNCell([cell.GRUCell(3), cell.LSTMCell(2)]),
        "multi_one_state": lambda: cell.MultiRNNCell([cell.GRUCell(3), cell.BasicRNNCell(2)], state_is_tuple=False),
        "dropout": lambda: cell.DropoutWrapper(cell.LSTMCell(3), input_keep_prob=0.7, output_keep_prob=0.6, seed=3),
        "dropout_state": lambda: cell.DropoutWrapper(cell.LSTMCell(3), state_keep_prob=0.7, seed=4),
        "dropout_variational": lambda: cell.DropoutWrapper(
            cell.GRUCell(3), 0.8, 0.7, 0.6, variational_recurrent=True, input_size=4, dtype=tf.float32, seed=5
        ),
        "residual": lambda: cell.ResidualWrapper(cell.GRUCell(4)),
        "device": lambda: cell.DeviceWrapper(cell.GRUCell(3), "/cpu:0"),
    }  # fmt: skip


NAMES = (
    "basic relu gru gru_options basic_lstm basic_lstm_one_state lstm lstm_options lstm_one_state multi multi_one_state dropout "
    "dropout_state dropout_variational residual device"
).split()



def one_step(name):
    @case(name="step_" + name, feeds={"x": floats(2, 4)}, grads=True)
    def build(tf):
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        tf.set_random_seed(3)
        cell = cells(tf)[name]()
        state = cell.zero_state(tf.shape(x)[0], tf.float32)
        first, state = cell(x, state)
        second, state = cell(x, state)
        return tf.nest.flatten((first, second, state))


def in_a_loop(name):
    @case(name="dynamic_" + name, feeds={"x": X}, grads=True, graph=False)
    def build(tf):
        x = tf.placeholder(tf.float32, [3, 5, 4], name="x")
        tf.set_random_seed(3)
        return tf.nest.flatten(tf.nn.dynamic_rnn(cells(tf)[name](), x, dtype=tf.float32))

    @case(name="lengths_" + name, feeds={"x": X, "n": LENGTHS}, grads=True, graph=False)
    def build_with_lengths(tf):
        x, n = tf.placeholder(tf.float32, [None, None, 4], name="x"), tf.placeholder(tf.int32, [None], name="n")
        tf.set_random_seed(3)
        return tf.nest.flatten(tf.nn.dynamic_rnn(cells(tf)[name](), x, n, dtype=tf.float32))


def unrolled(name):
    @case(name="static_" + name, feeds={"x": X}, grads=True)
    def build(tf):
        x = tf.placeholder(tf.float32, [3, 5, 4], name="x")
        tf.set_random_seed(3)
        return tf.nest.flatten(tf.nn.static_rnn(cells(tf)[name](), tf.unstack(x, axis=1), dtype=tf.float32))


for _name in NAMES:
    one_step(_name)
# No dropout here: TensorFlow's iterations race for the stream of a random operation.
for _name in ("basic", "gru", "lstm_options", "multi"):
    in_a_loop(_name)
for _name in ("basic_lstm", "multi_one_state", "dropout"):
    unrolled(_name)


@case(feeds={"x": X, "n": LENGTHS}, grads=True, graph=False)
def static_with_lengths(tf):
    x, n = tf.placeholder(tf.float32, [3, 5, 4], name="x"), tf.placeholder(tf.int32, [3], name="n")
    tf.set_random_seed(3)
    cell = tf.nn.rnn_cell.GRUCell(3)
    return tf.nest.flatten(tf.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32, sequence_length=n))


@case(feeds={"x": X, "n": LENGTHS}, grads=True, graph=False)
def static_both_ways(tf):
    x, n = tf.placeholder(tf.float32, [3, 5, 4], name="x"), tf.placeholder(tf.int32, [3], name="n")
    tf.set_random_seed(3)
    steps = tf.unstack(x, axis=1)
    one = tf.nn.static_bidirectional_rnn(tf.nn.rnn_cell.GRUCell(3), tf.nn.rnn_cell.GRUCell(2), steps, dtype=tf.float32)
    with tf.variable_scope("cut"):
        forwards, backwards = tf.nn.rnn_cell.LSTMCell(3), tf.nn.rnn_cell.LSTMCell(2)
        two = tf.nn.static_bidirectional_rnn(forwards, backwards, steps, dtype=tf.float32, sequence_length=n)
    return tf.nest.flatten((one, two))


@case(feeds={"x": X, "n": LENGTHS}, grads=True, graph=False)
def dynamic_both_ways(tf):
    x, n = tf.placeholder(tf.float32, [None, None, 4], name="x"), tf.placeholder(tf.int32, [None], name="n")
    tf.set_random_seed(3)
    forwards, backwards = tf.nn.rnn_cell.LSTMCell(3), tf.nn.rnn_cell.GRUCell(2)
    one = tf.nn.bidirectional_dynamic_rnn(forwards, backwards, x, n, dtype=tf.float32)
    forwards, backwards = tf.nn.rnn_cell.GRUCell(3), tf.nn.rnn_cell.GRUCell(2)
    turned = tf.transpose(x, [1, 0, 2])
    two = tf.nn.bidirectional_dynamic_rnn(forwards, backwards, turned, dtype=tf.float32, time_major=True, scope="second")
    return tf.nest.flatten((one, two))


@case(feeds={"x": X, "h": floats(3, 3, seed=2)}, grads=True, graph=False)
def dynamic_from_a_state(tf):
    x, h = tf.placeholder(tf.float32, [3, 5, 4], name="x"), tf.placeholder(tf.float32, [3, 3], name="h")
    tf.set_random_seed(3)
    cell = tf.nn.rnn_cell.GRUCell(3)
    first, state = tf.nn.dynamic_rnn(cell, x, initial_state=h)
    second, state = tf.nn.dynamic_rnn(cell, x, initial_state=state, time_major=False)
    return [first, second, state]


@case(feeds={"x": X, "n": LENGTHS}, grads=True, graph=False)
def raw_loop(tf):
    x, n = tf.placeholder(tf.float32, [3, 5, 4], name="x"), tf.placeholder(tf.int32, [3], name="n")
    tf.set_random_seed(3)
    cell = tf.nn.rnn_cell.LSTMCell(3)
    inputs = tf.TensorArray(tf.float32, size=5).unstack(tf.transpose(x, [1, 0, 2]))

    def steer(time, output, state, loop_state):
        finished = time >= n
        over = tf.reduce_all(finished)
        following = tf.cond(over, lambda: tf.zeros([3, 4]), lambda: inputs.read(time))
        if output is None:
            return finished, following, cell.zero_state(3, tf.float32), None, tf.constant(0.0)
        return finished, following, state, output, loop_state + tf.reduce_sum(output)

    outputs, state, loop_state = tf.nn.raw_rnn(cell, steer)
    return tf.nest.flatten((outputs.stack(), state, loop_state))


@case(feeds={"x": X}, grads=True)
def saving_state(tf):
    x = tf.placeholder(tf.float32, [3, 5, 4], name="x")
    tf.set_random_seed(3)
    kept = tf.get_variable("kept", [3, 3], initializer=tf.ones_initializer(), trainable=False)

    class Saver(object):
        def state(self, name):
            return kept

        def save_state(self, name, value):
            return tf.assign(kept, value)

    cell = tf.nn.rnn_cell.GRUCell(3)
    outputs, state = tf.nn.static_state_saving_rnn(cell, tf.unstack(x, axis=1), Saver(), "kept")
    return outputs + [state]


@script()
def a_cell_of_ones_own(tf):
    class Cell(tf.nn.rnn_cell.RNNCell):
        @property
        def state_size(self):
            return 3

        @property
        def output_size(self):
            return 3

        def call(self, inputs, state):
            w = tf.get_variable("w", [inputs.shape[-1], 3])
            new = tf.tanh(tf.matmul(inputs, w) + state)
            return new, new

    tf.set_random_seed(3)
    x, cell = tf.constant(X), Cell()
    y, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    again, _ = cell(x[:, 0], tf.zeros([3, 3]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = session.run([y, again])
    names = [v.name for v in tf.global_variables()] + [v.name for v in cell.trainable_weights]
    return {"y": values[0], "again": values[1], "names": " ".join(names)}


@script()
def names(tf):
    x = tf.constant(X)
    cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(3), tf.nn.rnn_cell.GRUCell(3, name="top")])
    with tf.variable_scope("model"):
        tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(3, use_peepholes=True, num_proj=2), x, dtype=tf.float32, scope="own")
    with tf.variable_scope("model", reuse=True):
        tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(3, use_peepholes=True, num_proj=2), x, dtype=tf.float32, scope="own")
    tf.nn.static_rnn(tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicRNNCell(2)), tf.unstack(x, axis=1), dtype=tf.float32)
    return {"names": " ".join(v.name for v in tf.global_variables()), "sizes": str((cell.state_size, cell.output_size))}


@case(raises=True)
def a_layer_is_no_cell(tf):
    return tf.nn.dynamic_rnn(tf.layers.Dense(3), tf.zeros([2, 3, 4]), dtype=tf.float32)


@case(raises=True)
def no_dtype(tf):
    return tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), tf.zeros([2, 3, 4]))


@case(raises=True)
def integers(tf):
    return tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), tf.zeros([2, 3, 4], tf.int32), dtype=tf.int32)


@case(raises=True)
def depth_unknown(tf):
    return tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), tf.placeholder(tf.float32, [2, 3, None]), dtype=tf.float32)


@case(raises=True)
def lengths_of_another_batch(tf):
    x = tf.placeholder_with_default(tf.zeros([2, 3, 4]), [None, 3, 4])
    return tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, [1, 2, 3], dtype=tf.float32)


@script()
def a_state_is_fed_whole(tf):
    cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(2), tf.nn.rnn_cell.GRUCell(2)])
    state = cell.zero_state(3, tf.float32)
    total = state[0].c + 2 * state[0].h + 3 * state[1]
    with tf.Session() as session:
        values = session.run(state)
        more = tuple(tf.nest.map_structure(lambda v: v + 1, values))
        return {"all": session.run(total, {state: more}), "one": session.run(total, {state[0]: (more[0].c, more[0].h)})}
