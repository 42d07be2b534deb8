"""Mixtures of Gaussians, and least squares for sparse matrices."""

import tempfile

import numpy as np

from tests.oracle.harness import floats, kind_made, script

POINTS = np.concatenate([floats(6, 2, seed=1), floats(6, 2, seed=2) + 4.0, floats(6, 2, seed=3) - 4.0])
MEANS = np.array([[0.5, 0.0], [3.0, 3.5], [-3.0, -5.0]], np.float32)

RATINGS = floats(6, 5, seed=4)
PLACES = np.array([[0, 1], [0, 3], [1, 0], [1, 4], [2, 2], [2, 3], [3, 0], [3, 1], [4, 4], [5, 2], [5, 0]], np.int64)
VALUES = RATINGS[PLACES[:, 0], PLACES[:, 1]]
ROWS, COLS = floats(6, 2, seed=5), floats(5, 2, seed=6)


def mixture(tf, inputs, steps, initial=MEANS, **options):
    """What the operations of a mixture give, step by step."""
    points = [tf.constant(x, tf.float32) for x in inputs]
    given = tf.contrib.factorization.gmm(points, initial, 3, 7, **options)
    loss, scores, assignments, train, init_op, is_set = given
    names = ("clusters", "clusters_covs", "alphas")
    kept = {v.op.name: v for v in tf.global_variables() if v.op.name in names}
    found = {"variables": sorted(v.op.name for v in tf.global_variables())}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        found["set before"] = session.run(is_set)
        session.run(init_op)
        found["set"] = session.run(is_set)
        for i in range(steps):
            for name, value in session.run(kept).items():
                found["%s %d" % (name, i)] = value
            found["loss %d" % i] = session.run(loss)
            session.run(train)
        if len(inputs) == 1:  # TensorFlow's own scores of several cannot be computed
            found["scores"] = session.run(scores)
        for i, one in enumerate(session.run(assignments[0])):
            found["assignments %d" % i] = one
    return found


@script(rtol=1e-3, atol=1e-4)
def full_covariances(tf):
    return mixture(tf, [POINTS], 4)


@script(rtol=1e-3, atol=1e-4)
def diagonal_covariances(tf):
    return mixture(tf, [POINTS], 4, covariance_type="diag")


@script(rtol=1e-3, atol=1e-4)
def means_drawn_from_the_data(tf):
    return mixture(tf, [POINTS], 2, initial="random")


@script(rtol=1e-3, atol=1e-4)
def of_two_inputs(tf):
    return mixture(tf, [POINTS[:9], POINTS[9:]], 3)


@script(rtol=1e-3, atol=1e-4)
def only_means(tf):
    return mixture(tf, [POINTS], 3, params="m")


@script(rtol=1e-3, atol=1e-4)
def weights_and_covariances(tf):
    return mixture(tf, [POINTS], 3, params="wc", covariance_type="diag")


@script(rtol=1e-3, atol=1e-4)
def algorithm(tf):
    made = tf.contrib.factorization.GmmAlgorithm([tf.constant(POINTS, tf.float32)], 3, tf.constant(MEANS))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(made.init_ops())
        session.run(made.training_ops())
        found = session.run([made.alphas(), made.clusters(), made.covariances(), made.log_likelihood_op()])
        return {"found": found, "set": session.run(made.is_initialized())}


@script(rtol=1e-3, atol=1e-4)
def mixture_as_estimator(tf):
    with tempfile.TemporaryDirectory() as folder:

        def input_fn():
            return tf.constant(POINTS, tf.float32), None

        config = tf.contrib.learn.RunConfig(tf_random_seed=3)
        model = tf.contrib.factorization.GMM(
            3, folder, random_seed=4, initial_clusters=MEANS, covariance_type="diag", config=config
        )
        model.fit(input_fn=input_fn, steps=3)
        found = model.evaluate(input_fn=input_fn, steps=1)
        assigned = model.predict_assignments(input_fn=input_fn)
        return {
            "weights": model.weights(), "clusters": model.clusters(), "covariances": model.covariances(),
            "score": model.score(input_fn=input_fn, steps=1), "loss": found["loss"], "step": found["global_step"],
            "assignments": [next(assigned) for _ in range(len(POINTS))], "keys": sorted(found),
        }  # fmt: skip


def sparse(tf, rows=None, transposed=False):
    """Rows of the matrix, or columns of it, as a sparse tensor."""
    keep = np.ones(len(PLACES), bool) if rows is None else np.isin(PLACES[:, 0], rows)
    places = PLACES[keep]
    if transposed:
        order = np.lexsort((places[:, 0], places[:, 1]))
        return tf.SparseTensor(places[order][:, ::-1].copy(), VALUES[keep][order], [5, 6])
    return tf.SparseTensor(places, VALUES[keep], [6, 5])


def sweeps(tf, number=1, **options):
    """What two sweeps give, with the losses."""
    given = dict(unobserved_weight=0.3, regularization=0.05, row_init=ROWS, col_init=COLS)
    given.update(options)
    model = tf.contrib.factorization.WALSModel(6, 5, 2, **given)
    row = model.update_row_factors(sparse(tf))
    col = model.update_col_factors(sparse(tf, transposed=True), transpose_input=True)
    found = {}
    with tf.Session() as session:
        session.run(model.initialize_op)
        session.run(tf.local_variables_initializer())
        session.run(model.worker_init)
        for i in range(number):
            for name, side in (("row", row), ("col", col)):
                session.run(getattr(model, name + "_update_prep_gramian_op"))
                session.run(getattr(model, "initialize_%s_update_op" % name))
                new, _, loss, regularization, weights = session.run(side)
                found["%s %d" % (name, i)] = [loss, regularization, weights]
                found["%s new %d" % (name, i)] = new
            found["rows %d" % i] = np.concatenate(session.run(model.row_factors))
            found["cols %d" % i] = np.concatenate(session.run(model.col_factors))
    return found


@script(rtol=2e-4, atol=1e-5)
def alternating_least_squares(tf):
    return sweeps(tf, 2)


@script(rtol=2e-4, atol=1e-5)
def one_weight_for_all(tf):
    return sweeps(tf, row_weights=None, col_weights=None)


@script(rtol=2e-4, atol=1e-5)
def weights_of_rows_and_columns(tf):
    return sweeps(tf, row_weights=[1.0, 0.5, 2.0, 1.5, 0.1, 1.0], col_weights=0.7, regularization=None)


@script(rtol=2e-4, atol=1e-5)
def in_shards(tf):
    return sweeps(
        tf,
        row_init=[ROWS[:3], ROWS[3:]],
        col_init=[COLS[:3], COLS[3:]],
        num_row_shards=2,
        num_col_shards=2,
        row_weights=[[1.0, 0.5, 2.0], [1.5, 0.1, 1.0]],
        use_factors_weights_cache=False,
        use_gramian_cache=False,
    )


@script(rtol=2e-4, atol=1e-5)
def random_factors(tf):
    tf.set_random_seed(5)
    return sweeps(tf, row_init="random", col_init="random", use_scoped_vars=True)


@script(rtol=2e-4, atol=1e-5)
def projections(tf):
    model = tf.contrib.factorization.WALSModel(
        6, 5, 2, unobserved_weight=0.3, row_init=ROWS, col_init=COLS, use_factors_weights_cache=False, use_gramian_cache=False
    )
    some = sparse(tf, [1, 3, 5])
    wanted = {
        "rows": model.project_row_factors(some),
        "weighed": model.project_row_factors(some, projection_weights=[0.5, 1.0, 2.0]),
        "columns": model.project_col_factors(sparse(tf, transposed=True), True, 0.25),
        "part": model.update_row_factors(some)[2:],
    }
    with tf.Session() as session:
        session.run(model.initialize_op)
        session.run([model.row_update_prep_gramian_op, model.col_update_prep_gramian_op])
        return session.run(wanted)


@script(rtol=2e-4, atol=1e-5)
def matrix_as_estimator(tf):
    keys = tf.contrib.factorization.WALSMatrixFactorization

    def input_fn(project_row=None):
        features = {keys.INPUT_ROWS: sparse(tf), keys.INPUT_COLS: sparse(tf, transposed=True)}
        if project_row is not None:
            features[keys.PROJECT_ROW] = tf.constant(project_row)
        return features, None

    with tempfile.TemporaryDirectory() as folder:
        model = keys(
            6, 5, 2, unobserved_weight=0.3, regularization_coeff=0.05, row_init=ROWS, col_init=COLS, max_sweeps=2,
            model_dir=folder,
        )  # fmt: skip
        model.fit(input_fn=input_fn, steps=10)
        projected = model.get_projections(lambda: input_fn(False))
        return {
            "rows": model.get_row_factors()[0], "cols": model.get_col_factors()[0],
            "loss": model.get_variable_value(keys.LOSS), "error": model.get_variable_value(keys.RWSE),
            "sweeps": model.get_variable_value(keys.COMPLETED_SWEEPS), "step": model.get_variable_value("global_step"),
            "names": sorted(model.get_variable_names()), "projected": [next(projected) for _ in range(5)],
            "evaluated": model.evaluate(input_fn=lambda: input_fn(True), steps=1)["loss"],
        }  # fmt: skip


@script()
def wrong_weights(tf):
    model = tf.contrib.factorization.WALSModel
    return {
        "negative": kind_made(lambda: model(3, 3, 2, row_weights=-1.0, col_weights=1.0)),
        "text": kind_made(lambda: model(3, 3, 2, row_weights=object(), col_weights=1.0)),
    }
