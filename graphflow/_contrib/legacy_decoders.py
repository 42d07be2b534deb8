"""Encoders and decoders of `tf.contrib.legacy_seq2seq` that look their symbols up in embeddings, unrolled step by step."""

from __future__ import annotations

import copy

from graphflow._contrib import legacy_seq2seq, rnn_wrappers
from graphflow._core import nest
from graphflow._graph import build
from graphflow._layers import rnn, rnn_cell
from graphflow._ops import array, control_flow, embedding, nn, running, variable_scope


def best_symbol_embedded(table, output_projection=None, update_embedding=True):
    """A loop function: the embedding of the best symbol of the last output.

    Args:
        table: the embedding `[symbols, size]`.
        output_projection: (weights, biases) that make logits of an output, None where it is logits already.
        update_embedding: whether gradients reach the embedding this way.
    """

    def loop_function(last, _):
        if output_projection is not None:
            last = nn.xw_plus_b(last, output_projection[0], output_projection[1])
        found = embedding.embedding_lookup(table, running.argmax(last, 1))
        return found if update_embedding else array.stop_gradient(found)

    return loop_function


def check_projection(output_projection, symbols, dtype, also_weights=True):
    """Raises ValueError where (weights, biases) do not make logits for `symbols` classes."""
    if output_projection is None:
        return
    if also_weights:
        weights = build.convert_to_tensor(output_projection[0], dtype=dtype)
        weights.get_shape().assert_is_compatible_with([None, symbols])
    biases = build.convert_to_tensor(output_projection[1], dtype=dtype)
    biases.get_shape().assert_is_compatible_with([symbols])


def fed_or_not(feed_previous, decode, count, like):
    """`decode(True)` or `decode(False)`, as the bool tensor `feed_previous` says when run; both use the same variables.

    Args:
        decode: function of a bool that returns (list of outputs, state).
        count: how many outputs there are.
        like: a structure like the state's.
    """

    def branch(fed):
        scope = variable_scope.get_variable_scope()
        with variable_scope.variable_scope(scope, reuse=None if fed else True):
            outputs, state = decode(fed)
            return outputs + nest.flatten(state)

    made = control_flow.cond(feed_previous, lambda: branch(True), lambda: branch(False))
    return made[:count], nest.pack_sequence_as(like, made[count:])


def embedding_rnn_decoder(
    decoder_inputs, initial_state, cell, num_symbols, embedding_size, output_projection=None, feed_previous=False,
    update_embedding_for_previous=True, scope=None,
):  # fmt: skip
    """`rnn_decoder` over symbols.

    Args:
        decoder_inputs: a list of int32 `[batch]`.
        num_symbols, embedding_size: the shape of the embedding.
        output_projection: (weights `[output_size, num_symbols]`, biases), which make logits of an output.
        feed_previous: whether every step but the first reads the best symbol of the one before.
        update_embedding_for_previous: whether gradients reach the embedding of what was fed back.

    Returns:
        (outputs, one of each input; the last state).
    """
    with variable_scope.variable_scope(scope or "embedding_rnn_decoder") as opened:
        check_projection(output_projection, num_symbols, opened.dtype)
        table = variable_scope.get_variable("embedding", [num_symbols, embedding_size])
        loop = best_symbol_embedded(table, output_projection, update_embedding_for_previous) if feed_previous else None
        # looked up as the decoder asks for them, so inside its scope
        inputs = (embedding.embedding_lookup(table, one) for one in decoder_inputs)
        return legacy_seq2seq.rnn_decoder(inputs, initial_state, cell, loop_function=loop)


def embedding_rnn_seq2seq(
    encoder_inputs, decoder_inputs, cell, num_encoder_symbols, num_decoder_symbols, embedding_size,
    output_projection=None, feed_previous=False, dtype=None, scope=None,
):  # fmt: skip
    """An encoder and a decoder over symbols, each with an embedding of its own.

    Args:
        encoder_inputs, decoder_inputs: lists of int32 `[batch]`.
        output_projection: as for `embedding_rnn_decoder`; where None the outputs are projected to logits here.
        feed_previous: bool, or a bool scalar tensor: training and decoding in one graph.

    Returns:
        (outputs, the last state).
    """
    with variable_scope.variable_scope(scope or "embedding_rnn_seq2seq") as opened:
        if dtype is not None:
            opened.set_dtype(dtype)
        state = _encoded(encoder_inputs, cell, num_encoder_symbols, embedding_size, opened.dtype)[1]
        if output_projection is None:
            cell = rnn_wrappers.OutputProjectionWrapper(cell, num_decoder_symbols)

        def decode(fed, update_embedding=False):
            return embedding_rnn_decoder(
                decoder_inputs,
                state,
                cell,
                num_decoder_symbols,
                embedding_size,
                output_projection,
                fed,
                update_embedding,
            )

        if isinstance(feed_previous, bool):
            return decode(feed_previous, update_embedding=True)
        return fed_or_not(feed_previous, decode, len(decoder_inputs), state)


def _encoded(inputs, cell, symbols, embedding_size, dtype, own_copy=True):
    """(outputs, last state) of a cell over symbols."""
    cell = copy.deepcopy(cell) if own_copy else cell
    cell = rnn_wrappers.EmbeddingWrapper(cell, embedding_classes=symbols, embedding_size=embedding_size)
    return rnn.static_rnn(cell, inputs, dtype=dtype)


def embedding_tied_rnn_seq2seq(
    encoder_inputs, decoder_inputs, cell, num_symbols, embedding_size, num_decoder_symbols=None, output_projection=None,
    feed_previous=False, dtype=None, scope=None,
):  # fmt: skip
    """An encoder and a decoder over the same symbols, with one embedding and one cell.

    Args:
        num_decoder_symbols: how many of the symbols the decoder gives logits for; all where None.
        others: as for `embedding_rnn_seq2seq`.

    Returns:
        (outputs, the last state).
    """
    with variable_scope.variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as opened:
        dtype = opened.dtype
        check_projection(output_projection, num_symbols, dtype)
        table = variable_scope.get_variable("embedding", [num_symbols, embedding_size], dtype=dtype)
        sources = [embedding.embedding_lookup(table, one) for one in encoder_inputs]
        targets = [embedding.embedding_lookup(table, one) for one in decoder_inputs]
        if output_projection is None:
            symbols = num_symbols if num_decoder_symbols is None else num_decoder_symbols
            cell = rnn_wrappers.OutputProjectionWrapper(cell, symbols)

        def decode(fed, update_embedding=False):
            loop = best_symbol_embedded(table, output_projection, update_embedding) if fed else None
            return legacy_seq2seq.tied_rnn_seq2seq(sources, targets, cell, loop_function=loop, dtype=dtype)

        if isinstance(feed_previous, bool):
            return decode(feed_previous, update_embedding=True)
        return fed_or_not(feed_previous, decode, len(decoder_inputs), cell.state_size)


def one2many_rnn_seq2seq(
    encoder_inputs, decoder_inputs_dict, enc_cell, dec_cells_dict, num_encoder_symbols, num_decoder_symbols_dict,
    embedding_size, feed_previous=False, dtype=None, scope=None,
):  # fmt: skip
    """One encoder and several decoders, for tasks that share what they read.

    Args:
        decoder_inputs_dict, dec_cells_dict, num_decoder_symbols_dict: task -> what the one decoder of
            `embedding_rnn_seq2seq` takes.
        others: as for `embedding_rnn_seq2seq`.

    Returns:
        (task -> outputs, task -> last state).

    Raises:
        TypeError: a cell is no RNNCell. ValueError: the dicts have other tasks.
    """
    for what, cell in [("enc_cell", enc_cell), *(("dec_cell", cell) for cell in dec_cells_dict.values())]:
        if not isinstance(cell, rnn_cell.RNNCell):
            raise TypeError(f"{what} is not an RNNCell: {type(cell)}")
    if set(dec_cells_dict) != set(decoder_inputs_dict):
        raise ValueError(
            f"dec_cells_dict and decoder_inputs_dict have different tasks: {sorted(dec_cells_dict)} and "
            f"{sorted(decoder_inputs_dict)}"
        )
    outputs, states = {}, {}
    with variable_scope.variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as opened:
        state = _encoded(encoder_inputs, enc_cell, num_encoder_symbols, embedding_size, opened.dtype, own_copy=False)[1]
        for task, inputs in decoder_inputs_dict.items():
            symbols = num_decoder_symbols_dict[task]
            with variable_scope.variable_scope(f"one2many_decoder_{task}"):
                cell = rnn_wrappers.OutputProjectionWrapper(dec_cells_dict[task], symbols)

                def decode(fed, inputs=inputs, cell=cell, symbols=symbols):
                    return embedding_rnn_decoder(inputs, state, cell, symbols, embedding_size, feed_previous=fed)

                if isinstance(feed_previous, bool):
                    outputs[task], states[task] = decode(feed_previous)
                else:
                    outputs[task], states[task] = fed_or_not(feed_previous, decode, len(inputs), state)
    return outputs, states
