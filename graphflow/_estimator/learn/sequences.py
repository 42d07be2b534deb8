"""Functions of the first days: embeddings of ids of any rank, and sequence-to-sequence models step by step."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import losses, rnn
from graphflow._ops import array, cross_entropy, embedding, joining, math, nn, reduce, variable_scope


def embedding_lookup(params, ids, name="embedding_lookup"):
    """The rows of a table `[rows, ...]` for ids of any shape, `[*ids, ...]`."""
    with build.name_scope(name, "embedding_lookup", [params, ids]):
        params, ids = build.convert_to_tensor(params), build.convert_to_tensor(ids)
        shape = array.shape(ids)
        flat = array.reshape(ids, reduce.reduce_prod(shape, keepdims=True))
        rows = embedding.embedding_lookup(params, flat, name=name)
        found = array.reshape(rows, array.concat([shape, [-1]], 0))
        found.set_shape(ids.get_shape().concatenate(params.get_shape()[1:]))
        return found


def categorical_variable(tensor_in, n_classes, embedding_size, name):
    """Embeddings `[*ids, embedding_size]` of class numbers, by a new variable `<name>/<name>_embeddings`."""
    with variable_scope.variable_scope(name):
        table = variable_scope.get_variable(f"{name}_embeddings", [n_classes, embedding_size])
        return embedding_lookup(table, tensor_in)


def mean_squared_error_regressor(tensor_in, labels, weights, biases, name=None):
    """(predictions, mean squared error) of a linear model."""
    with build.name_scope(name, "mean_squared_error_regressor", [tensor_in, labels]):
        predictions = nn.xw_plus_b(tensor_in, weights, biases)
        if len(labels.get_shape()) == 1 and len(predictions.get_shape()) == 2:
            predictions = array.squeeze(predictions, axis=[1])
        return predictions, losses.mean_squared_error(labels, predictions)


def softmax_classifier(tensor_in, labels, weights, biases, class_weight=None, name=None):
    """(probabilities, cross entropy) of a linear model, for one-hot labels `[batch, classes]`.

    Args:
        class_weight: a tensor `[classes]`, what the logits are multiplied by.
    """
    with build.name_scope(name, "softmax_classifier", [tensor_in, labels]):
        logits = nn.xw_plus_b(tensor_in, weights, biases)
        if class_weight is not None:
            logits = math.multiply(logits, class_weight)
        return nn.softmax(logits), losses.softmax_cross_entropy(labels, logits)


def sequence_classifier(decoding, labels, sampling_decoding=None, name=None):
    """(probabilities `[batch, time, classes]`, the sum of all cross entropies) of lists of logits and one-hot labels by step.

    Args:
        sampling_decoding: logits to predict from in place of `decoding`.
    """
    with build.name_scope(name, "sequence_classifier", [decoding, labels]):
        predictions, each = [], []
        for i, logits in enumerate(decoding):
            each.append(
                cross_entropy.softmax_cross_entropy_with_logits(
                    labels=labels[i], logits=logits, name=f"sequence_loss/xent_raw{i}"
                )
            )
            predictions.append(nn.softmax(sampling_decoding[i] if sampling_decoding else logits))
        total = math.add_n(each, name="sequence_loss/xent")
        return joining.stack(predictions, axis=1), reduce.reduce_sum(total, name="sequence_loss")


def seq2seq_inputs(x, y, input_length, output_length, sentinel=None, name=None):
    """(encoder inputs, decoder inputs, decoder targets), lists by step, of `x` and `y` `[batch, time, size]`.

    Args:
        sentinel: the first input of the decoder, and its last target; zeros when None.
    """
    with build.name_scope(name, "seq2seq_inputs", [x, y]):
        steps, targets = joining.unstack(x, axis=1), joining.unstack(y, axis=1)
        if sentinel is None:
            sentinel = array.zeros(joining.stack([array.shape(x)[0], targets[0].get_shape()[1]]))
            sentinel.set_shape(targets[0].get_shape())
        return steps, [sentinel, *targets], [*targets, sentinel]


def rnn_decoder(decoder_inputs, initial_state, cell, scope=None):
    """(outputs, states, sampled outputs, sampled states), lists: with given inputs, and with each output as the next input."""
    with variable_scope.variable_scope(scope or "dnn_decoder"):
        states, sampled_states, outputs, sampled = [initial_state], [initial_state], [], []
        with build.name_scope("training", None, [decoder_inputs, initial_state]):
            for i, given in enumerate(decoder_inputs):
                if i > 0:
                    variable_scope.get_variable_scope().reuse_variables()
                output, state = cell(given, states[-1])
                outputs.append(output)
                states.append(state)
        with build.name_scope("sampling", None, [initial_state]):
            for i in range(len(decoder_inputs)):
                output, state = (outputs[0], states[0]) if i == 0 else cell(sampled[-1], sampled_states[-1])
                sampled.append(output)
                sampled_states.append(state)
    return outputs, states, sampled, sampled_states


def rnn_seq2seq(encoder_inputs, decoder_inputs, encoder_cell, decoder_cell=None, dtype=dtypes.float32, scope=None):
    """`rnn_decoder` from the last state of an encoder; one cell does both where `decoder_cell` is None."""
    with variable_scope.variable_scope(scope or "rnn_seq2seq"):
        _, state = rnn.static_rnn(encoder_cell, encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, decoder_cell or encoder_cell)
