"""`DenseFeatures` and `SequenceFeatures`: feature columns as a layer."""

import graphflow as tf
from graphflow_keras import dialect
from graphflow_keras.engine.base_layer import Layer
from graphflow_keras.utils.generic_utils import to_list


class DenseFeatures(Layer):
    """The numbers of dense feature columns, side by side in the order of their names.

    A call takes a dict of tensors by feature and gives `[batch, numbers]`. Embeddings are weights of the layer, named
    `<layer>/<column>/embedding_weights`.

    Args:
        feature_columns: a list of dense columns of `tf.feature_column`, or one.
        trainable: bool, whether embeddings are trained.
        name: str.

    Raises:
        ValueError: the inputs of a call are no dict.
    """

    def __init__(self, feature_columns, trainable=True, name=None, **kwargs):
        self._names = kwargs.pop("feature_names", None)
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._feature_columns, self._tables = to_list(feature_columns, allow_tuple=True), {}

    def __call__(self, inputs, **kwargs):
        if isinstance(inputs, dict):
            self._names = sorted(inputs)
            inputs = [inputs[name] for name in self._names]
        elif self._names is None:
            raise ValueError(f"We expected a dictionary of features here, but {self.name} was called on: {inputs}")
        return super().__call__(inputs, **kwargs)

    def call(self, features, cols_to_output_tensors=None):
        return self._joined(tf.feature_column.input_layer, features, cols_to_output_tensors=cols_to_output_tensors)

    def _joined(self, join, features, **options):
        features = dict(zip(self._names, to_list(features)))
        with tf.variable_scope(self.name, custom_getter=self._weight, auxiliary_name_scope=False):
            return join(features, self._feature_columns, trainable=self.trainable, **options)

    def _weight(self, getter, name, *args, **kwargs):
        """The table of a column: made at the first call, the same in all others."""
        own = f"{self.name}/{'/'.join(name.split('/')[-2:])}"
        if own not in self._tables:
            kind = {"use_resource": True} if dialect.is_tf_keras() else {}
            self._tables[own] = table = getter(own, *args, **{**kwargs, **kind})
            (self._trainable_weights if kwargs["trainable"] else self._non_trainable_weights).append(table)
        return self._tables[own]

    def compute_output_shape(self, input_shape):
        first = input_shape[0] if isinstance(input_shape, list) else input_shape
        sizes = [column.variable_shape.num_elements() for column in self._feature_columns]
        return (first[0], sum(sizes))

    def get_config(self):
        own = {"feature_columns": self._feature_columns, "feature_names": self._names}
        return {**super().get_config(), **own}


class SequenceFeatures(DenseFeatures):
    """The numbers of sequence columns, side by side in the order of their names, and the lengths of the sequences.

    A call takes a dict of tensors by feature and gives `[batch, steps, numbers]` and `[batch]`, int64.

    Args:
        feature_columns: a list of dense sequence columns, `tf.feature_column.sequence_numeric_column` or an embedding or
            indicator of a sequence of categories, or one.
        trainable: bool, whether embeddings are trained.
        name: str.

    Raises:
        ValueError: the inputs of a call are no dict.
    """

    def call(self, features):
        return self._joined(tf.contrib.feature_column.sequence_input_layer, features)

    def compute_output_shape(self, input_shape):
        batch, numbers = super().compute_output_shape(input_shape)
        return [(batch, None, numbers), (batch,)]
