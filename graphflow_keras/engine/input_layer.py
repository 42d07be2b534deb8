"""`Input`, where a model begins."""

from __future__ import annotations

from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras.engine._node import as_shape, dtype_name, static_shape
from graphflow_keras.engine.base_layer import Layer, Node
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.generic_utils import unpack_singleton

_INSTEAD_OF_RAGGED = "pad the rows to one length (keras.preprocessing.sequence.pad_sequences) and use a Masking layer"


class InputLayer(Layer):
    """The layer that stands for an input: it makes a placeholder, or wraps a given tensor.

    Args:
        input_shape: tuple of sizes without the batch's, or None.
        batch_size: int or None, with `input_shape`.
        batch_input_shape: tuple of sizes with the batch's, in place of the two.
        dtype: str; `K.floatx()` or that of `input_tensor` when None.
        input_tensor: tensor to use in place of a placeholder.
        sparse: bool, make a sparse placeholder.
        name: str.

    Raises:
        ValueError: both shapes or neither, or a tensor whose shape is not known.
    """

    @interfaces.legacy_input_support
    @_signatures.also_takes("ragged")
    def __init__(
        self,
        input_shape=None,
        batch_size=None,
        batch_input_shape=None,
        dtype=None,
        input_tensor=None,
        sparse=False,
        name=None,
        ragged=False,
    ):
        _signatures.refuse("InputLayer", _INSTEAD_OF_RAGGED, ragged=ragged)
        super().__init__(dtype=dtype, name=name or f"input_{K.get_uid('input')}")
        self.trainable = False
        self.built = True
        self.sparse = sparse
        self.supports_masking = True
        if input_shape and batch_input_shape:
            raise ValueError(
                "Only provide the input_shape OR batch_input_shape argument to InputLayer, not both at the same time: "
                f"got {input_shape} and {batch_input_shape}."
            )
        if input_tensor is not None and batch_input_shape is None:
            batch_input_shape = static_shape(input_tensor)
        if not batch_input_shape and not input_shape:
            raise ValueError(
                "An Input layer needs a shape: pass `batch_input_shape`, or `input_shape` without the batch's size"
                + (f"; {input_tensor} does not tell its own." if input_tensor is not None else ".")
            )
        if batch_input_shape:
            self.batch_input_shape = as_shape(batch_input_shape, "batch_input_shape")
        else:
            self.batch_input_shape = (batch_size, *as_shape(input_shape, "input_shape"))
        self.dtype = dtype_name(dtype or (None if input_tensor is None else K.dtype(input_tensor)))
        self.is_placeholder = input_tensor is None
        if self.is_placeholder:
            input_tensor = K.placeholder(
                shape=self.batch_input_shape, dtype=self.dtype, sparse=self.sparse, name=self.name
            )
        else:
            input_tensor._keras_shape = self.batch_input_shape
        input_tensor._uses_learning_phase = False
        input_tensor._keras_history = (self, 0, 0)
        Node(
            self,
            inbound_layers=[],
            node_indices=[],
            tensor_indices=[],
            input_tensors=[input_tensor],
            output_tensors=[input_tensor],
            input_masks=[None],
            output_masks=[None],
            input_shapes=[self.batch_input_shape],
            output_shapes=[self.batch_input_shape],
        )

    @property
    def input_shape(self):
        """The shape of the tensor; in tf.keras a list of it."""
        return self.output_shape

    @property
    def output_shape(self):
        """The shape of the tensor; in tf.keras a list of it."""
        return [self.batch_input_shape] if dialect.is_tf_keras() else self.batch_input_shape

    def get_config(self):
        """The constructor's arguments; a wrapped tensor is left out, a model from the config has a placeholder."""
        return {
            "batch_input_shape": self.batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            **({"ragged": False} if dialect.is_tf_keras() else {}),
            "name": self.name,
        }


@_signatures.also_takes("batch_size", "ragged", "batch_input_shape")
def Input(
    shape=None,
    batch_shape=None,
    name=None,
    dtype=None,
    sparse=False,
    tensor=None,
    batch_size=None,
    ragged=False,
    batch_input_shape=None,
):
    """A tensor for a model to begin with.

    Args:
        shape: tuple of sizes without the batch's, None for an unknown one.
        batch_shape: tuple of sizes with the batch's, in place of `shape`; an int is the batch size, as in tf.keras.
        name: str, the input layer's.
        dtype: str, `K.floatx()` when None.
        sparse: bool, make a sparse placeholder.
        tensor: tensor to wrap in place of a placeholder; it is then not fed.
        batch_size: int, with `shape`.
        batch_input_shape: another name for `batch_shape`.

    Returns:
        A tensor of `batch_shape` and `dtype`.

    Raises:
        ValueError: no shape was given, or a ragged input asked for.

    >>> x = Input(shape=(32,))
    >>> model = Model(x, Dense(16, activation="softmax")(x))
    """
    _signatures.refuse("Input", _INSTEAD_OF_RAGGED, ragged=ragged)
    if isinstance(batch_shape, int):
        batch_shape, batch_size = None, batch_shape
    batch_shape = batch_shape or batch_input_shape
    if not batch_shape and tensor is None and shape is None:
        raise ValueError(
            "Please provide to Input either a `shape` or a `batch_shape` argument. Note that `shape` does not include the "
            "batch's size: Input(shape=(784,)) takes batches of 784 numbers a sample."
        )
    if shape is not None and not batch_shape:
        batch_shape = (batch_size, *as_shape(shape, "shape"))
    layer = InputLayer(
        batch_input_shape=batch_shape, name=name, dtype=dtype_name(dtype), sparse=sparse, input_tensor=tensor
    )
    return unpack_singleton(layer._inbound_nodes[0].output_tensors)
