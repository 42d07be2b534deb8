"""Weighted alternating least squares as an estimator."""

from __future__ import annotations

from graphflow._core import dtypes, log
from graphflow._estimator import wals
from graphflow._estimator.learn import estimator
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import (
    array,
    compare,
    control_flow,
    grouping,
    math,
    reduce,
    state,
    state_scatter,
    summaries,
    unary,
    variable,
)  # fmt: skip
from graphflow._train import global_step
from graphflow._train.sessions import hook


class _SweepHook(hook.SessionRunHook):
    """Runs the step of the sweep that is on; between sweeps, the operations that begin the next one."""

    def __init__(self, is_row_sweep, is_sweep_done, init_op, switch_op, row, col):
        self._is_row_sweep, self._is_sweep_done = is_row_sweep, is_sweep_done
        self._init_op, self._switch_op = init_op, switch_op
        self._row, self._col, self._has_begun = row, col, False

    def before_run(self, run_context):
        session = run_context.session
        is_done = session.run(self._is_sweep_done)
        if not self._has_begun:
            session.run(self._init_op)
        if is_done:
            log.info("The next sweep of least squares begins.")
            session.run(self._switch_op)
        prepare, step = self._row if session.run(self._is_row_sweep) else self._col
        if is_done or not self._has_begun:
            for op in prepare:
                session.run(op)
        self._has_begun = True
        return hook.SessionRunArgs([step])


class _IncrementGlobalStepHook(hook.SessionRunHook):
    """Counts the steps: a hook runs them."""

    def __init__(self):
        self._count = state.assign_add(global_step.get_global_step(), 1, name="global_step_incr").op

    def before_run(self, run_context):
        run_context.session.run(self._count)


class _StopAtSweepHook(hook.SessionRunHook):
    """Ends the training after so many sweeps."""

    def __init__(self, completed, last):
        self._completed, self._last = completed, last

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._completed)

    def after_run(self, run_context, run_values):
        if run_values.results >= self._last:
            run_context.request_stop()


class WALSMatrixFactorization(estimator.Estimator):
    """A sparse matrix as U V^T, by weighted alternating least squares: sweeps over rows and over columns in turn.

    Args:
        num_rows, num_cols: size of the matrix; embedding_dimension: columns of U and V.
        unobserved_weight, regularization_coeff, row_init, col_init, num_row_shards, num_col_shards, row_weights, col_weights:
            as of `tf.contrib.factorization.WALSModel`.
        use_factors_weights_cache_for_training, use_gramian_cache_for_training: whether sweeps read copies.
        max_sweeps: after how many sweeps training ends; none when None.
        model_dir, config: as of Estimator.

    The input function returns (features, None), features being a dict of SparseTensors `INPUT_ROWS` and `INPUT_COLS`, rows of the
    matrix and of its transpose; to predict and to evaluate also `PROJECT_ROW`, a bool scalar, and perhaps `PROJECTION_WEIGHTS`.
    """

    INPUT_ROWS, INPUT_COLS, PROJECT_ROW = "input_rows", "input_cols", "project_row"
    PROJECTION_WEIGHTS, PROJECTION_RESULT = "projection_weights", "projection"
    COMPLETED_SWEEPS, LOSS, RWSE = "completed_sweeps", "WALS_loss", "WALS_RWSE"

    def __init__(
        self, num_rows, num_cols, embedding_dimension, unobserved_weight=0.1, regularization_coeff=None, row_init="random",
        col_init="random", num_row_shards=1, num_col_shards=1, row_weights=1, col_weights=1,
        use_factors_weights_cache_for_training=True, use_gramian_cache_for_training=True, max_sweeps=None, model_dir=None,
        config=None,
    ):  # fmt: skip
        self._shards = num_row_shards, num_col_shards
        self._sizes, self._max_sweeps = (num_rows, num_cols), max_sweeps

        def model_fn(features, labels, mode):
            if labels is not None:
                raise ValueError(f"WALSMatrixFactorization takes no labels, and the input function gave {labels}")
            is_training = mode == ops_lib.ModeKeys.TRAIN
            model = wals.WALSModel(
                num_rows, num_cols, embedding_dimension, unobserved_weight, regularization_coeff, row_init, col_init,
                num_row_shards, num_col_shards, row_weights, col_weights,
                is_training and use_factors_weights_cache_for_training, is_training and use_gramian_cache_for_training,
            )  # fmt: skip
            rows, cols = features[self.INPUT_ROWS], features[self.INPUT_COLS]
            if is_training:
                return self._trained(model, rows, cols)
            if mode == ops_lib.ModeKeys.INFER:
                weights = features.get(self.PROJECTION_WEIGHTS)
                projected = control_flow.cond(
                    features[self.PROJECT_ROW],
                    lambda: model.project_row_factors(rows, False, weights),
                    lambda: model.project_col_factors(cols, True, weights),
                )
                return ops_lib.ModelFnOps(mode, {self.PROJECTION_RESULT: projected}, train_op=grouping.no_op())
            loss = control_flow.cond(
                features[self.PROJECT_ROW],
                lambda: math.add(*model.update_row_factors(rows)[2:4]),
                lambda: math.add(*model.update_col_factors(cols, True)[2:4]),
            )
            return ops_lib.ModelFnOps(mode, {}, loss, grouping.no_op(), {})

        super().__init__(model_fn, model_dir, config)
        if self.config.num_worker_replicas > 1:
            raise ValueError("WALSMatrixFactorization must be run on a single worker replica.")

    def _trained(self, model, rows, cols):
        """The ModelFnOps of training: a hook runs the steps."""
        is_row_sweep, is_sweep_done = _state(True, "is_row_sweep"), _state(False, "is_sweep_done")
        completed, loss = _state(0, self.COMPLETED_SWEEPS), _state(0.0, self.LOSS)
        error = _state(0.0, self.RWSE)
        summaries.scalar("loss", loss)
        summaries.scalar("root_weighted_squared_error", error)
        summaries.scalar("completed_sweeps", completed)
        graph = graph_lib.get_default_graph()

        def axis(sp_input, size, update, name):
            """(forgets which items were seen, the step)."""
            seen = _state(array.fill([size], False), f"processed_{name}")
            _, update_op, fit, regularization, weights = update(sp_input)
            items = sp_input.indices[:, 0]
            noted = [state.assign(loss, fit + regularization), state.assign(error, unary.sqrt(fit / weights))]
            with graph.control_dependencies([update_op, *noted]):
                every = array.ones_like(items, dtype=dtypes.bool)
                marked = state_scatter.scatter_update(seen, items, every, name=f"update_processed_{name}_indices")
            with graph.control_dependencies([marked]):
                is_done = reduce.reduce_all(seen.read_value())
                step = grouping.group(
                    state.assign(is_sweep_done, is_done), state.assign_add(completed, math.cast(is_done, dtypes.int32)),
                    name=f"{name}_sweep_train_op",
                )  # fmt: skip
            return seen.initializer, step

        forget_rows, row_step = axis(rows, self._sizes[0], model.update_row_factors, "rows")
        forget_cols, col_step = axis(cols, self._sizes[1], lambda x: model.update_col_factors(x, True), "cols")
        turned = state.assign(is_row_sweep, compare.logical_not(is_row_sweep))
        switch = grouping.group(turned, forget_rows, forget_cols, name="sweep_switch_op")
        row = [model.row_update_prep_gramian_op, model.initialize_row_update_op], row_step
        col = [model.col_update_prep_gramian_op, model.initialize_col_update_op], col_step
        hooks = [
            _SweepHook(is_row_sweep, is_sweep_done, model.worker_init, switch, row, col),
            _IncrementGlobalStepHook(),
        ]
        if self._max_sweeps is not None:
            hooks.append(_StopAtSweepHook(completed, self._max_sweeps))
        return ops_lib.ModelFnOps(ops_lib.ModeKeys.TRAIN, {}, loss, grouping.no_op(), {}, training_hooks=hooks)

    def get_row_factors(self):
        """The arrays of U, one a shard, in the latest checkpoint."""
        return [self.get_variable_value(f"row_factors_shard_{i}") for i in range(self._shards[0])]

    def get_col_factors(self):
        """The arrays of V, one a shard, in the latest checkpoint."""
        return [self.get_variable_value(f"col_factors_shard_{i}") for i in range(self._shards[1])]

    def get_projections(self, input_fn):
        """Yields the row of U, or of V, for each row that `input_fn` gives."""
        return (found[self.PROJECTION_RESULT] for found in self.predict(input_fn=input_fn))


def _state(value, name):
    """A variable that is kept and not trained."""
    return variable.Variable(value, trainable=False, collections=[keys.GraphKeys.GLOBAL_VARIABLES], name=name)
