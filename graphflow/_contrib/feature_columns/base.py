"""What the feature columns of `tf.contrib.layers` have in common."""

from __future__ import annotations

from graphflow._layers.feature_columns import columns


class OldColumn(columns.FeatureColumn):
    """What these columns have beside those of `tf.feature_column`."""

    _functions: tuple = ()  # fields that are functions: their addresses would make the order of columns a matter of chance

    @property
    def config(self):
        """{key: feature} for `tf.parse_example`."""
        return self.parse_example_spec

    @property
    def key(self):
        """A text by which columns are put in order and told apart."""
        fields = [f"{name}={value}" for name, value in zip(self._fields, self) if name not in self._functions]
        return f"{type(self).__name__}({', '.join(fields)})" if self._functions else str(self)
