"""Embedding: a row of a table for each whole number."""

from graphflow_keras import backend as K
from graphflow_keras.layers._options import OptionLayer, take_options
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.generic_utils import to_list


class Embedding(OptionLayer):
    """Turns whole numbers `[batch, ...]` into rows `[batch, ..., output_dim]` of a learned table.

    Args:
        input_dim: int, number of rows: the largest number that may come plus one.
        output_dim: int, length of a row.
        embeddings_initializer, embeddings_regularizer, embeddings_constraint: what the table is made with.
        activity_regularizer: regularizer of the output.
        mask_zero: bool, 0 is padding: masked for the layers that follow, all of which must support masks.
        input_length: int (a list for inputs of more axes), length of the sequences where it is fixed; needed for a
            `Flatten` that follows.

    Source: Bengio et al., A Neural Probabilistic Language Model (2003).
    """

    OPTIONS = (
        "input_dim",
        "output_dim",
        "embeddings_initializer",
        "embeddings_regularizer",
        "activity_regularizer",
        "embeddings_constraint",
        "mask_zero",
        "input_length",
    )

    @interfaces.legacy_embedding_support
    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        activity_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        input_length=None,
        **kwargs,
    ):
        if "input_shape" not in kwargs:
            kwargs["input_shape"] = tuple(to_list(input_length, allow_tuple=True)) if input_length else (None,)
        super().__init__(**kwargs)
        take_options(self, self.OPTIONS, locals())
        self.supports_masking = mask_zero

    def build(self, input_shape):
        self.embeddings = self._make_weight("embeddings", (self.input_dim, self.output_dim))
        self.built = True

    def compute_mask(self, inputs, mask=None):
        return K.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape):
        if self.input_length is None:
            return (*input_shape, self.output_dim)
        expected, came = to_list(self.input_length, allow_tuple=True), input_shape[1:]
        if len(expected) != len(came) or any(a and b and a != b for a, b in zip(expected, came)):
            raise ValueError(f'"input_length" is {self.input_length}, but received input has shape {input_shape}')
        return (input_shape[0], *(a or b for a, b in zip(expected, came)), self.output_dim)

    def call(self, inputs):
        if K.dtype(inputs) != "int32":
            inputs = K.cast(inputs, "int32")
        return K.gather(self.embeddings, inputs)
