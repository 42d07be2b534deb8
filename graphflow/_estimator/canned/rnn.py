"""Recurrent models: a cell runs over sequence columns, and a dense layer over its last outputs gives the logits."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._estimator import estimator, extenders
from graphflow._estimator.canned import heads, linear, optimizers
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import dense, dynamic_rnn, losses, rnn_cell
from graphflow._layers.feature_columns import layers, sequence
from graphflow._ops import array, choosing, gather, initializers, math, ranks, rearrange, summaries, variable_scope
from graphflow._ops import checks as checks_lib
from graphflow._train import optimizer as optimizer_lib

_LEARNING_RATE, _CLIP_NORM = 0.05, 5.0
_CELLS = {"basic_rnn": rnn_cell.BasicRNNCell, "lstm": rnn_cell.BasicLSTMCell, "gru": rnn_cell.GRUCell}
_BASIC = object()


def _cell_fn(rnn_cell_fn, num_units, cell_type):
    """The function mode -> cell that the arguments of an estimator ask for."""
    if rnn_cell_fn:
        if num_units or cell_type is not _BASIC:
            raise ValueError("num_units and cell_type must not be specified when using rnn_cell_fn")
        return rnn_cell_fn
    kind = "basic_rnn" if cell_type is _BASIC else cell_type
    kind = _CELLS.get(kind, kind)
    if not (isinstance(kind, type) and issubclass(kind, rnn_cell.RNNCell)):
        raise ValueError(f"Supported cell types are {sorted(_CELLS)}, and classes of RNNCell; got {cell_type}")

    def make_cell(mode):
        cells = [kind(num_units=size) for size in num_units]
        return cells[0] if len(cells) == 1 else rnn_cell.MultiRNNCell(cells)

    return make_cell


def _with_context(steps, context):
    """`steps` `[batch, time, a]` with `context` `[batch, b]` beside each step."""
    checks = []
    for given, name, rank in ((steps, "sequence_input", 3), (context, "context_input", 2)):
        checks.append(
            ranks.assert_rank(given, rank, message=f"{name} must have rank {rank}", data=[array.shape(given)])
        )
        checks.append(
            checks_lib.assert_type(given, dtypes.float32, message=f"{name} must have dtype float32; got {given.dtype}.")
        )
    with graph_lib.get_default_graph().control_dependencies(checks):
        length = array.shape(steps)[1]
        each = array.expand_dims(context, 1)
        each = rearrange.tile(each, array.concat([[1], [length], [1]], 0))
    return array.concat([steps, each], 2)


def _last_outputs(outputs, lengths):
    """The output `[batch, units]` of the last step of each sequence, of `[batch, time, units]`."""
    with build.name_scope("select_last_activations", None, [outputs, lengths]):
        shape = array.shape(outputs)
        batch, steps, units = shape[0], shape[1], shape[2]
        last = math.to_int64(math.range(batch) * steps) + lengths - 1
        found = gather.gather(array.reshape(outputs, [batch * steps, units]), last)
        found.set_shape([outputs.shape[0], outputs.shape[2]])
        return found


def _logits(features, mode, units, cell_fn, sequence_columns, context_columns, cut):
    given = tuple(features.values())
    with variable_scope.variable_scope("sequence_input_layer", values=given, partitioner=cut):
        steps, lengths = sequence.sequence_input_layer(features, sequence_columns)
        summaries.histogram("sequence_length", lengths)
        if context_columns:
            steps = _with_context(steps, layers.input_layer(features, context_columns))
    outputs, _ = dynamic_rnn.dynamic_rnn(cell_fn(mode), steps, lengths, dtype=dtypes.float32)
    outputs = _last_outputs(outputs, lengths)
    with variable_scope.variable_scope("logits", values=(outputs,)):
        logits = dense.dense(outputs, units, kernel_initializer=initializers.GlorotUniform())
    choosing.sequence_mask(lengths)
    return logits


class RNNEstimator(estimator.Estimator):
    """A recurrent model under a head of one's own.

    Args:
        head: a head.
        sequence_feature_columns: columns of sequences, or dense columns of them.
        context_feature_columns: dense columns that join every step.
        num_units: the sizes of the layers.
        cell_type: "basic_rnn", "lstm", "gru", or a class of cells.
        rnn_cell_fn: a function mode -> cell, in place of the two.
        return_sequences: refused: heads of this package look at the last step.
        model_dir, config: as of Estimator.
        optimizer: an Optimizer; a function that makes it, or its name, gets gradients of norm 5 at most.
        input_layer_partitioner: of the variables of columns.

    Raises:
        ValueError: arguments that exclude each other.
    """

    def __init__(
        self, head, sequence_feature_columns, context_feature_columns=None, num_units=None, cell_type=_BASIC,
        rnn_cell_fn=None, return_sequences=False, model_dir=None, optimizer="Adagrad", input_layer_partitioner=None,
        config=None,
    ):  # fmt: skip
        cell_fn = _cell_fn(rnn_cell_fn, num_units, cell_type)
        if return_sequences:
            raise ValueError(
                "return_sequences needs a head of whole sequences, of which TensorFlow published none: write a model_fn with "
                "tf.nn.dynamic_rnn."
            )
        steps, context = tuple(sequence_feature_columns or ()), tuple(context_feature_columns or ())

        def model_fn(features, labels, mode, config):
            linear.check_features(features)
            chosen = optimizer
            if not isinstance(chosen, optimizer_lib.Optimizer):
                chosen = extenders.clip_gradients_by_norm(optimizers.instance(chosen, _LEARNING_RATE), _CLIP_NORM)
            whole = linear.partitioner(config)
            with variable_scope.variable_scope("rnn", values=tuple(features.values()), partitioner=whole):
                cut = input_layer_partitioner or linear.partitioner(config, min_slice_size=linear._LARGE_SLICE)
                logits = _logits(features, mode, head.logits_dimension, cell_fn, steps, context, cut)
                return head.create_estimator_spec(features, mode, logits, labels, optimizer=chosen)

        super().__init__(model_fn, model_dir, config)


class RNNClassifier(RNNEstimator):
    """A classifier of sequences; arguments as of RNNEstimator and LinearClassifier."""

    def __init__(
        self, sequence_feature_columns, context_feature_columns=None, num_units=None, cell_type=_BASIC, rnn_cell_fn=None,
        model_dir=None, n_classes=2, weight_column=None, label_vocabulary=None, optimizer="Adagrad",
        loss_reduction=losses.Reduction.SUM_OVER_BATCH_SIZE, input_layer_partitioner=None, config=None,
    ):  # fmt: skip
        head = heads.classifier(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(
            head, sequence_feature_columns, context_feature_columns, num_units, cell_type, rnn_cell_fn, False, model_dir,
            optimizer, input_layer_partitioner, config,
        )  # fmt: skip
