"""A network as a config, in a file, as text."""

from __future__ import annotations

import json
import os

import numpy as np

import graphflow as tf
import graphflow_keras
from graphflow import viz
from graphflow_keras import _extras, _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras.engine import _checkpoints, _network_config, saving
from graphflow_keras.utils.layer_utils import print_summary


class NetworkFiles:
    """The part of `Network` that describes and keeps it."""

    def get_config(self):
        """The layers and their calls as plain values.

        Raises:
            NotImplementedError: `call` is the user's: code is not written down.
        """
        self._require_graph("get_config")
        return _network_config.get_config(self, NetworkFiles)

    def _require_graph(self, what):
        if not self._is_graph_network:
            raise NotImplementedError(
                f"`{what}` needs a Sequential or functional model; {type(self).__name__} defines its own `call`. "
                "`save_weights` and `load_weights` work for it."
            )

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model, with new weights, from what `get_config` gave.

        Args:
            config: dict.
            custom_objects: dict, name -> class or function that is not Keras's.
        """
        inputs, outputs = _network_config.tensors_from_config(config, custom_objects)
        return cls(inputs=inputs, outputs=outputs, name=config.get("name"))

    @_signatures.also_takes("save_format", "signatures")
    def save(self, filepath, overwrite=True, include_optimizer=True, save_format=None, signatures=None):
        """Writes architecture, weights and, if wanted, the optimizer's state to an HDF5 file; see `save_model`."""
        self._require_graph("save")
        saving.save_model(self, filepath, overwrite, include_optimizer, save_format=save_format, signatures=signatures)

    @_signatures.also_takes("save_format")
    def save_weights(self, filepath, overwrite=True, save_format=None):
        """Writes the weights; asks before it overwrites a file unless `overwrite`.

        Args:
            filepath: path of the file; of a checkpoint, how the names of its files begin.
            save_format: "h5" for an HDF5 file, "tf" for a checkpoint; when None the first, but for tf.keras the second
                where the path does not end in .h5, .hdf5 or .keras.
        """
        if _checkpoints.is_checkpoint_format(filepath, save_format, "tf" if dialect.is_tf_keras() else "h5"):
            _checkpoints.save(self, filepath, overwrite)
        else:
            saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath, by_name=False, skip_mismatch=False, reshape=False):
        """Reads weights from an HDF5 file, one of `save_weights` or of a whole model, or from a checkpoint.

        Args:
            filepath: path of the file.
            by_name: bool, match layers by name rather than by order.
            skip_mismatch: bool, leave out layers whose weights differ in number or shape; needs `by_name`.
            reshape: bool, reshape weights where the shapes differ.
        """
        if isinstance(filepath, str | os.PathLike) and not os.path.exists(filepath):
            if tf.train.checkpoint_exists(os.fspath(filepath)):
                if by_name:
                    raise ValueError(
                        f"The weights of a checkpoint, as {filepath}, are not loaded by name: they have places"
                    )
                _checkpoints.load(self, filepath)
                return
        saving.load_weights(self, filepath, by_name, skip_mismatch, reshape)

    def _updated_config(self):
        return {
            "class_name": type(self).__name__,
            "config": self.get_config(),
            "keras_version": graphflow_keras.__version__,
            "backend": K.backend(),
        }

    def to_json(self, **kwargs):
        """The architecture as JSON; see `model_from_json`. `kwargs` are those of `json.dumps`."""
        return json.dumps(self._updated_config(), default=_json_value, **kwargs)

    def to_yaml(self, **kwargs):
        """The architecture as YAML; see `model_from_yaml`. `kwargs` are those of `yaml.dump`.

        Raises:
            ImportError: PyYAML is not installed.
        """
        return _extras.load("yaml", "yaml", "`to_yaml`").dump(json.loads(self.to_json()), **kwargs)

    def summary(self, line_length=None, positions=None, print_fn=None):
        """Prints the layers with their output shapes and numbers of parameters; in a notebook, the picture is linked below.

        Args:
            line_length: int, width of the table.
            positions: list, where each column ends, as parts of `line_length` or in characters.
            print_fn: callable that gets each line, `print` when None.

        Raises:
            ValueError: the model is not built.
        """
        if not self.built:
            raise ValueError(
                "This model has not yet been built. Build the model first by calling build() or calling fit() with some "
                "data. Or specify input_shape or batch_input_shape in the first layer for automatic build."
            )
        print_summary(self, line_length=line_length, positions=positions, print_fn=print_fn)
        if print_fn is None and self.outputs:
            viz.link(self)

    def __getstate__(self):
        return saving.pickle_model(self)

    def __setstate__(self, state):
        self.__dict__.update(saving.unpickle_model(state).__dict__)


def _json_value(obj):
    """What stands in JSON for a NumPy value or a class."""
    if isinstance(obj, np.ndarray):
        return obj.tolist()
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, type):
        return obj.__name__
    raise TypeError(f"Not JSON Serializable: {obj!r} of {type(obj)}; configs hold plain values")
