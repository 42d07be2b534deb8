"""Recurrent cells along the dimensions of a grid, and the recurrent estimator of tf.contrib.learn."""


import numpy as np

from tests.oracle.harness import case, floats, kind_made, script

X = floats(3, 4)
CELLS = {
    "basic_1": lambda tf, grid: grid.Grid1BasicRNNCell(2),
    "basic_2_tied": lambda tf, grid: grid.Grid2BasicRNNCell(2, tied=True),
    "basic_2_relu": lambda tf, grid: grid.Grid2BasicRNNCell(2, non_recurrent_fn=tf.nn.relu),
    "basic_lstm_1": lambda tf, grid: grid.Grid1BasicLSTMCell(2, forget_bias=0.5),
    "basic_lstm_2": lambda tf, grid: grid.Grid2BasicLSTMCell(2, output_is_tuple=False),
    "lstm_1": lambda tf, grid: grid.Grid1LSTMCell(2, use_peepholes=True),
    "lstm_2": lambda tf, grid: grid.Grid2LSTMCell(2, use_peepholes=True, forget_bias=0.5),
    "lstm_2_tied": lambda tf, grid: grid.Grid2LSTMCell(2, tied=True, state_is_tuple=False),
    "lstm_3": lambda tf, grid: grid.Grid3LSTMCell(2),
    "lstm_3_joined": lambda tf, grid: grid.Grid3LSTMCell(2, tied=True, state_is_tuple=False, output_is_tuple=False),
    "gru_2": lambda tf, grid: grid.Grid2GRUCell(2),
    "own": lambda tf, grid: grid.GridRNNCell(
        2, 3, input_dims=[0, 1], output_dims=[1, 2], priority_dims=[1], non_recurrent_dims=[0], non_recurrent_fn=tf.tanh,
        cell_fn=lambda n: tf.nn.rnn_cell.GRUCell(n),
    ),
}  # fmt: skip
SLOPES = "basic_2_tied", "lstm_2", "own"


def celled(row):
    @case(name="grid_" + row, feeds={"x": X}, grads=row in SLOPES)
    def build(tf):
        x = tf.placeholder(tf.float32, [3, 4], name="x")
        tf.set_random_seed(3)
        cell = CELLS[row](tf, tf.contrib.grid_rnn)
        start = tf.nest.map_structure(lambda size: 0.5 * tf.ones([3, size]), cell.state_size)
        with tf.variable_scope("root", initializer=tf.random_uniform_initializer(-0.5, 0.5)) as scope:
            first, state = cell(x, start)
            scope.reuse_variables()
            second, state = cell(-x, state)
        return tf.nest.flatten((first, second, state))


for _name in sorted(CELLS):
    celled(_name)


@case(feeds={"x": floats(2, 4, 3)}, graph=False, rtol=1e-4)
def along_time(tf):
    x = tf.placeholder(tf.float32, [2, 4, 3], name="x")
    tf.set_random_seed(4)
    cell = tf.contrib.grid_rnn.Grid2LSTMCell(2)
    outputs, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    return tf.nest.flatten((outputs, state))


@script()
def wrong_dimensions(tf):
    grid = tf.contrib.grid_rnn
    return {
        "none": kind_made(lambda: grid.GridRNNCell(2, num_dims=0)),
        "beyond": kind_made(lambda: grid.GridRNNCell(2, num_dims=2, input_dims=2)),
        "no cell": kind_made(lambda: grid.GridRNNCell(2, cell_fn=lambda n: "cell")),
        "state": kind_made(lambda: grid.Grid2LSTMCell(2)(tf.ones([1, 2]), (tf.ones([1, 2]),))),
        "sizes": str(grid.Grid3LSTMCell(2).state_size) + str(grid.Grid2GRUCell(3, state_is_tuple=False).state_size),
    }


STEPS = floats(4, 5, 2, seed=1)
SINGLE_VALUE, MULTIPLE_VALUE = 1, 2  # of PredictionType, in a module that only graphflow has in public
LENGTHS = np.array([5, 2, 3, 4], np.int32)


def recurrent(tf, labels, features=None, **options):
    """What a recurrent estimator learns in two steps from weights that are given."""
    learn, layers = tf.contrib.learn, tf.contrib.layers

    class Given(tf.train.SessionRunHook):
        """The same first weights on both sides."""

        def begin(self):
            self.made = sorted(tf.trainable_variables(), key=lambda v: v.op.name)
            self.fed = [tf.placeholder(tf.float32, v.get_shape()) for v in self.made]
            self.set = [tf.assign(v, x).op for v, x in zip(self.made, self.fed)]

        def after_create_session(self, session, coord):
            values = [floats(*v.get_shape().as_list(), seed=i) / 4 for i, v in enumerate(self.made)]
            session.run(self.set, dict(zip(self.fed, values)))

    def input_fn():
        made = {"x": tf.constant(STEPS)}
        made.update({key: tf.constant(value) for key, value in (features or {}).items()})
        return made, tf.constant(labels)

    given = dict(
        sequence_feature_columns=[layers.real_valued_column("x", dimension=2)], num_units=[3], learning_rate=0.5
    )
    given.update(options)
    model = learn.DynamicRnnEstimator(**given)
    model.fit(input_fn=input_fn, steps=2, monitors=[Given()])
    found = {"var " + name: model.get_variable_value(name) for name in model.get_variable_names()}
    if options.get("num_classes") != 3:  # the other parts are alike
        return found
    found.update({"eval " + key: value for key, value in model.evaluate(input_fn=input_fn, steps=1).items()})
    for key, value in model.predict(input_fn=input_fn, as_iterable=False).items():
        found["predicted " + key] = value
    return found


@script(rtol=1e-4, atol=1e-5)
def one_class_a_sequence(tf):
    return recurrent(
        tf, np.array([0, 2, 1, 2]), {"sequence_length": LENGTHS}, problem_type=tf.contrib.learn.ProblemType.CLASSIFICATION,
        prediction_type=SINGLE_VALUE, num_classes=3, predict_probabilities=True, cell_type="lstm",
    )  # fmt: skip


@script(rtol=1e-4, atol=1e-5)
def one_class_a_step(tf):
    layers = tf.contrib.layers
    return recurrent(
        tf, (floats(4, 5, seed=3) > 0).astype(np.int64), {"sequence_length": LENGTHS, "c": floats(4, 2, seed=9)},
        problem_type=tf.contrib.learn.ProblemType.CLASSIFICATION, num_classes=2,
        prediction_type=MULTIPLE_VALUE, optimizer="Momentum", momentum=0.5,
        context_feature_columns=[layers.real_valued_column("c", dimension=2)],
    )  # fmt: skip


@script(rtol=1e-4, atol=1e-5)
def one_number_a_sequence(tf):
    state = {"rnn_cell_state_0": floats(4, 3, seed=8), "rnn_cell_state_1": floats(4, 2, seed=7)}
    return recurrent(
        tf, floats(4, seed=5), state, problem_type=tf.contrib.learn.ProblemType.LINEAR_REGRESSION, cell_type="gru",
        prediction_type=SINGLE_VALUE, num_units=[3, 2],
    )  # fmt: skip


@script(rtol=1e-4, atol=1e-5)
def steps_of_categories(tf):
    layers = tf.contrib.layers
    ids = layers.sparse_column_with_integerized_feature("ids", 5)
    words = layers.sparse_column_with_keys("words", ["a", "b", "c"])
    features = {
        "ids": tf.SparseTensor([[0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 0, 0]], np.array([1, 2, 4, 0], np.int64), [2, 3, 2]),
        "words": tf.SparseTensor([[0, 0], [0, 2], [1, 1]], ["a", "c", "b"], [2, 3]),
        "x": tf.constant(floats(2, 3)),
    }
    columns = [
        layers.embedding_column(ids, 2, initializer=tf.constant_initializer(floats(5, 2))),
        layers.one_hot_column(words),
        layers.real_valued_column("x", normalizer=lambda x: 2 * x),
    ]
    made = layers.sequence_input_from_feature_columns(features, columns)
    crossed = layers.embedding_column(layers.crossed_column([ids, words], 10), 2)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return {
            "steps": session.run(made), "variables": [v.op.name for v in tf.global_variables()],
            "crossed": kind_made(lambda: layers.sequence_input_from_feature_columns(features, [crossed])),
        }  # fmt: skip
