"""Models in the folders of SavedModels: what tf.keras makes of `save_format="tf"`."""

import json
import os
import shutil

import graphflow as tf
from graphflow_keras.engine import _checkpoints, saving
from graphflow_keras.utils.io_utils import ask_to_proceed_with_overwrite

_MODEL = ("assets", "keras_model.h5")  # beside what serves the model, the whole of it
_VARIABLES = ("variables", "variables")


def save(model, folder, overwrite=True, include_optimizer=True):
    """Writes a SavedModel that can be served, and from which `load` makes the model again.

    Args:
        model: a built Sequential or functional model.
        folder: path; a SavedModel that is there already is replaced.
        overwrite: bool; if False, asks before that.
        include_optimizer: bool, save how the model was compiled and its optimizer's state too.

    Raises:
        ValueError: the model is not built, or defines its own `call`.
    """
    folder = os.fspath(folder)
    if not model._is_graph_network:
        raise ValueError(
            f"The model {model.name} defines its own `call`, which a file cannot hold: save its weights with `save_weights`, "
            "or keras.experimental.export_saved_model(model, folder, serving_only=True) to serve it"
        )
    if tf.saved_model.maybe_saved_model_directory(folder):
        if not overwrite and not ask_to_proceed_with_overwrite(folder):
            return
        for part in ("assets", "variables"):
            shutil.rmtree(os.path.join(folder, part), ignore_errors=True)
        for part in ("saved_model.pb", "saved_model.pbtxt"):
            if os.path.exists(os.path.join(folder, part)):
                os.remove(os.path.join(folder, part))
    _checkpoints.export_saved_model(model, folder, serving_only=True)
    os.makedirs(os.path.join(folder, _MODEL[0]), exist_ok=True)
    saving.save_model(model, os.path.join(folder, *_MODEL), include_optimizer=include_optimizer, save_format="h5")


def load(folder, custom_objects=None, compile=True):
    """The model of a folder that `save` wrote, or TensorFlow 1.15's own tf.keras; of the latter without optimizer state.

    Raises:
        OSError: there is no SavedModel. ValueError: none of Keras.
    """
    folder = os.fspath(folder)
    own = os.path.join(folder, *_MODEL)
    if os.path.exists(own):
        return saving.load_model(own, custom_objects, compile)
    (meta_graph,) = tf.saved_model.loader.parse_saved_model(folder).meta_graphs
    nodes = meta_graph.object_graph_def.nodes
    root = json.loads(nodes[0].user_object.metadata or "{}") if len(nodes) else {}
    if "model_config" not in root:
        raise ValueError(f"{folder} holds a SavedModel, but none of a Keras model: `tf.saved_model.load` reads it")
    model = saving.build_model(root["model_config"], root["keras_version"], custom_objects, folder)
    _checkpoints.load(model, os.path.join(folder, *_VARIABLES))
    if compile and root.get("training_config"):
        saving.compile_as_saved(model, lambda: root["training_config"], custom_objects)
    return model
