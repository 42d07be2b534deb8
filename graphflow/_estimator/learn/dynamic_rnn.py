"""`tf.contrib.learn.DynamicRnnEstimator`: a cell over sequence columns, with one prediction a sequence or one a step."""

from __future__ import annotations

from graphflow._contrib import dense_layers, optimize_loss
from graphflow._contrib.feature_columns import layers as columns
from graphflow._contrib.feature_columns import sequences
from graphflow._core import dtypes, nest
from graphflow._estimator.learn import estimator, head_losses
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import dynamic_rnn, metrics, rnn_cell, rnn_cell_wrappers
from graphflow._ops import array, asserts, choosing, gather, math, nn, ranks, rearrange, running
from graphflow._train import momentum as momentum_lib


class RNNKeys:
    """The names of features and predictions of recurrent models."""

    FINAL_STATE_KEY, LABELS_KEY, SEQUENCE_LENGTH_KEY = "final_state", "__labels__", "sequence_length"
    STATE_PREFIX = "rnn_cell_state"


class PredictionType:
    """Whether there is a prediction for each sequence or for each step."""

    SINGLE_VALUE, MULTIPLE_VALUE = 1, 2


_CELLS = {"basic_rnn": rnn_cell.BasicRNNCell, "lstm": rnn_cell.LSTMCell, "gru": rnn_cell.GRUCell}
_KEYS = ops_lib.PredictionKey


def construct_rnn_cell(num_units, cell_type="basic_rnn", dropout_keep_probabilities=None):
    """A cell, or cells one above the other.

    Args:
        num_units: int or list of ints, sizes of the layers.
        cell_type: "basic_rnn", "lstm", "gru", or a class of cells.
        dropout_keep_probabilities: a list, one longer than there are layers: of their inputs, and of the last output.

    Raises:
        ValueError: another type, or a list of another length.
    """
    kind = _CELLS.get(cell_type, cell_type)
    if not (isinstance(kind, type) and issubclass(kind, rnn_cell.RNNCell)):
        raise ValueError(f"The supported cell types are {list(_CELLS)}; got {cell_type}")
    sizes = num_units if isinstance(num_units, (list, tuple)) else (num_units,)
    cells = [kind(num_units=size) for size in sizes]
    if dropout_keep_probabilities:
        cells = apply_dropout(cells, dropout_keep_probabilities)
    return cells[0] if len(cells) == 1 else rnn_cell.MultiRNNCell(cells)


def apply_dropout(cells, dropout_keep_probabilities, random_seed=None):
    """The cells with dropout of their inputs, the last one of its outputs too; ValueError where the numbers do not fit."""
    if len(dropout_keep_probabilities) != len(cells) + 1:
        raise ValueError(
            "The number of dropout probabilities must be one greater than the number of cells. Got "
            f"{len(cells)} cells and {len(dropout_keep_probabilities)} dropout probabilities."
        )
    *before, last, output = dropout_keep_probabilities
    wrapped = [
        rnn_cell_wrappers.DropoutWrapper(cell, keep, 1.0, seed=random_seed)
        for cell, keep in zip(cells[:-1], before, strict=True)
    ]
    return [*wrapped, rnn_cell_wrappers.DropoutWrapper(cells[-1], last, output)]


def state_tuple_to_dict(state):
    """The tensors of a state by name: `rnn_cell_state_0` and so on."""
    with build.name_scope("state_tuple_to_dict"):
        names = [(f"{RNNKeys.STATE_PREFIX}_{i}", part) for i, part in enumerate(nest.flatten(state))]
        return {name: None if part is None else array.identity(part, name=name) for name, part in names}


def dict_to_state_tuple(input_dict, cell):
    """The state of a cell from features `rnn_cell_state_0` and so on; None where there are none.

    Raises:
        ValueError: some are there and some are not.
    """
    sizes, parts = nest.flatten(cell.state_size), []
    with build.name_scope("dict_to_state_tuple"):
        for i, size in enumerate(sizes):
            name = f"{RNNKeys.STATE_PREFIX}_{i}"
            part = input_dict.get(name)
            if part is None:
                continue
            checks = [ranks.assert_rank(part, 2, name=f"check_state_{i}_rank")]
            checks.append(asserts.assert_equal(array.shape(part)[1], size, name=f"check_state_{i}_shape"))
            with graph_lib.get_default_graph().control_dependencies(checks):
                parts.append(array.identity(part, name=name))
    if not parts:
        return None
    if len(parts) != len(sizes):
        raise ValueError(
            f"RNN state was partially specified. Expected zero or {len(sizes)} state Tensors; got {len(parts)}"
        )
    return nest.pack_sequence_as(cell.state_size, parts)


def select_last_activations(activations, sequence_lengths):
    """The last step of each sequence, `[batch, k]` of `[batch, time, k]`; the last of all where there are no lengths."""
    with build.name_scope("select_last_activations", None, [activations]):
        shape = array.shape(activations)
        batch, time, width = shape[0], shape[1], shape[2]
        last = time if sequence_lengths is None else math.cast(sequence_lengths, dtypes.int32)
        rows = array.reshape(activations, [-1, width])
        found = gather.gather(rows, math.range(batch) * time + last - 1)
        found.set_shape([activations.get_shape()[0], activations.get_shape()[2]])
        return found


def mask_activations_and_labels(activations, labels, sequence_lengths):
    """The steps within the sequences, one after the other: (`[steps, k]` of `[batch, time, k]`, their labels `[steps]`)."""
    with build.name_scope("mask_activations_and_labels", None, [activations, labels]):
        shape = array.shape(labels)
        if sequence_lengths is None:
            number = shape[1] * shape[0]
            return array.reshape(activations, [number, -1]), array.reshape(labels, [number])
        mask = choosing.sequence_mask(sequence_lengths, shape[1])
        return choosing.boolean_mask(activations, mask), choosing.boolean_mask(labels, mask)


class DynamicRnnEstimator(estimator.Estimator):
    """A recurrent model.

    Args:
        problem_type: `ProblemType.CLASSIFICATION` or `LINEAR_REGRESSION`.
        prediction_type: `PredictionType.SINGLE_VALUE` or `MULTIPLE_VALUE`, one prediction a sequence or one a step.
        sequence_feature_columns: columns of `tf.contrib.layers` of features `[batch, time, ...]`.
        context_feature_columns: columns that join every step.
        num_classes: of a classification; num_units: list of sizes of the layers.
        cell_type: "basic_rnn", "lstm", "gru", or a class of cells.
        optimizer, learning_rate, gradient_clipping_norm: as of `tf.contrib.layers.optimize_loss`.
        predict_probabilities: whether predictions have probabilities too.
        momentum: of the optimizer "Momentum".
        dropout_keep_probabilities: a list, one longer than `num_units`.
        model_dir, feature_engineering_fn, config: as of Estimator.

    A feature `sequence_length` `[batch]` tells where sequences end; features `rnn_cell_state_0` and so on give the first state.

    Raises:
        ValueError: another type, or no number of classes.
    """

    def __init__(
        self, problem_type, prediction_type, sequence_feature_columns, context_feature_columns=None, num_classes=None,
        num_units=None, cell_type="basic_rnn", optimizer="SGD", learning_rate=0.1, predict_probabilities=False, momentum=None,
        gradient_clipping_norm=5.0, dropout_keep_probabilities=None, model_dir=None, feature_engineering_fn=None, config=None,
    ):  # fmt: skip
        kinds = {
            PredictionType.MULTIPLE_VALUE: "MultiValueDynamicRNN",
            PredictionType.SINGLE_VALUE: "SingleValueDynamicRNN",
        }
        if prediction_type not in kinds:
            raise ValueError(
                "prediction_type must be one of PredictionType.MULTIPLE_VALUE or PredictionType.SINGLE_VALUE; got "
                f"{prediction_type}"
            )
        if problem_type not in (ops_lib.ProblemType.CLASSIFICATION, ops_lib.ProblemType.LINEAR_REGRESSION):
            raise ValueError(
                f"problem_type must be either ProblemType.LINEAR_REGRESSION or ProblemType.CLASSIFICATION; got {problem_type}"
            )
        self._classifies = problem_type == ops_lib.ProblemType.CLASSIFICATION
        if self._classifies and not num_classes:
            raise ValueError("For CLASSIFICATION problem_type, num_classes must be specified.")
        if not self._classifies and predict_probabilities:
            raise ValueError(
                "predict_probabilities can only be set to True for problem_type ProblemType.CLASSIFICATION"
            )
        self._is_single, self._with_probabilities = (
            prediction_type == PredictionType.SINGLE_VALUE,
            predict_probabilities,
        )
        self._width = num_classes if self._classifies and num_classes > 2 else 1
        if optimizer == "Momentum":
            optimizer = momentum_lib.MomentumOptimizer(learning_rate, momentum)
        name = kinds[prediction_type] + ("Classifier" if self._classifies else "Regressor")

        def model_fn(features, labels, mode):
            with build.name_scope(name):
                lengths = features.get(RNNKeys.SEQUENCE_LENGTH_KEY)
                steps = _input(features, sequence_feature_columns, context_feature_columns)
                dropout = dropout_keep_probabilities if mode == ops_lib.ModeKeys.TRAIN else None
                cell = construct_rnn_cell(num_units, cell_type, dropout)
                first = dict_to_state_tuple(features, cell)
                with build.name_scope("RNN"):
                    outputs, last = dynamic_rnn.dynamic_rnn(cell, steps, initial_state=first, dtype=dtypes.float32)
                    outputs = dense_layers.fully_connected(outputs, self._width, activation_fn=None)
                predictions = self._predictions(outputs, lengths)
                served = {"dynamic_rnn_output": (problem_type, dict(predictions))} if self._is_single else None
                predictions.update(state_tuple_to_dict(last))
                if mode == ops_lib.ModeKeys.INFER:
                    return ops_lib.ModelFnOps(mode, predictions, output_alternatives=served)
                loss = self._loss(outputs, labels, lengths)
                train_op = None
                if mode == ops_lib.ModeKeys.TRAIN:
                    train_op = optimize_loss.optimize_loss(
                        loss, None, learning_rate, optimizer, clip_gradients=gradient_clipping_norm,
                        summaries=optimize_loss.OPTIMIZER_SUMMARIES,
                    )  # fmt: skip
                measured = self._accuracy(predictions, labels, lengths)
            return ops_lib.ModelFnOps(mode, predictions, loss, train_op, measured, served)

        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)

    def _predictions(self, outputs, lengths):
        """dict name -> `[batch]`, or `[batch, time]` where there is a prediction for each step."""
        shape = array.shape(outputs)
        rows = (
            select_last_activations(outputs, lengths) if self._is_single else array.reshape(outputs, [-1, self._width])
        )

        def shaped(x, name, *rest):
            return (
                array.identity(x, name) if self._is_single else array.reshape(x, [shape[0], shape[1], *rest], name=name)
            )

        if not self._classifies:
            return {_KEYS.SCORES: shaped(array.squeeze(rows, [1]), _KEYS.SCORES)}
        if self._width == 1:
            rows = array.concat([array.zeros_like(rows), rows], 1)
        found = {_KEYS.CLASSES: shaped(running.argmax(rows, 1), _KEYS.CLASSES)}
        if self._with_probabilities:
            found[_KEYS.PROBABILITIES] = shaped(nn.softmax(rows), _KEYS.PROBABILITIES, max(self._width, 2))
        return found

    def _loss(self, outputs, labels, lengths):
        if self._is_single:
            rows = select_last_activations(outputs, lengths)
        else:
            rows, labels = mask_activations_and_labels(outputs, labels, lengths)
        if not self._classifies:
            return head_losses.squared(labels, rows)[0]
        return (head_losses.log_loss if self._width == 1 else head_losses.softmax)(labels, rows)[0]

    def _accuracy(self, predictions, labels, lengths):
        if not self._classifies:
            return {}
        classes = predictions[_KEYS.CLASSES]
        if not self._is_single:
            classes, labels = mask_activations_and_labels(classes, labels, lengths)
            classes = array.reshape(classes, [-1])
        return {"accuracy": metrics.accuracy(labels, classes)}


def _input(features, sequence_feature_columns, context_feature_columns):
    """`[batch, time, numbers]`: the columns of each step, with those of the context beside them."""
    steps = sequences.sequence_input_from_feature_columns(features, sequence_feature_columns)
    if context_feature_columns is None:
        return steps
    context = array.expand_dims(columns.input_from_feature_columns(features, context_feature_columns), 1)
    times = array.concat([[1], array.expand_dims(array.shape(steps)[1], 0), [1]], 0)
    return array.concat([steps, rearrange.tile(context, times)], 2)
