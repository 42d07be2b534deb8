"""Attention mechanisms of `tf.contrib.seq2seq`: how well each place of a memory fits a query."""

from __future__ import annotations

import math as python_math

import numpy as np

from graphflow._contrib import monotonic
from graphflow._core import dtypes, nest
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import base, dense, rnn_cell
from graphflow._ops import (
    array,
    asserts,
    choosing,
    initializers,
    matmul,
    nn,
    reduce,
    running,
    unary,
    variable_scope,
)


def hardmax(logits, name=None):
    """1 where a row of `logits` is largest, 0 elsewhere."""
    with build.name_scope(name, "Hardmax", [logits]):
        logits = build.convert_to_tensor(logits, name="logits")
        depth = logits.get_shape()[-1].value
        depth = array.shape(logits)[-1] if depth is None else depth
        return choosing.one_hot(running.argmax(logits, -1), depth, dtype=logits.dtype)


class AttentionMechanism:
    """Base of what an `AttentionWrapper` attends with."""

    @property
    def alignments_size(self):
        """How many places there are."""
        raise NotImplementedError(f"{type(self).__name__} has to define the property `alignments_size`")

    @property
    def state_size(self):
        """Sizes of its state, without the batch."""
        raise NotImplementedError(f"{type(self).__name__} has to define the property `state_size`")


class BaseAttentionMechanism(AttentionMechanism):
    """A memory, masked behind its lengths, and its keys. A subclass scores them in `__call__(query, state)`.

    Args:
        query_layer: a layer over queries, None for none.
        memory: `[batch, time, ...]`.
        probability_fn: (scores, state) -> weights.
        memory_sequence_length: int32 `[batch]`, None where all places count.
        memory_layer: a layer that makes keys of the memory.
        check_inner_dims_defined: whether the sizes behind the time have to be known.
        score_mask_value: the score of places that do not count; minus infinity where None.
        custom_key_value_fn: (keys, values) -> (keys, values).

    Raises:
        TypeError: a layer is none, or a function cannot be called. ValueError: a size is not known.
    """

    def __init__(self, query_layer, memory, probability_fn, memory_sequence_length=None, memory_layer=None,
                 check_inner_dims_defined=True, score_mask_value=None, custom_key_value_fn=None, name=None):  # fmt: skip
        for what, layer in (("query_layer", query_layer), ("memory_layer", memory_layer)):
            if layer is not None and not isinstance(layer, base.Layer):
                raise TypeError(f"{what} is not a Layer: {type(layer).__name__}")
        if not callable(probability_fn):
            raise TypeError(f"probability_fn must be callable, saw type: {type(probability_fn).__name__}")
        self._query_layer, self._memory_layer = query_layer, memory_layer
        self.dtype = memory_layer.dtype
        if score_mask_value is None:
            score_mask_value = dtypes.as_dtype(self.dtype).as_numpy_dtype(-np.inf)
        self._probability_fn = lambda score, state: probability_fn(
            _masked_score(score, memory_sequence_length, score_mask_value), state
        )
        with build.name_scope(name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            self._values = _masked_memory(memory, memory_sequence_length, check_inner_dims_defined)
            self._keys = memory_layer(self._values) if memory_layer else self._values
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            self._batch_size = self._keys.shape[0].value or array.shape(self._keys)[0]
            self._alignments_size = self._keys.shape[1].value or array.shape(self._keys)[1]

    memory_layer = property(lambda self: self._memory_layer, doc="The layer that makes keys of the memory.")
    query_layer = property(lambda self: self._query_layer, doc="The layer over queries.")
    values = property(lambda self: self._values, doc="The memory, zeros behind its lengths.")
    keys = property(lambda self: self._keys, doc="What queries are compared with, `[batch, time, units]`.")
    batch_size = property(lambda self: self._batch_size, doc="The batch size, a number where it is known.")
    alignments_size = property(lambda self: self._alignments_size, doc="The time of the memory.")
    state_size = property(lambda self: self._alignments_size, doc="The size of the state: last step's weights.")

    def initial_alignments(self, batch_size, dtype):
        """The weights before the first step: zeros `[batch, time]`."""
        return rnn_cell.zeros_of(self._alignments_size, batch_size, dtype)

    def initial_state(self, batch_size, dtype):
        """The state before the first step: the first weights."""
        return self.initial_alignments(batch_size, dtype)


def _masked_memory(memory, lengths, check_sizes):
    memory = nest.map_structure(lambda m: build.convert_to_tensor(m, name="memory"), memory)
    if lengths is not None:
        lengths = build.convert_to_tensor(lengths, name="memory_sequence_length")
    first = nest.flatten(memory)[0]
    for m in nest.flatten(memory) if check_sizes else ():
        if not m.get_shape()[2:].is_fully_defined():
            raise ValueError(
                f"Expected memory {m.name} to have fully defined inner dims, but saw shape: {m.get_shape()}"
            )
    if lengths is None:
        return memory
    mask = choosing.sequence_mask(lengths, maxlen=array.shape(first)[1], dtype=first.dtype)

    def masked(m):
        rank = m.get_shape().ndims
        ones = array.ones((array.rank(m) if rank is None else rank) - 2, dtype=dtypes.int32)
        return m * array.reshape(mask, array.concat((array.shape(mask), ones), 0))

    return nest.map_structure(masked, memory)


def _masked_score(score, lengths, value):
    if lengths is None:
        return score
    message = "All values in memory_sequence_length must be greater than zero."
    checked = asserts.assert_positive(lengths, message=message)
    with graph_lib.get_default_graph().control_dependencies([checked]):
        mask = choosing.sequence_mask(lengths, maxlen=array.shape(score)[1])
    return choosing.where(mask, score, value * array.ones_like(score))


def luong_score(query, keys, scale):
    """The product of a query `[batch, units]` with each key `[batch, time, units]`, times `scale` where there is one.

    Raises:
        ValueError: query and keys differ in their units.
    """
    depth, units = query.get_shape()[-1], keys.get_shape()[-1]
    if depth.value is None or depth.value != units.value:
        raise ValueError(
            f"Incompatible or unknown inner dimensions between query and keys.  Query ({query}) has units: {depth}.  Keys "
            f"({keys}) have units: {units}.  Perhaps you need to set num_units to the keys' dimension ({units})?"
        )
    score = matmul.matmul(array.expand_dims(query, 1), keys, transpose_b=True)
    score = array.squeeze(score, [1])
    return score if scale is None else scale * score


def bahdanau_score(query, keys, attention_v, attention_g=None, attention_b=None):
    """`v . tanh(key + query)` for each key; with a gain g and a bias b, v is normalized.

    Source: Salimans, Kingma, "Weight normalization" (2016), https://arxiv.org/abs/1602.07868, for the normalized form.
    """
    query = array.expand_dims(query, 1)
    if attention_g is None or attention_b is None:
        return reduce.reduce_sum(attention_v * unary.tanh(keys + query), [2])
    normed = attention_g * attention_v * unary.rsqrt(reduce.reduce_sum(unary.square(attention_v)))
    return reduce.reduce_sum(normed * unary.tanh(keys + query + attention_b), [2])


def _layer(num_units, name, dtype):
    return dense.Dense(num_units, name=name, use_bias=False, dtype=dtypes.float32 if dtype is None else dtype)


class _Scored(BaseAttentionMechanism):
    """A mechanism whose variables and scores stand in a variable scope of their own."""

    def __call__(self, query, state):
        """(weights `[batch, time]`, next state: the same) for a query `[batch, units]`."""
        with variable_scope.variable_scope(None, self._scope, [query]):
            score = self._score(query)
            if self._score_bias_init is not None:
                score += variable_scope.get_variable(
                    "attention_score_bias", dtype=query.dtype, initializer=self._score_bias_init
                )
        alignments = self._probability_fn(score, state)
        return alignments, alignments


class _Luong(_Scored):
    def __init__(self, num_units, scale, score_bias_init, dtype, name, **options):
        super().__init__(query_layer=None, memory_layer=_layer(num_units, "memory_layer", dtype), name=name, **options)
        self._num_units, self._scale, self._score_bias_init, self._name = num_units, scale, score_bias_init, name

    def _score(self, query):
        gain = None
        if self._scale:
            gain = variable_scope.get_variable(
                "attention_g", dtype=query.dtype, initializer=initializers.Ones, shape=()
            )
        return luong_score(query, self._keys, gain)


class _Bahdanau(_Scored):
    def __init__(self, num_units, normalize, score_bias_init, dtype, name, **options):
        super().__init__(
            query_layer=_layer(num_units, "query_layer", dtype), memory_layer=_layer(num_units, "memory_layer", dtype),
            name=name, **options,
        )  # fmt: skip
        self._num_units, self._normalize, self._name = num_units, normalize, name
        self._score_bias_init = score_bias_init

    def _score(self, query):
        units, dtype = [self._num_units], query.dtype
        processed = self.query_layer(query) if self.query_layer else query
        vector, gain, bias = variable_scope.get_variable("attention_v", units, dtype=dtype), None, None
        if self._normalize:
            start = initializers.Constant(python_math.sqrt(1.0 / self._num_units))
            gain = variable_scope.get_variable("attention_g", dtype=dtype, initializer=start, shape=())
            bias = variable_scope.get_variable("attention_b", units, dtype=dtype, initializer=initializers.Zeros())
        return bahdanau_score(processed, self._keys, vector, gain, bias)


class LuongAttention(_Luong):
    """Multiplicative attention: `query . key`.

    Args:
        num_units: size of the keys, and of queries.
        memory: `[batch, time, ...]`.
        memory_sequence_length: int32 `[batch]`, None where all places count.
        scale: whether scores are scaled by a variable.
        probability_fn: scores -> weights, softmax where None.
        others: as for the base class.

    Source: Luong, Pham, Manning, "Effective approaches to attention-based neural machine translation" (2015),
    https://arxiv.org/abs/1508.04025.
    """

    _scope = "luong_attention"

    def __init__(self, num_units, memory, memory_sequence_length=None, scale=False, probability_fn=None,
                 score_mask_value=None, dtype=None, custom_key_value_fn=None, name="LuongAttention"):  # fmt: skip
        weigh = nn.softmax if probability_fn is None else probability_fn
        super().__init__(
            num_units, scale, None, dtype, name, memory=memory, memory_sequence_length=memory_sequence_length,
            probability_fn=lambda score, _: weigh(score), score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
        )  # fmt: skip


class BahdanauAttention(_Bahdanau):
    """Additive attention: `v . tanh(W query + U memory)`.

    Args:
        normalize: whether v is normalized, with a gain and a bias.
        others: as for `LuongAttention`.

    Source: Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and translate" (2014),
    https://arxiv.org/abs/1409.0473.
    """

    _scope = "bahdanau_attention"

    def __init__(self, num_units, memory, memory_sequence_length=None, normalize=False, probability_fn=None,
                 score_mask_value=None, dtype=None, custom_key_value_fn=None, name="BahdanauAttention"):  # fmt: skip
        weigh = nn.softmax if probability_fn is None else probability_fn
        super().__init__(
            num_units, normalize, None, dtype, name, memory=memory, memory_sequence_length=memory_sequence_length,
            probability_fn=lambda score, _: weigh(score), score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
        )  # fmt: skip


class _Monotonic:
    """What attends from left to right: weights start on the first place."""

    def initial_alignments(self, batch_size, dtype):
        first = array.zeros((batch_size,), dtype=dtypes.int32)
        return choosing.one_hot(first, self._alignments_size, dtype=dtype)


class LuongMonotonicAttention(_Monotonic, _Luong):
    """`LuongAttention` that never goes back in the memory.

    Args:
        sigmoid_noise: deviation of noise on the scores, which makes choices sharp in training; sigmoid_noise_seed: its seed.
        score_bias_init: where the variable added to the scores starts.
        mode: how weights are computed, as for `monotonic_attention`.
        others: as for `LuongAttention`.

    Source: Raffel et al., "Online and linear-time attention by enforcing monotonic alignments" (2017),
    https://arxiv.org/abs/1704.00784.
    """

    _scope = "luong_monotonic_attention"

    def __init__(self, num_units, memory, memory_sequence_length=None, scale=False, score_mask_value=None,
                 sigmoid_noise=0.0, sigmoid_noise_seed=None, score_bias_init=0.0, mode="parallel", dtype=None,
                 name="LuongMonotonicAttention"):  # fmt: skip
        super().__init__(
            num_units, scale, score_bias_init, dtype, name, memory=memory,
            memory_sequence_length=memory_sequence_length, score_mask_value=score_mask_value,
            probability_fn=monotonic.probability_function(sigmoid_noise, mode, sigmoid_noise_seed),
        )  # fmt: skip


class BahdanauMonotonicAttention(_Monotonic, _Bahdanau):
    """`BahdanauAttention` that never goes back in the memory; arguments as there and for `LuongMonotonicAttention`."""

    _scope = "bahdanau_monotonic_attention"

    def __init__(self, num_units, memory, memory_sequence_length=None, normalize=False, score_mask_value=None,
                 sigmoid_noise=0.0, sigmoid_noise_seed=None, score_bias_init=0.0, mode="parallel", dtype=None,
                 name="BahdanauMonotonicAttention"):  # fmt: skip
        super().__init__(
            num_units, normalize, score_bias_init, dtype, name, memory=memory,
            memory_sequence_length=memory_sequence_length, score_mask_value=score_mask_value,
            probability_fn=monotonic.probability_function(sigmoid_noise, mode, sigmoid_noise_seed),
        )  # fmt: skip
