"""Decoders of `tf.contrib.legacy_seq2seq` that attend to what an encoder gave.

Source: Vinyals et al., "Grammar as a foreign language" (2014), https://arxiv.org/abs/1412.7449.
"""

from __future__ import annotations

import copy

from graphflow._contrib import legacy_decoders, rnn_wrappers
from graphflow._core import dtypes, nest
from graphflow._layers import rnn
from graphflow._ops import array, conv, embedding, joining, math, nn, reduce, unary, variable_scope


def attention_decoder(
    decoder_inputs, initial_state, attention_states, cell, output_size=None, num_heads=1, loop_function=None, dtype=None,
    scope=None, initial_state_attention=False,
):  # fmt: skip
    """`rnn_decoder` with attention: each input is mixed with what was attended to, and each output too.

    Args:
        decoder_inputs: a list of `[batch, size]`.
        initial_state: the cell's first state.
        attention_states: `[batch, length, size]`, what is attended to.
        output_size: of the outputs; the cell's where None.
        num_heads: how many places are attended to at once.
        loop_function: function of (last output, step) that makes each input but the first; None reads them all.
        dtype: of the weights; the scope's where None.
        initial_state_attention: whether the first step attends with the first state, and not to nothing.

    Returns:
        (outputs `[batch, output_size]`, one of each input; the last state).

    Raises:
        ValueError: no inputs, no heads, or a size is not known.
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.get_shape()[2].value is None:
        raise ValueError(f"Shape[2] of attention_states must be known: {attention_states.get_shape()}")
    output_size = cell.output_size if output_size is None else output_size
    with variable_scope.variable_scope(scope or "attention_decoder", dtype=dtype) as opened:
        dtype = opened.dtype
        batch_size = array.shape(decoder_inputs[0])[0]
        attention = _Attention(attention_states, num_heads, dtype)
        state, outputs = initial_state, []
        attended = attention.nothing(batch_size)
        if initial_state_attention:
            attended = attention(initial_state)
        for i, value in enumerate(decoder_inputs):
            scope_now = variable_scope.get_variable_scope()
            if i > 0:
                scope_now.reuse_variables()
            if loop_function is not None and outputs:
                with variable_scope.variable_scope("loop_function", reuse=True):
                    value = loop_function(outputs[-1], i)
            size = value.get_shape().with_rank(2)[1]
            if size.value is None:
                raise ValueError(f"Could not infer input size from input: {value.name}")
            mixed = [math.cast(part, dtype) for part in [value, *attended]]
            output, state = cell(rnn_wrappers.Linear(mixed, size.value, True)(mixed), state)
            if i == 0 and initial_state_attention:  # its variables were made above
                with variable_scope.variable_scope(scope_now, reuse=True):
                    attended = attention(state)
            else:
                attended = attention(state)
            with variable_scope.variable_scope("AttnOutputProjection"):
                joined = [math.cast(output, dtype), *attended]
                outputs.append(rnn_wrappers.Linear(joined, output_size, True)(joined))
    return outputs, state


class _Attention:
    """What several heads attend to: called with a query, a state of the cell, it gives one mean of the memory a head."""

    def __init__(self, memory, heads, dtype):
        self._dtype, self._size = dtype, memory.get_shape()[2].value
        self._length = memory.get_shape()[1].value
        if self._length is None:
            self._length = array.shape(memory)[1]
        self._hidden = array.reshape(memory, [-1, self._length, 1, self._size])
        self._heads = []
        for head in range(heads):
            kernel = variable_scope.get_variable(f"AttnW_{head}", [1, 1, self._size, self._size], dtype=dtype)
            features = conv.conv2d(self._hidden, kernel, [1, 1, 1, 1], "SAME")
            self._heads.append((features, variable_scope.get_variable(f"AttnV_{head}", [self._size], dtype=dtype)))

    def nothing(self, batch_size):
        """Zeros for each head, before the first step."""
        shape = joining.stack([batch_size, self._size])
        made = [array.zeros(shape, dtype=self._dtype) for _ in self._heads]
        for one in made:
            one.set_shape([None, self._size])
        return made

    def __call__(self, query):
        if nest.is_nested(query):
            query = array.concat(nest.flatten(query), 1)
        return [self._mean(head, query, *weights) for head, weights in enumerate(self._heads)]

    def _mean(self, head, query, features, vector):
        with variable_scope.variable_scope(f"Attention_{head}"):
            wanted = rnn_wrappers.Linear(query, self._size, True)(query)
            wanted = math.cast(array.reshape(wanted, [-1, 1, 1, self._size]), self._dtype)
            scores = reduce.reduce_sum(vector * unary.tanh(features + wanted), [2, 3])
            weights = math.cast(nn.softmax(math.cast(scores, dtypes.float32)), self._dtype)
            mean = reduce.reduce_sum(array.reshape(weights, [-1, self._length, 1, 1]) * self._hidden, [1, 2])
            return array.reshape(mean, [-1, self._size])


def embedding_attention_decoder(
    decoder_inputs, initial_state, attention_states, cell, num_symbols, embedding_size, num_heads=1, output_size=None,
    output_projection=None, feed_previous=False, update_embedding_for_previous=True, dtype=None, scope=None,
    initial_state_attention=False,
):  # fmt: skip
    """`attention_decoder` over symbols: int32 `[batch]` each; arguments as there and for `embedding_rnn_decoder`."""
    output_size = cell.output_size if output_size is None else output_size
    legacy_decoders.check_projection(output_projection, num_symbols, dtype, also_weights=False)
    with variable_scope.variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        table = variable_scope.get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = legacy_decoders.best_symbol_embedded(
                table, output_projection, update_embedding_for_previous
            )
        inputs = [embedding.embedding_lookup(table, one) for one in decoder_inputs]
        return attention_decoder(
            inputs, initial_state, attention_states, cell, output_size=output_size, num_heads=num_heads,
            loop_function=loop_function, initial_state_attention=initial_state_attention,
        )  # fmt: skip


def embedding_attention_seq2seq(
    encoder_inputs, decoder_inputs, cell, num_encoder_symbols, num_decoder_symbols, embedding_size, num_heads=1,
    output_projection=None, feed_previous=False, dtype=None, scope=None, initial_state_attention=False,
):  # fmt: skip
    """An encoder over symbols, and a decoder that attends to all its outputs.

    Args:
        num_heads, initial_state_attention: as for `attention_decoder`.
        others: as for `embedding_rnn_seq2seq`.

    Returns:
        (outputs, the last state).
    """
    with variable_scope.variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as opened:
        encoder = rnn_wrappers.EmbeddingWrapper(
            copy.deepcopy(cell), embedding_classes=num_encoder_symbols, embedding_size=embedding_size
        )
        outputs, state = rnn.static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        memory = array.concat([array.reshape(output, [-1, 1, cell.output_size]) for output in outputs], 1)
        output_size = None
        if output_projection is None:
            cell, output_size = rnn_wrappers.OutputProjectionWrapper(cell, num_decoder_symbols), num_decoder_symbols

        def decode(fed, update_embedding=False):
            return embedding_attention_decoder(
                decoder_inputs, state, memory, cell, num_decoder_symbols, embedding_size, num_heads=num_heads,
                output_size=output_size, output_projection=output_projection, feed_previous=fed,
                update_embedding_for_previous=update_embedding, initial_state_attention=initial_state_attention,
            )  # fmt: skip

        if isinstance(feed_previous, bool):
            return decode(feed_previous, update_embedding=True)
        return legacy_decoders.fed_or_not(feed_previous, decode, len(decoder_inputs), state)
