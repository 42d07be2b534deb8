"""Attention: what a query finds among values.

A call takes `[query, value]` or `[query, value, key]`, `[batch, query steps, features]` and twice `[batch, value
steps, features]`; the key is the value where there is none. Masks `[query_mask, value_mask]` are bools `[batch,
steps]`: the result is zero where the query's is False, and values are not seen where theirs is. The result is
`[batch, query steps, features]`.
"""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.layers._options import OptionLayer


class _DenseAttention(OptionLayer):
    """What the kinds of attention have in common; a subclass makes `self.scale` and defines `_scores(query, key)`."""

    OPTIONS = ("use_scale", "causal")

    def __init__(self, use_scale, causal=False, **kwargs):
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.causal = causal
        self.supports_masking = True

    def _scale_of(self, shape, initializer):
        return self.add_weight(name="scale", shape=shape, initializer=initializer) if self.use_scale else None

    def call(self, inputs, mask=None):
        self._check(inputs, mask)
        query, value = inputs[:2]
        query_mask, value_mask = mask or (None, None)
        scores = self._scores(query, inputs[-1])
        seen = None if value_mask is None else tf.expand_dims(value_mask, -2)
        if self.causal:
            past = _lower_triangle(tf.shape(scores))
            seen = past if seen is None else tf.logical_and(seen, past)
        if seen is not None:
            scores -= 1e9 * tf.cast(tf.logical_not(seen), K.floatx())
        result = tf.matmul(tf.nn.softmax(scores), value)
        if query_mask is not None:
            result *= tf.cast(tf.expand_dims(query_mask, -1), result.dtype)
        return result

    def compute_mask(self, inputs, mask=None):
        self._check(inputs, mask)
        return None if not mask or mask[0] is None else tf.convert_to_tensor(mask[0])

    def compute_output_shape(self, input_shape):
        query, value = input_shape[:2]
        return (*query[:-1], value[-1])

    def _check(self, inputs, mask):
        name = type(self).__name__
        if not isinstance(inputs, list) or len(inputs) not in (2, 3):
            raise ValueError(
                f"{name} layer must be called on a list of inputs, namely [query, value] or [query, value, key]; "
                f"got {inputs}"
            )
        if mask and not isinstance(mask, list):
            raise ValueError(f"{name} layer mask must be a list, namely [query_mask, value_mask]; got {mask}")
        if mask and len(mask) not in (2, len(inputs)):
            raise ValueError(
                f"{name} layer mask must be a list of length 2, namely [query_mask, value_mask]; got {mask}"
            )


def _lower_triangle(shape):
    """True for j <= i in the last two axes of `shape`, whose other sizes become 1."""
    shape = tf.concat([tf.ones_like(shape[:-2]), shape[-2:]], axis=0)
    rows, columns = (tf.cumsum(tf.ones(shape, tf.int32), axis=axis) for axis in (-2, -1))
    return tf.greater_equal(rows, columns)


class Attention(_DenseAttention):
    """Dot-product attention: softmax(query key^T) value.

    Args:
        use_scale: bool, whether a weight scales the scores.
        causal: bool, whether step i of the query sees the values 0 ... i only.

    Raises:
        ValueError: a call with another number of inputs or masks, or no lists of them.

    Source: Luong, Pham, Manning, Effective approaches to attention-based neural machine translation (2015).
    """

    def __init__(self, use_scale=False, **kwargs):
        super().__init__(use_scale, **kwargs)

    def build(self, input_shape):
        self.scale = self._scale_of((), "ones")
        self.built = True

    def _scores(self, query, key):
        scores = tf.matmul(query, key, transpose_b=True)
        return scores if self.scale is None else scores * self.scale


class AdditiveAttention(_DenseAttention):
    """Additive attention: softmax(sum(scale * tanh(query + key))) value.

    Args:
        use_scale: bool, whether there are weights `scale`, one for each feature.
        causal: bool, whether step i of the query sees the values 0 ... i only.

    Raises:
        ValueError: a call with another number of inputs or masks, or no lists of them.

    Source: Bahdanau, Cho, Bengio, Neural machine translation by jointly learning to align and translate (2014).
    """

    def __init__(self, use_scale=True, **kwargs):
        super().__init__(use_scale, **kwargs)

    def build(self, input_shape):
        self.scale = self._scale_of((input_shape[1][-1],), "glorot_uniform")
        self.built = True

    def _scores(self, query, key):
        sums = tf.tanh(tf.expand_dims(query, -2) + tf.expand_dims(key, -3))
        return tf.reduce_sum(sums if self.scale is None else self.scale * sums, axis=-1)
